//! Both tables and section 一 (00 S1 to S3).

use crate::data::{changed, programme};
use catalogue::{OrganTable, ProgrammeError};
use std::collections::BTreeMap;

#[test]
fn s1_the_tables_have_the_rows_and_organs_that_were_printed() {
    let programme = programme();
    assert_eq!(programme.rows().count(), 37);
    let mut by_field: BTreeMap<&str, usize> = BTreeMap::new();
    for row in programme.rows() {
        *by_field.entry(&row.cat).or_default() += 1;
    }
    let counts: Vec<usize> = programme.categories().map(|(field, _)| by_field[field]).collect();
    assert_eq!(counts, [9, 7, 4, 6, 5, 3, 1, 1, 1]);
    let in_guangdong: Vec<_> = programme.rows().filter_map(|row| row.gd.as_ref()).collect();
    assert_eq!(in_guangdong.len(), 36);
    let nationwide = programme.rows().filter(|row| row.scope == "nation").count();
    assert_eq!(nationwide, 31);

    let directory = programme.directory();
    assert_eq!(directory.organs(OrganTable::National).count(), 27);
    assert_eq!(directory.organs(OrganTable::Guangdong).count(), 34, "after the alias of D14");
    let printed: std::collections::BTreeSet<&String> =
        in_guangdong.iter().flat_map(|gd| &gd.organs).collect();
    assert_eq!(printed.len(), 35);
    assert_eq!(directory.links(OrganTable::National), 60);
    assert_eq!(directory.links(OrganTable::Guangdong), 72);
    assert_eq!(programme.discrepancies().len(), 16);
}

fn mismatch(result: Result<catalogue::Programme, ProgrammeError>) -> (Vec<String>, Vec<String>) {
    match result {
        Err(ProgrammeError::Mismatch { missing, extra }) => (missing, extra),
        other => panic!("{other:?}"),
    }
}

#[test]
fn s1_a_row_missing_is_refused() {
    let without = changed("reforms.yaml", |text| {
        text.lines().filter(|line| !line.starts_with("- {n: 17,")).collect::<Vec<_>>().join("\n")
    });
    let (missing, extra) = mismatch(without);
    assert_eq!(missing, ["17", "分布式共享模式实现“银政互通”"]);
    assert_eq!(extra, ["text 17"]);
}

#[test]
fn s1_a_number_twice_is_refused() {
    let twice = changed("reforms.yaml", |text| text.replace("- {n: 9, ", "- {n: 8, "));
    let (missing, extra) = mismatch(twice);
    assert_eq!(missing, ["gd 8", "9"]);
    assert_eq!(extra, ["8", "gd 9", "text 9"].map(String::from));
}

#[test]
fn s1_a_name_of_section_one_that_the_table_lacks_is_refused() {
    let other = changed("section-one.yaml", |text| text.replace("知识产权证券化", "知识产权质押"));
    assert_eq!(
        mismatch(other),
        (vec!["知识产权质押".to_owned()], vec!["知识产权证券化".to_owned()])
    );
    let elsewhere = changed("reforms.yaml", |text| {
        text.replace(
            "en: Securitisation of intellectual property, cat: finance",
            "en: Securitisation of intellectual property, cat: trade",
        )
    });
    let name = vec!["知识产权证券化".to_owned()];
    assert_eq!(mismatch(elsewhere), (name.clone(), name), "the field counts too");
}

#[test]
fn s3_an_organ_sees_its_rows() {
    let programme = programme();
    let directory = programme.directory();
    assert_eq!(directory.rows_of(OrganTable::Guangdong, "省商务厅"), [14, 15, 19, 20, 23]);
    assert_eq!(
        directory.rows_of(OrganTable::National, "海关总署"),
        [15, 19, 20, 21, 22, 23, 24, 25, 26]
    );
    assert_eq!(
        directory.rows_of(OrganTable::Guangdong, "省地方金融监管局"),
        [14, 16, 18, 32],
        "an alias finds all rows (D14)"
    );
    assert!(directory.rows_of(OrganTable::National, "省商务厅").is_empty());
}

#[test]
fn texts_differ_only_where_the_discrepancies_say() {
    let programme = programme();
    let differing: Vec<u8> = programme
        .rows()
        .filter(|row| {
            let text = programme.text(row.n).unwrap();
            text.gd_text.as_ref().is_some_and(|gd| *gd != text.text)
        })
        .map(|row| row.n)
        .collect();
    assert_eq!(differing, [1, 22, 24, 26, 34, 37], "D4, D7, D8, D9, D10, D11");
    for n in differing {
        assert!(programme.discrepancies_of(n).next().is_some(), "{n}");
    }
    assert_eq!(programme.text(13).unwrap().gd_text, None);
}

#[test]
fn rows_that_share_a_register_are_linked() {
    let programme = programme();
    let linked =
        |n| -> Vec<Vec<u8>> { programme.links_of(n).map(|link| link.rows.clone()).collect() };
    assert_eq!(linked(28), [vec![1, 28], vec![28, 29, 30]]);
    assert!(linked(35).is_empty());
}
