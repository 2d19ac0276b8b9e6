//! What others build on is what lies in `schema/`.

use super::*;
use std::path::Path;

/// The folder in which the copies lie.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema")
}

#[tokio::test]
async fn what_others_build_on_has_not_changed_unseen() {
    let home = tempfile::tempdir().unwrap();
    let setup = Setup::new(home.path().join("data"), None);
    let assembly =
        assemble::assemble_with(&setup, Arc::new(SystemClock), assemble::quiet()).await.unwrap();
    let mut changed = Vec::new();
    for what in What::ALL {
        let now = what.text(&assembly).await.unwrap();
        let kept = std::fs::read_to_string(folder().join(what.file())).unwrap_or_default();
        let line = |(now, kept): (&str, &str)| (now != kept).then(|| format!("-{kept}\n+{now}"));
        let first = now.lines().zip(kept.lines()).find_map(line);
        if now != kept {
            let first = first.unwrap_or_else(|| "one of them is longer".to_owned());
            changed.push(format!("schema/{}: {first}", what.file()));
        }
    }
    assert!(
        changed.is_empty(),
        "if it is meant, run `lianban schema --write schema` and say in the commit what changes for whom:\n{}",
        changed.join("\n")
    );
}

/// Words that PostgreSQL reserves (its manual, appendix C, table C.1, and `pg_get_keywords()` of version 15): no name of a table or
/// a column, for queries write them bare.
const RESERVED: &str = "all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate \
    collation column concurrently constraint create cross current_catalog current_date current_role current_schema current_time \
    current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze from full \
    grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit localtime \
    localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references returning right \
    select session_user similar some symmetric table tablesample then to trailing true union unique user using variadic verbose \
    when where window with";

#[test]
fn no_table_and_no_column_has_a_name_that_postgresql_reserves() {
    let kept = std::fs::read_to_string(folder().join("tables.txt")).unwrap();
    let names = kept.lines().filter(|line| line.starts_with("  "));
    let reserved = names
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| RESERVED.split_whitespace().any(|word| word == *name));
    assert_eq!(reserved.collect::<Vec<_>>(), Vec::<&str>::new());
}
