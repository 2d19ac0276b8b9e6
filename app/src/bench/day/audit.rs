//! What must hold when the day is over: everything is there, everything is there once, every day is the right one.

use super::{DAYS, Day, Opened, almanac};
use crate::bench::partners::{PUBLICITY, Partners, partner_of};
use anyhow::{Context as _, Result, bail};
use calendar::Term;
use cases::model::{Plan, TaskPlan};
use catalogue::definition::LegalNature;
use codes::Date;
use kernel::Shard;
use linkage::{NoticeOf, Purpose};
use std::collections::BTreeMap;
use tables::{Query, Row};

/// What was counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counted {
    pub(super) tasks: u64,
    pub(super) signed: u64,
    pub(super) notices: u64,
    pub(super) messages: u64,
    pub(super) deadlines: u64,
}

/// A task of a case: what everything is counted by. What is of a whole case has no task.
type Of = (String, String);

/// How often there is each paper: of what, for what, and whether it is the notice by which a signed paper is served.
type Papers = BTreeMap<(Of, Purpose, bool), u64>;

/// How the key of such a notice ends, after that of what it serves.
const SERVES: &str = ":paper";

/// Counts everything; fails at the first thing that does not hold.
pub(super) async fn audit(day: &Day) -> Result<Counted> {
    let expected = day.args.cases + day.args.food;
    if day.opened.len() as u64 != expected {
        bail!("{} cases were opened, {expected} were to be", day.opened.len());
    }
    let of_no: BTreeMap<&str, &Opened> =
        day.opened.values().map(|case| (case.no.0.as_str(), case)).collect();
    if of_no.len() as u64 != expected {
        bail!("two cases have the same number");
    }
    let audit = Audit { day, of_no };
    let mut counted = Counted::default();
    audit.cases(&mut counted).await?;
    audit.tasks(&mut counted).await?;
    audit.duties(&mut counted).await?;
    audit.events().await?;
    if let Some(partners) = &day.partners {
        audit.papers(&mut counted).await?;
        audit.messages(partners, &mut counted)?;
    }
    Ok(counted)
}

struct Audit<'d> {
    day: &'d Day,
    of_no: BTreeMap<&'d str, &'d Opened>,
}

impl Audit<'_> {
    async fn rows(&self, sql: &'static str) -> Result<Vec<Row>> {
        Ok(self.day.assembly.platform.reader.rows(Query::new(sql)).await?)
    }

    fn opened(&self, no: &str) -> Result<&Opened> {
        self.of_no.get(no).copied().with_context(|| format!("nobody opened {no}"))
    }

    fn plan(&self, no: &str) -> Result<&Plan> {
        Ok(self.day.script(self.opened(no)?.scope).plan())
    }

    /// Every task of every case.
    fn all_tasks(&self) -> impl Iterator<Item = (Of, &TaskPlan)> {
        self.of_no.iter().flat_map(|(no, case)| {
            let tasks = self.day.script(case.scope).plan().tasks.iter();
            tasks.map(|task| (((*no).to_owned(), task.name.clone()), task))
        })
    }

    /// Every case stands where it should, under the joint limit that follows from its first acceptance.
    async fn cases(&self, counted: &mut Counted) -> Result<()> {
        let rows = self.rows("SELECT no, state, joint_due FROM cases_cases").await?;
        if rows.len() != self.of_no.len() {
            bail!("{} cases are listed, {} were opened", rows.len(), self.of_no.len());
        }
        // Without letters nothing is served, so that nothing is closed.
        let end = if self.day.partners.is_some() { "closed" } else { "running" };
        for row in rows {
            let (no, state): (String, String) = (row.get("no")?, row.get("state")?);
            if state != end {
                bail!("{no} is {state}, not {end}");
            }
            let joint = self.plan(&no)?.joint.as_ref().context("there is a joint limit")?;
            // The name is granted by the platform itself when the case is handed in: that is the first acceptance.
            let expected = counted.due(&joint.statutory, DAYS[0])?;
            same(&no, "joint limit", row.get("joint_due")?, Some(expected))?;
        }
        Ok(())
    }

    /// Every task is granted, under the days that follow from its acceptance.
    async fn tasks(&self, counted: &mut Counted) -> Result<()> {
        let sql =
            "SELECT no, task, state, received_on, accepted_on, promise_on, due_on FROM cases_tasks";
        let mut left: BTreeMap<Of, &TaskPlan> = self.all_tasks().collect();
        for row in self.rows(sql).await? {
            let of: Of = (row.get("no")?, row.get("task")?);
            let what = format!("{} of {}", of.1, of.0);
            let plan = left.remove(&of).with_context(|| format!("nobody asked for {what}"))?;
            let state: String = row.get("state")?;
            if state != "granted" {
                bail!("{what} is {state}");
            }
            let known = self.opened(&of.0)?.accepted.get(&of.1).copied();
            let accepted = if plan.automatic { DAYS[0] } else { known.context(what.clone())? };
            same(&what, "day of receipt", row.get("received_on")?, Some(DAYS[0]))?;
            same(&what, "day of acceptance", row.get("accepted_on")?, Some(accepted))?;
            let promise =
                plan.promise.as_ref().map(|term| counted.due(term, accepted)).transpose()?;
            same(&what, "promise", row.get("promise_on")?, promise)?;
            let due = counted.due(&plan.statutory, accepted)?;
            same(&what, "due day", row.get("due_on")?, Some(due))?;
            counted.tasks += 1;
        }
        match left.keys().next() {
            Some((no, task)) => bail!("{task} of {no} is lost"),
            None => Ok(()),
        }
    }

    /// Every duty that follows is due on the day that follows from what opened it.
    async fn duties(&self, counted: &mut Counted) -> Result<()> {
        let decided = self.rows("SELECT no, task, decided_on FROM cases_tasks").await?;
        let mut on: BTreeMap<Of, Date> = BTreeMap::new();
        for row in decided {
            on.insert((row.get("no")?, row.get("task")?), row.get("decided_on")?);
        }
        for row in self.rows("SELECT no, duty, due_on FROM cases_duties").await? {
            let (no, duty): (String, String) = (row.get("no")?, row.get("duty")?);
            let plan = self.plan(&no)?;
            let what = format!("duty {duty} of {no}");
            let known = plan.duties.get(&duty).with_context(|| what.clone())?;
            let opens = match &known.after.granted {
                Some(task) => task.clone(),
                None => plan.tasks.iter().find(|t| t.establishes).context("none")?.name.clone(),
            };
            let since = on.get(&(no, opens)).copied().with_context(|| what.clone())?;
            let due = counted.due(&known.within, since)?;
            same(&what, "due day", row.get("due_on")?, Some(due))?;
        }
        Ok(())
    }

    /// In the journal every task was granted once, every enterprise established once, and nobody acted who was out.
    async fn events(&self) -> Result<()> {
        let shard: &Shard = self.day.scripts[0].shard();
        let history = &self.day.assembly.platform.history;
        for no in self.of_no.keys() {
            let events = history.stream(shard, "case", no, 0).await?;
            let count = |name: &str| events.iter().filter(|event| event.name() == name).count();
            let tasks = self.plan(no)?.tasks.len();
            for (name, times) in
                [("Granted", tasks), ("Accepted", tasks), ("Established", 1), ("Submitted", 1)]
            {
                if count(name) != times {
                    bail!("{no}: {name} {} times, not {times}", count(name));
                }
            }
            for event in &events {
                let organ = event.actor.organ().map(kernel::OrganKey::as_str);
                let out = self.day.outages.iter().find(|out| Some(out.organ.as_str()) == organ);
                if out.is_some_and(|out| out.lasts_at(event.at)) {
                    bail!("{no}: {} by {organ:?}, which was out at {}", event.name(), event.at);
                }
            }
            if count("Breach") > 0 {
                bail!("{no}: a term was broken on a day on which everybody was in time");
            }
        }
        Ok(())
    }

    /// Every task has its licence or its served notice, once; tasks of licences have their notice of acceptance too, and every
    /// case its summary. What is signed, licences and summaries, is served by a notice of its own.
    async fn papers(&self, counted: &mut Counted) -> Result<()> {
        let (mut signed, mut notices) = (Papers::new(), Papers::new());
        for (of, task) in self.all_tasks() {
            if task.outcome.licence.is_some() {
                signed.insert((of.clone(), Purpose::Outcome, false), 0);
            } else if task.outcome.notice.is_some() {
                notices.insert((of.clone(), Purpose::Outcome, false), 0);
            }
            if task.legal_nature == LegalNature::Licence {
                notices.insert((of, Purpose::Acceptance, false), 0);
            }
        }
        for no in self.of_no.keys() {
            signed.insert((((*no).to_owned(), String::new()), Purpose::Summary, false), 0);
        }
        notices.extend(signed.keys().map(|(of, purpose, _)| ((of.clone(), *purpose, true), 0)));
        let sql = "SELECT licence AS paper, state, document FROM licences_list";
        counted.signed = count_papers(self.rows(sql).await?, "valid", &mut signed)?;
        let sql = "SELECT notice AS paper, state, document FROM delivery_notices";
        counted.notices = count_papers(self.rows(sql).await?, "served", &mut notices)?;
        Ok(())
    }

    /// Every system was told of every enterprise that concerns it, once.
    fn messages(&self, partners: &Partners, counted: &mut Counted) -> Result<()> {
        let mut wanted: BTreeMap<(String, Of), u64> = BTreeMap::new();
        for (no, case) in &self.of_no {
            let plan = self.day.script(case.scope).plan();
            let registrar = plan.tasks.iter().find(|task| task.establishes).map(|task| &task.organ);
            let told = plan.tasks.iter().filter(|task| Some(&task.organ) != registrar);
            for task in told {
                let of = ((*no).to_owned(), task.name.clone());
                wanted.insert((partner_of(task.organ.as_str()), of), 0);
            }
            wanted.insert((PUBLICITY.to_owned(), ((*no).to_owned(), String::new())), 0);
        }
        for (key, got) in partners.got() {
            for message in got {
                let text = |name: &str| {
                    message.body.get(name).and_then(|v| v.as_str()).unwrap_or_default().to_owned()
                };
                let of = (key.to_owned(), (text("case"), text("task")));
                let times = wanted
                    .get_mut(&of)
                    .with_context(|| format!("{key} heard what does not concern it: {of:?}"))?;
                *times += 1;
                counted.messages += 1;
            }
        }
        once(
            wanted
                .iter()
                .map(|((key, (no, task)), times)| (format!("{key} on {task} of {no}"), *times)),
        )
    }
}

impl Counted {
    /// A due day, counted by hand.
    fn due(&mut self, term: &Term, cause: Date) -> Result<Date> {
        self.deadlines += 1;
        almanac::due(term, cause).with_context(|| format!("{term:?} is not known here"))
    }
}

fn same(what: &str, which: &str, found: Option<Date>, expected: Option<Date>) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    bail!("{what}: the {which} is {found:?}, by hand it is {expected:?}")
}

/// Counts papers by what they are for: each once, in its final state, with its document.
fn count_papers(rows: Vec<Row>, end: &str, wanted: &mut Papers) -> Result<u64> {
    let count = rows.len() as u64;
    for row in rows {
        let (key, state): (String, String) = (row.get("paper")?, row.get("state")?);
        let document: Option<String> = row.get("document")?;
        let served = key.strip_suffix(SERVES);
        let of = NoticeOf::read(served.unwrap_or(&key));
        let of = of.with_context(|| format!("a paper of nothing: {key}"))?;
        if state != end || document.is_none() {
            bail!("{key} is {state}, not {end}, or has no document");
        }
        let times = wanted
            .get_mut(&((of.case, of.task), of.purpose, served.is_some()))
            .with_context(|| format!("nobody asked for {key}"))?;
        *times += 1;
    }
    once(wanted.iter().map(|(((no, task), purpose, serves), times)| {
        let serves = if *serves { "the notice that serves " } else { "" };
        (format!("{serves}{} of {task} of {no}", purpose.word()), *times)
    }))?;
    Ok(count)
}

fn once(counts: impl Iterator<Item = (String, u64)>) -> Result<()> {
    for (what, times) in counts {
        if times != 1 {
            bail!("{what}: {times} times, not once");
        }
    }
    Ok(())
}
