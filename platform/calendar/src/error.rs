//! What can be wrong with a notice, a term or a clock.

use codes::{Code, Coded, Label, Reason};

/// Why a term gives no date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// A text is no term in the short notation.
    #[error("`{text}` is not a term: {why}")]
    TermSyntax {
        /// The text.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The result lies outside the civil calendar.
    #[error("the term leads out of the calendar")]
    OutOfRange,
    /// A holiday notice contradicts itself or its year.
    #[error("notice `{number}` is not usable: {why}")]
    NoticeInvalid {
        /// The number of the notice, or the place in the file where reading stopped.
        number: String,
        /// What is wrong with it.
        why: String,
    },
    /// The term needs something that was not given.
    #[error("the term needs {need}")]
    Needs {
        /// What is missing.
        need: Need,
    },
    /// The clock of such a term can be neither stopped nor extended.
    #[error("a clock of `{term}` cannot be stopped or extended")]
    CannotStop {
        /// The term in short notation.
        term: String,
    },
    /// A span of a stopped clock ends before it begins.
    #[error("the span from {from} to {to} is empty")]
    SpanReversed {
        /// Its first day.
        from: codes::Date,
        /// Its last day.
        to: codes::Date,
    },
}

/// What a term may need beside its cause and the calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// An instant, where only a day was given.
    Instant,
    /// The hours of the office.
    OfficeHours,
    /// The moment of an event that has not happened.
    Event(String),
}

impl std::fmt::Display for Need {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Instant => f.write_str("an instant"),
            Self::OfficeHours => f.write_str("office hours"),
            Self::Event(event) => write!(f, "the event `{event}`"),
        }
    }
}

impl Need {
    const fn slug(&self) -> &'static str {
        match self {
            Self::Instant => "INSTANT",
            Self::OfficeHours => "OFFICE_HOURS",
            Self::Event(_) => "EVENT",
        }
    }
}

impl Coded for CalendarError {
    fn code(&self) -> Code {
        let number = match self {
            Self::TermSyntax { .. } => 1,
            Self::OutOfRange => 2,
            Self::NoticeInvalid { .. } => 3,
            Self::Needs { .. } => 4,
            Self::CannotStop { .. } => 5,
            Self::SpanReversed { .. } => 6,
        };
        Code::new("CAL", number)
    }

    fn reason(&self) -> Reason {
        match self {
            Self::TermSyntax { .. } => "TERM_SYNTAX",
            Self::OutOfRange => "DATE_OUT_OF_RANGE",
            Self::NoticeInvalid { .. } => "NOTICE_INVALID",
            Self::Needs { .. } => "TERM_NEEDS",
            Self::CannotStop { .. } => "CLOCK_CANNOT_STOP",
            Self::SpanReversed { .. } => "SPAN_REVERSED",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::TermSyntax { text, why } => Label::new(
                format!("期限“{text}”写法不正确，请按期限写法说明改正。"),
                format!("`{text}` is not a term ({why}); see the notation of terms."),
            ),
            Self::OutOfRange => Label::new(
                "按此期限计算的日期超出日历范围，请检查起算日和期限。",
                "The term leads out of the calendar; check its start and length.",
            ),
            Self::NoticeInvalid { number, why } => Label::new(
                format!("放假通知“{number}”的数据有误，未采用；请对照原文改正。"),
                format!("The holiday notice {number} was not taken over: {why}."),
            ),
            Self::Needs { need } => {
                let zh = match need {
                    Need::Instant => "起算的具体时刻".to_owned(),
                    Need::OfficeHours => "该单位的办公时间".to_owned(),
                    Need::Event(event) => format!("事件“{event}”发生的时间"),
                };
                Label::new(format!("计算该期限还缺少{zh}。"), format!("The term needs {need}."))
            }
            Self::CannotStop { term } => Label::new(
                format!("期限“{term}”不能中止计算，也不能延长。"),
                format!("A clock of `{term}` can be neither stopped nor extended."),
            ),
            Self::SpanReversed { from, to } => Label::new(
                format!("不计入期限的时段有误：止日{to}早于起日{from}。"),
                format!("The span left out ends on {to}, before it begins on {from}."),
            ),
        }
    }

    fn fields(&self) -> Option<String> {
        match self {
            Self::Needs { need } => Some(format!(r#"{{"need":"{}"}}"#, need.slug())),
            Self::SpanReversed { from, to } => Some(format!(r#"{{"from":"{from}","to":"{to}"}}"#)),
            Self::TermSyntax { .. }
            | Self::OutOfRange
            | Self::NoticeInvalid { .. }
            | Self::CannotStop { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_failure_has_its_own_code_reason_and_text_in_both_languages() {
        let day = codes::Date::constant(2026, 3, 2);
        let all = [
            CalendarError::TermSyntax { text: "20 wd".into(), why: "the unit is missing" },
            CalendarError::OutOfRange,
            CalendarError::NoticeInvalid {
                number: "国办发明电〔2025〕7号".into(),
                why: "it sets no holiday".into(),
            },
            CalendarError::Needs { need: Need::OfficeHours },
            CalendarError::CannotStop { term: "30d before".into() },
            CalendarError::SpanReversed { from: day, to: day },
        ];
        let codes: BTreeSet<_> = all.iter().map(|error| error.code().to_string()).collect();
        let reasons: BTreeSet<_> = all.iter().map(Coded::reason).collect();
        assert_eq!((codes.len(), reasons.len()), (all.len(), all.len()));
        for error in &all {
            let label = error.label();
            assert!(!label.zh.is_ascii() && label.en.ends_with('.'), "{error}");
        }
        assert_eq!(all[3].fields().as_deref(), Some(r#"{"need":"OFFICE_HOURS"}"#));
    }
}
