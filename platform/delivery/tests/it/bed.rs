//! A platform with delivery, a postman that does as told, and a typesetter that prints values as they are.

use blobs::{BlobError, Blobs, KeyName, MemoryBlobs, MemoryVaultKeys, Vault};
use codes::{Date, Moment};
use delivery::confirmation::SealedValue;
use delivery::{
    AddressCommand, AddressKind, Announcement, AnnouncementCommand, AnnouncementKey, Capture,
    Channel, Confirmation, ConfirmationCommand, ConfirmationKey, ConfirmationRules, Content,
    DeliveryModule, Filling, Intake, Issuer, Kept, Mail, MailError, Mailer, Notice, NoticeCommand,
    NoticeKey, Order, Outside, PartyAct, Patience, ReportSink as _, ReportStanding, Scope,
    Signature, Taken, TextError, TextMessage, TextReport, TextTaken, Texter, Untaken, Validity,
};
use documents::{DocumentError, Numbers, Template, Templates, Typesetter, Values};
use kernel::{Actor, Atomic, EventId, OrganKey, Origin, PartyKey, Shard, Waiting};
use module::Stage as _;
use seals::{Commitment, Salt};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use testbed::{LateReader, Setup, Testbed};

pub(crate) const SHARD: &str = "440100";
pub(crate) const EMAIL: &str = "chen@qinghe.example";
pub(crate) const MOBILE: &str = "+8613800138000";
const SECRET: [u8; 32] = [7; 32];

pub(crate) fn shard() -> Shard {
    Shard::new(SHARD)
}

pub(crate) fn templates() -> Arc<Templates> {
    let yaml = "
id: acceptance
title: {zh: 受理通知书, en: Notice of acceptance}
class: notice
series: acceptance
source: acceptance.typ
values:
  organ_name: {is: text, zh: 发文机关, en: Organ}
  number: {is: text, zh: 文号, en: Number}
  issued_on: {is: date, zh: 日期, en: Date}
  qr: {is: qr, zh: 核验码, en: Code, optional: true}
  to_name: {is: text, zh: 当事人, en: Addressee}
";
    let mut templates = Templates::new();
    let template = Template::read(yaml, |_| Some(String::new())).expect("sound");
    templates.add(template).expect("the only one");
    Arc::new(templates)
}

pub(crate) fn numbers() -> Arc<Numbers> {
    Arc::new(Numbers::platform().expect("the table is sound"))
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

/// Keeps what it is given and answers as told; when nothing is told, it takes everything.
#[derive(Default)]
pub(crate) struct Postman {
    pub(crate) given: Mutex<Vec<Mail>>,
    pub(crate) answers: Mutex<VecDeque<MailError>>,
}

impl Mailer for Postman {
    fn send(&self, mail: Mail) -> Waiting<'_, Result<Taken, MailError>> {
        let message_id = format!("<{}@lianban.example>", mail.id);
        self.given.lock().expect("whole").push(mail);
        let answer = self.answers.lock().expect("whole").pop_front();
        Box::pin(async move {
            answer.map_or_else(|| Ok(Taken { message_id, answer: "250 2.0.0 Ok".to_owned() }), Err)
        })
    }
}

/// A gateway that keeps text messages and answers as told; when nothing is told, it takes everything.
#[derive(Default)]
pub(crate) struct Gateway {
    pub(crate) given: Mutex<Vec<TextMessage>>,
    pub(crate) answers: Mutex<VecDeque<TextError>>,
}

impl Texter for Gateway {
    fn send(&self, message: TextMessage) -> Waiting<'_, Result<TextTaken, TextError>> {
        let mut given = self.given.lock().expect("whole");
        given.push(message);
        let gateway_id = format!("g{}", given.len());
        let answer = self.answers.lock().expect("whole").pop_front();
        Box::pin(async move {
            answer.map_or_else(|| Ok(TextTaken { gateway_id, answer: "0 ok".to_owned() }), Err)
        })
    }
}

pub(crate) struct Bed {
    pub(crate) bed: Testbed,
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) postman: Arc<Postman>,
    pub(crate) vault: Vault,
    orders: Mutex<u64>,
}

impl Bed {
    pub(crate) async fn new() -> Self {
        let blobs: Arc<dyn Blobs> = Arc::new(MemoryBlobs::new());
        let count = Mutex::new(0_u8);
        let entropy = move |bytes: &mut [u8]| -> Result<(), BlobError> {
            let mut count = count.lock().expect("whole");
            *count = count.wrapping_add(1);
            bytes.fill(*count);
            Ok(())
        };
        let vault =
            Vault::new(Arc::clone(&blobs), Arc::new(MemoryVaultKeys::new()), Arc::new(entropy));
        let postman = Arc::new(Postman::default());
        let reader = Arc::new(LateReader::default());
        let outside = Outside {
            typesetter: Arc::new(Printer),
            templates: templates(),
            mailer: Arc::clone(&postman) as Arc<dyn Mailer>,
            vault: vault.clone(),
            reader: Arc::clone(&reader) as _,
            portal: "https://portal.example/".to_owned(),
            secret: SECRET,
            sealer: None,
        };
        let gateway = Arc::new(Gateway::default());
        let module = DeliveryModule::new(outside, numbers(), Patience::default(), shard())
            .texter(Arc::clone(&gateway) as _)
            .signing(signing_keys(), seals::Purpose::LICENCES, seals::Algorithm::Es256);
        let bed = Setup::new(vec![Box::new(module)]).blobs(blobs).start().await.expect("it starts");
        reader.follow(bed.platform());
        Self { bed, gateway, postman, vault, orders: Mutex::new(0) }
    }

    /// Seals a text under the key of the party, as pages do.
    pub(crate) async fn sealed(&self, text: &str) -> Kept {
        let key = "party/p1";
        let blob = self.vault.seal(&KeyName::new(key), text.as_bytes()).await.expect("sealed");
        Kept { blob, key: Some(key.to_owned()) }
    }

    /// The party says how it may be served.
    pub(crate) async fn consent(&self, channels: &[Channel]) {
        let address = delivery::AddressOfService {
            consented: channels.iter().copied().collect(),
            email: Some(self.sealed(EMAIL).await),
            ..delivery::AddressOfService::default()
        };
        let command = AddressCommand::Confirm {
            party: party(),
            address,
            statement: "electronic-service-2026-01".to_owned(),
        };
        let commands =
            Atomic::new(shard()).then::<delivery::Address>(&party(), &command).expect("json");
        let id = self.bed.next_id();
        self.bed.submit_as(founder(), id, commands).await.expect("confirmed");
    }

    /// Serves a notice of acceptance upon the party, its values sealed.
    pub(crate) async fn serve(&self, channels: &[Channel]) -> NoticeKey {
        self.serve_as("穗南市监", channels).await
    }

    pub(crate) async fn serve_as(&self, word: &str, channels: &[Channel]) -> NoticeKey {
        let values = serde_json::to_string(&Values::new().text("to_name", "陈思远")).expect("json");
        let filling = Filling::Kept(self.sealed(&values).await);
        let key = {
            let mut orders = self.orders.lock().expect("whole");
            *orders += 1;
            NoticeKey(format!("n{orders}"))
        };
        let command = NoticeCommand::Issue(Box::new(order(word, filling, channels)));
        self.act(&key, Actor::system("linkage.notify"), command).await.expect("issued");
        key
    }

    pub(crate) async fn act(
        &self,
        key: &NoticeKey,
        actor: Actor,
        command: NoticeCommand,
    ) -> Result<Vec<String>, module::SubmitError> {
        let commands = Atomic::new(shard()).then::<Notice>(key, &command).expect("json");
        let receipt = self.bed.submit_as(actor, self.bed.next_id(), commands).await?;
        Ok(receipt.events.iter().map(|event| event.name().to_owned()).collect())
    }

    /// Seals a value with a salt, as the page of the party does.
    pub(crate) async fn committed(&self, value: &str) -> (Kept, Commitment) {
        let salt = Salt::new([5; 16]);
        let commitment = Commitment::to(&salt, value).expect("canonical");
        let sealed = SealedValue { salt, value: value.to_owned() };
        (self.sealed(&serde_json::to_string(&sealed).expect("json")).await, commitment)
    }

    pub(crate) async fn confirmation(
        &self,
        actor: Actor,
        command: ConfirmationCommand,
    ) -> Result<Vec<String>, module::SubmitError> {
        let key = ConfirmationKey("c1".to_owned());
        let commands = Atomic::new(shard()).then::<Confirmation>(&key, &command).expect("json");
        let receipt = self.bed.submit_as(actor, self.bed.next_id(), commands).await?;
        Ok(receipt.events.iter().map(|event| event.name().to_owned()).collect())
    }

    pub(crate) async fn party(&self, act: PartyAct) -> Vec<String> {
        let command = ConfirmationCommand::Party { token: None, act };
        self.confirmation(founder(), command).await.expect("done")
    }

    /// Starts a capture for decisions, and walks the party through it with these addresses, the first first.
    pub(crate) async fn confirm(&self, addresses: &[(AddressKind, &str)]) {
        let start = ConfirmationCommand::Start(Box::new(capture()));
        self.confirmation(clerk(), start).await.expect("started");
        let rules = ConfirmationRules::new(SECRET);
        let key = ConfirmationKey("c1".to_owned());
        for (no, (kind, value)) in (1..).zip(addresses) {
            let (value, commitment) = self.committed(value).await;
            let priority = u8::try_from(no).expect("few");
            self.party(PartyAct::Propose { kind: *kind, value, commitment, priority }).await;
            if *kind != AddressKind::Account {
                self.party(PartyAct::Echo { no, code: rules.code(&key, no, 1) }).await;
            }
        }
        self.party(PartyAct::Choose { scope: "decision".to_owned() }).await;
        self.party(PartyAct::BeginReading).await;
        let later = self.bed.platform().clock.now().plus_seconds(15);
        self.bed.wind(later).await.expect("wound");
        self.party(PartyAct::FinishReading { heard_seconds: None }).await;
        let (value, commitment) = self.committed("南沙区金沙路12号").await;
        self.party(PartyAct::Postal { value, commitment }).await;
        let check = ConfirmationCommand::CheckIdentity { document: "居民身份证".to_owned() };
        self.confirmation(clerk(), check).await.expect("checked");
        let history = &*self.bed.platform().history;
        let folded = delivery::confirmation::queries::folded(history, &shard(), &key).await;
        let form = folded.expect("folded").form_digest().expect("there");
        let (picture, _) = self.committed("ink").await;
        let signature = Signature::Drawn { picture };
        let scopes = ["decision".to_owned()].into();
        self.party(PartyAct::Sign { scopes, signature, form }).await;
    }

    /// Issues a decision upon the confirmation: both or nothing.
    pub(crate) async fn decide(&self, scope: &str) -> Result<NoticeKey, module::SubmitError> {
        let key = {
            let mut orders = self.orders.lock().expect("whole");
            *orders += 1;
            NoticeKey(format!("d{orders}"))
        };
        let filling = Filling::Plain(Values::new().text("to_name", "当事人"));
        let rely = ConfirmationCommand::Rely { notice: key.clone(), scope: scope.to_owned() };
        let issue = NoticeCommand::Issue(Box::new(order("穗南市监", filling, &[])));
        let commands = Atomic::new(shard())
            .then::<Confirmation>(&ConfirmationKey("c1".to_owned()), &rely)
            .and_then(|commands| commands.then::<Notice>(&key, &issue))
            .expect("json");
        self.bed.submit_as(clerk(), self.bed.next_id(), commands).await?;
        Ok(key)
    }

    pub(crate) async fn announce(
        &self,
        actor: Actor,
        command: AnnouncementCommand,
    ) -> Result<Vec<String>, module::SubmitError> {
        let key = AnnouncementKey("a1".to_owned());
        let commands = Atomic::new(shard()).then::<Announcement>(&key, &command).expect("json");
        let receipt = self.bed.submit_as(actor, self.bed.next_id(), commands).await?;
        Ok(receipt.events.iter().map(|event| event.name().to_owned()).collect())
    }

    pub(crate) fn intake(&self) -> Intake {
        Intake::new(self.bed.platform().clone(), self.vault.clone())
    }

    /// The gateway reports what became of a message, by its own name of it.
    pub(crate) async fn report(&self, gateway_id: &str, status: &str) -> Result<(), Untaken> {
        let at = self.bed.platform().clock.now();
        let standing = ReportStanding::of(status);
        let raw = format!("id:{gateway_id} stat:{status}").into_bytes();
        let report = TextReport {
            reference: None,
            gateway_id: gateway_id.to_owned(),
            standing,
            status: status.to_owned(),
            at,
            raw,
        };
        let taken = self.intake().report(report).await;
        self.bed.settle().await;
        taken
    }

    pub(crate) fn texts(&self) -> Vec<TextMessage> {
        self.gateway.given.lock().expect("whole").clone()
    }

    pub(crate) async fn folded(&self, key: &NoticeKey) -> Notice {
        let history = &*self.bed.platform().history;
        delivery::queries::folded(history, &shard(), key).await.expect("folded")
    }

    pub(crate) async fn row(&self, key: &NoticeKey) -> delivery::queries::NoticeRow {
        let row =
            delivery::queries::notice(&*self.bed.platform().reader, key).await.expect("readable");
        row.expect("there")
    }

    /// The names of the turns that a notice took.
    pub(crate) async fn turns(&self, key: &NoticeKey) -> Vec<String> {
        let turns =
            delivery::queries::turns(&*self.bed.platform().reader, key).await.expect("readable");
        turns.into_iter().map(|turn| turn.what).collect()
    }
}

pub(crate) fn order(word: &str, filling: Filling, channels: &[Channel]) -> Order {
    Order {
        origin: Origin {
            kind: "case".to_owned(),
            key: "440115-260212-000001-33".to_owned(),
            event: EventId { shard: shard(), seq: 1 },
        },
        issuer: Issuer {
            organ: OrganKey::new("440115-market"),
            name: "广州市南沙区市场监督管理局".to_owned(),
            word: word.to_owned(),
            place: "440115".to_owned(),
        },
        party: party(),
        content: Content::Template {
            template: "acceptance".to_owned(),
            filling,
            facts: BTreeMap::new(),
        },
        channels: channels.to_vec(),
    }
}

pub(crate) fn party() -> PartyKey {
    PartyKey::new("p1")
}

pub(crate) fn founder() -> Actor {
    Actor::Party { party: party(), login: "chen".to_owned(), mandate: None }
}

pub(crate) fn stranger() -> Actor {
    Actor::Party { party: PartyKey::new("p2"), login: "zhao".to_owned(), mandate: None }
}

pub(crate) fn clerk() -> Actor {
    Actor::Officer {
        organ: OrganKey::new("440115-market"),
        login: "liang".to_owned(),
        role: "clerk".to_owned(),
    }
}

pub(crate) fn day(day: i8) -> Date {
    Date::constant(2026, 2, day)
}

/// An instant of February 2026 on the wall clock.
pub(crate) fn at(on: i8, hour: i8) -> Moment {
    Moment::from_wall(day(on).at(hour, 0, 0, 0))
}

/// A capture for penalty decisions.
pub(crate) fn capture() -> Capture {
    let base = order("穗南市监", Filling::Plain(Values::new()), &[]);
    Capture {
        key: ConfirmationKey("c1".to_owned()),
        origin: base.origin,
        issuer: base.issuer,
        party: base.party,
        scopes: ["penalty_notice", "decision"]
            .map(|key| Scope { key: key.to_owned(), label: codes::Label::new(key, key) })
            .to_vec(),
        validity: Validity::Matter,
    }
}

/// Keys of which one signs lists; the other half is [`public_key`].
fn signing_keys() -> Arc<dyn seals::Keys> {
    let keys = seals::MemoryKeys::new();
    let seed = [9; 32];
    keys.generate(seals::Purpose::LICENCES, seals::Algorithm::Es256, Moment::default(), &seed)
        .expect("a key");
    Arc::new(keys)
}

/// The key that checks what is signed.
pub(crate) fn public_key() -> seals::PublicKey {
    let records = signing_keys().records().expect("readable");
    records.into_iter().next().expect("one").key
}
