//! Each fault is found where it stands, with what to do about it.

use crate::data::{REFORM, Tree, line_of, told};
use bundles::{Wrong, check};
use codes::Coded as _;

const FUND: &str = "28-licence-one-window/forms/fund.yaml";

#[test]
fn names_that_refer_to_nothing_are_found_where_they_stand() {
    for (from, to, reason) in [
        ("    form: fund\n", "    form: found\n", "REFERENCE_UNKNOWN"),
        ("    organ: housing_fund\n", "    organ: houses\n", "REFERENCE_UNKNOWN"),
        ("    remedy: bank\n", "    remedy: banks\n", "REFERENCE_UNKNOWN"),
        ("issue: [reg, seal]", "issue: [reg, seals]", "REFERENCE_UNKNOWN"),
        ("gives: [account_number]", "gives: [account_no]", "REFERENCE_UNKNOWN"),
        ("\"01/netpub\"]\n    minutes", "\"01/nothing\"]\n    minutes", "REFERENCE_UNKNOWN"),
        ("opens: [hyg], elsewhere", "opens: [hygiene], elsewhere", "REFERENCE_UNKNOWN"),
        ("preset: {food_format: \"1\",", "preset: {food_shape: \"1\",", "REFERENCE_UNKNOWN"),
        ("slug: licence-one-window", "slug: licence-window", "FOLDER_NAME"),
        (
            "en: Licences through one window, handled",
            "en: Licences by one window, handled",
            "ROW_DIFFERS",
        ),
        ("add_ons: [food, hyg,", "add_ons: [food, food,", "STANDS_TWICE"),
    ] {
        let faults = Tree::builtin().replace(REFORM, from, to).load_faults();
        let found: Vec<&str> = faults.iter().map(|fault| fault.wrong.reason()).collect();
        assert!(found.contains(&reason), "{to}: {:?}", told(&faults));
        let fault = faults.iter().find(|fault| fault.wrong.reason() == reason).unwrap();
        let expected = line_of(REFORM, from.trim().lines().next().unwrap());
        assert_eq!(fault.line, u64::try_from(expected).unwrap(), "{to}: {:?}", told(&faults));
        assert!(fault.column > 0);
        assert!(!fault.hint().zh.is_empty() && !fault.hint().en.is_empty());
    }
}

#[test]
fn tasks_that_wait_for_each_other_are_told_with_the_circle() {
    let faults = Tree::builtin()
        .replace(REFORM, "needs: {start: [name]}", "needs: {start: [name], issue: [bank]}")
        .load_faults();
    let circles: Vec<&Vec<String>> = faults
        .iter()
        .filter_map(|fault| match &fault.wrong {
            Wrong::EdgeCycle { cycle } => Some(cycle),
            _ => None,
        })
        .collect();
    assert_eq!(circles, [&["bank", "reg", "bank"].map(String::from).to_vec()]);
    let itself = Tree::builtin()
        .replace(REFORM, "needs: {start: [name]}", "needs: {start: [reg]}")
        .load_faults();
    assert!(told(&itself).iter().any(|line| line.ends_with("EDGE_CYCLE")), "{:?}", told(&itself));
}

#[test]
fn a_task_that_waits_for_what_the_package_lacks_is_told() {
    let faults = Tree::builtin()
        .replace(
            REFORM,
            "services: [name, reg, bo, seal, tax, soc",
            "services: [name, reg, bo, tax, soc",
        )
        .load_faults();
    let told: Vec<String> = faults.iter().map(|fault| fault.wrong.to_string()).collect();
    assert_eq!(told, ["`bank` waits for `seal`, which package `setup` lacks"]);
}

#[test]
fn s8_a_contradiction_names_the_organs_and_nothing_is_loaded() {
    let folder = "28-licence-one-window";
    let service = "  new:\n    zh: 新事项\n    en: New\n    organ: publishing\n    legal_nature: filing\n    form: new\n    \
                   needs: {start: [submit]}\n    clock: {statutory: 20wd, source: 示例}\n    \
                   outcome: {notice: fund_receipt, zh: 回执, en: receipt}\n    remedy: licence\n";
    let faults = Tree::builtin()
        .put(
            &format!("{folder}/forms/new.yaml"),
            "service: new\nfields: [\"enterprise_name* postcode*\"]\nrules:\n  postcode: {re: '^\\d{5}$'}\n",
        )
        .replace(REFORM, "\n# What a refused party", &format!("{service}\n# What a refused party"))
        .replace(REFORM, "add_ons: [food, hyg,", "add_ons: [food, hyg, new,")
        .load_faults();
    let found = faults.iter().find(|fault| fault.wrong.reason() == "RULES_CONTRADICT").unwrap();
    let Wrong::Contradiction { conflict, organs } = &found.wrong else { panic!("{found}") };
    let fields = conflict.fields().unwrap();
    for service in ["bank", "food", "fund", "reg", "soc", "tax", "new"] {
        assert!(fields.contains(&format!("\"{service}\"")), "{service} in {fields}");
    }
    for organ in ["新闻出版 (publishing)", "商业银行 (bank)", "公积金中心 (housing fund)"]
    {
        assert!(organs.contains(&organ.to_owned()), "{organ} in {organs:?}");
    }
    assert!(found.file.ends_with("forms/new.yaml"));
    assert_eq!((found.line, found.column), (4, 3), "at the rule that cannot be met");
}

#[test]
fn files_that_cannot_be_read_are_told_with_line_and_column() {
    let line = |wanted| line_of(REFORM, wanted);
    for (path, from, to, expected) in [
        (
            REFORM,
            "    legal_nature: public_service",
            "    legal_nature: kindness",
            format!("reform.yaml:{}:19 UNREADABLE", line("legal_nature: public_service")),
        ),
        (
            REFORM,
            "minutes: 15",
            "minuts: 15",
            format!("reform.yaml:{}:5 UNREADABLE", line("minutes: 15")),
        ),
        (
            FUND,
            "service: fund",
            "service: funds",
            format!("fund.yaml:{}:10 FORM_NAME", line_of(FUND, "service: fund")),
        ),
        (
            FUND,
            "pay_day*",
            "pay_date*",
            format!("fund.yaml:{}:5 ELEMENT_UNKNOWN", line_of(FUND, "pay_day*")),
        ),
        (
            FUND,
            "postcode*",
            "postcode* postcode*",
            format!("fund.yaml:{}:5 DUPLICATE_FIELD", line_of(FUND, "postcode*")),
        ),
    ] {
        let faults = Tree::builtin().replace(path, from, to).load_faults();
        assert!(told(&faults).contains(&expected), "{expected} in {:?}", told(&faults));
    }
}

#[test]
fn the_programme_is_part_of_the_check() {
    let path = "00-programme/programme/reforms.yaml";
    let faults = Tree::builtin().replace(path, "- {n: 9, ", "- {n: 8, ").load_faults();
    assert_eq!(told(&faults), ["reforms.yaml:0:0 PROGRAMME_MISMATCH"]);
    let faults = Tree::builtin().without("00-programme/programme/texts.yaml").load_faults();
    assert_eq!(told(&faults), ["reforms.yaml:0:0 PROGRAMME_FILE_MISSING"]);
}

#[test]
fn what_is_incomplete_is_found_by_the_check() {
    let last = "28-licence-one-window/documents/tax_receipt.sample.yaml";
    for (change, expected) in [
        (Tree::builtin().replace(REFORM, "en: restaurant or canteen", "en: \"\""), "LABEL_MISSING"),
        (
            Tree::builtin().replace(REFORM, "source: 住房公积金管理条例第十四条}", "source: \"\"}"),
            "SOURCE_MISSING",
        ),
        (
            Tree::builtin().replace(
                REFORM,
                "    form: food\n",
                "    form: food\n    stops: [检验, 现场核查]\n",
            ),
            "STOP_NOT_LAWFUL",
        ),
        (
            Tree::builtin().replace(REFORM, "{statutory: 10wd,", "{accept: 10wd, statutory: 10wd,"),
            "ACCEPTANCE_UNFIT",
        ),
        (
            Tree::builtin().replace(
                REFORM,
                "clock: {promise: 1wd, statutory: 3wd, extension",
                "clock: {accept: 5wd, promise: 1wd, statutory: 3wd, extension",
            ),
            "ACCEPTANCE_UNFIT",
        ),
        (Tree::builtin().without(last), "DOCUMENT_SAMPLE_MISSING"),
        (Tree::builtin().put("28-licence-one-window/notes.txt", "x"), "FILE_UNREAD"),
        (Tree::builtin().put("28-licence-one-window/programme/reforms.yaml", "{}"), "FILE_UNREAD"),
        (
            Tree::builtin().replace(REFORM, "  C5: {", "  C9: {zh: 新, en: new}\n  C5: {"),
            "CLAUSE_UNSHOWN",
        ),
        (
            Tree::builtin()
                .put("28-licence-one-window/samples/x.yaml", "- {name: x, shows: [C77, S4]}"),
            "REFERENCE_UNKNOWN",
        ),
    ] {
        let faults = change.new_faults();
        let reasons: Vec<&str> = faults.iter().map(|fault| fault.wrong.reason()).collect();
        assert!(reasons.contains(&expected), "{expected} in {:?}", told(&faults));
    }
}

#[test]
fn a_fault_reads_like_a_compilers_and_travels_as_json() {
    let faults =
        Tree::builtin().replace(REFORM, "    remedy: bank\n", "    remedy: banks\n").load_faults();
    let line = line_of(REFORM, "    remedy: bank");
    assert_eq!(
        faults[0].to_string(),
        format!(
            "reforms/{REFORM}:{line}:13: BDL-0007 REFERENCE_UNKNOWN: there is no remedy `banks`"
        )
    );
    let json = serde_json::to_value(&faults[0]).unwrap();
    assert_eq!(json["code"], "BDL-0007");
    assert_eq!(json["message"]["zh"], "没有救济途径“banks”");
    assert_eq!(json["hint"]["en"], "add a row under `remedies`");
    assert_eq!(json["line"], line);
}

#[test]
fn a_table_that_decides_nothing_is_a_fault() {
    let rules = "28-licence-one-window/rules";
    for (table, from, to, expected) in [
        ("food_paper", "decides: food", "decides: foods", "food_paper.yaml:6:10 REFERENCE_UNKNOWN"),
        (
            "food_paper",
            "relevant_date: submitted",
            "relevant_date: someday",
            "food_paper.yaml:5:16 REFERENCE_UNKNOWN",
        ),
        ("name_term", "kept", "keeping", "name_term.yaml:16:20 REFERENCE_UNKNOWN"),
        ("food_paper", "food_filing", "food_file", "food_paper.yaml:14:20 REFERENCE_UNKNOWN"),
        (
            "owner_filing",
            "beneficial_owners",
            "owners",
            "owner_filing.yaml:20:47 REFERENCE_UNKNOWN",
        ),
    ] {
        let file = format!("{rules}/{table}.yaml");
        let mut tree = Tree::builtin().replace(&file, from, to);
        while tree.holds(&file, from) && !to.contains(from) {
            tree = tree.replace(&file, from, to);
        }
        let told = told(&tree.load_faults());
        assert!(told.contains(&expected.to_owned()), "{expected} in {told:?}");
    }
}

#[test]
fn rules_that_cannot_be_read_or_that_leave_a_gap_are_faults() {
    let file = "28-licence-one-window/rules/unit_ratio.yaml";
    let faults = Tree::builtin().replace(file, "低于 5", "rand(5)").load_faults();
    assert_eq!(told(&faults), ["unit_ratio.yaml:13:19 RULE_EXPRESSION"]);
    let tree = Tree::builtin().replace(file, "\"[5..12]\"", "\"[6..12]\"");
    let report = check(&tree.files());
    assert!(
        told(&report.faults).contains(&"unit_ratio.yaml:2:5 RULE_GAP".to_owned()),
        "{:?}",
        told(&report.faults)
    );
}
