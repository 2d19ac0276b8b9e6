//! A platform with everything that credit repair ties together, recipients that do as told, and a printer of values; with
//! mirrors and registers over real connections where a test wants them.

use blobs::{BlobError, Blobs, MemoryBlobs, MemoryVaultKeys, Vault};
use calendar::Calendar;
use codes::{Date, Label, Moment};
use credit_repair_module::CreditRepair;
use credit_repair_module::mirror::{MirrorSettings, Mirrors, Relay};
use credit_repair_module::repair::{Repair, RepairCommand, RepairKey};
use delivery::{DeliveryModule, Mail, MailError, Mailer, Patience, Taken};
use documents::{DocumentError, Numbers, Template, Templates, Typesetter, Values};
use engine::Courier;
use exchange::{
    Carrier, Contracts, ExchangeModule, Partner, Partners, Post, PropagationModule,
    PropagationRules,
};
use kernel::{
    Actor, Address, Atomic, ErrandError, ErrandId, Json, OrganKey, PartyKey, Reaction, Shard,
    Waiting,
};
use module::{Clock, Module, Stage, SubmitError};
use registers::listings::{ListEntry, Listing, ListingCommand, ListingKey};
use seals::{Algorithm, Keys, MemoryKeys, PublicKeySet, Purpose};
use standins::credit::Board;
use standins::peer::{Peer, Script};
use std::collections::{BTreeMap, BTreeSet};
use std::future::ready;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use testbed::{LateReader, Reply, Setup, Testbed};
use tokio::net::TcpListener;

pub(crate) const USCC: &str = "91440106MA59C0309X";
pub(crate) const NAME: &str = "广州示例商贸有限公司";
pub(crate) const ORGAN: &str = "440100-market";

pub(crate) fn shard() -> Shard {
    Shard::new("440100")
}

pub(crate) fn d(text: &str) -> Date {
    text.parse().expect("a date")
}

/// Ten in the morning of a day.
pub(crate) fn at(day: &str) -> Moment {
    Moment::from_wall(d(day).at(10, 0, 0, 0))
}

pub(crate) fn key(name: &str) -> ListingKey {
    ListingKey(name.to_owned())
}

pub(crate) fn party() -> Actor {
    Actor::Party { party: PartyKey::new(USCC), login: "fang".to_owned(), mandate: None }
}

pub(crate) fn officer(role: &str) -> Actor {
    Actor::Officer { organ: OrganKey::new(ORGAN), login: "lin".to_owned(), role: role.to_owned() }
}

pub(crate) fn entry(uscc: &str, listed_on: &str) -> ListEntry {
    ListEntry {
        subject: uscc.to_owned(),
        subject_name: NAME.to_owned(),
        list: "serious".to_owned(),
        cause: "44-5-1".to_owned(),
        decision_no: format!("穗市监列严〔{listed_on}〕12号"),
        organ: OrganKey::new(ORGAN),
        organ_name: "广州市市场监督管理局".to_owned(),
        place: "440100".to_owned(),
        listed_on: d(listed_on),
        published_on: d(listed_on),
        ..ListEntry::default()
    }
}

/// Every department and mirror: takes what it is sent, once an id, unless it is dead.
#[derive(Default)]
pub(crate) struct Departments {
    pub(crate) dead: Mutex<BTreeSet<String>>,
    pub(crate) took: Mutex<BTreeMap<(String, ErrandId), Json>>,
}

impl Post for Departments {
    fn deliver(
        &self,
        id: ErrandId,
        to: Address,
        body: Json,
    ) -> Waiting<'_, Result<Vec<Reaction>, ErrandError>> {
        let Address::Partner(partner) = to else {
            return Box::pin(ready(Err(ErrandError::never("no partner"))));
        };
        let dead = self.dead.lock().unwrap_or_else(PoisonError::into_inner).contains(&partner);
        if dead {
            return Box::pin(ready(Err(ErrandError::later("503"))));
        }
        let mut took = self.took.lock().unwrap_or_else(PoisonError::into_inner);
        took.insert((partner, id), body);
        Box::pin(ready(Ok(Vec::new())))
    }
}

impl Departments {
    /// How many messages of a kind a partner took.
    pub(crate) fn took(&self, partner: &str, kind: &str) -> usize {
        let took = self.took.lock().unwrap_or_else(PoisonError::into_inner);
        took.iter().filter(|((to, _), body)| to == partner && body["kind"] == kind).count()
    }
}

struct Printer;

impl Typesetter for Printer {
    fn edition(&self) -> &str {
        "printer 1"
    }

    fn typeset(&self, template: &Template, values: &Values) -> Result<Vec<u8>, DocumentError> {
        let taken = template.take(values)?;
        Ok(format!("%PDF {}", serde_json::to_string(taken.values()).expect("json")).into_bytes())
    }
}

struct Postman;

impl Mailer for Postman {
    fn send(&self, mail: Mail) -> Waiting<'_, Result<Taken, MailError>> {
        let message_id = format!("<{}@lianban.example>", mail.id);
        Box::pin(ready(Ok(Taken { message_id, answer: "250 2.0.0 Ok".to_owned() })))
    }
}

struct ToolClock(Arc<AtomicI64>);

impl Clock for ToolClock {
    fn now(&self) -> Moment {
        Moment::from_us(self.0.load(Ordering::SeqCst))
    }
}

macro_rules! documents {
    ($($id:literal),+) => {
        [$((
            include_str!(concat!("../../../documents/", $id, ".yaml")),
            include_str!(concat!("../../../documents/", $id, ".typ")),
        )),+]
    };
}

fn templates() -> Arc<Templates> {
    let mut templates = Templates::new();
    for (yaml, typ) in documents!(
        "repair_acceptance",
        "repair_announcement",
        "repair_certificate",
        "repair_eligible",
        "repair_not_accepted",
        "repair_refusal",
        "repair_removal",
        "repair_rescission"
    ) {
        let template = Template::read(yaml, |_| Some(typ.to_owned())).expect("sound");
        templates.add(template).expect("the only one");
    }
    Arc::new(templates)
}

/// The tables of the reform's folder.
fn tables() -> Vec<Arc<rules::Table>> {
    let dictionary = elements::Dictionary::builtin().expect("sound");
    let read = |file: &str, text: &str| {
        Arc::new(rules::Table::read(&dictionary, file, text).expect("a table"))
    };
    vec![
        read("rules/credit_track.yaml", include_str!("../../../rules/credit_track.yaml")),
        read("rules/penalty_kind.yaml", include_str!("../../../rules/penalty_kind.yaml")),
        read("rules/credit_measure.yaml", include_str!("../../../rules/credit_measure.yaml")),
        read("rules/credit_proof.yaml", include_str!("../../../rules/credit_proof.yaml")),
    ]
}

/// What stands outside, over real connections.
#[derive(Default)]
pub(crate) struct Wanted {
    /// Whether the publicity system and 信用中国 are reached by their own protocols.
    pub(crate) mirrors: bool,
    /// Whether the daily files of the publicity system are taken: every hour of every day that a test winds through.
    pub(crate) daily: bool,
    /// Registers that can be asked, by key, each with what it answers.
    pub(crate) registers: Vec<(&'static str, Script)>,
}

/// What stands outside.
pub(crate) struct Outer {
    pub(crate) publicity: Board,
    pub(crate) china: Board,
    pub(crate) registers: BTreeMap<&'static str, Peer>,
    pub(crate) mirrors: Arc<Mirrors>,
}

/// The address that messages to us are signed for; nobody listens there: tests hand letters in themselves.
const ADDRESS: &str = "http://127.0.0.1:9";

struct ByCarrier(Carrier);

impl Courier for ByCarrier {
    fn deliver(
        &self,
        id: ErrandId,
        to: Address,
        body: Json,
    ) -> Waiting<'_, Result<Vec<Reaction>, ErrandError>> {
        Box::pin(self.0.deliver(id, to, body))
    }
}

async fn port() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    (listener, address)
}

/// A board that trusts us, and how it is reached.
async fn board(
    seed: u8,
    now: standins::credit::Now,
    trusted: &PublicKeySet,
    (key, daily): (&str, bool),
) -> (Board, MirrorSettings) {
    let board = Board::new([seed; 32], Moment::from_us(0), now).expect("a board");
    board.trust(trusted);
    let (listener, base) = port().await;
    tokio::spawn(board.clone().serve(listener));
    let settings = MirrorSettings { key: key.to_owned(), base, keys: board.keys(), daily };
    (board, settings)
}

pub(crate) struct Bed {
    pub(crate) bed: Testbed,
    pub(crate) departments: Arc<Departments>,
    pub(crate) outer: Outer,
    pub(crate) vault: Vault,
    clock: Arc<AtomicI64>,
    reader: Arc<LateReader>,
}

impl Bed {
    pub(crate) async fn at(day: &str) -> Self {
        Self::with(day, Wanted::default()).await
    }

    #[expect(clippy::too_many_lines, reason = "the list of what is wired to what")]
    pub(crate) async fn with(day: &str, wanted: Wanted) -> Self {
        let blobs: Arc<dyn Blobs> = Arc::new(MemoryBlobs::new());
        let drawn = AtomicU8::new(0);
        let entropy = move |bytes: &mut [u8]| -> Result<(), BlobError> {
            bytes.fill(drawn.fetch_add(1, Ordering::SeqCst));
            Ok(())
        };
        let vault =
            Vault::new(Arc::clone(&blobs), Arc::new(MemoryVaultKeys::new()), Arc::new(entropy));
        let keys = Arc::new(MemoryKeys::new());
        keys.generate(Purpose::LICENCES, Algorithm::Es256, Moment::default(), &[1; 32])
            .expect("a key");
        keys.generate(Purpose::EXCHANGE, Algorithm::Ed25519, Moment::default(), &[2; 32])
            .expect("a key");
        let reader = Arc::new(LateReader::default());
        let clock = Arc::new(AtomicI64::new(at(day).us()));
        let numbers = Arc::new(Numbers::platform().expect("sound"));
        let departments = Arc::new(Departments::default());
        let rules = Arc::new(PropagationRules::new(Calendar::embedded()));
        let tool_clock: Arc<dyn Clock> = Arc::new(ToolClock(Arc::clone(&clock)));
        let now = || -> standins::credit::Now {
            let clock = Arc::clone(&clock);
            Arc::new(move || Moment::from_us(clock.load(Ordering::SeqCst)))
        };
        let trusted = keys.public_set().expect("keys");
        let (publicity, to_publicity) =
            board(11, now(), &trusted, ("credit-publicity", wanted.daily)).await;
        let (china, to_china) = board(12, now(), &trusted, ("credit-china", false)).await;
        let settings = if wanted.mirrors { vec![to_publicity, to_china] } else { Vec::new() };
        let signing = Arc::clone(&keys) as Arc<dyn Keys>;
        let mirrors = Mirrors::new(settings, &signing, &tool_clock, Shard::new("000000"));
        let mirrors = Arc::new(mirrors.expect("addresses"));
        let (mut registers, mut partners) = (BTreeMap::new(), Vec::new());
        for (n, (key, script)) in (40_u8..).zip(wanted.registers) {
            let peer = Peer::new([n; 32], Moment::from_us(0), now()).expect("a peer");
            peer.connect(&trusted, format!("{ADDRESS}/api/v1/exchange/messages"));
            peer.act(script);
            let (listener, base) = port().await;
            tokio::spawn(peer.clone().serve(listener));
            partners.push(Partner {
                key: key.to_owned(),
                label: Label::new("登记机构", "Register"),
                endpoint: format!("{base}/messages"),
                keys: peer.keys(),
                sends: ["credit.proof_told".to_owned()].into(),
                takes: ["credit.proof_asked".to_owned()].into(),
                per_minute: 600,
            });
            registers.insert(key, peer);
        }
        let partners = Partners::new(partners).expect("sound");
        let askable = credit_repair_module::registers(&partners);
        let exchange = Arc::new(exchange::Outside {
            partners,
            contracts: Arc::new(Contracts::builtin().expect("sound")),
            keys: Arc::clone(&signing),
            vault: vault.clone(),
            clock: Arc::clone(&tool_clock),
            address: exchange::Address::parse(ADDRESS).expect("sound"),
            home: Shard::new("000000"),
            answer_wait: Duration::from_secs(5),
            roots_pem: Vec::new(),
        });
        let carrier = Carrier::new(Arc::clone(&exchange)).expect("a client");
        let others = Arc::clone(&departments) as Arc<dyn Post>;
        let relay: Arc<dyn Post> = Arc::new(Relay::new(Arc::clone(&mirrors), others));
        let modules: Vec<Box<dyn Module>> = vec![
            Box::new(registers::Registers {
                facts: Arc::new(registers::Facts::new(Calendar::embedded())),
                outside: None,
            }),
            Box::new(licences::LicencesModule::new(
                licences::Outside {
                    typesetter: Arc::new(Printer),
                    templates: templates(),
                    blobs: Arc::clone(&blobs),
                    vault: vault.clone(),
                    reader: reader.clone(),
                    keys,
                    algorithm: Algorithm::Es256,
                    clock: Arc::new(ToolClock(Arc::clone(&clock))),
                    portal: "https://portal.example/".to_owned(),
                    secret: [7; 32],
                },
                Arc::clone(&numbers),
            )),
            Box::new(DeliveryModule::new(
                delivery::Outside {
                    typesetter: Arc::new(Printer),
                    templates: templates(),
                    mailer: Arc::new(Postman),
                    vault: vault.clone(),
                    reader: reader.clone(),
                    portal: "https://portal.example/".to_owned(),
                    secret: [7; 32],
                    sealer: None,
                },
                numbers,
                Patience::default(),
                shard(),
            )),
            Box::new(PropagationModule::new(rules, relay)),
            Box::new(ExchangeModule::new(exchange)),
            Box::new(
                CreditRepair::new(
                    &tables(),
                    Calendar::embedded(),
                    credit_repair_module::Outside {
                        party_of: Arc::new(|uscc: &str| PartyKey::new(uscc)),
                        vault: vault.clone(),
                        reader: reader.clone(),
                        mirrors: Arc::clone(&mirrors),
                        registers: askable,
                    },
                )
                .expect("the law is sound"),
            ),
        ];
        let courier = ByCarrier(carrier);
        let setup = Setup::new(modules).at(at(day)).blobs(blobs).courier(courier);
        let bed = setup.start().await.expect("a platform");
        reader.follow(bed.platform());
        let outer = Outer { publicity, china, registers, mirrors };
        let bed = Self { bed, departments, outer, vault, clock, reader };
        bed.outer.mirrors.follow(bed.bed.platform()).await.expect("followed");
        bed.bed.settle().await;
        bed
    }

    /// Stops everything and starts again on the journal alone: a crash that lost the tables.
    pub(crate) async fn crash(mut self) -> Self {
        self.bed = self.bed.restart_without_tables().await.expect("a platform");
        self.reader.follow(self.bed.platform());
        self
    }

    pub(crate) async fn wind(&self, to: Moment) {
        // The tools' clock goes ahead: what is signed on the way is signed by then.
        self.clock.store(to.us(), Ordering::SeqCst);
        self.bed.wind(to).await.expect("wound");
    }

    pub(crate) async fn list(&self, name: &str, entry: ListEntry) {
        let command = ListingCommand::List(Box::new(entry));
        let commands = Atomic::new(shard()).then::<Listing>(&key(name), &command).expect("json");
        self.bed.submit(Actor::system("publicity"), commands).await.expect("listed");
    }

    pub(crate) async fn act(
        &self,
        actor: Actor,
        command: RepairCommand,
    ) -> Result<(), SubmitError> {
        let key = RepairKey(USCC.to_owned());
        let commands = Atomic::new(shard()).then::<Repair>(&key, &command).expect("json");
        self.bed.submit(actor, commands).await.map(|_receipt| ())
    }

    /// How many events of a name there are, such as `listing.Ended`.
    pub(crate) async fn count(&self, name: &str) -> usize {
        let (kind, variant) = name.split_once('.').expect("kind.Variant");
        let all = self.bed.events(&shard(), 0).await.expect("read");
        all.iter().filter(|event| &*event.kind == kind && event.name() == variant).count()
    }

    /// Nothing was left undone on the way.
    pub(crate) async fn no_dead_letters(&self) {
        let dead = self.bed.engine().dead_letters(100).await.expect("read");
        assert!(dead.is_empty(), "{dead:?}");
    }

    /// A register posts a message of its own.
    pub(crate) async fn posted(&self, register: &str, id: &str, body: &Json) -> Reply {
        let letter =
            self.outer.registers.get(register).expect("known").letter(id, body).expect("signed");
        let mut request = axum::http::Request::new(axum::body::Body::from(letter.body));
        *request.method_mut() = axum::http::Method::POST;
        *request.uri_mut() = "/api/v1/exchange/messages".parse().expect("an address");
        for (name, value) in letter.headers {
            let name = axum::http::HeaderName::try_from(name).expect("a name");
            request.headers_mut().insert(name, value.parse().expect("a value"));
        }
        self.bed.send(request).await
    }

    /// The events of a kind, such as `credit-intake`, in any shard.
    pub(crate) async fn events(&self, kind: &str) -> Vec<kernel::Recorded> {
        let mut all = Vec::new();
        for shard in [shard(), Shard::new("000000")] {
            all.extend(self.bed.events(&shard, 0).await.expect("read"));
        }
        all.retain(|event| &*event.kind == kind);
        all
    }

    pub(crate) async fn get(&self, actor: &Actor, path: &str) -> Reply {
        self.bed.request(actor, "GET", path, None).await
    }

    /// The entity applies with a paper, as a browser sends it.
    pub(crate) async fn upload(&self, version: u64, paper: &[u8]) -> Reply {
        let mut body = Vec::new();
        let fields = [
            ("_expected_version", version.to_string()),
            ("pledge", "1".to_owned()),
            ("reason", "已补缴".to_owned()),
            ("_action", "apply".to_owned()),
        ];
        for (name, value) in fields {
            let part = format!(
                "--cut\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        let head = "--cut\r\ncontent-disposition: form-data; name=\"proof_harm_removed\"; filename=\"p.pdf\"\r\n\
                    content-type: application/pdf\r\n\r\n";
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(paper);
        body.extend_from_slice(b"\r\n--cut--\r\n");
        let mut request = axum::http::Request::new(axum::body::Body::from(body));
        *request.method_mut() = axum::http::Method::POST;
        *request.uri_mut() = "/credit/entries/L1".parse().expect("an address");
        let kind = axum::http::HeaderValue::from_static("multipart/form-data; boundary=cut");
        request.headers_mut().insert(axum::http::header::CONTENT_TYPE, kind);
        request.extensions_mut().insert(module::Who(party()));
        self.bed.send(request).await
    }

    pub(crate) async fn post(&self, actor: &Actor, path: &str, form: &str) -> Reply {
        let mut request = axum::http::Request::new(axum::body::Body::from(form.to_owned()));
        *request.method_mut() = axum::http::Method::POST;
        *request.uri_mut() = path.parse().expect("an address");
        let kind = axum::http::HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(axum::http::header::CONTENT_TYPE, kind);
        request.extensions_mut().insert(module::Who(actor.clone()));
        self.bed.send(request).await
    }
}
