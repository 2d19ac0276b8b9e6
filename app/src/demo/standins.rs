//! Services of others in the demonstration (替身): who takes money, who compares faces, who stamps, over their real protocols.
//!
//! ```text
//!  bill ─► order ─► cashier      /demo/cashier/pay/<order> on the site: what the payer sees      cashier ─► signed report ─► bill
//!  face ─► signed request ─► faces        checkpoint, seal ─► RFC 3161 ─► two authorities by `openssl ts`
//!  demo-case-files/in/*.jws ◄─ the case system of customs
//! ```
//! Each listens on a port of loopback; keys and books lie in the data folder and are the same from one start to the next.

use crate::outside::secret;
use crate::services::{CaseFiles, Faces, Payment, Services};
use anyhow::{Context as _, Result};
use codes::Moment;
use module::Clock;
use penalty_module::files::{CaseMessage, MESSAGE_TYPE};
use seals::{Algorithm, FolderKeys, Keys as _, MemoryKeys, PublicKeySet, Purpose, jws};
use serde_json::json;
use standins::cashier::Cashier;
use standins::tsa::{Setup, TimeStamping};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;

/// Where the payer pays, on the site.
const CASHIER: &str = "/demo/cashier";
/// The gateway's name here.
const GATEWAY: &str = "demo-cashier";
/// The two authorities.
const AUTHORITIES: [&str; 2] = ["demo-one", "demo-two"];

/// The stand-ins, at work.
pub(crate) struct StandIns {
    cashier: Cashier,
    services: Services,
    authorities: Option<PathBuf>,
    customs: MemoryKeys,
}

/// Which services an operator has named: those are not played here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named {
    pub(crate) authorities: bool,
}

pub(super) async fn port() -> Result<(TcpListener, String)> {
    let listener = TcpListener::bind("127.0.0.1:0").await.context("a port for a stand-in")?;
    let address = format!("http://{}", listener.local_addr()?);
    Ok((listener, address))
}

impl StandIns {
    /// Opens them: they answer from now on, before the site does.
    pub(crate) async fn open(
        data: &Path,
        site: &str,
        named: Named,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let ours = trusted(data, clock.now())?;
        let now = move || -> Arc<dyn Fn() -> Moment + Send + Sync> {
            let clock = Arc::clone(&clock);
            Arc::new(move || clock.now())
        };
        let since = Moment::default();
        let cashier = Cashier::new(secret(&data.join("keys/demo-cashier.secret"))?, since, now())?;
        cashier.keep(&data.join("demo-cashier.json"))?;
        cashier.connect(&ours, format!("{}{CASHIER}", site.trim_end_matches('/')));
        let faces = secret(&data.join("keys/demo-faces.secret"))?;
        let faces = standins::faces::Faces::new(faces, since, now())?;
        faces.trust(&ours);
        let customs = MemoryKeys::new();
        let seed = secret(&data.join("keys/demo-customs.secret"))?;
        customs.generate(Purpose::EXCHANGE, Algorithm::Ed25519, since, &seed)?;
        let mirrors = super::credit::boards(data, &ours, &now).await?;
        let ((to_cashier, pays), (to_faces, compares)) = (port().await?, port().await?);
        let services = Services {
            payment: Some(Payment {
                key: GATEWAY.to_owned(),
                merchant: super::PLACE.to_owned(),
                url: pays,
                keys: cashier.keys(),
            }),
            faces: Some(Faces { url: compares, keys: faces.keys() }),
            case_files: Some(CaseFiles {
                folder: data.join("demo-case-files"),
                keys: customs.public_set()?,
            }),
            mirrors,
            guarantors: Vec::new(),
        };
        // They serve until the process ends.
        tokio::spawn(cashier.clone().run(to_cashier));
        tokio::spawn(faces.serve(to_faces));
        let authorities = if named.authorities { None } else { authorities(data).await? };
        Ok(Self { cashier, services, authorities, customs })
    }

    /// What was not named by the operator is played here.
    pub(crate) fn beside(&self, own: Services) -> Services {
        let ours = self.services.clone();
        Services {
            payment: own.payment.or(ours.payment),
            faces: own.faces.or(ours.faces),
            case_files: own.case_files.or(ours.case_files),
            mirrors: if own.mirrors.is_empty() { ours.mirrors } else { own.mirrors },
            guarantors: if own.guarantors.is_empty() { ours.guarantors } else { own.guarantors },
        }
    }

    /// The file that names the authorities; none where there is no `openssl`, or others are named.
    pub(crate) fn authorities(&self) -> Option<&Path> {
        self.authorities.as_deref()
    }

    /// The pages on which people pay.
    pub(crate) fn pages(&self) -> axum::Router {
        axum::Router::new().nest(CASHIER, self.cashier.router())
    }

    /// The case system of customs writes a message into its folder; where it wrote one before, it writes no more.
    pub(crate) fn file(&self, message: &CaseMessage, now: Moment) -> Result<()> {
        let Some(CaseFiles { folder, .. }) = &self.services.case_files else { return Ok(()) };
        let acks = folder.join("acks");
        if acks.is_dir() && std::fs::read_dir(acks)?.next().is_some() {
            return Ok(());
        }
        let name = format!("{}-{}.jws", message.case, message.sequence);
        let key = self.customs.current(&Purpose::EXCHANGE, Algorithm::Ed25519, now)?;
        let payload = serde_json::to_vec(message)?;
        let signed = jws::attached(&self.customs, &key, now, MESSAGE_TYPE, &payload)?;
        let to = folder.join("in");
        std::fs::create_dir_all(&to)?;
        // A file that is not whole yet bears another ending.
        let half = to.join(format!("{name}.half"));
        std::fs::write(&half, signed)?;
        Ok(std::fs::rename(half, to.join(name))?)
    }
}

/// The keys of the platform, which has one for exchange before anything is sent.
fn trusted(data: &Path, now: Moment) -> Result<PublicKeySet> {
    let keys = FolderKeys::open(data.join("keys/signing"))?;
    keys.ensure(&Purpose::EXCHANGE, Algorithm::Ed25519, now, &crate::assemble::random()?)?;
    Ok(keys.public_set()?)
}

/// Two authorities that do not belong to each other, and the file that names them.
async fn authorities(data: &Path) -> Result<Option<PathBuf>> {
    let mut all = Vec::new();
    for key in AUTHORITIES {
        let folder = data.join(key);
        let name = format!("Lianban {key} (sample)");
        let made = tokio::task::spawn_blocking(move || {
            TimeStamping::kept(&Setup { name, ..Setup::default() }, &folder)
        });
        let authority = match made.await? {
            Ok(authority) => authority,
            Err(error) => {
                tracing::warn!(%error, "the demo has no time-stamps: `openssl` does not work here");
                return Ok(None);
            }
        };
        let (listener, address) = port().await?;
        let roots = format!("{key}/root.pem");
        all.push(json!({"key": key, "url": format!("{address}/tsa"), "roots": roots}));
        tokio::spawn(authority.serve(listener));
    }
    let file = data.join("demo-authorities.json");
    std::fs::write(&file, serde_json::to_vec_pretty(&all)?)
        .with_context(|| format!("writing {}", file.display()))?;
    Ok(Some(file))
}
