//! Pages of announcements: the board, one announcement with its term as a picture, objections and history.

use super::http::Asked;
use super::queries::{AnnouncementRow, AnnouncementTurn, ObjectionRow};
use super::{Objector, Stand};
use crate::bar::{Stretch, term_bar};
use calendar::Calendar;
use codes::{Date, Label, Lang};
use maud::{Markup, html};
use portal::{
    Audience, Button, Changes, Choice, Column, Control, Fact, Failure, Field, Filter, Frame, Page,
    Pager, Row, Table, Tone, date_tag, details, empty, error_summary, facts, history, moment_tag,
    panel, tag, verdict,
};

/// What the page of an announcement shows beside its row.
pub(crate) struct Seen<'a> {
    pub(crate) turns: &'a [AnnouncementTurn],
    pub(crate) objections: &'a [ObjectionRow],
    /// The facts of each objection, for officers of the organ alone.
    pub(crate) told: Option<&'a [String]>,
    pub(crate) calendar: &'a Calendar,
    pub(crate) today: Date,
}

fn stand_tag(lang: Lang, stand: Stand) -> Markup {
    let tone = match stand {
        Stand::Running => Tone::Active,
        Stand::Ended => Tone::Good,
        Stand::Stopped | Stand::Withdrawn => Tone::Loss,
    };
    tag(tone, stand.label().get(lang))
}

/// The address of the board with one part of its narrowing changed.
fn board_href(asked: &Asked, sort: &str, stand: &str) -> String {
    let pairs = [("sort", sort), ("stand", stand), ("place", &asked.place), ("q", &asked.q)];
    let query: Vec<String> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    if query.is_empty() {
        "/delivery/board".to_owned()
    } else {
        format!("/delivery/board?{}", query.join("&"))
    }
}

/// A value of a query, every byte beyond letters and digits escaped.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            all.push(char::from(byte));
        } else {
            all.push_str(&format!("%{byte:02X}"));
        }
        all
    })
}

/// By sort, and by state: each a link that can be kept.
fn filters(frame: &Frame, sorts: &[(String, Label, u64)], asked: &Asked) -> Vec<Filter> {
    let lang = frame.lang;
    let all = Filter {
        label: frame.t("全部", "All").to_owned(),
        href: board_href(asked, "", &asked.stand),
        active: asked.sort.is_empty(),
        count: None,
    };
    let sorts = sorts.iter().map(|(key, label, running)| Filter {
        label: label.get(lang).to_owned(),
        href: board_href(asked, key, &asked.stand),
        active: asked.sort == *key,
        count: Some(*running),
    });
    let stands = Stand::ALL.into_iter().map(|stand| {
        let active = asked.stand == stand.word();
        // Pressed again, it lets go.
        let href = board_href(asked, &asked.sort, if active { "" } else { stand.word() });
        Filter { label: stand.label().get(lang).to_owned(), href, active, count: None }
    });
    [all].into_iter().chain(sorts).chain(stands).collect()
}

/// The board (公告栏).
pub(crate) fn board(
    frame: &Frame,
    rows: &[AnnouncementRow],
    sorts: &[(String, Label, u64)],
    asked: &Asked,
    limit: u32,
) -> Markup {
    let lang = frame.lang;
    let title = frame.t("公告栏", "Public notices");
    let columns = vec![
        Column::new(frame.t("公告", "Announcement")),
        Column::new(frame.t("种类", "Sort")),
        Column::new(frame.t("发布单位", "Organ")),
        Column::new(frame.t("期满日", "Last day")),
        Column::new(frame.t("状态", "State")),
    ];
    let lines = rows
        .iter()
        .map(|row| {
            Row::new(vec![
                html! { (row.posting.title.get(lang)) },
                html! { (row.posting.sort.get(lang)) },
                html! { (row.posting.issuer.name) },
                date_tag(lang, row.to),
                stand_tag(lang, row.stand),
            ])
            .href(format!("/delivery/announcements/{}", row.announcement))
        })
        .collect();
    let full = usize::try_from(limit).is_ok_and(|limit| rows.len() >= limit);
    let here = board_href(asked, &asked.sort, &asked.stand);
    let joined = |more: &str| format!("{here}{}{more}", if here.contains('?') { "&" } else { "?" });
    let next = rows
        .last()
        .filter(|_| full)
        .map(|last| joined(&format!("before={}", last.published_at.us())));
    let nothing = empty(
        frame.t("没有符合条件的公告", "No such announcement"),
        frame.t(
            "公告期满、终止或者撤回的也会保留在这里。",
            "Those that ended, were stopped or taken back stay here as well.",
        ),
        None,
    );
    let file = here.replacen("/delivery/board", "/delivery/board.csv", 1);
    let table = Table::new(lang, title, columns, lines)
        .filters(filters(frame, sorts, asked))
        .csv(file)
        .pager(Pager { first: asked.before.map(|_| here.clone()), next })
        .empty(nothing);
    let body = html! {
        h1 { (title) }
        form method="get" action="/delivery/board" role="search" {
            @if !asked.sort.is_empty() { input type="hidden" name="sort" value=(asked.sort); }
            (Field::text(lang, "q", frame.t("查找", "Find")).value(asked.q.as_str()))
            (Field::new(lang, "place", frame.t("行政区划代码（前几位）", "Division code, its first digits"),
                Control::Text { max: Some(6), autocomplete: None, inputmode: Some("numeric") }).value(asked.place.as_str()))
            div.acts { button.button.second type="submit" { (frame.t("查找", "Find")) } }
        }
        (table)
        p.quiet { (frame.t("供程序使用：", "For programs: ")) a href="/api/v1/delivery/announcements" { "/api/v1/delivery/announcements" } }
    };
    Page::new(title).audience(Audience::Applicant).wide().render(frame, &body)
}

/// One announcement.
pub(crate) fn one(
    frame: &Frame,
    row: &AnnouncementRow,
    seen: &Seen<'_>,
    failure: Option<&Failure>,
) -> Markup {
    let lang = frame.lang;
    let title = row.posting.title.get(lang);
    let known = known(frame, row);
    let text = row.text.get(lang);
    let text = if text.trim().is_empty() { row.text.zh.as_str() } else { text };
    let body = html! {
        @if let Some(failure) = failure {
            (error_summary(lang, [("objections", failure.label.get(lang))]))
        }
        h1 { (title) }
        @if matches!(row.stand, Stand::Withdrawn | Stand::Stopped) {
            (verdict(Tone::Loss, &row.stand.label(), lang, &html! { @if let Some(why) = &row.why { p { (why) } } }))
        }
        @for paragraph in text.lines().filter(|line| !line.trim().is_empty()) { p { (paragraph) } }
        (facts(lang, &known))
        (term_bar(frame, seen.calendar, &Stretch {
            id: "term",
            caption: frame.t("公告期", "The term"),
            label: row.posting.sort.get(lang),
            from: row.from,
            to: row.to,
            over: row.stand != Stand::Running,
            today: seen.today,
        }))
        (reachable(frame, seen.turns))
        h2 #objections { (frame.t("异议", "Objections")) }
        (objections(frame, row, seen))
        @if seen.told.is_some() { (officer(frame, row)) }
        h2 { (frame.t("经过", "History")) }
        (history(lang, &seen.turns.iter().map(|turn| changed(frame, turn)).collect::<Vec<_>>()))
    };
    Page::new(title)
        .crumb(frame.t("公告栏", "Public notices"), "/delivery/board")
        .audience(Audience::Applicant)
        .failed(failure.is_some())
        .render(frame, &body)
}

fn known(frame: &Frame, row: &AnnouncementRow) -> Vec<Fact> {
    let lang = frame.lang;
    let mut known = vec![
        Fact::new(frame.t("状态", "State"), stand_tag(lang, row.stand)),
        Fact::new(frame.t("发布单位", "Organ"), html! { (row.posting.issuer.name) }),
        Fact::new(frame.t("发布时间", "Published"), moment_tag(lang, row.published_at)),
        Fact::new(
            frame.t("期满日", "Last day"),
            html! {
                (date_tag(lang, row.to))
                @if row.provisional { " " (tag(Tone::Time, frame.t("放假通知公布后可能变动", "may move with a holiday notice"))) }
            },
        ),
        Fact::new(frame.t("依据", "Ground"), html! { (row.posting.source) }),
    ];
    if let Some(on) = row.ended_on {
        known.push(Fact::new(frame.t("结束日期", "Ended on"), date_tag(lang, on)));
    }
    known.extend(
        row.posting
            .facts
            .iter()
            .map(|(name, value)| Fact::new(fact_name(frame, name), html! { (value) })),
    );
    known
}

fn fact_name<'a>(frame: &Frame, name: &'a str) -> &'a str {
    match name {
        "enterprise_name" => frame.t("企业名称", "Enterprise"),
        "uscc" => frame.t("统一社会信用代码", "USCC"),
        "decision_no" => frame.t("决定书文号", "Decision"),
        "unit_no" => frame.t("不动产单元号", "Real-estate unit"),
        "listing" => frame.t("列入记录", "Entry on the list"),
        "list" => frame.t("名单", "List"),
        "certificate_no" | "real_estate_certificate_no" => frame.t("权证号", "Certificate"),
        other => other,
    }
}

/// How often our own checks found the page, over all days.
fn reachable(frame: &Frame, turns: &[AnnouncementTurn]) -> Markup {
    let days = turns.iter().filter(|turn| turn.what == "Checked").count();
    html! {
        @if days > 0 {
            p.quiet { (frame.t("平台逐日自查可访问性，已记录 ", "The platform checks daily that this page is reachable; days on record: ")) (days)
                (frame.t(" 天，见下方经过。", ", see the history below.")) }
        }
    }
}

fn objections(frame: &Frame, row: &AnnouncementRow, seen: &Seen<'_>) -> Markup {
    let lang = frame.lang;
    let Some(rule) = &row.posting.objections else {
        return html! { p { (frame.t("这份公告不受理异议。", "This announcement takes no objections.")) } };
    };
    let path = format!("/delivery/announcements/{}", row.announcement);
    html! {
        @for (at, objection) in seen.objections.iter().enumerate() {
            (one_objection(frame, objection, seen.told.and_then(|told| told.get(at)), &path))
        }
        @if row.stand == Stand::Running {
            (details(frame.t("提出异议", "Object"), &html! {
                form method="post" action={ (path) "/objections" } enctype="multipart/form-data" {
                    (Field::new(lang, "facts", frame.t("事实与理由", "Facts"), Control::Area { max: Some(5000), lines: 5 })
                        .hint(frame.t("请写明可以核查的时间、地点、经过。", "Say when, where and what, so that it can be checked.")).required(true))
                    (Field::text(lang, "name", frame.t("姓名或者名称", "Name"))
                        .hint(if rule.anonymous { frame.t("可以不填；匿名提出的，事实不少于20字。", "May be left empty; then at least 20 characters of facts.") } else { frame.t("须实名提出。", "A name is needed.") })
                        .required(!rule.anonymous))
                    (Field::text(lang, "contact", frame.t("联系方式", "How to reach you")).required(!rule.anonymous))
                    (Field::new(lang, "evidence", frame.t("证据材料", "Evidence"), Control::File { accept: ".pdf,image/png,image/jpeg".to_owned(), multiple: false }))
                    p.hint { (frame.t("您的姓名、联系方式和材料只有受理单位能看到。", "Name, contact and files are seen by the organ alone.")) }
                    div.acts { (Button::main(frame.t("提交异议", "Object"), "object")) }
                }
            }))
        }
    }
}

fn one_objection(
    frame: &Frame,
    objection: &ObjectionRow,
    told: Option<&String>,
    path: &str,
) -> Markup {
    let lang = frame.lang;
    let title = format!("{}{}", frame.t("异议第", "Objection no. "), objection.no);
    let named = matches!(objection.objection.by, Objector::Named { .. });
    panel(
        &format!("{title}{}", frame.t("号", "")),
        &html! {
            p {
                (moment_tag(lang, objection.at)) " "
                (if named { frame.t("实名", "by name") } else { frame.t("匿名", "without a name") }) " "
                @match (objection.answered_on, objection.upheld) {
                    (Some(_), Some(true)) => (tag(Tone::Loss, frame.t("异议成立", "upheld"))),
                    (Some(_), _) => (tag(Tone::Good, frame.t("异议不成立", "not upheld"))),
                    _ => (tag(Tone::Time, frame.t("待答复", "to be answered"))),
                }
            }
            @if let Some(told) = told { p { (told) } }
            @match (&objection.answer, objection.answered_on) {
                (Some(answer), Some(on)) => p { (date_tag(lang, on)) " " (answer) },
                _ => {
                    p.quiet { (frame.t("答复期限 ", "To be answered by ")) (date_tag(lang, objection.answer_by)) }
                    @if told.is_some() {
                        form method="post" action=(path) {
                            (Field::new(lang, "upheld", frame.t("结论", "Result"), Control::Radios(vec![
                                Choice::new("no", frame.t("异议不成立", "Not upheld")), Choice::new("yes", frame.t("异议成立", "Upheld")),
                            ])).value("no").required(true))
                            (Field::new(lang, "answer", frame.t("答复", "Answer"), Control::Area { max: Some(200), lines: 3 }).required(true))
                            div.acts { (Button::main(frame.t("答复", "Answer"), format!("answer:{}", objection.no))) }
                        }
                    }
                }
            }
        },
    )
}

/// What officers of the organ may do with it.
fn officer(frame: &Frame, row: &AnnouncementRow) -> Markup {
    let lang = frame.lang;
    let path = format!("/delivery/announcements/{}", row.announcement);
    html! {
        @if row.stand == Stand::Running {
            (details(frame.t("修改公告", "Amend"), &html! {
                form method="post" action=(path) {
                    (Field::new(lang, "text_zh", frame.t("正文（中文）", "Text in Chinese"), Control::Area { max: Some(20000), lines: 6 }).value(row.text.zh.as_str()).required(true))
                    (Field::new(lang, "text_en", frame.t("正文（英文）", "Text in English"), Control::Area { max: Some(20000), lines: 4 }).value(row.text.en.as_str()))
                    (Field::new(lang, "restart", frame.t("公告期重新起算", "The term begins again"), Control::Tick))
                    (Field::text(lang, "reason", frame.t("修改理由", "Reason")).required(true))
                    div.acts { (Button::second(frame.t("发布修改", "Amend"), "amend")) }
                }
            }))
            (details(frame.t("登记公示中断", "Record an outage"), &html! {
                form method="post" action=(path) {
                    (Field::new(lang, "from", frame.t("中断开始", "From"), Control::Time).required(true))
                    (Field::new(lang, "to", frame.t("恢复时间", "To"), Control::Time).required(true))
                    (Field::text(lang, "cause", frame.t("原因", "Cause")).required(true))
                    div.acts { (Button::second(frame.t("登记", "Record"), "outage")) }
                }
            }))
        }
        @if matches!(row.stand, Stand::Running | Stand::Ended) {
            (details(frame.t("撤回公告", "Take back"), &html! {
                form method="post" action=(path) {
                    (Field::text(lang, "reason", frame.t("撤回理由", "Reason")).required(true))
                    div.acts { (Button::loss(frame.t("撤回", "Take back"), "withdraw")) }
                }
            }))
        }
    }
}

fn changed(frame: &Frame, turn: &AnnouncementTurn) -> Changes {
    let lang = frame.lang;
    let what = match turn.what.as_str() {
        "Announced" => frame.t("发布，期满日", "Published, last day"),
        "Amended" => frame.t("修改，期满日", "Amended, last day"),
        "Withdrawn" => frame.t("撤回", "Taken back"),
        "Objected" => frame.t("收到异议，答复期限", "Objection, to be answered by"),
        "Answered" => frame.t("答复异议", "Objection answered"),
        "OutageRecorded" => frame.t("公示中断", "Outage"),
        "Moved" => frame.t("期满日改为", "Last day is now"),
        "Checked" => frame.t("可访问性自查", "Own check"),
        "Ended" => frame.t("公告结束", "Ended"),
        other => other,
    };
    let what = html! {
        (what)
        @if let Some(day) = turn.day { " " (date_tag(lang, day)) }
        @if !turn.told.get(lang).is_empty() { " " span.quiet { (turn.told.get(lang)) } }
    };
    Changes { at: turn.at, what, who: None }
}
