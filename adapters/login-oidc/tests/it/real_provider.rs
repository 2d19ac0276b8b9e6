//! Against npm `oidc-provider`, a certified implementation: RS256, its own sign-in and consent pages.
//!
//! It needs node and npm. Where they are missing the test notes it and returns; with `LIANBAN_REQUIRE=1` it fails.

use crate::{REDIRECT, browser, held, location, parameter};
use identity::Federated as _;
use identity::model::Assurance;
use login_oidc::{OidcLogin, OidcSettings};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/provider")
}

async fn runs(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().await.is_ok_and(|status| status.success())
}

/// The provider's program; it ends with the value, and by itself when its standard input closes.
struct Running {
    issuer: String,
    _child: Child,
}

/// Starts the provider, or names the program that is missing.
async fn start() -> Result<Running, String> {
    for program in ["node", "npm"] {
        if !runs(program).await {
            return Err(program.to_owned());
        }
    }
    if !folder().join("node_modules/oidc-provider").exists() {
        let mut install = Command::new("npm");
        install.args(["ci", "--ignore-scripts", "--silent"]).current_dir(folder());
        if !install.status().await.is_ok_and(|done| done.success()) {
            return Err("npm package oidc-provider".into());
        }
    }
    let mut child = Command::new("node")
        .arg("server.mjs")
        .current_dir(folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some(issuer) = line.strip_prefix("ISSUER ") {
            return Ok(Running { issuer: issuer.to_owned(), _child: child });
        }
    }
    panic!("oidc-provider is installed and does not start")
}

/// Cookies of the provider's pages.
#[derive(Default)]
struct Cookies(BTreeMap<String, String>);

impl Cookies {
    fn header(&self) -> String {
        self.0.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn take(&mut self, answer: &reqwest::Response) {
        for cookie in answer.headers().get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.0.insert(name.to_owned(), value.to_owned());
        }
    }

    /// Follows redirects until a page comes or the browser is sent back to us.
    async fn follow(&mut self, mut answer: reqwest::Response) -> Result<reqwest::Response, String> {
        loop {
            self.take(&answer);
            if !answer.status().is_redirection() {
                return Ok(answer);
            }
            let to = location(&answer);
            if to.starts_with(REDIRECT) {
                return Err(to);
            }
            answer = browser().get(to).header("cookie", self.header()).send().await.unwrap();
        }
    }
}

/// The hidden field that says what a page of the provider asks for, and where its form goes.
fn form_of(page: &str) -> (String, String) {
    let after = |mark: &str| {
        let (_, rest) = page.split_once(mark).unwrap();
        rest.split('"').next().unwrap().replace("&amp;", "&")
    };
    (after("action=\""), after("name=\"prompt\" value=\""))
}

/// Signs in and consents as a person would, and returns the address that the browser is sent back to.
async fn visit(address: &str) -> String {
    let mut cookies = Cookies::default();
    let mut answer = cookies.follow(browser().get(address).send().await.unwrap()).await;
    for _ in 0..4 {
        let page = match answer {
            Ok(page) => page,
            Err(back) => return back,
        };
        let base = page.url().clone();
        let (action, prompt) = form_of(&page.text().await.unwrap());
        let form = [("prompt", prompt.as_str()), ("login", "chen"), ("password", "any")];
        let to = base.join(&action).unwrap();
        let posted =
            browser().post(to).header("cookie", cookies.header()).form(&form).send().await.unwrap();
        answer = cookies.follow(posted).await;
    }
    panic!("the provider asks for more than a sign-in and a consent");
}

#[tokio::test]
async fn a_person_signs_in_at_a_real_provider() {
    // What is there and does not work is a failed test; only what is not there is left out.
    let running = match start().await {
        Ok(running) => running,
        Err(why) => return testbed::leave_out(&why),
    };
    let secret = Some("a secret of this test".to_owned());
    let settings = OidcSettings {
        timeout: Duration::from_secs(30),
        ..OidcSettings::new(running.issuer.clone(), "lianban", secret)
    };
    let login = OidcLogin::new(settings).unwrap();
    let held = held();
    let back = visit(&login.start(REDIRECT, &held).await.unwrap()).await;
    let code = parameter(&back, "code").unwrap();
    let state = parameter(&back, "state").unwrap();
    let claims = login.finish(REDIRECT, &held, &code, &state).await.unwrap();
    assert_eq!((claims.name.as_str(), claims.id_number.as_str()), ("陈思远", "440113199903074511"));
    assert_eq!(claims.mobile.as_deref(), Some("13800138000"));
    assert_eq!((claims.subject.as_str(), claims.assurance), ("chen", Assurance::RealName));
    let again = login.finish(REDIRECT, &held, &code, &state).await;
    assert!(again.is_err(), "a code is used once");
}
