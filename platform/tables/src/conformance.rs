//! What every store of tables must do, as one suite that each driver runs; both give the same rows in the same order.

use crate::{Cell, Column, Index, Query, ReadError, Row, Rows, Table, Tables, WriteError};
use kernel::Shard;

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

const TASK_COLUMNS: &[Column] = &[
    Column::text("case_no"),
    Column::int("step"),
    Column::text("organ"),
    Column::int("due_at"),
    Column::bytes("digest"),
    Column::int("looks"),
];
const TASK_INDEXES: &[Index] =
    &[Index { columns: &["organ", "due_at"] }, Index { columns: &["due_at"] }];
const COUNTS: Table = Table {
    name: "try_counts",
    columns: &[Column::int("id"), Column::int("n")],
    key: &["id"],
    indexes: &[],
};

static FIRST: [Table; 2] = [
    Table {
        name: "try_tasks",
        columns: TASK_COLUMNS,
        key: &["case_no", "step"],
        indexes: TASK_INDEXES,
    },
    COUNTS,
];
/// The second version: another column, another key, one table less.
static SECOND: [Table; 1] = [Table {
    name: "try_tasks",
    columns: &[Column::text("case_no"), Column::int("step"), Column::text("note")],
    key: &["case_no"],
    indexes: &[],
}];
static OTHER: [Table; 1] = [Table {
    name: "try_other",
    columns: &[Column::text("a"), Column::text("b"), Column::text("c"), Column::int("n")],
    key: &["a", "b", "c"],
    indexes: &[],
}];

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, wanted: &T) -> Verdict {
    if found == wanted { Ok(()) } else { Err(format!("{what}: {found:?} instead of {wanted:?}")) }
}

fn wrong(error: &impl std::fmt::Display) -> String {
    error.to_string()
}

/// Runs every check. `open` opens the same store anew each time; it must be empty at the first.
///
/// # Errors
/// The first check that the driver does not pass.
pub async fn suite<T: Tables, F: Future<Output = T>>(open: impl Fn() -> F) -> Result<(), Fault> {
    let named = |check| move |why| Fault { check, why };
    let [tasks, counts] = &FIRST;
    let [other] = &OTHER;
    let store = open().await;
    prepared(&store).await.map_err(named("tables are made once"))?;
    changes(&store, tasks)
        .await
        .map_err(named("rows are put, set, added to and removed in order"))?;
    counted(&store, counts).await.map_err(named("counters count"))?;
    prefixes(&store, other)
        .await
        .map_err(named("rows are removed by the beginning of their key"))?;
    many(&store, tasks).await.map_err(named("many rows at once keep their order"))?;
    queries(&store, tasks).await.map_err(named("queries give the same rows in the same order"))?;
    refused(&store, tasks)
        .await
        .map_err(named("a write that fails changes neither rows nor position"))?;
    let again = open().await;
    reopened(&again).await.map_err(named("rows and positions are there when opened again"))?;
    versions(&again).await.map_err(named("another version makes the tables anew"))
}

async fn prepare<T: Tables>(
    store: &T,
    version: u32,
    tables: &'static [Table],
) -> Result<bool, String> {
    store.prepare("try", version, tables).await.map_err(|error| wrong(&error))
}

async fn write<T: Tables>(store: &T, upto: u64, rows: Rows) -> Verdict {
    store.write(&Shard::new("440100"), upto, rows).await.map_err(|error| wrong(&error))
}

async fn ask<T: Tables>(store: &T, query: Query) -> Result<Vec<Vec<Cell>>, String> {
    let rows = store.rows(query).await.map_err(|error| wrong(&error))?;
    Ok(rows.iter().map(|row| row.cells().to_vec()).collect())
}

async fn position<T: Tables>(store: &T, shard: &str) -> Result<u64, String> {
    store.position(&Shard::new(shard)).await.map_err(|error: ReadError| wrong(&error))
}

fn task(case: &str, step: i64, organ: &str, due: Option<i64>) -> Vec<Cell> {
    vec![
        case.into(),
        step.into(),
        organ.into(),
        due.into(),
        Cell::Bytes(vec![0, 255, 7]),
        Cell::Null,
    ]
}

async fn prepared<T: Tables>(store: &T) -> Verdict {
    same("new", &prepare(store, 1, &FIRST).await?, &true)?;
    same("the same again", &prepare(store, 1, &FIRST).await?, &false)?;
    let other = store.prepare("another", 1, &OTHER).await.map_err(|error| wrong(&error))?;
    same("another projection", &other, &true)?;
    same("position", &position(store, "440100").await?, &0)
}

async fn changes<T: Tables>(store: &T, tasks: &'static Table) -> Verdict {
    let key = |step: i64| vec![Cell::from("甲-1"), step.into()];
    let mut rows = Rows::default();
    rows.put(tasks, task("甲-1", 1, "市场监管", Some(10)));
    rows.put(tasks, task("甲-1", 2, "税务", Some(20)));
    rows.put(tasks, task("甲-1", 1, "公安", None));
    rows.set(tasks, key(2), vec![("organ", "公积金".into()), ("digest", Cell::Null)]);
    rows.set(tasks, key(3), vec![("organ", "nobody".into())]);
    rows.add(tasks, key(2), "looks", 2);
    rows.add(tasks, key(4), "looks", 5);
    rows.put(tasks, task("甲-1", 5, "消防", Some(1)));
    rows.remove(tasks, key(5));
    write(store, 7, rows).await?;
    let sql =
        "SELECT step, organ, due_at, digest, looks FROM try_tasks WHERE case_no = $1 ORDER BY step";
    let bytes = Cell::Bytes(vec![0, 255, 7]);
    let wanted = vec![
        vec![1_i64.into(), "公安".into(), Cell::Null, bytes, Cell::Null],
        vec![2_i64.into(), "公积金".into(), 20_i64.into(), Cell::Null, 2_i64.into()],
        vec![4_i64.into(), Cell::Null, Cell::Null, Cell::Null, 5_i64.into()],
    ];
    same("rows", &ask(store, Query::new(sql).arg("甲-1")).await?, &wanted)?;
    same("position", &position(store, "440100").await?, &7)?;
    same("another shard", &position(store, "440300").await?, &0)?;
    let mut rows = Rows::default();
    rows.remove(tasks, vec!["甲-1".into()]);
    write(store, 8, rows).await?;
    same("removed", &ask(store, Query::new(sql).arg("甲-1")).await?, &Vec::new())?;
    write(store, 9, Rows::default()).await?;
    same("an empty write moves the position", &position(store, "440100").await?, &9)
}

async fn counted<T: Tables>(store: &T, counts: &'static Table) -> Verdict {
    let mut rows = Rows::default();
    for n in 0..300_i64 {
        rows.add(counts, vec![(n % 3).into()], "n", n);
        if n == 150 {
            rows.put(counts, vec![1_i64.into(), Cell::Null]);
        }
    }
    rows.add(counts, vec![2_i64.into()], "n", -1);
    write(store, 10, rows).await?;
    let found = ask(store, Query::new("SELECT id, n FROM try_counts ORDER BY id")).await?;
    let sum = |id: i64, from: i64| (0..300).filter(|n| n % 3 == id && *n > from).sum::<i64>();
    let wanted = [(0, sum(0, -1)), (1, sum(1, 150)), (2, sum(2, -1) - 1)];
    same("counts", &found, &wanted.map(|(id, n)| vec![Cell::Int(id), Cell::Int(n)]).to_vec())
}

async fn prefixes<T: Tables>(store: &T, other: &'static Table) -> Verdict {
    let mut rows = Rows::default();
    for (a, b, c) in
        [("a", "x", "1"), ("a", "x", "2"), ("a", "y", "1"), ("b", "x", "1"), ("ab", "x", "1")]
    {
        rows.put(other, vec![a.into(), b.into(), c.into(), 1_i64.into()]);
    }
    rows.remove(other, vec!["a".into(), "x".into()]);
    rows.put(other, vec!["a".into(), "x".into(), "3".into(), 1_i64.into()]);
    rows.remove(other, vec!["b".into()]);
    write(store, 11, rows).await?;
    let found = ask(store, Query::new("SELECT a, b, c FROM try_other ORDER BY a, b, c")).await?;
    let wanted = [["a", "x", "3"], ["a", "y", "1"], ["ab", "x", "1"]];
    same("rows", &found, &wanted.map(|row| row.map(Cell::from).to_vec()).to_vec())
}

async fn many<T: Tables>(store: &T, tasks: &'static Table) -> Verdict {
    let mut rows = Rows::default();
    for n in 0..3_000_i64 {
        rows.put(tasks, task(&format!("乙-{:04}", n % 1_000), n % 2, "市场监管", Some(n)));
    }
    write(store, 12, rows).await?;
    let sql =
        "SELECT count(*), sum(due_at), max(due_at), min(due_at) FROM try_tasks WHERE organ = $1";
    let found = ask(store, Query::new(sql).arg("市场监管")).await?;
    let last: i64 = (2_000..3_000).sum();
    let wanted = vec![vec![Cell::Int(1_000), Cell::Int(last), Cell::Int(2_999), Cell::Int(2_000)]];
    same("the last of each key stays", &found, &wanted)?;
    let mut rows = Rows::default();
    (0..1_000_i64).for_each(|n| rows.remove(tasks, vec![format!("乙-{n:04}").into()]));
    write(store, 13, rows).await
}

async fn queries<T: Tables>(store: &T, tasks: &'static Table) -> Verdict {
    let names = ["B", "a", "Z", "é", "中", "𠮷", "_", "一", "b", "10", "9", " ", "~"];
    let mut rows = Rows::default();
    for (name, n) in names.into_iter().zip(1_i64..) {
        rows.put(
            tasks,
            task(name, n, if n % 2 == 0 { "O'dd $1" } else { "o_ne%" }, (n > 3).then_some(n)),
        );
    }
    write(store, 14, rows).await?;
    let mut sorted = names.to_vec();
    sorted.sort_unstable();
    let texts = |found: Vec<Vec<Cell>>| -> Vec<Cell> { found.into_iter().flatten().collect() };
    let wanted: Vec<Cell> = sorted.iter().map(|name| Cell::from(*name)).collect();
    let found =
        texts(ask(store, Query::new("SELECT case_no FROM try_tasks ORDER BY case_no")).await?);
    same("sorted by bytes", &found, &wanted)?;
    let greater = Query::new("SELECT case_no FROM try_tasks WHERE 1 = 1").page(
        "case_no",
        Some("a".into()),
        3,
    );
    let after: Vec<Cell> =
        wanted.iter().filter(|cell| **cell > Cell::from("a")).take(3).cloned().collect();
    same("a page", &texts(ask(store, greater).await?), &after)?;
    let twice = "SELECT step FROM try_tasks WHERE organ = $2 AND (step > $1 OR due_at > $1) AND organ <> '$3' \
                 ORDER BY due_at NULLS FIRST, step";
    let found = texts(ask(store, Query::new(twice).arg(8_i64).arg("O'dd $1")).await?);
    same("arguments by number", &found, &vec![10_i64.into(), 12_i64.into()])?;
    for (sql, wanted) in [
        ("SELECT count(*) FROM try_tasks WHERE organ LIKE $1", 0_i64),
        ("SELECT count(*) FROM try_tasks WHERE organ LIKE lower($1)", 7),
        ("SELECT count(*) FROM try_tasks WHERE organ = $1 AND due_at IS NULL", 0),
    ] {
        same(sql, &texts(ask(store, Query::new(sql).arg("O_NE%")).await?), &vec![wanted.into()])?;
    }
    let null =
        Query::new("SELECT coalesce(due_at, $1) FROM try_tasks WHERE step = 1").arg(Cell::Null);
    same("a null argument", &texts(ask(store, null).await?), &vec![Cell::Null])?;
    let rows =
        store.rows(Query::new("SELECT step AS no, organ FROM try_tasks WHERE step = 1")).await;
    let rows = rows.map_err(|error| wrong(&error))?;
    let read =
        |row: &Row| Ok::<_, crate::WrongCell>((row.get::<u32>("no")?, row.get::<String>("organ")?));
    same("by column name", &rows.first().map(read), &Some(Ok((1, "o_ne%".to_owned()))))
}

async fn refused<T: Tables>(store: &T, tasks: &'static Table) -> Verdict {
    let mut rows = Rows::default();
    rows.put(tasks, task("kept back", 1, "x", None));
    rows.set(tasks, vec!["kept back".into(), 1_i64.into()], vec![("organ", 5_i64.into())]);
    match store.write(&Shard::new("440100"), 15, rows).await {
        Err(WriteError::Shape { table, .. }) => same("table", &table.as_str(), &"try_tasks")?,
        other => return Err(format!("a wrong cell: {other:?}")),
    }
    let mut rows = Rows::default();
    rows.put(tasks, task("kept back", 2, "x", None));
    rows.follow(13);
    match store.write(&Shard::new("440100"), 15, rows).await {
        Err(WriteError::Moved { found }) => same("where it stands", &found, &14)?,
        other => return Err(format!("rows that follow on another position: {other:?}")),
    }
    let mut rows = Rows::default();
    rows.follow(14);
    write(store, 14, rows).await?;
    same("position", &position(store, "440100").await?, &14)?;
    let kept = Query::new("SELECT step FROM try_tasks WHERE case_no = $1").arg("kept back");
    same("rows", &ask(store, kept).await?, &Vec::new())?;
    for sql in [
        "DELETE FROM try_tasks",
        "SELECT * FROM no_such_table",
        "SELECT step FROM try_tasks WHERE step = $1",
        "SELECT 1.5",
    ] {
        let answer = store.rows(Query::new(sql)).await;
        same(sql, &answer.is_err(), &true)?;
    }
    let count = Query::new("SELECT count(*) FROM try_tasks");
    same("rows are all there", &ask(store, count).await?, &vec![vec![13_i64.into()]])
}

async fn reopened<T: Tables>(store: &T) -> Verdict {
    same("position", &position(store, "440100").await?, &14)?;
    same("tables", &prepare(store, 1, &FIRST).await?, &false)?;
    let count = Query::new("SELECT count(*) FROM try_tasks");
    same("rows", &ask(store, count).await?, &vec![vec![13_i64.into()]])
}

async fn versions<T: Tables>(store: &T) -> Verdict {
    same("another version", &prepare(store, 2, &SECOND).await?, &true)?;
    let count = Query::new("SELECT count(*) FROM try_tasks WHERE note IS NULL");
    same("empty", &ask(store, count.clone()).await?, &vec![vec![0_i64.into()]])?;
    let gone = store.rows(Query::new("SELECT * FROM try_counts")).await.is_err();
    same("a table that the version no longer has", &gone, &true)?;
    let [tasks] = &SECOND;
    let mut rows = Rows::default();
    rows.put(tasks, vec!["a".into(), 1_i64.into(), Cell::Null]);
    store.write(&Shard::new("440300"), 3, rows).await.map_err(|error| wrong(&error))?;
    same("one row", &ask(store, count.clone()).await?, &vec![vec![1_i64.into()]])?;
    store.clear(&SECOND).await.map_err(|error| wrong(&error))?;
    same("cleared", &ask(store, count).await?, &vec![vec![0_i64.into()]])?;
    same("positions stay", &position(store, "440100").await?, &14)?;
    let other = Query::new("SELECT count(*) FROM try_other");
    same("others stay", &ask(store, other).await?, &vec![vec![3_i64.into()]])
}
