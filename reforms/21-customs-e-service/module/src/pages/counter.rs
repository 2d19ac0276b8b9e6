//! The counter: a code that the party scans, and a ring that fills as it goes on.

use super::consent_tag;
use crate::model::Consent;
use crate::queries::CaseRow;
use codes::Moment;
use delivery::confirmation::ConfirmationEvent;
use kernel::Recorded;
use maud::{Markup, PreEscaped, html};
use portal::{Audience, Button, Fact, Frame, Page, Tone, facts, tag};
use std::collections::BTreeSet;

/// The steps of the form, in order.
const STEPS: [(&str, &str, &str); 6] = [
    ("opened", "打开链接", "link opened"),
    ("verified", "核验送达地址", "address verified"),
    ("scope", "勾选文书范围", "documents chosen"),
    ("read", "阅读法律后果", "consequences read"),
    ("postal", "填写邮寄地址", "postal address"),
    ("signed", "签名", "signed"),
];

/// How far the party has come on its phone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Which form it fills in.
    pub(crate) form_no: u32,
    done: BTreeSet<&'static str>,
    started: Option<Moment>,
    ended: Option<Moment>,
}

impl Progress {
    /// From the stream of the confirmation.
    pub(crate) fn of(stream: &[Recorded]) -> Self {
        let mut progress = Self { form_no: 1, ..Self::default() };
        for event in stream {
            let Ok(what) = event.read::<ConfirmationEvent>() else { continue };
            progress.hear(&what, event.at);
        }
        progress
    }

    fn hear(&mut self, what: &ConfirmationEvent, at: Moment) {
        match what {
            ConfirmationEvent::Started { .. } => self.started = Some(at),
            ConfirmationEvent::ChangeBegun { .. } => {
                *self = Self {
                    form_no: self.form_no.saturating_add(1),
                    started: Some(at),
                    ..Self::default()
                };
            }
            ConfirmationEvent::Refused { .. } | ConfirmationEvent::Lapsed { .. } => {
                self.ended = Some(at);
            }
            ConfirmationEvent::Signed { .. } => {
                self.done.insert("signed");
                self.ended = Some(at);
            }
            other => self.done.extend(step_of(other)),
        }
    }

    fn is_done(&self, step: &str) -> bool {
        self.done.contains(step)
    }
}

fn step_of(what: &ConfirmationEvent) -> Option<&'static str> {
    match what {
        ConfirmationEvent::Opened { .. } => Some("opened"),
        ConfirmationEvent::Verified { .. } => Some("verified"),
        ConfirmationEvent::ScopeChosen { .. } => Some("scope"),
        ConfirmationEvent::ConsequenceRead { .. } => Some("read"),
        ConfirmationEvent::PostalGiven { .. } => Some("postal"),
        _ => None,
    }
}

pub(crate) fn counter(
    frame: &Frame,
    row: &CaseRow,
    consent: Consent,
    progress: &Progress,
    address: &str,
    code: &str,
) -> Markup {
    let lang = frame.lang;
    let title = frame.t("采集电子送达地址", "Electronic addresses");
    let done = STEPS.iter().filter(|(step, _, _)| progress.is_done(step)).count();
    let minutes = progress.started.zip(progress.ended).map(|(from, to)| {
        let seconds = (to.us() - from.us()).max(0) / 1_000_000;
        format!("{}:{:02}", seconds / 60, seconds % 60)
    });
    let known = [
        Fact::new(frame.t("案件编号", "Case"), html! { (row.no) }),
        Fact::new(frame.t("状态", "State"), consent_tag(lang, consent)),
        Fact::new(frame.t("用时", "Time taken"), html! { (minutes.as_deref().unwrap_or("—")) }),
    ];
    let body = html! {
        h1 { (title) }
        @match consent {
            Consent::Asked => {
                p.lead { (frame.t(
                    "请当事人用手机扫描二维码，在自己的手机上填写并签名。本页每四秒更新一次。",
                    "The party scans the code and fills in and signs the form on its own phone. This page follows every four seconds.",
                )) }
                div.qr { (PreEscaped(code)) }
                p.quiet { code { (address) } }
            },
            Consent::InForce => (tag(Tone::Good, frame.t("已签署地址确认书", "Confirmation signed"))),
            Consent::Refused => p.lead { (frame.t(
                "当事人不同意电子送达，已经记录。本案文书以书面方式送达。",
                "The party said no, which is recorded. Documents of this case are served on paper.",
            )) },
            Consent::Over => p.lead { (frame.t("确认书已失效，可以重新采集。", "It is no longer in force; it can be asked for again.")) },
            Consent::Unasked => {},
        }
        (ring(frame, done))
        ol.links {
            @for (step, zh, en) in STEPS {
                li aria-current=[(!progress.is_done(step)).then_some("false")] {
                    (tag(if progress.is_done(step) { Tone::Good } else { Tone::Plain },
                        if progress.is_done(step) { frame.t("完成", "done") } else { frame.t("待办", "to do") }))
                    " " (frame.t(zh, en))
                }
            }
        }
        (facts(lang, &known))
        p.acts { (Button::second_link(frame.t("返回案件", "Back to the case"), format!("/penalty/cases/{}", row.no))) }
    };
    Page::new(title)
        .audience(Audience::Officer)
        .crumb(frame.t("处罚案件", "Penalty cases"), "/penalty/cases")
        .crumb(row.no.to_string(), format!("/penalty/cases/{}", row.no))
        .render(frame, &body)
}

/// A ring with as many sixths as there are steps done; the words beside it say the same.
fn ring(frame: &Frame, done: usize) -> Markup {
    // A circle of radius 15.915 has a circumference of 100.
    let part = done * 100 / STEPS.len();
    let words = format!("{done} / {}", STEPS.len());
    html! {
        p {
            svg width="72" height="72" viewBox="0 0 36 36" role="img" aria-label={ (frame.t("已完成 ", "done ")) (words) } {
                circle cx="18" cy="18" r="15.915" fill="none" stroke="currentColor" stroke-opacity="0.18" stroke-width="3" {}
                circle cx="18" cy="18" r="15.915" fill="none" stroke="currentColor" stroke-width="3"
                    stroke-dasharray={ (part) " 100" } transform="rotate(-90 18 18)" {}
                text x="18" y="21" text-anchor="middle" font-size="9" fill="currentColor" { (done) "/" (STEPS.len()) }
            }
        }
    }
}
