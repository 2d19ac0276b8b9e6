//! From YAML to a table that can be relied on, or to every fault of it.

use crate::cell::{Cell, Formula, Unfit};
use crate::decide::Ground;
use crate::point::{Scalar, example};
use crate::raw::{RawInput, RawRow, RawTable};
use crate::table::{Fact, Input, Of, Place, RELEVANT_DATE, Row, Table};
use crate::wrong::{TableFault, Wrong};
use calendar::Term;
use codes::{Division, Label};
use elements::{Dictionary, Element, Kind, Path, Value, from_yaml};
use rust_decimal::Decimal;
use serde_saphyr::Spanned;
use std::collections::{BTreeMap, BTreeSet};

impl Table {
    /// Reads a table; the elements it names come from the dictionary.
    ///
    /// # Errors
    /// Every fault that can be told without trying values; [`Table::check`] tells the others.
    pub fn read(dictionary: &Dictionary, file: &str, text: &str) -> Result<Self, Vec<TableFault>> {
        let raw: RawTable = from_yaml(file, text).map_err(|fault| {
            vec![TableFault {
                file: fault.file,
                line: fault.line,
                column: fault.column,
                wrong: Wrong::Unreadable(fault.message),
            }]
        })?;
        let mut reading = Reading { dictionary, file, raw: &raw, faults: Vec::new() };
        let table = reading.table();
        if reading.faults.is_empty() { Ok(table) } else { Err(reading.faults) }
    }
}

/// What an output may say.
enum Output {
    /// One of these words.
    Words(Vec<String>),
    /// A legal term, such as `2m roll`.
    Term,
    /// A value of an element's type, with the list of its codes.
    Kind(Kind),
}

/// A fact with what its type needs.
#[derive(Clone)]
struct Known {
    fact: Fact,
    codes: Option<BTreeSet<String>>,
    min: Option<Decimal>,
    max: Option<Decimal>,
}

struct Reading<'a> {
    dictionary: &'a Dictionary,
    file: &'a str,
    raw: &'a RawTable,
    faults: Vec<TableFault>,
}

fn place<T>(spanned: &Spanned<T>) -> Place {
    Place { line: spanned.referenced.line(), column: spanned.referenced.column() }
}

impl Reading<'_> {
    fn fault(&mut self, at: Place, wrong: Wrong) {
        let file = self.file.to_owned();
        self.faults.push(TableFault { file, line: at.line, column: at.column, wrong });
    }

    fn table(&mut self) -> Table {
        let raw = self.raw;
        let at = place(&raw.id);
        self.named(at, &raw.id.value, &raw.zh, &raw.en);
        let stem = self.file.rsplit('/').next().and_then(|name| name.strip_suffix(".yaml"));
        if stem != Some(raw.id.value.as_str()) {
            let name = raw.id.value.clone();
            self.fault(at, Wrong::NameUnknown { what: "file", name });
        }
        if let Some(each) = &raw.each
            && !self.repeats(&each.value)
        {
            let name = each.value.clone();
            self.fault(place(each), Wrong::NameUnknown { what: "role or row", name });
        }
        if let Some(path) = &raw.at
            && !self.points_at(&path.value)
        {
            let name = path.value.clone();
            self.fault(place(path), Wrong::NameUnknown { what: "element", name });
        }
        let inputs = self.inputs();
        let outputs = self.outputs();
        let rows = self.rows(&inputs, &outputs);
        Table {
            id: raw.id.value.clone(),
            label: Label::new(&raw.zh, &raw.en),
            hit: raw.hit,
            relevant_date: raw.relevant_date.clone(),
            each: raw.each.as_ref().map(|each| each.value.clone()),
            at: raw.at.as_ref().map(|at| at.value.clone()),
            decides: raw.decides.clone(),
            file: self.file.to_owned(),
            inputs,
            rows,
            place: at,
        }
    }

    fn named(&mut self, at: Place, name: &str, zh: &str, en: &str) {
        for (is_zh, text) in [(true, zh), (false, en)] {
            if text.trim().is_empty() {
                self.fault(at, Wrong::LabelMissing { name: name.to_owned(), zh: is_zh });
            }
        }
    }

    /// Whether a path is an element, or a group of rows such as `shareholder[]`.
    fn points_at(&self, path: &str) -> bool {
        let element = path.parse().ok().and_then(|path| self.dictionary.resolve(&path));
        element.is_some() || path.strip_suffix("[]").is_some_and(|key| self.repeats(key))
    }

    /// Whether a role or a kind of row has several holders.
    fn repeats(&self, key: &str) -> bool {
        self.dictionary.role(key).is_some_and(|role| role.many)
            || self.dictionary.row(key).is_some()
    }

    fn inputs(&mut self) -> Vec<Input> {
        let raw = self.raw;
        for (name, declared) in &raw.facts {
            let (at, question) = (place(declared), &declared.value.question);
            self.named(at, name, &declared.value.zh, &declared.value.en);
            if let Some(question) = question {
                self.named(at, name, &question.zh, &question.en);
            }
        }
        let all = raw.inputs.iter();
        all.filter_map(|(name, input)| self.input(name, place(input), &input.value)).collect()
    }

    fn input(&mut self, name: &str, at: Place, raw: &RawInput) -> Option<Input> {
        let (scalar, of) = match (&raw.fact, &raw.kind, &raw.derive) {
            (Some(path), None, None) => {
                let known = self.fact(path)?;
                let Some(scalar) = known.scalar() else {
                    let name = path.value.clone();
                    self.fault(place(path), Wrong::NameUnknown { what: "single value", name });
                    return None;
                };
                (scalar, Of::Fact(known.fact))
            }
            (None, Some(kind), Some(derive)) => {
                let Some(scalar) = self.kind(&kind.value).and_then(|known| known.scalar()) else {
                    let name = kind.value.clone();
                    self.fault(place(kind), Wrong::NameUnknown { what: "type", name });
                    return None;
                };
                let (names, formula) = self.formula(raw, derive, &scalar)?;
                (scalar, Of::Formula(names, formula))
            }
            _ => {
                let why = format!("input `{name}` is either a `fact`, or a `type` with `derive`");
                self.fault(at, Wrong::Unreadable(why));
                return None;
            }
        };
        Some(Input { name: name.to_owned(), scalar, of })
    }

    fn formula(
        &mut self,
        raw: &RawInput,
        derive: &Spanned<String>,
        scalar: &Scalar,
    ) -> Option<(Vec<(String, Fact)>, Formula)> {
        let mut known = Vec::new();
        for (name, path) in &raw.names {
            known.push((name.clone(), self.fact(path)?));
        }
        let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
        let lists: Vec<&str> = known
            .iter()
            .filter(|(_, known)| known.is_list())
            .map(|(name, _)| name.as_str())
            .collect();
        let tried = Formula::compile(&derive.value, &names, &lists).and_then(|formula| {
            // One example shows that the types fit.
            let examples: Option<Vec<_>> =
                known.iter().map(|(name, known)| Some((name.as_str(), known.example()?))).collect();
            let examples = examples.ok_or(Unfit::Result("a single value"))?;
            formula.value(scalar, &examples).map(|_value| formula)
        });
        match tried {
            Ok(formula) => {
                let facts = known.into_iter().map(|(name, known)| (name, known.fact)).collect();
                Some((facts, formula))
            }
            Err(why) => {
                let text = derive.value.clone();
                self.fault(place(derive), Wrong::Expression { text, why });
                None
            }
        }
    }

    /// What a path names: the relevant date, a fact that the table declares, a number of rows, or an element.
    fn fact(&mut self, path: &Spanned<String>) -> Option<Known> {
        let known = self.find(&path.value);
        if known.is_none() {
            let name = path.value.clone();
            self.fault(place(path), Wrong::NameUnknown { what: "fact", name });
        }
        known
    }

    fn find(&self, path: &str) -> Option<Known> {
        let known = |question: Label, kind| Known {
            fact: Fact { path: path.to_owned(), question, kind, many: false },
            codes: None,
            min: None,
            max: None,
        };
        if path == RELEVANT_DATE {
            let label = Label::new("适用日期", "Relevant date");
            return Some(known(label, Kind::Date { open: false }));
        }
        if let Some(declared) = self.raw.facts.get(path) {
            let raw = &declared.value;
            let label = Label::new(&raw.zh, &raw.en);
            let question = match &raw.question {
                Some(question) => Label::new(&question.zh, &question.en),
                None => asked(&label),
            };
            let mut found = self.kind(&raw.kind.value)?;
            found.fact = Fact { path: path.to_owned(), question, ..found.fact };
            return Some(found);
        }
        if let Some(subject) = path.strip_suffix(".count").filter(|key| self.repeats(key)) {
            let role = self.dictionary.role(subject).map(|role| &role.label);
            let label = role.or_else(|| self.dictionary.row(subject).map(|row| &row.label))?;
            let label = Label::new(format!("{}数量", label.zh), format!("Number of: {}", label.en));
            let counted = Kind::Number { digits: 9, scale: 0 };
            let question = asked(&label);
            return Some(Known { min: Some(Decimal::ZERO), ..known(question, counted) });
        }
        let parsed: Path = path.parse().ok()?;
        let resolved = self.dictionary.resolve(&parsed)?;
        Some(self.element(path, &parsed, resolved.element()))
    }

    fn element(&self, path: &str, parsed: &Path, element: &Element) -> Known {
        let each = self.raw.each.as_ref().map(|each| each.value.as_str());
        let subject = parsed.subject.as_ref();
        let many = subject.is_some_and(|s| s.many && each != Some(s.key.as_str()));
        let accepted = element.rule.codes.clone();
        let listed = element.list.as_ref().map(|list| list.entries.keys().cloned().collect());
        let money = matches!(element.kind, Kind::Money);
        // Rules of elements count money in fen, tables in yuan.
        let bound = |bound: Option<Decimal>| {
            bound.map(|bound| if money { bound / Decimal::ONE_HUNDRED } else { bound })
        };
        Known {
            fact: Fact {
                path: path.to_owned(),
                question: asked(&element.label),
                kind: element.kind.clone(),
                many,
            },
            codes: accepted.or(listed),
            min: bound(element.rule.min),
            max: bound(element.rule.max),
        }
    }

    /// A type in the notation of the dictionary, with the codes of its list.
    fn kind(&self, text: &str) -> Option<Known> {
        let kind: Kind = text.parse().ok()?;
        let codes = match kind.list() {
            Some(list) => {
                Some(self.dictionary.list(list.as_str())?.entries.keys().cloned().collect())
            }
            None => None,
        };
        let question = Label::new("", "");
        let fact = Fact { path: String::new(), question, kind, many: false };
        Some(Known { fact, codes, min: None, max: None })
    }

    fn outputs(&mut self) -> BTreeMap<String, Output> {
        let raw = self.raw;
        let mut all = BTreeMap::new();
        for (name, kind) in &raw.outputs {
            let output = match kind.value.as_str() {
                "term" => Some(Output::Term),
                text => match text.strip_prefix("one of ") {
                    Some(words) => {
                        Some(Output::Words(words.split_whitespace().map(str::to_owned).collect()))
                    }
                    None => self.kind(text).map(|known| Output::Kind(known.fact.kind)),
                },
            };
            match output {
                Some(output) => {
                    all.insert(name.clone(), output);
                }
                None => {
                    let name = kind.value.clone();
                    self.fault(place(kind), Wrong::NameUnknown { what: "type", name });
                }
            }
        }
        all
    }

    fn rows(&mut self, inputs: &[Input], outputs: &BTreeMap<String, Output>) -> Vec<Row> {
        let raw = self.raw;
        let mut seen = BTreeSet::new();
        let mut rows = Vec::new();
        for spanned in &raw.rows {
            let (at, row) = (place(spanned), &spanned.value);
            if !seen.insert(row.id.as_str()) {
                self.fault(at, Wrong::Twice { row: row.id.clone() });
            }
            let cells = self.cells(inputs, row);
            self.given(at, row, outputs);
            rows.push(self.row(at, row, cells));
        }
        rows
    }

    fn cells(&mut self, inputs: &[Input], row: &RawRow) -> Vec<Option<Cell>> {
        for (name, cell) in &row.when {
            if !self.raw.inputs.contains_key(name) {
                let name = name.clone();
                self.fault(place(cell), Wrong::NameUnknown { what: "input", name });
            }
        }
        let mut cells = Vec::new();
        for input in inputs {
            let cell = row.when.get(&input.name).and_then(|written| {
                match Cell::compile(&written.value.0, &input.scalar) {
                    Ok(cell) => Some(cell),
                    Err(why) => {
                        let text = written.value.0.clone();
                        self.fault(place(written), Wrong::Expression { text, why });
                        None
                    }
                }
            });
            cells.push(cell);
        }
        cells
    }

    /// Every output is given, and as it was declared.
    fn given(&mut self, at: Place, row: &RawRow, outputs: &BTreeMap<String, Output>) {
        for (name, value) in &row.then {
            if !self.raw.outputs.contains_key(name) {
                let name = name.clone();
                self.fault(place(value), Wrong::NameUnknown { what: "output", name });
            }
        }
        for (name, output) in outputs {
            let Some(given) = row.then.get(name) else {
                let (row, output) = (row.id.clone(), name.clone());
                self.fault(at, Wrong::OutputMissing { row, output });
                continue;
            };
            if !self.output_fits(output, &given.value) {
                let value = serde_json::to_string(&given.value).unwrap_or_default();
                let output = name.clone();
                self.fault(place(given), Wrong::OutputUnfit { output, value });
            }
        }
    }

    fn output_fits(&self, output: &Output, value: &Value) -> bool {
        match output {
            Output::Words(words) => {
                value.as_text().is_some_and(|text| words.iter().any(|word| word == text))
            }
            Output::Term => value.as_text().is_some_and(|text| text.parse::<Term>().is_ok()),
            Output::Kind(kind) => {
                let listed = |code: &Value| {
                    let list = kind.list().and_then(|list| self.dictionary.list(list.as_str()));
                    code.as_text().is_some_and(|code| list.is_some_and(|list| list.contains(code)))
                };
                match kind {
                    Kind::Code(_) => listed(value),
                    Kind::Set(_) | Kind::List(_) => {
                        value.as_list().is_some_and(|codes| codes.iter().all(listed))
                    }
                    kind => crate::point::variable(kind, false, value).is_some(),
                }
            }
        }
    }

    fn row(&mut self, at: Place, row: &RawRow, cells: Vec<Option<Cell>>) -> Row {
        let id = || row.id.clone();
        let source = row.source.as_deref().map(str::trim).filter(|source| !source.is_empty());
        let ground = match (source, row.default) {
            (Some(source), false) => Ground::Source(source.to_owned()),
            (None, true) => Ground::Default,
            _ => {
                self.fault(at, Wrong::SourceMissing { row: id() });
                Ground::Default
            }
        };
        if let (Some(from), Some(until)) = (row.from, row.until)
            && until < from
        {
            self.fault(at, Wrong::Period { row: id() });
        }
        let label = match (&row.zh, &row.en) {
            (None, None) => None,
            (zh, en) => {
                let text = |text: &Option<String>| text.clone().unwrap_or_default();
                let label = Label::new(text(zh), text(en));
                self.named(at, &row.id, &label.zh, &label.en);
                Some(label)
            }
        };
        let outputs: BTreeMap<String, Value> =
            row.then.iter().map(|(name, value)| (name.clone(), value.value.clone())).collect();
        let refuses = outputs.get("verdict").and_then(Value::as_text) == Some("refuse");
        if refuses && (label.is_none() || row.reason.is_none()) {
            self.fault(at, Wrong::RefusalBare { row: id() });
        }
        Row {
            id: id(),
            cells,
            outputs,
            reason: row.reason.clone(),
            label,
            ground,
            from: row.from,
            until: row.until,
            known_from: row.known_from,
            division: row.place.unwrap_or(Division::NATION),
            place: at,
        }
    }
}

impl Known {
    /// The type of a single value; none for lists and composites.
    fn scalar(&self) -> Option<Scalar> {
        if self.is_list() {
            return None;
        }
        match &self.fact.kind {
            Kind::Bool => Some(Scalar::Bool),
            Kind::Money => Some(self.number(2)),
            Kind::Number { scale, .. } => Some(self.number(*scale)),
            Kind::Date { .. } => Some(Scalar::Day),
            Kind::Code(_) => self.codes.clone().map(Scalar::Code),
            Kind::Text { .. } | Kind::Month | Kind::Time => Some(Scalar::Text),
            Kind::Set(_) | Kind::List(_) | Kind::Composite(_) => None,
        }
    }

    fn number(&self, scale: u32) -> Scalar {
        Scalar::Number { step: Decimal::new(1, scale), min: self.min, max: self.max }
    }

    fn is_list(&self) -> bool {
        self.fact.many || matches!(self.fact.kind, Kind::Set(_) | Kind::List(_))
    }

    fn example(&self) -> Option<zen_expression::Variable> {
        let code = self.codes.as_ref().and_then(|codes| codes.first()).map(String::as_str);
        example(&self.fact.kind, self.fact.many, code)
    }
}

fn asked(label: &Label) -> Label {
    Label::new(format!("请提供“{}”", label.zh), format!("Please give: {}", label.en))
}
