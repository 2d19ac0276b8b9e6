//! Pages of propagation: who has not confirmed, and one propagation with all its recipients.

use super::model::{PropagationKey, Standing};
use super::queries::{Counts, RecipientRow, RoundRow};
use codes::Lang;
use maud::{Markup, html};
use portal::{
    Button, Column, Control, Fact, Field, Frame, Page, Row, Table, Tone, details, empty, facts,
    moment_tag, stats, tag,
};

/// Recipients that have not confirmed, the overdue ones first.
pub(crate) fn list(frame: &Frame, rows: &[RecipientRow], counts: Counts) -> Markup {
    let lang = frame.lang;
    let title = frame.t("尚未确认的告知", "Not confirmed yet");
    let columns = vec![
        Column::new(frame.t("接收单位", "Recipient")),
        Column::new(frame.t("告知内容", "About")),
        Column::new(frame.t("状态", "State")),
        Column::new(frame.t("告知时间", "Told")),
        Column::new(frame.t("已尝试", "Attempts")).numeric(),
        Column::new(frame.t("下次尝试", "Next attempt")),
    ];
    let lines = rows
        .iter()
        .map(|row| {
            Row::new(vec![
                html! { (row.recipient) },
                html! { (row.about) },
                standing_tag(lang, row.standing),
                moment_tag(lang, row.told_at),
                html! { (row.attempts) },
                row.again_at.map_or_else(|| html! { "—" }, |at| moment_tag(lang, at)),
            ])
            .href(format!("/propagation/{}", row.about))
        })
        .collect();
    let nothing = empty(
        frame.t("都已确认", "All have confirmed"),
        frame.t(
            "每一项告知和撤回，接收单位都已签收。逾期未签收的会出现在这里。",
            "Every recipient has signed for what it was told. Those that are overdue appear here.",
        ),
        None,
    );
    let body = html! {
        h1 { (title) }
        p.lead { (frame.t(
            "限制的施加和解除、证照的暂停和注销，须告知每一个曾被告知的单位，直到它签收为止。",
            "Whoever was told of a restriction or a licence is told of its end, until it has signed for it.",
        )) }
        (stats(&[
            (frame.t("已确认", "Confirmed"), counts.done.to_string(), None),
            (frame.t("待确认", "Waiting"), counts.pending.to_string(), None),
            (frame.t("逾期", "Overdue"), counts.escalated.to_string(), None),
        ]))
        (Table::new(lang, title, columns, lines).empty(nothing))
    };
    Page::new(title).render(frame, &body)
}

/// One propagation.
pub(crate) fn one(
    frame: &Frame,
    about: &PropagationKey,
    rows: &[RecipientRow],
    rounds: &[RoundRow],
    may_act: bool,
) -> Markup {
    let lang = frame.lang;
    let title = frame.t("告知与撤回", "Told and undone");
    let columns = vec![
        Column::new(frame.t("接收单位", "Recipient")),
        Column::new(frame.t("状态", "State")),
        Column::new(frame.t("自", "Since")),
        Column::new(frame.t("已尝试", "Attempts")).numeric(),
        Column::new(frame.t("说明", "Remark")),
    ];
    let lines = rows
        .iter()
        .map(|row| {
            Row::new(vec![
                html! { (row.recipient) },
                standing_tag(lang, row.standing),
                moment_tag(lang, row.since),
                html! { (row.attempts) },
                html! { (row.why.as_deref().unwrap_or_default()) },
            ])
        })
        .collect();
    let open =
        |row: &&RecipientRow| matches!(row.standing, Standing::Pending | Standing::Escalated);
    let body = html! {
        h1 { (title) }
        p { code { (about) } }
        @for round in rounds { (shown_round(frame, round)) }
        h2 { (frame.t("接收单位", "Recipients")) }
        (Table::new(lang, title, columns, lines))
        @if may_act {
            @for row in rows.iter().filter(open) { (acts(frame, about, row)) }
        }
    };
    Page::new(title)
        .crumb(frame.t("尚未确认的告知", "Not confirmed yet"), "/propagation")
        .render(frame, &body)
}

fn shown_round(frame: &Frame, round: &RoundRow) -> Markup {
    let lang = frame.lang;
    let known = [
        Fact::new(frame.t("报文", "Message"), html! { code { (round.kind) } }),
        Fact::new(frame.t("目的", "Purpose"), html! { (round.purpose) }),
        Fact::new(frame.t("依据", "Legal basis"), html! { (round.basis) }),
        Fact::new(frame.t("告知时间", "Told"), moment_tag(lang, round.told_at)),
        Fact::new(frame.t("督办时间", "Supervisor hears"), moment_tag(lang, round.escalate_at)),
    ];
    let heading = match lang {
        Lang::Zh => format!("第{}次", round.round),
        Lang::En => format!("Round {}", round.round),
    };
    html! { h2 { (heading) } (facts(lang, &known)) }
}

fn acts(frame: &Frame, about: &PropagationKey, row: &RecipientRow) -> Markup {
    let lang = frame.lang;
    let how = Control::Area { max: Some(200), lines: 2 };
    let action = format!("/propagation/{about}");
    details(
        &row.recipient,
        &html! {
            form method="post" action=(action) {
                input type="hidden" name="recipient" value=(row.recipient);
                (Button::main(frame.t("立即重发", "Send again now"), "send_again"))
            }
            form method="post" action=(action) {
                input type="hidden" name="recipient" value=(row.recipient);
                (Field::new(lang, "how", frame.t("怎样另行告知的", "How it was told otherwise"), how).required(true))
                (Button::second(frame.t("记为已另行告知", "Record it"), "settle"))
            }
        },
    )
}

fn standing_tag(lang: Lang, standing: Standing) -> Markup {
    let tone = match standing {
        Standing::Confirmed | Standing::Settled => Tone::Good,
        Standing::Pending => Tone::Time,
        Standing::Escalated => Tone::Loss,
    };
    tag(tone, standing.label().get(lang))
}
