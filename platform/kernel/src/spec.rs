//! Given, when, then: the harness that tests an aggregate without a runtime.
//!
//! ```text
//! spec::given::<Case>(world, [events]).at("2026-02-12T07:20:00Z").by(actor).when(command).then(|events| …)
//! ```

use crate::{Actor, Aggregate, CommandId, Context, Moment};

/// An aggregate with a past.
#[derive(Debug)]
pub struct Given<'w, A: Aggregate> {
    world: &'w A::World,
    /// The state so far.
    pub state: A,
    now: Moment,
    actor: Actor,
    commands: u64,
}

/// Starts from events that have happened.
pub fn given<'w, A: Aggregate>(
    world: &'w A::World,
    past: impl IntoIterator<Item = A::Event>,
) -> Given<'w, A> {
    let mut state = A::default();
    for event in past {
        state.evolve(&event);
    }
    Given { world, state, now: Moment::default(), actor: Actor::system("spec"), commands: 0 }
}

impl<A: Aggregate> Given<'_, A> {
    /// Winds the clock.
    #[must_use]
    pub fn at(mut self, now: Moment) -> Self {
        self.now = now;
        self
    }

    /// Says who acts from here on.
    #[must_use]
    pub fn by(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }

    /// Decides a command, folds what came of it, and returns the events.
    ///
    /// # Errors
    /// The aggregate's refusal; the state is then unchanged.
    pub fn when(&mut self, command: A::Command) -> Result<Vec<A::Event>, A::Error> {
        self.commands += 1;
        let cx = Context {
            now: self.now,
            actor: self.actor.clone(),
            command: CommandId::derive(&[b"spec", &self.commands.to_be_bytes()]),
            cause: None,
        };
        let events = self.state.decide(self.world, &cx, command)?;
        for event in &events {
            self.state.evolve(event);
        }
        Ok(events)
    }

    /// Winds the clock to `now`, firing every deadline that falls due, in order, and returns what they did.
    ///
    /// # Errors
    /// The refusal of a deadline's own command.
    pub fn wind(&mut self, now: Moment) -> Result<Vec<A::Event>, A::Error> {
        let mut all = Vec::new();
        loop {
            let due =
                self.state.deadlines().into_iter().filter(|d| d.at <= now).min_by_key(|d| d.at);
            let Some(due) = due else { break };
            self.now = self.now.max(due.at);
            let events = self.when(due.command)?;
            let done = events.is_empty();
            all.extend(events);
            if done {
                break;
            }
        }
        self.now = now;
        Ok(all)
    }
}
