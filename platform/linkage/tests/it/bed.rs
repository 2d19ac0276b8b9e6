//! A whole platform in memory, its partners as real servers, and cases that are brought on their way by a sample's steps.

use blobs::{BlobError, Blobs, KeyName, MemoryBlobs, MemoryVaultKeys, Vault};
use bundles::samples::{Outcome, Set, Theatre, play};
use bundles::{Bundles, Files, SourceText};
use calendar::{Calendar, Notice};
use cases::desk::{Desk, NoCards, Offer, Tools};
use cases::model::Task;
use cases::{Case, CaseCommand, CaseEvent, CaseKey, Law};
use codes::Label;
use delivery::{Mail, MailError, Mailer, Patience, Taken};
use documents::{DocumentError, Numbers, Template, Templates, Typesetter, Values};
use engine::Courier;
use exchange::{Carrier, Contracts, ExchangeModule, Partner, Partners};
use forms::Crosswalks;
use identity::model::PartyKeys;
use identity::{CedarGate, Identity, IdentityModule, Settings};
use kernel::{
    Actor, Address, Aggregate, Atomic, ErrandError, ErrandId, Json, Moment, OrganKey, PartyKey,
    Reaction, Recorded, Shard, Waiting,
};
use linkage::{Composer, Late, Linkage};
use module::{Module, Platform, Registry, Stage};
use registers::Facts;
use seals::{Algorithm, Keys as _, MemoryKeys, Purpose};
use standins::peer::{Peer, Script};
use std::collections::{BTreeMap, BTreeSet};
use std::future::ready;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use testbed::{LateClock, LateReader, Setup, Testbed};
use tokio::net::TcpListener;

pub(crate) const BANK: &str = "440115-bank";
pub(crate) const TAX: &str = "440115-tax";
/// Who applies in every sample.
pub(crate) const APPLICANT: &str = "sample-applicant";

/// What is read of all folders, once for all tests.
static BUNDLES: LazyLock<Bundles> =
    LazyLock::new(|| bundles::load(&Files::builtin()).expect("the folders are sound"));

pub(crate) fn shard() -> Shard {
    Shard::new("440100")
}

pub(crate) fn nation() -> Shard {
    Shard::new("000000")
}

/// Prints values as they are: whether they fit the template is judged, only the type is not set.
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

/// A platform with its partners.
pub(crate) struct House {
    pub(crate) bed: Testbed,
    pub(crate) identity: Arc<Identity>,
    pub(crate) vault: Vault,
    peers: BTreeMap<&'static str, Peer>,
}

/// What the tools of all modules share.
struct Shared {
    blobs: Arc<dyn Blobs>,
    vault: Vault,
    keys: Arc<MemoryKeys>,
    reader: Arc<LateReader>,
    clock: Arc<LateClock>,
    templates: Arc<Templates>,
    numbers: Arc<Numbers>,
    late: Late,
}

fn counted() -> impl Fn(&mut [u8]) -> Result<(), BlobError> + Send + Sync + 'static {
    let drawn = AtomicU8::new(0);
    move |bytes: &mut [u8]| {
        bytes.fill(drawn.fetch_add(1, Ordering::SeqCst));
        Ok(())
    }
}

impl Shared {
    fn new() -> Self {
        let blobs: Arc<dyn Blobs> = Arc::new(MemoryBlobs::new());
        let vault_keys = Arc::new(MemoryVaultKeys::new());
        let vault = Vault::new(Arc::clone(&blobs), vault_keys, Arc::new(counted()));
        let keys = Arc::new(MemoryKeys::new());
        let since = Moment::default();
        keys.generate(Purpose::LICENCES, Algorithm::Es256, since, &[1; 32]).expect("a key");
        keys.generate(Purpose::EXCHANGE, Algorithm::Ed25519, since, &[2; 32]).expect("a key");
        let mut templates = Templates::new();
        for template in BUNDLES.all.iter().flat_map(|bundle| bundle.templates.iter()) {
            templates.add(template.clone()).expect("one of each id");
        }
        Self {
            blobs,
            vault,
            keys,
            reader: Arc::default(),
            clock: Arc::default(),
            templates: Arc::new(templates),
            numbers: Arc::new(Numbers::platform().expect("the table is sound")),
            late: Late::default(),
        }
    }

    fn licences(&self) -> licences::Outside {
        licences::Outside {
            typesetter: Arc::new(Printer),
            templates: Arc::clone(&self.templates),
            blobs: Arc::clone(&self.blobs),
            vault: self.vault.clone(),
            reader: Arc::clone(&self.reader) as _,
            keys: Arc::clone(&self.keys) as _,
            algorithm: Algorithm::Es256,
            clock: Arc::clone(&self.clock) as _,
            portal: "https://portal.example".to_owned(),
            secret: [7; 32],
        }
    }

    fn delivery(&self) -> delivery::Outside {
        delivery::Outside {
            typesetter: Arc::new(Printer),
            templates: Arc::clone(&self.templates),
            mailer: Arc::new(Postman),
            vault: self.vault.clone(),
            reader: Arc::clone(&self.reader) as _,
            portal: "https://portal.example".to_owned(),
            secret: [7; 32],
            sealer: None,
        }
    }

    fn identity(&self) -> Arc<Identity> {
        let outside = identity::Outside {
            keys: PartyKeys::new([7; 32]),
            vault: self.vault.clone(),
            entropy: Arc::new(counted()),
            organs: Arc::new(place_of),
            federated: None,
        };
        Arc::new(Identity::new(Settings::new(nation(), "https://portal.example"), outside))
    }

    fn exchange(&self, partners: Vec<Partner>, address: &str) -> Arc<exchange::Outside> {
        Arc::new(exchange::Outside {
            partners: Partners::new(partners).expect("sound partners"),
            contracts: Arc::new(Contracts::builtin().expect("sound contracts")),
            keys: Arc::clone(&self.keys) as _,
            vault: self.vault.clone(),
            clock: Arc::clone(&self.clock) as _,
            address: exchange::Address::parse(address).expect("an address"),
            home: nation(),
            answer_wait: Duration::from_secs(20),
            roots_pem: Vec::new(),
        })
    }
}

/// The division in which an organ acts stands at the front of its key.
fn place_of(organ: &OrganKey) -> Option<String> {
    organ.as_str().split_once('-').map(|(place, _)| place.to_owned())
}

fn law() -> (Arc<Law>, Offer) {
    let maps = Arc::new(Crosswalks::builtin().expect("sound crosswalks"));
    let law = Law::new(Calendar::embedded());
    let mut digests = BTreeMap::new();
    for bundle in &BUNDLES.all {
        if let Some(definition) = BUNDLES.definition(bundle.number, &maps) {
            digests.insert(bundle.number, definition.digest.clone());
            law.add(definition);
        }
    }
    (Arc::new(law), Offer { catalogue: Arc::clone(&BUNDLES.catalogue), bundles: digests })
}

impl House {
    /// A platform on the afternoon of Thursday, 12 February 2026, and partners that do as their scripts say.
    pub(crate) async fn new(
        scripts: impl IntoIterator<Item = (&'static str, Script)>,
    ) -> Arc<Self> {
        let shared = Shared::new();
        let ours = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", ours.local_addr().expect("an address"));
        let endpoint = format!("{address}/api/v1/exchange/messages");
        let (mut peers, mut partners) = (BTreeMap::new(), Vec::new());
        for (n, (key, script)) in scripts.into_iter().enumerate() {
            let theirs = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let clock = Arc::clone(&shared.clock);
            let seed = [u8::try_from(n + 10).expect("few partners"); 32];
            let peer =
                Peer::new(seed, Moment::default(), Arc::new(move || module::Clock::now(&*clock)))
                    .expect("a peer");
            peer.act(script);
            peer.connect(&shared.keys.public_set().expect("keys"), endpoint.clone());
            let at = format!("http://{}/messages", theirs.local_addr().expect("an address"));
            partners.push(partner(key, at, &peer));
            tokio::spawn(peer.clone().serve(theirs));
            peers.insert(key, peer);
        }
        let identity = shared.identity();
        let bed = started(&shared, partners, &address, &identity).await;
        let house = Arc::new(Self { bed, identity, vault: shared.vault, peers });
        tokio::spawn(serve(Arc::clone(&house), ours));
        house
    }

    /// Brings a case on its way by the steps of a sample, and answers with its number.
    pub(crate) async fn play(self: &Arc<Self>, given: &str, steps: &str) -> CaseKey {
        let text = format!(
            "- name: a_case\n  shows: []\n  given: {{services: [setup], place: \"440115\", \
             answers: samples/answers/qinghe.yaml{given}}}\n  when:\n{steps}\n  then: [{{event: Submitted}}]\n"
        );
        let mut bundles = BUNDLES.clone();
        for bundle in &mut bundles.all {
            let samples = Arc::make_mut(bundle);
            // Files below the folder are the answers; samples themselves stand in it.
            samples.samples.retain(|file| file.path.matches('/').count() > 1);
            if samples.number == 28 {
                let (path, file) = ("samples/a.yaml".to_owned(), "a.yaml".to_owned());
                samples.samples.push(SourceText { path, file, text: text.clone() });
            }
        }
        let played = play(&Files::builtin(), &bundles, &Hall(Arc::clone(self))).await;
        let outcomes: Vec<&Outcome> = played.values().flatten().collect();
        assert!(outcomes.len() == 1 && outcomes[0].passed(), "{outcomes:?}");
        let opened =
            self.events(&shard()).await.into_iter().rev().find(|e| e.name() == "CaseOpened");
        CaseKey(opened.expect("a case").key.to_string())
    }

    pub(crate) fn peer(&self, key: &str) -> &Peer {
        &self.peers[key]
    }

    /// Winds the clock, then lets every partner send what is due.
    pub(crate) async fn wind(&self, to: &str) {
        self.bed.wind(to.parse().expect("an instant")).await.expect("wound");
        for peer in self.peers.values() {
            peer.tick().await;
        }
        self.bed.settle().await;
    }

    pub(crate) async fn events(&self, shard: &Shard) -> Vec<Recorded> {
        self.bed.events(shard, 0).await.expect("read")
    }

    /// The events of a case, decoded.
    pub(crate) async fn told(&self, no: &CaseKey) -> Vec<(Actor, CaseEvent)> {
        let events = self.events(&shard()).await;
        let of_case = events.iter().filter(|e| &*e.kind == Case::KIND && *e.key == *no.0);
        of_case.map(|e| ((*e.actor).clone(), e.read().expect("decodes"))).collect()
    }

    pub(crate) async fn case(&self, no: &CaseKey) -> Case {
        let mut case = Case::default();
        for (_, event) in self.told(no).await {
            case.evolve(&event);
        }
        case
    }

    pub(crate) async fn task(&self, no: &CaseKey, task: &str) -> Task {
        self.case(no).await.tasks[task].clone()
    }

    pub(crate) async fn submit<A: Aggregate>(
        &self,
        by: Actor,
        shard: Shard,
        key: &A::Key,
        command: &A::Command,
    ) {
        let commands = Atomic::new(shard).then::<A>(key, command).expect("json");
        self.bed.submit(by, commands).await.expect("taken");
    }

    /// The reviewer of an organ gives a command of a case.
    pub(crate) async fn officer(&self, organ: &str, no: &CaseKey, command: &CaseCommand) {
        let by = Actor::Officer {
            organ: OrganKey::new(organ),
            login: format!("{organ}.reviewer"),
            role: "reviewer".to_owned(),
        };
        self.submit::<Case>(by, shard(), no, command).await;
    }

    /// Nothing lies among the dead letters.
    pub(crate) async fn nothing_is_dead(&self) {
        let dead = self.bed.engine().dead_letters(10).await.expect("read");
        assert!(dead.is_empty(), "{dead:#?}");
    }

    /// The text of something kept, as the printer printed it.
    pub(crate) async fn paper(&self, kept: &delivery::Kept) -> String {
        let key = KeyName::new(kept.key.as_deref().expect("sealed"));
        let bytes = self.vault.open(&key, &kept.blob).await.expect("there");
        String::from_utf8(bytes.to_vec()).expect("text")
    }
}

fn partner(key: &str, endpoint: String, peer: &Peer) -> Partner {
    let kinds = |kinds: &[&str]| kinds.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    Partner {
        key: key.to_owned(),
        label: Label::new(key, key),
        endpoint,
        keys: peer.keys(),
        sends: kinds(&["task.accepted", "task.decided"]),
        takes: kinds(&["enterprise.established"]),
        per_minute: 600,
    }
}

/// The platform with everything registered, judged by the gate of production.
async fn started(
    shared: &Shared,
    partners: Vec<Partner>,
    address: &str,
    identity: &Arc<Identity>,
) -> Testbed {
    let (law, offer) = law();
    let desk = Arc::new(Desk::new(Tools {
        law: Arc::clone(&law),
        offer,
        vault: shared.vault.clone(),
        typesetter: Arc::new(Printer),
        entropy: Arc::new(counted()),
        cards: Arc::new(NoCards),
        portal: "https://portal.example".to_owned(),
        secret: [7; 32],
    }));
    let composer = Arc::new(Composer {
        law: Arc::clone(&law),
        vault: shared.vault.clone(),
        desk: Arc::clone(&desk),
        identity: Some(Arc::clone(identity)),
        platform: shared.late.clone(),
    });
    let reached = partners.iter().map(|partner| partner.key.clone()).collect();
    let exchange = shared.exchange(partners, address);
    let carrier = Carrier::new(Arc::clone(&exchange)).expect("a client");
    let numbers = Arc::clone(&shared.numbers);
    let modules: Vec<Box<dyn Module>> = vec![
        Box::new(registers::Registers {
            facts: Arc::new(Facts::new(law.calendar())),
            outside: None,
        }),
        Box::new(licences::LicencesModule::new(shared.licences(), Arc::clone(&numbers))),
        Box::new(delivery::DeliveryModule::new(
            shared.delivery(),
            numbers,
            Patience::default(),
            nation(),
        )),
        Box::new(cases::Cases { desk }),
        Box::new(ExchangeModule::new(exchange)),
        Box::new(IdentityModule::new(Arc::clone(identity))),
        Box::new(Linkage { composer, partners: Some(reached) }),
    ];
    let mut registry = Registry::default();
    modules.iter().for_each(|module| module.register(&mut registry));
    let gate = CedarGate::new(&registry, Arc::new(place_of), identity.mandates());
    let gate = Arc::new(gate.expect("sound policies"));
    let setup = Setup::new(modules).at("2026-02-12T07:00:00Z".parse().expect("an instant"));
    let setup = setup.blobs(Arc::clone(&shared.blobs)).courier(ByCarrier(carrier));
    let bed = setup.start().await.expect("a platform");
    shared.reader.follow(bed.platform());
    shared.clock.follow(bed.platform());
    shared.late.started(&Platform { gate, ..bed.platform().clone() });
    bed
}

/// Puts the platform's routes behind a real socket.
async fn serve(house: Arc<House>, listener: TcpListener) -> std::io::Result<()> {
    let router = axum::Router::new().fallback(move |request: axum::extract::Request| {
        let house = Arc::clone(&house);
        async move {
            let reply = house.bed.send(request).await;
            (reply.status, reply.headers, reply.body)
        }
    });
    axum::serve(listener, router).await
}

/// Gives every sample the same house.
struct Hall(Arc<House>);

impl Theatre for Hall {
    fn open(&self, _at: Moment) -> Waiting<'_, Result<Box<dyn Set>, String>> {
        let house = Arc::clone(&self.0);
        Box::pin(ready(Ok(Box::new(Room(house)) as Box<dyn Set>)))
    }
}

struct Room(Arc<House>);

impl Set for Room {
    fn stage(&self) -> &dyn Stage {
        &self.0.bed
    }

    fn seal<'a>(&'a self, key: &'a str, content: &'a [u8]) -> Waiting<'a, Result<String, String>> {
        Box::pin(async move {
            let sealed = self.0.vault.seal(&KeyName::new(key), content).await;
            sealed.map(|id| id.0).map_err(|error| error.to_string())
        })
    }

    fn call(&self, name: &str, with: &serde_json::Value) -> Option<module::Called> {
        self.0.bed.call(name, with)
    }

    fn proclaim(&self, _notice: Notice) -> Result<(), String> {
        Err("no holiday notice arrives here".to_owned())
    }
}

/// The key of the applicant.
pub(crate) fn applicant() -> PartyKey {
    PartyKey::new(APPLICANT)
}
