//! Samples that run nothing: counts of merged forms, and folders that are changed on purpose.

use super::matching::difference;
use super::read::{Change, FaultOf, Merge};
use crate::check::check;
use crate::fault::Fault;
use crate::files::Files;
use crate::load::{Bundle, Bundles};
use catalogue::definition::ServiceKey;
use codes::Coded as _;
use forms::{ServiceForm, count_answers, merge};
use kernel::Json;
use serde_json::json;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The services that names mean: a package stands for its services.
pub(crate) fn services(bundle: &Bundle, names: &[String]) -> Result<Vec<ServiceKey>, String> {
    let mut keys = Vec::new();
    for name in names {
        let package = bundle.reform.as_ref().and_then(|reform| reform.packages.get(name));
        let own = std::slice::from_ref(name);
        for name in package.map_or(own, |package| &package.services) {
            let key = ServiceKey::within(bundle.number, name)
                .map_err(|error| format!("`{name}`: {error}"))?;
            keys.push(key);
        }
    }
    Ok(keys)
}

/// Merges forms and compares the counts.
pub(crate) fn merged(bundles: &Bundles, bundle: &Bundle, sample: &Merge) -> Vec<String> {
    match counts(bundles, bundle, sample) {
        Ok(found) => difference(&sample.then, &found).into_iter().collect(),
        Err(why) => vec![why],
    }
}

fn counts(bundles: &Bundles, bundle: &Bundle, sample: &Merge) -> Result<Json, String> {
    let keys = services(bundle, &sample.of.services)?;
    let forms = bundles.forms(bundle.number, &keys);
    if forms.len() != keys.len() {
        return Err("a service has no form".to_owned());
    }
    let forms: Vec<&ServiceForm> = forms.iter().collect();
    let form = merge(&bundles.dictionary, &forms)
        .map_err(|conflicts| format!("the forms contradict each other: {conflicts:?}"))?;
    let gain = &form.gain;
    let by_service = |rows: &[(forms::ServiceId, usize)]| -> BTreeMap<String, usize> {
        rows.iter().map(|(service, count)| (service.to_string(), *count)).collect()
    };
    let mut found = json!({
        "separate": gain.separate, "merged": gain.merged(), "plain": gain.plain,
        "person": gain.person, "selectors": gain.selectors,
        "role_attributes": gain.role_attributes, "shared": gain.shared, "single": gain.single(),
        "never_typed": gain.never_typed, "typed": gain.typed(),
        "typed_with_resident_ids": gain.typed_with_resident_ids(),
        "added": by_service(&gain.added),
        "materials": {
            "separate": gain.materials.separate, "uploads": gain.materials.uploads.len(),
            "confirmable": gain.materials.confirmable.len(),
            "generated": gain.materials.generated.len(),
        },
    });
    if let (Some(answers), Json::Object(found)) = (&sample.answers, &mut found) {
        let count = count_answers(answers, &forms);
        found.insert(
            "answers".to_owned(),
            json!({
                "each": by_service(&count.separate), "separately": count.separately(),
                "merged": count.merged(), "plain": count.plain, "person": count.person,
                "selectors": count.selectors, "role_attributes": count.role_attributes,
                "saved": count.separately().saturating_sub(count.merged()),
            }),
        );
    }
    Ok(found)
}

/// Changes the folder, checks it, and compares the faults that are new.
pub(crate) fn changed(files: &Files, bundle: &Bundle, sample: &Change) -> Vec<String> {
    let mut folder = bundle.folder.clone();
    for replace in &sample.of.replace {
        let Some(text) = folder.text(&replace.file) else {
            return vec![format!("the folder has no file `{}`", replace.file)];
        };
        if !text.contains(&replace.from) {
            return vec![format!("`{}` does not hold `{}`", replace.file, replace.from)];
        }
        let text = text.replacen(&replace.from, &replace.to, 1);
        folder.files.insert(replace.file.clone(), Cow::Owned(text.into_bytes()));
    }
    for (path, text) in &sample.of.put {
        folder.files.insert(path.clone(), Cow::Owned(text.clone().into_bytes()));
    }
    let before = check(files).faults;
    let faults: Vec<Fault> = check(&files.with(&folder))
        .faults
        .into_iter()
        .filter(|fault| !before.contains(fault))
        .collect();
    if sample.then.is_empty() {
        return faults.iter().map(|fault| format!("is found: {fault}")).collect();
    }
    sample.then.iter().filter_map(|expected| missing(expected, &faults)).collect()
}

/// Why an expected fault is not among those that were found.
fn missing(expected: &FaultOf, faults: &[Fault]) -> Option<String> {
    let mut nearest = None;
    for fault in faults.iter().filter(|fault| fault.wrong.reason() == expected.reason) {
        let fields: Json = fault
            .wrong
            .fields()
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default();
        let differs = difference(&expected.fields, &fields)
            .filter(|_| !expected.fields.is_null())
            .or_else(|| {
                let file = expected.file.as_ref()?;
                (!fault.file.ends_with(file))
                    .then(|| format!("stands in `{}`, not in `{file}`", fault.file))
            })
            .or_else(|| {
                let line = expected.line?;
                (fault.line != line).then(|| format!("stands in line {}, not {line}", fault.line))
            });
        match differs {
            None => return None,
            Some(why) => nearest = Some(why),
        }
    }
    let found: Vec<String> = faults.iter().map(ToString::to_string).collect();
    Some(match nearest {
        Some(why) => format!("{}: {why}", expected.reason),
        None => format!("{} is not found, but: {}", expected.reason, found.join("; ")),
    })
}
