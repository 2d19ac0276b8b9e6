//! Every document of reform 28, set from its sample.

use crate::fonts::typesetter;
use crate::pdf::Pdf;
use documents::{Class, Datum, Numbers, Taken, Template, Templates, Typesetter as _, Values};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reforms/28-licence-one-window/documents")
}

fn templates() -> Templates {
    let mut names: Vec<PathBuf> = std::fs::read_dir(folder())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            path.to_string_lossy().ends_with(".yaml")
                && !path.to_string_lossy().ends_with(".sample.yaml")
        })
        .collect();
    names.sort();
    let mut templates = Templates::new();
    for path in names {
        let yaml = std::fs::read_to_string(&path).expect("readable");
        let template =
            Template::read(&yaml, |name| std::fs::read_to_string(folder().join(name)).ok());
        let template = template.unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
        assert_eq!(path.file_stem().and_then(|stem| stem.to_str()), Some(template.id()));
        templates.add(template).expect("one id a template");
    }
    templates
}

fn sample(template: &Template) -> Values {
    let path = folder().join(format!("{}.sample.yaml", template.id()));
    let yaml = std::fs::read_to_string(&path)
        .unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
    template.read_values(&yaml).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
}

/// Every text that must be found in the document; a QR code is looked for as a picture.
fn printed(template: &Template, taken: &Taken) -> Vec<String> {
    fn collect(json: &serde_json::Value, out: &mut Vec<String>) {
        match json {
            serde_json::Value::String(text) => out.push(text.clone()),
            serde_json::Value::Array(list) => list.iter().for_each(|item| collect(item, out)),
            serde_json::Value::Object(map) if map.contains_key("svg") => {}
            serde_json::Value::Object(map) if map.contains_key("capitals") => {
                // Tables of shareholders print 万元, all else 元 with capitals: either will do.
                out.push(map["yuan"].as_str().expect("text").to_owned());
            }
            serde_json::Value::Object(map) if map.contains_key("iso") => collect(&map["zh"], out),
            serde_json::Value::Object(map) => map.values().for_each(|item| collect(item, out)),
            serde_json::Value::Number(number) => out.push(number.to_string()),
            serde_json::Value::Null | serde_json::Value::Bool(_) => {}
        }
    }
    let mut out = Vec::new();
    for face in taken.faces(template).expect("printable").values() {
        collect(face, &mut out);
    }
    out.iter().map(|text| text.split_whitespace().collect()).collect()
}

#[test]
fn every_document_prints_every_value_of_its_sample() {
    let templates = templates();
    assert_eq!(templates.iter().count(), 25);
    let Some(typst) = typesetter("every_document_prints_every_value_of_its_sample") else { return };
    let show = option_env!("CARGO_TARGET_TMPDIR").map(|tmp| Path::new(tmp).join("documents-28"));
    for template in templates.iter() {
        let values = sample(template);
        let taken = template.take(&values).unwrap_or_else(|fault| panic!("{fault}"));
        let bytes = typst.typeset(template, &values).unwrap_or_else(|fault| panic!("{fault}"));
        assert!(bytes.starts_with(b"%PDF-1.7"));
        if let Some(folder) = &show {
            // For the eye: whoever changes a template looks at these.
            std::fs::create_dir_all(folder).expect("folder");
            std::fs::write(folder.join(format!("{}.pdf", template.id())), &bytes).expect("written");
        }
        let pdf = Pdf::of(&bytes);
        if let Some(text) = pdf.text() {
            for value in printed(template, &taken) {
                assert!(
                    text.contains(&value),
                    "{}: `{value}` is not printed in\n{text}",
                    template.id()
                );
            }
            assert!(text.contains(&taken.digest().to_string()), "{}: no digest", template.id());
        }
        if template.class() == Class::Licence {
            assert!(
                pdf.pages().is_none_or(|pages| pages == 1),
                "{}: a licence is one page",
                template.id()
            );
        }
    }
}

#[test]
fn the_qr_codes_can_be_read_off_the_paper() {
    let templates = templates();
    let Some(typst) = typesetter("the_qr_codes_can_be_read_off_the_paper") else { return };
    for id in ["business_licence_copy", "food_licence", "acceptance"] {
        let template = templates.get(id).expect("there");
        let values = sample(template);
        let Some(Datum::Text(address)) = values.get("qr") else { panic!("{id} has a code") };
        let pdf = Pdf::of(&typst.typeset(template, &values).expect("set"));
        let Some(pages) = pdf.pages() else { return };
        let Some(codes) = pdf.qr_codes(pages) else { return };
        assert_eq!(codes, [address.as_str()], "{id}");
    }
}

#[test]
fn numbers_in_the_samples_are_of_their_series() {
    let numbers = Numbers::platform().expect("the table is sound");
    for template in templates().iter() {
        let Some(series) = template.series() else { continue };
        let series =
            numbers.series(series).unwrap_or_else(|fault| panic!("{}: {fault}", template.id()));
        let values = sample(template);
        let printed = ["number", "licence_no", "filing_no"].iter().find_map(|key| values.get(key));
        let Some(Datum::Text(number)) = printed else {
            panic!("{} prints its number", template.id())
        };
        series.read(number).unwrap_or_else(|fault| panic!("{}: {fault}", template.id()));
    }
}

#[test]
fn s10_a_changed_amount_voids_articles_resolution_and_application_but_not_the_mandate() {
    let templates = templates();
    let digests = |change: &dyn Fn(&Template, Values) -> Values| -> Vec<(String, String)> {
        let applications =
            templates.iter().filter(|template| template.class() == Class::Application);
        applications
            .map(|template| {
                let values = change(template, sample(template));
                (
                    template.id().to_owned(),
                    template.take(&values).expect("complete").digest().to_string(),
                )
            })
            .collect()
    };
    let changed = |after: &[(String, String)]| -> Vec<String> {
        let before = digests(&|_, values| values);
        before
            .iter()
            .zip(after)
            .filter(|(one, other)| one != other)
            .map(|(one, _)| one.0.clone())
            .collect()
    };
    let rows = |values: &Values, change: &dyn Fn(Values) -> Values| -> Values {
        let pairs = values.iter().map(|(key, datum)| match datum {
            Datum::Rows(rows) if key == "shareholders" => {
                (key.to_owned(), Datum::Rows(rows.iter().cloned().map(change).collect()))
            }
            other => (key.to_owned(), other.clone()),
        });
        pairs.collect()
    };
    // 2,000,000 → 1,900,000 yuan; the mandate has shareholders too, and no amounts.
    let amount =
        digests(&|_, values| rows(&values, &|row| row.money_fen("subscribed_amount", 190_000_000)));
    assert_eq!(changed(&amount), ["application", "appointment", "articles"]);
    let mobile = digests(&|_, values| {
        rows(&values, &|row| row.text("mobile", "13700137000")).text("mobile", "13700137000")
    });
    assert_eq!(changed(&mobile), Vec::<String>::new());
    for template in templates.iter().filter(|template| template.class() == Class::Application) {
        assert!(!template.signers().is_empty(), "{} is signed by somebody", template.id());
    }
}
