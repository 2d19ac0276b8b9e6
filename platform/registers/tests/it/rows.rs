//! Rows of records: as-of from rows equals as-of from events, rebuilt equals live, timers fire at the law's instant.

use crate::bed::{House, at, officer, party, release, restrict, shard, unit};
use codes::Moment;
use kernel::{PartyKey, Recorded};
use module::Stage as _;
use registers::record::queries::{self, KnownSegment};
use registers::record::{RecordCommand, RestrictionNo, as_of};
use registers::watch;
use tables::{Query, Row};

async fn events(house: &House) -> Vec<Recorded> {
    let all = house.bed.events(&shard(), 0).await.expect("read");
    all.into_iter().filter(|event| &*event.kind == "record").collect()
}

async fn rows(house: &House, sql: &'static str) -> Vec<String> {
    let rows: Vec<Row> = house.bed.rows(Query::new(sql)).await.expect("read");
    rows.iter().map(|row| format!("{:?}", row.cells())).collect()
}

/// A history with everything in it: two transfers, a correction, seizures that wait, lapse and are released.
async fn lived() -> House {
    let house = House::at(at(2021, 1, 4)).await;
    house.enter(&[("wang", "王小明"), ("li", "李丽")]).await;
    house.wind(at(2021, 3, 1)).await;
    house.done(&restrict("mortgage", "抵1号", Some(100_000_000))).await;
    house.wind(at(2021, 4, 6)).await;
    house.done(&restrict("seizure", "（2021）粤03执1号", None)).await;
    house.wind(at(2021, 5, 6)).await;
    house.done(&restrict("seizure", "（2021）粤03执2号", None)).await;
    let refused = house.act(&house.transfer(&[("zhao", "赵六")]).await).await.expect_err("seized");
    assert_eq!(refused.refusal().reason, "RESTRICTED");
    house.wind(at(2022, 1, 4)).await;
    house.done(&release(3)).await;
    house.wind(at(2024, 6, 3)).await;
    let zhao = house.transfer(&[("zhao", "赵六")]).await;
    house.done(&zhao).await;
    house.wind(at(2024, 7, 1)).await;
    let corrected = house.correct(at(2024, 6, 3), &[("zhao2", "赵陆")]).await;
    house.done(&corrected).await;
    house.wind(at(2024, 8, 1)).await;
    house
}

#[tokio::test]
async fn as_of_from_rows_is_as_of_from_events_and_rebuilt_rows_are_the_live_ones() {
    let house = lived().await;
    let events = events(&house).await;
    let reader = house.bed.platform().reader.clone();
    let mut instants: Vec<Moment> = events.iter().map(|event| event.at).collect();
    instants.extend([at(2020, 1, 1), at(2030, 1, 1)]);
    for known in &instants {
        for valid in &instants {
            for (valid, known) in [(*valid, *known), (valid.plus_us(-1), known.plus_us(-1))] {
                let live = queries::snapshot(&*reader, &unit(), valid, known).await.expect("read");
                let told = as_of(&events, valid, known).expect("read");
                assert_eq!(live.as_ref(), Some(&told), "{valid} as known {known}");
            }
        }
    }
    let tables = [
        "SELECT * FROM registers_records ORDER BY record",
        "SELECT * FROM registers_segments ORDER BY record, no",
        "SELECT * FROM registers_holdings ORDER BY record, no, seat",
        "SELECT * FROM registers_turns ORDER BY record, version",
        "SELECT * FROM registers_alerts ORDER BY party, at, version",
    ];
    let mut live = Vec::new();
    for sql in tables {
        live.push(rows(&house, sql).await);
    }
    assert!(live.iter().all(|rows| !rows.is_empty()));
    let House { bed, desk } = house;
    let bed = bed.restart_without_tables().await.expect("starts again");
    let house = House { bed, desk };
    for (sql, live) in tables.into_iter().zip(live) {
        assert_eq!(rows(&house, sql).await, live, "{sql}");
    }
}

#[tokio::test]
async fn what_was_corrected_is_still_known_as_it_was_and_a_holding_follows_the_belief() {
    let house = lived().await;
    let reader = &*house.bed.platform().reader;
    let held = async |party: &str, at: Moment| {
        let held = queries::holdings(reader, &PartyKey::new(party), at).await.expect("read");
        held.into_iter().map(|one| one.record.0).collect::<Vec<_>>()
    };
    assert_eq!(held("wang", at(2021, 2, 1)).await, [unit().0]);
    assert!(held("wang", at(2024, 6, 3)).await.is_empty(), "sold by then");
    assert_eq!(held("zhao", at(2024, 6, 15)).await, [unit().0], "as was believed that day");
    assert!(held("zhao", at(2024, 7, 2)).await.is_empty());
    assert_eq!(held("zhao2", at(2024, 7, 2)).await, [unit().0]);
    let all: Vec<KnownSegment> = queries::segments(reader, &unit()).await.expect("read");
    let gone: Vec<_> = all.iter().filter(|known| known.recorded_to.is_some()).collect();
    assert!(gone.len() >= 3, "nothing was deleted: {gone:?}");
    let turns = queries::turns(reader, &unit()).await.expect("read");
    let corrected = turns.iter().find(|turn| turn.what == "Corrected").expect("a correction");
    assert_eq!(corrected.reason, "权利人姓名录入错误");
    let row = queries::record(reader, &unit()).await.expect("read").expect("a record");
    assert_eq!(row.version, turns.last().expect("turns").version);
}

#[tokio::test]
async fn s04_a_timer_that_was_missed_says_what_was_so_at_the_instant_of_the_law() {
    let house = House::at(at(2021, 1, 4)).await;
    house.enter(&[("wang", "王小明")]).await;
    house.wind(at(2021, 3, 1)).await;
    house.done(&restrict("seizure", "A", None)).await;
    house.wind(at(2021, 5, 1)).await;
    house.done(&restrict("seizure", "B", None)).await;
    // The server is off over the end of the first seizure: the clock is set, no timer fires.
    house.bed.clock().set(at(2024, 3, 4));
    house.bed.settle().await;
    let events = events(&house).await;
    let last: Vec<&str> = events.iter().rev().take(2).map(Recorded::name).collect();
    assert_eq!(last, ["RestrictionPromoted", "RestrictionLapsed"]);
    let reader = &*house.bed.platform().reader;
    for (valid, binds) in [(at(2024, 2, 29), 1), (at(2024, 3, 1), 2), (at(2024, 3, 4), 2)] {
        let found = queries::snapshot(reader, &unit(), valid, at(2024, 3, 5)).await.expect("read");
        let snapshot = found.expect("a record");
        let mut bound = snapshot
            .restrictions()
            .filter(|(_, held)| held.phase == registers::record::Phase::InForce);
        assert_eq!(bound.next().map(|(_, held)| held.restriction.no), Some(RestrictionNo(binds)));
        assert!(bound.next().is_none());
    }
}

#[tokio::test]
async fn two_officers_enter_at_once_and_the_journal_decides() {
    for seizure_first in [true, false] {
        let house = House::at(at(2021, 1, 4)).await;
        house.enter(&[("wang", "王小明")]).await;
        let transfer = house.transfer(&[("li", "李丽")]).await;
        let mut seize = restrict("seizure", "执1号", None);
        if let RecordCommand::Restrict(order) = &mut seize {
            order.against = Some(PartyKey::new("wang"));
        }
        let (first, second) =
            if seizure_first { (seize.clone(), transfer) } else { (transfer, seize.clone()) };
        let (one, two) = tokio::join!(house.act(&first), house.act(&second));
        one.expect("the first is always taken");
        if seizure_first {
            assert_eq!(two.expect_err("stopped").refusal().reason, "RESTRICTED");
        } else {
            let receipt = two.expect("a seizure is always entered");
            let text = receipt.events[0].body.text();
            assert!(text.contains("after_transfer"), "登记后查封: {text}");
        }
    }
}

#[tokio::test]
async fn a_holder_is_alerted_of_what_is_entered_and_both_sides_of_a_transfer() {
    let house = lived().await;
    let reader = &*house.bed.platform().reader;
    let told = async |party: &str| {
        let rows = watch::alerts(reader, &PartyKey::new(party), 50).await.expect("read");
        rows.into_iter().map(|row| row.what).collect::<Vec<_>>()
    };
    let wang = told("wang").await;
    for what in ["Entered", "RestrictionEntered", "RestrictionLapsed", "Amended"] {
        assert!(wang.iter().any(|known| known == what), "{what}: {wang:?}");
    }
    assert_eq!(told("zhao").await, ["Corrected", "Amended"]);
    let page = house.bed.request(&party("wang"), "GET", "/registers/alerts", None).await;
    assert!(page.text().contains("限制登记"), "{}", page.text());
    for (actor, status) in [(officer(), 403), (kernel::Actor::Public, 401)] {
        let refused = house.bed.request(&actor, "GET", "/registers/alerts", None).await;
        assert_eq!(refused.status.as_u16(), status);
    }
}
