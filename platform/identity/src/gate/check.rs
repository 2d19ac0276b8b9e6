//! Reads the policies of all modules, makes the schema that they speak of, and validates them strictly.

use crate::gate::OWN;
use cedar_policy::{
    ActionConstraint, EntityTypeName, EntityUid, Policy, PolicyId, PolicySet, PrincipalConstraint,
    ResourceConstraint, Schema, ValidationMode, Validator,
};
use miette::Diagnostic;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

/// One fault of a policy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessError {
    /// Whose `access.cedar`.
    pub module: String,
    /// The line, from 1; 0 where the fault belongs to no line.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/access.cedar:{}: {}", self.module, self.line, self.what)
    }
}

/// All faults of all policy files; the platform does not start with one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct AccessErrors(pub Vec<AccessError>);

impl AccessErrors {
    pub(crate) fn one(module: &str, line: usize, what: impl Into<String>) -> Self {
        Self(vec![AccessError { module: module.to_owned(), line, what: what.into() }])
    }
}

/// The types that every policy may speak of beside the things of modules.
///
/// `organ`, `place` and `parties` of a thing come from [`module::Resource`]; its further facts are tags.
const PRINCIPALS: &str = r"
entity Place in [Place];
entity Organ = { place: Place };
entity Party;
entity Person = { party: Party, login: String, agent: Bool, allServices: Bool, services: Set<String> };
entity Officer = { organ: Organ, place: Place, role: String, login: String };
entity Partner = { key: String };
entity System;
entity Public;
";

/// What was found in the files and holds together.
#[derive(Debug)]
pub(crate) struct Checked {
    /// Actions by name.
    pub(crate) actions: BTreeMap<String, Action>,
    /// Types of things by name.
    pub(crate) kinds: BTreeMap<String, EntityTypeName>,
    policies: Vec<Policy>,
}

/// An action and what it is done to.
#[derive(Debug)]
pub(crate) struct Action {
    pub(crate) uid: EntityUid,
    pub(crate) kinds: BTreeSet<String>,
}

impl Checked {
    /// The policies that can speak to an action.
    pub(crate) fn policies_for(&self, action: &EntityUid) -> impl Iterator<Item = Policy> {
        self.policies.iter().filter(move |policy| speaks_of(policy, action)).cloned()
    }
}

fn speaks_of(policy: &Policy, action: &EntityUid) -> bool {
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(uid) => uid == *action,
        ActionConstraint::In(uids) => uids.contains(action),
    }
}

struct File<'a> {
    module: &'a str,
    text: &'a str,
    policies: Vec<Policy>,
}

/// Reads and validates everything; identity's own policies are part of it even where nobody registered them.
pub(crate) fn check(access: &[(&'static str, &'static str)]) -> Result<Checked, AccessErrors> {
    let mut faults = Vec::new();
    let own =
        (!access.iter().any(|(module, _)| *module == "identity")).then_some(("identity", OWN));
    let mut files = Vec::new();
    for (at, (module, text)) in own.iter().chain(access).enumerate() {
        match parse(at, module, text) {
            Ok(policies) => files.push(File { module, text, policies }),
            Err(found) => faults.extend(found.0),
        }
    }
    faults.extend(files.iter().flat_map(strangers));
    let (actions, kinds) = vocabulary(&files, &mut faults);
    if !faults.is_empty() {
        return Err(AccessErrors(faults));
    }
    let schema = schema(&actions, kinds.keys())?;
    let policies: Vec<Policy> = files.iter().flat_map(|file| file.policies.clone()).collect();
    validate(schema, &files, &policies)?;
    Ok(Checked { actions, kinds, policies })
}

/// The policies of one file, each under an id that names its file and its place in it.
fn parse(at: usize, module: &str, text: &str) -> Result<Vec<Policy>, AccessErrors> {
    let set: PolicySet = text.parse().map_err(|errors: cedar_policy::ParseErrors| {
        AccessErrors(
            errors
                .iter()
                .map(|error| AccessError {
                    module: module.to_owned(),
                    line: line_of(error, text),
                    what: with_help(error),
                })
                .collect(),
        )
    })?;
    let mut policies: Vec<Policy> = set
        .policies()
        .map(|policy| policy.new_id(PolicyId::new(format!("{at:03}/{module}/{}", policy.id()))))
        .collect();
    policies.sort_by(|left, right| left.id().cmp(right.id()));
    if set.num_of_templates() > 0 {
        return Err(AccessErrors::one(module, 0, "templates are not used here"));
    }
    Ok(policies)
}

/// The message of a diagnostic with its help.
fn with_help(error: &dyn Diagnostic) -> String {
    match error.help() {
        Some(help) => format!("{error} ({help})"),
        None => error.to_string(),
    }
}

/// The line, from 1, to which a diagnostic points first.
fn line_of(error: &dyn Diagnostic, text: &str) -> usize {
    let offset = error.labels().and_then(|mut labels| labels.next()).map(|label| label.offset());
    offset.map_or(0, |offset| line_at(text, offset))
}

fn line_at(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

/// The line on which a policy begins in its file.
fn policy_line(file: &File<'_>, policy: &Policy) -> usize {
    policy
        .to_cedar()
        .and_then(|source| file.text.find(source.trim()))
        .map_or(0, |offset| line_at(file.text, offset))
}

/// Who acts, as policies call them.
const ACTORS: [&str; 5] = ["Person", "Officer", "Partner", "System", "Public"];

/// Policies about principals that do not exist: `Party` above all, which is for whom a `Person` acts.
fn strangers<'a>(file: &'a File<'a>) -> impl Iterator<Item = AccessError> + 'a {
    file.policies.iter().filter_map(|policy| {
        let kind = match policy.principal_constraint() {
            PrincipalConstraint::Any => return None,
            PrincipalConstraint::Is(kind) | PrincipalConstraint::IsIn(kind, _) => kind.to_string(),
            PrincipalConstraint::Eq(uid) | PrincipalConstraint::In(uid) => {
                uid.type_name().to_string()
            }
        };
        let what = format!("nobody acts as `{kind}`; actors are {}", ACTORS.join(", "));
        let line = policy_line(file, policy);
        (!ACTORS.contains(&kind.as_str())).then(|| AccessError {
            module: file.module.to_owned(),
            line,
            what,
        })
    })
}

type Vocabulary = (BTreeMap<String, Action>, BTreeMap<String, EntityTypeName>);

/// Actions and types of things, as the scopes of policies name them.
///
/// A policy that names actions without `resource is …` speaks of all things of its file.
fn vocabulary(files: &[File<'_>], faults: &mut Vec<AccessError>) -> Vocabulary {
    let mut actions: BTreeMap<String, Action> = BTreeMap::new();
    let mut kinds = BTreeMap::new();
    for file in files {
        let mut own: BTreeSet<String> = BTreeSet::new();
        for policy in &file.policies {
            if let Some(kind) = kind_of(policy) {
                own.insert(kind.to_string());
                kinds.insert(kind.to_string(), kind);
            }
        }
        for policy in &file.policies {
            let things =
                kind_of(policy).map_or_else(|| own.clone(), |kind| [kind.to_string()].into());
            let named = named_actions(policy);
            if !named.is_empty() && things.is_empty() {
                faults.push(AccessError {
                    module: file.module.to_owned(),
                    line: policy_line(file, policy),
                    what: "say what the action is done to: `resource is …`".to_owned(),
                });
            }
            for uid in named {
                let name = uid.id().unescaped().to_owned();
                let action =
                    actions.entry(name).or_insert_with(|| Action { uid, kinds: BTreeSet::new() });
                action.kinds.extend(things.clone());
            }
        }
    }
    (actions, kinds)
}

fn named_actions(policy: &Policy) -> Vec<EntityUid> {
    match policy.action_constraint() {
        ActionConstraint::Any => Vec::new(),
        ActionConstraint::Eq(uid) => vec![uid],
        ActionConstraint::In(uids) => uids,
    }
}

fn kind_of(policy: &Policy) -> Option<EntityTypeName> {
    match policy.resource_constraint() {
        ResourceConstraint::Any => None,
        ResourceConstraint::Is(kind) | ResourceConstraint::IsIn(kind, _) => Some(kind),
        ResourceConstraint::Eq(uid) | ResourceConstraint::In(uid) => Some(uid.type_name().clone()),
    }
}

/// The schema of everything that the files speak of.
fn schema<'a>(
    actions: &BTreeMap<String, Action>,
    kinds: impl Iterator<Item = &'a String>,
) -> Result<Schema, AccessErrors> {
    let mut text = PRINCIPALS.to_owned();
    for kind in kinds {
        let _ = writeln!(
            text,
            "entity {kind} = {{ organ?: Organ, place: Place, parties: Set<Party> }} tags String;"
        );
    }
    for (name, action) in actions {
        let things = action.kinds.iter().cloned().collect::<Vec<_>>().join(", ");
        let _ = writeln!(
            text,
            "action {name:?} appliesTo {{ principal: [{}], resource: [{things}] }};",
            ACTORS.join(", ")
        );
    }
    text.parse().map_err(|error: cedar_policy::CedarSchemaError| {
        AccessErrors::one("identity", 0, format!("the schema does not hold: {error}"))
    })
}

fn validate(schema: Schema, files: &[File<'_>], policies: &[Policy]) -> Result<(), AccessErrors> {
    let set = PolicySet::from_policies(policies.iter().cloned())
        .map_err(|error| AccessErrors::one("identity", 0, error.to_string()))?;
    let result = Validator::new(schema).validate(&set, ValidationMode::Strict);
    let place = |id: &PolicyId, what: String| {
        let found = files.iter().find_map(|file| {
            file.policies.iter().find(|policy| policy.id() == id).map(|policy| (file, policy))
        });
        let (module, line) = found
            .map_or(("identity", 0), |(file, policy)| (file.module, policy_line(file, policy)));
        AccessError { module: module.to_owned(), line, what }
    };
    let mut faults: Vec<AccessError> = result
        .validation_errors()
        .map(|error| place(error.policy_id(), with_help(error)))
        .collect();
    // A policy that can never apply is a slip of the pen that opens or closes nothing: it is a fault too.
    faults.extend(
        result.validation_warnings().map(|warning| place(warning.policy_id(), warning.to_string())),
    );
    if faults.is_empty() { Ok(()) } else { Err(AccessErrors(faults)) }
}
