//! A house in which cases are handled: the platform in memory, a desk, a browser without scripts.

use crate::fixture::{BUNDLE, answers, law, reform};
use axum::body::Body;
use axum::http::{Request, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::post;
use axum::{Extension, Router};
use blobs::{Blobs, MemoryBlobs, MemoryVaultKeys, Vault};
use cases::desk::{Desk, Loaded, NoCards, Offer, SignedInCard, Tools};
use cases::{Case, CaseCommand, Cases, Named, Visit, save_name};
use catalogue::{Catalogue, Facts, Programme};
use codes::{Date, Label};
use documents::{DocumentError, Template, Typesetter, Values};
use elements::{Kind, Value};
use forms::{Answers, Spot, element_at};
use kernel::{Actor, Atomic, PartyKey};
use module::{Module, Platform, Registry, Who};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use testbed::{Reply, Setup, Testbed};

/// Sets a page that says nothing but which document it is.
struct PlainType;

impl Typesetter for PlainType {
    fn edition(&self) -> &str {
        "plain"
    }

    fn typeset(&self, template: &Template, values: &Values) -> Result<Vec<u8>, DocumentError> {
        template.take(values)?;
        Ok(format!("%PDF-1.7\n{}\nstartxref\n0\n%%EOF", template.id()).into_bytes())
    }
}

/// Knows the card of whoever signs in as `chen`.
struct Chen;

impl SignedInCard for Chen {
    fn card<'a>(
        &'a self,
        _platform: &'a Platform,
        actor: &'a Actor,
    ) -> kernel::Waiting<'a, Result<Option<BTreeMap<String, String>>, portal::Failure>> {
        let known = actor.login() == Some("chen");
        let card = [
            ("name", "陈思远"),
            ("id_type", "resident_id"),
            ("id_number", "440113199003074516"),
            ("nationality", "CHN"),
            ("mobile", "13822001990"),
        ];
        let card = card.map(|(key, text)| (key.to_owned(), text.to_owned()));
        Box::pin(std::future::ready(Ok(known.then(|| card.into()))))
    }
}

/// Stands in for what `linkage` does with a name: the card is saved, and one trade name is taken.
struct Names(Arc<Desk>);

/// The trade name that somebody holds, and since when.
pub(crate) const TAKEN: (&str, &str) = ("青苗", "2026-02-11");

impl Module for Names {
    fn name(&self) -> &'static str {
        "names"
    }

    fn register(&self, registry: &mut Registry) {
        let router = Router::new().route("/cases/{no}/name", post(reserve));
        registry.router("names", router.layer(Extension(Arc::clone(&self.0))));
    }
}

async fn reserve(
    visit: Visit,
    portal::Path(no): portal::Path<String>,
    posted: portal::Posted,
) -> Result<Response, portal::Failure> {
    let naming = match save_name(&visit, &no, &posted).await? {
        Named::Saved(naming) => naming,
        Named::Wrong(page) => return Ok(page),
    };
    if naming.part("trade_name") != TAKEN.0 {
        return Ok(Redirect::to(&naming.address()).into_response());
    }
    let label = Label::new("字号已被占用", "The trade name is taken");
    let since = serde_json::json!({ "since": TAKEN.1 });
    naming.refused(
        &visit,
        &portal::Failure::from(codes::Told {
            status: 409,
            code: "REG-0001".to_owned(),
            reason: "NAME_TAKEN".to_owned(),
            label,
            fields: Some(since.to_string()),
            chain: String::new(),
        }),
    )
}

/// The address of the house as browsers see it.
pub(crate) const PORTAL: &str = "https://portal.example";

/// The house.
pub(crate) struct House {
    pub(crate) bed: Testbed,
    pub(crate) desk: Arc<Desk>,
}

/// Numbers that nobody foresees in production, and that a test wants the same each time.
fn counted() -> Arc<dyn blobs::Entropy> {
    let next = AtomicU64::new(1);
    Arc::new(move |bytes: &mut [u8]| {
        let n = next.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = n[at % n.len()];
        }
        Ok(())
    })
}

fn offer() -> Offer {
    let table = |name: &str| {
        let path = format!("00-programme/programme/{name}");
        builtin::file(&path).map(|bytes| std::str::from_utf8(bytes).unwrap())
    };
    let programme = Programme::read(table).unwrap();
    let catalogue = Catalogue::new(programme, [reform().clone()], Facts::default()).unwrap();
    Offer { catalogue, bundles: [(28, BUNDLE.to_owned())].into() }
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::with(Arc::new(NoCards)).await
    }

    /// A house that knows the card of whoever signs in as `chen`.
    pub(crate) async fn knowing_chen() -> Self {
        Self::with(Arc::new(Chen)).await
    }

    async fn with(cards: Arc<dyn SignedInCard>) -> Self {
        let blobs: Arc<dyn Blobs> = Arc::new(MemoryBlobs::new());
        let entropy = counted();
        let keys = Arc::new(MemoryVaultKeys::new());
        let vault = Vault::new(Arc::clone(&blobs), keys, Arc::clone(&entropy));
        let law = Arc::new(law());
        let typesetter = Arc::new(PlainType);
        let (portal, secret) = (PORTAL.to_owned(), [7; 32]);
        let offer = offer();
        let tools = Tools { law, offer, vault, typesetter, entropy, cards, portal, secret };
        let cases = Cases::new(tools);
        let desk = Arc::clone(&cases.desk);
        let modules: Vec<Box<dyn Module>> = vec![Box::new(cases), Box::new(Names(desk.clone()))];
        let bed = Setup::new(modules).blobs(blobs).start().await.unwrap();
        Self { bed, desk }
    }

    /// Looks at a page.
    pub(crate) async fn get(&self, who: &Actor, path: &str) -> Reply {
        self.bed.request(who, "GET", path, None).await
    }

    /// The text of a page that must be there.
    pub(crate) async fn page(&self, who: &Actor, path: &str) -> String {
        let reply = self.get(who, path).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        reply.text()
    }

    /// Posts a form as a browser does.
    pub(crate) async fn post(&self, who: &Actor, path: &str, pairs: &[(String, String)]) -> Reply {
        let body: Vec<String> = pairs
            .iter()
            .map(|(key, value)| format!("{}={}", escaped(key), escaped(value)))
            .collect();
        let kind = "application/x-www-form-urlencoded";
        self.bed.send(request(who, path, kind, body.join("&").into_bytes())).await
    }

    /// Posts a file as a browser does.
    pub(crate) async fn upload(
        &self,
        who: &Actor,
        path: &str,
        pairs: &[(String, String)],
        (field, name, bytes): (&str, &str, &[u8]),
    ) -> Reply {
        let mut body = Vec::new();
        for (key, value) in pairs {
            let part =
                format!("--b\r\nContent-Disposition: form-data; name=\"{key}\"\r\n\r\n{value}\r\n");
            body.extend(part.into_bytes());
        }
        let head = format!(
            "--b\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: application/pdf\r\n\r\n"
        );
        body.extend(head.into_bytes());
        body.extend(bytes);
        body.extend(b"\r\n--b--\r\n");
        self.bed.send(request(who, path, "multipart/form-data; boundary=b", body)).await
    }

    /// Posts the form of a page: its stamp, and what a person typed.
    pub(crate) async fn submit(
        &self,
        who: &Actor,
        page: &str,
        path: &str,
        typed: &[(&str, &str)],
    ) -> Reply {
        let mut pairs = stamp(page);
        pairs.extend(typed.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        self.post(who, path, &pairs).await
    }

    /// The case as it stands.
    pub(crate) async fn loaded(&self, no: &str) -> Loaded {
        self.desk.load(self.bed.platform(), no).await.unwrap()
    }

    pub(crate) async fn case(&self, no: &str) -> Case {
        self.loaded(no).await.case
    }

    pub(crate) async fn answers(&self, no: &str) -> Answers {
        self.desk.answers(&self.loaded(no).await).await.unwrap()
    }

    /// Somebody else's command, past the pages.
    pub(crate) async fn command(&self, who: Actor, no: &str, command: CaseCommand) {
        let loaded = self.loaded(no).await;
        let group = Atomic::new(loaded.shard).then::<Case>(&loaded.case.no, &command).unwrap();
        let id = self.bed.next_id();
        self.bed.submit_as(who, id, group).await.unwrap();
    }

    /// Opens a case of the set-up package with more services and returns its number.
    pub(crate) async fn opened(&self, who: &Actor, more: &[&str]) -> String {
        let mut pairs: Vec<(String, String)> = [
            ("package", "28/setup"),
            ("place", "440115"),
            ("_command_id", "0a0b0c0d0e0f10111213141516171819"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
        pairs.extend(more.iter().map(|name| ("service".to_owned(), format!("28/{name}"))));
        let reply = self.post(who, "/cases/new", &pairs).await;
        assert_eq!(reply.status, 303, "{}", reply.text());
        reply.header("location").strip_prefix("/cases/").unwrap().to_owned()
    }

    /// A draft filled through its pages with the sample's answers, the proof of premises uploaded, the name kept.
    pub(crate) async fn filled(&self, who: &Actor, more: &[&str]) -> String {
        let no = self.opened(who, more).await;
        self.fill(who, &no, more).await;
        no
    }

    /// Fills a draft through its pages.
    pub(crate) async fn fill(&self, who: &Actor, no: &str, more: &[&str]) {
        let path = format!("/cases/{no}/form/people");
        let page = self.page(who, &path).await;
        let mut pairs = stamp(&page);
        pairs.extend(typed(&answers(more)));
        pairs.push(("_action".to_owned(), "save".to_owned()));
        let reply = self.post(who, &path, &pairs).await;
        assert_eq!(reply.status, 303, "{}", reply.text());
        let path = format!("/cases/{no}/materials");
        let page = self.page(who, &path).await;
        let file = ("premises_proof", "lease.pdf", PDF);
        let reply = self.upload(who, &format!("{path}/premises_proof"), &stamp(&page), file).await;
        assert_eq!(reply.status, 303, "{}", reply.text());
        let name = "广州青禾餐饮管理有限公司".to_owned();
        let until = Date::constant(2026, 4, 13);
        let note = CaseCommand::NoteName { name, until, claim: "claim-1".to_owned() };
        self.command(Actor::system("linkage"), no, note).await;
    }

    /// Makes a link for a signer and returns its path.
    pub(crate) async fn invited(&self, who: &Actor, no: &str, card: &str) -> String {
        let path = format!("/cases/{no}/signing");
        let page = self.page(who, &path).await;
        let part = page.split(&format!("id=\"signer-{card}\"")).nth(1).unwrap();
        let secret = hidden(part, "_secret");
        let action = format!("invite:{card}");
        let reply =
            self.submit(who, part, &path, &[("_secret", &secret), ("_action", &action)]).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert!(reply.text().contains(&format!("/cases/sign/{secret}")));
        format!("/cases/sign/{secret}")
    }

    /// A signer follows a link, proves who he is and signs everything.
    pub(crate) async fn signs(&self, link: &str, name: &str, number: &str) -> Reply {
        let page = self.page(&Actor::Public, link).await;
        let proof = [("_signer_name", name), ("_signer_number", number)];
        let reply = self
            .submit(&Actor::Public, &page, link, &[proof[0], proof[1], ("_action", "identify")])
            .await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        let page = reply.text();
        let mut pairs = stamp(&page);
        pairs.extend(shown(&page));
        for (key, value) in proof.into_iter().chain([("_action", "sign")]) {
            pairs.push((key.to_owned(), value.to_owned()));
        }
        self.post(&Actor::Public, link, &pairs).await
    }

    /// Everybody signs.
    pub(crate) async fn signed(&self, who: &Actor, no: &str) {
        for (card, name, number) in SIGNERS {
            let link = self.invited(who, no, card).await;
            let reply = self.signs(&link, name, number).await;
            assert_eq!(reply.status, 200, "{}", reply.text());
        }
    }

    /// Presses the button that hands in.
    pub(crate) async fn hand_in(&self, who: &Actor, no: &str) -> Reply {
        let path = format!("/cases/{no}/signing");
        let page = self.page(who, &path).await;
        self.submit(who, &page, &path, &[("_action", "submit")]).await
    }

    /// A case handed in through the pages.
    pub(crate) async fn handed_in(&self, who: &Actor, more: &[&str]) -> String {
        let no = self.filled(who, more).await;
        self.signed(who, &no).await;
        let reply = self.hand_in(who, &no).await;
        assert_eq!(reply.status, 303, "{}", reply.text());
        no
    }
}

/// Who signs the documents of the sample.
pub(crate) const SIGNERS: [(&str, &str, &str); 3] = [
    ("chen", "陈思远", "440113199003074516"),
    ("li", "李若彤", "440305199211180322"),
    ("zhou", "周明", "440115199709090035"),
];

/// A small file that is a PDF.
pub(crate) const PDF: &[u8] = b"%PDF-1.7\nlease\nstartxref\n0\n%%EOF";

pub(crate) fn stranger() -> Actor {
    Actor::Party { party: PartyKey::new("p2"), login: "wu".to_owned(), mandate: None }
}

fn request(who: &Actor, path: &str, kind: &str, body: Vec<u8>) -> Request<Body> {
    let mut request = Request::post(path)
        .header(header::CONTENT_TYPE, kind)
        .header(header::HOST, "lianban.example")
        .body(Body::from(body))
        .unwrap();
    request.extensions_mut().insert(Who(who.clone()));
    request
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The value of the first hidden field of a name.
pub(crate) fn hidden(page: &str, name: &str) -> String {
    let found = page.split(&format!("name=\"{name}\" value=\"")).nth(1);
    found.unwrap_or_else(|| panic!("no {name} in {page}")).split('"').next().unwrap().to_owned()
}

/// The stamp of the first form of a page that has one.
pub(crate) fn stamp(page: &str) -> Vec<(String, String)> {
    ["_command_id", "_expected_version"].map(|name| (name.to_owned(), hidden(page, name))).into()
}

/// The digests of the documents that a page showed to its signer.
fn shown(page: &str) -> Vec<(String, String)> {
    page.split("name=\"_shown:")
        .skip(1)
        .map(|part| {
            let (name, rest) = part.split_once('"').unwrap();
            let value = rest.split("value=\"").nth(1).unwrap().split('"').next().unwrap();
            (format!("_shown:{name}"), value.to_owned())
        })
        .collect()
}

/// What a person types to give these answers, by the names of the inputs.
pub(crate) fn typed(answers: &Answers) -> Vec<(String, String)> {
    let definition = crate::fixture::definition();
    let mut pairs = Vec::new();
    for (spot, value) in answers.spots() {
        let name = spot.to_string();
        let Some(element) = element_at(&definition.dictionary, &spot) else {
            pairs.push((name, value.as_text().unwrap().to_owned()));
            continue;
        };
        match (&element.kind, &value) {
            (Kind::Set(_) | Kind::List(_), Value::List(all)) => {
                pairs.extend(
                    all.iter().map(|one| (name.clone(), one.as_text().unwrap().to_owned())),
                );
            }
            (Kind::Composite(_), Value::Map(parts)) => {
                pairs.extend(parts.iter().map(|(key, part)| {
                    let text = part
                        .as_text()
                        .map_or_else(|| part.as_int().unwrap().to_string(), str::to_owned);
                    (format!("{name}:{key}"), text)
                }));
            }
            (Kind::Composite(_), _) => pairs.push((format!("{name}:long"), "true".to_owned())),
            _ => pairs.push((name, element.typed(&value))),
        }
    }
    pairs
}

/// A spot by its text.
pub(crate) fn spot(text: &str) -> Spot {
    text.parse().unwrap()
}
