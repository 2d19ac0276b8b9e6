//! Templates from outside: what is read, what is taken, what a digest depends on.

#![expect(clippy::expect_used, reason = "a helper of a test may end the test")]

use codes::{Coded as _, Date};
use documents::{Class, Datum, DocumentError, Page, Template, Templates, Values};
use elements::Value;

const SOURCE: &str = "章程 #sys.inputs";

fn articles() -> Template {
    Template::read(
        r#"
id: articles
title: {zh: 公司章程, en: Articles of association}
class: application
page: a4
signers: ["shareholder[]"]
source: articles.typ
values:
  enterprise_name: {is: text, zh: 名称, en: Name}
  registered_capital: {is: money, zh: 注册资本, en: Registered capital}
  qr: {is: qr, zh: 核验码, en: Verification code, optional: true}
  shareholders:
    is: rows
    zh: 股东
    en: Shareholders
    from: "shareholder[]"
    columns:
      name: {is: text, zh: 姓名, en: Name}
      id_number: {is: text, zh: 证件号码, en: Document number, personal: true}
      amount: {is: money, zh: 认缴出资额, en: Subscribed, from: subscribed_amount}
      due: {is: date, zh: 出资日期, en: Due, from: contribution_date, optional: true}
"#,
        |name| (name == "articles.typ").then(|| SOURCE.to_owned()),
    )
    .expect("the template is sound")
}

fn row(name: &str, amount_fen: i64, mobile: &str) -> Values {
    Values::new()
        .text("name", name)
        .text("id_number", "440305199211180322")
        .text("mobile", mobile)
        .money_fen("amount", amount_fen)
        .date("due", Date::constant(2031, 2, 12))
}

fn values(amount_fen: i64, mobile: &str) -> Values {
    Values::new()
        .text("enterprise_name", "广州青禾餐饮管理有限公司")
        .money_fen("registered_capital", 500_000_000)
        .text("phone", "020-12345678")
        .rows(
            "shareholders",
            vec![row("陈思远", 300_000_000, "13800138000"), row("李若彤", amount_fen, mobile)],
        )
}

#[test]
fn a_template_says_what_it_is() {
    let template = articles();
    assert_eq!(
        (template.id(), template.class(), template.page()),
        ("articles", Class::Application, Page::A4)
    );
    assert_eq!(template.signers(), ["shareholder[]"]);
    assert_eq!(template.personal(), ["shareholders.id_number"]);
    let shareholders = template.values().get("shareholders").expect("declared");
    assert_eq!(shareholders.from, "shareholder[]");
}

#[test]
fn a_change_of_what_is_not_declared_leaves_the_digest_and_a_change_of_what_is_declared_does_not() {
    let template = articles();
    let before = template.take(&values(200_000_000, "13900139000")).expect("complete").digest();
    let new_mobile = template.take(&values(200_000_000, "13700137000")).expect("complete").digest();
    let new_amount = template.take(&values(190_000_000, "13900139000")).expect("complete").digest();
    assert_eq!(before, new_mobile);
    assert_ne!(before, new_amount);
    assert_eq!(before.to_string().parse(), Ok(before));
}

#[test]
fn a_digest_depends_on_the_template_and_not_on_comments_in_its_yaml() {
    let read = |yaml: &str, source: &str| {
        Template::read(yaml, |_| Some(source.to_owned())).expect("sound").digest()
    };
    let yaml = "id: a\ntitle: {zh: 甲, en: A}\nclass: notice\nsource: a.typ\nvalues: {}\n";
    assert_eq!(read(yaml, "甲"), read(&format!("# a comment\n{yaml}"), "甲"));
    assert_ne!(read(yaml, "甲"), read(yaml, "乙"));
    assert_ne!(read(yaml, "甲"), read(&yaml.replace("zh: 甲", "zh: 乙"), "甲"));
}

#[test]
fn the_digest_of_a_known_document_never_changes() {
    // If you are here because this failed: every signature given so far binds to this digest. Do not change what it is
    // computed over; add a new version beside it (`lianban document 2`) and keep the old one for old documents.
    let digest = articles().take(&values(200_000_000, "13900139000")).expect("complete").digest();
    assert_eq!(
        digest.to_string(),
        "fcf662e4aff043d275a834adf1eb662b0f57814b7ec800ce49ae3038226b06d8"
    );
}

#[test]
fn everything_that_is_missing_is_named_at_once() {
    let refused = articles()
        .take(&Values::new().rows("shareholders", vec![Values::new().text("name", "陈思远")]));
    let Err(DocumentError::Incomplete { keys, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(
        keys,
        [
            "enterprise_name",
            "registered_capital",
            "shareholders[0].amount",
            "shareholders[0].id_number"
        ]
    );
}

#[test]
fn a_value_of_a_wrong_kind_is_refused_in_rows_as_well() {
    let template = articles();
    let wrong = values(1, "1").with("registered_capital", Datum::Text("五百万".to_owned()));
    assert!(
        matches!(template.take(&wrong), Err(DocumentError::WrongKind { key, .. }) if key == "registered_capital")
    );
    let row = row("陈思远", 1, "1").with("amount", Datum::Flag(true));
    let wrong = values(1, "1").rows("shareholders", vec![row]);
    let refused = template.take(&wrong).expect_err("a flag is no money");
    assert_eq!(
        refused.fields().as_deref(),
        Some(r#"{"key":"shareholders[0].amount","why":"money"}"#)
    );
}

#[test]
fn faces_are_what_gets_printed() {
    let template = articles();
    let taken = template
        .take(&values(200_000_000, "1").text("qr", "https://lianban.example/v/ABC"))
        .expect("complete");
    let faces = taken.faces(&template).expect("printable");
    let text = |path: &str| {
        serde_json::Value::Object(faces.clone()).pointer(path).cloned().unwrap_or_default()
    };
    assert_eq!(text("/registered_capital/capitals"), "伍佰万元整");
    assert_eq!(text("/registered_capital/wan"), "500");
    assert_eq!(text("/shareholders/1/amount/yuan"), "2,000,000.00");
    assert_eq!(text("/shareholders/0/due/zh"), "2031年2月12日");
    assert_eq!(text("/shareholders/0/due/en"), "12 February 2031");
    assert!(text("/qr/svg").as_str().is_some_and(|svg| svg.starts_with("<svg")));
    assert!(!faces.contains_key("phone"));
    assert!(!serde_json::to_string(&faces).expect("json").contains("mobile"));
}

#[test]
fn sample_values_are_read_as_declared() {
    let template = articles();
    let yaml = "enterprise_name: 青禾\nregistered_capital: 500000000\nshareholders:\n- {name: 陈, id_number: '1', amount: 1, due: 2031-02-12}\n";
    let read = template.read_values(yaml).expect("sound");
    assert_eq!(read.get("registered_capital"), Some(&Datum::MoneyFen(500_000_000)));
    assert!(template.take(&read).is_ok());
    for wrong in [
        "registered_capital: '500'",
        "mobile: '1'",
        "shareholders: [{nick: a}]",
        "enterprise_name: [a]",
    ] {
        assert!(
            matches!(template.read_values(wrong), Err(DocumentError::WrongKind { .. })),
            "{wrong}"
        );
    }
}

#[test]
fn a_data_only_reform_gathers_values_by_the_paths_they_come_from() {
    let template = articles();
    let answers: std::collections::BTreeMap<String, Value> = serde_json::from_str(
        r#"{"enterprise_name":"青禾","registered_capital":500000000,"agent.mobile":"13800138000","shareholder[]":[
            {"name":"陈思远","id_number":"440113199003074516","subscribed_amount":300000000,"mobile":"13800138000"}]}"#,
    )
    .expect("json");
    let values = template.gather(|path| answers.get(path).cloned()).expect("all there");
    let taken = template.take(&values).expect("complete");
    let Some(Datum::Rows(rows)) = taken.values().get("shareholders") else { panic!("rows") };
    assert_eq!(rows[0].get("amount"), Some(&Datum::MoneyFen(300_000_000)));
    assert_eq!(rows[0].iter().count(), 3);
    // An answer of the wrong kind is named by the template's key.
    let wrong = template.gather(|path| (path == "shareholder[]").then(|| Value::from("陈")));
    assert!(matches!(wrong, Err(DocumentError::WrongKind { key, .. }) if key == "shareholders"));
}

#[test]
fn a_template_with_a_fault_is_refused_with_its_line_or_key() {
    let head = "id: a\ntitle: {zh: 甲, en: A}\nclass: notice\nsource: a.typ\n";
    let read = |rest: &str| {
        Template::read(&format!("{head}{rest}"), |name| (name == "a.typ").then(String::new))
    };
    for (rest, code) in [
        ("values:\n  a: {is: number, zh: 甲, en: A}\n", "DOC-0001"),
        ("values:\n  a: {is: text, zh: 甲}\n", "DOC-0001"),
        ("parts: [b.typ]\nvalues: {}\n", "DOC-0002"),
        ("values:\n  who: {is: text, zh: 电话, en: Mobile, from: agent.mobile}\n", "DOC-0003"),
        (
            "values:\n  s: {is: rows, zh: 人, en: P, columns: {id_number: {is: text, zh: 号, en: N}}}\n",
            "DOC-0003",
        ),
    ] {
        let refused = read(rest).expect_err(rest);
        assert_eq!(refused.code().to_string(), code, "{refused}");
    }
    let refused =
        read("values: {a: {is: text, zh: 甲, en: A, colour: red}}\n").expect_err("unknown key");
    assert!(
        matches!(refused, DocumentError::Unreadable { line: Some(5), ref template, .. } if template == "a"),
        "{refused:?}"
    );
    // The phone of an enterprise is no personal data: it has no subject before it.
    assert!(read("values:\n  phone: {is: text, zh: 电话, en: Phone}\n").is_ok());
}

#[test]
fn two_templates_cannot_share_an_id() {
    let mut templates = Templates::new();
    templates.add(articles()).expect("the first");
    assert!(matches!(templates.add(articles()), Err(DocumentError::TemplateTaken { .. })));
    assert!(matches!(templates.get("charter"), Err(DocumentError::TemplateUnknown { .. })));
}
