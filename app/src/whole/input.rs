//! Bad input through every layer of the application: what is wrong in a value, in a file, in a request.
//!
//! Fields of a wrong type, scripts and zeros in a text are tried field by field in `cases`; here is what else can be wrong.

use super::house::{Browser, House, Reply, hidden, is_chinese};
use crate::bench::script::{Scope, Script, Until};
use axum::body::Body;
use axum::http::{Method, header};
use elements::Kind;
use forms::Slot;
use kernel::CommandId;
use serde_json::{Value, json};
use std::path::Path;

const NOW: &str = "2026-02-12T02:00:00Z";
const SCRIPT: &str = "<script>alert(1)</script>";
/// The people of the proof, by their numbers (GB 11643).
const NUMBERS: [&str; 5] = [
    "440113199003074516",
    "440305199211180322",
    "440106198506231423",
    "440115199709090035",
    "430121199901150814",
];

/// An installation with a founder who has a draft with the food licence.
async fn house(folder: &Path) -> (House, String) {
    let house = House::open(folder, None, NOW).await;
    let party = house.person("founder", "陈思远", NUMBERS[0]).await;
    let today = house.now().date();
    let script = Script::of(Scope::WithFood, &house.assembly, today, 7, true).unwrap();
    let own = (party, "founder".to_owned());
    let no = script.work_until(&house, 0, own, Until::Saved).await.unwrap().0;
    (house, no)
}

/// A case that is being filled in, and how often something was sent.
struct Draft<'h> {
    browser: Browser<'h>,
    path: String,
    version: String,
    sent: std::cell::Cell<u64>,
}

impl<'h> Draft<'h> {
    async fn of(house: &'h House, no: &str, card: &str) -> Self {
        let browser = house.signed_in("founder").await;
        let path = format!("/cases/{no}/form/{card}");
        let page = browser.get(&path).await;
        let version = hidden(&page.text, "_expected_version");
        Self { browser, path, version, sent: std::cell::Cell::new(0) }
    }

    async fn types(&self, query: &str, pairs: &[(&str, &str)], action: &str) -> Reply {
        self.sent.set(self.sent.get() + 1);
        let id = CommandId::derive(&[b"input", &self.sent.get().to_be_bytes()]).to_string();
        let mut all = vec![("_command_id", id.as_str()), ("_expected_version", &self.version)];
        all.extend(pairs);
        all.push(("_action", action));
        self.browser.post(&format!("{}{query}", self.path), &all).await
    }

    /// A value that is refused: by code to programs, in words to people of both languages.
    async fn is_refused(&self, name: &str, value: &str, code: &str) {
        let shown: String = value.chars().take(24).collect();
        let what = format!("{name} = {shown}");
        let told = self.types("", &[(name, value)], "autosave").await;
        assert_eq!(told.refusal(&what), "VALUES");
        let items = told.json()["fields"]["items"].clone();
        let item = items.as_array().unwrap().iter().find(|item| item["what"] == name);
        assert_eq!(item.map(|item| &item["code"]), Some(&json!(code)), "{what}: {items}");
        let typed = [(name, value)];
        let zh = self.types("?lang=zh", &typed, "save").await;
        let en = self.types("?lang=en", &typed, "save").await;
        for page in [&zh, &en] {
            assert_eq!(page.status, 422, "{what}");
            assert!(!page.text.contains(SCRIPT), "{what}: a script stands on the page");
        }
        are_of_both_languages(&what, &zh, &en);
    }
}

/// Two pages say what is to be corrected, each in its language.
fn are_of_both_languages(what: &str, zh: &Reply, en: &Reply) {
    assert!(is_chinese(zh.errors()), "{what}: {}", zh.errors());
    assert!(en.errors().contains("Please correct"), "{what}: {}", en.errors());
    assert_ne!(zh.errors(), en.errors(), "{what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_with_a_wrong_check_digit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (house, no) = house(folder.path()).await;
    let draft = Draft::of(&house, &no, "people").await;
    let before = house.heads().await;
    for number in NUMBERS {
        let (body, check) = number.split_at(17);
        for wrong in "0123456789X".chars().filter(|digit| !check.contains(*digit)) {
            draft.is_refused("card.chen.id_number", &format!("{body}{wrong}"), "CDE-0001").await;
        }
    }
    // No such day; a digit too few, one too many; a letter where a digit stands.
    for number in ["44011319900230451X", "44011319900307451", "A40113199003074516"] {
        draft.is_refused("card.chen.id_number", number, "CDE-0002").await;
    }
    assert_eq!(house.heads().await, before, "nothing has happened");
    house.engine().stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_that_are_too_long_in_gb_18030_are_refused_where_their_characters_would_fit() {
    let folder = tempfile::tempdir().unwrap();
    let (house, no) = house(folder.path()).await;
    let draft = Draft::of(&house, &no, "place").await;
    let case = house.assembly.desk.load(&house.assembly.platform, &no).await.unwrap();
    let plan = case.plan().unwrap();
    let form = house.assembly.desk.definition(&plan).unwrap().merged(&plan).unwrap();
    let before = house.heads().await;
    let mut tried = 0;
    for field in &form.fields {
        let (Slot::Plain(key), Some(element)) = (&field.slot, &field.element) else { continue };
        if element.is_never_typed() || !matches!(element.kind, Kind::Text { .. }) {
            continue;
        }
        let Some(bytes) = field.uses.values().filter_map(|asked| asked.rule.max_gb18030).min()
        else {
            continue;
        };
        tried += 1;
        let name = format!("plain.{key}");
        let chars = usize::try_from(bytes).unwrap();
        // Two bytes each in GB 18030; and characters beyond the common ones, four bytes each.
        draft.is_refused(&name, &"长".repeat(chars / 2 + 1), "ELM-0011").await;
        draft.is_refused(&name, &"𠮷".repeat(chars / 4 + 1), "ELM-0011").await;
    }
    assert!(tried > 0, "the bank limits the address by its bytes");
    assert_eq!(house.heads().await, before, "nothing has happened");
    house.engine().stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_judged_by_what_is_in_them() {
    let folder = tempfile::tempdir().unwrap();
    let (house, no) = house(folder.path()).await;
    let browser = house.signed_in("founder").await;
    let path = format!("/cases/{no}/materials");
    let page = browser.get(&path).await;
    let stamp = ["_command_id", "_expected_version"].map(|name| hidden(&page.text, name));
    let pairs = [("_command_id", stamp[0].as_str()), ("_expected_version", &stamp[1])];
    let before = house.heads().await;
    let sized = |bytes: usize| {
        let mut file = b"%PDF-1.7\n".to_vec();
        file.resize(bytes, b' ');
        file
    };
    let files: [(&str, Vec<u8>); 8] = [
        ("empty.pdf", Vec::new()),
        ("page.pdf", b"<html><script>alert(1)</script></html>".to_vec()),
        ("program.pdf", b"MZ\x90\x00\x03\x00\x00\x00".to_vec()),
        ("program.png", b"\x7fELF\x02\x01\x01\x00".to_vec()),
        (
            "drawing.svg",
            b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>".to_vec(),
        ),
        ("archive.pdf", b"PK\x03\x04\x14\x00\x00\x00".to_vec()),
        ("large.pdf", sized((20 << 20) + 1)),
        ("huge.pdf", sized(40 << 20)),
    ];
    for (name, bytes) in &files {
        let mut replies = Vec::new();
        for lang in ["zh", "en"] {
            let file = ("premises_proof", *name, bytes.as_slice());
            let to = format!("{path}/premises_proof?lang={lang}");
            replies.push(browser.upload(&to, &pairs, file).await);
        }
        if bytes.len() > 20 << 20 {
            assert_eq!(replies[0].status, 413, "{name}");
        } else {
            assert_eq!(replies[0].status, 422, "{name}");
        }
        if replies[0].json().is_null() {
            are_of_both_languages(name, &replies[0], &replies[1]);
        } else {
            replies[0].refusal(name);
        }
    }
    assert_eq!(house.heads().await, before, "nothing has happened");
    house.engine().stop().await;
}

/// Requests that no page of this site makes.
async fn strange_requests(browser: &Browser<'_>, no: &str) -> Vec<(String, Reply)> {
    let commands = format!("/api/v1/cases/{no}/commands");
    let id = CommandId::derive(&[b"strange"]).to_string();
    let mut replies = Vec::new();
    for (what, body) in [
        ("an empty object", json!({})),
        ("a list", json!([1, 2, 3])),
        (
            "a text for a number",
            json!({"id": id, "expected_version": "1", "command": {"Withdraw": {"reason": "x"}}}),
        ),
        (
            "a negative version",
            json!({"id": id, "expected_version": -1, "command": {"Withdraw": {"reason": "x"}}}),
        ),
        (
            "an id that is none",
            json!({"id": SCRIPT, "expected_version": 1, "command": {"Withdraw": {"reason": "x"}}}),
        ),
        (
            "a field too many",
            json!({"id": id, "expected_version": 1, "command": {"Withdraw": {"reason": "x"}}, "more": 1}),
        ),
        (
            "an unknown command",
            json!({"id": id, "expected_version": 1, "command": {"Destroy": {}}}),
        ),
        (
            "a command of the platform's own",
            json!({"id": id, "expected_version": 1, "command": {"Establish": {"uscc": "91440115MAD2K7Q49J"}}}),
        ),
        (
            "two commands",
            json!({"id": id, "expected_version": 1, "command": {"Withdraw": {"reason": "x"}, "Submit": {}}}),
        ),
        (
            "a number for a text",
            json!({"id": id, "expected_version": 1, "command": {"Withdraw": {"reason": 7}}}),
        ),
    ] {
        replies.push((what.to_owned(), browser.send_json(&commands, &body).await));
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (what, kind, body) in [
        ("no JSON", "application/json", "{".to_owned()),
        ("a deep nest", "application/json", deep),
        ("another type", "text/plain", "{}".to_owned()),
    ] {
        let request = browser.request(Method::POST, &commands).header(header::CONTENT_TYPE, kind);
        replies
            .push((what.to_owned(), browser.send(request.body(Body::from(body)).unwrap()).await));
    }
    for path in [
        format!("/cases/{no}x"),
        "/cases/%00".to_owned(),
        "/cases/%FF%FE".to_owned(),
        "/cases/..%2f..%2fetc%2fpasswd".to_owned(),
        format!("/cases/{}", "9".repeat(4_000)),
        format!("/cases/{no}/form/%3Cscript%3E"),
        format!("/cases/{no}/materials/..%2f..%2fkeys"),
        format!("/cases/{no}/documents/..%2farticles"),
        "/assets/..%2f..%2fCargo.toml".to_owned(),
    ] {
        let reply = browser.get(&path).await;
        replies.push((path, reply));
    }
    replies
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strange_requests_are_refused_by_code_and_nothing_changes() {
    let folder = tempfile::tempdir().unwrap();
    let (house, no) = house(folder.path()).await;
    let browser = house.signed_in("founder").await;
    let before = house.heads().await;
    for (what, reply) in strange_requests(&browser, &no).await {
        let what: String = what.chars().take(60).collect();
        assert!(reply.status.is_client_error(), "{what}: {} {}", reply.status, reply.text);
        reply.refusal(&what);
        // Programs may be told of what they sent; a page never holds it.
        let kind = reply.headers[header::CONTENT_TYPE].to_str().unwrap();
        assert_eq!(kind, "application/problem+json", "{what}");
    }
    assert_eq!(house.heads().await, before, "nothing has happened");
    let told: Value = browser.get(&format!("/api/v1/cases/{no}")).await.json();
    assert_eq!(told["state"], "draft", "{told}");
    house.engine().stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_that_this_site_did_not_hand_out_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (house, no) = house(folder.path()).await;
    let browser = house.signed_in("founder").await;
    let before = house.heads().await;
    let urlencoded = "application/x-www-form-urlencoded";
    let path = format!("/cases/{no}/withdraw");
    let large = "x=".to_owned() + &"y".repeat(3 << 20);
    for (what, origin, kind, body) in [
        ("no token", None, urlencoded, "reason=x".to_owned()),
        ("a wrong token", None, urlencoded, "_csrf=AAAA&reason=x".to_owned()),
        ("another site", Some("https://evil.example"), urlencoded, "reason=x".to_owned()),
        ("a form without a boundary", None, "multipart/form-data", "reason=x".to_owned()),
        ("a form that is too large", None, urlencoded, large),
    ] {
        let mut request = browser.request(Method::POST, &path).header(header::CONTENT_TYPE, kind);
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        let reply = browser.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(reply.status, 403, "{what}: {reply:?}");
        assert_eq!(reply.refusal(what), "FORGED_REQUEST");
    }
    assert_eq!(house.heads().await, before, "nothing has happened");
    house.engine().stop().await;
}
