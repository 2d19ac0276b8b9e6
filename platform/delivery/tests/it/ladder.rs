//! The ladder of reform 21: confirmed addresses, bounces, reports, proofs, publication.

use crate::bed::{Bed, EMAIL, MOBILE, at, clerk, day, founder, order, shard, stranger};
use delivery::announcement::Posting;
use delivery::{
    AddressKind, AnnouncementCommand, Channel, Filling, Ground, MailError, NoticeCommand,
    NoticeKey, Outcome, Proof, Receiver, ReturnSink as _, State, TextError, Untaken, When,
};
use documents::Values;
use kernel::Actor;
use module::Stage as _;

const BOTH: [(AddressKind, &str); 2] = [(AddressKind::Email, EMAIL), (AddressKind::Mobile, MOBILE)];

/// A notification of RFC 3464 about one recipient.
fn notification(action: &str, status: &str) -> Vec<u8> {
    format!(
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\
         Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
         Final-Recipient: rfc822; {EMAIL}\r\nAction: {action}\r\nStatus: {status}\r\n\
         Diagnostic-Code: smtp; 550 no such user\r\n\r\n--b--\r\n"
    )
    .into_bytes()
}

impl Bed {
    /// What the platform calls the order of an attempt by mail.
    async fn reference(&self, key: &NoticeKey, rung: u32) -> String {
        let notice = self.folded(key).await;
        let attempt = notice.attempts().iter().find(|one| one.rung == rung).expect("a rung");
        attempt.reference.clone()
    }

    async fn returned(&self, reference: &str, message: Vec<u8>) -> Result<(), Untaken> {
        let taken = self.intake().returned(reference.to_owned(), message).await;
        self.bed.settle().await;
        taken
    }
}

#[tokio::test]
async fn s08_a_mail_that_came_back_is_no_service_and_the_text_message_is() {
    let bed = Bed::new().await;
    bed.confirm(&BOTH).await;
    bed.bed.wind(at(12, 18)).await.expect("wound");
    let key = bed.decide("decision").await.expect("issued");
    let row = bed.row(&key).await;
    assert_eq!((row.state, row.served_on), (State::Served, Some(day(12))), "sent is shown");
    let reference = bed.reference(&key, 1).await;
    let mail = bed.postman.given.lock().expect("whole").last().cloned().expect("a mail");
    assert_eq!(mail.id, reference, "what comes back names the attempt");

    bed.bed.wind(at(12, 22)).await.expect("wound");
    bed.returned(&reference, notification("failed", "5.1.1")).await.expect("taken");
    assert_eq!(bed.row(&key).await.served_on, None, "not served");
    assert_eq!(bed.row(&key).await.state, State::Texting);
    let again = bed.returned(&reference, notification("failed", "5.1.1")).await;
    assert_eq!(again, Ok(()), "told twice, it happened once");

    let later = at(12, 22).plus_seconds(300);
    bed.bed.wind(later).await.expect("wound");
    let sent = bed.texts();
    let ladder = sent.iter().filter(|text| text.text.contains("即为送达")).count();
    assert_eq!((sent.last().expect("sent").to.as_str(), ladder), (MOBILE, 1));
    bed.report(&format!("g{}", sent.len()), "DELIVRD").await.expect("taken");
    let notice = bed.folded(&key).await;
    let by = notice.by_law().expect("served");
    assert_eq!((by.when, by.channel, by.ground), (later.into(), Channel::Sms, Ground::Arrival));
    let turns = bed.turns(&key).await;
    let undone = turns.iter().filter(|what| *what == "ServiceUndone").count();
    assert_eq!((undone, bed.row(&key).await.served_on), (1, Some(day(12))));
}

#[tokio::test]
async fn s08_of_several_good_channels_the_earliest_serves_however_late_its_report_comes() {
    let bed = Bed::new().await;
    bed.confirm(&[(AddressKind::Mobile, MOBILE), (AddressKind::Email, EMAIL)]).await;
    let key = bed.decide("decision").await.expect("issued");
    assert_eq!(bed.row(&key).await.state, State::Texting);
    let sms = bed.texts().len();
    // The gateway is silent for a day, so the mail goes out and serves.
    bed.bed.wind(at(14, 10)).await.expect("wound");
    assert_eq!(bed.row(&key).await.served_on, Some(day(13)));
    // Then the report of the first day arrives, for an hour of that day.
    let ordered = bed.folded(&key).await.attempts()[0].sent.expect("ordered");
    let report = delivery::TextReport {
        reference: Some(bed.reference(&key, 1).await),
        gateway_id: format!("g{sms}"),
        standing: delivery::ReportStanding::Delivered,
        status: "DELIVRD".to_owned(),
        at: ordered.at.expect("an hour").plus_seconds(60),
        raw: b"late".to_vec(),
    };
    use delivery::ReportSink as _;
    bed.intake().report(report).await.expect("taken");
    bed.bed.settle().await;
    let row = bed.row(&key).await;
    assert_eq!(
        (row.served_on, row.how.map(|how| how.channel)),
        (Some(day(12)), Some(Channel::Sms))
    );
    assert!(bed.turns(&key).await.contains(&"ServiceRedated".to_owned()));
}

#[tokio::test]
async fn s11_without_a_confirmation_that_covers_it_nothing_is_issued() {
    let bed = Bed::new().await;
    let refused = bed.decide("decision").await.expect_err("nothing was confirmed").refusal();
    assert_eq!(refused.reason, "CONSENT_MISSING");
    bed.confirm(&BOTH).await;
    let other = bed.decide("penalty_notice").await.expect_err("not ticked").refusal();
    assert_eq!(other.reason, "CONSENT_MISSING");
    let key = NoticeKey("d2".to_owned());
    let row = delivery::queries::notice(&*bed.bed.platform().reader, &key).await;
    assert!(row.expect("readable").is_none(), "both or nothing");
    bed.decide("decision").await.expect("ticked");
}

#[tokio::test]
async fn a_reminder_goes_beside_the_ladder_and_serves_nothing() {
    let bed = Bed::new().await;
    bed.confirm(&BOTH).await;
    let codes = bed.texts().len();
    bed.postman.answers.lock().expect("whole").push_back(MailError::Later("down".to_owned()));
    let key = bed.decide("decision").await.expect("issued");
    assert_eq!(bed.row(&key).await.state, State::Mailing);
    let texts = bed.texts();
    assert!(texts[codes].text.contains("不是送达"), "{}", texts[codes].text);
    bed.report(&format!("g{}", codes + 1), "DELIVRD").await.expect("taken");
    let notice = bed.folded(&key).await;
    let reminder = notice.attempts().iter().find(|one| one.reminder).expect("there");
    assert_eq!((reminder.outcome.clone(), notice.served()), (Outcome::Arrived, None));
}

#[tokio::test]
async fn two_soft_failures_half_an_hour_apart_are_a_failure_and_one_is_not() {
    let bed = Bed::new().await;
    bed.confirm(&BOTH).await;
    let soft = || MailError::Soft("451 4.7.1 greylisted".to_owned());
    bed.postman.answers.lock().expect("whole").push_back(soft());
    let key = bed.decide("decision").await.expect("issued");
    assert_eq!(bed.row(&key).await.state, State::Mailing, "one is not");
    let mails = bed.postman.given.lock().expect("whole").len();
    bed.postman.answers.lock().expect("whole").push_back(soft());
    let start = bed.bed.platform().clock.now();
    bed.bed.wind(start.plus_seconds(29 * 60)).await.expect("wound");
    assert_eq!(bed.postman.given.lock().expect("whole").len(), mails, "it waits half an hour");
    bed.bed.wind(start.plus_seconds(30 * 60)).await.expect("wound");
    let given = bed.postman.given.lock().expect("whole").clone();
    assert_eq!(given.len(), mails + 1);
    assert_eq!(given[mails - 1].id, given[mails].id, "the same attempt");
    assert_eq!(bed.row(&key).await.state, State::Texting, "two are");

    // One soft failure and then success: the mail serves.
    bed.postman.answers.lock().expect("whole").push_back(soft());
    let second = bed.decide("decision").await.expect("issued");
    let start = bed.bed.platform().clock.now();
    bed.bed.wind(start.plus_seconds(31 * 60)).await.expect("wound");
    assert_eq!(bed.row(&second).await.state, State::Served);
}

#[tokio::test]
async fn a_mail_that_comes_back_after_three_days_is_recorded_and_undoes_nothing() {
    let bed = Bed::new().await;
    bed.confirm(&BOTH).await;
    let key = bed.decide("decision").await.expect("issued");
    let reference = bed.reference(&key, 1).await;
    for (action, status) in [("delayed", "4.4.1"), ("relayed", "2.0.0")] {
        bed.returned(&reference, notification(action, status)).await.expect("taken");
    }
    bed.returned(&reference, b"Subject: away\r\n\r\nI am away.".to_vec()).await.expect("taken");
    bed.bed.wind(at(16, 10)).await.expect("wound");
    bed.returned(&reference, notification("failed", "5.1.1")).await.expect("taken");
    assert_eq!(bed.row(&key).await.served_on, Some(day(12)));
    assert_eq!(bed.turns(&key).await.last().map(String::as_str), Some("ReturnedLate"));
    let forged = bed.returned("00112233445566778899aabbccddeeff", notification("failed", "5.1.1"));
    assert_eq!(forged.await, Err(Untaken::Unknown), "nobody guesses a reference");
}

#[tokio::test]
async fn a_gateway_that_is_down_silent_or_repeats_itself_serves_once_and_sends_under_one_name() {
    let bed = Bed::new().await;
    bed.confirm(&[(AddressKind::Mobile, MOBILE)]).await;
    let codes = bed.texts().len();
    let down = || TextError::Later("connection refused".to_owned());
    bed.gateway.answers.lock().expect("whole").extend([down(), down()]);
    let key = bed.decide("decision").await.expect("issued");
    assert_eq!(bed.row(&key).await.state, State::Texting);
    bed.bed.wind(at(13, 6)).await.expect("wound");
    let texts = bed.texts();
    assert_eq!(texts.len(), codes + 3);
    assert!(texts[codes..].iter().all(|text| text.reference == texts[codes].reference));
    let id = format!("g{}", texts.len());
    assert_eq!(bed.report("g99", "DELIVRD").await, Err(Untaken::Unknown));
    for status in ["ACCEPTD", "ENROUTE", "DELIVRD", "DELIVRD", "UNDELIV"] {
        bed.report(&id, status).await.expect("taken");
    }
    let turns = bed.turns(&key).await;
    let count = |name: &str| turns.iter().filter(|what| *what == name).count();
    assert_eq!((count("Reported"), count("Served"), count("ServiceUndone")), (1, 1, 0));

    // Silent for a day: paper.
    let key = bed.decide("decision").await.expect("issued");
    bed.bed.wind(at(15, 10)).await.expect("wound");
    assert_eq!(bed.row(&key).await.state, State::PaperWanted);
    // Never: paper at once; and a phone that is found after all serves on the day it is.
    let never = TextError::Never("unknown subscriber".to_owned());
    bed.gateway.answers.lock().expect("whole").push_back(never);
    let key = bed.decide("decision").await.expect("issued");
    assert_eq!(bed.row(&key).await.state, State::PaperWanted);
}

#[tokio::test]
async fn reports_before_the_gateways_own_answer_find_their_message() {
    let bed = Bed::new().await;
    bed.confirm(&[(AddressKind::Mobile, MOBILE)]).await;
    let later = TextError::Later("the answer was lost".to_owned());
    bed.gateway.answers.lock().expect("whole").push_back(later);
    let key = bed.decide("decision").await.expect("issued");
    // Sent, and the process died before it could say so: the report names our reference.
    let report = delivery::TextReport {
        reference: Some(bed.reference(&key, 1).await),
        gateway_id: "x9".to_owned(),
        standing: delivery::ReportStanding::Delivered,
        status: "DELIVRD".to_owned(),
        at: bed.bed.platform().clock.now(),
        raw: b"early".to_vec(),
    };
    use delivery::ReportSink as _;
    bed.intake().report(report).await.expect("taken");
    bed.bed.settle().await;
    assert_eq!(bed.row(&key).await.state, State::Served);
    bed.bed.wind(at(13, 10)).await.expect("wound");
    let turns = bed.turns(&key).await;
    assert_eq!(turns.iter().filter(|what| *what == "Served").count(), 1, "{turns:?}");
    assert_eq!(bed.row(&key).await.state, State::Served, "the retry changes nothing");
}

#[tokio::test]
async fn s09_the_party_proves_another_day_and_the_record_says_both() {
    let bed = Bed::new().await;
    bed.confirm(&[(AddressKind::Email, EMAIL)]).await;
    bed.bed.wind(at(13, 23)).await.expect("wound");
    let key = bed.decide("decision").await.expect("issued");
    assert_eq!(bed.row(&key).await.served_on, Some(day(13)));
    bed.bed.wind(at(20, 10)).await.expect("wound");
    let evidence = bed.sealed("log of the mail host").await;
    let arrived = Some(When::from(at(14, 0).plus_seconds(180)));
    let prove =
        |rung, arrived| NoticeCommand::CounterProve { rung, arrived, evidence: evidence.clone() };
    let unknown = bed.act(&key, clerk(), prove(7, arrived)).await.expect_err("no such rung");
    assert_eq!(unknown.refusal().reason, "ATTEMPT_UNKNOWN");
    let early = Some(When::day(day(12)));
    assert_eq!(
        bed.act(&key, clerk(), prove(1, early)).await.expect_err("before").refusal().reason,
        "FIELD"
    );
    let events = bed.act(&key, clerk(), prove(1, arrived)).await.expect("recorded");
    assert_eq!(events, ["CounterProven", "ServiceRedated"]);
    let row = bed.row(&key).await;
    assert_eq!(row.served_on, Some(day(14)));
    assert_eq!(row.how.expect("served").proof, Proof::Proven { evidence: evidence.clone() });
    let events = bed.act(&key, clerk(), prove(1, None)).await.expect("recorded");
    assert_eq!(events, ["CounterProven", "ServiceUndone", "PaperWanted"], "it never came");
}

#[tokio::test]
async fn what_the_party_hands_in_moves_the_day_only_when_the_organ_admits_it() {
    let bed = Bed::new().await;
    bed.confirm(&[(AddressKind::Email, EMAIL)]).await;
    bed.bed.wind(at(13, 23)).await.expect("wound");
    let key = bed.decide("decision").await.expect("issued");
    bed.bed.wind(at(20, 10)).await.expect("wound");
    let page = format!("/delivery/notices/{key}");
    let path = format!("{page}/prove");
    let file = ("evidence", &b"%PDF-1.7 log startxref %%EOF"[..]);
    let said = [("rung", "1"), ("at", "2026-02-14T00:03:00")];
    let refused = bed.upload(&stranger(), &path, &said, file).await;
    assert_eq!(refused.json()["reason"], "NOT_ENTITLED", "{}", refused.text());
    for (said, reason) in [
        (&[("rung", "1"), ("at", "2026-02-12T00:03:00")][..], "FIELD"),
        (&[("rung", "7"), ("never", "true")], "ATTEMPT_UNKNOWN"),
        (&[("rung", "1")], "FIELD"),
    ] {
        let reply = bed.upload(&founder(), &path, said, file).await;
        assert_eq!(reply.json()["reason"], reason, "{}", reply.text());
    }
    let taken = bed.upload(&founder(), &path, &said, file).await;
    assert_eq!(taken.status, axum::http::StatusCode::SEE_OTHER, "{}", taken.text());
    let twice = bed.upload(&founder(), &path, &said, file).await;
    assert_eq!(twice.json()["reason"], "PROOF_PENDING", "{}", twice.text());
    let row = bed.row(&key).await;
    assert_eq!(
        (row.served_on, row.proof_offered),
        (Some(day(13)), true),
        "nothing moves by itself"
    );
    let own = bed.page(&founder(), &page).await.text();
    assert!(own.contains("举证待认定"), "{own}");
    let organ = kernel::OrganKey::new("440115-market");
    let list = delivery::queries::paper(&*bed.bed.platform().reader, &organ, 10).await;
    assert_eq!(list.expect("readable").len(), 1, "an officer is told");
    let judged = bed.page(&clerk(), &page).await.text();
    assert!(judged.contains(&format!("{page}/proofs/1")) && judged.contains("采信"), "{judged}");
    let proof = bed.page(&clerk(), &format!("{page}/proofs/1")).await;
    assert_eq!(proof.text(), "%PDF-1.7 log startxref %%EOF");

    let reason = "日志不完整".to_owned();
    let own = NoticeCommand::AdmitProof { no: 9 };
    assert_eq!(
        bed.act(&key, clerk(), own).await.expect_err("none").refusal().reason,
        "PROOF_UNKNOWN"
    );
    let events = bed.act(&key, clerk(), NoticeCommand::DismissProof { no: 1, reason }).await;
    assert_eq!(events.expect("judged"), ["ProofDismissed"]);
    assert_eq!(bed.row(&key).await.served_on, Some(day(13)));
    let again = NoticeCommand::AdmitProof { no: 1 };
    assert_eq!(
        bed.act(&key, clerk(), again).await.expect_err("judged").refusal().reason,
        "PROOF_UNKNOWN"
    );
    let more = bed.upload(&founder(), &path, &said, file).await;
    assert_eq!(more.status, axum::http::StatusCode::SEE_OTHER, "{}", more.text());
    let events = bed.act(&key, clerk(), NoticeCommand::AdmitProof { no: 2 }).await;
    assert_eq!(events.expect("judged"), ["ProofAdmitted", "CounterProven", "ServiceRedated"]);
    let row = bed.row(&key).await;
    assert_eq!((row.served_on, row.proof_offered), (Some(day(14)), false));
}

#[tokio::test]
async fn a_reminder_lies_in_the_inbox_and_goes_nowhere_else() {
    let bed = Bed::new().await;
    let order = order("穗南市监", Filling::Plain(Values::new().text("to_name", "陈思远")), &[]);
    let key = NoticeKey("reminder".to_owned());
    let inform = NoticeCommand::Inform(Box::new(order));
    bed.act(&key, Actor::system("test"), inform.clone()).await.expect("informed");
    bed.bed.settle().await;
    let page = bed.page(&founder(), "/delivery/notices/reminder").await.text();
    assert!(page.contains("不是送达"), "{page}");
    bed.bed.wind(at(26, 10)).await.expect("wound");
    assert_eq!(bed.row(&key).await.state, State::Waiting, "no paper follows a reminder");
    assert_eq!(
        bed.act(&key, Actor::system("test"), inform).await.expect_err("once").refusal().reason,
        "TAKEN"
    );
    bed.act(&key, founder(), NoticeCommand::Read).await.expect("read");
    assert!(bed.row(&key).await.read_at.is_some());
}

#[tokio::test]
async fn paper_that_the_party_asks_for_changes_no_date() {
    let bed = Bed::new().await;
    bed.confirm(&[(AddressKind::Email, EMAIL)]).await;
    let key = bed.decide("decision").await.expect("issued");
    let other = bed.act(&key, clerk(), NoticeCommand::AskPaper).await.expect_err("not the party");
    assert_eq!(other.refusal().reason, "NOT_ENTITLED");
    for expected in [vec!["PaperAsked"], vec![]] {
        let events = bed.act(&key, founder(), NoticeCommand::AskPaper).await.expect("asked");
        assert_eq!(events, expected);
    }
    let organ = kernel::OrganKey::new("440115-market");
    let reader = &*bed.bed.platform().reader;
    let list = delivery::queries::paper(reader, &organ, 10).await.expect("readable");
    assert_eq!(list.len(), 1, "an officer is told");
    bed.bed.wind(at(14, 10)).await.expect("wound");
    let item = delivery::model::PostedItem {
        carrier: "EMS".to_owned(),
        tracking_no: "EB1".to_owned(),
        posted_on: day(14),
    };
    let events = bed.act(&key, clerk(), NoticeCommand::RecordPost { item }).await.expect("posted");
    assert_eq!(events, ["CopyPosted"]);
    let row = bed.row(&key).await;
    assert_eq!((row.served_on, row.paper_asked, row.state), (Some(day(12)), false, State::Served));
}

#[tokio::test]
async fn the_first_look_and_the_first_download_of_the_party_are_evidence_and_no_others() {
    let bed = Bed::new().await;
    bed.confirm(&[(AddressKind::Email, EMAIL)]).await;
    let key = bed.decide("decision").await.expect("issued");
    let page = format!("/delivery/notices/{key}");
    let pdf = format!("{page}/document.pdf");
    for actor in [clerk(), founder(), founder()] {
        for path in [&page, &pdf] {
            let reply = bed.page(&actor, path).await;
            assert_eq!(reply.status, axum::http::StatusCode::OK, "{actor:?} {path}");
        }
    }
    let turns = bed.turns(&key).await;
    let count = |what: &str| turns.iter().filter(|turn| *turn == what).count();
    assert_eq!((count("Opened"), count("Downloaded")), (1, 1), "{turns:?}");
    assert_eq!(
        bed.row(&key).await.served_on,
        Some(day(12)),
        "opening is not needed and changes nothing"
    );
    // Where reading is the service, looking is not yet reading.
    let unread = bed.serve(&[]).await;
    bed.page(&founder(), &format!("/delivery/notices/{unread}")).await;
    assert!(!bed.turns(&unread).await.contains(&"Opened".to_owned()));
}

#[tokio::test]
async fn what_is_left_at_the_residence_is_served_that_day_with_its_video() {
    let bed = Bed::new().await;
    let key = bed.serve(&[Channel::Post]).await;
    let video = bed.sealed("video").await;
    let left = |on| NoticeCommand::RecordLeft {
        on,
        video: video.clone(),
        witnesses: "社区工作人员一名".to_owned(),
    };
    assert_eq!(
        bed.act(&key, clerk(), left(day(13))).await.expect_err("tomorrow").refusal().reason,
        "FIELD"
    );
    bed.act(&key, clerk(), left(day(12))).await.expect("left");
    let notice = bed.folded(&key).await;
    let by = notice.by_law().expect("served");
    assert_eq!((by.channel, by.ground, by.when.on), (Channel::Left, Ground::Left, day(12)));
    assert_eq!(notice.served(), Some((day(12), Channel::Left)));
}

fn posting(key: &NoticeKey) -> Posting {
    let base = crate::bed::capture();
    Posting {
        origin: base.origin,
        issuer: base.issuer,
        sort: codes::Label::new("公告送达", "Service by publication"),
        sort_key: "service".to_owned(),
        title: codes::Label::new("公告送达受理通知书", "Service of a notice"),
        text: codes::Label::new(
            "因采用其他方式无法送达，现依法公告送达。",
            "Served by publication.",
        ),
        facts: std::collections::BTreeMap::new(),
        term: "30d deemed".parse().expect("a term"),
        source: "民事诉讼法第九十五条".to_owned(),
        objections: None,
        outages: None,
        serves: Some(key.clone()),
    }
}

#[tokio::test]
async fn s10_a_publication_serves_when_the_days_of_the_law_are_over() {
    let bed = Bed::new().await;
    let key = bed.serve(&[Channel::Post]).await;
    let announce = AnnouncementCommand::Announce(Box::new(posting(&key)));
    bed.announce(clerk(), announce).await.expect("announced");
    assert_eq!(bed.row(&key).await.state, State::Publishing);
    let thirtieth = codes::Moment::end_of(codes::Date::constant(2026, 3, 14));
    bed.bed.wind(thirtieth.plus_us(-1)).await.expect("wound");
    assert_eq!(bed.row(&key).await.served_on, None, "the thirtieth day is not over");
    bed.bed.wind(thirtieth).await.expect("wound");
    let row = bed.row(&key).await;
    assert_eq!(row.served_on, Some(codes::Date::constant(2026, 3, 14)), "a Saturday, never rolled");
    let Proof::Published { published_on, .. } = row.how.expect("served").proof else {
        panic!("published")
    };
    assert_eq!(published_on, day(12));
}

#[tokio::test]
async fn a_text_begun_anew_serves_anew_and_one_taken_back_serves_nothing() {
    let bed = Bed::new().await;
    let key = bed.serve(&[Channel::Post]).await;
    bed.announce(clerk(), AnnouncementCommand::Announce(Box::new(posting(&key))))
        .await
        .expect("ok");
    bed.bed.wind(at(20, 10)).await.expect("wound");
    let amend = AnnouncementCommand::Amend {
        text: codes::Label::new("更正后的公告。", "Corrected."),
        restart: true,
        reason: "文号有误".to_owned(),
    };
    bed.announce(clerk(), amend).await.expect("amended");
    bed.bed.wind(codes::Moment::end_of(codes::Date::constant(2026, 3, 15))).await.expect("wound");
    assert_eq!(bed.row(&key).await.served_on, None, "the first term is gone");
    let withdraw = AnnouncementCommand::Withdraw { reason: "已直接送达".to_owned() };
    bed.announce(clerk(), withdraw).await.expect("withdrawn");
    assert_eq!(bed.row(&key).await.state, State::PaperWanted);
    let by_hand = NoticeCommand::RecordReceipt {
        channel: Channel::Hand,
        on: codes::Date::constant(2026, 3, 16),
        by: Receiver::Party,
    };
    bed.act(&key, clerk(), by_hand).await.expect("served");
    bed.bed.wind(codes::Moment::end_of(codes::Date::constant(2026, 4, 30))).await.expect("wound");
    let turns = bed.turns(&key).await;
    assert_eq!(turns.iter().filter(|what| *what == "Served").count(), 1);
}

#[tokio::test]
async fn a_document_in_flight_keeps_its_address_and_the_journal_holds_none() {
    let bed = Bed::new().await;
    bed.confirm(&[(AddressKind::Mobile, MOBILE), (AddressKind::Email, EMAIL)]).await;
    let key = bed.decide("decision").await.expect("issued");
    let withdraw = delivery::PartyAct::Withdraw;
    assert_eq!(bed.party(withdraw).await, ["Withdrawn"]);
    let refused = bed.decide("decision").await.expect_err("withdrawn").refusal();
    assert_eq!(refused.reason, "CONSENT_MISSING");
    assert!(refused.fields.to_string().contains("since"));
    bed.report(&format!("g{}", bed.texts().len()), "DELIVRD").await.expect("taken");
    assert_eq!(bed.row(&key).await.state, State::Served, "what is under way is not touched");
    for event in bed.bed.events(&shard(), 0).await.expect("readable") {
        for secret in [EMAIL, "qinghe", "13800138000", "金沙路", "ink"] {
            assert!(!event.body.text().contains(secret), "{secret} in {:?}", event.body);
        }
    }
}

#[tokio::test]
async fn a_process_that_dies_between_sending_and_recording_sends_under_the_same_name_and_serves_once()
 {
    let bed = Bed::new().await;
    bed.confirm(&[(AddressKind::Mobile, MOBILE)]).await;
    let codes = bed.texts().len();
    // The gateway has the message, its answer never came, and the process dies.
    let lost = TextError::Later("the answer was lost".to_owned());
    bed.gateway.answers.lock().expect("whole").push_back(lost);
    let key = bed.decide("decision").await.expect("issued");
    let Bed { bed: running, gateway, vault, .. } = bed;
    let again = running.restart().await.expect("starts");
    again.wind(at(13, 9)).await.expect("wound");
    let texts = gateway.given.lock().expect("whole").clone();
    assert_eq!(texts.len(), codes + 2, "it is sent again");
    assert_eq!(texts[codes], texts[codes + 1], "under the same name");
    let report = |gateway_id: &str| delivery::TextReport {
        reference: Some(texts[codes].reference.clone()),
        gateway_id: gateway_id.to_owned(),
        standing: delivery::ReportStanding::Delivered,
        status: "DELIVRD".to_owned(),
        at: at(12, 9).plus_seconds(60),
        raw: gateway_id.as_bytes().to_vec(),
    };
    use delivery::ReportSink as _;
    let intake = delivery::Intake::new(again.platform().clone(), vault);
    // Both messages reach the phone, and both are reported.
    for gateway_id in ["first", "second"] {
        intake.report(report(gateway_id)).await.expect("taken");
        again.settle().await;
    }
    let reader = &*again.platform().reader;
    let row = delivery::queries::notice(reader, &key).await.expect("readable").expect("there");
    assert_eq!((row.state, row.served_on), (State::Served, Some(day(12))));
    let turns = delivery::queries::turns(reader, &key).await.expect("readable");
    assert_eq!(turns.iter().filter(|turn| turn.what == "Served").count(), 1);
}
