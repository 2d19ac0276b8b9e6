//! What follows from what (联动): the quota moves, numbers are allotted, freezes follow debts, the watch goes its rounds.
//!
//! ```text
//!  guarantee_filing.Accepted ─► guarantee_series, guarantor ─► guarantee.File ─► book, importer, guarantee_watch
//!  exposure.* ─► book;   book.Lapsed ─► exposure.Lapse
//!  exposure.Overdue ─► importer, guarantee.Freeze;   exposure.Restored · Recovered ─► importer, guarantee.Unfreeze
//!  exposure.GuarantorRefused ─► guarantor.Bar ─► guarantee.Freeze
//!  guarantee_watch.RoundDue ─► errand ─► importer.Assess ─► guarantee.Freeze
//! ```

use crate::errand::{Round, TellGuarantor, Told};
use crate::exposure::{Exposure, ExposureCommand, ExposureEvent};
use crate::filing::{FilingEvent, Series, SeriesCommand, SeriesEvent, series_of};
use crate::guarantee::{Guarantee, GuaranteeCommand, GuaranteeEvent};
use crate::guarantor::{Guarantor, GuarantorCommand, GuarantorEvent};
use crate::importer::{Importer, ImporterCommand, ImporterEvent};
use crate::model::{EXEMPT, ExposureNo, FilingNo, GuaranteeNo, ImporterKey, WatchKey};
use crate::quota;
use crate::watch::{Watch, WatchCommand, WatchEvent};
use guarantee::RiskReason;
use kernel::{Address, Policy, Reaction, Recorded, Unreadable};
use ledger::{Book, BookCommand, BookEvent, Line};
use serde_json::json;

/// A use moves, so the quota moves in the ledger: what a group entered with the event already is entered once.
#[derive(Clone, Copy, Debug, Default)]
pub struct MoveQuota;

impl Policy for MoveQuota {
    fn name(&self) -> &'static str {
        "guarantee.move_quota"
    }

    fn listens(&self) -> &'static [&'static str] {
        &[
            "exposure.Held",
            "exposure.Accepted",
            "exposure.Used",
            "exposure.Adjusted",
            "exposure.Voided",
            "exposure.Restored",
            "exposure.Claimed",
            "exposure.Recovered",
        ]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let told = event.shared::<ExposureEvent>()?;
        let use_of = ExposureNo::new(&*event.key);
        let Some((book, posting)) = quota::entry(&event.shard, &use_of, &told) else {
            return Ok(Vec::new());
        };
        Ok(vec![event.leads_to::<Book>(&book, &BookCommand::post(posting))?])
    }
}

/// A text is filed, changed or taken back, so its limit stands in the ledger.
#[derive(Clone, Copy, Debug, Default)]
pub struct SetLimit;

impl Policy for SetLimit {
    fn name(&self) -> &'static str {
        "guarantee.set_limit"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["guarantee.Filed", "guarantee.Changed", "guarantee.Withdrawn"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let told = event.shared::<GuaranteeEvent>()?;
        let no = GuaranteeNo::new(&*event.key);
        let book = quota::book_of(&no);
        let mut reactions = Vec::new();
        if let GuaranteeEvent::Filed { about, .. } = &*told {
            let open = BookCommand::Open(Box::new(quota::opening(about)));
            reactions.push(event.leads_to::<Book>(&book, &open)?);
        }
        if let Some(posting) = quota::limit_entry(&told) {
            reactions.push(event.leads_to::<Book>(&book, &BookCommand::post(posting))?);
        }
        Ok(reactions)
    }
}

/// The ledger let reservations lapse, so their uses are void.
#[derive(Clone, Copy, Debug, Default)]
pub struct VoidLapsed;

impl Policy for VoidLapsed {
    fn name(&self) -> &'static str {
        "guarantee.void_lapsed"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["book.Lapsed"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        if quota::text_of(&event.key).is_none() {
            return Ok(Vec::new());
        }
        let BookEvent::Lapsed(came) = event.read()? else { return Ok(Vec::new()) };
        let of = |line: &Line| match line {
            Line::Expired(.., Some(pointer)) => {
                pointer.strip_prefix("exposure/").map(ExposureNo::new)
            }
            _ => None,
        };
        let lapse = |no| event.leads_to::<Exposure>(&no, &ExposureCommand::Lapse);
        came.lines.iter().filter_map(of).map(lapse).collect()
    }
}

/// A filing is accepted, so it gets a number, and with it becomes a text.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileAccepted;

impl Policy for FileAccepted {
    fn name(&self) -> &'static str {
        "guarantee.file_accepted"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["guarantee_filing.Accepted", "guarantee_series.Allotted"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        if &*event.kind == "guarantee_series" {
            let SeriesEvent::Allotted { filing, about, offered, token, .. } = event.read()?;
            let (no, code) = (about.no.clone(), about.guarantor.clone());
            let name = GuarantorCommand::Name { filing: filing.clone(), no: no.clone() };
            let file = GuaranteeCommand::File { filing, about, offered, token };
            return Ok(vec![
                event.leads_to::<Guarantor>(&code, &name)?,
                event.leads_to::<Guarantee>(&no, &file)?,
            ]);
        }
        let told = event.read()?;
        let FilingEvent::Accepted { offered, guarantor_name, guarantor_party, issuer, token, on } =
            told
        else {
            return Ok(Vec::new());
        };
        let filing = FilingNo::new(&*event.key);
        let (code, amount_fen) = (offered.guarantor.clone(), offered.limit_fen);
        let commit = GuarantorCommand::Commit { filing: filing.clone(), amount_fen };
        let series = series_of(&offered.home_office, on);
        let allot = SeriesCommand::Allot {
            filing,
            offered,
            guarantor_name,
            guarantor_party,
            issuer,
            token,
        };
        Ok(vec![
            event.leads_to::<Guarantor>(&code, &commit)?,
            event.leads_to::<Series>(&series, &allot)?,
        ])
    }
}

/// Texts come and go, so the enterprise and the watch know them.
#[derive(Clone, Copy, Debug, Default)]
pub struct KnowTexts;

impl Policy for KnowTexts {
    fn name(&self) -> &'static str {
        "guarantee.know_texts"
    }

    fn listens(&self) -> &'static [&'static str] {
        &[
            "guarantee.Filed",
            "guarantee.Changed",
            "guarantee.Reduced",
            "guarantee.Ended",
            "guarantee.Withdrawn",
            "guarantee.ClaimedOut",
        ]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let no = GuaranteeNo::new(&*event.key);
        let over = |about: &crate::model::About| {
            let key = ImporterKey::new(about.enterprise.uscc.as_str());
            event.leads_to::<Importer>(&key, &ImporterCommand::NoteOver { no: no.clone() })
        };
        Ok(match event.read()? {
            GuaranteeEvent::Filed { about, .. } => {
                let key = ImporterKey::new(about.enterprise.uscc.as_str());
                let watch = WatchKey::new(about.home_office.as_str());
                vec![
                    event.leads_to::<Importer>(&key, &ImporterCommand::NoteText { about })?,
                    event.leads_to::<Watch>(&watch, &WatchCommand::Begin)?,
                ]
            }
            GuaranteeEvent::Changed { about, text, .. } => {
                let resize = GuarantorCommand::Resize { no, amount_fen: text.limit_fen };
                vec![event.leads_to::<Guarantor>(&about.guarantor, &resize)?]
            }
            GuaranteeEvent::Ended { about, .. } | GuaranteeEvent::ClaimedOut { about, .. } => {
                vec![over(&about)?]
            }
            GuaranteeEvent::Withdrawn { about, .. } => {
                let free = GuarantorCommand::Free { no: no.clone() };
                vec![over(&about)?, event.leads_to::<Guarantor>(&about.guarantor, &free)?]
            }
            _ => Vec::new(),
        })
    }
}

/// The key of the freeze that a debt brings.
#[must_use]
pub fn debt(exposure: &str) -> String {
    format!("overdue/{exposure}")
}

/// Something is overdue, claimed or paid, so its text and its enterprise follow (R7).
#[derive(Clone, Copy, Debug, Default)]
pub struct FollowDebts;

impl Policy for FollowDebts {
    fn name(&self) -> &'static str {
        "guarantee.follow_debts"
    }

    fn listens(&self) -> &'static [&'static str] {
        &[
            "exposure.Overdue",
            "exposure.Restored",
            "exposure.Claimed",
            "exposure.Recovered",
            "exposure.GuarantorRefused",
            "exposure.Held",
        ]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        use ExposureEvent as E;
        let exposure = ExposureNo::new(&*event.key);
        let by = debt(&event.key);
        let told = event.shared::<ExposureEvent>()?;
        let paid = |uscc: &str, no: &GuaranteeNo| {
            let key = ImporterKey::new(uscc);
            let note = ImporterCommand::NotePaid { exposure: exposure.clone() };
            let mut reactions = vec![event.leads_to::<Importer>(&key, &note)?];
            if no.as_str() != EXEMPT {
                let free = GuaranteeCommand::Unfreeze {
                    by: by.clone(),
                    why: "税款已缴清".to_owned(),
                };
                reactions.push(event.leads_to::<Guarantee>(no, &free)?);
            }
            Ok(reactions)
        };
        Ok(match &*told {
            E::Held { request, .. } if !request.goods.is_empty() => {
                let key = ImporterKey::new(request.enterprise.uscc.as_str());
                let goods = request.goods.clone();
                let note = ImporterCommand::NoteGoods { exposure, goods };
                vec![event.leads_to::<Importer>(&key, &note)?]
            }
            E::Overdue { request, .. } => {
                let key = ImporterKey::new(request.enterprise.uscc.as_str());
                let no = request.guarantee.clone();
                let note = ImporterCommand::NoteOverdue { exposure: exposure.clone(), no };
                let mut reactions = vec![event.leads_to::<Importer>(&key, &note)?];
                if request.about.is_some() {
                    let why = format!("{exposure}逾期未缴税款");
                    let freeze = GuaranteeCommand::Freeze { by, why };
                    reactions.push(event.leads_to::<Guarantee>(&request.guarantee, &freeze)?);
                }
                reactions
            }
            E::Restored { no, uscc, left_fen: 0, overdue: true, .. } => paid(uscc, no)?,
            E::Claimed { request, .. } => {
                vec![
                    event
                        .leads_to::<Guarantee>(&request.guarantee, &GuaranteeCommand::NoteClaim)?,
                ]
            }
            E::Recovered { request, amount_fen, .. } => {
                let mut reactions = paid(&request.enterprise.uscc, &request.guarantee)?;
                let note = GuaranteeCommand::NoteRecovered { amount_fen: *amount_fen };
                reactions.push(event.leads_to::<Guarantee>(&request.guarantee, &note)?);
                reactions
            }
            E::GuarantorRefused { request, why } => {
                match &request.about {
                    Some(about) => {
                        let why = format!("拒绝赔付{exposure}：{why}");
                        vec![event.leads_to::<Guarantor>(
                            &about.guarantor,
                            &GuarantorCommand::Bar { why },
                        )?]
                    }
                    None => Vec::new(),
                }
            }
            _ => Vec::new(),
        })
    }
}

/// A guarantor is barred, or a level is red for new goods, so texts are frozen (R8).
#[derive(Clone, Copy, Debug, Default)]
pub struct FreezeTexts;

impl Policy for FreezeTexts {
    fn name(&self) -> &'static str {
        "guarantee.freeze_texts"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["guarantor.Barred", "guarantor.Unbarred", "importer.Assessed"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let to = |texts: &[GuaranteeNo], command: &GuaranteeCommand| {
            texts.iter().map(|no| event.leads_to::<Guarantee>(no, command)).collect()
        };
        if &*event.kind == "importer" {
            let ImporterEvent::Assessed { reasons, texts, .. } = event.read()? else {
                return Ok(Vec::new());
            };
            // Debts and barred guarantors bring freezes of their own, each lifted with its cause; this one an officer lifts.
            let surge = reasons.iter().find(|reason| matches!(reason, RiskReason::NewGoods(_)));
            let Some(reason) = surge else { return Ok(Vec::new()) };
            let why = reason.label().zh;
            return to(&texts, &GuaranteeCommand::Freeze { by: "risk".to_owned(), why });
        }
        let by = "guarantor".to_owned();
        match event.read()? {
            GuarantorEvent::Barred { texts, why, .. } => {
                to(&texts, &GuaranteeCommand::Freeze { by, why: format!("担保人停止受理：{why}") })
            }
            GuarantorEvent::Unbarred { texts, why, .. } => {
                to(&texts, &GuaranteeCommand::Unfreeze { by, why })
            }
            _ => Ok(Vec::new()),
        }
    }
}

/// A round is due, so the errand reads the tables.
#[derive(Clone, Copy, Debug, Default)]
pub struct GoRounds;

impl Policy for GoRounds {
    fn name(&self) -> &'static str {
        "guarantee.go_rounds"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["guarantee_watch.RoundDue"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let WatchEvent::RoundDue { at, day_ended, .. } = event.read()? else {
            return Ok(Vec::new());
        };
        let (office, shard) = (event.key.to_string(), event.shard.clone());
        let position = event.origin();
        Ok(vec![event.sends(&Round { office, shard, at, day_ended, origin: position })?])
    }
}

/// Guarantors with a line hear of filings, deductions, returns and claims (财关库银横向联网).
#[derive(Clone, Copy, Debug, Default)]
pub struct TellGuarantors;

impl Policy for TellGuarantors {
    fn name(&self) -> &'static str {
        "guarantee.tell_guarantors"
    }

    fn listens(&self) -> &'static [&'static str] {
        &[
            "guarantee_filing.Refused",
            "guarantee.Filed",
            "guarantee.Changed",
            "guarantee.ChangeRefused",
            "guarantee.Withdrawn",
            "exposure.Held",
            "exposure.Voided",
            "exposure.Restored",
            "exposure.Claimed",
        ]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let key = event.key.to_string();
        let Some(told) = Told::of(event)? else { return Ok(Vec::new()) };
        Ok(vec![event.sends(&TellGuarantor { about: key, shard: event.shard.clone(), told })?])
    }
}

/// An amount cannot grow, so the tax system is told to ask for the difference (R-adjust).
#[derive(Clone, Debug)]
pub struct TellTaxSystem {
    /// The tax system by its key in the exchange.
    pub partner: String,
}

/// The kind of the message by which the tax system hears of a difference.
pub const DIFFERENCE_DUE: &str = "guarantee.difference_due";

impl Policy for TellTaxSystem {
    fn name(&self) -> &'static str {
        "guarantee.tell_tax_system"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["exposure.DifferenceDue"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let ExposureEvent::DifferenceDue { wanted_fen, difference_fen } = event.read()? else {
            return Ok(Vec::new());
        };
        Ok(vec![Reaction::Message {
            to: Address::Partner(self.partner.clone()),
            body: json!({
                "kind": DIFFERENCE_DUE, "purpose": "通知补缴税款差额", "basis": "海关总署公告2021年第100号",
                "case": &*event.key, "wanted_fen": wanted_fen, "difference_fen": difference_fen,
            }),
        }])
    }
}
