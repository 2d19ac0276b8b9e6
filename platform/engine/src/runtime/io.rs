//! The I/O that a shard's machine asks for, one function an output.

use super::Parts;
use super::driver::Wanted;
use crate::machine::{Durable, Input, RowsError, StreamId, TimerKey};
use crate::shard::CoreInput;
use crate::{book, replay};
use futures_util::future::join_all;
use journal::Answer;
use kernel::{CommandId, Recorded, Shard};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tables::{Rows, WriteError};

/// Reads all that is wanted at the same time.
pub(crate) async fn find_out(parts: &Parts, shard: &Shard, wanted: Vec<Wanted>) -> CoreInput {
    let asked = wanted.into_iter().map(|wanted| async move {
        match wanted {
            Wanted::Stream(stream) => load(parts, shard, stream).await,
            Wanted::Answer(id) => answer(parts, shard, id).await,
        }
    });
    CoreInput::Writer(Input::Many(join_all(asked).await))
}

pub(crate) async fn load(parts: &Parts, shard: &Shard, stream: StreamId) -> Input {
    let events = parts.stores.journal.stream(shard, &stream.kind, &stream.key, 0).await;
    Input::Loaded { stream, events: events.map_err(|e| e.to_string()) }
}

pub(crate) async fn answer(parts: &Parts, shard: &Shard, id: CommandId) -> Input {
    Input::AnswerFound { id, found: find_answer(parts, shard, id).await }
}

async fn find_answer(
    parts: &Parts,
    shard: &Shard,
    id: CommandId,
) -> Result<Option<(Answer, Vec<Recorded>)>, String> {
    let journal = &parts.stores.journal;
    let Some(answer) = journal.answer(shard, id).await.map_err(|e| e.to_string())? else {
        return Ok(None);
    };
    let count = u32::try_from(answer.last + 1 - answer.first).map_err(|e| e.to_string())?;
    let events = journal.read(shard, answer.first - 1, count).await.map_err(|e| e.to_string())?;
    if events.last().map(|event| event.seq) != Some(answer.last) {
        return Err("the reader lags behind the writer".to_owned());
    }
    Ok(Some((answer, events)))
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
            parts.stores.tables.write(shard, durable.upto, rows).await.map_err(
                |error| match error {
                    WriteError::Store(why) => RowsError::Store(why),
                    WriteError::Moved { found } => RowsError::Moved(found),
                    WriteError::Shape { .. } => RowsError::Wrong(error.to_string()),
                },
            )
        }
        Err(error) => Err(error),
    };
    if let Err(error) = &written {
        tracing::error!(%shard, %error, "rows were not written");
    }
    CoreInput::Writer(Input::RowsWritten(written))
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
