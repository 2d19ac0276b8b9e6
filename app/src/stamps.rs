//! Time-stamp authorities of this installation, and the fetching of stamps for the log's checkpoints.
//!
//! ```json
//! [{"key": "ntsc", "url": "http://tsa.example/tsa", "policy": "1.2.3.4.1", "roots": "ntsc-roots.pem"},
//!  {"key": "other", "url": "http://other.example/tsa", "roots": "other-roots.pem"}]
//! ```
//! Two authorities that do not belong to each other; `roots` names a file of certificates in PEM beside this one.

use crate::evidence::{Kept, folder};
use crate::outside::SystemEntropy;
use ::evidence::stamp::{Authority, AuthorityClient, Stamper, Stamps};
use ::evidence::{Log, Packages};
use anyhow::{Context as _, Result, bail};
use codes::Label;
use module::Clock;
use seals::x509::Certificate;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An authority as the file names it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    key: String,
    url: String,
    #[serde(default)]
    policy: Option<String>,
    roots: PathBuf,
}

/// What stamps the log's checkpoints.
pub(crate) struct Stamping {
    pub(crate) stamps: Arc<Stamps>,
    pub(crate) authorities: Vec<Authority>,
    /// What fetches them.
    pub(crate) stamper: Arc<Stamper>,
}

impl Stamping {
    /// Opens the stamps of an installation and takes in the checkpoints that were published meanwhile. Without a file of
    /// authorities there are none.
    pub(crate) async fn open(
        data: &Path,
        file: Option<&Path>,
        log: &Log,
        clock: &Arc<dyn Clock>,
    ) -> Result<Option<Self>> {
        let Some(file) = file else { return Ok(None) };
        let authorities = read(file).with_context(|| format!("reading {}", file.display()))?;
        let stamps = Arc::new(Stamps::open(&folder(data).join("stamps"))?);
        for shard in log.journal().shards().await? {
            stamps.catch_up(&shard, &log.published(&shard)?)?;
        }
        let stamper = Arc::new(Stamper::new(
            Arc::clone(&stamps),
            authorities.clone(),
            AuthorityClient::new()?,
            Arc::new(SystemEntropy),
            Arc::clone(clock),
        ));
        Ok(Some(Self { stamps, authorities, stamper }))
    }

    /// Fetches stamps in the background, for as long as the process serves.
    pub(crate) fn start(&self) {
        let stamper = Arc::clone(&self.stamper);
        let _runs_until_the_process_ends = tokio::spawn(async move { stamper.run().await });
    }
}

/// How packages of this installation are made.
pub(crate) fn packages(kept: &Kept, stamping: Option<&Stamping>, site: &str) -> Packages {
    let mut packages = Packages::of(kept.log.clone());
    packages.witnesses.clone_from(&kept.witnesses);
    packages.maker = Label::new(site, site);
    if let Some(stamping) = stamping {
        packages.stamps = Some(Arc::clone(&stamping.stamps));
        packages.authorities.clone_from(&stamping.authorities);
    }
    packages
}

fn read(file: &Path) -> Result<Vec<Authority>> {
    let named: Vec<Named> = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let beside = file.parent().unwrap_or(Path::new(""));
    let mut keys = BTreeSet::new();
    let mut authorities = Vec::new();
    for one in named {
        if !Authority::is_key(&one.key) || !keys.insert(one.key.clone()) {
            bail!("`{}` is no key of an authority, or stands twice", one.key);
        }
        let roots = beside.join(&one.roots);
        let text = std::fs::read_to_string(&roots)
            .with_context(|| format!("reading {}", roots.display()))?;
        let (selfs, between): (Vec<_>, Vec<_>) = Certificate::from_pem(&text)
            .with_context(|| format!("reading {}", roots.display()))?
            .into_iter()
            .partition(|one| one.subject() == one.issuer());
        authorities.push(Authority {
            key: one.key,
            url: one.url,
            policy: one.policy,
            roots: selfs,
            between,
        });
    }
    Ok(authorities)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_are_read_with_their_roots_beside_the_file() {
        let home = tempfile::tempdir().unwrap();
        let root = include_str!("../../platform/seals/src/x509/samples/root.pem");
        let inner = include_str!("../../platform/seals/src/x509/samples/inner.pem");
        std::fs::write(home.path().join("roots.pem"), format!("{root}{inner}")).unwrap();
        let file = home.path().join("authorities.json");
        let told = |text: &str| {
            std::fs::write(&file, text).unwrap();
            read(&file)
        };
        let good =
            r#"[{"key": "one", "url": "http://a/tsa", "policy": "1.2.3", "roots": "roots.pem"}]"#;
        let read = told(good).unwrap();
        let (roots, between) = (read[0].roots.len(), read[0].between.len());
        assert_eq!((read.len(), roots, between), (1, 1, 1));
        for bad in [
            r#"[{"key": "One", "url": "http://a/tsa", "roots": "roots.pem"}]"#,
            r#"[{"key": "one", "url": "http://a/tsa", "roots": "none.pem"}]"#,
            r#"[{"key": "one", "url": "http://a/tsa", "roots": "authorities.json"}]"#,
            r#"[{"key": "one", "url": "http://a/tsa"}]"#,
        ] {
            assert!(told(bad).is_err(), "{bad}");
        }
        let twice = format!("[{0},{0}]", good.trim_matches(['[', ']']));
        assert!(told(&twice).is_err());
    }
}
