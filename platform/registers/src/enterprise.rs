//! The enterprise record (企业登记簿): one a code, entered on establishment.

use codes::{Code, Coded, Date, Label, Reason};
use kernel::{Aggregate, Context, Origin};
use serde::{Deserialize, Serialize};

/// The key of a record: the unified social credit code.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EnterpriseKey(pub String);

impl std::fmt::Display for EnterpriseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the register says of an enterprise: what its licence shows (市场主体登记管理条例 35: open to everybody).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The name.
    pub name: String,
    /// The division of the domicile.
    pub place: String,
    /// The registration organ.
    pub organ: String,
    /// The date of establishment.
    pub established_on: Option<Date>,
    /// Further elements of the licence by key, canonical.
    #[serde(default)]
    pub elements: std::collections::BTreeMap<String, serde_json::Value>,
}

/// What can be asked of a record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum EnterpriseCommand {
    /// Enter a new enterprise.
    Enter {
        /// What the register says.
        entry: Box<Entry>,
        /// Where it comes from.
        origin: Origin,
    },
}

/// What happened to a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EnterpriseEvent {
    /// Entered.
    EnterpriseEntered {
        /// What the register says.
        entry: Box<Entry>,
        /// Since when it is so.
        valid_from: Date,
        /// Where it comes from.
        origin: Origin,
    },
}

/// Why the register refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnterpriseError {
    /// The code stands in the register already.
    #[error("the code stands in the register already")]
    Entered,
}

impl Coded for EnterpriseError {
    fn code(&self) -> Code {
        Code::new("REG", 9)
    }
    fn reason(&self) -> Reason {
        "ALREADY_ENTERED"
    }
    fn label(&self) -> Label {
        Label::new(
            "该统一社会信用代码已经登记。",
            "This credit code stands in the register already.",
        )
    }
    fn status(&self) -> u16 {
        409
    }
}

/// One enterprise.
#[derive(Clone, Debug, Default)]
pub struct Enterprise {
    /// What the register says; none before it is entered.
    pub entry: Option<Box<Entry>>,
}

impl Aggregate for Enterprise {
    const KIND: &'static str = "enterprise";
    type Key = EnterpriseKey;
    type Command = EnterpriseCommand;
    type Event = EnterpriseEvent;
    type Error = EnterpriseError;
    type World = ();

    fn decide(
        &self,
        (): &(),
        cx: &Context,
        command: EnterpriseCommand,
    ) -> Result<Vec<EnterpriseEvent>, EnterpriseError> {
        let EnterpriseCommand::Enter { entry, origin } = command;
        if self.entry.is_some() {
            return Err(EnterpriseError::Entered);
        }
        let valid_from = entry.established_on.unwrap_or_else(|| cx.now.date());
        Ok(vec![EnterpriseEvent::EnterpriseEntered { entry, valid_from, origin }])
    }

    fn evolve(&mut self, event: &EnterpriseEvent) {
        let EnterpriseEvent::EnterpriseEntered { entry, .. } = event;
        self.entry = Some(entry.clone());
    }
}
