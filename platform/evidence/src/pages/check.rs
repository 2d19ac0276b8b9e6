//! The page on which anybody checks a package: the timeline, each claim and why, and where each event stands in the log.

use super::path;
use crate::report::Happened;
use crate::{Claim, Hash, Inclusion, Overall, Report, Verdict};
use codes::{Label, Lang};
use maud::{Markup, html};
use portal::{
    Audience, Button, Column, Frame, Page, Row, Table, Tone, details, inset, moment_tag, tag,
    verdict,
};

/// The form.
pub(crate) fn ask(frame: &Frame) -> Markup {
    let title = frame.t("核验证据包", "Check an evidence package");
    let body = html! {
        h1 { (title) }
        p.lead { (frame.t(
            "选择或者拖入证据包（ZIP），逐项核验事件、文书、签名和时间戳。无需登录，文件只在内存中核验，不留存。",
            "Choose or drop a package (ZIP): events, documents, signatures and time-stamps are checked one by one. No sign-in; the file is looked at in memory and kept nowhere.",
        )) }
        (form(frame))
        (inset(&html! {
            p { (frame.t(
                "不想依赖本网站？下载 trust.json，在自己的电脑上运行 lianban verify 证据包.zip --trust trust.json，结论应当一致。",
                "Would you rather not rely on this site? Fetch trust.json and run lianban verify PACKAGE.zip --trust trust.json on your own computer: it must say the same.",
            )) }
            p { a href="/evidence/trust.json" { "trust.json" } }
        }))
    };
    Page::new(title).audience(Audience::Applicant).render(frame, &body)
}

fn form(frame: &Frame) -> Markup {
    html! {
        form method="post" action="/evidence/verify" enctype="multipart/form-data" {
            div.field {
                label for="file" { (frame.t("证据包（ZIP，不超过 32 MB）", "The package (ZIP, up to 32 MB)")) }
                input id="file" name="file" type="file" accept=".zip,application/zip" required;
            }
            div.acts { (Button::main(frame.t("核验", "Check"), "file")) }
        }
    }
}

/// What was found.
pub(crate) fn report(frame: &Frame, report: &Report) -> Markup {
    let lang = frame.lang;
    let title = frame.t("核验结果", "What was found");
    let count =
        |wanted: &str| report.claims.iter().filter(|claim| claim.verdict.word() == wanted).count();
    let (holds, fails, open) = (count("pass"), count("fail"), count("unknown"));
    let (tone, answer) = match report.overall() {
        Overall::AllHold => (Tone::Good, Label::new("各项均成立", "Every claim holds")),
        Overall::Undecided => {
            (Tone::Time, Label::new("没有不成立的，有未决的", "None fails, some are open"))
        }
        Overall::SomeFail => (Tone::Loss, Label::new("有不成立的", "Some do not hold")),
    };
    let under = html! {
        p { (report.title.get(lang)) @if let Some(number) = &report.number { " · " (number) } }
        p { (frame.t(
            &format!("{holds} 项成立，{fails} 项不成立，{open} 项未决"),
            &format!("{holds} hold, {fails} do not, {open} are open"),
        )) }
    };
    let (files, claims): (Vec<&Claim>, Vec<&Claim>) = report
        .claims
        .iter()
        .partition(|claim| claim.id.starts_with("file:") && claim.verdict == Verdict::Pass);
    let heading = frame.t("未被更改的文件", "Files that are unchanged");
    let body = html! {
        h1 { (title) }
        (verdict(tone, &answer, lang, &under))
        @if !report.timeline.is_empty() {
            h2 { (frame.t("经过", "Timeline")) }
            (timeline(frame, report))
        }
        h2 { (frame.t("逐项结论", "Claim by claim")) }
        (table(frame, &claims))
        @if !files.is_empty() {
            (details(&format!("{heading} ({})", files.len()), &html! {
                ul.bullets { @for file in &files { li { (file.about.get(lang)) } } }
            }))
        }
        h2 { (frame.t("核验另一个证据包", "Check another package")) }
        (form(frame))
    };
    Page::new(title).audience(Audience::Applicant).render(frame, &body)
}

fn mark(lang: Lang, verdict: &Verdict) -> Markup {
    let (tone, label) = match verdict {
        Verdict::Pass => (Tone::Good, Label::new("✓ 成立", "✓ holds")),
        Verdict::Fail(_) => (Tone::Loss, Label::new("✗ 不成立", "✗ does not hold")),
        Verdict::Unknown(_) => (Tone::Time, Label::new("? 未决", "? open")),
    };
    tag(tone, label.get(lang))
}

/// Each event with what was found of it, and its place in the log.
fn timeline(frame: &Frame, report: &Report) -> Markup {
    let lang = frame.lang;
    html! {
        ol.links {
            @for event in &report.timeline {
                li {
                    p {
                        @match event.at {
                            Some(at) => (moment_tag(lang, at)),
                            None => (frame.t("时间无法识别", "time cannot be read")),
                        }
                        " · " b { (event.label.get(lang)) } " "
                        @for kind in ["inclusion", "time"] {
                            @if let Some(claim) = report.claim(&format!("{kind}:{}", event.event)) {
                                span title=(claim.about.get(lang)) { (mark(lang, &claim.verdict)) } " "
                            }
                        }
                    }
                    (place(frame, report, event))
                }
            }
        }
    }
}

/// Where an event stands in the log: the Merkle path as a picture.
fn place(frame: &Frame, report: &Report, event: &Happened) -> Markup {
    let heading = frame.t("在日志中的位置", "Its place in the log");
    let words = frame
        .t(
            &format!("日志第 {} 条，共 {} 条", event.index + 1, event.size),
            &format!("leaf {} of {}", event.index + 1, event.size),
        )
        .to_owned();
    let picture =
        drawn(report, event).map(|found| path::picture(frame, event.index, event.size, &found));
    details(
        heading,
        &html! {
            p { (words) }
            @if let Some(picture) = picture { (picture) }
            p.quiet { code { (event.leaf) } }
        },
    )
}

/// The path as hashes, where it is one and of the function that the picture is drawn with.
fn drawn(report: &Report, event: &Happened) -> Option<Inclusion> {
    let hash = |text: &String| Hash::try_from(seals::from_hex(text).ok()?).ok();
    if report.hash.as_deref() != Some("sha256") {
        return None;
    }
    Some(Inclusion {
        leaf: hash(&event.leaf)?,
        root: hash(event.root.as_ref()?)?,
        path: event.path.iter().map(hash).collect::<Option<_>>()?,
    })
}

fn table(frame: &Frame, claims: &[&Claim]) -> Markup {
    let lang = frame.lang;
    let columns = vec![
        Column::new(frame.t("主张", "Claim")),
        Column::new(frame.t("结论", "Verdict")),
        Column::new(frame.t("原因与细节", "Why, and details")),
    ];
    let rows = claims
        .iter()
        .map(|claim| {
            let why = html! {
                @if let Some(why) = claim.verdict.why() {
                    p { (why.label().get(lang)) }
                    p.quiet { code { (why.code()) " " (why.reason()) } }
                }
                @if let Some(detail) = &claim.detail { p.quiet { (detail.get(lang)) } }
            };
            Row::new(vec![html! { (claim.about.get(lang)) }, mark(lang, &claim.verdict), why])
        })
        .collect();
    html! { (Table::new(lang, frame.t("逐项结论", "Claim by claim"), columns, rows)) }
}
