//! A platform with registers, licences, bills and this reform, on the tables and templates of its own folder.

use blobs::{BlobError, Blobs, MemoryBlobs, MemoryVaultKeys, Vault};
use calendar::Calendar;
use codes::{Division, Moment, UnitNo, WallTime};
use documents::{DocumentError, Issuer, Numbers, Template, Templates, Typesetter, Values};
use elements::Dictionary;
use identity::model::{Document, PartyKeys};
use kernel::{Actor, Atomic, OrganKey, PartyKey, Shard};
use ledger::{Bill, BillCommand, LedgerModule, Payment};
use licences::LicencesModule;
use module::{Platform, Stage as _, SubmitError};
use property::{Kind, Purpose};
use property_module::book::{self, Wish};
use property_module::face::Face;
use property_module::model::Circumstance;
use property_module::policy::bill_of;
use property_module::queries::{self, RegistrationRow};
use property_module::{
    Application, Asked, Law, Outside, PropertyModule, Registration, RegistrationCommand,
    RegistrationKey,
};
use registers::record::{
    Enter, Holder, HolderCard, Release, Restrict, RestrictionNo, SectionId, Side, Statement,
};
use registers::{Facts, Record, RecordCommand, Registers};
use rules::Table;
use seals::{Algorithm, MemoryKeys, Purpose as KeyPurpose};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use testbed::{LateClock, LateReader, Reply, Setup, Testbed};

pub(crate) const UNIT: &str = "440305001002GB00012F00010003";
pub(crate) const WANG: &str = "王小明";
pub(crate) const LI: &str = "李雪";

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn text(path: &str) -> String {
    std::fs::read_to_string(format!("{FOLDER}/{path}")).unwrap_or_else(|e| panic!("{path}: {e}"))
}

pub(crate) fn shard() -> Shard {
    Shard::new("440300")
}

pub(crate) fn unit() -> UnitNo {
    UNIT.parse().expect("a unit")
}

pub(crate) fn office() -> Issuer {
    Issuer {
        organ: OrganKey::new("440305-registry"),
        name: "深圳市不动产登记中心".to_owned(),
        word: "深不登".to_owned(),
        place: "440305".to_owned(),
    }
}

pub(crate) fn templates() -> Templates {
    let mut templates = Templates::new();
    for id in [
        "real_estate_certificate",
        "real_estate_proof",
        "property_acceptance",
        "property_supplement",
        "property_refusal",
    ] {
        let yaml = text(&format!("documents/{id}.yaml"));
        let template = Template::read(&yaml, |name| Some(text(&format!("documents/{name}"))));
        templates.add(template.expect("sound")).expect("once");
    }
    templates
}

pub(crate) fn tables() -> Vec<Arc<Table>> {
    let dictionary = Dictionary::builtin().expect("the dictionary");
    ["registration_fee", "registration_procedure", "registration_notice"]
        .map(|id| {
            let path = format!("rules/{id}.yaml");
            Arc::new(Table::read(&dictionary, &path, &text(&path)).expect("sound"))
        })
        .to_vec()
}

pub(crate) fn law(facts: &Arc<Facts>) -> Law {
    Law::new(Arc::clone(facts), &tables()).expect("both tables")
}

struct Printer;

impl Typesetter for Printer {
    fn edition(&self) -> &str {
        "printer 1"
    }

    fn typeset(&self, template: &Template, values: &Values) -> Result<Vec<u8>, DocumentError> {
        let taken = template.take(values)?;
        let said = serde_json::to_string(taken.values()).expect("json");
        Ok(format!("%PDF-1.7\n{said}\n%%EOF").into_bytes())
    }
}

struct Postman;

impl delivery::Mailer for Postman {
    fn send(
        &self,
        mail: delivery::Mail,
    ) -> kernel::Waiting<'_, Result<delivery::Taken, delivery::MailError>> {
        let message_id = format!("<{}@lianban.example>", mail.id);
        let taken = delivery::Taken { message_id, answer: "250 2.0.0 Ok".to_owned() };
        Box::pin(std::future::ready(Ok(taken)))
    }
}

pub(crate) struct Bed {
    pub(crate) bed: Testbed,
    pub(crate) vault: Vault,
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) keys: Arc<MemoryKeys>,
    entropy: Arc<dyn blobs::Entropy>,
}

/// What a test wants otherwise.
pub(crate) struct Wanted {
    pub(crate) face: Option<Arc<dyn Face>>,
    pub(crate) typesetter: Arc<dyn Typesetter>,
    pub(crate) asked: Asked,
    /// Partners, our keys, and the address at which they reach us.
    pub(crate) line: Option<(exchange::Partners, Arc<MemoryKeys>, String)>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { face: None, typesetter: Arc::new(Printer), asked: Asked::default(), line: None }
    }
}

/// Carries messages by the exchange's own carrier.
struct ByCarrier(exchange::Carrier);

impl engine::Courier for ByCarrier {
    fn deliver(
        &self,
        id: kernel::ErrandId,
        to: kernel::Address,
        body: kernel::Json,
    ) -> kernel::Waiting<'_, Result<Vec<kernel::Reaction>, kernel::ErrandError>> {
        Box::pin(self.0.deliver(id, to, body))
    }
}

/// An instant by the wall clock of Beijing.
pub(crate) fn at(text: &str) -> Moment {
    Moment::from_wall(text.parse::<WallTime>().expect("a time"))
}

impl Bed {
    pub(crate) async fn new() -> Self {
        Self::at("2021-03-01 09:00").await
    }

    pub(crate) async fn at(begins: &str) -> Self {
        Self::with(begins, Wanted::default()).await
    }

    #[expect(clippy::too_many_lines, reason = "a platform is put together once, in one place")]
    pub(crate) async fn with(begins: &str, wanted: Wanted) -> Self {
        let Wanted { face, typesetter, asked, line } = wanted;
        let blobs: Arc<dyn Blobs> = Arc::new(MemoryBlobs::new());
        let drawn = AtomicU8::new(0);
        let entropy = move |bytes: &mut [u8]| -> Result<(), BlobError> {
            bytes.fill(drawn.fetch_add(1, Ordering::SeqCst));
            Ok(())
        };
        let entropy: Arc<dyn blobs::Entropy> = Arc::new(entropy);
        let vault =
            Vault::new(Arc::clone(&blobs), Arc::new(MemoryVaultKeys::new()), Arc::clone(&entropy));
        let keys = Arc::new(MemoryKeys::new());
        keys.generate(KeyPurpose::LICENCES, Algorithm::Es256, Moment::default(), &[1; 32])
            .expect("a key");
        let (reader, clock) = (Arc::new(LateReader::default()), Arc::new(LateClock::default()));
        let facts = Arc::new(Facts::new(Calendar::embedded()));
        let templates = Arc::new(templates());
        let served = served(Arc::clone(&templates), &vault, &reader);
        let licences = licences::Outside {
            typesetter,
            templates,
            blobs: Arc::clone(&blobs),
            vault: vault.clone(),
            reader: reader.clone(),
            keys: keys.clone(),
            algorithm: Algorithm::Es256,
            clock: clock.clone(),
            portal: "https://portal.example".to_owned(),
            secret: [7; 32],
        };
        let outside = Outside {
            reader: reader.clone(),
            vault: vault.clone(),
            blobs: Arc::clone(&blobs),
            entropy: Arc::clone(&entropy),
            keys: Some(PartyKeys::new([7; 32])),
            offices: Arc::new(|division: Division| {
                division.to_string().starts_with("4403").then(office)
            }),
            asked,
        };
        let numbers = Arc::new(Numbers::platform().expect("the table"));
        let property = PropertyModule::new(law(&facts), outside, clock.clone());
        let property = match face {
            Some(face) => property.with_face(face),
            None => property,
        };
        let mut modules: Vec<Box<dyn module::Module>> = vec![
            Box::new(Registers { facts, outside: None }),
            Box::new(LicencesModule::new(licences, Arc::clone(&numbers))),
            Box::new(delivery::DeliveryModule::new(
                served,
                numbers,
                delivery::Patience::default(),
                Shard::new("000000"),
            )),
            Box::new(LedgerModule::new(ledger::Outside::default())),
            Box::new(property),
        ];
        let mut carrier = None;
        if let Some((partners, keys, address)) = line {
            let contracts = exchange::Contracts::builtin().expect("sound");
            let own = property_module::CONTRACTS;
            let contracts = own.iter().try_fold(contracts, |all, text| all.with(text));
            let outside = Arc::new(exchange::Outside {
                partners,
                contracts: Arc::new(contracts.expect("sound")),
                keys,
                vault: vault.clone(),
                clock: clock.clone(),
                address: exchange::Address::parse(&address).expect("sound"),
                home: Shard::new("440000"),
                answer_wait: std::time::Duration::from_secs(20),
                roots_pem: Vec::new(),
            });
            carrier = Some(exchange::Carrier::new(Arc::clone(&outside)).expect("a client"));
            modules.push(Box::new(exchange::ExchangeModule::new(outside)));
        }
        let setup = Setup::new(modules).at(at(begins)).blobs(Arc::clone(&blobs));
        let setup = match carrier {
            Some(carrier) => setup.courier(ByCarrier(carrier)),
            None => setup,
        };
        let bed = setup.start().await.expect("starts");
        reader.follow(bed.platform());
        clock.follow(bed.platform());
        Self { bed, vault, blobs, keys, entropy }
    }

    pub(crate) fn platform(&self) -> &Platform {
        self.bed.platform()
    }

    pub(crate) async fn wind(&self, to: &str) {
        self.bed.wind(at(to)).await.expect("wound");
    }

    pub(crate) async fn act(
        &self,
        actor: &Actor,
        key: &str,
        command: &RegistrationCommand,
    ) -> Result<(), String> {
        let key = RegistrationKey(key.to_owned());
        let group = Atomic::new(shard()).then::<Registration>(&key, command).expect("json");
        self.submit(actor, group).await
    }

    pub(crate) async fn submit(&self, actor: &Actor, group: Atomic) -> Result<(), String> {
        self.bed
            .submit(actor.clone(), group)
            .await
            .map(|_receipt| ())
            .map_err(|error: SubmitError| error.refusal().reason)
    }

    pub(crate) async fn record(&self, command: &RecordCommand) -> Result<(), String> {
        let key = book::record_of(unit());
        let group = Atomic::new(shard()).then::<Record>(&key, command).expect("json");
        self.submit(&officer("zhou"), group).await
    }

    async fn holder(&self, name: &str, share: Option<(u64, u64)>) -> Holder {
        let card = HolderCard {
            name: name.to_owned(),
            id_type: "resident_id".to_owned(),
            id_number: format!("440305199001{:06}", name.len()),
        };
        let outside = Outside {
            reader: Arc::new(LateReader::default()),
            vault: self.vault.clone(),
            blobs: Arc::clone(&self.blobs),
            entropy: Arc::clone(&self.entropy),
            keys: None,
            offices: Arc::new(|_division| None),
            asked: Asked::default(),
        };
        let party = party(name);
        let sealed = outside.seal(&book::record_of(unit()), &party, &card).await.expect("sealed");
        let share = share.map(|(num, den)| elements::Share::new(num, den).expect("a share"));
        Holder { party, share, card: Some(sealed) }
    }

    /// The unit stands in the book, held by Wang.
    pub(crate) async fn entered(&self) {
        let figure = property::Figure {
            title: "房屋平面图".to_owned(),
            scale: "1:200".to_owned(),
            origin_m: [505_143, 2_493_597],
            shapes: vec![property::Shape {
                label: "客厅".to_owned(),
                own: true,
                points: vec![[0, 0], [6000, 0], [6000, 9000], [0, 9000]],
            }],
        };
        let hash = property_module::figures::keep(&*self.blobs, &figure).await.expect("kept");
        let said = |pairs: &[(&str, &str)]| {
            let text = |text: &str| elements::Value::Text(text.to_owned());
            pairs
                .iter()
                .map(|(key, value)| ((*key).to_owned(), text(value)))
                .collect::<BTreeMap<_, _>>()
        };
        let nature = Statement {
            facts: said(&[
                ("location", "深圳市南山区科技路12号3栋1001"),
                ("use_code", "城镇住宅用地／住宅"),
                ("building_area", "89.50"),
                ("figure_hash", &hash),
            ]),
            ..Statement::default()
        };
        let ownership = Statement {
            facts: said(&[("right_type", "房屋所有权"), ("right_nature", "市场化商品房")]),
            holders: vec![self.holder(WANG, None).await],
            ..Statement::default()
        };
        let enter = RecordCommand::Enter(Box::new(Enter {
            record: book::record_of(unit()),
            act: registers::record::Act { kind: "first".to_owned(), ..Default::default() },
            statements: BTreeMap::from([
                (SectionId::new("unit"), nature),
                (SectionId::new("ownership"), ownership),
            ]),
            from: None,
            place: "440305".to_owned(),
            organ: Some(office().organ),
            predecessors: Vec::new(),
        }));
        self.record(&enter).await.expect("entered");
    }

    /// An application for this unit, with what is to be entered.
    pub(crate) async fn application(&self, kind: Kind, takers: &[&str]) -> Application {
        let now = self.platform().clock.now();
        let snapshot = book::now(&*self.platform().reader, unit(), now).await.expect("read");
        let mut wish =
            Wish { document_no: "买卖合同2021-018号".to_owned(), ..Wish::default() };
        for name in takers {
            let share = (takers.len() > 1).then_some((1, takers.len() as u64));
            wish.takers.push(self.holder(name, share).await);
        }
        if kind == Kind::Mortgage {
            wish.side =
                Side { name: "深圳商业银行（示例）".to_owned(), ..Side::default() };
            wish.amount_fen = Some(300_000_000);
        }
        let office_of = ("440305", &office().organ);
        let entry =
            book::entry(kind, unit(), office_of, snapshot.as_ref(), &wish).expect("an entry");
        let mut applicants = vec![party(WANG)];
        applicants.extend(takers.iter().filter(|name| **name != WANG).map(|name| party(name)));
        if kind == Kind::Mortgage {
            applicants.push(PartyKey::new("bank"));
        }
        Application {
            kind,
            unit: unit(),
            more_units: Vec::new(),
            office: office(),
            applicants,
            by_act: false,
            purpose: Purpose::Housing,
            micro: false,
            circumstance: Circumstance::Ordinary,
            certificates: u32::from(kind.gives_certificate()),
            value_fen: 500_000_000,
            entry: entry.map(Box::new),
            papers: Vec::new(),
        }
    }

    /// Applies at the window, where everybody is present.
    pub(crate) async fn apply(&self, key: &str, application: Application) {
        let key_of = RegistrationKey(key.to_owned());
        let apply = RegistrationCommand::Apply { key: key_of, application: Box::new(application) };
        self.act(&officer("zhou"), key, &apply).await.expect("applied");
    }

    /// Accepted, all checks done, examined and paid: ready for the book.
    pub(crate) async fn ready(&self, key: &str) {
        let zhou = officer("zhou");
        self.act(&zhou, key, &RegistrationCommand::Accept).await.expect("accepted");
        for task in self.row_tasks(key).await {
            let checked =
                ["identity", "restriction", "tax", "deal", "figure"].contains(&task.as_str());
            if checked {
                let note = "经核对无误".to_owned();
                let finish = RegistrationCommand::FinishTask { task, note };
                self.act(&zhou, key, &finish).await.expect("checked");
            }
        }
        let opinion = "同意登簿".to_owned();
        self.act(&zhou, key, &RegistrationCommand::Examine { opinion }).await.expect("examined");
        self.pay(key, "T1").await;
    }

    pub(crate) async fn pay(&self, key: &str, transaction: &str) {
        let bill = bill_of(key);
        let reader = &self.platform().reader;
        let row = ledger::bills::queries::bill(&**reader, &bill).await.expect("read");
        let Some(row) = row.filter(|row| row.total_fen > 0) else { return };
        let payment = Payment {
            gateway: "feishui".to_owned(),
            transaction: transaction.to_owned(),
            amount_fen: row.total_fen,
            paid_at: self.platform().clock.now(),
            receipt_no: "44030023-0000000001".to_owned(),
        };
        let pay = Atomic::new(shard()).then::<Bill>(&bill, &BillCommand::Pay { payment });
        self.submit(&Actor::system("test"), pay.expect("json")).await.expect("paid");
    }

    /// The entry in the book, as the desk groups it.
    pub(crate) async fn enter(&self, by: &str, key: &str) -> Result<(), String> {
        let row = self.row(key).await;
        let mut group = Atomic::new(shard());
        if let Some(entry) = &row.application.entry {
            group = group.then::<Record>(&book::record_of(unit()), entry).expect("json");
        }
        let own = RegistrationKey(key.to_owned());
        let group = group.then::<Registration>(&own, &RegistrationCommand::EnterBook);
        self.submit(&officer(by), group.expect("json")).await
    }

    pub(crate) async fn row(&self, key: &str) -> RegistrationRow {
        let reader = &self.platform().reader;
        let row = queries::registration(&**reader, &RegistrationKey(key.to_owned())).await;
        row.expect("read").expect("a registration")
    }

    async fn row_tasks(&self, key: &str) -> Vec<String> {
        let reader = &self.platform().reader;
        let tasks =
            queries::tasks(&**reader, &RegistrationKey(key.to_owned())).await.expect("read");
        tasks
            .into_iter()
            .filter(|task| task.state != property::TaskState::Done)
            .map(|t| t.name)
            .collect()
    }

    /// The progress text of a registration, with three days left.
    pub(crate) async fn progress(&self, key: &str) -> String {
        let reader = &self.platform().reader;
        let row = self.row(key).await;
        let tasks = queries::tasks(&**reader, &row.registration).await.expect("read");
        queries::progress_of(&row, &tasks, 3).label().zh
    }

    /// The names of the events of all notices that follow from a registration, and to whom they go.
    pub(crate) async fn notices(&self, key: &str) -> Vec<(String, PartyKey)> {
        let events = self.bed.events(&shard(), 0).await.expect("events");
        let of = |event: &kernel::Recorded| {
            let delivery::NoticeEvent::Issued { order, .. } = event.read().ok()? else {
                return None;
            };
            let delivery::Content::Template { template, .. } = order.content else { return None };
            (order.origin.key == key).then_some((template, order.party))
        };
        events.iter().filter(|event| &*event.kind == "notice").filter_map(of).collect()
    }

    /// The tokens of the unit's certificates, the oldest first.
    pub(crate) async fn tokens(&self) -> Vec<String> {
        let reader = &self.platform().reader;
        let papers = queries::papers_of_unit(&**reader, unit()).await.expect("read");
        papers.into_iter().map(|paper| paper.token).collect()
    }

    /// A first certificate of Wang, issued again from the book.
    pub(crate) async fn certified(&self) -> String {
        self.entered().await;
        let reissue = self.application(Kind::Reissue, &[]).await;
        self.apply("r0", reissue).await;
        self.ready("r0").await;
        self.enter("wu", "r0").await.expect("entered");
        self.tokens().await.pop().expect("a certificate")
    }

    pub(crate) async fn get(&self, actor: &Actor, path: &str) -> Reply {
        self.bed.request(actor, "GET", path, None).await
    }

    /// Posts a form as a browser does.
    pub(crate) async fn post(&self, actor: &Actor, path: &str, form: &[(&str, &str)]) -> Reply {
        let encoded =
            |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let body: Vec<String> = form
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        self.send(actor, path, "application/x-www-form-urlencoded", body.join("&")).await
    }

    /// Posts a form with one file, as a browser does.
    pub(crate) async fn post_file(
        &self,
        actor: &Actor,
        path: &str,
        form: &[(&str, &str)],
        file: (&str, &str),
    ) -> Reply {
        let mut body = String::new();
        for (name, value) in form {
            body += &format!(
                "--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
        }
        let (name, content) = file;
        body += &format!(
            "--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f.pdf\"\r\nContent-Type: application/pdf\r\n\r\n{content}\r\n--b--\r\n"
        );
        self.send(actor, path, "multipart/form-data; boundary=b", body).await
    }

    async fn send(&self, actor: &Actor, path: &str, kind: &str, body: String) -> Reply {
        let request = axum::http::Request::post(path)
            .header("content-type", kind)
            .extension(module::Who(actor.clone()))
            .body(axum::body::Body::from(body))
            .expect("a request");
        self.bed.send(request).await
    }
}

/// What delivery works with here: a printer and a mail server that takes everything.
fn served(templates: Arc<Templates>, vault: &Vault, reader: &Arc<LateReader>) -> delivery::Outside {
    delivery::Outside {
        typesetter: Arc::new(Printer),
        templates,
        mailer: Arc::new(Postman),
        vault: vault.clone(),
        reader: Arc::clone(reader) as _,
        portal: "https://portal.example".to_owned(),
        secret: [7; 32],
        sealer: None,
    }
}

pub(crate) fn seizure(document: &str) -> RecordCommand {
    RecordCommand::Restrict(Box::new(Restrict {
        kind: "seizure".to_owned(),
        side: Side { name: "深圳市南山区人民法院".to_owned(), ..Side::default() },
        document_no: document.to_owned(),
        ..Restrict::default()
    }))
}

pub(crate) fn release(no: u32) -> RecordCommand {
    RecordCommand::Release(Box::new(Release {
        restriction: RestrictionNo(no),
        document_no: "（2021）粤0305执12号之一".to_owned(),
        origin: None,
    }))
}

pub(crate) fn mortgage(flags: &[&str]) -> RecordCommand {
    RecordCommand::Restrict(Box::new(Restrict {
        kind: "mortgage".to_owned(),
        side: Side { name: "深圳商业银行（示例）".to_owned(), ..Side::default() },
        document_no: "抵押合同2021-018号".to_owned(),
        amount_fen: Some(300_000_000),
        flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
        ..Restrict::default()
    }))
}

/// The party of a name: as identity keys a document that the name stands for here.
pub(crate) fn party(name: &str) -> PartyKey {
    PartyKey::new(match name {
        WANG => "wang",
        LI => "li",
        other => other,
    })
}

pub(crate) fn person(name: &str) -> Actor {
    Actor::Party { party: party(name), login: name.to_owned(), mandate: None }
}

pub(crate) fn officer(login: &str) -> Actor {
    Actor::Officer {
        organ: OrganKey::new("440305-registry"),
        login: login.to_owned(),
        role: "reviewer".to_owned(),
    }
}

/// A document that the form of an application takes.
pub(crate) fn resident(number: &str) -> Document {
    Document::person(codes::IdType::ResidentId, number).expect("a document")
}
