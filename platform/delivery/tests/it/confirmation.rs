//! Address confirmations by given, when, then: whose hand, which order, what is refused.

use crate::bed::{capture, clerk, founder, stranger};
use codes::{Coded as _, Moment};
use delivery::{
    AddressKind, Confirmation, ConfirmationCommand, ConfirmationEvent, ConfirmationKey,
    ConfirmationRules, DeliveryError, Kept, PartyAct, Signature, Standing,
};
use kernel::Actor;
use kernel::spec::{Given, given};
use seals::{Commitment, Salt};
use std::collections::BTreeSet;

fn rules() -> ConfirmationRules {
    ConfirmationRules::new([7; 32])
}

fn key() -> ConfirmationKey {
    ConfirmationKey("c1".to_owned())
}

fn noon(seconds: i64) -> Moment {
    Moment::from_wall(codes::Date::constant(2024, 9, 10).at(12, 0, 0, 0)).plus_seconds(seconds)
}

fn kept(text: &str) -> Kept {
    Kept { blob: blobs::BlobId::of(text.as_bytes()), key: Some("party/p1".to_owned()) }
}

fn commitment(text: &str) -> Commitment {
    Commitment::to(&Salt::new([1; 16]), text).expect("canonical")
}

fn propose(kind: AddressKind) -> PartyAct {
    let value = "13800138000";
    PartyAct::Propose { kind, value: kept(value), commitment: commitment(value), priority: 1 }
}

fn own(act: PartyAct) -> ConfirmationCommand {
    ConfirmationCommand::Party { token: None, act }
}

fn started(rules: &ConfirmationRules) -> Given<'_, Confirmation> {
    let mut confirmation = given::<Confirmation>(rules, []).at(noon(0)).by(clerk());
    confirmation.when(ConfirmationCommand::Start(Box::new(capture()))).expect("started");
    confirmation.by(founder())
}

fn scopes(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn sign(confirmation: &Given<'_, Confirmation>, names: &[&str]) -> ConfirmationCommand {
    let signature = Signature::Drawn { picture: kept("ink") };
    let form = confirmation.state.form_digest().expect("a form");
    own(PartyAct::Sign { scopes: scopes(names), signature, form })
}

/// Everything but the signature.
fn filled(rules: &ConfirmationRules) -> Given<'_, Confirmation> {
    let mut confirmation = started(rules);
    confirmation.when(own(propose(AddressKind::Mobile))).expect("proposed");
    let code = rules.code(&key(), 1, 1);
    confirmation.when(own(PartyAct::Echo { no: 1, code })).expect("echoed");
    confirmation.when(own(PartyAct::Choose { scope: "decision".to_owned() })).expect("chosen");
    confirmation.when(own(PartyAct::BeginReading)).expect("begun");
    confirmation = confirmation.at(noon(15));
    confirmation.when(own(PartyAct::FinishReading { heard_seconds: None })).expect("read");
    let (value, commitment) = (kept("road"), commitment("road"));
    confirmation.when(own(PartyAct::Postal { value, commitment })).expect("given");
    confirmation = confirmation.by(clerk());
    let check = ConfirmationCommand::CheckIdentity { document: "居民身份证".to_owned() };
    confirmation.when(check).expect("checked");
    confirmation.by(founder())
}

#[test]
fn s11_a_code_is_good_for_ten_minutes_and_not_for_eleven() {
    let rules = rules();
    for (seconds, good) in [(600, true), (601, false), (660, false)] {
        let mut confirmation = started(&rules);
        confirmation.when(own(propose(AddressKind::Mobile))).expect("proposed");
        confirmation = confirmation.at(noon(seconds));
        let code = rules.code(&key(), 1, 1);
        let echoed = confirmation.when(own(PartyAct::Echo { no: 1, code }));
        match echoed {
            Ok(events) => {
                assert!(good && matches!(events[..], [ConfirmationEvent::Verified { .. }]));
            }
            Err(error) => assert!(!good && error.reason() == "EXPIRED", "{error}"),
        }
    }
    // Another code, and the old one is worth nothing.
    let mut confirmation = started(&rules);
    confirmation.when(own(propose(AddressKind::Mobile))).expect("proposed");
    confirmation.when(own(PartyAct::AskCode { no: 1 })).expect("asked");
    let old = own(PartyAct::Echo { no: 1, code: rules.code(&key(), 1, 1) });
    let events = confirmation.when(old).expect("told");
    assert!(matches!(events[..], [ConfirmationEvent::CodeMistyped { left: 4, .. }]));
    let new = own(PartyAct::Echo { no: 1, code: format!(" {} ", rules.code(&key(), 1, 2)) });
    assert!(matches!(
        confirmation.when(new).expect("told")[..],
        [ConfirmationEvent::Verified { .. }]
    ));
}

#[test]
fn tries_and_codes_run_out() {
    let rules = rules();
    let mut confirmation = started(&rules);
    confirmation.when(own(propose(AddressKind::Email))).expect("proposed");
    let wrong = || own(PartyAct::Echo { no: 1, code: "nothing".to_owned() });
    for left in (0..5).rev() {
        let events = confirmation.when(wrong()).expect("told");
        assert_eq!(events, [ConfirmationEvent::CodeMistyped { no: 1, left }]);
    }
    let right = own(PartyAct::Echo { no: 1, code: rules.code(&key(), 1, 1) });
    assert_eq!(
        confirmation.when(right),
        Err(DeliveryError::CodeSpent { no: 1 }),
        "even the right one"
    );
    for _ in 2..=5 {
        confirmation.when(own(PartyAct::AskCode { no: 1 })).expect("another");
    }
    let sixth = confirmation.when(own(PartyAct::AskCode { no: 1 }));
    assert_eq!(sixth, Err(DeliveryError::CodeSpent { no: 1 }));
}

#[test]
fn s11_a_scope_that_the_party_did_not_tick_itself_is_no_consent() {
    let rules = rules();
    let mut confirmation = filled(&rules);
    for (names, scope) in
        [(&["decision", "penalty_notice"][..], Some("penalty_notice".to_owned())), (&[][..], None)]
    {
        let command = sign(&confirmation, names);
        let refused = confirmation.when(command).expect_err("preset");
        assert_eq!(refused, DeliveryError::ScopeNotChosen { scope });
        assert_eq!(refused.reason(), "SCOPE_NOT_CHOSEN");
    }
    // An officer ticks nothing for the party, and nothing that was not offered can be ticked.
    confirmation = confirmation.by(clerk());
    let choose = |scope: &str| own(PartyAct::Choose { scope: scope.to_owned() });
    assert_eq!(confirmation.when(choose("penalty_notice")), Err(DeliveryError::NotTheRecipient));
    confirmation = confirmation.by(founder());
    assert_eq!(
        confirmation.when(choose("everything")).expect_err("not offered").reason(),
        "SCOPE_NOT_CHOSEN"
    );
    let command = sign(&confirmation, &["decision"]);
    confirmation.when(command).expect("signed");
    assert_eq!(confirmation.state.standing(), Standing::InForce);
}

#[test]
fn nothing_is_signed_that_is_not_complete_read_and_identified() {
    let rules = rules();
    let mut confirmation = started(&rules);
    confirmation.when(own(PartyAct::Choose { scope: "decision".to_owned() })).expect("chosen");
    let command = sign(&confirmation, &["decision"]);
    let items = vec!["addresses", "consequence", "postal_address"];
    assert_eq!(confirmation.when(command), Err(DeliveryError::Unfinished { items }));
    let finish = |heard_seconds| own(PartyAct::FinishReading { heard_seconds });
    assert_eq!(confirmation.when(finish(None)), Err(DeliveryError::Unread { seconds_left: 15 }));
    confirmation.when(own(PartyAct::BeginReading)).expect("begun");
    confirmation = confirmation.at(noon(14));
    assert_eq!(confirmation.when(finish(None)), Err(DeliveryError::Unread { seconds_left: 1 }));
    assert_eq!(
        confirmation.when(finish(Some(40))),
        Err(DeliveryError::Unread { seconds_left: 26 })
    );

    // The form that is signed is the one that was seen.
    let mut confirmation = filled(&rules);
    let command = sign(&confirmation, &["decision"]);
    let (value, commitment) = (kept("other"), commitment("other"));
    confirmation.when(own(PartyAct::Postal { value, commitment })).expect("changed");
    assert_eq!(confirmation.when(command), Err(DeliveryError::FormChanged));

    // By hand only before somebody who looked at the document.
    let mut unseen = started(&rules);
    unseen.when(own(propose(AddressKind::Account))).expect("signed in, so it is the party's");
    unseen.when(own(PartyAct::Choose { scope: "decision".to_owned() })).expect("chosen");
    unseen.when(own(PartyAct::BeginReading)).expect("begun");
    unseen = unseen.at(noon(40));
    unseen.when(finish(Some(40))).expect("heard");
    let (value, commitment) = (kept("road"), self::commitment("road"));
    unseen.when(own(PartyAct::Postal { value, commitment })).expect("given");
    let command = sign(&unseen, &["decision"]);
    assert_eq!(unseen.when(command), Err(DeliveryError::IdentityUnchecked));
    let signature = Signature::Certificate { signature: kept("p7"), serial: "01".to_owned() };
    let form = unseen.state.form_digest().expect("a form");
    let scopes = scopes(&["decision"]);
    unseen.when(own(PartyAct::Sign { scopes, signature, form })).expect("a certificate says who");
}

#[test]
fn the_link_is_the_partys_once_and_for_two_hours() {
    let rules = rules();
    let by_link =
        |token: &str, act| ConfirmationCommand::Party { token: Some(token.to_owned()), act };
    let token = rules.token(&key(), 1);
    let mut confirmation = started(&rules).by(Actor::Public);
    assert!(confirmation.when(by_link(&token, PartyAct::Open)).is_ok());
    for (actor, token) in [(Actor::Public, "AAAA"), (stranger(), ""), (clerk(), token.as_str())] {
        confirmation = confirmation.by(actor);
        assert_eq!(
            confirmation.when(by_link(token, PartyAct::Open)),
            Err(DeliveryError::NotTheRecipient)
        );
    }
    confirmation = confirmation.by(stranger());
    assert_eq!(confirmation.when(own(PartyAct::Open)), Err(DeliveryError::NotTheRecipient));
    // An account is confirmed by link only once the officer knows who holds the phone.
    confirmation = confirmation.by(Actor::Public);
    let account = || by_link(&token, propose(AddressKind::Account));
    assert_eq!(confirmation.when(account()), Err(DeliveryError::IdentityUnchecked));
    confirmation = confirmation.by(clerk());
    let check = ConfirmationCommand::CheckIdentity { document: "护照".to_owned() };
    confirmation.when(check).expect("checked");
    confirmation = confirmation.by(Actor::Public);
    confirmation.when(account()).expect("the account is that person's");
    // Two hours later it is over, and a new start gives another link.
    let lapsed = confirmation.wind(noon(7200)).expect("timers");
    assert_eq!(lapsed, [ConfirmationEvent::Lapsed { at: noon(7200) }]);
    assert_eq!(confirmation.when(by_link(&token, PartyAct::Open)), Err(DeliveryError::LinkOver));
    confirmation = confirmation.by(clerk());
    confirmation.when(ConfirmationCommand::Start(Box::new(capture()))).expect("again");
    confirmation = confirmation.by(Actor::Public);
    assert_eq!(
        confirmation.when(by_link(&token, PartyAct::Open)),
        Err(DeliveryError::NotTheRecipient)
    );
    assert!(confirmation.when(by_link(&rules.token(&key(), 2), PartyAct::Open)).is_ok());
}

#[test]
fn a_refusal_is_recorded_and_a_change_holds_for_later_documents_only() {
    let rules = rules();
    let mut refused = started(&rules).by(clerk());
    let no = || ConfirmationCommand::RecordRefusal { reason: "不同意电子送达".to_owned() };
    refused.when(no()).expect("recorded");
    assert_eq!(refused.state.standing(), Standing::Refused);
    assert_eq!(refused.when(no()), Err(DeliveryError::LinkOver));
    let rely = || ConfirmationCommand::Rely {
        notice: delivery::NoticeKey("n1".to_owned()),
        scope: "decision".to_owned(),
    };
    let since = Some(noon(0));
    assert_eq!(refused.when(rely()), Err(DeliveryError::ConsentMissing { since }));

    let mut confirmation = filled(&rules);
    let command = sign(&confirmation, &["decision"]);
    confirmation.when(command).expect("signed");
    let relied = |events: &[ConfirmationEvent]| match events {
        [ConfirmationEvent::Relied { form_no, addresses, .. }] => (*form_no, addresses.len()),
        other => panic!("{other:?}"),
    };
    assert_eq!(relied(&confirmation.when(rely()).expect("in force")), (1, 1));
    confirmation.when(own(PartyAct::Change)).expect("begun");
    confirmation.when(own(propose(AddressKind::Account))).expect("proposed");
    assert_eq!(relied(&confirmation.when(rely()).expect("still the old one")), (1, 1));
    // A change that is never signed leaves everything as it was.
    confirmation.wind(noon(20_000)).expect("timers");
    assert_eq!(confirmation.state.standing(), Standing::InForce);
    confirmation.when(own(PartyAct::Withdraw)).expect("withdrawn");
    let since = Some(noon(20_000));
    assert_eq!(confirmation.when(rely()), Err(DeliveryError::ConsentMissing { since }));
}
