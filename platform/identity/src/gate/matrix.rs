//! The matrix of rights: who may do which act, as one golden text.

use crate::gate::check::{AccessErrors, check};
use crate::gate::{CedarGate, Mandates};
use crate::model::{Role, Scope};
use kernel::{Actor, OrganKey, PartyKey};
use module::{Registry, Resource};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

/// The most combinations of facts that are tried for one act.
const TRIALS_MAX: usize = 512;

/// Every right that policies give, one line each: action, thing, who, and under which fact where one is needed.
///
/// It is found by asking the gate itself about model actors and model things; what is not listed is refused. The reviewable
/// face of a change of rights: a golden file compares it.
///
/// # Errors
/// The faults of the policies.
pub fn access_matrix(registry: &Registry) -> Result<String, AccessErrors> {
    matrix_of(&registry.access)
}

/// As [`access_matrix`], from pairs of module and text.
///
/// # Errors
/// The faults of the policies.
pub fn matrix_of(access: &[(&'static str, &'static str)]) -> Result<String, AccessErrors> {
    let checked = check(access)?;
    let mandates = Arc::new(Mandates::default());
    mandates.know("all", Some(&Scope::All));
    mandates.know("some", Some(&Scope::Services(vec!["served".to_owned()])));
    let gate = CedarGate::of_access(access, Arc::new(model_place), mandates)?;
    let mut text = String::from(
        "# If you are here because a test failed: this is who may do what, found by asking the gate about model actors.\n\
         # Take the new text over only if the change of rights is meant, and say in the commit who gains or loses which.\n",
    );
    for (name, action) in &checked.actions {
        let facts = facts_spoken_of(checked.policies_for(&action.uid));
        for kind in &action.kinds {
            let _ = writeln!(text, "\n{name} on {kind}");
            for (who, actor) in actors() {
                if let Some(under) = right(&gate, &actor, name, kind, &facts) {
                    let _ = writeln!(text, "  {who}{under}");
                }
            }
        }
    }
    Ok(text)
}

/// Three organs: the thing's own, another at the same place, one above both, one elsewhere.
fn model_place(organ: &OrganKey) -> Option<String> {
    let place = match organ.as_str() {
        "own" | "other" => "440115",
        "above" => "440000",
        "elsewhere" => "440300",
        _ => return None,
    };
    Some(place.to_owned())
}

fn actors() -> Vec<(String, Actor)> {
    let party = |party: &str, mandate: Option<&str>| Actor::Party {
        party: PartyKey::new(party),
        login: "login".to_owned(),
        mandate: mandate.map(str::to_owned),
    };
    let mut actors = vec![
        ("public".to_owned(), Actor::Public),
        ("party of the thing".to_owned(), party("own", None)),
        ("agent of the thing's party".to_owned(), party("own", Some("all"))),
        ("agent of the thing's party, for named services".to_owned(), party("own", Some("some"))),
        ("another party".to_owned(), party("other", None)),
    ];
    for role in Role::ALL {
        for (organ, words) in [
            ("own", "of the organ"),
            ("other", "of another organ there"),
            ("above", "of an organ above"),
            ("elsewhere", "of an organ elsewhere"),
        ] {
            let actor = Actor::Officer {
                organ: OrganKey::new(organ),
                login: "login".to_owned(),
                role: role.key().to_owned(),
            };
            actors.push((format!("{} {words}", role.key()), actor));
        }
    }
    actors.push(("partner".to_owned(), Actor::Partner { partner: "partner".to_owned() }));
    actors
}

/// A thing of the own organ, place and party, with the facts of one trial.
struct Model<'a> {
    kind: &'static str,
    facts: &'a [(&'static str, String)],
}

impl Resource for Model<'_> {
    fn entity(&self) -> (&'static str, String) {
        (self.kind, "model".to_owned())
    }
    fn organ(&self) -> Option<OrganKey> {
        Some(OrganKey::new("own"))
    }
    fn place(&self) -> String {
        "440115".to_owned()
    }
    fn parties(&self) -> Vec<String> {
        vec!["own".to_owned()]
    }
    fn facts(&self) -> Vec<(&'static str, String)> {
        self.facts.to_vec()
    }
}

type Facts = BTreeMap<&'static str, BTreeSet<String>>;

/// Whether the actor may, and under which facts: nothing where no fact is needed.
fn right(
    gate: &CedarGate,
    actor: &Actor,
    action: &str,
    kind: &str,
    facts: &Facts,
) -> Option<String> {
    let kind = leak(kind);
    let may = |facts: &[(&'static str, String)]| {
        gate.decide(actor, action, &Model { kind, facts }) == Some(true)
    };
    if may(&[]) {
        return Some(String::new());
    }
    // The fewest facts that open it: one, then two together; policies of more conjoined facts than two do not exist.
    let single: Vec<(&'static str, String)> = facts
        .iter()
        .flat_map(|(name, values)| values.iter().map(|value| (*name, value.clone())))
        .collect();
    let mut opens: Vec<String> =
        single.iter().filter(|fact| may(std::slice::from_ref(*fact))).map(said).collect();
    if opens.is_empty() {
        let pairs = single.iter().enumerate().flat_map(|(at, left)| {
            single
                .iter()
                .skip(at + 1)
                .filter(|right| right.0 != left.0)
                .map(move |right| (left, right))
        });
        opens = pairs
            .take(TRIALS_MAX)
            .filter(|(left, right)| may(&[(*left).clone(), (*right).clone()]))
            .map(|(left, right)| format!("{} and {}", said(left), said(right)))
            .collect();
    }
    (!opens.is_empty()).then(|| format!(", if {}", opens.join(" or ")))
}

fn said(fact: &(&'static str, String)) -> String {
    format!("{}={}", fact.0, fact.1)
}

/// Names of things and facts live as long as the program in `Resource`; the matrix is made once, in a test.
fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

/// The facts that policies ask for, each with every text that stands beside it, and two for the model's own sake.
fn facts_spoken_of(policies: impl Iterator<Item = cedar_policy::Policy>) -> Facts {
    let mut facts = Facts::new();
    for policy in policies {
        let Ok(json) = policy.to_json() else { continue };
        let mut found = (BTreeSet::new(), BTreeSet::new());
        walk(&json, &mut found);
        let (names, mut values) = found;
        values.extend(["login", "own", "served"].map(str::to_owned));
        for name in names {
            values.remove(&name);
            facts.entry(leak(&name)).or_default().extend(values.iter().cloned());
        }
    }
    facts
}

/// Names of tags, and texts that stand as values, anywhere in a policy.
fn walk(json: &serde_json::Value, found: &mut (BTreeSet<String>, BTreeSet<String>)) {
    match json {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                let tag = value.pointer("/right/Value").and_then(serde_json::Value::as_str);
                match (name.as_str(), tag) {
                    ("getTag" | "hasTag", Some(tag)) => {
                        found.0.insert(tag.to_owned());
                    }
                    ("Value", _) => {
                        if let Some(text) = value.as_str() {
                            found.1.insert(text.to_owned());
                        }
                    }
                    _ => walk(value, found),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
        _ => {}
    }
}
