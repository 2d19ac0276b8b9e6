//! Tables that are faulty, and what is told of them.

use codes::{Coded as _, Date};
use elements::Dictionary;
use rules::{Asked, Decision, RuleError, Table, TableFault, decide};

fn read(text: &str) -> Result<Table, Vec<TableFault>> {
    Table::read(&Dictionary::builtin().unwrap(), "rules/t.yaml", text)
}

/// A table with the given inputs and rows; `hit` is its policy.
fn table(hit: &str, inputs: &str, rows: &str) -> String {
    format!(
        "id: t\nzh: 表\nen: table\nrelevant_date: submitted\nhit: {hit}\nfacts:\n  b: {{zh: 甲, en: b, type: B}}\n  \
         c: {{zh: 乙, en: c, type: B}}\n  s: {{zh: 丙, en: s, type: S food_item}}\ninputs:\n{inputs}outputs: {{out: one of x y}}\nrows:\n{rows}"
    )
}

const CAPITAL: &str = "  capital: {fact: registered_capital}\n";

fn row(id: &str, when: &str, more: &str) -> String {
    format!("- {{id: {id}, when: {{{when}}}, then: {{out: x}}, source: 法{more}}}\n")
}

/// `line:column REASON` of each fault.
fn told(faults: &[TableFault]) -> Vec<String> {
    faults
        .iter()
        .map(|fault| format!("{}:{} {}", fault.line, fault.column, fault.wrong.reason()))
        .collect()
}

fn checked(text: &str) -> Vec<String> {
    read(text).unwrap().check().iter().map(|fault| fault.wrong.to_string()).collect()
}

#[test]
fn faults_are_told_where_they_stand() {
    for (text, want) in [
        (
            table("unique", CAPITAL, &row("a", "capital: rand(3)", "")),
            vec!["14:27 RULE_EXPRESSION"],
        ),
        (table("unique", CAPITAL, &row("a", "capitals: 3", "")), vec!["14:28 RULE_NAME_UNKNOWN"]),
        (
            table("unique", "  x: {fact: nobody}\n", &row("a", "", "")),
            vec!["11:13 RULE_NAME_UNKNOWN"],
        ),
        (table("unique", "  x: {fact: s}\n", &row("a", "", "")), vec!["11:13 RULE_NAME_UNKNOWN"]),
        (table("unique", CAPITAL, &row("a", "", ", zh: 好")), vec!["14:3 RULE_LABEL_MISSING"]),
        (
            table("unique", CAPITAL, &row("a", "", ", default: true")),
            vec!["14:3 RULE_SOURCE_MISSING"],
        ),
        (
            table("unique", CAPITAL, &row("a", "", ", from: 2024-07-01, until: 2024-06-30")),
            vec!["14:3 RULE_PERIOD"],
        ),
        (
            table("unique", CAPITAL, &(row("a", "", "") + &row("a", "", ""))),
            vec!["15:3 RULE_TWICE"],
        ),
        (
            table("unique", CAPITAL, "- {id: a, then: {out: z}, source: 法}\n"),
            vec!["14:23 RULE_OUTPUT_UNFIT"],
        ),
        (
            table("unique", CAPITAL, "- {id: a, then: {}, source: 法}\n"),
            vec!["14:3 RULE_OUTPUT_MISSING"],
        ),
        (
            table(
                "unique",
                "  x: {type: B, let: {l: s}, derive: \"len(l) / 0 > 1\"}\n",
                &row("a", "", ""),
            ),
            vec!["11:37 RULE_EXPRESSION"],
        ),
        (
            table("unique", "  x: {type: N 3, let: {l: s}, derive: \"l\"}\n", &row("a", "", "")),
            vec!["11:39 RULE_EXPRESSION"],
        ),
    ] {
        let Err(faults) = read(&text) else { panic!("{want:?} was not found in\n{text}") };
        assert_eq!(told(&faults), want, "{faults:?}\n{text}");
    }
}

#[test]
fn a_text_that_is_no_table_is_told_with_its_line() {
    for text in ["id: [\n".to_owned(), table("unique", CAPITAL, "").replace("hit:", "hits:")] {
        let faults = read(&text).unwrap_err();
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].wrong.reason(), "RULE_UNREADABLE");
        assert!(faults[0].line > 0, "{faults:?}");
    }
}

#[test]
fn a_refusal_gives_its_reason() {
    let text = table("unique", CAPITAL, "- {id: a, then: {verdict: refuse}, source: 法}\n")
        .replace("out: one of x y", "verdict: one of grant refuse");
    assert_eq!(told(&read(&text).unwrap_err()), ["14:3 RULE_REFUSAL_BARE"]);
}

#[test]
fn overlaps_and_gaps_are_shown_by_a_value() {
    for (text, want) in [
        (
            table(
                "unique",
                CAPITAL,
                &(row("a", "capital: <= 10", "") + &row("b", "capital: \">= 10\"", "")),
            ),
            vec!["rows `a` and `b` both hold for capital = 10"],
        ),
        (
            table(
                "unique",
                CAPITAL,
                &(row("a", "capital: < 10", "") + &row("b", "capital: \"> 10\"", "")),
            ),
            vec!["no row holds for capital = 10"],
        ),
        (
            table(
                "unique",
                CAPITAL,
                &(row("a", "capital: <= 10", "") + &row("b", "capital: \">= 10.02\"", "")),
            ),
            vec!["no row holds for capital = 10.01"],
        ),
        (
            table("first", CAPITAL, &(row("a", "", "") + &row("b", "capital: \"> 10\"", ""))),
            vec!["row `b` never decides anything"],
        ),
        (
            table(
                "unique",
                "  b: {fact: b}\n  c: {fact: c}\n",
                &(row("a", "b: true", "") + &row("d", "c: true", "")),
            ),
            vec![
                "rows `a` and `d` both hold for b = true, c = true",
                "no row holds for b = false, c = false",
            ],
        ),
        (table("collect", CAPITAL, &row("a", "capital: <= 10", "")), vec![]),
    ] {
        assert_eq!(checked(&text), want, "{text}");
    }
}

#[test]
fn holes_and_overlaps_in_time_and_place_are_found() {
    for (rows, want) in [
        (
            row("a", "", ", until: 2024-06-29") + &row("b", "", ", from: 2024-07-01"),
            vec!["no row holds for any input on 2024-06-30"],
        ),
        (
            row("a", "", ", until: 2024-07-01") + &row("b", "", ", from: 2024-07-01"),
            vec!["rows `a` and `b` both hold for any input on 2024-07-01"],
        ),
        (row("a", "", ", from: 2024-07-01, until: 2024-12-31"), vec![]),
        // A province's row stands before the nation's and does not overlap with it.
        (row("a", "", "") + &row("b", "", ", place: \"440000\""), vec![]),
        (row("b", "", ", place: \"440000\""), vec!["no row holds for any input in 100000"]),
    ] {
        assert_eq!(checked(&table("unique", CAPITAL, &rows)), want, "{rows}");
    }
}

#[test]
fn too_many_combinations_are_said_and_not_passed_over() {
    let mut inputs = String::new();
    let mut when = String::new();
    for n in 0..20 {
        inputs += &format!("  i{n}: {{type: B, let: {{l: s}}, derive: \"len(l) > {n}\"}}\n");
        when += &format!("i{n}: true, ");
    }
    let text = table("first", &inputs, &(row("a", &when, "") + &row("b", "", "")));
    assert_eq!(
        checked(&text),
        ["1048576 combinations of boundary values, at most 200000 are tried"]
    );
}

#[test]
fn the_most_specific_place_wins_and_an_unknown_place_is_asked_for() {
    let rows = row("nation", "", "")
        + &row("province", "", ", place: \"440000\"")
        + &row("county", "", ", place: \"440115\"");
    let table = read(&table("unique", CAPITAL, &rows)).unwrap();
    let on = Date::constant(2026, 2, 12);
    for (place, want) in
        [("440115", "county"), ("440113", "province"), ("420100", "nation"), ("100000", "nation")]
    {
        let decision = decide(&table, &Default::default(), on, place.parse().ok()).unwrap();
        assert_eq!(decision.hit().unwrap().row, want, "{place}");
    }
    let Decision::NeedFact(need) = decide(&table, &Default::default(), on, None).unwrap() else {
        panic!("a place is needed")
    };
    assert_eq!(need.key, "place");
}

#[test]
fn a_local_row_that_may_hold_is_not_passed_over() {
    let rows = row("nation", "", "") + &row("province", "b: true", ", place: \"440000\"");
    let table = read(&table("unique", "  b: {fact: b}\n", &rows)).unwrap();
    let on = Date::constant(2026, 2, 12);
    let asked =
        |given: &str| decide(&table, &crate::facts(given), on, "440115".parse().ok()).unwrap();
    assert!(matches!(asked("{}"), Decision::NeedFact(need) if need.key == "b"));
    assert_eq!(asked(r#"{"b":true}"#).hit().unwrap().row, "province");
    assert_eq!(asked(r#"{"b":false}"#).hit().unwrap().row, "nation");
}

#[test]
fn policies_differ_where_two_rows_hold() {
    let rows = row("a", "b: true", "") + &row("c", "c: true", "");
    let inputs = "  b: {fact: b}\n  c: {fact: c}\n";
    let given = crate::facts(r#"{"b":true,"c":true}"#);
    let asked = Asked::on(Date::constant(2026, 2, 12), None);
    let decided = |hit: &str| read(&table(hit, inputs, &rows)).unwrap().decide(&given, &asked);
    let rows = |decision: Decision| match decision {
        Decision::Decided(hits) => hits.into_iter().map(|hit| hit.row).collect::<Vec<_>>(),
        Decision::NeedFact(need) => panic!("{need:?}"),
    };
    assert!(
        matches!(decided("unique"), Err(RuleError::Ambiguous { rows, .. }) if rows == ["a", "c"])
    );
    assert_eq!(rows(decided("first").unwrap()), ["a"]);
    assert_eq!(rows(decided("collect").unwrap()), ["a", "c"]);
    // In order, what comes first must be known before what comes after it can decide.
    let first =
        read(&table("first", inputs, &(row("a", "b: true", "") + &row("c", "", "")))).unwrap();
    let need = first.decide(&crate::facts(r#"{"c":true}"#), &asked).unwrap();
    assert!(matches!(need, Decision::NeedFact(need) if need.key == "b"));
}
