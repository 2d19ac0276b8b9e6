//! Pages of inquiries: asking, the officer's look, the answer with its watermark.

use crate::inquiry::Interest;
use crate::queries::InquiryRow;
use codes::{Lang, Moment};
use maud::{Markup, html};
use portal::{
    Audience, Button, Choice, Control, Fact, Field, Frame, Notice, Page, Tone, bullets, details,
    facts, moment_tag, stamp, tag,
};
use registers::record::Shown;

/// A party's inquiries, and the form of a new one.
pub(crate) fn list(frame: &Frame, rows: &[InquiryRow], id: &str) -> Markup {
    let lang = frame.lang;
    let title = frame.t("利害关系人查询", "Inquiry of an interested party");
    let interests =
        Interest::ALL.map(|one| Choice::new(one.word(), one.label().get(lang))).to_vec();
    let file = Control::File { accept: ".pdf,image/jpeg,image/png".to_owned(), multiple: false };
    let number = Control::Text { max: Some(40), autocomplete: None, inputmode: None };
    let body = html! {
        h1 { (title) }
        p.lead { (frame.t(
            "查询他人的不动产，须有利害关系并写明目的；权利人能看到谁查询过。不能凭姓名查询他人名下全部不动产。",
            "To look up what another holds you need an interest and a purpose; the holder sees who looked. Nobody's property is looked up by name.",
        )) }
        @if !rows.is_empty() {
            ul.links {
                @for row in rows {
                    li {
                        a href={ "/property/inquiries/" (row.inquiry) } { (row.question.unit.grouped()) } " "
                        (moment_tag(lang, row.asked_at)) " " (state(lang, row))
                    }
                }
            }
        }
        h2 { (frame.t("新的查询", "A new inquiry")) }
        form method="post" action="/property/inquiries" enctype="multipart/form-data" {
            (stamp(id, None))
            (Field::new(lang, "real_estate_unit_no", frame.t("不动产单元号", "Unit number"), number).required(true))
            (Field::new(lang, "interest", frame.t("您的身份", "As whom"), Control::Radios(interests)).required(true))
            (Field::text(lang, "purpose", frame.t("查询目的", "Purpose")).hint(frame.t("查询结果不得用于其他目的。", "What you learn serves no other purpose.")).required(true))
            (Field::new(lang, "proof", frame.t("利害关系证明（合同、受理通知书、继承公证书等）", "Proof: contract, court notice, certificate of inheritance"), file).required(true))
            div.acts { (Button::main(frame.t("提交查询", "Ask"), "ask")) }
        }
    };
    Page::new(title)
        .audience(Audience::Applicant)
        .crumb(frame.t("不动产登记", "Real-estate registration"), "/property")
        .render(frame, &body)
}

fn state(lang: Lang, row: &InquiryRow) -> Markup {
    let (tone, zh, en) = match row.state.as_str() {
        "granted" => (Tone::Good, "可以查看", "open"),
        "denied" => (Tone::Loss, "不予查询", "denied"),
        _ => (Tone::Time, "核查中", "being looked at"),
    };
    tag(tone, portal::pick(lang, zh, en))
}

/// One inquiry: as far as it is, and the answer where it is open.
pub(crate) fn page(
    frame: &Frame,
    row: &InquiryRow,
    answer: Option<&Shown>,
    now: Moment,
    officer: bool,
) -> Markup {
    let lang = frame.lang;
    let title = frame.t("查询", "Inquiry");
    let known = vec![
        Fact::new(
            frame.t("不动产单元号", "Unit"),
            html! { code { (row.question.unit.grouped()) } },
        ),
        Fact::new(frame.t("身份", "As"), html! { (row.question.interest.label().get(lang)) }),
        Fact::new(frame.t("目的", "Purpose"), html! { (row.question.purpose) }),
        Fact::new(frame.t("状态", "State"), state(lang, row)),
    ];
    let body = html! {
        h1 { (title) }
        (facts(lang, &known))
        @if let Some(reason) = &row.reason { (Notice::new(Tone::Loss, frame.t("不予查询", "Denied"), html! { p { (reason) } })) }
        @if let Some(shown) = answer { (told(frame, row, shown, now)) }
        @if row.state == "granted" && answer.is_none() && !officer {
            p { (frame.t("查询期限已过，需要的请重新提交。", "The time to look is over; ask again if you need to.")) }
        }
        @if officer && row.state == "asked" { (judge(frame, row)) }
    };
    let (label, back) = if officer {
        (frame.t("登记工作台", "Registration desk"), "/property/desk")
    } else {
        (frame.t("利害关系人查询", "Inquiries"), "/property/inquiries")
    };
    Page::new(title).audience(Audience::Applicant).crumb(label, back).render(frame, &body)
}

/// The answer; asker and time stand across it, so that a picture of it says where it came from.
fn told(frame: &Frame, row: &InquiryRow, shown: &Shown, now: Moment) -> Markup {
    let lang = frame.lang;
    let mark = format!(
        "{} · {} · {}",
        row.question.interest.label().get(lang),
        row.party.as_str().chars().take(8).collect::<String>(),
        crate::scan::to_the_second(lang, now),
    );
    let restrictions: Vec<String> =
        shown.restrictions.iter().map(|one| one.label.get(lang).to_owned()).collect();
    html! {
        div.watermark {
            p.quiet aria-hidden="true" { (mark) }
            @for section in &shown.sections {
                h2 { (section.label.get(lang)) }
                (facts(lang, &section.facts.iter().map(|(_, label, value)| {
                    Fact::new(label.get(lang), html! { (registers::pages::said(value)) })
                }).collect::<Vec<_>>()))
                @if section.count > 0 { p { (frame.t("权利人人数 ", "Holders: ")) (section.count) } }
                @for holder in &section.holders { p { (frame.t("权利人 ", "Holder ")) (holder.name) } }
            }
            h2 { (frame.t("权利限制", "Restrictions")) }
            @if restrictions.is_empty() { p { (frame.t("无", "None")) } } @else { (bullets(&restrictions)) }
            p { (frame.t("截至 ", "As of ")) (crate::scan::to_the_second(lang, now)) }
            p.quiet { (mark) }
        }
    }
}

fn judge(frame: &Frame, row: &InquiryRow) -> Markup {
    let lang = frame.lang;
    let action = format!("/property/inquiries/{}", row.inquiry);
    html! {
        form method="post" action=(action) { (stamp("", None)) (Button::main(frame.t("证明成立，准予查询", "Proved, open it"), "grant")) }
        (details(frame.t("不予查询", "Deny"), &html! {
            form method="post" action=(action) {
                (stamp("", None))
                (Field::text(lang, "reason", frame.t("理由", "Reason")).required(true))
                (Button::loss(frame.t("不予查询", "Deny"), "deny"))
            }
        }))
    }
}
