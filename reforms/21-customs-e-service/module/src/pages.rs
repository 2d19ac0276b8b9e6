//! Pages of penalty cases: Chinese first, English second, all of them without scripts.

mod case;
mod counter;
mod forms;
mod letter;
mod operation;
mod public;

pub(crate) use case::{Seen, case};
pub(crate) use counter::{Progress, counter};
pub(crate) use forms::{draft, new_case};
pub(crate) use letter::{Letter, letter, letters};
pub(crate) use operation::operation;
pub(crate) use public::{checked, enter};

use crate::model::{Consent, Mark};
use crate::queries::CaseRow;
use calendar::Calendar;
use codes::{Date, Label, Lang};
use maud::{Markup, html};
use penalty::Kind;
use portal::{
    Button, Column, Frame, Lane, Page, Pager, Row, Span, SpanState, Table, Timeline, Tone,
    date_tag, empty, moment_tag, tag,
};

/// What a term is called.
pub(crate) fn clock_label(kind: Kind) -> Label {
    match kind {
        Kind::Defence => Label::new("陈述、申辩", "defence"),
        Kind::HearingRequest => Label::new("申请听证", "asking for a hearing"),
        Kind::HearingNotice => Label::new("通知听证", "notice of hearing"),
        Kind::ServeAbsent => Label::new("送达决定", "service of the decision"),
        Kind::Decide | Kind::DecideExtension => Label::new("作出决定", "decision"),
        Kind::Pay => Label::new("缴纳罚款", "payment"),
        Kind::Review => Label::new("申请行政复议", "administrative review"),
        Kind::Suit => Label::new("提起行政诉讼", "suit"),
        Kind::Demand => Label::new("催告履行", "performance after a demand"),
        Kind::Withdrawal => Label::new("撤回公开", "withdrawal from the public"),
        Kind::Announcement => Label::new("公告送达", "service by public notice"),
    }
}

pub(crate) fn mark_tag(lang: Lang, mark: Mark, open: bool) -> Markup {
    let tone = match (mark, open) {
        (Mark::Annulment | Mark::Surcharge, true) => Tone::Loss,
        (Mark::Closed, _) => Tone::Plain,
        (_, true) => Tone::Active,
        (_, false) => Tone::Good,
    };
    tag(tone, mark.label().get(lang))
}

pub(crate) fn consent_tag(lang: Lang, consent: Consent) -> Markup {
    let tone = match consent {
        Consent::InForce => Tone::Good,
        Consent::Asked => Tone::Active,
        Consent::Refused | Consent::Over => Tone::Time,
        Consent::Unasked => Tone::Plain,
    };
    tag(tone, consent.label().get(lang))
}

/// The cases of a customs office.
pub(crate) fn cases(frame: &Frame, rows: &[CaseRow], today: Date, limit: u32) -> Markup {
    let lang = frame.lang;
    let title = frame.t("处罚案件", "Penalty cases");
    let columns = vec![
        Column::new(frame.t("案件编号", "Case")),
        Column::new(frame.t("案由", "Matter")),
        Column::new(frame.t("环节", "Stage")),
        Column::new(frame.t("自", "Since")),
        Column::new(frame.t("期限", "Due")),
        Column::new(frame.t("电子送达", "E-service")),
    ];
    let lines = rows
        .iter()
        .map(|row| {
            let must = html! {
                @if row.must_annul.is_some() { " " (tag(Tone::Loss, frame.t("应当撤销", "to be annulled"))) }
            };
            Row::new(vec![
                html! { (row.no) },
                html! { (row.cause) },
                html! { (mark_tag(lang, row.stage, row.closed.is_none())) (must) },
                moment_tag(lang, row.since),
                html! { @match row.due_on { Some(on) => (date_tag(lang, on)), None => "—" } },
                consent_tag(lang, row.consent),
            ])
            .href(format!("/penalty/cases/{}", row.no))
            .late(row.closed.is_none() && row.due_on.is_some_and(|on| on < today))
        })
        .collect();
    let full = usize::try_from(limit).is_ok_and(|limit| rows.len() >= limit);
    let next = rows.last().filter(|_| full);
    let next = next.map(|last| format!("/penalty/cases?before={}", last.since.us()));
    let nothing = empty(
        frame.t("还没有案件", "No cases yet"),
        frame.t(
            "案件系统报送的案件会自动出现在这里，也可以手工立案。",
            "Cases that the case system sends appear here; they can be filed by hand as well.",
        ),
        None,
    );
    let table =
        Table::new(lang, title, columns, lines).pager(Pager { first: None, next }).empty(nothing);
    let body = html! {
        h1 { (title) }
        p.acts {
            (Button::link(frame.t("立案", "File a case"), "/penalty/cases/new"))
            (Button::second_link(frame.t("运行情况", "Operation"), "/penalty/operation"))
        }
        (table)
    };
    Page::new(title).render(frame, &body)
}

/// The clock bar: each term a bar over the days, rest days shaded, the last day marked.
pub(crate) fn clocks(
    lang: Lang,
    lanes: Vec<Lane>,
    calendar: &Calendar,
    today: Date,
) -> Option<Timeline> {
    let first = lanes.iter().flat_map(|lane| lane.spans.iter().map(|span| span.from)).min()?;
    let last = lanes.iter().flat_map(|lane| lane.spans.iter().map(|span| span.to)).max()?;
    let days = first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last);
    let rest_days = days.filter(|day| !calendar.is_workday(*day)).collect();
    Some(Timeline {
        lang,
        caption: portal::pick(lang, "期限", "Terms").to_owned(),
        id: "clocks".to_owned(),
        from: first,
        to: last,
        today: Some(today),
        rest_days,
        lanes,
    })
}

/// One term as a bar.
pub(crate) fn lane(lang: Lang, of: &str, run: &penalty::Run, today: Date) -> Lane {
    let left = portal::pick(lang, "运行中", "running");
    let over = portal::pick(lang, "已届满", "over");
    let running = today <= run.on;
    let (state, word) = if running { (SpanState::Running, left) } else { (SpanState::Done, over) };
    let tone = if running { Tone::Active } else { Tone::Plain };
    // The day of the cause does not count.
    let from = run.from.tomorrow().unwrap_or(run.from).min(run.on);
    Lane {
        organ: clock_label(run.kind).get(lang).to_owned(),
        task: of.to_owned(),
        state: (tone, word.to_owned()),
        spans: vec![Span { from, to: run.on, state, cause: Some(run.source.clone()) }],
        promise: None,
        statutory: Some(run.on),
        href: None,
    }
}
