//! The wire format of every event, frozen.
//!
//! If you are here because this failed: an event that was once written must be read for ever. Add variants and optional
//! fields; never rename or remove. New variants go to the end of `tests/events.json`.

use crate::bed::order;
use codes::{Date, Label, Moment};
use delivery::announcement::OutageRule;
use delivery::confirmation::{AddressProof, TakenIn};
use delivery::model::{BookKey, Numbering, PostedItem};
use delivery::{
    AddressEvent, AddressKind, AddressOfService, AnnouncementEvent, BookEvent, Capture, Channel,
    ConfirmationEvent, ConfirmationKey, ConfirmedAddress, Content, Document, Filling, How, Kept,
    NoticeEvent, NoticeKey, Objection, Objections, Objector, Posting, Proof, Receiver, Scope,
    Signature, Validity, When,
};
use documents::{Facts, TextDigest, Values};
use seals::{Commitment, Digest, Salt};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

const GOLDEN: &str = include_str!("../events.json");

fn kept() -> Kept {
    Kept { blob: blobs::BlobId("ab".repeat(32)), key: Some("party/p1".to_owned()) }
}

fn document() -> Document {
    let plain = Kept { key: None, ..kept() };
    Document {
        pdf: plain,
        digest: TextDigest::from_bytes([7; 32]),
        edition: "typst 0.15.1".to_owned(),
        sha256: None,
        seal: None,
    }
}

fn address() -> AddressOfService {
    AddressOfService {
        consented: [Channel::Inbox, Channel::Email].into(),
        email: Some(kept()),
        ..AddressOfService::default()
    }
}

fn served(channel: Channel, proof: Proof) -> NoticeEvent {
    let digest = TextDigest::from_bytes([7; 32]);
    NoticeEvent::Served {
        on: Date::constant(2026, 2, 12),
        how: How { channel, proof, digest },
        at: None,
    }
}

#[expect(clippy::too_many_lines, reason = "a list of every variant")]
fn notice() -> Vec<NoticeEvent> {
    let (title, on) =
        (Label::new("受理通知书", "Notice of acceptance"), Date::constant(2026, 2, 12));
    let facts = Facts::on(on).with("organ", "穗南市监");
    let book = BookKey("acceptance/穗南市监/2026".to_owned());
    let numbering = Numbering { book, series: "acceptance".to_owned(), facts };
    let mut document_order = order("穗南市监", Filling::Kept(kept()), &[Channel::Inbox]);
    document_order.content = Content::Document {
        title: title.clone(),
        number: "JY24401150002186".to_owned(),
        document: document(),
    };
    let plain = order(
        "穗南市监",
        Filling::Plain(Values::new().text("service", "食品经营许可").date("due_on", on)),
        &[],
    );
    let (message_id, answer) = ("<1@lianban.example>".to_owned(), "250 Ok".to_owned());
    let moment = Moment::from_us(1_770_858_000_000_000);
    let item =
        PostedItem { carrier: "EMS".to_owned(), tracking_no: "EB1".to_owned(), posted_on: on };
    let reason = "550 5.1.1 no such user".to_owned();
    vec![
        NoticeEvent::Issued {
            order: Box::new(plain),
            title: title.clone(),
            on,
            numbering: Some(numbering),
            informs: false,
        },
        NoticeEvent::Issued {
            order: Box::new(document_order),
            title,
            on,
            numbering: None,
            informs: false,
        },
        NoticeEvent::Numbered { number: "穗南市监许受〔2026〕1号".to_owned() },
        NoticeEvent::Prepared { document: document(), token: "T".to_owned(), address: address() },
        NoticeEvent::Placed { unread_until: Some(moment), address: None, at: None },
        NoticeEvent::Placed { unread_until: None, address: None, at: None },
        NoticeEvent::MailOrdered {
            attempt: 1,
            to: kept(),
            until: moment,
            reference: String::new(),
            address: None,
            at: None,
        },
        NoticeEvent::Sent {
            attempt: 1,
            message_id: message_id.clone(),
            answer: answer.clone(),
            at: None,
        },
        NoticeEvent::PaperWanted,
        NoticeEvent::Posted { item: item.clone() },
        NoticeEvent::Bounced {
            channel: Channel::Email,
            reason: reason.clone(),
            attempt: None,
            receipt: None,
            at: None,
        },
        NoticeEvent::Read { login: "chen".to_owned(), at: None },
        served(Channel::Inbox, Proof::Arrived),
        served(Channel::Inbox, Proof::Read { login: "chen".to_owned() }),
        served(Channel::Email, Proof::Mailed { message_id, answer }),
        served(
            Channel::Post,
            Proof::Signed { by: Receiver::MailRoom, tracking_no: Some("EB1".to_owned()) },
        ),
        served(Channel::Hand, Proof::Signed { by: Receiver::Party, tracking_no: None }),
        NoticeEvent::ServiceUndone { channel: Channel::Email, reason },
    ]
    .into_iter()
    .chain(ladder(moment, item))
    .collect()
}

/// What the ladder of reform 21 brought.
#[expect(clippy::too_many_lines, reason = "a list of every variant")]
fn ladder(at: Moment, item: PostedItem) -> Vec<NoticeEvent> {
    let (on, address) = (Date::constant(2026, 2, 12), Some(2));
    let digest = TextDigest::from_bytes([7; 32]);
    let announcement = "a1".to_owned();
    let reference = "00112233445566778899aabbccddeeff".to_owned();
    let how = |channel, proof| How { channel, proof, digest };
    vec![
        NoticeEvent::Prepared {
            document: document(),
            token: "T".to_owned(),
            address: AddressOfService {
                confirmed: vec![confirmed()],
                postal: Some(kept()),
                ..AddressOfService::default()
            },
        },
        NoticeEvent::Placed { unread_until: None, address, at: Some(at) },
        NoticeEvent::MailOrdered {
            attempt: 1,
            to: kept(),
            until: at,
            reference: reference.clone(),
            address,
            at: Some(at),
        },
        NoticeEvent::TextOrdered {
            attempt: 2,
            to: kept(),
            until: at,
            reference: reference.clone(),
            address,
            reminder: false,
            at,
        },
        NoticeEvent::TextOrdered {
            attempt: 3,
            to: kept(),
            until: at,
            reference,
            address: None,
            reminder: true,
            at,
        },
        NoticeEvent::Submitted {
            attempt: 2,
            gateway_id: "g1".to_owned(),
            answer: "0".to_owned(),
            at,
        },
        NoticeEvent::Reported {
            attempt: 2,
            delivered: true,
            status: "DELIVRD".to_owned(),
            arrived_at: at,
            gateway_id: "g1".to_owned(),
            receipt: kept(),
        },
        NoticeEvent::SoftFailed { attempt: 1, reason: "451".to_owned(), at, retry_at: Some(at) },
        NoticeEvent::Sent {
            attempt: 1,
            message_id: "<1@lianban.example>".to_owned(),
            answer: "250 Ok".to_owned(),
            at: Some(at),
        },
        NoticeEvent::Bounced {
            channel: Channel::Email,
            reason: "550".to_owned(),
            attempt: Some(1),
            receipt: Some(kept()),
            at: Some(at),
        },
        NoticeEvent::ReturnedLate { attempt: 1, reason: "550".to_owned(), receipt: kept(), at },
        NoticeEvent::Read { login: "chen".to_owned(), at: Some(at) },
        NoticeEvent::Opened { at },
        NoticeEvent::Downloaded { at },
        NoticeEvent::Served {
            on,
            how: how(
                Channel::Sms,
                Proof::Delivered { gateway_id: "g1".to_owned(), receipt: kept() },
            ),
            at: Some(at),
        },
        NoticeEvent::Served {
            on,
            how: how(
                Channel::Left,
                Proof::Left { video: kept(), witnesses: "居委会工作人员".to_owned() },
            ),
            at: None,
        },
        NoticeEvent::Served {
            on,
            how: how(
                Channel::Announcement,
                Proof::Published {
                    announcement: announcement.clone(),
                    published_on: on,
                    source: "s".to_owned(),
                },
            ),
            at: None,
        },
        NoticeEvent::ServiceRedated {
            on,
            at: Some(at),
            how: how(Channel::Email, Proof::Proven { evidence: kept() }),
            was: on,
        },
        NoticeEvent::CounterProven { rung: 1, arrived: Some(When::from(at)), evidence: kept() },
        NoticeEvent::CounterProven { rung: 1, arrived: None, evidence: kept() },
        NoticeEvent::Published {
            announcement: announcement.clone(),
            published_on: on,
            deemed_on: on,
            source: "s".to_owned(),
        },
        NoticeEvent::PublicationDropped { announcement, reason: "误发".to_owned() },
        NoticeEvent::PaperAsked { at },
        NoticeEvent::CopyPosted { item },
        NoticeEvent::ProofOffered {
            no: 1,
            rung: 1,
            arrived: Some(When::from(at)),
            evidence: kept(),
        },
        NoticeEvent::ProofOffered { no: 2, rung: 1, arrived: None, evidence: kept() },
        NoticeEvent::ProofAdmitted { no: 1 },
        NoticeEvent::ProofDismissed { no: 2, reason: "截图无法核实".to_owned() },
        NoticeEvent::Issued {
            order: Box::new(order("穗南市监", Filling::Kept(kept()), &[])),
            title: Label::new("提醒", "Reminder"),
            on,
            numbering: None,
            informs: true,
        },
    ]
}

fn commitment() -> Commitment {
    Commitment::to(&Salt::new([1; 16]), "chen@qinghe.example").expect("canonical")
}

fn confirmed() -> ConfirmedAddress {
    ConfirmedAddress {
        no: 2,
        kind: AddressKind::Email,
        value: kept(),
        commitment: commitment(),
        confirmed_at: Moment::from_us(1_770_858_000_000_000),
    }
}

#[expect(clippy::too_many_lines, reason = "a list of every variant")]
fn confirmations() -> Vec<ConfirmationEvent> {
    let at = Moment::from_us(1_770_858_000_000_000);
    let base = order("穗南市监", Filling::Plain(Values::new()), &[]);
    let capture = Box::new(Capture {
        key: ConfirmationKey("c1".to_owned()),
        origin: base.origin,
        issuer: base.issuer,
        party: base.party,
        scopes: vec![Scope {
            key: "decision".to_owned(),
            label: Label::new("处罚决定书", "Decision"),
        }],
        validity: Validity::Until(Date::constant(2027, 2, 12)),
    });
    let (scope, reason) = ("decision".to_owned(), "不同意".to_owned());
    let form = Digest::sha256(b"form");
    let value = kept();
    vec![
        ConfirmationEvent::Started { capture, until: at },
        ConfirmationEvent::Opened { at },
        ConfirmationEvent::Proposed {
            no: 2,
            kind: AddressKind::Email,
            value: kept(),
            commitment: commitment(),
            priority: 1,
        },
        ConfirmationEvent::CodeOrdered {
            no: 2,
            round: 1,
            kind: AddressKind::Email,
            value: value.clone(),
            at,
            until: at,
            tries: 5,
        },
        ConfirmationEvent::CodeMistyped { no: 2, left: 4 },
        ConfirmationEvent::Verified { no: 2, at, proof: AddressProof::Echoed { round: 1 } },
        ConfirmationEvent::Verified { no: 1, at, proof: AddressProof::SignedIn },
        ConfirmationEvent::Verified { no: 1, at, proof: AddressProof::Identified },
        ConfirmationEvent::Dropped { no: 2 },
        ConfirmationEvent::ScopeChosen { scope: scope.clone() },
        ConfirmationEvent::ScopeUnchosen { scope: scope.clone() },
        ConfirmationEvent::ReadingBegun { at, statement: "v1".to_owned() },
        ConfirmationEvent::ConsequenceRead { at, how: TakenIn::Read { seconds: 16 } },
        ConfirmationEvent::ConsequenceRead { at, how: TakenIn::Heard { seconds: 40 } },
        ConfirmationEvent::PostalGiven { value, commitment: commitment() },
        ConfirmationEvent::IdentityChecked { document: "居民身份证".to_owned(), at },
        ConfirmationEvent::Signed {
            form_no: 1,
            form,
            signature: Signature::Drawn { picture: kept() },
            at,
            valid_until: None,
        },
        ConfirmationEvent::Signed {
            form_no: 2,
            form,
            signature: Signature::Certificate { signature: kept(), serial: "01".to_owned() },
            at,
            valid_until: Some(Date::constant(2027, 2, 12)),
        },
        ConfirmationEvent::Refused { reason: reason.clone(), at },
        ConfirmationEvent::ChangeBegun { at, until: at },
        ConfirmationEvent::Relied {
            notice: NoticeKey("n1".to_owned()),
            scope,
            form_no: 1,
            addresses: vec![confirmed()],
            postal: kept(),
            at,
        },
        ConfirmationEvent::Withdrawn { at },
        ConfirmationEvent::Ended { at, reason },
        ConfirmationEvent::Lapsed { at },
    ]
}

#[expect(clippy::too_many_lines, reason = "a list of every variant")]
fn announcements() -> Vec<AnnouncementEvent> {
    let (at, on) = (Moment::from_us(1_770_858_000_000_000), Date::constant(2026, 2, 12));
    let base = order("穗南市监", Filling::Plain(Values::new()), &[]);
    let origin = base.origin;
    let serves = Some(NoticeKey("n1".to_owned()));
    let text = Label::new("正文", "text");
    let objection = Objection {
        by: Objector::Named { kept: kept() },
        facts: kept(),
        facts_chars: 12,
        evidence: vec![kept()],
    };
    let posting = Box::new(Posting {
        origin: origin.clone(),
        issuer: base.issuer,
        sort: Label::new("信用修复公告", "Credit repair"),
        sort_key: "credit_repair".to_owned(),
        title: text.clone(),
        text: text.clone(),
        facts: [("uscc".to_owned(), "91440106MA59C0309X".to_owned())].into(),
        term: "30d".parse().expect("a term"),
        source: "国函〔2020〕96号".to_owned(),
        objections: Some(Objections::default()),
        outages: Some(OutageRule::default()),
        serves: serves.clone(),
    });
    let reason = "理由".to_owned();
    vec![
        AnnouncementEvent::Announced { posting, from: on, to: on, provisional: false },
        AnnouncementEvent::Amended {
            origin: origin.clone(),
            serves: serves.clone(),
            text,
            reason: reason.clone(),
            from: on,
            to: on,
            restart: true,
        },
        AnnouncementEvent::Withdrawn {
            origin: origin.clone(),
            serves: None,
            reason: reason.clone(),
            on,
        },
        AnnouncementEvent::Objected {
            origin: origin.clone(),
            no: 1,
            objection: Box::new(objection.clone()),
            at,
            answer_by: on,
        },
        AnnouncementEvent::Objected {
            origin: origin.clone(),
            no: 2,
            objection: Box::new(Objection { by: Objector::Anonymous, ..objection }),
            at,
            answer_by: on,
        },
        AnnouncementEvent::Answered {
            origin: origin.clone(),
            no: 1,
            upheld: false,
            reason: reason.clone(),
            on,
        },
        AnnouncementEvent::OutageRecorded { from: at, to: at, cause: "机房断电".to_owned() },
        AnnouncementEvent::Moved {
            origin: origin.clone(),
            to: on,
            provisional: true,
            cause: Label::new("公示中断顺延", "outage"),
        },
        AnnouncementEvent::Checked { day: on, asked: 288, answered: 288 },
        AnnouncementEvent::Ended { origin: origin.clone(), serves, on, reason: None },
        AnnouncementEvent::Ended { origin, serves: None, on, reason: Some(reason) },
    ]
}

fn book() -> Vec<BookEvent> {
    let book = BookKey("acceptance/穗南市监/2026".to_owned());
    let number = "穗南市监许受〔2026〕1号".to_owned();
    vec![BookEvent::Allotted { notice: NoticeKey("n1".to_owned()), serial: 1, number, book }]
}

fn addresses() -> Vec<AddressEvent> {
    let statement = "electronic-service-2026-01".to_owned();
    vec![AddressEvent::Confirmed { address: address(), statement }, AddressEvent::ConsentWithdrawn]
}

fn frozen<E: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(kind: &str, events: &[E]) {
    let golden: Value = serde_json::from_str(GOLDEN).expect("json");
    let lines = golden[kind].as_array().unwrap_or_else(|| panic!("{kind} in {:#}", now())).clone();
    assert_eq!(lines.len(), events.len(), "{kind}: {:#}", now());
    for (line, event) in lines.iter().zip(events) {
        assert_eq!(
            *line,
            serde_json::to_value(event).expect("json"),
            "{kind} is written otherwise"
        );
        assert_eq!(
            serde_json::from_value::<E>(line.clone()).expect("readable"),
            *event,
            "{kind} is read otherwise"
        );
    }
}

fn now() -> Value {
    serde_json::json!({"notice": notice(), "notice-book": book(), "service-address": addresses(),
        "address-confirmation": confirmations(), "announcement": announcements()})
}

#[test]
fn every_event_is_written_and_read_as_ever() {
    frozen("notice", &notice());
    frozen("notice-book", &book());
    frozen("service-address", &addresses());
    frozen("address-confirmation", &confirmations());
    frozen("announcement", &announcements());
}
