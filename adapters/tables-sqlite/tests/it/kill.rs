//! A process that is killed while it writes leaves rows and position that belong together.

use crate::ROWS;
use kernel::Shard;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use tables::{Query, Reader as _, Rows, Tables as _};
use tables_sqlite::SqliteTables;

/// Where the child writes; a test process without it is no child.
const FILE: &str = "LIANBAN_TEST_WRITE_TO";
/// Rows that each position writes.
const WIDTH: u64 = 20;

/// Writes until it is killed, telling each position. Does nothing unless a parent asks for it.
#[tokio::test]
async fn the_child_writes_until_it_is_killed() {
    #[expect(clippy::disallowed_methods, reason = "a parent hands its file to the child")]
    let Ok(file) = std::env::var(FILE) else { return };
    let store = SqliteTables::open(Path::new(&file)).unwrap();
    store.prepare("try", 1, &ROWS).await.unwrap();
    let shard = Shard::new("440100");
    let from = store.position(&shard).await.unwrap();
    let mut out = std::io::stdout();
    for position in from + 1.. {
        let mut rows = Rows::default();
        for n in 0..WIDTH {
            rows.put(&ROWS[0], vec![format!("{position}-{n}").into(), position.into()]);
        }
        rows.follow(position - 1);
        store.write(&shard, position, rows).await.unwrap();
        writeln!(out, "written {position}").unwrap();
    }
}

#[tokio::test]
async fn rows_and_position_survive_a_kill_together() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tables.sqlite");
    let shard = Shard::new("440100");
    for round in 1..=6_usize {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::the_child_writes_until_it_is_killed", "--nocapture"])
            .env(FILE, &file)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut told = lines.filter_map(|line| line.split_once("written ")?.1.parse::<u64>().ok());
        let mut written = told.by_ref().take(10 << round).last().unwrap();
        child.kill().unwrap();
        written = told.last().unwrap_or(written);
        child.wait().unwrap();
        let store = SqliteTables::open(&file).unwrap();
        let position = store.position(&shard).await.unwrap();
        assert!(position >= written, "a killed process loses nothing that it told: {written}");
        let sql = "SELECT count(*) AS n, coalesce(max(n), 0) AS high FROM try_rows";
        let rows = store.rows(Query::new(sql)).await.unwrap();
        assert_eq!(rows[0].get::<u64>("n").unwrap(), position * WIDTH);
        assert_eq!(rows[0].get::<u64>("high").unwrap(), position);
    }
}
