//! The publicity system and 信用中国 over their own protocols, misbehaving as switches say.

use crate::bed::{Bed, NAME, USCC, Wanted, at, d, entry, key, officer, party};
use codes::Moment;
use credit_repair_module::mirror::{IntakeEvent, PushEvent, Turned, queries};
use credit_repair_module::repair::{RepairCommand, Stage};
use exchange::PropagationKey;
use exchange::propagation::{Standing, queries as told};
use registers::listings::{ListingKey, ListingState, queries as listings};
use seals::jws;
use serde_json::{Value, json};
use standins::{Fault, Switches};
use std::collections::BTreeMap;

async fn mirrored(day: &str) -> Bed {
    Bed::with(day, Wanted { mirrors: true, ..Wanted::default() }).await
}

async fn with_files(day: &str) -> Bed {
    Bed::with(day, Wanted { mirrors: true, daily: true, ..Wanted::default() }).await
}

/// How each mirror stands with an entry.
async fn standing(bed: &Bed, about: &str) -> BTreeMap<String, Standing> {
    let about = PropagationKey(about.to_owned());
    let rows = told::recipients(&*bed.bed.platform().reader, &about).await.expect("rows");
    rows.into_iter().map(|row| (row.recipient, row.standing)).collect()
}

async fn reconciled(bed: &Bed) -> Vec<(u32, u32, usize)> {
    let events = bed.events("credit-push").await;
    let read = events.iter().map(|event| event.read::<PushEvent>().expect("decodes"));
    read.filter_map(|event| match event {
        PushEvent::Reconciled { told, held, missing, .. } => Some((told, held, missing.len())),
        _ => None,
    })
    .collect()
}

#[tokio::test]
async fn what_is_told_counts_with_the_mirrors_own_signature_which_is_kept() {
    let bed = mirrored("2022-09-20").await;
    // The first answer is lost on the way, another time a proxy answers, then somebody signs with another key.
    bed.outer.publicity.upcoming([Fault::Lose, Fault::Status(404)]);
    bed.outer.china.switch(Switches { wrong_signature: true, ..Switches::default() });
    bed.list("L1", entry(USCC, "2022-09-20")).await;
    assert_eq!(standing(&bed, "listing:L1").await["credit-publicity"], Standing::Pending);
    bed.wind(at("2022-09-20").plus_seconds(60)).await;
    assert_eq!(
        standing(&bed, "listing:L1").await["credit-publicity"],
        Standing::Pending,
        "404 of a proxy"
    );
    bed.wind(at("2022-09-20").plus_seconds(600)).await;
    let now = standing(&bed, "listing:L1").await;
    assert_eq!(
        (now["credit-publicity"], now["credit-china"]),
        (Standing::Confirmed, Standing::Pending)
    );
    bed.outer.china.switch(Switches::default());
    bed.wind(at("2022-09-20").plus_seconds(7200)).await;
    assert_eq!(standing(&bed, "listing:L1").await["credit-china"], Standing::Confirmed);
    let shown = bed.outer.publicity.shows("listing:L1").expect("published");
    assert_eq!((&shown.body["kind"], &shown.body["uscc"]), (&json!("credit.listed"), &json!(USCC)));
    assert_eq!(bed.outer.publicity.held().len(), 1, "however often it was sent");
    // The signed acknowledgement can be checked again by anybody who has the mirror's keys.
    let acks: Vec<_> = bed
        .events("credit-push")
        .await
        .iter()
        .filter_map(|event| match event.read::<PushEvent>().expect("decodes") {
            PushEvent::Acknowledged { ack, .. } => Some((event.key.to_string(), ack)),
            _ => None,
        })
        .collect();
    assert_eq!(acks.len(), 2);
    let (_, ack) = acks.iter().find(|(key, _)| key.starts_with("credit-publicity")).expect("there");
    let read = jws::read(&ack.signed).expect("a JWS");
    let payload = read.payload().expect("inside").to_vec();
    read.verify_trusted(&bed.outer.publicity.keys(), "credit-ack+jws", &payload).expect("holds");
    let said: Value = serde_json::from_slice(&payload).expect("json");
    assert_eq!((&said["sha256"], &said["id"]), (&json!(ack.sha256), &json!(ack.id)));
    bed.no_dead_letters().await;
}

#[tokio::test]
async fn a_push_that_a_mirror_lost_is_found_the_next_day_and_told_again() {
    let bed = mirrored("2022-09-20").await;
    bed.outer.china.forget_next(1);
    bed.list("L1", entry(USCC, "2022-09-20")).await;
    bed.list("L2", entry("91440300MA5DB0307X", "2022-09-20")).await;
    let china = || bed.outer.china.held().iter().map(|held| held.about.clone()).collect::<Vec<_>>();
    assert_eq!(china(), ["listing:L2"], "it acknowledged the other one and lost it");
    assert_eq!(standing(&bed, "listing:L1").await["credit-china"], Standing::Confirmed);
    // On the morning of the next day it is down for a while.
    bed.outer.china.upcoming([Fault::Status(503)]);
    bed.wind(at("2022-09-21")).await;
    assert_eq!(china(), ["listing:L2", "listing:L1"]);
    assert_eq!(standing(&bed, "listing:L1").await["credit-china"], Standing::Confirmed);
    let mut first = reconciled(&bed).await;
    first.sort_unstable();
    assert_eq!(first, [(2, 1, 1), (2, 2, 0)], "told, held, missing: one mirror each");
    // What was told again is compared in its turn, and stands.
    bed.wind(at("2022-09-22")).await;
    bed.wind(at("2022-09-24")).await;
    assert_eq!(reconciled(&bed).await.last(), Some(&(1, 1, 0)));
    assert_eq!(reconciled(&bed).await.len(), 3);
    let days = queries::days(&*bed.bed.platform().reader, 10).await.expect("rows");
    let board = bed.get(&officer("supervisor"), "/credit/oversight").await.text();
    assert!(board.contains("信用中国") && board.contains("已对账"), "{board}");
    let lost: Vec<_> = days.iter().filter(|day| day.missing == Some(1)).collect();
    assert_eq!((lost.len(), lost[0].system.as_str()), (1, "credit-china"));
    bed.no_dead_letters().await;
}

fn listed(uscc: &str, decision_no: &str, on: &str) -> Value {
    json!({
        "what": "listed", "uscc": uscc, "enterprise_name": NAME, "list_kind": "serious", "cause_code": "44-5-1",
        "decision_no": decision_no, "organ": "440100-market", "organ_name": "广州市市场监督管理局", "place": "440106",
        "listed_on": on, "published_on": on,
    })
}

fn ended(uscc: &str, decision_no: &str, on: &str) -> Value {
    json!({
        "what": "ended", "uscc": uscc, "list_kind": "serious", "decision_no": decision_no, "ending": "removed", "on": on,
        "by": "穗市监移严〔2022〕3号", "ground": "信用修复",
    })
}

async fn listing(bed: &Bed, decision_no: &str) -> Option<listings::ListingRow> {
    let key = ListingKey::of(USCC, "serious", decision_no);
    listings::listing(&*bed.bed.platform().reader, &key).await.expect("read")
}

#[tokio::test]
async fn daily_files_are_taken_once_in_whatever_order_and_a_gap_is_seen() {
    let bed = with_files("2022-09-20").await;
    let publicity = &bed.outer.publicity;
    let (one, two) = ("穗市监列严〔2021〕12号", "穗市监列严〔2021〕13号");
    publicity
        .issue(d("2022-09-18"), vec![listed(USCC, one, "2021-09-20"), json!({"what": "listed"})]);
    publicity.issue(d("2022-09-19"), vec![listed(USCC, two, "2021-10-20")]);
    publicity.issue(
        d("2022-09-20"),
        vec![ended(USCC, two, "2022-09-19"), listed(USCC, one, "2021-09-20")],
    );
    publicity.switch(Switches { reorder: true, duplicate: true, ..Switches::default() });
    // The second one has not come when the third is there, which ends an entry that nobody knows of yet.
    publicity.withhold(2, true);
    bed.wind(at("2022-09-20").plus_seconds(3600)).await;
    let looks = queries::looks(&*bed.bed.platform().reader, 10).await.expect("rows");
    assert_eq!((looks[0].gap.clone(), looks[0].waiting), (vec![2], 1));
    let first: BTreeMap<u64, _> = looks[0].files.iter().map(|file| (file.sequence, file)).collect();
    assert_eq!((first[&1].listed, first[&1].refused[&2].as_str()), (1, "SHAPE"));
    assert_eq!((first[&3].known, first[&3].ended), (1, 0));
    assert!(listing(&bed, two).await.is_none());
    let board = bed.get(&officer("supervisor"), "/credit/oversight").await.text();
    for told in ["缺文件", "第2号", "待列入记录", "2 SHAPE", "国家企业信用信息公示系统"]
    {
        assert!(board.contains(told), "{told}: {board}");
    }
    // Each look asks again for what is missing, and takes nothing twice.
    bed.wind(at("2022-09-20").plus_seconds(7200)).await;
    publicity.withhold(2, false);
    bed.wind(at("2022-09-20").plus_seconds(3 * 3600)).await;
    bed.wind(at("2022-09-20").plus_seconds(5 * 3600)).await;
    let files = bed.events("credit-intake").await;
    let taken = files.iter().filter(|event| event.name() == "FileTaken").count();
    assert_eq!(taken, 3);
    let settled: Vec<_> = files.iter().filter(|event| event.name() == "Settled").collect();
    let IntakeEvent::Settled { sequence: 3, no: 1, turned: Turned::Ended } =
        settled[0].read().expect("decodes")
    else {
        panic!("{settled:?}");
    };
    let looks = queries::looks(&*bed.bed.platform().reader, 10).await.expect("rows");
    assert_eq!((looks[0].gap.len(), looks[0].waiting), (0, 0));
    let (one, two) =
        (listing(&bed, one).await.expect("there"), listing(&bed, two).await.expect("there"));
    assert_eq!((one.state, two.state), (ListingState::Live, ListingState::Removed));
    assert_eq!(
        (two.since, two.removed_by.as_deref()),
        (d("2022-09-19"), Some("穗市监移严〔2022〕3号"))
    );
    assert_eq!(one.entry.measures.len(), 5, "the restrictions that it supports are filled in");
    assert_eq!(bed.count("listing.Listed").await, 2);
    assert_eq!(bed.count("listing.Removed").await, 1);
    bed.no_dead_letters().await;
}

#[tokio::test]
async fn a_file_that_says_something_else_later_is_named_and_the_first_one_counts() {
    let bed = with_files("2022-09-20").await;
    let publicity = &bed.outer.publicity;
    let no = "穗市监列严〔2021〕12号";
    publicity.issue(d("2022-09-18"), vec![listed(USCC, no, "2021-09-20")]);
    publicity.issue(d("2022-09-19"), vec![listed(USCC, no, "2021-09-21")]);
    publicity.withhold(1, true);
    bed.wind(at("2022-09-20").plus_seconds(3600)).await;
    // The gap keeps being asked for, so that the one that was taken is seen to have changed.
    publicity.rewrite(2, Vec::new());
    bed.wind(at("2022-09-20").plus_seconds(2 * 3600)).await;
    bed.wind(at("2022-09-20").plus_seconds(3 * 3600)).await;
    let looks = queries::looks(&*bed.bed.platform().reader, 10).await.expect("rows");
    assert_eq!(looks[0].contradicted, 1, "once, however often it is seen");
    publicity.withhold(1, false);
    bed.wind(at("2022-09-20").plus_seconds(4 * 3600)).await;
    let looks = queries::looks(&*bed.bed.platform().reader, 10).await.expect("rows");
    let first = looks[0].files.iter().find(|file| file.sequence == 1).expect("taken");
    assert_eq!(first.refused[&1], "CONTRADICTS", "an entry is not moved to another day");
    assert_eq!(listing(&bed, no).await.expect("there").entry.listed_on, d("2021-09-21"));
    bed.no_dead_letters().await;
}

#[tokio::test]
async fn a_system_that_is_down_or_forges_is_asked_again_soon() {
    let bed = with_files("2022-09-20").await;
    let publicity = &bed.outer.publicity;
    publicity.issue(d("2022-09-20"), vec![listed(USCC, "穗市监列严〔2021〕12号", "2021-09-20")]);
    publicity.switch(Switches { down: true, ..Switches::default() });
    bed.wind(at("2022-09-20").plus_seconds(3600)).await;
    publicity.switch(Switches { wrong_signature: true, ..Switches::default() });
    bed.wind(at("2022-09-20").plus_seconds(3600 + 300)).await;
    publicity.switch(Switches { slow_ms: 20, ..Switches::default() });
    let looks = queries::looks(&*bed.bed.platform().reader, 10).await.expect("rows");
    assert!(
        looks[0].why.as_deref().is_some_and(|why| why.contains("not the mirror's")),
        "{looks:?}"
    );
    assert!(looks[0].files.is_empty());
    bed.wind(at("2022-09-20").plus_seconds(2 * 3600)).await;
    let looks = queries::looks(&*bed.bed.platform().reader, 10).await.expect("rows");
    assert_eq!((looks[0].files.len(), looks[0].why.as_deref()), (1, None));
    bed.no_dead_letters().await;
}

#[tokio::test]
async fn an_announcement_stands_in_the_publicity_system_and_the_removal_with_its_number() {
    let bed = mirrored("2017-08-10").await;
    bed.list("L1", entry(USCC, "2017-08-10")).await;
    bed.wind(at("2020-08-17")).await;
    let apply =
        RepairCommand::Apply { listing: key("L1"), pledge: true, reason: None, proofs: Vec::new() };
    bed.act(party(), apply).await.expect("applied");
    let accept = RepairCommand::Accept { listing: key("L1") };
    bed.act(officer("reviewer"), accept).await.expect("accepted");
    let corrected = "已补报年度报告".to_owned();
    let announce = RepairCommand::Announce { listing: key("L1"), corrected };
    bed.act(officer("reviewer"), announce).await.expect("announced");
    let shown = bed.outer.publicity.shows("announcement:L1:1").expect("published");
    assert_eq!(shown.body["kind"], "credit.announced");
    assert_eq!(
        (&shown.body["from"], &shown.body["to"]),
        (&json!("2020-08-17"), &json!("2020-09-16"))
    );
    assert!(shown.body["text"].as_str().expect("text").contains(NAME));
    assert!(bed.outer.china.shows("announcement:L1:1").is_none(), "it is announced in one place");
    bed.wind(Moment::end_of(d("2020-09-16"))).await;
    let shown = bed.outer.publicity.shows("announcement:L1:1").expect("published");
    assert_eq!((shown.round, &shown.body["kind"]), (2, &json!("credit.announcement_ended")));
    let verify =
        RepairCommand::Verify { listing: key("L1"), findings: BTreeMap::new(), site_check: false };
    bed.act(officer("reviewer"), verify).await.expect("verified");
    let ground = "条件具备".to_owned();
    let grant = RepairCommand::Decide { listing: key("L1"), grant: true, ground };
    bed.act(officer("head"), grant).await.expect("granted");
    for board in [&bed.outer.publicity, &bed.outer.china] {
        let shown = board.shows("listing:L1").expect("told");
        assert_eq!(shown.body["kind"], "credit.removed");
        assert_eq!(shown.body["decision_no"], "广州市市场监督管理局移严〔2020〕1号");
    }
    let row = listings::listing(&*bed.bed.platform().reader, &key("L1")).await.expect("read");
    let row = row.expect("there");
    assert_eq!(row.removed_by.as_deref(), Some("广州市市场监督管理局移严〔2020〕1号"));
    let stage = credit_repair_module::queries::entry(&*bed.bed.platform().reader, &key("L1")).await;
    assert_eq!(stage.expect("read").expect("there").stage, Stage::Repaired);
    bed.no_dead_letters().await;
}
