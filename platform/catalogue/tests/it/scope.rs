//! Where reforms apply, by day (00 S4, S5).

use crate::data::{catalogue, d, on};
use codes::Coded as _;

#[test]
fn s4_scope_goes_by_the_day() {
    let catalogue = catalogue();
    for (reform, place, day, applies) in [
        (34, "110000", "2020-09-20", false),
        (34, "110000", "2020-09-21", true),
        (11, "650000", "2023-10-31", false),
        (11, "650000", "2023-11-01", true),
        (15, "510100", "2024-02-29", true),
        (15, "130100", "2024-02-29", false),
        (15, "130100", "2024-03-01", true),
        (28, "440115", "2026-02-12", true),
        (28, "650102", "2026-02-12", true),
        (28, "810000", "2026-02-12", false),
        (31, "440115", "2026-02-12", true),
        (31, "440106", "2026-02-12", false),
        (31, "440000", "2026-02-12", true),
        (26, "440115", "2026-02-12", false),
    ] {
        assert_eq!(
            catalogue.applies(reform, d(place), on(day)).is_ok(),
            applies,
            "{reform} {place} {day}"
        );
    }
}

#[test]
fn s4_the_number_of_zones_grows() {
    let catalogue = catalogue();
    let zones = catalogue.programme().scope("ftz").unwrap();
    for (day, expected) in [
        ("2020-06-28", 18),
        ("2020-09-20", 18),
        ("2020-09-21", 21),
        ("2023-10-31", 21),
        ("2023-11-01", 22),
    ] {
        assert_eq!(zones.members_on(on(day)).count(), expected, "{day}");
    }
}

#[test]
fn s5_outside_its_scope_a_reform_is_refused_and_says_where_it_applies() {
    let catalogue = catalogue();
    let refused = catalogue.applies(13, d("440300"), on("2026-02-12")).unwrap_err();
    assert_eq!((refused.reform, refused.scope.as_str()), (13, "chengdu_rail"));
    assert_eq!(refused.reason(), "OUT_OF_SCOPE");
    assert_eq!(refused.why.zh, "深圳市不在推广范围“成都铁路局局管范围内”之内。");
    assert_eq!(refused.applies_in.zh, "四川省、重庆市、贵州省");
    assert_eq!(refused.applies_in.en, "Sichuan; Chongqing; Guizhou");
    assert!(catalogue.applies(13, d("510100"), on("2026-02-12")).is_ok());

    let early = catalogue.applies(34, d("110105"), on("2020-09-20")).unwrap_err();
    assert_eq!(early.why.zh, "北京市朝阳区自2020-09-21起才属于“自贸试验区”。");
    let unlisted = catalogue.applies(26, d("440115"), on("2026-02-12")).unwrap_err();
    assert_eq!(unlisted.applies_in.zh, "名录尚未公布");
}

#[test]
fn a_city_with_a_zone_is_touched_and_not_covered() {
    let catalogue = catalogue();
    let day = on("2026-02-12");
    assert!(catalogue.applies(31, d("440300"), day).is_err());
    assert!(catalogue.touches(31, d("440300"), day));
    assert!(!catalogue.touches(31, d("440500"), day));
    assert!(!catalogue.touches(13, d("440300"), day));
}
