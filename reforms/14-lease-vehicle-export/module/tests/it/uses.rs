//! Licences under the hands of customs: S5 to S7, S13, S14, and what closes them.

use crate::bed::{
    account, act, cancel, clear, customs, d, declaration, deduct, grant, issue, left, licence,
    shard, start, state, told,
};
use lease_export::IssuanceMode::{Batch, Multi};
use lease_export_module::licence::{Closing, Declaration, LicenceCommand, LicenceEvent, UseState};
use lease_export_module::quota;
use module::Stage as _;
use std::collections::BTreeSet;
use std::sync::Arc;

const DAY: &str = "2026-03-25";

#[tokio::test]
async fn s05_what_is_left_can_be_used_and_no_more() {
    let (bed, no) = (start(DAY).await, licence(1));
    issue(&bed, no, Multi, 35).await;
    for (n, quantity) in [(1, 12), (2, 10), (3, 8)] {
        let one = declaration(n, quantity);
        deduct(&bed, no, &one).await.expect("deducted");
        clear(&bed, no, &one).await.expect("cleared");
    }
    assert_eq!(left(&bed, no).await, (5, 30));
    let refused = deduct(&bed, no, &declaration(4, 6)).await;
    assert_eq!(refused, Err(r#"QUOTA_INSUFFICIENT {"available":5}"#.to_owned()));
    let last = declaration(5, 5);
    deduct(&bed, no, &last).await.expect("deducted");
    clear(&bed, no, &last).await.expect("cleared");
    let (licence, events) = state(&bed, no).await;
    assert!(licence.exhausted && licence.uses.len() == 4);
    assert_eq!(events.last(), Some(&LicenceEvent::Exhausted { unused: 0 }));
    assert_eq!(licence.label().zh, "用完");
}

#[tokio::test]
async fn s06_twelve_uses_are_twelve_and_a_withdrawn_one_comes_back() {
    let (bed, no) = (start(DAY).await, licence(1));
    issue(&bed, no, Multi, 60).await;
    for n in 1..=12 {
        let one = declaration(n, 4);
        deduct(&bed, no, &one).await.expect("deducted");
        if n < 12 {
            clear(&bed, no, &one).await.expect("cleared");
        }
    }
    assert_eq!(left(&bed, no).await, (12, 44));
    let refused = deduct(&bed, no, &declaration(13, 4)).await;
    assert_eq!(refused, Err(r#"USES_EXHAUSTED {"max":12}"#.to_owned()));
    cancel(&bed, no, &declaration(12, 4)).await.expect("withdrawn");
    assert_eq!(left(&bed, no).await, (16, 44));
    deduct(&bed, no, &declaration(14, 8)).await.expect("deducted");
    let (licence, _) = state(&bed, no).await;
    assert_eq!((licence.left(), licence.uses_left()), (8, 0));
}

#[tokio::test]
async fn s07_one_batch_one_licence() {
    let (bed, no) = (start(DAY).await, licence(1));
    issue(&bed, no, Batch, 20).await;
    let one = declaration(1, 15);
    deduct(&bed, no, &one).await.expect("deducted");
    clear(&bed, no, &one).await.expect("cleared");
    let refused = deduct(&bed, no, &declaration(2, 5)).await;
    assert_eq!(refused, Err(r#"USES_EXHAUSTED {"max":1}"#.to_owned()));
    let (licence, _) = state(&bed, no).await;
    assert!(licence.exhausted);
    assert_eq!(licence.label().zh, "用完，剩余5辆需重新申领");
}

#[tokio::test]
async fn s13_sixteen_race_and_eleven_fit() {
    let (bed, no) = (Arc::new(start(DAY).await), licence(1));
    issue(&bed, no, Multi, 35).await;
    let racing: Vec<_> = (1..=16)
        .map(|n| {
            let bed = Arc::clone(&bed);
            tokio::spawn(async move { deduct(&bed, no, &declaration(n, 3)).await })
        })
        .collect();
    let mut refused = Vec::new();
    for one in racing {
        if let Err(why) = one.await.expect("ends") {
            refused.push(why);
        }
    }
    assert_eq!(refused, vec![r#"QUOTA_INSUFFICIENT {"available":2}"#.to_owned(); 5]);
    let (licence, _) = state(&bed, no).await;
    let numbers: BTreeSet<u32> = licence.uses.values().map(|one| one.use_no).collect();
    assert_eq!(numbers, (1..=11).collect());
    assert_eq!(left(&bed, no).await, (2, 0));
    assert_eq!(account(&bed, no, quota::GRANTED).await.standing.reserved, 33);
    // The same again from the journal alone.
    let bed = Arc::into_inner(bed).expect("nobody holds it").restart_without_tables().await;
    let bed = bed.expect("starts again");
    bed.settle().await;
    assert_eq!(state(&bed, no).await.0, licence);
    assert_eq!(left(&bed, no).await, (2, 0));
}

#[tokio::test]
async fn s14_messages_in_any_order_count_once() {
    let (bed, no) = (start(DAY).await, licence(1));
    issue(&bed, no, Multi, 35).await;
    let one = declaration(1, 12);
    clear(&bed, no, &one).await.expect("kept");
    clear(&bed, no, &one).await.expect("kept already");
    assert_eq!(cancel(&bed, no, &one).await, Err("RELEASED".to_owned()));
    assert_eq!(left(&bed, no).await, (35, 0));
    deduct(&bed, no, &one).await.expect("deducted and settled");
    assert_eq!(left(&bed, no).await, (23, 12));
    for _ in 0..2 {
        clear(&bed, no, &one).await.expect("settled already");
        deduct(&bed, no, &one).await.expect("the first answer");
    }
    assert_eq!(cancel(&bed, no, &one).await, Err("RELEASED".to_owned()));
    let (licence, events) = state(&bed, no).await;
    let settled = events.iter().filter(|one| matches!(one, LicenceEvent::UseSettled { .. }));
    assert_eq!((settled.count(), events.len()), (1, 4));
    let first = licence.uses.values().next().expect("a use");
    assert_eq!((first.use_no, first.state), (1, UseState::Settled));
    // A crash between append and answer: the client asks again under the same id.
    let (group, id) =
        (quota::deduction(&shard(), no, &declaration(2, 1)).expect("json"), bed.next_id());
    bed.submit_as(customs(), id, group.clone()).await.expect("deducted");
    let bed = bed.restart().await.expect("starts again");
    bed.submit_as(customs(), id, group).await.expect("the first answer");
    assert_eq!(left(&bed, no).await, (22, 12));
    assert_eq!(state(&bed, no).await.0.uses[&declaration(2, 1).declaration_no].use_no, 2);
}

#[tokio::test]
async fn a_withdrawal_that_comes_first_is_kept_too() {
    let (bed, no) = (start(DAY).await, licence(1));
    issue(&bed, no, Multi, 35).await;
    let one = declaration(1, 12);
    cancel(&bed, no, &one).await.expect("kept");
    assert_eq!(clear(&bed, no, &one).await, Err("WITHDRAWN".to_owned()));
    deduct(&bed, no, &one).await.expect("deducted and void at once");
    assert_eq!(left(&bed, no).await, (35, 0));
    assert_eq!(account(&bed, no, quota::GRANTED).await.standing.uses, 0);
}

#[tokio::test]
async fn what_is_declared_has_to_be_what_is_licensed() {
    let (bed, no) = (start("2026-09-20").await, licence(1));
    let mut tied = grant(Multi, 35);
    tied.customs_office_code = Some("5165".to_owned());
    act(&bed, no, LicenceCommand::Issue(Box::new(tied))).await.expect("issued");
    type Change = fn(&mut Declaration);
    let table: [(Change, &str); 8] = [
        (|one| one.declared_on = d("2026-03-15"), r#"NOT_YET_VALID {"from":"2026-03-16"}"#),
        (|one| one.declared_on = d("2026-09-17"), r#"EXPIRED {"since":"2026-09-16"}"#),
        (|one| one.declaration_no = "51652026".to_owned(), "FIELD"),
        (|one| one.quantity = 0, "FIELD"),
        (|one| one.uscc = "91440101MA59C0309X".to_owned(), "MISMATCH"),
        (|one| one.hs_code = "8701220000".parse().expect("a code"), "MISMATCH"),
        (|one| one.trade_mode = "0110".to_owned(), "MISMATCH"),
        (|one| one.customs_office_code = "5300".to_owned(), "MISMATCH"),
    ];
    for (change, reason) in table {
        let mut one = declaration(1, 12);
        change(&mut one);
        let refused = deduct(&bed, no, &one).await.expect_err("refused");
        assert!(refused.starts_with(reason), "{refused}");
    }
    // The message comes late, the declaration was in time.
    let mut late = declaration(2, 12);
    late.declared_on = d("2026-09-16");
    deduct(&bed, no, &late).await.expect("deducted");
    late.quantity = 11;
    assert!(deduct(&bed, no, &late).await.expect_err("refused").starts_with("ID_REUSED"));
    assert_eq!(left(&bed, no).await, (23, 0));
    let unknown = deduct(&bed, licence(9), &declaration(3, 1)).await.expect_err("refused");
    assert!(unknown.starts_with("NOT_FOUND"), "{unknown}");
}

#[tokio::test]
async fn a_replaced_licence_goes_on_as_another() {
    let (bed, no, next) = (start(DAY).await, licence(1), licence(2));
    issue(&bed, no, Multi, 35).await;
    let (one, other) = (declaration(1, 12), declaration(2, 3));
    deduct(&bed, no, &one).await.expect("deducted");
    clear(&bed, no, &one).await.expect("cleared");
    deduct(&bed, no, &other).await.expect("deducted");
    let replace = async || {
        let (licence, _) = state(&bed, no).await;
        let mut grant = grant(Multi, 35);
        grant.export_destination = "KAZ".to_owned();
        let group = quota::replacement(&shard(), (no, &licence), (next, grant)).expect("json");
        bed.submit_as(customs(), bed.next_id(), group).await.map_err(|error| told(&error))
    };
    let open = replace().await.expect_err("a declaration is open");
    assert_eq!(open, r#"STILL_OPEN {"open":1}"#);
    cancel(&bed, no, &other).await.expect("withdrawn");
    replace().await.expect("replaced");
    assert_eq!(left(&bed, no).await, (0, 12));
    assert_eq!(left(&bed, next).await, (23, 0));
    let refused = deduct(&bed, no, &declaration(3, 1)).await.expect_err("closed");
    assert!(refused.starts_with("CLOSED"), "{refused}");
    let (after, _) = state(&bed, next).await;
    let issued = after.grant.as_deref().expect("issued");
    assert_eq!((issued.replaces, issued.uses_max), (Some(no), 11));
    assert_eq!(issued.validity.to, d("2026-09-16"));
    assert_eq!(state(&bed, no).await.0.label().zh, "已换证为26-AC-000002");
}

#[tokio::test]
async fn a_revoked_licence_takes_nothing_new_and_what_is_open_can_end() {
    let (bed, no) = (start(DAY).await, licence(1));
    issue(&bed, no, Multi, 35).await;
    let one = declaration(1, 12);
    deduct(&bed, no, &one).await.expect("deducted");
    let revoke =
        LicenceCommand::Close(Closing::Revoked { ground: "行政许可法第六十九条".into() });
    act(&bed, no, revoke.clone()).await.expect("revoked");
    act(&bed, no, revoke).await.expect("revoked already");
    assert!(deduct(&bed, no, &declaration(2, 1)).await.expect_err("closed").starts_with("CLOSED"));
    clear(&bed, no, &one).await.expect("cleared");
    assert_eq!(left(&bed, no).await, (0, 12));
    assert_eq!(state(&bed, no).await.0.label().zh, "已撤销");
}

#[tokio::test]
async fn validity_ends_at_the_end_of_its_day() {
    let (bed, no) = (start(DAY).await, licence(1));
    issue(&bed, no, Multi, 35).await;
    let last = codes::Moment::end_of(d("2026-09-16"));
    bed.wind(last.plus_us(-1)).await.expect("wound");
    assert!(!state(&bed, no).await.0.expired);
    bed.wind(last).await.expect("wound");
    let (licence, events) = state(&bed, no).await;
    assert_eq!(events.last(), Some(&LicenceEvent::Expired { unused: 35 }));
    assert_eq!(licence.label().zh, "过期");
}
