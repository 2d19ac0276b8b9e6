//! What `access.cedar` says, asked of the real gate.

use identity::{CedarGate, Mandates};
use kernel::{Actor, OrganKey, PartyKey};
use module::{Gate as _, Subject};
use std::sync::Arc;

fn gate() -> CedarGate {
    let organs = |organ: &OrganKey| organ.as_str().split('-').next().map(str::to_owned);
    let access = [("credit", include_str!("../../src/access.cedar"))];
    CedarGate::of_access(&access, Arc::new(organs), Arc::new(Mandates::default()))
        .expect("the policies hold together")
}

fn party(of: &str) -> Actor {
    Actor::Party { party: PartyKey::new(of), login: "fang".to_owned(), mandate: None }
}

fn officer(organ: &str, role: &str) -> Actor {
    Actor::Officer { organ: OrganKey::new(organ), login: "lin".to_owned(), role: role.to_owned() }
}

/// One entry, as the organ that made it and the entity that it concerns stand to it.
fn entry() -> Subject {
    Subject {
        organ: Some(OrganKey::new("440100-market")),
        place: "440100".to_owned(),
        parties: vec!["huitong".to_owned()],
        facts: vec![("stage", "applied".to_owned())],
        ..Subject::new("Credit", "L1")
    }
}

#[test]
fn who_sees_applies_works_decides_and_oversees() {
    let gate = gate();
    let actions = ["credit.see", "credit.apply", "credit.queue", "credit.decide", "credit.oversee"];
    for (actor, may) in [
        (party("huitong"), [true, true, false, false, false]),
        (party("other"), [false; 5]),
        (Actor::Public, [false; 5]),
        (Actor::Partner { partner: "credit-china".to_owned() }, [false; 5]),
        (officer("440100-market", "clerk"), [true, false, true, false, false]),
        (officer("440100-market", "reviewer"), [true, false, true, true, false]),
        (officer("440100-market", "head"), [true, false, true, true, false]),
        (officer("440100-market", "operator"), [false; 5]),
        (officer("440106-market", "head"), [false; 5]),
        (officer("440100-tax", "head"), [false; 5]),
        (officer("440000-market", "supervisor"), [true, false, false, false, true]),
        (officer("440000-audit", "auditor"), [true, false, false, false, true]),
    ] {
        let judged = actions.map(|action| gate.judge(&actor, action, &entry()).is_ok());
        assert_eq!(judged, may, "{actor:?}");
    }
}

#[test]
fn the_page_of_an_entity_is_its_own_and_a_queue_that_of_an_organ() {
    let gate = gate();
    let own = Subject {
        parties: vec!["huitong".to_owned()],
        ..Subject::new("Credit", "91440106MA59C0309X")
    };
    for (actor, may_see) in [
        (party("huitong"), true),
        (party("other"), false),
        (officer("440100-market", "reviewer"), false),
        (officer("440000-market", "supervisor"), true),
    ] {
        assert_eq!(gate.judge(&actor, "credit.see", &own).is_ok(), may_see, "{actor:?}");
    }
    let queue = |organ: &str| Subject {
        organ: Some(OrganKey::new(organ)),
        ..Subject::new("Credit", "queue")
    };
    let clerk = officer("440100-market", "clerk");
    assert!(gate.judge(&clerk, "credit.queue", &queue("440100-market")).is_ok());
    assert!(gate.judge(&clerk, "credit.queue", &queue("440300-market")).is_err());
    let board = Subject::new("Credit", "oversight");
    assert!(gate.judge(&clerk, "credit.oversee", &board).is_err());
    assert!(gate.judge(&officer("440000-market", "supervisor"), "credit.oversee", &board).is_ok());
}
