//! From bundles to what cases work with: the definition of a reform, and the plan of a choice.

use crate::kept;
use crate::load::{Bundle, Bundles, form_of};
use cases::law::Definition;
use cases::model::Plan;
use cases::planning::{Choice, Lookup, PlanError, plan};
use catalogue::Catalogue;
use catalogue::definition::{Reform, Service, ServiceKey};
use codes::{Date, Division, Label};
use documents::Template;
use elements::Dictionary;
use forms::{Crosswalks, ServiceForm};
use kernel::OrganKey;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Bundles {
    /// The definition of a reform as its cases need it: its own services and those of other reforms that its packages
    /// offer; none where the reform offers no service.
    #[must_use]
    pub fn definition(&self, number: u8, maps: &Arc<Crosswalks>) -> Option<Definition> {
        define(&self.all, &self.dictionary, number, maps)
    }

    /// The plan of a choice of a reform's package on a day, with the organs of the place.
    ///
    /// # Errors
    /// [`PlanError`]: no such package or service, or no organ answers for a role at the place.
    pub fn plan(&self, number: u8, choice: &Choice, on: Date) -> Result<Plan, PlanError> {
        let missing = || PlanError::PackageUnknown(format!("{number}/{}", choice.package));
        let bundle = self.bundle(number).ok_or_else(missing)?;
        let reform = bundle.reform.as_ref().ok_or_else(missing)?;
        let lookup = At { catalogue: &self.catalogue, place: choice.place.parse().ok(), on };
        plan(reform, &bundle.digest.hex(), choice, &lookup)
    }
}

/// The definition of a reform from bundles that were read together.
pub(crate) fn define(
    all: &[Arc<Bundle>],
    dictionary: &Arc<Dictionary>,
    number: u8,
    maps: &Arc<Crosswalks>,
) -> Option<Definition> {
    let bundle = all.iter().find(|bundle| bundle.number == number)?;
    let reform = bundle.reform.as_ref().filter(|reform| !reform.services.is_empty())?;
    let own = reform.services.keys().map(|id| ServiceKey::new(number, id));
    let offered = reform
        .packages
        .values()
        .flat_map(|package| package.services.iter().chain(&package.add_ons))
        .filter_map(|name| ServiceKey::within(number, name).ok());
    let forms: BTreeMap<ServiceKey, Arc<ServiceForm>> = own
        .chain(offered)
        .filter_map(|key| Some((key.clone(), Arc::new(form_of(all, number, &key)?))))
        .collect();
    let serving = kept::offered(reform);
    let others = all.iter().filter(|other| serving.contains(&other.number));
    let mut templates: BTreeMap<String, Arc<Template>> = BTreeMap::new();
    // Papers of services of other reforms first: where an id stands twice, the folder's own counts.
    for template in others.chain([bundle]).flat_map(|bundle| bundle.templates.iter()) {
        templates.insert(template.id().to_owned(), Arc::new(template.clone()));
    }
    let signed = reform
        .signed_documents
        .iter()
        .filter_map(|(name, row)| Some((name.clone(), Arc::clone(templates.get(&row.template)?))))
        .collect();
    Some(Definition {
        digest: bundle.digest.hex(),
        dictionary: Arc::clone(dictionary),
        maps: Arc::clone(maps),
        forms,
        signed,
        templates,
        rules: bundle.rules.clone(),
    })
}

/// The catalogue at a place on a day.
struct At<'a> {
    catalogue: &'a Catalogue,
    place: Option<Division>,
    on: Date,
}

impl Lookup for At<'_> {
    fn service(&self, key: &ServiceKey) -> Option<(&Reform, &Service)> {
        self.catalogue.service(key).ok()
    }

    fn organ(&self, role: &str) -> Option<(OrganKey, Label)> {
        let organ = self.catalogue.organ_for(role, self.place?, self.on).ok()?;
        Some((organ.key, organ.label))
    }
}
