//! Outside work: what a machine can check, and certificates made from the book.

use crate::book;
use crate::decide::{Registration, RegistrationCommand};
use crate::event::Of;
use crate::model::{Circumstance, RegistrationKey, task};
use crate::outside::Outside;
use crate::queries;
use codes::{Date, Division, Moment, UnitNo};
use documents::{Datum, Values};
use kernel::{Atomic, Errand, ErrandError, ErrandId, Origin, PartyKey, Reaction, Shard};
use licences::{
    Ending, Filling, Ground, Licence, LicenceCommand, LicenceKey, NumberFrom, Order, State,
};
use property::{Kind, certificate_facts};
use registers::record::{Holder, HolderCard, OwnershipForm, Snapshot};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What both errands of the module are given.
#[derive(Clone, Debug)]
pub struct Tools {
    /// What registrations need from outside.
    pub outside: Arc<Outside>,
    /// What they decide by.
    pub law: Arc<crate::law::Law>,
    /// Tells the time.
    pub clock: Clocked,
    /// Compares faces; none where identity is checked at the window alone.
    pub face: Option<crate::face::Known>,
}

/// A clock that can be printed.
#[derive(Clone)]
pub struct Clocked(pub Arc<dyn module::Clock>);

impl std::fmt::Debug for Clocked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clocked")
    }
}

/// Checks what a machine can check: what stands on the unit, whether its figure is there; asks what others know.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Prepare {
    /// The registration.
    pub registration: RegistrationKey,
    /// Its shard.
    pub shard: Shard,
    /// The unit.
    pub unit: UnitNo,
    /// The tasks of the registration.
    pub tasks: Vec<String>,
}

impl Errand for Prepare {
    const KIND: &'static str = "property.prepare";
    type Tools = Arc<Tools>;

    async fn run(&self, _id: ErrandId, tools: Arc<Tools>) -> Result<Vec<Reaction>, ErrandError> {
        let asked = crate::partners::ask(&tools.outside, self).await?;
        let at = tools.clock.0.now();
        let snapshot = book::now(&*tools.outside.reader, self.unit, at).await;
        let snapshot = snapshot.map_err(ErrandError::later)?;
        let has = |name: &str| self.tasks.iter().any(|task| task == name);
        let mut commands = Vec::new();
        if has(task::RESTRICTION) {
            commands.push(restrictions(&tools, snapshot.as_ref()));
        }
        if has(task::FIGURE)
            && let Some(hash) = snapshot.as_ref().and_then(|s| book::fact(s, "unit", "figure_hash"))
        {
            let note = format!("登记簿附图 {}", hash.chars().take(16).collect::<String>());
            commands.push(RegistrationCommand::FinishTask { task: task::FIGURE.to_owned(), note });
        }
        let mut group = Atomic::new(self.shard.clone());
        for command in commands {
            group = group
                .then::<Registration>(&self.registration, &command)
                .map_err(ErrandError::never)?;
        }
        Ok(std::iter::once(Reaction::Commands(group)).chain(asked).collect())
    }
}

fn restrictions(tools: &Tools, snapshot: Option<&Snapshot>) -> RegistrationCommand {
    let definitions = tools.law.facts().definitions();
    let register = definitions.get(crate::model::REGISTER);
    let standing: Vec<String> = snapshot
        .into_iter()
        .flat_map(Snapshot::restrictions)
        .filter_map(|(_, held)| {
            let kind = register?.restriction(&held.restriction.kind)?;
            Some(kind.label_in(held.phase).zh)
        })
        .collect();
    let task = task::RESTRICTION.to_owned();
    if standing.is_empty() {
        RegistrationCommand::FinishTask { task, note: "登记簿无权利限制记载".to_owned() }
    } else {
        let note = format!("登记簿记载：{}，请核对是否影响本次登记", standing.join("、"));
        RegistrationCommand::NoteTask { task, note }
    }
}

/// Makes the certificates of a registration from the book, or ends those that it ends.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Issue {
    /// The registration.
    pub registration: RegistrationKey,
    /// Its shard.
    pub shard: Shard,
    /// The event that entered it.
    pub origin: Origin,
    /// What it is about.
    pub of: Box<Of>,
    /// The day of entry.
    pub on: Date,
    /// The instant of entry: the certificate tells what the book said then.
    pub at: Moment,
}

impl Errand for Issue {
    const KIND: &'static str = "property.issue";
    type Tools = Arc<Tools>;

    async fn run(&self, _id: ErrandId, tools: Arc<Tools>) -> Result<Vec<Reaction>, ErrandError> {
        let outside = &*tools.outside;
        let before = self.current(outside).await?;
        let mut group = Atomic::new(self.shard.clone());
        if self.of.kind == Kind::Cancel {
            let act =
                ending(Ending::StruckOff, "办理注销登记", "不动产登记暂行条例实施细则第二十八条");
            for licence in &before {
                group = group.then::<Licence>(licence, &act).map_err(ErrandError::never)?;
            }
            return Ok(vec![Reaction::Commands(group)]);
        }
        // The rows may lag behind the event by a moment; what the book said at the entry does not change.
        let snapshot = book::now(&*outside.reader, self.of.unit, self.at).await;
        let snapshot = snapshot.map_err(ErrandError::later)?;
        let snapshot =
            snapshot.ok_or_else(|| ErrandError::later("the record is not in the tables yet"))?;
        let proof = self.of.kind.gives_proof();
        let values = if proof {
            self.proof(&tools, &snapshot).await?
        } else {
            certificate(outside, self.of.unit, self.on, &snapshot).await?
        };
        let values = values.with("book_version", Datum::Integer(self.book_version(outside).await?));
        let json = serde_json::to_vec(&values).map_err(ErrandError::never)?;
        let key = format!("property/{}", self.of.unit);
        let kept = outside.vault.keep(Some(&key), &json).await?;
        let count = if proof { 1 } else { self.of.certificates.max(1) };
        let lost = self.of.kind == Kind::Reissue && self.of.circumstance == Circumstance::Lost;
        let mut old = if proof { Vec::new() } else { before }.into_iter();
        let mut first = None;
        for n in 1..=count {
            let licence = LicenceKey(format!("{}.{n}", self.registration));
            let replaces = if lost { None } else { old.next() };
            let holder = self.holder(&snapshot, n);
            let order = self.order(proof, Filling::Kept(kept.clone()), holder, replaces)?;
            let issue = LicenceCommand::Issue(Box::new(order));
            group = group.then::<Licence>(&licence, &issue).map_err(ErrandError::never)?;
            first.get_or_insert(licence);
        }
        for licence in old {
            let act = match (&first, lost) {
                (Some(by), false) => LicenceCommand::Replace { by: by.clone() },
                _ => ending(
                    Ending::DeclaredVoid,
                    "遗失声明后补发",
                    "不动产登记暂行条例实施细则第二十二条",
                ),
            };
            group = group.then::<Licence>(&licence, &act).map_err(ErrandError::never)?;
        }
        Ok(vec![Reaction::Commands(group)])
    }
}

fn ending(by: Ending, reason: &str, article: &str) -> LicenceCommand {
    let ground = Ground { reason: reason.to_owned(), article: article.to_owned() };
    LicenceCommand::Revoke { by, ground }
}

impl Issue {
    /// The certificates of the unit that are in force, the oldest first.
    async fn current(&self, outside: &Outside) -> Result<Vec<LicenceKey>, ErrandError> {
        let papers = queries::papers_of_unit(&*outside.reader, self.of.unit).await;
        let mut current = Vec::new();
        for paper in papers.map_err(ErrandError::later)? {
            let key = LicenceKey(paper.licence);
            let row = licences::queries::licence(&*outside.reader, &key).await;
            let Some(row) = row.map_err(ErrandError::later)? else { continue };
            let own = row.order.origin.key == self.registration.0;
            if !own && row.state == State::Valid && row.order.template == CERTIFICATE {
                current.push(key);
            }
        }
        Ok(current)
    }

    /// Which entry of the record the paper tells of: the last one at the instant of the entry.
    async fn book_version(&self, outside: &Outside) -> Result<i64, ErrandError> {
        let record = book::record_of(self.of.unit);
        let turns = registers::record::queries::turns(&*outside.reader, &record).await;
        let turns = turns.map_err(ErrandError::later)?;
        let last = turns.iter().filter(|turn| turn.at <= self.at).map(|turn| turn.version).max();
        let last = last.ok_or_else(|| ErrandError::later("the entry is not in the tables yet"))?;
        i64::try_from(last).map_err(ErrandError::never)
    }

    fn holder(&self, snapshot: &Snapshot, n: u32) -> PartyKey {
        let of_right = book::holders(snapshot);
        let nth = usize::try_from(n.saturating_sub(1)).unwrap_or_default();
        let taker = self.of.applicants.last().cloned();
        let found = if self.of.kind.gives_proof() { taker } else { of_right.get(nth).cloned() };
        found.or_else(|| of_right.first().cloned()).unwrap_or_else(|| PartyKey::new("unknown"))
    }

    fn order(
        &self,
        proof: bool,
        filling: Filling,
        holder: PartyKey,
        replaces: Option<LicenceKey>,
    ) -> Result<Order, ErrandError> {
        let division: Division = self.of.office.place.parse().map_err(ErrandError::never)?;
        Ok(Order {
            origin: self.origin.clone(),
            issuer: self.of.office.clone(),
            holder,
            template: if proof { PROOF } else { CERTIFICATE }.to_owned(),
            filling,
            number: NumberFrom::Series(certificate_facts(division)),
            valid_from: self.on,
            valid_to: None,
            hidden: Vec::new(),
            replaces,
        })
    }

    async fn proof(&self, tools: &Tools, snapshot: &Snapshot) -> Result<Values, ErrandError> {
        let kind = self.of.kind.word();
        let found = snapshot.restrictions().filter(|(_, held)| held.restriction.kind == kind);
        let newest = found.max_by_key(|(_, held)| held.restriction.no);
        let (_, held) = newest.ok_or_else(|| ErrandError::later("the restriction is not there"))?;
        let restriction = &held.restriction;
        let mut name = restriction.side.name.clone();
        if let Some(card) = &restriction.side.card {
            let card = card.open::<HolderCard>(&tools.outside.vault).await;
            name = card.map_err(ErrandError::later)?.name;
        }
        let obligors = names(&tools.outside, snapshot).await?;
        let text = |key: &str| book::fact(snapshot, "unit", key).unwrap_or_default();
        let values = Values::new()
            .text("proof_kind", self.of.kind.label().zh)
            .text("holder", name)
            .texts("obligors", obligors)
            .text("unit_no", self.of.unit.grouped())
            .text("location", text("location"))
            .text("document_no", restriction.document_no.clone())
            .date("registered_on", self.on);
        Ok(match restriction.amount_fen {
            Some(fen) => values.money_fen("amount", fen),
            None => values,
        })
    }
}

/// The template of a certificate of a right.
pub const CERTIFICATE: &str = "real_estate_certificate";
/// The template of a proof of registration.
pub const PROOF: &str = "real_estate_proof";

/// The names of those who hold, whole, for paper.
pub(crate) async fn names(
    outside: &Outside,
    snapshot: &Snapshot,
) -> Result<Vec<String>, ErrandError> {
    let Some((_, said)) = book::right(snapshot) else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    for Holder { card, share, .. } in &said.holders {
        let name = match card {
            Some(card) => {
                let card = card.open::<HolderCard>(&outside.vault).await;
                card.map_err(ErrandError::later)?.name
            }
            None => String::new(),
        };
        names.push(match share {
            Some(share) => format!("{name}（{share}）"),
            None => name,
        });
    }
    Ok(names)
}

/// The values of a certificate: what the book said, and nothing else.
async fn certificate(
    outside: &Outside,
    unit: UnitNo,
    on: Date,
    snapshot: &Snapshot,
) -> Result<Values, ErrandError> {
    let of_unit = |key: &str| book::fact(snapshot, "unit", key).unwrap_or_default();
    let (id, said) =
        book::right(snapshot).ok_or_else(|| ErrandError::never("the unit has no right"))?;
    let of_right = |key: &str| book::fact(snapshot, id.kind(), key).unwrap_or_default();
    let names = names(outside, snapshot).await?;
    let masked = names.first().map(|name| registers::record::first_character(name));
    let form = match said.form.unwrap_or(OwnershipForm::Sole) {
        OwnershipForm::Sole => "单独所有",
        OwnershipForm::Joint => "共同共有",
        OwnershipForm::ByShare => "按份共有",
    };
    let hash = of_unit("figure_hash");
    let term = match (of_right("term_from"), of_right("term_to")) {
        (from, to) if from.is_empty() && to.is_empty() => String::new(),
        (from, to) => format!("{from} 起至 {to} 止"),
    };
    let values = Values::new()
        .texts("holders", names)
        .text("holder_masked", masked.unwrap_or_default())
        .text("form", form)
        .text("unit_no", unit.grouped())
        .text("location", of_unit("location"))
        .text("right_type", of_right("right_type"))
        .text("right_nature", of_right("right_nature"))
        .text("use_code", of_unit("use_code"))
        .text("area", area(&of_unit("area"), &of_unit("building_area"), &of_unit("exclusive_area")))
        .text("term", term)
        .date("registered_on", on)
        .text("figure_hash", hash.clone())
        .with("figure", Datum::Rows(figure(outside, &hash).await));
    Ok(values)
}

fn area(land: &str, building: &str, exclusive: &str) -> String {
    let parts = [("宗地面积", land), ("房屋建筑面积", building), ("专有面积", exclusive)];
    let told: Vec<String> = parts
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name} {value} 平方米"))
        .collect();
    told.join("，")
}

/// The shapes of the figure that the book names, for paper; none where it is not here or is another.
async fn figure(outside: &Outside, hash: &str) -> Vec<Values> {
    let Some(svg) = crate::figures::read(&*outside.blobs, hash).await else { return Vec::new() };
    property::figure::shapes_of(&svg)
        .into_iter()
        .map(|shape| {
            Values::new()
                .text("points", shape.points)
                .text("label", shape.label)
                .with("own", Datum::Flag(shape.own))
        })
        .collect()
}
