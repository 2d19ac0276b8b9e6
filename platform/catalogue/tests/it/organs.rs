//! Who answers: printed organs over time, and executing organs by rule.

use crate::data::{catalogue, changed, d, on, programme};
use catalogue::{OrganTable, ProgrammeError, county_level};
use codes::{Coded as _, Division, Label};

#[test]
fn organs_of_reform_28_follow_from_the_place() {
    let catalogue = catalogue();
    let day = on("2026-02-12");
    for (role, place, zh, en) in [
        (
            "market",
            "440115",
            "广州市南沙区市场监督管理局",
            "Market Supervision Administration of Nansha, Guangzhou",
        ),
        (
            "police",
            "440115",
            "广州市公安局南沙分局",
            "Public Security Bureau, Nansha branch, Guangzhou",
        ),
        ("police", "441881", "清远市英德市公安局", "Public Security Bureau of Yingde, Qingyuan"),
        ("tax", "440115", "国家税务总局广州市南沙区税务局", "Tax Service of Nansha, Guangzhou"),
        (
            "housing_fund",
            "440115",
            "广州市住房公积金管理中心南沙管理部",
            "Housing Fund Centre of Guangzhou, Nansha office",
        ),
        ("housing_fund", "441900", "东莞市住房公积金管理中心", "Housing Fund Centre of Dongguan"),
        ("bank", "440115", "南沙商业银行（示例）", "Nansha Commercial Bank (sample)"),
        (
            "coordinator",
            "440115",
            "广州市南沙区政务服务数据管理局",
            "Government Service and Data Administration of Nansha, Guangzhou",
        ),
        (
            "coordinator",
            "330106",
            "杭州市西湖区政务服务管理局",
            "Government Service Administration of 杭州市西湖区 (330106), Zhejiang",
        ),
        (
            "police",
            "110101",
            "北京市公安局东城分局",
            "Public Security Bureau, 东城区 (110101) branch, Beijing",
        ),
        (
            "market",
            "429004",
            "仙桃市市场监督管理局",
            "Market Supervision Administration of 仙桃市 (429004), Hubei",
        ),
    ] {
        let organ = catalogue.organ_for(role, d(place), day).unwrap();
        assert_eq!(organ.label, Label::new(zh, en));
        assert_eq!(organ.key.as_str(), format!("{place}-{role}"));
        assert_eq!(catalogue.directory().organ(&organ.key, day).unwrap(), organ);
    }
}

#[test]
fn every_role_answers_in_every_county_of_the_country() {
    let catalogue = catalogue();
    let day = on("2026-02-12");
    let roles: Vec<&str> = catalogue.directory().roles().map(|(key, _)| key).collect();
    assert_eq!(roles.len(), 13);
    let mut names = std::collections::BTreeSet::new();
    for province in Division::NATION.children() {
        for place in county_level(province) {
            for role in &roles {
                let organ = catalogue.organ_for(role, place, day).unwrap();
                assert!(!organ.label.zh.contains('{') && !organ.label.en.contains('{'));
                if *role == "market" {
                    assert!(
                        names.insert(organ.label.zh),
                        "two organs are called the same: {place}"
                    );
                }
            }
        }
    }
    assert!(names.len() > 2_800, "{}", names.len());
}

#[test]
fn nobody_answers_where_there_is_no_place() {
    let catalogue = catalogue();
    for (role, place) in [
        ("market", "100000"),
        ("market", "810000"),
        ("market", "110100"),
        ("market", "330103"),
        ("mayor", "440115"),
    ] {
        let error = catalogue.organ_for(role, d(place), on("2026-02-12")).unwrap_err();
        assert_eq!(error.reason(), "ORGAN_UNKNOWN", "{role} {place}");
    }
    let nonsense = kernel::OrganKey::new("market");
    assert!(catalogue.directory().organ(&nonsense, on("2026-02-12")).is_err());
}

#[test]
fn counterparts_are_told_row_by_row() {
    let programme = programme();
    let directory = programme.directory();
    for (provincial, row, national) in [
        ("省公安厅", 5, Some("公安部")),
        ("省公安厅", 22, Some("国家移民局")),
        ("省地方金融监管局", 32, Some("银保监会")),
        ("省地方金融监督管理局", 14, None),
        ("省政务服务数据管理局", 28, None),
        ("广东海事局", 4, None),
        ("广东海事局", 12, Some("交通运输部")),
        ("省市场监管局", 37, Some("国家知识产权局")),
    ] {
        let found = directory.counterpart(provincial, row).map(|organ| organ.zh.as_str());
        assert_eq!(found, national, "{provincial} {row}");
    }
}

#[test]
fn a_counterpart_that_does_not_stand_in_the_row_is_refused() {
    let wrong = changed("organs.yaml", |text| {
        text.replace(
            "counterparts: [{organ: copyright, rows: [37]}]",
            "counterparts: [{organ: copyright, rows: [36]}]",
        )
    });
    assert!(
        matches!(&wrong, Err(ProgrammeError::Dangling { row: 36, name, .. }) if name == "copyright"),
        "{wrong:?}"
    );
    let untold = changed("organs.yaml", |text| text.replace(", without_peer: [28]", ""));
    assert!(matches!(&untold, Err(ProgrammeError::Dangling { row: 28, .. })), "{untold:?}");
}

#[test]
fn organs_have_the_name_of_the_day() {
    let programme = programme();
    let directory = programme.directory();
    let printed = directory.printed(OrganTable::National, "银保监会").unwrap();
    assert_eq!(directory.called_on(printed, on("2023-05-17")).zh, "银保监会");
    assert_eq!(directory.called_on(printed, on("2023-05-18")).zh, "国家金融监督管理总局");
    let branch = directory.printed(OrganTable::Guangdong, "人民银行广州分行").unwrap();
    assert_eq!(directory.called_on(branch, on("2026-01-01")).zh, "人民银行广东省分行");
}
