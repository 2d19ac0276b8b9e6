//! What `access.cedar` says, asked of the real gate.

use crate::steps::party;
use identity::{CedarGate, Mandates};
use kernel::{Actor, OrganKey};
use module::{Gate as _, Subject};
use std::sync::Arc;

fn gate() -> CedarGate {
    let organs = |organ: &OrganKey| match organ.as_str() {
        "440100-customs" | "440100-tax" => Some("440100".to_owned()),
        "440300-customs" => Some("440300".to_owned()),
        _ => None,
    };
    let access = [("penalty", include_str!("../../src/access.cedar"))];
    CedarGate::of_access(&access, Arc::new(organs), Arc::new(Mandates::default()))
        .expect("the policies hold together")
}

fn case() -> Subject {
    Subject {
        organ: Some(OrganKey::new("440100-customs")),
        place: "440100".to_owned(),
        parties: vec!["qinghe".to_owned()],
        facts: vec![("stage", "notified".to_owned())],
        ..Subject::new("PenaltyCase", "HG-5100-2024-0137")
    }
}

fn officer(organ: &str, role: &str) -> Actor {
    Actor::Officer { organ: OrganKey::new(organ), login: "wang".to_owned(), role: role.to_owned() }
}

#[test]
fn who_sees_speaks_handles_reviews_and_decides() {
    let gate = gate();
    let actions = [
        "penalty.see",
        "penalty.speak",
        "penalty.handle",
        "penalty.review",
        "penalty.decide",
        "penalty.operate",
    ];
    for (actor, may) in [
        (party("qinghe"), [true, true, false, false, false, false]),
        (party("other"), [false; 6]),
        (Actor::Public, [false; 6]),
        (officer("440100-customs", "inspector"), [true, false, true, false, false, true]),
        (officer("440100-customs", "clerk"), [true, false, true, false, false, true]),
        (officer("440100-customs", "reviewer"), [true, false, true, true, false, true]),
        (officer("440100-customs", "head"), [true, false, true, true, true, true]),
        (officer("440100-tax", "head"), [false; 6]),
        (officer("440300-customs", "head"), [false; 6]),
        (officer("440100-tax", "auditor"), [true, false, false, false, false, true]),
    ] {
        let judged = actions.map(|action| gate.judge(&actor, action, &case()).is_ok());
        assert_eq!(judged, may, "{actor:?}");
    }
}

#[test]
fn a_case_system_tells_of_its_own_cases_alone() {
    let gate = gate();
    let partner = |name: &str| Actor::Partner { partner: name.to_owned() };
    let of = |name: &str| Subject { facts: vec![("partner", name.to_owned())], ..case() };
    assert!(gate.judge(&partner("customs"), "penalty.message", &of("customs")).is_ok());
    assert!(gate.judge(&partner("bank"), "penalty.message", &of("customs")).is_err());
    assert!(gate.judge(&partner("customs"), "penalty.decide", &of("customs")).is_err());
}
