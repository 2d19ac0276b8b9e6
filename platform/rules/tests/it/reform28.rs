//! What the tables of reform 28 decide.

use crate::{facts, of_28};
use codes::Date;
use elements::Value;
use rules::{Asked, Decision, Ground, RuleError, decide};

const TABLES: [&str; 11] = [
    "contribution_date",
    "contribution_form",
    "food_paper",
    "hygiene_validity",
    "legal_representative",
    "name_term",
    "owner_filing",
    "personal_ratio",
    "registration_term",
    "shareholder_count",
    "unit_ratio",
];

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// The row and one output, `? fact` for a fact that is needed, or the slug of the error.
fn told(table: &str, given: &str, on: &str, output: &str) -> String {
    use codes::Coded as _;
    match decide(&of_28(table), &facts(given), day(on), "440115".parse().ok()) {
        Ok(Decision::NeedFact(need)) => format!("? {}", need.key),
        Ok(decided) => {
            let hit = decided.hit().unwrap();
            format!("{} {}", hit.row, hit.outputs[output].as_text().unwrap())
        }
        Err(error) => error.reason().to_owned(),
    }
}

#[test]
fn the_tables_have_neither_overlaps_nor_gaps_nor_idle_rows() {
    for id in TABLES {
        assert_eq!(of_28(id).check(), [], "{id}");
    }
}

#[test]
fn a_name_is_kept_two_months_or_a_year() {
    for (given, want) in [
        (r#"{"prior_approval":false}"#, "usual 2m roll"),
        (r#"{"prior_approval":true}"#, "with_prior_approval 1y roll"),
        ("{}", "? prior_approval"),
    ] {
        assert_eq!(told("name_term", given, "2026-02-11", "kept"), want, "{given}");
    }
}

#[test]
fn registration_takes_no_day_or_three_and_three_more() {
    for (given, output, want) in [
        (r#"{"registrable_at_once":true}"#, "statutory", "on_the_spot 0wd"),
        (r#"{"registrable_at_once":false}"#, "statutory", "three_days 3wd"),
        (r#"{"registrable_at_once":false}"#, "extension", "three_days 3wd"),
        ("{}", "statutory", "? registrable_at_once"),
    ] {
        assert_eq!(told("registration_term", given, "2026-02-12", output), want, "{given}");
    }
}

#[test]
fn owners_are_exempt_up_to_ten_million_with_natural_persons_alone() {
    let people =
        r#""shareholder[].id_type":["resident_id","passport"],"shareholder[].id_number":["A","B"]"#;
    let pledged = r#""bo_filing_kind":"承诺免报""#;
    let with = |capital: i64, controller: &str| {
        format!(
            r#"{{{pledged},"registered_capital":{capital},"controller.id_number":"{controller}",{people}}}"#
        )
    };
    let firm = r#""shareholder[].id_type":["uscc"],"shareholder[].id_number":["A"]"#;
    for (given, on, want, duty) in [
        (with(1_000_000_000, "A"), "2024-11-01", "exempt grant", "none"),
        (with(1_000_000_001, "A"), "2024-11-01", "large_capital refuse", "beneficial_owners"),
        (
            with(1_000_000_000, "C"),
            "2026-02-12",
            "controlled_by_others refuse",
            "beneficial_owners",
        ),
        (
            format!(r#"{{{pledged},"registered_capital":100,{firm}}}"#),
            "2026-02-12",
            "other_shareholders refuse",
            "beneficial_owners",
        ),
        // Whoever names the owners may, whatever the capital.
        (
            r#"{"bo_filing_kind":"填报"}"#.to_owned(),
            "2026-02-12",
            "named grant",
            "beneficial_owners",
        ),
        // Too large a capital decides, whoever the controller is.
        (
            format!(r#"{{{pledged},"registered_capital":5000000000}}"#),
            "2026-02-12",
            "large_capital refuse",
            "beneficial_owners",
        ),
        (with(5_000_000_000, "C"), "2024-10-31", "before_the_rules grant", "none"),
    ] {
        assert_eq!(told("owner_filing", &given, on, "verdict"), want, "{given} on {on}");
        let row = want.split_once(' ').unwrap().0;
        let found = told("owner_filing", &given, on, "duty");
        assert_eq!(found, format!("{row} {duty}"), "{given} on {on}");
    }
    for (given, want) in [
        // A controller who is not known is asked for: not naming one is not the harsher row.
        (format!(r#"{{{pledged},"registered_capital":100,{people}}}"#), "? controller.id_number"),
        (format!(r#"{{{pledged},"registered_capital":100}}"#), "? shareholder[].id_type"),
        (format!("{{{pledged}}}"), "? registered_capital"),
        ("{}".to_owned(), "? bo_filing_kind"),
        (format!(r#"{{{pledged},"registered_capital":"much"}}"#), "RULE_FACT_UNFIT"),
    ] {
        assert_eq!(told("owner_filing", &given, "2026-02-12", "verdict"), want, "{given}");
    }
}

#[test]
fn a_limited_company_has_one_to_fifty_shareholders() {
    let with =
        |form: &str, count: i64| format!(r#"{{"org_form":"{form}","shareholder.count":{count}}}"#);
    for (given, want) in [
        (with("有限公司", 0), "none refuse"),
        (with("有限公司", 1), "one_to_fifty grant"),
        (with("有限责任公司", 50), "one_to_fifty grant"),
        (with("有限责任公司", 51), "above_fifty refuse"),
        (with("股份有限公司", 51), "other_forms grant"),
        (r#"{"shareholder.count":3}"#.to_owned(), "? org_form"),
    ] {
        assert_eq!(told("shareholder_count", &given, "2026-02-12", "verdict"), want, "{given}");
    }
}

#[test]
fn each_shareholder_contributes_what_may_be_contributed() {
    let given = facts(
        r#"{"shareholder.count":3,"shareholder[].contribution_form":["货币","劳务","数据资源"]}"#,
    );
    let asked = Asked::on(day("2026-02-12"), None);
    let decisions = of_28("contribution_form").decide_each(&given, &asked).unwrap();
    let rows: Vec<(Option<usize>, &str, bool)> = decisions
        .iter()
        .map(|(row, decision)| {
            let hit = decision.hit().unwrap();
            (*row, hit.row.as_str(), hit.refuses())
        })
        .collect();
    assert_eq!(
        rows,
        [
            (Some(0), "named", false),
            (Some(1), "excluded", true),
            (Some(2), "other_property", false)
        ]
    );
}

#[test]
fn contributions_are_paid_within_five_years_since_july_2024() {
    let with = |due: &str| format!(r#"{{"shareholder[].contribution_date":["{due}"]}}"#);
    for (due, established, want) in [
        ("2031-02-12", "2026-02-12", "in_time grant"),
        ("2031-02-13", "2026-02-12", "too_late refuse"),
        ("2029-02-28", "2024-02-29", "free_before_2024 grant"),
        ("2054-01-01", "2024-06-30", "free_before_2024 grant"),
        ("2029-07-01", "2024-07-01", "in_time grant"),
        ("2029-07-02", "2024-07-01", "too_late refuse"),
        ("2033-02-28", "2028-02-29", "in_time grant"),
        ("2033-03-01", "2028-02-29", "too_late refuse"),
    ] {
        let found = told("contribution_date", &with(due), established, "verdict");
        assert_eq!(found, want, "{due} of {established}");
    }
    assert_eq!(told("contribution_date", "{}", "2024-06-30", "verdict"), "free_before_2024 grant");
    let need = told("contribution_date", "{}", "2026-02-12", "verdict");
    assert_eq!(need, "? shareholder[].contribution_date");
}

#[test]
fn a_law_counts_only_from_the_day_on_which_it_was_known() {
    let given = facts(r#"{"shareholder[].contribution_date":["2040-01-01"]}"#);
    let asked = Asked::on(day("2024-07-01"), None);
    let table = of_28("contribution_date");
    let before = table.decide(&given, &Asked { known_on: Some(day("2023-12-28")), ..asked });
    assert!(matches!(before, Err(RuleError::NoRow { .. })), "{before:?}");
    let after = table.decide(&given, &Asked { known_on: Some(day("2023-12-29")), ..asked });
    assert_eq!(after.unwrap().hit().unwrap().row, "too_late");
}

#[test]
fn ratios_lie_between_five_and_twelve() {
    for (ratio, want) in [
        (4, "too_low refuse"),
        (5, "usual grant"),
        (12, "usual grant"),
        (13, "too_high refuse"),
        (-1, "too_low refuse"),
    ] {
        for who in ["unit_ratio", "personal_ratio"] {
            let given = format!(r#"{{"{who}":{ratio}}}"#);
            assert_eq!(told(who, &given, "2026-02-12", "verdict"), want, "{given}");
        }
    }
}

#[test]
fn pre_packaged_food_alone_is_filed() {
    let with = |format: &str, scope: &str| {
        format!(r#"{{"food_format":"{format}","business_scope":[{scope}]}}"#)
    };
    let prepackaged = r#""食品销售（仅销售预包装食品）""#;
    for (given, want, term) in [
        (with("1", prepackaged), "prepackaged_food food_filing", "5wd"),
        (
            with("1", &format!(r#"{prepackaged},"日用百货销售""#)),
            "prepackaged_food food_filing",
            "5wd",
        ),
        (with("1", &format!(r#"{prepackaged},"食品销售""#)), "other_sale food_licence", "10wd"),
        (with("1", r#""食品销售""#), "other_sale food_licence", "10wd"),
        (with("2", prepackaged), "catering food_licence", "10wd"),
        (r#"{"food_format":"2"}"#.to_owned(), "catering food_licence", "10wd"),
    ] {
        assert_eq!(told("food_paper", &given, "2026-02-12", "outcome"), want, "{given}");
        let found = told("food_paper", &given, "2026-02-12", "statutory");
        assert!(found.ends_with(&format!(" {term}")), "{given}: {found}");
    }
    let open = r#"{"food_format":"1"}"#;
    assert_eq!(told("food_paper", open, "2026-02-12", "outcome"), "? business_scope");
}

#[test]
fn the_legal_representative_is_a_director_or_manager() {
    let with = |position: &str| format!(r#"{{"legal_representative.position":"{position}"}}"#);
    for (position, on, want) in [
        ("经理", "2026-02-12", "director_or_manager grant"),
        ("董事", "2026-02-12", "director_or_manager grant"),
        ("监事", "2026-02-12", "anybody_else refuse"),
        ("董事", "2024-06-30", "anybody_else_before_2024 refuse"),
        ("董事长", "2024-06-30", "chair_or_manager_before_2024 grant"),
        ("店长", "2026-02-12", "RULE_FACT_UNFIT"),
    ] {
        let found = told("legal_representative", &with(position), on, "verdict");
        assert_eq!(found, want, "{position} on {on}");
    }
}

#[test]
fn a_hygiene_licence_is_valid_for_four_years() {
    assert_eq!(
        told("hygiene_validity", "{}", "2026-02-12", "valid_to"),
        "four_years 4y day_before"
    );
    assert_eq!(told("hygiene_validity", "{}", "2026-02-12", "review_by"), "four_years 2y");
    let table = of_28("hygiene_validity");
    assert_eq!(table.outputs().collect::<Vec<_>>(), ["review_by", "valid_to"]);
    assert_eq!(table.decides.as_deref(), Some("hyg"));
}

#[test]
fn a_decision_is_explained() {
    let given = facts(r#"{"unit_ratio":13,"personal_ratio":5}"#);
    let decision = decide(&of_28("unit_ratio"), &given, day("2026-02-12"), None).unwrap();
    let hit = decision.hit().unwrap();
    assert_eq!(hit.reason.as_deref(), Some("FUND_RATIO_TOO_HIGH"));
    assert!(hit.label.as_ref().unwrap().zh.contains("12%"));
    assert_eq!(hit.explanation.ground, Ground::Source("建金管〔2005〕5号".to_owned()));
    assert_eq!(hit.explanation.facts, [("unit_ratio".to_owned(), Value::Int(13))].into());
    assert_eq!(hit.explanation.on, day("2026-02-12"));
    let json = serde_json::to_string(&decision).unwrap();
    assert_eq!(serde_json::from_str::<Decision>(&json).unwrap(), decision);
}
