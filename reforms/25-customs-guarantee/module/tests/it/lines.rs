//! The line to guarantors: signed XML both ways, with ACK, NACK, silence, duplicates and forgeries.

use crate::bank::Mood;
use crate::bed::{BANK, Bed, USCC, at, offered, officer};
use guarantee_module::queries;
use guarantee_module::xml::Element;
use kernel::Actor;
use module::Stage as _;

const XML: &str = "application/xml";

fn file(text_no: &str, limit: &str) -> Vec<Element> {
    let text = Element::text;
    vec![
        text("TextNo", text_no),
        text("Uscc", USCC),
        text("CustomsRegNo", "4401960001"),
        text("EnterpriseName", "广州示例进出口有限公司"),
        text("GuaranteeKind", "LETTER"),
        text("Beneficiary", "5100"),
        text("Beneficiary", "2200"),
        text("Covers", "ALL"),
        text("CoversLateFee", "1"),
        text("Limit", limit),
        text("ValidFrom", "2026-01-01"),
        text("ValidTo", "2026-12-31"),
        text("JointLiability", "1"),
        text("HomeOffice", "5165"),
    ]
}

async fn answered(bed: &Bed, message: String) -> (String, String) {
    let reply = bed.send(&Actor::Public, "/guarantee/line", XML, message).await;
    assert_eq!(reply.status.as_u16(), 200, "{}", reply.text());
    let answer = bed.bank.read(&reply.text());
    let why = answer.body.get("Reason").unwrap_or_default().to_owned();
    (answer.kind, why)
}

#[tokio::test]
async fn a_text_is_filed_over_the_line_and_the_same_message_again_is_answered_the_same() {
    let bed = Bed::at("2026-03-02").await;
    let message = bed.bank.message("F-1", "FILE", file("LG-1", "10000000.00"));
    assert_eq!(answered(&bed, message.clone()).await.0, "ACK");
    assert_eq!(answered(&bed, message).await.0, "ACK", "a duplicate");
    assert_eq!(bed.count("guarantee_filing.Received").await, 1);
    // Another message with the same text but another limit is another content.
    let other = bed.bank.message("F-2", "FILE", file("LG-1", "10000000.01"));
    assert_eq!(answered(&bed, other).await.0, "NACK");
    let row = queries::filing_of(&*bed.bed.platform().reader, &format!("{BANK}-LG-1")).await;
    assert_eq!(row.expect("read").expect("there").offered.limit_fen, 1_000_000_000);
    let form = "_action=accept";
    let path = format!("/guarantee/filings/{BANK}-LG-1");
    let sent = bed.post(&officer("reviewer"), &path, form).await;
    assert_eq!(sent.status.as_u16(), 303, "{}", sent.text());
    let told = bed.bank.took("FILED");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].body.get("GuaranteeNo"), Some("5165-26-0000001"));
    bed.no_dead_letters().await;
}

#[tokio::test]
async fn what_is_wrong_is_refused_in_words_and_what_is_not_signed_by_nobody() {
    let bed = Bed::at("2026-03-02").await;
    let mut without = file("LG-1", "10000000.00");
    without.retain(|element| element.name != "Beneficiary");
    let (kind, _) = answered(&bed, bed.bank.message("F-1", "FILE", without)).await;
    assert_eq!(kind, "NACK");
    // A limit cut below what stands is refused with that sum.
    let no = bed.filed(offered(USCC, "LG-9", 1_000_000_000)).await;
    bed.hold("516520261000000001", &bed.request(&no, 318_531_044).await).await.expect("held");
    let cut = vec![Element::text("GuaranteeNo", no.as_str()), Element::text("Limit", "3000000.00")];
    assert_eq!(answered(&bed, bed.bank.message("C-1", "CHANGE", cut)).await.0, "ACK");
    let sent = bed
        .post(&officer("reviewer"), &format!("/guarantee/texts/{no}"), "_action=change%3AC-1")
        .await;
    assert_eq!(sent.status.as_u16(), 409, "{}", sent.text());
    assert!(sent.text().contains("3,185,310.44"), "{}", sent.text());
    let withdraw =
        vec![Element::text("GuaranteeNo", no.as_str()), Element::text("Reason", "到期不续")];
    let (kind, why) = answered(&bed, bed.bank.message("W-1", "WITHDRAW", withdraw)).await;
    assert_eq!(kind, "NACK");
    assert!(why.contains("3,185,310.44"), "{why}");
    // One changed character, and a sender whom nobody knows.
    let forged = bed.bank.message("F-3", "FILE", file("LG-3", "1.00")).replace("LG-3", "LG-4");
    let reply = bed.send(&Actor::Public, "/guarantee/line", XML, forged).await;
    assert_eq!(reply.status.as_u16(), 401, "{}", reply.text());
    let stranger = bed.bank.message("F-4", "FILE", file("LG-5", "1.00")).replace(BANK, "BANK99");
    let reply = bed.send(&Actor::Public, "/guarantee/line", XML, stranger).await;
    assert_eq!(reply.status.as_u16(), 401, "{}", reply.text());
}

#[tokio::test]
async fn a_silent_guarantor_hears_everything_once_it_answers_and_a_forged_answer_counts_as_none() {
    let bed = Bed::at("2026-03-02").await;
    bed.bank.mood(Mood::Silent);
    let no = bed.filed(offered(USCC, "LG-1", 1_000_000_000)).await;
    bed.hold("516520261000000001", &bed.request(&no, 20_000_000).await).await.expect("held");
    assert!(bed.bank.took("DEDUCT").is_empty());
    bed.bank.mood(Mood::Forges);
    bed.wind(bed.bed.now().plus_seconds(600)).await;
    bed.bank.mood(Mood::Takes);
    bed.wind(at("2026-03-03")).await;
    assert_eq!(bed.bank.took("FILED").len(), 1);
    assert_eq!(bed.bank.took("DEDUCT").len(), 1);
    let amount = bed.bank.took("DEDUCT")[0].body.get("Amount").map(str::to_owned);
    assert_eq!(amount.as_deref(), Some("200000.00"));
}
