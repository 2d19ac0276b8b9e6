//! What `access.cedar` says, asked of the real gate.

use identity::{CedarGate, Mandates};
use kernel::{Actor, OrganKey, PartyKey};
use module::{Gate as _, Subject};
use std::sync::Arc;

fn officer(role: &str) -> Actor {
    Actor::Officer {
        organ: OrganKey::new("440100-data"),
        login: "x".to_owned(),
        role: role.to_owned(),
    }
}

#[test]
fn partners_send_and_operators_and_auditors_look_on() {
    let organs = |_: &OrganKey| Some("440100".to_owned());
    let access = [("exchange", include_str!("../../src/access.cedar"))];
    let gate = CedarGate::of_access(&access, Arc::new(organs), Arc::new(Mandates::default()))
        .expect("the policies hold together");
    let party =
        Actor::Party { party: PartyKey::new("p1"), login: "chen".to_owned(), mandate: None };
    let partner = Actor::Partner { partner: "bank".to_owned() };
    for (actor, may_send, may_see) in [
        (partner, true, false),
        (officer("operator"), false, true),
        (officer("auditor"), false, true),
        (officer("reviewer"), false, false),
        (officer("clerk"), false, false),
        (officer("coordinator"), false, false),
        (party, false, false),
        (Actor::Public, false, false),
    ] {
        let subject =
            Subject { facts: vec![("partner", String::new())], ..Subject::new("Message", "m") };
        let may = |action| gate.judge(&actor, action, &subject).is_ok();
        assert_eq!((may("exchange.send"), may("exchange.see")), (may_send, may_see), "{actor:?}");
    }
}
