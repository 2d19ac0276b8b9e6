//! Services of others that an operator switches on: who takes money, who compares faces, whose case files are swept.
//!
//! ```json
//! {"key": "feishui", "merchant": "440115", "url": "https://pay.example", "keys": {"keys": [ … ]}}
//! {"url": "https://faces.example", "keys": {"keys": [ … ]}}
//! ```
//! `--payment` names a file of the first form, `--faces` one of the second; `keys` is the JWK set by which the other side signs.
//! What we send is signed with our key for exchange, which stands at `/api/v1/exchange/keys`.

use anyhow::{Context as _, Result, bail};
use credit_repair_module::mirror::{MirrorSettings, Mirrors};
use guarantee_module::line::{End, HttpLine, Line};
use kernel::Shard;
use ledger::bills::gateway::Account;
use ledger::{Gateway, Link, PaymentGateway};
use module::Clock;
use penalty_module::files::Files;
use property_module::face::{Face, FaceService};
use seals::{Keys, PublicKeySet};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the case system of customs is called where it acts.
const CASE_SYSTEM: &str = "customs-cases";

/// What `lianban serve` takes about services of others.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Services of others")]
pub(crate) struct ServiceArgs {
    /// The payment gateway, as a JSON file: key, merchant, url, keys. Without one, bills can be paid at the window alone.
    #[arg(long, value_name = "FILE", env = "LIANBAN_PAYMENT")]
    payment: Option<PathBuf>,
    /// The service that compares faces with documents, as a JSON file: url, keys. Without one, who somebody is is checked at the
    /// window.
    #[arg(long, value_name = "FILE", env = "LIANBAN_FACES")]
    faces: Option<PathBuf>,
    /// A folder of message files that the case system of customs writes into: signed files in `in`, receipts in `acks`. It is
    /// looked at every few seconds.
    #[arg(long, value_name = "DIR", env = "LIANBAN_CASE_FILES", requires = "case_files_keys")]
    case_files: Option<PathBuf>,
    /// The keys by which the case system signs its files, as a JWK set.
    #[arg(long, value_name = "FILE", env = "LIANBAN_CASE_FILES_KEYS", requires = "case_files")]
    case_files_keys: Option<PathBuf>,
    /// The systems that publish what registers of credit say (国家企业信用信息公示系统, 信用中国), as a JSON file: a list of key,
    /// base, keys, daily. Without one, they are partners of the exchange like others.
    #[arg(long, value_name = "FILE", env = "LIANBAN_MIRRORS")]
    mirrors: Option<PathBuf>,
    /// The guarantors on the line of 财关库银, as a JSON file: a list of code, url, keys. Without one, no guarantor files a text
    /// over its line, and nobody is told of what is deducted, returned and claimed.
    #[arg(long, value_name = "FILE", env = "LIANBAN_GUARANTORS")]
    guarantors: Option<PathBuf>,
}

/// A payment gateway as its file names it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Payment {
    /// Our name for it; it stands in the address of its callbacks.
    pub(crate) key: String,
    /// Its name for us.
    pub(crate) merchant: String,
    /// Where it is.
    pub(crate) url: String,
    /// By which it signs.
    pub(crate) keys: PublicKeySet,
}

/// A face service as its file names it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Faces {
    /// Where it is.
    pub(crate) url: String,
    /// By which it signs.
    pub(crate) keys: PublicKeySet,
}

/// A guarantor on the line as its file names it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinedGuarantor {
    /// Its code (担保人代码).
    pub(crate) code: String,
    /// Where it takes messages.
    pub(crate) url: String,
    /// By which it signs.
    pub(crate) keys: PublicKeySet,
}

/// A folder of message files.
#[derive(Clone, Debug)]
pub(crate) struct CaseFiles {
    /// The folder.
    pub(crate) folder: PathBuf,
    /// By which whoever writes into it signs.
    pub(crate) keys: PublicKeySet,
}

/// What an installation has of services of others.
#[derive(Clone, Debug, Default)]
pub(crate) struct Services {
    /// Takes money; none where nothing is paid on line.
    pub(crate) payment: Option<Payment>,
    /// Compares faces; none where the window does.
    pub(crate) faces: Option<Faces>,
    /// Is swept; none where the case system speaks otherwise.
    pub(crate) case_files: Option<CaseFiles>,
    /// Publish what registers of credit say; none where the exchange carries it.
    pub(crate) mirrors: Vec<MirrorSettings>,
    /// Guarantors on the line; none where they file on pages alone.
    pub(crate) guarantors: Vec<LinedGuarantor>,
}

impl ServiceArgs {
    /// The services that were named.
    pub(crate) fn settings(&self) -> Result<Services> {
        let payment: Option<Payment> = read(self.payment.as_deref())?;
        if let Some(payment) = payment.as_ref().filter(|payment| !is_key(&payment.key)) {
            bail!("`{}` is no key of a gateway: a-z, 0-9 and hyphens", payment.key);
        }
        let case_files = match (&self.case_files, read(self.case_files_keys.as_deref())?) {
            (Some(folder), Some(keys)) => Some(CaseFiles { folder: folder.clone(), keys }),
            _ => None,
        };
        let mirrors = read(self.mirrors.as_deref())?.unwrap_or_default();
        let guarantors = read(self.guarantors.as_deref())?.unwrap_or_default();
        let faces = read(self.faces.as_deref())?;
        Ok(Services { payment, faces, case_files, mirrors, guarantors })
    }
}

/// Whether a text may stand in an address.
fn is_key(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=40).contains(&text.len()) && text.bytes().all(plain)
}

fn read<T: DeserializeOwned>(file: Option<&Path>) -> Result<Option<T>> {
    let Some(file) = file else { return Ok(None) };
    let told = || format!("reading {}", file.display());
    let text = std::fs::read_to_string(file).with_context(told)?;
    serde_json::from_str(&text).with_context(told).map(Some)
}

impl Services {
    /// The gateway, which reports to the site at this address.
    pub(crate) fn gateway(
        &self,
        portal: &str,
        keys: &Arc<dyn Keys>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Option<Arc<dyn Gateway>>> {
        let Some(Payment { key, merchant, url, keys: trusted }) = self.payment.clone() else {
            return Ok(None);
        };
        let account = Account { key, merchant, base: url, trusted, portal: portal.to_owned() };
        let gateway = PaymentGateway::new(account, Arc::clone(keys), Arc::clone(clock))?;
        Ok(Some(Arc::new(gateway)))
    }

    /// The face service.
    pub(crate) fn face(
        &self,
        keys: &Arc<dyn Keys>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Option<Arc<dyn Face>>> {
        let Some(Faces { url, keys: trusted }) = self.faces.clone() else { return Ok(None) };
        let link = Link::new(&url, trusted, Arc::clone(keys), Arc::clone(clock))?;
        Ok(Some(Arc::new(FaceService(link))))
    }

    /// The systems that publish what registers of credit say; what is known of them lies in `home`.
    pub(crate) fn mirrors(
        &self,
        keys: &Arc<dyn Keys>,
        clock: &Arc<dyn Clock>,
        home: Shard,
    ) -> Result<Arc<Mirrors>> {
        let mirrors = Mirrors::new(self.mirrors.iter().cloned(), keys, clock, home)?;
        Ok(Arc::new(mirrors))
    }

    /// The line to guarantors; none where none is on it.
    pub(crate) fn line(
        &self,
        keys: &Arc<dyn Keys>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Option<Arc<dyn Line>>> {
        if self.guarantors.is_empty() {
            return Ok(None);
        }
        let ends = self
            .guarantors
            .iter()
            .cloned()
            .map(|LinedGuarantor { code, url, keys }| (code, End { address: url, keys }));
        Ok(Some(Arc::new(HttpLine::new(ends, Arc::clone(keys), Arc::clone(clock))?)))
    }

    /// The folder of message files, which is made where it is not there.
    pub(crate) fn files(
        &self,
        keys: &Arc<dyn Keys>,
        tools: Arc<penalty_module::Tools>,
    ) -> Result<Option<(PathBuf, Files)>> {
        let Some(CaseFiles { folder, keys: trusted }) = self.case_files.clone() else {
            return Ok(None);
        };
        let files = Files::open(&folder, CASE_SYSTEM, trusted, Arc::clone(keys), tools)
            .with_context(|| format!("opening {}", folder.display()))?;
        Ok(Some((folder, files)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use seals::{Algorithm, MemoryKeys, Purpose};

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        services: ServiceArgs,
    }

    fn settings(words: &[&str]) -> Result<Services> {
        let words = std::iter::once("serve").chain(words.iter().copied());
        Line::try_parse_from(words)?.services.settings()
    }

    #[test]
    fn services_are_read_from_their_files_and_half_of_one_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let keys = MemoryKeys::new();
        let since = codes::Moment::default();
        keys.generate(Purpose::EXCHANGE, Algorithm::Ed25519, since, &[1; 32]).unwrap();
        let set = serde_json::to_string(&keys.public_set().unwrap()).unwrap();
        let file = |name: &str, text: &str| {
            let path = home.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let jwks = file("keys.json", &set);
        let good = file(
            "payment.json",
            &format!(
                r#"{{"key":"feishui","merchant":"1","url":"https://p.example","keys":{set}}}"#
            ),
        );
        let faces = file("faces.json", &format!(r#"{{"url":"https://f.example","keys":{set}}}"#));
        let found = settings(&[
            "--payment",
            &good,
            "--faces",
            &faces,
            "--case-files",
            "x",
            "--case-files-keys",
            &jwks,
        ]);
        let found = found.unwrap();
        assert_eq!(found.payment.unwrap().key, "feishui");
        assert_eq!(found.faces.unwrap().url, "https://f.example");
        assert_eq!(found.case_files.unwrap().folder, Path::new("x"));
        let nothing = settings(&[]).unwrap();
        assert!(nothing.payment.is_none() && nothing.faces.is_none());
        let odd = std::fs::read_to_string(&good).unwrap().replace("feishui", "a/b");
        let (odd, none) = (file("odd.json", &odd), file("none.json", "{}"));
        for words in [
            &["--payment", &odd][..],
            &["--payment", &none],
            &["--payment", "nowhere.json"],
            &["--faces", &good],
            &["--case-files", "x"],
            &["--case-files-keys", &jwks],
        ] {
            assert!(settings(words).is_err(), "{words:?}");
        }
    }
}
