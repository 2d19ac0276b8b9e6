//! Scenarios on a whole platform.

use crate::bed::{Bed, USCC, at, d, entry, key, officer, party, shard};
use codes::Moment;
use credit_repair_module::queries;
use credit_repair_module::repair::{RepairCommand, Stage};
use delivery::announcement::{
    Announcement, AnnouncementCommand, AnnouncementKey, Objection, Objector,
};
use exchange::PropagationKey;
use exchange::propagation::{Standing, queries as told};
use kernel::{Actor, Atomic};
use module::Stage as _;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::PoisonError;

fn apply() -> RepairCommand {
    RepairCommand::Apply { listing: key("L1"), pledge: true, reason: None, proofs: Vec::new() }
}

fn verify() -> RepairCommand {
    RepairCommand::Verify { listing: key("L1"), findings: BTreeMap::new(), site_check: false }
}

fn decide(grant: bool) -> RepairCommand {
    RepairCommand::Decide { listing: key("L1"), grant, ground: "条件具备".to_owned() }
}

async fn stage(bed: &Bed, listing: &str) -> Stage {
    let row = queries::entry(&*bed.bed.platform().reader, &key(listing)).await.expect("read");
    row.expect("there").stage
}

/// Listed in 2017, applied, accepted and announced on 17 August 2020.
async fn announced() -> Bed {
    let bed = Bed::at("2017-08-10").await;
    bed.list("L1", entry(USCC, "2017-08-10")).await;
    bed.wind(at("2020-08-17")).await;
    bed.act(party(), apply()).await.expect("applied");
    bed.act(officer("reviewer"), RepairCommand::Accept { listing: key("L1") })
        .await
        .expect("accepted");
    let corrected = "已补报年度报告".to_owned();
    let announce = RepairCommand::Announce { listing: key("L1"), corrected };
    bed.act(officer("reviewer"), announce).await.expect("announced");
    bed
}

#[tokio::test]
async fn s01_an_announced_repair_removes_the_entry_and_everybody_hears_of_it() {
    let bed = announced().await;
    assert_eq!(stage(&bed, "L1").await, Stage::Announcing);
    assert_eq!(bed.departments.took("finance", "credit.restriction_imposed"), 1);
    bed.wind(Moment::end_of(d("2020-09-16"))).await;
    assert_eq!(stage(&bed, "L1").await, Stage::Announced);
    bed.act(officer("reviewer"), verify()).await.expect("verified");
    bed.act(officer("head"), decide(true)).await.expect("granted");
    assert_eq!(stage(&bed, "L1").await, Stage::Repaired);
    assert_eq!(bed.count("listing.Removed").await, 1);
    // The five restrictions end at everybody who was told of them, and the mirrors take the entry down.
    for department in ["finance", "housing", "transport", "resources", "office", "market"] {
        assert_eq!(
            bed.departments.took(department, "credit.restriction_lifted"),
            1,
            "{department}"
        );
    }
    for mirror in ["credit-publicity", "credit-china"] {
        // At once, and once more with the number of the decision.
        assert_eq!(bed.departments.took(mirror, "credit.removed"), 2, "{mirror}");
    }
    // Letters: that it may apply, acceptance, announcement, removal with its number.
    let notices = bed
        .bed
        .rows(tables::Query::new("SELECT number FROM delivery_notices"))
        .await
        .expect("rows");
    let numbers: Vec<String> = notices
        .iter()
        .filter_map(|row| row.get::<Option<String>>("number").expect("text"))
        .collect();
    assert_eq!(notices.len(), 4);
    assert!(numbers.contains(&"广州市市场监督管理局移严〔2020〕1号".to_owned()), "{numbers:?}");
    bed.no_dead_letters().await;
}

#[tokio::test]
async fn an_objection_holds_the_end_up_and_one_that_is_right_bars_the_grant() {
    let bed = announced().await;
    bed.wind(at("2020-09-10")).await;
    let facts =
        bed.vault.keep(Some("objection"), "仍未公示2016年年度报告".as_bytes()).await.expect("kept");
    let objection =
        Objection { by: Objector::Anonymous, facts, facts_chars: 40, evidence: Vec::new() };
    let announcement = AnnouncementKey("L1.1".to_owned());
    let command = AnnouncementCommand::Object(Box::new(objection));
    let commands = Atomic::new(shard()).then::<Announcement>(&announcement, &command);
    bed.bed.submit(Actor::Public, commands.expect("json")).await.expect("taken");
    bed.wind(at("2020-09-20")).await;
    assert_eq!(stage(&bed, "L1").await, Stage::Announcing, "the end waits for the answer");
    let answer =
        AnnouncementCommand::Answer {
            no: 1, upheld: true, reason: "经核实异议成立".to_owned()
        };
    let commands = Atomic::new(shard()).then::<Announcement>(&announcement, &answer);
    bed.bed.submit(officer("reviewer"), commands.expect("json")).await.expect("answered");
    bed.wind(at("2020-09-21")).await;
    assert_eq!(stage(&bed, "L1").await, Stage::Announced);
    bed.act(officer("reviewer"), verify()).await.expect("verified");
    let refused = bed.act(officer("head"), decide(true)).await.expect_err("an objection was right");
    assert_eq!(refused.refusal().reason, "OBJECTIONS_OPEN");
    bed.act(officer("head"), decide(false)).await.expect("refused");
    assert_eq!(stage(&bed, "L1").await, Stage::Refused);
    bed.no_dead_letters().await;
}

#[tokio::test]
async fn s05_a_further_case_stops_the_announcement_once() {
    let bed = announced().await;
    bed.wind(at("2020-09-15")).await;
    bed.list("L2", entry(USCC, "2020-09-15")).await;
    bed.list("L2", entry(USCC, "2020-09-15")).await;
    assert_eq!(bed.count("repair.Relapsed").await, 1);
    assert_eq!(stage(&bed, "L1").await, Stage::Relapsed);
    let row = delivery::announcement::queries::announcement(
        &*bed.bed.platform().reader,
        &AnnouncementKey("L1.1".to_owned()),
    )
    .await
    .expect("read")
    .expect("there");
    assert_eq!(row.stand, delivery::announcement::Stand::Stopped, "已终止");
    bed.wind(at("2020-09-18")).await;
    assert_eq!(bed.count("repair.AnnouncementOver").await, 0);
    bed.no_dead_letters().await;
}

#[tokio::test]
async fn s10_a_rescinded_repair_brings_entry_restrictions_and_mirrors_back() {
    let bed = Bed::at("2021-09-20").await;
    let mut listed = entry(USCC, "2021-09-20");
    for fact in ["duties_done", "harm_removed"] {
        listed.facts.insert(fact.to_owned(), json!("2021-10-01"));
    }
    bed.list("L1", listed).await;
    bed.wind(at("2022-09-22")).await;
    bed.act(party(), apply()).await.expect("applied");
    bed.act(officer("reviewer"), RepairCommand::Accept { listing: key("L1") })
        .await
        .expect("accepted");
    bed.wind(at("2022-10-14")).await;
    bed.act(officer("reviewer"), verify()).await.expect("verified");
    bed.act(officer("head"), decide(true)).await.expect("granted");
    bed.act(party(), RepairCommand::Prove).await.expect("proven");
    assert_eq!(bed.count("licence.Signed").await, 1);
    bed.wind(at("2023-02-10")).await;
    let rescind =
        RepairCommand::Rescind { listing: key("L1"), ground: "缴款凭证系伪造".to_owned() };
    bed.act(officer("head"), rescind).await.expect("rescinded");
    assert_eq!(stage(&bed, "L1").await, Stage::Rescinded);
    assert_eq!(bed.count("listing.Restored").await, 1);
    assert_eq!(bed.count("licence.Revoked").await, 1, "the certificate holds no more");
    assert_eq!(bed.departments.took("finance", "credit.restriction_imposed"), 2);
    assert_eq!(bed.departments.took("credit-china", "credit.listed"), 2);
    let barred = bed.act(party(), apply()).await.expect_err("for the rest of the term");
    assert_eq!(barred.refusal().reason, "BARRED");
    bed.wind(Moment::end_of(d("2024-09-20"))).await;
    assert_eq!(stage(&bed, "L1").await, Stage::Ended);
    bed.no_dead_letters().await;
}

#[tokio::test]
async fn s11_a_dead_department_hears_once_that_a_restriction_is_lifted() {
    let bed = announced().await;
    bed.departments
        .dead
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert("finance".to_owned());
    bed.wind(at("2020-09-17")).await;
    bed.act(officer("reviewer"), verify()).await.expect("verified");
    bed.act(officer("head"), decide(true)).await.expect("granted");
    let about = PropagationKey(format!("credit:{USCC}:procurement"));
    let standing = async |bed: &Bed| {
        let rows = told::recipients(&*bed.bed.platform().reader, &about).await.expect("rows");
        rows[0].standing
    };
    assert_eq!(standing(&bed).await, Standing::Pending);
    bed.wind(Moment::end_of(d("2020-09-22"))).await;
    assert_eq!(standing(&bed).await, Standing::Escalated, "three working days");
    let bed = bed.crash().await;
    bed.departments.dead.lock().unwrap_or_else(PoisonError::into_inner).clear();
    bed.wind(at("2020-09-24")).await;
    assert_eq!(standing(&bed).await, Standing::Confirmed);
    bed.wind(at("2020-10-20")).await;
    assert_eq!(bed.departments.took("finance", "credit.restriction_lifted"), 1);
}

#[tokio::test]
async fn s13_terms_end_on_their_day_each_once_over_a_crash() {
    const ENTITIES: usize = 200;
    let bed = Bed::at("2021-09-20").await;
    for n in 0..ENTITIES {
        let mut listed = entry(&format!("9144010600000{n:04}X"), "2021-09-20");
        listed.facts.insert("duties_done".to_owned(), json!("not_yet"));
        bed.list(&format!("L{n}"), listed).await;
    }
    // Everybody is found for a day in between only where it has done its duties: nobody here.
    bed.wind(Moment::from_us(Moment::end_of(d("2024-09-20")).us() - 1)).await;
    assert_eq!(bed.count("repair.TermReached").await, 0);
    assert_eq!(bed.count("repair.EligibleFound").await, 0);
    let bed = bed.crash().await;
    bed.wind(Moment::end_of(d("2024-09-20"))).await;
    assert_eq!(bed.count("repair.TermReached").await, ENTITIES);
    let bed = bed.crash().await;
    bed.wind(at("2024-10-20")).await;
    for event in ["repair.TermReached", "listing.Ended", "repair.Gone"] {
        assert_eq!(bed.count(event).await, ENTITIES, "{event}: each exactly once");
    }
    bed.no_dead_letters().await;
}
