//! The desk of registers (查询): a record is shown as the register's table of views says, once the look is recorded.

use crate::Facts;
use crate::extract::{Extract, ExtractCommand, ExtractKey, Order, TEMPLATE};
use crate::inspection::{Inspection, InspectionCommand, Look};
use crate::outside::Outside;
use crate::record::queries::{self, RecordRow};
use crate::record::{
    Cards, HolderCard, Phase, RecordError, RecordKey, Register, Sealed, Shown, Snapshot, View,
    shown,
};
use codes::{Lang, Moment};
use documents::{Filling, Values};
use kernel::{Actor, Atomic, CommandId, OrganKey, PartyKey};
use module::{Clearance, Platform, Subject, clear};
use portal::{Failure, RequestError};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What shows records and gives extracts out.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The facts.
    pub facts: Arc<Facts>,
    /// What it needs from outside.
    pub outside: Arc<Outside>,
}

/// What somebody asks of a record.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// Of which record.
    pub record: &'a RecordKey,
    /// As whom, by the register's table of views.
    pub class: &'a str,
    /// For what.
    pub purpose: &'a str,
    /// Of which instant.
    pub valid: Moment,
    /// As known when.
    pub known: Moment,
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Where the record lies.
    pub row: RecordRow,
    /// The register.
    pub register: Arc<Register>,
    /// What the record says.
    pub snapshot: Snapshot,
    /// What of it is shown.
    pub shown: Shown,
    /// The cards of those it speaks of; what is shown of them is in `shown`.
    pub(crate) cards: Cards,
}

/// A fault of our own.
pub(crate) fn fault(_error: impl std::fmt::Display) -> Failure {
    RequestError::Fault.into()
}

/// A record as the gate sees it.
pub(crate) fn subject(row: &RecordRow, holders: &[PartyKey], class: &str) -> Subject {
    Subject {
        organ: Some(row.organ.clone()),
        place: row.place.clone(),
        parties: holders.iter().map(ToString::to_string).collect(),
        facts: vec![("view", class.to_owned()), ("register", row.record.register().to_owned())],
        ..Subject::new("Record", row.record.0.as_str())
    }
}

/// The party that an actor acts for.
pub(crate) fn party_of(actor: &Actor) -> Option<&PartyKey> {
    match actor {
        Actor::Party { party, .. } => Some(party),
        Actor::System { .. } | Actor::Officer { .. } | Actor::Partner { .. } | Actor::Public => {
            None
        }
    }
}

impl Desk {
    /// The definition of a record's register.
    ///
    /// # Errors
    /// `REG-0014` where there is none.
    pub fn register(&self, record: &RecordKey) -> Result<Arc<Register>, Failure> {
        let known = self.facts.definitions();
        let found = known.get(record.register()).cloned();
        let unknown = || RecordError::RegisterUnknown(record.register().to_owned());
        found.ok_or_else(|| unknown().into())
    }

    /// Cards of holders and of whoever has restrictions, as far as they can be opened; an erased one is left out.
    ///
    /// # Errors
    /// The vault's store fails.
    pub async fn cards(&self, snapshot: &Snapshot) -> Result<Cards, Failure> {
        let mut sealed: Vec<(PartyKey, &Sealed)> = Vec::new();
        for (_, said) in snapshot.sections() {
            let held = said.holders.iter();
            sealed.extend(held.filter_map(|one| Some((one.party.clone(), one.card.as_ref()?))));
        }
        for (_, standing) in snapshot.restrictions() {
            let side = &standing.restriction.side;
            sealed.extend(side.party.clone().zip(side.card.as_ref()));
        }
        let mut cards = Cards::new();
        for (party, card) in sealed {
            match card.open::<HolderCard>(&self.outside.vault).await {
                Ok(open) => {
                    cards.insert(party, open);
                }
                Err(crate::record::SealFault::Vault(blobs::VaultError::Blob(error))) => {
                    return Err(error.into());
                }
                Err(_erased) => {}
            }
        }
        Ok(cards)
    }

    /// Shows a record to whom the gate lets see it as asked; the look is recorded first, and told to the holders.
    ///
    /// # Errors
    /// There is no such record, the gate or the table of views says no (that is recorded too), no purpose is named, or the
    /// look cannot be recorded.
    pub async fn show(
        &self,
        platform: &Platform,
        actor: &Actor,
        ask: &Ask<'_>,
    ) -> Result<Asked, Failure> {
        let (row, register, snapshot) = self.found(platform, ask).await?;
        let holders = self.holders(platform, ask.record).await?;
        let on = subject(&row, &holders, ask.class);
        let view = register.view(ask.class).ok_or(RequestError::NotFound)?;
        let by = match clear(&*platform.gate, actor, "register.see_record", &on) {
            Ok(by) => by,
            Err(denied) => {
                self.refuse(platform, actor, ask, &row, holders).await?;
                return Err(denied.into());
            }
        };
        let asked = self.seen(actor, ask, row, register.clone(), snapshot).await?;
        let look = Look { fields: fields_of(&asked.shown, view), ..self.look(ask, view, holders) };
        self.record_look(platform, by, &asked.row, InspectionCommand::Inspect(look)).await?;
        Ok(asked)
    }

    /// What an asker of a class sees, unrecorded: for pages that have recorded the look already, or that show no person.
    ///
    /// # Errors
    /// There is no such record or view, or a store fails.
    pub async fn peek(
        &self,
        platform: &Platform,
        actor: &Actor,
        ask: &Ask<'_>,
    ) -> Result<Asked, Failure> {
        let (row, register, snapshot) = self.found(platform, ask).await?;
        self.seen(actor, ask, row, register, snapshot).await
    }

    async fn seen(
        &self,
        actor: &Actor,
        ask: &Ask<'_>,
        row: RecordRow,
        register: Arc<Register>,
        snapshot: Snapshot,
    ) -> Result<Asked, Failure> {
        let view = register.view(ask.class).ok_or(RequestError::NotFound)?;
        let cards = self.cards(&snapshot).await?;
        let shown = shown(&register, view, &snapshot, &cards, party_of(actor));
        Ok(Asked { row, register, snapshot, shown, cards })
    }

    async fn found(
        &self,
        platform: &Platform,
        ask: &Ask<'_>,
    ) -> Result<(RecordRow, Arc<Register>, Snapshot), Failure> {
        let register = self.register(ask.record)?;
        let row = queries::record(&*platform.reader, ask.record).await?;
        let row = row.ok_or(RecordError::Unknown)?;
        let found = queries::snapshot(&*platform.reader, ask.record, ask.valid, ask.known).await?;
        let snapshot = found.ok_or(RecordError::Unknown)?;
        Ok((row, register, snapshot))
    }

    /// Who holds a record now.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn holders(
        &self,
        platform: &Platform,
        record: &RecordKey,
    ) -> Result<Vec<PartyKey>, Failure> {
        let now = platform.clock.now();
        let snapshot = queries::snapshot(&*platform.reader, record, now, now).await?;
        let held: BTreeSet<PartyKey> = snapshot
            .iter()
            .flat_map(|snapshot| snapshot.sections())
            .flat_map(|(_, said)| said.parties())
            .collect();
        Ok(held.into_iter().collect())
    }

    fn look(&self, ask: &Ask<'_>, view: &View, holders: Vec<PartyKey>) -> Look {
        Look {
            view: ask.class.to_owned(),
            purpose: ask.purpose.to_owned(),
            law: view.law.clone(),
            fields: Vec::new(),
            holders,
            valid: (ask.valid != ask.known).then_some(ask.valid),
            extract: None,
        }
    }

    async fn refuse(
        &self,
        platform: &Platform,
        actor: &Actor,
        ask: &Ask<'_>,
        row: &RecordRow,
        holders: Vec<PartyKey>,
    ) -> Result<(), Failure> {
        // Who has not signed in is asked to; that is no look that anybody could be told of.
        if matches!(actor, Actor::Public) {
            return Ok(());
        }
        let purpose = ask.purpose.to_owned();
        let fields = vec!["record".to_owned()];
        let look = Look { purpose, fields, holders, ..Look::default() };
        let on = subject(row, &[], "");
        let by = clear(&*platform.gate, actor, "register.record_look", &on)?;
        self.record_look(platform, by, row, InspectionCommand::Refuse(look)).await
    }

    async fn record_look(
        &self,
        platform: &Platform,
        by: Clearance,
        row: &RecordRow,
        command: InspectionCommand,
    ) -> Result<(), Failure> {
        let commands = Atomic::new(row.shard.clone()).then::<Inspection>(&row.record, &command);
        let id = CommandId::from_bytes(self.chance()?);
        let taken = platform.commands.submit(by, id, commands.map_err(fault)?).await;
        taken.map(drop).map_err(Failure::from)
    }

    pub(crate) fn chance(&self) -> Result<[u8; 16], Failure> {
        let mut bytes = [0; 16];
        self.outside.entropy.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// Orders an extract of what an asker sees; the look and the order are one act.
    ///
    /// The same id again orders nothing new.
    ///
    /// # Errors
    /// As [`Desk::show`].
    pub async fn extract(
        &self,
        platform: &Platform,
        actor: &Actor,
        ask: &Ask<'_>,
        (asker_name, id): (&str, CommandId),
    ) -> Result<ExtractKey, Failure> {
        let (row, register, snapshot) = self.found(platform, ask).await?;
        let holders = self.holders(platform, ask.record).await?;
        let view = register.view(ask.class).ok_or(RequestError::NotFound)?;
        let on = subject(&row, &holders, ask.class);
        let by = clear(&*platform.gate, actor, "register.order_extract", &on)?;
        let asked = self.seen(actor, ask, row, register.clone(), snapshot).await?;
        let key = ExtractKey(id.to_string());
        let values = extract_values(&asked, view, ask, asker_name);
        let json = serde_json::to_vec(&values).map_err(fault)?;
        let sealed = self.outside.vault.keep(Some(&format!("extract/{key}")), &json).await?;
        let organ: &OrganKey = &asked.row.organ;
        let issuer = self.outside.organs.issuer(organ).ok_or(RequestError::NotFound)?;
        let order = Order {
            record: ask.record.clone(),
            office: asked.row.place.clone(),
            issuer,
            asker: party_of(actor).cloned(),
            view: ask.class.to_owned(),
            purpose: ask.purpose.to_owned(),
            law: view.law.clone(),
            valid: ask.valid,
            known: ask.known,
            series: "property_search".to_owned(),
            template: TEMPLATE.to_owned(),
            filling: Filling::Kept(sealed),
        };
        let look = Look {
            fields: fields_of(&asked.shown, view),
            extract: Some(key.clone()),
            ..self.look(ask, view, holders)
        };
        let commands = Atomic::new(asked.row.shard.clone())
            .then::<Inspection>(ask.record, &InspectionCommand::Inspect(look))
            .and_then(|group| group.then::<Extract>(&key, &ExtractCommand::Order(Box::new(order))));
        let taken = platform.commands.submit(by, id, commands.map_err(fault)?).await;
        taken.map(|_receipt| key).map_err(Failure::from)
    }
}

/// What was shown, by name and never by value.
fn fields_of(shown: &Shown, view: &View) -> Vec<String> {
    let mut fields: Vec<String> = shown
        .sections
        .iter()
        .flat_map(|section| section.facts.iter().map(|(key, ..)| key.clone()))
        .collect();
    if shown.sections.iter().any(|section| !section.holders.is_empty()) {
        fields.push("holders".to_owned());
    }
    fields.push("restrictions".to_owned());
    if view.history {
        fields.push("history".to_owned());
    }
    fields.sort();
    fields.dedup();
    fields
}

/// The values of an extract: what is shown, as rows of text.
fn extract_values(asked: &Asked, view: &View, ask: &Ask<'_>, asker_name: &str) -> Values {
    let Asked { register, shown, .. } = asked;
    let mut facts = Vec::new();
    for section in &shown.sections {
        let name = section.label.zh.clone();
        let mut put = |item: &str, value: String| {
            let row = Values::new().text("section", &name).text("item", item).text("value", value);
            facts.push(row);
        };
        for (_, label, value) in &section.facts {
            put(&label.zh, crate::pages::said(value));
        }
        if section.count > 0 && section.holders.is_empty() {
            put("共有情况", format!("{}人", section.count));
        }
        for holder in &section.holders {
            put("权利人", crate::pages::holder_text(Lang::Zh, holder));
        }
    }
    let restrictions = shown.restrictions.iter().map(|one| {
        let phase = match one.phase {
            Phase::InForce => "有效",
            Phase::Waiting => "轮候",
        };
        let detail = one.detail.as_ref().map(|known| {
            let amount = known.amount_fen.map(|fen| format!(" {}元", documents::grouped_yuan(fen)));
            format!("{} {}{}", known.side.name, known.document_no, amount.unwrap_or_default())
        });
        Values::new()
            .text("kind", &one.label.zh)
            .text("phase", phase)
            .text("since", portal::moment(Lang::Zh, one.span.0))
            .text("detail", detail.unwrap_or_default())
    });
    let as_of = portal::moment(Lang::Zh, ask.known);
    Values::new()
        .text("register_name", register.label().zh)
        .text("record_no", register.grouped(ask.record.own()))
        .text("asker_name", asker_name)
        .text("asker_class", view.label().zh)
        .text("purpose", ask.purpose)
        .text("law", &view.law)
        .moment("as_of", ask.valid)
        .text("watermark", format!("{asker_name} {as_of} 仅供{}", ask.purpose))
        .rows("facts", facts)
        .rows("restrictions", restrictions.collect())
}
