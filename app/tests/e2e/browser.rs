//! A person at a browser: looks at pages, types, presses buttons, and waits for the page that follows.

use crate::house::{House, after};
use crate::sample::Typed;
use fantoccini::elements::Element;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::BufReader;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// How long a page may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// The password of every login of the demonstration, which the sign-in page shows.
const PASSWORD: &str = "lianban-demo-2026";
const PROGRAMS: [&str; 2] = ["chromedriver", "chromium"];

/// `chromedriver`; it ends with the test.
pub(crate) struct Driver {
    process: Child,
    _told: BufReader<ChildStdout>,
    address: String,
}

impl Driver {
    /// Starts it; `None` if there is no browser on this machine, which is noted.
    pub(crate) fn start() -> Option<Self> {
        if let Some(missing) = PROGRAMS.iter().find(|program| !is_installed(program)) {
            testbed::leave_out(missing);
            return None;
        }
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut told = BufReader::new(process.stdout.take().unwrap());
        let port = after(&mut told, "started successfully on port ");
        let address = format!("http://127.0.0.1:{port}");
        Some(Self { process, _told: told, address })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _status = self.process.wait();
    }
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|place| place.join(program).is_file())
}

/// A browser of one person, with nothing remembered from before.
pub(crate) struct Browser {
    pub(crate) client: Client,
    address: String,
    scripts: bool,
    /// The browser's process, while it runs.
    process: Option<u64>,
    _profile: TempDir,
}

impl Drop for Browser {
    /// A failed test leaves its browsers open, and they would outlive what started them.
    fn drop(&mut self) {
        if let Some(process) = self.process {
            let _gone = Command::new("kill").args(["-KILL", &process.to_string()]).status();
        }
    }
}

impl Browser {
    /// A browser with a window of this width.
    pub(crate) async fn open(driver: &Driver, house: &House, width: u32) -> Self {
        Self::with(driver, house, width, true).await
    }

    /// A browser that runs no scripts of pages.
    pub(crate) async fn without_scripts(driver: &Driver, house: &House) -> Self {
        Self::with(driver, house, 1280, false).await
    }

    async fn with(driver: &Driver, house: &House, width: u32, scripts: bool) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut args: Vec<String> = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--lang=zh-CN",
        ]
        .map(str::to_owned)
        .into();
        args.push(format!("--user-data-dir={}", profile.path().display()));
        if !scripts {
            args.push("--blink-settings=scriptEnabled=false".to_owned());
        }
        let mut asked = Capabilities::new();
        asked.insert("goog:chromeOptions".to_owned(), json!({ "args": args }));
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(asked)
            .connect(&driver.address)
            .await
            .unwrap();
        let told = client.capabilities().and_then(|told| told.get("goog:processID"));
        let process = told.and_then(Value::as_u64);
        assert!(process.is_some(), "chromedriver tells which process the browser is");
        let address = house.address.clone();
        let browser = Self { client, address, scripts, process, _profile: profile };
        browser.resize(width, 900).await;
        browser.go("/?lang=zh").await;
        browser
    }

    pub(crate) async fn resize(&self, width: u32, height: u32) {
        self.client.set_window_size(width, height).await.unwrap();
    }

    /// Opens a page of the site.
    pub(crate) async fn go(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.address)).await.unwrap();
    }

    /// The path of the page.
    pub(crate) async fn path(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        url.as_str().trim_start_matches(&self.address).to_owned()
    }

    /// What a person reads on the page.
    pub(crate) async fn text(&self) -> String {
        let text = self.run("return document.querySelector('main').innerText", vec![]).await;
        text.as_str().unwrap().to_owned()
    }

    /// Runs a script of the test, which also runs where the scripts of pages do not.
    pub(crate) async fn run(&self, script: &str, given: Vec<Value>) -> Value {
        match self.client.execute(script, given).await {
            Ok(value) => value,
            Err(error) => panic!("{script}: {error}"),
        }
    }

    /// The page says this.
    pub(crate) async fn says(&self, words: &str) {
        let text = self.text().await;
        assert!(text.contains(words), "{} does not say {words}: {text}", self.path().await);
    }

    /// Opens a page again and again until it says something: what other parts of the platform do takes its time.
    pub(crate) async fn comes_to_say(&self, path: &str, words: &str) {
        let mut text = String::new();
        let said = tokio::time::timeout(PATIENCE, async {
            while !text.contains(words) {
                self.go(path).await;
                text = self.text().await;
            }
        });
        assert!(said.await.is_ok(), "{path} never says {words}: {text}");
    }

    /// The first element that a selector finds.
    pub(crate) async fn find(&self, css: &str) -> Element {
        match self.client.find(Locator::Css(css)).await {
            Ok(found) => found,
            Err(_) => panic!("no {css} on {}: {}", self.path().await, self.text().await),
        }
    }

    pub(crate) async fn has(&self, css: &str) -> bool {
        !self.client.find_all(Locator::Css(css)).await.unwrap().is_empty()
    }

    /// Clicks, and waits until the page that follows is there.
    pub(crate) async fn click(&self, css: &str) {
        let element = self.find(css).await;
        self.run("window.isOld = true", vec![]).await;
        self.run("arguments[0].scrollIntoView({block: 'center'})", vec![json!(element)]).await;
        let asks = self.scripts && element.attr("data-confirm").await.unwrap().is_some();
        element.click().await.unwrap();
        if asks {
            self.find("dialog[open] .acts button").await.click().await.unwrap();
        }
        self.next_page().await;
    }

    /// Waits until another page has taken the place of the one that was marked as old.
    async fn next_page(&self) {
        let there = "return !window.isOld && document.readyState === 'complete'";
        let waited = tokio::time::timeout(PATIENCE, async {
            while self.client.execute(there, vec![]).await.ok() != Some(Value::Bool(true)) {}
        });
        assert!(
            waited.await.is_ok(),
            "nothing followed {}: {}",
            self.path().await,
            self.text().await
        );
    }

    /// Presses the button that does something, by its word.
    pub(crate) async fn press(&self, action: &str) {
        self.click(&format!("button[name=_action][value='{action}']:not(.away)")).await;
    }

    /// Presses a key where the person is, and waits for the page that follows.
    pub(crate) async fn press_key_to_leave(&self, key: &str) {
        self.run("window.isOld = true", vec![]).await;
        self.press_key(key).await;
        self.next_page().await;
    }

    /// Presses a key where the person is.
    pub(crate) async fn press_key(&self, key: &str) {
        self.client.active_element().await.unwrap().send_keys(key).await.unwrap();
    }

    /// Types into an input, key by key.
    pub(crate) async fn types(&self, css: &str, text: &str) {
        let input = self.find(css).await;
        input.clear().await.unwrap();
        input.send_keys(text).await.unwrap();
    }

    /// Signs in with a login of the demonstration.
    pub(crate) async fn signs_in(&self, login: &str) {
        self.go("/sign-in?lang=zh").await;
        self.types("#f-login", login).await;
        self.types("#f-password", PASSWORD).await;
        self.press("sign_in").await;
        assert!(!self.path().await.starts_with("/sign-in"), "{}", self.text().await);
    }

    /// Signs out with the button of the head.
    pub(crate) async fn signs_out(&self) {
        self.click("form[action='/sign-out'] button").await;
    }

    /// Fills in what the page asks for and the answers have; returns the names of what was filled in.
    pub(crate) async fn fills_in(&self, typed: &Typed) -> BTreeSet<String> {
        for (name, values) in typed.iter().filter(|(name, _)| name.contains("division")) {
            self.finds_division(name, &values[0]).await;
        }
        let filled = self.run(FILL, vec![json!(typed)]).await;
        serde_json::from_value(filled).unwrap()
    }

    /// Searches for a division and takes what is found: from the list while typing, or after the button.
    async fn finds_division(&self, name: &str, code: &str) {
        let search = format!("form.draft [name='_q:{name}']");
        if !self.has(&search).await
            || self.has(&format!("form.draft [name='{name}'][value='{code}']")).await
        {
            return;
        }
        self.types(&search, code).await;
        if self.scripts {
            let found = Locator::Css("form.draft [role=listbox]:not([hidden]) [role=option]");
            self.client.wait().at_most(PATIENCE).for_element(found).await.unwrap();
            self.find(&search).await.send_keys("\u{e015}\u{e007}").await.unwrap();
        } else {
            self.click(&format!("form.draft .search:has([name='_q:{name}']) button")).await;
            self.find(&format!("form.draft [name='{name}'][value='{code}']"))
                .await
                .click()
                .await
                .unwrap();
        }
        let value = format!("return document.querySelector(\"form.draft [name='{name}']\")?.value");
        assert_eq!(self.run(&value, vec![]).await, json!(code), "{name} is chosen");
    }

    /// Closes the browser.
    pub(crate) async fn close(mut self) {
        self.client.clone().close().await.unwrap();
        self.process = None;
    }
}

/// Sets what is known by name and tells the page of it, as typing would.
const FILL: &str = "
const filled = new Set();
const tell = (field, kind) => field.dispatchEvent(new Event(kind, { bubbles: true }));
for (const form of document.querySelectorAll('form.draft')) {
  for (const field of form.elements) {
    const values = arguments[0][field.name];
    if (!values) continue;
    filled.add(field.name);
    if (field.type === 'hidden') continue;
    if (field.type === 'checkbox' || field.type === 'radio') field.checked = values.includes(field.value);
    else field.value = values[0];
    tell(field, 'input');
    tell(field, 'change');
  }
  form.dispatchEvent(new CustomEvent('restored', { bubbles: true }));
}
return [...filled];
";
