//! Mirrors (信用公示对接): the national publicity system and the platform behind 信用中国, over their own protocols.
//!
//! ```text
//!  propagation ─► Relay ─┬─ a mirror ─► POST /v1/publications ─► signed ack ─► credit-push.Acknowledged ─► next day: compared
//!                        └─ anybody else ─► exchange                                  missing there ─► propagation.Reopened
//!  every hour ─► GET /v1/daily ─► new files, in any order ─► entries, endings, facts ─► listing.*
//!                                                     └─► credit-intake.FileTaken: numbers, gaps, what waits
//! ```
//!
//! **Invariant:** what was told counts as told only with the mirror's own signature over id and digest, and that signed text
//! is kept as it came.
//! **Invariant:** a file is taken once however often and in whatever order it comes; a number that is missing is seen.
//! **Invariant:** an ending that comes before its entry waits for it, and is never lost.
//! **Invariant:** what a mirror acknowledged and does not hold the next day is told it again.
//!
//! It decides nothing about repair. Start with [`Mirrors`], [`Relay`], then [`Pushes`] and [`Intake`].

mod daily;
mod errand;
mod intake;
mod line;
mod policy;
mod projection;
mod push;
pub mod queries;
mod relay;

pub(crate) use daily::shard_of;
pub use daily::{Content, EntryTold, RecordTold};
pub use errand::{FetchDaily, Reconcile, Tools};
pub use intake::{FileTaken, Intake, IntakeCommand, IntakeEvent, IntakeKey, Turned, Waits};
pub use line::{Line, LineError, MirrorSettings, Said};
pub use policy::{FetchOnLook, ReconcileOnDue};
pub use projection::{ACKS, DAYS, FILES, LOOKS, MirrorTables, WAITING};
pub use push::{Acknowledged, Missing, PushCommand, PushEvent, PushKey, Pushes};
pub use relay::Relay;

use kernel::{Atomic, CommandId, Shard};
use module::{Clearance, Clock, Platform, SubmitError};
use seals::Keys;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The mirrors of an installation, by their keys as recipients; none where there are none.
#[derive(Clone, Default)]
pub struct Mirrors {
    lines: BTreeMap<String, Arc<Line>>,
    /// Those whose daily files are taken.
    daily: Vec<String>,
    home: Option<Shard>,
}

impl fmt::Debug for Mirrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.lines.keys()).finish()
    }
}

impl Mirrors {
    /// The mirrors that settings name; our own key of exchange signs what they are asked. What is known of them lies in `home`.
    ///
    /// # Errors
    /// An address is none.
    pub fn new(
        settings: impl IntoIterator<Item = MirrorSettings>,
        keys: &Arc<dyn Keys>,
        clock: &Arc<dyn Clock>,
        home: Shard,
    ) -> Result<Self, LineError> {
        let (mut lines, mut daily) = (BTreeMap::new(), Vec::new());
        for one in settings {
            let line = Line::new(&one, Arc::clone(keys), Arc::clone(clock))?;
            daily.extend(one.daily.then(|| one.key.clone()));
            lines.insert(one.key, Arc::new(line));
        }
        Ok(Self { lines, daily, home: Some(home) })
    }

    /// The line to a mirror.
    #[must_use]
    pub fn line(&self, key: &str) -> Option<&Arc<Line>> {
        self.lines.get(key)
    }

    /// The shard of what is known of them.
    #[must_use]
    pub fn home(&self) -> Shard {
        self.home.clone().unwrap_or_else(|| Shard::new("000000"))
    }

    /// Takes their daily files from now on; told again at every start, it changes nothing.
    ///
    /// # Errors
    /// The platform takes no command now.
    pub async fn follow(&self, platform: &Platform) -> Result<(), SubmitError> {
        for system in &self.daily {
            let key = IntakeKey(system.clone());
            let follow = IntakeCommand::Follow { after: 0 };
            let Ok(commands) = Atomic::new(self.home()).then::<Intake>(&key, &follow) else {
                continue;
            };
            let id = CommandId::derive(&[b"credit.follow", system.as_bytes()]);
            let by = Clearance::system("credit");
            platform.commands.submit(by, id, commands).await?;
        }
        Ok(())
    }
}
