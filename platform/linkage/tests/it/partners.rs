//! What partners answer is done in their name, once, and told back where it cannot be done.

use crate::bed::{BANK, House, TAX, shard};
use cases::CaseEvent as E;
use cases::model::{CaseKey, TaskState};
use kernel::{Actor, Json};
use serde_json::json;
use standins::{Switches, organ};

/// Every organ but the bank decides at 15:30, and the enterprise stands.
const ALL_BUT_BANK: &str = "
  - {at: \"2026-02-12 15:20\", by: applicant, do: Submit}
  - {at: \"2026-02-12 15:30\", by: organ, tasks: [reg, bo, seal, tax, soc, med, fund], do: [Accept, Grant]}";

fn decided(case: &CaseKey, decision: &Json) -> Json {
    let mut body = json!({
        "kind": "task.decided", "case": case.0, "task": "bank",
        "purpose": "回告办理结果", "basis": "优化营商环境条例第十九条",
    });
    let more = decision.as_object().expect("an object").clone();
    body.as_object_mut().expect("an object").extend(more);
    body
}

fn granted(case: &CaseKey, number: &str) -> Json {
    decided(case, &json!({"decision": "granted", "given": {"account_number": number}}))
}

/// Who did what to the bank's task, in order.
async fn acts(house: &House, case: &CaseKey) -> Vec<String> {
    let who = |actor: &Actor| match actor {
        Actor::Partner { partner } => partner.clone(),
        other => format!("{other:?}"),
    };
    let events = house.told(case).await;
    let of_bank = events.iter().filter_map(|(actor, event)| {
        let what = match event {
            E::Accepted { task, .. } if task == "bank" => "accepted",
            E::OutcomeReady { task, .. } if task == "bank" => "ready",
            E::Granted { task, .. } if task == "bank" => "granted",
            E::Refused { task, .. } if task == "bank" => "refused",
            _ => return None,
        };
        Some(format!("{} {what}", who(actor)))
    });
    of_bank.collect()
}

/// The problems that a partner was told, by reason.
fn problems(house: &House, partner: &str) -> Vec<(String, String)> {
    let got = house.peer(partner).got();
    let told = got.iter().filter(|got| got.body["kind"] == "message.refused");
    told.map(|got| {
        let text = |value: &Json| value.as_str().expect("a text").to_owned();
        (text(&got.body["message"]), text(&got.body["problem"]["reason"]))
    })
    .collect()
}

#[tokio::test]
async fn a_bank_that_is_told_of_an_enterprise_opens_its_account_and_the_number_flows_back() {
    let house = House::new([(BANK, organ::opens_accounts(3600))]).await;
    house.peer(BANK).switch(Switches { duplicate: true, ..Switches::default() });
    let case = house.play("", ALL_BUT_BANK).await;
    assert_eq!(acts(&house, &case).await, ["440115-bank accepted"], "at once, in its receipt");
    house.wind("2026-02-12T09:10:00Z").await;
    assert_eq!(acts(&house, &case).await, ["440115-bank accepted", "440115-bank granted"]);
    let folded = house.case(&case).await;
    let (uscc, _) = folded.established.clone().expect("it stands");
    let number = organ::account_number(&uscc);
    assert_eq!(folded.values.get("account_number"), Some(&number));
    assert!(folded.tasks["bank"].delivered, "and its notice is served");
    assert_eq!(problems(&house, BANK), [], "what it repeats is no problem");
    house.nothing_is_dead().await;
}

#[tokio::test]
async fn a_decision_that_overtakes_its_acceptance_accepts_and_decides() {
    let house = House::new([(BANK, organ::records())]).await;
    let case = house.play("", ALL_BUT_BANK).await;
    assert_eq!(house.task(&case, "bank").await.state, TaskState::Ready);
    let bank = house.peer(BANK);
    let number = "44050158863500000123";
    bank.send("d-1", &granted(&case, number)).await.expect("an answer");
    let mut accepted = decided(&case, &json!({}));
    accepted["kind"] = json!("task.accepted");
    bank.send("a-1", &accepted).await.expect("an answer");
    assert_eq!(acts(&house, &case).await, ["440115-bank accepted", "440115-bank granted"]);
    for id in ["d-1", "d-2"] {
        bank.send(id, &granted(&case, number)).await.expect("an answer");
    }
    assert_eq!(acts(&house, &case).await.len(), 2, "the same again, under whatever id");
    assert_eq!(problems(&house, BANK), []);
    house.nothing_is_dead().await;
}

#[tokio::test]
async fn a_bank_refuses_on_its_ground_and_the_remedy_is_that_of_the_service() {
    let refuses = organ::refuses(60, "客户尽职调查未通过", "反洗钱法第二十九条", "找我们");
    let house = House::new([(BANK, refuses)]).await;
    let case = house.play("", ALL_BUT_BANK).await;
    house.wind("2026-02-12T08:10:00Z").await;
    assert_eq!(acts(&house, &case).await, ["440115-bank accepted", "440115-bank refused"]);
    let events = house.told(&case).await;
    let ground = events.iter().find_map(|(_, event)| match event {
        E::Refused { ground, .. } => Some(ground.clone()),
        _ => None,
    });
    let ground = ground.expect("refused");
    assert_eq!(ground.reason, "客户尽职调查未通过");
    assert!(!ground.remedy.is_empty() && ground.remedy != "找我们", "{ground:?}");
    assert_eq!(house.task(&case, "tax").await.state, TaskState::Granted, "E7");
    house.nothing_is_dead().await;
}

#[tokio::test]
async fn what_cannot_be_done_is_told_back_as_a_typed_problem_and_changes_nothing() {
    let house = House::new([(BANK, organ::records()), (TAX, organ::records())]).await;
    let case = house.play("", ALL_BUT_BANK).await;
    let before = house.events(&shard()).await.len();
    let number = "44050158863500000123";
    let nowhere = CaseKey("440115-260212-000009-09".to_owned());
    let foreign = decided(
        &case,
        &json!({"decision": "granted", "given": {"account_number": number, "uscc": "X"}}),
    );
    let long = granted(&case, &"4".repeat(33));
    let empty = decided(&case, &json!({"decision": "granted"}));
    for (by, id, body, reason) in [
        (TAX, "t-1", granted(&case, number), "NOT_ENTITLED"),
        (BANK, "b-1", granted(&nowhere, number), "NO_SUCH_CASE"),
        (BANK, "b-2", foreign, "FIELD"),
        (BANK, "b-3", long, "FIELD"),
        (BANK, "b-4", empty, "VALUE_MISSING"),
    ] {
        let taken = house.peer(by).send(id, &body).await.expect("an answer");
        assert_eq!((taken.status, taken.signed), (200, true), "it is taken: {taken:?}");
        let told = problems(&house, by);
        assert_eq!(told.last(), Some(&(id.to_owned(), reason.to_owned())), "{told:?}");
    }
    assert_eq!(house.events(&shard()).await.len(), before, "nothing changed in the case");
    let got = house.peer(BANK).got();
    let problem = &got.last().expect("told").body;
    assert!(
        problem["problem"]["titles"]["zh"].is_string() && problem["problem"]["code"].is_string()
    );
    assert_eq!((&problem["case"], problem.get("task")), (&json!(case.0), None));
    house.nothing_is_dead().await;
}

#[tokio::test]
async fn another_decision_on_what_is_decided_is_refused_once() {
    let house = House::new([(BANK, organ::records())]).await;
    let case = house.play("", ALL_BUT_BANK).await;
    let bank = house.peer(BANK);
    bank.send("d-1", &granted(&case, "44050158863500000123")).await.expect("an answer");
    for _again in 0..2 {
        bank.send("d-2", &granted(&case, "44050158863500000999")).await.expect("an answer");
    }
    assert_eq!(problems(&house, BANK), [("d-2".to_owned(), "WRONG_TASK_STATE".to_owned())]);
    let values = house.case(&case).await.values;
    assert_eq!(values.get("account_number").map(String::as_str), Some("44050158863500000123"));
}

#[tokio::test]
async fn a_partner_that_is_down_holds_up_no_other() {
    let house = House::new([(BANK, organ::opens_accounts(60)), (TAX, organ::records())]).await;
    house.peer(TAX).switch(Switches { down: true, ..Switches::default() });
    let case = house.play("", ALL_BUT_BANK).await;
    assert_eq!(acts(&house, &case).await, ["440115-bank accepted"]);
    assert!(house.peer(TAX).got().is_empty());
    house.peer(TAX).switch(Switches::default());
    house.wind("2026-02-12T07:45:00Z").await;
    assert_eq!(house.peer(TAX).got().len(), 1, "told once it is back");
    house.nothing_is_dead().await;
}
