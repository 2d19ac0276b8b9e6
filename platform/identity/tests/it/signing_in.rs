//! Signing in, out and up; locks, limits, sessions, roles.

use crate::browser::{Browser, PASSWORD, Site, site};
use axum::http::StatusCode;
use identity::model::Role;
use module::Stage as _;

const CHEN: &str = "440113199903074511";

async fn later(site: &Site, seconds: i64) {
    site.bed.wind(site.bed.now().plus_seconds(seconds)).await.unwrap();
}

#[tokio::test]
async fn a_person_signs_in_and_out() {
    let site = site().await;
    site.person("chen", "陈思远", CHEN).await;
    let mut browser = Browser::default();
    let answer = browser.sign_in(&site, "Chen", PASSWORD).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/identity/mandates"));
    let page = browser.get(&site, "/identity/acting").await;
    assert!(page.text.contains("本人 陈思远"), "{}", page.text);
    let answer = browser.post(&site, "/identity/acting", "/sign-out", &[]).await;
    assert_eq!(answer.location(), "/");
    assert!(!browser.cookies.contains_key("session"));
    let page = browser.get(&site, "/identity/acting").await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert!(page.text.contains("IDN-0001"));
}

#[tokio::test]
async fn a_session_that_was_signed_out_opens_nothing_any_more() {
    let site = site().await;
    site.person("chen", "陈思远", CHEN).await;
    let mut browser = Browser::default();
    browser.sign_in(&site, "chen", PASSWORD).await;
    let stolen = browser.cookies.clone();
    browser.post(&site, "/identity/acting", "/sign-out", &[]).await;
    let mut thief = Browser { cookies: stolen, page: true };
    assert_eq!(thief.get(&site, "/identity/acting").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn neither_name_nor_password_is_told_to_be_wrong() {
    let site = site().await;
    site.person("chen", "陈思远", CHEN).await;
    let mut browser = Browser::default();
    for (login, password) in [("chen", "wrong password"), ("nobody", PASSWORD), ("b a d", PASSWORD)]
    {
        let answer = browser.sign_in(&site, login, password).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(answer.text.contains("登录名或者密码不正确"), "{login}");
    }
}

#[tokio::test]
async fn five_wrong_passwords_lock_and_a_quarter_of_an_hour_unlocks() {
    let site = site().await;
    site.person("chen", "陈思远", CHEN).await;
    let mut browser = Browser::default();
    for _ in 0..5 {
        browser.sign_in(&site, "chen", "wrong password").await;
    }
    let answer = browser.sign_in(&site, "chen", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::LOCKED);
    later(&site, 15 * 60).await;
    assert_eq!(browser.sign_in(&site, "chen", PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn one_address_tries_twenty_times_in_five_minutes() {
    let site = site().await;
    let mut browser = Browser::default();
    for _ in 0..20 {
        assert_eq!(
            browser.sign_in(&site, "nobody", PASSWORD).await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    let answer = browser.sign_in(&site, "nobody", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    later(&site, 300).await;
    assert_eq!(browser.sign_in(&site, "nobody", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn use_keeps_a_session_and_idleness_ends_it() {
    let site = site().await;
    site.person("chen", "陈思远", CHEN).await;
    let mut browser = Browser::default();
    browser.sign_in(&site, "chen", PASSWORD).await;
    for _ in 0..3 {
        later(&site, 5400).await;
        assert_eq!(browser.get(&site, "/identity/acting").await.status, StatusCode::OK);
    }
    later(&site, 7200).await;
    assert_eq!(browser.get(&site, "/identity/acting").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn who_registers_is_a_party_and_the_same_document_is_the_same_person() {
    let site = site().await;
    let mut browser = Browser::default();
    let fields = |login| {
        [
            ("login", login),
            ("password", PASSWORD),
            ("password_again", PASSWORD),
            ("name", "陈思远"),
            ("id_type", "resident_id"),
            ("id_number", "440113 19990307 4511"),
        ]
    };
    let answer = browser.post(&site, "/sign-up", "/sign-up", &fields("chen")).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"), "{}", answer.text);
    assert!(browser.get(&site, "/identity/acting").await.text.contains("陈思远"));
    let mut thief = Browser::default();
    let answer = thief.post(&site, "/sign-up", "/sign-up", &fields("thief")).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.text.contains("已经注册过登录账号"));
    let answer = thief.post(&site, "/sign-up", "/sign-up", &fields("chen")).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_registration_names_every_fault_and_changes_nothing() {
    let site = site().await;
    let before = site.events().await;
    let fields = [
        ("login", "a"),
        ("password", "short"),
        ("password_again", "short"),
        ("name", ""),
        ("id_type", "resident_id"),
        ("id_number", "440113199903074517"),
    ];
    let mut browser = Browser::default();
    let answer = browser.post(&site, "/sign-up", "/sign-up", &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for text in ["登录名应为", "密码应为 12 至 128", "请填写姓名", "应为“1”"] {
        assert!(answer.text.contains(text), "{text}: {}", answer.text);
    }
    assert!(!answer.text.contains("value=\"short\""), "a password is never shown again");
    assert_eq!(site.events().await, before);
}

#[tokio::test]
async fn a_new_password_signs_out_every_other_browser() {
    let site = site().await;
    site.person("chen", "陈思远", CHEN).await;
    let (mut here, mut there) = (Browser::default(), Browser::default());
    here.sign_in(&site, "chen", PASSWORD).await;
    there.sign_in(&site, "chen", PASSWORD).await;
    let new = "another long password";
    let fields = [("old", PASSWORD), ("password", new), ("password_again", new)];
    let answer = here.post(&site, "/identity/password", "/identity/password", &fields).await;
    assert!(answer.text.contains("密码已修改"), "{}", answer.text);
    assert_eq!(here.get(&site, "/identity/acting").await.status, StatusCode::OK);
    assert_eq!(there.get(&site, "/identity/acting").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(there.sign_in(&site, "chen", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(there.sign_in(&site, "chen", new).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn who_holds_several_posts_chooses_and_none_is_taken_that_is_not_hers() {
    let site = site().await;
    site.officer("limin", Role::Reviewer).await;
    site.officer("limin", Role::Head).await;
    let mut browser = Browser::default();
    let answer = browser.sign_in(&site, "limin", PASSWORD).await;
    assert_eq!(answer.location(), "/identity/acting?next=/identity/mandates");
    let fields = [("acting", "officer:440115-market:head"), ("next", "/cases")];
    let answer = browser.post(&site, "/identity/acting", "/identity/acting", &fields).await;
    assert_eq!(answer.location(), "/cases");
    let fields = [("acting", "officer:440115-tax:head")];
    let answer = browser.post(&site, "/identity/acting", "/identity/acting", &fields).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn no_event_shows_a_name_a_number_or_a_hash() {
    let site = site().await;
    site.person("chen", "陈思远", CHEN).await;
    let mut browser = Browser::default();
    browser.sign_in(&site, "chen", PASSWORD).await;
    let events = site.bed.events(&kernel::Shard::new("000000"), 0).await.unwrap();
    assert!(events.len() >= 5);
    for event in events {
        for secret in ["陈思远", CHEN, PASSWORD, "argon2", &browser.cookies["session"]] {
            assert!(!event.body.text().contains(secret), "{}", event.body.text());
        }
    }
}

#[tokio::test]
async fn an_operator_unlocks_logins_and_gives_posts_in_her_own_jurisdiction() {
    let site = site().await;
    site.officer("op-1", Role::Operator).await;
    site.person("chen", "陈思远", CHEN).await;
    let mut someone = Browser::default();
    for _ in 0..5 {
        someone.sign_in(&site, "chen", "wrong password").await;
    }
    let mut operator = Browser::default();
    operator.sign_in(&site, "op-1", PASSWORD).await;
    let page = "/identity/logins?login=chen";
    let shown = operator.get(&site, page).await;
    assert!(shown.text.contains("已暂停登录"), "{}", shown.text);
    operator.post(&site, page, "/identity/logins/unlock", &[("login", "chen")]).await;
    let answer = someone.sign_in(&site, "chen", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);

    let give = |organ| [("login", "chen"), ("organ", organ), ("role", "head"), ("name", "陈思远")];
    let path = "/identity/logins/post";
    for (organ, status) in [
        ("440115-market", StatusCode::SEE_OTHER),
        ("440300-market", StatusCode::FORBIDDEN),
        ("nowhere", StatusCode::NOT_FOUND),
    ] {
        let answer = operator.post(&site, page, path, &give(organ)).await;
        assert_eq!(answer.status, status, "{organ}");
    }
    assert!(
        someone.get(&site, "/identity/acting").await.text.contains("officer:440115-market:head")
    );
    let fields =
        [("login", "chen"), ("organ", "440115-market"), ("role", "head"), ("_action", "detach")];
    operator.post(&site, page, path, &fields).await;
    assert!(!someone.get(&site, "/identity/acting").await.text.contains("officer:"));
    let before = site.events().await;
    let answer = someone.get(&site, page).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let answer = someone.post(&site, "/identity/acting", path, &give("440115-market")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(site.events().await, before);
}

#[tokio::test]
async fn whoever_knows_the_password_is_not_slowed_down() {
    let site = site().await;
    site.person("chen", "陈思远", CHEN).await;
    for _ in 0..25 {
        let answer = Browser::default().sign_in(&site, "chen", PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
}
