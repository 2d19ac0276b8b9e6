//! What an asker sees of a record (可见范围): decided by the register's table of views, and by nothing else.

use crate::record::as_of::Snapshot;
use crate::record::definition::{HolderSight, Register, RestrictionSight, Tone, View};
use crate::record::model::{
    Holder, OwnershipForm, Phase, Restriction, RestrictionNo, SectionId, Segment, Standing,
};
use crate::record::seal::HolderCard;
use codes::{Label, Moment};
use elements::{Share, Value};
use kernel::PartyKey;
use std::collections::BTreeMap;

/// What is shown of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Of which instant.
    pub valid: Moment,
    /// As known when.
    pub known: Moment,
    /// The sections.
    pub sections: Vec<ShownSection>,
    /// The restrictions; empty where only their presence is told.
    pub restrictions: Vec<ShownRestriction>,
    /// Whether there is a restriction of each kind that may be told of.
    pub presence: Vec<(String, Label, bool)>,
}

/// What is shown of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownSection {
    /// Which.
    pub id: SectionId,
    /// What it is called.
    pub label: Label,
    /// Since when it says this.
    pub since: Moment,
    /// Its facts: key, label, value.
    pub facts: Vec<(String, Label, Value)>,
    /// How it is held, where several hold.
    pub form: Option<OwnershipForm>,
    /// How many hold.
    pub count: usize,
    /// Who holds, as far as it is seen.
    pub holders: Vec<ShownHolder>,
}

/// What is shown of a holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownHolder {
    /// The name, or its first character and stars.
    pub name: String,
    /// Kind and number of the document.
    pub document: Option<(String, String)>,
    /// The share.
    pub share: Option<Share>,
}

/// What is shown of a restriction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownRestriction {
    /// Its number.
    pub no: RestrictionNo,
    /// Its kind.
    pub kind: String,
    /// What it is called.
    pub label: Label,
    /// Whether it binds or waits.
    pub phase: Phase,
    /// How it is shown.
    pub tone: Tone,
    /// Since when it stands so, and until when.
    pub span: (Moment, Option<Moment>),
    /// Everything else, where it is seen.
    pub detail: Option<Restriction>,
}

/// The first character of a name and a star for each other one: `王**`.
#[must_use]
pub fn first_character(name: &str) -> String {
    let mut chars = name.chars().filter(|c| !c.is_whitespace());
    let first: String = chars.next().into_iter().collect();
    first + &"*".repeat(chars.count())
}

/// An address up to its street: what follows the last word for a street or road is hidden.
#[must_use]
pub fn up_to_the_street(location: &str) -> String {
    const ENDS: [char; 8] = ['路', '街', '道', '巷', '里', '弄', '村', '镇'];
    let chars: Vec<char> = location.chars().collect();
    let street = chars.iter().position(|c| ENDS.contains(c));
    match street {
        // 大道 and 街道 end one further; a lone 道 ends where it stands.
        Some(at) => {
            let further = chars.get(at + 1).is_some_and(|next| *next == '道');
            let shown = at + 1 + usize::from(further);
            let kept: String = chars.iter().take(shown).collect();
            if shown < chars.len() { kept + "****" } else { kept }
        }
        None => {
            let kept: String = chars.iter().take(6).collect();
            kept + "****"
        }
    }
}

/// An amount in fen as people read it; anything else as it is.
pub(crate) fn as_money(value: Value) -> Value {
    match value {
        Value::Int(fen) => Value::Text(format!("{}元", documents::grouped_yuan(fen))),
        other => other,
    }
}

/// Cards of holders and of those who have restrictions, by party, as far as they could be opened.
pub type Cards = BTreeMap<PartyKey, HolderCard>;

/// What an asker of a class sees of a snapshot; `own` is the asker's party, where it is one.
#[must_use]
pub fn shown(
    register: &Register,
    view: &View,
    snapshot: &Snapshot,
    cards: &Cards,
    own: Option<&PartyKey>,
) -> Shown {
    let seen = |kind: &str| view.kinds.is_empty() || view.kinds.iter().any(|known| known == kind);
    let presence = register.restrictions().filter(|(kind, _)| seen(kind)).map(|(kind, known)| {
        let stands = snapshot.restrictions().any(|(_, held)| held.restriction.kind == kind);
        (kind.to_owned(), known.label(), stands)
    });
    let restrictions = match view.restrictions {
        RestrictionSight::Presence => Vec::new(),
        RestrictionSight::Kinds | RestrictionSight::Whole => snapshot
            .restrictions()
            .filter(|(_, held)| seen(&held.restriction.kind))
            .filter_map(|(segment, held)| restriction(register, view, segment, held))
            .collect(),
    };
    let sections =
        snapshot.segments.iter().filter_map(|segment| section(register, view, segment, cards, own));
    Shown {
        valid: snapshot.valid,
        known: snapshot.known,
        sections: sections.collect(),
        restrictions,
        presence: presence.collect(),
    }
}

fn restriction(
    register: &Register,
    view: &View,
    segment: &Segment,
    held: &Standing,
) -> Option<ShownRestriction> {
    let known = register.restriction(&held.restriction.kind)?;
    let whole = view.restrictions == RestrictionSight::Whole;
    Some(ShownRestriction {
        no: held.restriction.no,
        kind: held.restriction.kind.clone(),
        label: known.label_in(held.phase),
        phase: held.phase,
        tone: known.tone,
        span: (segment.from, segment.to.filter(|_| whole)),
        detail: whole.then(|| held.restriction.clone()),
    })
}

fn section(
    register: &Register,
    view: &View,
    segment: &Segment,
    cards: &Cards,
    own: Option<&PartyKey>,
) -> Option<ShownSection> {
    let crate::record::Line::Section(id) = &segment.line else { return None };
    let (said, defined) = (segment.statement()?, register.section(id)?);
    let open = view.sections.get(id.kind());
    // Of a section that is not open at all, who holds it is told where the view tells of holders.
    if open.is_none() && !defined.holders {
        return None;
    }
    let seen =
        |key: &str| open.is_some_and(|keys| keys.iter().any(|known| known == "*" || known == key));
    let facts = defined.fields.iter().filter(|(key, _)| seen(key)).filter_map(|(key, field)| {
        let value = said.facts.get(key)?.clone();
        let value = match value.as_text() {
            Some(text) if view.street.contains(key) => Value::Text(up_to_the_street(text)),
            None if field.money => as_money(value),
            _ => value,
        };
        Some((key.clone(), field.label(), value))
    });
    let holders = said.holders.iter().filter_map(|one| holder(view, one, cards, own));
    Some(ShownSection {
        id: id.clone(),
        label: defined.label(),
        since: segment.from,
        facts: facts.collect(),
        form: said.form,
        count: said.holders.len(),
        holders: holders.collect(),
    })
}

fn holder(view: &View, one: &Holder, cards: &Cards, own: Option<&PartyKey>) -> Option<ShownHolder> {
    let card = cards.get(&one.party);
    let name = card.map(|card| card.name.clone()).unwrap_or_default();
    let document = || card.map(|card| (card.id_type.clone(), card.id_number.clone()));
    let (name, document) = match view.holders {
        HolderSight::Count => return None,
        HolderSight::FirstCharacter => {
            let masked = first_character(&name);
            return Some(ShownHolder { name: masked, document: None, share: None });
        }
        HolderSight::Name => (name, None),
        HolderSight::Own => (name, document().filter(|_| own == Some(&one.party))),
        HolderSight::Whole => (name, document()),
    };
    Some(ShownHolder { name, document, share: one.share })
}
