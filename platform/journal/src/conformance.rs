//! What every driver of the journal must do, as one suite that each of them runs.
//!
//! ```text
//! suite(|| async { Driver::open(&folder) })   // opens the same store again and again, empty the first time
//! ```

use crate::{Answer, AppendError, Batch, Head, Journal, ReadError, chain, verify};
use kernel::{Actor, Body, CommandId, EventId, Moment, OrganKey, Recorded, Shard, Waiting};
use std::future::poll_fn;
use std::task::Poll;

/// What a driver does wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{check}: {why}")]
pub struct Fault {
    /// The check that found it.
    pub check: &'static str,
    /// What was seen.
    pub why: String,
}

type Verdict = Result<(), String>;

/// Fails a check unless both sides are equal, telling both.
fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, wanted: &T) -> Verdict {
    if found == wanted { Ok(()) } else { Err(format!("{what}: {found:?} instead of {wanted:?}")) }
}

fn wrong(error: &impl std::fmt::Display) -> String {
    error.to_string()
}

/// An event of any content, its fields following from the arguments; the body holds Chinese text and quotes.
#[must_use]
pub fn event(shard: &Shard, seq: u64, kind: &str, key: &str, version: u64) -> Recorded {
    Recorded {
        shard: shard.clone(),
        seq,
        kind: kind.into(),
        key: key.into(),
        version,
        schema: 1,
        at: Moment::from_us(1_770_881_000_000_000).plus_us(i64::try_from(seq).unwrap_or_default()),
        actor: Actor::Officer {
            organ: OrganKey::new("440115-market"),
            login: "陈思远".to_owned(),
            role: "reviewer".to_owned(),
        }
        .into(),
        command: CommandId::derive(&[shard.as_str().as_bytes(), &seq.to_be_bytes()]),
        cause: Some(EventId { shard: shard.clone(), seq: seq.saturating_sub(1) }),
        body: Body::from_text(format!(
            r#"{{"Accepted":{{"by":"市场监管局“一口受理”","no":{seq}}}}}"#
        )),
    }
}

/// A batch of `count` events after a head: stream `stream` from the version after `version` on, an answer an event.
#[must_use]
pub fn batch(shard: &Shard, after: Head, stream: &str, version: u64, count: u64) -> Batch {
    let events: Vec<Recorded> =
        (1..=count).map(|n| event(shard, after.seq + n, "case", stream, version + n)).collect();
    let answers = events
        .iter()
        .map(|event| Answer {
            command: event.command,
            asked: [7; 16],
            first: event.seq,
            last: event.seq,
        })
        .collect();
    Batch { after, events, answers }
}

/// Waits for all of several futures; they run alternately on the caller's task.
pub async fn all<T>(mut futures: Vec<Waiting<'_, T>>) -> Vec<T> {
    let mut done: Vec<Option<T>> = futures.iter().map(|_waiting| None).collect();
    poll_fn(|cx| {
        let mut waiting = false;
        for (slot, future) in done.iter_mut().zip(&mut futures) {
            if slot.is_none() {
                match future.as_mut().poll(cx) {
                    Poll::Ready(value) => *slot = Some(value),
                    Poll::Pending => waiting = true,
                }
            }
        }
        if waiting { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    done.into_iter().flatten().collect()
}

/// Runs every check. `open` opens the same store anew each time; it must be empty at the first.
///
/// # Errors
/// The first check that the driver does not pass.
pub async fn suite<J: Journal, F: Future<Output = J>>(open: impl Fn() -> F) -> Result<(), Fault> {
    let named = |check| move |why| Fault { check, why };
    let journal = open().await;
    empty(&journal).await.map_err(named("an empty journal stands at zero"))?;
    append_and_read(&journal).await.map_err(named("what is appended is read back, every field"))?;
    pages(&journal).await.map_err(named("pages run on without a gap"))?;
    fenced(&journal).await.map_err(named("a wrong `after` is fenced and nothing is written"))?;
    refused(&journal).await.map_err(named("a batch that does not fit is refused as a whole"))?;
    large(&journal).await.map_err(named("large bodies are kept byte by byte"))?;
    shards(&journal).await.map_err(named("shards are apart from each other, sorted"))?;
    let other = open().await;
    reopened(&journal, &other)
        .await
        .map_err(named("what was appended is there when opened again"))?;
    race(&journal, &other).await.map_err(named("of concurrent writers exactly one wins"))?;
    verified(&other).await.map_err(named("a sound journal verifies"))
}

async fn append<J: Journal>(journal: &J, shard: &Shard, batch: Batch) -> Result<Head, String> {
    journal.append(shard, batch).await.map_err(|error| wrong(&error))
}

async fn read<J: Journal>(
    journal: &J,
    shard: &Shard,
    after: u64,
    limit: u32,
) -> Result<Vec<Recorded>, String> {
    journal.read(shard, after, limit).await.map_err(|error| wrong(&error))
}

async fn empty<J: Journal>(journal: &J) -> Verdict {
    let shard = Shard::new("none");
    same("head", &journal.head(&shard).await, &Ok(Head::default()))?;
    same("events", &journal.read(&shard, 0, 10).await, &Ok(Vec::new()))?;
    same("stream", &journal.stream(&shard, "case", "k", 0).await, &Ok(Vec::new()))?;
    same("heads", &journal.heads(&shard, 0, 10).await, &Ok(Vec::new()))?;
    same("answer", &journal.answer(&shard, CommandId::from_bytes([1; 16])).await, &Ok(None))?;
    same("shards", &journal.shards().await, &Ok(Vec::new()))
}

async fn append_and_read<J: Journal>(journal: &J) -> Verdict {
    let shard = Shard::new("440100");
    let mut first = batch(&shard, Head::default(), "办件-甲", 0, 3);
    if let [one, two, three] = first.events.as_mut_slice() {
        one.cause = None;
        one.actor = Actor::Public.into();
        two.kind = "名称".into();
        two.key = "it's \"a\" \\ key\u{1f600}".into();
        two.version = 900;
        three.at = Moment::from_us(-1);
        three.schema = u16::MAX;
        three.body = Body::from_text("\"Withdrawn\"");
    }
    let wanted = chain(&Head::default(), &first.events);
    let head = append(journal, &shard, first.clone()).await?;
    same("head", &head, &wanted)?;
    same("head asked for", &journal.head(&shard).await, &Ok(head))?;
    same("events", &journal.read(&shard, 0, 100).await, &Ok(first.events.clone()))?;
    let mut second = batch(&shard, head, "办件-甲", 3, 2);
    // A command that is answered again keeps its first answer.
    second.answers.extend(first.answers.first().map(|answer| Answer {
        first: 4,
        last: 5,
        ..*answer
    }));
    let end = append(journal, &shard, second.clone()).await?;
    same("heads", &journal.heads(&shard, 0, 10).await, &Ok(vec![head, end]))?;
    same("heads after the first", &journal.heads(&shard, 3, 10).await, &Ok(vec![end]))?;
    same("one head", &journal.heads(&shard, 0, 1).await, &Ok(vec![head]))?;
    let mut stream: Vec<Recorded> = first.events.iter().chain(&second.events).cloned().collect();
    stream.retain(|event| &*event.kind == "case");
    same("stream", &journal.stream(&shard, "case", "办件-甲", 0).await, &Ok(stream.clone()))?;
    stream.retain(|event| event.version > 3);
    same("stream after 3", &journal.stream(&shard, "case", "办件-甲", 3).await, &Ok(stream))?;
    same("another stream", &journal.stream(&shard, "case", "办件-乙", 0).await, &Ok(Vec::new()))?;
    for answer in first.answers.iter().chain(second.answers.iter().take(2)) {
        same("answer", &journal.answer(&shard, answer.command).await, &Ok(Some(*answer)))?;
    }
    let none = CommandId::from_bytes([0; 16]);
    same("no answer", &journal.answer(&shard, none).await, &Ok(None))?;
    let known = second.answers.iter().take(2).chain(&first.answers).copied();
    let wanted: Vec<Option<Answer>> = known.map(Some).chain([None]).collect();
    let asked = wanted.iter().map(|answer| answer.map_or(none, |answer| answer.command)).collect();
    same("answers", &journal.answers(&shard, asked).await, &Ok(wanted))
}

async fn pages<J: Journal>(journal: &J) -> Verdict {
    let shard = Shard::new("pages");
    let mut head = Head::default();
    for round in 0..40 {
        head = append(journal, &shard, batch(&shard, head, "k", round * 25, 25)).await?;
    }
    let mut after = 0;
    loop {
        let page = read(journal, &shard, after, 64).await?;
        let Some(last) = page.last() else { break };
        let gapless = page.iter().zip(after + 1..).all(|(event, seq)| event.seq == seq);
        same("no gap", &gapless, &true)?;
        same("no more than asked for", &(page.len() <= 64), &true)?;
        after = last.seq;
    }
    same("the last position", &after, &1000)?;
    same("beyond the end", &read(journal, &shard, 1000, 5).await?, &Vec::new())?;
    let ends = journal.heads(&shard, 0, 100).await.map_err(|error| wrong(&error))?;
    same("ends of batches", &ends.len(), &40)
}

async fn fenced<J: Journal>(journal: &J) -> Verdict {
    let shard = Shard::new("fenced");
    let one = append(journal, &shard, batch(&shard, Head::default(), "k", 0, 2)).await?;
    let stale = batch(&shard, Head::default(), "late", 0, 1);
    let command =
        stale.events.first().map_or(CommandId::from_bytes([0; 16]), |event| event.command);
    let early = batch(&shard, Head { seq: 9, digest: [9; 32] }, "early", 0, 1);
    let forked = batch(&shard, Head { seq: 2, digest: [9; 32] }, "forked", 0, 1);
    for batch in [stale, early, forked] {
        let found = journal.append(&shard, batch).await;
        same("a batch elsewhere", &found, &Err(AppendError::Fenced { found: one }))?;
    }
    same("head", &journal.head(&shard).await, &Ok(one))?;
    same("events", &read(journal, &shard, 0, 10).await?.len(), &2)?;
    same("streams", &journal.stream(&shard, "case", "late", 0).await, &Ok(Vec::new()))?;
    let kept = Answer { command, asked: [7; 16], first: 1, last: 1 };
    same("the first answer", &journal.answer(&shard, command).await, &Ok(Some(kept)))?;
    append(journal, &shard, batch(&shard, one, "k", 2, 1)).await.map(drop)
}

async fn refused<J: Journal>(journal: &J) -> Verdict {
    let shard = Shard::new("refused");
    let one = append(journal, &shard, batch(&shard, Head::default(), "k", 0, 2)).await?;
    let mut again = batch(&shard, one, "new", 0, 3);
    if let Some(last) = again.events.last_mut() {
        (last.key, last.version) = ("k".into(), 2);
    }
    let mut gap = batch(&shard, one, "gap", 0, 2);
    gap.events.remove(0);
    let empty = Batch { after: one, events: Vec::new(), answers: Vec::new() };
    let foreign = batch(&Shard::new("elsewhere"), one, "k", 2, 1);
    for (what, batch) in
        [("a taken version", again), ("a gap", gap), ("nothing", empty), ("foreign", foreign)]
    {
        match journal.append(&shard, batch).await {
            Err(AppendError::Refused(_why)) => {}
            other => return Err(format!("{what}: {other:?}")),
        }
    }
    same("head", &journal.head(&shard).await, &Ok(one))?;
    same("events", &read(journal, &shard, 0, 10).await?.len(), &2)?;
    same("nothing of it", &journal.stream(&shard, "case", "new", 0).await, &Ok(Vec::new()))?;
    append(journal, &shard, batch(&shard, one, "new", 0, 3)).await.map(drop)
}

async fn large<J: Journal>(journal: &J) -> Verdict {
    let shard = Shard::new("large");
    let mut batch = batch(&shard, Head::default(), "k", 0, 3);
    let text = format!("{{\"Kept\":\"{}\"}}", "联办\\u0000\\n\u{202e}𠮷".repeat(60_000));
    for event in &mut batch.events {
        event.body = Body::from_text(text.clone());
    }
    let wanted = batch.events.clone();
    append(journal, &shard, batch).await?;
    same("bodies", &(read(journal, &shard, 0, 10).await? == wanted), &true)
}

async fn shards<J: Journal>(journal: &J) -> Verdict {
    let (a, b) = (Shard::new("440300"), Shard::new("440300-2"));
    append(journal, &b, batch(&b, Head::default(), "k", 0, 1)).await?;
    append(journal, &a, batch(&a, Head::default(), "k", 0, 2)).await?;
    same("one shard", &read(journal, &b, 0, 10).await?.len(), &1)?;
    let found = journal.shards().await.map_err(|error| wrong(&error))?;
    let names: Vec<&str> = found.iter().map(Shard::as_str).collect();
    let wanted = ["440100", "440300", "440300-2", "fenced", "large", "pages", "refused"];
    same("shards", &names, &wanted.to_vec())
}

async fn reopened<J: Journal>(journal: &J, other: &J) -> Verdict {
    for shard in journal.shards().await.map_err(|error| wrong(&error))? {
        let same_head = other.head(&shard).await == journal.head(&shard).await;
        same("head", &same_head, &true)?;
        let same_events =
            read(other, &shard, 0, 5_000).await? == read(journal, &shard, 0, 5_000).await?;
        same("events", &same_events, &true)?;
    }
    Ok(())
}

async fn race<J: Journal>(journal: &J, other: &J) -> Verdict {
    let shard = Shard::new("race");
    let mut head = Head::default();
    for round in 0..8_u64 {
        let writers = [journal, other, journal, other].into_iter().enumerate();
        let tries = writers
            .map(|(n, writer)| {
                writer.append(&shard, batch(&shard, head, &format!("{round}-{n}"), 0, 3))
            })
            .collect();
        let results = all(tries).await;
        let won: Vec<Head> = results.iter().filter_map(|result| result.clone().ok()).collect();
        let [winner] = won.as_slice() else { return Err(format!("round {round}: {results:?}")) };
        let fenced = |result: &&Result<Head, AppendError>| matches!(result, Err(AppendError::Fenced { found }) if found == winner);
        same("fenced", &results.iter().filter(fenced).count(), &3)?;
        head = *winner;
    }
    same("events", &read(journal, &shard, 0, 100).await?.len(), &24)
}

async fn verified<J: Journal>(journal: &J) -> Verdict {
    for shard in journal.shards().await.map_err(|error| wrong(&error))? {
        let mut told = 0;
        let found = verify::verify(journal, &shard, &mut |seen| told = seen.seq).await;
        let head = journal.head(&shard).await.map_err(|error: ReadError| wrong(&error))?;
        same("verified", &found.map_err(|error| wrong(&error))?.head, &head)?;
        same("progress", &told, &head.seq)?;
    }
    Ok(())
}
