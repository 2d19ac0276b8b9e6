//! What anybody sees: what credit repair is, and whether an entity is on a list today.

use super::free;
use codes::{Label, Moment};
use maud::{Markup, html};
use portal::{Audience, Button, Field, Frame, Page, Tone, bullets, inset, moment_tag, verdict};
use registers::listings::queries::ListingRow;

/// Where people begin.
pub(crate) fn start(frame: &Frame, signed_in: bool) -> Markup {
    let title = frame.t("信用修复", "Credit repair");
    let steps = [
        frame.t("系统每天核对期限和条件，符合条件的当天通知您，申请内容已预填。", "Terms and conditions are checked every day; you are told on the first day, with everything filled in."),
        frame.t("您确认并签署守信承诺，一页办完。", "You confirm and sign the pledge, on one page."),
        frame.t("机关在规定期限内受理、核实、决定；需要公告的公告30日。", "The organ accepts, verifies and decides within its terms; where asked for, the repair is announced for 30 days."),
        frame.t("准予修复的，移出名单、停止公示，并告知每一个曾实施限制的部门，直到它确认解除。", "Once granted, the entry is removed, publication ends, and every department that applied a restriction is told until it confirms its end."),
    ];
    let body = html! {
        h1 { (title) }
        p.lead { (frame.t("被列入经营异常名录、严重违法失信名单或者被公示行政处罚的主体，改正并满足条件后可以移出。", "Entities on the abnormal list, the list of serious violators, or with a published penalty may leave once they have put things right.")) }
        (free(frame))
        @if signed_in { (inset(&html! { p { (frame.t("您的主体没有列入记录，无需办理。", "Your entity has no entry; nothing is left to do.")) } })) }
        h2 { (frame.t("怎么办", "How it goes")) }
        (bullets(&steps))
        p.acts {
            (Button::link(frame.t("查看我的信用并申请", "See my credit and apply"), "/sign-in?next=/credit"))
            (Button::second_link(frame.t("核验一个主体", "Check an entity"), "/credit/verify"))
        }
    };
    Page::new(title).audience(Audience::Applicant).render(frame, &body)
}

/// What was found.
pub(crate) enum Verified {
    /// What was typed is no unified code.
    Misspelt {
        /// What was typed.
        typed: String,
    },
    /// The entries that stand today; empty where none does.
    Found {
        /// The code.
        uscc: String,
        /// The entries.
        live: Vec<ListingRow>,
    },
}

/// Whether a live entry exists today; nothing of what ended.
pub(crate) fn verify(frame: &Frame, found: Option<&Verified>, now: Moment) -> Markup {
    let lang = frame.lang;
    let title = frame.t("信用状态核验", "Check credit standing");
    let typed = match found {
        Some(Verified::Misspelt { typed }) => typed.as_str(),
        Some(Verified::Found { uscc, .. }) => uscc.as_str(),
        None => "",
    };
    let wrong = matches!(found, Some(Verified::Misspelt { .. })).then(|| {
        frame.t(
            "这不是有效的统一社会信用代码，请核对18位字符。",
            "This is no unified code; check its 18 characters.",
        )
    });
    let field = Field::text(lang, "uscc", frame.t("统一社会信用代码", "Unified code"))
        .value(typed)
        .error(wrong)
        .required(true);
    let body = html! {
        h1 { (title) }
        @if let Some(Verified::Found { live, .. }) = found { (answer(frame, live, now)) }
        form method="get" action="/credit/verify" {
            (field)
            div.acts { (Button::main(frame.t("核验", "Check"), "check")) }
        }
        p.quiet { (frame.t("只显示今天是否有在列记录；已移出的记录不再公示。", "Only whether an entry stands today; what ended is no longer published.")) }
    };
    Page::new(title).audience(Audience::Applicant).failed(wrong.is_some()).render(frame, &body)
}

fn answer(frame: &Frame, live: &[ListingRow], now: Moment) -> Markup {
    let lang = frame.lang;
    let as_of = html! { p.quiet { (frame.t("查询时间 ", "As of ")) (moment_tag(lang, now)) } };
    if live.is_empty() {
        let none = Label::new("没有在列记录", "no entry stands");
        return verdict(Tone::Good, &none, lang, &as_of);
    }
    let listed = Label::new("有在列记录", "entries stand");
    let lines: Vec<String> = live
        .iter()
        .map(|row| {
            let list = credit_repair::ListKind::of(&row.entry.list);
            let list = list
                .map_or_else(|| row.entry.list.clone(), |list| list.label().get(lang).to_owned());
            let disputed =
                if row.disputed { frame.t("（有异议）", " (disputed)") } else { "" };
            format!("{list} · {} · {}{disputed}", row.entry.listed_on, row.entry.organ_name)
        })
        .collect();
    let body = html! { (bullets(&lines)) (as_of) };
    verdict(Tone::Loss, &listed, lang, &body)
}
