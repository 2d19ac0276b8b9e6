//! What a founder does, from the picker to the button that hands in, and what signers do with their links.

use crate::browser::Browser;
use crate::sample::{SIGNERS, Typed, rows, typed};
use serde_json::json;
use std::collections::BTreeSet;
use std::io::Write as _;

/// The cards of the merged form, in the order in which the buttons lead through them.
pub(crate) const CARDS: [&str; 6] = ["name", "people", "money", "place", "staff", "permits"];
/// How many persons the sample names.
const PERSONS: usize = 5;
/// A small file that is a PDF.
const LEASE: &[u8] = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF";

/// A founder with a case.
pub(crate) struct Founder<'a> {
    pub(crate) browser: &'a Browser,
    pub(crate) no: String,
    sample: Typed,
}

impl<'a> Founder<'a> {
    /// Says where notices go, looks up what a restaurant in Nansha needs, and begins.
    pub(crate) async fn begins(browser: &'a Browser) -> Self {
        browser.signs_in("chen").await;
        browser.go("/delivery/address").await;
        browser.find("#f-inbox").await.click().await.unwrap();
        browser.press("confirm").await;
        Self::chooses(browser).await;
        browser.press("open").await;
        Self::of(browser).await
    }

    /// Looks up what a restaurant in Nansha needs, up to the button that begins.
    pub(crate) async fn chooses(browser: &Browser) {
        browser.go("/").await;
        browser.click("a[href='/packages/28/setup/start']").await;
        let place = "document.querySelector('select[name=place]')";
        browser.run(&format!("{place}.value = '440115'"), vec![]).await;
        browser.types("#f-q", "餐饮").await;
        browser.click("main form button.second").await;
        browser.find("input[name=activity][value=H6210]").await.click().await.unwrap();
        browser.click("main form button.second").await;
        browser.says("食品经营许可").await;
    }

    /// The founder of the case that is open in the browser.
    pub(crate) async fn of(browser: &'a Browser) -> Self {
        let path = browser.path().await;
        let no = path.strip_prefix("/cases/").unwrap().to_owned();
        Self { browser, no, sample: typed() }
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("/cases/{}{path}", self.no)
    }

    /// Fills in one card with a row for each person and thing, and goes on by its button.
    pub(crate) async fn fills_in_card(&self, card: &str) -> BTreeSet<String> {
        self.browser.go(&self.at(&format!("/form/{card}"))).await;
        self.adds_rows().await;
        let filled = self.browser.fills_in(&self.sample).await;
        if card == "name" {
            self.browser.types("input[name='plain.trade_name']", "青禾").await;
            self.browser.types("input[name='plain.name_industry']", "餐饮管理").await;
        }
        self.browser.press("next").await;
        let refused = self.browser.has(".error-summary").await;
        assert!(!refused, "{card} is not taken: {}", self.browser.text().await);
        filled
    }

    /// Adds persons and rows by their buttons, as many as the sample has; each is filled in before the next is added.
    async fn adds_rows(&self) {
        if self.browser.has("button[value='add_card']").await {
            for _ in 1..PERSONS {
                self.browser.fills_in(&self.sample).await;
                self.browser.press("add_card").await;
            }
        }
        let subjects = "return [...document.querySelectorAll(\"button[value^='add_row:']\")].map(b => b.value.slice(8))";
        let subjects = self.browser.run(subjects, vec![]).await;
        for subject in serde_json::from_value::<Vec<String>>(subjects).unwrap() {
            for _ in 0..rows(&self.sample, &subject) {
                self.browser.fills_in(&self.sample).await;
                self.browser.press(&format!("add_row:{subject}")).await;
            }
        }
    }

    /// Fills in the whole form.
    pub(crate) async fn fills_in(&self) {
        let mut filled = BTreeSet::new();
        for card in CARDS {
            filled.append(&mut self.fills_in_card(card).await);
        }
        // What is asked of a person follows from the roles that the cards gave.
        self.browser.go(&self.at("/form/people")).await;
        filled.append(&mut self.browser.fills_in(&self.sample).await);
        self.browser.press("next").await;
        let left: Vec<&String> =
            self.sample.keys().filter(|name| !filled.contains(*name)).collect();
        assert!(left.is_empty(), "no card asks for {left:?}");
    }

    /// Types the parts of a name and asks for it, all on its card.
    pub(crate) async fn asks_for_name(&self, trade_name: &str) {
        self.browser.go(&self.at("/form/name")).await;
        self.browser.fills_in(&self.sample).await;
        self.browser.types("input[name='plain.trade_name']", trade_name).await;
        self.browser.types("input[name='plain.name_industry']", "餐饮管理").await;
        self.browser.press("reserve").await;
    }

    /// What the receipt says with which anybody can follow the case.
    pub(crate) async fn code_on_receipt(&self) -> String {
        self.browser.go(&self.at("/receipt")).await;
        let codes = "return [...document.querySelectorAll('main code[data-copy]')].map(c => c.dataset.copy)";
        let codes = self.browser.run(codes, vec![]).await;
        let codes: Vec<String> = serde_json::from_value(codes).unwrap();
        assert_eq!(codes[0], self.no);
        codes[1].clone()
    }

    /// Uploads the lease and has the name reserved.
    pub(crate) async fn uploads_and_reserves(&self) {
        let mut lease = tempfile::NamedTempFile::with_suffix(".pdf").unwrap();
        lease.write_all(LEASE).unwrap();
        self.browser.go(&self.at("/materials")).await;
        let file = self.browser.find("#f-premises_proof").await;
        file.send_keys(lease.path().to_str().unwrap()).await.unwrap();
        self.browser.press("upload").await;
        self.browser.go(&self.at("/form/name")).await;
        self.browser.press("reserve").await;
        self.browser.go(&self.at("/form/name")).await;
        self.browser.says("名称已为您保留").await;
    }

    /// Makes a link for a signer.
    pub(crate) async fn invites(&self, card: &str) -> String {
        self.browser.go(&self.at("/signing")).await;
        self.browser.press(&format!("invite:{card}")).await;
        let link =
            "return document.querySelector('code[data-copy*=\"/cases/sign/\"]').dataset.copy";
        let link = self.browser.run(link, vec![]).await;
        format!("/cases/sign/{}", link.as_str().unwrap().rsplit_once('/').unwrap().1)
    }

    /// Everybody signs, each with a link, on a phone that knows nobody.
    pub(crate) async fn has_all_sign(&self, phone: &Browser) {
        for (card, name, number) in SIGNERS {
            let link = self.invites(card).await;
            shows_who_he_is(phone, &link, name, number).await;
            phone.press("sign").await;
            phone.says("您已签署全部文件").await;
        }
    }

    /// Hands in.
    pub(crate) async fn hands_in(&self) {
        self.browser.go(&self.at("/signing")).await;
        self.browser.press("submit").await;
        assert_eq!(self.browser.path().await, self.at(""), "{}", self.browser.text().await);
        self.browser.says("办理中").await;
    }

    /// Everything up to handing in.
    pub(crate) async fn brings_a_case_in(browser: &'a Browser, phone: &Browser) -> Self {
        let founder = Self::begins(browser).await;
        founder.fills_in().await;
        founder.uploads_and_reserves().await;
        founder.has_all_sign(phone).await;
        founder.hands_in().await;
        founder
    }

    /// The pages of the licences that the founder has, as a stranger finds them.
    pub(crate) async fn licences(&self) -> Vec<String> {
        self.browser.go("/licences").await;
        let links = "return [...document.querySelectorAll(\"main a[href^='/licences/']\")].map(a => a.getAttribute('href'))";
        let links = self.browser.run(links, vec![]).await;
        let mut public = Vec::new();
        for link in serde_json::from_value::<BTreeSet<String>>(links).unwrap() {
            // What was issued last may still be on its way to be signed.
            self.browser.comes_to_say(&link, "公开核验页").await;
            let at = self.browser.find("main a[href^='/v/']").await.attr("href").await.unwrap();
            public.push(at.unwrap());
        }
        public
    }
}

/// A signer opens a link and proves who he is.
pub(crate) async fn shows_who_he_is(phone: &Browser, link: &str, name: &str, number: &str) {
    phone.go(link).await;
    let page = phone.run("return document.body.innerText", vec![]).await;
    assert!(!page.as_str().unwrap().contains("青禾"), "nothing is told before the proof");
    phone.types("[name=_signer_name]", name).await;
    phone.types("[name=_signer_number]", number).await;
    phone.press("identify").await;
    phone.says("请逐份阅读").await;
    let documents = "return document.querySelectorAll('section.document').length";
    assert_ne!(phone.run(documents, vec![]).await, json!(0));
}
