//! A process that is killed while it appends loses nothing that it was told is durable.

use journal::{Head, Journal as _, conformance, verify};
use journal_sqlite::SqliteJournal;
use kernel::Shard;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

/// Where the child appends; a test process without it is no child.
const FOLDER: &str = "LIANBAN_TEST_APPEND_TO";

/// Appends until it is killed, telling each position once it is durable. Does nothing unless a parent asks for it.
#[tokio::test]
async fn the_child_appends_until_it_is_killed() {
    #[expect(clippy::disallowed_methods, reason = "a parent hands its folder to the child")]
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let journal = SqliteJournal::open(Path::new(&folder)).unwrap();
    let shard = Shard::new("440100");
    let mut head = journal.head(&shard).await.unwrap();
    let mut out = std::io::stdout();
    for round in 0.. {
        let batch =
            conformance::batch(&shard, head, &format!("{}-{round}", head.seq), 0, 1 + round % 7);
        head = journal.append(&shard, batch).await.unwrap();
        writeln!(out, "durable {}", head.seq).unwrap();
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let shard = Shard::new("440100");
    let mut before = Head::default();
    for round in 1..=8_usize {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::the_child_appends_until_it_is_killed", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut told = lines.filter_map(|line| line.split_once("durable ")?.1.parse::<u64>().ok());
        // Killed after 5, 10, 20, … acknowledgements, wherever it is then.
        let mut durable = told.by_ref().take(5 << round.min(6)).last().unwrap();
        child.kill().unwrap();
        durable = told.last().unwrap_or(durable);
        child.wait().unwrap();
        let journal = SqliteJournal::open(folder.path()).unwrap();
        let sound = verify::verify(&journal, &shard, &mut |_progress| ()).await.unwrap();
        assert!(
            sound.head.seq >= durable,
            "{durable} was acknowledged, {} is there",
            sound.head.seq
        );
        assert!(sound.head.seq > before.seq);
        before = sound.head;
    }
}
