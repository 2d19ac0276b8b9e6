//! The platform, for errands: their tools are made before the engine has started.

use blobs::Blobs;
use forms::Filler;
use kernel::ErrandError;
use module::{Clock, Commands, Concerns, Exhibits, Gate, History, Panel, Platform, Retains};
use std::fmt;
use std::sync::{Arc, OnceLock, Weak};
use tables::Reader;

/// The platform as errands get it once it has started (平台).
///
/// The engine owns errands, and errands would own the engine: what leads back to it is held weakly, so that a platform that
/// is given up goes.
#[derive(Clone, Default)]
pub struct Late(Arc<OnceLock<Held>>);

struct Held {
    commands: Weak<dyn Commands>,
    history: Weak<dyn History>,
    reader: Arc<dyn Reader>,
    gate: Arc<dyn Gate>,
    blobs: Arc<dyn Blobs>,
    clock: Arc<dyn Clock>,
    panels: Arc<[Panel]>,
    fillers: Arc<[Arc<dyn Filler>]>,
    concerns: Arc<[Arc<dyn Concerns>]>,
    exhibits: Arc<[Arc<dyn Exhibits>]>,
    retains: Arc<[Arc<dyn Retains>]>,
}

impl fmt::Debug for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Late").field(&self.0.get().is_some()).finish()
    }
}

impl Late {
    /// The platform has started; of two the first counts.
    pub fn started(&self, platform: &Platform) {
        let Platform {
            commands,
            reader,
            history,
            gate,
            blobs,
            clock,
            panels,
            fillers,
            concerns,
            exhibits,
            retains,
        } = platform.clone();
        let held = Held {
            commands: Arc::downgrade(&commands),
            history: Arc::downgrade(&history),
            reader,
            gate,
            blobs,
            clock,
            panels,
            fillers,
            concerns,
            exhibits,
            retains,
        };
        let _first_counts = self.0.set(held);
    }

    /// The platform.
    ///
    /// # Errors
    /// It is starting, or was given up: there is time for an errand later.
    pub(crate) fn get(&self) -> Result<Platform, ErrandError> {
        let starting = || ErrandError::later("the platform is starting");
        let stopped = || ErrandError::later("the platform has stopped");
        let held = self.0.get().ok_or_else(starting)?;
        Ok(Platform {
            commands: held.commands.upgrade().ok_or_else(stopped)?,
            history: held.history.upgrade().ok_or_else(stopped)?,
            reader: Arc::clone(&held.reader),
            gate: Arc::clone(&held.gate),
            blobs: Arc::clone(&held.blobs),
            clock: Arc::clone(&held.clock),
            panels: Arc::clone(&held.panels),
            fillers: Arc::clone(&held.fillers),
            concerns: Arc::clone(&held.concerns),
            exhibits: Arc::clone(&held.exhibits),
            retains: Arc::clone(&held.retains),
        })
    }
}
