//! A platform and a peer that exchange messages over loopback, on one hand-wound clock.

use blobs::{BlobError, MemoryBlobs, MemoryVaultKeys, Vault};
use codes::{Code, Coded, Label, Reason};
use engine::Courier;
use exchange::{
    Address, Carrier, Contracts, ExchangeModule, Exchanged, MessageEvent, Outside, Partner,
    Partners,
};
use kernel::{
    Actor, Aggregate, Atomic, Context, ErrandError, ErrandId, Json, Moment, Policy, Reaction,
    Recorded, Shard, Unreadable, Waiting,
};
use module::{Clock, Module, Registry, Stage};
use seals::{Algorithm, Keys, MemoryKeys, Purpose};
use serde::{Deserialize, Serialize};
use serde_json::json;
use standins::peer::Peer;
use std::sync::Arc;
use std::time::Duration;
use testbed::{HandClock, Setup, Testbed};
use tokio::net::TcpListener;

pub(crate) const SHARD: &str = "440100";
pub(crate) const CASE: &str = "440115-260212-000001-33";

pub(crate) fn shard() -> Shard {
    Shard::new(SHARD)
}

/// A contract that closes what tells of a person.
const PERSON_CHECKED: &str = r#"{
    "title": "A person was checked", "x-label": {"zh": "人员核验回告", "en": "Person checked"},
    "type": "object", "required": ["kind", "purpose", "basis", "case", "person", "result"],
    "properties": {
        "kind": {"const": "person.checked"}, "purpose": {"minLength": 1}, "basis": {"minLength": 1},
        "case": {"type": "string"}, "person": {"type": "object", "x-closed": true},
        "result": {"enum": ["yes", "no"]}
    }
}"#;

/// Thursday, 12 February 2026, 16:05 in Beijing.
pub(crate) fn start() -> Moment {
    "2026-02-12T08:05:00Z".parse().expect("an instant")
}

/// A thing that sends messages and hears what partners decide, as linkage does.
#[derive(Debug, Default)]
pub(crate) struct Founding {
    pub(crate) heard: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Command {
    Tell { partner: String, body: Json },
    Hear { what: String },
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Event {
    Told { partner: String, body: Json },
    Heard { what: String },
}

#[derive(Debug, thiserror::Error)]
#[error("it was heard before")]
pub(crate) struct Twice;

impl Coded for Twice {
    fn code(&self) -> Code {
        Code::new("TST", 1)
    }
    fn reason(&self) -> Reason {
        "TWICE"
    }
    fn label(&self) -> Label {
        Label::new("重复", "Twice")
    }
}

impl Aggregate for Founding {
    const KIND: &'static str = "founding";
    type Key = String;
    type Command = Command;
    type Event = Event;
    type Error = Twice;
    type World = ();

    fn decide(&self, (): &(), _: &Context, command: Command) -> Result<Vec<Event>, Twice> {
        Ok(vec![match command {
            Command::Tell { partner, body } => Event::Told { partner, body },
            Command::Hear { what } if self.heard.contains(&what) => return Err(Twice),
            Command::Hear { what } => Event::Heard { what },
        }])
    }

    fn evolve(&mut self, event: &Event) {
        if let Event::Heard { what } = event {
            self.heard.push(what.clone());
        }
    }
}

struct Tells;

impl Policy for Tells {
    fn name(&self) -> &'static str {
        "test.tells"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["founding.Told"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let Event::Told { partner, body } = event.read()? else { return Ok(Vec::new()) };
        Ok(vec![Reaction::Message { to: kernel::Address::Partner(partner), body }])
    }
}

struct Hears;

impl Policy for Hears {
    fn name(&self) -> &'static str {
        "test.hears"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["message.Received"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let MessageEvent::Received { message, .. } = event.read()? else { return Ok(Vec::new()) };
        let given = message.facts["given"]["account_number"].as_str().unwrap_or_default();
        let what = format!("{} {} {given}", message.partner, message.kind).trim().to_owned();
        let case = message.case.unwrap_or_default();
        let commands = Atomic::new(shard()).then::<Founding>(&case, &Command::Hear { what });
        Ok(vec![Reaction::Commands(commands.expect("json"))])
    }
}

struct TestModule;

impl Module for TestModule {
    fn name(&self) -> &'static str {
        "test"
    }
    fn register(&self, registry: &mut Registry) {
        registry.aggregate::<Founding>(Arc::new(()));
        registry.policy(Tells);
        registry.policy(Hears);
    }
}

struct ByCarrier(Carrier);

impl Courier for ByCarrier {
    fn deliver(
        &self,
        id: ErrandId,
        to: kernel::Address,
        body: Json,
    ) -> Waiting<'_, Result<Vec<Reaction>, ErrandError>> {
        Box::pin(self.0.deliver(id, to, body))
    }
}

/// A platform and a peer.
pub(crate) struct Line {
    pub(crate) bed: Arc<Testbed>,
    pub(crate) peer: Peer,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) keys: Arc<MemoryKeys>,
    pub(crate) vault: Vault,
    pub(crate) endpoint: String,
}

/// What a test wants otherwise.
pub(crate) struct Wanted {
    pub(crate) per_minute: u32,
    pub(crate) answer_wait: Duration,
    /// When the peer changes its key.
    pub(crate) rotates_at: Option<Moment>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { per_minute: 600, answer_wait: Duration::from_secs(20), rotates_at: None }
    }
}

fn kinds<const N: usize>(kinds: [&str; N]) -> std::collections::BTreeSet<String> {
    kinds.map(ToOwned::to_owned).into()
}

impl Line {
    pub(crate) async fn new() -> Self {
        Self::with(Wanted::default()).await
    }

    pub(crate) async fn with(wanted: Wanted) -> Self {
        let clock = Arc::new(HandClock::at(start()));
        let ours = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let theirs = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", ours.local_addr().expect("an address"));
        let peer = peer(&clock, 7);
        if let Some(at) = wanted.rotates_at {
            peer.rotate([8; 32], at).expect("a key");
        }
        let bank = Partner {
            key: "bank".to_owned(),
            label: Label::new("商业银行", "Bank"),
            endpoint: format!("http://{}/messages", theirs.local_addr().expect("an address")),
            keys: peer.keys(),
            sends: kinds(["task.accepted", "task.decided", "person.checked"]),
            takes: kinds(["enterprise.established"]),
            per_minute: wanted.per_minute,
        };
        // Nobody listens here: the port was let go.
        let gone = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let tax = Partner {
            key: "tax".to_owned(),
            label: Label::new("税务局", "Tax bureau"),
            endpoint: format!("http://{}/messages", gone.local_addr().expect("an address")),
            keys: self::peer(&clock, 9).keys(),
            ..bank.clone()
        };
        drop(gone);
        let keys = Arc::new(MemoryKeys::new());
        let since = Moment::from_us(0);
        keys.generate(Purpose::EXCHANGE, Algorithm::Ed25519, since, &[1; 32]).expect("a key");
        let blobs: Arc<MemoryBlobs> = Arc::new(MemoryBlobs::new());
        let entropy = |bytes: &mut [u8]| -> Result<(), BlobError> {
            bytes.fill(5);
            Ok(())
        };
        let vault = Vault::new(
            Arc::clone(&blobs) as _,
            Arc::new(MemoryVaultKeys::new()),
            Arc::new(entropy),
        );
        let outside = Arc::new(Outside {
            partners: Partners::new([bank, tax]).expect("sound"),
            contracts: Arc::new(
                Contracts::builtin().and_then(|all| all.with(PERSON_CHECKED)).expect("sound"),
            ),
            keys: Arc::clone(&keys) as _,
            vault: vault.clone(),
            clock: Arc::clone(&clock) as _,
            address: Address::parse(&address).expect("sound"),
            home: shard(),
            answer_wait: wanted.answer_wait,
            roots_pem: Vec::new(),
        });
        let carrier = Carrier::new(Arc::clone(&outside)).expect("a client");
        let modules: Vec<Box<dyn Module>> =
            vec![Box::new(ExchangeModule::new(outside)), Box::new(TestModule)];
        let setup = Setup::new(modules).at(start()).blobs(blobs).courier(ByCarrier(carrier));
        let bed = Arc::new(setup.start().await.expect("a platform"));
        let endpoint = format!("{address}/api/v1/exchange/messages");
        peer.connect(&keys.public_set().expect("keys"), endpoint.clone());
        tokio::spawn(peer.clone().serve(theirs));
        tokio::spawn(serve(Arc::clone(&bed), ours));
        Self { bed, peer, clock, keys, vault, endpoint }
    }

    /// Tells the bank of an enterprise.
    pub(crate) async fn tell(&self, case: &str) {
        self.tell_this("bank", case, established(case)).await;
    }

    pub(crate) async fn tell_this(&self, partner: &str, case: &str, body: Json) {
        let command = Command::Tell { partner: partner.to_owned(), body };
        let commands = Atomic::new(shard()).then::<Founding>(&case.to_owned(), &command);
        let actor = Actor::system("test");
        self.bed.submit(actor, commands.expect("json")).await.expect("taken");
    }

    /// Winds both clocks; letters that wait are tried again on the way.
    pub(crate) async fn wind(&self, minutes: i64) {
        let to = self.clock.now().plus_seconds(minutes * 60);
        self.clock.set(to);
        self.bed.wind(to).await.expect("wound");
    }

    /// The events of messages, in order.
    pub(crate) async fn events(&self) -> Vec<(String, MessageEvent)> {
        let all = self.bed.events(&shard(), 0).await.expect("read");
        all.iter()
            .filter(|event| &*event.kind == Exchanged::KIND)
            .map(|event| (event.key.to_string(), event.read().expect("decodes")))
            .collect()
    }

    /// The names of the events of messages.
    pub(crate) async fn names(&self) -> Vec<String> {
        let all = self.bed.events(&shard(), 0).await.expect("read");
        let of_messages = all.iter().filter(|event| &*event.kind == Exchanged::KIND);
        of_messages.map(|event| event.name().to_owned()).collect()
    }

    /// What the case has heard of its partners.
    pub(crate) async fn heard(&self, case: &str) -> Vec<String> {
        let all = self.bed.events(&shard(), 0).await.expect("read");
        let mut founding = Founding::default();
        for event in all.iter().filter(|e| &*e.kind == Founding::KIND && &*e.key == case) {
            founding.evolve(&event.read().expect("decodes"));
        }
        founding.heard
    }
}

/// A peer on this clock whose first key follows from a seed.
pub(crate) fn peer(clock: &Arc<HandClock>, seed: u8) -> Peer {
    let now = Arc::clone(clock);
    Peer::new([seed; 32], Moment::from_us(0), Arc::new(move || now.now())).expect("a peer")
}

pub(crate) fn established(case: &str) -> Json {
    json!({
        "kind": "enterprise.established", "service": "28/bank", "task": "bank", "case": case,
        "uscc": "91440115MAD2K7Q49J", "establishment_date": "2026-02-12",
        "title": {"zh": "基本存款账户预约", "en": "Basic account"},
        "purpose": "办理基本存款账户预约", "basis": "优化营商环境条例第十九条",
    })
}

pub(crate) fn decided(case: &str) -> Json {
    json!({
        "kind": "task.decided", "task": "bank", "case": case, "decision": "granted",
        "given": {"account_number": "44050158863500000123"},
        "purpose": "回告办理结果", "basis": "优化营商环境条例第十九条",
    })
}

/// Puts the platform's routes behind a real socket.
async fn serve(bed: Arc<Testbed>, listener: TcpListener) -> std::io::Result<()> {
    let router = axum::Router::new().fallback(move |request: axum::extract::Request| {
        let bed = Arc::clone(&bed);
        async move {
            let reply = bed.send(request).await;
            (reply.status, reply.headers, reply.body)
        }
    });
    axum::serve(listener, router).await
}
