//! The end of a case: signed papers reach the party, and one of them sums up what came of it (办结汇总单).

use crate::compose::{Composer, sealed};
use crate::keys::{NoticeOf, Purpose};
use cases::CaseEvent;
use cases::desk::Loaded;
use cases::event::Closing;
use cases::model::{Plan, TaskPlan, TaskState};
use codes::{Date, Division};
use delivery::{Content, Notice, NoticeCommand, NoticeKey, Order};
use documents::{Filling, Issuer, Values};
use kernel::{
    Atomic, Errand, ErrandError, ErrandId, Moment, Origin, Policy, Reaction, Recorded, Shard,
    Unreadable,
};
use licences::{Licence, LicenceCommand, LicenceEvent, LicenceKey, NumberFrom};
use module::Platform;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The template of the summary.
const TEMPLATE: &str = "case_summary";
/// The organ that answers for the whole: the government services of the place.
const ROLE: &str = "coordinator";
/// What the public page does not show: who was granted what is the party's own business.
const HIDDEN: [&str; 4] = ["to_name", "tasks", "duties", "saved_fields"];

/// A licence that is signed is put in its holder's inbox.
#[derive(Debug)]
pub struct ServeOnSigned;

impl Policy for ServeOnSigned {
    fn name(&self) -> &'static str {
        "linkage.serve_on_signed"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["licence.Signed"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let LicenceEvent::Signed { number, document, title, order, .. } = event.read()? else {
            return Ok(Vec::new());
        };
        let document = delivery::Document {
            pdf: document.pdf,
            digest: document.digest,
            edition: document.edition,
            sha256: Some(document.sha256),
            seal: document.seal,
        };
        let order = Order {
            origin: order.origin,
            issuer: order.issuer,
            party: order.holder,
            content: Content::Document { title, number, document },
            channels: Vec::new(),
        };
        let key = NoticeKey(format!("{}:paper", event.key));
        let issue = NoticeCommand::Issue(Box::new(order));
        Ok(vec![event.leads_to::<Notice>(&key, &issue)?])
    }
}

/// A case that is closed is summed up.
#[derive(Debug)]
pub struct SummaryOnClosed;

impl Policy for SummaryOnClosed {
    fn name(&self) -> &'static str {
        "linkage.summary_on_closed"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["case.CaseClosed"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let CaseEvent::CaseClosed { how: Closing::Closed, .. } = event.read()? else {
            return Ok(Vec::new());
        };
        let sum_up = SumUp {
            case: event.key.to_string(),
            shard: event.shard.clone(),
            version: event.version,
            closed_at: event.at,
            origin: event.origin(),
        };
        Ok(vec![event.sends(&sum_up)?])
    }
}

/// Orders the summary of a closed case, signed like a licence, so that anybody can check it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SumUp {
    /// The case.
    pub case: String,
    /// Its shard.
    pub shard: Shard,
    /// The version at which it was closed.
    pub version: u64,
    /// When it was closed.
    pub closed_at: Moment,
    /// The event that closed it.
    pub origin: Origin,
}

impl Errand for SumUp {
    const KIND: &'static str = "linkage.sum_up";
    type Tools = Arc<Composer>;

    async fn run(
        &self,
        _id: ErrandId,
        composer: Arc<Composer>,
    ) -> Result<Vec<Reaction>, ErrandError> {
        let platform = composer.platform.get()?;
        let failed = |failure: portal::Failure| ErrandError::later(failure.chain);
        let loaded = composer.desk.load(&platform, &self.case).await.map_err(failed)?;
        let loaded = loaded.as_of(Some(self.version)).map_err(failed)?;
        let plan = loaded.plan().map_err(failed)?;
        let definition = composer.desk.definition(&plan).map_err(failed)?;
        if !definition.templates.contains_key(TEMPLATE) {
            return Ok(Vec::new());
        }
        let place: Division = plan.place.parse().map_err(ErrandError::never)?;
        let offer = composer.desk.offer();
        let today = self.closed_at.date();
        let organ = offer.catalogue.organ_for(ROLE, place, today).map_err(ErrandError::never)?;
        let applicant = loaded.case.applicant.clone();
        let holder = applicant.ok_or_else(|| ErrandError::never("the case is nobody's"))?;
        let mut values = self.values(&platform, &loaded, &plan).await?;
        if let Ok(merged) = definition.merged(&plan) {
            let saved = merged.gain.separate.saturating_sub(merged.gain.merged());
            values = values.integer("saved_fields", i64::try_from(saved).unwrap_or_default());
        }
        let kept = sealed(&composer, &self.case, &values).await?;
        let order = licences::Order {
            origin: self.origin.clone(),
            issuer: Issuer {
                organ: organ.key,
                name: organ.label.zh.clone(),
                word: organ.label.zh,
                place: plan.place.clone(),
            },
            holder,
            template: TEMPLATE.to_owned(),
            filling: Filling::Kept(kept),
            number: NumberFrom::Series(BTreeMap::new()),
            valid_from: today,
            valid_to: None,
            hidden: HIDDEN.map(str::to_owned).into(),
            replaces: None,
        };
        let paper = NoticeOf {
            case: self.case.clone(),
            task: String::new(),
            purpose: Purpose::Summary,
            event: self.origin.event.seq,
        };
        Atomic::new(self.shard.clone())
            .then::<Licence>(
                &LicenceKey(paper.to_string()),
                &LicenceCommand::Issue(Box::new(order)),
            )
            .map(|commands| vec![Reaction::Commands(commands)])
            .map_err(ErrandError::never)
    }
}

/// How a task ended, as its case's events tell it.
#[derive(Clone, Debug, Default)]
struct End {
    on: Option<Date>,
    number: Option<String>,
    notice: Option<String>,
}

impl SumUp {
    async fn values(
        &self,
        platform: &Platform,
        loaded: &Loaded,
        plan: &Plan,
    ) -> Result<Values, ErrandError> {
        let (submitted_at, ends) = told(loaded);
        let mut tasks = Vec::new();
        for row in &plan.tasks {
            let end = ends.get(&row.name).cloned().unwrap_or_default();
            let number = match (end.number, end.notice) {
                (Some(number), _) => number,
                (None, Some(notice)) => number_of(platform, notice).await?,
                (None, None) => "—".to_owned(),
            };
            tasks.push(line(loaded, row, number, end.on.unwrap_or(self.closed_at.date())));
        }
        let case = &loaded.case;
        let open = case.duties.iter().filter(|(_, duty)| !duty.done);
        let duties = open
            .filter_map(|(name, duty)| {
                let known = plan.duties.get(name)?;
                Some(
                    Values::new()
                        .text("duty", &known.zh)
                        .date("by", duty.due.on)
                        .text("basis", &known.source),
                )
            })
            .collect();
        Ok(Values::new()
            .text("to_name", &case.title)
            .text("case_no", &self.case)
            .moment("submitted_at", submitted_at.unwrap_or(self.closed_at))
            .moment("closed_at", self.closed_at)
            .rows("tasks", tasks)
            .rows("duties", duties))
    }
}

/// When the case was handed in, and how each task ended.
fn told(loaded: &Loaded) -> (Option<Moment>, BTreeMap<String, End>) {
    let (mut submitted_at, mut ends) = (None, BTreeMap::<String, End>::new());
    for event in &loaded.events {
        let Ok(what) = event.read::<CaseEvent>() else { continue };
        match what {
            CaseEvent::Submitted { .. } => submitted_at = Some(event.at),
            CaseEvent::Granted { task, on, .. } | CaseEvent::Refused { task, on, .. } => {
                ends.entry(task).or_default().on = Some(on);
            }
            CaseEvent::AcceptanceRefused { task, .. } | CaseEvent::TaskDropped { task, .. } => {
                ends.entry(task).or_default().on = Some(event.at.date());
            }
            CaseEvent::LicenceIssued { task, number, .. } => {
                ends.entry(task).or_default().number = Some(number);
            }
            CaseEvent::Served { task, notice, .. } => {
                ends.entry(task).or_default().notice = Some(notice);
            }
            _ => {}
        }
    }
    (submitted_at, ends)
}

async fn number_of(platform: &Platform, notice: String) -> Result<String, ErrandError> {
    let row = delivery::queries::notice(&*platform.reader, &NoticeKey(notice)).await;
    let row = row.map_err(ErrandError::later)?;
    // The row may lag behind the event by a moment.
    row.map(|row| row.number).ok_or_else(|| ErrandError::later("the notice is not in the tables"))
}

fn line(loaded: &Loaded, row: &TaskPlan, number: String, on: Date) -> Values {
    let state = loaded.case.tasks.get(&row.name).map(|task| task.state).unwrap_or_default();
    let outcome = match state {
        TaskState::Granted => "准予",
        TaskState::Refused => "不予",
        _ => "退出",
    };
    Values::new()
        .text("service", &row.label.zh)
        .text("organ", &row.organ_label.zh)
        .text("outcome", outcome)
        .text("number", number)
        .date("on", on)
}
