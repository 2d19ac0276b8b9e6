//! Vehicle numbers that customs published, and what every licence shares with reform 14.

use calendar::MonthDay;
use codes::{Date, Vin};
use export_licence::{NextYear, ValidityRow};
use std::path::Path;

const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ";

/// The published numbers, where the data folder lies beside the repository.
fn published() -> Option<Vec<String>> {
    let list =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data/vin/vin-official.txt");
    let text = std::fs::read_to_string(list).ok();
    if text.is_none() {
        testbed::leave_out("the list of published vehicle numbers");
    }
    Some(text?.lines().map(str::to_owned).collect())
}

fn ok(chars: &[char]) -> bool {
    let text: String = chars.iter().collect();
    text.parse::<Vin>().is_ok_and(|vin| vin.check_ok())
}

#[test]
fn s03_published_numbers_pass_and_slips_pass_as_often_as_chance_has_it() {
    let Some(list) = published() else { return };
    assert_eq!(list.len(), 1_868);
    let (mut with_x, mut tried, mut slipped, mut swapped, mut swaps) = (0, 0, 0, 0, 0);
    for text in &list {
        let vin: Vin = text.parse().unwrap();
        assert!(vin.check_ok(), "{text}");
        with_x += usize::from(vin.expected() == 'X');
        let chars: Vec<char> = text.chars().collect();
        for at in (0..17).filter(|at| *at != 8) {
            for other in ALPHABET.chars().filter(|other| *other != chars[at]) {
                let mut slip = chars.clone();
                slip[at] = other;
                tried += 1;
                slipped += usize::from(ok(&slip));
            }
        }
        for at in (0..16).filter(|at| chars[*at] != chars[at + 1]) {
            let mut swap = chars.clone();
            swap.swap(at, at + 1);
            swaps += 1;
            swapped += usize::from(ok(&swap));
        }
    }
    assert_eq!((with_x, tried, slipped), (167, 956_416, 71_795));
    assert_eq!((swaps, swapped), (28_612, 2_828));
}

#[test]
fn s09_a_licence_is_valid_as_those_of_reform_14_are() {
    let row = ValidityRow {
        term: "min(6m, window 01-01..12-31)".parse().unwrap(),
        next_year_from: NextYear(MonthDay::new(12, 10).unwrap()),
        source: "公告2024年第6号".to_owned(),
    };
    let to = |issued: Date| row.of(issued, false).unwrap().to;
    assert_eq!(to(Date::constant(2026, 8, 15)), Date::constant(2026, 12, 31));
    assert_eq!(to(Date::constant(2026, 3, 10)), Date::constant(2026, 9, 10));
}
