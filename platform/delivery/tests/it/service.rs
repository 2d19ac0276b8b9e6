//! The whole module: numbers, documents, channels, proof, on a platform in memory.

use crate::bed::{Bed, EMAIL, at, clerk, day, founder, shard};
use delivery::model::PostedItem;
use delivery::{Channel, MailError, NoticeCommand, Proof, Receiver, State};
use module::Stage as _;

#[tokio::test]
async fn with_consent_a_notice_is_numbered_made_and_served_at_once() {
    let bed = Bed::new().await;
    bed.consent(&[Channel::Inbox]).await;
    let key = bed.serve(&[]).await;
    let row = bed.row(&key).await;
    assert_eq!((row.number.as_str(), row.state), ("穗南市监许受〔2026〕1号", State::Served));
    assert_eq!(row.served_on, Some(day(12)));
    let how = row.how.expect("served");
    let document = row.document.expect("made");
    assert_eq!(
        (how.channel, how.proof, how.digest),
        (Channel::Inbox, Proof::Arrived, document.digest)
    );
    assert_eq!(document.edition, "printer 1");
    assert_eq!(bed.turns(&key).await, ["Issued", "Numbered", "Prepared", "Placed", "Served"]);

    // The document says what delivery alone knows, whatever the order brought.
    let pdf =
        bed.bed.request(&founder(), "GET", "/delivery/notices/n1/document.pdf", None).await.text();
    for part in [
        "穗南市监许受〔2026〕1号",
        "广州市南沙区市场监督管理局",
        "2026-02-12",
        "陈思远",
        "https://portal.example/delivery/check/",
    ] {
        assert!(pdf.contains(part), "{part} in {pdf}");
    }
    let token = row.token.expect("there");
    assert!(pdf.contains(&token) && token.len() == 26);
}

#[tokio::test]
async fn numbers_run_by_organ_without_a_gap() {
    let bed = Bed::new().await;
    let mut numbers = Vec::new();
    for word in ["穗南市监", "穗南市监", "穗天市监", "穗南市监"] {
        let key = bed.serve_as(word, &[]).await;
        numbers.push(bed.row(&key).await.number);
    }
    assert_eq!(
        numbers,
        [
            "穗南市监许受〔2026〕1号",
            "穗南市监许受〔2026〕2号",
            "穗天市监许受〔2026〕1号",
            "穗南市监许受〔2026〕3号"
        ]
    );
}

#[tokio::test]
async fn without_consent_reading_is_the_service() {
    let bed = Bed::new().await;
    let key = bed.serve(&[]).await;
    assert_eq!(bed.row(&key).await.state, State::Waiting);
    bed.bed.wind(at(13, 10)).await.expect("wound");
    bed.act(&key, founder(), NoticeCommand::Read).await.expect("read");
    let row = bed.row(&key).await;
    assert_eq!((row.state, row.served_on), (State::Served, Some(day(13))));
    assert_eq!(row.how.expect("served").proof, Proof::Read { login: "chen".to_owned() });
    bed.bed.wind(at(28, 10)).await.expect("wound");
    assert_eq!(bed.row(&key).await.state, State::Served, "no timer is left over");
}

#[tokio::test]
async fn what_nobody_reads_goes_out_on_paper_and_the_receipt_dates_it() {
    let bed = Bed::new().await;
    let key = bed.serve(&[]).await;
    bed.bed.wind(at(15, 8)).await.expect("wound");
    assert_eq!(bed.row(&key).await.state, State::Waiting);
    bed.bed.wind(at(15, 10)).await.expect("wound");
    assert_eq!(bed.row(&key).await.state, State::PaperWanted);
    let item = PostedItem {
        carrier: "中国邮政速递".to_owned(),
        tracking_no: "EB123456789CN".to_owned(),
        posted_on: day(15),
    };
    bed.act(&key, clerk(), NoticeCommand::RecordPost { item }).await.expect("posted");
    bed.bed.wind(at(24, 10)).await.expect("wound");
    let receipt = NoticeCommand::RecordReceipt {
        channel: Channel::Post,
        on: day(17),
        by: Receiver::MailRoom,
    };
    bed.act(&key, clerk(), receipt).await.expect("signed");
    let row = bed.row(&key).await;
    assert_eq!(row.served_on, Some(day(17)), "the day on the receipt, not the day of entry");
    let tracking_no = Some("EB123456789CN".to_owned());
    assert_eq!(
        row.how.expect("served").proof,
        Proof::Signed { by: Receiver::MailRoom, tracking_no }
    );
}

#[tokio::test]
async fn mail_goes_out_with_the_document_and_the_servers_answer_is_the_proof() {
    let bed = Bed::new().await;
    bed.consent(&[Channel::Email]).await;
    let key = bed.serve(&[Channel::Email, Channel::Post]).await;
    let row = bed.row(&key).await;
    assert_eq!((row.state, row.served_on), (State::Served, Some(day(12))));
    let given = bed.postman.given.lock().expect("whole").clone();
    let [mail] = given.as_slice() else { panic!("{} mails", given.len()) };
    assert_eq!(mail.to, EMAIL);
    assert_eq!(mail.subject, "广州市南沙区市场监督管理局《受理通知书》穗南市监许受〔2026〕1号");
    let file = mail.attachment.as_ref().expect("the document");
    assert_eq!(file.name, "穗南市监许受-2026-1号.pdf");
    assert!(file.pdf.starts_with(b"%PDF"));
    assert!(mail.text.contains("https://portal.example/delivery/notices/n1"));
    assert!(!mail.text.contains("陈思远"), "the text of a mail names no person");
    let Proof::Mailed { message_id, answer } = row.how.expect("served").proof else {
        panic!("mailed")
    };
    assert_eq!(
        (message_id, answer.as_str()),
        (format!("<{}@lianban.example>", mail.id), "250 2.0.0 Ok")
    );
}

#[tokio::test]
async fn a_server_that_says_later_is_asked_again_under_the_same_id() {
    let bed = Bed::new().await;
    bed.consent(&[Channel::Email]).await;
    let later = || MailError::Later("451 4.3.0 try again".to_owned());
    bed.postman.answers.lock().expect("whole").extend([later(), later()]);
    let key = bed.serve(&[Channel::Email]).await;
    assert_eq!(bed.row(&key).await.state, State::Mailing);
    bed.bed.wind(at(13, 9)).await.expect("wound");
    assert_eq!(bed.row(&key).await.state, State::Served);
    let given = bed.postman.given.lock().expect("whole").clone();
    assert_eq!(given.len(), 3);
    assert!(given.iter().all(|mail| mail.id == given[0].id));
    assert_eq!(bed.turns(&key).await.iter().filter(|what| *what == "Served").count(), 1);
}

#[tokio::test]
async fn a_server_that_says_never_gives_way_to_paper() {
    let bed = Bed::new().await;
    bed.consent(&[Channel::Email]).await;
    bed.postman
        .answers
        .lock()
        .expect("whole")
        .push_back(MailError::Never("550 5.1.1 no such user".to_owned()));
    let key = bed.serve(&[Channel::Email]).await;
    assert_eq!(bed.row(&key).await.state, State::PaperWanted);
    assert_eq!(
        bed.turns(&key).await,
        ["Issued", "Numbered", "Prepared", "MailOrdered", "Bounced", "PaperWanted"]
    );
}

#[tokio::test]
async fn without_consent_to_mail_nothing_is_mailed() {
    let bed = Bed::new().await;
    bed.consent(&[Channel::Inbox]).await;
    let key = bed.serve(&[Channel::Email, Channel::Post]).await;
    assert_eq!(bed.row(&key).await.state, State::PaperWanted);
    assert!(bed.postman.given.lock().expect("whole").is_empty());
}

#[tokio::test]
async fn the_journal_holds_no_name_and_no_address() {
    let bed = Bed::new().await;
    bed.consent(&[Channel::Inbox, Channel::Email]).await;
    bed.serve(&[Channel::Email]).await;
    let events = bed.bed.events(&shard(), 0).await.expect("readable");
    assert!(events.len() >= 7);
    for event in events {
        for secret in ["陈思远", EMAIL, "qinghe"] {
            assert!(!event.body.text().contains(secret), "{secret} in {:?}", event.body);
        }
    }
}

#[tokio::test]
async fn tables_made_anew_from_the_journal_are_the_same() {
    let bed = Bed::new().await;
    bed.consent(&[Channel::Inbox]).await;
    let key = bed.serve(&[]).await;
    let before = format!("{:?} {:?}", bed.row(&key).await, bed.turns(&key).await);
    let Bed { bed: running, .. } = bed;
    let again = running.restart_without_tables().await.expect("starts");
    again.settle().await;
    let reader = &*again.platform().reader;
    let row = delivery::queries::notice(reader, &key).await.expect("readable").expect("there");
    let turns = delivery::queries::turns(reader, &key).await.expect("readable");
    let turns: Vec<String> = turns.into_iter().map(|turn| turn.what).collect();
    assert_eq!(before, format!("{row:?} {turns:?}"));
}
