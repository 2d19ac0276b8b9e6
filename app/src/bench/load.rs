//! `lianban bench load`: works cases without end and notes what was acknowledged, until somebody kills it.

use super::clock::Moved;
use super::place::setup;
use super::script::{Script, Sends, Sent};
use crate::assemble;
use crate::cli::say;
use anyhow::{Context as _, Result};
use engine::{Engine, Order, Sizes};
use kernel::{Actor, Atomic, CommandId};
use module::{Clock as _, Receipt, Rejection, SubmitError};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, mpsc};
use std::time::Duration;
use tokio::task::JoinSet;

/// What `lianban bench load` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The data folder.
    #[arg(long)]
    data: PathBuf,
    /// The database.
    #[arg(long)]
    database: Option<String>,
    /// What the machine's clock showed when the installation began, in µs.
    #[arg(long)]
    began_us: i64,
    /// The file of acknowledged commands.
    #[arg(long)]
    acks: PathBuf,
    /// How many cases are worked at the same time.
    #[arg(long, default_value_t = 16)]
    clients: u64,
}

/// What the load says when it has begun.
pub(crate) const READY: &str = "the load has begun";

/// One acknowledged command, as a line of the file: the case, the id.
fn line(sent: Sent) -> String {
    format!("{} {}\n", sent.case, sent.id)
}

/// The acknowledged commands of a file; a line that was cut off by a kill was not written yet.
pub(crate) fn read_acks(path: &Path) -> Result<Vec<(u64, CommandId)>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error.into()),
    };
    let whole = text.rfind('\n').and_then(|end| text.get(..end)).unwrap_or_default();
    let read = |line: &str| {
        let (case, id) = line.split_once(' ')?;
        Some((case.parse().ok()?, id.parse().ok()?))
    };
    let lines = whole.lines().filter(|line| !line.is_empty());
    lines.map(|line| read(line).with_context(|| format!("`{line}`"))).collect()
}

struct Client {
    engine: Engine,
    acks: mpsc::Sender<Sent>,
}

impl Sends for Client {
    async fn send(
        &self,
        sent: Sent,
        actor: Actor,
        commands: Atomic,
    ) -> Result<Receipt, SubmitError> {
        loop {
            let (actor, commands) = (actor.clone(), commands.clone());
            let answer =
                self.engine.order(Order { id: sent.id, actor, cause: None, commands }).await;
            match answer {
                // The server that was killed before still holds the shard, or this one is full.
                Err(SubmitError::Rejected(Rejection::Down(_) | Rejection::Busy)) => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Ok(receipt) => {
                    let _nobody_writes = self.acks.send(sent);
                    return Ok(receipt);
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// Runs until it is killed, or until a command is refused.
pub(crate) async fn run(args: Args) -> Result<ExitCode> {
    let before = read_acks(&args.acks)?;
    // A line that was cut off is ended, so that the next one stands alone.
    let mut file = OpenOptions::new().create(true).append(true).open(&args.acks)?;
    if !before.is_empty() {
        file.write_all(b"\n")?;
    }
    let setup = setup(args.data, args.database);
    let clock = Moved::since(args.began_us);
    let config =
        engine::Config { sizes: Sizes { at_once: 0, ..Sizes::default() }, ..Default::default() };
    let assembly = assemble::assemble_with(&setup, Arc::new(clock), config).await?;
    let script = Arc::new(Script::new(&assembly, clock.now().date(), 0, true)?);
    let (acks, acknowledged) = mpsc::channel();
    std::thread::spawn(move || note(file, &acknowledged));
    say(READY);
    let mut clients = JoinSet::new();
    for (client, first) in resume(&before, args.clients) {
        let script = Arc::clone(&script);
        let to = Client { engine: assembly.engine.clone(), acks: acks.clone() };
        let step = usize::try_from(args.clients)?;
        clients.spawn(async move {
            for n in (first..).step_by(step) {
                script.work(&to, n).await.with_context(|| format!("client {client}"))?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(client) = clients.join_next().await {
        client??;
    }
    Ok(ExitCode::SUCCESS)
}

/// The case with which each client begins: the last one of which anything was acknowledged, from its first command on.
fn resume(acks: &[(u64, CommandId)], clients: u64) -> BTreeMap<u64, u64> {
    let mut begin: BTreeMap<u64, u64> = (0..clients).map(|client| (client, client)).collect();
    for (case, _id) in acks {
        begin.entry(case % clients).and_modify(|first| *first = (*first).max(*case));
    }
    begin
}

/// Writes down what is acknowledged, and has it on the disk before it takes more.
fn note(mut file: File, acknowledged: &mpsc::Receiver<Sent>) {
    while let Ok(first) = acknowledged.recv() {
        let more = acknowledged.try_iter();
        let lines: String = std::iter::once(first).chain(more).map(line).collect();
        let written = file.write_all(lines.as_bytes()).and_then(|()| file.sync_data());
        if let Err(error) = written {
            crate::cli::complain(&format!("acknowledged commands cannot be noted: {error}"));
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_cut_off_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("acks");
        assert!(read_acks(&path).unwrap().is_empty());
        let id = CommandId::from_bytes([7; 16]);
        std::fs::write(&path, format!("3 {id}\n\n4 {id}\n5 0707")).unwrap();
        assert_eq!(read_acks(&path).unwrap(), [(3, id), (4, id)]);
    }

    #[test]
    fn clients_go_on_with_the_case_that_was_under_way() {
        let id = CommandId::from_bytes([7; 16]);
        let begin = resume(&[(0, id), (4, id), (1, id)], 4);
        assert_eq!(begin, BTreeMap::from([(0, 4), (1, 1), (2, 2), (3, 3)]));
    }
}
