//! Plays samples: each on a platform of its own, step by step.

use super::given::{Play, begins, signatures, token};
use super::judge::Verdict;
use super::read::{Call, Kind, Sample, Script, Step, apply, instant};
use super::{Set, Theatre, calls, folder, judge};
use crate::fault::Fault;
use crate::files::Files;
use crate::load::{Bundle, Bundles};
use crate::located::At;
use cases::CaseCommand;
use catalogue::CatalogueError;
use forms::Answers;
use kernel::{Actor, Addressed, Atomic, Body, Json, Moment, OrganKey, PartyKey};
use serde_json::json;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What playing a sample came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The sample.
    pub name: String,
    /// The clauses and scenarios that it shows.
    pub shows: Vec<String>,
    /// The file.
    pub file: String,
    /// Where it stands.
    pub at: At,
    /// What went otherwise than it says.
    pub failures: Vec<String>,
}

impl Outcome {
    /// Whether everything went as it says.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Plays all samples of all bundles, by reform; a sample that cannot be read fails.
pub async fn play(
    files: &Files,
    bundles: &Bundles,
    theatre: &dyn Theatre,
) -> BTreeMap<u8, Vec<Outcome>> {
    let mut all = BTreeMap::new();
    for bundle in &bundles.all {
        let outcomes = match super::read(bundle) {
            Ok(samples) => {
                let mut outcomes = Vec::new();
                for sample in samples {
                    outcomes.push(one(files, bundles, bundle, theatre, sample).await);
                }
                outcomes
            }
            Err(faults) => faults.iter().map(unread).collect(),
        };
        if !outcomes.is_empty() {
            all.insert(bundle.number, outcomes);
        }
    }
    all
}

fn unread(fault: &Fault) -> Outcome {
    Outcome {
        name: fault.file.clone(),
        shows: Vec::new(),
        file: fault.file.clone(),
        at: At { line: fault.line, column: fault.column },
        failures: vec![fault.to_string()],
    }
}

async fn one(
    files: &Files,
    bundles: &Bundles,
    bundle: &Bundle,
    theatre: &dyn Theatre,
    sample: Sample,
) -> Outcome {
    let failures = match &sample.kind {
        Kind::Case(script) => match case(bundles, bundle, theatre, script).await {
            Ok(failures) => failures,
            Err(why) => vec![why],
        },
        Kind::Merge(merge) => folder::merged(bundles, bundle, merge),
        Kind::Check(change) => folder::changed(files, bundle, change),
        Kind::Story(story) => match super::story::play(bundles, theatre, story).await {
            Ok(failures) => failures,
            Err(why) => vec![why],
        },
        Kind::Call(call) if call.function.contains('.') => brought(theatre, call).await,
        Kind::Call(call) => calls::play(bundles, bundle, call),
    };
    let Sample { name, shows, file, at, .. } = sample;
    Outcome { name, shows, file, at, failures }
}

/// Calls a function that a module brought.
async fn brought(theatre: &dyn Theatre, call: &Call) -> Vec<String> {
    match theatre.open(Moment::default()).await {
        Ok(set) => calls::brought(&*set, call),
        Err(why) => vec![why],
    }
}

async fn case(
    bundles: &Bundles,
    bundle: &Bundle,
    theatre: &dyn Theatre,
    script: &Script,
) -> Result<Vec<String>, String> {
    let unsaid = "the sample does not say when it begins";
    let first = script.earlier.as_ref().map_or(script, |earlier| earlier);
    let set = theatre.open(begins(first).ok_or(unsaid)?).await?;
    let mut failures = Vec::new();
    if let Some(earlier) = &script.earlier {
        played(bundles, bundle, &*set, earlier, &mut failures).await?;
        let at = begins(script).ok_or(unsaid)?;
        set.stage().wind(at).await.map_err(|error| error.to_string())?;
    }
    if failures.is_empty() {
        let play = played(bundles, bundle, &*set, script, &mut failures).await?;
        failures.extend(judge::dead_letters(play.set).await);
    }
    Ok(failures)
}

/// Plays a script on a platform to its end, or to the step that goes otherwise than it says.
async fn played<'a>(
    bundles: &'a Bundles,
    bundle: &'a Bundle,
    set: &'a dyn Set,
    script: &Script,
    failures: &mut Vec<String>,
) -> Result<Play<'a>, String> {
    let mut play = Play::begin(bundles, bundle, set, script).await?;
    for (i, step) in script.when.iter().enumerate() {
        if let Err(why) = play.step(step, failures).await {
            // What follows rests on this step, so that it would only tell the same again.
            failures.push(format!("step {} ({}): {why}", i + 1, step.at));
            return Ok(play);
        }
    }
    play.expect("in the end", &script.then, failures).await?;
    Ok(play)
}

impl Play<'_> {
    /// The organ that has a role at the place of the case.
    pub(crate) fn organ(&self, role: &str) -> Result<OrganKey, CatalogueError> {
        let today = self.set.stage().now().date();
        Ok(self.bundles.catalogue.organ_for(role, self.place, today)?.key)
    }

    async fn expect(
        &self,
        when: &str,
        expected: &[Json],
        failures: &mut Vec<String>,
    ) -> Result<(), String> {
        if expected.is_empty() {
            return Ok(());
        }
        let state = self.state().await?;
        for one in expected {
            let why = judge::judge(self, &state, one).await;
            failures.extend(why.map(|why| format!("{when}: {why}")));
        }
        Ok(())
    }

    async fn step(&mut self, step: &Step, failures: &mut Vec<String>) -> Result<(), String> {
        let at = instant(&step.at).ok_or("no time")?;
        self.set.stage().wind(at).await.map_err(|error| error.to_string())?;
        if let Some(by) = &step.by {
            let tasks: Vec<Option<&str>> = match (&step.task, step.tasks.as_slice()) {
                (Some(task), _) => vec![Some(task)],
                (None, []) => vec![None],
                (None, tasks) => tasks.iter().map(|task| Some(task.as_str())).collect(),
            };
            for task in tasks {
                for act in &step.acts {
                    let told = |why| format!("{}: {why}", task.unwrap_or(by));
                    self.act(step, by, act, task).await.map_err(told)?;
                }
            }
        }
        self.expect(&format!("at {}", step.at), &step.then, failures).await
    }

    async fn act(
        &mut self,
        step: &Step,
        by: &str,
        act: &str,
        task: Option<&str>,
    ) -> Result<(), String> {
        if act == "Proclaim" {
            let notice = serde_json::from_value(step.with.clone()).map_err(|e| e.to_string())?;
            return self.set.proclaim(notice);
        }
        let actor = self.actor(by, task)?;
        let (mut group, answers) = self.group(step, by, act, task).await?;
        for command in &mut group.commands {
            command.expected = step.version;
        }
        let before = match step.fails {
            Some(_) => self.state().await?.events.len(),
            None => 0,
        };
        match judge::answered(act, self.submit(actor, group).await, step.fails.as_ref())? {
            Verdict::Taken => {
                self.answers = answers.or_else(|| self.answers.take());
                Ok(())
            }
            Verdict::Refused => match self.state().await?.events.len() - before {
                0 => Ok(()),
                more => Err(format!("{act} was refused and left {more} events behind")),
            },
        }
    }

    /// Who acts: the applicant, the platform, a card of the answers, or an officer of the organ in a role.
    fn actor(&self, by: &str, task: Option<&str>) -> Result<Actor, String> {
        let card = self.answers.as_ref().unwrap_or(&self.filled).cards.contains_key(by);
        if by == "applicant" {
            return Ok(Self::applicant());
        }
        if by == "system" {
            return Ok(Actor::system("sample"));
        }
        if card {
            let party = PartyKey::new(format!("sample-{by}"));
            return Ok(Actor::Party { party, login: by.to_owned(), mandate: None });
        }
        let (role, post) = match by.split_once('/') {
            Some((role, post)) => (role, post),
            None if by == "coordinator" => (by, by),
            None => (by, "reviewer"),
        };
        let organ = if role == "organ" {
            let planned = task.and_then(|task| self.plan.task(task));
            planned.ok_or_else(|| format!("`{by}`: of no task of the plan"))?.organ.clone()
        } else {
            self.organ(role).map_err(|error| format!("`{by}`: {error}"))?
        };
        Ok(Actor::Officer { organ, login: format!("{role}.{post}"), role: post.to_owned() })
    }

    /// The commands of a step, and the answers that are on record once they are taken.
    async fn group(
        &self,
        step: &Step,
        by: &str,
        act: &str,
        task: Option<&str>,
    ) -> Result<(Atomic, Option<Answers>), String> {
        let mut group = Atomic::new(self.shard.clone());
        let mut add = |kind: &str, key: String, body: Json| {
            let body = Body::from_text(body.to_string());
            let kind = Cow::Owned(kind.to_owned());
            group.commands.push(Addressed { kind, key, expected: None, body });
        };
        if let Some((kind, command)) = act.split_once('.') {
            let key = step.key.as_deref().ok_or("a command of another aggregate needs a `key`")?;
            let key = key.replace("{case}", &self.case.0).replace("{claim}", &self.claim.0);
            add(kind, key, tagged(command, step.with.clone()));
            return Ok((group, None));
        }
        let case = self.case.to_string();
        let mut fields = match &step.with {
            Json::Null => serde_json::Map::new(),
            Json::Object(with) => with.clone(),
            _ => return Err("`with` is a map".to_owned()),
        };
        if let Some(task) = task {
            fields.insert("task".to_owned(), task.into());
        }
        let on_record = self.answers.clone();
        let mut answers = on_record.clone().unwrap_or_else(|| self.filled.clone());
        match act {
            "Sign" => {
                let only = fields.get("document").and_then(Json::as_str);
                let state = self.state().await?;
                for sign in signatures(&state.case, by, only) {
                    add("case", case.clone(), json_of(&sign)?);
                }
                if group.commands.is_empty() {
                    return Err(format!("nothing waits for the signature of `{by}`"));
                }
                return Ok((group, None));
            }
            "ReserveName" => {
                let (key, reserve) = self.reservation(&answers)?;
                add("claim", key.to_string(), json_of(&reserve)?);
                return Ok((group, None));
            }
            "SaveAnswers" | "GiveSupplement" => {
                apply(&mut answers, &step.change)?;
                let sealed = self.seal(&answers).await?;
                fields.insert("answers".to_owned(), json_of(&answers)?);
                fields.insert("before".to_owned(), json_of(&on_record)?);
                fields.insert("sealed".to_owned(), Json::String(sealed));
            }
            "Submit" => {
                fields.insert("answers".to_owned(), json_of(&answers)?);
            }
            "InviteSigner" => {
                let signer = fields.get("signer").and_then(Json::as_str).unwrap_or(by).to_owned();
                fields.insert("token".to_owned(), token(&self.case, &signer).into());
                fields.insert("signer".to_owned(), signer.into());
                fields.insert("answers".to_owned(), json_of(&answers)?);
            }
            _ => {}
        }
        let body = if fields.is_empty() { json!(act) } else { tagged(act, Json::Object(fields)) };
        // A name that is no command is a slip in the sample, told before it is sent.
        serde_json::from_value::<CaseCommand>(body.clone())
            .map_err(|error| format!("{act}: {error}"))?;
        add("case", case, body);
        let saved = matches!(act, "SaveAnswers" | "GiveSupplement").then_some(answers);
        Ok((group, saved))
    }
}

fn json_of(value: &impl serde::Serialize) -> Result<Json, String> {
    serde_json::to_value(value).map_err(|error| error.to_string())
}

/// A command as it travels: its name, with its fields where it has some.
pub(crate) fn tagged(name: &str, fields: Json) -> Json {
    match fields {
        Json::Null => Json::String(name.to_owned()),
        fields => Json::Object(std::iter::once((name.to_owned(), fields)).collect()),
    }
}
