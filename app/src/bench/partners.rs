//! The systems of organs, as stand-ins over their real protocol: each on a port of its own, each with a key of its own.

use crate::assemble::Setup;
use anyhow::{Context as _, Result};
use codes::Label;
use exchange::Partner;
use kernel::Moment;
use module::Clock;
use seals::{Digest, FolderKeys, Keys as _};
use standins::Switches;
use standins::peer::{Got, Peer};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// What every one of them takes.
const TAKES: [&str; 2] = ["enterprise.established", "publicity.registration"];
/// The systems of the organs outside market supervision where the cases of benches lie, and the one that publishes
/// registrations.
pub(crate) const SYSTEMS: [&str; 8] = [
    "440115-police",
    "440115-tax",
    "440115-social-insurance",
    "440115-medical-insurance",
    "440115-housing-fund",
    "440115-bank",
    "440115-food",
    PUBLICITY,
];
/// The system that publishes registrations.
pub(crate) const PUBLICITY: &str = "publicity";

/// Partner systems that run until this is dropped.
pub(crate) struct Partners {
    peers: BTreeMap<String, Peer>,
    file: PathBuf,
    _served: JoinSet<std::io::Result<()>>,
}

impl Partners {
    /// Starts all of them, and writes the file that names them to the platform.
    pub(crate) async fn start(folder: &Path, clock: &Arc<dyn Clock>) -> Result<Self> {
        let (mut peers, mut served) = (BTreeMap::new(), JoinSet::new());
        let mut list = Vec::new();
        for key in SYSTEMS {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            let now = Arc::clone(clock);
            let seed = *Digest::sha256(key.as_bytes()).bytes();
            let peer = Peer::new(seed, Moment::default(), Arc::new(move || now.now()))?;
            list.push(Partner {
                key: key.to_owned(),
                label: Label::new(key, key),
                endpoint: format!("http://{}/messages", listener.local_addr()?),
                keys: peer.keys(),
                sends: BTreeSet::new(),
                takes: TAKES.map(str::to_owned).into(),
                per_minute: 600,
            });
            served.spawn(peer.clone().serve(listener));
            peers.insert(key.to_owned(), peer);
        }
        let file = folder.join("partners.json");
        std::fs::write(&file, serde_json::to_vec(&list)?)
            .with_context(|| format!("writing {}", file.display()))?;
        Ok(Self { peers, file, _served: served })
    }

    /// The file that names them.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// They trust an installation from now on, whose keys lie in its folder.
    pub(crate) fn trust(&self, setup: &Setup) -> Result<()> {
        let keys = FolderKeys::open(setup.data.join("keys/signing"))?;
        let ours = keys.public_set()?;
        let endpoint = format!("{}/api/v1/exchange/messages", setup.public_url);
        for peer in self.peers.values() {
            peer.connect(&ours, endpoint.clone());
        }
        Ok(())
    }

    /// One of them cannot be reached, or can again.
    pub(crate) fn out(&self, key: &str, is_down: bool) {
        if let Some(peer) = self.peers.get(key) {
            peer.switch(Switches { down: is_down, ..Switches::default() });
        }
    }

    /// How many requests reached them, those that were answered by nobody included.
    pub(crate) fn requests(&self) -> u64 {
        self.peers.values().map(Peer::requests).sum()
    }

    /// What each has taken, once for each id under which it came.
    pub(crate) fn got(&self) -> impl Iterator<Item = (&str, Vec<Got>)> {
        self.peers.iter().map(|(key, peer)| (key.as_str(), peer.got()))
    }
}

/// The key under which an organ's system is a partner.
pub(crate) fn partner_of(organ: &str) -> String {
    organ.replace('_', "-")
}
