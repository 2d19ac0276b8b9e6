//! Eligibility (修复条件): each condition by itself, the first day on which all hold, and what accrued under which version.

use crate::entry::{Entry, Fact, ListKind};
use crate::law::{Application, Automatic, Kind, Law, Need, PenaltyClass, Version};
use crate::period::{Period, day_after};
use codes::Date;
use serde::{Deserialize, Serialize};

/// How a condition stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It holds.
    Met,
    /// It does not hold yet.
    Unmet {
        /// The first day on which it will; none where no day is foreseen.
        until: Option<Date>,
    },
    /// No register has answered: the applicant shows it.
    Unknown,
    /// It can never hold.
    Never,
}

/// A condition and how it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cond {
    /// Which.
    pub id: Need,
    /// How it stands.
    pub state: Standing,
}

/// Who may apply from when, condition by condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Eligibility {
    /// The first day on which all conditions hold, those that nobody has answered left aside; none where no day is foreseen.
    pub from: Option<Date>,
    /// The conditions, in the order of the version.
    pub conditions: Vec<Cond>,
}

impl Eligibility {
    /// The conditions that stand in the way.
    pub fn failing(&self) -> impl Iterator<Item = &Cond> {
        self.conditions
            .iter()
            .filter(|cond| matches!(cond.state, Standing::Unmet { .. } | Standing::Never))
    }

    /// Whether some condition can never hold.
    #[must_use]
    pub fn is_barred(&self) -> bool {
        self.conditions.iter().any(|cond| cond.state == Standing::Never)
    }
}

/// From which day a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    From(Date),
    NotForeseen,
    Unknown,
    Never,
}

impl Holds {
    fn of(fact: Fact) -> Self {
        match fact {
            Fact::Unknown => Self::Unknown,
            Fact::NotYet => Self::NotForeseen,
            Fact::Since(day) => Self::From(day),
        }
    }

    fn on(self, day: Date) -> Standing {
        match self {
            Self::From(from) if from <= day => Standing::Met,
            Self::From(from) => Standing::Unmet { until: Some(from) },
            Self::NotForeseen => Standing::Unmet { until: None },
            Self::Unknown => Standing::Unknown,
            Self::Never => Standing::Never,
        }
    }

    /// Both must hold.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, _) | (_, Self::Never) => Self::Never,
            (Self::NotForeseen, _) | (_, Self::NotForeseen) => Self::NotForeseen,
            (Self::From(a), Self::From(b)) => Self::From(a.max(b)),
            (Self::Unknown, holds) | (holds, Self::Unknown) => holds,
        }
    }
}

/// Who may apply under a version, in a way, from when; how each condition stands is told of `day`.
///
/// `history` are the other entries of the same entity; those of others are passed over.
#[must_use]
pub fn first_eligible(
    entry: &Entry,
    history: &[Entry],
    version: &Version,
    kind: Kind,
    day: Date,
) -> Eligibility {
    let application = version.track(entry).and_then(|track| track.application.as_ref());
    let Some(application) = application.filter(|application| application.kind == kind) else {
        let none = Cond { id: Need::Route, state: Standing::Unmet { until: None } };
        return Eligibility { from: None, conditions: vec![none] };
    };
    let case = Case { entry, history, version, application };
    let mut conditions = Vec::new();
    let mut all = Holds::From(entry.starts_on().max(version.from));
    for need in case.needs() {
        let holds = case.holds(need);
        conditions.push(Cond { id: need, state: holds.on(day) });
        all = all.and(holds);
    }
    let from = if let Holds::From(from) = all { Some(from) } else { None };
    Eligibility { from, conditions }
}

/// The first day on which all conditions hold; as [`first_eligible`], without telling them one by one.
fn first_day(entry: &Entry, history: &[Entry], version: &Version) -> Option<Date> {
    let application = version.track(entry).and_then(|track| track.application.as_ref())?;
    let case = Case { entry, history, version, application };
    let start = Holds::From(entry.starts_on().max(version.from));
    let all = case.needs().fold(start, |all, need| all.and(case.holds(need)));
    if let Holds::From(from) = all { Some(from) } else { None }
}

struct Case<'a> {
    entry: &'a Entry,
    history: &'a [Entry],
    version: &'a Version,
    application: &'a Application,
}

impl Case<'_> {
    /// The conditions in the order in which people are told of them.
    fn needs(&self) -> impl Iterator<Item = Need> + '_ {
        let elapsed = self.application.after.map(|_| Need::Elapsed);
        let causes = (!self.application.causes.is_empty()).then_some(Need::CauseAllows);
        let penalty = (self.entry.list == ListKind::Penalty).then_some(Need::PenaltyAllows);
        let first = [elapsed, causes, penalty, Some(Need::NotRescinded)];
        first.into_iter().flatten().chain(self.application.needs.iter().copied())
    }

    fn holds(&self, need: Need) -> Holds {
        let entry = self.entry;
        let always = Holds::From(entry.listed_on);
        match need {
            Need::Route => always,
            Need::Elapsed => self
                .application
                .after
                .map_or(always, |after| Holds::From(day_after(entry.starts_on(), after))),
            Need::CauseAllows => {
                if self.application.causes.contains(&entry.cause) {
                    always
                } else {
                    Holds::NotForeseen
                }
            }
            Need::PenaltyAllows => {
                let class = entry.penalty.as_deref().map(|penalty| self.version.class(penalty));
                if class == Some(PenaltyClass::Barred) { Holds::Never } else { always }
            }
            Need::NotRescinded => {
                if entry.barred {
                    Holds::Never
                } else {
                    always
                }
            }
            Need::DutiesDone => Holds::of(entry.duties_done),
            Need::Corrected => Holds::of(entry.corrected),
            Need::HarmRemoved => Holds::of(entry.harm_removed),
            Need::Pledged => Holds::of(entry.pledged),
            Need::NoRunningRestriction => entry
                .restriction_until
                .map_or(always, |until| Holds::From(until.tomorrow().unwrap_or(until))),
            Need::NoFurtherCase => self.without(is_same_list, self.application.after),
            Need::NoHeavierPenalty => self.without(|_, other| other.heavier, None),
            Need::NoSameKindPenalty => self.without(is_same_penalty, None),
            Need::OnNoList => self.on_no_list(),
        }
    }

    /// No event of this sort since; one that was set aside is as if it had never been (R2), another starts the period
    /// again, or bars the way for good.
    fn without(&self, is: fn(&Entry, &Entry) -> bool, restarts: Option<Period>) -> Holds {
        let entry = self.entry;
        further(entry, self.history, is).fold(Holds::From(entry.listed_on), |holds, other| {
            holds.and(match (other.set_aside_on(), restarts) {
                (Some(day), _) => Holds::From(day),
                (None, Some(after)) => Holds::From(day_after(other.counts_on(), after)),
                (None, None) => Holds::NotForeseen,
            })
        })
    }

    fn on_no_list(&self) -> Holds {
        let lists = self.history.iter().filter(|other| {
            other.owner == self.entry.owner
                && other.id != self.entry.id
                && other.list != ListKind::Penalty
        });
        lists.fold(Holds::From(self.entry.listed_on), |holds, other| {
            holds.and(other.ended.map_or(Holds::NotForeseen, |end| Holds::From(end.on)))
        })
    }
}

/// Events of a sort after an entry was listed.
fn further<'a>(
    entry: &'a Entry,
    history: &'a [Entry],
    is: fn(&Entry, &Entry) -> bool,
) -> impl Iterator<Item = &'a Entry> {
    history.iter().filter(move |other| {
        other.owner == entry.owner
            && other.id != entry.id
            && other.counts_on() > entry.listed_on
            && is(entry, other)
    })
}

fn is_same_list(entry: &Entry, other: &Entry) -> bool {
    other.list == entry.list
}

fn is_same_penalty(entry: &Entry, other: &Entry) -> bool {
    match (&entry.penalty, &other.penalty) {
        (Some(one), Some(two)) => {
            other.list == ListKind::Penalty && !one.kinds.is_disjoint(&two.kinds)
        }
        _ => false,
    }
}

/// What accrued, and under which version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accrued<'a> {
    /// The first day.
    pub on: Date,
    /// The version.
    pub version: &'a Version,
}

/// A way to ask for repair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route<'a> {
    /// From when, under which version.
    pub accrued: Accrued<'a>,
    /// How.
    pub application: &'a Application,
}

/// What lies ahead of an entry, if nothing else happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outlook<'a> {
    /// The first day to apply; none where it ends by itself before, or no day is foreseen.
    pub route: Option<Route<'a>>,
    /// The first day without it.
    pub ends: Option<Accrued<'a>>,
}

/// What lies ahead of an entry (R1, `transition: favourable`).
///
/// Of all versions in force since it was listed, the earliest day that accrued while its version was in force; the last
/// version's counts in any case.
#[must_use]
pub fn outlook<'a>(entry: &Entry, history: &[Entry], law: &'a Law) -> Outlook<'a> {
    if entry.ended.is_some() {
        return Outlook::default();
    }
    let (mut route, mut ends): (Option<Route<'a>>, Option<Accrued<'a>>) = (None, None);
    let versions = law.of(entry.province);
    for (i, version) in versions.iter().enumerate() {
        let next = versions.get(i + 1).map(|next| next.from);
        if next.is_some_and(|next| next <= entry.listed_on) {
            continue;
        }
        let accrued =
            |on: Date| next.is_none_or(|next| on < next).then_some(Accrued { on, version });
        let Some(track) = version.track(entry) else { continue };
        let end = track
            .automatic
            .as_ref()
            .and_then(|automatic| accrued(term_over(entry, history, automatic).max(version.from)));
        if let Some(end) = end.filter(|end| ends.is_none_or(|best| end.on < best.on)) {
            ends = Some(end);
        }
        if let Some(application) = &track.application
            && let Some(accrued) = first_day(entry, history, version).and_then(accrued)
            && route.is_none_or(|best| accrued.on < best.accrued.on)
        {
            route = Some(Route { accrued, application });
        }
    }
    let route = route.filter(|route| ends.is_none_or(|end| route.accrued.on < end.on));
    Outlook { route, ends }
}

/// The first day after an entry's term: longer where a restriction by law runs longer.
fn term_over(entry: &Entry, history: &[Entry], automatic: &Automatic) -> Date {
    let mut over = day_after(entry.starts_on(), automatic.after);
    if let Some(until) = entry.restriction_until {
        over = over.max(until.tomorrow().unwrap_or(until));
    }
    if automatic.clean {
        let others = further(entry, history, is_same_list);
        for other in others.filter(|other| other.set_aside_on().is_none()) {
            over = over.max(day_after(other.counts_on(), automatic.after));
        }
    }
    over
}
