//! The engine's functions as samples call them: figures of the law beside the law.

use crate::law::RepairRules;
use crate::repair::entry_of;
use calendar::Term;
use codes::{Coded, Date, Moment};
use credit_repair::{
    DueIndex, Entry, Kind, Outage, OwnerId, announcement_end, first_eligible, measures, outlook,
};
use kernel::Json;
use module::{Called, Refusal, Registry};
use registers::listings::ListEntry;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// Brings them.
pub(crate) fn bring(registry: &mut Registry, rules: &Arc<RepairRules>) {
    let ours = Arc::clone(rules);
    registry.call("credit_repair.first_eligible", move |with| eligible(&ours, with));
    let ours = Arc::clone(rules);
    registry.call("credit_repair.outlook", move |with| ahead(&ours, with));
    let ours = Arc::clone(rules);
    registry.call("credit_repair.announcement_end", move |with| announced(&ours, with));
    let ours = Arc::clone(rules);
    registry.call("credit_repair.measures", move |with| restricted(&ours, with));
    let ours = Arc::clone(rules);
    registry.call("credit_repair.limits", move |with| limited(&ours, with));
    let ours = Arc::clone(rules);
    registry.call("credit_repair.scan", move |with| scanned(&ours, with));
}

/// An entry as samples write it: what matters, nothing else.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    #[serde(default = "serious")]
    list: String,
    #[serde(default = "five")]
    cause: String,
    listed_on: Date,
    #[serde(default)]
    published_on: Option<Date>,
    #[serde(default)]
    place: Option<String>,
    #[serde(default)]
    restriction_until: Option<Date>,
    #[serde(default)]
    ended: Option<credit_repair::End>,
    #[serde(default)]
    barred: bool,
    #[serde(default)]
    facts: std::collections::BTreeMap<String, Json>,
}

fn serious() -> String {
    "serious".to_owned()
}

fn five() -> String {
    "44-5-1".to_owned()
}

impl Told {
    fn entry(self, id: u64) -> Result<Entry, String> {
        let listed = ListEntry {
            list: self.list.clone(),
            cause: self.cause,
            place: self.place.unwrap_or_else(|| "110000".to_owned()),
            listed_on: self.listed_on,
            published_on: self.published_on.unwrap_or(self.listed_on),
            restriction_until: self.restriction_until,
            facts: self.facts,
            ..ListEntry::default()
        };
        let mut entry =
            entry_of(&listed, id).ok_or_else(|| format!("`{}` is no list", self.list))?;
        (entry.ended, entry.barred) = (self.ended, self.barred);
        Ok(entry)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    entry: Told,
    #[serde(default)]
    history: Vec<Told>,
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    kind: Option<Kind>,
    #[serde(default)]
    on: Option<Date>,
}

impl Case {
    fn read(with: &Json) -> Result<(Self, Entry, Vec<Entry>), String> {
        let mut case: Self = serde_json::from_value(with.clone()).map_err(|e| e.to_string())?;
        let told = std::mem::replace(&mut case.entry, Told::none());
        let entry = told.entry(0)?;
        let mut history = Vec::new();
        for (id, told) in (1_u64..).zip(std::mem::take(&mut case.history)) {
            history.push(told.entry(id)?);
        }
        Ok((case, entry, history))
    }
}

impl Told {
    fn none() -> Self {
        Self {
            list: String::new(),
            cause: String::new(),
            listed_on: Date::constant(2016, 4, 1),
            published_on: None,
            place: None,
            restriction_until: None,
            ended: None,
            barred: false,
            facts: std::collections::BTreeMap::new(),
        }
    }
}

fn refusal(error: &dyn Coded) -> Called {
    Ok(Err(Refusal::of(error)))
}

fn eligible(rules: &RepairRules, with: &Json) -> Called {
    let (case, entry, history) = Case::read(with)?;
    let law = rules.law();
    let day = case.on.unwrap_or(entry.listed_on);
    let version = match &case.version {
        Some(id) => law.named(entry.province, id),
        None => law.in_force(entry.province, day),
    };
    let version = version.ok_or("there is no such version")?;
    let application = version.track(&entry).and_then(|track| track.application.as_ref());
    let kind = case.kind.or(application.map(|application| application.kind));
    let Some(kind) = kind else {
        return refusal(&crate::repair::RepairError::NoRoute { until: None });
    };
    let asked = first_eligible(&entry, &history, version, kind, day);
    if let Some(bar) = asked.failing().find(|cond| cond.state == credit_repair::Standing::Never) {
        let until = outlook(&entry, &history, law).ends.map(|ends| ends.on);
        return refusal(&crate::repair::RepairError::Barred { rule: bar.id, until });
    }
    let unmet: Vec<Json> = asked.failing().map(|cond| json!(cond.id)).collect();
    Ok(Ok(json!({"from": asked.from, "kind": kind, "unmet": unmet})))
}

fn ahead(rules: &RepairRules, with: &Json) -> Called {
    let (_, entry, history) = Case::read(with)?;
    let ahead = outlook(&entry, &history, rules.law());
    let named = |accrued: credit_repair::Accrued<'_>| json!({"on": accrued.on, "version": accrued.version.id});
    Ok(Ok(json!({
        "opens": ahead.route.map(|route| named(route.accrued)),
        "ends": ahead.ends.map(named),
    })))
}

fn announced(rules: &RepairRules, with: &Json) -> Called {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Of {
        from: Date,
        #[serde(default = "thirty")]
        days: u16,
        #[serde(default)]
        outages: Vec<[String; 2]>,
    }
    let of: Of = serde_json::from_value(with.clone()).map_err(|e| e.to_string())?;
    let at = |text: &str| -> Result<Moment, String> {
        text.replace(' ', "T")
            .parse()
            .map(Moment::from_wall)
            .map_err(|_shape| format!("`{text}` is no time"))
    };
    let mut outages = Vec::new();
    for [from, to] in &of.outages {
        outages.push(Outage { from: at(from)?, to: at(to)? });
    }
    Ok(Ok(json!(announcement_end(of.from, of.days, &rules.calendar(), &outages))))
}

const fn thirty() -> u16 {
    30
}

fn restricted(rules: &RepairRules, with: &Json) -> Called {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Of {
        entries: Vec<Told>,
        on: Date,
    }
    let of: Of = serde_json::from_value(with.clone()).map_err(|e| e.to_string())?;
    let mut entries = Vec::new();
    for (id, told) in (0_u64..).zip(of.entries) {
        entries.push(told.entry(id)?);
    }
    Ok(Ok(json!(measures(&entries, rules.map(), of.on))))
}

fn limited(rules: &RepairRules, with: &Json) -> Called {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Of {
        entry: Told,
        version: String,
        from: Date,
    }
    let of: Of = serde_json::from_value(with.clone()).map_err(|e| e.to_string())?;
    let entry = of.entry.entry(0)?;
    let version = rules.law().named(entry.province, &of.version).ok_or("no such version")?;
    let limits = rules.limits(&entry, version).ok_or("the table has no row")?;
    let calendar = rules.calendar();
    let day = |term: &Term| calendar::due(term, of.from, &calendar).map(|due| due.date);
    let days = [&limits.accept, &limits.decide, &limits.remove].map(day);
    match days {
        [Ok(accept), Ok(decide), Ok(remove)] => {
            Ok(Ok(json!({"accept": accept, "decide": decide, "remove": remove})))
        }
        _ => refusal(&crate::repair::RepairError::Term),
    }
}

/// So many entities with the same entry: how many changes a day has.
fn scanned(rules: &RepairRules, with: &Json) -> Called {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Of {
        entry: Told,
        entities: u64,
        on: Date,
    }
    let of: Of = serde_json::from_value(with.clone()).map_err(|e| e.to_string())?;
    let entry = of.entry.entry(0)?;
    let mut index = DueIndex::new(Arc::new(rules.law().clone()));
    for owner in 0..of.entities {
        let mut entry = entry.clone();
        entry.owner = OwnerId(owner);
        index.put(OwnerId(owner), vec![entry]);
    }
    let due = index.due(of.on);
    if due != index.recomputed(of.on) {
        return Err("the index differs from the whole".to_owned());
    }
    let of_kind = |what| due.iter().filter(|change| change.what == what).count();
    Ok(Ok(json!({
        "ends": of_kind(credit_repair::What::Ends), "eligible": of_kind(credit_repair::What::Eligible),
    })))
}
