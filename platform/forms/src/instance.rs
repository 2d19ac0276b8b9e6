//! The instances of a group of fields in answers: the enterprise itself, one holder of a role, one row.

use crate::answers::{Answers, Attributes, CardId, Pointer};
use crate::condition::Row;
use crate::form::{Asked, Group, Owner, ServiceForm, Waiver};
use crate::spot::Spot;
use elements::{Subject, Value};

/// One instance of a group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instance<'a> {
    /// The row, where the group repeats.
    pub(crate) row: Option<usize>,
    /// The attributes of enterprise, role or row.
    pub(crate) own: Option<&'a Attributes>,
    /// The card of the holder.
    pub(crate) card: Option<&'a Attributes>,
    /// The id of that card.
    pub(crate) card_id: Option<&'a CardId>,
}

impl<'a> Instance<'a> {
    /// The value of a field.
    pub(crate) fn value(&self, asked: &Asked) -> Option<&'a Value> {
        let from = if asked.on_card { self.card } else { self.own };
        from.and_then(|attributes| attributes.get(&asked.path.attribute))
    }

    pub(crate) fn row(&self) -> Row<'a> {
        Row { own: self.own, card: self.card }
    }

    /// Where a field of it stands; an attribute of a person who was not chosen stands at the selector.
    pub(crate) fn spot(&self, asked: &Asked) -> Spot {
        let attribute = asked.path.attribute.clone();
        let Some(subject) = &asked.path.subject else { return Spot::Plain(attribute) };
        let key = subject.key.clone();
        match (asked.owner, self.card_id, self.row) {
            (Owner::Row, _, row) => Spot::Row(key, row.unwrap_or(0), attribute),
            (_, Some(card), _) if asked.on_card => Spot::Card(card.clone(), attribute),
            (_, None, row) if asked.on_card => Spot::Role(key, row),
            (_, _, row) => Spot::RoleAttribute(key, row, attribute),
        }
    }
}

/// The instances of a group, in order: always one of the enterprise and of a role that only one may hold.
pub(crate) fn instances<'a>(
    group: &'a Group,
    answers: &'a Answers,
) -> impl Iterator<Item = Instance<'a>> + use<'a> {
    let of: Of<'a> = match (&group.subject, group.owner) {
        (None, _) => Of::Enterprise,
        (Some(subject), Owner::Row) => Of::Rows(answers.rows_of(subject.key.as_str())),
        (Some(subject), _) => Of::Holders(answers.holders(subject.key.as_str()), subject.many),
    };
    (0_usize..).map_while(move |at| of.instance(answers, at))
}

/// What the instances of a group are made of.
enum Of<'a> {
    Enterprise,
    Rows(&'a [Attributes]),
    Holders(&'a [Pointer], bool),
}

impl<'a> Of<'a> {
    fn instance(&self, answers: &'a Answers, at: usize) -> Option<Instance<'a>> {
        let none = Instance { row: None, own: None, card: None, card_id: None };
        match self {
            Self::Enterprise => (at == 0).then_some(Instance { own: Some(&answers.plain), ..none }),
            Self::Rows(rows) => {
                rows.get(at).map(|own| Instance { row: Some(at), own: Some(own), ..none })
            }
            Self::Holders([], false) => (at == 0).then_some(none),
            Self::Holders(all, many) => all.get(at).map(|pointer| Instance {
                row: many.then_some(at),
                own: Some(&pointer.attributes),
                card: answers.card_of(pointer),
                card_id: pointer.card.as_ref(),
            }),
        }
    }
}

impl ServiceForm {
    /// The waiver by which the service does without a subject, or without one row of it.
    pub(crate) fn waiver<'f>(
        &'f self,
        subject: &Subject,
        answers: &Answers,
        instance: Option<&Instance<'_>>,
    ) -> Option<&'f Waiver> {
        self.waivers.iter().filter(|waiver| waiver.what == *subject).find(|waiver| {
            let whole = waiver.when.as_ref().is_none_or(|when| when.holds(answers));
            match (&waiver.rows, instance) {
                (None, _) => whole,
                (Some(rows), Some(instance)) => whole && rows.holds_in(answers, &instance.row()),
                (Some(_), None) => false,
            }
        })
    }

    /// Whether the service requires a field of an instance that it does not waive.
    pub(crate) fn requires(
        &self,
        asked: &Asked,
        answers: &Answers,
        instance: &Instance<'_>,
    ) -> bool {
        if asked.path.subject.is_none() && !self.waivers.is_empty() {
            let what = Subject { key: asked.path.attribute.clone(), many: false };
            if self.waiver(&what, answers, None).is_some() {
                return false;
            }
        }
        asked.required
            || (!self.required_if.is_empty()
                && self
                    .required_if
                    .get(&asked.path)
                    .is_some_and(|when| when.holds_in(answers, &instance.row())))
    }
}
