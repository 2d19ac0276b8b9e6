//! Registers on a second node, asked over the exchange before anybody is asked for a paper.

use crate::bed::{Bed, USCC, Wanted, at, entry, key, party};
use credit_repair::{Fact, Need};
use credit_repair_module::policy::told_of;
use credit_repair_module::queries;
use credit_repair_module::repair::{
    Known, ProofRef, RepairCommand, RepairEvent, Stage, pledge_digest,
};
use serde_json::{Value, json};
use standins::Switches;
use standins::peer::{Reply, Script, When};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A register that answers a question with a state; it says nothing to others.
fn answers(of: &'static str, state: &'static str, since: Option<&'static str>) -> Script {
    Arc::new(move |asked: &Value| {
        let told =
            (asked["need"] == of).then(|| told_of(asked, state, since, "44030023-0000000001"));
        told.map(|body| Reply { body, when: When::InReceipt }).into_iter().collect()
    })
}

async fn events(bed: &Bed) -> Vec<RepairEvent> {
    bed.events("repair").await.iter().map(|event| event.read().expect("decodes")).collect()
}

#[tokio::test]
async fn a_register_that_answers_spares_the_paper_and_a_silent_one_does_not() {
    let registers = vec![
        ("non-tax", answers("duties_done", "since", Some("2021-10-01"))),
        ("tax", answers("tax_blacklist", "not_yet", None)),
        ("court", answers("dishonest_debtor", "since", Some("2022-03-01"))),
    ];
    let bed = Bed::with("2021-09-20", Wanted { registers, ..Wanted::default() }).await;
    bed.outer.registers["tax"].switch(Switches { down: true, ..Switches::default() });
    bed.list("L1", entry(USCC, "2021-09-20")).await;
    let all = events(&bed).await;
    let asked: Vec<usize> = all
        .iter()
        .filter_map(|event| match event {
            RepairEvent::Asked { questions, .. } => Some(questions.len()),
            _ => None,
        })
        .collect();
    assert_eq!(
        asked,
        [4],
        "duties at two registers, two warnings; the environment list is no partner"
    );
    assert!(all.iter().any(|event| matches!(
        event,
        RepairEvent::Learned { fact: Known::DutiesDone, since: Some(_), source, .. }
            if source.contains("non-tax") && source.contains("44030023-0000000001")
    )));
    bed.outer.registers["tax"].switch(Switches::default());
    bed.wind(at("2022-09-22")).await;
    let page = bed.get(&party(), &format!("/credit/entities/{USCC}")).await.text();
    assert!(page.contains("proof_harm_removed"), "no register knows of harm: {page}");
    assert!(!page.contains("proof_duties_done"), "nobody is asked for a receipt: {page}");
    // The authority sees who said so, and what is only a warning.
    let page = bed.get(&crate::bed::officer("reviewer"), "/credit/entries/L1").await.text();
    for told in ["非税收入收缴系统", "44030023-0000000001", "失信被执行人名单", "提示"]
    {
        assert!(page.contains(told), "{told}: {page}");
    }
    let kept = bed.vault.keep(Some("credit/x"), b"%PDF-1.7").await.expect("kept");
    let paper = |need| RepairCommand::Apply {
        listing: key("L1"),
        pledge: true,
        reason: None,
        proofs: vec![ProofRef { need, kept: kept.clone() }],
    };
    let needless = bed.act(party(), paper(Need::DutiesDone)).await.expect_err("it is known");
    assert_eq!(needless.refusal().reason, "PAPER_NEEDLESS");
    bed.act(party(), paper(Need::HarmRemoved)).await.expect("applied");
    let row = queries::entry(&*bed.bed.platform().reader, &key("L1")).await.expect("read");
    let row = row.expect("there");
    assert_eq!((row.stage, row.proofs.len()), (Stage::Applied, 1), "a warning bars nothing");
    let signed = events(&bed).await.into_iter().find_map(|event| match event {
        RepairEvent::Applied { pledge, .. } => pledge,
        _ => None,
    });
    assert_eq!(signed, Some(pledge_digest()), "it is known what was signed");
    bed.no_dead_letters().await;
}

#[tokio::test]
async fn what_was_not_done_is_asked_again_and_on_the_day_it_is_done_the_way_is_open() {
    let filed = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&filed);
    let script: Script = Arc::new(move |asked: &Value| {
        let done = told.load(Ordering::SeqCst);
        let (state, since) = if done { ("since", Some("2022-02-10")) } else { ("not_yet", None) };
        let body = told_of(asked, state, since, "");
        vec![Reply { body, when: When::InReceipt }]
    });
    let registers = vec![("annual-report", script)];
    let bed = Bed::with("2022-01-10", Wanted { registers, ..Wanted::default() }).await;
    let mut listed = entry(USCC, "2022-01-10");
    (listed.list, listed.cause) = ("abnormal".to_owned(), "68-4-1".to_owned());
    bed.list("L1", listed).await;
    bed.wind(at("2022-02-09")).await;
    assert_eq!(bed.count("repair.EligibleFound").await, 0);
    filed.store(true, Ordering::SeqCst);
    bed.wind(at("2022-02-11")).await;
    assert_eq!(bed.count("repair.Asked").await, 2, "a month later it was asked again");
    assert_eq!(bed.count("repair.EligibleFound").await, 1);
    let page = bed.get(&party(), &format!("/credit/entities/{USCC}")).await.text();
    assert!(page.contains("可以申请修复"), "{page}");
    bed.wind(at("2022-06-11")).await;
    assert_eq!(bed.count("repair.Asked").await, 2, "what is done is not asked again");
    bed.no_dead_letters().await;
}

#[tokio::test]
async fn a_register_that_tells_what_it_was_not_asked_is_not_believed() {
    let asked = Arc::new(Mutex::new(Value::Null));
    let keeps = Arc::clone(&asked);
    let silent: Script = Arc::new(move |question: &Value| {
        *keeps.lock().expect("nobody died") = question.clone();
        Vec::new()
    });
    let registers = vec![("non-tax", silent)];
    let bed = Bed::with("2021-09-20", Wanted { registers, ..Wanted::default() }).await;
    bed.list("L1", entry(USCC, "2021-09-20")).await;
    let question = asked.lock().expect("nobody died").clone();
    assert_eq!(question["need"], "duties_done");
    let mut other = question.clone();
    other["need"] = json!("harm_removed");
    let harm = told_of(&other, "since", Some("2021-10-01"), "");
    assert_eq!(bed.posted("non-tax", "m1", &harm).await.status.as_u16(), 200, "it is recorded");
    assert_eq!(bed.count("repair.Told").await, 0, "and not believed");
    let dead = bed.bed.engine().dead_letters(10).await.expect("read");
    assert_eq!(dead.len(), 1, "an operator sees it: {dead:?}");
    // What it was asked, it may tell later, by a message of its own.
    let duties = told_of(&question, "since", Some("2021-10-01"), "缴款书第7号");
    assert_eq!(bed.posted("non-tax", "m2", &duties).await.status.as_u16(), 200);
    assert_eq!(bed.count("repair.Told").await, 1);
    let told = events(&bed).await.into_iter().find_map(|event| match event {
        RepairEvent::Told { answer, .. } => Some(answer),
        _ => None,
    });
    let told = told.expect("told");
    assert_eq!(told.fact, Fact::Since(crate::bed::d("2021-10-01")));
}
