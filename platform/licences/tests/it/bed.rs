//! A platform with licences, real keys, and a typesetter that prints values as they are.

use blobs::{BlobError, Blobs, KeyName, MemoryBlobs, MemoryVaultKeys, Vault};
use codes::{Date, Moment};
use documents::{DocumentError, Numbers, Template, Templates, Typesetter, Values};
use kernel::{Actor, Atomic, EventId, OrganKey, Origin, PartyKey, Shard};
use licences::queries::{self, LicenceRow};
use licences::{
    Filling, Issuer, Kept, Licence, LicenceCommand, LicenceKey, LicencesModule, NumberFrom, Order,
    Outside,
};
use module::{Clock, SubmitError};
use seals::{Algorithm, Keys, MemoryKeys, Purpose};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, Ordering};
use testbed::{LateReader, Reply, Setup, Testbed};

/// A name that the paper prints and the vault seals.
pub(crate) const NAME: &str = "广州青禾餐饮管理有限公司";
/// An attribute marked as personal.
pub(crate) const MOBILE: &str = "13800138000";
pub(crate) const USCC: &str = "91440115MAD2K7Q49J";

pub(crate) fn shard() -> Shard {
    Shard::new("440100")
}

pub(crate) fn templates() -> Arc<Templates> {
    let business = "
id: business_licence
title: {zh: 营业执照, en: Business licence}
class: licence
source: a.typ
values:
  uscc: {is: text, zh: 统一社会信用代码, en: Unified code}
  enterprise_name: {is: text, zh: 名称, en: Name}
  registered_capital: {is: money, zh: 注册资本, en: Capital}
  issued_on: {is: date, zh: 发照日期, en: Date of issue}
  contact: {is: text, zh: 联系电话, en: Phone, from: legal_representative.mobile, personal: true, optional: true}
  qr: {is: qr, zh: 核验码, en: Code}
";
    let food = "
id: food_licence
title: {zh: 食品经营许可证, en: Food business licence}
class: licence
series: food_licence
source: a.typ
values:
  licence_no: {is: text, zh: 许可证编号, en: Number}
  enterprise_name: {is: text, zh: 经营者名称, en: Operator}
  valid_to: {is: date, zh: 有效期至, en: Valid to}
  qr: {is: qr, zh: 核验码, en: Code}
";
    let mut templates = Templates::new();
    let stall = r#"
id: stall_licence
title: {zh: 摊位登记证, en: Stall licence}
class: licence
source: a.typ
values:
  enterprise_name: {is: text, zh: 名称, en: Name}
  contact: {is: text, zh: 联系电话, en: Phone, personal: true, optional: true}
  issued_on: {is: date, zh: 发证日期, en: Date of issue}
  qr: {is: qr, zh: 核验码, en: Code}
  qr_offline: {is: qr, zh: 离线码, en: Offline code, optional: true}
"#;
    let printed = r#"
#import "lianban.typ": *
#show: licence
#val("enterprise_name")
#v(10mm)
#qr("qr", size: 30mm)
#v(10mm)
#qr("qr_offline", size: 45mm)
"#;
    for (yaml, source) in [(business, ""), (food, ""), (stall, printed)] {
        let template = Template::read(yaml, |_| Some(source.to_owned())).expect("sound");
        templates.add(template).expect("once");
    }
    Arc::new(templates)
}

pub(crate) fn numbers() -> Arc<Numbers> {
    Arc::new(Numbers::platform().expect("the table is sound"))
}

struct Printer(Arc<AtomicBool>);

impl Typesetter for Printer {
    fn edition(&self) -> &str {
        "printer 1"
    }

    fn typeset(&self, template: &Template, values: &Values) -> Result<Vec<u8>, DocumentError> {
        if self.0.load(Ordering::SeqCst) {
            return Err(DocumentError::FontMissing { family: "test" });
        }
        let taken = template.take(values)?;
        Ok(format!("%PDF {}", serde_json::to_string(taken.values()).expect("json")).into_bytes())
    }
}

/// The clock of the tools; it follows the testbed's.
struct ToolClock(Arc<AtomicI64>);

impl Clock for ToolClock {
    fn now(&self) -> Moment {
        Moment::from_us(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct Bed {
    pub(crate) bed: Testbed,
    pub(crate) vault: Vault,
    pub(crate) blobs: Arc<MemoryBlobs>,
    pub(crate) keys: Arc<MemoryKeys>,
    pub(crate) typesetter_fails: Arc<AtomicBool>,
    clock: Arc<AtomicI64>,
}

impl Bed {
    pub(crate) async fn new() -> Self {
        Self::with(Algorithm::Es256).await
    }

    pub(crate) async fn with(algorithm: Algorithm) -> Self {
        let typesetter_fails = Arc::new(AtomicBool::new(false));
        let printer = Arc::new(Printer(typesetter_fails.clone()));
        Self::made(algorithm, printer, typesetter_fails, &[]).await
    }

    /// One that sets real documents and seals them; none where there is no type to set.
    pub(crate) async fn real(algorithm: Algorithm) -> Option<Self> {
        let typst = crate::fonts::typesetter()?;
        let seals = [Purpose::ROOT, Purpose::SEALS];
        Some(Self::made(algorithm, typst, Arc::default(), &seals).await)
    }

    async fn made(
        algorithm: Algorithm,
        typesetter: Arc<dyn Typesetter>,
        typesetter_fails: Arc<AtomicBool>,
        seals: &[Purpose],
    ) -> Self {
        let blobs = Arc::new(MemoryBlobs::new());
        let drawn = AtomicU8::new(0);
        let entropy = move |bytes: &mut [u8]| -> Result<(), BlobError> {
            bytes.fill(drawn.fetch_add(1, Ordering::SeqCst));
            Ok(())
        };
        let stored: Arc<dyn Blobs> = blobs.clone();
        let vault = Vault::new(stored.clone(), Arc::new(MemoryVaultKeys::new()), Arc::new(entropy));
        let keys = Arc::new(MemoryKeys::new());
        keys.generate(Purpose::LICENCES, algorithm, Moment::default(), &[1; 32]).expect("a key");
        let begun = Moment::start_of(Date::constant(2026, 1, 1));
        for (purpose, seed) in seals.iter().zip(2..) {
            keys.generate(purpose.clone(), Algorithm::Es256, begun, &[seed; 32]).expect("a key");
        }
        let reader = Arc::new(LateReader::default());
        let clock = Arc::new(AtomicI64::new(0));
        let outside = Outside {
            typesetter,
            templates: templates(),
            blobs: stored.clone(),
            vault: vault.clone(),
            reader: reader.clone(),
            keys: keys.clone(),
            algorithm,
            clock: Arc::new(ToolClock(clock.clone())),
            portal: "https://portal.example/".to_owned(),
            secret: [7; 32],
        };
        let module = LicencesModule::new(outside, numbers());
        let bed = Setup::new(vec![Box::new(module)]).blobs(stored).start().await.expect("starts");
        reader.follow(bed.platform());
        let this = Self { bed, vault, blobs, keys, typesetter_fails, clock };
        this.follow();
        this
    }

    fn follow(&self) {
        self.clock.store(self.bed.platform().clock.now().us(), Ordering::SeqCst);
    }

    pub(crate) async fn wind(&self, to: Moment) {
        use module::Stage as _;
        self.bed.wind(to).await.expect("wound");
        self.follow();
    }

    /// Sets the clock without firing a timer, as if the engine were late.
    pub(crate) fn late(&self, at: Moment) {
        self.clock.store(at.us(), Ordering::SeqCst);
    }

    /// Issues a business licence with sealed values.
    pub(crate) async fn business(&self, key: &str, replaces: Option<&str>) -> LicenceRow {
        let mut order = order("business_licence", self.filling().await);
        order.number = NumberFrom::Given(USCC.to_owned());
        order.replaces = replaces.map(|key| LicenceKey(key.to_owned()));
        self.issue(key, order).await.expect("issued");
        self.row(key).await
    }

    pub(crate) async fn food(&self, key: &str) -> LicenceRow {
        let mut order = order("food_licence", self.filling().await);
        order.valid_to = Some(Date::constant(2031, 2, 11));
        self.issue(key, order).await.expect("issued");
        self.row(key).await
    }

    /// Issues a licence that bears both codes.
    pub(crate) async fn stall(&self, key: &str) -> LicenceRow {
        let mut order = order("stall_licence", self.filling().await);
        order.number = NumberFrom::Given(format!("TW-2026-{key}"));
        order.valid_to = Some(Date::constant(2031, 2, 11));
        self.issue(key, order).await.expect("issued");
        self.row(key).await
    }

    /// The PDF of a licence.
    pub(crate) async fn pdf(&self, key: &str) -> Vec<u8> {
        let document = self.row(key).await.document.expect("signed");
        self.vault.read(&document.pdf).await.expect("there")
    }

    pub(crate) async fn filling(&self) -> Filling {
        let values = Values::new()
            .text("uscc", USCC)
            .text("enterprise_name", NAME)
            .money_fen("registered_capital", 500_000_000)
            .text("contact", MOBILE);
        let json = serde_json::to_vec(&values).expect("json");
        let blob = self.vault.seal(&KeyName::new("case/1"), &json).await.expect("sealed");
        Filling::Kept(Kept { blob, key: Some("case/1".to_owned()) })
    }

    pub(crate) async fn issue(&self, key: &str, order: Order) -> Result<Vec<String>, SubmitError> {
        self.act(key, LicenceCommand::Issue(Box::new(order))).await
    }

    pub(crate) async fn act(
        &self,
        key: &str,
        command: LicenceCommand,
    ) -> Result<Vec<String>, SubmitError> {
        let key = LicenceKey(key.to_owned());
        let commands = Atomic::new(shard()).then::<Licence>(&key, &command).expect("json");
        let receipt =
            self.bed.submit_as(Actor::system("test"), self.bed.next_id(), commands).await?;
        Ok(receipt.events.iter().map(|event| event.name().to_owned()).collect())
    }

    pub(crate) async fn row(&self, key: &str) -> LicenceRow {
        let key = LicenceKey(key.to_owned());
        queries::licence(&*self.bed.platform().reader, &key).await.expect("read").expect("there")
    }

    pub(crate) async fn turns(&self, key: &str) -> Vec<String> {
        let key = LicenceKey(key.to_owned());
        let turns = queries::turns(&*self.bed.platform().reader, &key).await.expect("read");
        turns.into_iter().map(|turn| turn.what).collect()
    }

    pub(crate) async fn get(&self, actor: &Actor, path: &str) -> Reply {
        self.bed.request(actor, "GET", path, None).await
    }

    pub(crate) async fn post(&self, actor: &Actor, path: &str, form: &str) -> Reply {
        let mut request = axum::http::Request::new(axum::body::Body::from(form.to_owned()));
        *request.method_mut() = axum::http::Method::POST;
        *request.uri_mut() = path.parse().expect("a path");
        let kind = axum::http::HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(axum::http::header::CONTENT_TYPE, kind);
        request.extensions_mut().insert(module::Who(actor.clone()));
        self.bed.send(request).await
    }

    /// Sends a file by a form of a page.
    pub(crate) async fn upload(&self, actor: &Actor, path: &str, bytes: &[u8]) -> Reply {
        let head = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n";
        let body = [head.as_bytes(), bytes, b"\r\n--b--\r\n"].concat();
        let mut request = axum::http::Request::new(axum::body::Body::from(body));
        *request.method_mut() = axum::http::Method::POST;
        *request.uri_mut() = path.parse().expect("a path");
        let kind = axum::http::HeaderValue::from_static("multipart/form-data; boundary=b");
        request.headers_mut().insert(axum::http::header::CONTENT_TYPE, kind);
        request.extensions_mut().insert(module::Who(actor.clone()));
        self.bed.send(request).await
    }

    /// The events of a stream, as written.
    pub(crate) async fn events(&self, kind: &str, key: &str) -> Vec<serde_json::Value> {
        let history = &self.bed.platform().history;
        let events = history.stream(&shard(), kind, key, 0).await.expect("read");
        let read = |event: &kernel::Recorded| event.read::<serde_json::Value>().expect("json");
        events.iter().map(read).collect()
    }

    pub(crate) fn trusted(&self) -> seals::PublicKeySet {
        self.keys.public_set().expect("keys")
    }

    /// The signed statement of a licence.
    pub(crate) async fn statement(&self, key: &str) -> String {
        let document = self.row(key).await.document.expect("signed");
        String::from_utf8(self.blobs.get(&document.statement).await.expect("there")).expect("text")
    }
}

pub(crate) fn order(template: &str, filling: Filling) -> Order {
    Order {
        origin: Origin {
            kind: "case".to_owned(),
            key: "440115-260212-000001-33".to_owned(),
            event: EventId { shard: shard(), seq: 1 },
        },
        issuer: Issuer {
            organ: OrganKey::new("440115-market"),
            name: "广州市南沙区市场监督管理局".to_owned(),
            word: "穗南市监".to_owned(),
            place: "440115".to_owned(),
        },
        holder: PartyKey::new("p1"),
        template: template.to_owned(),
        filling,
        number: NumberFrom::Series(BTreeMap::from([("format".to_owned(), "2".to_owned())])),
        valid_from: Date::constant(2026, 2, 12),
        valid_to: None,
        hidden: Vec::new(),
        replaces: None,
    }
}

pub(crate) fn holder() -> Actor {
    Actor::Party { party: PartyKey::new("p1"), login: "chen".to_owned(), mandate: None }
}

pub(crate) fn stranger() -> Actor {
    Actor::Party { party: PartyKey::new("p2"), login: "li".to_owned(), mandate: None }
}

pub(crate) fn officer(organ: &str, role: &str) -> Actor {
    Actor::Officer { organ: OrganKey::new(organ), login: "wang".to_owned(), role: role.to_owned() }
}
