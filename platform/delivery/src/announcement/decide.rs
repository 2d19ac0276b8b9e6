//! An announcement: published, changed, objected to, answered, ended.

use super::{
    AnnouncementCommand, AnnouncementEvent, AnnouncementKey, Objection, Objector, Outage, Pauses,
    Posting, Running, Stand,
};
use crate::DeliveryError;
use crate::decide::text;
use calendar::{Calendar, Due, due};
use codes::{Date, Label, Moment};
use kernel::{Aggregate, Context, Deadline};
use std::collections::{BTreeMap, BTreeSet};

/// Characters of facts that an objection without a name must bring.
const ANONYMOUS_FACTS_CHARS_MIN: u32 = 20;
/// The longest text of an announcement, in characters.
const TEXT_CHARS_MAX: usize = 20_000;

/// What announcements are decided by.
#[derive(Clone, Debug, Default)]
pub struct AnnouncementRules {
    /// The calendar.
    pub calendar: Calendar,
}

/// An announcement (公告).
#[derive(Debug, Default)]
pub struct Announcement {
    posting: Option<Box<Posting>>,
    from: Date,
    to: Date,
    outages: Vec<Outage>,
    objections: BTreeMap<u32, Raised>,
    checked: BTreeSet<Date>,
    stand: Stand,
    since: Date,
}

/// An objection that came in.
#[derive(Clone, Copy, Debug)]
struct Raised {
    on: Date,
    answered: Option<Date>,
}

impl Aggregate for Announcement {
    const KIND: &'static str = "announcement";
    type Key = AnnouncementKey;
    type Command = AnnouncementCommand;
    type Event = AnnouncementEvent;
    type Error = DeliveryError;
    type World = AnnouncementRules;

    fn decide(
        &self,
        rules: &AnnouncementRules,
        cx: &Context,
        command: AnnouncementCommand,
    ) -> Result<Vec<AnnouncementEvent>, DeliveryError> {
        if let AnnouncementCommand::Announce(posting) = command {
            return self.announce(rules, cx, posting);
        }
        let posting = self.posting.as_deref().ok_or(DeliveryError::AnnouncementUnknown)?;
        let act = Act { now: cx.now, today: cx.now.date(), posting, rules };
        match command {
            AnnouncementCommand::Announce(_) => Err(DeliveryError::AnnouncementTaken),
            AnnouncementCommand::Amend { text, restart, reason } => {
                self.amend(&act, text, restart, &reason)
            }
            AnnouncementCommand::Withdraw { reason } => self.withdraw(&act, &reason),
            AnnouncementCommand::Object(objection) => self.object(&act, objection),
            AnnouncementCommand::Answer { no, upheld, reason } => {
                self.answer(&act, no, upheld, &reason)
            }
            AnnouncementCommand::Outage { from, to, cause } => self.outage(&act, from, to, &cause),
            AnnouncementCommand::Check { day, asked, answered } => {
                self.check(&act, day, asked, answered)
            }
            AnnouncementCommand::End { reason } => self.end(&act, reason),
        }
    }

    fn evolve(&mut self, event: &AnnouncementEvent) {
        match event {
            AnnouncementEvent::Announced { posting, from, to, .. } => {
                self.posting = Some(posting.clone());
                (self.from, self.to) = (*from, *to);
            }
            AnnouncementEvent::Amended { text, from, to, restart, .. } => {
                if let Some(posting) = &mut self.posting {
                    posting.text = text.clone();
                }
                (self.from, self.to) = (*from, *to);
                if *restart {
                    self.outages.clear();
                    self.objections.retain(|_, raised| raised.answered.is_none());
                }
            }
            AnnouncementEvent::Withdrawn { on, .. } => self.close(Stand::Withdrawn, *on),
            AnnouncementEvent::Objected { no, at, .. } => {
                self.objections.insert(*no, Raised { on: at.date(), answered: None });
            }
            AnnouncementEvent::Answered { no, on, .. } => {
                if let Some(raised) = self.objections.get_mut(no) {
                    raised.answered = Some(*on);
                }
            }
            AnnouncementEvent::OutageRecorded { from, to, .. } => {
                self.outages.push(Outage { from: *from, to: *to });
            }
            AnnouncementEvent::Moved { to, .. } => self.to = *to,
            AnnouncementEvent::Checked { day, .. } => {
                self.checked.insert(*day);
            }
            AnnouncementEvent::Ended { on, reason, .. } => {
                let stand = if reason.is_some() { Stand::Stopped } else { Stand::Ended };
                self.close(stand, *on);
            }
        }
    }

    fn deadlines(&self) -> Vec<Deadline<AnnouncementCommand>> {
        let runs = self.posting.is_some() && self.stand == Stand::Running && !self.held_up();
        let end = Deadline {
            name: format!("end-{}", self.to),
            at: Moment::end_of(self.to),
            command: AnnouncementCommand::End { reason: None },
        };
        runs.then_some(end).into_iter().collect()
    }
}

/// What a decision is made with.
struct Act<'a> {
    now: Moment,
    today: Date,
    posting: &'a Posting,
    rules: &'a AnnouncementRules,
}

impl Announcement {
    fn close(&mut self, stand: Stand, on: Date) {
        self.stand = stand;
        self.since = on;
    }

    fn open(&self) -> Result<(), DeliveryError> {
        match self.stand {
            Stand::Running => Ok(()),
            _ => Err(DeliveryError::AnnouncementClosed { since: self.since }),
        }
    }

    /// Whether an objection that is open holds the end up.
    fn held_up(&self) -> bool {
        let rule = self.posting.as_ref().and_then(|posting| posting.objections.as_ref());
        rule.is_some_and(|rule| rule.pauses != Pauses::Nothing)
            && self.objections.values().any(|raised| raised.answered.is_none())
    }

    fn running(&self) -> Running {
        Running {
            from: self.from,
            outages: self.outages.clone(),
            objections: self
                .objections
                .values()
                .map(|raised| (raised.on.max(self.from), raised.answered))
                .collect(),
        }
    }

    /// Where the last day lies if it moved, as the event that says so.
    fn moved(
        &self,
        act: &Act<'_>,
        running: &Running,
        cause: Label,
    ) -> Result<Option<AnnouncementEvent>, DeliveryError> {
        let due = running.due(act.posting, act.today, &act.rules.calendar)?;
        let Due { date: to, provisional, .. } = due;
        let origin = act.posting.origin.clone();
        Ok((to != self.to).then_some(AnnouncementEvent::Moved { origin, to, provisional, cause }))
    }

    fn announce(
        &self,
        rules: &AnnouncementRules,
        cx: &Context,
        posting: Box<Posting>,
    ) -> Result<Vec<AnnouncementEvent>, DeliveryError> {
        if self.posting.is_some() {
            return Err(DeliveryError::AnnouncementTaken);
        }
        whole(&posting.text)?;
        let from = cx.now.date();
        let due = due(&posting.term, from, &rules.calendar)?;
        Ok(vec![AnnouncementEvent::Announced {
            posting,
            from,
            to: due.date,
            provisional: due.provisional,
        }])
    }

    fn amend(
        &self,
        act: &Act<'_>,
        text: Label,
        restart: bool,
        reason: &str,
    ) -> Result<Vec<AnnouncementEvent>, DeliveryError> {
        self.open()?;
        whole(&text)?;
        let reason = crate::decide::text("reason", reason)?;
        let (from, to) = if restart {
            let due = due(&act.posting.term, act.today, &act.rules.calendar)?;
            (act.today, due.date)
        } else {
            (self.from, self.to)
        };
        let (origin, serves) = (act.posting.origin.clone(), act.posting.serves.clone());
        Ok(vec![AnnouncementEvent::Amended { origin, serves, text, reason, from, to, restart }])
    }

    fn withdraw(
        &self,
        act: &Act<'_>,
        reason: &str,
    ) -> Result<Vec<AnnouncementEvent>, DeliveryError> {
        if matches!(self.stand, Stand::Withdrawn | Stand::Stopped) {
            return Err(DeliveryError::AnnouncementClosed { since: self.since });
        }
        let reason = text("reason", reason)?;
        let (origin, serves) = (act.posting.origin.clone(), act.posting.serves.clone());
        Ok(vec![AnnouncementEvent::Withdrawn { origin, serves, reason, on: act.today }])
    }

    fn object(
        &self,
        act: &Act<'_>,
        objection: Box<Objection>,
    ) -> Result<Vec<AnnouncementEvent>, DeliveryError> {
        self.open()?;
        let rule = act.posting.objections.as_ref().ok_or(DeliveryError::NoObjections)?;
        let missing = match objection.by {
            Objector::Anonymous if !rule.anonymous => Some("name"),
            Objector::Anonymous if objection.facts_chars < ANONYMOUS_FACTS_CHARS_MIN => {
                Some("facts")
            }
            _ if objection.facts_chars == 0 => Some("facts"),
            _ => None,
        };
        if let Some(item) = missing {
            return Err(DeliveryError::ObjectionIncomplete { item });
        }
        let no = self.objections.keys().next_back().map_or(1, |last| last + 1);
        let answer_by = due(&rule.answer, act.today, &act.rules.calendar)?.date;
        let origin = act.posting.origin.clone();
        Ok(vec![AnnouncementEvent::Objected { origin, no, objection, at: act.now, answer_by }])
    }

    fn answer(
        &self,
        act: &Act<'_>,
        no: u32,
        upheld: bool,
        reason: &str,
    ) -> Result<Vec<AnnouncementEvent>, DeliveryError> {
        let raised = self.objections.get(&no).ok_or(DeliveryError::ObjectionUnknown { no })?;
        if let Some(since) = raised.answered {
            return Err(DeliveryError::AnnouncementClosed { since });
        }
        let reason = text("reason", reason)?;
        let origin = act.posting.origin.clone();
        let mut events =
            vec![AnnouncementEvent::Answered { origin, no, upheld, reason, on: act.today }];
        if self.stand == Stand::Running {
            let mut running = self.running();
            running.objections = self
                .objections
                .iter()
                .map(|(at, one)| {
                    let answered = if *at == no { Some(act.today) } else { one.answered };
                    (one.on.max(self.from), answered)
                })
                .collect();
            let cause = Label::new("异议处理期间不计入", "an objection was being answered");
            events.extend(self.moved(act, &running, cause)?);
        }
        Ok(events)
    }

    fn outage(
        &self,
        act: &Act<'_>,
        from: Moment,
        to: Moment,
        cause: &str,
    ) -> Result<Vec<AnnouncementEvent>, DeliveryError> {
        self.open()?;
        if from >= to || to > act.now {
            let (from, to) = (from.date(), to.date());
            return Err(calendar::CalendarError::SpanReversed { from, to }.into());
        }
        let outage = Outage { from, to };
        if self.outages.contains(&outage) {
            return Ok(Vec::new());
        }
        let cause = text("cause", cause)?;
        let mut running = self.running();
        running.outages.push(outage);
        let why = Label::new("公示中断顺延", "the board could not be reached");
        let mut events = vec![AnnouncementEvent::OutageRecorded { from, to, cause }];
        events.extend(self.moved(act, &running, why)?);
        Ok(events)
    }

    fn check(
        &self,
        act: &Act<'_>,
        day: Date,
        asked: u32,
        answered: u32,
    ) -> Result<Vec<AnnouncementEvent>, DeliveryError> {
        if day < self.from || day > act.today || answered > asked {
            return Err(DeliveryError::DayImpossible {
                on: day,
                earliest: self.from,
                latest: act.today,
            });
        }
        if self.checked.contains(&day) {
            return Ok(Vec::new());
        }
        Ok(vec![AnnouncementEvent::Checked { day, asked, answered }])
    }

    fn end(
        &self,
        act: &Act<'_>,
        reason: Option<String>,
    ) -> Result<Vec<AnnouncementEvent>, DeliveryError> {
        let (origin, serves) = (act.posting.origin.clone(), act.posting.serves.clone());
        if let Some(reason) = reason {
            self.open()?;
            let reason = Some(text("reason", &reason)?);
            return Ok(vec![AnnouncementEvent::Ended { origin, serves, on: act.today, reason }]);
        }
        if self.stand != Stand::Running {
            return Ok(Vec::new());
        }
        if self.held_up() || act.now < Moment::end_of(self.to) {
            return Err(DeliveryError::ClockRunning { until: self.to });
        }
        // What an objection held up ends on the day of its answer.
        let answered = self.objections.values().filter_map(|raised| raised.answered).max();
        let on = answered.map_or(self.to, |day| day.max(self.to));
        Ok(vec![AnnouncementEvent::Ended { origin, serves, on, reason: None }])
    }

    /// The last day.
    #[must_use]
    pub fn to(&self) -> Date {
        self.to
    }

    /// Where it stands.
    #[must_use]
    pub fn stand(&self) -> Stand {
        self.stand
    }
}

fn whole(text: &Label) -> Result<(), DeliveryError> {
    let fits = |text: &str| !text.trim().is_empty() && text.chars().count() <= TEXT_CHARS_MAX;
    if fits(&text.zh) { Ok(()) } else { Err(DeliveryError::TextMissing { key: "text" }) }
}
