//! A platform with registers alone, and short words for what tests do with it.

use blobs::{BlobError, Blobs, MemoryBlobs, MemoryVaultKeys, Vault};
use calendar::Calendar;
use codes::{Date, Moment};
use documents::{DocumentError, Issuer, Numbers, Template, Templates, Typesetter, Values};
use elements::Value;
use kernel::{Actor, Atomic, OrganKey, PartyKey, Shard};
use module::{Module, Receipt, Stage as _, SubmitError};
use registers::record::{
    Act, Amend, Correct, Enter, Holder, HolderCard, RecordCommand, Release, Restrict,
    RestrictionNo, Sealed, SectionId, Side, Statement,
};
use registers::{Desk, Facts, Organs, Outside, Record, RecordKey, Registers};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use testbed::{LateReader, Setup, Testbed};

pub(crate) const UNIT: &str = "440305001002GB00012F00010003";
pub(crate) const OFFICE: &str = "440305-real_estate";

/// Prints the values as they were taken.
struct Printer;

impl Typesetter for Printer {
    fn edition(&self) -> &'static str {
        "printer 1"
    }

    fn typeset(&self, template: &Template, values: &Values) -> Result<Vec<u8>, DocumentError> {
        let taken = template.take(values)?;
        Ok(format!("%PDF {}", serde_json::to_string(taken.values()).expect("json")).into_bytes())
    }
}

struct OneOffice;

impl Organs for OneOffice {
    fn issuer(&self, organ: &OrganKey) -> Option<Issuer> {
        (organ.as_str() == OFFICE).then(|| Issuer {
            organ: organ.clone(),
            name: "深圳市不动产登记中心".to_owned(),
            word: "深不动产".to_owned(),
            place: "440305".to_owned(),
        })
    }
}

pub(crate) struct House {
    pub(crate) bed: Testbed,
    pub(crate) desk: Desk,
}

fn counted() -> impl Fn(&mut [u8]) -> Result<(), BlobError> + Send + Sync + 'static {
    let next = AtomicU64::new(1);
    move |bytes: &mut [u8]| {
        let n = next.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        bytes.iter_mut().zip(n.iter().cycle()).for_each(|(byte, n)| *byte = *n);
        Ok(())
    }
}

pub(crate) fn at(year: i16, month: i8, day: i8) -> Moment {
    Moment::from_wall(Date::constant(year, month, day).at(9, 0, 0, 0))
}

pub(crate) fn shard() -> Shard {
    Shard::new("440300")
}

pub(crate) fn unit() -> RecordKey {
    RecordKey::new("real_estate", UNIT)
}

pub(crate) fn officer() -> Actor {
    Actor::Officer {
        organ: OrganKey::new(OFFICE),
        login: "zhou".to_owned(),
        role: "reviewer".to_owned(),
    }
}

pub(crate) fn party(key: &str) -> Actor {
    Actor::Party { party: PartyKey::new(key), login: key.to_owned(), mandate: None }
}

pub(crate) fn act(kind: &str) -> Act {
    Act { kind: kind.to_owned(), document_no: "深不动产受1号".to_owned(), ..Act::default() }
}

pub(crate) fn restrict(kind: &str, document_no: &str, fen: Option<i64>) -> RecordCommand {
    RecordCommand::Restrict(Box::new(Restrict {
        kind: kind.to_owned(),
        side: Side { name: "深圳市中级人民法院".to_owned(), ..Side::default() },
        document_no: document_no.to_owned(),
        amount_fen: fen,
        ..Restrict::default()
    }))
}

pub(crate) fn release(no: u32) -> RecordCommand {
    RecordCommand::Release(Box::new(Release {
        restriction: RestrictionNo(no),
        document_no: "解1号".to_owned(),
        origin: None,
    }))
}

impl House {
    pub(crate) async fn at(now: Moment) -> Self {
        let blobs: Arc<dyn Blobs> = Arc::new(MemoryBlobs::new());
        let entropy = Arc::new(counted());
        let keys = Arc::new(MemoryVaultKeys::default());
        let vault = Vault::new(Arc::clone(&blobs), keys, Arc::clone(&entropy) as _);
        let reader = Arc::new(LateReader::default());
        let outside = Arc::new(Outside {
            typesetter: Arc::new(Printer),
            templates: Arc::new(Templates::new()),
            numbers: Arc::new(Numbers::platform().expect("the table of numbers")),
            vault,
            entropy,
            reader: Arc::clone(&reader) as _,
            organs: Arc::new(OneOffice),
            portal: "https://portal.example".to_owned(),
            secret: [7; 32],
        });
        let facts = Arc::new(Facts::new(Calendar::embedded()));
        let registers =
            Registers { facts: Arc::clone(&facts), outside: Some(Arc::clone(&outside)) };
        let modules: Vec<Box<dyn Module>> = vec![Box::new(registers)];
        let bed = Setup::new(modules).at(now).blobs(blobs).start().await.expect("a platform");
        reader.follow(bed.platform());
        Self { bed, desk: Desk { facts, outside } }
    }

    pub(crate) async fn act(&self, command: &RecordCommand) -> Result<Receipt, SubmitError> {
        let group = Atomic::new(shard()).then::<Record>(&unit(), command).expect("json");
        self.bed.submit(officer(), group).await
    }

    pub(crate) async fn done(&self, command: &RecordCommand) -> Receipt {
        self.act(command).await.expect("taken")
    }

    pub(crate) async fn wind(&self, to: Moment) {
        self.bed.wind(to).await.expect("wound");
    }

    /// What a section says whose holders are sealed under their own keys.
    pub(crate) async fn owned_by(&self, holders: &[(&str, &str)]) -> Statement {
        let mut all = Vec::new();
        for (key, name) in holders {
            let party = PartyKey::new(*key);
            let card = HolderCard {
                name: (*name).to_owned(),
                id_type: "resident_id".to_owned(),
                id_number: format!("44030519900101{:04}", all.len()),
            };
            let vault_key = HolderCard::vault_key(&unit(), &party);
            let outside = &self.desk.outside;
            let salt = outside.salt().expect("chance");
            let card = Sealed::seal(&outside.vault, &vault_key, salt, &card).await.expect("sealed");
            all.push(Holder { party, share: None, card: Some(card) });
        }
        let form = (all.len() > 1).then_some(registers::record::OwnershipForm::Joint);
        let facts = BTreeMap::from([("price".to_owned(), Value::Int(300_000_000))]);
        Statement { facts, form, holders: all, sealed: None }
    }

    pub(crate) async fn enter(&self, holders: &[(&str, &str)]) {
        let facts = [("location", "深圳市南山区科苑路15号A栋1203"), ("use_code", "住宅")];
        let facts = facts.map(|(key, text)| (key.to_owned(), Value::from(text))).into();
        let natural = Statement { facts, ..Statement::default() };
        let statements = BTreeMap::from([
            (SectionId::new("unit"), natural),
            (SectionId::new("ownership"), self.owned_by(holders).await),
        ]);
        self.done(&RecordCommand::Enter(Box::new(Enter {
            record: unit(),
            act: act("first"),
            statements,
            from: None,
            place: "440305".to_owned(),
            organ: Some(OrganKey::new(OFFICE)),
            predecessors: Vec::new(),
        })))
        .await;
    }

    pub(crate) async fn transfer(&self, to: &[(&str, &str)]) -> RecordCommand {
        let statements = BTreeMap::from([(SectionId::new("ownership"), self.owned_by(to).await)]);
        RecordCommand::Amend(Box::new(Amend { act: act("transfer"), statements, from: None }))
    }

    pub(crate) async fn correct(&self, from: Moment, holders: &[(&str, &str)]) -> RecordCommand {
        RecordCommand::Correct(Box::new(Correct {
            act: act("correction"),
            section: SectionId::new("ownership"),
            from,
            to: None,
            statement: Some(self.owned_by(holders).await),
            reason: "权利人姓名录入错误".to_owned(),
            own_error: true,
        }))
    }
}
