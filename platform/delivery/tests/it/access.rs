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
