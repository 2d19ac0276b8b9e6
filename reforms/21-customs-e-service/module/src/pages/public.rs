//! The page behind the code on a document: one big answer, and nothing of what it says.

use crate::http::public::{Known, Validity};
use codes::{Label, Moment};
use maud::{Markup, html};
use portal::{
    Audience, Button, Control, Fact, Field, Frame, Notice, Page, Tone, bullets, date_tag, facts,
    inset, moment_tag, verdict,
};

pub(crate) fn enter(frame: &Frame) -> Markup {
    let title = frame.t("核对处罚文书", "Check a penalty document");
    let line = Control::Text { max: Some(300), autocomplete: None, inputmode: None };
    let body = html! {
        h1 { (title) }
        p.lead { (frame.t(
            "扫描文书上的二维码，或者输入二维码下的网址。无需登录；这里不显示文书内容。",
            "Scan the code on the document or type its address. No sign-in is needed, and nothing of the content is shown.",
        )) }
        form method="get" action="/penalty/check" {
            (Field::new(frame.lang, "code", frame.t("网址或核对码", "Address or code"), line).required(true))
            div.acts { (Button::main(frame.t("核对", "Check"), "check")) }
        }
    };
    Page::new(title).audience(Audience::Applicant).render(frame, &body)
}

pub(crate) fn checked(frame: &Frame, known: Option<&Known>, token: &str, now: Moment) -> Markup {
    let lang = frame.lang;
    let title = frame.t("核对处罚文书", "Check a penalty document");
    let as_of = html! { p.quiet { (frame.t("查询时间 ", "As of ")) (moment_tag(lang, now)) } };
    let body = html! {
        h1 { (title) }
        @match known {
            None => {
                (verdict(Tone::Plain, &Label::new("没有查到", "Unknown"), lang, &as_of))
                (inset(&html! { p { (frame.t(
                    "没有查到这份文书。请核对网址或二维码是否完整；仍查不到的，请直接向海关核实，不要仅凭纸面信任。",
                    "Nothing is known under this code. See whether it is whole; if it is, ask the customs office and do not rely on the paper.",
                )) } }))
            },
            Some(known) => (one(frame, known, token, &as_of)),
        }
        p.acts { a href="/penalty/check" { (frame.t("核对另一份文书", "Check another document")) } }
    };
    Page::new(title).audience(Audience::Applicant).render(frame, &body)
}

fn one(frame: &Frame, known: &Known, token: &str, as_of: &Markup) -> Markup {
    let lang = frame.lang;
    let (tone, answer) = match known.validity {
        Validity::Valid => (Tone::Good, Label::new("有效", "Valid")),
        Validity::Replaced => {
            (Tone::Time, Label::new("已被后来的文书替代", "Replaced by a later one"))
        }
        Validity::Annulled(_) => (Tone::Loss, Label::new("已撤销", "Annulled")),
    };
    let under = html! {
        @if let Validity::Annulled(at) = known.validity {
            p { (frame.t("自 ", "Since ")) (moment_tag(lang, at)) (frame.t(" 起", "")) }
        }
        (as_of)
    };
    let service = match known.served_on {
        Some(on) => html! { (frame.t("已送达，", "served on ")) (date_tag(lang, on)) },
        None => html! { (frame.t("尚未送达", "not served yet")) },
    };
    let shown = [
        Fact::new(frame.t("文书", "Document"), html! { (known.title.get(lang)) }),
        Fact::new(frame.t("文号", "Number"), html! { (known.number) }),
        Fact::new(frame.t("发文机关", "Issued by"), html! { (known.organ) }),
        Fact::new(frame.t("日期", "Date"), date_tag(lang, known.issued_on)),
        Fact::new(frame.t("送达状态", "Service"), service),
    ];
    html! {
        (verdict(tone, &answer, lang, &under))
        @match known.matches {
            Some(true) => (Notice::new(Tone::Good, frame.t("一致", "Match"), html! { p { (frame.t(
                "您提交的文件与海关发出的文书一字不差。", "The file is, byte for byte, the document that customs issued.")) } })),
            Some(false) => (Notice::new(Tone::Loss, frame.t("不一致", "No match"), html! { p { (frame.t(
                "您提交的文件与海关发出的文书不同，请勿依据它办事。", "The file is not the document that customs issued. Do not rely on it.")) } })),
            None => {},
        }
        (facts(lang, &shown))
        h2 { (frame.t("比对您手中的文件", "Compare the file you hold")) }
        form method="post" action={ "/penalty/check/" (token) } enctype="multipart/form-data" {
            (Field::new(lang, "file", frame.t("文书 PDF 文件", "PDF file"), Control::File { accept: "application/pdf".to_owned(), multiple: false })
                .hint(frame.t("文件只用于计算哈希值，不保存。", "It is hashed and kept nowhere.")))
            (Field::text(lang, "sha256", frame.t("或者它的 SHA-256 哈希值", "Or its SHA-256")))
            div.acts { (Button::main(frame.t("比对", "Compare"), "compare")) }
        }
        (bullets(&[
            frame.t("本页不显示文书内容和当事人信息。", "This page shows neither content nor party."),
            frame.t("要证明送达过程，请向海关索取证据包，可以离线逐项验证。", "To prove how it was served ask customs for the evidence package, which can be verified offline."),
        ]))
    }
}
