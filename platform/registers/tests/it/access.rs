//! The policies of registers, judged by Cedar as in production.

use crate::bed::{OFFICE, officer, party, unit};
use identity::CedarGate;
use kernel::{Actor, OrganKey};
use module::{Gate as _, Subject};
use std::sync::Arc;

fn place_of(organ: &OrganKey) -> Option<String> {
    organ.as_str().get(..6).map(str::to_owned)
}

fn record(view: &str) -> Subject {
    Subject {
        organ: Some(OrganKey::new(OFFICE)),
        place: "440305".to_owned(),
        parties: vec!["wang".to_owned()],
        facts: vec![("view", view.to_owned()), ("register", "real_estate".to_owned())],
        ..Subject::new("Record", unit().0)
    }
}

fn of(organ: &str, role: &str) -> Actor {
    let role = role.to_owned();
    Actor::Officer { organ: OrganKey::new(organ), login: "x".to_owned(), role }
}

#[test]
fn who_sees_a_record_as_whom() {
    let access = [("registers", include_str!("../../src/access.cedar"))];
    let gate = CedarGate::of_access(&access, Arc::new(place_of), Arc::default()).expect("sound");
    let see = "register.see_record";
    let table = [
        (officer(), see, "officer", true),
        (officer(), see, "holder", false),
        (of(OFFICE, "auditor"), see, "auditor", true),
        (of(OFFICE, "auditor"), see, "officer", false),
        (of(OFFICE, "operator"), see, "officer", false),
        (of("440305-market", "reviewer"), see, "officer", false),
        (of("440115-real_estate", "reviewer"), see, "officer", false),
        (party("wang"), see, "holder", true),
        (party("wang"), see, "officer", false),
        (party("wang"), "register.order_extract", "holder", true),
        (party("wang"), "register.watch", "holder", true),
        (party("li"), see, "holder", false),
        (party("li"), "register.watch", "holder", false),
        (party("li"), "register.record_look", "", true),
        (Actor::Public, see, "holder", false),
    ];
    for (actor, action, view, may) in table {
        let judged = gate.judge(&actor, action, &record(view));
        assert_eq!(judged.is_ok(), may, "{actor:?} {action} {view}: {judged:?}");
    }
    let extract = Subject {
        organ: Some(OrganKey::new(OFFICE)),
        place: "440305".to_owned(),
        parties: vec!["wang".to_owned()],
        ..Subject::new("Extract", "e1")
    };
    for (actor, may) in [(party("wang"), true), (party("li"), false), (officer(), true)] {
        let judged = gate.judge(&actor, "register.see_extract", &extract);
        assert_eq!(judged.is_ok(), may, "{actor:?}");
    }
}
