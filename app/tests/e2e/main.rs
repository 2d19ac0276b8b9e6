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
mod walk;

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
    follows(&phone, &founder.no, &founder.code_on_receipt().await).await;
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

/// Whoever holds the receipt follows the case on a phone that knows nobody.
async fn follows(phone: &Browser, no: &str, code: &str) {
    phone.go("/follow").await;
    phone.types("#f-no", no).await;
    phone.types("#f-secret", code).await;
    phone.press("look").await;
    phone.says("食品经营许可").await;
    phone.says("待受理").await;
    let told = phone.text().await;
    assert!(!told.contains("青禾") && !told.contains("陈思远"), "{told}");
}

/// Posts the form that begins a case, twice at the same time, and tells where each answer led.
const TWICE: &str = "
const done = arguments[arguments.length - 1];
const form = document.querySelector(\"form[action='/cases/new']\");
const post = () => fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)) });
Promise.all([post(), post()]).then((answers) => done(answers.map((answer) => new URL(answer.url).pathname)));
";

#[tokio::test]
async fn two_clicks_open_one_case_and_a_taken_name_comes_back_at_its_field() {
    let Some(driver) = Driver::start() else { return };
    let house = House::open();
    let home = Browser::open(&driver, &house, 1280).await;
    let first = Founder::begins(&home).await;
    first.asks_for_name("青禾").await;
    home.says("名称已为您保留").await;
    Founder::chooses(&home).await;
    let opened = home.client.execute_async(TWICE, vec![]).await.unwrap();
    let opened: Vec<String> = serde_json::from_value(opened).unwrap();
    assert!(opened[0].starts_with("/cases/") && opened[0] != first.at(""), "{opened:?}");
    assert_eq!(opened[0], opened[1], "two clicks are one case");
    home.go(&opened[0]).await;
    let second = Founder::of(&home).await;
    second.asks_for_name("青禾").await;
    home.says("已于").await;
    home.says("请换一个字号").await;
    let there = "return [document.title, document.activeElement.className, \
        document.querySelector(\"[name='plain.trade_name']\").value, \
        document.querySelector(\"[name='plain.trade_name']\").getAttribute('aria-invalid')]";
    let told = home.run(there, vec![]).await;
    assert!(told[0].as_str().unwrap().starts_with("请改正："), "{told}");
    assert_eq!(told[1], "errors", "whoever reads by ear hears the errors first");
    assert_eq!((&told[2], &told[3]), (&"青禾".into(), &"true".into()));
    second.asks_for_name("青苗").await;
    home.says("名称已为您保留").await;
    home.close().await;
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
        ("follow", "/follow"),
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
    looks.at(&home, "receipt", &founder.at("/receipt")).await;
    let code = founder.code_on_receipt().await;
    follows(&phone, &founder.no, &code).await;
    looks.here(&phone, "followed", "zh").await;
    phone.resize(390, 900).await;
    looks_at_refusals(&mut looks, &home).await;
    looks_at_work(&mut looks, &office, &founder.no).await;
    home.comes_to_say("/licences", "营业执照").await;
    home.comes_to_say("/licences", "食品经营许可证").await;
    looks_at_what_was_given(&mut looks, &founder, &phone).await;
    looks_at_the_rest(&mut looks, &office, &founder.no).await;
    looks.are_good();
}

/// A name that is taken, on its card, and a form that is refused because it did not come from a page of this site.
async fn looks_at_refusals(looks: &mut Looks, home: &Browser) {
    Founder::chooses(home).await;
    home.press("open").await;
    let other = Founder::of(home).await;
    other.asks_for_name("青禾").await;
    looks.here(home, "name-taken", "zh").await;
    home.go(&other.at("/form/name?lang=en")).await;
    home.run("document.querySelectorAll('[name=_csrf]').forEach((f) => f.value = 'x')", vec![])
        .await;
    home.press("later").await;
    home.says("nothing was changed").await;
    assert!(
        home.has(".stripe").await && home.has("header nav a").await,
        "in the frame of the site"
    );
    looks.here(home, "forged", "en").await;
    home.go("/?lang=zh").await;
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
    // A case of the demonstration waits at the police.
    office.go("/board/organs/440115-police?lang=zh").await;
    looks.here(office, "board-organ-open", "zh").await;
    office.find("input.pick").await.click().await.unwrap();
    office.press("ask").await;
    office.says("发出催办").await;
    looks.here(office, "board-remind", "zh").await;
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
