//! The bank of the demonstration: a system of its own (对接系统替身), over the real protocol, with a key of its own.
//!
//! ```text
//!  Established ─► enterprise.established ─► bank ─► task.accepted in the receipt, task.decided some seconds later
//!                                                         with the account's number, which flows to tax, fund, social
//! ```

use super::credit::Counterparts;
use crate::assemble::Setup;
use crate::outside::secret;
use anyhow::{Context as _, Result};
use codes::Label;
use exchange::Partner;
use kernel::Moment;
use module::Clock;
use seals::{FolderKeys, Keys as _};
use standins::organ;
use standins::peer::Peer;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Under which key the bank of the demo's place is a partner.
const KEY: &str = "440115-bank";
/// After how many seconds it has opened an account: long enough to be seen on the case's page.
const OPENS_AFTER_S: i64 = 20;

/// The bank's system, before it opens.
pub(crate) struct Bank {
    others: Counterparts,
    peer: Peer,
    listener: TcpListener,
    file: PathBuf,
}

impl Bank {
    /// Takes a port of loopback, and writes the file that names the bank and the other partners to the platform. Its key stays the same from one
    /// start to the next.
    pub(crate) async fn new(data: &Path, clock: Arc<dyn Clock>) -> Result<Self> {
        let others = Counterparts::new(data, &clock).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await.context("a port for the bank")?;
        let seed = secret(&data.join("keys/demo-bank.secret"))?;
        let peer = Peer::new(seed, Moment::default(), Arc::new(move || clock.now()))?;
        let kinds = |kinds: &[&str]| kinds.iter().map(ToString::to_string).collect();
        let partner = Partner {
            key: KEY.to_owned(),
            label: Label::new("南沙商业银行（示例）", "Nansha Commercial Bank (sample)"),
            endpoint: format!("http://{}/messages", listener.local_addr()?),
            keys: peer.keys(),
            sends: kinds(&["task.accepted", "task.decided"]),
            takes: kinds(&["enterprise.established"]),
            per_minute: 600,
        };
        let file = data.join("demo-partners.json");
        let partners: Vec<&Partner> = std::iter::once(&partner).chain(others.partners()).collect();
        std::fs::write(&file, serde_json::to_vec_pretty(&partners)?)
            .with_context(|| format!("writing {}", file.display()))?;
        Ok(Self { others, peer, listener, file })
    }

    /// The file that names it.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Trusts the platform from now on and works on what it is told, but for the cases whose account is opened already.
    pub(crate) fn trust(&self, setup: &Setup, opened: BTreeSet<String>) -> Result<()> {
        let ours = FolderKeys::open(setup.data.join("keys/signing"))?.public_set()?;
        let endpoint = format!("{}/api/v1/exchange/messages", setup.public_url);
        self.others.trust(&ours, &endpoint);
        self.peer.connect(&ours, endpoint);
        let opens = organ::opens_accounts(OPENS_AFTER_S);
        self.peer.act(Arc::new(move |body| {
            let case = body.get("case").and_then(serde_json::Value::as_str).unwrap_or_default();
            if opened.contains(case) { Vec::new() } else { opens(body) }
        }));
        Ok(())
    }

    /// Opens: it answers, and sends its own messages as they fall due.
    pub(crate) fn open(self) -> JoinHandle<std::io::Result<()>> {
        self.others.open();
        tokio::spawn(self.peer.run(self.listener))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assemble;
    use crate::bench::place::setup;
    use crate::bench::script::{Script, Until};
    use crate::demo::Desk;
    use cases::{Case, CaseCommand};
    use engine::{Config, Order, Pace, Sizes};
    use kernel::{Actor, Atomic, CommandId, OrganKey, PartyKey};
    use std::net::SocketAddr;
    use testbed::HandClock;

    /// An officer of an organ accepts a task and grants it.
    async fn decide(house: &assemble::Assembly, case: &cases::CaseKey, organ: &str, task: &str) {
        let by = Actor::Officer {
            organ: OrganKey::new(format!("440115-{organ}")),
            login: organ.to_owned(),
            role: "reviewer".to_owned(),
        };
        let task = task.to_owned();
        let (accept, grant) = (
            CaseCommand::Accept { task: task.clone() },
            CaseCommand::Grant { task: task.clone(), given: [].into() },
        );
        let shard = cases::desk::shard_of("440115".parse().unwrap());
        let commands = Atomic::new(shard).then::<Case>(case, &accept).unwrap();
        let commands = commands.then::<Case>(case, &grant).unwrap();
        let id = CommandId::derive(&[b"demo-bank-test", task.as_bytes()]);
        house.engine.order(Order { id, actor: by, cause: None, commands }).await.unwrap();
        house.engine.settle().await;
    }

    #[tokio::test]
    async fn the_bank_opens_an_account_for_an_enterprise_that_stands_and_the_number_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(HandClock::at("2026-02-12T07:20:00Z".parse().unwrap()));
        let ours = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bank = Bank::new(folder.path(), clock.clone()).await.unwrap();
        let mut setup = setup(folder.path().to_owned(), None);
        setup.public_url = format!("http://{}", ours.local_addr().unwrap());
        setup.partners = Some(bank.file().to_owned());
        let sizes = Sizes { at_once: 1, ..Sizes::default() };
        let config = Config { pace: Pace::ByHand, sizes };
        let house = assemble::assemble_with(&setup, clock.clone(), config).await.unwrap();
        bank.trust(&setup, BTreeSet::new()).unwrap();
        let peer = bank.peer.clone();
        let _bank = bank.open();
        let router = house.router.clone().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(ours, router).await });
        let script = Script::new(&house, clock.now().date(), 7, true).unwrap();
        let who = (PartyKey::new("chen"), "chen".to_owned());
        let case = script.work_until(&Desk(&house), 1, who, Until::Submitted).await.unwrap();
        house.engine.settle().await;
        decide(&house, &case, "police", "seal").await;
        decide(&house, &case, "market", "reg").await;
        let folded = async || {
            let loaded = house.desk.load(&house.platform, &case.0).await.unwrap();
            loaded.case
        };
        assert!(folded().await.tasks["bank"].accepted.is_some(), "told, it accepts in its receipt");
        clock.set(clock.now().plus_seconds(OPENS_AFTER_S));
        peer.tick().await;
        house.engine.settle().await;
        let case = folded().await;
        let number = organ::account_number(&case.established.clone().unwrap().0);
        assert_eq!(case.values.get("account_number"), Some(&number));
        assert!(house.engine.dead_letters(10).await.unwrap().is_empty());
    }
}
