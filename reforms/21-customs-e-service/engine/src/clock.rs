//! The terms of a penalty case (期限): rows of the law in force, and what comes of them.

use calendar::{Calendar, CalendarError, Cause, Term, due};
use codes::{Date, Moment};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What a term is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// To state and defend (陈述、申辩), from service of the notice.
    Defence,
    /// To ask for a hearing (申请听证), from service of the notice.
    HearingRequest,
    /// By when the notice of a hearing must be served, back from the hearing (听证七日前).
    HearingNotice,
    /// To serve a decision on a party that was absent when it was announced (七日内送达).
    ServeAbsent,
    /// To decide, from filing (立案之日起).
    Decide,
    /// By how much the head may extend [`Kind::Decide`], once.
    DecideExtension,
    /// To pay a fine, from receipt of the decision (缴纳罚款).
    Pay,
    /// To ask for administrative review (行政复议).
    Review,
    /// To sue (行政诉讼).
    Suit,
    /// To perform after a demand (催告), before compulsory measures.
    Demand,
    /// To withdraw what was made public of a decision that fell (撤回公开).
    Withdrawal,
    /// After which an announced document counts as served (公告送达).
    Announcement,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Defence,
        Self::HearingRequest,
        Self::HearingNotice,
        Self::ServeAbsent,
        Self::Decide,
        Self::DecideExtension,
        Self::Pay,
        Self::Review,
        Self::Suit,
        Self::Demand,
        Self::Withdrawal,
        Self::Announcement,
    ];

    /// The word in rules and events.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Defence => "defence",
            Self::HearingRequest => "hearing_request",
            Self::HearingNotice => "hearing_notice",
            Self::ServeAbsent => "serve_absent",
            Self::Decide => "decide",
            Self::DecideExtension => "decide_extension",
            Self::Pay => "pay",
            Self::Review => "review",
            Self::Suit => "suit",
            Self::Demand => "demand",
            Self::Withdrawal => "withdrawal",
            Self::Announcement => "announcement",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One row of the table of terms: how long, on what ground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What the term is for.
    pub kind: Kind,
    /// How long it is.
    pub term: Term,
    /// Law and article.
    pub source: String,
}

/// A term that runs, with the law that it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// What it is for.
    pub kind: Kind,
    /// The day of the cause, day 0.
    pub from: Date,
    /// How long it is.
    pub term: Term,
    /// The last day.
    pub on: Date,
    /// 24:00 of the last day.
    pub at: Moment,
    /// Whether a day it rests on is not settled by a holiday notice yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
    /// Law and article.
    pub source: String,
}

impl Run {
    /// Whether the term still runs at an instant.
    #[must_use]
    pub fn runs_at(&self, at: Moment) -> bool {
        at < self.at
    }
}

/// Why no term can be computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// No row is in force.
    #[error("no row says how long `{kind}` is")]
    NoRow {
        /// What the term is for.
        kind: Kind,
    },
    /// Two rows are in force.
    #[error("two rows say how long `{kind}` is")]
    Overlap {
        /// What the term is for.
        kind: Kind,
    },
    /// The calendar cannot compute it.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}

/// The terms in force on a day (期限表): the day of the cause decides which rows these are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clocks {
    rows: BTreeMap<Kind, Row>,
}

impl Clocks {
    /// The terms of these rows.
    ///
    /// # Errors
    /// [`ClockError::Overlap`] where two rows are of one kind.
    pub fn new(rows: impl IntoIterator<Item = Row>) -> Result<Self, ClockError> {
        let mut by_kind = BTreeMap::new();
        for row in rows {
            let kind = row.kind;
            if by_kind.insert(kind, row).is_some() {
                return Err(ClockError::Overlap { kind });
            }
        }
        Ok(Self { rows: by_kind })
    }

    /// The row of a kind.
    ///
    /// # Errors
    /// [`ClockError::NoRow`]
    pub fn row(&self, kind: Kind) -> Result<&Row, ClockError> {
        self.rows.get(&kind).ok_or(ClockError::NoRow { kind })
    }

    /// The term that a cause of that day starts.
    ///
    /// # Errors
    /// [`ClockError`]
    pub fn run(&self, kind: Kind, from: Date, calendar: &Calendar) -> Result<Run, ClockError> {
        let row = self.row(kind)?;
        let due = due(&row.term, Cause::Day(from), calendar)?;
        Ok(Run {
            kind,
            from,
            term: row.term.clone(),
            on: due.date,
            at: due.at,
            provisional: due.provisional,
            source: row.source.clone(),
        })
    }

    /// A term with its extension as one: of the same unit they are counted through, so that it rolls but once.
    ///
    /// # Errors
    /// [`ClockError`]
    pub fn extended(&self, run: &Run, by: Kind, calendar: &Calendar) -> Result<Run, ClockError> {
        let row = self.row(by)?;
        let due = calendar::Clock::new(run.from, run.term.clone())
            .extended(row.term.clone())
            .due(calendar)?;
        let source = if row.source == run.source {
            run.source.clone()
        } else {
            format!("{}；{}", run.source, row.source)
        };
        Ok(Run { on: due.date, at: due.at, provisional: due.provisional, source, ..run.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of `rules/penalty_terms.yaml` in force on a day, as far as the figures of the proof go.
    fn clocks(on: Date) -> Clocks {
        let announcement =
            if on < Date::constant(2022, 1, 1) { "60d deemed" } else { "30d deemed" };
        let rows = [
            (Kind::Defence, "5wd"),
            (Kind::HearingRequest, "5wd"),
            (Kind::ServeAbsent, "7wd"),
            (Kind::Decide, "6m roll"),
            (Kind::DecideExtension, "6m"),
            (Kind::Pay, "15d"),
            (Kind::Review, "60d"),
            (Kind::Suit, "6m roll"),
            (Kind::HearingNotice, "7wd before clear"),
            (Kind::Announcement, announcement),
        ];
        let row = |(kind, term): (Kind, &str)| Row {
            kind,
            term: term.parse().unwrap(),
            source: "source".to_owned(),
        };
        Clocks::new(rows.map(row)).unwrap()
    }

    fn run(kind: Kind, from: Date) -> Run {
        clocks(from).run(kind, from, &Calendar::embedded()).unwrap()
    }

    fn last(kind: Kind, from: (i16, i8, i8)) -> String {
        run(kind, Date::constant(from.0, from.1, from.2)).on.to_string()
    }

    #[test]
    fn s06_clocks_count_made_up_days_and_roll_off_holidays() {
        for (kind, from, expected) in [
            (Kind::Defence, (2024, 9, 13), "2024-09-23"),
            (Kind::HearingRequest, (2024, 9, 13), "2024-09-23"),
            (Kind::Pay, (2024, 9, 24), "2024-10-09"),
            (Kind::Review, (2024, 9, 24), "2024-11-25"),
            (Kind::Suit, (2024, 9, 24), "2025-03-24"),
            (Kind::ServeAbsent, (2024, 9, 24), "2024-10-09"),
        ] {
            assert_eq!(last(kind, from), expected, "{kind}");
        }
        let run = run(Kind::Defence, Date::constant(2024, 9, 13));
        assert!(run.runs_at("2024-09-23T17:00:00+08:00".parse().unwrap()));
        assert!(run.runs_at("2024-09-23T23:59:59.999999+08:00".parse().unwrap()));
        assert!(!run.runs_at("2024-09-24T00:00:00+08:00".parse().unwrap()));
        assert!(!run.provisional);
    }

    #[test]
    fn s09_a_day_later_served_is_a_day_later_due() {
        assert_eq!(last(Kind::Defence, (2024, 9, 14)), "2024-09-24");
    }

    #[test]
    fn s10_an_announcement_serves_by_the_law_of_its_day_and_never_rolls() {
        assert_eq!(last(Kind::Announcement, (2024, 6, 3)), "2024-07-03");
        assert_eq!(last(Kind::Announcement, (2021, 6, 3)), "2021-08-02");
        // The thirtieth day is a Sunday and stays one: a fact is no term to act in.
        assert_eq!(last(Kind::Announcement, (2024, 5, 31)), "2024-06-30");
    }

    #[test]
    fn a_notice_of_hearing_leaves_seven_full_working_days() {
        // From Monday 14 October back: the 12th and 29 September are made up, 1 to 7 October is the national holiday.
        assert_eq!(last(Kind::HearingNotice, (2024, 10, 14)), "2024-09-27");
    }

    #[test]
    fn an_extension_of_the_same_unit_rolls_but_once() {
        let filed = Date::constant(2023, 4, 1);
        let first = run(Kind::Decide, filed);
        // 1 October is a holiday until the 6th, and Saturday the 7th is made up.
        assert_eq!(first.on.to_string(), "2023-10-07");
        let longer =
            clocks(filed).extended(&first, Kind::DecideExtension, &Calendar::embedded()).unwrap();
        assert_eq!((longer.on.to_string(), longer.from), ("2024-04-01".to_owned(), filed));
    }

    #[test]
    fn two_rows_of_a_kind_are_refused_and_none_is_told() {
        let row = |term: &str| Row {
            kind: Kind::Defence,
            term: term.parse().unwrap(),
            source: String::new(),
        };
        let twice = Clocks::new([row("3wd"), row("5wd")]);
        assert_eq!(twice, Err(ClockError::Overlap { kind: Kind::Defence }));
        let one = Clocks::new([row("5wd")]).unwrap();
        let from = Date::constant(2024, 9, 13);
        assert_eq!(
            one.run(Kind::Pay, from, &Calendar::embedded()),
            Err(ClockError::NoRow { kind: Kind::Pay })
        );
    }

    #[test]
    fn every_kind_has_a_word_of_its_own() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of(kind.word()), Some(kind));
        }
        assert_eq!(Kind::of("dispatch"), None);
    }
}
