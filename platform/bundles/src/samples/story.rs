//! Plays a story: commands to aggregates of any kind, without a case.

use super::judge::{self, Differs, Verdict};
use super::matching::difference;
use super::play::tagged;
use super::read::{Step, Story, instant};
use super::{Set, Theatre};
use crate::load::Bundles;
use cases::desk::shard_of;
use codes::Division;
use kernel::{Actor, Addressed, Atomic, Body, Json, PartyKey, Recorded, Shard, Waiting};
use serde_json::json;
use std::borrow::Cow;
use std::collections::BTreeSet;
use tables::{Cell, Query};

struct Telling<'a> {
    bundles: &'a Bundles,
    set: &'a dyn Set,
    place: Division,
    home: Shard,
    /// Every shard that a step named, and that of the place.
    shards: BTreeSet<Shard>,
}

/// Plays a story to its end, or to the step that goes otherwise than it says.
pub(crate) async fn play(
    bundles: &Bundles,
    theatre: &dyn Theatre,
    story: &Story,
) -> Result<Vec<String>, String> {
    let first = story.when.first().map(|step| &step.at);
    let begins = story.given.at.as_ref().or(first).and_then(|at| instant(at));
    let set = theatre.open(begins.ok_or("the sample does not say when it begins")?).await?;
    let place: Division = story.given.place.parse().map_err(|error| format!("place: {error}"))?;
    let home = shard_of(place);
    let named = story.when.iter().filter_map(|step| step.shard.as_ref()).map(Shard::new);
    let shards = named.chain([home.clone()]).collect();
    let telling = Telling { bundles, set: &*set, place, home, shards };
    let mut failures = Vec::new();
    for (i, step) in story.when.iter().enumerate() {
        if let Err(why) = telling.step(step, &mut failures).await {
            // What follows rests on this step, so that it would only tell the same again.
            failures.push(format!("step {} ({}): {why}", i + 1, step.at));
            return Ok(failures);
        }
    }
    telling.expect("in the end", &story.then, &mut failures).await?;
    failures.extend(judge::dead_letters(&*set).await);
    Ok(failures)
}

impl Telling<'_> {
    async fn step(&self, step: &Step, failures: &mut Vec<String>) -> Result<(), String> {
        let at = instant(&step.at).ok_or("no time")?;
        self.set.stage().wind(at).await.map_err(|error| error.to_string())?;
        if let Some(by) = &step.by {
            for act in &step.acts {
                self.act(step, by, act).await.map_err(|why| format!("{by}: {why}"))?;
            }
        }
        self.expect(&format!("at {}", step.at), &step.then, failures).await
    }

    async fn act(&self, step: &Step, by: &str, act: &str) -> Result<(), String> {
        if act == "Proclaim" {
            let notice = serde_json::from_value(step.with.clone()).map_err(|e| e.to_string())?;
            return self.set.proclaim(notice);
        }
        let (kind, command) =
            act.split_once('.').ok_or("a story says which aggregate: `kind.Command`")?;
        let key = step.key.clone().ok_or("a story says which aggregate: `key`")?;
        let mut with = step.with.clone();
        seal(self.set, &mut with).await?;
        let mut group = Atomic::new(step.shard.as_ref().map_or(self.home.clone(), Shard::new));
        group.commands.push(Addressed {
            kind: Cow::Owned(kind.to_owned()),
            key,
            expected: step.version,
            body: Body::from_text(tagged(command, with).to_string()),
        });
        let actor = self.actor(by)?;
        let before = self.events().await?.len();
        let answer = self.set.stage().submit(actor, group).await;
        match judge::answered(act, answer, step.fails.as_ref())? {
            Verdict::Taken => Ok(()),
            Verdict::Refused => match self.events().await?.len() - before {
                0 => Ok(()),
                more => Err(format!("{act} was refused and left {more} events behind")),
            },
        }
    }

    /// Who acts: the platform, a party (`party/<key>`), or an officer of the organ in a role (`market`, `market/head`).
    fn actor(&self, by: &str) -> Result<Actor, String> {
        if by == "system" {
            return Ok(Actor::system("sample"));
        }
        let (role, post) = by.split_once('/').unwrap_or((by, "reviewer"));
        if role == "party" {
            let party = PartyKey::new(post);
            return Ok(Actor::Party { party, login: post.to_owned(), mandate: None });
        }
        let today = self.set.stage().now().date();
        let organ = self.bundles.catalogue.organ_for(role, self.place, today);
        let organ = organ.map_err(|error| format!("`{by}`: {error}"))?.key;
        Ok(Actor::Officer { organ, login: format!("{role}.{post}"), role: post.to_owned() })
    }

    async fn events(&self) -> Result<Vec<Recorded>, String> {
        let mut all = Vec::new();
        for shard in &self.shards {
            let events = self.set.stage().events(shard, 0).await;
            all.extend(events.map_err(|error| error.to_string())?);
        }
        Ok(all)
    }

    async fn expect(
        &self,
        when: &str,
        expected: &[Json],
        failures: &mut Vec<String>,
    ) -> Result<(), String> {
        for one in expected {
            let why = match self.differs(one).await {
                Ok(None) => continue,
                Ok(Some(why)) | Err(why) => why,
            };
            failures.push(format!("{when}: {one}: {why}"));
        }
        Ok(())
    }

    async fn differs(&self, expected: &Json) -> Differs {
        let Json::Object(members) = expected else {
            return Err("an expectation is a map".to_owned());
        };
        let mut rest = members.clone();
        match (rest.remove("event"), rest.remove("table")) {
            (Some(Json::String(event)), None) => {
                let key = rest.remove("key");
                let found = self.told(&event, key.as_ref().and_then(Json::as_str)).await?;
                judge::happened(&found, &mut rest, false)
            }
            (None, Some(Json::String(table))) => self.row(&table, &mut rest).await,
            _ => Err("a story expects an `event` or a row of a `table`".to_owned()),
        }
    }

    /// The fields of all events of a name: `record.Entered`.
    async fn told(&self, event: &str, key: Option<&str>) -> Result<Vec<Json>, String> {
        let (kind, name) = event.split_once('.').ok_or("an event is named `kind.Variant`")?;
        let all = self.events().await?;
        let own = all.iter().filter(|event| &*event.kind == kind && event.name() == name);
        own.filter(|event| key.is_none_or(|key| &*event.key == key)).map(judge::fields).collect()
    }

    /// The rows of a table that `where` picks: as many as `count` says, the last of them as `with` says.
    async fn row(&self, table: &str, rest: &mut serde_json::Map<String, Json>) -> Differs {
        let plain =
            |name: &str| name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
        let picks = match rest.remove("where") {
            Some(Json::Object(picks)) => picks,
            None => serde_json::Map::new(),
            Some(_) => return Err("`where` is a map".to_owned()),
        };
        if !plain(table) || !picks.keys().all(|column| plain(column)) {
            return Err("names of tables and columns are letters, digits and `_`".to_owned());
        }
        let mut query = Query::new(format!("SELECT * FROM {table} WHERE 1 = 1"));
        for (column, value) in &picks {
            let cell = match value {
                Json::String(text) => Cell::from(text.as_str()),
                Json::Number(number) => Cell::Int(number.as_i64().ok_or("numbers are whole")?),
                _ => return Err(format!("`{column}` is compared with a text or a number")),
            };
            query = query.and_that(&format!("{column} ="), cell);
        }
        let rows = self.set.stage().rows(query).await.map_err(|error| error.to_string())?;
        let all: Vec<Json> = rows
            .iter()
            .map(|row| {
                let columns: Vec<&str> = row.columns().iter().map(String::as_str).collect();
                judge::map(row, &columns)
            })
            .collect();
        let count = rest.remove("count");
        let with = rest.remove("with").unwrap_or_else(|| json!({}));
        if let Some(key) = rest.keys().next() {
            return Err(format!("`{key}` says nothing of a row"));
        }
        if let Some(count) = count {
            let count = count.as_u64().ok_or("`count` is a number")?;
            if usize::try_from(count) != Ok(all.len()) {
                return Ok(Some(format!("there are {}", all.len())));
            }
        }
        if with.as_object().is_some_and(serde_json::Map::is_empty) {
            return Ok(None);
        }
        let Some(last) = all.last() else { return Ok(Some("there is none".to_owned())) };
        let known = |key: &&String| last.get(key.as_str()).is_none();
        if let Some(key) = with.as_object().and_then(|with| with.keys().find(known)) {
            return Err(format!("the table has no column `{key}`"));
        }
        Ok(difference(&with, last))
    }
}

/// Puts the id of a sealed blob where the sample says what is sealed.
fn seal<'a>(set: &'a dyn Set, with: &'a mut Json) -> Waiting<'a, Result<(), String>> {
    Box::pin(async move {
        match with {
            Json::Object(members) => {
                let under = members.get("under").and_then(Json::as_str).map(str::to_owned);
                if let (2, Some(content), Some(key)) = (members.len(), members.get("sealed"), under)
                {
                    let content = serde_json::to_vec(content).map_err(|error| error.to_string())?;
                    *with = Json::String(set.seal(&key, &content).await?);
                    return Ok(());
                }
                for value in members.values_mut() {
                    seal(set, value).await?;
                }
            }
            Json::Array(items) => {
                for item in items {
                    seal(set, item).await?;
                }
            }
            _ => {}
        }
        Ok(())
    })
}
