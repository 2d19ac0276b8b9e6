//! Uses of a text, from hold to return; debts, claims, freezes, risk.

use crate::bed::{BANK, Bed, NAME, USCC, at, d, enterprise, offered, officer, party, shard};
use codes::Moment;
use guarantee::{Kind, Level, Matter, State};
use guarantee_module::errand::{MONEY_RECEIVED, TAX_ASSESSED, withdrawal};
use guarantee_module::exposure::{ExposureCommand, RestoreCause, Stand};
use guarantee_module::guarantee::{Guarantee, GuaranteeCommand, claim_terms};
use guarantee_module::guarantor::{Guarantor, GuarantorCommand};
use guarantee_module::importer::{Grade, Importer, ImporterCommand};
use guarantee_module::{FilingNo, GuarantorCode, ImporterKey, queries};
use kernel::{Actor, Atomic};
use module::Stage as _;
use serde_json::json;

const TEN_MILLION: i64 = 1_000_000_000;

fn paid(on: &str, reference: &str) -> ExposureCommand {
    ExposureCommand::Restore {
        cause: RestoreCause::Paid,
        on: d(on),
        amount_fen: None,
        reference: reference.to_owned(),
        told_at: None,
    }
}

#[tokio::test]
async fn s01_a_quota_is_held_used_given_back_and_adjusted() {
    let bed = Bed::at("2026-03-02").await;
    let no = bed.filed(offered(USCC, "LG-1", TEN_MILLION)).await;
    assert_eq!(no.as_str(), "5165-26-0000001");
    assert_eq!(bed.text(&no).await.state, State::Active);
    for (name, fen, free) in [
        ("516520261000000001", 386_420_550, 613_579_450),
        ("516520261000000002", 215_000_000, 398_579_450),
        ("516520261000000003", 120_000_000, 278_579_450),
    ] {
        bed.hold(name, &bed.request(&no, fen).await).await.expect("held");
        assert_eq!(bed.free(&no).await, free);
    }
    let short = bed.hold("516520261000000004", &bed.request(&no, 300_000_000).await).await;
    let refusal = short.expect_err("too much").refusal();
    assert_eq!(refusal.reason, "QUOTA_INSUFFICIENT");
    assert!(refusal.fields.to_string().contains("278579450"), "{}", refusal.fields);
    bed.tell("516520261000000001", ExposureCommand::Use).await.expect("released");
    assert_eq!(bed.free(&no).await, 278_579_450, "a release changes nothing");
    bed.tell("516520261000000001", paid("2026-03-02", "R-1")).await.expect("back");
    assert_eq!(bed.free(&no).await, 665_000_000);
    let lower = ExposureCommand::Adjust { amount_fen: 198_531_044 };
    bed.tell("516520261000000002", lower).await.expect("lower");
    assert_eq!(bed.free(&no).await, 681_468_956);
    // The same receipt again is the same money.
    bed.tell("516520261000000001", paid("2026-03-02", "R-1")).await.expect("again");
    assert_eq!(bed.count("exposure.Restored").await, 1);
    bed.no_dead_letters().await;
}

#[tokio::test]
async fn s04_one_number_serves_three_businesses_in_three_places() {
    let bed = Bed::at("2026-03-02").await;
    let no = bed.filed(offered(USCC, "LG-1", TEN_MILLION)).await;
    for (name, matter, place, due) in [
        ("516520261000000001", Matter::T1, "5165", None),
        ("224820261000000001", Matter::T3, "2248", Some(d("2026-06-30"))),
        ("020220261000000001", Matter::K1, "0202", Some(d("2026-08-31"))),
    ] {
        let mut request = bed.request(&no, 10_000_000).await;
        (request.matter, request.place, request.due_on) = (matter, place.to_owned(), due);
        bed.hold(name, &request).await.expect("held");
        assert_eq!(bed.use_of(name).await.request.guarantee, no);
    }
    let mut elsewhere = bed.request(&no, 10_000_000).await;
    elsewhere.place = "4700".to_owned();
    let refused = bed.hold("470020261000000001", &elsewhere).await.expect_err("no beneficiary");
    assert_eq!(refused.refusal().reason, "PLACE_NOT_BENEFICIARY");
    assert_eq!(bed.count("exposure.Held").await, 3);
}

#[tokio::test]
async fn s06_an_amount_that_cannot_grow_stays_and_the_difference_is_due() {
    let bed = Bed::at("2026-03-02").await;
    let no = bed.filed(offered(USCC, "LG-1", 100_000_000)).await;
    bed.hold("516520261000000001", &bed.request(&no, 60_000_000).await).await.expect("held");
    bed.hear(TAX_ASSESSED, "516520261000000001", json!({"amount_fen": 110_000_000})).await;
    let row = bed.use_of("516520261000000001").await;
    assert_eq!((row.amount_fen, row.difference_fen), (60_000_000, 50_000_000));
    assert_eq!(bed.free(&no).await, 40_000_000);
    bed.hear(TAX_ASSESSED, "516520261000000001", json!({"amount_fen": 90_000_000})).await;
    assert_eq!(bed.free(&no).await, 10_000_000, "what fits is taken");
    bed.no_dead_letters().await;
}

#[tokio::test]
async fn s07_a_duty_is_overdue_the_day_after_and_claimed_within_half_a_year() {
    let bed = Bed::with("2026-12-13", false).await;
    let mut own = offered(USCC, "LG-1", TEN_MILLION);
    own.claims_to = Some(d("2027-01-20"));
    let no = bed.filed(own).await;
    // Completed on 13 December, fifteen days: 28 December.
    bed.hold("516520261000000001", &bed.request(&no, 38_642_055).await).await.expect("held");
    bed.tell("516520261000000001", ExposureCommand::Use).await.expect("released");
    bed.wind(Moment::from_us(Moment::end_of(d("2026-12-28")).us() - 1)).await;
    assert_eq!(bed.use_of("516520261000000001").await.stand, Stand::Used);
    bed.wind(Moment::end_of(d("2026-12-28"))).await;
    assert_eq!(bed.use_of("516520261000000001").await.stand, Stand::Overdue);
    // R7: the text takes no new hold, summary taxation stops for the enterprise.
    let again = bed.hold("516520261000000002", &bed.request(&no, 1_000).await).await;
    assert_eq!(again.expect_err("frozen").refusal().reason, "FROZEN");
    let other = bed.filed(offered(USCC, "LG-2", TEN_MILLION)).await;
    let stopped = bed.hold("516520261000000003", &bed.request(&other, 1_000).await).await;
    assert_eq!(stopped.expect_err("stopped").refusal().reason, "DUE_AFTER_END");
    // It can be claimed after the text has ended, until the day that the text names.
    bed.wind(at("2027-01-08")).await;
    assert_eq!(bed.text(&no).await.state, State::Ended);
    let terms = claim_terms(&bed.text(&no).await.text);
    bed.wind(at("2027-01-21")).await;
    let late = bed.tell("516520261000000001", ExposureCommand::Claim(terms)).await;
    assert_eq!(late.expect_err("too late").refusal().reason, "EXPIRED");
}

#[tokio::test]
async fn a_claim_is_paid_by_the_guarantor_and_the_limit_is_smaller_by_it() {
    let bed = Bed::at("2026-09-16").await;
    let no = bed.filed(offered(USCC, "LG-1", TEN_MILLION)).await;
    bed.hold("516520261000000001", &bed.request(&no, 38_642_055).await).await.expect("held");
    bed.tell("516520261000000001", ExposureCommand::Use).await.expect("released");
    // Fifteen days end in the holidays: 8 October.
    bed.wind(at("2026-10-14")).await;
    assert_eq!(bed.use_of("516520261000000001").await.due_on, d("2026-10-08"));
    let terms = claim_terms(&bed.text(&no).await.text);
    bed.tell("516520261000000001", ExposureCommand::Claim(terms)).await.expect("claimed");
    let row = bed.use_of("516520261000000001").await;
    assert_eq!((row.stand, row.late_fee_fen), (Stand::Claimed, 115_926), "S3: six days");
    assert_eq!(bed.balance(&no).await.claimed_fen, 38_642_055);
    assert_eq!(bed.bank.took("CLAIM").len(), 1, "the bank was asked over its line");
    bed.hear(
        MONEY_RECEIVED,
        "516520261000000001",
        json!({"state": "received", "by": "guarantor", "on": "2026-10-20", "reference": "G-1"}),
    )
    .await;
    let balance = bed.balance(&no).await;
    assert_eq!((balance.limit_fen, balance.claimed_fen), (TEN_MILLION - 38_642_055, 0));
    assert_eq!(bed.text(&no).await.text.limit_fen, TEN_MILLION - 38_642_055);
    assert_eq!(bed.text(&no).await.stands(), State::Active, "the freeze is lifted with the debt");
    bed.hold("516520261000000002", &bed.request(&no, 1_000).await).await.expect("serves again");
    bed.no_dead_letters().await;
}

#[tokio::test]
async fn s08_a_limit_is_not_cut_below_what_is_committed_and_nothing_committed_may_be_withdrawn() {
    let bed = Bed::at("2026-03-02").await;
    let no = bed.filed(offered(USCC, "LG-1", TEN_MILLION)).await;
    bed.hold("516520261000000001", &bed.request(&no, 318_531_044).await).await.expect("held");
    let row = bed.text(&no).await;
    let group = withdrawal(&shard(), &row, "企业申请").expect("json");
    let refused = bed.submit(officer("reviewer"), group).await.expect_err("something is held");
    assert_eq!(refused.refusal().reason, "QUOTA_INSUFFICIENT");
    assert_eq!(bed.text(&no).await.state, State::Active, "the text and its quota fall together");
    bed.tell("516520261000000001", ExposureCommand::Void).await.expect("void");
    let group = withdrawal(&shard(), &row, "企业申请").expect("json");
    bed.submit(officer("reviewer"), group).await.expect("taken back");
    assert_eq!(bed.text(&no).await.state, State::Withdrawn);
    assert_eq!(bed.balance(&no).await.limit_fen, 0);
    bed.no_dead_letters().await;
}

#[tokio::test]
async fn s09_of_sixty_four_hands_at_once_exactly_as_many_succeed_as_there_is_quota() {
    let bed = Bed::at("2026-03-02").await;
    let no = bed.filed(offered(USCC, "LG-1", TEN_MILLION)).await;
    let request = bed.request(&no, 20_000_000).await;
    let engine = bed.bed.engine().clone();
    let mut hands = Vec::new();
    for n in 0..64 {
        let commands = bed.hold_group(&format!("51652026100000{n:04}"), &request);
        let id = kernel::CommandId::derive(&[b"hand", &[n]]);
        let order = engine::Order { id, actor: party(), cause: None, commands };
        let engine = engine.clone();
        hands.push(tokio::spawn(async move { engine.order(order).await }));
    }
    let (mut held, mut short) = (0, 0);
    for hand in hands {
        match hand.await.expect("joined") {
            Ok(_) => held += 1,
            Err(refused) => {
                let refusal = refused.refusal();
                assert_eq!(refusal.reason, "QUOTA_INSUFFICIENT");
                assert!(refusal.fields.to_string().contains(":0"), "{}", refusal.fields);
                short += 1;
            }
        }
    }
    bed.bed.settle().await;
    assert_eq!((held, short), (50, 14));
    assert_eq!(bed.free(&no).await, 0);
    bed.no_dead_letters().await;
}

#[tokio::test]
async fn s10_the_same_declaration_is_one_use_and_hold_and_void_return_to_the_start() {
    let bed = Bed::with("2026-03-02", false).await;
    let no = bed.filed(offered(USCC, "LG-1", TEN_MILLION)).await;
    let request = bed.request(&no, 20_000_000).await;
    bed.hold("516520261000000001", &request).await.expect("held");
    bed.hold("516520261000000001", &request).await.expect("the same again is nothing");
    assert_eq!(bed.count("exposure.Held").await, 1);
    assert_eq!(bed.free(&no).await, TEN_MILLION - 20_000_000);
    let other = bed.request(&no, 30_000_000).await;
    let reused = bed.hold("516520261000000001", &other).await.expect_err("another amount");
    assert_eq!(reused.refusal().reason, "ID_REUSED");
    for n in 0..100 {
        let name = format!("51652026200000{n:04}");
        bed.hold(&name, &request).await.expect("held");
        bed.tell(&name, ExposureCommand::Void).await.expect("void");
        bed.tell(&name, ExposureCommand::Void).await.expect("again");
    }
    assert_eq!(bed.free(&no).await, TEN_MILLION - 20_000_000);
    bed.no_dead_letters().await;
}

#[tokio::test]
async fn s11_a_release_before_the_hold_lapses_wins_and_one_after_it_is_too_late() {
    let bed = Bed::at("2026-03-02").await;
    let no = bed.filed(offered(USCC, "LG-1", TEN_MILLION)).await;
    let request = bed.request(&no, 20_000_000).await;
    bed.hold("516520261000000001", &request).await.expect("held");
    bed.hold("516520261000000002", &request).await.expect("held");
    bed.hold("516520261000000003", &request).await.expect("held");
    bed.tell("516520261000000003", ExposureCommand::Accept).await.expect("accepted");
    let until = bed.use_of("516520261000000001").await.until;
    assert_eq!(until, at("2026-03-03"), "a day after the hold");
    bed.wind(until.plus_us(-1_000)).await;
    bed.tell("516520261000000001", ExposureCommand::Use).await.expect("in time");
    bed.wind(until.plus_us(1_000)).await;
    let late = bed.tell("516520261000000002", ExposureCommand::Use).await.expect_err("late");
    assert_eq!(late.refusal().reason, "CLOSED");
    bed.wind(until.plus_seconds(5)).await;
    assert_eq!(bed.use_of("516520261000000002").await.stand, Stand::Void);
    assert_eq!(bed.use_of("516520261000000003").await.stand, Stand::Held, "accepted: it stays");
    assert_eq!(bed.free(&no).await, TEN_MILLION - 40_000_000);
    // The journal alone tells the same.
    let bed = bed.crash().await;
    assert_eq!(bed.use_of("516520261000000002").await.stand, Stand::Void);
    assert_eq!(bed.free(&no).await, TEN_MILLION - 40_000_000);
    bed.no_dead_letters().await;
}

#[tokio::test]
async fn s12_a_retry_after_a_crash_finds_the_hold_and_makes_no_second() {
    let bed = Bed::at("2026-03-02").await;
    let no = bed.filed(offered(USCC, "LG-1", TEN_MILLION)).await;
    let request = bed.request(&no, 20_000_000).await;
    let group = bed.hold_group("516520261000000001", &request);
    let id = kernel::CommandId::derive(&[b"declaration", b"516520261000000001"]);
    bed.bed.submit_as(party(), id, group.clone()).await.expect("held, the answer is lost");
    let bed = bed.crash().await;
    let answer = bed.bed.submit_as(party(), id, group).await.expect("the first answer");
    assert!(answer.repeated);
    assert_eq!(bed.count("exposure.Held").await, 1);
    assert_eq!(bed.free(&no).await, TEN_MILLION - 20_000_000);
}

#[tokio::test]
async fn s14_a_dishonest_enterprise_gives_deposits_only_and_what_stands_goes_on() {
    let bed = Bed::at("2026-03-02").await;
    let no = bed.filed(offered(USCC, "LG-1", TEN_MILLION)).await;
    bed.hold("516520261000000001", &bed.request(&no, 20_000_000).await).await.expect("held");
    bed.receive(offered(USCC, "LG-2", TEN_MILLION), true).await;
    assert_eq!(bed.count("guarantee_filing.Refused").await, 1);
    let mut deposit = offered(USCC, "D-1", TEN_MILLION);
    deposit.kind = Kind::Deposit;
    bed.receive(deposit, true).await;
    assert_eq!(bed.count("guarantee_filing.Refused").await, 1, "a deposit is taken");
    bed.tell("516520261000000001", ExposureCommand::Use).await.expect("goes on");
    bed.tell("516520261000000001", paid("2026-03-03", "R-1")).await.expect("goes on");
    assert_eq!(bed.free(&no).await, TEN_MILLION);
    bed.no_dead_letters().await;
}

#[tokio::test]
async fn s15_a_surge_in_new_goods_freezes_within_the_hour_and_usage_only_warns() {
    let bed = Bed::at("2026-03-02").await;
    let no = bed.filed(offered(USCC, "LG-1", TEN_MILLION)).await;
    for n in 0..20_i64 {
        let fen = if n % 2 == 0 { 11_000_000 } else { 9_000_000 };
        let name = format!("51652026100000{n:04}");
        bed.hold(&name, &bed.request(&no, fen).await).await.expect("held");
        bed.tell(&name, ExposureCommand::Void).await.expect("void");
        bed.wind(bed.bed.now().plus_seconds(86_400)).await;
    }
    let level = async |bed: &Bed| {
        let row = queries::importer_of(&*bed.bed.platform().reader, USCC).await;
        row.expect("read").expect("there").level
    };
    assert_eq!(level(&bed).await, Level::Green);
    let mut surge = bed.request(&no, 70_000_000).await;
    surge.goods = vec!["8542310000".to_owned()];
    bed.hold("516520262000000001", &surge).await.expect("held");
    bed.wind(bed.bed.now().plus_seconds(3_601)).await;
    assert_eq!(level(&bed).await, Level::Red, "without yellow");
    assert_eq!(bed.text(&no).await.stands(), State::Frozen);
    let refused = bed.hold("516520262000000002", &bed.request(&no, 1_000).await).await;
    assert_eq!(refused.expect_err("frozen").refusal().reason, "FROZEN");
    // The next day it is no surge any more; the freeze is lifted by an officer alone.
    bed.wind(bed.bed.now().plus_seconds(30 * 3_600)).await;
    assert_eq!(level(&bed).await, Level::Green);
    assert_eq!(bed.text(&no).await.stands(), State::Frozen);
    let lift =
        GuaranteeCommand::Unfreeze { by: "risk".to_owned(), why: "核查无异常".to_owned() };
    let group = Atomic::new(shard()).then::<Guarantee>(&no, &lift).expect("json");
    bed.submit(officer("reviewer"), group).await.expect("lifted");
    bed.hold("516520262000000003", &bed.request(&no, 800_000_000).await).await.expect("held");
    bed.wind(bed.bed.now().plus_seconds(3_601)).await;
    assert_eq!(level(&bed).await, Level::Yellow, "86 % in use: a warning");
    assert_eq!(bed.text(&no).await.stands(), State::Active);
    bed.no_dead_letters().await;
}

#[tokio::test]
async fn a_guarantor_that_refuses_a_claim_is_barred_and_one_at_its_cap_files_no_more() {
    let bed = Bed::at("2026-09-16").await;
    let no = bed.filed(offered(USCC, "LG-1", TEN_MILLION)).await;
    bed.register(TEN_MILLION + 1).await;
    bed.receive(offered(USCC, "LG-2", 2), false).await;
    let key = FilingNo::new(format!("{BANK}-LG-2"));
    let accept = guarantee_module::filing::FilingCommand::Accept { token: "B".repeat(26) };
    let commit = GuarantorCommand::Commit { filing: key.clone(), amount_fen: 2 };
    let group = Atomic::new(shard())
        .then::<guarantee_module::filing::Filing>(&key, &accept)
        .and_then(|group| group.then::<Guarantor>(&GuarantorCode::new(BANK), &commit))
        .expect("json");
    let capped = bed.submit(officer("reviewer"), group).await.expect_err("R9");
    assert_eq!(capped.refusal().reason, "CAP_EXCEEDED");
    bed.bank.mood(crate::bank::Mood::RefusesClaims("保函已过期".to_owned()));
    bed.hold("516520261000000001", &bed.request(&no, 38_642_055).await).await.expect("held");
    bed.tell("516520261000000001", ExposureCommand::Use).await.expect("released");
    bed.wind(at("2026-10-14")).await;
    let terms = claim_terms(&bed.text(&no).await.text);
    bed.tell("516520261000000001", ExposureCommand::Claim(terms)).await.expect("claimed");
    assert_eq!(bed.count("exposure.GuarantorRefused").await, 1);
    let row = queries::guarantor_of(&*bed.bed.platform().reader, BANK).await.expect("read");
    assert!(row.expect("there").barred.is_some());
    assert_eq!(bed.text(&no).await.stands(), State::Frozen);
    bed.no_dead_letters().await;
}

#[tokio::test]
async fn an_advanced_enterprise_needs_no_guarantee_and_is_watched_all_the_same() {
    let bed = Bed::at("2026-03-02").await;
    let no = bed.filed(offered(USCC, "LG-1", TEN_MILLION)).await;
    let may = |exempt| {
        let command = ImporterCommand::Admit { matter: Matter::T1, exempt };
        Atomic::new(shard()).then::<Importer>(&ImporterKey::new(USCC), &command).expect("json")
    };
    let refused = bed.submit(party(), may(true)).await.expect_err("regular");
    assert_eq!(refused.refusal().reason, "FIELD");
    let grade = ImporterCommand::NoteGrade {
        enterprise: Box::new(enterprise(USCC)),
        grade: Grade::Advanced,
        as_of: d("2026-03-01"),
    };
    let group =
        Atomic::new(shard()).then::<Importer>(&ImporterKey::new(USCC), &grade).expect("json");
    bed.submit(Actor::system("customs"), group).await.expect("graded");
    bed.submit(party(), may(true)).await.expect("exempt");
    let mut request = bed.request(&no, 38_642_055).await;
    request.about = None;
    request.guarantee = guarantee_module::GuaranteeNo::new("EXEMPT");
    let until = at("2026-03-03");
    let hold = ExposureCommand::Hold { request: Box::new(request), until };
    bed.tell("516520261000000009", hold).await.expect("held without a text");
    bed.tell("516520261000000009", ExposureCommand::Use).await.expect("released");
    bed.wind(at("2026-03-20")).await;
    assert_eq!(bed.use_of("516520261000000009").await.stand, Stand::Overdue);
    let stopped = bed.hold("516520261000000010", &bed.request(&no, 1_000).await).await;
    assert_eq!(stopped.expect_err("R7").refusal().reason, "SUMMARY_TAX_STOPPED");
    assert_eq!(bed.text(&no).await.stands(), State::Active, "the texts are not concerned");
    assert_eq!(bed.free(&no).await, TEN_MILLION);
    bed.no_dead_letters().await;
}

#[tokio::test]
async fn letters_and_statements_go_out_with_their_numbers() {
    let bed = Bed::at("2026-03-02").await;
    let no = bed.filed(offered(USCC, "LG-1", TEN_MILLION)).await;
    bed.hold("516520261000000001", &bed.request(&no, 386_420_550).await).await.expect("held");
    bed.wind(at("2026-03-03")).await;
    let query = tables::Query::new("SELECT number FROM delivery_notices ORDER BY number");
    let rows = bed.bed.rows(query).await.expect("rows");
    let numbers: Vec<String> =
        rows.iter().filter_map(|row| row.get::<Option<String>>("number").expect("text")).collect();
    for expected in ["南沙海关关保备〔2026〕1号", "南沙海关关保账〔2026〕1号"] {
        assert!(numbers.iter().any(|number| number == expected), "{expected}: {numbers:?}");
    }
    assert_eq!(bed.text(&no).await.about.enterprise.name, NAME);
    bed.no_dead_letters().await;
}
