//! The pure functions that samples may call by name: one table.

use super::Set;
use super::matching::difference;
use super::read::{Call, Figure};
use crate::load::{Bundle, Bundles};
use calendar::{Calendar, Term};
use catalogue::PackageKey;
use catalogue::definition::ServiceKey;
use codes::{
    Coded, Date, Division, FoodFormat, FoodLicenceNo, FoodPaper, ResidentId, SealCode, Uscc,
};
use elements::Path;
use forms::{Answers, Crosswalks};
use kernel::Json;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::collections::BTreeMap;

/// What a call sees beside its arguments.
struct Scene<'a> {
    bundles: &'a Bundles,
    bundle: &'a Bundle,
}

/// What a function answers: a value, a coded refusal as reason and fields, or why it could not be asked at all.
type Answer = Result<Result<Json, (String, Json)>, String>;

type Function = fn(&Scene<'_>, &Json) -> Answer;

/// Everything that can be called.
const FUNCTIONS: [(&str, Function); 9] = [
    ("due", due),
    ("food_licence_no", food_licence_no),
    ("one_list", one_list),
    ("payload", payload),
    ("resident_id", resident_id),
    ("seal_code", seal_code),
    ("select", select),
    ("trade_name", trade_name),
    ("uscc", uscc),
];

fn function(name: &str) -> Option<Function> {
    FUNCTIONS.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
}

pub(crate) fn is_known(name: &str) -> bool {
    function(name).is_some()
}

/// Calls a function with every row of the table; what differs is told.
pub(crate) fn play(bundles: &Bundles, bundle: &Bundle, call: &Call) -> Vec<String> {
    let Some(function) = function(&call.function) else {
        return vec![format!("no function `{}` can be called", call.function)];
    };
    let scene = Scene { bundles, bundle };
    call.table
        .iter()
        .filter_map(|figure| {
            let why = judge(figure, function(&scene, &figure.with))?;
            Some(format!("{}({}): {why}", call.function, figure.with))
        })
        .collect()
}

/// Calls a function that a module brought, with every row of the table.
pub(crate) fn brought(set: &dyn Set, call: &Call) -> Vec<String> {
    call.table
        .iter()
        .filter_map(|figure| {
            let why = match set.call(&call.function, &figure.with) {
                None => Some("no module brought this function".to_owned()),
                Some(called) => {
                    let told = |refusal: module::Refusal| (refusal.reason, refusal.fields);
                    judge(figure, called.map(|answer| answer.map_err(told)))
                }
            }?;
            Some(format!("{}({}): {why}", call.function, figure.with))
        })
        .collect()
}

fn judge(figure: &Figure, answer: Answer) -> Option<String> {
    match (answer, &figure.gives, &figure.fails) {
        (Err(why), _, _) => Some(why),
        (Ok(Ok(found)), Some(expected), _) => difference(expected, &found),
        (Ok(Err((reason, fields))), _, Some(fails)) => {
            if reason == fails.reason() {
                difference(fails.fields(), &fields).filter(|_| !fails.fields().is_null())
            } else {
                Some(format!("is refused for {reason}, expected {}", fails.reason()))
            }
        }
        (Ok(Ok(found)), None, _) => Some(format!("gives {found}, expected a refusal")),
        (Ok(Err((reason, fields))), _, None) => {
            Some(format!("is refused for {reason} {fields}, expected a value"))
        }
    }
}

fn arguments<T: DeserializeOwned>(with: &Json) -> Result<T, String> {
    serde_json::from_value(with.clone()).map_err(|error| format!("arguments: {error}"))
}

/// The refusal of a coded error.
fn refused(error: &dyn Coded) -> (String, Json) {
    let fields = error.fields().and_then(|text| serde_json::from_str(&text).ok());
    (error.reason().to_owned(), fields.unwrap_or_default())
}

/// Dates of the civil calendar: the end of a term that begins on a day, by the notices that come with the program.
fn due(_: &Scene<'_>, with: &Json) -> Answer {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Of {
        term: String,
        from: Date,
    }
    let of: Of = arguments(with)?;
    let term: Term = of.term.parse().map_err(|error| format!("term: {error}"))?;
    Ok(calendar::due(&term, of.from, &Calendar::embedded())
        .map(|due| json!({ "on": due.date.to_string(), "provisional": due.provisional }))
        .map_err(|error| refused(&error)))
}

fn uscc(_: &Scene<'_>, with: &Json) -> Answer {
    let text: String = arguments(with)?;
    Ok(text
        .parse::<Uscc>()
        .map(|uscc| {
            json!({
                "department": uscc.department().to_string(), "kind": uscc.kind().to_string(),
                "division": uscc.division().to_string(), "body": uscc.body(),
            })
        })
        .map_err(|error| refused(&error)))
}

fn resident_id(_: &Scene<'_>, with: &Json) -> Answer {
    let text: String = arguments(with)?;
    Ok(text
        .parse::<ResidentId>()
        .map(|id| json!({ "birth_date": id.birth_date().to_string() }))
        .map_err(|error| refused(&error)))
}

/// A food number that is read, or made of its parts.
fn food_licence_no(_: &Scene<'_>, with: &Json) -> Answer {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Of {
        paper: String,
        format: char,
        division: String,
        serial: u32,
    }
    let paper = |paper| match paper {
        FoodPaper::Licence => "JY",
        FoodPaper::Filing => "YB",
    };
    let number = match with {
        Json::String(text) => text.parse::<FoodLicenceNo>(),
        parts => {
            let of: Of = arguments(parts)?;
            let kind = match of.paper.as_str() {
                "JY" => FoodPaper::Licence,
                "YB" => FoodPaper::Filing,
                other => return Err(format!("paper: `{other}` is neither JY nor YB")),
            };
            let format = FoodFormat::of_digit(of.format).ok_or("format: 1, 2 or 3")?;
            let division = of.division.parse().map_err(|error| format!("division: {error}"))?;
            FoodLicenceNo::assemble(kind, format, division, of.serial)
        }
    };
    Ok(number
        .map(|no| {
            json!({
                "number": no.as_str(), "paper": paper(no.paper()),
                "format": no.format().digit().to_string(), "division": no.division().to_string(),
            })
        })
        .map_err(|error| refused(&error)))
}

fn seal_code(_: &Scene<'_>, with: &Json) -> Answer {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Of {
        division: Division,
        serial: u32,
    }
    let of: Of = arguments(with)?;
    Ok(SealCode::assemble(of.division, of.serial)
        .map(|code| json!(code.as_str()))
        .map_err(|error| refused(&error)))
}

fn trade_name(_: &Scene<'_>, with: &Json) -> Answer {
    let text: String = arguments(with)?;
    Ok(registers::check_trade_name(&text).map(|()| json!("ok")).map_err(|error| refused(&error)))
}

/// What one service reads of the answers: how many paths its form has, and whether it has a path at all.
fn payload(scene: &Scene<'_>, with: &Json) -> Answer {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Of {
        service: String,
        answers: String,
        #[serde(default)]
        asks: Vec<String>,
        #[serde(default)]
        reads: Vec<String>,
    }
    let of: Of = arguments(with)?;
    let key = key(scene, &of.service)?;
    let forms = scene.bundles.forms(scene.bundle.number, &[key]);
    let form = forms.first().ok_or_else(|| format!("no form of `{}`", of.service))?;
    let maps = Crosswalks::builtin().map_err(|error| error.to_string())?;
    let answers = answers(scene, &of.answers)?.completed(&scene.bundles.dictionary, &maps);
    let payload = forms::project(&answers, form, &maps).map_err(|errors| {
        let told: Vec<String> = errors.iter().map(|error| error.spot.to_string()).collect();
        format!("the answers cannot be projected: {}", told.join(", "))
    })?;
    let path = |text: &String| text.parse::<Path>().map_err(|error| format!("`{text}`: {error}"));
    let mut asks = BTreeMap::new();
    for text in &of.asks {
        // A subject alone asks for anything of it.
        let asked = match path(text) {
            Ok(path) => payload.paths().any(|known| *known == path),
            Err(_) => {
                let subject = text.trim_end_matches("[]");
                payload.paths().any(|known| {
                    known
                        .subject
                        .as_ref()
                        .is_some_and(|subject_of| subject_of.key.as_str() == subject)
                })
            }
        };
        asks.insert(text, asked);
    }
    let mut reads = BTreeMap::new();
    for text in &of.reads {
        let path = path(text)?;
        let values: Vec<Json> = payload
            .cells(&path)
            .into_iter()
            .map(|cell| serde_json::to_value(cell.value()).unwrap_or_default())
            .collect();
        reads.insert(text, values);
    }
    Ok(Ok(json!({ "paths": form.len(), "asks": asks, "reads": reads })))
}

/// The one list of what is handed in (C2).
fn one_list(scene: &Scene<'_>, with: &Json) -> Answer {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Of {
        package: String,
        #[serde(default)]
        add_ons: Vec<String>,
    }
    let of: Of = arguments(with)?;
    let package = PackageKey::new(scene.bundle.number, &of.package);
    let add_ons = keys(scene, &of.add_ons)?;
    let catalogue = &scene.bundles.catalogue;
    let list = catalogue
        .select(&package, &[], &add_ons)
        .and_then(|selection| catalogue.one_list(&package, &selection.services));
    Ok(list
        .map(|list| {
            json!({
                "services": list.services,
                "signed": list.signed.iter().map(|(id, _)| id).collect::<Vec<_>>(),
                "uploads": list.uploads.iter().map(|upload| &upload.id).collect::<Vec<_>>(),
                "uploads_if_confirmed":
                    list.uploads.iter().filter(|upload| !upload.unless_confirmed).count(),
                "separate": list.separate,
            })
        })
        .map_err(|error| refused(&error)))
}

/// What activities in plain words come to: services, prior approvals, what is handled elsewhere.
fn select(scene: &Scene<'_>, with: &Json) -> Answer {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Of {
        package: String,
        #[serde(default)]
        search: Option<String>,
        #[serde(default)]
        activities: Vec<String>,
        #[serde(default)]
        add_ons: Vec<String>,
    }
    let mut of: Of = arguments(with)?;
    if let (Some(words), Some(reform)) = (&of.search, &scene.bundle.reform) {
        let found = reform.search_activities(words);
        of.activities.extend(found.first().map(|activity| activity.industry.clone()));
    }
    let package = PackageKey::new(scene.bundle.number, &of.package);
    let activities: Vec<&str> = of.activities.iter().map(String::as_str).collect();
    let add_ons = keys(scene, &of.add_ons)?;
    let number = scene.bundle.number;
    let names =
        |keys: &[ServiceKey]| keys.iter().map(|key| key.task_name(number)).collect::<Vec<_>>();
    let zh =
        |labels: &[codes::Label]| labels.iter().map(|label| label.zh.clone()).collect::<Vec<_>>();
    Ok(scene
        .bundles
        .catalogue
        .select(&package, &activities, &add_ons)
        .map(|selection| {
            json!({
                "activities": of.activities,
                "services": names(&selection.services),
                "not_yet": names(&selection.not_yet),
                "elsewhere": zh(&selection.elsewhere),
                "prior": zh(&selection.prior),
                "preset": selection.preset,
            })
        })
        .map_err(|error| refused(&error)))
}

fn key(scene: &Scene<'_>, name: &str) -> Result<ServiceKey, String> {
    ServiceKey::within(scene.bundle.number, name).map_err(|error| format!("`{name}`: {error}"))
}

fn keys(scene: &Scene<'_>, names: &[String]) -> Result<Vec<ServiceKey>, String> {
    names.iter().map(|name| key(scene, name)).collect()
}

fn answers(scene: &Scene<'_>, file: &str) -> Result<Answers, String> {
    let source =
        scene.bundle.sample(file).ok_or_else(|| format!("the folder has no file `{file}`"))?;
    elements::from_yaml(&source.file, &source.text).map_err(|fault| fault.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_names_each_function_once() {
        assert!(FUNCTIONS.is_sorted_by(|(one, _), (other, _)| one < other));
        assert!(is_known("uscc") && !is_known("system"));
    }
}
