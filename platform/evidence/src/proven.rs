//! Commands whose answers bear the proof of their last event.

use crate::Log;
use kernel::{Atomic, CommandId, Waiting};
use module::{Clearance, Commands, Receipt, SubmitError};
use std::fmt;
use std::sync::Arc;

/// Takes commands as another does, and puts into each answer that its last event stands in the log, under a checkpoint signed at
/// that moment (C2SP tlog-proof).
///
/// Whoever was answered holds evidence from that moment on; nothing has to be asked for later. A log that cannot prove leaves
/// the answer as it is: service comes first.
#[derive(Clone)]
pub struct Proven {
    commands: Arc<dyn Commands>,
    log: Log,
}

impl fmt::Debug for Proven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proven").field("log", &self.log).finish_non_exhaustive()
    }
}

impl Proven {
    /// Commands over those of an engine that tells the log what became durable.
    pub fn new(commands: Arc<dyn Commands>, log: Log) -> Self {
        Self { commands, log }
    }

    /// Puts the proof of its last event into an answer, if it can.
    pub async fn prove(&self, receipt: &mut Receipt) {
        let Some(last) = receipt.events.last() else { return };
        match self.log.prove(&receipt.shard, last.seq).await {
            Ok(proof) => receipt.proof = Some(proof.to_string()),
            Err(error) => {
                tracing::warn!(event = %last.id(), %error, "an answer leaves without proof");
            }
        }
    }
}

impl Commands for Proven {
    fn submit(
        &self,
        by: Clearance,
        id: CommandId,
        commands: Atomic,
    ) -> Waiting<'_, Result<Receipt, SubmitError>> {
        let submitted = self.commands.submit(by, id, commands);
        Box::pin(async move {
            let mut receipt = submitted.await?;
            self.prove(&mut receipt).await;
            Ok(receipt)
        })
    }
}
