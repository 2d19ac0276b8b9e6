//! From a package to the plan of a case: resolved once, when the case opens.

use crate::model::{Case, LAWFUL_STOPS, Plan, TaskPlan, TaskState};
use calendar::Term;
use catalogue::definition::{Duty, LegalNature, Reform, Service, ServiceKey};
use codes::Label;
use kernel::OrganKey;
use std::collections::BTreeMap;

/// What a party chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The package of the reform.
    pub package: String,
    /// Services added to it, such as `food` or `01/pub`.
    pub add_ons: Vec<String>,
    /// The division in which the case lies.
    pub place: String,
    /// Prior approvals that the registration waits for.
    pub prior: Vec<Label>,
}

/// A choice that gives no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The reform has no such package.
    #[error("no package `{0}`")]
    PackageUnknown(String),
    /// There is no such service, or it cannot be added to this package.
    #[error("no service `{0}` in this package")]
    ServiceUnknown(String),
    /// No organ answers for the role in this division.
    #[error("no organ for `{role}` in `{place}`")]
    OrganMissing {
        /// The role.
        role: String,
        /// The division.
        place: String,
    },
}

/// Where a plan looks things up.
pub trait Lookup {
    /// A service by key.
    fn service(&self, key: &ServiceKey) -> Option<(&Reform, &Service)>;
    /// The organ that acts in a role for the place of the case.
    fn organ(&self, role: &str) -> Option<(OrganKey, Label)>;
}

/// The plan of a choice.
///
/// Needs that name services outside the choice fall away: a permit for an enterprise that exists needs no registration.
///
/// # Errors
/// [`PlanError`].
pub fn plan(
    reform: &Reform,
    bundle: &str,
    choice: &Choice,
    lookup: &dyn Lookup,
) -> Result<Plan, PlanError> {
    let package = reform
        .packages
        .get(&choice.package)
        .ok_or_else(|| PlanError::PackageUnknown(choice.package.clone()))?;
    let mut keys = Vec::new();
    for name in package.services.iter().chain(&choice.add_ons) {
        let missing = || PlanError::ServiceUnknown(name.clone());
        let own = package.services.contains(name) || package.add_ons.contains(name);
        let key = ServiceKey::within(reform.number, name).map_err(|_shape| missing())?;
        if !own {
            return Err(missing());
        }
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let names: Vec<String> = keys.iter().map(|key| key.task_name(reform.number)).collect();
    let mut tasks = Vec::new();
    for key in &keys {
        tasks.push(task(reform, key, &names, choice, lookup)?);
    }
    Ok(Plan {
        reform: reform.number,
        package: choice.package.clone(),
        label: Label::new(&package.zh, &package.en),
        bundle: bundle.to_owned(),
        place: choice.place.clone(),
        delivery: package.delivery,
        joint: reform.joint.clone().filter(|_| tasks.len() > 1),
        documents: documents(reform, &tasks),
        duties: duties(reform, &names),
        prior: choice.prior.clone(),
        tasks,
    })
}

fn task(
    home: &Reform,
    key: &ServiceKey,
    names: &[String],
    choice: &Choice,
    lookup: &dyn Lookup,
) -> Result<TaskPlan, PlanError> {
    let (reform, service) =
        lookup.service(key).ok_or_else(|| PlanError::ServiceUnknown(key.to_string()))?;
    let (organ, organ_label) = lookup.organ(&service.organ).ok_or_else(|| {
        PlanError::OrganMissing { role: service.organ.clone(), place: choice.place.clone() }
    })?;
    let of_case = |needs: &[String]| -> Vec<String> {
        needs
            .iter()
            .filter(|need| *need != "submit")
            .filter_map(|need| ServiceKey::within(reform.number, need).ok())
            .map(|need| need.task_name(home.number))
            .filter(|need| names.contains(need))
            .collect()
    };
    Ok(TaskPlan {
        name: key.task_name(home.number),
        service: key.clone(),
        label: Label::new(&service.zh, &service.en),
        organ,
        organ_label,
        role: service.organ.clone(),
        legal_nature: service.legal_nature,
        start: of_case(&service.needs.start),
        issue: of_case(&service.needs.issue),
        promise: service.clock.promise.clone(),
        statutory: service.clock.statutory.clone(),
        extension: service.clock.extension.clone(),
        accept: service.clock.accept.clone().unwrap_or_else(|| silence(service.legal_nature)),
        answer: service.clock.answer.clone(),
        stops: service
            .stops
            .clone()
            .unwrap_or_else(|| LAWFUL_STOPS.iter().map(ToString::to_string).collect()),
        source: service.clock.source.clone(),
        outcome: service.outcome.clone(),
        refusal: service.refusal.clone(),
        remedy: reform.remedies.get(&service.remedy).cloned(),
        automatic: service.automatic,
        establishes: service.establishes,
    })
}

/// The slots under which prior approvals (前置审批) are handed in, with what each is: the registration waits for all of them.
pub fn prior_slots(plan: &Plan) -> impl Iterator<Item = (String, &Label)> {
    plan.prior.iter().zip(1_u32..).map(|(label, n)| (format!("prior_approval_{n}"), label))
}

/// The prior approvals that are neither handed in nor confirmed by a register.
#[must_use]
pub fn prior_missing<'p>(plan: &'p Plan, case: &Case) -> Vec<&'p Label> {
    prior_slots(plan)
        .filter(|(slot, _)| !case.materials.contains_key(slot) && !case.confirmed.contains(slot))
        .map(|(_, label)| label)
        .collect()
}

/// Whether a prior approval may be handed in under this slot: until the registration has begun with it.
#[must_use]
pub fn awaits_prior(plan: &Plan, case: &Case, slot: &str) -> bool {
    let waits = |row: &TaskPlan| {
        let task = case.tasks.get(&row.name);
        row.establishes && task.is_some_and(|task| task.state == TaskState::Waiting)
    };
    !case.state.over()
        && plan.tasks.iter().any(waits)
        && prior_slots(plan).any(|(known, _)| known == slot)
}

/// Within which acceptance is decided, by legal nature.
fn silence(nature: LegalNature) -> Term {
    match nature {
        // LAW: 登记条例 19: complete papers are registered on the spot, so silence accepts on the day of receipt.
        LegalNature::Registration => Term::Workdays { n: 0 },
        // LAW: 行政许可法 32(4), and by analogy for what is no licence.
        LegalNature::Licence
        | LegalNature::Filing
        | LegalNature::Recognition
        | LegalNature::PublicService
        | LegalNature::Enforcement
        | LegalNature::SelfRegulation => Term::Workdays { n: 5 },
    }
}

fn documents(reform: &Reform, tasks: &[TaskPlan]) -> BTreeMap<String, Label> {
    if !tasks.iter().any(|task| task.establishes) {
        return BTreeMap::new();
    }
    reform
        .signed_documents
        .iter()
        .map(|(name, document)| (name.clone(), Label::new(&document.zh, &document.en)))
        .collect()
}

fn duties(reform: &Reform, names: &[String]) -> BTreeMap<String, Duty> {
    reform
        .duties
        .iter()
        .filter(|(_, duty)| duty.done_by.as_ref().is_none_or(|task| names.contains(task)))
        .map(|(name, duty)| (name.clone(), duty.clone()))
        .collect()
}
