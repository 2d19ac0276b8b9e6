//! Every page as the people of the demonstration reach it: from the home page, link by link.
//!
//! A link that leads to a refusal is worse than none; a page that nobody links is there for nobody. Both are found here, and the
//! routes that need no link are named.

use super::house::{Browser, House, by_hand};
use crate::bench::place::setup;
use crate::demo;
use axum::http::header;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use testbed::HandClock;

/// Pages that no link leads to, and why.
const UNLINKED: &[&str] = &[
    // For programs and for those who watch over machines.
    "/.well-known/jwt-vc-issuer",
    "/assets/{name}",
    "/evidence/log/{shard}/consistency",
    "/evidence/log/{shard}/inclusion",
    "/evidence/log/{shard}/tile/{*tile}",
    "/health",
    "/licences/status/{list}",
    "/licences/types/{kind}",
    "/ready",
    // Addresses that stand on paper or in a message, each with its secret.
    "/cases/sign/{token}",
    "/delivery/capture/{key}/{token}",
    "/delivery/check/{token}",
    // What a form asks for while one fills it in.
    "/cases/{no}/divisions",
    "/work/search",
    "/work/{no}/{task}/field",
    // Where a provider of sign-ins sends people to and back.
    "/sign-in/back",
    "/sign-in/federated",
    // They only lead on.
    "/delivery",
    "/licences/v/{token}",
    "/penalty",
    "/operation/dead-letters",
    // Where the number of a refusal leads.
    "/errors/{code}",
    // There is nothing of the kind in the demonstration: no message was sent or lost, no supplement asked for, nobody has looked,
    // applied for repair, or proves another arrival; the address form is signed already.
    "/cases/{no}/supplement/{task}",
    "/credit/entries/{listing}/papers/{n}",
    "/credit/queue.csv",
    "/delivery/capture/{key}",
    "/delivery/notices/{notice}/proofs/{proof}",
    "/exchange/messages.csv",
    "/exchange/messages/{message}",
    "/identity/reads.csv",
    "/operation/dead-letters.csv",
    "/operation/dead-letters/{shard}/{letter}",
    "/penalty/cases/{no}/counter",
    // It has no guarantee and no quota book.
    "/guarantee/check/{token}",
    "/guarantee/enterprises/{uscc}",
    "/guarantee/enterprises/{uscc}/declare",
    "/guarantee/filings/{filing}",
    "/guarantee/texts/{no}",
    "/guarantee/texts/{no}/statement.csv",
    "/guarantee/uses/{exposure}",
    "/ledger/books",
    "/ledger/books/{book}",
    "/ledger/books/{book}/{account}",
    "/ledger/books/{book}/{account}/statement.csv",
];

/// How many pages of one shape are looked at.
const OF_A_SHAPE: usize = 3;

/// What was found on the way.
#[derive(Default)]
struct Found {
    /// Every address that was answered, without its query.
    seen: BTreeSet<String>,
    wrong: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_link_leads_to_a_refusal_and_every_page_is_linked() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(HandClock::at("2026-02-12T02:00:00Z".parse().unwrap()));
    let house = House::with(setup(folder.path().to_owned(), None), clock.clone(), by_hand(true));
    let house = house.await.with_people().await;
    demo::cases(&house.assembly).await.unwrap();
    let opened = demo::reforms(&house.assembly).await.unwrap().expect("a customs case");
    clock.set(clock_after_reading(&house));
    opened.finish().await.unwrap();
    house.engine().settle().await;
    let extract = format!("/registers/real_estate/{}/extract", demo::FLAT);
    let ordered = house.signed_in(demo::APPLICANT).await.post(&extract, &[("purpose", "x")]).await;
    assert!(ordered.status.is_redirection(), "{ordered:?}");
    house.engine().settle().await;
    let mut found = Found::default();
    walk(&house.visitor(), "nobody", &mut found).await;
    for login in demo::logins() {
        let login = login.login.to_string();
        walk(&house.signed_in(&login).await, &login, &mut found).await;
    }
    for (as_whom, browser) in represented(&house).await {
        walk(&browser, &as_whom, &mut found).await;
    }
    let routes = crate::schema::routes::of(&house.assembly.router).await.unwrap();
    let is_page = |(path, methods): &(&String, &Vec<String>)| {
        methods.iter().any(|method| method == "GET") && !path.starts_with("/api/")
    };
    let pages: BTreeSet<&str> =
        routes.iter().filter(is_page).map(|(path, _)| path.as_str()).collect();
    found.wrong.extend(unlinked(&pages, &found.seen));
    assert!(found.wrong.is_empty(), "{} faults:\n{}", found.wrong.len(), found.wrong.join("\n"));
    house.engine().stop().await;
}

fn clock_after_reading(house: &House) -> kernel::Moment {
    house.now().plus_us(i64::try_from(demo::reading().as_micros()).unwrap())
}

/// The applicant as each enterprise that she may act for.
async fn represented(house: &House) -> Vec<(String, Browser<'_>)> {
    let page = house.signed_in(demo::APPLICANT).await.look("/identity/acting", "zh").await;
    let choices: BTreeSet<String> = values(&page.text, "name=\"acting\" value=\"");
    let mut all = Vec::new();
    for choice in choices {
        let browser = house.signed_in(demo::APPLICANT).await;
        let chosen = browser.post("/identity/acting", &[("acting", &choice)]).await;
        assert!(chosen.status.is_redirection(), "{choice}: {chosen:?}");
        all.push((format!("{} as {choice}", demo::APPLICANT), browser));
    }
    all
}

/// What stands behind some words, up to the next quotation mark.
fn values(page: &str, before: &str) -> BTreeSet<String> {
    let parts = page.split(before).skip(1);
    parts.filter_map(|part| Some(part.split_once('"')?.0.replace("&amp;", "&"))).collect()
}

/// Looks at the home page and at whatever it and the pages after it link.
async fn walk(browser: &Browser<'_>, who: &str, found: &mut Found) {
    let mut known = BTreeSet::from(["/".to_owned()]);
    let mut shapes = BTreeMap::<String, usize>::new();
    let mut ahead = VecDeque::from([("/".to_owned(), "the address bar".to_owned())]);
    while let Some((address, from)) = ahead.pop_front() {
        let reply = browser.look(&address, "zh").await;
        found.seen.insert(address.split('?').next().unwrap().to_owned());
        let status = reply.status.as_u16();
        let mut links = Vec::new();
        if reply.status.is_redirection() {
            let place = reply.headers[header::LOCATION].to_str().unwrap();
            links.push(place.to_owned());
        } else if status == 401 && who == "nobody" {
            if !reply.text.contains("href=\"/sign-in?next=") {
                found.wrong.push(format!("{address}: nobody is led to the sign-in"));
            }
        } else if status != 200 {
            found.wrong.push(format!("{who}: {address} answers {status}, linked from {from}"));
        } else if is_page(&reply.headers) {
            if reply.text.matches("<h1").count() != 1 {
                found.wrong.push(format!("{who}: {address} has not one heading"));
            }
            links = values(&reply.text, " href=\"").into_iter().collect();
        }
        for link in links {
            let link = link.split('#').next().unwrap().to_owned();
            let is_here = link.starts_with('/') && !link.starts_with("//");
            if !is_here || link.contains("lang=") || link.starts_with("/assets/") {
                continue;
            }
            let of_shape = shapes.entry(shape(&link)).or_default();
            if *of_shape < OF_A_SHAPE && known.insert(link.clone()) {
                *of_shape += 1;
                ahead.push_back((link, address.clone()));
            }
        }
    }
}

fn is_page(headers: &axum::http::HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}

/// What addresses of one sort have in common: names without numbers.
fn shape(link: &str) -> String {
    let (path, query) = link.split_once('?').unwrap_or((link, ""));
    let is_key = |part: &str| part.len() > 22 || part.bytes().any(|byte| byte.is_ascii_digit());
    let path = path.split('/').map(|part| if is_key(part) { "*" } else { part });
    let names = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    format!("{}?{}", path.collect::<Vec<_>>().join("/"), names.collect::<Vec<_>>().join("&"))
}

/// The pages of the router that nobody has come to, and names of such that are there or were come to after all.
fn unlinked(routes: &BTreeSet<&str>, seen: &BTreeSet<String>) -> Vec<String> {
    let is_at = |route: &str, address: &str| {
        let (mut parts, mut of_address) = (route.split('/'), address.split('/'));
        loop {
            match (parts.next(), of_address.next()) {
                (None, None) => return true,
                (Some(part), Some(_)) if part.starts_with("{*") => return true,
                (Some(part), Some(at)) if part == at || part.starts_with('{') => {}
                _ => return false,
            }
        }
    };
    let mut wrong = Vec::new();
    for route in routes {
        let linked = seen.iter().any(|address| is_at(route, address));
        let named = UNLINKED.contains(route);
        if linked == named {
            let what = if linked { "is linked after all" } else { "is linked from nowhere" };
            wrong.push(format!("{route} {what}"));
        }
    }
    let gone = UNLINKED.iter().filter(|name| !routes.contains(**name));
    wrong.extend(gone.map(|name| format!("{name} is named here and is no page")));
    wrong
}
