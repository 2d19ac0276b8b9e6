//! Recomputes the chain of a shard batch by batch and names the first place where it does not hold.

use crate::{Head, Journal, ReadError, chain};
use kernel::{Code, Coded, CommandId, Label, Reason, Recorded, Shard};
use std::collections::{BTreeSet, VecDeque};

/// How many ends of batches are asked for at once.
const HEADS: u32 = 256;
/// How many events are asked for at once.
const EVENTS: u32 = 1024;

/// How far a verification has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The last position that is verified.
    pub seq: u64,
    /// The last position there is.
    pub of: u64,
}

/// What a sound shard holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sound {
    /// Where it stands.
    pub head: Head,
    /// How many batches.
    pub batches: u64,
}

/// The first place where a journal is not what was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The store does not answer, or names the damaged event itself.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The digest over a batch is not the one that was kept with it: one of its events or the digest has changed.
    #[error("the batch {shard}/{first} to {last} is not what was written")]
    Batch {
        /// The shard.
        shard: String,
        /// The position of its first event.
        first: u64,
        /// The position of its last event.
        last: u64,
    },
    /// Events follow the end of the last batch, or are missing before it.
    #[error("the events of {shard} end at {events}, its batches at {batches}")]
    End {
        /// The shard.
        shard: String,
        /// The position of the last event.
        events: u64,
        /// The position of the last batch's end.
        batches: u64,
    },
}

impl Coded for Broken {
    fn code(&self) -> Code {
        match self {
            Self::Read(error) => error.code(),
            Self::Batch { .. } => Code::new("JRN", 6),
            Self::End { .. } => Code::new("JRN", 7),
        }
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Read(error) => error.reason(),
            Self::Batch { .. } => "BATCH_CHANGED",
            Self::End { .. } => "JOURNAL_CUT",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::Read(error) => error.label(),
            Self::Batch { shard, first, last } => Label::new(
                format!(
                    "日志{shard}第{first}至{last}条的批次与写入时不一致，请停止写入并从备份恢复。"
                ),
                format!(
                    "Batch {shard}/{first} to {last} is not what was written: stop writing, restore from a backup."
                ),
            ),
            Self::End { shard, events, batches } => Label::new(
                format!("日志{shard}的事件止于第{events}条，批次止于第{batches}条，请从备份恢复。"),
                format!(
                    "The events of {shard} end at {events}, its batches at {batches}: restore from a backup."
                ),
            ),
        }
    }

    fn status(&self) -> u16 {
        500
    }

    fn fields(&self) -> Option<String> {
        match self {
            Self::Read(error) => error.fields(),
            Self::Batch { shard, first, last } => {
                Some(serde_json::json!({"shard": shard, "first": first, "last": last}).to_string())
            }
            Self::End { shard, events, batches } => Some(
                serde_json::json!({"shard": shard, "events": events, "batches": batches})
                    .to_string(),
            ),
        }
    }
}

/// Verifies a shard from its first event to its last: the driver's own checks, then the chain, then the answers.
///
/// # Errors
/// [`Broken`]: the first place that is not what was written, or a store that cannot be read.
pub async fn verify<J: Journal + ?Sized>(
    journal: &J,
    shard: &Shard,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Sound, Broken> {
    let head = journal.head(shard).await?;
    let mut sound = Sound::default();
    let mut buffer = VecDeque::new();
    loop {
        let ends = journal.heads(shard, sound.head.seq, HEADS).await?;
        if ends.is_empty() {
            break;
        }
        for end in ends {
            let span = (sound.head.seq, end.seq);
            let events = events_of(journal, shard, &mut buffer, span).await?;
            let broken = || Broken::Batch {
                shard: shard.to_string(),
                first: sound.head.seq + 1,
                last: end.seq,
            };
            // The head that the store tells is itself an end of a batch.
            let told = end.seq != head.seq || end == head;
            if !told || chain(&sound.head, &events) != end {
                return Err(broken());
            }
            answers_hold(journal, shard, &events).await?.then_some(()).ok_or_else(broken)?;
            sound = Sound { head: end, batches: sound.batches + 1 };
            progress(Progress { seq: end.seq, of: head.seq.max(end.seq) });
        }
    }
    let beyond = journal.read(shard, sound.head.seq, 1).await?;
    if !beyond.is_empty() || sound.head.seq < head.seq {
        let events = beyond.last().map_or(head.seq, |event| event.seq);
        return Err(Broken::End { shard: shard.to_string(), events, batches: sound.head.seq });
    }
    journal.inspect(shard).await?;
    Ok(sound)
}

/// Takes the events up to the end of a batch off the buffer, which reads ahead; fewer if some are missing, which the
/// chain then shows.
async fn events_of<J: Journal + ?Sized>(
    journal: &J,
    shard: &Shard,
    buffer: &mut VecDeque<Recorded>,
    (after, last): (u64, u64),
) -> Result<Vec<Recorded>, ReadError> {
    let mut seq = buffer.back().map_or(after, |event| event.seq);
    while seq < last {
        let page = journal.read(shard, seq, EVENTS).await?;
        if page.is_empty() {
            break;
        }
        for event in page {
            seq += 1;
            if event.seq != seq {
                let why = format!("position {} stands where {seq} is next", event.seq);
                return Err(ReadError::Corrupt { shard: shard.to_string(), seq, why });
            }
            buffer.push_back(event);
        }
    }
    let count = buffer.partition_point(|event| event.seq <= last);
    Ok(buffer.drain(..count).collect())
}

/// Whether the answers to the commands of a batch point at events of theirs.
async fn answers_hold<J: Journal + ?Sized>(
    journal: &J,
    shard: &Shard,
    events: &[Recorded],
) -> Result<bool, ReadError> {
    let commands: BTreeSet<CommandId> = events.iter().map(|event| event.command).collect();
    for command in commands {
        if let Some(answer) = journal.answer(shard, command).await? {
            let within = |event: &&Recorded| (answer.first..=answer.last).contains(&event.seq);
            if !events.iter().filter(within).any(|event| event.command == command) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{batch, event};
    use crate::memory::MemoryJournal;
    use crate::memory::tests::now;
    use crate::{Answer, AppendError, Batch};
    use kernel::{Body, Waiting};
    use std::future::ready;

    /// A journal whose reads are changed on the way, as a damaged disk would.
    struct Bent(MemoryJournal, fn(&mut Vec<Recorded>), fn(&mut Vec<Head>), fn(&mut Answer));

    impl Journal for Bent {
        fn append(&self, shard: &Shard, batch: Batch) -> Waiting<'_, Result<Head, AppendError>> {
            self.0.append(shard, batch)
        }
        fn read(
            &self,
            shard: &Shard,
            after: u64,
            limit: u32,
        ) -> Waiting<'_, Result<Vec<Recorded>, ReadError>> {
            let mut events = now(self.0.read(shard, 0, u32::MAX)).unwrap();
            self.1(&mut events);
            events.retain(|event| event.seq > after);
            events.truncate(limit as usize);
            Box::pin(ready(Ok(events)))
        }
        fn stream(
            &self,
            shard: &Shard,
            kind: &str,
            key: &str,
            after: u64,
        ) -> Waiting<'_, Result<Vec<Recorded>, ReadError>> {
            self.0.stream(shard, kind, key, after)
        }
        fn answer(
            &self,
            shard: &Shard,
            command: CommandId,
        ) -> Waiting<'_, Result<Option<Answer>, ReadError>> {
            let mut answer = now(self.0.answer(shard, command)).unwrap();
            answer.iter_mut().for_each(self.3);
            Box::pin(ready(Ok(answer)))
        }
        fn head(&self, shard: &Shard) -> Waiting<'_, Result<Head, ReadError>> {
            self.0.head(shard)
        }
        fn heads(
            &self,
            shard: &Shard,
            after: u64,
            limit: u32,
        ) -> Waiting<'_, Result<Vec<Head>, ReadError>> {
            let mut heads = now(self.0.heads(shard, 0, u32::MAX)).unwrap();
            self.2(&mut heads);
            heads.retain(|head| head.seq > after);
            heads.truncate(limit as usize);
            Box::pin(ready(Ok(heads)))
        }
        fn shards(&self) -> Waiting<'_, Result<Vec<Shard>, ReadError>> {
            self.0.shards()
        }
    }

    /// Three batches: positions 1 to 4, 5 to 8, 9 to 12.
    fn verdict(
        events: fn(&mut Vec<Recorded>),
        heads: fn(&mut Vec<Head>),
        answer: fn(&mut Answer),
    ) -> Result<Sound, Broken> {
        let shard = Shard::new("s");
        let journal = Bent(MemoryJournal::new(), events, heads, answer);
        let mut head = Head::default();
        for version in [0, 4, 8] {
            head = now(journal.append(&shard, batch(&shard, head, "k", version, 4))).unwrap();
        }
        now(verify(&journal, &shard, &mut |_progress| ()))
    }

    fn second() -> Result<Sound, Broken> {
        Err(Broken::Batch { shard: "s".to_owned(), first: 5, last: 8 })
    }

    #[test]
    fn a_sound_journal_verifies() {
        let sound = verdict(|_| (), |_| (), |_| ()).unwrap();
        assert_eq!((sound.batches, sound.head.seq), (3, 12));
    }

    #[test]
    fn a_changed_event_or_digest_or_answer_names_its_batch() {
        let body = |events: &mut Vec<Recorded>| events[5].body = Body::from_text("{}");
        assert_eq!(verdict(body, |_| (), |_| ()), second());
        let swapped = |events: &mut Vec<Recorded>| events[6].key = "other".into();
        assert_eq!(verdict(swapped, |_| (), |_| ()), second());
        assert_eq!(verdict(|_| (), |heads| heads[1].digest[31] ^= 1, |_| ()), second());
        let first_batch = Err(Broken::Batch { shard: "s".to_owned(), first: 1, last: 4 });
        assert_eq!(verdict(|_| (), |_| (), |answer| answer.first += 100), first_batch);
    }

    #[test]
    fn a_missing_event_or_end_is_found() {
        let corrupt = verdict(|events| drop(events.remove(6)), |_| (), |_| ());
        assert!(
            matches!(corrupt, Err(Broken::Read(ReadError::Corrupt { seq: 7, .. }))),
            "{corrupt:?}"
        );
        let end = Err(Broken::End { shard: "s".to_owned(), events: 9, batches: 8 });
        assert_eq!(verdict(|_| (), |heads| heads.truncate(2), |_| ()), end);
        let cut = Err(Broken::Batch { shard: "s".to_owned(), first: 9, last: 12 });
        assert_eq!(verdict(|events| events.truncate(10), |_| (), |_| ()), cut);
        let more =
            |events: &mut Vec<Recorded>| events.push(event(&Shard::new("s"), 13, "case", "k", 13));
        let end = Err(Broken::End { shard: "s".to_owned(), events: 13, batches: 12 });
        assert_eq!(verdict(more, |_| (), |_| ()), end);
    }
}
