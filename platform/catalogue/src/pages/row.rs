//! The page of a reform: both official texts with their differences, organs, scope, services.

use super::home::{organ, post_of, scope, state};
use super::words::{numbered, package_href, role, service_href, term};
use crate::definition::{Entry, ServiceKey, Who};
use crate::{Catalogue, CatalogueError, Discrepancy, OrganTable, Piece, Row, RowText, differences};
use codes::Date;
use maud::{Markup, html};
use portal::{Button, Column, Fact, Frame, Page, Table, details, facts};

/// The page of a reform.
///
/// # Errors
/// `REFORM_UNKNOWN`.
pub fn row(
    frame: &Frame,
    catalogue: &Catalogue,
    n: u8,
    on: Date,
) -> Result<Markup, CatalogueError> {
    let title = catalogue.title(n).ok_or_else(|| CatalogueError::NoReform(n.to_string()))?;
    let title = title.get(frame.lang);
    let body = html! {
        p { (state(frame, catalogue, n)) }
        h1 { (title) }
        @if let Some(reform) = catalogue.reform(n) { p.lead { (reform.summary.get(frame.lang)) } }
        (offers(frame, catalogue, n))
        @if let Some(row) = catalogue.row(n) {
            h2 { (frame.t("谁负责，在哪里适用", "Who answers, where it applies")) }
            (facts(frame.lang, &printed(frame, catalogue, row, on)))
            (counterparts(frame, catalogue, row, on))
        }
        @if let Some(text) = catalogue.programme().text(n) {
            h2 { (frame.t("官方文本", "The official texts")) }
            (texts(frame, text))
        }
        (discrepancies(frame, catalogue.programme().discrepancies_of(n)))
        (linked(frame, catalogue, n))
    };
    Ok(Page::new(numbered(frame, catalogue, n))
        .crumb(frame.t("首页", "Home"), "/")
        .render(frame, &body))
}

/// Packages with their start, then single services.
fn offers(frame: &Frame, catalogue: &Catalogue, n: u8) -> Markup {
    let Some(reform) = catalogue.reform(n).filter(|_| catalogue.runs(n)) else {
        return html! { p { (frame.t("这项改革尚未在本平台开通。", "This reform is not open on this platform yet.")) } };
    };
    let columns = vec![
        Column::new(frame.t("办事服务", "Service")),
        Column::new(frame.t("承办单位", "Decided by")),
        Column::new(frame.t("承诺", "Promised")),
        Column::new(frame.t("法定", "By law")),
    ];
    let rows = reform
        .services
        .iter()
        .map(|(id, service)| {
            let promise = service.clock.promise.as_ref();
            portal::Row::new(vec![
                html! { (frame.t(&service.zh, &service.en)) },
                html! { (role(frame, catalogue, service)) },
                html! { @match promise { Some(promise) => (term(frame.lang, promise)), None => "—" } },
                html! { (term(frame.lang, &service.clock.statutory)) },
            ])
            .href(service_href(&ServiceKey::new(n, id)))
        })
        .collect();
    html! {
        (entries(frame, &reform.entries))
        @for (id, package) in &reform.packages {
            @let href = package_href(&ServiceKey::new(n, id));
            p {
                (Button::link(format!("{}{}", frame.t("开始办理：", "Start: "), frame.t(&package.zh, &package.en)), format!("{href}/start")))
                " " (Button::second_link(frame.t("办事指南", "Guide"), href))
            }
        }
        @if !reform.services.is_empty() {
            h2 { (frame.t("办事服务", "Services")) }
            (Table::new(frame.lang, frame.t("由谁办、多久", "Who decides and how long it takes"), columns, rows))
        }
    }
}

/// The reform's own pages, for each kind of people.
fn entries(frame: &Frame, entries: &[Entry]) -> Markup {
    let groups = [
        (Who::Everyone, frame.t("任何人", "For anybody")),
        (Who::Party, frame.t("当事人", "For whoever is concerned")),
        (Who::Officer, frame.t("工作人员", "For officers")),
    ];
    let post = post_of(frame);
    let of = |who| entries.iter().filter(move |entry| entry.who == who && entry.is_for(post));
    html! {
        @if !entries.is_empty() {
            h2 { (frame.t("从这里开始", "Begin here")) }
            ul.ways {
                @for (who, title) in groups {
                    @if of(who).next().is_some() {
                        li {
                            h3 { (title) }
                            ul { @for entry in of(who) { li { a href=(entry.path) { (frame.t(&entry.zh, &entry.en)) } } } }
                        }
                    }
                }
            }
        }
    }
}

fn printed(frame: &Frame, catalogue: &Catalogue, row: &Row, on: Date) -> Vec<Fact> {
    let names = |table, names: &[String]| {
        html! {
            @for (i, name) in names.iter().enumerate() {
                @if i > 0 { br; }
                (organ(frame, catalogue, table, name))
                @if i == 0 && names.len() > 1 { " " span.quiet { (frame.t("（列首，视为牵头）", "(printed first, taken as lead)")) } }
            }
        }
    };
    let place = |name: &str| {
        let known = catalogue.programme().scope(name);
        html! {
            (scope(frame, catalogue, name))
            @if let Some(known) = known.filter(|_| !matches!(name, "nation" | "gd_all")) {
                (details(frame.t("包括哪些地方", "Which places"), &html! {
                    p { (catalogue.scope_members(known, on).get(frame.lang)) }
                    p.quiet { (frame.t("判断依据：", "What is tested: ")) (known.tests.get(frame.lang)) }
                }))
            }
        }
    };
    let mut list = vec![
        Fact::new(frame.t("国家附表序号", "National number"), html! { (row.n) }),
        Fact::new(
            frame.t("国家负责单位", "Answers nationally"),
            names(OrganTable::National, &row.organs),
        ),
        Fact::new(frame.t("推广范围", "Applies in"), place(&row.scope)),
    ];
    match &row.gd {
        Some(gd) => list.extend([
            Fact::new(frame.t("广东附表序号", "Number in Guangdong"), html! { (gd.n) }),
            Fact::new(
                frame.t("广东负责单位", "Answers in Guangdong"),
                names(OrganTable::Guangdong, &gd.organs),
            ),
            Fact::new(frame.t("广东推广范围", "Applies in Guangdong"), place(&gd.scope)),
        ]),
        None => list.push(Fact::new(
            frame.t("广东", "Guangdong"),
            html! { (frame.t("广东分工表未列此项", "Guangdong's table leaves this row out")) },
        )),
    }
    list
}

/// Which national organ each provincial one answers to, and what organs are called today.
fn counterparts(frame: &Frame, catalogue: &Catalogue, row: &Row, on: Date) -> Markup {
    let directory = catalogue.directory();
    let Some(gd) = &row.gd else { return html! {} };
    let renamed: Vec<(String, String)> = row
        .organs
        .iter()
        .filter_map(|name| directory.printed(OrganTable::National, name))
        .chain(gd.organs.iter().filter_map(|name| directory.printed(OrganTable::Guangdong, name)))
        .filter_map(|printed| {
            let now = directory.called_on(printed, on);
            let name = |organ: &crate::PrintedOrgan| organ.label().get(frame.lang).to_owned();
            (now.key != printed.key).then(|| (name(printed), name(now)))
        })
        .collect();
    let body = html! {
        ul.bullets {
            @for name in &gd.organs {
                li {
                    (organ(frame, catalogue, OrganTable::Guangdong, name)) " → "
                    @match directory.counterpart(name, row.n) {
                        Some(national) => (national.label().get(frame.lang)),
                        None => span.quiet { (frame.t("本行无国家对口部门", "no national counterpart in this row")) },
                    }
                }
            }
            @for (then, now) in &renamed { li { (then) " " (frame.t("现为", "is now")) " " (now) } }
        }
    };
    details(frame.t("对口部门", "Counterparts"), &body)
}

/// Both texts; where they differ, each marks what the other has not.
fn texts(frame: &Frame, text: &RowText) -> Markup {
    let national = frame.t("国函〔2020〕96号（以此为准）", "国函〔2020〕96号 (authoritative)");
    let guangdong = "粤府函〔2020〕146号";
    let Some(gd) = &text.gd_text else {
        return html! { h3 { (national) } p lang="zh-CN" { (text.text) } };
    };
    if *gd == text.text {
        return html! {
            h3 { (frame.t("两份文件文字相同", "Both documents have the same words")) }
            p lang="zh-CN" { (text.text) }
        };
    }
    let pieces = differences(&text.text, gd);
    let marked = |own: fn(&Piece) -> Option<(&str, bool)>| {
        html! {
            span lang="zh-CN" {
                @for (words, differs) in pieces.iter().filter_map(own) {
                    @if differs { mark { (words) } } @else { (words) }
                }
            }
        }
    };
    let cells = vec![
        marked(|piece| match piece {
            Piece::Same(words) => Some((words, false)),
            Piece::First(words) => Some((words, true)),
            Piece::Second(_) => None,
        }),
        marked(|piece| match piece {
            Piece::Same(words) => Some((words, false)),
            Piece::Second(words) => Some((words, true)),
            Piece::First(_) => None,
        }),
    ];
    let caption = frame.t("两份文件的文字，不同之处已标出", "Both texts, with what differs marked");
    let columns = vec![Column::new(national), Column::new(guangdong)];
    let table = Table::new(frame.lang, caption, columns, vec![portal::Row::new(cells)]);
    html! { (table.captioned()) }
}

fn discrepancies<'a>(frame: &Frame, found: impl Iterator<Item = &'a Discrepancy>) -> Markup {
    let rows: Vec<portal::Row> = found
        .map(|found| {
            portal::Row::new(vec![
                html! { (found.id) },
                html! { (found.finding.get(frame.lang)) },
                html! { (found.handling.get(frame.lang)) },
            ])
        })
        .collect();
    let columns = vec![
        Column::new(frame.t("编号", "No.")),
        Column::new(frame.t("差异", "What differs")),
        Column::new(frame.t("处理", "How it is read")),
    ];
    html! {
        @if !rows.is_empty() {
            h2 { (frame.t("文本差异", "Differences between the texts")) }
            (Table::new(frame.lang, frame.t("差异及其处理", "What differs and how it is read"), columns, rows))
        }
    }
}

fn linked(frame: &Frame, catalogue: &Catalogue, n: u8) -> Markup {
    let links: Vec<_> = catalogue.programme().links_of(n).collect();
    html! {
        @if !links.is_empty() {
            h2 { (frame.t("相关改革", "Related reforms")) }
            ul.bullets {
                @for link in links {
                    @for other in link.rows.iter().filter(|other| **other != n) {
                        li {
                            a href={ "/reforms/" (other) } { (numbered(frame, catalogue, *other)) }
                            " " span.quiet { (frame.t(&link.zh, &link.en)) }
                        }
                    }
                }
            }
        }
    }
}
