//! From activities in plain words to services, and from services to the one list (一份清单) of what is handed in.

use crate::CatalogueError;
use crate::catalogue::{Catalogue, PackageKey, Upload};
use crate::definition::{Activity, Reform, ServiceKey, SignedDocument};
use codes::{Date, Division, Label};
use kernel::Json;
use std::collections::BTreeMap;

/// What a choice of activities and services comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// The services that are applied for, those of the package first.
    pub services: Vec<ServiceKey>,
    /// Services that the activities open and that cannot be applied for here yet.
    pub not_yet: Vec<ServiceKey>,
    /// Permits that are handled elsewhere, told so that nobody is surprised.
    pub elsewhere: Vec<Label>,
    /// Prior approvals (前置审批) that the registration waits for.
    pub prior: Vec<Label>,
    /// Answers that the activities preset.
    pub preset: BTreeMap<String, Json>,
    /// What to know about the activities.
    pub notes: Vec<Label>,
}

/// Everything that is handed in for a selection (C2): with this the papers are complete.
#[derive(Clone, Debug, PartialEq)]
pub struct OneList {
    /// How many services the one form serves.
    pub services: usize,
    /// Documents that the platform writes from the answers, to be signed.
    pub signed: Vec<(String, SignedDocument)>,
    /// Files to upload.
    pub uploads: Vec<Upload>,
    /// How many files the services would ask for one by one.
    pub separate: usize,
}

impl Activity {
    /// How well a search fits: 0 best, none not at all. Every word has to be found somewhere.
    fn fit(&self, words: &[String]) -> Option<u8> {
        words.iter().map(|word| self.fit_word(word)).try_fold(0, |worst, fit| Some(fit?.max(worst)))
    }

    fn fit_word(&self, word: &str) -> Option<u8> {
        let zh = self.zh.to_lowercase();
        if zh == word || self.words.iter().any(|known| known.to_lowercase() == word) {
            Some(0)
        } else if zh.contains(word) || self.words.iter().any(|known| overlap(known, word)) {
            Some(1)
        } else if self.en.to_lowercase().contains(word)
            || self.industry.to_lowercase().starts_with(word)
        {
            Some(2)
        } else {
            // People say more than the list does: 我要开奶茶店 holds 奶茶店.
            let known = self.words.iter().map(String::as_str).chain([self.zh.as_str()]);
            known.into_iter().any(|known| word.contains(&known.to_lowercase())).then_some(3)
        }
    }
}

fn overlap(known: &str, word: &str) -> bool {
    known.to_lowercase().contains(word)
}

impl Reform {
    /// The activities that a search in plain words finds, best first; all of them for an empty search.
    #[must_use]
    pub fn search_activities(&self, query: &str) -> Vec<&Activity> {
        let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
        let mut found: Vec<(u8, &Activity)> = self
            .activities
            .iter()
            .filter_map(|activity| Some((activity.fit(&words)?, activity)))
            .collect();
        found.sort_by_key(|(fit, _)| *fit);
        found.into_iter().map(|(_, activity)| activity).collect()
    }

    /// An activity by its industry code.
    #[must_use]
    pub fn activity(&self, industry: &str) -> Option<&Activity> {
        self.activities.iter().find(|activity| activity.industry == industry)
    }
}

impl Catalogue {
    /// What a choice of activities (by industry code) and of further services comes to.
    ///
    /// # Errors
    /// `PACKAGE_UNKNOWN`, `ACTIVITY_UNKNOWN`, `SERVICE_UNKNOWN`, or `NOT_AN_ADD_ON` for a service that the package
    /// does not offer.
    pub fn select(
        &self,
        package: &PackageKey,
        activities: &[&str],
        add_ons: &[ServiceKey],
    ) -> Result<Selection, CatalogueError> {
        let (reform, offered) = self.package(package)?;
        let within = |name: &String| {
            ServiceKey::within(reform.number, name)
                .map_err(|_shape| CatalogueError::NoService(name.clone()))
        };
        let mut selection = Selection::default();
        for name in &offered.services {
            self.add(&mut selection, within(name)?);
        }
        let can_be_added: Vec<ServiceKey> =
            offered.add_ons.iter().map(within).collect::<Result<_, _>>()?;
        for industry in activities {
            let activity = reform
                .activity(industry)
                .ok_or_else(|| CatalogueError::NoActivity((*industry).to_owned()))?;
            for name in &activity.opens {
                self.add(&mut selection, within(name)?);
            }
            extend(&mut selection.elsewhere, &activity.elsewhere);
            extend(&mut selection.prior, &activity.prior);
            extend(&mut selection.notes, activity.note.as_slice());
            selection.preset.extend(activity.preset.clone());
        }
        for key in add_ons {
            if !can_be_added.contains(key) {
                return Err(CatalogueError::NotAnAddOn {
                    service: key.to_string(),
                    package: package.to_string(),
                });
            }
            self.add(&mut selection, key.clone());
        }
        Ok(selection)
    }

    fn add(&self, selection: &mut Selection, key: ServiceKey) {
        let list = if self.service(&key).is_ok() {
            &mut selection.services
        } else {
            &mut selection.not_yet
        };
        if !list.contains(&key) {
            list.push(key);
        }
    }

    /// The one list of what is handed in for services of a package (C2).
    ///
    /// # Errors
    /// `PACKAGE_UNKNOWN`.
    pub fn one_list(
        &self,
        package: &PackageKey,
        services: &[ServiceKey],
    ) -> Result<OneList, CatalogueError> {
        let (reform, _) = self.package(package)?;
        let founds = services.iter().any(|key| self.service(key).is_ok_and(|(_, s)| s.establishes));
        let signed = reform.signed_documents.iter().filter(|_| founds);
        let mut list = OneList {
            services: services.len(),
            signed: signed.map(|(id, document)| (id.clone(), document.clone())).collect(),
            uploads: Vec::new(),
            separate: 0,
        };
        for facts in services.iter().filter_map(|key| self.form_facts(key)) {
            list.separate += facts.slots;
            for upload in &facts.uploads {
                match list.uploads.iter_mut().find(|known| known.id == upload.id) {
                    // One service that needs the file whatever a register says is enough.
                    Some(known) => known.unless_confirmed &= upload.unless_confirmed,
                    None => list.uploads.push(upload.clone()),
                }
            }
        }
        Ok(list)
    }

    /// The services of a selection that cannot be applied for at a place, each with why.
    #[must_use]
    pub fn out_of_scope_of(
        &self,
        services: &[ServiceKey],
        place: Division,
        on: Date,
    ) -> Option<crate::OutOfScope> {
        services.iter().find_map(|key| self.applies(key.reform, place, on).err())
    }
}

fn extend(list: &mut Vec<Label>, more: &[Label]) {
    for label in more {
        if !list.contains(label) {
            list.push(label.clone());
        }
    }
}
