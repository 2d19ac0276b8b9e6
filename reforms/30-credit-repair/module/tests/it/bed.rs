//! A platform with everything that credit repair ties together, recipients that do as told, and a printer of values.

use blobs::{BlobError, Blobs, MemoryBlobs, MemoryVaultKeys, Vault};
use calendar::Calendar;
use codes::{Date, Moment};
use credit_repair_module::CreditRepair;
use credit_repair_module::repair::{Repair, RepairCommand, RepairKey};
use delivery::{DeliveryModule, Mail, MailError, Mailer, Patience, Taken};
use documents::{DocumentError, Numbers, Template, Templates, Typesetter, Values};
use exchange::{Post, PropagationModule, PropagationRules};
use kernel::{
    Actor, Address, Atomic, ErrandError, ErrandId, Json, OrganKey, PartyKey, Reaction, Shard,
    Waiting,
};
use module::{Clock, Module, Stage, SubmitError};
use registers::listings::{ListEntry, Listing, ListingCommand, ListingKey};
use seals::{Algorithm, MemoryKeys, Purpose};
use std::collections::{BTreeMap, BTreeSet};
use std::future::ready;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use testbed::{LateReader, Reply, Setup, Testbed};

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
    ]
}

pub(crate) struct Bed {
    pub(crate) bed: Testbed,
    pub(crate) departments: Arc<Departments>,
    pub(crate) vault: Vault,
    clock: Arc<AtomicI64>,
    reader: Arc<LateReader>,
}

impl Bed {
    pub(crate) async fn at(day: &str) -> Self {
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
        let reader = Arc::new(LateReader::default());
        let clock = Arc::new(AtomicI64::new(at(day).us()));
        let numbers = Arc::new(Numbers::platform().expect("sound"));
        let departments = Arc::new(Departments::default());
        let rules = Arc::new(PropagationRules::new(Calendar::embedded()));
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
            Box::new(PropagationModule::new(rules, Arc::clone(&departments) as Arc<dyn Post>)),
            Box::new(
                CreditRepair::new(
                    &tables(),
                    Calendar::embedded(),
                    Arc::new(|uscc: &str| PartyKey::new(uscc)),
                    vault.clone(),
                )
                .expect("the law is sound"),
            ),
        ];
        let setup = Setup::new(modules).at(at(day)).blobs(blobs);
        let bed = setup.start().await.expect("a platform");
        reader.follow(bed.platform());
        Self { bed, departments, vault, clock, reader }
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

    pub(crate) async fn get(&self, actor: &Actor, path: &str) -> Reply {
        self.bed.request(actor, "GET", path, None).await
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
