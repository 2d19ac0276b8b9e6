//! What a row must be before a driver writes it; and the SQL that both drivers share.

use crate::{Cell, Column, ColumnType, Op, Table, WriteError};

impl Op {
    /// The table it changes.
    #[must_use]
    pub fn table(&self) -> &'static Table {
        match self {
            Self::Put { table, .. }
            | Self::Set { table, .. }
            | Self::Add { table, .. }
            | Self::Remove { table, .. } => table,
        }
    }

    /// Whether the change fits its table: as many cells as columns, each of its column's type, no null in the key.
    ///
    /// # Errors
    /// [`WriteError::Shape`] with what is wrong.
    pub fn check(&self) -> Result<(), WriteError> {
        self.misfit().map_or(Ok(()), |why| {
            Err(WriteError::Shape { table: self.table().name.to_owned(), why })
        })
    }

    fn misfit(&self) -> Option<String> {
        match self {
            Self::Put { table, cells } => row_misfit(table, cells),
            Self::Set { table, key, cells } => key_misfit(table, key, true)
                .or_else(|| cells.is_empty().then(|| "no column to set".to_owned()))
                .or_else(|| {
                    cells.iter().find_map(|(column, cell)| plain_misfit(table, column, cell))
                }),
            Self::Add { table, key, column, by } => key_misfit(table, key, true)
                .or_else(|| plain_misfit(table, column, &Cell::Int(*by))),
            Self::Remove { table, key } => key_misfit(table, key, false),
        }
    }
}

fn row_misfit(table: &Table, cells: &[Cell]) -> Option<String> {
    if cells.len() != table.columns.len() {
        return Some(format!("{} cells for {} columns", cells.len(), table.columns.len()));
    }
    let mut pairs = table.columns.iter().zip(cells);
    pairs.find_map(|(column, cell)| {
        let in_key = || table.key.contains(&column.name);
        if *cell == Cell::Null && in_key() {
            Some(format!("key column `{}` is null", column.name))
        } else {
            type_misfit(column, cell)
        }
    })
}

fn key_misfit(table: &Table, key: &[Cell], whole: bool) -> Option<String> {
    let fits = if whole {
        key.len() == table.key.len()
    } else {
        (1..=table.key.len()).contains(&key.len())
    };
    if !fits {
        return Some(format!("{} key cells for a key of {}", key.len(), table.key.len()));
    }
    table.key.iter().zip(key).find_map(|(name, cell)| match table.column(name) {
        None => Some(format!("no key column `{name}`")),
        Some(_) if *cell == Cell::Null => Some(format!("key column `{name}` is null")),
        Some(column) => type_misfit(column, cell),
    })
}

/// A column that is set or added to: it must exist and stand outside the key.
fn plain_misfit(table: &Table, name: &str, cell: &Cell) -> Option<String> {
    match table.column(name) {
        None => Some(format!("no column `{name}`")),
        Some(_) if table.key.contains(&name) => Some(format!("column `{name}` is in the key")),
        Some(column) => type_misfit(column, cell),
    }
}

fn type_misfit(column: &Column, cell: &Cell) -> Option<String> {
    match (column.holds, cell) {
        (_, Cell::Null) | (ColumnType::Int, Cell::Int(_)) | (ColumnType::Bytes, Cell::Bytes(_)) => {
            None
        }
        (ColumnType::Text, Cell::Text(text)) => {
            // PostgreSQL has no text with a zero character.
            text.contains('\0').then(|| format!("column `{}` holds a zero character", column.name))
        }
        _ => Some(format!("column `{}` does not hold {cell:?}", column.name)),
    }
}

impl Table {
    /// A column by its name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The name of an index: the table's and its columns'.
    #[must_use]
    pub fn index_name(&self, index: &crate::Index) -> String {
        format!("{}_by_{}", self.name, index.columns.join("_"))
    }

    /// The statement that removes every row whose key begins with `cells` cells.
    #[must_use]
    pub fn remove_sql(&self, cells: usize) -> String {
        let key = self.key.iter().take(cells).zip(1..);
        let wanted: Vec<String> = key.map(|(name, n)| format!("\"{name}\" = ${n}")).collect();
        format!("DELETE FROM \"{}\" WHERE {}", self.name, wanted.join(" AND "))
    }

    /// The statement that sets columns of one row: the columns' arguments first, then the key's.
    #[must_use]
    pub fn set_sql(&self, columns: &[&str]) -> String {
        let set: Vec<String> =
            columns.iter().zip(1..).map(|(name, n)| format!("\"{name}\" = ${n}")).collect();
        let key = self.key.iter().zip(columns.len() + 1..);
        let wanted: Vec<String> = key.map(|(name, n)| format!("\"{name}\" = ${n}")).collect();
        format!("UPDATE \"{}\" SET {} WHERE {}", self.name, set.join(", "), wanted.join(" AND "))
    }

    /// The statement that adds to a counter: the key's arguments first, then how much.
    #[must_use]
    pub fn add_sql(&self, column: &str) -> String {
        let key: Vec<String> = self.key.iter().map(|name| format!("\"{name}\"")).collect();
        let args: Vec<String> = (1..=key.len() + 1).map(|n| format!("${n}")).collect();
        format!(
            "INSERT INTO \"{table}\" ({key}, \"{column}\") VALUES ({args}) ON CONFLICT ({key}) \
             DO UPDATE SET \"{column}\" = coalesce(\"{table}\".\"{column}\", 0) + excluded.\"{column}\"",
            table = self.name,
            key = key.join(", "),
            args = args.join(", "),
        )
    }

    /// The end of an upsert: what happens to a row whose key is there already.
    #[must_use]
    pub fn on_conflict_sql(&self) -> String {
        let key: Vec<String> = self.key.iter().map(|name| format!("\"{name}\"")).collect();
        let plain = self.columns.iter().filter(|column| !self.key.contains(&column.name));
        let set: Vec<String> =
            plain.map(|column| format!("\"{0}\" = excluded.\"{0}\"", column.name)).collect();
        let act = if set.is_empty() {
            "NOTHING".to_owned()
        } else {
            format!("UPDATE SET {}", set.join(", "))
        };
        format!("ON CONFLICT ({}) DO {act}", key.join(", "))
    }
}

/// Rewrites `$1` to `?1` outside literals, quoted names and comments, for SQLite.
#[must_use]
pub fn question_marks(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut chars = sql.chars().peekable();
    let mut inside: Option<char> = None;
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        match inside {
            None if matches!(c, '\'' | '"') => inside = Some(c),
            None if c == '-' && next == Some('-') => inside = Some('\n'),
            None if c == '/' && next == Some('*') => inside = Some('*'),
            Some('*') if c == '*' && next == Some('/') => inside = None,
            Some(end) if c == end && end != '*' => inside = None,
            _ => {}
        }
        let argument = inside.is_none() && c == '$' && next.is_some_and(|c| c.is_ascii_digit());
        out.push(if argument { '?' } else { c });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Index;

    static TABLE: Table = Table {
        name: "t_rows",
        columns: &[Column::text("a"), Column::int("b"), Column::bytes("c"), Column::int("n")],
        key: &["b", "a"],
        indexes: &[Index { columns: &["a", "n"] }],
    };

    #[test]
    fn arguments_are_rewritten_outside_literals() {
        for (from, to) in [
            ("a = $1 AND b = $12", "a = ?1 AND b = ?12"),
            ("'$1' || $2 || 'it''s $3' || \"x$4\"", "'$1' || ?2 || 'it''s $3' || \"x$4\""),
            ("$1 -- $2 it's\n $3 /* $4 ' */ $5", "?1 -- $2 it's\n ?3 /* $4 ' */ ?5"),
            ("'办件$1' $$", "'办件$1' $$"),
        ] {
            assert_eq!(question_marks(from), to);
        }
    }

    #[test]
    fn a_row_that_does_not_fit_is_refused() {
        let text = |text: &str| Cell::from(text);
        let put = |cells: Vec<Cell>| Op::Put { table: &TABLE, cells };
        let sound = [
            put(vec![text("k"), 1_i64.into(), Cell::Null, Cell::Null]),
            Op::Set {
                table: &TABLE,
                key: vec![1_i64.into(), text("k")],
                cells: vec![("n", Cell::Null)],
            },
            Op::Add { table: &TABLE, key: vec![1_i64.into(), text("k")], column: "n", by: 3 },
            Op::Remove { table: &TABLE, key: vec![1_i64.into()] },
        ];
        for op in sound {
            assert!(op.check().is_ok(), "{op:?}");
        }
        let wrong = [
            put(vec![text("k"), 1_i64.into(), Cell::Null]),
            put(vec![text("k"), Cell::Null, Cell::Null, Cell::Null]),
            put(vec![text("k"), text("1"), Cell::Null, Cell::Null]),
            put(vec![text("k\0"), 1_i64.into(), Cell::Null, Cell::Null]),
            Op::Set { table: &TABLE, key: vec![1_i64.into()], cells: vec![("n", Cell::Null)] },
            Op::Set {
                table: &TABLE,
                key: vec![1_i64.into(), text("k")],
                cells: vec![("a", text("b"))],
            },
            Op::Set { table: &TABLE, key: vec![1_i64.into(), text("k")], cells: vec![] },
            Op::Add { table: &TABLE, key: vec![1_i64.into(), text("k")], column: "c", by: 3 },
            Op::Add { table: &TABLE, key: vec![1_i64.into(), text("k")], column: "none", by: 3 },
            Op::Remove { table: &TABLE, key: vec![] },
            Op::Remove { table: &TABLE, key: vec![text("k")] },
        ];
        for op in wrong {
            assert!(op.check().is_err(), "{op:?}");
        }
    }

    #[test]
    fn statements_follow_from_the_table() {
        assert_eq!(TABLE.remove_sql(1), r#"DELETE FROM "t_rows" WHERE "b" = $1"#);
        assert_eq!(
            TABLE.set_sql(&["n"]),
            r#"UPDATE "t_rows" SET "n" = $1 WHERE "b" = $2 AND "a" = $3"#
        );
        assert_eq!(TABLE.index_name(&TABLE.indexes[0]), "t_rows_by_a_n");
        assert_eq!(
            TABLE.on_conflict_sql(),
            r#"ON CONFLICT ("b", "a") DO UPDATE SET "c" = excluded."c", "n" = excluded."n""#
        );
    }
}
