//! Sign-in against a stand-in that misbehaves on demand, and against a real provider program.
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is a failure told")]

mod real_provider;
mod standin;

use identity::Held;

/// Where the provider sends people back to; nobody listens there, the tests read the address.
pub(crate) const REDIRECT: &str = "http://127.0.0.1/sign-in/back";

pub(crate) fn held() -> Held {
    Held {
        state: "a state of this test".into(),
        nonce: "a nonce of this test".into(),
        verifier: "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEF".into(),
        next: "/".into(),
    }
}

/// The value of a parameter in the query of an address.
pub(crate) fn parameter(address: &str, name: &str) -> Option<String> {
    let url: reqwest::Url = address.parse().ok()?;
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

pub(crate) fn browser() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// Where an answer sends the browser.
pub(crate) fn location(answer: &reqwest::Response) -> String {
    let to = answer.headers().get("location").unwrap().to_str().unwrap();
    answer.url().join(to).unwrap().to_string()
}
