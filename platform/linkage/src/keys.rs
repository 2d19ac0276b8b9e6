//! Keys that follow from a case and a task.

use serde::{Deserialize, Serialize};

/// What a paper of a task is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The outcome itself.
    Outcome,
    /// A refusal, of acceptance or of the matter.
    Refusal,
    /// One notice of everything that is missing.
    Supplement,
    /// The notice of acceptance.
    Acceptance,
    /// The notice of an extended limit.
    Extension,
    /// What came of the whole case; it is of no task.
    Summary,
}

impl Purpose {
    /// The word in keys.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Outcome => "outcome",
            Self::Refusal => "refusal",
            Self::Supplement => "supplement",
            Self::Acceptance => "acceptance",
            Self::Extension => "extension",
            Self::Summary => "summary",
        }
    }

    fn of(word: &str) -> Option<Self> {
        [
            Self::Outcome,
            Self::Refusal,
            Self::Supplement,
            Self::Acceptance,
            Self::Extension,
            Self::Summary,
        ]
        .into_iter()
        .find(|purpose| purpose.word() == word)
    }
}

/// Which paper of which task of which case: `440115-…:food:outcome:17`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeOf {
    /// The case.
    pub case: String,
    /// The task; empty where it is of the whole case.
    pub task: String,
    /// For what.
    pub purpose: Purpose,
    /// The position of the event that it tells, so that two supplements are two papers.
    pub event: u64,
}

impl std::fmt::Display for NoticeOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A task of another reform, `01/pub`, must not end a path in an address.
        let task = self.task.replace('/', "~");
        write!(f, "{}:{task}:{}:{}", self.case, self.purpose.word(), self.event)
    }
}

impl NoticeOf {
    /// Whether it tells what came of its task, so that serving it delivers the task (E14).
    #[must_use]
    pub fn tells_outcome(&self) -> bool {
        matches!(self.purpose, Purpose::Outcome | Purpose::Refusal)
    }

    /// Reads a key that linkage wrote; none if it is another's.
    #[must_use]
    pub fn read(key: &str) -> Option<Self> {
        let mut parts = key.split(':');
        let (case, task) = (parts.next()?.to_owned(), parts.next()?.replace('~', "/"));
        let purpose = Purpose::of(parts.next()?)?;
        let event = parts.next()?.parse().ok()?;
        parts.next().is_none().then_some(Self { case, task, purpose, event })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_case_task_and_purpose() {
        let of = NoticeOf {
            case: "440115-260212-000001-33".to_owned(),
            task: "01/pub".to_owned(),
            purpose: Purpose::Outcome,
            event: 17,
        };
        assert_eq!(NoticeOf::read(&of.to_string()), Some(of.clone()));
        let whole = NoticeOf { task: String::new(), purpose: Purpose::Summary, ..of };
        assert_eq!(NoticeOf::read(&whole.to_string()), Some(whole));
        assert_eq!(NoticeOf::read("other"), None);
    }
}
