//! Pages of guarantees (担保).

mod chart;
mod desk;
mod enterprise;
mod oversight;
mod text;

pub(crate) use desk::{Desk, Filing, desk, filing, risk};
pub(crate) use enterprise::{Declare, Enterprise, declare, enterprise};
pub(crate) use oversight::{Portal, board, check, portal, start};
pub(crate) use text::{Text, Use, one_use, text};

use crate::exposure::Stand;
use crate::law::GuaranteeLaw;
use crate::queries::ExposureRow;
use codes::{Date, Lang};
use guarantee::{Level, Matter, State};
use maud::{Markup, html};
use portal::{Choice, Column, Frame, Row, Table, Tone, date_tag, empty, money, tag};

/// How a text stands.
fn state_tag(lang: Lang, state: State) -> Markup {
    let tone = match state {
        State::Active => Tone::Good,
        State::Filed => Tone::Plain,
        State::Frozen => Tone::Loss,
        State::Ended | State::Withdrawn | State::ClaimedOut => Tone::Plain,
    };
    tag(tone, state.label().get(lang))
}

/// How a use stands.
fn stand_tag(lang: Lang, stand: Stand) -> Markup {
    let tone = match stand {
        Stand::Held | Stand::Used => Tone::Active,
        Stand::Overdue | Stand::Claimed => Tone::Loss,
        Stand::Restored | Stand::Recovered => Tone::Good,
        Stand::Void | Stand::None => Tone::Plain,
    };
    tag(tone, stand.label().get(lang))
}

/// How great a risk is.
fn level_tag(lang: Lang, level: Level) -> Markup {
    let tone = match level {
        Level::Green => Tone::Good,
        Level::Yellow => Tone::Time,
        Level::Red => Tone::Loss,
    };
    tag(tone, level.label().get(lang))
}

/// A matter with its code.
fn matter_name(lang: Lang, matter: Matter) -> String {
    format!("{} {}", matter.code(), matter.label().get(lang))
}

/// Matters as forms offer them; summary taxation by the month is the usual one.
fn matter_choices(lang: Lang) -> Vec<Choice> {
    let monthly = match lang {
        Lang::Zh => "T1 汇总征税（按月汇总缴纳）",
        Lang::En => "T1 summary taxation, by the month",
    };
    let each = Matter::ALL.into_iter().map(|matter| {
        let name = match (matter, lang) {
            (Matter::T1, Lang::Zh) => "T1 汇总征税（逐票缴纳）".to_owned(),
            (Matter::T1, Lang::En) => "T1 summary taxation, each by itself".to_owned(),
            _ => matter_name(lang, matter),
        };
        Choice::new(matter.code(), name)
    });
    std::iter::once(Choice::new("T1M", monthly)).chain(each).collect()
}

/// Offices as forms offer them.
fn office_choices(lang: Lang, law: &GuaranteeLaw, today: Date) -> Vec<Choice> {
    law.offices(today)
        .into_iter()
        .map(|office| {
            let name = format!("{} {}", office.code, office.label.get(lang));
            Choice::new(office.code, name)
        })
        .collect()
}

/// Whether a duty is covered: an order to pay is with the bank, or its matter is no tax.
fn is_covered(row: &ExposureRow) -> bool {
    row.ordered_on.is_some() || row.request.matter.class() == guarantee::MatterClass::Risk
}

/// Uses that bind quota, what is due first before the rest.
fn uses_table(
    frame: &Frame,
    law: &GuaranteeLaw,
    (caption, rows): (&str, &[ExposureRow]),
    today: Date,
) -> Markup {
    let lang = frame.lang;
    let columns = vec![
        Column::new(frame.t("报关单（事项）", "Declaration")),
        Column::new(frame.t("事项", "Matter")),
        Column::new(frame.t("地点", "Place")),
        Column::new(frame.t("金额", "Amount")).numeric(),
        Column::new(frame.t("应缴日", "Due")),
        Column::new(frame.t("状态", "State")),
        Column::new(frame.t("付款", "Payment")),
    ];
    let body = rows
        .iter()
        .map(|row| {
            let covered = if is_covered(row) {
                tag(Tone::Good, frame.t("已安排", "covered"))
            } else {
                tag(Tone::Time, frame.t("未付款", "not covered"))
            };
            Row::new(vec![
                html! { (row.exposure) },
                html! { (matter_name(lang, row.request.matter)) },
                html! { (law.office_name(&row.request.place, today).get(lang)) },
                money(lang, row.amount_fen),
                html! {
                    (date_tag(lang, row.due_on))
                    @if row.provisional { " " (tag(Tone::Plain, frame.t("暂定", "provisional"))) }
                },
                stand_tag(lang, row.stand),
                covered,
            ])
            .href(format!("/guarantee/uses/{}", row.exposure))
            .late(row.stand == Stand::Overdue)
        })
        .collect();
    let none = empty(
        frame.t("没有占用", "Nothing is held or used"),
        frame.t(
            "申报时选择担保后，额度会自动核扣。",
            "Quota is taken when a declaration picks a guarantee.",
        ),
        None,
    );
    html! {
        (Table::new(lang, caption, columns, body).empty(none))
    }
}
