//! Every page that somebody of the demonstration reaches by links: that there is no way to a refusal, that it speaks one
//! language, and how one page of each sort looks.

use crate::browser::{Browser, Driver};
use crate::house::House;
use crate::looks::Looks;
use fantoccini::wd::TimeoutConfiguration;
use serde::Deserialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How long a walk through all pages of one person may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Whoever sees pages of their own; nobody signed in is the first.
const PEOPLE: [&str; 9] = [
    "",
    "chen",
    "market",
    "coordinator",
    "auditor",
    "registry-head",
    "customs",
    "customs-law",
    "operator",
];

/// Pages of the flagship, whose looks another test judges while a case goes through them.
const ELSEWHERE: [&str; 5] = ["/cases/", "/work/", "/board/", "/services/", "/packages/"];

/// What a walk through the site has come to.
#[derive(Debug, Deserialize)]
struct Walked {
    /// One page of each sort: what pages of the sort have in common, and its address.
    pages: Vec<(String, String)>,
    faults: Vec<String>,
}

#[tokio::test]
async fn every_page_that_links_lead_to_speaks_one_language_and_looks_well() {
    let Some(driver) = Driver::start() else { return };
    let Some(mut looks) = Looks::open() else { return };
    let house = House::open();
    let browser = Browser::open(&driver, &house, 1280).await;
    let patience = TimeoutConfiguration::new(Some(PATIENCE), Some(PATIENCE), None);
    browser.client.update_timeouts(patience).await.unwrap();
    let mut seen = BTreeSet::new();
    for login in PEOPLE {
        if !login.is_empty() {
            browser.signs_in(login).await;
        }
        if login == "chen" {
            prepares(&browser).await;
            looks_around(&browser, "chen for an enterprise", &mut seen, &mut looks).await;
            acts_for(&browser, "本人").await;
        }
        looks_around(&browser, login, &mut seen, &mut looks).await;
        if !login.is_empty() {
            browser.signs_out().await;
        }
    }
    assert!(seen.len() > 60, "{seen:?}");
    browser.close().await;
    looks.are_good();
}

/// The applicant is served by customs, has an extract made of her flat, and acts for her enterprise.
async fn prepares(browser: &Browser) {
    browser.comes_to_say("/penalty/letters?lang=zh", "已送达").await;
    browser.go("/property/mine").await;
    browser.click("main a[href^='/registers/real_estate/']").await;
    browser.press("extract").await;
    let extract = browser.path().await;
    browser.comes_to_say(&extract, "公开核验页").await;
    acts_for(browser, "广州汇通达商贸有限公司").await;
}

/// Chooses as whom to act.
async fn acts_for(browser: &Browser, whom: &str) {
    browser.go("/identity/acting?lang=zh").await;
    let choose = "
        const all = [...document.querySelectorAll('ul.roles button')];
        all.find((one) => one.textContent.includes(arguments[0])).id = 'choice';";
    browser.run(choose, vec![json!(whom)]).await;
    browser.click("#choice").await;
}

/// Walks through all that somebody is led to, and looks at one page of each sort that nobody has looked at before.
async fn looks_around(
    browser: &Browser,
    who: &str,
    seen: &mut BTreeSet<String>,
    looks: &mut Looks,
) {
    let walked = browser.client.execute_async(WALK, vec![]).await.unwrap();
    let walked: Walked = serde_json::from_value(walked).unwrap();
    looks.faults.extend(walked.faults.into_iter().map(|fault| format!("{who}: {fault}")));
    let pages: BTreeMap<String, String> = walked.pages.into_iter().collect();
    for (sort, address) in pages {
        let is_elsewhere = ELSEWHERE.iter().any(|head| sort.starts_with(head));
        if !is_elsewhere && seen.insert(sort.clone()) {
            let name = sort.trim_matches('/').replace(['/', '*', '?', '&'], "-");
            let name = if name.is_empty() { "home".to_owned() } else { name };
            looks.glance(browser, &format!("walk-{name}"), &address).await;
        }
    }
}

/// Follows links from the home page, in both languages, at most three pages of a sort.
const WALK: &str = r"
const done = arguments[arguments.length - 1];
const MARKED = 'h2, h3, h4, th, dt, label, legend, button, summary, caption, figcaption, header nav a, footer a, .tag, .hint, .lead';
// Without a Latin letter, and longer than an example; names of people, places and companies stay as they are.
const CHINESE = /^[^A-Za-z]*[\u4e00-\u9fff]{3,}[^A-Za-z]*$/;
const NAME = /^(陈思远|李若彤|王晓岚|赵强|周明)$|公司$|市$/;
const RAW = /\b[a-z]+_[a-z_]+\b|\b[A-Z]{2,}_[A-Z_]+\b|\b[A-Z][a-z]+[A-Z][a-z]+[A-Za-z]*\b|\b[a-z]+\.[a-z]+_[a-z_]+\b/;
const KEYS = new Set(['tasks', 'services', 'packages', 'documents', 'materials', 'work', 'form']);
const sort = (link) => {
  const [path, query] = link.split('?');
  const parts = path.split('/');
  const steps = parts.map((part, i) =>
    part.length > 22 || /\d/.test(part) || KEYS.has(parts[i - 1]) || (parts[1] === 'work' && i === 3) || (parts[1] === 'services' && i === 3) ? '*' : part);
  const names = (query ?? '').split('&').map((pair) => pair.split('=')[0]).filter(Boolean).sort();
  return steps.join('/') + (names.length ? `?${names.join('&')}` : '');
};
const words = (element) => {
  const copy = element.cloneNode(true);
  copy.querySelectorAll('[lang], code, .code, script, style, option, pre, a.tongue').forEach((one) => one.remove());
  return copy.textContent.trim();
};
const read = async (link, lang) => {
  const mark = link.includes('?') ? '&' : '?';
  const reply = await fetch(`${link}${mark}lang=${lang}`, { headers: { accept: 'text/html' } });
  const kind = reply.headers.get('content-type') ?? '';
  const page = kind.startsWith('text/html') ? new DOMParser().parseFromString(await reply.text(), 'text/html') : null;
  return { status: reply.status, page };
};
const judge = (page, lang, link, faults) => {
  const main = page.querySelector('main');
  if (page.querySelectorAll('h1').length !== 1) faults.push(`${link}: not one heading`);
  const root = lang === 'en' ? page.body : main;
  for (const element of root?.querySelectorAll(lang === 'en' ? MARKED : `${MARKED}, td`) ?? []) {
    if (element.closest('[lang]:not(html)') || element.closest('code, .stripe')) continue;
    const said = words(element);
    const found = said.match(lang === 'en' ? CHINESE : RAW);
    if (found && !NAME.test(said)) faults.push(`${link} in ${lang}: <${element.tagName.toLowerCase()}> ${said.slice(0, 60)}`);
  }
};
(async () => {
  const known = new Set(['/']), sorts = new Map(), pages = [], faults = [];
  const ahead = [['/', 'the address bar']];
  while (ahead.length) {
    const [link, from] = ahead.shift();
    const { status, page } = await read(link, 'zh');
    if (status === 401 && page?.querySelector(`a[href^='/sign-in?next=']`)) continue;
    if (status !== 200) { faults.push(`${link} answers ${status}, linked from ${from}`); continue; }
    if (!page) continue;
    judge(page, 'zh', link, faults);
    const other = await read(link, 'en');
    if (other.page) judge(other.page, 'en', link, faults);
    pages.push([sort(link), link]);
    for (const one of page.querySelectorAll('a[href]')) {
      const to = one.getAttribute('href').split('#')[0];
      if (!to.startsWith('/') || to.startsWith('//') || to.includes('lang=') || known.has(to)) continue;
      const of = sort(to), count = sorts.get(of) ?? 0;
      if (count >= 3) continue;
      sorts.set(of, count + 1);
      known.add(to);
      ahead.push([to, link]);
    }
  }
  await fetch('/?lang=zh');
  done({ pages, faults: [...new Set(faults)] });
})().catch((error) => done({ pages: [], faults: [String(error)] }));
";
