//! Leases and receipts of banks, over days.

use crate::bed::{customs, d, licence, shard, start, told};
use codes::Moment;
use kernel::{Aggregate as _, Atomic, PartyKey};
use lease_export::{Credit, Currency, LeaseTerms, Money, RentPeriod, Timing, credits};
use lease_export_module::lease::Registration;
use lease_export_module::{Lease, LeaseCommand, LeaseEvent, LeaseNo};
use module::Stage as _;
use rust_decimal::Decimal;
use testbed::Testbed;

pub(crate) fn key() -> LeaseNo {
    LeaseNo::new(crate::bed::USCC, "HT-2026-001")
}

/// The founding case.
pub(crate) fn registration() -> Registration {
    Registration {
        licence: licence(1),
        party: PartyKey::new(crate::bed::USCC),
        lessee_name: "Erdenet Trans LLC".to_owned(),
        lessee_country: "MNG".to_owned(),
        terms: LeaseTerms {
            currency: Currency::CNY,
            price_minor: 1_470_000_000,
            upfront_minor: 294_000_000,
            residual_minor: 0,
            annual_rate: Decimal::new(6, 2),
            term_months: 60,
            period: RentPeriod::Month,
            due_day: 20,
            start: d("2026-03-20"),
            timing: Timing::Arrears,
        },
        cleared_on: d("2026-03-20"),
    }
}

pub(crate) fn credit(bank_ref: &str, minor: i64) -> Credit {
    Credit {
        bank_ref: bank_ref.to_owned(),
        account: "6228480402564890018".to_owned(),
        value_on: d("2026-04-21"),
        amount: Money::new(minor, Currency::CNY),
        payer: Some("Erdenet Trans LLC".to_owned()),
        remittance: None,
        end_to_end: None,
    }
}

async fn act(bed: &Testbed, command: LeaseCommand) -> Result<(), String> {
    let group = Atomic::new(shard()).then::<Lease>(&key(), &command).expect("json");
    let answer = bed.submit_as(customs(), bed.next_id(), group).await;
    answer.map(|_receipt| ()).map_err(|error| told(&error))
}

pub(crate) async fn receive(bed: &Testbed, credit: Credit) -> Result<(), String> {
    act(bed, LeaseCommand::Receive(Box::new(credit.into()))).await
}

pub(crate) async fn state(bed: &Testbed) -> (Lease, Vec<LeaseEvent>) {
    let key = key().to_string();
    let recorded = bed.journal().stream(&shard(), Lease::KIND, &key, 0).await.expect("readable");
    let events: Vec<LeaseEvent> =
        recorded.iter().map(|event| event.read().expect("an event")).collect();
    let mut lease = Lease::default();
    events.iter().for_each(|event| lease.evolve(event));
    (lease, events)
}

pub(crate) async fn registered() -> Testbed {
    let bed = start("2026-03-25").await;
    act(&bed, LeaseCommand::Register(Box::new(registration()))).await.expect("registered");
    bed
}

#[tokio::test]
async fn s01_s11_a_registered_lease_has_its_rents_and_its_report() {
    let bed = registered().await;
    act(&bed, LeaseCommand::Register(Box::new(registration()))).await.expect("the same again");
    let mut other = registration();
    other.lessee_country = "KAZ".to_owned();
    let refused = act(&bed, LeaseCommand::Register(Box::new(other))).await.expect_err("another");
    assert!(refused.starts_with("ID_REUSED"), "{refused}");
    let (lease, events) = state(&bed).await;
    assert_eq!((events.len(), lease.rows.len()), (1, 60));
    assert_eq!(lease.rows[0].rent_minor, 22_735_375);
    let deferred = lease.deferred.expect("a report");
    assert_eq!(
        (deferred.principal_minor, deferred.report_due_on),
        (1_142_204_973, d("2026-04-20"))
    );
}

#[tokio::test]
async fn s12_a_receipt_from_the_bank_pays_the_oldest_rent_and_counts_once() {
    let bed = registered().await;
    // As the bank sends it.
    let xml = r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn><Ntfctn>
        <Acct><Id><Othr><Id>6228480402564890018</Id></Othr></Id></Acct>
        <Ntry><Amt Ccy="CNY">300000.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
        <ValDt><Dt>2026-04-21</Dt></ValDt><AcctSvcrRef>ABOC-77</AcctSvcrRef></Ntry>
        </Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"#;
    let [credit] = credits(xml).expect("readable").try_into().expect("one credit");
    receive(&bed, credit.clone()).await.expect("received");
    receive(&bed, credit.clone()).await.expect("the same again");
    let (lease, events) = state(&bed).await;
    assert_eq!(events.len(), 2);
    assert_eq!((lease.rows[0].open_minor(), lease.rows[1].open_minor()), (0, 15_470_750));
    let mut other = credit;
    other.amount.minor += 1;
    assert!(receive(&bed, other).await.expect_err("another").starts_with("ID_REUSED"));
}

#[tokio::test]
async fn other_money_and_nothing_are_refused() {
    let bed = registered().await;
    let mut dollars = credit("USD-1", 100);
    dollars.amount.currency = "USD".parse().expect("a currency");
    assert_eq!(receive(&bed, dollars).await, Err("OTHER_CURRENCY".to_owned()));
    assert!(receive(&bed, credit("0", 0)).await.expect_err("nothing").starts_with("FIELD"));
    let mut wrong = registration();
    wrong.terms.due_day = 0;
    let bed = start("2026-03-25").await;
    let refused = act(&bed, LeaseCommand::Register(Box::new(wrong))).await.expect_err("no day");
    assert_eq!(refused, r#"FIELD {"key":"rent_due_day","why":"RANGE"}"#);
    assert!(receive(&bed, credit("1", 1)).await.expect_err("no lease").starts_with("NOT_FOUND"));
}

#[tokio::test]
async fn a_rent_that_is_not_paid_by_the_end_of_its_day_is_told_once() {
    let bed = registered().await;
    receive(&bed, credit("early", 22_735_375)).await.expect("the first is paid ahead");
    bed.wind(Moment::end_of(d("2026-05-20"))).await.expect("wound");
    bed.wind(Moment::end_of(d("2026-05-31"))).await.expect("wound");
    let due: Vec<(u32, String)> = state(&bed)
        .await
        .1
        .iter()
        .filter_map(|event| match event {
            LeaseEvent::RentDue { no, due, .. } => Some((*no, due.to_string())),
            _ => None,
        })
        .collect();
    assert_eq!(due, [(2, "2026-05-20".to_owned())]);
}
