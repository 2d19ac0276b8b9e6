//! The figures of the spec's proof, as tables.

use crate::*;
use calendar::Calendar;
use codes::{Coded as _, Date, Moment};
use jiff::civil::date;
use proptest::prelude::*;

fn text(no: &str, limit_fen: i64, valid_to: Date) -> Text {
    Text {
        no: no.to_owned(),
        kind: Kind::Letter,
        beneficiaries: Scope::of(["5100", "2200", "0200"]),
        covers: Scope::of(["T1", "T3", "K1"]),
        covers_late_fee: true,
        limit_fen,
        valid_from: date(2026, 1, 1),
        valid_to,
        claims_to: None,
        state: State::Active,
        freezes: std::collections::BTreeMap::new(),
    }
}

fn asked(matter: Matter, place: &str, due: Date, amount_fen: i64) -> Asked {
    Asked { matter, place: place.to_owned(), due, amount_fen }
}

fn row(matter: Matter, settlement: Settlement, due: DueRule, basis: Basis) -> Row {
    Row { matter, settlement, open: true, due, basis, source: "test".to_owned() }
}

fn moved(movement: Move, amount_fen: i64) -> Entry {
    Entry { movement, amount_fen, of_used: false }
}

#[test]
fn s01_a_quota_is_taken_given_back_and_adjusted() {
    let mut balance = Balance { limit_fen: 1_000_000_000, ..Balance::default() };
    for (entry, free) in [
        (moved(Move::Hold, 386_420_550), 613_579_450),
        (moved(Move::Hold, 215_000_000), 398_579_450),
        (moved(Move::Hold, 120_000_000), 278_579_450),
    ] {
        balance = balance.after(entry).expect("fits");
        assert_eq!(balance.available_fen(), free);
    }
    let refused = balance.after(moved(Move::Hold, 300_000_000)).expect_err("too much");
    assert_eq!(refused, Refusal::Insufficient { available_fen: 278_579_450 });
    assert!(refused.label().zh.contains("2,785,794.50"), "{}", refused.label().zh);
    balance = balance.after(moved(Move::Use, 386_420_550)).expect("held");
    balance = balance.after(moved(Move::Restore, 386_420_550)).expect("used");
    assert_eq!(balance.available_fen(), 665_000_000);
    balance = balance.after(moved(Move::Lower, 215_000_000 - 198_531_044)).expect("held");
    assert_eq!(balance.available_fen(), 681_468_956);
}

#[test]
fn s02_summary_tax_is_due_on_the_fifth_working_day_and_single_tax_rolls() {
    let calendar = Calendar::embedded();
    let monthly = DueRule::Fixed("5wd of_month+1".parse().expect("term"));
    let monthly = row(Matter::T1, Settlement::Monthly, monthly, Basis::Declared);
    let days = [
        (2, 6),
        (3, 6),
        (4, 8),
        (5, 11),
        (6, 5),
        (7, 7),
        (8, 7),
        (9, 7),
        (10, 13),
        (11, 6),
        (12, 7),
    ];
    for (of, (month, day)) in (1..=11).zip(days) {
        for completed in [date(2026, of, 1), date(2026, of, 28)] {
            let due = monthly.due_date(completed, None, false, &calendar).expect("a day");
            assert_eq!((due.date, due.provisional), (date(2026, month, day), false), "{of}");
        }
    }
    let each = DueRule::Fixed("15d".parse().expect("term"));
    let each = row(Matter::T1, Settlement::Each, each, Basis::Declared);
    let due = each.due_date(date(2026, 9, 16), None, false, &calendar).expect("a day");
    assert_eq!(due.date, date(2026, 10, 8), "10-01 is a holiday");
    // Beyond the last notice the day is provisional, and nobody is late by it.
    let far = each.due_date(date(2027, 9, 16), None, false, &calendar).expect("a day");
    assert!(far.provisional);
    let after = Moment::end_of(far.date);
    assert_eq!(overdue(&far, after), Overdue::Provisional);
    assert_eq!(overdue(&due, Moment::end_of(due.date)), Overdue::Yes);
    assert_eq!(overdue(&due, Moment::end_of(due.date).plus_us(-1)), Overdue::No);
}

#[test]
fn s03_a_late_fee_counts_from_the_day_after_due_to_the_paid_day() {
    for (tax, due, paid, fee) in [
        (38_642_055, date(2026, 10, 8), date(2026, 10, 14), 115_926),
        (38_642_055, date(2026, 10, 8), date(2026, 10, 8), 0),
        (38_642_055, date(2026, 10, 8), date(2026, 10, 1), 0),
        // Half a fen is a fen.
        (1_000, date(2026, 10, 8), date(2026, 10, 9), 1),
        (999, date(2026, 10, 8), date(2026, 10, 9), 0),
        (-5, date(2026, 10, 8), date(2026, 12, 9), 0),
    ] {
        assert_eq!(late_fee(tax, due, paid, 5), fee, "{tax} {due} {paid}");
    }
}

#[test]
fn s04_one_text_serves_three_businesses_in_three_places() {
    let one = text("5100-26-0000001", 1_000_000_000, date(2026, 12, 31));
    let due = date(2026, 10, 13);
    for (matter, place) in [(Matter::T1, "5165"), (Matter::T3, "2248"), (Matter::K1, "0202")] {
        one.admits(&asked(matter, place, due, 1)).expect("serves");
    }
    let nobody = one.admits(&asked(Matter::T1, "4700", due, 1)).expect_err("not there");
    assert_eq!(nobody, Refusal::PlaceNotBeneficiary { place: "4700".to_owned() });
    assert_eq!(nobody.reason(), "PLACE_NOT_BENEFICIARY");
    let everywhere = Text { beneficiaries: Scope::all(), covers: Scope::all(), ..one };
    for matter in Matter::ALL {
        everywhere.admits(&asked(matter, "4700", due, 1)).expect("serves all");
    }
}

#[test]
fn a_refusal_is_chosen_in_one_order() {
    let due = date(2027, 1, 8);
    let wrong = asked(Matter::K2, "4700", due, 1);
    let mut one = text("5100-26-0000001", 1, date(2026, 12, 31));
    one.state = State::Filed;
    one.freezes.insert("officer".to_owned(), "核查".to_owned());
    let reasons = |text: &Text| text.admits(&wrong).expect_err("refused").reason();
    assert_eq!(reasons(&one), "NOT_ACTIVE");
    one.state = State::Active;
    assert_eq!(reasons(&one), "FROZEN");
    one.freezes.clear();
    assert_eq!(reasons(&one), "MATTER_NOT_COVERED");
    one.covers = Scope::all();
    assert_eq!(reasons(&one), "PLACE_NOT_BENEFICIARY");
    one.beneficiaries = Scope::all();
    assert_eq!(reasons(&one), "DUE_AFTER_END");
    one.valid_to = due;
    one.admits(&wrong).expect("serves now");
}

#[test]
fn s05_the_text_with_the_least_that_suffices_is_picked() {
    let first = text("5100-26-0000001", 1_000_000_000, date(2026, 12, 31));
    let second = text("5100-26-0000002", 1_000_000_000, date(2026, 11, 30));
    let offers = [
        Offer { text: &first, available_fen: 278_579_450 },
        Offer { text: &second, available_fen: 90_000_000 },
    ];
    for (amount, due, no) in [
        (85_000_000, date(2026, 10, 13), "5100-26-0000002"),
        (85_000_000, date(2026, 12, 7), "5100-26-0000001"),
        (90_000_001, date(2026, 10, 13), "5100-26-0000001"),
    ] {
        let found = pick(&offers, &asked(Matter::T1, "5165", due, amount)).expect("one fits");
        assert_eq!(found.no, no);
    }
    let none = pick(&offers, &asked(Matter::T1, "5165", date(2026, 10, 13), 280_000_000));
    let passed = none.expect_err("together they would do, but a declaration uses one");
    let told: Vec<(&str, &str)> =
        passed.iter().map(|one| (one.no.as_str(), one.why.reason())).collect();
    let expected =
        [("5100-26-0000001", "QUOTA_INSUFFICIENT"), ("5100-26-0000002", "QUOTA_INSUFFICIENT")];
    assert_eq!(told, expected);
    // Equal sums: the earlier end, then the lower number.
    let third = text("5100-26-0000000", 1_000_000_000, date(2026, 12, 31));
    let tied = [first.clone(), second.clone(), third];
    let offers: Vec<Offer<'_>> =
        tied.iter().map(|text| Offer { text, available_fen: 500 }).collect();
    let at = |due| pick(&offers, &asked(Matter::T1, "5165", due, 1)).expect("fits").no.clone();
    assert_eq!(at(date(2026, 10, 13)), "5100-26-0000002");
    assert_eq!(at(date(2026, 12, 7)), "5100-26-0000000");
}

#[test]
fn s06_what_is_held_does_not_grow_beyond_what_is_free() {
    let balance = Balance { limit_fen: 100_000_000, held_fen: 60_000_000, ..Balance::default() };
    let refused = balance.after(moved(Move::Raise, 50_000_000)).expect_err("40 are free");
    assert_eq!(refused, Refusal::Insufficient { available_fen: 40_000_000 });
}

#[test]
fn s07_a_claim_ends_half_a_year_after_the_text_or_with_the_day_that_it_names() {
    let calendar = Calendar::embedded();
    let half_a_year = "6m".parse().expect("term");
    let end = date(2026, 12, 31);
    for (own, until) in [
        (None, date(2027, 6, 30)),
        (Some(date(2027, 3, 31)), date(2027, 3, 31)),
        (Some(date(2027, 12, 31)), date(2027, 6, 30)),
    ] {
        assert_eq!(claim_until(end, own, &half_a_year, &calendar), Ok(until));
    }
    let one = text("5100-26-0000001", 1, end);
    let refused = one.admits(&asked(Matter::T1, "5165", date(2027, 1, 8), 1));
    assert_eq!(refused, Err(Refusal::DueAfterEnd { due: date(2027, 1, 8), end }));
}

#[test]
fn s08_a_limit_is_not_cut_below_what_is_committed() {
    let one = text("5100-26-0000001", 1_000_000_000, date(2026, 12, 31));
    let cut = |limit_fen| Change { limit_fen: Some(limit_fen), ..Change::default() };
    let committed = 318_531_044;
    assert_eq!(
        one.may_change(&cut(300_000_000), committed),
        Err(Refusal::Committed { committed_fen: committed })
    );
    one.may_change(&cut(committed), committed).expect("to the fen");
    for (change, why) in [
        (Change::default(), "nothing"),
        (cut(0), "limit"),
        (Change { valid_to: Some(one.valid_to), ..Change::default() }, "earlier_end"),
        (Change { beneficiaries: Some(Scope::default()), ..Change::default() }, "no_beneficiary"),
    ] {
        assert_eq!(one.may_change(&change, 0), Err(Refusal::Unchangeable { why }));
    }
    let held = Balance { limit_fen: 1, used_fen: 1, ..Balance::default() };
    assert_eq!(one.may_withdraw(&held), Err(Refusal::Committed { committed_fen: 1 }));
    one.may_withdraw(&Balance::default()).expect("nothing is held");
    let over = Text { state: State::Ended, ..one };
    assert_eq!(
        over.may_withdraw(&Balance::default()),
        Err(Refusal::NotActive { state: State::Ended })
    );
}

#[test]
fn amounts_follow_the_basis_of_the_row_and_named_days_its_term() {
    let calendar = Calendar::embedded();
    let tax = Tax { declared_fen: 100, highest_fen: 150, paid_fen: 40 };
    let within = DueRule::Within("6m".parse().expect("term"));
    let open = row(Matter::T3, Settlement::Each, within, Basis::Highest);
    assert_eq!(open.amount(111, &tax), Err(Refusal::AmountAboveTax { limit_fen: 110 }));
    assert_eq!(open.amount(0, &tax), Err(Refusal::AmountAboveTax { limit_fen: 110 }));
    open.amount(110, &tax).expect("the highest, less what is paid");
    let declared = row(Matter::T1, Settlement::Each, DueRule::Given, Basis::Declared);
    assert_eq!(declared.amount(101, &tax), Err(Refusal::AmountAboveTax { limit_fen: 100 }));
    let fixed = row(Matter::K5, Settlement::Each, DueRule::Given, Basis::Fixed);
    fixed.amount(1_000_000, &tax).expect("customs fix it");
    let completed = date(2026, 3, 2);
    let day = |given, approved| open.due_date(completed, given, approved, &calendar);
    assert_eq!(day(None, false), Err(Refusal::DueMissing { matter: Matter::T3 }));
    let late = Some(date(2026, 9, 3));
    assert_eq!(day(late, false), Err(Refusal::DueTooLate { latest: date(2026, 9, 2) }));
    assert_eq!(day(late, true).expect("approved").date, date(2026, 9, 3));
    // A day that a matter names stays, on a rest day as well.
    assert_eq!(day(Some(date(2026, 5, 2)), false).expect("named").date, date(2026, 5, 2));
    let closed = Matters(vec![Row { open: false, ..open.clone() }]);
    let refused = closed.row(Matter::T3, Settlement::Each);
    assert_eq!(refused, Err(Refusal::MatterNotCovered { matter: Matter::T3 }));
    assert!(Matters(vec![open]).row(Matter::T3, Settlement::Each).is_ok());
}

const THRESHOLDS: Thresholds = Thresholds {
    usage_bp: 8_000,
    uncovered_bp: 5_000,
    surge: 300,
    surge_red: 500,
    spare_days: 10,
    lambda: 20,
    deviation_min_bp: 500,
    days_min: 10,
};

#[test]
fn s15_levels_follow_from_usage_and_surge() {
    let used = |committed_fen| Series { limit_fen: 100, committed_fen, ..Series::default() };
    assert_eq!(risk(&used(79), &THRESHOLDS), (Level::Green, vec![]));
    let (level, reasons) = risk(&used(80), &THRESHOLDS);
    assert_eq!((level, reasons), (Level::Yellow, vec![RiskReason::Usage(8_000)]));
    let days_fen: Vec<i64> =
        (0..20).map(|n| if n % 2 == 0 { 11_000_000 } else { 9_000_000 }).collect();
    let mut series = Series { days_fen, today_fen: 70_000_000, ..Series::default() };
    let (level, reasons) = risk(&series, &THRESHOLDS);
    let [RiskReason::Surge(z)] = reasons[..] else { panic!("{reasons:?}") };
    assert_eq!(level, Level::Yellow, "known goods: watched");
    assert!((5_500..=6_500).contains(&z), "about sixty deviations: {z}");
    series.new_goods = true;
    let (level, reasons) = risk(&series, &THRESHOLDS);
    assert_eq!((level, reasons), (Level::Red, vec![RiskReason::NewGoods(z)]), "without yellow");
    series.today_fen = 13_500_000;
    assert_eq!(risk(&series, &THRESHOLDS).0, Level::Yellow, "above three, below five");
    series.today_fen = 12_500_000;
    assert_eq!(risk(&series, &THRESHOLDS).0, Level::Green);
    series.days_fen.truncate(9);
    series.today_fen = 70_000_000;
    assert_eq!(risk(&series, &THRESHOLDS).0, Level::Green, "too few days to tell");
}

#[test]
fn what_is_due_soon_what_ends_and_what_is_overdue_are_seen() {
    let base = Series { limit_fen: 1_000, committed_fen: 100, ..Series::default() };
    for (series, level, reasons) in [
        (Series { uncovered_fen: 50, ..base.clone() }, Level::Green, vec![]),
        (
            Series { uncovered_fen: 51, ..base.clone() },
            Level::Yellow,
            vec![RiskReason::Uncovered(5_100)],
        ),
        (
            Series {
                ends: Some(date(2026, 12, 31)),
                last_due: Some(date(2026, 12, 21)),
                ..base.clone()
            },
            Level::Green,
            vec![],
        ),
        (
            Series {
                ends: Some(date(2026, 12, 31)),
                last_due: Some(date(2026, 12, 22)),
                ..base.clone()
            },
            Level::Yellow,
            vec![RiskReason::EndsSoon(9)],
        ),
        (Series { overdue: true, ..base.clone() }, Level::Red, vec![RiskReason::Overdue]),
        (
            Series { guarantor_barred: true, committed_fen: 900, ..base },
            Level::Red,
            vec![RiskReason::GuarantorBarred, RiskReason::Usage(9_000)],
        ),
        // Nothing is granted, nothing is in use: there is no risk.
        (Series::default(), Level::Green, vec![]),
    ] {
        assert_eq!(risk(&series, &THRESHOLDS), (level, reasons), "{series:?}");
    }
}

#[test]
fn one_text_carries_less_than_separate_ones() {
    let at = |n: i64| Moment::from_us(n);
    let moves = [
        (at(1), "T1 5165", 100),
        (at(2), "T1 5165", -100),
        (at(2), "K1 0202", 80),
        (at(3), "T3 2248", 30),
    ];
    let found = peaks(moves);
    assert_eq!(found, Peaks { joint_fen: 110, separate_fen: 210 });
    assert_eq!(Peaks { joint_fen: 0, separate_fen: 1_000_000 }.saved_fen(80), 8_000);
    assert_eq!(peaks([]), Peaks::default());
}

proptest! {
    #[test]
    fn no_movement_makes_what_is_free_negative_or_moves_what_is_not_there(
        moves in proptest::collection::vec((0..10_u8, 0..400_i64, any::<bool>()), 0..200),
    ) {
        let kinds = [
            Move::Grant, Move::Reduce, Move::Hold, Move::Raise, Move::Lower, Move::Use, Move::Void, Move::Restore,
            Move::Claim, Move::Recover,
        ];
        let mut balance = Balance { limit_fen: 1_000, ..Balance::default() };
        for (kind, amount_fen, of_used) in moves {
            let entry = Entry { movement: kinds[usize::from(kind)], amount_fen, of_used };
            match balance.after(entry) {
                Ok(next) => balance = next,
                Err(refused) => {
                    prop_assert_eq!(balance.after(entry), Err(refused));
                }
            }
            prop_assert!(balance.available_fen() >= 0);
            prop_assert!(balance.held_fen >= 0 && balance.used_fen >= 0 && balance.claimed_fen >= 0);
        }
    }

    #[test]
    fn the_text_that_is_picked_serves_and_none_that_serves_has_less(
        free in proptest::collection::vec((0..1_000_i64, 0..300_i64), 1..8), amount in 1..900_i64,
    ) {
        let texts: Vec<Text> = free
            .iter()
            .enumerate()
            .map(|(n, (_, day))| {
                let end = date(2026, 10, 1).checked_add(jiff::Span::new().days(*day)).expect("a day");
                text(&format!("5100-26-{n:07}"), 1_000, end)
            })
            .collect();
        let offers: Vec<Offer<'_>> =
            texts.iter().zip(&free).map(|(text, (available_fen, _))| Offer { text, available_fen: *available_fen }).collect();
        let asked = asked(Matter::T1, "5165", date(2026, 11, 15), amount);
        let fitting: Vec<&Offer<'_>> = offers
            .iter()
            .filter(|offer| offer.available_fen >= amount && offer.text.valid_to >= asked.due)
            .collect();
        match pick(&offers, &asked) {
            Ok(found) => {
                let own = fitting.iter().find(|offer| offer.text.no == found.no).expect("it fits");
                prop_assert!(fitting.iter().all(|offer| offer.available_fen >= own.available_fen));
            }
            Err(passed) => {
                prop_assert!(fitting.is_empty());
                prop_assert_eq!(passed.len(), texts.len());
            }
        }
    }

    #[test]
    fn separate_guarantees_never_freeze_less(
        moves in proptest::collection::vec((0..50_i64, 0..4_usize, 1..100_i64), 0..60),
    ) {
        let keys = ["a", "b", "c", "d"];
        let all = moves.into_iter().flat_map(|(at, key, fen)| {
            [(Moment::from_us(at), keys[key], fen), (Moment::from_us(at + 7), keys[key], -fen)]
        });
        let found = peaks(all);
        prop_assert!(found.joint_fen <= found.separate_fen);
    }
}
