//! Tables and kinds as texts, one thing a line.

use anyhow::{Result, bail};
use kernel::Body;
use module::{ErasedKind, Registry};
use std::fmt::Write as _;
use tables::{ColumnType, Table};

/// What a golden file says to whoever meets it in a failed test.
pub(super) const HERE: &str = "# If you are here because a test failed: others build on this. `lianban schema --write schema` takes a meant change over.\n";

/// The tables, by the projection that writes them.
pub(super) fn tables(registry: &Registry) -> String {
    let mut text = String::from(HERE);
    let mut projections: Vec<_> = registry.projections.iter().collect();
    projections.sort_by_key(|projection| projection.name());
    for projection in projections {
        let _ = writeln!(text, "\n{} version {}", projection.name(), projection.version());
        for table in projection.tables() {
            self::table(&mut text, table);
        }
    }
    text
}

fn table(text: &mut String, table: &Table) {
    let _ = writeln!(text, "  {} by {}", table.name, table.key.join(", "));
    for column in table.columns {
        let holds = match column.holds {
            ColumnType::Int => "int",
            ColumnType::Text => "text",
            ColumnType::Bytes => "bytes",
        };
        let _ = writeln!(text, "    {} {holds}", column.name);
    }
    for index in table.indexes {
        let _ = writeln!(text, "    index on {}", index.columns.join(", "));
    }
}

/// Aggregates with their events, policies with what they hear, errands.
pub(super) fn kinds(registry: &Registry) -> Result<String> {
    let mut text = String::from(HERE);
    text.push_str("\naggregates, with their events as the journal writes them\n");
    let mut kinds: Vec<_> = registry.aggregates.iter().collect();
    kinds.sort_by_key(|kind| kind.kind());
    for kind in kinds {
        let events = events(&**kind)?;
        let _ = writeln!(text, "  {}", kind.kind());
        for event in events {
            let _ = writeln!(text, "    {event}");
        }
    }
    text.push_str("\npolicies, with what they hear\n");
    let mut policies: Vec<_> = registry
        .policies
        .iter()
        .map(|policy| (policy.name(), policy.listens().join(" ")))
        .collect();
    policies.sort();
    for (name, hears) in policies {
        let _ = writeln!(text, "  {name}: {hears}");
    }
    text.push_str("\nerrands\n");
    let mut errands: Vec<_> = registry.errands.iter().map(|errand| errand.kind()).collect();
    errands.sort_unstable();
    for errand in errands {
        let _ = writeln!(text, "  {errand}");
    }
    Ok(text)
}

/// The events of an aggregate: what its decoder says that it knows when it meets one that it does not.
fn events(kind: &dyn ErasedKind) -> Result<Vec<String>> {
    let answer = kind.empty().evolve(&Body::from_text(r#""?""#));
    let told = answer.err().map(|error| error.to_string()).unwrap_or_default();
    let mut events: Vec<String> = quoted(&told).skip(1).map(str::to_owned).collect();
    events.sort();
    if events.is_empty() {
        bail!("aggregate `{}` does not tell its events: {told}", kind.kind());
    }
    Ok(events)
}

/// What stands between backticks: the unknown name first, then those that are known.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}
