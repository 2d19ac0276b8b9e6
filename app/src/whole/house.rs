//! An installation of its own, and browsers that are signed in to it.

use crate::assemble::{self, Assembly, Setup};
use crate::bench::place::setup;
use crate::bench::script::{Sends, Sent};
use crate::demo;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use codes::IdType;
use engine::{Config, Engine, Order, Pace, Sizes};
use identity::Provision;
use identity::csrf;
use identity::model::{Card, Document, LoginKey, Post, Role};
use kernel::{Actor, Atomic, Moment, OrganKey, PartyKey, Shard};
use module::{Clearance, Clock, Receipt, SubmitError};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use testbed::HandClock;
use tower::ServiceExt as _;

/// The password of whoever a test makes.
const PASSWORD: &str = "a long enough one 2026";
/// What a browser that is not signed in has as its secret.
const VISIT: &str = "visit-of-a-browser-in-a-test";

/// An installation.
pub(super) struct House {
    pub(super) assembly: Assembly,
    pub(super) setup: Setup,
}

/// How the engine of a house runs: what is due is done when a test says so.
pub(super) fn by_hand(letters: bool) -> Config {
    let at_once = if letters { Sizes::default().at_once } else { 0 };
    Config { pace: Pace::ByHand, sizes: Sizes { at_once, ..Sizes::default() } }
}

impl House {
    /// Opens one in a folder and, where one is named, a database. Its clock stands still, no letters are carried.
    pub(super) async fn open(folder: &Path, database: Option<String>, now: &str) -> Self {
        let clock = Arc::new(HandClock::at(now.parse().unwrap()));
        Self::with(setup(folder.to_owned(), database), clock, by_hand(false)).await
    }

    /// Opens one as a test wants it.
    pub(super) async fn with(setup: Setup, clock: Arc<dyn Clock>, config: Config) -> Self {
        let assembly = assemble::assemble_with(&setup, clock, config).await.unwrap();
        Self { assembly, setup }
    }

    /// Makes the people of the demonstration.
    pub(super) async fn with_people(self) -> Self {
        demo::people(&self.assembly).await.unwrap();
        self
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.assembly.engine
    }

    /// Makes a login of a person with a card; answers with the party.
    pub(super) async fn person(&self, login: &str, name: &str, id_number: &str) -> PartyKey {
        let document = Document::person(IdType::ResidentId, id_number).unwrap();
        let card = Card::new(name, &document);
        let party = self.assembly.identity.keys().of(&document);
        self.provision(login, Some((document, card)), Vec::new()).await;
        party
    }

    /// Makes a login of an officer.
    pub(super) async fn officer(&self, login: &str, organ: &str, role: Role) {
        let post = Post { organ: OrganKey::new(organ), role };
        self.provision(login, None, vec![(post, "某工作人员".to_owned())]).await;
    }

    async fn provision(
        &self,
        login: &str,
        person: Option<(Document, Card)>,
        posts: Vec<(Post, String)>,
    ) {
        let (login, password) = (LoginKey::new(login), PASSWORD.to_owned());
        let provision = Provision { login, password, person, posts };
        let (identity, platform) = (&self.assembly.identity, &self.assembly.platform);
        identity.provision(platform, Clearance::system("test"), provision).await.unwrap();
    }

    /// The party of a person of the demonstration.
    pub(super) fn party(&self, id_number: &str) -> PartyKey {
        let document = Document::person(IdType::ResidentId, id_number).unwrap();
        self.assembly.identity.keys().of(&document)
    }

    /// A browser that nobody is signed in with.
    pub(super) fn visitor(&self) -> Browser<'_> {
        Browser { house: self, session: None }
    }

    /// A browser with somebody signed in: one of the demonstration, or one that a test has made.
    pub(super) async fn signed_in(&self, login: &str) -> Browser<'_> {
        let known = demo::logins().into_iter().find(|known| known.login == LoginKey::new(login));
        let password = known.map_or_else(|| PASSWORD.to_owned(), |known| known.password);
        let identity = &self.assembly.identity;
        let session = identity
            .sign_in(&self.assembly.platform, (login, &password), "test", None)
            .await
            .unwrap_or_else(|failure| panic!("{login}: {failure:?}"));
        assert!(session.acting.is_some(), "{login} has one role");
        Browser { house: self, session: Some(session.token) }
    }

    /// How far the journal goes: the position of each shard.
    pub(super) async fn heads(&self) -> BTreeMap<Shard, u64> {
        let kept = assemble::stores(&self.setup).await.unwrap();
        let mut heads = BTreeMap::new();
        for shard in kept.journal.shards().await.unwrap() {
            let head = kept.journal.head(&shard).await.unwrap();
            heads.insert(shard, head.seq);
        }
        heads
    }

    /// The names of the events since, such as `case.Granted`.
    pub(super) async fn since(&self, heads: &BTreeMap<Shard, u64>) -> Vec<String> {
        let kept = assemble::stores(&self.setup).await.unwrap();
        let mut names = Vec::new();
        for shard in kept.journal.shards().await.unwrap() {
            let after = heads.get(&shard).copied().unwrap_or_default();
            let events = kept.journal.read(&shard, after, 10_000).await.unwrap();
            names.extend(events.iter().map(|event| format!("{}.{}", event.kind, event.name())));
        }
        names
    }

    pub(super) fn now(&self) -> Moment {
        self.assembly.platform.clock.now()
    }
}

/// Commands go to the engine of a house, past its gate: as benches send them.
impl Sends for House {
    async fn send(
        &self,
        sent: Sent,
        actor: Actor,
        commands: Atomic,
    ) -> Result<Receipt, SubmitError> {
        self.engine().order(Order { id: sent.id, actor, cause: None, commands }).await
    }
}

/// A browser without scripts.
pub(super) struct Browser<'h> {
    house: &'h House,
    session: Option<String>,
}

/// What came back.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Reply {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// A refusal with a code, a reason and a text in both languages.
    ///
    /// # Panics
    /// If it is none.
    pub(super) fn refusal(&self, what: &str) -> String {
        let told = self.json();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let no_room = [StatusCode::SERVICE_UNAVAILABLE, StatusCode::INSUFFICIENT_STORAGE];
        let refused = self.status.is_client_error() || no_room.contains(&self.status);
        assert!(refused, "{what}: {self:?}");
        let code = text(&told["code"]);
        let (prefix, number) = code.split_once('-').unwrap_or_default();
        assert!(prefix.len() >= 3 && number.len() == 4, "{what}: no code in {told}");
        let (zh, en) = (text(&told["titles"]["zh"]), text(&told["titles"]["en"]));
        assert!(is_chinese(&zh), "{what}: {told}");
        assert!(en.contains(' ') && en.is_ascii(), "{what}: {told}");
        text(&told["reason"])
    }

    /// What a page that comes back says is to be corrected.
    pub(super) fn errors(&self) -> &str {
        let found = self.text.split("<div class=\"errors\"").nth(1);
        let found = found.unwrap_or_else(|| panic!("nothing is to be corrected: {}", self.text));
        found.split("</div>").next().unwrap()
    }
}

/// Whether a text has a character of Chinese.
pub(super) fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

impl Browser<'_> {
    pub(super) fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let cookie = match &self.session {
            Some(token) => format!("session={token}"),
            None => format!("visit={VISIT}"),
        };
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost")
            .header(header::COOKIE, cookie)
    }

    fn token(&self) -> String {
        csrf::token(self.session.as_deref().unwrap_or(VISIT))
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Reply {
        let router = self.house.assembly.router.clone();
        let Ok(response) = router.oneshot(request).await;
        let (head, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 64 << 20).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Reply { status: head.status, headers: head.headers, text }
    }

    /// Looks, and wants to be told of failures as programs are.
    pub(super) async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    /// Looks at a page as a person does, in a language.
    pub(super) async fn look(&self, path: &str, lang: &str) -> Reply {
        let request = self
            .request(Method::GET, path)
            .header(header::ACCEPT, "text/html")
            .header(header::ACCEPT_LANGUAGE, lang);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Posts a form that a page of this site handed to this browser.
    pub(super) async fn post(&self, path: &str, pairs: &[(&str, &str)]) -> Reply {
        let token = self.token();
        let all = std::iter::once(("_csrf", token.as_str())).chain(pairs.iter().copied());
        let form: Vec<String> =
            all.map(|(key, value)| format!("{}={}", escaped(key), escaped(value))).collect();
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.join("&"))).unwrap()).await
    }

    /// Sends JSON as a program does.
    pub(super) async fn send_json(&self, path: &str, body: &Value) -> Reply {
        let request =
            self.request(Method::POST, path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Posts a file.
    pub(super) async fn upload(
        &self,
        path: &str,
        pairs: &[(&str, &str)],
        (field, name, bytes): (&str, &str, &[u8]),
    ) -> Reply {
        let token = self.token();
        let mut body = Vec::new();
        for (key, value) in std::iter::once(("_csrf", token.as_str())).chain(pairs.iter().copied())
        {
            let head = format!("--b\r\nContent-Disposition: form-data; name=\"{key}\"\r\n\r\n");
            body.extend(head.into_bytes());
            body.extend(format!("{value}\r\n").into_bytes());
        }
        let head = format!(
            "--b\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             Content-Type: application/pdf\r\n\r\n"
        );
        body.extend(head.into_bytes());
        body.extend(bytes);
        body.extend(b"\r\n--b--\r\n");
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b");
        self.send(request.body(Body::from(body)).unwrap()).await
    }
}

/// A text as a form sends it; the names of fields and tokens stay readable.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// The value of the first hidden field of a name on a page.
pub(super) fn hidden(page: &str, name: &str) -> String {
    let found = page.split(&format!("name=\"{name}\" value=\"")).nth(1);
    found.unwrap_or_else(|| panic!("no {name} in {page}")).split('"').next().unwrap().to_owned()
}
