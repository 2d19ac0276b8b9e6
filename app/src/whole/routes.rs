//! Every route of the assembled application, asked by those who have no business there.
//!
//! The list comes out of the router itself: a route that is new is asked too, and fails here until it refuses, or until it is
//! named below as one that is open.

use super::house::{Browser, House, Reply, by_hand};
use crate::bench::place::setup;
use crate::bench::script::{Script, Until};
use crate::demo;
use axum::body::Body;
use axum::http::{Method, header};
use identity::model::Role;
use kernel::{CommandId, PartyKey};
use maud::html;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use tables::Query;
use testbed::HandClock;

/// Open to everybody.
const OPEN: &[&str] = &[
    // What is published, and the pages about this site.
    "GET /",
    "GET /accessibility",
    "GET /assets/{name}",
    "GET /health",
    "GET /help",
    "GET /packages/{reform}/{id}",
    "GET /packages/{reform}/{id}/start",
    "GET /privacy",
    "GET /ready",
    "GET /reforms/{number}",
    "GET /services/{reform}/{id}",
    "GET /api/v1/catalogue/activities/{reform}",
    "GET /api/v1/catalogue/organs/{place}/{role}",
    "GET /api/v1/catalogue/packages/{reform}/{id}",
    "GET /api/v1/catalogue/reforms",
    "GET /api/v1/catalogue/reforms/{number}",
    "GET /api/v1/catalogue/scope",
    "GET /api/v1/catalogue/services/{reform}/{id}",
    "GET /api/v1/exchange/keys",
    "GET /api/v1/licences/keys",
    "GET /.well-known/jwt-vc-issuer",
    "GET /licences/roots.pem",
    "GET /licences/status/{list}",
    "GET /licences/types/{kind}",
    "GET /api/v1/evidence/witness/key",
    // A checkpoint bears the signature of its log.
    "POST /api/v1/evidence/witness/add-checkpoint",
    // What a log is worth something by: anybody can check it. Hashes and signatures, no entry.
    "GET /evidence/log/{shard}/checkpoint",
    "GET /evidence/log/{shard}/consistency",
    "GET /evidence/log/{shard}/inclusion",
    "GET /evidence/log/{shard}/keys",
    "GET /evidence/log/{shard}/tile/{*tile}",
    "GET /evidence/log/{shard}/{seq}/proof",
    // What anybody needs to check a package, and the page that does it: what is given is kept nowhere.
    "GET /evidence/trust.json",
    "GET /evidence/verify",
    "POST /evidence/verify",
    "POST /evidence/verify.json",
    // What signs people in and out.
    "GET /sign-in",
    "POST /sign-in",
    "GET /sign-in/back",
    "GET /sign-in/federated",
    "POST /sign-out",
    "GET /sign-up",
    "POST /sign-up",
    // What a secret in the address or in the form opens, and what checks a licence.
    "GET /cases/sign/{token}",
    "POST /cases/sign/{token}",
    "GET /delivery/check/{token}",
    "GET /follow",
    "POST /follow",
    "GET /penalty/check",
    "GET /penalty/check/{token}",
    "POST /penalty/check/{token}",
    "GET /api/v1/property/scan/{token}",
    "GET /property/figures/{hash}",
    "POST /property/fakes",
    "GET /registers/check/{token}",
    "GET /v/{token}",
    "GET /v/{token}/check",
    "POST /v/{token}/check",
    "GET /v/{token}/licence.jws",
    "GET /verify",
    "POST /verify",
    "GET /api/v1/licences/v/{token}",
    "POST /api/v1/licences/verify",
    // What is announced to the public, what the public says of it, and whether an enterprise is on a list.
    "GET /delivery/announcements/{key}",
    "POST /delivery/announcements/{key}/objections",
    "GET /delivery/board",
    "GET /delivery/board.csv",
    "GET /api/v1/delivery/announcements",
    "GET /api/v1/delivery/announcements/{key}",
    "GET /credit/verify",
    "GET /api/v1/credit/entities/{uscc}/verify",
    // What says what a reform is for, and what an error means.
    "GET /errors/{code}",
    "GET /credit",
    "GET /guarantee",
    "GET /guarantee/check/{token}",
    "GET /property",
    // What only leads on to a page that is guarded.
    "GET /delivery",
    "GET /identity",
    "GET /licences/v/{token}",
    "GET /operation/dead-letters",
    "GET /penalty",
];

/// For partners alone, who prove by a signature who they are.
const SIGNED: [&str; 4] = [
    "POST /api/v1/exchange/messages",
    "POST /api/v1/delivery/reports",
    "POST /api/v1/ledger/callbacks/{gateway}",
    "POST /guarantee/line",
];

/// For whoever has the secret in the address; whoever has another is refused, signed in or not.
const SECRET: [&str; 2] =
    ["GET /delivery/capture/{key}/{token}", "POST /delivery/capture/{key}/{token}"];

/// Whose things the demo does not hold, so that nobody there has business with them; the tests of reform 25 open them.
const UNSEEDED: &[&str] = &[
    "GET /guarantee/enterprises/{uscc}",
    "GET /guarantee/enterprises/{uscc}/declare",
    "GET /guarantee/filings/{filing}",
    "GET /guarantee/texts/{no}",
    "GET /guarantee/texts/{no}/statement.csv",
    "GET /guarantee/uses/{exposure}",
];

/// For whoever has the role: one's own things, among which nobody else's stand.
const OWN: &[&str] = &[
    "GET /guarantee/board",
    "GET /guarantee/desk",
    "GET /guarantee/mine",
    "GET /guarantee/risk",
    "POST /guarantee/guarantors",
    "GET /api/v1/cases",
    "GET /api/v1/delivery/inbox",
    "GET /api/v1/evidence/mine",
    "GET /api/v1/licences",
    "GET /cases",
    "POST /cases/new",
    "GET /delivery/address",
    "POST /delivery/address",
    "GET /delivery/inbox",
    "GET /delivery/paper",
    "GET /evidence/mine",
    "GET /identity/acting",
    "POST /identity/acting",
    "GET /identity/mandates",
    "POST /identity/mandates",
    "POST /identity/mandates/end",
    "GET /identity/password",
    "POST /identity/password",
    "GET /identity/reads",
    "GET /identity/reads.csv",
    "GET /licences",
    "GET /registers/alerts",
    "GET /api/v1/credit/queue",
    "GET /credit/queue",
    "GET /credit/queue.csv",
    "GET /delivery/confirmations",
    "GET /api/v1/ledger/bills",
    "GET /api/v1/ledger/books",
    "GET /ledger/books",
    "GET /ledger/bills",
    "GET /penalty/letters",
    "GET /api/v1/property/mine",
    "GET /property/apply",
    "POST /property/apply",
    "GET /property/desk",
    "GET /property/inquiries",
    "POST /property/inquiries",
    "GET /property/mine",
    "GET /property/registrations",
    "GET /work",
    "GET /work/list.csv",
    "GET /work/search",
];

/// What may stand in the journal after a route was asked, though nothing of what was asked for happened: that a session
/// was ended by its owner, that somebody was refused a look, and what the public says of codes.
const RECORDED: &[(&str, &str)] = &[
    ("POST /sign-out", "session.Ended"),
    ("GET /registers/{register}/{key}", "inspection.InspectionRefused"),
    ("GET /registers/{register}/{key}", "reads.ReadDenied"),
    ("GET /api/v1/registers/records/{register}/{key}", "inspection.InspectionRefused"),
    ("GET /api/v1/registers/records/{register}/{key}", "reads.ReadDenied"),
    ("GET /api/v1/licences/v/{token}", "property-scans.Forged"),
    ("POST /property/fakes", "property-scans.Reported"),
];

/// What follows from an event of [`RECORDED`] alone: a letter of the outbox and its end.
const FOLLOWS: [&str; 2] = ["outbox.Queued", "outbox.Settled"];

/// Who is not signed in.
const NOBODY: &str = "nobody";

/// A route: its method and its path, as they are registered.
type Route = (Method, String);

/// All routes of a router. Its own description names their paths; the methods of a path stand in the answer to one that it
/// does not know.
async fn routes(browser: &Browser<'_>, router: &axum::Router, things: &Things) -> Vec<Route> {
    let told = format!("{router:?}");
    let paths: BTreeSet<&str> = told
        .split("RouteId(")
        .filter_map(|part| part.split_once("): \"")?.1.split('"').next())
        .filter(|path| !path.contains("__private__"))
        .collect();
    let mut all = Vec::new();
    for path in paths {
        let request = browser.request(Method::OPTIONS, &things.address(path));
        let reply = browser.send(request.body(Body::empty()).unwrap()).await;
        let allowed = reply.headers.get(header::ALLOW).map(|list| list.to_str().unwrap());
        let allowed = allowed.unwrap_or_else(|| panic!("{path} names no methods: {reply:?}"));
        for method in allowed.split(',').filter(|method| *method != "HEAD") {
            all.push((method.parse().unwrap(), path.to_owned()));
        }
    }
    // Whoever signs out is nobody after that.
    all.sort_by_key(|(_, path)| path == "/sign-out");
    all
}

/// What is there that is nobody's business but the founder's and her organs'.
struct Things {
    no: String,
    notice: String,
    licence: String,
    /// The position of an event of the case.
    seq: String,
    /// The customs case, and the registration of the parking space with its bill and the inquiry before it.
    customs: String,
    registration: String,
    order: String,
    inquiry: String,
    /// What was told of the flat, on paper.
    extract: String,
    /// The entry on the list.
    listing: String,
}

impl Things {
    /// The address of a route when it is asked about the founder's things.
    fn address(&self, path: &str) -> String {
        let named = [
            ("{no}", self.no.as_str()),
            ("{notice}", &self.notice),
            ("{licence}", &self.licence),
            ("{task}", "reg"),
            ("{slot}", "premises_proof"),
            ("{document}", "articles"),
            ("{card}", "people"),
            ("{organ}", "440115-market"),
            ("{number}", "28"),
            ("{reform}", "28"),
            ("{place}", "440115"),
            ("{role}", "market"),
            ("{message}", "0000"),
            ("{token}", "0000"),
            ("{shard}", "440100"),
            ("{seq}", &self.seq),
            ("{*tile}", "0/000.p/1"),
            ("{proof}", "1"),
            ("{letter}", "00000000000000000000000000000000"),
        ];
        let penalty = path.contains("/penalty/");
        let confirmation = format!("penalty.{}", self.customs);
        let key = match path {
            path if path.starts_with("/delivery/c") => confirmation.as_str(),
            path if path.contains("/announcements/") => demo::ANNOUNCEMENT,
            path if path.contains("/registers/") => demo::FLAT,
            path if path.contains("/packages/") => &self.no,
            _ => &self.registration,
        };
        let named = [
            ("{no}", if penalty { self.customs.as_str() } else { "{no}" }),
            ("{key}", key),
            ("{uscc}", demo::USCC),
            ("{unit}", demo::FLAT),
            ("{register}", "real_estate"),
            ("{paper}", "notice-1"),
            ("{order}", &self.order),
            ("{inquiry}", &self.inquiry),
            ("{extract}", &self.extract),
            ("{listing}", &self.listing),
            ("{kind}", if path.contains("/packages/") { "case" } else { "{kind}" }),
            ("{hash}", "0000"),
            ("{n}", "0"),
            ("{gateway}", "feishui"),
        ]
        .into_iter()
        .chain(named);
        let mut address = path.to_owned();
        for (name, value) in named {
            address = address.replace(name, value);
        }
        let act = if path.starts_with("/board") { "remind" } else { "refuse" };
        let id = if path.contains("packages") { "setup" } else { "food" };
        let query = match path {
            "/work/{no}/{task}/field" => "?path=shareholder%5B%5D.name&purpose=x",
            "/work/search" => "?q=bench",
            "/cases/{no}/divisions" => "?q=x",
            path if path.starts_with("/board") => "?place=440115",
            _ => "",
        };
        address.replace("{act}", act).replace("{id}", id) + query
    }

    /// What must not stand in an answer to anybody else.
    fn secrets(&self) -> [&str; 9] {
        let Self { no, notice, licence, customs, registration, order, inquiry, extract, .. } = self;
        [no, notice, licence, "440113199003074516", customs, registration, order, inquiry, extract]
    }
}

async fn ask(browser: &Browser<'_>, (method, path): &Route, things: &Things, n: usize) -> Reply {
    let address = things.address(path);
    let id = CommandId::derive(&[b"routes", path.as_bytes(), &n.to_be_bytes()]).to_string();
    match *method {
        Method::GET => browser.get(&address).await,
        Method::POST if path.starts_with("/api/") => {
            let command = json!({"Withdraw": {"reason": "x"}});
            let sent = json!({"id": id, "expected_version": 1, "command": command});
            browser.send_json(&address, &sent).await
        }
        Method::POST => {
            let act = match path.as_str() {
                "/work/{no}/{task}/act" => "accept",
                "/cases/{no}/signing" => "submit",
                "/board/remind" => "send",
                "/operation/dead-letters" => "resend",
                _ => "save",
            };
            let task = format!("{} reg", things.no);
            let pairs = [
                ("_command_id", id.as_str()),
                ("_expected_version", "1"),
                ("_action", act),
                ("reason", "x"),
                ("text", "x"),
                ("purpose", "x"),
                ("plain.trade_name", "青苗"),
                ("task", &task),
                ("login", "somebody"),
                ("organ", "440115-tax"),
                ("role", "reviewer"),
                ("name", "x"),
                ("shard", "440100"),
                ("letter", "00000000000000000000000000000000"),
            ];
            browser.post(&address, &pairs).await
        }
        _ => panic!("nobody has said how {method} {path} is asked"),
    }
}

/// A refusal that a person reads, in the language that the browser asks for.
async fn is_told_in_both_languages(browser: &Browser<'_>, address: &str, refused: &Reply) {
    for lang in ["zh", "en"] {
        let text = refused.json()["titles"][lang].as_str().unwrap().to_owned();
        let text = html! { (text) }.into_string();
        let page = browser.look(address, lang).await;
        assert_eq!(page.status, refused.status, "{address} {lang}");
        assert!(page.text.contains(&text), "{address} does not say `{text}`: {}", page.text);
        let code = refused.json()["code"].as_str().unwrap().to_owned();
        assert!(page.text.contains(&code), "{address} {lang} names no code");
    }
}

async fn key(house: &House, sql: &'static str) -> String {
    let rows = house.assembly.platform.reader.rows(Query::new(sql)).await.unwrap();
    rows.first().unwrap_or_else(|| panic!("nothing: {sql}")).get("key").unwrap()
}

/// An installation with a case of a founder's that has its licence, and one that organs have before them.
async fn house(folder: &std::path::Path) -> (House, Things) {
    let clock = Arc::new(HandClock::at("2026-02-12T02:00:00Z".parse().unwrap()));
    let mut setup = setup(folder.to_owned(), None);
    // A gateway that takes money and is not reached: what it reports is asked for its signature.
    setup.services.payment = Some(crate::services::Payment {
        key: "feishui".to_owned(),
        merchant: "440115".to_owned(),
        url: "http://127.0.0.1:9".to_owned(),
        keys: seals::PublicKeySet::default(),
    });
    let house = House::with(setup, clock.clone(), by_hand(true)).await;
    let house = house.with_people().await;
    house.officer("tianhe-market", "440106-market", Role::Reviewer).await;
    house.officer("tianhe-coordinator", "440106-coordinator", Role::Coordinator).await;
    house.person("zhaoqiang", "赵强", "430121199901150814").await;
    let chen: (PartyKey, String) = (house.party("440113199003074516"), "chen".to_owned());
    let today = house.now().date();
    let script = Script::new(&house.assembly, today, 5, true).unwrap();
    script.work_until(&house, 1, chen.clone(), Until::Granted).await.unwrap();
    let no = script.work_until(&house, 2, chen, Until::Submitted).await.unwrap().0;
    let opened = demo::reforms(&house.assembly).await.unwrap().expect("a customs case");
    clock.set(house.now().plus_us(i64::try_from(demo::reading().as_micros()).unwrap()));
    opened.finish().await.unwrap();
    house.engine().settle().await;
    let notice = key(&house, "SELECT notice AS key FROM delivery_notices ORDER BY notice").await;
    let licence = key(&house, "SELECT licence AS key FROM licences_list ORDER BY licence").await;
    let history = &house.assembly.platform.history;
    let events = history.stream(script.shard(), "case", &no, 0).await.unwrap();
    let seq = events[0].seq.to_string();
    let registration =
        "SELECT registration AS key FROM property_registrations WHERE state = 'running'";
    let things = Things {
        customs: key(&house, "SELECT no AS key FROM penalty_cases").await,
        registration: key(&house, registration).await,
        order: key(&house, "SELECT order_no AS key FROM ledger_bills WHERE state = 'due'").await,
        inquiry: key(&house, "SELECT inquiry AS key FROM property_inquiries").await,
        extract: extract(&house).await,
        listing: key(&house, "SELECT listing AS key FROM credit_entries").await,
        no,
        notice,
        licence,
        seq,
    };
    (house, things)
}

/// The founder has an extract made of the record of her flat.
async fn extract(house: &House) -> String {
    let address = format!("/registers/real_estate/{}/extract", demo::FLAT);
    let ordered = house.signed_in("chen").await.post(&address, &[("purpose", "x")]).await;
    let place = ordered.headers.get(header::LOCATION).unwrap_or_else(|| panic!("{ordered:?}"));
    house.engine().settle().await;
    place.to_str().unwrap().rsplit_once('/').unwrap().1.to_owned()
}

/// Asks a route as somebody who has no business there; answers with what is wrong about what comes back.
async fn judge(
    browser: &Browser<'_>,
    who: &str,
    route: &Route,
    things: &Things,
    n: usize,
) -> Vec<String> {
    let name = format!("{} {}", route.0, route.1);
    let is_among = |list: &[&str]| list.contains(&name.as_str());
    let is_nobody = who == NOBODY;
    if is_among(OWN) && !is_nobody && route.0 != Method::GET {
        // What people do with their own things is tried where those belong.
        return Vec::new();
    }
    let reply = ask(browser, route, things, n).await;
    let (status, told) = (reply.status.as_u16(), reply.json());
    let mut wrong = Vec::new();
    for secret in things.secrets() {
        // An address that is refused may be named again: it is what was asked for.
        if status < 400 && reply.text.contains(secret) {
            wrong.push(format!("{name} tells {who} of {secret}"));
        }
    }
    if is_among(OPEN) {
        if status >= 500 || told["reason"] == "SIGNED_OUT" || told["reason"] == "NOT_ENTITLED" {
            wrong.push(format!("{name} is open, and {who} gets {status}"));
        }
        return wrong;
    }
    let refused = match status {
        401 => is_nobody || is_among(&SIGNED),
        403 => !is_nobody || is_among(&SECRET),
        _ => false,
    };
    if refused {
        reply.refusal(&name);
        if route.0 == Method::GET && !route.1.starts_with("/api/") {
            is_told_in_both_languages(browser, &things.address(&route.1), &reply).await;
        }
    } else if !is_among(OWN) || is_nobody {
        wrong.push(format!("{name}: {who} gets {status} {}", told["reason"]));
    }
    wrong
}

/// The events that a route is not known to leave behind.
fn unforeseen(route: &str, since: &BTreeSet<String>) -> Vec<String> {
    let is_known = |event: &str| RECORDED.contains(&(route, event));
    let has_cause = since.iter().any(|event| is_known(event));
    let follows = |event: &str| has_cause && FOLLOWS.contains(&event);
    let new = since.iter().filter(|event| !is_known(event) && !follows(event));
    new.map(|event| format!("{route} left {event} in the journal")).collect()
}

/// The pages that not even those get to see whose business they are: were there any, their refusals would prove nothing.
async fn closed_to_all(house: &House, all: &[Route], things: &Things) -> Vec<String> {
    let mut insiders = Vec::new();
    for login in [
        "chen",
        "market",
        "coordinator",
        "operator",
        "registry",
        "customs",
        "customs-law",
        "auditor",
    ] {
        insiders.push(house.signed_in(login).await);
    }
    let mut closed = Vec::new();
    for (n, route) in all.iter().enumerate().filter(|(_, route)| route.0 == Method::GET) {
        let mut is_closed = true;
        for browser in &insiders {
            let reply = ask(browser, route, things, n).await;
            is_closed &= matches!(reply.status.as_u16(), 401 | 403);
        }
        // What a secret opens, nobody of them has.
        let name = format!("{} {}", route.0, route.1);
        let by_others = [OPEN, &SECRET, UNSEEDED].iter().any(|list| list.contains(&name.as_str()));
        if is_closed && !by_others {
            closed.push(route.1.clone());
        }
    }
    closed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_refuses_who_has_no_business_there_and_nothing_changes() {
    let folder = tempfile::tempdir().unwrap();
    let (house, things) = house(folder.path()).await;
    let strangers = [
        (NOBODY, house.visitor()),
        ("an officer of another organ", house.signed_in("health").await),
        ("an officer of the same organ elsewhere", house.signed_in("tianhe-market").await),
        ("a coordinator elsewhere", house.signed_in("tianhe-coordinator").await),
        ("another applicant", house.signed_in("zhaoqiang").await),
    ];
    let all = routes(&strangers[0].1, &house.assembly.router, &things).await;
    let named: BTreeSet<String> =
        all.iter().map(|(method, path)| format!("{method} {path}")).collect();
    for known in OPEN.iter().chain(&SIGNED).chain(&SECRET).chain(OWN) {
        assert!(named.contains(*known), "{known} is named here and is no route");
    }
    assert!(
        named.contains("POST /cases/{no}/withdraw"),
        "the list is that of the whole application"
    );
    let mut wrong = Vec::new();
    for (n, route) in all.iter().enumerate() {
        let before = house.heads().await;
        for (who, browser) in &strangers {
            wrong.extend(judge(browser, who, route, &things, n).await);
        }
        house.engine().settle().await;
        let since: BTreeSet<String> = house.since(&before).await.into_iter().collect();
        wrong.extend(unforeseen(&format!("{} {}", route.0, route.1), &since));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let closed = closed_to_all(&house, &all, &things).await;
    assert!(closed.is_empty(), "open to nobody at all: {closed:?}");
    house.engine().stop().await;
}
