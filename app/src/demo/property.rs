//! A flat of the applicant with certificate, mortgage and a released seizure; a parking space being bought; an inquiry.
//!
//! ```text
//!  flat:     Apply ─► Accept ─► checks ─► Examine ─► Pay ─► EnterBook + first entry ─► certificate with figure
//!            seizure ─► release          the same way again for the mortgage ─► proof for the bank
//!  parking:  the seller's entry ─► Apply (buyer) ─► Confirm (seller) ─► Accept ─► a bill that is to be paid
//! ```

use super::chapter::{Chapter, Known, UPLOAD, issuer, officer, person, salt};
use super::{APPLICANT, PLACE};
use crate::assemble::Assembly;
use anyhow::{Context as _, Result, anyhow};
use codes::{Label, UnitNo};
use delivery::announcement::{
    Announcement, AnnouncementCommand, AnnouncementKey, Objections, Posting,
};
use elements::Value;
use identity::model::Document;
use kernel::{Actor, Aggregate as _, Atomic, PartyKey, Shard, derive_id};
use ledger::bills::{Bill, BillCommand, Payment};
use property::{Kind, Purpose, TaskState};
use property_module::book::{self, Wish};
use property_module::inquiry::{Interest, Question};
use property_module::model::{Circumstance, Paper, task};
use property_module::samples::{SampleUnit, units};
use property_module::{
    Application, Inquiry, InquiryCommand, InquiryKey, Registration, RegistrationCommand,
    RegistrationKey, policy, queries,
};
use registers::record::{Holder, HolderCard, Release, Restrict, RestrictionNo, Sealed, Side};
use registers::{Record, RecordCommand};

/// The applicant's flat.
pub(crate) const FLAT: &str = "440115003005GB00034F00010001";
/// The parking space that is being bought.
const PARKING: &str = "440115003005GB00021F00020001";
/// The announcement of a lost certificate.
pub(crate) const ANNOUNCEMENT: &str = "lost-440115003005GB00021F00020001";
/// The seller's login.
const SELLER: &str = "zhou";
/// The bank that lends: a sample.
const BANK: (&str, &str) = ("91440300MA5DB0307X", "南沙商业银行（示例）");

/// Everything of this chapter; done again, it does nothing.
pub(super) async fn fill(assembly: &Assembly) -> Result<()> {
    let desk = Office {
        chapter: Chapter::of(assembly, "property"),
        office: issuer(assembly, "real_estate")?,
        registry: officer("registry")?,
        head: officer("registry-head")?,
    };
    let (chen, zhou) = (person(assembly, APPLICANT)?, person(assembly, SELLER)?);
    let reader = &*assembly.platform.reader;
    if !queries::inquiries_of(reader, &chen.party).await?.is_empty() {
        return Ok(());
    }
    let bank = assembly.identity.keys().of(&Document::organisation(BANK.0)?);
    desk.flat(&chen).await?;
    desk.seizure().await?;
    desk.mortgage(&chen, bank).await?;
    desk.parking(&chen, &zhou).await?;
    desk.inquiry(&chen).await
}

/// The office of registration at work.
struct Office {
    chapter: Chapter,
    office: documents::Issuer,
    registry: Actor,
    head: Actor,
}

fn sample(number: &str) -> Result<SampleUnit> {
    let found = units()?.into_iter().find(|one| one.unit.as_str() == number);
    found.with_context(|| format!("no sample unit {number}"))
}

impl Office {
    /// The number of a registration of the demonstration.
    fn key(&self, what: &str) -> RegistrationKey {
        let day = self.chapter.today().to_string().replace('-', "");
        let tail = seals::base32(&derive_id(&[b"demo.registration", what.as_bytes()]));
        let tail: String = tail.chars().take(8).collect();
        RegistrationKey(format!("BDC-{PLACE}-{day}-{tail}"))
    }

    async fn holder(&self, unit: UnitNo, who: &Known) -> Result<Holder> {
        let record = book::record_of(unit);
        let card = HolderCard {
            name: who.name.to_owned(),
            id_type: who.document.type_key().to_owned(),
            id_number: who.document.number().to_owned(),
        };
        let key = HolderCard::vault_key(&record, &who.party);
        let card = Sealed::seal(&self.chapter.vault, &key, salt()?, &card).await?;
        Ok(Holder { party: who.party.clone(), share: None, card: Some(card) })
    }

    /// The first entry of a sample unit for a holder.
    async fn first_entry(&self, unit: &SampleUnit, who: &Known) -> Result<RecordCommand> {
        let holders = vec![self.holder(unit.unit, who).await?];
        let blobs = &*self.chapter.platform.blobs;
        Ok(unit.entry(blobs, self.office.organ.clone(), holders).await?)
    }

    fn application(&self, kind: Kind, unit: UnitNo, applicants: Vec<PartyKey>) -> Application {
        Application {
            kind,
            unit,
            more_units: Vec::new(),
            office: self.office.clone(),
            applicants,
            by_act: false,
            purpose: Purpose::Housing,
            micro: false,
            circumstance: Circumstance::Ordinary,
            certificates: u32::from(kind.gives_certificate()),
            value_fen: 0,
            entry: None,
            papers: Vec::new(),
        }
    }

    async fn apply(&self, what: &str, by: &Actor, application: Application) -> Result<()> {
        let key = self.key(what);
        let application = Box::new(application);
        let apply = RegistrationCommand::Apply { key: key.clone(), application };
        let step = format!("{what} apply");
        self.chapter.act::<Registration>(&step, by, &key, &apply).await
    }

    async fn step(&self, what: &str, by: &Actor, command: RegistrationCommand) -> Result<()> {
        let step = format!("{what} {command:?}");
        self.chapter.act::<Registration>(&step, by, &self.key(what), &command).await
    }

    /// Applied for at the window and worked to its entry in the book, which bears the entry of the record.
    async fn registered(&self, what: &str, application: Application) -> Result<()> {
        let unit = application.unit;
        let entry = application.entry.clone().context("nothing is entered")?;
        self.apply(what, &self.registry, application).await?;
        self.step(what, &self.registry, RegistrationCommand::Accept).await?;
        let key = self.key(what);
        let own = [task::EXAMINE, task::PAY, task::ENTER, task::ISSUE];
        for task in queries::tasks(&*self.chapter.platform.reader, &key).await? {
            if task.state != TaskState::Done && !own.contains(&task.name.as_str()) {
                let note = "经核对无误".to_owned();
                let finish = RegistrationCommand::FinishTask { task: task.name, note };
                self.step(what, &self.registry, finish).await?;
            }
        }
        let opinion = "材料齐全，同意登簿".to_owned();
        self.step(what, &self.registry, RegistrationCommand::Examine { opinion }).await?;
        self.pay(what, &key).await?;
        let group = Atomic::new(Shard::new(super::chapter::SHARD))
            .then::<Record>(&book::record_of(unit), &entry)?
            .then::<Registration>(&key, &RegistrationCommand::EnterBook)?;
        self.chapter.send(&format!("{what} enter"), &self.head, group).await
    }

    /// Pays the bill of a registration, as a gateway reports it.
    async fn pay(&self, what: &str, key: &RegistrationKey) -> Result<()> {
        let bill = policy::bill_of(&key.0);
        let found = ledger::bills::queries::bill(&*self.chapter.platform.reader, &bill).await?;
        let Some(row) = found.filter(|row| row.total_fen > 0) else { return Ok(()) };
        let payment = Payment {
            gateway: "demo".to_owned(),
            transaction: format!("DEMO-{}", key.0),
            amount_fen: row.total_fen,
            paid_at: self.chapter.platform.clock.now(),
            receipt_no: "44011526-0000000001".to_owned(),
        };
        let by = Actor::Partner { partner: "demo".to_owned() };
        let pay = BillCommand::Pay { payment };
        self.chapter.act::<Bill>(&format!("{what} pay"), &by, &bill, &pay).await
    }

    async fn flat(&self, chen: &Known) -> Result<()> {
        let unit = sample(FLAT)?;
        let entry = Box::new(self.first_entry(&unit, chen).await?);
        let application = self.application(Kind::First, unit.unit, vec![chen.party.clone()]);
        self.registered("flat", Application { entry: Some(entry), ..application }).await
    }

    /// A court seized the flat and let it go.
    async fn seizure(&self) -> Result<()> {
        let record = book::record_of(sample(FLAT)?.unit);
        let side = Side { name: "广州市南沙区人民法院".to_owned(), ..Side::default() };
        let year = self.chapter.today().year();
        let seize = RecordCommand::Restrict(Box::new(Restrict {
            kind: "seizure".to_owned(),
            side,
            document_no: format!("（{year}）粤0115执1024号"),
            ..Restrict::default()
        }));
        self.chapter.act::<Record>("seize", &self.registry, &record, &seize).await?;
        let release = RecordCommand::Release(Box::new(Release {
            restriction: RestrictionNo(1),
            document_no: format!("（{year}）粤0115执1024号之一"),
            origin: None,
        }));
        self.chapter.act::<Record>("release", &self.registry, &record, &release).await
    }

    async fn mortgage(&self, chen: &Known, bank: PartyKey) -> Result<()> {
        let unit = sample(FLAT)?.unit;
        let amount_fen = 180_000_000;
        let wish = Wish {
            document_no: "南商抵字第0018号".to_owned(),
            side: Side { name: BANK.1.to_owned(), party: Some(bank.clone()), ..Side::default() },
            amount_fen: Some(amount_fen),
            ..Wish::default()
        };
        let entry = self.entry(Kind::Mortgage, unit, &wish).await?;
        let application = self.application(Kind::Mortgage, unit, vec![chen.party.clone(), bank]);
        let application = Application { entry, value_fen: amount_fen, ..application };
        self.registered("mortgage", application).await
    }

    async fn entry(
        &self,
        kind: Kind,
        unit: UnitNo,
        wish: &Wish,
    ) -> Result<Option<Box<RecordCommand>>> {
        let platform = &self.chapter.platform;
        let snapshot = book::now(&*platform.reader, unit, platform.clock.now()).await?;
        let office = (PLACE, &self.office.organ);
        Ok(book::entry(kind, unit, office, snapshot.as_ref(), wish)?.map(Box::new))
    }

    /// The parking space stands in the seller's name; the buyer has applied, the bill waits for the buyer.
    async fn parking(&self, chen: &Known, zhou: &Known) -> Result<()> {
        let unit = sample(PARKING)?;
        let record = book::record_of(unit.unit);
        let entry = self.first_entry(&unit, zhou).await?;
        self.chapter.act::<Record>("parking", &self.registry, &record, &entry).await?;
        let price_fen = 16_800_000;
        let wish = Wish {
            document_no: "存量房买卖合同第20260017号".to_owned(),
            takers: vec![self.holder(unit.unit, chen).await?],
            right_facts: [("price".to_owned(), Value::Int(price_fen))].into(),
            ..Wish::default()
        };
        let kept = self.chapter.vault.keep(Some("property/papers"), UPLOAD).await?;
        let both = vec![zhou.party.clone(), chen.party.clone()];
        let application = Application {
            entry: self.entry(Kind::Transfer, unit.unit, &wish).await?,
            purpose: Purpose::OwnGarage,
            value_fen: price_fen,
            papers: vec![Paper { name: "买卖合同.pdf".to_owned(), blob: kept.blob.0 }],
            ..self.application(Kind::Transfer, unit.unit, both)
        };
        self.apply("parking", &chen.actor(), application).await?;
        let confirm = RegistrationCommand::Confirm { party: zhou.party.clone() };
        self.step("parking", &zhou.actor(), confirm).await?;
        self.step("parking", &self.registry, RegistrationCommand::Accept).await?;
        let place = Shard::new(super::chapter::SHARD);
        self.announce(self.chapter.origin(&place, Record::KIND, &record.0).await?).await
    }

    /// Somebody's certificate is lost: announced for fifteen working days, open to objections.
    async fn announce(&self, origin: kernel::Origin) -> Result<()> {
        let posting = Posting {
            origin,
            issuer: self.office.clone(),
            sort: Label::new("不动产权证书遗失公告", "Lost certificate"),
            sort_key: "lost_certificate".to_owned(),
            title: Label::new(
                "关于金沙路12号地下车位B003不动产权证书遗失的公告",
                "The certificate of parking space B003, 12 Jinsha Road, is lost",
            ),
            text: Label::new(
                "权利人声明该不动产的权属证书遗失，申请补发。公告期内对补发有异议的，请向本机构书面提出，并附证据；期满无异议的，予以补发，原证书作废。",
                "The holder declares the certificate lost and asks for another. Objections with evidence may be raised until the announcement ends; the old certificate is void after that.",
            ),
            facts: [("unit_no".to_owned(), PARKING.to_owned())].into(),
            term: calendar::Term::Workdays { n: 15 },
            source: "不动产登记暂行条例实施细则第二十二条".to_owned(),
            objections: Some(Objections::default()),
            outages: None,
            serves: None,
        };
        let key = AnnouncementKey(ANNOUNCEMENT.to_owned());
        let announce = AnnouncementCommand::Announce(Box::new(posting));
        let by = &self.registry;
        self.chapter.act::<Announcement>("announce", by, &key, &announce).await
    }

    /// The buyer asks what stands on the space, with the contract as proof; the office has it before it.
    async fn inquiry(&self, chen: &Known) -> Result<()> {
        let key = format!("property/proof/{}", chen.party);
        let proof = self.chapter.vault.keep(Some(&key), UPLOAD).await?;
        let question = Question {
            unit: PARKING.parse().map_err(|error| anyhow!("{error}"))?,
            office: self.office.clone(),
            interest: Interest::Contract,
            purpose: "购买该车位前核实权利状况".to_owned(),
            proof: Some(proof.blob.0),
        };
        let key = InquiryKey(seals::base32(&derive_id(&[b"demo.inquiry"])));
        let ask = InquiryCommand::Ask(Box::new(question));
        self.chapter.act::<Inquiry>("inquiry", &chen.actor(), &key, &ask).await
    }
}
