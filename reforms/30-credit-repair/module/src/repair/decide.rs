//! Commands of repair, decided.

use super::draft::{Draft, all_met};
use super::error::RepairError;
use super::event::RepairEvent;
use super::model::{
    Answer, Failing, Kept, Known, ProofRef, Question, Repair, RepairKey, Stage, Watched,
    pledge_digest, told,
};
use crate::law::{Counted, RepairRules};
use calendar::{Term, due};
use codes::{Date, Moment};
use credit_repair::{Entry, Fact, Kind, Need, announcement_end};
use documents::Issuer;
use kernel::{Actor, Aggregate, Context, Deadline};
use registers::listings::{ListEntry, ListingKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The longest reason or ground, in characters.
const TEXT_CHARS_MAX: usize = 500;

/// What may be asked of the repair of an entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RepairCommand {
    /// An entry was made; sent by a policy.
    Note {
        /// Which.
        listing: ListingKey,
        /// The entry.
        entry: Box<ListEntry>,
    },
    /// An entry stands no more; sent by a policy.
    NoteGone {
        /// Which.
        listing: ListingKey,
        /// The first day without it.
        on: Date,
        /// Whether it was set aside.
        set_aside: bool,
    },
    /// An entry stands again; sent by a policy.
    NoteReturned {
        /// Which.
        listing: ListingKey,
        /// From when.
        on: Date,
    },
    /// A register tells a fact.
    Learn {
        /// Of which entry.
        listing: ListingKey,
        /// What.
        fact: Known,
        /// Since when; none for not yet.
        #[serde(default)]
        since: Option<Date>,
        /// Who says so.
        source: String,
    },
    /// Ask registers now what they know of an entry; not twice a day.
    Ask {
        /// Of which entry.
        listing: ListingKey,
    },
    /// A register answers; sent by a policy.
    Tell {
        /// Of which entry.
        listing: ListingKey,
        /// Who answers, and what was asked.
        question: Question,
        /// What it says.
        answer: Answer,
    },
    /// Ask for repair.
    Apply {
        /// Of which entry.
        listing: ListingKey,
        /// Whether the pledge was signed.
        #[serde(default)]
        pledge: bool,
        /// The reason, sealed.
        #[serde(default)]
        reason: Option<Kept>,
        /// Papers where no register answers.
        #[serde(default)]
        proofs: Vec<ProofRef>,
    },
    /// Accept the application.
    Accept {
        /// Of which entry.
        listing: ListingKey,
    },
    /// Do not accept it.
    NotAccept {
        /// Of which entry.
        listing: ListingKey,
        /// The conditions that fail, beside those that the registers show.
        #[serde(default)]
        failing: Vec<Need>,
    },
    /// Verify the conditions.
    Verify {
        /// Of which entry.
        listing: ListingKey,
        /// What was found, and since when; none for not yet.
        #[serde(default)]
        findings: BTreeMap<Known, Option<Date>>,
        /// Whether somebody went there.
        #[serde(default)]
        site_check: bool,
    },
    /// Announce it.
    Announce {
        /// Of which entry.
        listing: ListingKey,
        /// What was corrected.
        corrected: String,
    },
    /// The last day of the announcement moved; sent by a policy.
    NoteMoved {
        /// Of which entry.
        listing: ListingKey,
        /// The last day now.
        to: Date,
    },
    /// Somebody objected; sent by a policy.
    NoteObjection {
        /// Of which entry.
        listing: ListingKey,
        /// The number of the objection.
        objection: u32,
    },
    /// An objection was answered; sent by a policy.
    NoteAnswer {
        /// Of which entry.
        listing: ListingKey,
        /// The number of the objection.
        objection: u32,
        /// Whether it was right.
        upheld: bool,
    },
    /// The announcement is over; sent by a policy.
    NoteAnnouncementOver {
        /// Of which entry.
        listing: ListingKey,
        /// Its last day.
        on: Date,
    },
    /// Grant or refuse.
    Decide {
        /// Of which entry.
        listing: ListingKey,
        /// Whether it is granted.
        grant: bool,
        /// On what ground.
        ground: String,
    },
    /// Take the application back.
    Withdraw {
        /// Of which entry.
        listing: ListingKey,
    },
    /// Rescind a grant.
    Rescind {
        /// Of which entry.
        listing: ListingKey,
        /// On what ground.
        ground: String,
    },
    /// Ask for a certificate that no live entry exists.
    Prove,
    /// A day on which something is due has begun; sent by its own timer.
    Scan {
        /// The day.
        day: Date,
    },
    /// Look again: a rule or a holiday notice was published.
    Recheck,
}

impl Aggregate for Repair {
    const KIND: &'static str = "repair";
    type Key = RepairKey;
    type Command = RepairCommand;
    type Event = RepairEvent;
    type Error = RepairError;
    type World = RepairRules;

    fn decide(
        &self,
        rules: &RepairRules,
        cx: &Context,
        command: RepairCommand,
    ) -> Result<Vec<RepairEvent>, RepairError> {
        use RepairCommand as C;
        let mut draft = Draft::new(self, rules, cx.now.date());
        match command {
            C::Note { listing, entry } => draft.note(listing, entry),
            C::NoteGone { listing, on, set_aside } => draft.gone(listing, on, set_aside),
            C::NoteReturned { listing, on } => draft.returned(listing, on),
            C::Learn { listing, fact, since, source } => {
                draft.learn(listing, fact, since, source)?;
            }
            C::Ask { listing } => {
                draft.concerned(cx, &listing)?;
                draft.ask(&listing, draft.today);
            }
            C::Tell { listing, question, answer } => draft.tell(listing, question, answer)?,
            C::Apply { listing, pledge, reason, proofs } => {
                draft.mandate(cx, &listing)?;
                draft.apply(listing, pledge, reason, proofs)?;
            }
            C::Accept { listing } => {
                draft.deciding(cx, &listing)?;
                draft.accept(listing)?;
            }
            C::NotAccept { listing, failing } => {
                draft.deciding(cx, &listing)?;
                draft.not_accept(listing, &failing)?;
            }
            C::Verify { listing, findings, site_check } => {
                draft.deciding(cx, &listing)?;
                draft.verify(listing, findings, site_check)?;
            }
            C::Announce { listing, corrected } => {
                draft.deciding(cx, &listing)?;
                draft.announce(listing, corrected)?;
            }
            heard @ (C::NoteMoved { .. } | C::NoteObjection { .. } | C::NoteAnswer { .. }) => {
                draft.heard(heard);
            }
            C::NoteAnnouncementOver { listing, on } => draft.announcement_over(listing, on)?,
            C::Decide { listing, grant, ground } => {
                draft.deciding(cx, &listing)?;
                text("ground", &ground)?;
                if grant { draft.grant(listing, ground)? } else { draft.refuse(listing, ground)? }
            }
            C::Withdraw { listing } => {
                draft.mandate(cx, &listing)?;
                draft.withdraw(listing)?;
            }
            C::Rescind { listing, ground } => {
                draft.deciding(cx, &listing)?;
                text("ground", &ground)?;
                draft.rescind(listing, ground)?;
            }
            C::Prove => draft.prove(cx)?,
            C::Scan { .. } | C::Recheck => {}
        }
        draft.settle();
        Ok(draft.events)
    }

    fn evolve(&mut self, event: &RepairEvent) {
        self.apply(event);
    }

    fn deadlines(&self) -> Vec<Deadline<RepairCommand>> {
        let begins = |day: Date| day.yesterday().map_or(Moment::end_of(day), Moment::end_of);
        self.due
            .map(|day| Deadline {
                name: "scan".to_owned(),
                at: begins(day),
                command: RepairCommand::Scan { day },
            })
            .into_iter()
            .collect()
    }
}

/// Papers come where no register answers; one that contradicts a register's "not yet" leaves the matter to the authority.
fn disputed(entry: &mut Entry, proofs: &[ProofRef]) -> Result<(), RepairError> {
    for need in proofs.iter().map(|proof| proof.need) {
        let Some(known) = Known::of(need) else {
            return Err(RepairError::TextMissing { key: "proofs" });
        };
        let fact = known.in_entry(entry);
        if matches!(fact, Fact::Since(_)) {
            return Err(RepairError::PaperNeedless { need });
        }
        *fact = Fact::Unknown;
    }
    Ok(())
}

fn text(key: &'static str, text: &str) -> Result<(), RepairError> {
    if text.trim().is_empty() || text.chars().count() > TEXT_CHARS_MAX {
        return Err(RepairError::TextMissing { key });
    }
    Ok(())
}

impl Draft<'_> {
    /// LAW: 信用修复 is asked for by the entity itself or who it mandates; nobody else's application counts.
    fn mandate(&self, cx: &Context, listing: &ListingKey) -> Result<(), RepairError> {
        let watched = self.watched(listing)?;
        match &cx.actor {
            Actor::Party { party, .. } if *party == watched.about.party => Ok(()),
            Actor::System { .. } => Ok(()),
            _ => Err(RepairError::MandateMissing),
        }
    }

    /// The organ that decided the listing decides about repair.
    fn deciding(&self, cx: &Context, listing: &ListingKey) -> Result<(), RepairError> {
        let watched = self.watched(listing)?;
        let organ = &watched.about.issuer.organ;
        match cx.actor.organ() {
            Some(own) if own != organ => Err(RepairError::NotDeciding { organ: organ.to_string() }),
            _ => Ok(()),
        }
    }

    /// The entity, or the organ that decides: both want to know.
    fn concerned(&self, cx: &Context, listing: &ListingKey) -> Result<(), RepairError> {
        match &cx.actor {
            Actor::Officer { .. } => self.deciding(cx, listing),
            _ => self.mandate(cx, listing),
        }
    }

    /// What a register says is kept as it says it; what follows for the fact is learned where it changes.
    fn tell(
        &mut self,
        listing: ListingKey,
        question: Question,
        answer: Answer,
    ) -> Result<(), RepairError> {
        let watched = self.watched(&listing)?;
        if !watched.asked.contains_key(&question) {
            let Question { register, need } = question;
            return Err(RepairError::NotAsked { register, need });
        }
        if watched.told.get(&question).is_some_and(|(before, _on)| *before == answer) {
            return Ok(());
        }
        let known = Need::of(&question.need).and_then(Known::of);
        let on = self.today;
        self.push(RepairEvent::Told { listing: listing.clone(), question, answer, on });
        let Some(known) = known else { return Ok(()) };
        let together = self.watched(&listing)?.by_registers(known);
        match together {
            Some((Fact::Since(day), source)) => self.learn(listing, known, Some(day), source),
            Some((Fact::NotYet, source)) => self.learn(listing, known, None, source),
            Some((Fact::Unknown, _)) | None => Ok(()),
        }
    }

    fn note(&mut self, listing: ListingKey, mut entry: Box<ListEntry>) {
        if self.state.entries.contains_key(&listing) || super::model::entry_of(&entry, 0).is_none()
        {
            return;
        }
        let issuer = Issuer {
            organ: entry.organ.clone(),
            name: entry.organ_name.clone(),
            word: entry.organ_name.clone(),
            place: entry.place.clone(),
        };
        let party = self.rules.party_of(&entry.subject);
        if entry.measures.is_empty() {
            entry.measures = self.rules.measures_of(&entry.list);
        }
        self.push(RepairEvent::Noted { listing, entry, issuer, party });
    }

    fn gone(&mut self, listing: ListingKey, on: Date, set_aside: bool) {
        let Ok(watched) = self.watched(&listing) else { return };
        let end = credit_repair::End { on, set_aside };
        if watched.entry.ended == Some(end) {
            return;
        }
        let announced = watched
            .procedure
            .as_ref()
            .filter(|_| watched.stage == Stage::Announcing)
            .map(|procedure| procedure.no);
        let repaired = watched.stage == Stage::Removing && !set_aside;
        self.push(RepairEvent::Gone { listing, on, set_aside, repaired, announced });
    }

    fn returned(&mut self, listing: ListingKey, on: Date) {
        let is_gone = self.watched(&listing).is_ok_and(|watched| watched.entry.ended.is_some());
        if is_gone {
            self.push(RepairEvent::Returned { listing, on });
        }
    }

    fn learn(
        &mut self,
        listing: ListingKey,
        fact: Known,
        since: Option<Date>,
        source: String,
    ) -> Result<(), RepairError> {
        text("source", &source)?;
        let entry = &self.watched(&listing)?.entry;
        let known = match fact {
            Known::DutiesDone => entry.duties_done,
            Known::Corrected => entry.corrected,
            Known::HarmRemoved => entry.harm_removed,
        };
        if known != since.map_or(Fact::NotYet, Fact::Since) {
            self.push(RepairEvent::Learned { listing, fact, since, source });
        }
        Ok(())
    }

    /// The entry, if it stands.
    fn live(&self, listing: &ListingKey) -> Result<&Watched, RepairError> {
        let watched = self.watched(listing)?;
        match watched.entry.ended {
            Some(end) => Err(RepairError::Closed { since: end.on }),
            None => Ok(watched),
        }
    }

    fn at(&self, listing: &ListingKey, stages: &[Stage]) -> Result<&Watched, RepairError> {
        let watched = self.watched(listing)?;
        if stages.contains(&watched.stage) {
            Ok(watched)
        } else {
            Err(RepairError::WrongStage { stage: watched.stage })
        }
    }

    fn day(&self, term: &Term, from: Date) -> Result<Date, RepairError> {
        due(term, from, &self.rules.calendar())
            .map(|due| due.date)
            .map_err(|_range| RepairError::Term)
    }

    fn apply(
        &mut self,
        listing: ListingKey,
        pledge: bool,
        reason: Option<Kept>,
        proofs: Vec<ProofRef>,
    ) -> Result<(), RepairError> {
        let watched = self.live(&listing)?;
        if watched.stage.is_running() {
            return Err(RepairError::WrongStage { stage: watched.stage });
        }
        if !pledge {
            return Err(RepairError::PledgeMissing);
        }
        let (version, application) = self.route(&watched.entry)?;
        let mut entry = watched.entry.clone();
        entry.pledged = Fact::Since(self.today);
        disputed(&mut entry, &proofs)?;
        let asked = self.eligibility(&entry, version, application);
        if let Some(bar) = asked.failing().find(|cond| cond.state == credit_repair::Standing::Never)
        {
            let until = self.outlook(&entry).ends.map(|ends| ends.on);
            return Err(RepairError::Barred { rule: bar.id, until });
        }
        let limits = self.rules.limits(&entry, version).ok_or(RepairError::NoLaw)?;
        let accept_by = self.day(&limits.accept, self.today)?;
        let (about, no) = (Box::new(watched.about.clone()), self.state.applications + 1);
        let (version, kind, on) = (version.id.clone(), application.kind, self.today);
        self.push(RepairEvent::Applied {
            listing: listing.clone(),
            about: about.clone(),
            no,
            version,
            kind,
            on,
            reason,
            proofs,
            pledge: Some(pledge_digest()),
            accept_by,
        });
        self.ask(&listing, self.today);
        let failing = Failing::of(&asked.conditions);
        if !failing.is_empty() {
            let text = told(&failing);
            self.push(RepairEvent::NotAccepted { listing, about, no, on, failing, text });
        }
        Ok(())
    }

    /// The version, the way and the application's number of what is on its way.
    fn running(
        &self,
        listing: &ListingKey,
    ) -> Result<(u32, &credit_repair::Version, &credit_repair::Application), RepairError> {
        let watched = self.watched(listing)?;
        let wrong = RepairError::WrongStage { stage: watched.stage };
        let procedure = watched.procedure.as_ref().ok_or(wrong)?;
        let version = self.rules.law().named(watched.entry.province, &procedure.version);
        let version = version.ok_or(RepairError::NoLaw)?;
        let application =
            version.track(&watched.entry).and_then(|track| track.application.as_ref());
        Ok((procedure.no, version, application.ok_or(RepairError::NoLaw)?))
    }

    fn accept(&mut self, listing: ListingKey) -> Result<(), RepairError> {
        let watched = self.at(&listing, &[Stage::Applied])?;
        let (no, version, _) = self.running(&listing)?;
        let limits = self.rules.limits(&watched.entry, version).ok_or(RepairError::NoLaw)?;
        let applied_on = watched.procedure.as_ref().map_or(self.today, |one| one.applied_on);
        let decide_by = match limits.counted {
            Counted::Applied => Some(self.day(&limits.decide, applied_on)?),
            Counted::Accepted => Some(self.day(&limits.decide, self.today)?),
            Counted::Announced => None,
        };
        let about = Box::new(watched.about.clone());
        self.push(RepairEvent::Accepted { listing, about, no, on: self.today, decide_by });
        Ok(())
    }

    fn not_accept(&mut self, listing: ListingKey, more: &[Need]) -> Result<(), RepairError> {
        let watched = self.at(&listing, &[Stage::Applied])?;
        let about = Box::new(watched.about.clone());
        let (no, failing) = self.failing(&listing, more)?;
        if failing.is_empty() {
            return Err(RepairError::TextMissing { key: "failing" });
        }
        let (text, on) = (told(&failing), self.today);
        self.push(RepairEvent::NotAccepted { listing, about, no, on, failing, text });
        Ok(())
    }

    /// The conditions that fail by the registers, and those that an officer adds.
    fn failing(
        &self,
        listing: &ListingKey,
        more: &[Need],
    ) -> Result<(u32, Vec<Failing>), RepairError> {
        let mut entry = self.watched(listing)?.entry.clone();
        entry.pledged = Fact::Since(self.today);
        let (no, version, application) = self.running(listing)?;
        let mut failing = Failing::of(&self.eligibility(&entry, version, application).conditions);
        for need in more {
            if !failing.iter().any(|one| one.need == *need) {
                failing.push(Failing { need: *need, until: None });
            }
        }
        Ok((no, failing))
    }

    fn verify(
        &mut self,
        listing: ListingKey,
        findings: BTreeMap<Known, Option<Date>>,
        site_check: bool,
    ) -> Result<(), RepairError> {
        self.at(&listing, &[Stage::Accepted, Stage::Announced])?;
        let (no, version, application) = self.running(&listing)?;
        // LAW: 国市监信规〔2021〕3号 art. 9: written checks; somebody goes there only where that is at issue.
        if site_check && !application.needs.contains(&Need::Corrected) {
            return Err(RepairError::SiteCheckNeedless);
        }
        let version = version.id.clone();
        for (fact, since) in findings {
            self.learn(listing.clone(), fact, since, "核实".to_owned())?;
        }
        let mut entry = self.watched(&listing)?.entry.clone();
        entry.pledged = Fact::Since(self.today);
        let named = self.rules.law().named(entry.province, &version).ok_or(RepairError::NoLaw)?;
        let application = named.track(&entry).and_then(|track| track.application.as_ref());
        let application = application.ok_or(RepairError::NoLaw)?;
        let conditions = self.eligibility(&entry, named, application).conditions;
        self.push(RepairEvent::Verified { listing, no, conditions, site_check });
        Ok(())
    }

    fn announce(&mut self, listing: ListingKey, corrected: String) -> Result<(), RepairError> {
        text("corrected", &corrected)?;
        let watched = self.at(&listing, &[Stage::Accepted])?;
        let (no, _, application) = self.running(&listing)?;
        let days = application.announcement_days;
        let days = days.ok_or(RepairError::WrongStage { stage: watched.stage })?;
        let from = self.today;
        let to = announcement_end(from, days, &self.rules.calendar(), &[]);
        let about = Box::new(watched.about.clone());
        self.push(RepairEvent::Announced { listing, about, no, from, to, days, corrected });
        Ok(())
    }

    /// What is heard of an announcement, while it runs.
    fn heard(&mut self, command: RepairCommand) {
        match command {
            RepairCommand::NoteMoved { listing, to } => self.of_announcement(&listing, |listing| {
                RepairEvent::AnnouncementMoved { listing, to }
            }),
            RepairCommand::NoteObjection { listing, objection } => self
                .of_announcement(&listing, |listing| RepairEvent::Disputed { listing, objection }),
            RepairCommand::NoteAnswer { listing, objection, upheld } => {
                self.of_announcement(&listing, |listing| RepairEvent::Answered {
                    listing,
                    objection,
                    upheld,
                });
            }
            _ => {}
        }
    }

    /// What is heard of an announcement that has ended meanwhile changes nothing.
    fn of_announcement(
        &mut self,
        listing: &ListingKey,
        event: impl FnOnce(ListingKey) -> RepairEvent,
    ) {
        if self.at(listing, &[Stage::Announcing]).is_ok() {
            self.push(event(listing.clone()));
        }
    }

    fn announcement_over(&mut self, listing: ListingKey, on: Date) -> Result<(), RepairError> {
        let Ok(watched) = self.at(&listing, &[Stage::Announcing]) else { return Ok(()) };
        let (_, version, _) = self.running(&listing)?;
        let limits = self.rules.limits(&watched.entry, version).ok_or(RepairError::NoLaw)?;
        let decide_by = self.day(&limits.decide, on)?;
        self.push(RepairEvent::AnnouncementOver { listing, on, decide_by });
        Ok(())
    }

    fn grant(&mut self, listing: ListingKey, ground: String) -> Result<(), RepairError> {
        let (no, version, application) = self.running(&listing)?;
        let announces = application.announcement_days.is_some();
        let stage = if announces { Stage::Announced } else { Stage::Accepted };
        let watched = self.at(&listing, &[stage])?;
        let procedure = watched.procedure.as_ref();
        let open = procedure.map_or(0, |procedure| procedure.open.len());
        if open > 0 || procedure.is_some_and(|procedure| procedure.upheld) {
            return Err(RepairError::Disputed { open });
        }
        let mut entry = watched.entry.clone();
        entry.pledged = Fact::Since(self.today);
        let asked = self.eligibility(&entry, version, application);
        let verified = procedure.is_some_and(|procedure| procedure.verified);
        if !all_met(&asked) || !verified {
            let unknown = asked
                .conditions
                .iter()
                .filter(|cond| !verified || cond.state == credit_repair::Standing::Unknown);
            let mut failing = Failing::of(&asked.conditions);
            failing.extend(unknown.map(|cond| Failing { need: cond.id, until: None }));
            failing.dedup_by_key(|one| one.need);
            return Err(RepairError::ConditionsUnmet { failing });
        }
        let limits = self.rules.limits(&entry, version).ok_or(RepairError::NoLaw)?;
        let remove_by = self.day(&limits.remove, self.today)?;
        let about = Box::new(watched.about.clone());
        let on = self.today;
        self.push(RepairEvent::Granted { listing, about, no, on, remove_by, ground });
        Ok(())
    }

    fn refuse(&mut self, listing: ListingKey, ground: String) -> Result<(), RepairError> {
        let watched = self.at(&listing, &[Stage::Accepted, Stage::Announced])?;
        let about = Box::new(watched.about.clone());
        let (no, failing) = self.failing(&listing, &[])?;
        let text = if failing.is_empty() { codes::Label::default() } else { told(&failing) };
        let on = self.today;
        self.push(RepairEvent::Refused { listing, about, no, on, failing, ground, text });
        Ok(())
    }

    fn withdraw(&mut self, listing: ListingKey) -> Result<(), RepairError> {
        let stages = [Stage::Applied, Stage::Accepted, Stage::Announcing, Stage::Announced];
        let watched = self.at(&listing, &stages)?;
        let announced = watched.stage == Stage::Announcing;
        let no = watched.procedure.as_ref().map_or(0, |procedure| procedure.no);
        self.push(RepairEvent::Withdrawn { listing, no, announced });
        Ok(())
    }

    fn rescind(&mut self, listing: ListingKey, ground: String) -> Result<(), RepairError> {
        let watched = self.at(&listing, &[Stage::Repaired])?;
        let about = Box::new(watched.about.clone());
        self.push(RepairEvent::Rescinded { listing, about, on: self.today, ground });
        Ok(())
    }

    fn prove(&mut self, cx: &Context) -> Result<(), RepairError> {
        let Some(first) = self.state.entries.values().next() else {
            return Err(RepairError::EntryUnknown);
        };
        let about = first.about.clone();
        let acts = match &cx.actor {
            Actor::Party { party, .. } => *party == about.party,
            Actor::System { .. } => true,
            _ => false,
        };
        if !acts {
            return Err(RepairError::MandateMissing);
        }
        let live = self.state.entries.values().filter(|one| one.entry.is_live(self.today)).count();
        if live > 0 {
            return Err(RepairError::StillListed { live });
        }
        let (n, on) = (self.state.proofs + 1, self.today);
        if self.state.proven {
            self.push(RepairEvent::ProofVoid { n: self.state.proofs, on });
        }
        let crate::repair::About { uscc, name, party, issuer, .. } = about;
        self.push(RepairEvent::Proven { n, uscc, name, party, issuer, on });
        Ok(())
    }
}

/// What is asked for, for pages that name it.
impl Watched {
    /// The kind of the latest application.
    #[must_use]
    pub fn asked(&self) -> Option<Kind> {
        self.procedure.as_ref().map(|procedure| procedure.kind)
    }
}
