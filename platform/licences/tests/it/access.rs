//! What `access.cedar` says, asked of the real gate.

use crate::bed::{holder, officer, stranger};
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
    let access = [("licences", include_str!("../../src/access.cedar"))];
    CedarGate::of_access(&access, Arc::new(organs), Arc::new(Mandates::default()))
        .expect("the policies hold together")
}

fn licence() -> Subject {
    Subject {
        organ: Some(OrganKey::new("440115-market")),
        place: "440115".to_owned(),
        parties: vec!["p1".to_owned()],
        facts: vec![("state", "valid".to_owned()), ("kind", "business_licence".to_owned())],
        ..Subject::new("Licence", "l1")
    }
}

#[test]
fn who_sees_a_licence_and_who_acts_on_it() {
    let gate = gate();
    for (actor, sees, acts) in [
        (holder(), true, false),
        (stranger(), false, false),
        (Actor::Public, false, false),
        (officer("440115-market", "clerk"), true, false),
        (officer("440115-market", "reviewer"), true, true),
        (officer("440115-market", "head"), true, true),
        (officer("440115-market", "coordinator"), false, false),
        (officer("440115-tax", "head"), false, false),
        (officer("440106-market", "head"), false, false),
        (officer("440115-tax", "supervisor"), true, false),
        (officer("440106-market", "supervisor"), false, false),
    ] {
        let judged = |action| gate.judge(&actor, action, &licence()).is_ok();
        assert_eq!((judged("licences.see"), judged("licences.act")), (sees, acts), "{actor:?}");
    }
}

#[test]
fn a_list_is_of_ones_own() {
    let gate = gate();
    let list = |party: &str| Subject {
        parties: vec![party.to_owned()],
        ..Subject::new("Licence", "list")
    };
    assert!(gate.judge(&holder(), "licences.list", &list("p1")).is_ok());
    assert!(gate.judge(&holder(), "licences.list", &list("p2")).is_err());
    assert!(gate.judge(&Actor::Public, "licences.list", &list("p1")).is_err());
}
