//! Validation at entry: bad input is refused with a code, the place and the services concerned.

use crate::data::{SETUP, dictionary, forms, maps, qinghe, qinghe_food, setup_and, spot};
use codes::Coded as _;
use elements::Value;
use forms::{Answers, ServiceForm, Stage, refuse_untypable, validate, validate_and_project};

fn told(answers: &Answers, services: &[&str], stage: Stage) -> Vec<String> {
    let forms = forms(services);
    let findings =
        validate(answers, &dictionary(), &forms.iter().collect::<Vec<&ServiceForm>>(), stage);
    findings.errors.iter().map(|e| format!("{} {} {:?}", e.spot, e.reason(), e.services)).collect()
}

#[test]
fn the_samples_are_complete_and_valid() {
    assert_eq!(told(&qinghe(), &SETUP, Stage::Complete), Vec::<String>::new());
    assert_eq!(told(&qinghe_food(), &setup_and(&["food"]), Stage::Complete), Vec::<String>::new());
    let forms = forms(&setup_and(&["food"]));
    assert!(
        validate_and_project(
            &qinghe_food(),
            &dictionary(),
            &forms.iter().collect::<Vec<_>>(),
            &maps()
        )
        .is_ok()
    );
}

#[test]
fn every_change_is_judged_where_it_stands() {
    for (at, value, want) in [
        (
            "plain.trade_name",
            Value::from("<script>alert(1)</script>"),
            "plain.trade_name FORMAT []",
        ),
        (
            "plain.registered_capital",
            Value::from("many"),
            "plain.registered_capital TYPE_MISMATCH []",
        ),
        ("plain.registered_capital", Value::Int(-1), "plain.registered_capital OUT_OF_RANGE []"),
        ("plain.postcode", Value::from("51145"), "plain.postcode FORMAT []"),
        ("plain.industry_code", Value::from("H62"), "plain.industry_code FORMAT [name, reg, tax]"),
        ("plain.unit_ratio", Value::Int(4), "plain.unit_ratio OUT_OF_RANGE [fund]"),
        ("plain.address_division", Value::from("999999"), "plain.address_division FIELD []"),
        ("plain.nonsense", Value::from("x"), "plain.nonsense PATH_UNKNOWN []"),
        ("plain.seats", Value::Int(3), "plain.seats NOT_ASKED []"),
        ("card.chen.photo", Value::from("x"), "card.chen.photo PATH_UNKNOWN []"),
        (
            "card.chen.id_number",
            Value::from("440113199003074515"),
            "card.chen.id_number CHECK_DIGIT []",
        ),
        ("card.chen.id_number", Value::from("440113199013074516"), "card.chen.id_number FIELD []"),
        ("card.chen.sex", Value::from("2"), "card.chen.sex CONTRADICTS_ID []"),
        (
            "card.zhao.mobile",
            Value::from("+85261234567"),
            "card.zhao.mobile FORMAT [fund, med, soc]",
        ),
        ("card.chen.name", Value::from("陈".repeat(51)), "card.chen.name TOO_LONG []"),
        ("role.liaison", Value::from("nobody"), "role.liaison CARD_UNKNOWN []"),
        (
            "role.legal_representative.position",
            Value::from("监事"),
            "role.legal_representative.position CODE_NOT_ACCEPTED [reg]",
        ),
        ("role.agent.salary", Value::Int(1), "role.agent.salary PATH_UNKNOWN []"),
        (
            "role.food_worker.0.occupation",
            Value::from("收银员"),
            "role.food_worker.0.occupation NOT_ASKED []",
        ),
        (
            "role.shareholder.1.subscribed_amount",
            Value::from("2,000,000"),
            "role.shareholder.1.subscribed_amount TYPE_MISMATCH []",
        ),
        ("row.seal.2.count", Value::Int(10), "row.seal.2.count OUT_OF_RANGE []"),
        ("row.seal.2.kind", Value::from("公章"), "row.seal.2.kind CODE_UNKNOWN []"),
        ("row.tree.0.kind", Value::from("oak"), "row.tree.0.kind PATH_UNKNOWN []"),
    ] {
        let mut answers = qinghe();
        answers.set(&spot(at), Some(value));
        let found = told(&answers, &SETUP, Stage::Draft);
        assert!(found.contains(&want.to_owned()), "{at}: {found:?}");
    }
}

#[test]
fn what_is_missing_names_who_asks_it() {
    for (at, want) in [
        ("plain.trade_name", "plain.trade_name FIELD_REQUIRED [name]"),
        ("plain.postcode", "plain.postcode FIELD_REQUIRED [bank, fund]"),
        ("plain.first_month", "plain.first_month FIELD_REQUIRED [fund, med, soc]"),
        ("plain.bo_exempt_pledge", "plain.bo_exempt_pledge FIELD_REQUIRED [bo]"),
        ("plain.premises_until", "plain.premises_until FIELD_REQUIRED [reg]"),
        ("card.zhao.mobile", "card.zhao.mobile FIELD_REQUIRED [fund, med, soc]"),
        ("card.li.home_address", "card.li.home_address FIELD_REQUIRED [bank, reg]"),
        ("role.liaison", "role.liaison FIELD_REQUIRED [reg]"),
        ("role.employee.1.contract_end", "role.employee.1.contract_end FIELD_REQUIRED [soc]"),
        (
            "role.employee.1.monthly_wage",
            "role.employee.1.monthly_wage FIELD_REQUIRED [fund, med, soc]",
        ),
        ("row.seal.3.material", "row.seal.3.material FIELD_REQUIRED [seal]"),
        ("group.seal", "group.seal FIELD_REQUIRED [seal]"),
        ("group.shareholder", "group.shareholder FIELD_REQUIRED [name, reg, tax]"),
        ("group.beneficial_owner", "group.beneficial_owner FIELD_REQUIRED [bank]"),
    ] {
        let mut answers = qinghe();
        answers.set(&spot(at), None);
        assert_eq!(
            told(&answers, &SETUP, Stage::Draft),
            Vec::<String>::new(),
            "{at}: a draft may lack it"
        );
        assert_eq!(told(&answers, &SETUP, Stage::Complete), [want], "{at}");
    }
}

#[test]
fn an_open_ended_contract_needs_no_end_and_collected_seals_no_address() {
    let mut answers = qinghe();
    answers.set(&spot("role.employee.1.employment_form"), Some(Value::from("无固定期限劳动合同")));
    answers.set(&spot("role.employee.1.contract_end"), None);
    assert_eq!(told(&answers, &SETUP, Stage::Complete), Vec::<String>::new());
    answers.set(&spot("plain.delivery_method"), Some(Value::from("邮寄")));
    assert_eq!(
        told(&answers, &SETUP, Stage::Complete),
        ["plain.delivery_address FIELD_REQUIRED [seal]"]
    );
}

#[test]
fn the_exemption_cannot_be_pledged_above_ten_million() {
    for (fen, want) in [
        (1_000_000_000, vec![]),
        (1_000_000_001, vec!["plain.bo_filing_kind BO_EXEMPT_CAPITAL [bo]"]),
    ] {
        let mut answers = qinghe();
        answers.set(&spot("plain.registered_capital"), Some(Value::Int(fen)));
        assert_eq!(told(&answers, &SETUP, Stage::Draft), want, "{fen}");
    }
    let mut answers = qinghe();
    answers.set(&spot("plain.bo_filing_kind"), Some(Value::from("填报")));
    let missing = told(&answers, &SETUP, Stage::Complete);
    assert!(
        missing.contains(&"role.beneficial_owner.0.bo_since FIELD_REQUIRED [bo]".to_owned()),
        "{missing:?}"
    );
}

#[test]
fn one_holder_and_rows_are_told_apart() {
    let answers: Answers = serde_json::from_str(
        r#"{"cards":{"p1":{"name":"陈"}},"roles":{"shareholder":{"card":"p1"},"agent":[{"card":"p1"}]}}"#,
    )
    .unwrap();
    assert_eq!(
        told(&answers, &SETUP, Stage::Draft),
        ["group.agent WRONG_NUMBER []", "group.shareholder WRONG_NUMBER []"]
    );
}

#[test]
fn nobody_types_what_is_derived() {
    let before = qinghe();
    for (at, value) in [
        ("plain.uscc", Value::from("91440115MAD2K7Q49J")),
        ("plain.enterprise_name", Value::from("别的公司")),
        ("plain.account_number", Value::from("1")),
        ("role.shareholder.0.ratio", Value::from("99.00")),
    ] {
        let mut after = before.clone();
        after.set(&spot(at), Some(value));
        let errors = refuse_untypable(&before.diff(&after), &dictionary()).unwrap_err();
        let found: Vec<(String, &str)> =
            errors.iter().map(|e| (e.spot.to_string(), e.reason())).collect();
        assert_eq!(found, [(at.to_owned(), "NEVER_TYPED")]);
    }
    let mut after = before.clone();
    after.set(&spot("plain.trade_name"), Some(Value::from("青苗")));
    assert!(refuse_untypable(&before.diff(&after), &dictionary()).is_ok());
}

#[test]
fn what_follows_from_answers_is_computed() {
    let completed = qinghe().completed(&dictionary(), &maps());
    for (at, want) in [
        ("plain.enterprise_name", r#""广州青禾餐饮管理有限公司""#),
        ("plain.registration_authority", r#""广州市南沙区市场监督管理局""#),
        ("plain.headcount", "3"),
        ("plain.injury_risk_class", "2"),
        ("role.shareholder.0.ratio", r#""60.00""#),
        ("role.shareholder.1.ratio", r#""40.00""#),
        ("card.wang.sex", r#""2""#),
        ("card.wang.birth_date", r#""1985-06-23""#),
        ("card.zhao.nationality", r#""CHN""#),
    ] {
        assert_eq!(
            serde_json::to_string(&completed.get(&spot(at)).unwrap()).unwrap(),
            want,
            "{at}"
        );
    }
    let mut thirds = qinghe();
    thirds.set(&spot("plain.name_pattern"), Some(Value::from("区划居中")));
    thirds.set(&spot("plain.business_address"), None);
    for row in 0..3 {
        thirds.set(&spot(&format!("role.shareholder.{row}")), Some(Value::from("li")));
        thirds
            .set(&spot(&format!("role.shareholder.{row}.subscribed_amount")), Some(Value::Int(1)));
    }
    let completed = thirds.completed(&dictionary(), &maps());
    let ratio =
        |row: usize| completed.get(&spot(&format!("role.shareholder.{row}.ratio"))).unwrap();
    assert_eq!(
        [ratio(0), ratio(1), ratio(2)],
        ["33.34", "33.33", "33.33"].map(Value::from),
        "they add up"
    );
    assert_eq!(
        completed.get(&spot("plain.enterprise_name")),
        Some(Value::from("青禾（广州）餐饮管理有限公司"))
    );
    assert_eq!(
        serde_json::to_string(&completed.get(&spot("plain.business_address"))).unwrap(),
        r#"{"detail":"进港大道8号1208房","division":"440115"}"#
    );
}

#[test]
fn too_many_rows_are_refused() {
    let rows: Vec<String> = (0..2_001).map(|_| r#"{"count":1}"#.to_owned()).collect();
    let answers: Answers =
        serde_json::from_str(&format!(r#"{{"rows":{{"seal":[{}]}}}}"#, rows.join(","))).unwrap();
    assert_eq!(told(&answers, &SETUP, Stage::Draft), ["group.seal TOO_MANY_ROWS []"]);
}

#[test]
fn errors_speak_both_languages_and_name_the_field() {
    let mut answers = qinghe();
    answers.set(&spot("plain.address_detail"), Some(Value::Text("长".repeat(65))));
    let forms = forms(&SETUP);
    let findings =
        validate(&answers, &dictionary(), &forms.iter().collect::<Vec<_>>(), Stage::Draft);
    let error = &findings.errors[0];
    let label = error.label();
    assert_eq!(label.zh, "住所详细地址：按GB 18030编码最多128字节，现有130字节，请缩短");
    assert_eq!(
        label.en,
        "Registered address: At most 128 bytes in GB 18030; it has 130, please shorten it"
    );
    assert_eq!(error.code().to_string(), "ELM-0011");
    // Compared as values: the order of members depends on what else is built with the same JSON crate.
    let fields: serde_json::Value = serde_json::from_str(&error.fields().unwrap()).unwrap();
    let expected = serde_json::json!({
        "at": "plain.address_detail", "bytes": 130, "max": 128, "service": "bank", "services": ["bank"]
    });
    assert_eq!(fields, expected);
}
