//! The table of conflicts of spec 28, row by row, and S8.

use crate::data::{
    SETUP, dictionary, form_text, forms, maps, merged, parse, qinghe, qinghe_food, setup_and, spot,
};
use codes::Coded as _;
use elements::{Path, Rule, Value};
use forms::{Conflict, FormError, ServiceForm, Stage, merge, project, validate};

fn rule_of(services: &[&str], path: &str) -> Rule {
    let path: Path = path.parse().unwrap();
    let form = merged(services);
    let field = form.fields.iter().find(|field| field.uses.contains_key(&path)).unwrap();
    field.uses[&path].rule.clone()
}

fn patterns(services: &[&str], path: &str) -> Vec<String> {
    rule_of(services, path).patterns.iter().map(|pattern| pattern.text().to_owned()).collect()
}

/// What one service gets of the sample's answers after a change.
fn shown(service: &str, path: &str, change: Option<(&str, Value)>) -> Value {
    let mut answers = qinghe_food();
    if let Some((at, value)) = change {
        answers.set(&spot(at), Some(value));
    }
    let answers = answers.completed(&dictionary(), &maps());
    let form = parse(service, form_text(service));
    let payload = project(&answers, &form, &maps()).unwrap();
    let path: Path = path.parse().unwrap();
    let value = payload.to_value();
    let map = value.as_map().unwrap();
    match &path.subject {
        None => map[path.attribute.as_str()].clone(),
        Some(subject) => match &map[subject.key.as_str()] {
            Value::List(rows) => rows[0].as_map().unwrap()[path.attribute.as_str()].clone(),
            one => one.as_map().unwrap()[path.attribute.as_str()].clone(),
        },
    }
}

fn json(value: &Value) -> String {
    serde_json::to_string(value).unwrap()
}

#[test]
fn mobile_is_narrow_for_employees_and_their_handlers_only() {
    let (wide, narrow) = (r"^\+?\d{8,15}$", r"^1[3-9]\d{9}$");
    for role in ["employee[]", "social_handler", "medical_handler", "fund_handler"] {
        assert_eq!(patterns(&SETUP, &format!("{role}.mobile")), [narrow, wide], "{role}");
    }
    for role in ["legal_representative", "agent", "bank_handler", "reconciler", "seal_handler"] {
        assert_eq!(patterns(&SETUP, &format!("{role}.mobile")), [wide], "{role}");
    }
}

#[test]
fn id_type_of_employees_is_the_intersection() {
    let codes = rule_of(&SETUP, "employee[].id_type").codes.unwrap();
    assert_eq!(
        codes.into_iter().collect::<Vec<_>>(),
        ["hk_mo_permit", "resident_id", "taiwan_permit"]
    );
    assert_eq!(rule_of(&SETUP, "legal_representative.id_type").codes, None, "all six kinds");
}

#[test]
fn a_foreign_employee_is_left_to_the_counter_by_soc_and_med_and_taken_by_fund() {
    let mut answers = qinghe();
    for (at, value) in [
        ("card.zhao.id_type", "passport"),
        ("card.zhao.id_number", "E12345678"),
        ("card.zhao.nationality", "GBR"),
        ("card.zhao.sex", "1"),
        ("card.zhao.birth_date", "1999-01-15"),
    ] {
        answers.set(&spot(at), Some(Value::from(value)));
    }
    let forms = forms(&SETUP);
    let all: Vec<&ServiceForm> = forms.iter().collect();
    let findings = validate(&answers, &dictionary(), &all, Stage::Complete);
    let not_asked: Vec<String> = findings.errors.iter().map(ToString::to_string).collect();
    assert_eq!(not_asked, Vec::<String>::new());
    let answers = answers.completed(&dictionary(), &maps());
    for (service, rows, counter) in [
        ("soc", 2, vec!["role.employee.2"]),
        ("med", 2, vec!["role.employee.2"]),
        ("fund", 3, vec![]),
    ] {
        let form = all.iter().find(|form| form.service.as_str() == service).unwrap();
        let payload = project(&answers, form, &maps()).unwrap();
        assert_eq!(payload.cells(&"employee[].name".parse().unwrap()).len(), rows, "{service}");
        let left: Vec<String> = payload.counter.iter().map(ToString::to_string).collect();
        assert_eq!(left, counter, "{service}");
    }
}

#[test]
fn a_kind_of_document_that_one_service_refuses_names_it() {
    let mut answers = qinghe();
    for (at, value) in [
        ("card.zhao.id_type", "residence_permit"),
        ("card.zhao.id_number", "810000199408230021"),
        ("card.zhao.nationality", "CHN"),
        ("card.zhao.sex", "2"),
        ("card.zhao.birth_date", "1994-08-23"),
    ] {
        answers.set(&spot(at), Some(Value::from(value)));
    }
    let forms = forms(&SETUP);
    let findings =
        validate(&answers, &dictionary(), &forms.iter().collect::<Vec<_>>(), Stage::Complete);
    let got: Vec<(String, &str, String)> = findings
        .errors
        .iter()
        .filter(|error| error.reason() == "ID_TYPE_NOT_ACCEPTED")
        .map(|error| (error.spot.to_string(), error.reason(), error.fields().unwrap()))
        .collect();
    assert_eq!(got.len(), 1, "{:?}", findings.errors);
    assert_eq!(got[0].0, "card.zhao.id_type");
    assert!(got[0].2.contains(r#""service":"fund""#), "{}", got[0].2);
}

#[test]
fn industry_code_is_asked_finest_and_derived_coarser() {
    assert_eq!(patterns(&SETUP, "industry_code"), [r"^[A-T]\d{4}$"]);
    for (service, want) in
        [("tax", r#""H6210""#), ("soc", r#""H6210""#), ("fund", r#""H""#), ("bank", r#""H""#)]
    {
        assert_eq!(json(&shown(service, "industry_code", None)), want, "{service}");
    }
    assert_eq!(json(&shown("soc", "injury_risk_class", None)), "2");
}

#[test]
fn registered_capital_is_formatted_for_each_and_never_silently_rounded() {
    for (service, want) in
        [("reg", r#""500.000000""#), ("tax", r#""5000000.00""#), ("bank", r#""500.00""#)]
    {
        assert_eq!(json(&shown(service, "registered_capital", None)), want, "{service}");
    }
    let third = || Some(("plain.registered_capital", Value::Int(33_333_333)));
    assert_eq!(json(&shown("reg", "registered_capital", third())), r#""33.333333""#);
    assert_eq!(
        json(&shown("bank", "registered_capital", third())),
        r#"{"display_only":true,"exact":33333333,"shown":"33.33"}"#
    );
}

#[test]
fn money_that_a_service_cannot_take_is_refused_at_entry() {
    let mut answers = qinghe();
    answers.set(&spot("plain.invoice_quota"), Some(Value::Int(10_000_050)));
    let forms = forms(&SETUP);
    let findings =
        validate(&answers, &dictionary(), &forms.iter().collect::<Vec<_>>(), Stage::Draft);
    let error = &findings.errors[0];
    assert_eq!(
        (error.reason(), error.spot.to_string().as_str()),
        ("MONEY_PRECISION", "plain.invoice_quota")
    );
    assert!(error.fields().unwrap().contains(r#""service":"tax""#));
}

#[test]
fn addresses_and_names_are_limited_in_characters_and_in_bytes() {
    let rule = rule_of(&SETUP, "address_detail");
    assert_eq!((rule.max_chars, rule.max_gb18030), (Some(100), Some(128)));
    let rule = rule_of(&SETUP, "enterprise_name");
    assert_eq!((rule.max_chars, rule.max_gb18030), (Some(100), Some(128)));
    let forms = forms(&SETUP);
    let all: Vec<&ServiceForm> = forms.iter().collect();
    let who = |detail: String| {
        let mut answers = qinghe();
        answers.set(&spot("plain.address_detail"), Some(Value::Text(detail)));
        let findings = validate(&answers, &dictionary(), &all, Stage::Draft);
        let told =
            findings.errors.iter().map(|error| format!("{} {:?}", error.reason(), error.services));
        told.collect::<Vec<_>>()
    };
    assert_eq!(who("长".repeat(64)), Vec::<String>::new());
    assert_eq!(who("长".repeat(65)), ["TOO_LONG_GB18030 [bank]"]);
    assert_eq!(who("x".repeat(100)), Vec::<String>::new());
    assert_eq!(who("x".repeat(101)), ["TOO_LONG [reg, seal]"]);
}

#[test]
fn a_long_name_only_warns_of_two_rings() {
    let mut answers = qinghe();
    answers.set(
        &spot("plain.name_industry"),
        Some(Value::from("粤港澳大湾区餐饮管理与外卖递送服务发展")),
    );
    let completed = answers.completed(&dictionary(), &maps());
    let forms = forms(&SETUP);
    let findings =
        validate(&completed, &dictionary(), &forms.iter().collect::<Vec<_>>(), Stage::Draft);
    assert_eq!(findings.errors, vec![]);
    let told: Vec<(&str, String)> = findings
        .warnings
        .iter()
        .map(|told| (told.service.as_str(), told.spot.to_string()))
        .collect();
    assert_eq!(told, [("seal", "plain.enterprise_name".to_owned())]);
}

#[test]
fn a_term_projects_to_dates() {
    let with = |value: Value, since: Option<&str>| {
        let mut answers = qinghe();
        answers.set(&spot("plain.business_term"), Some(value));
        answers.set(&spot("plain.establishment_date"), since.map(Value::from));
        let answers = answers.completed(&dictionary(), &maps());
        let form = parse("tax", form_text("tax"));
        let payload = project(&answers, &form, &maps()).unwrap().to_value();
        json(&payload.as_map().unwrap()["business_term"])
    };
    let years = || Value::Map([("years".to_owned(), Value::Int(20))].into());
    assert_eq!(
        with(Value::from("长期"), Some("2026-02-12")),
        r#"{"from":"2026-02-12","to":"9999-12-31"}"#
    );
    assert_eq!(with(years(), Some("2026-02-12")), r#"{"from":"2026-02-12","to":"2046-02-11"}"#);
    assert_eq!(with(years(), None), r#"{"years":20}"#);
}

#[test]
fn enterprise_type_goes_through_crosswalks_and_is_not_asked_twice() {
    for (code, want) in [("1130", r#""173""#), ("1151", r#""173""#), ("1190", r#""159""#)] {
        let change = || Some(("plain.enterprise_type", Value::from(code)));
        assert_eq!(json(&shown("tax", "enterprise_type", change())), want, "{code}");
        assert_eq!(json(&shown("reg", "enterprise_type", change())), format!("\"{code}\""));
    }
    let mut answers = qinghe();
    answers.set(&spot("plain.enterprise_type"), Some(Value::from("0000")));
    let form = parse("tax", form_text("tax"));
    let completed = answers.completed(&dictionary(), &maps());
    let errors = project(&completed, &form, &maps()).unwrap_err();
    assert_eq!(errors[0].reason(), "CROSSWALK_GAP");
}

#[test]
fn a_wage_is_typed_once_and_clipped_by_each_base() {
    let wage = |fen: i64| Some(("role.employee.0.monthly_wage", Value::Int(fen)));
    for (service, typed, want) in [
        ("soc", 900_000, r#"{"exact":900000,"shown":900000}"#),
        ("soc", 300_000, r#"{"exact":300000,"shown":550000}"#),
        ("fund", 300_000, r#"{"exact":300000,"shown":300000}"#),
        ("fund", 200_000, r#"{"exact":200000,"shown":250000}"#),
        ("soc", 9_000_000, r#"{"exact":9000000,"shown":2750100}"#),
    ] {
        assert_eq!(
            json(&shown(service, "employee[].monthly_wage", wage(typed))),
            want,
            "{service} {typed}"
        );
    }
}

#[test]
fn floor_area_is_rounded_half_up_for_hygiene_and_limited_for_wholesale() {
    let mut answers = qinghe_food();
    answers.set(&spot("plain.floor_area"), Some(Value::from("49.95")));
    let hyg = parse("hyg", form_text("hyg"));
    for (at, value) in [
        ("plain.hygiene_venue", Value::from("美容店")),
        ("plain.certified_headcount", Value::Int(3)),
        ("plain.central_air", Value::Bool(false)),
        ("plain.test_report_no", Value::from("GZ20260001")),
        ("plain.test_report_date", Value::from("2026-01-20")),
        ("role.hygiene_manager", Value::from("zhou")),
    ] {
        answers.set(&spot(at), Some(value));
    }
    let completed = answers.completed(&dictionary(), &maps());
    let payload = project(&completed, &hyg, &maps()).unwrap().to_value();
    let area = json(&payload.as_map().unwrap()["floor_area"]);
    assert_eq!(area, r#"{"display_only":true,"exact":"49.95","shown":"50.0"}"#);

    let publisher = parse("pub", form_text("pub"));
    let reasons = |area: &str, mode: &str| {
        let mut answers = answers.clone();
        answers.set(&spot("plain.floor_area"), Some(Value::from(area)));
        answers.set(&spot("plain.distribution_mode"), Some(Value::set([mode])));
        let findings = validate(&answers, &dictionary(), &[&publisher], Stage::Draft);
        let at_area = findings.errors.iter().filter(|error| error.spot == spot("plain.floor_area"));
        at_area.map(|error| error.reason()).collect::<Vec<_>>()
    };
    assert_eq!(reasons("49.99", "批发"), ["OUT_OF_RANGE"]);
    assert_eq!(reasons("50.00", "批发"), Vec::<&str>::new());
    assert_eq!(reasons("49.99", "零售"), Vec::<&str>::new());
}

#[test]
fn id_expiry_is_required_of_those_who_hold_a_role_that_needs_it() {
    let mut answers = qinghe();
    for card in ["chen", "li", "zhou"] {
        answers.set(&spot(&format!("card.{card}.id_expiry")), None);
    }
    let forms = forms(&SETUP);
    let findings =
        validate(&answers, &dictionary(), &forms.iter().collect::<Vec<_>>(), Stage::Complete);
    let told: Vec<String> = findings
        .errors
        .iter()
        .map(|e| format!("{} {} {:?}", e.reason(), e.spot, e.services))
        .collect();
    assert_eq!(
        told,
        [
            "FIELD_REQUIRED card.chen.id_expiry [bank]",
            "FIELD_REQUIRED card.li.id_expiry [bank]",
            "FIELD_REQUIRED card.zhou.id_expiry [bank]",
        ]
    );
}

#[test]
fn a_document_without_end_projects_to_the_last_day_of_the_calendar() {
    assert_eq!(json(&shown("bank", "bank_handler.id_expiry", None)), r#""9999-12-31""#);
    assert_eq!(json(&shown("bank", "legal_representative.id_expiry", None)), r#""2039-05-11""#);
}

#[test]
fn postcode_is_required_with_fund_or_bank() {
    for (services, required) in
        [(&["name", "reg", "tax"][..], false), (&["reg", "fund"], true), (&["reg", "bank"], true)]
    {
        let form = merged(services);
        let field = form
            .fields
            .iter()
            .find(|field| field.uses.keys().any(|path| path.to_string() == "postcode"));
        assert_eq!(!field.unwrap().required_by.is_empty(), required, "{services:?}");
    }
}

#[test]
fn s8_a_five_digit_postcode_contradicts_all_who_ask_it() {
    let mut all = forms(&setup_and(&["food"]));
    all.push(parse(
        "new",
        "service: new\nfields: [\"postcode*\"]\nrules: {postcode: {re: '^\\d{5}$'}}\n",
    ));
    let conflicts = merge(&dictionary(), &all.iter().collect::<Vec<_>>()).unwrap_err();
    let [Conflict::RulesContradict { element, services, why }] = conflicts.as_slice() else {
        panic!("{conflicts:?}");
    };
    assert_eq!(element.to_string(), "postcode");
    let names: Vec<&str> = services.iter().map(|service| service.as_str()).collect();
    assert_eq!(names, ["bank", "food", "fund", "reg", "soc", "tax", "new"]);
    assert_eq!(why, r"`^\d{5}$` takes `00000`, `^\d{6}$` takes `000000`, and no text fits all");
    assert_eq!(conflicts[0].reason(), "RULES_CONTRADICT");
}

#[test]
fn a_form_against_the_dictionary_is_refused_with_everything_that_is_wrong() {
    let faults = |yaml: &str| match ServiceForm::parse(
        &dictionary(),
        "new.yaml",
        &format!("service: new\n{yaml}"),
    ) {
        Err(FormError::Faults { faults, .. }) => {
            faults.iter().map(|fault| format!("{} {fault}", fault.reason())).collect::<Vec<_>>()
        }
        Err(FormError::Yaml(error)) => vec![error.to_string()],
        Ok(_) => vec![],
    };
    for (yaml, want) in [
        (
            "fields: [nonsense]",
            vec!["ELEMENT_UNKNOWN `new` asks `nonsense`, which the dictionary lacks"],
        ),
        (
            "fields: ['shareholder.{name}']",
            vec![
                "TYPE_MISMATCH `new`: `shareholder.name`: the dictionary has `shareholder[].name`",
            ],
        ),
        (
            "fields: [phone]\nrules: {phone: {min: 3}}",
            vec!["TYPE_MISMATCH `new`: `phone`: `min` says nothing about the type `T 20`"],
        ),
        (
            "fields: [phone]\nrules: {postcode: {min_chars: 3}}",
            vec!["FIELD_NOT_ASKED `new` speaks of `postcode`, which it does not ask"],
        ),
        (
            "fields: [phone]\nas: {phone: section}",
            vec!["TYPE_MISMATCH `new`: `phone`: the projection does not fit the type `T 20`"],
        ),
        (
            "fields: [sex, phone]\nrequired_if: {phone: {nothing: {is: 1}}}",
            vec![
                "ELEMENT_UNKNOWN `new` asks `sex`, which the dictionary lacks",
                "ELEMENT_UNKNOWN `new` asks `nothing`, which the dictionary lacks",
            ],
        ),
    ] {
        assert_eq!(faults(yaml), want, "{yaml}");
    }
    let unreadable = faults("fields: ['phone**']");
    assert!(unreadable[0].starts_with("new.yaml:2:"), "{unreadable:?}");
    let form = parse("new", "service: new\nfields: [phone]\n");
    assert!(matches!(
        merge(&dictionary(), &[&form, &form]).unwrap_err()[0],
        Conflict::ServiceTwice { .. }
    ));
}
