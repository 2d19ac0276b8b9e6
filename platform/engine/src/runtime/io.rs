//! The I/O that a shard's machine asks for, one function an output.

use super::Parts;
use super::driver::Wanted;
use crate::machine::{Durable, Input, RowsError, StreamId, TimerKey};
use crate::shard::CoreInput;
use crate::{book, replay};
use futures_util::future::{join, join_all};
use journal::Answer;
use kernel::{CommandId, Recorded, Shard};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tables::{Rows, WriteError};

/// Reads all that is wanted at the same time.
pub(crate) async fn find_out(parts: &Parts, shard: &Shard, wanted: Vec<Wanted>) -> CoreInput {
    let (mut streams, mut commands) = (Vec::new(), Vec::new());
    for wanted in wanted {
        match wanted {
            Wanted::Stream(stream) => streams.push(load(parts, shard, stream)),
            Wanted::Answer(id) => commands.push(id),
        }
    }
    let (mut found, answers) = join(join_all(streams), answers(parts, shard, commands)).await;
    found.extend(answers);
    CoreInput::Writer(Input::Many(found))
}

pub(crate) async fn load(parts: &Parts, shard: &Shard, stream: StreamId) -> Input {
    let events = parts.stores.journal.stream(shard, &stream.kind, &stream.key, 0).await;
    Input::Loaded { stream, events: events.map_err(|e| e.to_string()) }
}

/// What was answered to commands before: mostly nothing.
pub(crate) async fn answers(parts: &Parts, shard: &Shard, commands: Vec<CommandId>) -> Vec<Input> {
    let known = match parts.stores.journal.answers(shard, commands.clone()).await {
        Ok(known) => known,
        Err(error) => {
            let found = |id| Input::AnswerFound { id, found: Err(error.to_string()) };
            return commands.into_iter().map(found).collect();
        }
    };
    let mut inputs = Vec::with_capacity(commands.len());
    for (id, answer) in commands.into_iter().zip(known) {
        let found = match answer {
            Some(answer) => with_events(parts, shard, answer).await.map(Some),
            None => Ok(None),
        };
        inputs.push(Input::AnswerFound { id, found });
    }
    inputs
}

async fn with_events(
    parts: &Parts,
    shard: &Shard,
    answer: Answer,
) -> Result<(Answer, Vec<Recorded>), String> {
    let count = u32::try_from(answer.last + 1 - answer.first).map_err(|e| e.to_string())?;
    let read = parts.stores.journal.read(shard, answer.first - 1, count).await;
    let events = read.map_err(|e| e.to_string())?;
    if events.last().map(|event| event.seq) != Some(answer.last) {
        return Err("the reader lags behind the writer".to_owned());
    }
    Ok((answer, events))
}

pub(crate) async fn head(parts: &Parts, shard: &Shard) -> CoreInput {
    let head = parts.stores.journal.head(shard).await;
    CoreInput::Writer(Input::HeadRead(head.map_err(|e| e.to_string())))
}

pub(crate) async fn write_rows(parts: &Parts, shard: &Shard, durable: &Durable) -> CoreInput {
    let projected = catch_unwind(AssertUnwindSafe(|| project(parts, shard, durable)));
    let projected = projected
        .unwrap_or_else(|_panic| Err(RowsError::Wrong("a projection panicked".to_owned())));
    let written = match projected {
        Ok(rows) => {
            let write = parts.stores.tables.write(shard, durable.upto, rows);
            // While the rows are on their way, whoever follows computes.
            let (written, ()) = join(write, async { follow(parts, shard, durable) }).await;
            written.map_err(|error| match error {
                WriteError::Store(why) => RowsError::Store(why),
                WriteError::Moved { found } => RowsError::Moved(found),
                WriteError::Shape { .. } => RowsError::Wrong(error.to_string()),
            })
        }
        Err(error) => Err(error),
    };
    if let Err(error) = &written {
        tracing::error!(%shard, %error, "rows were not written");
    }
    CoreInput::Writer(Input::RowsWritten(written))
}

/// Tells whoever follows; what goes wrong there stays there.
fn follow(parts: &Parts, shard: &Shard, durable: &Durable) {
    let told = catch_unwind(AssertUnwindSafe(|| {
        for events in &durable.events {
            parts.stores.follower.follow(shard, events);
        }
    }));
    if told.is_err() {
        tracing::error!(%shard, seq = durable.upto, "whoever follows the journal panicked");
    }
}

fn project(parts: &Parts, shard: &Shard, durable: &Durable) -> Result<Rows, RowsError> {
    let mut rows = Rows::default();
    rows.follow(durable.after);
    for events in &durable.events {
        rows.extend(replay::rows_of(shard, &parts.projections, events, &[])?);
    }
    book::timer_rows(shard, &durable.timers, &mut rows);
    Ok(rows)
}

pub(crate) async fn timers(parts: &Parts, shard: &Shard, after: Option<TimerKey>) -> CoreInput {
    let limit = parts.config.sizes.timers;
    let read = async {
        let rows =
            parts.stores.tables.rows(book::timers_after(shard, after.as_ref(), limit)).await?;
        let timers = rows.iter().map(book::timer_of).collect::<Result<Vec<_>, _>>()?;
        Ok::<_, tables::ReadError>((timers, rows.len() < limit))
    };
    CoreInput::TimersRead(read.await.map_err(|error| error.to_string()))
}

pub(crate) async fn letters(parts: &Parts, shard: &Shard, after: u64) -> CoreInput {
    let limit = parts.config.sizes.letters;
    let read = async {
        let rows = parts.stores.tables.rows(book::letters_after(shard, after, limit)).await?;
        let letters = rows.iter().map(book::letter_of).collect::<Result<Vec<_>, _>>()?;
        Ok::<_, tables::ReadError>((letters, rows.len() < limit))
    };
    CoreInput::LettersRead(read.await.map_err(|error| error.to_string()))
}
