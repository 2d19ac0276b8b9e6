//! Notices of a registration (受理通知、补正通知、不予登记告知书): to each applicant, in the batch of what they tell.
//!
//! They hold no personal value: number, type, unit, days and reasons; whom they address, delivery knows by the party.

use crate::event::{Of, RegistrationEvent as E};
use codes::Date;
use delivery::{Content, Filling, Notice, NoticeCommand, NoticeKey, Order};
use documents::{Datum, Values};
use kernel::{Policy, Reaction, Recorded, Unreadable};
use std::collections::BTreeMap;

/// What the office had by sharing and asked of nobody (条例 24).
const SHARED: [&str; 4] = ["身份信息", "契税完税信息", "房屋交易信息", "登记簿记载"];

/// Accepted, something missing, or refused: each applicant is told.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoticeOnDecision;

impl Policy for NoticeOnDecision {
    fn name(&self) -> &'static str {
        "property.notice_on_decision"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["registration.Accepted", "registration.SupplementAsked", "registration.Refused"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let (template, of, values) = match event.read()? {
            E::Accepted { on, by_silence, lines, fee, of, .. } => {
                let values = Values::new()
                    .date("accepted_on", on)
                    .with("by_silence", Datum::Flag(by_silence))
                    .date("promise_on", lines.promise.on)
                    .date("statutory_on", lines.statutory.on)
                    .money_fen("fee", fee.total_fen)
                    .texts("shared", SHARED);
                ("property_acceptance", of, values)
            }
            E::SupplementAsked { items, on, of } => {
                let items = items.into_iter().map(|item| format!("{}：{}", item.what, item.why));
                let values = Values::new().date("asked_on", on).texts("items", items);
                ("property_supplement", of, values)
            }
            E::Refused { ground, of, .. } => {
                let values = Values::new()
                    .text("refusal", ground.refusal.label().zh)
                    .text("reason", ground.reason)
                    .text("article", ground.refusal.article());
                ("property_refusal", of, values)
            }
            _ => return Ok(Vec::new()),
        };
        told(event, template, &of, &values)
    }
}

fn told(
    event: &Recorded,
    template: &str,
    of: &Of,
    values: &Values,
) -> Result<Vec<Reaction>, Unreadable> {
    let on: Date = event.at.date();
    let common = Values::new()
        .text("to_name", "本件各申请人")
        .text("registration_no", &*event.key)
        .text("service", of.kind.label().zh)
        .text("unit_no", of.unit.grouped())
        .date("issued_on", on);
    let filled: Values = common
        .iter()
        .chain(values.iter())
        .map(|(key, datum)| (key.to_owned(), datum.clone()))
        .collect();
    (1_usize..)
        .zip(&of.applicants)
        .map(|(n, party)| {
            let order = Order {
                origin: event.origin(),
                issuer: of.office.clone(),
                party: party.clone(),
                content: Content::Template {
                    template: template.to_owned(),
                    filling: Filling::Plain(filled.clone()),
                    facts: BTreeMap::new(),
                },
                channels: Vec::new(),
            };
            // The position of the event tells two supplements of one registration apart.
            let key = NoticeKey(format!("{}.{}.{n}", &*event.key, event.seq));
            event.leads_to::<Notice>(&key, &NoticeCommand::Issue(Box::new(order)))
        })
        .collect()
}
