//! What a bundle finds about one set of answers: found once, remembered while the case is being signed.
//!
//! Every invitation to sign and the submission itself ask the same question of the same answers. What is found depends
//! on nothing but the bundle, the services, the answers and the day, so the first answer serves for all of them.

use super::definition::{Definition, Face, Material};
use crate::error::Defect;
use crate::model::{Case, DocumentName, Hex, Plan, TaskName};
use codes::{Date, Label};
use forms::Answers;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Everything that a definition finds about answers. It holds digests and words for people, no answer of anybody.
#[derive(Debug)]
pub struct Examined {
    /// What the form finds.
    pub(super) form: Vec<Defect>,
    /// What decision tables refuse.
    pub(super) refused: Vec<Defect>,
    /// Documents that cannot be written although nothing else is missing.
    pub(super) unwritable: Vec<Defect>,
    /// The files that the party hands in.
    pub(super) materials: Vec<Material>,
    /// What each signed document says, and who signs it.
    pub faces: BTreeMap<DocumentName, Face>,
    /// The digest of each task's projection; a task whose projection is not whole yet is left out.
    pub inputs: BTreeMap<TaskName, Hex>,
    /// The latest day on which a contribution is to be paid.
    pub latest_contribution: Option<Date>,
}

impl Examined {
    /// Everything that is missing or wrong before a case with these answers can be handed in.
    #[must_use]
    pub fn defects(&self, case: &Case) -> Vec<Defect> {
        let mut defects = self.form.clone();
        for material in &self.materials {
            let confirmed = material.confirmable && case.confirmed.contains(&material.slot);
            if !confirmed && !case.materials.contains_key(&material.slot) {
                defects.push(Defect {
                    what: material.slot.clone(),
                    reason: "MATERIAL_REQUIRED".to_owned(),
                    label: Label::new("请上传该材料。", "Please upload this material."),
                });
            }
        }
        for refused in &self.refused {
            // What the form finds wrong already is not told twice.
            if defects.iter().all(|defect| defect.what != refused.what) {
                defects.push(refused.clone());
            }
        }
        if defects.is_empty() {
            defects.extend_from_slice(&self.unwritable);
        }
        defects
    }
}

/// What is remembered at most: half of it is given up at a time.
const REMEMBERED: usize = 2_048;

/// What was asked. The digest of the answers stands first: it tells nearly all of them apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Question {
    answers: Hex,
    on: Date,
    bundle: Hex,
    tasks: Vec<TaskName>,
    documents: Vec<DocumentName>,
}

/// Findings of late, the younger half and the older one; what is asked again becomes young again.
#[derive(Debug, Default)]
pub(super) struct Remembered(Mutex<Halves>);

#[derive(Debug, Default)]
struct Halves {
    young: BTreeMap<Question, Arc<Examined>>,
    old: BTreeMap<Question, Arc<Examined>>,
}

impl Halves {
    fn find(&mut self, question: &Question) -> Option<Arc<Examined>> {
        if let Some(found) = self.young.get(question) {
            return Some(Arc::clone(found));
        }
        let (question, found) = self.old.remove_entry(question)?;
        self.keep(question, Arc::clone(&found));
        Some(found)
    }

    fn keep(&mut self, question: Question, found: Arc<Examined>) {
        if self.young.len() >= REMEMBERED / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(question, found);
    }
}

impl Remembered {
    /// What a definition finds, from memory if it was asked of late.
    pub(super) fn examine(
        &self,
        definition: &Definition,
        plan: &Plan,
        answers: &Answers,
        digest: &Hex,
        on: Date,
    ) -> Arc<Examined> {
        let question = Question {
            answers: digest.clone(),
            on,
            bundle: definition.digest.clone(),
            tasks: plan.tasks.iter().map(|task| task.name.clone()).collect(),
            documents: plan.documents.keys().cloned().collect(),
        };
        if let Some(found) = self.halves(|halves| halves.find(&question)) {
            return found;
        }
        let found = Arc::new(definition.examine(plan, answers, on));
        self.halves(|halves| halves.keep(question, Arc::clone(&found)));
        found
    }

    fn halves<T>(&self, act: impl FnOnce(&mut Halves) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(n: usize) -> Question {
        Question {
            answers: n.to_string(),
            on: Date::constant(2026, 2, 12),
            bundle: String::new(),
            tasks: Vec::new(),
            documents: Vec::new(),
        }
    }

    fn found() -> Arc<Examined> {
        Arc::new(Examined {
            form: Vec::new(),
            refused: Vec::new(),
            unwritable: Vec::new(),
            materials: Vec::new(),
            faces: BTreeMap::new(),
            inputs: BTreeMap::new(),
            latest_contribution: None,
        })
    }

    #[test]
    fn memory_is_bounded_and_keeps_what_is_asked_again() {
        let mut halves = Halves::default();
        halves.keep(question(0), found());
        for n in 1..10 * REMEMBERED {
            halves.keep(question(n), found());
            assert!(halves.young.len() + halves.old.len() <= REMEMBERED);
            if n % 100 == 0 {
                assert!(halves.find(&question(0)).is_some(), "{n}");
            }
        }
        assert!(halves.find(&question(1)).is_none());
    }
}
