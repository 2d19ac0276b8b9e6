//! A person walks from the sign-in page to the identity provider and back, over the routes that serve.

use super::*;
use crate::assemble::{Setup, assemble_with, quiet};
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use module::{Clock as _, SystemClock};
use standins::oidc::{Config, Person, Provider};
use tower::ServiceExt as _;

const SITE: &str = "http://127.0.0.1:8080";

async fn provider() -> (Provider, OidcSettings) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let person = Person {
        sub: "chen".into(),
        name: "陈思远".into(),
        id_type: "resident_id".into(),
        id_number: "440113199003074516".into(),
        mobile: "13800138000".into(),
        acr: "face".into(),
    };
    let config = Config {
        issuer: issuer.clone(),
        client_id: "lianban".into(),
        client_secret: "geheim".into(),
        redirect_uris: vec![format!("{SITE}/sign-in/back")],
        people: vec![person],
        automatic: true,
        now: || SystemClock.now(),
        seed: [9; 32],
    };
    let provider = Provider::new(config).unwrap();
    tokio::spawn(provider.clone().serve(listener));
    let mut settings = OidcSettings::new(issuer, "lianban", Some("geheim".into()));
    settings.name = Label::new("粤省事登录", "Yueshengshi");
    (provider, settings)
}

async fn asked(router: &axum::Router, address: &str, cookie: &str) -> Response<Body> {
    let request = Request::get(address).header(header::COOKIE, cookie);
    router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

fn told(response: &Response<Body>, name: header::HeaderName) -> String {
    let value = response.headers().get(name).map(|value| value.to_str().unwrap());
    value.unwrap_or_default().to_owned()
}

/// The cookie that an answer sets, as a browser sends it back.
fn cookie(response: &Response<Body>) -> String {
    told(response, header::SET_COOKIE).split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_person_goes_to_the_provider_and_comes_back_signed_in() {
    let (provider, settings) = provider().await;
    let home = tempfile::tempdir().unwrap();
    let mut setup = Setup::new(home.path().join("data"), None);
    setup.public_url = SITE.to_owned();
    setup.login = Some(settings);
    setup.sign_up = false;
    let assembly = assemble_with(&setup, Arc::new(SystemClock), quiet()).await.unwrap();
    let site = &assembly.router;

    let page = asked(site, "/sign-in?lang=zh", "").await;
    let page = axum::body::to_bytes(page.into_body(), 1 << 20).await.unwrap();
    let page = String::from_utf8_lossy(&page).into_owned();
    assert!(page.contains("粤省事登录"), "{page}");
    let gone = asked(site, "/sign-up", "").await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND, "nobody registers a login here");

    let away = asked(site, "/sign-in/federated?next=/cases", "").await;
    assert_eq!(away.status(), StatusCode::SEE_OTHER);
    let (to, held) = (told(&away, header::LOCATION), cookie(&away));
    assert!(to.contains("code_challenge_method=S256") && !to.contains("geheim"), "{to}");
    let at_the_provider = asked(&provider.router(), &to, "").await;
    let back = told(&at_the_provider, header::LOCATION);
    let back = back.strip_prefix(SITE).unwrap_or_else(|| panic!("sent to {back}"));

    // Another browser, which holds nothing, gains nothing by the same address.
    assert_eq!(asked(site, back, "").await.status(), StatusCode::UNAUTHORIZED);
    let signed_in = asked(site, back, &held).await;
    assert_eq!(signed_in.status(), StatusCode::SEE_OTHER);
    assert_eq!(told(&signed_in, header::LOCATION), "/cases");
    let session = cookie(&signed_in);
    let cases = asked(site, "/cases", &session).await;
    assert_eq!(cases.status(), StatusCode::OK);
    let page = axum::body::to_bytes(cases.into_body(), 1 << 20).await.unwrap();
    assert!(String::from_utf8_lossy(&page).contains("陈思远"));
    // The code was used up.
    assert_eq!(asked(site, back, &held).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_provider_that_is_down_leaves_a_page_that_says_so() {
    let (provider, settings) = provider().await;
    let home = tempfile::tempdir().unwrap();
    let mut setup = Setup::new(home.path().join("data"), None);
    setup.public_url = SITE.to_owned();
    setup.login = Some(settings);
    let assembly = assemble_with(&setup, Arc::new(SystemClock), quiet()).await.unwrap();
    provider.switch(standins::oidc::Switches { down: true, ..Default::default() });
    let away = asked(&assembly.router, "/sign-in/federated", "").await;
    assert!(away.status().is_server_error(), "{}", away.status());
    let page = axum::body::to_bytes(away.into_body(), 1 << 20).await.unwrap();
    let page = String::from_utf8_lossy(&page).into_owned();
    assert!(page.contains("IDN-") && !page.contains("geheim"), "{page}");
}
