//! Payment over the gateway's protocol: placed, paid, reported often, late, falsely; given back.

use crate::bed::{Bed, issue, key, payer};
use ledger::{BillCommand, BillState};
use standins::Switches;
use standins::cashier::Reporting;

async fn placed() -> Bed {
    let bed = Bed::new().await;
    bed.act(issue()).await.expect("issued");
    bed.wind_s(1).await;
    bed
}

#[tokio::test(flavor = "multi_thread")]
async fn s10_three_reports_and_a_forged_one_are_one_receipt_and_one_rejected_message() {
    let bed = placed().await;
    let order_no = key().order_no();
    let pay_url = bed.row().await.pay_url.expect("placed");
    assert!(pay_url.ends_with(&format!("/pay/{order_no}")), "{pay_url}");

    bed.cashier.switch(Switches { wrong_signature: true, ..Switches::default() });
    bed.cashier.pay(&order_no, Reporting::AtOnce).expect("paid");
    bed.cashier.tick().await;
    assert_eq!(bed.cashier.reported()[0].status, 401);
    assert_eq!(bed.row().await.state, BillState::Due, "a forged report pays nothing");

    // The very report again, signed rightly, and twice each time.
    bed.cashier.switch(Switches::default());
    bed.wind_s(61).await;
    bed.cashier.tick().await;
    let row = bed.row().await;
    assert_eq!(row.state, BillState::Paid);
    assert_eq!(row.receipt_no.as_deref(), Some("44030023-0000000001"));
    assert_eq!(bed.turns().await, ["Issued", "Placed", "Rejected", "Paid"]);
    let answers: Vec<u16> = bed.cashier.reported().iter().map(|report| report.status).collect();
    assert_eq!(answers, [401, 200]);
}

#[tokio::test(flavor = "multi_thread")]
async fn s10_a_report_that_comes_again_is_answered_and_counts_once() {
    let bed = placed().await;
    bed.cashier.switch(Switches { duplicate: true, ..Switches::default() });
    bed.cashier.pay(&key().order_no(), Reporting::AtOnce).expect("paid");
    bed.cashier.tick().await;
    assert_eq!(bed.turns().await, ["Issued", "Placed", "Paid"]);
    let told: Vec<_> = bed.cashier.reported().into_iter().map(|r| (r.status, r.body)).collect();
    let success = (200, serde_json::json!({"code": "SUCCESS"}));
    assert_eq!(told, [success.clone(), success]);
}

#[tokio::test(flavor = "multi_thread")]
async fn s10_money_that_comes_after_withdrawal_goes_back_by_itself() {
    let bed = placed().await;
    bed.cashier.pay(&key().order_no(), Reporting::AfterSeconds(3600)).expect("paid");
    bed.act(BillCommand::Void { reason: "申请人撤回".to_owned() }).await.expect("void");
    bed.wind_s(3601).await;
    bed.cashier.tick().await;
    bed.wind_s(1).await;
    assert_eq!(
        bed.turns().await,
        ["Issued", "Placed", "Voided", "PaidLate", "RefundOrdered", "Refunded"]
    );
    assert_eq!(bed.row().await.state, BillState::Refunded);
    let refunds = bed.cashier.refunds();
    assert_eq!((refunds.len(), refunds[0].amount_fen), (1, 9000));
    assert_eq!(refunds[0].transaction, "T000000000001");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_down_or_loses_its_answer_gets_the_order_once() {
    let bed = Bed::new().await;
    bed.cashier.switch(Switches { down: true, ..Switches::default() });
    bed.act(issue()).await.expect("issued");
    bed.wind_s(1).await;
    assert_eq!(bed.row().await.pay_url, None);
    bed.cashier.switch(Switches { lose: true, ..Switches::default() });
    bed.wind_s(600).await;
    assert!(bed.cashier.order(&key().order_no()).is_some(), "taken, the answer lost");
    bed.cashier.switch(Switches::default());
    bed.wind_s(3600).await;
    assert!(bed.row().await.pay_url.is_some());
    assert_eq!(bed.turns().await, ["Issued", "Placed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_the_gateway_did_not_sign_places_nothing() {
    let bed = Bed::new().await;
    bed.cashier.switch(Switches { wrong_signature: true, ..Switches::default() });
    bed.act(issue()).await.expect("issued");
    bed.wind_s(1).await;
    assert_eq!(bed.row().await.pay_url, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_tells_amount_rule_and_where_to_pay() {
    let bed = placed().await;
    let path = format!("/ledger/bills/{}", key().order_no());
    let page = bed.bed.request(&payer(), "GET", &path, None).await;
    assert_eq!(page.status, 200);
    let text = page.text();
    for part in ["90.00", "80.00", "发改价格规〔2016〕2559号第一条", "去缴费"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let unknown = bed.bed.request(&payer(), "GET", "/ledger/bills/nothing", None).await;
    assert_eq!(unknown.status, 404);
    let list = bed.bed.request(&payer(), "GET", "/ledger/bills", None).await;
    assert!(list.text().contains("不动产登记费"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_gateway_and_an_unknown_order_are_told() {
    let bed = placed().await;
    let to = "/api/v1/ledger/callbacks/nobody";
    let reply = bed.bed.request(&payer(), "POST", to, Some(&serde_json::json!({}))).await;
    assert_eq!(reply.status, 404);
    let to = "/api/v1/ledger/callbacks/feishui";
    let reply = bed.bed.request(&payer(), "POST", to, Some(&serde_json::json!({}))).await;
    assert_eq!(reply.status, 401, "unsigned");
    assert_eq!(bed.turns().await, ["Issued", "Placed"], "it names no bill");
}
