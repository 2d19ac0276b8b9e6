//! A listing: made once, marked, ended in one way or another.

use super::model::{Ending, ListEntry, ListingEvent, ListingKey, ListingState, Subject};
use codes::{Code, Coded, Date, Label, Moment, Reason};
use kernel::{Aggregate, Context, Deadline, Json};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The longest number or ground, in characters.
const TEXT_CHARS_MAX: usize = 500;

/// What may be asked of a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ListingCommand {
    /// Enter it. The same entry again changes nothing.
    List(Box<ListEntry>),
    /// Add facts.
    Amend {
        /// The facts.
        facts: BTreeMap<String, Json>,
    },
    /// Mark it as disputed, or no longer.
    Mark {
        /// Whether it is disputed.
        disputed: bool,
        /// By what.
        reason: String,
    },
    /// Remove it by a decision.
    Remove {
        /// The number of the decision; may be empty while it is being numbered.
        decision_no: String,
        /// On what ground.
        ground: String,
    },
    /// Its term is over.
    End {
        /// By which rule.
        ground: String,
    },
    /// Set it aside.
    SetAside {
        /// The number of the decision or judgment.
        decision_no: String,
        /// On what ground.
        ground: String,
    },
    /// Its removal is undone.
    Restore {
        /// On what ground.
        ground: String,
    },
    /// Say which restrictions it supports, where whoever listed it did not. The same again changes nothing.
    Support {
        /// The restrictions, by key.
        measures: BTreeSet<String>,
    },
    /// It ended elsewhere, as the system that published it tells.
    NoteEnd {
        /// How.
        ending: Ending,
        /// The first day without it.
        on: Date,
        /// The number of the decision; empty where it bears none.
        decision_no: String,
        /// On what ground.
        ground: String,
    },
    /// The decision that removed it got its number (文号).
    Number {
        /// The number.
        decision_no: String,
    },
}

/// Why a listing says no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListingError {
    /// There is no such entry.
    #[error("there is no such entry")]
    Unknown,
    /// The key has an entry already, which says something else.
    #[error("there is another entry of this decision since {since}")]
    Taken {
        /// Since when.
        since: Date,
    },
    /// It stands no more.
    #[error("the entry has stood no more since {since}")]
    Closed {
        /// Since when.
        since: Date,
    },
    /// A text is missing or too long.
    #[error("`{key}` is empty or too long")]
    TextMissing {
        /// Which.
        key: &'static str,
    },
    /// It would end before it began.
    #[error("the days of the entry contradict each other")]
    DaysContradict,
}

impl Coded for ListingError {
    fn code(&self) -> Code {
        Code::new(
            "REG",
            match self {
                Self::Unknown => 40,
                Self::Taken { .. } => 41,
                Self::Closed { .. } => 42,
                Self::TextMissing { .. } => 43,
                Self::DaysContradict => 44,
            },
        )
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Unknown => "NOT_FOUND",
            Self::Taken { .. } => "TAKEN",
            Self::Closed { .. } => "CLOSED",
            Self::TextMissing { .. } | Self::DaysContradict => "FIELD",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::Unknown => Label::new("没有这条列入记录。", "There is no such entry."),
            Self::Taken { since } => Label::new(
                format!("同一决定已于{since}列入，内容与本次不同。需要更改的，请作更正。"),
                format!(
                    "This decision was entered on {since} with other content. Correct that entry instead."
                ),
            ),
            Self::Closed { since } => Label::new(
                format!("该列入记录自{since}起已不在列。"),
                format!("This entry has stood no more since {since}."),
            ),
            Self::TextMissing { .. } => Label::new(
                "请填写文号、事由和依据，每项不超过 500 字。",
                "State number, reason and ground, at most 500 characters each.",
            ),
            Self::DaysContradict => Label::new(
                "公示日期早于列入日期，或者期限届满日早于列入日期，请核对。",
                "Publication or the end of the term lies before the listing. Please check.",
            ),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::Unknown => 404,
            Self::Taken { .. } | Self::Closed { .. } => 409,
            Self::TextMissing { .. } | Self::DaysContradict => 422,
        }
    }

    fn fields(&self) -> Option<String> {
        match self {
            Self::Taken { since } | Self::Closed { since } => {
                Some(format!(r#"{{"since":"{since}"}}"#))
            }
            Self::TextMissing { key } => Some(format!(r#"{{"key":"{key}","why":"LENGTH"}}"#)),
            Self::DaysContradict => Some(r#"{"key":"listed_on","why":"ORDER"}"#.to_owned()),
            Self::Unknown => None,
        }
    }
}

/// An entry on a list (列入).
#[derive(Clone, Debug, Default)]
pub struct Listing {
    entry: Option<Box<ListEntry>>,
    state: ListingState,
    since: Date,
    disputed: bool,
    facts: BTreeMap<String, Json>,
    measures: BTreeSet<String>,
    removed_by: String,
}

impl Listing {
    fn list(&self, entry: Box<ListEntry>) -> Result<Vec<ListingEvent>, ListingError> {
        if let Some(first) = &self.entry {
            return if *first == entry {
                Ok(Vec::new())
            } else {
                Err(ListingError::Taken { since: first.listed_on })
            };
        }
        for (key, value) in [
            ("subject", &entry.subject),
            ("list", &entry.list),
            ("cause", &entry.cause),
            ("decision_no", &entry.decision_no),
        ] {
            text(key, value)?;
        }
        let ends_before = |day: Option<Date>| day.is_some_and(|day| day < entry.listed_on);
        if entry.published_on < entry.listed_on || ends_before(entry.effective_to) {
            return Err(ListingError::DaysContradict);
        }
        Ok(vec![ListingEvent::Listed { entry }])
    }

    fn of(entry: &ListEntry) -> Subject {
        Subject {
            uscc: entry.subject.clone(),
            name: entry.subject_name.clone(),
            list: entry.list.clone(),
        }
    }

    /// An ending that another system tells of. What ended here already has its own ground: an echo changes nothing.
    fn noted(&self, ending: Ending, event: ListingEvent) -> Vec<ListingEvent> {
        match self.state {
            ListingState::Live => vec![event],
            _ => self.ending(ending.state(), event).unwrap_or_default(),
        }
    }

    /// A number for the decision that removed it; the first one stands.
    fn numbered(
        &self,
        of: Subject,
        decision_no: String,
    ) -> Result<Vec<ListingEvent>, ListingError> {
        text("decision_no", &decision_no)?;
        let wants = self.state == ListingState::Removed && self.removed_by.is_empty();
        Ok(wants.then_some(ListingEvent::Numbered { of, decision_no }).into_iter().collect())
    }

    /// The event if it stands; nothing if it has come to the same end already.
    fn ending(
        &self,
        end: ListingState,
        event: ListingEvent,
    ) -> Result<Vec<ListingEvent>, ListingError> {
        match self.state {
            ListingState::Live => Ok(vec![event]),
            state if state == end => Ok(Vec::new()),
            // What has ended in another way can still be set aside: then it never was.
            _ if end == ListingState::SetAside => Ok(vec![event]),
            _ => Err(ListingError::Closed { since: self.since }),
        }
    }
}

fn text(key: &'static str, text: &str) -> Result<(), ListingError> {
    if text.trim().is_empty() || text.chars().count() > TEXT_CHARS_MAX {
        return Err(ListingError::TextMissing { key });
    }
    Ok(())
}

impl Aggregate for Listing {
    const KIND: &'static str = "listing";
    type Key = ListingKey;
    type Command = ListingCommand;
    type Event = ListingEvent;
    type Error = ListingError;
    type World = ();

    fn decide(
        &self,
        (): &(),
        cx: &Context,
        command: ListingCommand,
    ) -> Result<Vec<ListingEvent>, ListingError> {
        if let ListingCommand::List(entry) = command {
            return self.list(entry);
        }
        let entry = self.entry.as_deref().ok_or(ListingError::Unknown)?;
        let (of, on) = (Self::of(entry), cx.now.date());
        match command {
            ListingCommand::Amend { facts } => {
                let news: BTreeMap<_, _> = facts
                    .into_iter()
                    .filter(|(name, value)| self.facts.get(name) != Some(value))
                    .collect();
                let is_new = !news.is_empty();
                Ok(is_new
                    .then_some(ListingEvent::Amended { of, facts: news })
                    .into_iter()
                    .collect())
            }
            ListingCommand::Mark { disputed, reason } => {
                text("reason", &reason)?;
                let turns = self.disputed != disputed;
                let event = ListingEvent::Marked { of, disputed, reason };
                Ok(turns.then_some(event).into_iter().collect())
            }
            ListingCommand::Remove { decision_no, ground } => {
                text("ground", &ground)?;
                let event = ListingEvent::Removed { of, on, decision_no, ground };
                self.ending(ListingState::Removed, event)
            }
            ListingCommand::End { ground } => {
                text("ground", &ground)?;
                match self.state {
                    ListingState::Live => Ok(vec![ListingEvent::Ended { of, on, ground }]),
                    // It ended on the way in another manner: its term has nothing left to end.
                    _ => Ok(Vec::new()),
                }
            }
            ListingCommand::SetAside { decision_no, ground } => {
                text("decision_no", &decision_no)?;
                text("ground", &ground)?;
                let event = ListingEvent::SetAside { of, on, decision_no, ground };
                self.ending(ListingState::SetAside, event)
            }
            ListingCommand::Restore { ground } => {
                text("ground", &ground)?;
                match self.state {
                    ListingState::Removed => Ok(vec![ListingEvent::Restored { of, on, ground }]),
                    ListingState::Live => Ok(Vec::new()),
                    _ => Err(ListingError::Closed { since: self.since }),
                }
            }
            ListingCommand::Support { measures } => {
                let wants = self.measures.is_empty() && !measures.is_empty();
                let event = ListingEvent::Supported { of, measures };
                Ok(wants.then_some(event).into_iter().collect())
            }
            ListingCommand::NoteEnd { ending, on, decision_no, ground } => {
                text("ground", &ground)?;
                if on < entry.listed_on || on > cx.now.date() {
                    return Err(ListingError::DaysContradict);
                }
                let event = match ending {
                    Ending::Removed => ListingEvent::Removed { of, on, decision_no, ground },
                    Ending::Ended => ListingEvent::Ended { of, on, ground },
                    Ending::SetAside => ListingEvent::SetAside { of, on, decision_no, ground },
                };
                Ok(self.noted(ending, event))
            }
            ListingCommand::Number { decision_no } => self.numbered(of, decision_no),
            ListingCommand::List(_) => Ok(Vec::new()),
        }
    }

    fn evolve(&mut self, event: &ListingEvent) {
        let (state, since) = match event {
            ListingEvent::Listed { entry } => {
                self.facts.clone_from(&entry.facts);
                self.measures.clone_from(&entry.measures);
                self.entry = Some(entry.clone());
                (ListingState::Live, entry.listed_on)
            }
            ListingEvent::Amended { facts, .. } => {
                self.facts.extend(facts.clone());
                return;
            }
            ListingEvent::Marked { disputed, .. } => {
                self.disputed = *disputed;
                return;
            }
            ListingEvent::Supported { measures, .. } => {
                self.measures.clone_from(measures);
                return;
            }
            ListingEvent::Numbered { decision_no, .. } => {
                self.removed_by.clone_from(decision_no);
                return;
            }
            ListingEvent::Removed { on, decision_no, .. } => {
                self.removed_by.clone_from(decision_no);
                (ListingState::Removed, *on)
            }
            ListingEvent::Ended { on, .. } => (ListingState::Ended, *on),
            ListingEvent::SetAside { on, .. } => (ListingState::SetAside, *on),
            ListingEvent::Restored { on, .. } => (ListingState::Live, *on),
        };
        (self.state, self.since) = (state, since);
    }

    fn deadlines(&self) -> Vec<Deadline<ListingCommand>> {
        let last = self.entry.as_ref().and_then(|entry| entry.effective_to);
        last.filter(|_| self.state == ListingState::Live)
            .map(|last| Deadline {
                name: "end".to_owned(),
                at: Moment::end_of(last),
                command: ListingCommand::End { ground: "期限届满".to_owned() },
            })
            .into_iter()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::spec;

    fn entry() -> Box<ListEntry> {
        Box::new(ListEntry {
            subject: "91440106MA59C0309X".to_owned(),
            list: "serious".to_owned(),
            cause: "83-5-1".to_owned(),
            decision_no: "穗市监列严〔2017〕12号".to_owned(),
            listed_on: Date::constant(2017, 8, 10),
            published_on: Date::constant(2017, 8, 10),
            ..ListEntry::default()
        })
    }

    fn at(year: i16, month: i8, day: i8) -> Moment {
        Moment::from_wall(Date::constant(year, month, day).at(9, 0, 0, 0))
    }

    fn remove() -> ListingCommand {
        ListingCommand::Remove { decision_no: String::new(), ground: "信用修复".to_owned() }
    }

    #[test]
    fn one_decision_is_entered_once_and_ends_once() {
        let mut given = spec::given::<Listing>(&(), []).at(at(2017, 8, 10));
        assert_eq!(given.when(remove()), Err(ListingError::Unknown));
        assert_eq!(given.when(ListingCommand::List(entry())).unwrap().len(), 1);
        assert_eq!(given.when(ListingCommand::List(entry())), Ok(vec![]), "told twice");
        let mut other = entry();
        other.cause = "83-5-2".to_owned();
        let since = Date::constant(2017, 8, 10);
        assert_eq!(given.when(ListingCommand::List(other)), Err(ListingError::Taken { since }));
        let mut given = given.at(at(2021, 9, 1));
        assert_eq!(given.when(remove()).unwrap().len(), 1);
        assert_eq!(given.when(remove()), Ok(vec![]), "removed twice");
        let end = || ListingCommand::End { ground: "期限届满".to_owned() };
        assert_eq!(given.when(end()), Ok(vec![]), "its term has nothing left to end");
        let restore = || ListingCommand::Restore { ground: "提交虚假材料".to_owned() };
        assert_eq!(given.when(restore()).unwrap().len(), 1);
        assert_eq!(given.when(end()).unwrap().len(), 1);
        let since = Date::constant(2021, 9, 1);
        assert_eq!(given.when(restore()), Err(ListingError::Closed { since }));
        let set_aside = ListingCommand::SetAside {
            decision_no: "（2022）粤行终1号".to_owned(),
            ground: "主要证据不足".to_owned(),
        };
        assert_eq!(given.when(set_aside).unwrap().len(), 1, "what ended can still be set aside");
    }

    #[test]
    fn restrictions_and_the_number_of_a_removal_are_written_once() {
        let mut given = spec::given::<Listing>(&(), []).at(at(2017, 8, 10));
        let number = |no: &str| ListingCommand::Number { decision_no: no.to_owned() };
        let support =
            |measure: &str| ListingCommand::Support { measures: [measure.to_owned()].into() };
        assert_eq!(given.when(support("land")), Err(ListingError::Unknown));
        given.when(ListingCommand::List(entry())).unwrap();
        assert_eq!(given.when(support("land")).unwrap().len(), 1);
        assert_eq!(given.when(support("honours")), Ok(vec![]), "whoever listed it has said so");
        assert_eq!(given.when(number("穗市监移严〔2021〕1号")), Ok(vec![]), "it stands");
        given.when(remove()).unwrap();
        assert_eq!(given.when(number("穗市监移严〔2021〕1号")).unwrap().len(), 1);
        assert_eq!(given.when(number("穗市监移严〔2021〕2号")), Ok(vec![]), "it has its number");
    }

    #[test]
    fn an_ending_that_another_system_tells_bears_its_own_day_and_changes_what_stands_alone() {
        let mut given = spec::given::<Listing>(&(), []).at(at(2022, 10, 17));
        let told = |ending, day| ListingCommand::NoteEnd {
            ending,
            on: Date::constant(2022, 10, day),
            decision_no: "穗市监移严〔2022〕3号".to_owned(),
            ground: "信用修复".to_owned(),
        };
        given.when(ListingCommand::List(entry())).unwrap();
        assert_eq!(given.when(told(Ending::Removed, 18)), Err(ListingError::DaysContradict));
        let ended = given.when(told(Ending::Removed, 14)).unwrap();
        assert!(
            matches!(&ended[..], [ListingEvent::Removed { on, .. }] if *on == Date::constant(2022, 10, 14))
        );
        assert_eq!(given.when(told(Ending::Removed, 14)), Ok(vec![]), "told twice");
        assert_eq!(given.when(told(Ending::Ended, 14)), Ok(vec![]), "it has ended already");
        assert_eq!(given.when(told(Ending::SetAside, 15)).unwrap().len(), 1, "as if it never was");
    }

    #[test]
    fn an_entry_with_a_term_of_its_own_ends_when_its_last_day_is_over() {
        let mut watch = entry();
        watch.effective_to = Some(Date::constant(2020, 8, 10));
        let mut given = spec::given::<Listing>(&(), []).at(at(2017, 8, 10));
        given.when(ListingCommand::List(watch.clone())).unwrap();
        assert_eq!(given.wind(at(2020, 8, 10)).unwrap(), []);
        let ended = given.wind(at(2020, 8, 11)).unwrap();
        assert!(
            matches!(&ended[..], [ListingEvent::Ended { on, .. }] if *on == Date::constant(2020, 8, 11)),
            "{ended:?}"
        );
        watch.effective_to = Some(Date::constant(2017, 8, 9));
        let mut none = spec::given::<Listing>(&(), []);
        assert_eq!(none.when(ListingCommand::List(watch)), Err(ListingError::DaysContradict));
    }

    #[test]
    fn facts_and_marks_are_told_when_they_are_new() {
        let mut given = spec::given::<Listing>(&(), []).at(at(2018, 1, 2));
        given.when(ListingCommand::List(entry())).unwrap();
        let amend = || ListingCommand::Amend {
            facts: [("duties_done".to_owned(), Json::from("2018-01-02"))].into(),
        };
        assert_eq!(given.when(amend()).unwrap().len(), 1);
        assert_eq!(given.when(amend()), Ok(vec![]));
        let mark = |disputed| ListingCommand::Mark { disputed, reason: "行政复议".to_owned() };
        assert_eq!(given.when(mark(true)).unwrap().len(), 1);
        assert_eq!(given.when(mark(true)), Ok(vec![]));
        assert_eq!(given.when(mark(false)).unwrap().len(), 1);
    }
}
