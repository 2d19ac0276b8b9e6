//! S16: a day of many enterprises, with an independent sum beside it.

use crate::bed::{Bed, d, offered, shard};
use guarantee::{Balance, Entry, Move};
use guarantee_module::GuaranteeNo;
use guarantee_module::exposure::{ExposureCommand, RestoreCause};
use ledger::book::{After, BookEvent};
use std::collections::BTreeMap;

/// The proportions of the day that the spec names, small enough for every run.
const ENTERPRISES: usize = 8;
const TEXTS: usize = 14;
const HOLDS: usize = 400;

fn entry(movement: Move, amount_fen: i64) -> Entry {
    Entry { movement, amount_fen, of_used: false }
}

#[tokio::test]
async fn s16_at_the_end_of_a_day_every_balance_is_the_independent_sum() {
    let bed = Bed::with("2026-03-02", false).await;
    let mut texts: Vec<GuaranteeNo> = Vec::new();
    let mut sums: BTreeMap<GuaranteeNo, Balance> = BTreeMap::new();
    for n in 0..TEXTS {
        let uscc = format!("9144010600000{:04}X", n % ENTERPRISES);
        let no = bed.filed(offered(&uscc, &format!("LG-{n}"), 100_000_000)).await;
        sums.insert(no.clone(), Balance { limit_fen: 100_000_000, ..Balance::default() });
        texts.push(no);
    }
    let mut held: Vec<(String, GuaranteeNo, i64)> = Vec::new();
    for n in 0..HOLDS {
        let no = texts[n % TEXTS].clone();
        let fen = 100_000 + i64::try_from(n * 7_919_777 % 6_900_000).expect("small");
        let name = format!("51652026{n:010}");
        let request = bed.request(&no, fen).await;
        let sum = sums.get_mut(&no).expect("there");
        // What the independent sum says and what the platform says are the same, yes or no.
        match (sum.after(entry(Move::Hold, fen)), bed.hold(&name, &request).await) {
            (Ok(next), Ok(())) => {
                *sum = next;
                held.push((name, no, fen));
            }
            (Err(_), Err(refused)) => {
                assert_eq!(refused.refusal().reason, "QUOTA_INSUFFICIENT");
            }
            (sum, platform) => panic!("{sum:?} {platform:?}"),
        }
    }
    assert!((HOLDS / 2..HOLDS).contains(&held.len()), "some were refused: {}", held.len());
    let (uses, restores) = (held.len() * 94 / 100, held.len() * 91 / 100);
    for (n, (name, no, fen)) in held.iter().enumerate() {
        let sum = sums.get_mut(no).expect("there");
        if n >= uses {
            bed.tell(name, ExposureCommand::Void).await.expect("void");
            *sum = sum.after(entry(Move::Void, *fen)).expect("held");
            continue;
        }
        bed.tell(name, ExposureCommand::Use).await.expect("released");
        *sum = sum.after(entry(Move::Use, *fen)).expect("held");
        if n < restores {
            let restore = ExposureCommand::Restore {
                cause: RestoreCause::Paid,
                on: d("2026-03-02"),
                amount_fen: None,
                reference: format!("R-{n}"),
                told_at: None,
            };
            bed.tell(name, restore).await.expect("back");
            *sum = sum.after(entry(Move::Restore, *fen)).expect("used");
        }
    }
    for (no, sum) in &sums {
        assert_eq!(bed.balance(no).await, *sum, "{no}");
    }
    never_negative(&bed).await;
    bed.no_dead_letters().await;
}

/// R1 at every event: no account of any book was ever below zero, reservations counted.
async fn never_negative(bed: &Bed) {
    use module::Stage as _;
    let all = bed.bed.events(&shard(), 0).await.expect("read");
    let mut seen = 0;
    for event in all.iter().filter(|event| &*event.kind == "book") {
        let BookEvent::Posted(posted) = event.read().expect("readable") else { continue };
        for After(account, balance, reserved, _) in &posted.after {
            if account.as_str() != "source" {
                assert!(balance - reserved >= 0, "{account} {balance} {reserved}");
                seen += 1;
            }
        }
    }
    assert!(seen > HOLDS, "{seen}");
}
