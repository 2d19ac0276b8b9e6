//! What makes a document trustworthy: repeatable bytes, no clock, no files, faults with their line.

use crate::fonts::{files, typesetter};
use crate::pdf::Pdf;
use codes::Date;
use documents::{DocumentError, Template, Typesetter as _, Values};
use documents_typst::Typst;

fn template(source: &str) -> Template {
    let yaml = "
id: probe
title: {zh: 样张, en: Probe}
class: notice
source: probe.typ
values:
  enterprise_name: {is: text, zh: 名称, en: Name}
  amount: {is: money, zh: 金额, en: Amount, optional: true}
  on: {is: date, zh: 日期, en: Date, optional: true}
  qr: {is: qr, zh: 核验码, en: Verification code, optional: true}
";
    Template::read(yaml, |name| (name == "probe.typ").then(|| source.to_owned())).expect("sound")
}

fn values() -> Values {
    Values::new().text("enterprise_name", "广州青禾餐饮管理有限公司")
}

const BODY: &str = "#import \"lianban.typ\": *\n#show: application\n#val(\"enterprise_name\")，162号。#val(\"amount\")。#val(\"on\")\n";

#[test]
fn the_same_values_give_the_same_bytes_and_a_changed_one_does_not() {
    let Some(typst) = typesetter("the_same_values_give_the_same_bytes") else { return };
    let template = template(BODY);
    let first = typst.typeset(&template, &values()).expect("set");
    let fresh = Typst::new(files().expect("found before")).expect("fonts");
    assert_eq!(
        first,
        fresh.typeset(&template, &values()).expect("set"),
        "another engine, the same bytes"
    );
    assert_eq!(typst.edition(), fresh.edition());
    let noise = values().text("mobile", "13800138000");
    assert_eq!(
        first,
        typst.typeset(&template, &noise).expect("set"),
        "what is not declared is not printed"
    );
    let other = values().money_fen("amount", 190_000_000);
    assert_ne!(first, typst.typeset(&template, &other).expect("set"));
}

#[test]
fn text_can_be_copied_without_spaces_between_scripts() {
    let Some(typst) = typesetter("text_can_be_copied") else { return };
    let values = values().money_fen("amount", 190_000_000).date("on", Date::constant(2026, 2, 12));
    let pdf = Pdf::of(&typst.typeset(&template(BODY), &values).expect("set"));
    let Some(text) = pdf.text() else { return };
    assert!(
        text.contains(
            "广州青禾餐饮管理有限公司，162号。1,900,000.00元（人民币壹佰玖拾万元整）。2026年2月12日"
        ),
        "{text}"
    );
    let digest = template(BODY).take(&values).expect("complete").digest().to_string();
    assert!(text.contains(&digest), "the digest stands at the foot");
}

#[test]
fn a_fault_names_its_file_and_line() {
    let Some(typst) = typesetter("a_fault_names_its_file_and_line") else { return };
    for (source, line, word) in [
        (
            "#import \"lianban.typ\": *\n#show: application\n\n#val(\"enterprise_nme\")\n",
            4,
            "enterprise_nme",
        ),
        ("行一\n#let x = (\n", 2, "unclosed"),
        ("\n\n#datetime.today()\n", 3, "date"),
        ("\n#read(\"/etc/passwd\")\n", 2, "not found"),
        ("\n#image(\"/logo.png\")\n", 2, "not found"),
        ("#set text(font: \"No Such Face\")\n字\n", 1, "font"),
    ] {
        let refused = typst.typeset(&template(source), &values()).expect_err(source);
        let DocumentError::Typesetting { template, file, line: at, message, .. } = &refused else {
            panic!("{refused:?}")
        };
        assert_eq!(
            (template.as_str(), file.as_str(), *at),
            ("probe", "probe.typ", Some(line)),
            "{message}"
        );
        assert!(message.contains(word), "{message}");
    }
}

#[test]
fn values_are_checked_before_type_is_set() {
    let Some(typst) = typesetter("values_are_checked") else { return };
    let refused = typst.typeset(&template(BODY), &Values::new());
    assert!(
        matches!(refused, Err(DocumentError::Incomplete { keys, .. }) if keys == ["enterprise_name"])
    );
}

#[test]
fn a_value_cannot_bring_code_or_markup_with_it() {
    let Some(typst) = typesetter("a_value_cannot_bring_code") else { return };
    let odd = "#panic() *粗* $x$ <a> @b \\ \" // /*";
    let pdf = Pdf::of(
        &typst.typeset(&template(BODY), &Values::new().text("enterprise_name", odd)).expect("set"),
    );
    let Some(text) = pdf.text() else { return };
    assert!(text.contains(&odd.split_whitespace().collect::<String>()), "{text}");
}

#[test]
fn a_rare_character_is_refused_by_name_and_never_printed_as_a_hole() {
    let Some(typst) = typesetter("a_rare_character_is_refused") else { return };
    // A CJK ideograph of extension I (2022), which the family lacks.
    let refused =
        typst.typeset(&template(BODY), &Values::new().text("enterprise_name", "陈\u{2ebf0}"));
    assert_eq!(
        refused,
        Err(DocumentError::GlyphMissing { template: "probe".to_owned(), character: '\u{2ebf0}' })
    );
    let spaced = Values::new().text("enterprise_name", "陈　思远 Chen\nSiyuan");
    assert!(typst.typeset(&template(BODY), &spaced).is_ok());
}

#[test]
fn without_its_family_there_is_no_typesetter() {
    assert!(matches!(Typst::new([]), Err(DocumentError::FontMissing { .. })));
    assert!(matches!(Typst::new([b"no font".to_vec()]), Err(DocumentError::FontMissing { .. })));
}

#[test]
fn the_edition_names_the_engine_in_the_lock_file() {
    let Some(typst) = typesetter("the_edition_names_the_engine") else { return };
    let lock = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock"))
        .expect("lock file");
    let version =
        lock.split("name = \"typst\"\nversion = \"").nth(1).and_then(|rest| rest.split('"').next());
    assert!(
        typst.edition().starts_with(&format!("typst {}, ", version.expect("locked"))),
        "{}",
        typst.edition()
    );
}
