//! Aggregates and errands without their types, for the runtime.

use crate::Refusal;
use kernel::{
    Aggregate, Body, Context, Deadline, Errand, ErrandError, ErrandId, Moment, Reaction, Waiting,
};
use std::sync::Arc;

/// A kind of aggregate that can be made and run.
pub trait ErasedKind: Send + Sync {
    /// [`Aggregate::KIND`].
    fn kind(&self) -> &'static str;
    /// A new one, before its first event.
    fn empty(&self) -> Box<dyn ErasedState>;
}

/// What came of a command.
#[derive(Debug)]
pub enum Executed {
    /// Events, already folded into the state.
    Events(Vec<Body>),
    /// A lawful "no"; the state is unchanged.
    Refused(Refusal),
    /// The body is no command of this aggregate; the state is unchanged.
    Malformed(String),
}

/// One aggregate in memory.
pub trait ErasedState: Send {
    /// Decides a command and folds its events.
    fn execute(&mut self, cx: &Context, command: &Body) -> Executed;
    /// Folds an event that was read from the journal.
    ///
    /// # Errors
    /// The event cannot be decoded.
    fn evolve(&mut self, event: &Body) -> Result<(), serde_json::Error>;
    /// The timers that the state asks for, those of them with their command that `is_wanted` picks by name and instant.
    ///
    /// # Errors
    /// A command cannot be written as JSON.
    fn deadlines(
        &self,
        is_wanted: &dyn Fn(&str, Moment) -> bool,
    ) -> Result<Vec<Deadline<Option<Body>>>, serde_json::Error>;
}

pub(crate) struct Kind<A: Aggregate> {
    pub(crate) world: Arc<A::World>,
}

struct State<A: Aggregate> {
    state: A,
    world: Arc<A::World>,
}

impl<A: Aggregate> ErasedKind for Kind<A> {
    fn kind(&self) -> &'static str {
        A::KIND
    }

    fn empty(&self) -> Box<dyn ErasedState> {
        Box::new(State { state: A::default(), world: Arc::clone(&self.world) })
    }
}

impl<A: Aggregate> ErasedState for State<A> {
    fn execute(&mut self, cx: &Context, command: &Body) -> Executed {
        let command: A::Command = match command.read() {
            Ok(command) => command,
            Err(error) => return Executed::Malformed(error.to_string()),
        };
        let events = match self.state.decide(&self.world, cx, command) {
            Ok(events) => events,
            Err(error) => return Executed::Refused(Refusal::of(&error)),
        };
        let events: Vec<Arc<A::Event>> = events.into_iter().map(Arc::new).collect();
        match events.iter().map(|event| Body::keeping(Arc::clone(event))).collect() {
            Ok(bodies) => {
                for event in &events {
                    self.state.evolve(event);
                }
                Executed::Events(bodies)
            }
            Err(error) => Executed::Malformed(error.to_string()),
        }
    }

    fn evolve(&mut self, event: &Body) -> Result<(), serde_json::Error> {
        self.state.evolve(&*event.shared()?);
        Ok(())
    }

    fn deadlines(
        &self,
        is_wanted: &dyn Fn(&str, Moment) -> bool,
    ) -> Result<Vec<Deadline<Option<Body>>>, serde_json::Error> {
        let deadlines = self.state.deadlines().into_iter();
        deadlines
            .map(|Deadline { name, at, command }| {
                let command = is_wanted(&name, at).then(|| Body::of(&command)).transpose()?;
                Ok(Deadline { name, at, command })
            })
            .collect()
    }
}

/// A kind of errand with its tools.
pub trait ErasedErrand: Send + Sync {
    /// [`Errand::KIND`].
    fn kind(&self) -> &'static str;
    /// Does the work.
    fn run(&self, id: ErrandId, body: &str) -> Waiting<'_, Result<Vec<Reaction>, ErrandError>>;
}

pub(crate) struct Tooled<E: Errand> {
    pub(crate) tools: E::Tools,
}

impl<E: Errand> ErasedErrand for Tooled<E> {
    fn kind(&self) -> &'static str {
        E::KIND
    }

    fn run(&self, id: ErrandId, body: &str) -> Waiting<'_, Result<Vec<Reaction>, ErrandError>> {
        let errand = serde_json::from_str::<E>(body);
        Box::pin(async move {
            let errand = errand.map_err(|error| ErrandError::Never(error.to_string()))?;
            errand.run(id, self.tools.clone()).await
        })
    }
}
