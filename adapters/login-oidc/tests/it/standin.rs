//! Against `standins::oidc`: everything that may be wrong with an answer.

use crate::{REDIRECT, browser, held, location, parameter};
use identity::model::Assurance;
use identity::{Claims, Federated as _, FederatedError, Held};
use login_oidc::{OidcLogin, OidcSettings};
use module::Clock as _;
use standins::oidc::{Config, Person, Provider, Switches};
use std::time::Duration;

fn person() -> Person {
    Person {
        sub: "chen".into(),
        name: "陈思远".into(),
        id_type: "resident_id".into(),
        id_number: "440113199903074511".into(),
        mobile: "13800138000".into(),
        acr: "face".into(),
    }
}

async fn provider(automatic: bool) -> (Provider, OidcSettings) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let config = Config {
        issuer: issuer.clone(),
        client_id: "lianban".into(),
        client_secret: "a secret, with: signs".into(),
        redirect_uris: vec![REDIRECT.into()],
        people: vec![person()],
        automatic,
        now: || module::SystemClock.now(),
        seed: [9; 32],
    };
    let provider = Provider::new(config).unwrap();
    tokio::spawn(provider.clone().serve(listener));
    let settings = OidcSettings::new(issuer, "lianban", Some("a secret, with: signs".into()));
    (provider, OidcSettings { timeout: Duration::from_millis(500), ..settings })
}

/// Goes to the provider and comes back with a code and a state.
async fn visit(login: &OidcLogin, held: &Held) -> (String, String) {
    let address = login.start(REDIRECT, held).await.unwrap();
    let answer = browser().get(&address).send().await.unwrap();
    let back = location(&answer);
    assert!(back.starts_with(REDIRECT), "{back}");
    (parameter(&back, "code").unwrap(), parameter(&back, "state").unwrap())
}

async fn sign_in(login: &OidcLogin) -> Result<Claims, FederatedError> {
    let held = held();
    let (code, state) = visit(login, &held).await;
    login.finish(REDIRECT, &held, &code, &state).await
}

#[tokio::test]
async fn a_person_comes_back_with_name_document_and_assurance() {
    let (_provider, settings) = provider(true).await;
    let issuer = settings.issuer.clone();
    let claims = sign_in(&OidcLogin::new(settings).unwrap()).await.unwrap();
    let person = person();
    assert_eq!(
        claims,
        Claims {
            issuer,
            subject: person.sub,
            name: person.name,
            id_type: person.id_type,
            id_number: person.id_number,
            mobile: Some(person.mobile),
            assurance: Assurance::Face,
        }
    );
}

#[tokio::test]
async fn the_page_of_the_provider_lets_choose_and_cancel() {
    let (_provider, settings) = provider(false).await;
    let login = OidcLogin::new(settings).unwrap();
    let held = held();
    let address = login.start(REDIRECT, &held).await.unwrap();
    let page = browser().get(&address).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("陈思远"));
    let url: reqwest::Url = address.parse().unwrap();
    for (sub, name) in [("chen", "code"), ("", "error")] {
        let mut form: Vec<(String, String)> =
            url.query_pairs().map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
        form.push(("sub".into(), sub.into()));
        let answer = browser().post(url.clone()).form(&form).send().await.unwrap();
        assert!(parameter(&location(&answer), name).is_some(), "{sub}");
    }
}

#[tokio::test]
async fn an_answer_that_does_not_hold_signs_nobody_in() {
    let (provider, settings) = provider(true).await;
    let good = Switches::default();
    for (what, switches) in [
        ("signature", Switches { wrong_signature: true, ..good }),
        ("nonce", Switches { wrong_nonce: true, ..good }),
        ("audience", Switches { wrong_audience: true, ..good }),
        ("age", Switches { stale: true, ..good }),
        ("person", Switches { wrong_person: true, ..good }),
    ] {
        provider.switch(switches);
        let answer = sign_in(&OidcLogin::new(settings.clone()).unwrap()).await;
        assert!(matches!(answer, Err(FederatedError::Refused(_))), "{what}: {answer:?}");
    }
    provider.switch(good);
    assert!(sign_in(&OidcLogin::new(settings).unwrap()).await.is_ok());
}

#[tokio::test]
async fn another_state_verifier_or_secret_and_a_used_code_are_refused() {
    let (_provider, settings) = provider(true).await;
    let login = OidcLogin::new(settings.clone()).unwrap();
    let right = held();
    let (code, state) = visit(&login, &right).await;
    let answer = login.finish(REDIRECT, &right, &code, "another state").await;
    assert!(matches!(answer, Err(FederatedError::Refused(_))));
    let stolen = Held { verifier: "z".repeat(43), ..held() };
    let answer = login.finish(REDIRECT, &stolen, &code, &state).await;
    assert!(matches!(answer, Err(FederatedError::Refused(_))), "PKCE");
    let answer = login.finish(REDIRECT, &right, &code, &state).await;
    assert!(matches!(answer, Err(FederatedError::Refused(_))), "a wrong guess uses the code up");
    let (code, state) = visit(&login, &right).await;
    assert!(login.finish(REDIRECT, &right, &code, &state).await.is_ok());
    assert!(login.finish(REDIRECT, &right, &code, &state).await.is_err(), "a code is used once");
    let wrong = OidcSettings { client_secret: Some("guessed".into()), ..settings };
    let answer = sign_in(&OidcLogin::new(wrong).unwrap()).await;
    assert!(matches!(answer, Err(FederatedError::Refused(_))), "{answer:?}");
}

#[tokio::test]
async fn a_provider_that_is_down_or_silent_is_told_as_such_and_forgiven() {
    let (provider, settings) = provider(true).await;
    let login = OidcLogin::new(settings).unwrap();
    let good = Switches::default();
    for switches in [Switches { down: true, ..good }, Switches { silent: true, ..good }] {
        provider.switch(switches);
        let answer = login.start(REDIRECT, &held()).await;
        assert!(matches!(answer, Err(FederatedError::Down(_))), "{switches:?} {answer:?}");
    }
    provider.switch(Switches { slow_ms: 50, ..good });
    assert!(sign_in(&login).await.is_ok(), "slow is not down");
    let (code, state) = visit(&login, &held()).await;
    provider.switch(Switches { silent: true, ..good });
    let answer = login.finish(REDIRECT, &held(), &code, &state).await;
    assert!(matches!(answer, Err(FederatedError::Down(_))), "{answer:?}");
}

#[tokio::test]
async fn an_address_that_is_not_registered_gets_no_code() {
    let (_provider, settings) = provider(true).await;
    let login = OidcLogin::new(settings).unwrap();
    let address = login.start("http://127.0.0.1/elsewhere", &held()).await.unwrap();
    let answer = browser().get(&address).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 400);
}
