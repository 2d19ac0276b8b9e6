//! What went wrong with a log, kept so that nobody can say that it was not told.

use codes::{Label, Moment};
use serde::{Deserialize, Serialize};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlarmKind {
    /// Our journal contradicts a checkpoint of ours.
    HistoryChanged,
    /// A hash that we keep was damaged; it was made anew.
    HashDamaged,
    /// A log that we witness has shown different views.
    SplitView,
    /// A log that we witness could not show that it goes on from what we saw.
    Inconsistent,
    /// A witness of ours says that we have shown different views.
    Accused,
}

impl AlarmKind {
    /// In words.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::HistoryChanged => Label::new("历史被改写", "History was changed"),
            Self::HashDamaged => {
                Label::new("哈希损坏，已重新生成", "A hash was damaged, and made anew")
            }
            Self::SplitView => Label::new("对方日志出现分叉", "A log that we witness was split"),
            Self::Inconsistent => Label::new(
                "对方日志不能证明承接上次",
                "A log that we witness does not go on from before",
            ),
            Self::Accused => {
                Label::new("见证方称本日志分叉", "A witness says that our log was split")
            }
        }
    }
}

/// One thing that is wrong (告警).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// When it was found.
    pub at: Moment,
    /// What kind.
    pub kind: AlarmKind,
    /// The log.
    pub origin: String,
    /// The size or position that it is about.
    pub size: u64,
    /// What proves it: signed notes, verbatim.
    #[serde(default)]
    pub notes: Vec<String>,
}

impl Alarm {
    fn is_of(&self, other: &Self) -> bool {
        (self.kind, &self.origin, self.size) == (other.kind, &other.origin, other.size)
    }
}

/// All alarms, in a file of lines beside the logs.
#[derive(Debug)]
pub(super) struct Alarms {
    file: Option<PathBuf>,
    all: Mutex<Vec<Alarm>>,
}

impl Alarms {
    pub(super) fn at(folder: Option<&Path>) -> Self {
        let file = folder.map(|folder| folder.join("alarms"));
        let text = file.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
        let lines = text.as_deref().unwrap_or_default().lines();
        let all = lines.filter_map(|line| serde_json::from_str(line).ok()).collect();
        Self { file, all: Mutex::new(all) }
    }

    pub(super) fn all(&self) -> Vec<Alarm> {
        super::lock(&self.all).clone()
    }

    pub(super) fn add(&self, alarm: Alarm) {
        let mut all = super::lock(&self.all);
        if all.iter().any(|known| known.is_of(&alarm)) {
            return;
        }
        tracing::error!(kind = ?alarm.kind, origin = alarm.origin, size = alarm.size, "evidence");
        if let Err(error) = self.write(&alarm) {
            tracing::error!(%error, "an alarm cannot be written down");
        }
        all.push(alarm);
    }

    fn write(&self, alarm: &Alarm) -> std::io::Result<()> {
        let Some(path) = &self.file else { return Ok(()) };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut line = serde_json::to_string(alarm)?;
        line.push('\n');
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(line.as_bytes())?;
        file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_is_told_once_and_survives() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("evidence");
        let alarms = Alarms::at(Some(&at));
        let alarm = |size| Alarm {
            at: Moment::default(),
            kind: AlarmKind::SplitView,
            origin: "log.example/1".to_owned(),
            size,
            notes: vec!["a\n".to_owned()],
        };
        alarms.add(alarm(7));
        alarms.add(alarm(7));
        alarms.add(alarm(8));
        assert_eq!(alarms.all(), [alarm(7), alarm(8)]);
        assert_eq!(Alarms::at(Some(&at)).all(), [alarm(7), alarm(8)]);
    }
}
