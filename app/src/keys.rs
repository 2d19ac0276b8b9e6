//! `lianban keys`: which keys sign, since when; taking new ones into use; recording that one is in other hands; the roots that
//! seals lead to.
//!
//! A server that runs follows: it looks at the folder of keys whenever it signs. A new key on the same disk is taken into use a
//! few seconds from now, so that none signs with the old one after the instant at which it is retired. Where servers of other
//! machines share the work, they have other folders: there a new key needs an instant far enough ahead to bring it to all of them.

use crate::assemble::Setup;
use crate::cli::{Where, complain, say};
use crate::evidence as log;
use anyhow::{Context as _, Result, anyhow, bail};
use clap::{Subcommand, ValueEnum};
use codes::Moment;
use module::{Clock as _, SystemClock};
use seals::{Algorithm, FolderKeys, KeyId, KeyRecord, Keys as _, Purpose, certificate};
use std::path::Path;
use std::process::ExitCode;

/// The shortest notice that a key is taken into use with where several machines share the work, in seconds.
const NOTICE_S: i64 = 300;

/// How far ahead a key is taken into use on the same disk, in seconds: a signature that is being made is done by then.
const AHEAD_S: i64 = 5;

/// What can be done with the keys that sign.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyActs {
    /// Lists the keys that sign, retired ones too: purpose, algorithm, id, first and last instant, and since when others may
    /// hold it.
    List(Where),
    /// Makes a new key, and retires the one it follows; what was signed stays good. No server is stopped for it.
    Rotate(RotateArgs),
    /// Records that others may hold a key: it signs no more, and what it signed counts only where it is proven to be older.
    Compromise(CompromiseArgs),
    /// Prints the root certificates that seals lead to, as PEM, for readers that are to trust them.
    Roots(Where),
}

/// What `lianban keys rotate` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct RotateArgs {
    /// What the key signs.
    purpose: Signs,
    /// From when it signs, such as `2026-12-01T00:00:00Z`. If absent, from now on; where several machines share one database,
    /// it must be said, and every server be started again before then with the new key in its folder.
    #[arg(long, value_name = "INSTANT")]
    at: Option<Moment>,
    /// The scheme, where it is not the usual one: `SM2-SM3` for licences, taken by servers that start after this.
    #[arg(long, value_name = "ALGORITHM")]
    algorithm: Option<Algorithm>,
    #[command(flatten)]
    place: Where,
}

/// What `lianban keys compromise` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct CompromiseArgs {
    /// The key, by its id as `lianban keys list` shows it.
    key: String,
    /// Since when others may hold it. If absent, since now.
    #[arg(long, value_name = "INSTANT")]
    since: Option<Moment>,
    #[command(flatten)]
    place: Where,
}

/// What keys sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Signs {
    /// Licences.
    Licences,
    /// Messages to partners, who take the new key over from /api/v1/exchange/keys.
    Exchange,
    /// Seals inside PDFs.
    Seals,
    /// The certificates of seals. What was sealed leads to the root of its time, which stays published.
    Root,
    /// Checkpoints of the log of evidence. Installations that witness it need the new key beside the old one.
    Log,
    /// Cosignatures under the checkpoints of others, who need the new key beside the old one.
    Witness,
}

impl Signs {
    fn key(self) -> (Purpose, Algorithm) {
        match self {
            Self::Licences => (Purpose::LICENCES, Algorithm::Es256),
            Self::Exchange => (Purpose::EXCHANGE, Algorithm::Ed25519),
            Self::Seals => (Purpose::SEALS, Algorithm::Es256),
            Self::Root => (Purpose::ROOT, Algorithm::Es256),
            Self::Log => (Purpose::LOG, Algorithm::Ed25519),
            Self::Witness => (::evidence::witness_purpose(), Algorithm::Ed25519),
        }
    }

    /// The scheme: the usual one, or another that this purpose can bear.
    fn algorithm(self, asked: Option<Algorithm>) -> Result<Algorithm> {
        let (_, usual) = self.key();
        match (self, asked) {
            (_, None) => Ok(usual),
            (_, Some(asked)) if asked == usual => Ok(usual),
            (Self::Licences, Some(Algorithm::Sm2Sm3)) => Ok(Algorithm::Sm2Sm3),
            (_, Some(asked)) => bail!("a key for this is of {usual}, and never of {asked}"),
        }
    }
}

/// Runs `lianban keys`.
pub(crate) fn run(what: &KeyActs) -> Result<ExitCode> {
    match what {
        KeyActs::List(place) => {
            for record in listed(&place.data)? {
                say(&line(&record));
            }
        }
        KeyActs::Rotate(args) => {
            let setup = Setup::at(&args.place)?;
            let at = from(SystemClock.now(), args.at, setup.database.is_some())?;
            let algorithm = args.purpose.algorithm(args.algorithm)?;
            let made = rotated(&setup.data, args.purpose, algorithm, at)?;
            say(&line(&made));
            if let Some(told) = to_be_told(&setup.data, args.purpose, &made)? {
                complain(&told);
            }
        }
        KeyActs::Compromise(args) => {
            let setup = Setup::at(&args.place)?;
            let since = args.since.unwrap_or_else(|| SystemClock.now());
            say(&line(&compromised(&setup.data, &args.key, since)?));
        }
        KeyActs::Roots(place) => {
            for root in certificate::roots_of(&opened(&place.data)?)? {
                say(root.pem().trim_end());
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What an operator tells the other side of an agreement, whose file names keys; nothing where there is no log yet.
fn to_be_told(data: &Path, signs: Signs, made: &KeyRecord) -> Result<Option<String>> {
    let Some(origin) = log::known_origin(data)? else { return Ok(None) };
    let entry = match signs {
        Signs::Log => serde_json::json!({
            "log": origin,
            "log_key": log::key_text(&made.key),
        }),
        Signs::Witness => serde_json::json!({
            "url": "as before",
            "witness_key": log::witness_key(&origin, made.key.clone())?.to_string(),
        }),
        Signs::Licences | Signs::Exchange | Signs::Seals | Signs::Root => return Ok(None),
    };
    Ok(Some(format!(
        "before {}, those with whom there are agreements add this to theirs, beside the old one: {entry}",
        made.valid_from
    )))
}

/// From when a new key signs.
fn from(now: Moment, asked: Option<Moment>, several: bool) -> Result<Moment> {
    match asked {
        Some(at) if several && at < now.plus_seconds(NOTICE_S) => {
            bail!(
                "servers of other machines are started again before that: leave at least five minutes"
            )
        }
        Some(at) if at < now => bail!("what was signed since then would be of a retired key"),
        Some(at) => Ok(at),
        None if several => {
            bail!(
                "servers of other machines may run: say --at, and bring the new key to all of them before then"
            )
        }
        None => Ok(now.plus_seconds(AHEAD_S)),
    }
}

fn opened(data: &Path) -> Result<FolderKeys> {
    let folder = data.join("keys/signing");
    if !folder.is_dir() {
        bail!("{} holds no installation", data.display());
    }
    FolderKeys::open(&folder).with_context(|| format!("reading the keys in {}", folder.display()))
}

/// All keys, by what they sign and when they began to.
fn listed(data: &Path) -> Result<Vec<KeyRecord>> {
    let mut records = opened(data)?.records()?;
    records.sort_by_key(|record| (record.purpose.to_string(), record.valid_from));
    Ok(records)
}

fn rotated(data: &Path, signs: Signs, algorithm: Algorithm, at: Moment) -> Result<KeyRecord> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| anyhow!("no randomness: {error}"))?;
    let (purpose, _usual) = signs.key();
    Ok(opened(data)?.rotate(&purpose, algorithm, at, &seed)?)
}

fn compromised(data: &Path, key: &str, since: Moment) -> Result<KeyRecord> {
    Ok(opened(data)?.compromise(&KeyId::new(key), since)?)
}

fn line(record: &KeyRecord) -> String {
    let or_none = |at: Option<Moment>| at.map_or_else(|| "-".to_owned(), |at| at.to_string());
    let algorithm = record.key.algorithm();
    let line = format!(
        "{}\t{algorithm}\t{}\t{}\t{}",
        record.purpose,
        record.id,
        record.valid_from,
        or_none(record.retired_on)
    );
    // A column that is nearly always empty stands only where it says something.
    match record.compromised_on {
        None => line,
        Some(since) => format!("{line}\tcompromised {since}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_follows_the_old_one_at_its_instant_and_both_stay() {
        let home = tempfile::tempdir().unwrap();
        assert!(listed(home.path()).unwrap_err().to_string().contains("holds no installation"));
        let (begun, at) = (Moment::from_us(1_000_000), Moment::from_us(9_000_000));
        let keys = FolderKeys::open(home.path().join("keys/signing")).unwrap();
        let first = keys.ensure(&Purpose::LICENCES, Algorithm::Es256, begun, &[1; 32]).unwrap();
        keys.ensure(&Purpose::EXCHANGE, Algorithm::Ed25519, begun, &[2; 32]).unwrap();
        let second = rotated(home.path(), Signs::Licences, Algorithm::Es256, at).unwrap();
        let found = listed(home.path()).unwrap();
        assert_eq!(found.len(), 3);
        let lines: Vec<String> = found.iter().map(line).collect();
        assert!(
            lines[0].starts_with("exchange\tEdDSA\t") && lines[0].ends_with("\t-"),
            "{lines:?}"
        );
        assert!(lines[1].contains(first.id.as_str()) && lines[1].ends_with(&at.to_string()));
        assert!(lines[2].contains(second.id.as_str()) && lines[2].ends_with("\t-"));
        // The old one signs up to that instant, the new one from it on.
        let keys = FolderKeys::open(home.path().join("keys/signing")).unwrap();
        let signs_at = |us| {
            let at = Moment::from_us(us);
            keys.current(&Purpose::LICENCES, Algorithm::Es256, at).unwrap().id
        };
        assert_eq!((signs_at(8_999_999), signs_at(9_000_000)), (first.id, second.id));
    }

    #[test]
    fn a_new_key_leaves_time_for_what_is_being_signed_and_for_other_machines() {
        let now = Moment::from_us(1_000_000_000);
        for (asked_s, several, expected_s) in [
            (None, false, Some(AHEAD_S)),
            (Some(0), false, Some(0)),
            (Some(-1), false, None),
            (None, true, None),
            (Some(299), true, None),
            (Some(300), true, Some(300)),
        ] {
            let at = from(now, asked_s.map(|s| now.plus_seconds(s)), several).ok();
            assert_eq!(at, expected_s.map(|s| now.plus_seconds(s)), "{asked_s:?} {several}");
        }
    }

    #[test]
    fn a_compromise_is_listed_and_takes_the_key_out_of_use() {
        let home = tempfile::tempdir().unwrap();
        let keys = FolderKeys::open(home.path().join("keys/signing")).unwrap();
        let begun = Moment::from_us(1_000_000);
        let key = keys.ensure(&Purpose::LICENCES, Algorithm::Es256, begun, &[1; 32]).unwrap();
        let since = Moment::from_us(9_000_000);
        let noted = compromised(home.path(), key.id.as_str(), since).unwrap();
        assert!(
            line(&noted).ends_with(&format!("\t{since}\tcompromised {since}")),
            "{}",
            line(&noted)
        );
        assert!(compromised(home.path(), "nobody", since).is_err());
        assert!(
            keys.current(&Purpose::LICENCES, Algorithm::Es256, since).is_err(),
            "a server follows"
        );
    }

    #[test]
    fn logs_and_witnesses_get_new_keys_and_the_other_side_is_to_be_told() {
        let home = tempfile::tempdir().unwrap();
        let keys = FolderKeys::open(home.path().join("keys/signing")).unwrap();
        let (begun, at) = (Moment::from_us(1_000_000), Moment::from_us(9_000_000));
        for (signs, field) in [(Signs::Log, "log_key"), (Signs::Witness, "witness_key")] {
            let (purpose, algorithm) = signs.key();
            let first = keys.ensure(&purpose, algorithm, begun, &[1; 32]).unwrap();
            let made = rotated(home.path(), signs, algorithm, at).unwrap();
            let signs_at = |us| keys.current(&purpose, algorithm, Moment::from_us(us)).unwrap().id;
            assert_eq!((signs_at(8_999_999), signs_at(9_000_000)), (first.id, made.id.clone()));
            assert_eq!(to_be_told(home.path(), signs, &made).unwrap(), None, "there is no log yet");
            std::fs::create_dir_all(home.path().join("evidence")).unwrap();
            std::fs::write(home.path().join("evidence/origin"), "a.example/evidence/log\n")
                .unwrap();
            let told = to_be_told(home.path(), signs, &made).unwrap().unwrap();
            let entry = told.split_once("{").map(|(_, rest)| format!("[{{{rest}]")).unwrap();
            let (watched, peers) = ::evidence::read_pacts(&entry).unwrap();
            assert!(told.contains(field) && watched.len() + peers.len() == 1, "{told}");
            std::fs::remove_dir_all(home.path().join("evidence")).unwrap();
            assert!(signs.algorithm(Some(Algorithm::Es256)).is_err(), "notes are Ed25519");
        }
    }

    #[test]
    fn a_seal_is_never_of_another_scheme_and_licences_may_be_sm2() {
        let (sm2, es256) = (Some(Algorithm::Sm2Sm3), Algorithm::Es256);
        assert_eq!(Signs::Licences.algorithm(sm2).unwrap(), Algorithm::Sm2Sm3);
        assert_eq!(Signs::Seals.algorithm(None).unwrap(), es256);
        assert!(Signs::Seals.algorithm(sm2).is_err() && Signs::Exchange.algorithm(sm2).is_err());
    }
}
