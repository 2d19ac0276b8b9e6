//! Announcements (公告): a text before the public for a term, objections to it, and what became of both.
//!
//! ```text
//!  Announce ─► running ─┬─ Amend (restart) ─► a new term runs
//!                       ├─ Outage: more than an hour in a day, summed, adds a day
//!                       ├─ Object ─► Answer: the end, or the term itself, waits meanwhile
//!                       ├─ Withdraw: stays in sight as 已撤回
//!                       └─ the last day is over, nothing is open ─► Ended
//! ```

mod decide;
pub(crate) mod http;
mod pages;
pub mod policy;
pub mod projection;
pub mod queries;
mod term;
mod watch;

pub use decide::{Announcement, AnnouncementRules};
pub use term::{Outage, Running, outage_days};
pub use watch::{Finding, Untold, Watch, tell};

use crate::model::{Issuer, Kept, NoticeKey};
use calendar::Term;
use codes::{Date, Label, Moment};
use kernel::Origin;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The key of an announcement: opaque, following from what ordered it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AnnouncementKey(pub String);

impl fmt::Display for AnnouncementKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an open objection holds up (异议期间的中止).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pauses {
    /// Nothing.
    #[default]
    Nothing,
    /// The end: the term runs on, but the announcement does not end before the answer.
    End,
    /// The term: days from the objection to the answer are not counted.
    Term,
}

/// Whether and how anybody may object (异议).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objections {
    /// Whether an objection without a name is taken, if it brings facts that can be checked.
    pub anonymous: bool,
    /// What an open one holds up.
    pub pauses: Pauses,
    /// Within which term it is answered.
    pub answer: Term,
}

impl Default for Objections {
    fn default() -> Self {
        Self { anonymous: true, pauses: Pauses::End, answer: Term::Workdays { n: 10 } }
    }
}

/// How much of a day may fail before the day does not count (公示中断).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutageRule {
    /// Minutes in one day that are borne; more than this adds a day.
    pub borne_minutes: u32,
    /// Whether outages of one day are summed, else the longest counts.
    pub sum_per_day: bool,
}

impl Default for OutageRule {
    fn default() -> Self {
        Self { borne_minutes: 60, sum_per_day: true }
    }
}

/// What is announced (公告内容).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// What it comes from: a case, a certificate.
    pub origin: Origin,
    /// The organ that announces.
    pub issuer: Issuer,
    /// Its sort, such as `credit_repair`, `lost_certificate`, `service`; the board filters by it.
    pub sort: Label,
    /// The sort's key.
    pub sort_key: String,
    /// The heading.
    pub title: Label,
    /// The text, as the public reads it; paragraphs by line.
    pub text: Label,
    /// Facts that the public may filter and read by: name and code of an enterprise, number of a decision.
    #[serde(default)]
    pub facts: BTreeMap<String, String>,
    /// How long it is announced; the day of publication is not counted.
    pub term: Term,
    /// The article that says so.
    pub source: String,
    /// Whether anybody may object; nobody where there is nothing.
    #[serde(default)]
    pub objections: Option<Objections>,
    /// What an outage of the board does to the term; nothing where there is nothing.
    #[serde(default)]
    pub outages: Option<OutageRule>,
    /// The notice that is served by it (公告送达).
    #[serde(default)]
    pub serves: Option<NoticeKey>,
}

/// Who objects (异议人).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objector {
    /// Somebody who gives name and contact, sealed.
    Named {
        /// Name and contact.
        kept: Kept,
    },
    /// Somebody who does not; the facts must be such that they can be checked.
    Anonymous,
}

/// An objection as it comes in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// Who.
    pub by: Objector,
    /// The facts, sealed.
    pub facts: Kept,
    /// How long the facts are, in characters: an anonymous one needs some.
    pub facts_chars: u32,
    /// Files that were handed in with it, sealed.
    #[serde(default)]
    pub evidence: Vec<Kept>,
}

/// What may be asked of an announcement.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum AnnouncementCommand {
    /// Publish it today.
    Announce(Box<Posting>),
    /// Change its text.
    Amend {
        /// The new text.
        text: Label,
        /// Whether the term begins again.
        restart: bool,
        /// Why.
        reason: String,
    },
    /// Take it back; it stays in sight, marked 已撤回.
    Withdraw {
        /// Why.
        reason: String,
    },
    /// Object to it.
    Object(Box<Objection>),
    /// Answer an objection.
    Answer {
        /// Which.
        no: u32,
        /// Whether it was right.
        upheld: bool,
        /// The answer, as the public reads it.
        reason: String,
    },
    /// The board could not be reached.
    Outage {
        /// From when.
        from: Moment,
        /// Until when.
        to: Moment,
        /// Why.
        cause: String,
    },
    /// Our own check of a day (可访问性自查): how often the page was asked for, how often it answered with the text.
    Check {
        /// The day.
        day: Date,
        /// How often it was asked for.
        asked: u32,
        /// How often it answered.
        answered: u32,
    },
    /// The last day is over; sent by its own timer, or by whoever stops it early by law (已终止).
    End {
        /// Why it ends before its last day; none where the term is over.
        #[serde(default)]
        reason: Option<String>,
    },
}

/// What happens to an announcement; the wire format, frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AnnouncementEvent {
    /// It was published.
    Announced {
        /// What.
        posting: Box<Posting>,
        /// The day of publication, which is not counted.
        from: Date,
        /// The last day.
        to: Date,
        /// Whether the last day rests on a day that no holiday notice settles yet.
        provisional: bool,
    },
    /// Its text was changed.
    Amended {
        /// What the announcement comes from, for readers of the event alone.
        origin: Origin,
        /// The notice that is served by it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        serves: Option<NoticeKey>,
        /// The new text.
        text: Label,
        /// Why.
        reason: String,
        /// The first day of the term that runs now.
        from: Date,
        /// The last day.
        to: Date,
        /// Whether the term began again.
        restart: bool,
    },
    /// It was taken back (已撤回).
    Withdrawn {
        /// What the announcement comes from, for readers of the event alone.
        origin: Origin,
        /// The notice that is served by it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        serves: Option<NoticeKey>,
        /// Why.
        reason: String,
        /// On which day.
        on: Date,
    },
    /// Somebody objected.
    Objected {
        /// What the announcement comes from, for readers of the event alone.
        origin: Origin,
        /// Its number.
        no: u32,
        /// The objection.
        objection: Box<Objection>,
        /// When.
        at: Moment,
        /// By which day it is answered.
        answer_by: Date,
    },
    /// An objection was answered.
    Answered {
        /// What the announcement comes from, for readers of the event alone.
        origin: Origin,
        /// Which.
        no: u32,
        /// Whether it was right.
        upheld: bool,
        /// The answer.
        reason: String,
        /// On which day.
        on: Date,
    },
    /// The board could not be reached.
    OutageRecorded {
        /// From when.
        from: Moment,
        /// Until when.
        to: Moment,
        /// Why.
        cause: String,
    },
    /// The last day moved.
    Moved {
        /// What the announcement comes from, for readers of the event alone.
        origin: Origin,
        /// The last day now.
        to: Date,
        /// Whether it rests on a day that no holiday notice settles yet.
        provisional: bool,
        /// Why.
        cause: Label,
    },
    /// Our own check of a day.
    Checked {
        /// The day.
        day: Date,
        /// How often the page was asked for.
        asked: u32,
        /// How often it answered with the text.
        answered: u32,
    },
    /// It has run its term, or was stopped by law.
    Ended {
        /// What the announcement comes from, for readers of the event alone.
        origin: Origin,
        /// The notice that is served by it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        serves: Option<NoticeKey>,
        /// The day on which it ended.
        on: Date,
        /// Why before its time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// Where an announcement stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stand {
    /// Before the public (公告中).
    #[default]
    Running,
    /// Its term is over (公告期满).
    Ended,
    /// It was stopped by law before its time (已终止).
    Stopped,
    /// It was taken back (已撤回).
    Withdrawn,
}

impl Stand {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Running, Self::Ended, Self::Stopped, Self::Withdrawn];

    /// The word in rows and addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Ended => "ended",
            Self::Stopped => "stopped",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stand| stand.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Running => Label::new("公告中", "Running"),
            Self::Ended => Label::new("公告期满", "Term over"),
            Self::Stopped => Label::new("已终止", "Stopped"),
            Self::Withdrawn => Label::new("已撤回", "Withdrawn"),
        }
    }
}
