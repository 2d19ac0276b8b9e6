//! Reads samples: shapes, and faults with file, line and column.

use crate::fault::{Fault, Wrong};
use crate::load::{Bundle, SourceText, of_yaml};
use crate::located::{At, Located};
use codes::{Date, Moment};
use forms::{Answers, Spot};
use kernel::Json;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use std::collections::{BTreeMap, BTreeSet};

/// One sample of a reform.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Its name; it states the fact.
    pub name: String,
    /// The clauses (`C1`) and scenarios (`S4`) that it shows.
    pub shows: Vec<String>,
    /// The file.
    pub file: String,
    /// Where it stands.
    pub at: At,
    /// What it tells.
    pub kind: Kind,
}

/// What a sample tells.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A case on its way.
    Case(Box<Script>),
    /// Things that happen without a case: commands to aggregates of any kind.
    Story(Box<Story>),
    /// The counts of a merged form.
    Merge(Box<Merge>),
    /// A folder that is changed, and its faults.
    Check(Box<Change>),
    /// A pure function and its figures.
    Call(Call),
}

/// A case on its way: what is given, what is done, what must come of it.
#[derive(Clone, Debug)]
pub struct Script {
    /// A case that was there before, played first on the same platform.
    pub earlier: Option<Box<Script>>,
    /// The case as it is before the first step.
    pub given: Given,
    /// The answers that are given.
    pub answers: Answers,
    /// The steps.
    pub when: Vec<Step>,
    /// What must hold in the end.
    pub then: Vec<Json>,
}

/// Things that happen without a case: where, what is done, what must come of it.
#[derive(Clone, Debug)]
pub struct Story {
    /// Where it begins.
    pub given: Scene,
    /// The steps; each names its commands as `kind.Command` and a `key`.
    pub when: Vec<Step>,
    /// What must hold in the end.
    pub then: Vec<Json>,
}

/// Where a story begins.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scene {
    /// The division in which it happens: its prefecture is the shard, and it says which organ has a role.
    pub place: String,
    /// When the platform is started; the instant of the first step if absent.
    #[serde(default)]
    pub at: Option<String>,
}

/// The case as it is before the first step.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// A package and services added to it: `[setup, food]`.
    #[serde(default)]
    pub services: Vec<String>,
    /// Activities by industry code; what they open is added, what they need first is waited for.
    #[serde(default)]
    pub activities: Vec<String>,
    /// The division in which the case lies.
    pub place: String,
    /// The file of the answers.
    pub answers: String,
    /// Answers that differ from the file, by spot; null takes one away.
    #[serde(default)]
    pub change: BTreeMap<String, Json>,
    /// When it is made; the instant of the first step if absent.
    #[serde(default)]
    pub at: Option<String>,
    /// How far the case has come: a draft, saved, named, or signed; signed if absent.
    #[serde(default)]
    pub ready: Ready,
    /// Whether the party confirmed that it may be served in its inbox.
    #[serde(default = "yes")]
    pub consent: bool,
    /// Materials that a register confirms, by slot, with the register; the others are uploaded.
    #[serde(default)]
    pub confirmed: BTreeMap<String, String>,
}

const fn yes() -> bool {
    true
}

/// How far a case has come before the first step; each state has what those before it have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ready {
    /// Opened, nothing filled in.
    Opened,
    /// The form is saved and the materials are there.
    Saved,
    /// The name is kept.
    Named,
    /// Everybody has signed.
    #[default]
    Signed,
}

/// One step: somebody does something, or the clock is wound, or both.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// When, on the wall clock of Beijing: `2026-02-12 15:20`.
    pub at: String,
    /// Who: `applicant`, `system`, a signer's card, a role of the directory of organs with or without a post
    /// (`food/head`), or `organ` for the one that decides the task.
    #[serde(default)]
    pub by: Option<String>,
    /// Commands of a case (E1) one after another, or of another aggregate as `kind.Command`.
    #[serde(default, rename = "do", deserialize_with = "one_or_many")]
    pub acts: Vec<String>,
    /// To which task.
    #[serde(default)]
    pub task: Option<String>,
    /// To which tasks one after another, where the same is done to several.
    #[serde(default)]
    pub tasks: Vec<String>,
    /// The version of the aggregate that the sender has seen; another one is stale.
    #[serde(default)]
    pub version: Option<u64>,
    /// To which aggregate, where it is none of the case: its key, in which `{case}` and `{claim}` stand for their own.
    #[serde(default)]
    pub key: Option<String>,
    /// The shard of the aggregate, in a story: that of the place if absent.
    #[serde(default)]
    pub shard: Option<String>,
    /// The fields of the command. In a story, a member `{sealed: {…}, under: key}` stands for the id of a blob in which
    /// the content is sealed under that key of the vault.
    #[serde(default)]
    pub with: Json,
    /// Answers that change, by spot, where answers are saved or a supplement is given.
    #[serde(default)]
    pub change: BTreeMap<String, Json>,
    /// Why it must be refused.
    #[serde(default)]
    pub fails: Option<Fails>,
    /// What must hold after it.
    #[serde(default)]
    pub then: Vec<Json>,
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Commands {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Commands::deserialize(deserializer)? {
        Commands::One(one) => vec![one],
        Commands::Many(many) => many,
    })
}

/// Why a step must be refused.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Fails {
    /// The slug alone.
    Reason(String),
    /// The slug and fields.
    With {
        /// The slug.
        reason: String,
        /// The fields that are named.
        #[serde(default)]
        fields: Json,
    },
}

impl Fails {
    /// The slug.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Reason(reason) | Self::With { reason, .. } => reason,
        }
    }

    pub(crate) fn fields(&self) -> &Json {
        match self {
            Self::Reason(_) => &Json::Null,
            Self::With { fields, .. } => fields,
        }
    }
}

/// Which forms are merged.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergeOf {
    /// A package and services added to it, or services alone.
    pub services: Vec<String>,
    /// Answers whose required ones are counted.
    #[serde(default)]
    pub answers: Option<String>,
}

/// The counts of a merged form.
#[derive(Clone, Debug)]
pub struct Merge {
    /// Which forms.
    pub of: MergeOf,
    /// The answers.
    pub answers: Option<Answers>,
    /// The counts.
    pub then: Json,
}

/// Changes to the folder, as somebody might publish them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeOf {
    /// Files that are put, by path in the folder.
    #[serde(default)]
    pub put: BTreeMap<String, String>,
    /// Texts that are replaced.
    #[serde(default)]
    pub replace: Vec<Replace>,
}

/// A text that is replaced in a file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replace {
    /// The file by path in the folder.
    pub file: String,
    /// The text, which has to be there.
    pub from: String,
    /// What takes its place.
    pub to: String,
}

/// What must be found in a changed folder.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultOf {
    /// The slug.
    pub reason: String,
    /// The fields that are named.
    #[serde(default)]
    pub fields: Json,
    /// How the file's name ends.
    #[serde(default)]
    pub file: Option<String>,
    /// The line.
    #[serde(default)]
    pub line: Option<u64>,
}

/// A folder that is changed, and its faults.
#[derive(Clone, Debug)]
pub struct Change {
    /// The changes.
    pub of: ChangeOf,
    /// The faults; none where the changed folder must be sound.
    pub then: Vec<FaultOf>,
}

/// A pure function and its figures.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its name in the table of functions.
    pub function: String,
    /// The rows.
    pub table: Vec<Figure>,
}

/// One row of figures.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// The arguments.
    pub with: Json,
    /// What comes of them.
    #[serde(default)]
    pub gives: Option<Json>,
    /// Why they are refused.
    #[serde(default)]
    pub fails: Option<Fails>,
}

/// A sample as it stands in the file; which kind it is follows from the keys that it has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    name: String,
    #[serde(default)]
    shows: Vec<String>,
    #[serde(default)]
    earlier: Option<Json>,
    #[serde(default)]
    given: Option<Json>,
    #[serde(default)]
    when: Option<Json>,
    #[serde(default)]
    then: Option<Json>,
    #[serde(default)]
    merge: Option<Json>,
    #[serde(default)]
    check: Option<Json>,
    #[serde(default)]
    call: Option<String>,
    #[serde(default)]
    table: Option<Json>,
}

/// Reads the samples of a bundle, in order of file and place.
///
/// # Errors
/// Every sample that cannot be read, with file, line and column.
pub fn read(bundle: &Bundle) -> Result<Vec<Sample>, Vec<Fault>> {
    let (mut samples, mut faults) = (Vec::new(), Vec::new());
    // Files below samples/ hold answers that samples share; samples themselves stand in it directly.
    let files = bundle.samples.iter().filter(|file| file.path.matches('/').count() == 1);
    let mut names = BTreeSet::new();
    for file in files {
        let tree = Located::read(&file.text);
        let raws = match elements::from_yaml::<Vec<Raw>>(&file.file, &file.text) {
            Ok(raws) => raws,
            Err(fault) => {
                faults.push(of_yaml(fault));
                continue;
            }
        };
        for (i, raw) in raws.into_iter().enumerate() {
            let reader = Reader { bundle, file, tree: tree.as_ref(), item: i.to_string() };
            if !names.insert(raw.name.clone()) {
                faults.push(reader.fault(&["name"], Wrong::Twice { name: raw.name.clone() }));
            }
            match reader.sample(raw) {
                Ok(sample) => samples.push(sample),
                Err(fault) => faults.push(*fault),
            }
        }
    }
    if faults.is_empty() { Ok(samples) } else { Err(faults) }
}

/// A case that was there before the one that the sample tells of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Earlier {
    given: Json,
    when: Json,
    then: Option<Json>,
}

struct Reader<'a> {
    bundle: &'a Bundle,
    file: &'a SourceText,
    tree: Option<&'a Located>,
    item: String,
}

type Read<T> = Result<T, Box<Fault>>;

impl Reader<'_> {
    fn place(&self, path: &[&str]) -> At {
        let path: Vec<&str> =
            std::iter::once(self.item.as_str()).chain(path.iter().copied()).collect();
        self.tree.map_or(At::default(), |tree| tree.at(&path))
    }

    fn fault(&self, path: &[&str], wrong: Wrong) -> Fault {
        Fault::new(&self.file.file, self.place(path), wrong)
    }

    fn wrong(&self, path: &[&str], why: impl Into<String>) -> Box<Fault> {
        Box::new(self.fault(path, Wrong::Sample { why: why.into() }))
    }

    /// A part of the sample in its shape.
    fn part<T: DeserializeOwned>(&self, path: &[&str], value: Option<Json>) -> Read<T> {
        let key = path.last().copied().unwrap_or_default();
        let value = value.ok_or_else(|| self.wrong(&[], format!("`{key}` is missing")))?;
        serde_json::from_value(value).map_err(|error| self.wrong(path, error.to_string()))
    }

    /// A list of the sample, each item in its shape, so that a fault points at the item.
    fn list<T: DeserializeOwned>(&self, key: &str, value: Option<Json>) -> Read<Vec<T>> {
        let items: Vec<Json> = self.part(&[key], value)?;
        let read = |(i, item)| self.part(&[key, &usize::to_string(&i)], Some(item));
        items.into_iter().enumerate().map(read).collect()
    }

    fn answers(&self, path: &[&str], file: &str) -> Read<Answers> {
        let source = self
            .bundle
            .sample(file)
            .ok_or_else(|| self.wrong(path, format!("the folder has no file `{file}`")))?;
        elements::from_yaml(&source.file, &source.text).map_err(|fault| Box::new(of_yaml(fault)))
    }

    fn sample(&self, raw: Raw) -> Read<Sample> {
        let kind = match (raw.given, raw.merge, raw.check, raw.call) {
            (Some(given), None, None, None) if given.get("answers").is_none() => {
                if raw.earlier.is_some() {
                    return Err(self.wrong(&["earlier"], "a story has nothing before it"));
                }
                let given: Scene = self.part(&["given"], Some(given))?;
                let (when, then) = self.steps(raw.when, raw.then, given.at.as_deref())?;
                Kind::Story(Box::new(Story { given, when, then }))
            }
            (Some(given), None, None, None) => {
                let mut script = self.script(given, raw.when, raw.then)?;
                if let Some(earlier) = raw.earlier {
                    let before: Earlier = self.part(&["earlier"], Some(earlier))?;
                    let before = self.script(before.given, Some(before.when), before.then)?;
                    script.earlier = Some(Box::new(before));
                }
                Kind::Case(Box::new(script))
            }
            (None, Some(of), None, None) => {
                let of: MergeOf = self.part(&["merge"], Some(of))?;
                let answers = match &of.answers {
                    Some(file) => Some(self.answers(&["merge", "answers"], file)?),
                    None => None,
                };
                let then = self.part(&["then"], raw.then)?;
                Kind::Merge(Box::new(Merge { of, answers, then }))
            }
            (None, None, Some(of), None) => Kind::Check(Box::new(Change {
                of: self.part(&["check"], Some(of))?,
                then: self.list("then", raw.then)?,
            })),
            (None, None, None, Some(function)) => {
                // What a module brings is known only where the platform is put together: it is told when it is played.
                if !function.contains('.') && !super::calls::is_known(&function) {
                    return Err(
                        self.wrong(&["call"], format!("no function `{function}` can be called"))
                    );
                }
                let table: Vec<Figure> = self.list("table", raw.table)?;
                let whole = |figure: &Figure| figure.gives.is_some() != figure.fails.is_some();
                match table.iter().position(|figure| !whole(figure)) {
                    Some(i) => {
                        let path = ["table", &i.to_string()];
                        return Err(self.wrong(&path, "a row says `gives` or `fails`, one of them"));
                    }
                    None if table.is_empty() => return Err(self.wrong(&["table"], "no rows")),
                    None => Kind::Call(Call { function, table }),
                }
            }
            _ => {
                return Err(self
                    .wrong(&[], "a sample has `given`, `merge`, `check` or `call`, one of them"));
            }
        };
        let (name, shows) = (raw.name, raw.shows);
        Ok(Sample { name, shows, file: self.file.file.clone(), at: self.place(&["name"]), kind })
    }

    fn script(&self, given: Json, when: Option<Json>, then: Option<Json>) -> Read<Script> {
        let given: Given = self.part(&["given"], Some(given))?;
        let mut answers = self.answers(&["given", "answers"], &given.answers)?;
        apply(&mut answers, &given.change).map_err(|why| self.wrong(&["given", "change"], why))?;
        let (when, then) = self.steps(when, then, given.at.as_deref())?;
        Ok(Script { earlier: None, given, answers, when, then })
    }

    /// The steps of a script or a story, and what must hold in the end.
    fn steps(
        &self,
        when: Option<Json>,
        then: Option<Json>,
        begins: Option<&str>,
    ) -> Read<(Vec<Step>, Vec<Json>)> {
        let when: Vec<Step> = self.list("when", when)?;
        if when.is_empty() {
            return Err(self.wrong(&["when"], "no step"));
        }
        let then: Vec<Json> = self.list("then", then.or_else(|| Some(Json::Array(Vec::new()))))?;
        if then.is_empty() && when.iter().all(|step| step.fails.is_none() && step.then.is_empty()) {
            return Err(self.wrong(&[], "nothing is expected: `then` or `fails` is missing"));
        }
        for (i, step) in when.iter().enumerate() {
            let path = |key| [String::from("when"), i.to_string(), String::from(key)];
            let wrong = |key, why: String| {
                let path = path(key);
                self.wrong(&path.each_ref().map(String::as_str), why)
            };
            instant(&step.at).ok_or_else(|| wrong("at", format!("`{}` is no time", step.at)))?;
            if step.acts.is_empty() == step.by.is_some() {
                return Err(wrong("do", "`by` and `do` stand together".to_owned()));
            }
            if step.task.is_some() && !step.tasks.is_empty() {
                return Err(wrong("tasks", "`task` or `tasks`, one of them".to_owned()));
            }
            if step.acts.is_empty() && step.fails.is_some() {
                return Err(wrong("fails", "winding the clock cannot be refused".to_owned()));
            }
        }
        if let Some(at) = begins {
            instant(at)
                .ok_or_else(|| self.wrong(&["given", "at"], format!("`{at}` is no time")))?;
        }
        Ok((when, then))
    }
}

/// An instant on the wall clock of Beijing, such as `2026-02-12 15:20`.
pub(crate) fn instant(text: &str) -> Option<Moment> {
    let (day, time) = text.split_once(' ')?;
    let (hour, minute) = time.split_once(':')?;
    let (date, hour, minute): (Date, i8, i8) =
        (day.parse().ok()?, hour.parse().ok()?, minute.parse().ok()?);
    let on_the_clock = (0..24).contains(&hour) && (0..60).contains(&minute);
    on_the_clock.then(|| Moment::from_wall(date.at(hour, minute, 0, 0)))
}

/// Changes answers by spot; null takes one away.
pub(crate) fn apply(answers: &mut Answers, change: &BTreeMap<String, Json>) -> Result<(), String> {
    for (spot, value) in change {
        let spot: Spot = spot.parse().map_err(|error: forms::NotASpot| error.to_string())?;
        let value = match value {
            Json::Null => None,
            value => Some(
                serde_json::from_value(value.clone())
                    .map_err(|error| format!("`{spot}`: {error}"))?,
            ),
        };
        answers.set(&spot, value);
    }
    answers.tidy();
    Ok(())
}
