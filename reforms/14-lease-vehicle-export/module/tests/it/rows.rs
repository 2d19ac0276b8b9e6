//! The tables agree with what the aggregates say, and with the ledger.

use crate::bed::{
    USCC, act, cancel, clear, d, declaration, deduct, issue, left, licence, start, state,
};
use crate::leases;
use kernel::PartyKey;
use lease_export::IssuanceMode::{Batch, Multi};
use lease_export_module::LicenceCommand;
use lease_export_module::licence::Closing;
use lease_export_module::queries;

#[tokio::test]
async fn s15_totals_of_each_licence_are_the_sums_of_its_uses() {
    let bed = start("2026-03-25").await;
    for (serial, mode) in [(1, Multi), (2, Multi), (3, Batch)] {
        issue(&bed, licence(serial), mode, 35).await;
    }
    // A small day of customs: some clear, some are withdrawn, some wait, some do not fit.
    for n in 0..36_u32 {
        let (no, one) = (licence(n % 3 + 1), declaration(n + 1, n % 7 + 1));
        let _may_be_refused = deduct(&bed, no, &one).await;
        match n % 4 {
            0 | 1 => drop(clear(&bed, no, &one).await),
            2 => drop(cancel(&bed, no, &one).await),
            _ => {}
        }
    }
    let reader = &bed.platform().reader;
    for serial in 1..=3 {
        let no = licence(serial);
        let row = queries::licence(&**reader, no).await.expect("readable").expect("a row");
        let uses = queries::uses(&**reader, no).await.expect("readable");
        let sum = |stands: &[&str]| -> i64 {
            let of = uses.iter().filter(|one| stands.contains(&one.stand.as_str()));
            of.map(|one| one.quantity).sum()
        };
        assert_eq!(row.unused, 35 - sum(&["reserved", "settled"]), "{no}");
        assert_eq!((row.unused, row.settled), left(&bed, no).await, "{no}");
        assert_eq!(row.settled, sum(&["settled"]), "{no}");
        let (folded, _) = state(&bed, no).await;
        assert_eq!(row.uses, i64::from(row.grant.uses_max) - i64::from(folded.uses_left()));
        assert_eq!(row.stand == "exhausted", folded.exhausted, "{no}");
        assert!(uses.len() > usize::from(serial < 3), "{no} was used");
    }
    let hand_back = LicenceCommand::Close(Closing::HandedBack);
    act(&bed, licence(1), hand_back).await.expect("handed back");
    let all = queries::licences_of(&**reader, &PartyKey::new(USCC)).await.expect("readable");
    let stands: Vec<&str> = all.iter().map(|row| row.stand.as_str()).collect();
    assert_eq!((stands.len(), stands[0]), (3, "handed_back"));
    assert!(!all[0].expired);
}

#[tokio::test]
async fn rents_in_rows_are_those_of_the_lease() {
    let bed = leases::registered().await;
    leases::receive(&bed, leases::credit("ABOC-77", 30_000_000)).await.expect("received");
    let reader = &bed.platform().reader;
    let (lease, _) = leases::state(&bed).await;
    let rents = queries::rents(&**reader, &leases::key()).await.expect("readable");
    assert_eq!(rents, lease.rows);
    let rows = queries::leases_of(&**reader, &PartyKey::new(USCC)).await.expect("readable");
    assert_eq!((rows.len(), rows[0].received_minor), (1, 30_000_000));
    assert_eq!(rows[0].report_due_on, Some(d("2026-04-20")));
}
