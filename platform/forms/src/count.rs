//! How many answers a merged form saves, counted on real answers.

use crate::answers::Answers;
use crate::derive::read_from_id;
use crate::form::{Owner, ServiceForm, ServiceId};
use crate::instance::instances;
use crate::spot::Spot;
use std::collections::BTreeSet;

/// The required answers of separate forms against those of the merged one (填报项数).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerCount {
    /// Required answers of each separate form, what a service waives left out.
    pub separate: Vec<(ServiceId, usize)>,
    /// Typed answers of plain elements.
    pub plain: usize,
    /// Typed answers on person cards.
    pub person: usize,
    /// Chosen persons.
    pub selectors: usize,
    /// Typed attributes of roles and rows.
    pub role_attributes: usize,
}

impl AnswerCount {
    /// The required answers of all separate forms.
    #[must_use]
    pub fn separately(&self) -> usize {
        self.separate.iter().map(|(_, count)| count).sum()
    }

    /// The answers of the merged form; what is derived or read from a 居民身份证 is not typed and not counted.
    #[must_use]
    pub fn merged(&self) -> usize {
        self.plain + self.person + self.selectors + self.role_attributes
    }
}

/// Counts the required answers of forms, separate and merged.
#[must_use]
pub fn count_answers(answers: &Answers, forms: &[&ServiceForm]) -> AnswerCount {
    let mut count = AnswerCount::default();
    let mut typed: BTreeSet<Spot> = BTreeSet::new();
    let mut chosen: BTreeSet<Spot> = BTreeSet::new();
    for form in forms {
        let mut separate = 0;
        for group in &form.groups {
            if let Some(subject) = &group.subject
                && form.waiver(subject, answers, None).is_some()
            {
                continue;
            }
            for instance in instances(group, answers) {
                if group
                    .subject
                    .as_ref()
                    .is_some_and(|subject| form.waiver(subject, answers, Some(&instance)).is_some())
                {
                    continue;
                }
                let told: BTreeSet<&str> = instance
                    .card
                    .map(read_from_id)
                    .unwrap_or_default()
                    .into_iter()
                    .map(|(key, _)| key)
                    .collect();
                for asked in group.fields.iter().filter(|asked| asked.required) {
                    separate += 1;
                    if let (Owner::Role, Some(subject)) = (group.owner, &group.subject) {
                        chosen.insert(Spot::Role(subject.key.clone(), instance.row));
                    }
                    let follows = asked.on_card && told.contains(asked.path.attribute.as_str());
                    if !asked.element.is_never_typed() && !follows {
                        typed.insert(instance.spot(asked));
                    }
                }
            }
        }
        count.separate.push((form.service.clone(), separate));
    }
    for spot in typed {
        match spot {
            Spot::Plain(_) => count.plain += 1,
            Spot::Card(..) | Spot::Role(..) => count.person += 1,
            Spot::RoleAttribute(..) | Spot::Row(..) | Spot::Group(_) => count.role_attributes += 1,
        }
    }
    count.selectors = chosen.len();
    count
}
