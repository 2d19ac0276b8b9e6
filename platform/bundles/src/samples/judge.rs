//! Judges what a sample expects against what happened and what stands.

use super::Set;
use super::given::Play;
use super::matching::difference;
use super::read::Fails;
use super::state::State;
use kernel::{Json, Recorded};
use module::{Receipt, SubmitError};
use serde_json::json;
use tables::{Cell, Query, Row};

/// The subjects that an expectation can be about, the first that it names counts.
const SUBJECTS: [&str; 8] =
    ["event", "message", "licence", "notice", "duty", "document", "task", "case"];

/// Why an expectation is not met; none if it is.
pub(crate) async fn judge(play: &Play<'_>, state: &State, expected: &Json) -> Option<String> {
    match differs(play, state, expected).await {
        Ok(None) => None,
        Ok(Some(why)) => Some(format!("{expected}: {why}")),
        Err(why) => Some(format!("{expected}: {why}")),
    }
}

pub(crate) type Differs = Result<Option<String>, String>;

async fn differs(play: &Play<'_>, state: &State, expected: &Json) -> Differs {
    let Json::Object(members) = expected else {
        return Err("an expectation is a map".to_owned());
    };
    let named = SUBJECTS.iter().find_map(|key| Some((*key, members.get(*key)?.as_str()?)));
    let Some((subject, name)) = named else {
        return Err(format!("an expectation names one of {}", SUBJECTS.join(", ")));
    };
    let mut rest = members.clone();
    rest.remove(subject);
    let found = match subject {
        "event" => return happened(&events(state, play, name)?, &mut rest, true),
        "message" => return happened(&messages(state, play, name), &mut rest, false),
        "licence" => one(licences(play, name).await?)?,
        "notice" => return notice(play, name, &mut rest).await,
        "duty" => state.duty(name),
        "document" => state.document(name).ok_or_else(|| "no such document".to_owned())?,
        "task" => state.task(name).ok_or_else(|| "the case has no such task".to_owned())?,
        _ => {
            rest.insert("state".to_owned(), Json::String(name.to_owned()));
            state.case()
        }
    };
    known(&rest, &found)?;
    Ok(difference(&Json::Object(rest), &found))
}

/// A key that nothing has is a slip in the sample, not a value that is missing.
fn known(rest: &serde_json::Map<String, Json>, found: &Json) -> Result<(), String> {
    match rest.keys().find(|key| found.get(key.as_str()).is_none() && found.is_object()) {
        Some(key) if rest.get(key) != Some(&Json::Null) => {
            Err(format!("there is no `{key}` to compare"))
        }
        _ => Ok(()),
    }
}

/// The bodies of events of a name: `Accepted` of the case itself, `licence.Signed` of any aggregate of the kind.
fn events(state: &State, play: &Play<'_>, name: &str) -> Result<Vec<Json>, String> {
    let (kind, name) = name.split_once('.').unwrap_or(("case", name));
    let own = |event: &&Recorded| {
        *event.kind == *kind
            && event.name() == name
            && (kind != "case" || *event.key == *play.case.0)
    };
    state.events.iter().filter(own).map(fields).collect()
}

/// The fields of an event.
pub(crate) fn fields(event: &Recorded) -> Result<Json, String> {
    let body: Json = event.body.read().map_err(|error| error.to_string())?;
    // An event without fields is its name alone.
    Ok(body.get(event.name()).cloned().unwrap_or_else(|| json!({})))
}

/// How a command came out, as its step says that it must.
pub(crate) enum Verdict {
    /// It was taken.
    Taken,
    /// It was refused for the reason that the step names.
    Refused,
}

/// Compares an answer with what a step says of it.
pub(crate) fn answered(
    act: &str,
    answer: Result<Receipt, SubmitError>,
    fails: Option<&Fails>,
) -> Result<Verdict, String> {
    match (answer, fails) {
        (Ok(_), None) => Ok(Verdict::Taken),
        (Ok(receipt), Some(fails)) => {
            let names: Vec<&str> = receipt.events.iter().map(Recorded::name).collect();
            let reason = fails.reason();
            Err(format!("{act} must be refused for {reason}, but: {}", names.join(", ")))
        }
        (Err(error), None) => {
            let refusal = error.refusal();
            let told = match &refusal.fields {
                Json::Null => error.to_string(),
                fields => fields.to_string(),
            };
            Err(format!("{act} is refused: {} {told}", refusal.reason))
        }
        (Err(error), Some(fails)) => {
            let refusal = error.refusal();
            if refusal.reason != fails.reason() {
                let told = format!("{} {}", refusal.reason, refusal.fields);
                return Err(format!(
                    "{act} must be refused for {}, but for: {told}",
                    fails.reason()
                ));
            }
            match difference(fails.fields(), &refusal.fields) {
                Some(why) if !fails.fields().is_null() => {
                    Err(format!("{act} is refused for {}, but {why}", refusal.reason))
                }
                _ => Ok(Verdict::Refused),
            }
        }
    }
}

/// The messages that were sent to a partner: by its name, or by the role of an organ.
fn messages(state: &State, play: &Play<'_>, to: &str) -> Vec<Json> {
    // Partners' keys have hyphens alone.
    let organ =
        play.organ(to).map_or_else(|_| to.to_owned(), |organ| organ.as_str().replace('_', "-"));
    state
        .events
        .iter()
        .filter(|event| &*event.kind == "outbox" && event.name() == "Queued")
        .filter_map(|event| {
            let body: Json = event.body.read().ok()?;
            let message = body.pointer("/Queued/letter/reaction/Message")?;
            let partner = message.pointer("/to/Partner")?.as_str()?;
            (partner == to || partner == organ).then(|| message.get("body").cloned())?
        })
        .collect()
}

/// Whether something happened: at least once, or exactly as often as `count` says.
pub(crate) fn happened(
    all: &[Json],
    rest: &mut serde_json::Map<String, Json>,
    by_task: bool,
) -> Differs {
    let count = rest.remove("count");
    let mut with = match rest.remove("with") {
        Some(Json::Object(with)) => with,
        None => serde_json::Map::new(),
        Some(_) => return Err("`with` is a map".to_owned()),
    };
    if let Some(task) = rest.remove("task").filter(|_| by_task) {
        with.insert("task".to_owned(), task);
    }
    if let Some(key) = rest.keys().next() {
        return Err(format!("`{key}` says nothing of an event"));
    }
    let with = Json::Object(with);
    let fitting = all.iter().filter(|body| difference(&with, body).is_none()).count();
    Ok(match count.as_ref().map(Json::as_u64) {
        Some(None) => return Err("`count` is a number".to_owned()),
        Some(Some(count)) if usize::try_from(count) == Ok(fitting) => None,
        Some(Some(_)) => Some(format!("happened {fitting} times")),
        None if fitting > 0 => None,
        None => match all.last() {
            Some(last) => Some(format!(
                "did not happen; the last of that name {}",
                difference(&with, last).unwrap_or_default()
            )),
            None => Some("did not happen".to_owned()),
        },
    })
}

async fn rows(set: &dyn Set, sql: &'static str) -> Result<Vec<Row>, String> {
    set.stage().rows(Query::new(sql)).await.map_err(|error| error.to_string())
}

/// A row as a map; the columns are those that the query names.
pub(crate) fn map(row: &Row, columns: &[&str]) -> Json {
    let cell = |column: &str| match row.cell(column) {
        Some(Cell::Text(text)) => Json::from(&**text),
        Some(Cell::Int(number)) => Json::from(*number),
        Some(Cell::Null | Cell::Bytes(_)) | None => Json::Null,
    };
    Json::Object(columns.iter().map(|name| ((*name).to_owned(), cell(name))).collect())
}

/// Papers of linkage have the key `case:task:purpose:position`.
fn paper<'k>(play: &Play<'_>, key: &'k str, task: &str) -> Option<&'k str> {
    let mut parts = key.split(':');
    let own = parts.next()? == play.case.0 && parts.next()? == task.replace('/', "~");
    if own { parts.next() } else { None }
}

async fn licences(play: &Play<'_>, task: &str) -> Result<Vec<Json>, String> {
    const COLUMNS: [&str; 6] = ["licence", "kind", "number", "state", "issued_on", "valid_to"];
    let rows = rows(
        play.set,
        "SELECT licence, kind, number, state, issued_on, valid_to FROM licences_list ORDER BY licence",
    )
    .await?;
    Ok(rows
        .iter()
        .map(|row| map(row, &COLUMNS))
        .filter(|row| {
            row.get("licence")
                .and_then(Json::as_str)
                .is_some_and(|key| paper(play, key, task).is_some())
        })
        .collect())
}

/// The one licence of a task, or that there is none.
fn one(mut found: Vec<Json>) -> Result<Json, String> {
    match (found.pop(), found.len()) {
        (Some(mut one), 0) => {
            if let Json::Object(one) = &mut one {
                one.insert("issued".to_owned(), true.into());
            }
            Ok(one)
        }
        (None, _) => Ok(json!({ "issued": false })),
        (Some(_), others) => Err(format!("there are {} of them", others + 1)),
    }
}

/// Notices of a task, by purpose; `count` says how many there are, other keys hold for the last one.
async fn notice(play: &Play<'_>, task: &str, rest: &mut serde_json::Map<String, Json>) -> Differs {
    const COLUMNS: [&str; 5] = ["notice", "number", "state", "title_zh", "served_on"];
    let Some(Json::String(purpose)) = rest.remove("purpose") else {
        return Err(
            "a notice has a `purpose`: outcome, refusal, supplement, acceptance, extension"
                .to_owned(),
        );
    };
    let rows = rows(
        play.set,
        "SELECT notice, number, state, title_zh, served_on FROM delivery_notices ORDER BY notice",
    )
    .await?;
    let found: Vec<Json> = rows
        .iter()
        .map(|row| map(row, &COLUMNS))
        .filter(|row| {
            let key = row.get("notice").and_then(Json::as_str);
            key.and_then(|key| paper(play, key, task)) == Some(purpose.as_str())
        })
        .collect();
    if let Some(count) = rest.remove("count") {
        if count.as_u64().and_then(|count| usize::try_from(count).ok()) != Some(found.len()) {
            return Ok(Some(format!("there are {}", found.len())));
        }
        if found.is_empty() {
            return Ok(None);
        }
    }
    let Some(last) = found.last() else { return Ok(Some("there is none".to_owned())) };
    known(rest, last)?;
    Ok(difference(&Json::Object(std::mem::take(rest)), last))
}

/// Letters of the outbox that could not be carried: none may be left.
pub(crate) async fn dead_letters(set: &dyn Set) -> Vec<String> {
    match rows(set, "SELECT * FROM engine_dead_letters").await {
        Ok(rows) => {
            rows.iter().map(|row| format!("a dead letter is left: {:?}", row.cells())).collect()
        }
        Err(why) => vec![why],
    }
}
