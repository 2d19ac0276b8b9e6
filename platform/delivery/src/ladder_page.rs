//! The ladder of a notice as a picture: a rung for every attempt, from the first to the one that served.

use crate::attempt::{Attempt, Ground, Outcome, Served, When};
use codes::{Label, Lang};
use maud::{Markup, html};
use portal::{Column, Frame, Row, Table, Tone, date_tag, details, moment_tag, short_date, tag};

/// The height of a rung, and where in it things stand.
const RUNG: usize = 64;
/// The line of the ladder, and where the words begin.
const LINE: usize = 16;
const WORDS: usize = 40;

/// The ladder (送达阶梯) with what it means; the same as a table behind it.
pub(crate) fn ladder(frame: &Frame, attempts: &[Attempt], served: Option<&Served>) -> Markup {
    let lang = frame.lang;
    if attempts.is_empty() {
        return html! {};
    }
    let height = RUNG * attempts.len() + 8;
    let last = RUNG * (attempts.len() - 1) + 24;
    let title = frame.t("送达阶梯", "The ladder of service");
    html! {
        h2 { (title) }
        section.timeline aria-label=(title) {
            svg.gantt width="100%" height=(height) role="img" aria-label={ (title) (frame.t("，详见下方表格", "; the table below says the same")) } {
                line.lane x1=(LINE) x2=(LINE) y1="24" y2=(last) stroke-width="2" {}
                @for (at, attempt) in attempts.iter().enumerate() { (rung(lang, RUNG * at, attempt, served)) }
            }
            (details(frame.t("以表格查看送达经过", "Show the attempts as a table"), &table(frame, attempts, served)))
        }
    }
}

/// What a rung has come to, in words.
fn outcome(attempt: &Attempt, served: Option<&Served>) -> (Tone, Label) {
    let serves = served.filter(|served| served.rung == attempt.rung);
    match (&attempt.outcome, serves.map(|served| served.ground)) {
        _ if attempt.reminder => (Tone::Plain, Label::new("仅提醒", "reminder only")),
        (_, Some(Ground::Deemed)) => (Tone::Good, Label::new("视为送达", "deemed served")),
        (_, Some(Ground::Proven)) => {
            (Tone::Good, Label::new("已送达（以举证时间为准）", "served, as proven"))
        }
        (_, Some(Ground::Read)) => {
            (Tone::Good, Label::new("已送达（当事人签收）", "served by reading"))
        }
        (_, Some(_)) => (Tone::Good, Label::new("已送达", "served")),
        (Outcome::Failed(_), None) => (Tone::Loss, Label::new("失败", "failed")),
        (Outcome::Arrived, None) => (Tone::Plain, Label::new("已到达", "arrived")),
        (Outcome::Sent, None) => (Tone::Active, Label::new("已发送", "sent")),
        (Outcome::Pending, None) => (Tone::Time, Label::new("进行中", "under way")),
    }
}

const fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "",
        Tone::Good => "good",
        Tone::Active => "active",
        Tone::Time => "time",
        Tone::Loss => "loss",
    }
}

fn rung(lang: Lang, top: usize, attempt: &Attempt, served: Option<&Served>) -> Markup {
    let (tone, state) = outcome(attempt, served);
    let bar = if matches!(attempt.outcome, Outcome::Failed(_)) { "waiting" } else { "running" };
    let shape = match tone {
        Tone::Good => "✓",
        Tone::Loss => "✕",
        _ if attempt.reminder => "i",
        _ => "…",
    };
    let times: Vec<String> = [
        (attempt.sent, "发", "sent"),
        (attempt.arrived.filter(|_| attempt.arrived != attempt.sent), "达", "arrived"),
        (attempt.read, "阅", "read"),
    ]
    .into_iter()
    .filter_map(|(when, zh, en)| {
        when.map(|when| format!("{} {}", portal::pick(lang, zh, en), short(lang, when)))
    })
    .collect();
    html! {
        circle class={ "span " (bar) } cx=(LINE) cy=(top + 24) r="11" {}
        text x=(LINE) y=(top + 29) text-anchor="middle" { (shape) }
        text.organ x=(WORDS) y=(top + 20) {
            (attempt.rung) " " (attempt.channel.label().get(lang))
            @if attempt.reminder { (portal::pick(lang, "（提醒）", " (reminder)")) }
        }
        text class={ "state " (class(tone)) } x="100%" y=(top + 20) text-anchor="end" { (state.get(lang)) }
        text.tick x=(WORDS) y=(top + 40) { (times.join("  ")) }
    }
}

/// A time where space is dear: `9月13日 23:58`.
fn short(lang: Lang, when: When) -> String {
    let day = short_date(lang, when.on);
    match when.at.map(codes::Moment::wall) {
        Some(wall) => format!("{day} {:02}:{:02}:{:02}", wall.hour(), wall.minute(), wall.second()),
        None => day,
    }
}

fn table(frame: &Frame, attempts: &[Attempt], served: Option<&Served>) -> Markup {
    let lang = frame.lang;
    let columns = vec![
        Column::new(frame.t("方式", "Channel")),
        Column::new(frame.t("发出", "Sent")),
        Column::new(frame.t("到达", "Arrived")),
        Column::new(frame.t("结果", "Result")),
        Column::new(frame.t("回执", "Receipts")),
    ];
    let time = |when: Option<When>| match when {
        Some(When { at: Some(at), .. }) => moment_tag(lang, at),
        Some(When { on, at: None }) => date_tag(lang, on),
        None => html! { "–" },
    };
    let rows = attempts
        .iter()
        .map(|attempt| {
            let (tone, state) = outcome(attempt, served);
            Row::new(vec![
                html! { (attempt.rung) " " (attempt.channel.label().get(lang)) },
                time(attempt.sent),
                time(attempt.arrived.or(attempt.read)),
                html! {
                    (tag(tone, state.get(lang)))
                    @if let Outcome::Failed(reason) = &attempt.outcome { " " span.quiet { (reason) } }
                },
                html! {
                    @if !attempt.gateway_id.is_empty() { code { (attempt.gateway_id) } " " }
                    @for receipt in &attempt.receipts { code.digest { (receipt.blob) } " " }
                },
            ])
        })
        .collect();
    html! { (Table::new(lang, frame.t("送达经过", "Attempts"), columns, rows)) }
}
