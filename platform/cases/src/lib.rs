//! Joint handling (并联办理): one case, one form, tasks of several organs in parallel against one legal clock.
//!
//! ```text
//!  draft ─► signing ─► submitted ─► running ─► closed
//!                                     │   each task: waiting ─► ready ─► working ⇄ visiting ─► ready_to_issue ─► granted
//!                                     │                                        └─► refused · dropped
//! ```
//!
//! **Invariant:** tasks are a set with two kinds of needs, to start and to issue; there are no tokens to lose (E1).
//! **Invariant:** a due day is computed once, recorded in the event, and never recomputed by folding (E5).
//! **Invariant:** a refusal carries reason, article and remedy, and never undoes a grant (E7).
//! **Invariant:** values of the form never stand in an event: only digests, paths and the sealed file's id (个保法).
//!
//! It issues no licence, serves no notice, keeps no name: `linkage` ties those to its events.
//! Start with [`model`], then [`command`], then `decide`.

mod api;
pub mod command;
mod deadlines;
mod decide;
pub mod desk;
mod error;
pub mod event;
mod evolve;
mod exhibit;
mod http;
pub mod law;
pub mod model;
mod pages;
pub mod planning;
pub mod premises;
pub mod projection;
pub mod proof;
pub mod queries;
mod retains;
pub mod series;

pub use command::CaseCommand;
pub use desk::Desk;
pub use error::{CaseError, Defect, DeskError, WorkError};
pub use event::CaseEvent;
pub use http::Visit;
pub use law::Law;
pub use model::{Case, CaseKey, Plan};
pub use pages::form::{Named, Naming, save_name};

use kernel::{Aggregate, Context, Deadline};
use module::{Module, Registry};
use std::sync::Arc;

impl Aggregate for Case {
    const KIND: &'static str = "case";
    type Key = CaseKey;
    type Command = CaseCommand;
    type Event = CaseEvent;
    type Error = CaseError;
    type World = Law;

    fn decide(
        &self,
        law: &Law,
        cx: &Context,
        command: CaseCommand,
    ) -> Result<Vec<CaseEvent>, CaseError> {
        self.decide_command(law, cx, command)
    }

    fn evolve(&mut self, event: &CaseEvent) {
        self.fold(event);
    }

    fn deadlines(&self) -> Vec<Deadline<CaseCommand>> {
        self.timers()
    }
}

/// The capability as the platform plugs it in.
#[derive(Clone, Debug)]
pub struct Cases {
    /// What its pages work with.
    pub desk: Arc<Desk>,
}

impl Cases {
    /// The capability with the tools of its desk.
    #[must_use]
    pub fn new(tools: desk::Tools) -> Self {
        Self { desk: Arc::new(Desk::new(tools)) }
    }
}

impl Module for Cases {
    fn name(&self) -> &'static str {
        "cases"
    }

    fn register(&self, registry: &mut Registry) {
        registry.aggregate::<Case>(Arc::clone(&self.desk.law));
        registry.aggregate::<series::CaseSeries>(Arc::new(()));
        registry.aggregate::<premises::Premises>(Arc::new(()));
        registry.aggregate::<proof::Invitation>(Arc::new(()));
        registry.projection(projection::Lists);
        registry.concern(queries::CasesOfParty);
        registry.exhibit(exhibit::WholeCases { desk: Arc::clone(&self.desk) });
        registry.retain(retains::OpenCases);
        registry.router("cases", http::router(&self.desk));
        registry.router("cases", pages::officer::router(&self.desk));
        registry.router("cases", pages::board::router(&self.desk));
        registry.router("cases", api::router(&self.desk));
        registry.access("cases", include_str!("access.cedar"));
    }
}
