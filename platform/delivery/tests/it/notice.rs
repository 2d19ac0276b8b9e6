//! The aggregates by given, when, then: what is refused, and the corners that the whole platform rarely reaches.

use crate::bed::{clerk, day, founder, numbers, order, party, stranger, templates};
use codes::{Coded as _, Moment};
use delivery::model::{BookKey, Numbering, PostedItem};
use delivery::{
    Address, AddressCommand, AddressOfService, Book, BookCommand, BookEvent, Channel,
    DeliveryError, Document, Filling, Kept, Notice, NoticeCommand, NoticeEvent, NoticeKey,
    Receiver, Rules, State,
};
use documents::{Facts, Values};
use kernel::Actor;
use kernel::spec::{Given, given};

fn rules() -> Rules {
    Rules { templates: templates(), numbers: numbers(), ..Rules::default() }
}

fn kept(text: &str) -> Kept {
    Kept { blob: blobs::BlobId::of(text.as_bytes()), key: Some("party/p1".to_owned()) }
}

fn document() -> Document {
    let template = templates().get("acceptance").expect("there").clone();
    let sha256 = Some(seals::Digest::sha256(b"pdf"));
    Document {
        pdf: kept("pdf"),
        digest: template.digest(),
        edition: "printer 1".to_owned(),
        sha256,
        seal: None,
    }
}

fn prepare(consented: &[Channel]) -> NoticeCommand {
    let address = AddressOfService {
        consented: consented.iter().copied().collect(),
        email: Some(kept("chen@qinghe.example")),
        ..AddressOfService::default()
    };
    NoticeCommand::Prepare { document: document(), token: "T".to_owned(), address }
}

fn issue() -> NoticeCommand {
    NoticeCommand::Issue(Box::new(order("穗南市监", Filling::Plain(Values::new()), &[])))
}

fn at_noon(on: i8) -> Moment {
    Moment::from_wall(day(on).at(12, 0, 0, 0))
}

/// A notice that is numbered and prepared.
fn prepared<'w>(rules: &'w Rules, consented: &[Channel]) -> Given<'w, Notice> {
    let mut notice = given::<Notice>(rules, []).at(at_noon(12)).by(Actor::system("test"));
    notice.when(issue()).expect("issued");
    notice
        .when(NoticeCommand::Number { number: "穗南市监许受〔2026〕1号".to_owned() })
        .expect("numbered");
    notice.when(prepare(consented)).expect("prepared");
    notice
}

#[test]
fn a_notice_counts_in_the_book_of_its_organ_kind_and_year() {
    let rules = rules();
    let mut notice = given::<Notice>(&rules, []).at(at_noon(12));
    let events = notice.when(issue()).expect("issued");
    let [NoticeEvent::Issued { on, numbering: Some(numbering), .. }] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!((*on, numbering.book.0.as_str()), (day(12), "acceptance/穗南市监/2026"));
    assert_eq!(notice.when(issue()), Err(DeliveryError::NoticeTaken));
}

#[test]
fn an_unknown_template_or_a_missing_organ_word_is_refused_before_anything_happens() {
    let rules = rules();
    let mut unknown = order("穗南市监", Filling::Plain(Values::new()), &[]);
    if let delivery::Content::Template { template, .. } = &mut unknown.content {
        *template = "charter".to_owned();
    }
    let refused = given::<Notice>(&rules, [])
        .when(NoticeCommand::Issue(Box::new(unknown)))
        .expect_err("unknown");
    assert_eq!(refused.code().to_string(), "DOC-0009");
    let nameless = order("", Filling::Plain(Values::new()), &[]);
    let refused = given::<Notice>(&rules, [])
        .when(NoticeCommand::Issue(Box::new(nameless)))
        .expect_err("no word");
    assert_eq!(refused.fields().as_deref(), Some(r#"{"key":"organ"}"#));
}

#[test]
fn a_book_gives_each_serial_once() {
    let numbers = numbers();
    let mut book = given::<Book>(&numbers, []);
    let facts = Facts::on(day(12)).with("organ", "穗南市监");
    let numbering =
        Numbering { book: BookKey("b".to_owned()), series: "acceptance".to_owned(), facts };
    for serial in 1..=3 {
        let command = BookCommand::Allot {
            notice: NoticeKey(format!("n{serial}")),
            numbering: numbering.clone(),
        };
        let events = book.when(command).expect("allotted");
        assert!(matches!(events.as_slice(), [BookEvent::Allotted { serial: s, number, .. }]
            if *s == serial && *number == format!("穗南市监许受〔2026〕{serial}号")));
    }
}

#[test]
fn what_is_not_there_can_neither_be_read_nor_posted() {
    let rules = rules();
    let item = || PostedItem {
        carrier: "EMS".to_owned(),
        tracking_no: "1".to_owned(),
        posted_on: day(12),
    };
    let mut nothing = given::<Notice>(&rules, []).by(founder());
    assert_eq!(nothing.when(NoticeCommand::Read), Err(DeliveryError::NoticeUnknown));
    let mut issued = given::<Notice>(&rules, []).at(at_noon(12)).by(founder());
    issued.when(issue()).expect("issued");
    assert_eq!(issued.when(NoticeCommand::Read), Err(DeliveryError::NotPrepared));
    assert_eq!(
        issued.when(NoticeCommand::RecordPost { item: item() }),
        Err(DeliveryError::NotPrepared)
    );
}

#[test]
fn only_the_party_reads_and_only_once() {
    let rules = rules();
    let mut notice = prepared(&rules, &[]);
    for other in [stranger(), clerk(), Actor::Public] {
        notice = notice.by(other);
        assert_eq!(notice.when(NoticeCommand::Read), Err(DeliveryError::NotTheRecipient));
    }
    notice = notice.by(founder()).at(at_noon(13));
    let events = notice.when(NoticeCommand::Read).expect("read");
    assert!(
        matches!(events.as_slice(), [NoticeEvent::Read { .. }, NoticeEvent::Served { on, how, .. }]
        if *on == day(13) && how.channel == Channel::Inbox)
    );
    assert_eq!(notice.when(NoticeCommand::Read), Ok(Vec::new()), "the first reading counts");
}

#[test]
fn a_second_answer_of_an_errand_changes_nothing() {
    let rules = rules();
    let mut notice = prepared(&rules, &[Channel::Inbox]);
    assert_eq!(notice.when(prepare(&[])), Ok(Vec::new()));
    assert_eq!(notice.when(NoticeCommand::Number { number: "other".to_owned() }), Ok(Vec::new()));
    assert_eq!(notice.state.served(), Some((day(12), Channel::Inbox)));
}

#[test]
fn unread_mail_and_paper_follow_each_other_by_the_clock() {
    let rules = rules();
    let mut notice = prepared(&rules, &[Channel::Email]);
    assert_eq!(notice.state.state(), State::Waiting);
    let events = notice.wind(at_noon(15)).expect("timers");
    assert!(
        matches!(events.as_slice(), [NoticeEvent::MailOrdered { attempt: 1, .. }]),
        "three days unread"
    );
    let events = notice.wind(at_noon(17)).expect("timers");
    assert!(matches!(events.as_slice(), [NoticeEvent::PaperWanted]), "two days unmailed");
    assert_eq!(notice.wind(at_noon(28)).expect("timers"), Vec::new(), "paper waits for an officer");
    // The message arrives all the same: that is service.
    let sent = NoticeCommand::RecordSent {
        attempt: 1,
        message_id: "<1@x>".to_owned(),
        answer: "250".to_owned(),
    };
    let events = notice.when(sent).expect("late");
    assert!(
        matches!(events.as_slice(), [NoticeEvent::Sent { .. }, NoticeEvent::Served { on, .. }] if *on == day(28))
    );
}

#[test]
fn a_message_that_comes_back_undoes_its_service_and_no_other() {
    let rules = rules();
    let back = || NoticeCommand::RecordBounce {
        channel: Channel::Email,
        attempt: Some(1),
        reason: "550 5.1.1 no such user".to_owned(),
    };
    let sent = || NoticeCommand::RecordSent {
        attempt: 1,
        message_id: "<1@x>".to_owned(),
        answer: "250".to_owned(),
    };
    let mut mailed = prepared(&rules, &[Channel::Email]);
    mailed.wind(at_noon(15)).expect("ordered");
    mailed.when(sent()).expect("sent");
    let events = mailed.when(back()).expect("back");
    assert!(matches!(
        events.as_slice(),
        [
            NoticeEvent::Bounced { .. },
            NoticeEvent::ServiceUndone { channel: Channel::Email, .. },
            NoticeEvent::PaperWanted
        ]
    ));
    assert_eq!((mailed.state.state(), mailed.state.served()), (State::PaperWanted, None));

    let mut read = prepared(&rules, &[Channel::Email]).by(founder());
    read.wind(at_noon(15)).expect("ordered");
    read.when(NoticeCommand::Read).expect("read");
    read.when(sent()).expect("sent");
    let events = read.when(back()).expect("back");
    assert!(matches!(events.as_slice(), [NoticeEvent::Bounced { .. }]), "reading was the service");
    assert_eq!(read.state.served(), Some((day(15), Channel::Inbox)));
}

#[test]
fn a_receipt_is_dated_between_posting_and_today() {
    let rules = rules();
    let mut notice = prepared(&rules, &[]).by(clerk());
    let receipt = |on| NoticeCommand::RecordReceipt {
        channel: Channel::Post,
        on: day(on),
        by: Receiver::MailRoom,
    };
    assert_eq!(notice.when(receipt(12)), Err(DeliveryError::NothingPosted));
    notice = notice.at(at_noon(16));
    let item = |on| PostedItem {
        carrier: "EMS".to_owned(),
        tracking_no: "EB1".to_owned(),
        posted_on: day(on),
    };
    let tomorrow = notice.when(NoticeCommand::RecordPost { item: item(17) });
    assert!(matches!(tomorrow, Err(DeliveryError::DayImpossible { .. })), "{tomorrow:?}");
    notice.when(NoticeCommand::RecordPost { item: item(14) }).expect("posted");
    for impossible in [13, 17] {
        assert!(matches!(
            notice.when(receipt(impossible)),
            Err(DeliveryError::DayImpossible { .. })
        ));
    }
    let events = notice.when(receipt(15)).expect("signed");
    assert!(matches!(events.as_slice(), [NoticeEvent::Served { on, .. }] if *on == day(15)));
    assert_eq!(notice.when(receipt(15)), Err(DeliveryError::AlreadyServed { on: day(15) }));
}

#[test]
fn an_item_that_comes_back_is_to_be_served_again() {
    let rules = rules();
    let mut notice = prepared(&rules, &[]).by(clerk());
    let back = || NoticeCommand::RecordBounce {
        channel: Channel::Post,
        attempt: None,
        reason: "迁移新址不明".to_owned(),
    };
    assert_eq!(notice.when(back()), Err(DeliveryError::NothingPosted));
    let item =
        PostedItem { carrier: "EMS".to_owned(), tracking_no: "EB1".to_owned(), posted_on: day(12) };
    notice.when(NoticeCommand::RecordPost { item }).expect("posted");
    let empty = NoticeCommand::RecordBounce {
        channel: Channel::Post,
        attempt: None,
        reason: "  ".to_owned(),
    };
    assert_eq!(notice.when(empty), Err(DeliveryError::TextMissing { key: "reason" }));
    let events = notice.when(back()).expect("back");
    assert!(matches!(events.as_slice(), [NoticeEvent::Bounced { .. }, NoticeEvent::PaperWanted]));
    let by_hand =
        NoticeCommand::RecordReceipt { channel: Channel::Hand, on: day(12), by: Receiver::Party };
    assert!(notice.when(by_hand).is_ok());
}

#[test]
fn consent_is_the_partys_own_and_needs_an_address() {
    let confirm = |channels: &[Channel], email: Option<Kept>| AddressCommand::Confirm {
        party: party(),
        address: AddressOfService {
            consented: channels.iter().copied().collect(),
            email,
            ..AddressOfService::default()
        },
        statement: "v1".to_owned(),
    };
    let mut address = given::<Address>(&(), []);
    for other in [stranger(), clerk(), Actor::system("import")] {
        address = address.by(other);
        let refused = address.when(confirm(&[Channel::Inbox], None));
        assert_eq!(refused, Err(DeliveryError::NotTheRecipient));
    }
    address = address.by(founder());
    let without = address.when(confirm(&[Channel::Email], None));
    assert_eq!(without, Err(DeliveryError::AddressMissing { channel: Channel::Email }));
    let paper = address.when(confirm(&[Channel::Post], None));
    assert_eq!(paper, Err(DeliveryError::NotElectronic { channel: Channel::Post }));
    assert_eq!(
        address.when(confirm(&[Channel::Inbox, Channel::Email], Some(kept("e")))).map(|e| e.len()),
        Ok(1)
    );
    let withdraw = || AddressCommand::WithdrawConsent { party: party() };
    assert_eq!(address.when(withdraw()).map(|events| events.len()), Ok(1));
    assert_eq!(address.when(withdraw()), Ok(Vec::new()), "there is no consent left");
}

/// What older versions wrote: no instants, no references.
fn written_long_ago(lines: &[&str]) -> Vec<NoticeEvent> {
    let golden = include_str!("../events.json");
    let all: serde_json::Value = serde_json::from_str(golden).expect("json");
    let first: Vec<NoticeEvent> = ["Issued", "Numbered", "Prepared"]
        .iter()
        .map(|name| {
            let found = all["notice"]
                .as_array()
                .expect("a list")
                .iter()
                .find(|event| event.get(*name).is_some());
            serde_json::from_value(found.expect("there").clone()).expect("readable")
        })
        .collect();
    let rest = lines.iter().map(|line| serde_json::from_str(line).expect("readable"));
    first.into_iter().chain(rest).collect()
}

const OLD_DIGEST: &str = "0707070707070707070707070707070707070707070707070707070707070707";

#[test]
fn a_mail_that_was_served_before_instants_were_kept_is_undone_as_ever() {
    let rules = rules();
    let ordered =
        r#"{"MailOrdered":{"attempt":1,"to":{"blob":"ab"},"until":"2026-02-14T01:00:00Z"}}"#;
    let sent = r#"{"Sent":{"attempt":1,"message_id":"<1@x>","answer":"250"}}"#;
    let served = format!(
        r#"{{"Served":{{"on":"2026-02-12","how":{{"channel":"email","proof":{{"Mailed":{{"message_id":"<1@x>","answer":"250"}}}},"digest":"{OLD_DIGEST}"}}}}}}"#
    );
    let past = written_long_ago(&[ordered, sent, &served]);
    let mut notice = given::<Notice>(&rules, past).at(at_noon(13)).by(founder());
    assert_eq!(notice.state.served(), Some((day(12), Channel::Email)));
    // A second answer of the errand, and the party's look, change nothing of the day.
    let again = NoticeCommand::RecordSent {
        attempt: 1,
        message_id: "<1@x>".to_owned(),
        answer: "250".to_owned(),
    };
    assert_eq!(notice.when(again), Ok(Vec::new()));
    let events = notice.when(NoticeCommand::Read).expect("read");
    assert!(matches!(events.as_slice(), [NoticeEvent::Read { .. }]), "{events:?}");
    let back = NoticeCommand::RecordBounce {
        channel: Channel::Email,
        attempt: Some(1),
        reason: "550".to_owned(),
    };
    let events = notice.when(back).expect("back");
    assert!(
        matches!(
            events.as_slice(),
            [NoticeEvent::Bounced { .. }, NoticeEvent::ServiceRedated { on, how, .. }]
                if *on == day(13) && how.channel == Channel::Inbox
        ),
        "the reading of the next day is the service then: {events:?}"
    );
}

#[test]
fn an_inbox_that_served_before_instants_were_kept_keeps_its_day() {
    let rules = rules();
    let placed = r#"{"Placed":{"unread_until":null}}"#;
    let served = format!(
        r#"{{"Served":{{"on":"2026-02-12","how":{{"channel":"inbox","proof":"Arrived","digest":"{OLD_DIGEST}"}}}}}}"#
    );
    let past = written_long_ago(&[placed, &served]);
    let mut notice = given::<Notice>(&rules, past).at(at_noon(13)).by(founder());
    let events = notice.when(NoticeCommand::Read).expect("read");
    assert!(matches!(events.as_slice(), [NoticeEvent::Read { .. }]), "{events:?}");
    assert_eq!(notice.state.served(), Some((day(12), Channel::Inbox)));

    let waiting = r#"{"Placed":{"unread_until":"2026-02-15T01:00:00Z"}}"#;
    let read = r#"{"Read":{"login":"chen"}}"#;
    let by_reading = format!(
        r#"{{"Served":{{"on":"2026-02-12","how":{{"channel":"inbox","proof":{{"Read":{{"login":"chen"}}}},"digest":"{OLD_DIGEST}"}}}}}}"#
    );
    let past = written_long_ago(&[waiting, read, &by_reading]);
    let mut notice = given::<Notice>(&rules, past).at(at_noon(13)).by(founder());
    assert_eq!(notice.when(NoticeCommand::Read), Ok(Vec::new()));
    assert_eq!(notice.state.served(), Some((day(12), Channel::Inbox)));
    let by_law = notice.state.by_law().expect("served");
    assert_eq!((by_law.when.on, by_law.ground), (day(12), delivery::Ground::Read));
}

#[test]
fn paper_that_was_signed_for_before_keeps_its_day_and_its_proof() {
    let rules = rules();
    let posted =
        r#"{"Posted":{"item":{"carrier":"EMS","tracking_no":"EB1","posted_on":"2026-02-12"}}}"#;
    let served = format!(
        r#"{{"Served":{{"on":"2026-02-13","how":{{"channel":"post","proof":{{"Signed":{{"by":"mail_room","tracking_no":"EB1"}}}},"digest":"{OLD_DIGEST}"}}}}}}"#
    );
    let past = written_long_ago(&[r#""PaperWanted""#, posted, &served]);
    let mut notice = given::<Notice>(&rules, past).at(at_noon(14)).by(clerk());
    let by_law = notice.state.by_law().expect("served");
    assert_eq!((by_law.when.on, by_law.channel), (day(13), Channel::Post));
    let back = NoticeCommand::RecordBounce {
        channel: Channel::Post,
        attempt: None,
        reason: "错投".to_owned(),
    };
    let events = notice.when(back).expect("back");
    assert!(matches!(
        events.as_slice(),
        [
            NoticeEvent::Bounced { .. },
            NoticeEvent::ServiceUndone { channel: Channel::Post, .. },
            NoticeEvent::PaperWanted
        ]
    ));
}
