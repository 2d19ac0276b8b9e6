//! A platform with everything that guarantees tie together: ledger, notices, a bank on its line, a printer of values.

use crate::bank::Bank;
use blobs::{BlobError, Blobs, MemoryBlobs, MemoryVaultKeys, Vault};
use calendar::Calendar;
use codes::{Date, Moment};
use delivery::{DeliveryModule, Mail, MailError, Mailer, Patience, Taken};
use documents::{DocumentError, Issuer, Numbers, Template, Templates, Typesetter, Values};
use guarantee::{Balance, Kind, Matter, Scope, Settlement, Tax};
use guarantee_module::errand::{Hear, Tools};
use guarantee_module::exposure::{Exposure, ExposureCommand};
use guarantee_module::filing::{Filing, FilingCommand};
use guarantee_module::guarantee::{Guarantee, GuaranteeCommand};
use guarantee_module::guarantor::{Guarantor, GuarantorCommand, Sort};
use guarantee_module::importer::{Importer, ImporterCommand};
use guarantee_module::line::{End, HttpLine};
use guarantee_module::model::{Enterprise, Offered, Request};
use guarantee_module::queries::{self, ExposureRow, TextRow};
use guarantee_module::{
    ExposureNo, FilingNo, GuaranteeLaw, GuaranteeModule, GuaranteeNo, GuarantorCode, ImporterKey,
    quota,
};
use kernel::{
    Actor, Atomic, Errand as _, ErrandId, Json, OrganKey, PartyKey, Reaction, Shard, Waiting,
};
use ledger::LedgerModule;
use module::{Clock, Module, Receipt, Stage as _, SubmitError};
use seals::{Algorithm, Keys as _, MemoryKeys, Purpose};
use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use testbed::{LateReader, Reply, Setup, Testbed};

pub(crate) const USCC: &str = "91440106MA59C0309X";
pub(crate) const NAME: &str = "广州示例进出口有限公司";
pub(crate) const ORGAN: &str = "440115-customs";
pub(crate) const BANK: &str = "BANK01";
pub(crate) const BANK_USCC: &str = "91440300MA5DB0307X";

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

pub(crate) fn party() -> Actor {
    Actor::Party { party: PartyKey::new(USCC), login: "fang".to_owned(), mandate: None }
}

pub(crate) fn officer(role: &str) -> Actor {
    Actor::Officer { organ: OrganKey::new(ORGAN), login: "lin".to_owned(), role: role.to_owned() }
}

pub(crate) fn issuer() -> Issuer {
    Issuer {
        organ: OrganKey::new(ORGAN),
        name: "南沙海关".to_owned(),
        word: "南沙海关".to_owned(),
        place: "440115".to_owned(),
    }
}

pub(crate) fn enterprise(uscc: &str) -> Enterprise {
    Enterprise {
        uscc: uscc.to_owned(),
        customs_reg_no: "4401960001".to_owned(),
        name: NAME.to_owned(),
        party: PartyKey::new(uscc),
    }
}

pub(crate) fn offered(uscc: &str, text_no: &str, limit_fen: i64) -> Offered {
    Offered {
        guarantor: GuarantorCode::new(BANK),
        text_no: text_no.to_owned(),
        enterprise: enterprise(uscc),
        kind: Kind::Letter,
        beneficiaries: Scope::of(["5100", "2200", "0200"]),
        covers: Scope::of(["T1", "T3", "K1"]),
        covers_late_fee: true,
        limit_fen,
        valid_from: d("2026-01-01"),
        valid_to: d("2026-12-31"),
        claims_to: None,
        joint_liability: true,
        home_office: "5165".to_owned(),
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

pub(crate) const DOCUMENTS: [&str; 8] = [
    "guarantee_claim",
    "guarantee_end",
    "guarantee_filing",
    "guarantee_freeze",
    "guarantee_not_accepted",
    "guarantee_risk",
    "guarantee_statement",
    "guarantee_unfreeze",
];

fn folder(of: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(of)
}

pub(crate) fn document(name: &str) -> Option<String> {
    std::fs::read_to_string(folder("documents").join(name)).ok()
}

fn templates() -> Arc<Templates> {
    let mut templates = Templates::new();
    for id in DOCUMENTS {
        let yaml = document(&format!("{id}.yaml")).expect("readable");
        templates.add(Template::read(&yaml, document).expect("sound")).expect("the only one");
    }
    Arc::new(templates)
}

pub(crate) fn law() -> GuaranteeLaw {
    let dictionary = elements::Dictionary::builtin().expect("sound");
    let tables: Vec<Arc<rules::Table>> = guarantee_module::law::TABLES
        .iter()
        .map(|id| {
            let file = format!("rules/{id}.yaml");
            let text = std::fs::read_to_string(folder(&file)).expect("readable");
            let table = rules::Table::read(&dictionary, &file, &text);
            Arc::new(table.unwrap_or_else(|faults| panic!("{file}: {faults:?}")))
        })
        .collect();
    GuaranteeLaw::new(&tables, Calendar::embedded(), Arc::new(|uscc: &str| PartyKey::new(uscc)))
        .expect("the law is whole")
}

pub(crate) struct Bed {
    pub(crate) bed: Testbed,
    pub(crate) bank: Bank,
    pub(crate) tools: Arc<Tools>,
    clock: Arc<AtomicI64>,
    reader: Arc<LateReader>,
}

impl Bed {
    pub(crate) async fn at(day: &str) -> Self {
        Self::with(day, true).await
    }

    /// With or without a line to the bank.
    pub(crate) async fn with(day: &str, lined: bool) -> Self {
        let blobs: Arc<dyn Blobs> = Arc::new(MemoryBlobs::new());
        let drawn = Arc::new(AtomicU8::new(0));
        let entropy = move |bytes: &mut [u8]| -> Result<(), BlobError> {
            bytes.fill(drawn.fetch_add(1, Ordering::SeqCst));
            Ok(())
        };
        let entropy: Arc<dyn blobs::Entropy> = Arc::new(entropy);
        let vault =
            Vault::new(Arc::clone(&blobs), Arc::new(MemoryVaultKeys::new()), Arc::clone(&entropy));
        let keys = Arc::new(MemoryKeys::new());
        keys.generate(Purpose::EXCHANGE, Algorithm::Ed25519, Moment::default(), &[1; 32])
            .expect("a key");
        let reader = Arc::new(LateReader::default());
        let clock = Arc::new(AtomicI64::new(at(day).us()));
        let bank = Bank::new(BANK, Arc::clone(&clock));
        bank.trusts(keys.public_set().expect("keys"));
        let end = End { address: bank.serve().await, keys: bank.public() };
        let line =
            HttpLine::new([(BANK.to_owned(), end)], keys, Arc::new(ToolClock(Arc::clone(&clock))))
                .expect("a line");
        let tools = Arc::new(Tools {
            law: Arc::new(law()),
            reader: reader.clone(),
            line: lined.then(|| Arc::new(line) as Arc<dyn guarantee_module::line::Line>),
            offices: Arc::new(|code| code.starts_with("51").then(issuer)),
            entropy,
            tax_system: None,
            portal: "https://portal.example".to_owned(),
        });
        let modules: Vec<Box<dyn Module>> = vec![
            Box::new(LedgerModule::new(ledger::Outside { gateway: None })),
            Box::new(DeliveryModule::new(
                delivery::Outside {
                    typesetter: Arc::new(Printer),
                    templates: templates(),
                    mailer: Arc::new(Postman),
                    vault,
                    reader: reader.clone(),
                    portal: "https://portal.example/".to_owned(),
                    secret: [7; 32],
                    sealer: None,
                },
                Arc::new(Numbers::platform().expect("sound")),
                Patience::default(),
                shard(),
            )),
            Box::new(GuaranteeModule::new(Arc::clone(&tools))),
        ];
        let bed = Setup::new(modules).at(at(day)).blobs(blobs).start().await.expect("a platform");
        reader.follow(bed.platform());
        let ours = Self { bed, bank, tools, clock, reader };
        ours.register(i64::MAX / 4).await;
        ours
    }

    /// Stops everything and starts again on the journal alone: a crash that lost the tables.
    pub(crate) async fn crash(mut self) -> Self {
        self.bed = self.bed.restart_without_tables().await.expect("a platform");
        self.reader.follow(self.bed.platform());
        self
    }

    pub(crate) async fn wind(&self, to: Moment) {
        self.clock.store(to.us(), Ordering::SeqCst);
        self.bed.wind(to).await.expect("wound");
    }

    pub(crate) async fn submit(&self, actor: Actor, group: Atomic) -> Result<Receipt, SubmitError> {
        self.bed.submit(actor, group).await
    }

    pub(crate) async fn register(&self, cap_fen: i64) {
        let command = GuarantorCommand::Register {
            name: "示例银行广州分行".to_owned(),
            sort: Sort::Bank,
            uscc: BANK_USCC.to_owned(),
            party: PartyKey::new(BANK_USCC),
            cap_fen,
        };
        let group = Atomic::new(shard())
            .then::<Guarantor>(&GuarantorCode::new(BANK), &command)
            .expect("json");
        self.submit(officer("head"), group).await.expect("registered");
    }

    pub(crate) async fn receive(&self, offered: Offered, dishonest: bool) {
        let key = FilingNo::new(format!("{BANK}-{}", offered.text_no));
        let command = FilingCommand::Receive {
            message: format!("M-{}", offered.text_no),
            offered: Box::new(offered),
            guarantor_name: "示例银行广州分行".to_owned(),
            guarantor_party: PartyKey::new(BANK_USCC),
            issuer: issuer(),
            dishonest,
        };
        let group = Atomic::new(shard()).then::<Filing>(&key, &command).expect("json");
        self.submit(Actor::system("line"), group).await.expect("received");
    }

    /// A text that is filed, and its number.
    pub(crate) async fn filed(&self, offered: Offered) -> GuaranteeNo {
        let before = self.count("guarantee.Filed").await;
        let key = FilingNo::new(format!("{BANK}-{}", offered.text_no));
        self.receive(offered, false).await;
        let accept = FilingCommand::Accept { token: "A".repeat(25) + key.as_str() };
        let group = Atomic::new(shard()).then::<Filing>(&key, &accept).expect("json");
        self.submit(officer("reviewer"), group).await.expect("accepted");
        let all = self.bed.events(&shard(), 0).await.expect("read");
        let filed: Vec<_> = all
            .iter()
            .filter(|event| &*event.kind == "guarantee" && event.name() == "Filed")
            .collect();
        assert_eq!(filed.len(), before + 1);
        GuaranteeNo::new(&*filed.last().expect("filed").key)
    }

    pub(crate) async fn text(&self, no: &GuaranteeNo) -> TextRow {
        let reader = &*self.bed.platform().reader;
        queries::text_of(reader, no.as_str()).await.expect("read").expect("there")
    }

    pub(crate) async fn request(&self, no: &GuaranteeNo, amount_fen: i64) -> Request {
        let row = self.text(no).await;
        Request {
            guarantee: no.clone(),
            enterprise: row.about.enterprise.clone(),
            about: Some(Box::new(row.about)),
            matter: Matter::T1,
            settlement: Settlement::Each,
            place: "5165".to_owned(),
            amount_fen,
            tax: Tax { declared_fen: amount_fen, highest_fen: amount_fen, paid_fen: 0 },
            completed_on: self.bed.now().date(),
            due_on: None,
            approved: false,
            goods: Vec::new(),
        }
    }

    /// What a hold stands or falls with, as the routes compose it.
    pub(crate) fn hold_group(&self, name: &str, request: &Request) -> Atomic {
        let key = ExposureNo::new(name);
        let now = self.bed.now();
        let until = self.tools.law.due(guarantee_module::law::Clock::Hold, now).expect("a term").at;
        let matters = self.tools.law.matters(request.completed_on).expect("rows");
        let row = matters.row(request.matter, request.settlement).expect("a row");
        let due = row
            .due_date(request.completed_on, request.due_on, false, &self.tools.law.calendar())
            .expect("a day");
        let admit = GuaranteeCommand::Admit(guarantee::Asked {
            matter: request.matter,
            place: request.place.clone(),
            due: due.date,
            amount_fen: request.amount_fen,
        });
        let importer = ImporterKey::new(request.enterprise.uscc.as_str());
        let may = ImporterCommand::Admit { matter: request.matter, exempt: false };
        let hold = ExposureCommand::Hold { request: Box::new(request.clone()), until };
        let group = Atomic::new(shard())
            .then::<Guarantee>(&request.guarantee, &admit)
            .and_then(|group| group.then::<Importer>(&importer, &may))
            .and_then(|group| group.then::<Exposure>(&key, &hold))
            .expect("json");
        let posting = quota::reservation(&shard(), &key, request, Some(until));
        ledger::book::post(group, &quota::book_of(&request.guarantee), posting).expect("json")
    }

    pub(crate) async fn hold(&self, name: &str, request: &Request) -> Result<(), SubmitError> {
        self.submit(party(), self.hold_group(name, request)).await.map(|_receipt| ())
    }

    pub(crate) async fn tell(
        &self,
        name: &str,
        command: ExposureCommand,
    ) -> Result<(), SubmitError> {
        let group =
            Atomic::new(shard()).then::<Exposure>(&ExposureNo::new(name), &command).expect("json");
        self.submit(officer("reviewer"), group).await.map(|_receipt| ())
    }

    /// What customs or the treasury say over the exchange, brought to its use as the policy does.
    pub(crate) async fn hear(&self, kind: &str, about: &str, facts: Json) {
        let hear =
            Hear { kind: kind.to_owned(), about: about.to_owned(), at: self.bed.now(), facts };
        let id = ErrandId::derive(&[kind.as_bytes(), about.as_bytes()]);
        let reactions = hear.run(id, Arc::clone(&self.tools)).await.expect("heard");
        for reaction in reactions {
            let Reaction::Commands(group) = reaction else { panic!("{reaction:?}") };
            self.submit(Actor::system("exchange"), group).await.expect("taken");
        }
    }

    pub(crate) async fn balance(&self, no: &GuaranteeNo) -> Balance {
        queries::balance(&*self.bed.platform().reader, no.as_str()).await.expect("read")
    }

    pub(crate) async fn free(&self, no: &GuaranteeNo) -> i64 {
        self.balance(no).await.available_fen()
    }

    pub(crate) async fn use_of(&self, name: &str) -> ExposureRow {
        let reader = &*self.bed.platform().reader;
        queries::exposure_of(reader, name).await.expect("read").expect("there")
    }

    /// How many events of a name there are, such as `exposure.Held`.
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

    pub(crate) async fn send(&self, actor: &Actor, path: &str, kind: &str, body: String) -> Reply {
        let mut request = axum::http::Request::new(axum::body::Body::from(body));
        *request.method_mut() = axum::http::Method::POST;
        *request.uri_mut() = path.parse().expect("an address");
        let kind = axum::http::HeaderValue::from_str(kind).expect("a type");
        request.headers_mut().insert(axum::http::header::CONTENT_TYPE, kind);
        request.extensions_mut().insert(module::Who(actor.clone()));
        self.bed.send(request).await
    }

    pub(crate) async fn post(&self, actor: &Actor, path: &str, form: &str) -> Reply {
        self.send(actor, path, "application/x-www-form-urlencoded", form.to_owned()).await
    }
}
