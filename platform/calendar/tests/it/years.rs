//! Fixtures: how many working days each year and month has, and the odd days of each notice.

use super::d;
use calendar::Calendar;

#[test]
fn working_days_of_each_year() {
    let calendar = Calendar::embedded();
    for (year, months) in FIXTURE {
        for (month, expected) in (1..).zip(months) {
            let first = codes::Date::new(year, month, 1).unwrap();
            let eve = first.yesterday().unwrap();
            assert_eq!(
                calendar.workdays_between(eve, first.last_of_month()),
                expected,
                "{year}-{month}"
            );
        }
    }
}

#[test]
fn made_up_days_are_worked_and_bridges_are_off() {
    let calendar = Calendar::embedded();
    for day in [
        "2019-02-02",
        "2019-04-28",
        "2019-05-05",
        "2019-09-29",
        "2020-01-19",
        "2020-06-28",
        "2020-09-27",
        "2021-02-07",
        "2021-09-18",
        "2021-09-26",
        "2022-01-29",
        "2022-10-09",
        "2023-01-28",
        "2023-06-25",
        "2024-02-04",
        "2024-05-11",
        "2024-09-14",
        "2025-01-26",
        "2025-10-11",
        "2026-01-04",
        "2026-02-14",
        "2026-02-28",
        "2026-05-09",
        "2026-09-20",
        "2026-10-10",
    ] {
        assert!(calendar.is_workday(d(day)), "{day} was worked");
    }
    for day in [
        "2019-05-02",
        "2019-05-03",
        "2020-01-31",
        "2020-02-01",
        "2020-10-08",
        "2021-05-05",
        "2022-01-03",
        "2022-05-04",
        "2023-01-02",
        "2023-10-06",
        "2024-02-16",
        "2024-09-16",
        "2025-02-04",
        "2025-10-08",
        "2026-01-02",
        "2026-02-23",
        "2026-05-05",
        "2026-10-07",
    ] {
        assert!(!calendar.is_workday(d(day)), "{day} was off");
    }
}

/// Working days of January to December, counted once with an independent list (`chinesecalendar` 1.11.0).
const FIXTURE: [(i16, [i64; 12]); 8] = [
    (2019, [22, 17, 21, 22, 21, 19, 23, 22, 21, 19, 21, 22]),
    (2020, [17, 20, 22, 22, 19, 21, 23, 21, 23, 17, 21, 23]),
    (2021, [20, 17, 23, 22, 19, 21, 22, 22, 22, 17, 22, 23]),
    (2022, [21, 16, 23, 21, 20, 21, 21, 23, 21, 18, 22, 22]),
    (2023, [18, 20, 23, 20, 21, 21, 21, 23, 20, 19, 22, 21]),
    (2024, [22, 18, 21, 22, 21, 19, 23, 22, 21, 19, 21, 22]),
    (2025, [19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23]),
    (2026, [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]),
];
