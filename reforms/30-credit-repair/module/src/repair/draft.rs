//! A decision in the making: events one after the other, each seen by what follows, and then what changes by itself.

use super::error::RepairError;
use super::event::RepairEvent;
use super::model::{Question, Repair, Stage, Watched};
use crate::law::RepairRules;
use codes::Date;
use credit_repair::{
    Application, Eligibility, Entry, Need, Outlook, Standing, Version, first_eligible, outlook,
    period_end,
};
use registers::listings::ListingKey;
use std::collections::BTreeMap;
use std::time::Duration;

/// Conditions that a further event breaks.
const RELAPSES: [Need; 4] =
    [Need::NoFurtherCase, Need::NoHeavierPenalty, Need::NoSameKindPenalty, Need::OnNoList];

/// After how long a register is asked again for what it did not know or saw as not done (assumed).
const ASKED_AGAIN: Duration = Duration::from_secs(30 * 86_400);
/// How long an entity is not told that it may apply, because a register may still say how a condition stands (assumed).
const ANSWER_AWAITED: Duration = Duration::from_secs(3 * 86_400);

/// Events so far, and the state that they lead to.
pub(super) struct Draft<'a> {
    pub(super) state: Repair,
    pub(super) events: Vec<RepairEvent>,
    pub(super) rules: &'a RepairRules,
    pub(super) today: Date,
}

impl<'a> Draft<'a> {
    pub(super) fn new(state: &Repair, rules: &'a RepairRules, today: Date) -> Self {
        Self { state: state.clone(), events: Vec::new(), rules, today }
    }

    pub(super) fn push(&mut self, event: RepairEvent) {
        self.state.apply(&event);
        self.events.push(event);
    }

    pub(super) fn watched(&self, listing: &ListingKey) -> Result<&Watched, RepairError> {
        self.state.entries.get(listing).ok_or(RepairError::EntryUnknown)
    }

    /// What lies ahead of an entry.
    pub(super) fn outlook(&self, entry: &Entry) -> Outlook<'a> {
        outlook(entry, &self.state.history(), self.rules.law())
    }

    /// The version and the way under which repair is asked for today (R1): what accrued, else what is in force.
    pub(super) fn route(
        &self,
        entry: &Entry,
    ) -> Result<(&'a Version, &'a Application), RepairError> {
        let ahead = self.outlook(entry);
        if let Some(route) = ahead.route.filter(|route| route.accrued.on <= self.today) {
            return Ok((route.accrued.version, route.application));
        }
        let version =
            self.rules.law().in_force(entry.province, self.today).ok_or(RepairError::NoLaw)?;
        let application = version.track(entry).and_then(|track| track.application.as_ref());
        let until = ahead.ends.map(|ends| ends.on);
        application.map(|application| (version, application)).ok_or(RepairError::NoRoute { until })
    }

    /// How each condition of an application stands today.
    pub(super) fn eligibility(
        &self,
        entry: &Entry,
        version: &Version,
        application: &Application,
    ) -> Eligibility {
        let history = self.state.history();
        first_eligible(entry, &history, version, application.kind, self.today)
    }

    /// What follows by itself from what happened, and from the day.
    pub(super) fn settle(&mut self) {
        let listings: Vec<ListingKey> = self.state.entries.keys().cloned().collect();
        for listing in &listings {
            self.relapse(listing);
        }
        let long_ago = self.today.checked_sub(ASKED_AGAIN).unwrap_or(self.today);
        for listing in &listings {
            self.ask(listing, long_ago);
        }
        for listing in &listings {
            self.turn(listing);
        }
        self.restrictions();
        let is_listed = self.state.entries.values().any(|one| one.entry.is_live(self.today));
        if self.state.proven && is_listed {
            self.push(RepairEvent::ProofVoid { n: self.state.proofs, on: self.today });
        }
        let due = self.due();
        if due != self.state.due {
            self.push(RepairEvent::DueSet { on: due });
        }
    }

    /// A further case of the same kinds takes back what had opened (S5).
    fn relapse(&mut self, listing: &ListingKey) {
        let Some(watched) = self.state.entries.get(listing) else { return };
        let stage = watched.stage;
        let is_open = stage == Stage::Eligible || (stage.is_running() && stage != Stage::Removing);
        if !is_open || watched.entry.ended.is_some() {
            return;
        }
        let found = match &watched.procedure {
            Some(procedure) if stage.is_running() => {
                let law = self.rules.law();
                let version = law.named(watched.entry.province, &procedure.version);
                version.and_then(|version| {
                    let track = version.track(&watched.entry)?;
                    Some((version, track.application.as_ref()?))
                })
            }
            _ => self.route_once_open(&watched.entry),
        };
        let Some((version, application)) = found else { return };
        let asked = self.eligibility(&watched.entry, version, application);
        if !asked.failing().any(|cond| RELAPSES.contains(&cond.id)) {
            return;
        }
        let announced = watched
            .procedure
            .as_ref()
            .filter(|procedure| procedure.announced && stage == Stage::Announcing)
            .map(|procedure| procedure.no);
        let after = watched.entry.listed_on;
        let by = self
            .state
            .entries
            .iter()
            .filter(|(key, other)| *key != listing && other.entry.counts_on() > after)
            .max_by_key(|(_, other)| other.entry.listed_on)
            .map(|(key, _)| key.clone());
        let Some(by) = by else { return };
        self.push(RepairEvent::Relapsed { listing: listing.clone(), by, announced });
    }

    /// Asks the registers that know something of an entry, but for those that were asked after a day, or have answered.
    pub(super) fn ask(&mut self, listing: &ListingKey, asked_before: Date) {
        let Some(watched) = self.state.entries.get(listing) else { return };
        let is_over = watched.ending || watched.stage == Stage::Removing;
        if !watched.entry.is_live(self.today) || is_over {
            return;
        }
        let questions: Vec<Question> = self
            .rules
            .askable(&watched.entry, self.today)
            .into_iter()
            .map(|source| Question { register: source.register, need: source.need })
            .filter(|question| {
                let is_fresh = watched.asked.get(question).is_some_and(|on| *on >= asked_before);
                !is_fresh && watched.is_open(question)
            })
            .collect();
        if !questions.is_empty() {
            let (listing, about) = (listing.clone(), Box::new(watched.about.clone()));
            self.push(RepairEvent::Asked { listing, about, questions, on: self.today });
        }
    }

    /// The way that is in force for an entry that was found eligible.
    fn route_once_open(&self, entry: &Entry) -> Option<(&'a Version, &'a Application)> {
        // Without its history: what had opened before the further case came.
        let ahead = outlook(entry, &[], self.rules.law());
        ahead.route.map(|route| (route.accrued.version, route.application))
    }

    /// The end of a term, or the first day to apply.
    fn turn(&mut self, listing: &ListingKey) {
        let Some(watched) = self.state.entries.get(listing) else { return };
        if !watched.entry.is_live(self.today) || watched.ending {
            return;
        }
        let ahead = self.outlook(&watched.entry);
        if let Some(ends) = ahead.ends.filter(|ends| ends.on <= self.today) {
            let source = self.rules.source(&watched.entry, ends.version);
            let version = ends.version.id.clone();
            let listing = listing.clone();
            self.push(RepairEvent::TermReached { listing, on: self.today, version, source });
            return;
        }
        let waits = matches!(
            watched.stage,
            Stage::NotEligible
                | Stage::Relapsed
                | Stage::NotAccepted
                | Stage::Refused
                | Stage::Withdrawn
        );
        let Some(route) =
            ahead.route.filter(|route| waits && !watched.found && route.accrued.on <= self.today)
        else {
            return;
        };
        let (version, application) = (route.accrued.version, route.application);
        let asked = self.eligibility(&watched.entry, version, application);
        let unknown = asked.conditions.iter().filter(|cond| cond.state == Standing::Unknown);
        let awaited = awaited(watched);
        if unknown
            .into_iter()
            .any(|cond| awaited.get(cond.id.word()).is_some_and(|day| *day > self.today))
        {
            return;
        }
        self.push(RepairEvent::EligibleFound {
            listing: listing.clone(),
            about: Box::new(watched.about.clone()),
            version: version.id.clone(),
            kind: application.kind,
            from: route.accrued.on,
            conditions: asked.conditions,
        });
    }

    /// Restrictions that begin or end to be supported (R5, R7).
    fn restrictions(&mut self) {
        let Some(about) = self.state.entries.values().next().map(|one| one.about.clone()) else {
            return;
        };
        let support = self.rules.map().support(&self.state.history(), self.today);
        let gone: Vec<_> =
            self.state.measures.iter().filter(|one| !support.contains_key(*one)).cloned().collect();
        for measure in gone {
            self.push(RepairEvent::RestrictionLifted {
                measure,
                uscc: about.uscc.clone(),
                name: about.name.clone(),
                on: self.today,
            });
        }
        for (measure, ids) in support {
            if self.state.measures.contains(&measure) {
                continue;
            }
            let Some(known) = self.rules.restrictions().get(&measure) else { continue };
            let listings = ids.iter().filter_map(|id| self.state.listing_of(*id)).cloned();
            self.push(RepairEvent::RestrictionImposed {
                uscc: about.uscc.clone(),
                name: about.name.clone(),
                listings: listings.collect(),
                recipients: known.recipients.clone(),
                source: known.source.clone(),
                on: self.today,
                measure,
            });
        }
    }

    /// The next day on which something changes by itself.
    fn due(&self) -> Option<Date> {
        let history = self.state.history();
        let mut days: Vec<Date> = Vec::new();
        for watched in self.state.entries.values() {
            let entry = &watched.entry;
            if let Some(revocation) = entry.revocation.filter(|revocation| revocation.personal)
                && let Some((_, lasts)) = &self.rules.map().revocation
            {
                days.extend(period_end(revocation.on, *lasts).tomorrow());
            }
            if watched.ending || entry.ended.is_some() {
                continue;
            }
            let ahead = outlook(entry, &history, self.rules.law());
            days.extend(ahead.ends.map(|ends| ends.on));
            let opens = ahead.route.map(|route| route.accrued.on);
            days.extend(opens.filter(|_| !watched.found && !watched.stage.is_running()));
            let open = watched.asked.iter().filter(|(question, _)| watched.is_open(question));
            days.extend(
                open.filter_map(|(_, on)| on.checked_add(ASKED_AGAIN).ok()?.tomorrow().ok()),
            );
            days.extend(awaited(watched).into_values());
            // A case that was refused for a condition with a day is looked at on that day.
            days.push(entry.listed_on);
        }
        days.into_iter().filter(|day| *day > self.today).min()
    }
}

/// Until when a register's answer is waited for, by what it was asked.
fn awaited(watched: &Watched) -> BTreeMap<&str, Date> {
    let unanswered =
        watched.asked.iter().filter(|(question, _)| !watched.told.contains_key(question));
    unanswered
        .filter_map(|(question, on)| {
            let until = on.checked_add(ANSWER_AWAITED).ok()?;
            Some((question.need.as_str(), until))
        })
        .collect()
}

/// Whether all conditions are met.
pub(super) fn all_met(asked: &Eligibility) -> bool {
    asked.conditions.iter().all(|cond| cond.state == Standing::Met)
}
