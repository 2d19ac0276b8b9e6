//! Carrying a letter: to another writer, to an errand, to the courier.

use super::{Inner, Parts};
use crate::book::Pending;
use crate::courier::Order;
use crate::letter::Why;
use crate::limits;
use crate::outbox::Carried;
use crate::shard::CoreInput;
use kernel::{Actor, CommandId, ErrandError, ErrandId, Reaction};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// Carries a letter once; whatever happens, an answer comes back.
pub(super) async fn carry(engine: Weak<Inner>, parts: Arc<Parts>, pending: Pending) -> CoreInput {
    let id = pending.id;
    // A task of its own, so that an errand that panics is a failed attempt and not a stopped shard.
    let work = tokio::spawn(deliver(engine, parts, pending));
    let stop = work.abort_handle();
    let within =
        tokio::time::timeout(Duration::from_micros(limits::ERRAND_TIME_MAX_US), work).await;
    let carried = match within {
        Ok(Ok(carried)) => carried,
        Ok(Err(broken)) => Carried::Later(format!("the attempt broke off: {broken}")),
        Err(_elapsed) => {
            stop.abort();
            Carried::Later("no answer in time".to_owned())
        }
    };
    CoreInput::Carried(id, carried)
}

async fn deliver(engine: Weak<Inner>, parts: Arc<Parts>, pending: Pending) -> Carried {
    let Pending { id, letter, .. } = pending;
    match &letter.reaction {
        None => Carried::Never(Why::Failed("the letter is empty".to_owned())),
        Some(Reaction::Errand { kind, body }) => {
            errand(&parts, id, kind, &body.to_string()).await.into()
        }
        Some(Reaction::Message { to, body }) => {
            parts.stores.courier.deliver(id, to.clone(), body.clone()).await.into()
        }
        Some(Reaction::Commands(commands)) => {
            let Some(engine) = engine.upgrade() else {
                return Carried::Later("the server is stopping".to_owned());
            };
            let order = Order {
                id: CommandId::from_bytes(*id.bytes()),
                actor: Actor::system(letter.from.clone()),
                cause: letter.cause.clone(),
                commands: commands.clone(),
            };
            Carried::of_commands(engine.order(order, true).await)
        }
    }
}

async fn errand(
    parts: &Parts,
    id: ErrandId,
    kind: &str,
    body: &str,
) -> Result<Vec<Reaction>, ErrandError> {
    match parts.errands.get(kind) {
        Some(errand) => errand.run(id, body).await,
        None => Err(ErrandError::Never(format!("no errand `{kind}` runs here"))),
    }
}
