//! A browser as far as identity can tell: it keeps cookies, and sends back the forms that it was shown.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use codes::Label;
use identity::model::{Card, Document, LoginKey, PartyKeys, Post, Role};
use identity::{
    CedarGate, Cost, Federated, Identity, IdentityModule, Organs, Outside, PasswordPolicy,
    PlainFrames, Provision, Settings, SignIn, signin_layer,
};
use kernel::{OrganKey, PartyKey, Shard};
use module::{Clearance, Module, Platform, Registry};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use testbed::Testbed;
use tower::ServiceExt as _;

/// Bytes that follow from a counter: every test draws the same.
#[derive(Debug, Default)]
struct Counted(AtomicU64);

impl identity::Entropy for Counted {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), blobs::BlobError> {
        for chunk in bytes.chunks_mut(32) {
            let n = self.0.fetch_add(1, Ordering::SeqCst);
            let drawn = seals::Digest::sha256(&n.to_be_bytes());
            for (to, from) in chunk.iter_mut().zip(drawn.bytes()) {
                *to = *from;
            }
        }
        Ok(())
    }
}

/// Two organs, and two services to give a mandate for.
struct TwoMarkets;

impl Organs for TwoMarkets {
    fn place(&self, organ: &OrganKey) -> Option<String> {
        let place = match organ.as_str() {
            "440115-market" => "440115",
            "440300-market" => "440300",
            _ => return None,
        };
        Some(place.to_owned())
    }

    fn services(&self) -> Vec<(String, Label)> {
        let label = |zh: &str, en: &str| Label::new(zh, en);
        vec![
            ("28/food".to_owned(), label("食品经营许可", "Food licence")),
            ("28/reg".to_owned(), label("设立登记", "Registration")),
        ]
    }
}

/// A platform with identity alone, its own gate and layer before it.
pub(crate) struct Site {
    pub(crate) bed: Testbed,
    pub(crate) identity: Arc<Identity>,
    pub(crate) platform: Platform,
    router: Router,
}

pub(crate) const PASSWORD: &str = "four quiet green hills";

pub(crate) async fn site() -> Site {
    site_with(None).await
}

pub(crate) async fn site_with(federated: Option<Arc<dyn Federated>>) -> Site {
    let blobs: Arc<dyn blobs::Blobs> = Arc::new(blobs::MemoryBlobs::new());
    let entropy: Arc<dyn identity::Entropy> = Arc::new(Counted::default());
    let vault_keys = Arc::new(blobs::MemoryVaultKeys::new());
    let outside = Outside {
        keys: PartyKeys::new([7; 32]),
        vault: blobs::Vault::new(Arc::clone(&blobs), vault_keys, Arc::clone(&entropy)),
        entropy,
        organs: Arc::new(TwoMarkets),
        federated,
    };
    let cost = Cost { memory_kib: 64, passes: 1 };
    let settings = Settings {
        passwords: PasswordPolicy { cost, ..PasswordPolicy::default() },
        ..Settings::new(Shard::new("000000"), "http://127.0.0.1")
    };
    let identity = Arc::new(Identity::new(settings, outside));
    let module = IdentityModule::new(Arc::clone(&identity));
    let mut registry = Registry::default();
    module.register(&mut registry);
    let gate = CedarGate::new(&registry, Arc::new(TwoMarkets), identity.mandates()).unwrap();
    let bed = testbed::Setup::new(vec![Box::new(module)]).blobs(blobs).start().await.unwrap();
    let platform = Platform { gate: Arc::new(gate), ..bed.platform().clone() };
    let at = SignIn {
        frames: Arc::new(PlainFrames),
        identity: Arc::clone(&identity),
        platform: platform.clone(),
    };
    let router = registry.routers.into_iter().fold(Router::new(), |all, (_, one)| all.merge(one));
    let router = router
        .with_state(platform.clone())
        .layer(axum::middleware::from_fn(portal::answer_failures))
        .layer(axum::middleware::from_fn_with_state(at, signin_layer));
    Site { bed, identity, platform, router }
}

impl Site {
    /// A person with a login, as demo data makes one.
    pub(crate) async fn person(&self, login: &str, name: &str, id_number: &str) -> PartyKey {
        let document = Document::person(codes::IdType::ResidentId, id_number).unwrap();
        let card = Card::new(name, &document);
        self.provision(login, Some((document, card)), vec![]).await.unwrap()
    }

    /// An officer with a login.
    pub(crate) async fn officer(&self, login: &str, role: Role) {
        let post = Post { organ: OrganKey::new("440115-market"), role };
        self.provision(login, None, vec![(post, "李敏".to_owned())]).await;
    }

    async fn provision(
        &self,
        login: &str,
        person: Option<(Document, Card)>,
        posts: Vec<(Post, String)>,
    ) -> Option<PartyKey> {
        let login = LoginKey::of_name(login).unwrap();
        let wanted = Provision { login, password: PASSWORD.to_owned(), person, posts };
        self.identity.provision(&self.platform, Clearance::system("demo"), wanted).await.unwrap()
    }

    /// How many events the journal holds: nothing happened if it stays.
    pub(crate) async fn events(&self) -> usize {
        use module::Stage as _;
        self.bed.events(&Shard::new("000000"), 0).await.unwrap().len()
    }
}

/// An answer to a browser.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |to| to.to_str().unwrap())
    }

    /// The token of the forms of the page.
    pub(crate) fn token(&self) -> Option<&str> {
        let (_, rest) = self.text.split_once(r#"name="_csrf" value=""#)?;
        rest.split('"').next()
    }
}

/// A browser with its cookies.
#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) cookies: BTreeMap<String, String>,
    /// Whether it asks for pages; a program asks for JSON.
    pub(crate) page: bool,
}

impl Default for Browser {
    fn default() -> Self {
        Self { cookies: BTreeMap::new(), page: true }
    }
}

impl Browser {
    pub(crate) async fn send(&mut self, site: &Site, mut request: Request<Body>) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request.headers_mut().insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        let wanted = if self.page { "text/html" } else { "application/json" };
        request.headers_mut().insert(header::ACCEPT, wanted.parse().unwrap());
        let response = site.router.clone().oneshot(request).await.unwrap();
        site.bed.settle().await;
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    pub(crate) async fn get(&mut self, site: &Site, path: &str) -> Answer {
        self.send(site, Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Posts fields as they are, without a token.
    pub(crate) async fn post_bare(
        &mut self,
        site: &Site,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        let form = "application/x-www-form-urlencoded";
        let request = Request::post(path).header(header::CONTENT_TYPE, form);
        self.send(site, request.body(Body::from(encoded(fields))).unwrap()).await
    }

    /// Opens a page, and posts fields with the token of its forms.
    pub(crate) async fn post(
        &mut self,
        site: &Site,
        page: &str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        let shown = self.get(site, page).await;
        let token = shown.token().unwrap_or_default().to_owned();
        let mut all = vec![("_csrf", token.as_str())];
        all.extend_from_slice(fields);
        self.post_bare(site, path, &all).await
    }

    pub(crate) async fn sign_in(&mut self, site: &Site, login: &str, password: &str) -> Answer {
        let fields = [("login", login), ("password", password), ("next", "/identity/mandates")];
        self.post(site, "/sign-in", "/sign-in", &fields).await
    }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                    char::from(byte).to_string()
                }
                other => format!("%{other:02X}"),
            })
            .collect()
    };
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}
