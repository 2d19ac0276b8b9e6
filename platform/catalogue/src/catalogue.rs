//! The catalogue: what exists, where it applies, who answers for it.

use crate::definition::{Package, Reform, Service, ServiceKey};
use crate::directory::{Directory, Organ};
use crate::{CatalogueError, OutOfScope, Programme, Row, Scope};
use codes::{Date, Division, Label};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Guangdong, whose own table narrows what applies there.
const GUANGDONG: &str = "440000";

/// What forms say of a service, gathered by whoever read them: the catalogue refers to forms by id alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormFacts {
    /// The service, where no `reform.yaml` names it yet: its title.
    pub title: Option<Label>,
    /// How many fields its form has on its own.
    pub fields: usize,
    /// How many files it would ask for on its own.
    pub slots: usize,
    /// What the party uploads for it.
    pub uploads: Vec<Upload>,
}

/// A file that a party hands in (上传材料).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Upload {
    /// Its id, the same for all services that can use it.
    pub id: String,
    /// What it is called.
    pub label: Label,
    /// Whether it falls away where a register confirms the fact.
    pub unless_confirmed: bool,
}

/// What merging the forms of a package gains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MergeFacts {
    /// The fields of the separate forms together.
    pub separate: usize,
    /// The fields of the merged form.
    pub merged: usize,
}

/// Facts that the catalogue is told and does not read itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// By service.
    pub forms: BTreeMap<ServiceKey, FormFacts>,
    /// By package, such as `28/setup`, without its add-ons.
    pub merges: BTreeMap<PackageKey, MergeFacts>,
}

/// A package by reform and id (套餐): `28/setup`.
pub type PackageKey = ServiceKey;

/// What exists, where it applies, and who answers for it (目录). It never changes: a change is a new catalogue.
#[derive(Clone, Debug)]
pub struct Catalogue {
    programme: Programme,
    reforms: BTreeMap<u8, Reform>,
    facts: Facts,
}

impl Catalogue {
    /// A catalogue of the programme and the reforms that run.
    ///
    /// # Errors
    /// `REFORM_NUMBER_TAKEN` if two reforms have the same number.
    pub fn new(
        programme: Programme,
        reforms: impl IntoIterator<Item = Reform>,
        facts: Facts,
    ) -> Result<Arc<Self>, CatalogueError> {
        let mut by_number = BTreeMap::new();
        for reform in reforms {
            let number = reform.number;
            if by_number.insert(number, reform).is_some() {
                return Err(CatalogueError::NumberTaken(number));
            }
        }
        Ok(Arc::new(Self { programme, reforms: by_number, facts }))
    }

    /// The programme's tables.
    #[must_use]
    pub fn programme(&self) -> &Programme {
        &self.programme
    }

    /// The directory of organs.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        self.programme.directory()
    }

    /// A row of the national table.
    #[must_use]
    pub fn row(&self, n: u8) -> Option<&Row> {
        self.programme.row(n)
    }

    /// The reforms that have a folder, in order of number; 0 is the programme itself.
    pub fn reforms(&self) -> impl Iterator<Item = &Reform> {
        self.reforms.values()
    }

    /// A reform by number.
    #[must_use]
    pub fn reform(&self, n: u8) -> Option<&Reform> {
        self.reforms.get(&n)
    }

    /// Whether a reform runs here: it has a folder that offers services or has pages of its own. A test holds that every sample of such a folder
    /// passes, so that the home page says the same as `lianban reforms`.
    #[must_use]
    pub fn runs(&self, n: u8) -> bool {
        let offers = |reform: &Reform| !reform.services.is_empty() || !reform.entries.is_empty();
        self.reforms.get(&n).is_some_and(offers)
    }

    /// The title of a row or of a reform that stands in no row.
    #[must_use]
    pub fn title(&self, n: u8) -> Option<Label> {
        let own = || self.reform(n).map(|reform| Label::new(&reform.zh, &reform.en));
        self.row(n).map(Row::label).or_else(own)
    }

    /// A service with its reform.
    ///
    /// # Errors
    /// `SERVICE_UNKNOWN`.
    pub fn service(&self, key: &ServiceKey) -> Result<(&Reform, &Service), CatalogueError> {
        self.reforms
            .get(&key.reform)
            .and_then(|reform| reform.services.get(&key.id).map(|service| (reform, service)))
            .ok_or_else(|| CatalogueError::NoService(key.to_string()))
    }

    /// Every service with its key.
    pub fn services(&self) -> impl Iterator<Item = (ServiceKey, &Service)> {
        self.reforms.values().flat_map(|reform| {
            let key = |id: &String| ServiceKey::new(reform.number, id);
            reform.services.iter().map(move |(id, service)| (key(id), service))
        })
    }

    /// A package with its reform.
    ///
    /// # Errors
    /// `PACKAGE_UNKNOWN`.
    pub fn package(&self, key: &PackageKey) -> Result<(&Reform, &Package), CatalogueError> {
        self.reforms
            .get(&key.reform)
            .and_then(|reform| reform.packages.get(&key.id).map(|package| (reform, package)))
            .ok_or_else(|| CatalogueError::NoPackage(key.to_string()))
    }

    /// Every package with its key.
    pub fn packages(&self) -> impl Iterator<Item = (PackageKey, &Package)> {
        self.reforms.values().flat_map(|reform| {
            let key = |id: &String| PackageKey::new(reform.number, id);
            reform.packages.iter().map(move |(id, package)| (key(id), package))
        })
    }

    /// What a service is called, also where only its form exists yet.
    #[must_use]
    pub fn service_label(&self, key: &ServiceKey) -> Label {
        match self.service(key) {
            Ok((_, service)) => Label::new(&service.zh, &service.en),
            Err(_) => self
                .form_facts(key)
                .and_then(|facts| facts.title.clone())
                .or_else(|| self.title(key.reform))
                .unwrap_or_else(|| Label::new(key.to_string(), key.to_string())),
        }
    }

    /// What the form of a service says.
    #[must_use]
    pub fn form_facts(&self, key: &ServiceKey) -> Option<&FormFacts> {
        self.facts.forms.get(key)
    }

    /// What merging the forms of a package gains.
    #[must_use]
    pub fn merge_facts(&self, key: &PackageKey) -> Option<MergeFacts> {
        self.facts.merges.get(key).copied()
    }

    /// The organ that has a role at a place on a day.
    ///
    /// # Errors
    /// `ORGAN_UNKNOWN`.
    pub fn organ_for(
        &self,
        role: &str,
        place: Division,
        on: Date,
    ) -> Result<Organ, CatalogueError> {
        self.directory().organ_for(role, place, on)
    }

    /// The name of a place in both languages.
    #[must_use]
    pub fn place_label(&self, place: Division) -> Label {
        self.directory().places().label(place)
    }

    /// The scopes that a reform has at a place: the national one, and within Guangdong the province's own.
    fn scopes_at(&self, n: u8, place: Division) -> Vec<(&str, &Scope)> {
        let names: Vec<&str> = match self.row(n) {
            Some(row) => {
                let own =
                    row.gd.as_ref().filter(|_| in_guangdong(place)).map(|gd| gd.scope.as_str());
                [row.scope.as_str()].into_iter().chain(own).collect()
            }
            None => self.reform(n).and_then(|reform| reform.scope.as_deref()).into_iter().collect(),
        };
        names.into_iter().filter_map(|name| Some((name, self.programme.scope(name)?))).collect()
    }

    /// Whether a reform applies at a place on a day; the whole place has to lie in its scope.
    ///
    /// # Errors
    /// [`OutOfScope`], which says why and where it does apply.
    pub fn applies(&self, n: u8, place: Division, on: Date) -> Result<(), OutOfScope> {
        match self.scopes_at(n, place).into_iter().find(|(_, scope)| !scope.covers(place, on)) {
            Some((name, scope)) => Err(self.out_of_scope(n, name, scope, place, on)),
            None => Ok(()),
        }
    }

    /// Whether a reform applies at least in a part of a place, as the dashboard counts it.
    #[must_use]
    pub fn touches(&self, n: u8, place: Division, on: Date) -> bool {
        self.scopes_at(n, place).into_iter().all(|(_, scope)| scope.touches(place, on))
    }

    fn out_of_scope(
        &self,
        n: u8,
        name: &str,
        scope: &Scope,
        place: Division,
        on: Date,
    ) -> OutOfScope {
        let here = self.place_label(place);
        let coming = scope
            .members
            .iter()
            .filter(|member| place.is_within(member.place))
            .filter_map(|member| member.from)
            .filter(|from| *from > on)
            .min();
        let why = match coming {
            Some(from) => Label::new(
                format!("{}自{from}起才属于“{}”。", here.zh, scope.zh),
                format!("{} belongs to “{}” only from {from}.", here.en, scope.en),
            ),
            None => Label::new(
                format!("{}不在推广范围“{}”之内。", here.zh, scope.zh),
                format!("{} is not within the scope “{}”.", here.en, scope.en),
            ),
        };
        OutOfScope {
            reform: n,
            scope: name.to_owned(),
            place: place.to_string(),
            why,
            applies_in: self.scope_members(scope, on),
        }
    }

    /// The members of a scope on a day, in words.
    #[must_use]
    pub fn scope_members(&self, scope: &Scope, on: Date) -> Label {
        let places = self.directory().places();
        let members: Vec<Label> = scope.members_on(on).map(|member| member.label(places)).collect();
        if members.is_empty() {
            return Label::new("名录尚未公布", "no place is listed yet");
        }
        let joined = |pick: fn(&Label) -> &str, between: &str| {
            members.iter().map(pick).collect::<Vec<_>>().join(between)
        };
        Label::new(joined(|label| &label.zh, "、"), joined(|label| &label.en, "; "))
    }
}

/// Whether a place below the province lies in Guangdong, whose own table counts there.
fn in_guangdong(place: Division) -> bool {
    GUANGDONG.parse().is_ok_and(|province| place != province && place.is_within(province))
}
