//! The book as this reform reads it (登簿、查簿): record keys, what a unit says now, what is entered for an application.

use crate::error::PropertyError;
use crate::model::REGISTER;
use codes::{Moment, UnitNo};
use elements::Value;
use kernel::{OrganKey, PartyKey};
use property::Kind;
use registers::record::{
    Act, Amend, Close, Correct, Enter, Holder, Line, OwnershipForm, Release, Restrict,
    RestrictionNo, SectionId, Side, Snapshot, Statement,
};
use registers::{RecordCommand, RecordKey};
use std::collections::{BTreeMap, BTreeSet};
use tables::{ReadError, Reader};

/// The record of a unit.
#[must_use]
pub fn record_of(unit: UnitNo) -> RecordKey {
    RecordKey::new(REGISTER, unit.as_str())
}

/// The unit of a record; none where it is of another register.
#[must_use]
pub fn unit_of(record: &RecordKey) -> Option<UnitNo> {
    (record.register() == REGISTER).then(|| record.own().parse().ok()).flatten()
}

/// What the book says of a unit now.
///
/// # Errors
/// The store cannot be read.
pub async fn now(
    reader: &dyn Reader,
    unit: UnitNo,
    at: Moment,
) -> Result<Option<Snapshot>, ReadError> {
    registers::record::queries::snapshot(reader, &record_of(unit), at, at).await
}

/// A fact of a section as text, as it is printed.
#[must_use]
pub fn fact(snapshot: &Snapshot, section: &str, key: &str) -> Option<String> {
    let (_, said) = snapshot.sections().find(|(id, _)| id.kind() == section)?;
    match said.facts.get(key)? {
        Value::Text(text) => Some(text.clone()),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The section of the right that a certificate is about: the ownership of a house, else the right to the land.
#[must_use]
pub fn right(snapshot: &Snapshot) -> Option<(&SectionId, &Statement)> {
    let of = |kind: &str| snapshot.sections().find(|(id, _)| id.kind() == kind);
    of("ownership").or_else(|| of("land"))
}

/// Who is to hold, with what is typed of the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// On what it rests: a contract, a judgment.
    pub document_no: String,
    /// Who is to hold, where the right changes hands or begins.
    pub takers: Vec<Holder>,
    /// Facts of the right that are otherwise, by key.
    pub right_facts: BTreeMap<String, Value>,
    /// Facts of the unit that are otherwise, by key.
    pub unit_facts: BTreeMap<String, Value>,
    /// On whose side a restriction stands.
    pub side: Side,
    /// The amount of a restriction, in fen.
    pub amount_fen: Option<i64>,
    /// Whether a mortgage bears an agreement against transfer (民法典 406).
    pub no_transfer: bool,
    /// Restrictions whose holders consented.
    pub consents: BTreeSet<RestrictionNo>,
    /// Whether the office itself made the error that is corrected.
    pub own_error: bool,
    /// The restriction that ends, where one is cancelled.
    pub ends: Option<RestrictionNo>,
}

/// What is entered in the book for a wish, on a unit as it stands; none where only a certificate is issued again.
///
/// # Errors
/// `R10-0020` where the unit is not in the book, `R10-0016` where something is missing.
pub fn entry(
    kind: Kind,
    unit: UnitNo,
    (place, office): (&str, &OrganKey),
    snapshot: Option<&Snapshot>,
    wish: &Wish,
) -> Result<Option<RecordCommand>, PropertyError> {
    let known = || snapshot.ok_or(PropertyError::UnitUnknown);
    Ok(Some(match kind {
        Kind::First => RecordCommand::Enter(Box::new(Enter {
            record: record_of(unit),
            act: wish.act("first"),
            statements: BTreeMap::from([
                (
                    SectionId::new("unit"),
                    Statement { facts: wish.unit_facts.clone(), ..Statement::default() },
                ),
                (SectionId::new("ownership"), held(wish.right_facts.clone(), wish.takers.clone())?),
            ]),
            from: None,
            place: place.to_owned(),
            organ: Some(office.clone()),
            predecessors: Vec::new(),
        })),
        Kind::Transfer => {
            let (id, said) = right(known()?).ok_or(PropertyError::Field { key: "right" })?;
            let mut facts = said.facts.clone();
            facts.extend(wish.right_facts.clone());
            let statements = BTreeMap::from([(id.clone(), held(facts, wish.takers.clone())?)]);
            let act = wish.act("transfer");
            RecordCommand::Amend(Box::new(Amend { act, statements, from: None }))
        }
        Kind::Correct => RecordCommand::Correct(Box::new(correction(known()?, wish)?)),
        Kind::Change => RecordCommand::Amend(Box::new(change(known()?, wish)?)),
        Kind::Cancel => cancellation(known()?, wish)?,
        Kind::Mortgage | Kind::Objection | Kind::PreNotice | Kind::Seizure => {
            known()?;
            let flags = wish.no_transfer.then(|| "no_transfer".to_owned());
            RecordCommand::Restrict(Box::new(Restrict {
                kind: kind.word().to_owned(),
                side: wish.side.clone(),
                document_no: wish.document_no.clone(),
                amount_fen: wish.amount_fen,
                flags: flags.into_iter().collect(),
                consents: wish.consents.clone(),
                ..Restrict::default()
            }))
        }
        Kind::Reissue => {
            known()?;
            return Ok(None);
        }
    }))
}

impl Wish {
    fn act(&self, kind: &str) -> Act {
        Act {
            kind: kind.to_owned(),
            document_no: self.document_no.clone(),
            consents: self.consents.clone(),
            origin: None,
        }
    }
}

/// Facts that are otherwise from now on; what was so before stays so.
fn change(snapshot: &Snapshot, wish: &Wish) -> Result<Amend, PropertyError> {
    let missing = PropertyError::Field { key: "change" };
    let mut statements = BTreeMap::new();
    if !wish.unit_facts.is_empty() {
        let found = snapshot.sections().find(|(id, _)| id.kind() == "unit");
        let (id, said) = found.ok_or(missing.clone())?;
        let mut said = said.clone();
        said.facts.extend(wish.unit_facts.clone());
        statements.insert(id.clone(), said);
    }
    if !wish.right_facts.is_empty() || !wish.takers.is_empty() {
        let (id, said) = right(snapshot).ok_or(missing.clone())?;
        let mut said = said.clone();
        said.facts.extend(wish.right_facts.clone());
        if !wish.takers.is_empty() {
            said = held(said.facts, wish.takers.clone())?;
        }
        statements.insert(id.clone(), said);
    }
    match statements.is_empty() {
        true => Err(missing),
        false => Ok(Amend { act: wish.act("change"), statements, from: None }),
    }
}

/// A restriction that is struck off, or the right itself.
fn cancellation(snapshot: &Snapshot, wish: &Wish) -> Result<RecordCommand, PropertyError> {
    if let Some(restriction) = wish.ends {
        let document_no = wish.document_no.clone();
        return Ok(RecordCommand::Release(Box::new(Release {
            restriction,
            document_no,
            origin: None,
        })));
    }
    let (id, _) = right(snapshot).ok_or(PropertyError::Field { key: "right" })?;
    let (act, section) = (wish.act("cancel"), id.clone());
    Ok(RecordCommand::Close(Box::new(Close { act, section, at: None })))
}

/// What was wrong is said rightly for the whole time in which it was entered; both readings stay visible.
fn correction(snapshot: &Snapshot, wish: &Wish) -> Result<Correct, PropertyError> {
    let missing = PropertyError::Field { key: "change" };
    let of_unit = !wish.unit_facts.is_empty();
    let found = match of_unit {
        true => snapshot.sections().find(|(id, _)| id.kind() == "unit"),
        false => right(snapshot),
    };
    let (id, said) = found.ok_or(missing.clone())?;
    let line = Line::Section(id.clone());
    let segment = snapshot.segments.iter().find(|segment| segment.line == line);
    let from = segment.map(|segment| segment.from).ok_or(missing.clone())?;
    let facts = if of_unit { &wish.unit_facts } else { &wish.right_facts };
    if facts.is_empty() && wish.takers.is_empty() {
        return Err(missing);
    }
    let mut statement = said.clone();
    statement.facts.extend(facts.clone());
    if !of_unit && !wish.takers.is_empty() {
        statement = held(statement.facts, wish.takers.clone())?;
    }
    Ok(Correct {
        act: wish.act("correction"),
        section: id.clone(),
        from,
        to: None,
        statement: Some(statement),
        reason: wish.document_no.clone(),
        own_error: wish.own_error,
    })
}

/// A section with its holders; several without shares hold jointly.
fn held(facts: BTreeMap<String, Value>, holders: Vec<Holder>) -> Result<Statement, PropertyError> {
    if holders.is_empty() {
        return Err(PropertyError::Field { key: "holders" });
    }
    let form = match (holders.len(), holders.iter().any(|holder| holder.share.is_some())) {
        (1, _) => OwnershipForm::Sole,
        (_, true) => OwnershipForm::ByShare,
        (_, false) => OwnershipForm::Joint,
    };
    Ok(Statement { facts, sealed: None, form: Some(form), holders })
}

/// The parties of a right, as a certificate names them.
#[must_use]
pub fn holders(snapshot: &Snapshot) -> Vec<PartyKey> {
    right(snapshot).map(|(_, said)| said.parties()).unwrap_or_default()
}
