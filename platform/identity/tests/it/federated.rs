//! Coming back from an identity provider; the protocol itself is tried in `login-oidc`.

use crate::browser::{Answer, Browser, PASSWORD, Site, site_with};
use axum::http::StatusCode;
use identity::model::Assurance;
use identity::{Claims, Federated, FederatedError, Held};
use kernel::Waiting;
use std::sync::Arc;

const CHEN: &str = "440113199903074511";

/// A provider that answers by the code it is given.
struct Provider;

impl Federated for Provider {
    fn name(&self) -> codes::Label {
        codes::Label::new("统一身份认证", "Identity provider")
    }

    fn start<'a>(
        &'a self,
        redirect: &'a str,
        held: &'a Held,
    ) -> Waiting<'a, Result<String, FederatedError>> {
        let address = format!("https://id.example/authorize?back={redirect}&state={}", held.state);
        Box::pin(async { Ok(address) })
    }

    fn finish<'a>(
        &'a self,
        _redirect: &'a str,
        held: &'a Held,
        code: &'a str,
        _state: &'a str,
    ) -> Waiting<'a, Result<Claims, FederatedError>> {
        let claims = Claims {
            issuer: "https://id.example".into(),
            subject: "subject-1".into(),
            name: "陈思远".into(),
            id_type: "resident_id".into(),
            id_number: if code == "typo" { "440113199903074516" } else { CHEN }.into(),
            mobile: Some("13800138000".into()),
            assurance: Assurance::Face,
        };
        let verifier = held.verifier.len();
        Box::pin(async move {
            match code {
                "down" => Err(FederatedError::Down("silent".into())),
                "bad" => Err(FederatedError::Refused("signature".into())),
                _ if verifier != 43 => Err(FederatedError::Refused("verifier".into())),
                _ => Ok(claims),
            }
        })
    }
}

async fn site() -> Site {
    site_with(Some(Arc::new(Provider))).await
}

/// Goes to the provider and comes back with a code.
async fn back(site: &Site, browser: &mut Browser, code: &str) -> Answer {
    let gone = browser.get(site, "/sign-in/federated?next=/cases").await;
    let state = gone.location().rsplit('=').next().unwrap().to_owned();
    browser.get(site, &format!("/sign-in/back?code={code}&state={state}")).await
}

#[tokio::test]
async fn who_comes_back_is_signed_in_as_a_party_with_the_providers_assurance() {
    let site = site().await;
    let mut browser = Browser::default();
    let answer = back(&site, &mut browser, "good").await;
    assert_eq!(
        (answer.status, answer.location()),
        (StatusCode::SEE_OTHER, "/cases"),
        "{}",
        answer.text
    );
    assert!(!browser.cookies.contains_key("held"), "what was held is used up");
    let page = browser.get(&site, "/identity/acting").await;
    assert!(page.text.contains("本人 陈思远") && page.text.contains("人脸核验"), "{}", page.text);
    // She is the same party whichever way she comes; coming again adds her sign-in and her session alone.
    let party = site.person("chen", "陈思远", CHEN).await;
    let before = site.events().await;
    let mut again = Browser::default();
    back(&site, &mut again, "good").await;
    assert_eq!(site.events().await, before + 2);
    let page = again.get(&site, "/identity/acting").await;
    assert!(page.text.contains(&format!("party:{party}")), "{}", page.text);
}

#[tokio::test]
async fn a_typed_identity_does_not_take_over_who_was_confirmed() {
    let site = site().await;
    back(&site, &mut Browser::default(), "good").await;
    let fields = [
        ("login", "thief"),
        ("password", PASSWORD),
        ("password_again", PASSWORD),
        ("name", "陈思远"),
        ("id_type", "resident_id"),
        ("id_number", CHEN),
    ];
    let answer = Browser::default().post(&site, "/sign-up", "/sign-up", &fields).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.text.contains("已经注册过登录账号"));
}

#[tokio::test]
async fn an_answer_that_does_not_hold_signs_nobody_in_and_changes_nothing() {
    let site = site().await;
    let before = site.events().await;
    for (code, status) in [
        ("down", StatusCode::SERVICE_UNAVAILABLE),
        ("bad", StatusCode::UNAUTHORIZED),
        ("typo", StatusCode::UNAUTHORIZED),
    ] {
        let mut browser = Browser::default();
        let answer = back(&site, &mut browser, code).await;
        assert_eq!(answer.status, status, "{code}");
        assert!(!browser.cookies.contains_key("session"), "{code}");
    }
    let mut browser = Browser::default();
    browser.get(&site, "/sign-in/federated").await;
    let answer = browser.get(&site, "/sign-in/back?code=good&state=guessed").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let answer = browser.get(&site, "/sign-in/back?error=access_denied&state=x").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let answer = Browser::default().get(&site, "/sign-in/back?code=good&state=x").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "another browser than the one that went");
    assert_eq!(site.events().await, before);
}
