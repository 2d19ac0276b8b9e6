//! Pages of records: as of an instant, compared with another, with the timeline; extracts, their check, alerts.

mod gantt;
mod text;

pub use gantt::{Bar, Gantt, GanttLane, Group, timeline};
pub use text::{alert_label, holder_text, said, segment_text};

use crate::extract::ExtractRow;
use crate::http::Wanted;
use crate::inspection::LookRow;
use crate::record::queries::{Holding, KnownSegment, Turn};
use crate::record::{
    Cards, Definitions, Difference, Line, OwnershipForm, Phase, RecordKey, Register, Segment,
    Shown, ShownRestriction, Tone as Weight,
};
use crate::serve::Asked;
use crate::watch::AlertRow;
use codes::{Label, Lang, Moment};
use kernel::OrganKey;
use maud::{Markup, html};
use portal::{
    Audience, Button, Changes, Column, Control, Fact, Field, Frame, Notice, Page, Row, Table, Tone,
    details, empty, facts, history, inset, moment_tag, pick, tag, verdict,
};

/// What the page of a record shows.
pub(crate) struct RecordPage<'a> {
    pub(crate) class: &'a str,
    pub(crate) purpose: &'a str,
    pub(crate) asked: &'a Asked,
    pub(crate) segments: &'a [KnownSegment],
    pub(crate) turns: &'a [Turn],
    pub(crate) looks: Option<&'a [LookRow]>,
    pub(crate) extracts: Vec<ExtractRow>,
    pub(crate) compared: Option<Compared>,
    pub(crate) now: Moment,
    pub(crate) command: String,
    /// What organs are called.
    pub(crate) organs: &'a dyn Fn(&OrganKey) -> String,
}

/// What differs from another instant.
pub(crate) struct Compared {
    pub(crate) valid: Moment,
    pub(crate) known: Moment,
    pub(crate) differences: Vec<Difference>,
    /// The cards of those of whom either snapshot speaks.
    pub(crate) cards: Cards,
}

const fn tone(of: Weight) -> Tone {
    match of {
        Weight::Loss => Tone::Loss,
        Weight::Time => Tone::Time,
        Weight::Plain => Tone::Plain,
    }
}

/// An instant as a field of a form holds it, to the minute, on the wall clock.
fn local(at: Moment) -> String {
    let wall = at.wall();
    format!("{}T{:02}:{:02}", wall.date(), wall.hour(), wall.minute())
}

/// Whether there is a restriction of each kind, as chips: 有查封, 无抵押.
#[must_use]
pub fn presence_chips(lang: Lang, shown: &Shown) -> Markup {
    html! {
        ul.chips {
            @for (_, label, stands) in &shown.presence {
                li {
                    @if *stands {
                        (tag(Tone::Loss, &format!("{}{}", pick(lang, "有", "with "), label.get(lang))))
                    } @else {
                        (tag(Tone::Good, &format!("{}{}", pick(lang, "无", "no "), label.get(lang))))
                    }
                }
            }
        }
    }
}

/// The restrictions that stand, as a table.
#[must_use]
pub fn restrictions_table(lang: Lang, all: &[ShownRestriction]) -> Markup {
    let columns = [
        ("种类", "Kind"),
        ("状态", "State"),
        ("自", "Since"),
        ("至", "Until"),
        ("机关或者权利人", "On whose side"),
        ("文号", "Document"),
        ("金额", "Amount"),
    ];
    let columns = columns.map(|(zh, en)| Column::new(pick(lang, zh, en))).to_vec();
    let rows = all.iter().map(|one| {
        let known = one.detail.as_ref();
        let none = || html! { "—" };
        let phase = match one.phase {
            Phase::InForce => tag(tone(one.tone), pick(lang, "有效", "in force")),
            Phase::Waiting => tag(Tone::Plain, pick(lang, "轮候", "waiting")),
        };
        Row::new(vec![
            html! { (one.label.get(lang)) @if let Some(known) = known { " " span.quiet { "#" (known.rank) } } },
            phase,
            moment_tag(lang, one.span.0),
            one.span.1.map_or_else(none, |to| moment_tag(lang, to)),
            known.map_or_else(none, |known| html! { (known.side.name) }),
            known.map_or_else(none, |known| html! {
                (known.document_no)
                @for note in &known.notes { " " (tag(Tone::Time, text::note(lang, *note))) }
            }),
            known.and_then(|known| known.amount_fen).map_or_else(none, |fen| html! { (portal::yuan(fen)) }),
        ])
    });
    let none = empty(
        pick(lang, "没有权利限制", "No restriction"),
        pick(
            lang,
            "查封、抵押、异议、预告等登记后会在这里显示。",
            "Seizures, mortgages, objections and pre-notices show here once entered.",
        ),
        None,
    );
    let caption = pick(lang, "权利限制", "Restrictions");
    html! { (Table::new(lang, caption, columns, rows.collect()).empty(none)) }
}

/// What the sections say.
#[must_use]
pub fn sections(lang: Lang, shown: &Shown) -> Markup {
    html! {
        @for section in &shown.sections {
            section {
                h3 { (section.label.get(lang)) " " span.quiet { (pick(lang, "自 ", "since ")) (moment_tag(lang, section.since)) } }
                @let mut known: Vec<Fact> = section.facts.iter()
                    .map(|(_, label, value)| Fact::new(label.get(lang), html! { (said(value)) })).collect();
                @if section.count > 0 {
                    @let form = section.form.unwrap_or(if section.count == 1 { OwnershipForm::Sole } else { OwnershipForm::Joint });
                    @let () = known.push(Fact::new(pick(lang, "共有情况", "Held"), html! { (text::form(lang, form)) @if section.count > 1 { " · " (section.count) } }));
                    @let () = known.push(Fact::new(pick(lang, "权利人", "Holder"), html! {
                        @if section.holders.is_empty() { span.quiet { (pick(lang, "不予显示", "not shown")) } }
                        ul.plain { @for holder in &section.holders { li { (holder_text(lang, holder)) } } }
                    }));
                }
                (facts(lang, &known))
            }
        }
    }
}

/// The page that asks an officer for what a record is looked at.
pub(crate) fn ask_purpose(
    frame: &Frame,
    register: &Register,
    record: &RecordKey,
    wanted: &Wanted,
) -> Markup {
    let lang = frame.lang;
    let title = frame.t("查询目的", "Purpose of the query");
    let line = Control::Text { max: Some(200), autocomplete: None, inputmode: None };
    let common = ["登记审核", "依申请查询", "协助执行", "依职权核查"];
    let address = format!("/registers/{record}");
    let kept = [("valid", &wanted.valid), ("known", &wanted.known)];
    let body = html! {
        h1 { (title) }
        p.lead { (frame.t(
            "查询登记簿须写明目的；每次查询都会记录，并告知权利人（个人信息保护法第四十四条、第四十五条）。",
            "A look at the register names its purpose. Each look is recorded and told to the holder.",
        )) }
        (facts(lang, &[Fact::new(register.thing().get(lang), html! { code { (register.grouped(record.own())) } })]))
        form method="get" action=(address) {
            @for (name, value) in kept { @if let Some(value) = value { input type="hidden" name=(name) value=(value); } }
            (Field::new(lang, "purpose", frame.t("目的", "Purpose"), line)
                .hint(frame.t("例如：登记审核、协助执行（文号）", "such as: examination, assistance in execution (document)")).required(true))
            div.acts { (Button::main(frame.t("查询", "Look"), "look")) }
        }
        p { @for (i, purpose) in common.iter().enumerate() {
            @if i > 0 { " · " }
            a href={ (address) "?purpose=" (encoded(purpose)) } { (purpose) }
        } }
    };
    Page::new(title).render(frame, &body)
}

/// A text for the query of an address.
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// A record at an instant.
pub(crate) fn record(frame: &Frame, page: &RecordPage<'_>) -> Markup {
    let lang = frame.lang;
    let Asked { row, register, snapshot, shown, .. } = page.asked;
    let title = format!("{} {}", register.thing().get(lang), register.grouped(row.record.own()));
    let view = register.view(page.class);
    let shows_history = view.is_some_and(|view| view.history);
    let body = html! {
        h1 { (title) }
        p.lead {
            (frame.t("以下是登记簿所载 ", "What the register says of ")) b { (moment_tag(lang, snapshot.valid)) }
            (frame.t(" 的情况，截至 ", ", as known on ")) b { (moment_tag(lang, snapshot.known)) }
            (frame.t(" 所知。", "."))
        }
        @if let Some(view) = view {
            p.quiet { (frame.t("查询身份：", "Seen as: ")) (view.label().get(lang)) " · " (page.purpose) " · " (view.law) }
        }
        (ended(frame, page))
        @if shows_history { (instants(frame, page)) }
        @if let Some(compared) = &page.compared { (comparison(frame, register, page, compared)) }
        @if snapshot.opened.is_none() {
            (empty(frame.t("当时尚无记载", "Nothing was entered then"), frame.t("这一记载在所查的时间之前还没有登记。", "This record had not been opened by the time asked for."), None))
        } @else {
            h2 { (frame.t("权利限制", "Restrictions")) }
            (presence_chips(lang, shown))
            @if view.is_some_and(|view| view.restrictions != crate::record::RestrictionSight::Presence) {
                (restrictions_table(lang, &shown.restrictions))
            }
            h2 { (frame.t("登记情况", "What is registered")) }
            (sections(lang, shown))
        }
        @if shows_history {
            h2 { (frame.t("时间轴", "Timeline")) }
            (believed(frame, page))
            h2 { (frame.t("登记历史", "Entries")) }
            (entries(frame, page))
        }
        (extracts(frame, page))
        @if let Some(looks) = page.looks { (log(frame, page, looks)) }
        @if page.class == "holder" { (watching(frame, page)) }
    };
    let page_of = Page::new(title).wide();
    let page_of = match page.class {
        "holder" => page_of.crumb(frame.t("登记提醒", "Alerts"), "/registers/alerts"),
        _ => page_of,
    };
    page_of.render(frame, &body)
}

fn ended(frame: &Frame, page: &RecordPage<'_>) -> Markup {
    let lang = frame.lang;
    let Some((at, _, successors)) = &page.asked.snapshot.retired else { return html! {} };
    let body = html! {
        p { (frame.t("自 ", "Since ")) (moment_tag(lang, *at)) (frame.t(" 起注销或者并入其他记载。", " this record has ended.")) }
        @if !successors.is_empty() {
            p { (frame.t("后继记载：", "What came out of it: "))
                @for next in successors { a href={ "/registers/" (next) } { code { (next.own()) } } " " } }
        }
    };
    html! { (Notice::new(Tone::Time, frame.t("记载已终止", "The record has ended"), body)) }
}

/// The form that asks for another instant, or compares with one.
fn instants(frame: &Frame, page: &RecordPage<'_>) -> Markup {
    let Asked { row, snapshot, .. } = page.asked;
    let other_valid = page.compared.as_ref().map(|compared| local(compared.valid));
    let other_known = page.compared.as_ref().map(|compared| local(compared.known));
    let at = |name: &str, label: &str, hint: &str, value: Option<String>| {
        html! {
            div.field {
                label for=(name) { (label) }
                p.hint { (hint) }
                input id=(name) name=(name) type="datetime-local" value=[value];
            }
        }
    };
    let form = html! {
        form method="get" action={ "/registers/" (row.record) } {
            input type="hidden" name="purpose" value=(page.purpose);
            (at("valid", frame.t("事实时间", "What was so"), frame.t("要看哪一时刻的权属", "the instant asked about"), Some(local(snapshot.valid))))
            (at("known", frame.t("知悉时间", "As known"), frame.t("按当时登记簿的记载", "as the register stood then"), Some(local(snapshot.known))))
            (at("other_valid", frame.t("对比：事实时间", "Compared with: what was so"), frame.t("不填则不对比", "empty for no comparison"), other_valid))
            (at("other_known", frame.t("对比：知悉时间", "Compared with: as known"), frame.t("不填则同上", "empty for the same as above"), other_known))
            div.acts { (Button::main(frame.t("查看", "Show"), "show")) " "
                (Button::second_link(frame.t("现在", "Now"), format!("/registers/{}?purpose={}", row.record, encoded(page.purpose)))) }
        }
    };
    details(frame.t("按时间查询或者对比", "Another instant, or a comparison"), &form)
}

fn line_label(register: &Register, segments: &[KnownSegment], line: &Line) -> Label {
    match line {
        Line::Section(id) => register.section(id).map(|known| known.label()).unwrap_or_default(),
        Line::Restriction(no) => {
            let known = segments.iter().find(|known| known.segment.line == *line);
            let kind = known.and_then(|known| known.segment.standing());
            let kind = kind.and_then(|held| register.restriction(&held.restriction.kind));
            let label = kind.map(|kind| kind.label()).unwrap_or_default();
            Label::new(format!("{} #{no}", label.zh), format!("{} #{no}", label.en))
        }
    }
}

fn comparison(
    frame: &Frame,
    register: &Register,
    page: &RecordPage<'_>,
    compared: &Compared,
) -> Markup {
    let lang = frame.lang;
    let columns =
        [("部分", "Section"), ("事项", "Item"), ("对比时", "Compared"), ("所查时", "Asked for")];
    let columns = columns.map(|(zh, en)| Column::new(pick(lang, zh, en))).to_vec();
    let told = text::Telling { lang, register, cards: &compared.cards };
    let side = |difference: &Difference, gone: bool| {
        let value = if gone { &difference.before } else { &difference.after };
        match value {
            None => html! { span.quiet { "—" } },
            Some(value) if gone => {
                html! { del { (told.value(&difference.line, &difference.part, value)) } }
            }
            Some(value) => {
                html! { ins { (told.value(&difference.line, &difference.part, value)) } }
            }
        }
    };
    let rows = compared.differences.iter().map(|difference| {
        let part = text::part(register, &difference.line, &difference.part);
        Row::new(vec![
            html! { (line_label(register, page.segments, &difference.line).get(lang)) },
            html! { (part.get(lang)) },
            side(difference, true),
            side(difference, false),
        ])
    });
    let same = empty(
        frame.t("两个时点的记载相同", "The same at both instants"),
        frame.t("换一个时间再对比。", "Compare with another instant."),
        None,
    );
    let caption = frame.t("对比结果", "What differs");
    html! {
        h2 { (caption) }
        p { (frame.t("与 ", "Compared with ")) (moment_tag(lang, compared.valid)) (frame.t("（截至 ", " (as known on ")) (moment_tag(lang, compared.known)) (frame.t(" 所知）的记载相比：", "):")) }
        (Table::new(lang, caption, columns, rows.collect()).empty(same))
    }
}

/// The timeline of what was believed at the instant of knowing.
fn believed(frame: &Frame, page: &RecordPage<'_>) -> Markup {
    let known = page.asked.snapshot.known;
    let then: Vec<Segment> = page
        .segments
        .iter()
        .filter(|known_segment| {
            known_segment.recorded_from <= known
                && known_segment.recorded_to.is_none_or(|to| known < to)
        })
        .map(|known_segment| known_segment.segment.clone())
        .collect();
    let drawn = timeline(frame.lang, &page.asked.register, &then, page.now);
    html! { (drawn) }
}

/// The history: every entry, and of a correction what stood before; nothing of it is ever deleted.
fn entries(frame: &Frame, page: &RecordPage<'_>) -> Markup {
    let lang = frame.lang;
    let register = &page.asked.register;
    let changes = page.turns.iter().rev().map(|turn| {
        let made = page.segments.iter().filter(|known| known.version == turn.version);
        let void = page.segments.iter().filter(|known| known.voided_by == Some(turn.version));
        let names: Vec<String> = turn
            .lines
            .iter()
            .filter_map(|line| {
                let known = page.segments.iter().find(|one| one.segment.line.to_string() == *line)?;
                Some(line_label(register, page.segments, &known.segment.line).get(lang).to_owned())
            })
            .collect();
        let corrected = turn.what == "Corrected" || turn.what == "RestrictionAnnulled";
        let by = match &turn.organ {
            Some(organ) => (page.organs)(organ),
            None => frame.t("系统", "the platform").to_owned(),
        };
        let what = html! {
            strong { (text::event(lang, &turn.what)) @if let Some(act) = register.act(&turn.act) { " · " (act.get(lang)) } }
            " " (names.join(pick(lang, "、", ", ")))
            @if corrected { " " (tag(Tone::Time, frame.t("更正", "correction"))) }
            p.quiet lang="zh-CN" { (by) @if !turn.document_no.is_empty() { " · " (turn.document_no) } @if !turn.reason.is_empty() { " · " (turn.reason) } }
            ul.plain {
                @for known in void { li { del { (segment_text(lang, register, &known.segment)) } } }
                @for known in made { li { ins { (segment_text(lang, register, &known.segment)) } } }
            }
        };
        Changes { at: turn.at, what, who: None }
    });
    let changes: Vec<Changes> = changes.collect();
    html! {
        p.quiet { (frame.t("更正只是新的记载：划线的是登记簿当时的记载，仍可按“知悉时间”查到。", "A correction is a further entry: what is struck through is what the register said before, and can still be asked for by `as known`.")) }
        (history(lang, &changes))
    }
}

fn extracts(frame: &Frame, page: &RecordPage<'_>) -> Markup {
    let lang = frame.lang;
    let line = Control::Text { max: Some(200), autocomplete: None, inputmode: None };
    let rows = page.extracts.iter().map(|row| {
        Row::new(vec![
            html! { (row.number) },
            moment_tag(lang, row.order.valid),
            html! { (row.order.purpose) },
        ])
        .href(format!("/registers/extracts/{}", row.extract))
    });
    let columns = [("编号", "Number"), ("截至", "As of"), ("目的", "Purpose")];
    let columns = columns.map(|(zh, en)| Column::new(pick(lang, zh, en))).to_vec();
    let caption = frame.t("查询结果证明", "Extracts");
    html! {
        h2 { (caption) }
        @if !page.extracts.is_empty() { (Table::new(lang, caption, columns, rows.collect())) }
        form method="post" action={ "/registers/" (page.asked.row.record) "/extract" } {
            (portal::stamp(&page.command, None))
            (Field::new(lang, "purpose", frame.t("出具目的", "Purpose"), line).value(page.purpose).required(true))
            div.acts { (Button::second(frame.t("出具查询结果证明", "Make an extract"), "extract")) }
        }
    }
}

fn log(frame: &Frame, page: &RecordPage<'_>, looks: &[LookRow]) -> Markup {
    let lang = frame.lang;
    let columns = [
        ("时间", "When"),
        ("谁", "Who"),
        ("身份", "Seen as"),
        ("目的", "Purpose"),
        ("依据", "By law"),
    ];
    let columns = columns.map(|(zh, en)| Column::new(pick(lang, zh, en))).to_vec();
    let rows = looks.iter().map(|look| {
        let who = match (&look.organ, &look.party) {
            (Some(organ), _) => (page.organs)(organ),
            (None, Some(_)) => frame.t("当事人", "a party").to_owned(),
            (None, None) => frame.t("系统", "the platform").to_owned(),
        };
        Row::new(vec![
            moment_tag(lang, look.at),
            html! { (who) @if let Some(role) = &look.role { " · " (text::role(lang, role)) } },
            html! {
                @if look.refused { (tag(Tone::Loss, frame.t("已拒绝", "refused"))) }
                @else if let Some(view) = page.asked.register.view(&look.view) { (view.label().get(lang)) }
                @else { (look.view) }
            },
            html! { (look.purpose) },
            html! { (look.law) },
        ])
    });
    let caption = frame.t("查询记录", "Who looked");
    html! { h2 { (caption) } (Table::new(lang, caption, columns, rows.collect())) }
}

fn watching(frame: &Frame, page: &RecordPage<'_>) -> Markup {
    let body = html! {
        p { (frame.t("有人就这一不动产提出申请或者登记簿发生变化时，您会免费收到提醒。", "You are told free of charge when anything is applied for or entered here.")) }
        form method="post" action={ "/registers/" (page.asked.row.record) "/watch" } {
            (Button::second(frame.t("开启提醒", "Turn alerts on"), "subscribe")) " "
            (Button::plain(frame.t("关闭提醒", "Turn them off"), "mute"))
        }
        p { a href="/registers/alerts" { (frame.t("查看全部提醒", "All alerts")) } }
    };
    html! { h2 { (frame.t("登记提醒", "Alerts")) } (body) }
}

/// An extract, for whoever asked for it.
pub(crate) fn extract(frame: &Frame, register: &Register, row: &ExtractRow) -> Markup {
    let lang = frame.lang;
    let title = frame.t("查询结果证明", "Extract");
    let known = [
        Fact::new(frame.t("编号", "Number"), html! { (row.number) }),
        Fact::new(
            register.thing().get(lang),
            html! { code { (register.grouped(row.order.record.own())) } },
        ),
        Fact::new(frame.t("查询机构", "Answered by"), html! { (row.order.issuer.name) }),
        Fact::new(frame.t("目的", "Purpose"), html! { (row.order.purpose) }),
        Fact::new(frame.t("依据", "By law"), html! { (row.order.law) }),
        Fact::new(frame.t("截至", "As of"), moment_tag(lang, row.order.valid)),
    ];
    let body = html! {
        h1 { (title) }
        (facts(lang, &known))
        @match (&row.paper, &row.token) {
            (Some(_), Some(token)) => p.acts {
                (Button::link(frame.t("下载（PDF）", "Download (PDF)"), format!("/registers/extracts/{}/document.pdf", row.extract)))
                (Button::second_link(frame.t("公开核验页", "Public page"), format!("/registers/check/{token}")))
            },
            _ => (inset(&html! { p { (frame.t("证明正在制作，请稍后刷新。", "It is being made; reload shortly.")) } })),
        }
        p.quiet { (frame.t("本证明只反映上述时刻的记载。", "It holds as of that instant only.")) }
    };
    Page::new(title)
        .crumb(frame.t("登记簿", "Register"), format!("/registers/{}", row.order.record))
        .render(frame, &body)
}

/// Whether an extract is genuine, and of which instant; nothing of what it says.
pub(crate) fn checked(frame: &Frame, row: Option<&ExtractRow>, now: Moment) -> Markup {
    let lang = frame.lang;
    let title = frame.t("核验查询结果证明", "Check an extract");
    let body = match row {
        Some(row) => {
            let known = [
                Fact::new(frame.t("编号", "Number"), html! { (row.number) }),
                Fact::new(frame.t("查询机构", "Answered by"), html! { (row.order.issuer.name) }),
                Fact::new(frame.t("截至", "As of"), moment_tag(lang, row.order.valid)),
            ];
            let under = html! {
                p { (frame.t("本证明只反映“截至”时刻登记簿的记载，此后的变化以登记簿为准。", "It shows what the register said at that instant and at no other.")) }
                p.quiet { (frame.t("核验时间 ", "Checked ")) (moment_tag(lang, now)) }
            };
            html! {
                (verdict(Tone::Good, &Label::new("本机构出具", "Genuine"), lang, &under))
                (facts(lang, &known))
            }
        }
        None => verdict(
            Tone::Loss,
            &Label::new("非本机构出具", "Not issued here"),
            lang,
            &html! { p { (frame.t("没有这一编码的查询结果证明。请核对网址或者二维码是否完整。", "No extract bears this code. See whether address or QR code is whole.")) } },
        ),
    };
    let body = html! { h1 { (title) } (body) };
    Page::new(title).audience(Audience::Applicant).render(frame, &body)
}

/// What a party was alerted of, and what it holds.
pub(crate) fn alerts(
    frame: &Frame,
    registers: &Definitions,
    rows: &[AlertRow],
    held: &[Holding],
) -> Markup {
    let lang = frame.lang;
    let title = frame.t("登记提醒", "Alerts");
    let named = |record: &RecordKey| match registers.get(record.register()) {
        Some(register) => (register.thing().get(lang).to_owned(), register.grouped(record.own())),
        None => (String::new(), record.to_string()),
    };
    let lines = rows.iter().map(|row| {
        let (thing, key) = named(&row.record);
        let act = registers.get(row.record.register()).and_then(|register| register.act(&row.kind));
        Row::new(vec![
            moment_tag(lang, row.at),
            html! { (thing) " " a href={ "/registers/" (row.record) } { code { (key) } } },
            html! { (text::event(lang, &row.what)) @if let Some(act) = act { " · " (act.get(lang)) } },
        ])
    });
    let columns = [("时间", "When"), ("不动产", "Thing"), ("发生了什么", "What happened")];
    let columns = columns.map(|(zh, en)| Column::new(pick(lang, zh, en))).to_vec();
    let none = empty(
        frame.t("还没有提醒", "No alerts yet"),
        frame.t(
            "有人就您名下的财产提出申请，或者登记簿发生变化时，会在这里提醒您。",
            "When anything is applied for or entered on what you hold, you are told here.",
        ),
        None,
    );
    let body = html! {
        h1 { (title) }
        (Table::new(lang, title, columns, lines.collect()).empty(none))
        @if !held.is_empty() {
            h2 { (frame.t("您名下的登记", "What you hold")) }
            ul.links { @for holding in held {
                @let (thing, key) = named(&holding.record);
                li { (thing) " " a href={ "/registers/" (holding.record) } { code { (key) } }
                    @if let Some(share) = holding.share { " " (share) }
                    " · " (frame.t("自 ", "since ")) (moment_tag(lang, holding.since)) }
            } }
        }
    };
    Page::new(title).audience(Audience::Applicant).render(frame, &body)
}

/// What is shown, for programs.
pub(crate) fn as_json(asked: &Asked) -> serde_json::Value {
    let Asked { row, shown, snapshot, .. } = asked;
    let sections = shown.sections.iter().map(|section| {
        let facts: serde_json::Map<String, serde_json::Value> = section
            .facts
            .iter()
            .map(|(key, _, value)| (key.clone(), serde_json::json!(value)))
            .collect();
        let holders = section.holders.iter().map(|holder| {
            serde_json::json!({"name": holder.name, "document": holder.document, "share": holder.share})
        });
        serde_json::json!({
            "id": section.id, "since": section.since, "facts": facts, "form": section.form,
            "count": section.count, "holders": holders.collect::<Vec<_>>(),
        })
    });
    let restrictions = shown.restrictions.iter().map(|one| {
        serde_json::json!({
            "no": one.no, "kind": one.kind, "label": one.label, "phase": one.phase,
            "from": one.span.0, "to": one.span.1, "detail": one.detail,
        })
    });
    let presence: serde_json::Map<String, serde_json::Value> =
        shown.presence.iter().map(|(kind, _, stands)| (kind.clone(), (*stands).into())).collect();
    serde_json::json!({
        "record": row.record, "organ": row.organ, "place": row.place, "version": row.version,
        "valid": snapshot.valid, "known": snapshot.known,
        "sections": sections.collect::<Vec<_>>(),
        "restrictions": restrictions.collect::<Vec<_>>(), "presence": presence,
    })
}
