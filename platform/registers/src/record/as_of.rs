//! What was so at one instant, as known at another (历史时点查询); and what differs between two.
//!
//! ```text
//!  events recorded by `known` ──► fold ──► what was believed then ──► segments that cover `valid`
//! ```

use crate::record::decide::{Opened, Record};
use crate::record::event::RecordEvent;
use crate::record::model::{
    Line, RecordKey, Retirement, Says, SectionId, Segment, Standing, Statement,
};
use codes::Moment;
use elements::Value;
use kernel::{Recorded, Unreadable};
use std::collections::{BTreeMap, BTreeSet};

/// What a record says of an instant, as known at another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Of which instant.
    pub valid: Moment,
    /// As known when.
    pub known: Moment,
    /// How the record began; none where it was not known yet.
    pub opened: Option<Opened>,
    /// How it had ended, where it had.
    pub retired: Option<(Moment, Retirement, Vec<RecordKey>)>,
    /// The segments that cover the instant, by line.
    pub segments: Vec<Segment>,
}

impl Snapshot {
    /// The sections and what they say.
    pub fn sections(&self) -> impl Iterator<Item = (&SectionId, &Statement)> {
        self.segments.iter().filter_map(|segment| match (&segment.line, &segment.says) {
            (Line::Section(id), Says::Stands(said)) => Some((id, said)),
            _ => None,
        })
    }

    /// The restrictions that stood, in order of entry, each with the stretch in which it stood so.
    pub fn restrictions(&self) -> impl Iterator<Item = (&Segment, &Standing)> {
        self.segments.iter().filter_map(|segment| Some((segment, segment.standing()?)))
    }

    /// The segments of a whole belief that cover an instant.
    pub(crate) fn of(
        mut segments: Vec<Segment>,
        opened: Option<Opened>,
        retired: Option<(Moment, Retirement, Vec<RecordKey>)>,
        (valid, known): (Moment, Moment),
    ) -> Self {
        segments.retain(|segment| segment.covers(valid));
        segments.sort_by(|a, b| (&a.line, a.no).cmp(&(&b.line, b.no)));
        Self { valid, known, opened, retired, segments }
    }
}

/// What a record was believed to be at an instant, from its events alone.
///
/// # Errors
/// An event cannot be read.
pub fn belief(events: &[Recorded], known: Moment) -> Result<Record, Unreadable> {
    let mut record = Record::default();
    for event in events.iter().filter(|event| event.at <= known) {
        record.fold(&*event.shared::<RecordEvent>()?);
    }
    Ok(record)
}

/// What a record says of `valid`, as known at `known`, from its events alone.
///
/// # Errors
/// An event cannot be read.
pub fn as_of(events: &[Recorded], valid: Moment, known: Moment) -> Result<Snapshot, Unreadable> {
    let Record { opened, retired, believed, .. } = belief(events, known)?;
    Ok(Snapshot::of(believed.into_values().collect(), opened, retired, (valid, known)))
}

/// What differs between two snapshots of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// In which line.
    pub line: Line,
    /// In which part: a fact's key, `holders`, `form`, `phase`, `until`; empty for the whole line.
    pub part: String,
    /// What it was.
    pub before: Option<Value>,
    /// What it is.
    pub after: Option<Value>,
}

type Parts = BTreeMap<(Line, String), Value>;

fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

/// A snapshot as flat parts that can be compared.
fn parts(snapshot: &Snapshot) -> Parts {
    let mut parts = Parts::new();
    for segment in &snapshot.segments {
        let mut put = |part: &str, value: Value| {
            parts.insert((segment.line.clone(), part.to_owned()), value);
        };
        match &segment.says {
            Says::Stands(said) => {
                for (key, value) in &said.facts {
                    put(key, value.clone());
                }
                if !said.holders.is_empty() {
                    let held = said.holders.iter().map(|holder| {
                        let share = holder.share.map(|share| format!(" {share}"));
                        text(format!("{}{}", holder.party, share.unwrap_or_default()))
                    });
                    put("holders", Value::List(held.collect()));
                }
                if let Some(sealed) = &said.sealed {
                    put("sealed", text(sealed.commitment.to_string()));
                }
            }
            Says::Restricts(Standing { phase, restriction }) => {
                put("kind", text(&restriction.kind));
                put("phase", text(phase.word()));
                put("document_no", text(&restriction.document_no));
                if let Some(fen) = restriction.amount_fen {
                    put("amount", Value::Int(fen));
                }
                if let Some(to) = segment.to {
                    put("until", text(to.to_string()));
                }
            }
        }
    }
    parts
}

/// What differs between two snapshots, in the order of lines and parts; a line that stands in one of them alone is one
/// difference, with all its parts as a map.
#[must_use]
pub fn diff(before: &Snapshot, after: &Snapshot) -> Vec<Difference> {
    let (before, after) = (parts(before), parts(after));
    let lines: BTreeSet<&Line> = before.keys().chain(after.keys()).map(|(line, _)| line).collect();
    let whole = |parts: &Parts, line: &Line| {
        let of_line = parts.iter().filter(|((known, _), _)| known == line);
        let map: BTreeMap<String, Value> =
            of_line.map(|((_, part), value)| (part.clone(), value.clone())).collect();
        (!map.is_empty()).then_some(map)
    };
    let mut differences = Vec::new();
    for line in lines {
        match (whole(&before, line), whole(&after, line)) {
            (Some(old), Some(new)) => {
                let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
                differences.extend(
                    keys.into_iter().filter(|key| old.get(*key) != new.get(*key)).map(|key| {
                        Difference {
                            line: line.clone(),
                            part: key.clone(),
                            before: old.get(key).cloned(),
                            after: new.get(key).cloned(),
                        }
                    }),
                );
            }
            (old, new) => differences.push(Difference {
                line: line.clone(),
                part: String::new(),
                before: old.map(Value::Map),
                after: new.map(Value::Map),
            }),
        }
    }
    differences
}
