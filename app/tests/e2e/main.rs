//! Whole cases through a real browser: founders, signers and the officers of every organ, with scripts and without.
//!
//! Every test starts the built program on a folder of its own, and headless Chromium through `chromedriver`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a helper of a test may end the test, and reads the machine"
)]

mod browser;
mod founder;
mod house;
mod looks;
mod officers;
mod sample;

use browser::{Browser, Driver};
use founder::{CARDS, Founder, shows_who_he_is};
use house::House;
use looks::Looks;
use officers::{ORGANS, accepts_and_grants, all_grant};
use sample::SIGNERS;

#[tokio::test]
async fn a_founder_opens_a_company_and_every_organ_works_on_it() {
    let Some(driver) = Driver::start() else { return };
    let house = House::open();
    let home = Browser::open(&driver, &house, 1280).await;
    let phone = Browser::open(&driver, &house, 390).await;
    let office = Browser::open(&driver, &house, 1280).await;
    let founder = Founder::brings_a_case_in(&home, &phone).await;
    all_grant(&office, &founder.no).await;
    home.comes_to_say(&founder.at(""), "企业成立，统一社会信用代码").await;
    home.comes_to_say("/licences", "营业执照").await;
    home.comes_to_say("/licences", "食品经营许可证").await;
    let mut own = 0;
    for licence in founder.licences().await {
        phone.go(&licence).await;
        phone.says("有效").await;
        own += usize::from(phone.text().await.contains("广州青禾餐饮管理有限公司"));
    }
    assert_eq!(own, 2, "the business licence and the food licence");
    home.comes_to_say("/delivery/inbox", "基本存款账户信息").await;
    for notice in ["名称保留", "印章备案", "税务信息确认", "社会保险登记", "住房公积金"]
    {
        home.says(notice).await;
    }
    home.comes_to_say(&founder.at(""), "办结").await;
    for browser in [home, phone, office] {
        browser.close().await;
    }
}

#[tokio::test]
async fn every_page_passes_axe_and_fits_in_both_languages() {
    let Some(driver) = Driver::start() else { return };
    let Some(mut looks) = Looks::open() else { return };
    let house = House::open();
    let home = Browser::open(&driver, &house, 1280).await;
    let phone = Browser::open(&driver, &house, 390).await;
    let office = Browser::open(&driver, &house, 1280).await;
    for (name, path) in [
        ("home", "/"),
        ("sign-in", "/sign-in"),
        ("sign-up", "/sign-up"),
        ("reform", "/reforms/28"),
        ("service", "/services/28/food"),
        ("guide", "/packages/28/setup"),
        ("picker", "/packages/28/setup/start?place=440115&activity=H6210"),
        ("verify", "/verify"),
        ("help", "/help"),
        ("accessibility", "/accessibility"),
        ("privacy", "/privacy"),
        ("not-found", "/nothing-here"),
    ] {
        looks.at(&home, name, path).await;
    }
    let founder = Founder::begins(&home).await;
    looks.at(&home, "case-new", &founder.at("")).await;
    looks.at(&home, "check-empty", &founder.at("/check")).await;
    founder.fills_in().await;
    for card in CARDS {
        looks.at(&home, &format!("form-{card}"), &founder.at(&format!("/form/{card}"))).await;
    }
    founder.uploads_and_reserves().await;
    for (name, path) in [("materials", "/materials"), ("check", "/check")] {
        looks.at(&home, name, &founder.at(path)).await;
    }
    looks_at_signing(&mut looks, &founder, &phone).await;
    founder.has_all_sign(&phone).await;
    looks.at(&home, "signing-done", &founder.at("/signing")).await;
    founder.hands_in().await;
    looks.at(&home, "case-running", &founder.at("")).await;
    looks_at_work(&mut looks, &office, &founder.no).await;
    home.comes_to_say("/licences", "营业执照").await;
    home.comes_to_say("/licences", "食品经营许可证").await;
    looks_at_what_was_given(&mut looks, &founder, &phone).await;
    looks_at_the_rest(&mut looks, &office, &founder.no).await;
    looks.are_good();
}

/// The board of signatures, and the page of a signer.
async fn looks_at_signing(looks: &mut Looks, founder: &Founder<'_>, phone: &Browser) {
    looks.at(founder.browser, "signing", &founder.at("/signing")).await;
    let (card, name, number) = SIGNERS[0];
    let link = founder.invites(card).await;
    looks.here(founder.browser, "signing-link", "zh").await;
    looks.at(phone, "signer", &link).await;
    shows_who_he_is(phone, &link, name, number).await;
    looks.here(phone, "signer-reads", "zh").await;
    phone.resize(390, 900).await;
}

/// The pages of officers, before they act and when they do; in the end every task is granted.
async fn looks_at_work(looks: &mut Looks, office: &Browser, no: &str) {
    let task = format!("/work/{no}/food");
    office.signs_in("food").await;
    office.comes_to_say("/work", "青禾").await;
    looks.at(office, "worklist", "/work").await;
    looks.at(office, "task", &task).await;
    for act in ["supplement", "visit", "refuse-acceptance"] {
        looks.at(office, &format!("task-{act}"), &format!("{task}/act/{act}")).await;
    }
    office.go(&format!("{task}?lang=zh")).await;
    office.press("accept").await;
    for act in ["stop", "refuse"] {
        looks.at(office, &format!("task-{act}"), &format!("{task}/act/{act}")).await;
    }
    office.go(&format!("{task}?lang=zh")).await;
    office.press("grant").await;
    looks.at(office, "paper", "/delivery/paper").await;
    office.signs_out().await;
    for (login, tasks) in ORGANS.into_iter().filter(|(login, _)| *login != "food") {
        office.signs_in(login).await;
        for task in tasks {
            accepts_and_grants(office, no, task).await;
        }
        office.signs_out().await;
    }
}

/// The case in the end, licences as their holder and as a stranger see them, notices.
async fn looks_at_what_was_given(looks: &mut Looks, founder: &Founder<'_>, phone: &Browser) {
    let home = founder.browser;
    looks.at(home, "cases", "/cases").await;
    looks.at(home, "case-granted", &founder.at("")).await;
    looks.at(home, "licences", "/licences").await;
    home.go("/licences").await;
    let licence =
        home.find("main a[href^='/licences/']").await.attr("href").await.unwrap().unwrap();
    looks.at(home, "licence", &licence).await;
    for public in founder.licences().await {
        looks.at(phone, "licence-public", &public).await;
    }
    looks.at(home, "inbox", "/delivery/inbox").await;
    let notice = home.find("main a[href^='/delivery/notices/']").await.attr("href").await.unwrap();
    looks.at(home, "notice", &notice.unwrap()).await;
    looks.at(home, "address", "/delivery/address").await;
    for page in ["identity", "identity/password", "identity/mandates", "identity/reads"] {
        looks.at(home, &page.replace('/', "-"), &format!("/{page}")).await;
    }
}

/// The pages of those who watch and of those who run it.
async fn looks_at_the_rest(looks: &mut Looks, office: &Browser, no: &str) {
    office.signs_in("coordinator").await;
    looks.at(office, "board", "/board").await;
    looks.at(office, "board-organ", "/board/organs/440115-food").await;
    looks.at(office, "board-case", &format!("/board/cases/{no}")).await;
    office.signs_out().await;
    office.signs_in("operator").await;
    looks.at(office, "operation", "/operation").await;
    looks.at(office, "logins", "/identity/logins").await;
}

#[tokio::test]
async fn a_case_is_brought_in_and_granted_without_scripts() {
    let Some(driver) = Driver::start() else { return };
    let house = House::open();
    let home = Browser::without_scripts(&driver, &house).await;
    let phone = Browser::without_scripts(&driver, &house).await;
    let founder = Founder::brings_a_case_in(&home, &phone).await;
    home.signs_out().await;
    home.signs_in("market").await;
    home.go("/work").await;
    assert!(!home.has(".keys-help").await, "scripts of pages run");
    accepts_and_grants(&home, &founder.no, "reg").await;
    home.signs_out().await;
    home.signs_in("chen").await;
    home.comes_to_say("/licences", "营业执照").await;
    for browser in [home, phone] {
        browser.close().await;
    }
}

#[tokio::test]
async fn an_officer_works_by_keys_of_one_letter_which_can_be_turned_off() {
    let Some(driver) = Driver::start() else { return };
    let house = House::open();
    let home = Browser::open(&driver, &house, 1280).await;
    let phone = Browser::open(&driver, &house, 390).await;
    let office = Browser::open(&driver, &house, 1280).await;
    Founder::brings_a_case_in(&home, &phone).await;
    office.signs_in("market").await;
    office.comes_to_say("/work?view=new", "青禾").await;
    let here = async || {
        let row =
            "return document.querySelector('tr.here a[data-open]')?.getAttribute('href') ?? ''";
        office.run(row, vec![]).await.as_str().unwrap().to_owned()
    };
    assert_eq!(here().await, "");
    office.press_key("j").await;
    let first = here().await;
    office.press_key("j").await;
    let second = here().await;
    assert!(!first.is_empty() && !second.is_empty() && first != second, "{first} {second}");
    office.press_key("k").await;
    assert_eq!(here().await, first);
    office.press_key_to_leave("\u{e007}").await;
    assert_eq!(office.path().await, first, "Enter opens the row");
    office.press_key_to_leave("a").await;
    office.says("审查中").await;
    office.go("/work?view=new").await;
    office.find(".keys-help button").await.click().await.unwrap();
    office.press_key("j").await;
    assert_eq!(here().await, "", "turned off, the keys do nothing");
}
