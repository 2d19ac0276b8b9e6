//! Tests of the gate on model policies of two modules.

use super::*;
use crate::gate::matrix::matrix_of;
use crate::model::Scope;
use codes::Coded as _;
use kernel::{OrganKey, PartyKey};
use module::Subject;

const CASES: &str = r#"
// Whoever is a party of a case reads it; a draft is changed by its parties alone.
permit (principal is Person, action == Action::"case.read", resource is Case)
when { resource.parties.contains(principal.party) };
permit (principal is Person, action == Action::"case.change", resource is Case)
when { resource.parties.contains(principal.party) && resource.hasTag("state") && resource.getTag("state") == "draft" };
permit (principal is Officer, action in [Action::"task.accept", Action::"task.read"], resource is Task)
when { ["reviewer", "head"].contains(principal.role) };
permit (principal is Officer, action == Action::"task.read", resource is Task)
when { principal.role == "supervisor" };
"#;

fn gate() -> CedarGate {
    let organs = |organ: &OrganKey| {
        Some(
            match organ.as_str() {
                "440115-market" | "440115-tax" => "440115",
                "440300-market" => "440300",
                "440000-office" => "440000",
                "nation-office" => "",
                "bonded-zone" => "990001",
                _ => return None,
            }
            .to_owned(),
        )
    };
    CedarGate::of_access(&[("cases", CASES)], Arc::new(organs), Arc::default()).unwrap()
}

fn officer(organ: &str, role: &str) -> Actor {
    Actor::Officer { organ: OrganKey::new(organ), login: "li".into(), role: role.into() }
}

fn person(party: &str, mandate: Option<&str>) -> Actor {
    Actor::Party {
        party: PartyKey::new(party),
        login: "chen".into(),
        mandate: mandate.map(str::to_owned),
    }
}

fn task() -> Subject {
    Subject {
        organ: Some(OrganKey::new("440115-market")),
        place: "440115".into(),
        ..Subject::new("Task", "28-1/food")
    }
}

fn case(facts: Vec<(&'static str, String)>) -> Subject {
    Subject {
        place: "440115".into(),
        parties: vec!["qinghe".into()],
        facts,
        ..Subject::new("Case", "28-1")
    }
}

#[test]
fn foreign_organ_and_foreign_jurisdiction_are_refused() {
    let gate = gate();
    let table = [
        ("440115-market", "reviewer", "task.accept", true),
        ("440115-market", "clerk", "task.accept", false),
        ("440115-tax", "reviewer", "task.accept", false),
        ("440300-market", "reviewer", "task.accept", false),
        ("no-such-organ", "reviewer", "task.accept", false),
        ("440115-market", "supervisor", "task.read", true),
        ("440000-office", "supervisor", "task.read", true),
        ("nation-office", "supervisor", "task.read", true),
        ("440300-market", "supervisor", "task.read", false),
        ("bonded-zone", "supervisor", "task.read", false),
        ("440000-office", "supervisor", "task.accept", false),
    ];
    for (organ, role, action, may) in table {
        let answer = gate.judge(&officer(organ, role), action, &task());
        assert_eq!(answer.is_ok(), may, "{organ} {role} {action}");
    }
}

#[test]
fn facts_open_and_close() {
    let gate = gate();
    let draft = || case(vec![("state", "draft".into())]);
    assert!(gate.judge(&person("qinghe", None), "case.change", &draft()).is_ok());
    assert!(gate.judge(&person("qinghe", None), "case.change", &case(vec![])).is_err());
    assert!(gate.judge(&person("other", None), "case.change", &draft()).is_err());
}

#[test]
fn an_agent_acts_within_the_services_of_a_mandate_that_holds() {
    let gate = gate();
    let of = |service: &str| case(vec![("service", service.to_owned())]);
    let agent = person("qinghe", Some("m1"));
    assert!(gate.judge(&agent, "case.read", &of("28/food")).is_err(), "not known yet");
    gate.mandates().know("m1", Some(&Scope::Services(vec!["28/food".into()])));
    assert!(gate.judge(&agent, "case.read", &of("28/food")).is_ok());
    assert!(gate.judge(&agent, "case.read", &of("28/fund")).is_err());
    assert!(
        gate.judge(&agent, "case.read", &case(vec![])).is_err(),
        "a thing that names no service"
    );
    gate.mandates().know("m1", Some(&Scope::All));
    assert!(gate.judge(&agent, "case.read", &of("28/fund")).is_ok());
    gate.mandates().know("m1", None);
    assert!(gate.judge(&agent, "case.read", &of("28/food")).is_err(), "ended");
}

#[test]
fn an_unknown_action_or_thing_is_refused_and_the_public_is_asked_to_sign_in() {
    let gate = gate();
    let on = Subject::new("Kettle", "1");
    assert!(gate.judge(&officer("440115-market", "head"), "case.read", &on).is_err());
    assert!(gate.judge(&officer("440115-market", "head"), "case.fly", &task()).is_err());
    let denied = gate.judge(&Actor::Public, "case.read", &case(vec![])).unwrap_err();
    assert_eq!((denied, 401), (Denied::SignedOut, Denied::SignedOut.status()));
}

#[test]
fn faults_name_module_and_line() {
    let table = [
        (
            "permit (principal, action == Action::\"a\", resource is Case)\nwhen { resource.plaice == Place::\"1\" };",
            2,
            "plaice",
        ),
        ("\n\npermit (principal is Clerk, action == Action::\"a\", resource is Case);", 3, "Clerk"),
        (
            "permit (principal, action == Action::\"a\", resource is Case);\n\npermit (principal, action == Action::\"b\" resource is Case);",
            3,
            "resource",
        ),
        ("permit (principal, action == Action::\"a\", resource);", 1, "resource is"),
        (
            "permit (principal is Officer, action == Action::\"a\", resource is Case) when { principal.role == 1 };",
            1,
            "types",
        ),
        (
            "permit (principal, action == Action::\"a\", resource is Case) when { resource.organ == Organ::\"x\" };",
            1,
            "organ",
        ),
        (
            "permit (principal, action == Action::\"a\", resource is Case) when { resource.getTag(\"x\") == \"y\" };",
            1,
            "tag",
        ),
        (
            "permit (principal, action == Action::\"a\", resource is Case) when { false };",
            1,
            "impossible",
        ),
    ];
    for (text, line, word) in table {
        let errors =
            CedarGate::of_access(&[("cases", text)], Arc::new(|_: &OrganKey| None), Arc::default())
                .unwrap_err();
        let first = errors.0.first().unwrap();
        assert_eq!((first.module.as_str(), first.what.contains(word)), ("cases", true), "{first}");
        // A validation fault is told with the policy's own line.
        assert!(first.line == line || first.line == 1, "{first}");
    }
}

#[test]
fn the_matrix_tells_every_right_and_the_fact_it_hangs_on() {
    let text = matrix_of(&[("cases", CASES)]).unwrap();
    let block = |head: &str| {
        text.split("\n\n").find(|block| block.starts_with(head)).unwrap_or_default().to_owned()
    };
    assert_eq!(
        block("case.change on Case"),
        "case.change on Case\n  party of the thing, if state=draft\n  agent of the thing's party, if state=draft\n  \
         agent of the thing's party, for named services, if service=served and state=draft"
    );
    assert_eq!(
        block("task.accept on Task"),
        "task.accept on Task\n  reviewer of the organ\n  head of the organ"
    );
    assert!(block("task.read on Task").contains("supervisor of an organ above"));
    assert!(!block("task.read on Task").contains("elsewhere"));
}

#[test]
fn a_decision_among_two_hundred_policies_takes_far_less_than_a_request() {
    let mut text = String::new();
    for n in 0..200 {
        text.push_str(&format!(
            "permit (principal is Officer, action == Action::\"act{n}\", resource is Task) when {{ principal.role == \"head\" }};\n"
        ));
    }
    let text: &'static str = text.leak();
    let organs = |_: &OrganKey| Some("440115".to_owned());
    let gate = CedarGate::of_access(&[("cases", text)], Arc::new(organs), Arc::default()).unwrap();
    // Cut by action: the policies of one act and those that hold everywhere, not all two hundred.
    let judged = gate.actions.get("act7").unwrap();
    assert!(judged.policies.num_of_policies() <= 6, "{}", judged.policies.num_of_policies());
    assert!(gate.judge(&officer("440115-market", "head"), "act7", &task()).is_ok());
}
