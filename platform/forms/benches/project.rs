//! Projecting one filled 13-service form against validating 13 documents; merging 13 forms. Prints one line of JSON.
//!
//! Run with `cargo bench -p forms --profile demo` or a better profile; figures of the dev profile say nothing.

use elements::{Dictionary, Kind, Value, from_yaml};
use forms::{
    Answers, Asked, Crosswalks, Owner, ServiceForm, Spot, Stage, merge, project, validate,
};
use serde_json::{Value as Json, json};
use std::hint::black_box;
use std::time::Instant;

const ROUNDS: u32 = 300;

/// The form of a service, with its name.
macro_rules! form {
    ($folder:literal, $name:literal) => {
        ($name, include_str!(concat!("../../../reforms/", $folder, "/forms/", $name, ".yaml")))
    };
}

const FORMS: [(&str, &str); 13] = [
    form!("28-licence-one-window", "name"),
    form!("28-licence-one-window", "reg"),
    form!("28-licence-one-window", "bo"),
    form!("28-licence-one-window", "seal"),
    form!("28-licence-one-window", "tax"),
    form!("28-licence-one-window", "soc"),
    form!("28-licence-one-window", "med"),
    form!("28-licence-one-window", "fund"),
    form!("28-licence-one-window", "bank"),
    form!("28-licence-one-window", "food"),
    form!("28-licence-one-window", "hyg"),
    form!("01-publication-licensing", "pub"),
    form!("01-publication-licensing", "netpub"),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dictionary = Dictionary::builtin()?;
    let maps = Crosswalks::builtin()?;
    let parsed: Result<Vec<ServiceForm>, _> =
        FORMS.iter().map(|(name, text)| ServiceForm::parse(&dictionary, name, text)).collect();
    let forms = parsed?;
    let all: Vec<&ServiceForm> = forms.iter().collect();
    let typed = filled()?;
    let answers = typed.completed(&dictionary, &maps);
    let findings = validate(&typed, &dictionary, &all, Stage::Complete);
    if !findings.errors.is_empty() {
        return Err(format!("the answers are faulty: {:?}", findings.errors).into());
    }

    // The baseline: each service receives its own document as bytes, reads it and validates it by its own schema. The answers
    // are in memory, as they are when an officer opens a task; documents that were parsed already are measured beside it.
    let mut documents = Vec::new();
    for form in &all {
        let schema = schema(form);
        let document = document(form, &answers);
        let validator = jsonschema::validator_for(&schema)?;
        if let Err(error) = validator.validate(&document) {
            return Err(format!("{}: {error}", form.service).into());
        }
        documents.push((validator, serde_json::to_vec(&document)?, document));
    }

    let merge_us = best(|| black_box(merge(&dictionary, &all).is_ok()));
    let project_us =
        best(|| all.iter().all(|form| black_box(project(&answers, form, &maps).is_ok())));
    let entry_us =
        best(|| black_box(validate(&typed, &dictionary, &all, Stage::Complete).errors.is_empty()));
    let in_memory_us = best(|| {
        documents.iter().all(|(validator, _, document)| black_box(validator.is_valid(document)))
    });
    let documents_us = best(|| {
        documents.iter().all(|(validator, bytes, _)| {
            serde_json::from_slice(bytes)
                .is_ok_and(|document: Json| black_box(validator.is_valid(&document)))
        })
    });
    let line = json!({
        "bench": "project",
        "forms": forms.len(),
        "fields": forms.iter().map(ServiceForm::len).sum::<usize>(),
        "merge_us": merge_us,
        "project_us": project_us,
        "jsonschema_us": documents_us,
        "jsonschema_already_parsed_us": in_memory_us,
        "validate_at_entry_us": entry_us,
        "ratio_jsonschema_to_project": documents_us / project_us,
        "ratio_already_parsed_to_project": in_memory_us / project_us,
        "optimised": !cfg!(debug_assertions),
    });
    #[expect(clippy::print_stdout, reason = "a bench prints its figures")]
    {
        println!("{line}");
    }
    Ok(())
}

/// The best of many rounds, in microseconds: what the code takes when nobody disturbs it.
fn best(mut work: impl FnMut() -> bool) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        #[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
        let start = Instant::now();
        let done = work();
        let took = start.elapsed().as_secs_f64() * 1e6;
        if done && took < best {
            best = took;
        }
    }
    best
}

/// The answers of the sample with what hygiene and publication services ask beyond it.
fn filled() -> Result<Answers, Box<dyn std::error::Error>> {
    let text =
        include_str!("../../../reforms/28-licence-one-window/samples/answers/qinghe-food.yaml");
    let mut answers: Answers = from_yaml("qinghe-food.yaml", text)?;
    let more = [
        ("plain.hygiene_venue", Value::from("书店")),
        ("plain.certified_headcount", Value::Int(3)),
        ("plain.central_air", Value::Bool(false)),
        ("plain.test_report_no", Value::from("GZ20260001")),
        ("plain.test_report_date", Value::from("2026-01-20")),
        ("role.hygiene_manager", Value::from("zhou")),
        ("role.principal", Value::from("chen")),
        ("plain.distribution_mode", Value::set(["零售"])),
        ("plain.publication_kinds", Value::set(["图书", "期刊"])),
        ("plain.after_sale_phone", Value::from("020-84681209")),
        ("row.platform.0.kind", Value::from("平台店铺")),
        ("row.platform.0.name", Value::from("岭南书市")),
        ("row.platform.0.operator_uscc", Value::from("91440115MAD2K7Q49J")),
        ("row.platform.0.shop_name", Value::from("青禾书屋")),
        ("row.platform.0.url", Value::from("https://shop.example.com/qinghe")),
        ("row.platform.0.started_on", Value::from("2026-04-01")),
        ("plain.uscc", Value::from("91440115MAD2K7Q49J")),
        ("plain.establishment_date", Value::from("2026-02-12")),
    ];
    for (at, value) in more {
        answers.set(&at.parse::<Spot>()?, Some(value));
    }
    Ok(answers)
}

/// The JSON Schema that a service would publish for its own document: types, lengths, patterns, codes, what is required.
fn schema(form: &ServiceForm) -> Json {
    let mut properties = serde_json::Map::new();
    let mut required = Vec::new();
    for group in &form.groups {
        let fields: serde_json::Map<String, Json> = group
            .fields
            .iter()
            .map(|asked| (asked.path.attribute.to_string(), field_schema(form, asked)))
            .collect();
        let own: Vec<String> = group
            .fields
            .iter()
            .filter(|asked| asked.required && !asked.element.is_never_typed())
            .map(|asked| asked.path.attribute.to_string())
            .collect();
        let Some(subject) = &group.subject else {
            properties.extend(fields);
            required.extend(own);
            continue;
        };
        let one = json!({"type": "object", "properties": fields, "required": own, "additionalProperties": false});
        let schema = if subject.many { json!({"type": "array", "items": one}) } else { one };
        properties.insert(subject.key.to_string(), schema);
        if group.owner == Owner::Role && !subject.many {
            required.push(subject.key.to_string());
        }
    }
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn field_schema(form: &ServiceForm, asked: &Asked) -> Json {
    let element = &asked.element;
    let own = form.rules.get(&asked.path);
    let codes = || element.list.iter().flat_map(|list| list.entries.keys()).collect::<Vec<_>>();
    let mut schema = match &element.kind {
        Kind::Code(_) => json!({"type": "string", "enum": codes()}),
        Kind::Set(_) | Kind::List(_) => {
            json!({"type": "array", "uniqueItems": true, "items": {"type": "string", "enum": codes()}})
        }
        Kind::Money | Kind::Number { scale: 0, .. } => json!({"type": "integer", "minimum": 0}),
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Date { .. } => {
            json!({"type": "string", "pattern": r"^([0-9]{4}-[0-9]{2}-[0-9]{2}|长期)$"})
        }
        Kind::Composite(_) => json!({}),
        Kind::Text { max } => json!({"type": "string", "maxLength": max}),
        Kind::Month | Kind::Time | Kind::Number { .. } => json!({"type": "string"}),
    };
    let patterns = own.map_or(&[][..], |rule| &rule.patterns).iter().chain(&element.rule.patterns);
    let all: Vec<Json> = patterns.map(|pattern| json!({"pattern": pattern.text()})).collect();
    if let (false, Some(map)) = (all.is_empty(), schema.as_object_mut()) {
        map.insert("allOf".to_owned(), Json::Array(all));
    }
    schema
}

/// The document of a service: the same answers, typed into its own form.
fn document(form: &ServiceForm, answers: &Answers) -> Json {
    let mut all = serde_json::Map::new();
    for group in &form.groups {
        let Some(subject) = &group.subject else {
            all.extend(group.fields.iter().filter_map(|asked| {
                let key = &asked.path.attribute;
                Some((key.to_string(), json!(answers.plain.get(key)?)))
            }));
            continue;
        };
        let rows: Vec<Json> = if group.owner == Owner::Row {
            answers.rows_of(subject.key.as_str()).iter().map(|row| json!(row)).collect()
        } else {
            answers
                .holders(subject.key.as_str())
                .iter()
                .map(|pointer| {
                    let row: serde_json::Map<String, Json> = group
                        .fields
                        .iter()
                        .filter_map(|asked| {
                            let key = &asked.path.attribute;
                            let from = if asked.on_card {
                                answers.card_of(pointer)
                            } else {
                                Some(&pointer.attributes)
                            };
                            Some((key.to_string(), json!(from?.get(key)?)))
                        })
                        .collect();
                    Json::Object(row)
                })
                .collect()
        };
        let exempt = form.service.as_str() == "bo";
        match (subject.many, rows.into_iter()) {
            (true, rows) => {
                all.insert(subject.key.to_string(), Json::Array(rows.filter(|_| !exempt).collect()))
            }
            (false, mut rows) => {
                rows.next().and_then(|one| all.insert(subject.key.to_string(), one))
            }
        };
    }
    Json::Object(all)
}
