//! Letters (文书): each decision about a text is served on whom it concerns, numbered and sealed.

use crate::exposure::ExposureEvent;
use crate::filing::FilingEvent;
use crate::guarantee::GuaranteeEvent;
use crate::importer::ImporterEvent;
use crate::line::yuan;
use crate::model::About;
use delivery::{Content, Filling, Notice, NoticeCommand, NoticeKey, Order};
use documents::{Issuer, Values};
use guarantee::{Level, Matter, Scope, Text};
use kernel::{Origin, PartyKey, Policy, Reaction, Recorded, Unreadable};
use std::collections::BTreeMap;

/// Decided, so a letter is served.
#[derive(Clone, Debug)]
pub struct WriteLetters {
    /// Where people reach us, without a slash at the end: the QR code of a text names a page there.
    pub portal: String,
}

/// A letter: its template, upon whom it is served, by whom, and with what it is filled.
pub(crate) struct Letter {
    pub(crate) template: &'static str,
    pub(crate) party: PartyKey,
    pub(crate) issuer: Issuer,
    pub(crate) values: Values,
}

impl Letter {
    /// The order to serve it because of something.
    pub(crate) fn order(self, origin: Origin) -> NoticeCommand {
        let mut facts = BTreeMap::new();
        facts.insert("division".to_owned(), self.issuer.place.clone());
        NoticeCommand::Issue(Box::new(Order {
            origin,
            issuer: self.issuer,
            party: self.party,
            content: Content::Template {
                template: self.template.to_owned(),
                // What these letters say is of enterprises and sums; none of it tells of a person.
                filling: Filling::Plain(self.values),
                facts,
            },
            channels: Vec::new(),
        }))
    }
}

impl Policy for WriteLetters {
    fn name(&self) -> &'static str {
        "guarantee.letters"
    }

    fn listens(&self) -> &'static [&'static str] {
        &[
            "guarantee_filing.Refused",
            "guarantee.Filed",
            "guarantee.Changed",
            "guarantee.Ended",
            "guarantee.Withdrawn",
            "guarantee.ClaimedOut",
            "guarantee.Frozen",
            "guarantee.Unfrozen",
            "exposure.Claimed",
            "importer.Assessed",
        ]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let letters = match &*event.kind {
            "guarantee_filing" => refused(event.read()?),
            "guarantee" => self.of_text(event.read()?),
            "exposure" => claimed(&event.key, event.read()?),
            _ => watched(event.read()?),
        };
        letters
            .into_iter()
            .enumerate()
            .map(|(n, letter)| {
                let key = format!("guarantee-{}-{}-{n}", event.shard, event.seq);
                event.leads_to::<Notice>(&NoticeKey(key), &letter.order(event.origin()))
            })
            .collect()
    }
}

/// What every letter about a text says.
fn base(about: &About) -> Values {
    Values::new()
        .text("to_name", about.enterprise.name.as_str())
        .text("uscc", about.enterprise.uscc.as_str())
        .text("guarantee_no", about.no.as_str())
        .text("guarantor_name", about.guarantor_name.as_str())
}

fn to_enterprise(template: &'static str, about: &About, values: Values) -> Letter {
    Letter { template, party: about.enterprise.party.clone(), issuer: about.issuer.clone(), values }
}

/// A list of codes in words.
pub(crate) fn listed(scope: &Scope, name: impl Fn(&str) -> String) -> String {
    if scope.is_all() {
        return "全部".to_owned();
    }
    scope.0.iter().map(|code| name(code)).collect::<Vec<_>>().join("、")
}

/// A matter by its code, in words.
pub(crate) fn matter_name(code: &str) -> String {
    Matter::of(code)
        .map_or_else(|| code.to_owned(), |matter| format!("{code}{}", matter.label().zh))
}

impl WriteLetters {
    fn of_text(&self, event: GuaranteeEvent) -> Vec<Letter> {
        use GuaranteeEvent as E;
        match event {
            E::Filed { about, text, token, on, .. } => {
                let values = self.filing(&about, &text, on, 1, Some(&token));
                vec![to_enterprise("guarantee_filing", &about, values)]
            }
            E::Changed { about, version, text, on, .. } => {
                let values = self.filing(&about, &text, on, version, None);
                vec![to_enterprise("guarantee_filing", &about, values)]
            }
            E::Ended { about, on } => {
                let values = base(&about).date("ended_on", on).text("ground", "担保期间届满");
                vec![to_enterprise("guarantee_end", &about, values)]
            }
            E::Withdrawn { about, reason, on, .. } => {
                let values = base(&about).date("ended_on", on).text("ground", reason);
                vec![to_enterprise("guarantee_end", &about, values)]
            }
            E::ClaimedOut { about, on } => {
                let values =
                    base(&about).date("ended_on", on).text("ground", "已向担保人索偿，担保终止");
                vec![to_enterprise("guarantee_end", &about, values)]
            }
            E::Frozen { about, why, on, .. } => {
                let values = base(&about).date("from", on).text("ground", why);
                vec![to_enterprise("guarantee_freeze", &about, values)]
            }
            E::Unfrozen { about, why, on, free: true, .. } => {
                let values = base(&about).date("from", on).text("ground", why);
                vec![to_enterprise("guarantee_unfreeze", &about, values)]
            }
            E::Unfrozen { .. }
            | E::Started
            | E::ChangeAsked { .. }
            | E::ChangeRefused { .. }
            | E::Reduced { .. } => Vec::new(),
        }
    }

    fn filing(
        &self,
        about: &About,
        text: &Text,
        on: codes::Date,
        version: u32,
        token: Option<&str>,
    ) -> Values {
        let values = base(about)
            .date("filed_on", on)
            .integer("version", i64::from(version))
            .text("kind", text.kind.label().zh)
            .money_fen("limit", text.limit_fen)
            .date("valid_from", text.valid_from)
            .date("valid_to", text.valid_to)
            .text("covers", listed(&text.covers, matter_name))
            .text("beneficiaries", listed(&text.beneficiaries, str::to_owned))
            .text("late_fee", if text.covers_late_fee { "包含" } else { "不包含" });
        match token {
            Some(token) => values.text("check", format!("{}/guarantee/check/{token}", self.portal)),
            None => values,
        }
    }
}

fn refused(event: FilingEvent) -> Vec<Letter> {
    let FilingEvent::Refused { offered, guarantor_name, guarantor_party, issuer, reason, on } =
        event
    else {
        return Vec::new();
    };
    let values = Values::new()
        .text("uscc", offered.enterprise.uscc.as_str())
        .text("enterprise_name", offered.enterprise.name.as_str())
        .text("guarantor_name", guarantor_name)
        .text("text_no", offered.text_no.as_str())
        .money_fen("limit", offered.limit_fen)
        .text("ground", reason.zh)
        .date("decided_on", on);
    let both = [
        (offered.enterprise.party.clone(), offered.enterprise.name.clone()),
        (guarantor_party, values_name(&values)),
    ];
    both.into_iter()
        .map(|(party, name)| Letter {
            template: "guarantee_not_accepted",
            party,
            issuer: issuer.clone(),
            values: values.clone().text("to_name", name),
        })
        .collect()
}

fn values_name(values: &Values) -> String {
    match values.get("guarantor_name") {
        Some(documents::Datum::Text(name)) => name.clone(),
        _ => String::new(),
    }
}

fn claimed(exposure: &str, event: ExposureEvent) -> Vec<Letter> {
    let ExposureEvent::Claimed { on, amount_fen, late_fee_fen, until, request, due_on } = event
    else {
        return Vec::new();
    };
    let Some(about) = &request.about else { return Vec::new() };
    let values = base(about)
        .text("to_name", about.guarantor_name.as_str())
        .text("enterprise_name", about.enterprise.name.as_str())
        .text("exposure", exposure)
        .text("matter", matter_name(request.matter.code()))
        .money_fen("tax", amount_fen)
        .money_fen("late_fee", late_fee_fen)
        .money_fen("total", amount_fen.saturating_add(late_fee_fen))
        .date("due_on", due_on)
        .date("claimed_on", on)
        .date("claim_until", until);
    vec![Letter {
        template: "guarantee_claim",
        party: about.guarantor_party.clone(),
        issuer: about.issuer.clone(),
        values,
    }]
}

fn watched(event: ImporterEvent) -> Vec<Letter> {
    let ImporterEvent::Assessed { level, was, reasons, enterprise, issuer, on, .. } = event else {
        return Vec::new();
    };
    // A level that falls is no news to be served.
    if level <= was || level == Level::Green {
        return Vec::new();
    }
    let lines: Vec<String> = reasons.iter().map(|reason| reason.label().zh).collect();
    let values = Values::new()
        .text("to_name", enterprise.name.as_str())
        .text("uscc", enterprise.uscc.as_str())
        .text("level", level.label().zh)
        .texts("reasons", lines)
        .date("assessed_on", on);
    vec![Letter { template: "guarantee_risk", party: enterprise.party, issuer, values }]
}

/// A line of a statement (对账单).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StatementLine {
    /// When, on the clock of Beijing.
    pub(crate) at: String,
    /// What happened.
    pub(crate) what: String,
    /// By how much what is free changed, in fen.
    pub(crate) by_fen: i64,
    /// What is free after it.
    pub(crate) free_fen: i64,
}

/// The daily statement of a text.
pub(crate) fn statement(
    about: &About,
    day: codes::Date,
    lines: &[StatementLine],
    free_fen: i64,
    limit_fen: i64,
) -> Letter {
    let told = lines.iter().map(|line| {
        Values::new()
            .text("at", line.at.as_str())
            .text("what", line.what.as_str())
            .text("by", yuan(line.by_fen))
            .text("after", yuan(line.free_fen))
    });
    let values = base(about)
        .date("day", day)
        .money_fen("limit", limit_fen)
        .money_fen("free", free_fen)
        .rows("lines", told.collect());
    to_enterprise("guarantee_statement", about, values)
}
