//! Projection (投影): from the answers of a merged form to what one service may read, and nothing more.

use crate::answers::Answers;
use crate::crosswalks::Crosswalks;
use crate::error::{FieldError, Problem};
use crate::form::{Asked, Group, ServiceForm, ServiceId};
use crate::instance::{Instance, instances};
use crate::projection::{Projection, Shaped};
use crate::spot::Spot;
use codes::Date;
use elements::{Path, Source, Value};
use std::collections::BTreeMap;

/// A value of a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Nothing: left out, or an outcome that is not there yet.
    Empty,
    /// The answer as it stands.
    Answer(&'a Value),
    /// The answer as the service takes it.
    Shaped(Box<Shaped<'a>>),
}

impl Cell<'_> {
    /// The value that the service shows and files.
    #[must_use]
    pub fn value(&self) -> Option<&Value> {
        match self {
            Self::Empty => None,
            Self::Answer(value) => Some(value),
            Self::Shaped(shaped) => Some(&shaped.shown),
        }
    }
}

/// One row of a payload: the enterprise itself, one holder of a role, one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'p, 'a> {
    /// The row in the answers, where the group repeats.
    pub row: Option<usize>,
    /// The cells, in the order of the group's fields.
    pub cells: &'p [Cell<'a>],
}

/// What one service reads of the answers (投影数据).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload<'a> {
    form: &'a ServiceForm,
    /// All cells, entry after entry.
    cells: Vec<Cell<'a>>,
    /// The group and row of each entry; its cells are as many as the group has fields.
    entries: Vec<(usize, Option<usize>)>,
    /// Rows that the service waives and that become a task at the counter.
    pub counter: Vec<Spot>,
}

/// Projects answers to one service's form.
///
/// Answers come [completed](Answers::completed) and have passed [`crate::validate`]: what is judged here again is only what
/// the service could not work without. An outcome that is not there yet leaves its cell empty.
///
/// # Errors
/// A [`FieldError`] for everything required that is missing, and for everything that cannot be shaped as the service wants it.
pub fn project<'a>(
    answers: &'a Answers,
    form: &'a ServiceForm,
    maps: &Crosswalks,
) -> Result<Payload<'a>, Vec<FieldError>> {
    let since = answers.plain.get("establishment_date").and_then(Value::as_date);
    let payload = Payload {
        form,
        cells: Vec::with_capacity(form.len()),
        entries: Vec::new(),
        counter: Vec::new(),
    };
    let mut work = Work { answers, form, maps, since, payload, errors: Vec::new() };
    for (at, group) in form.groups.iter().enumerate() {
        work.group(at, group);
    }
    if work.errors.is_empty() { Ok(work.payload) } else { Err(work.errors) }
}

/// A projection under way.
struct Work<'a, 'm> {
    answers: &'a Answers,
    form: &'a ServiceForm,
    maps: &'m Crosswalks,
    since: Option<Date>,
    payload: Payload<'a>,
    errors: Vec<FieldError>,
}

impl<'a> Work<'a, '_> {
    fn group(&mut self, at: usize, group: &'a Group) {
        let waivable = group.subject.as_ref().filter(|_| !self.form.waivers.is_empty());
        if waivable.is_some_and(|subject| self.form.waiver(subject, self.answers, None).is_some()) {
            return;
        }
        let mut any = false;
        for instance in instances(group, self.answers) {
            any = true;
            let waiver = waivable
                .and_then(|subject| self.form.waiver(subject, self.answers, Some(&instance)));
            if let Some(waiver) = waiver {
                if waiver.counter {
                    self.payload.counter.push(Spot::Role(waiver.what.key.clone(), instance.row));
                }
                continue;
            }
            self.payload.entries.push((at, instance.row));
            for asked in &group.fields {
                let cell = self.cell(asked, &instance);
                self.payload.cells.push(cell);
            }
        }
        if !any && group.fields.iter().any(|asked| asked.required) {
            self.no_rows(group);
        }
    }

    fn no_rows(&mut self, group: &Group) {
        if let (Some(subject), Some(asked)) = (&group.subject, group.fields.first()) {
            self.errors.push(self.error(Spot::Group(subject.key.clone()), asked, Problem::Missing));
        }
    }

    fn cell(&mut self, asked: &'a Asked, instance: &Instance<'a>) -> Cell<'a> {
        let Some(value) = instance.value(asked) else {
            let outcome = asked.element.source == Source::Outcome;
            if !outcome && self.form.requires(asked, self.answers, instance) {
                let error = self.error(instance.spot(asked), asked, Problem::Missing);
                self.errors.push(error);
            }
            return Cell::Empty;
        };
        if asked.projection == Projection::AsIs {
            return Cell::Answer(value);
        }
        match asked.projection.shape(value, self.since, self.maps) {
            Ok(None) => Cell::Answer(value),
            Ok(Some(shaped)) => Cell::Shaped(Box::new(shaped)),
            Err(problem) => {
                let error = self.error(instance.spot(asked), asked, problem);
                self.errors.push(error);
                Cell::Empty
            }
        }
    }

    fn error(&self, spot: Spot, asked: &Asked, problem: Problem) -> FieldError {
        FieldError {
            spot,
            label: asked.element.label.clone(),
            services: vec![self.form.service.clone()],
            problem,
        }
    }
}

impl<'a> Payload<'a> {
    /// The service that reads it.
    #[must_use]
    pub fn service(&self) -> &'a ServiceId {
        &self.form.service
    }

    /// The paths it shows, filled or not: exactly the fields of the service's form.
    pub fn paths(&self) -> impl Iterator<Item = &'a Path> {
        self.form.fields.iter().map(|field| &field.path)
    }

    /// The groups of fields with their entries, the enterprise itself first.
    pub fn groups<'p>(
        &'p self,
    ) -> impl Iterator<Item = (&'a Group, Vec<Entry<'p, 'a>>)> + use<'p, 'a> {
        let mut rest = self.cells.as_slice();
        let mut all: Vec<(&'a Group, Vec<Entry<'p, 'a>>)> =
            self.form.groups.iter().map(|g| (g, Vec::new())).collect();
        for (group, row) in &self.entries {
            if let Some((group, entries)) = all.get_mut(*group)
                && let Some((cells, more)) = rest.split_at_checked(group.fields.len())
            {
                entries.push(Entry { row: *row, cells });
                rest = more;
            }
        }
        all.into_iter()
    }

    /// The cells of a path, one for each entry; empty if the service does not read it.
    #[must_use]
    pub fn cells(&self, path: &Path) -> Vec<&Cell<'a>> {
        let mut cells = Vec::new();
        for (group, entries) in self.groups() {
            if group.subject == path.subject
                && let Some(at) = group.fields.iter().position(|asked| asked.path == *path)
            {
                cells.extend(entries.iter().filter_map(|entry| entry.cells.get(at)));
            }
        }
        cells
    }

    /// The payload as one canonical value, as partners receive it: plain elements by key, a role as a map, rows as a list.
    ///
    /// Empty cells are left out. A value that is not the exact one is `{shown, exact}`, with `display_only: true` where it
    /// may not be computed with.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut all = BTreeMap::new();
        for (group, entries) in self.groups() {
            let mut maps = entries.iter().map(|entry| entry_value(group, entry));
            match &group.subject {
                None => all.extend(maps.next().into_iter().flatten()),
                Some(subject) if subject.many => {
                    all.insert(
                        subject.key.to_string(),
                        Value::List(maps.map(Value::Map).collect()),
                    );
                }
                Some(subject) => {
                    if let Some(map) = maps.next().filter(|map| !map.is_empty()) {
                        all.insert(subject.key.to_string(), Value::Map(map));
                    }
                }
            }
        }
        Value::Map(all)
    }

    /// The canonical bytes that an opinion is bound to: the JSON of [`Self::to_value`], keys sorted, no blanks.
    #[must_use]
    pub fn canonical_bytes(&self) -> Vec<u8> {
        // INVARIANT: a canonical value has text keys and no floats, so that its JSON can always be written.
        serde_json::to_vec(&self.to_value()).unwrap_or_default()
    }
}

fn entry_value(group: &Group, entry: &Entry<'_, '_>) -> BTreeMap<String, Value> {
    let cells = group.fields.iter().zip(entry.cells);
    cells
        .filter_map(|(asked, cell)| Some((asked.path.attribute.to_string(), cell_value(cell)?)))
        .collect()
}

fn cell_value(cell: &Cell<'_>) -> Option<Value> {
    match cell {
        Cell::Empty => None,
        Cell::Answer(value) => Some((*value).clone()),
        Cell::Shaped(shaped) => Some(match shaped.exact {
            None => shaped.shown.clone(),
            Some(exact) => {
                let mut parts = BTreeMap::from([
                    ("shown".to_owned(), shaped.shown.clone()),
                    ("exact".to_owned(), exact.clone()),
                ]);
                if shaped.display_only {
                    parts.insert("display_only".to_owned(), Value::Bool(true));
                }
                Value::Map(parts)
            }
        }),
    }
}
