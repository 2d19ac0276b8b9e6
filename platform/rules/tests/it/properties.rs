//! What holds for all facts.

use crate::of_28;
use codes::Date;
use elements::{Dictionary, Value};
use proptest::prelude::*;
use rules::{Asked, Facts, RuleError, Table, decide};

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (0..60_i64).prop_map(Value::Int),
        prop_oneof![
            Just("货币"),
            Just("有限公司"),
            Just("resident_id"),
            Just("2031-02-13"),
            Just("长期"),
            Just("经理"),
            Just("食品销售"),
            Just("1"),
            Just("")
        ]
        .prop_map(Value::from),
        ".{0,8}".prop_map(Value::Text),
    ];
    prop_oneof![3 => leaf.clone(), 1 => proptest::collection::vec(leaf, 0..4).prop_map(Value::List)]
}

fn day() -> impl Strategy<Value = Date> {
    (1_i16..=9999, 1_i8..=12, 1_i8..=28).prop_map(|(y, m, d)| Date::new(y, m, d).unwrap())
}

const NAMES: [&str; 16] = [
    "prior_approval",
    "registrable_at_once",
    "bo_filing_kind",
    "registered_capital",
    "shareholder[].id_type",
    "shareholder[].id_number",
    "controller.id_number",
    "org_form",
    "shareholder.count",
    "shareholder[].contribution_form",
    "shareholder[].contribution_date",
    "unit_ratio",
    "food_format",
    "business_scope",
    "legal_representative.position",
    "personal_ratio",
];

/// A unique table over one number whose rows are half-open ranges, some of which may meet.
fn ranges(bounds: &[(i32, i32)]) -> Table {
    let rows: String = bounds
        .iter()
        .enumerate()
        .map(|(i, (from, to))| {
            format!(
                "- {{id: r{i}, when: {{n: \"[{from}..{to})\"}}, then: {{out: x}}, default: true}}\n"
            )
        })
        .collect();
    let text = format!(
        "id: t\nzh: 表\nen: table\nrelevant_date: submitted\nhit: unique\nfacts:\n  n: {{zh: 数, en: n, type: \"N 6\"}}\n\
         inputs:\n  n: {{fact: n}}\noutputs: {{out: one of x}}\nrows:\n{rows}"
    );
    Table::read(&Dictionary::builtin().unwrap(), "t.yaml", &text).unwrap()
}

proptest! {
    #[test]
    fn deciding_never_panics(
        values in proptest::collection::vec(proptest::option::of(value()), NAMES.len()),
        on in day(),
    ) {
        let facts: Facts = NAMES
            .iter()
            .zip(values)
            .filter_map(|(name, value)| Some(((*name).to_owned(), value?)))
            .collect();
        for id in [
            "name_term", "registration_term", "owner_filing", "shareholder_count", "contribution_form",
            "contribution_date", "unit_ratio", "personal_ratio", "food_paper", "legal_representative",
        ] {
            let table = of_28(id);
            // Two rows never both hold where the checker found none to overlap.
            let decided = decide(&table, &facts, on, None);
            prop_assert!(!matches!(decided, Err(RuleError::Ambiguous { .. })), "{:?}", decided);
            if decided.is_err() {
                continue;
            }
            let again = table.decide(&facts, &Asked::on(on, None));
            prop_assert_eq!(decided, again);
        }
    }

    #[test]
    fn the_checker_and_the_decision_agree_on_overlaps_and_gaps(
        bounds in proptest::collection::vec((-20..20_i32, 1..15_i32), 1..5),
    ) {
        let bounds: Vec<(i32, i32)> = bounds.into_iter().map(|(from, len)| (from, from + len)).collect();
        let table = ranges(&bounds);
        let faults = table.check();
        let (mut overlaps, mut gaps) = (false, false);
        for n in -60..60_i64 {
            let facts: Facts = [("n".to_owned(), Value::Int(n))].into();
            match decide(&table, &facts, Date::constant(2026, 2, 12), None) {
                Err(RuleError::Ambiguous { .. }) => overlaps = true,
                Err(RuleError::NoRow { .. }) => gaps = true,
                other => prop_assert!(other.is_ok()),
            }
        }
        let found = |reason: &str| {
            use codes::Coded as _;
            faults.iter().any(|fault| fault.wrong.reason() == reason)
        };
        prop_assert_eq!(found("RULE_OVERLAP"), overlaps, "{:?}", faults);
        prop_assert_eq!(found("RULE_GAP"), gaps, "{:?}", faults);
    }
}
