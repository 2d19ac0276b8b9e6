//! Forms from elsewhere, routes without a sign-in, tables rebuilt.

use crate::browser::{Browser, PASSWORD, site};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use identity::model::SessionKey;
use identity::queries;
use tables::Query;

const CHEN: &str = "440113199903074511";

#[tokio::test]
async fn a_form_from_elsewhere_changes_nothing() {
    let site = site().await;
    site.person("chen", "陈思远", CHEN).await;
    let mut browser = Browser::default();
    browser.sign_in(&site, "chen", PASSWORD).await;
    let token = browser.get(&site, "/identity/acting").await.token().unwrap().to_owned();
    let before = site.events().await;
    let form = |path: &str, site_said: &str, token: &str| {
        Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", site_said)
            .body(Body::from(format!("_csrf={token}")))
            .unwrap()
    };
    for request in [
        form("/sign-out", "cross-site", &token),
        form("/sign-out", "same-site", &token),
        form("/sign-out", "same-origin", "guessed"),
        form("/sign-out", "same-origin", ""),
    ] {
        let answer = browser.send(&site, request).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.text.contains("IDN-0016"), "{}", answer.text);
    }
    assert_eq!(site.events().await, before);
    assert_eq!(browser.get(&site, "/identity/acting").await.status, StatusCode::OK);
    let answer = browser.send(&site, form("/sign-out", "same-origin", &token)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_token_of_one_browser_is_worth_nothing_in_another() {
    let site = site().await;
    site.person("chen", "陈思远", CHEN).await;
    let (mut victim, mut attacker) = (Browser::default(), Browser::default());
    victim.sign_in(&site, "chen", PASSWORD).await;
    let token = attacker.get(&site, "/sign-in").await.token().unwrap().to_owned();
    let answer = victim.post_bare(&site, "/sign-out", &[("_csrf", &token)]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let fields = [("_csrf", token.as_str()), ("login", "chen"), ("password", PASSWORD)];
    let answer = Browser::default().post_bare(&site, "/sign-in", &fields).await;
    assert_eq!(
        answer.status,
        StatusCode::FORBIDDEN,
        "not even a sign-in can be forced on a browser"
    );
}

#[tokio::test]
async fn every_page_of_ones_own_asks_for_a_sign_in() {
    let site = site().await;
    let before = site.events().await;
    for path in ["/identity/acting", "/identity/password", "/identity/mandates", "/identity/reads"]
    {
        let answer = Browser::default().get(&site, path).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        assert!(answer.text.contains("请先登录"), "{path}");
        let answer = Browser::default().get(&site, &format!("{path}?lang=en")).await;
        assert!(answer.text.contains("Please sign in first"), "{path}");
    }
    for path in
        ["/identity/acting", "/identity/password", "/identity/mandates", "/identity/mandates/end"]
    {
        let answer = Browser::default().post(&site, "/sign-in", path, &[]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(site.events().await, before);
}

#[tokio::test]
async fn a_cookie_from_elsewhere_is_not_taken_over_by_a_sign_in() {
    let site = site().await;
    site.person("chen", "陈思远", CHEN).await;
    let mut browser = Browser::default();
    browser.cookies.insert("session".into(), "planted".into());
    browser.sign_in(&site, "chen", PASSWORD).await;
    assert_ne!(browser.cookies["session"], "planted");
    let planted = SessionKey::new(seals::Digest::sha256(b"planted").hex());
    assert_eq!(queries::session(&*site.platform.reader, &planted).await.unwrap(), None);
}

#[tokio::test]
async fn sessions_and_logins_survive_a_restart_and_rebuilt_tables_equal_the_live_ones() {
    let mut site = site().await;
    site.person("chen", "陈思远", CHEN).await;
    Browser::default().sign_in(&site, "chen", PASSWORD).await;
    let dump = async |reader: &dyn tables::Reader| {
        let mut all = Vec::new();
        for table in ["logins", "posts", "sessions", "parties", "mandates", "reads"] {
            let query = Query::new(format!("SELECT * FROM identity_{table}"));
            let rows = reader.rows(query).await.unwrap();
            all.push((table, rows.iter().map(|row| row.cells().to_vec()).collect::<Vec<_>>()));
        }
        all
    };
    let before = dump(&*site.bed.platform().reader).await;
    assert!(before.iter().filter(|(_, rows)| !rows.is_empty()).count() >= 3);
    site.bed = site.bed.restart_without_tables().await.unwrap();
    assert_eq!(dump(&*site.bed.platform().reader).await, before);
}

#[tokio::test]
async fn one_can_sign_out_from_a_page_about_a_failure() {
    let site = site().await;
    site.person("chen", "陈思远", CHEN).await;
    let mut browser = Browser::default();
    browser.sign_in(&site, "chen", PASSWORD).await;
    let page = browser.get(&site, "/identity/logins").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text.contains("陈思远") && page.text.contains("IDN-0002"), "{}", page.text);
    let token = page.token().unwrap();
    let answer = browser.post_bare(&site, "/sign-out", &[("_csrf", token)]).await;
    assert_eq!(answer.location(), "/");
}

#[tokio::test]
async fn a_program_is_told_of_a_forged_request_as_a_problem() {
    let site = site().await;
    let request = Request::post("/identity/acting")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from("{}"))
        .unwrap();
    let mut program = Browser { cookies: std::collections::BTreeMap::new(), page: false };
    let answer = program.send(&site, request).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let problem: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(problem["reason"], "FORGED_REQUEST");
}

#[tokio::test]
async fn a_refused_form_is_told_in_the_frame_of_the_site_and_leads_back() {
    let site = site().await;
    site.person("chen", "陈思远", CHEN).await;
    let mut browser = Browser::default();
    browser.sign_in(&site, "chen", PASSWORD).await;
    for (lang, words, back) in [
        ("zh", "什么也没有改动。请返回刚才的页面，刷新后重新提交", "返回刚才的页面"),
        ("en", "nothing was changed. Go back to the page, reload it", "Back to the page before"),
    ] {
        let request = Request::post("/identity/acting")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::HOST, "lianban.example")
            .header(
                header::REFERER,
                format!("http://lianban.example/identity/mandates?lang={lang}"),
            )
            .header(header::ACCEPT_LANGUAGE, lang)
            .body(Body::from("_csrf=guessed"))
            .unwrap();
        let answer = browser.send(&site, request).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.text.contains(words) && answer.text.contains(back), "{}", answer.text);
        let href = format!("href=\"/identity/mandates?lang={lang}\"");
        assert!(answer.text.contains(&href), "{}", answer.text);
        assert!(answer.text.contains("陈思远"), "the head says who is signed in");
        assert!(!answer.text.contains("没有办理这一事项的权限"), "it is no matter of rights");
        // The button of the head works, although the form before it was refused.
        assert!(answer.token().is_some());
    }
}

#[tokio::test]
async fn a_mandate_given_by_two_clicks_is_given_once() {
    let site = site().await;
    site.person("chen", "陈思远", CHEN).await;
    site.person("ruotong", "李若彤", "440305199211180322").await;
    let mut browser = Browser::default();
    browser.sign_in(&site, "chen", PASSWORD).await;
    let page = browser.get(&site, "/identity/mandates").await;
    let id = page.text.split("action=\"/identity/mandates\"").nth(1).unwrap();
    let id = id.split("name=\"_command_id\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let token = page.token().unwrap();
    let fields = [
        ("_csrf", token),
        ("_command_id", id),
        ("id_type", "resident_id"),
        ("id_number", "440305199211180322"),
        ("services", "28/food"),
    ];
    let first = browser.post_bare(&site, "/identity/mandates", &fields).await;
    let events = site.events().await;
    let second = browser.post_bare(&site, "/identity/mandates", &fields).await;
    let answers = (first.status.as_u16(), second.status.as_u16());
    assert_eq!(answers, (303, 303), "{}{}", first.text, second.text);
    assert_eq!(site.events().await, events, "nothing happened twice");
    let page = browser.get(&site, "/identity/mandates").await.text;
    assert_eq!(page.matches("action=\"/identity/mandates/end\"").count(), 1, "{page}");
}
