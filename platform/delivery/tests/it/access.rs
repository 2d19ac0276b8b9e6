//! What `access.cedar` says, asked of the real gate.

use crate::bed::{clerk, founder, stranger};
use identity::{CedarGate, Mandates};
use kernel::{Actor, OrganKey};
use module::{Gate as _, Subject};
use std::sync::Arc;

fn gate() -> CedarGate {
    let organs = |organ: &OrganKey| match organ.as_str() {
        "440115-market" | "440115-tax" => Some("440115".to_owned()),
        "440106-market" => Some("440106".to_owned()),
        _ => None,
    };
    let access = [("delivery", include_str!("../../src/access.cedar"))];
    CedarGate::of_access(&access, Arc::new(organs), Arc::new(Mandates::default()))
        .expect("the policies hold together")
}

fn notice() -> Subject {
    Subject {
        organ: Some(OrganKey::new("440115-market")),
        place: "440115".to_owned(),
        parties: vec!["p1".to_owned()],
        facts: vec![("state", "waiting".to_owned())],
        ..Subject::new("Notice", "n1")
    }
}

fn officer(organ: &str, role: &str) -> Actor {
    Actor::Officer { organ: OrganKey::new(organ), login: "x".to_owned(), role: role.to_owned() }
}

#[test]
fn a_party_sees_its_own_notices_and_nobody_elses() {
    let gate = gate();
    for (actor, may) in [(founder(), true), (stranger(), false), (Actor::Public, false)] {
        for action in ["delivery.see", "delivery.confirm_read"] {
            assert_eq!(gate.judge(&actor, action, &notice()).is_ok(), may, "{actor:?} {action}");
        }
    }
    assert!(gate.judge(&founder(), "delivery.record_paper", &notice()).is_err());
}

#[test]
fn paper_is_served_by_the_organ_that_issued_it() {
    let gate = gate();
    for (actor, may) in [
        (clerk(), true),
        (officer("440115-market", "reviewer"), true),
        (officer("440115-market", "supervisor"), false),
        (officer("440115-tax", "clerk"), false),
        (officer("440106-market", "clerk"), false),
        (founder(), false),
    ] {
        assert_eq!(
            gate.judge(&actor, "delivery.record_paper", &notice()).is_ok(),
            may,
            "{actor:?}"
        );
    }
    assert!(gate.judge(&officer("440115-tax", "supervisor"), "delivery.see", &notice()).is_ok());
    assert!(
        gate.judge(&officer("440106-market", "supervisor"), "delivery.see", &notice()).is_err(),
        "other place"
    );
}

#[test]
fn consent_is_given_by_the_party_or_an_agent_for_everything() {
    let gate = gate();
    let address =
        Subject { parties: vec!["p1".to_owned()], ..Subject::new("ServiceAddress", "p1") };
    assert!(gate.judge(&founder(), "delivery.set_address", &address).is_ok());
    assert!(gate.judge(&stranger(), "delivery.set_address", &address).is_err());
    let Actor::Party { party, login, .. } = founder() else { panic!("a party") };
    let agent = Actor::Party { party, login, mandate: Some("m1".to_owned()) };
    assert!(
        gate.judge(&agent, "delivery.set_address", &address).is_err(),
        "the mandate is not known"
    );
}

#[test]
fn reports_are_recorded_in_the_name_of_gateways_alone() {
    let gate = gate();
    for (partner, may) in [("message-gateway", true), ("mail-returns", true), ("bank", false)] {
        let actor = Actor::Partner { partner: partner.to_owned() };
        assert_eq!(gate.judge(&actor, "delivery.report", &notice()).is_ok(), may, "{partner}");
    }
    for actor in [clerk(), founder(), Actor::Public] {
        assert!(gate.judge(&actor, "delivery.report", &notice()).is_err(), "{actor:?}");
    }
}

#[test]
fn a_confirmation_is_the_partys_and_the_organ_looks_on() {
    let gate = gate();
    let confirmation = Subject {
        organ: Some(OrganKey::new("440115-market")),
        place: "440115".to_owned(),
        parties: vec!["p1".to_owned()],
        ..Subject::new("Confirmation", "c1")
    };
    let open = Subject { organ: None, ..confirmation.clone() };
    for (actor, own, works) in [
        (founder(), true, false),
        (stranger(), false, false),
        (clerk(), false, true),
        (officer("440115-tax", "clerk"), false, false),
        (officer("440115-market", "supervisor"), false, false),
        (Actor::Public, false, false),
    ] {
        let judge = |action| gate.judge(&actor, action, &confirmation).is_ok();
        assert_eq!(judge("delivery.own_confirmation"), own, "{actor:?}");
        assert_eq!(judge("delivery.work_confirmation"), works, "{actor:?}");
        assert_eq!(judge("delivery.see_confirmation"), own || works, "{actor:?}");
    }
    // The link is checked beside the gate, so that a phone without a sign-in gets as far as that.
    for actor in [Actor::Public, founder()] {
        assert!(gate.judge(&actor, "delivery.fill_confirmation", &open).is_ok(), "{actor:?}");
    }
}

#[test]
fn anybody_objects_and_the_organ_works() {
    let gate = gate();
    let announcement = Subject {
        organ: Some(OrganKey::new("440115-market")),
        place: "440115".to_owned(),
        ..Subject::new("Announcement", "a1")
    };
    let open = Subject { organ: None, place: "000000".to_owned(), ..announcement.clone() };
    for (actor, works) in [
        (Actor::Public, false),
        (founder(), false),
        (clerk(), true),
        (officer("440115-tax", "clerk"), false),
    ] {
        assert!(gate.judge(&actor, "delivery.object", &open).is_ok(), "{actor:?}");
        assert_eq!(
            gate.judge(&actor, "delivery.work_announcement", &announcement).is_ok(),
            works,
            "{actor:?}"
        );
    }
}
