//! Messages that go out: one effect at the partner and one record here, whatever goes wrong on the way.

use crate::bed::{CASE, Line, Wanted, established};
use exchange::{MessageEvent, queries};
use serde_json::json;
use standins::peer::{Reply, When};
use standins::{Fault, Switches, organ};
use std::sync::Arc;
use std::time::Duration;

#[tokio::test]
async fn a_message_is_taken_and_its_signed_receipt_recorded() {
    let line = Line::new().await;
    line.tell(CASE).await;
    let got = line.peer.got();
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].body["uscc"], "91440115MAD2K7Q49J");
    let events = line.events().await;
    let [
        (key, MessageEvent::Sent { message, sha256 }),
        (_, MessageEvent::Receipted { received_at, answers, .. }),
    ] = events.as_slice()
    else {
        panic!("{events:?}")
    };
    assert_eq!(*key, format!("out:{}", got[0].id), "the errand's id is the message's");
    assert_eq!((message.partner.as_str(), message.case.as_deref()), ("bank", Some(CASE)));
    assert_eq!(
        (message.purpose.as_str(), message.basis.as_str()),
        ("办理基本存款账户预约", "优化营商环境条例第十九条")
    );
    let bytes = seals::canonical_value(&established(CASE)).expect("canonical");
    assert_eq!(*sha256, seals::Digest::sha256(&bytes).hex());
    assert_eq!((*received_at, *answers), (got[0].at, 0));
}

#[tokio::test]
async fn after_an_error_and_a_lost_answer_there_is_one_effect_and_one_receipt() {
    let line = Line::new().await;
    line.peer.upcoming([Fault::Status(500), Fault::Lose]);
    line.tell(CASE).await;
    assert_eq!(line.names().await, Vec::<String>::new());
    line.wind(1).await;
    assert_eq!(line.peer.requests(), 3, "an error, a lost answer, an answer");
    assert_eq!(line.peer.got().len(), 1);
    assert_eq!(line.names().await, ["Sent", "Receipted"]);
    line.wind(60).await;
    assert_eq!(line.peer.requests(), 3, "and no more");
}

#[tokio::test]
async fn each_fault_of_the_line_delays_a_message_and_never_doubles_it() {
    let patience = Wanted { answer_wait: Duration::from_millis(300), ..Wanted::default() };
    let line = Line::with(patience).await;
    let on = Switches::default();
    for (n, (switches, taken)) in [
        (Switches { down: true, ..on }, 0),
        (Switches { silent: true, ..on }, 0),
        (Switches { lose: true, ..on }, 1),
        (Switches { wrong_signature: true, ..on }, 1),
        (Switches { slow_ms: 600, ..on }, 0),
    ]
    .into_iter()
    .enumerate()
    {
        let (case, before) = (format!("c{n}"), line.names().await.len());
        line.peer.switch(switches);
        line.tell(&case).await;
        let of_case = || line.peer.got().iter().filter(|got| got.body["case"] == case).count();
        assert_eq!(of_case(), taken, "{switches:?}");
        assert_eq!(line.names().await.len(), before, "no receipt holds: {switches:?}");
        line.peer.switch(on);
        line.wind(30).await;
        assert_eq!(of_case(), 1, "{switches:?}");
        assert_eq!(line.names().await.len(), before + 2, "{switches:?}");
        let dead = line.bed.engine().dead_letters(10).await.expect("read");
        assert!(dead.is_empty(), "{switches:?} {dead:?}");
    }
}

#[tokio::test]
async fn a_slow_answer_within_patience_is_an_answer() {
    let line = Line::new().await;
    line.peer.switch(Switches { slow_ms: 50, ..Switches::default() });
    line.tell(CASE).await;
    assert_eq!((line.peer.requests(), line.names().await.len()), (1, 2));
}

#[tokio::test]
async fn what_stands_in_between_cannot_end_a_message() {
    let line = Line::new().await;
    line.peer.upcoming([404, 401, 413, 302, 200].map(Fault::Status));
    line.tell(CASE).await;
    line.wind(60).await;
    assert_eq!(line.peer.requests(), 6, "five answers that nobody signed, then the partner's");
    assert_eq!(line.names().await, ["Sent", "Receipted"]);
}

#[tokio::test]
async fn a_refusal_that_the_partner_signs_goes_to_the_dead_letters_and_can_be_sent_again() {
    let line = Line::new().await;
    line.peer.connect(&seals::PublicKeySet::default(), line.endpoint.clone());
    line.tell(CASE).await;
    assert_eq!(line.peer.requests(), 1);
    let dead = line.bed.engine().dead_letters(10).await.expect("read");
    assert_eq!(dead.len(), 1);
    let told = format!("{:?}", dead[0]);
    assert!(told.contains("401") && told.contains("SIGNATURE_INVALID"), "{told}");
    assert_eq!(line.names().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_was_not_agreed_never_leaves() {
    let line = Line::new().await;
    let mut broken = established(CASE);
    broken["uscc"] = json!("91440115MAD2K7Q49K");
    let mut unknown = established(CASE);
    unknown["kind"] = json!("publicity.registration");
    let mut groundless = established(CASE);
    groundless["basis"] = json!("");
    for (partner, body) in
        [("bank", broken), ("bank", unknown), ("bank", groundless), ("nobody", established(CASE))]
    {
        line.tell_this(partner, CASE, body).await;
    }
    assert_eq!(line.peer.requests(), 0);
    assert_eq!(line.bed.engine().dead_letters(10).await.expect("read").len(), 4);
}

#[tokio::test]
async fn answers_in_a_receipt_count_as_messages_and_faulty_ones_are_noted() {
    let line = Line::new().await;
    line.peer.act(Arc::new(|body| {
        let accepted = json!({
            "kind": "task.accepted", "purpose": "回告受理情况", "basis": "b",
            "case": body["case"], "task": body["task"],
        });
        let mut silent = accepted.clone();
        silent["basis"] = json!("");
        [accepted, silent].map(|body| Reply { body, when: When::InReceipt }).into()
    }));
    line.tell(CASE).await;
    assert_eq!(line.heard(CASE).await, ["bank task.accepted"]);
    assert_eq!(line.names().await, ["Sent", "Receipted", "Received"]);
    let events = line.events().await;
    let MessageEvent::Receipted { answers, faults, .. } = &events[1].1 else {
        panic!("{events:?}")
    };
    assert_eq!((*answers, faults.len()), (1, 1));
    assert!(faults[0].contains("/basis") && faults[0].contains("minLength"), "{faults:?}");
    let MessageEvent::Received { in_reply_to, .. } = &events[2].1 else { panic!("{events:?}") };
    assert_eq!(in_reply_to.as_deref(), Some(line.peer.got()[0].id.as_str()));
}

#[tokio::test]
async fn a_bank_opens_an_account_and_tells_its_number_once_whatever_it_repeats() {
    let line = Line::new().await;
    line.peer.act(organ::opens_accounts(3 * 3600));
    line.peer.switch(Switches { duplicate: true, reorder: true, ..Switches::default() });
    for case in ["c1", "c2"] {
        line.tell(case).await;
    }
    assert_eq!((line.peer.tick().await, line.peer.waiting()), (0, 2), "not due yet");
    line.wind(180).await;
    assert_eq!((line.peer.tick().await, line.peer.waiting()), (2, 0));
    let number = organ::account_number("91440115MAD2K7Q49J");
    for case in ["c1", "c2"] {
        assert_eq!(
            line.heard(case).await,
            ["bank task.accepted".to_owned(), format!("bank task.decided {number}")]
        );
    }
    assert!(line.peer.refused().is_empty(), "{:?}", line.peer.refused());
    assert!(line.bed.engine().dead_letters(10).await.expect("read").is_empty());
}

#[tokio::test]
async fn a_platform_that_starts_anew_shows_the_same_and_sends_nothing_twice() {
    let line = Line::new().await;
    line.tell(CASE).await;
    let reader = line.bed.engine().reader();
    let asking = queries::Asking::default();
    let before = format!("{:?}", queries::messages(&*reader, &asking, 10).await.expect("read"));
    line.bed.engine().rebuild(&mut |_| {}).await.expect("rebuilt");
    let after = format!("{:?}", queries::messages(&*reader, &asking, 10).await.expect("read"));
    assert_eq!(before, after);
    assert_eq!(line.peer.requests(), 1);
}

#[tokio::test]
async fn a_partner_that_is_gone_holds_up_no_other() {
    let line = Line::new().await;
    for n in 0..20 {
        let case = format!("t{n}");
        line.tell_this("tax", &case, established(&case)).await;
    }
    line.tell(CASE).await;
    assert_eq!(line.peer.got().len(), 1, "the bank is told at once");
    let waiting = line.bed.engine().outbox(100).await.expect("read");
    assert_eq!(waiting.len(), 20, "and the tax bureau when it is back");
    assert!(waiting.iter().all(|letter| letter.lane == "message/tax"), "{waiting:?}");
}

#[tokio::test]
async fn what_is_told_of_a_case_arrives_in_the_order_in_which_it_was_told() {
    let line = Line::new().await;
    line.peer.upcoming([Fault::Status(500), Fault::Lose]);
    for (case, title) in [(CASE, "first"), (CASE, "second"), ("c2", "other")] {
        let mut body = established(case);
        body["title"] = json!(title);
        line.tell_this("bank", case, body).await;
    }
    let titles = || -> Vec<String> {
        let got = line.peer.got();
        got.iter().map(|got| got.body["title"].as_str().expect("a text").to_owned()).collect()
    };
    assert_eq!(
        titles(),
        ["other"],
        "the first failed, the second waits for it, another case does not"
    );
    line.wind(10).await;
    assert_eq!(titles(), ["other", "first", "second"]);
    assert_eq!(line.names().await.len(), 6, "each with its receipt");
}
