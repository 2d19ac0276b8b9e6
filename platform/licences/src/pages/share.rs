//! Pages by which a licence travels: what a file says that somebody brings, and what a holder chooses to show.

use crate::check::{Found, Verdict as State};
use crate::credential;
use crate::queries::LicenceRow;
use crate::sd_jwt::SdJwt;
use crate::verify::{Checked, Claim, Verdict};
use codes::{Label, Lang};
use documents::{QrLevel, Template, qr_svg};
use maud::{Markup, PreEscaped, html};
use portal::{
    Audience, Button, Choice, Column, Control, Fact, Field, Frame, Page, Row, Table, Tone, bullets,
    facts, inset, moment_tag, print_button, tag, verdict,
};

/// What came of comparing a file.
pub(crate) struct Outcome {
    /// Whether it is byte for byte what was issued.
    pub(crate) is_same: bool,
    /// What the file itself says.
    pub(crate) claims: Option<Checked>,
}

fn file_field(frame: &Frame, label: &str) -> Field {
    let accept = ".pdf,.jws,.jwt,.txt,.sd-jwt,application/pdf,text/plain".to_owned();
    Field::new(frame.lang, "file", label, Control::File { accept, multiple: false })
        .hint(frame.t(
            "文件只用于比对，不保存，不留记录。",
            "The file is compared and forgotten: nothing of it is kept.",
        ))
        .required(true)
}

/// The form that takes a file, on any page that checks one.
pub(crate) fn file_form(frame: &Frame, at: &str) -> Markup {
    html! {
        form method="post" action=(at) enctype="multipart/form-data" {
            (file_field(frame, frame.t("您手上的文件（PDF、签名内容或出示凭证）", "The file you hold (PDF, signed content or presentation)")))
            div.acts { (Button::second(frame.t("比对", "Compare"), "file")) }
        }
    }
}

/// Whether the file that somebody holds is the one that was issued under a token.
pub(crate) fn check(frame: &Frame, found: &Found, outcome: Option<&Outcome>) -> Markup {
    let lang = frame.lang;
    let title = frame.t("比对您手上的文件", "Compare the file you hold");
    let token = found.statement.as_ref().map(|statement| statement.token.as_str());
    let body = html! {
        @if let Some(outcome) = outcome {
            @let (tone, answer) = if outcome.is_same {
                (Tone::Good, Label::new("一致", "The same file"))
            } else {
                (Tone::Loss, Label::new("不一致", "Not the same file"))
            };
            (verdict(tone, &answer, lang, &html! {
                p { @if outcome.is_same {
                    (frame.t("与签发的文件逐字节一致。", "It is byte for byte what was issued."))
                } @else {
                    (frame.t("这不是本核验码对应的原文件：内容被更改、重新保存过，或者是另一份文件。", "It is not the file issued under this code: it was changed, saved anew, or is another one."))
                } }
                p.quiet { (frame.t("查询时间 ", "As of ")) (moment_tag(lang, found.as_of)) }
            }))
            @if let Some(checked) = &outcome.claims { (claims(frame, checked, true)) }
        } @else {
            h1 { (title) }
            p.lead { (frame.t(
                "选择您手上的证照文件，看它是否与签发时逐字节一致。",
                "Choose the file you hold to see whether it is byte for byte what was issued.",
            )) }
        }
        @if let Some(token) = token {
            (file_form(frame, &format!("/v/{token}/check")))
            p { a href={ "/v/" (token) } { (frame.t("查看该证照的当前状态", "How this licence stands now")) } }
        } @else {
            (inset(&html! { p { (State::Unknown.label().get(lang)) } }))
        }
    };
    Page::new(title).audience(Audience::Applicant).render(frame, &body)
}

/// What was found of a thing that somebody brought, claim by claim, and how its licence stands now.
pub(crate) fn checked(
    frame: &Frame,
    checked: &Checked,
    found: Option<&Found>,
    same: Option<bool>,
) -> Markup {
    let lang = frame.lang;
    let title = frame.t("证照核验", "Verify a licence");
    let broken =
        checked.claims.iter().any(|claim| claim.verdict == Verdict::Fail && claim.id != "term");
    let (tone, answer) = match (broken, found) {
        (true, _) => (Tone::Loss, State::Altered.label()),
        (false, Some(found)) => (tone_of(found.verdict), found.answer.clone()),
        (false, None) => (Tone::Time, Label::new("查无此证", "No such licence")),
    };
    let token = found.and_then(|found| found.statement.as_ref()).map(|own| own.token.as_str());
    let body = html! {
        (verdict(tone, &answer, lang, &html! {
            p { (checked.thing.label().get(lang)) }
            @if let Some(found) = found { p.quiet { (frame.t("查询时间 ", "As of ")) (moment_tag(lang, found.as_of)) } }
        }))
        @if broken {
            (inset(&html! {
                p { (frame.t("请勿依据它办事。", "Do not rely on it.")) }
                @if let Some(token) = token {
                    p { a href={ "/v/" (token) } { (frame.t("查看原件的当前状态", "See the original as it stands now")) } }
                }
            }))
        }
        @if let Some(same) = same {
            p { (tag(if same { Tone::Good } else { Tone::Plain }, if same {
                frame.t("与签发的文件逐字节一致", "Byte for byte what was issued")
            } else {
                frame.t("与签发的文件不是逐字节一致", "Not byte for byte what was issued")
            })) }
        }
        (claims(frame, checked, found.is_some()))
        @if !broken && !checked.facts.is_empty() {
            h2 { (frame.t("内容", "What it says")) }
            (said(lang, checked))
        }
        p.acts {
            (print_button(lang))
            @if let Some(token) = token { a href={ "/v/" (token) } { (frame.t("公开核验页", "Public page")) } }
            a href="/verify" { (frame.t("核验另一份证照", "Check another licence")) }
        }
    };
    Page::new(title).audience(Audience::Applicant).render(frame, &body)
}

const fn tone_of(state: State) -> Tone {
    match state {
        State::Valid => Tone::Good,
        State::Suspended | State::Expired | State::Replaced => Tone::Time,
        State::Ended | State::Altered => Tone::Loss,
        State::Unknown => Tone::Plain,
    }
}

fn said(lang: Lang, checked: &Checked) -> Markup {
    let known: Vec<Fact> = checked
        .facts
        .iter()
        .map(|(label, value)| Fact::new(label.get(lang), html! { (value) }))
        .collect();
    facts(lang, &known)
}

/// The claims of a thing, each with its answer.
fn claims(frame: &Frame, checked: &Checked, is_looked_up: bool) -> Markup {
    let lang = frame.lang;
    let columns = vec![
        Column::new(frame.t("核验项", "Claim")),
        Column::new(frame.t("结果", "Answer")),
        Column::new(frame.t("说明", "What was found")),
    ];
    let row = |claim: &Claim| {
        let (tone, answer) = match claim.verdict {
            Verdict::Pass => (Tone::Good, frame.t("通过", "holds")),
            Verdict::Fail => (Tone::Loss, frame.t("不通过", "does not hold")),
            Verdict::Unknown => (Tone::Plain, frame.t("无法判断", "not decided")),
        };
        let detail = claim.detail.as_ref().map(|detail| detail.get(lang)).unwrap_or_default();
        Row::new(vec![
            html! { (claim.about.get(lang)) },
            tag(tone, answer),
            html! { (detail) @if let Some(code) = &claim.code { " " code { (code) } } },
        ])
    };
    // How it stands is told above, from the tables.
    let told = |claim: &&Claim| !(is_looked_up && claim.id == "status");
    let rows = checked.claims.iter().filter(told).map(row).collect();
    html! {
        h2 { (frame.t("逐项核验", "Claim by claim")) }
        (Table::new(lang, frame.t("逐项核验", "Claim by claim"), columns, rows))
    }
}

/// Values longer than this are not shown beside their names.
const LINE: usize = 60;

/// What a holder may show of a licence, and the code that it shows without network.
pub(crate) fn present(
    frame: &Frame,
    row: &LicenceRow,
    template: Option<&Template>,
    whole: &SdJwt,
    code: Option<&str>,
) -> Markup {
    let lang = frame.lang;
    let title = frame.t("出示证照", "Show this licence");
    let choices: Vec<Choice> = whole
        .disclosures
        .iter()
        .map(|own| {
            let label = credential::label(template, own.name());
            let value = credential::line(own.name(), own.value());
            let label = label.get(lang);
            // Figures and digests are for machines: their name says enough.
            let is_short = value.chars().count() <= LINE;
            let text = if is_short {
                format!("{label}{}{value}", frame.t("：", ": "))
            } else {
                label.to_owned()
            };
            Choice::new(own.name(), text)
        })
        .collect();
    // As wide as a phone shows it; without a width of its own a picture takes all there is.
    let svg = code.and_then(|code| qr_svg(code, QrLevel::Low).ok());
    let svg = svg.map(|svg| svg.replacen("<svg ", "<svg width=\"320\" height=\"320\" ", 1));
    let body = html! {
        h1 { (title) }
        p.lead { (row.title.get(lang)) " " (row.number) }
        h2 { (frame.t("选择出示的内容", "Choose what to show")) }
        p { (frame.t(
            "只有勾选的内容会出示；对方能验证这些内容由发证机关签署，看不到其余内容。都不勾选，只证明发证机关签发过这份证照。",
            "Only what you tick is shown: others can verify that the organ signed it, and see nothing else. Tick nothing to prove only that the licence was issued.",
        )) }
        form method="post" action={ "/licences/" (row.licence) "/present" } {
            (Field::new(lang, "claim", frame.t("出示内容", "Items"), Control::Checks(choices)))
            div.acts {
                (Button::main(frame.t("生成出示凭证", "Make the presentation"), "show"))
                (Button::second(frame.t("下载出示凭证", "Download the presentation"), "download"))
            }
        }
        @if let Some(svg) = &svg {
            h2 { (frame.t("离线核验码", "Offline code")) }
            p { (frame.t(
                "供没有网络的执法终端扫描：包含证照名称、编号、持证人（个人只显示姓氏）和有效期，并带发证机关签名。是否已被暂停或撤销，需联网查询。",
                "For handhelds without network: name, number, holder (of a person the first character alone) and term, signed. Whether it was suspended or ended is only known online.",
            )) }
            figure.code role="img" aria-label=(frame.t("离线核验码", "Offline code")) { (PreEscaped(svg)) }
        }
        (how(frame))
    };
    Page::new(title)
        .crumb(frame.t("证照", "Licences"), "/licences")
        .crumb(row.number.clone(), format!("/licences/{}", row.licence))
        .render(frame, &body)
}

fn how(frame: &Frame) -> Markup {
    let lines = [
        frame.t(
            "凭证采用 SD-JWT（RFC 9901）：每一项都用随机盐加密摘要，未出示的内容无法被猜出。",
            "The credential is an SD-JWT (RFC 9901): each item is a salted digest, and what is not shown cannot be guessed.",
        ),
        frame.t(
            "对方可在本平台“证照核验”页核验，也可用任何支持 SD-JWT 的程序，配合公开的公钥核验。",
            "Others verify it on the page `Verify a licence`, or with any program that knows SD-JWT and the published keys.",
        ),
    ];
    html! { h2 { (frame.t("说明", "How it works")) } (bullets(&lines)) }
}

/// A presentation as it is handed over.
pub(crate) fn presented(
    frame: &Frame,
    row: &LicenceRow,
    template: Option<&Template>,
    shown: &SdJwt,
) -> Markup {
    let lang = frame.lang;
    let title = frame.t("出示凭证", "Presentation");
    let known: Vec<Fact> = shown
        .disclosures
        .iter()
        .map(|own| {
            let value = credential::line(own.name(), own.value());
            Fact::new(credential::label(template, own.name()).get(lang), html! { (value) })
        })
        .collect();
    let at = format!("/licences/{}/present", row.licence);
    let area = Control::Area { max: None, lines: 8 };
    let label = frame.t("出示凭证文本", "Text of the presentation");
    let body = html! {
        h1 { (title) }
        p.lead { (row.title.get(lang)) " " (row.number) }
        @if known.is_empty() {
            (inset(&html! { p { (frame.t("不出示任何内容，只证明证照由发证机关签发。", "Nothing is shown but that the organ issued the licence.")) } }))
        } @else {
            h2 { (frame.t("将出示", "What is shown")) }
            (facts(lang, &known))
        }
        form method="post" action=(at) {
            (Field::new(lang, "presentation", label, area)
                .value(shown.to_string())
                .required(true)
                .hint(frame.t("整段复制给对方，或下载为文件。", "Copy all of it to whoever asks, or download it as a file.")))
            @for own in &shown.disclosures { input type="hidden" name="claim" value=(own.name()); }
            div.acts {
                (Button::main(frame.t("下载为文件", "Download as a file"), "download"))
                (Button::second_link(frame.t("重新选择", "Choose again"), at.clone()))
            }
        }
    };
    Page::new(title)
        .crumb(frame.t("证照", "Licences"), "/licences")
        .crumb(row.number.clone(), format!("/licences/{}", row.licence))
        .render(frame, &body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::Thing;

    #[test]
    fn every_state_has_its_tone() {
        assert_eq!(tone_of(State::Valid), Tone::Good);
        assert_eq!(tone_of(State::Altered), Tone::Loss);
        assert_eq!(Thing::Pdf.label().zh, "证照 PDF");
    }
}
