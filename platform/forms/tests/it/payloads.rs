//! What each service reads: exactly its own paths, stable to the byte.

use crate::data::{
    SETUP, dictionary, form_text, forms, maps, parse, qinghe, qinghe_food, setup_and, spot,
};
use codes::Coded as _;
use elements::Value;
use forms::{Cell, project};

#[test]
fn s14_the_fund_reads_34_paths_and_no_shareholding() {
    let answers = qinghe().completed(&dictionary(), &maps());
    let form = parse("fund", form_text("fund"));
    let payload = project(&answers, &form, &maps()).unwrap();
    assert_eq!(payload.paths().count(), 34);
    assert!(payload.paths().all(|path| path.subject_key() != Some("shareholder")));
    assert!(payload.cells(&"shareholder[].name".parse().unwrap()).is_empty());
    let bytes = payload.canonical_bytes();
    let text = String::from_utf8(bytes).unwrap();
    for foreign in [
        "shareholder",
        "subscribed_amount",
        "home_address",
        "id_expiry",
        "registered_capital",
        "李若彤",
    ] {
        assert!(!text.contains(foreign), "{foreign}");
    }
    assert_eq!(
        payload.cells(&"account_number".parse().unwrap()),
        [&Cell::Empty],
        "an outcome that is not there yet"
    );
}

#[test]
fn every_payload_holds_only_its_own_paths() {
    let answers = qinghe_food().completed(&dictionary(), &maps());
    for form in &forms(&setup_and(&["food"])) {
        let payload = project(&answers, form, &maps()).unwrap();
        let asked: Vec<String> = form.fields.iter().map(|field| field.path.to_string()).collect();
        for (key, value) in payload.to_value().as_map().unwrap() {
            let inner: Vec<String> = match value {
                Value::List(rows) if rows.iter().all(|row| row.as_map().is_some()) => rows
                    .iter()
                    .flat_map(|row| row.as_map().unwrap().keys().map(|a| format!("{key}[].{a}")))
                    .collect(),
                Value::Map(parts) if !asked.contains(key) => {
                    parts.keys().map(|a| format!("{key}.{a}")).collect()
                }
                _ => vec![key.clone()],
            };
            for path in inner {
                assert!(asked.contains(&path), "{} reads {path}", form.service);
            }
        }
    }
}

#[test]
fn a_payload_changes_only_with_what_its_service_reads() {
    let bytes = |service: &str, at: Option<(&str, Value)>| {
        let mut answers = qinghe();
        if let Some((at, value)) = at {
            answers.set(&spot(at), Some(value));
        }
        let answers = answers.completed(&dictionary(), &maps());
        let form = parse(service, form_text(service));
        project(&answers, &form, &maps()).unwrap().canonical_bytes()
    };
    for (at, value, touched) in [
        ("card.li.mobile", Value::from("13926401993"), vec![]),
        ("plain.pay_day", Value::Int(15), vec!["fund"]),
        ("role.shareholder.1.subscribed_amount", Value::Int(190_000_000), vec!["reg", "tax"]),
        ("card.zhao.mobile", Value::from("13533011998"), vec!["soc", "med", "fund"]),
        (
            "plain.uscc",
            Value::from("91440115MAD2K7Q49J"),
            vec!["bo", "seal", "tax", "soc", "med", "fund", "bank"],
        ),
    ] {
        let changed: Vec<&str> = SETUP
            .into_iter()
            .filter(|service| bytes(service, None) != bytes(service, Some((at, value.clone()))))
            .collect();
        assert_eq!(changed, touched, "{at}");
    }
}

#[test]
fn canonical_bytes_are_sorted_and_stable() {
    let answers = qinghe().completed(&dictionary(), &maps());
    let form = parse("seal", form_text("seal"));
    let text =
        String::from_utf8(project(&answers, &form, &maps()).unwrap().canonical_bytes()).unwrap();
    assert_eq!(
        text,
        concat!(
            r#"{"address_detail":"进港大道8号1208房","address_division":"440115","delivery_method":"自取","#,
            r#""enterprise_name":"广州青禾餐饮管理有限公司","enterprise_type":"1130","#,
            r#""legal_representative":{"id_number":"440113199003074516","id_type":"resident_id","mobile":"13822001990","name":"陈思远"},"#,
            r#""phone":"020-84681208","seal":[{"count":1,"kind":"法定名称章","material":"回墨"},{"count":1,"kind":"财务专用章","material":"回墨"},"#,
            r#"{"count":1,"kind":"发票专用章","material":"回墨"},{"count":1,"kind":"法定代表人名章","material":"橡胶"}],"#,
            r#""seal_handler":{"id_number":"440115199709090035","id_type":"resident_id","mobile":"13660091997","name":"周明"},"#,
            r#""seal_maker":"440115001"}"#
        )
    );
}

#[test]
fn a_service_that_lacks_what_it_requires_gets_no_payload() {
    let mut answers = qinghe();
    answers.set(&spot("card.zhao.mobile"), None);
    answers.set(&spot("group.seal"), None);
    let answers = answers.completed(&dictionary(), &maps());
    let told = |service: &str| {
        let form = parse(service, form_text(service));
        let errors = project(&answers, &form, &maps()).unwrap_err();
        errors
            .iter()
            .map(|e| format!("{} {} {:?}", e.spot, e.reason(), e.services))
            .collect::<Vec<_>>()
    };
    assert_eq!(told("fund"), ["card.zhao.mobile FIELD_REQUIRED [fund]"]);
    assert_eq!(told("seal"), ["group.seal FIELD_REQUIRED [seal]"]);
}

#[test]
fn an_exempt_party_files_no_beneficial_owner() {
    let answers = qinghe().completed(&dictionary(), &maps());
    let form = parse("bo", form_text("bo"));
    let text =
        String::from_utf8(project(&answers, &form, &maps()).unwrap().canonical_bytes()).unwrap();
    assert_eq!(
        text,
        r#"{"beneficial_owner":[],"bo_exempt_pledge":true,"bo_filing_kind":"承诺免报","enterprise_name":"广州青禾餐饮管理有限公司"}"#
    );
}
