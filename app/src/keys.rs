//! `lianban keys`: which keys sign, since when, and taking new ones into use.
//!
//! A server reads its keys when it starts. One that goes on signing with a key that was retired meanwhile signs what nobody
//! believes, so a new key is taken into use while no server runs, or from an instant before which all are started again.

use crate::assemble::Setup;
use crate::cli::{Where, say};
use crate::hold;
use anyhow::{Context as _, Result, anyhow, bail};
use clap::{Subcommand, ValueEnum};
use codes::Moment;
use module::{Clock as _, SystemClock};
use seals::{Algorithm, FolderKeys, KeyRecord, Keys as _, Purpose};
use std::path::Path;
use std::process::ExitCode;

/// The shortest notice that a key is taken into use with while servers run, in seconds.
const NOTICE_S: i64 = 300;

/// What can be done with the keys that sign.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyActs {
    /// Lists the keys that sign, retired ones too: purpose, algorithm, id, first and last instant.
    List(Where),
    /// Makes a new key, and retires the one it follows; what was signed stays good.
    Rotate(RotateArgs),
}

/// What `lianban keys rotate` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct RotateArgs {
    /// What the key signs.
    purpose: Signs,
    /// From when it signs, such as `2026-12-01T00:00:00Z`; start every server again before then. If absent, from now on,
    /// for which the server is stopped.
    #[arg(long, value_name = "INSTANT")]
    at: Option<Moment>,
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
}

impl Signs {
    const fn key(self) -> (Purpose, Algorithm) {
        match self {
            Self::Licences => (Purpose::LICENCES, Algorithm::Es256),
            Self::Exchange => (Purpose::EXCHANGE, Algorithm::Ed25519),
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
            let now = SystemClock.now();
            let _held = match args.at {
                Some(at) if at < now.plus_seconds(NOTICE_S) => {
                    bail!("servers are started again before that: leave at least five minutes")
                }
                Some(_) => None,
                None if setup.database.is_some() => {
                    bail!(
                        "several servers may run: say --at, and start all of them again before then"
                    )
                }
                None => Some(hold::hold(&setup.data, "takes a new key into use")?),
            };
            let made = rotated(&setup.data, args.purpose, args.at.unwrap_or(now))?;
            say(&line(&made));
        }
    }
    Ok(ExitCode::SUCCESS)
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

fn rotated(data: &Path, signs: Signs, at: Moment) -> Result<KeyRecord> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| anyhow!("no randomness: {error}"))?;
    let (purpose, algorithm) = signs.key();
    Ok(opened(data)?.rotate(&purpose, algorithm, at, &seed)?)
}

fn line(record: &KeyRecord) -> String {
    let until = record.retired_on.map_or_else(|| "-".to_owned(), |at| at.to_string());
    let algorithm = record.key.algorithm();
    format!("{}\t{algorithm}\t{}\t{}\t{until}", record.purpose, record.id, record.valid_from)
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
        let second = rotated(home.path(), Signs::Licences, at).unwrap();
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
}
