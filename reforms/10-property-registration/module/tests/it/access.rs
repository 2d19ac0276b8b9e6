//! The access policies hold with those of identity, and say no to strangers.

use identity::gate::CedarGate;
use kernel::{Actor, OrganKey, PartyKey};
use module::{Subject, clear};
use std::sync::Arc;

fn gate() -> CedarGate {
    let organs =
        |organ: &OrganKey| organ.as_str().starts_with("440305").then(|| "440305".to_owned());
    let access = [("property", include_str!("../../src/access.cedar"))];
    CedarGate::of_access(&access, Arc::new(organs), Arc::default()).expect("the policies hold")
}

fn officer(organ: &str, role: &str) -> Actor {
    Actor::Officer { organ: OrganKey::new(organ), login: "z".to_owned(), role: role.to_owned() }
}

fn person(party: &str) -> Actor {
    Actor::Party { party: PartyKey::new(party), login: "w".to_owned(), mandate: None }
}

#[test]
fn the_office_decides_its_own_registrations_and_the_window_decides_none() {
    let gate = gate();
    let on = Subject {
        organ: Some(OrganKey::new("440305-registry")),
        parties: vec!["wang".to_owned()],
        ..Subject::new("Registration", "r1")
    };
    let may = |actor: &Actor, action| clear(&gate, actor, action, &on).is_ok();
    assert!(may(&officer("440305-registry", "reviewer"), "property.decide"));
    assert!(!may(&officer("440305-registry", "clerk"), "property.decide"));
    assert!(may(&officer("440305-registry", "clerk"), "property.apply"));
    assert!(!may(&officer("440305-market", "reviewer"), "property.decide"));
    assert!(may(&person("wang"), "property.act") && may(&person("wang"), "property.see"));
    assert!(!may(&person("li"), "property.see"));
    assert!(!may(&Actor::Public, "property.see"));
}

#[test]
fn anybody_scans_and_only_officers_read_what_was_reported() {
    let gate = gate();
    let on = Subject::new("PropertyScan", "scan");
    assert!(clear(&gate, &Actor::Public, "property.note_scan", &on).is_ok());
    assert!(clear(&gate, &Actor::Public, "property.reports", &on).is_err());
    let registry = officer("440305-registry", "reviewer");
    assert!(clear(&gate, &registry, "property.reports", &on).is_err(), "of no office");
    let on = Subject { organ: registry.organ().cloned(), ..on };
    assert!(clear(&gate, &registry, "property.reports", &on).is_ok());
    assert!(clear(&gate, &officer("440305-health", "head"), "property.reports", &on).is_err());
}
