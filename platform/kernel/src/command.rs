//! Commands on their way to a writer.

use crate::{Aggregate, Body, Shard};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// One command with its address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressed {
    /// The aggregate's kind.
    pub kind: Cow<'static, str>,
    /// The aggregate's key.
    pub key: String,
    /// The version of the stream that the sender has seen; another one is refused with `STALE_VERSION`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<u64>,
    /// The command.
    pub body: Body,
}

/// Commands of one shard that stand or fall together (原子命令组): one batch, one fsync.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Atomic {
    /// The shard of all of them.
    pub shard: Shard,
    /// In the order in which they are decided; each sees what those before it did.
    pub commands: Vec<Addressed>,
}

impl Atomic {
    /// An empty group for one shard.
    #[must_use]
    pub fn new(shard: Shard) -> Self {
        Self { shard, commands: Vec::new() }
    }

    /// Adds a command.
    ///
    /// # Errors
    /// The command cannot be written as JSON.
    pub fn then<A: Aggregate>(
        self,
        key: &A::Key,
        command: &A::Command,
    ) -> Result<Self, serde_json::Error> {
        self.push(A::KIND, key.to_string(), None, Body::of(command)?)
    }

    /// Adds a command that holds only if the stream is still at `version`.
    ///
    /// # Errors
    /// The command cannot be written as JSON.
    pub fn then_at<A: Aggregate>(
        self,
        key: &A::Key,
        version: u64,
        command: &A::Command,
    ) -> Result<Self, serde_json::Error> {
        self.push(A::KIND, key.to_string(), Some(version), Body::of(command)?)
    }

    fn push(
        mut self,
        kind: &'static str,
        key: String,
        expected: Option<u64>,
        body: Body,
    ) -> Result<Self, serde_json::Error> {
        self.commands.push(Addressed { kind: Cow::Borrowed(kind), key, expected, body });
        Ok(self)
    }
}
