//! The list of all reforms by field, and the search over reforms, services and activities.

use super::words::{joined, package_href, service_href};
use crate::definition::{Entry, Reform, Who};
use crate::{Catalogue, OrganTable, Row};
use codes::{Label, Lang};
use maud::{Markup, html};
use portal::{Column, Frame, Table, Tone, empty, tag};

/// The box in which people look for what they need; it works without scripts.
#[must_use]
pub fn search_box(frame: &Frame, query: &str) -> Markup {
    html! {
        form method="get" action="/" role="search" {
            div.field {
                label for="f-q" { (frame.t("您要办什么？", "What do you need?")) }
                p.hint #f-q-hint { (frame.t("用自己的话说，如：开奶茶店、二手车出口、注销。", "In your own words, such as: tea shop, vehicle export, registration.")) }
                input.line #f-q name="q" type="search" value=(query) aria-describedby="f-q-hint";
            }
            div.acts { button.button type="submit" { (frame.t("查找", "Search")) } }
        }
    }
}

/// All reforms by field, or what a search finds: who answers, where it applies, whether it runs here.
#[must_use]
pub fn home_reforms(frame: &Frame, catalogue: &Catalogue, query: &str) -> Markup {
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    if !words.is_empty() {
        return found(frame, catalogue, query, &words);
    }
    html! {
        h2 { (frame.t("37项改革", "The 37 reforms")) }
        div.programme {
            @for (field, label) in catalogue.programme().categories() {
                @let rows: Vec<&Row> = catalogue.programme().rows().filter(|row| row.cat == field).collect();
                section {
                    h3 { (label.get(frame.lang)) " " span.count { (rows.len()) } }
                    ul {
                        @for row in rows {
                            li {
                                span.n { (row.n) }
                                a href={ "/reforms/" (row.n) } { (row.label().get(frame.lang)) }
                                @if catalogue.runs(row.n) { (state(frame, catalogue, row.n)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The post of the officer whose page this is, by its keys.
pub(super) fn post_of(frame: &Frame) -> Option<(&str, &str)> {
    let post = frame.party.as_ref()?.post.as_ref()?;
    Some((post.0.as_str(), post.1.as_str()))
}

/// Where people begin with reforms that have pages of their own: officers see those of their post, everybody else those
/// of parties.
#[must_use]
pub fn home_entries(frame: &Frame, catalogue: &Catalogue) -> Markup {
    let post = post_of(frame);
    let reforms: Vec<(&Reform, Vec<&Entry>)> = catalogue
        .reforms()
        .map(|reform| {
            let shown = |entry: &&Entry| entry.is_for(post);
            (reform, reform.entries.iter().filter(shown).collect::<Vec<_>>())
        })
        .filter(|(_, entries)| !entries.is_empty())
        .collect();
    html! {
        @if !reforms.is_empty() {
            h2 { (frame.t("从这里开始", "Begin here")) }
            ul.ways {
                @for (reform, entries) in &reforms {
                    li {
                        h3 { a href={ "/reforms/" (reform.number) } { (frame.t(&reform.zh, &reform.en)) } }
                        ul { @for entry in entries { li { a href=(entry.path) { (frame.t(&entry.zh, &entry.en)) } } } }
                    }
                }
            }
        }
    }
}

/// What the navigation of an officer's pages names beside the common ones: text and address.
#[must_use]
pub fn menu(catalogue: &Catalogue, lang: Lang, organ: &str, post: &str) -> Vec<(String, String)> {
    let entries = catalogue.reforms().flat_map(|reform| &reform.entries);
    entries
        .filter(|entry| entry.who == Who::Officer && entry.is_for(Some((organ, post))))
        .filter_map(|entry| Some((entry.menu.as_ref()?.get(lang).to_owned(), entry.path.clone())))
        .collect()
}

fn found(frame: &Frame, catalogue: &Catalogue, query: &str, words: &[String]) -> Markup {
    let fits = |label: &Label, more: &str| {
        let text = format!("{} {} {more}", label.zh, label.en).to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let text = |n| catalogue.programme().text(n).map_or("", |text| text.text.as_str());
    let rows: Vec<&Row> = catalogue
        .programme()
        .rows()
        .filter(|row| fits(&row.label(), &format!("{} {}", row.organs.join(" "), text(row.n))))
        .collect();
    let mut offers: Vec<(String, Label)> = Vec::new();
    for (key, package) in catalogue.packages() {
        let label = Label::new(&package.zh, &package.en);
        let activities = catalogue.reform(key.reform).map(|r| r.search_activities(query));
        for activity in activities.unwrap_or_default() {
            let href = format!("{}/start?activity={}", package_href(&key), activity.industry);
            let both = Label::new(
                format!("{}：{}", label.zh, activity.zh),
                format!("{}: {}", label.en, activity.en),
            );
            offers.push((href, both));
        }
        if fits(&label, "") {
            offers.push((package_href(&key), label));
        }
    }
    for (key, service) in catalogue.services() {
        let label = Label::new(&service.zh, &service.en);
        if fits(&label, &format!("{} {}", service.outcome.zh, service.outcome.en)) {
            offers.push((service_href(&key), label));
        }
    }
    for reform in catalogue.reforms() {
        let title = Label::new(&reform.zh, &reform.en);
        for entry in reform.entries.iter().filter(|entry| entry.who != Who::Officer) {
            let label = Label::new(&entry.zh, &entry.en);
            if fits(&label, &format!("{} {}", title.zh, title.en)) {
                offers.push((entry.path.clone(), label));
            }
        }
    }
    html! {
        h2 { (frame.t("查找结果", "Found")) }
        @if rows.is_empty() && offers.is_empty() {
            (empty(
                frame.t("没有找到", "Nothing found"),
                frame.t("请换一个词，或清空后查看全部37项改革。", "Try another word, or clear the box to see all 37 reforms."),
                None,
            ))
        }
        @if !offers.is_empty() {
            h3 { (frame.t("可以办理", "Can be applied for")) }
            ul.bullets { @for (href, label) in &offers { li { a href=(href) { (label.get(frame.lang)) } } } }
        }
        @if !rows.is_empty() {
            h3 { (frame.t("改革事项", "Reforms")) }
            (table(frame, catalogue, frame.t("谁负责、在哪里适用、能否办理", "Who answers, where it applies, whether it is open"), &rows))
        }
    }
}

fn table(frame: &Frame, catalogue: &Catalogue, caption: &str, rows: &[&Row]) -> Markup {
    let columns = vec![
        Column::new(frame.t("改革事项", "Reform")),
        Column::new(frame.t("国家负责单位", "Answers nationally")),
        Column::new(frame.t("广东负责单位", "Answers in Guangdong")),
        Column::new(frame.t("推广范围", "Applies in")),
        Column::new(frame.t("状态", "State")),
    ];
    let lines = rows.iter().map(|row| line(frame, catalogue, row)).collect();
    html! { (Table::new(frame.lang, caption, columns, lines)) }
}

fn line(frame: &Frame, catalogue: &Catalogue, row: &Row) -> portal::Row {
    let organs = |table, names: &[String]| {
        let labels: Vec<String> =
            names.iter().map(|name| organ(frame, catalogue, table, name)).collect();
        joined(frame, labels.iter().map(String::as_str))
    };
    let gd = row.gd.as_ref();
    let cells = vec![
        html! { (row.n) " " (row.label().get(frame.lang)) },
        html! { (organs(OrganTable::National, &row.organs)) },
        html! {
            @match gd {
                Some(gd) => (organs(OrganTable::Guangdong, &gd.organs)),
                None => span.quiet { (frame.t("广东不适用", "not in Guangdong")) },
            }
        },
        html! {
            (scope(frame, catalogue, &row.scope))
            @if let Some(gd) = gd.filter(|gd| gd.scope != "gd_all") { br; (scope(frame, catalogue, &gd.scope)) }
        },
        state(frame, catalogue, row.n),
    ];
    portal::Row::new(cells).href(format!("/reforms/{}", row.n))
}

/// Whether a reform runs here, in a word.
pub(super) fn state(frame: &Frame, catalogue: &Catalogue, n: u8) -> Markup {
    if catalogue.runs(n) {
        tag(Tone::Good, frame.t("可以办理", "open"))
    } else {
        tag(Tone::Plain, frame.t("尚未开通", "not open yet"))
    }
}

/// The name of a printed organ in the language of the page; Chinese as printed.
pub(super) fn organ(
    frame: &Frame,
    catalogue: &Catalogue,
    table: OrganTable,
    printed: &str,
) -> String {
    match frame.lang {
        Lang::Zh => printed.to_owned(),
        Lang::En => catalogue
            .directory()
            .printed(table, printed)
            .map_or_else(|| printed.to_owned(), |organ| organ.en.clone()),
    }
}

pub(super) fn scope(frame: &Frame, catalogue: &Catalogue, name: &str) -> String {
    catalogue
        .programme()
        .scope(name)
        .map_or_else(|| name.to_owned(), |scope| scope.label().get(frame.lang).to_owned())
}
