//! The tables of the folder against the figures of the proof.

use crate::steps::{day, fine, law};
use penalty::{Kind, PartyKind};

#[test]
fn s06_the_folder_gives_the_clocks_of_the_proof() {
    let law = law();
    for (kind, from, last) in [
        (Kind::Defence, "2024-09-13", "2024-09-23"),
        (Kind::HearingRequest, "2024-09-13", "2024-09-23"),
        (Kind::Pay, "2024-09-24", "2024-10-09"),
        (Kind::Review, "2024-09-24", "2024-11-25"),
        (Kind::Suit, "2024-09-24", "2025-03-24"),
        (Kind::ServeAbsent, "2024-09-24", "2024-10-09"),
    ] {
        let run = law.run(kind, day(from)).expect("a row");
        assert_eq!(run.on, day(last), "{kind}");
        assert!(!run.source.is_empty());
    }
}

#[test]
fn each_term_follows_the_law_of_the_day_of_its_cause() {
    let law = law();
    let term = |kind, on| law.run(kind, day(on)).expect("a row").term.to_string();
    assert_eq!(term(Kind::Defence, "2021-07-14"), "3wd");
    assert_eq!(term(Kind::Defence, "2021-07-15"), "5wd");
    assert_eq!(term(Kind::Announcement, "2021-12-31"), "60d deemed");
    assert_eq!(term(Kind::Announcement, "2022-01-01"), "30d deemed");
    assert!(law.run(Kind::Review, day("2023-12-31")).expect("a row").source.contains("第九条"));
    assert!(law.run(Kind::Review, day("2024-01-01")).expect("a row").source.contains("第二十条"));
    // What the law of 2021 began has no row before it, and nothing is guessed.
    assert!(law.run(Kind::Withdrawal, day("2021-07-14")).is_err());
    for kind in Kind::ALL {
        assert!(law.run(kind, day("2024-09-13")).is_ok(), "{kind}");
    }
}

#[test]
fn small_fines_are_for_the_spot_by_the_law_of_their_day() {
    let law = law();
    for (party, yuan, on, expected) in [
        (PartyKind::Person, 200, "2021-07-15", true),
        (PartyKind::Person, 201, "2021-07-15", false),
        (PartyKind::Person, 200, "2021-07-14", false),
        (PartyKind::Enterprise, 3_000, "2024-09-10", true),
        (PartyKind::Enterprise, 1_001, "2021-07-14", false),
    ] {
        let limits = law.spot_limits(day(on)).expect("rows");
        assert_eq!(limits.allows(party, &fine(yuan)).is_some(), expected, "{yuan} {on}");
    }
    let rate = law.late_rate(day("2024-10-09")).expect("a row");
    assert_eq!((rate.per_day_bp, rate.cap_bp), (300, 10_000));
}

#[test]
fn the_folder_and_delivery_agree_on_service_by_publication() {
    let law = law();
    for published in ["2021-06-03", "2021-12-31", "2022-01-01", "2024-06-03", "2024-05-31"] {
        let on = day(published);
        let run = law.run(Kind::Announcement, on).expect("a row");
        assert_eq!(delivery::attempt::deemed_on(on), Ok(run.on), "{published}");
    }
}
