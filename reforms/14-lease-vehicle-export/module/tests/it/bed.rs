//! A platform with the ledger and this module, licences as the proof has them.

use calendar::{Calendar, MonthDay};
use codes::{Date, Moment};
use elements::Dictionary;
use export_licence::{NextYear, ValidityRow};
use kernel::{Actor, Atomic, OrganKey, PartyKey, Shard};
use lease_export::IssuanceMode;
use lease_export_module::law::TABLES;
use lease_export_module::licence::{Declaration, Grant};
use lease_export_module::{
    ExportLicence, LeaseExport, LeaseLaw, LicenceCommand, LicenceEvent, LicenceNo, quota,
};
use ledger::book::queries::{self, AccountRow};
use ledger::{LedgerModule, Outside};
use module::{Module, SubmitError};
use std::path::Path;
use std::sync::Arc;
use testbed::{Setup, Testbed};

pub(crate) const USCC: &str = "91440115MAD2K7Q49J";

pub(crate) fn shard() -> Shard {
    Shard::new("440100")
}

pub(crate) fn d(text: &str) -> Date {
    text.parse().expect("a day")
}

pub(crate) fn law() -> LeaseLaw {
    let dictionary = Dictionary::builtin().expect("the dictionary is sound");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("folder/rules");
    let tables: Vec<Arc<rules::Table>> = TABLES
        .iter()
        .map(|id| {
            let file = format!("{id}.yaml");
            let text = std::fs::read_to_string(folder.join(&file)).expect("readable");
            let table = rules::Table::read(&dictionary, &file, &text);
            let table = table.unwrap_or_else(|faults| panic!("{file}: {faults:?}"));
            assert!(table.check().is_empty(), "{:?}", table.check());
            Arc::new(table)
        })
        .collect();
    LeaseLaw::new(&tables, Calendar::embedded()).expect("all tables are there")
}

pub(crate) fn modules() -> Vec<Box<dyn Module>> {
    let ledger = LedgerModule::new(Outside { gateway: None });
    vec![Box::new(ledger), Box::new(LeaseExport::new(Arc::new(law())))]
}

/// A platform at ten in the morning of a day.
pub(crate) async fn start(day: &str) -> Testbed {
    let at = Moment::from_wall(d(day).at(10, 0, 0, 0));
    Setup::new(modules()).at(at).start().await.expect("starts")
}

pub(crate) fn licence(serial: u32) -> LicenceNo {
    LicenceNo(format!("26-AC-{serial:06}").parse().expect("a number"))
}

/// Issued on 2026-03-16.
pub(crate) fn grant(mode: IssuanceMode, quantity: u32) -> Grant {
    let row = ValidityRow {
        term: "min(6m, window 01-01..12-31)".parse().expect("a term"),
        next_year_from: NextYear(MonthDay::new(12, 10).expect("a day")),
        source: String::new(),
    };
    Grant {
        uscc: USCC.to_owned(),
        exporter_name: "广州示例融资租赁有限公司".to_owned(),
        party: PartyKey::new(USCC),
        organ: OrganKey::new("440000-commerce"),
        place: "440100".to_owned(),
        hs_code: "8701210000".parse().expect("a code"),
        goods: "某某牌 SX4250".to_owned(),
        trade_mode: "1523".to_owned(),
        export_destination: "MNG".to_owned(),
        customs_office_code: None,
        mode,
        uses_max: if mode == IssuanceMode::Batch { 1 } else { 12 },
        quantity,
        validity: row.of(d("2026-03-16"), false).expect("a validity"),
        replaces: None,
    }
}

pub(crate) fn declaration(n: u32, quantity: u32) -> Declaration {
    Declaration {
        declaration_no: format!("5165202600000{n:05}"),
        uscc: USCC.to_owned(),
        hs_code: "8701210000".parse().expect("a code"),
        trade_mode: "1523".to_owned(),
        customs_office_code: "5165".to_owned(),
        quantity,
        declared_on: d("2026-03-20"),
    }
}

/// Customs as the platform knows it.
pub(crate) fn customs() -> Actor {
    Actor::system("customs")
}

pub(crate) async fn act(
    bed: &Testbed,
    no: LicenceNo,
    command: LicenceCommand,
) -> Result<(), SubmitError> {
    let group = Atomic::new(shard()).then::<ExportLicence>(&no, &command).expect("json");
    bed.submit_as(customs(), bed.next_id(), group).await.map(|_receipt| ())
}

pub(crate) async fn issue(bed: &Testbed, no: LicenceNo, mode: IssuanceMode, quantity: u32) {
    let command = LicenceCommand::Issue(Box::new(grant(mode, quantity)));
    act(bed, no, command).await.expect("issued");
}

pub(crate) async fn deduct(bed: &Testbed, no: LicenceNo, one: &Declaration) -> Result<(), String> {
    let group = quota::deduction(&shard(), no, one).expect("json");
    let answer = bed.submit_as(customs(), bed.next_id(), group).await;
    answer.map(|_receipt| ()).map_err(|error| told(&error))
}

pub(crate) async fn clear(bed: &Testbed, no: LicenceNo, one: &Declaration) -> Result<(), String> {
    let command = LicenceCommand::Clear {
        declaration_no: one.declaration_no.clone(),
        quantity: one.quantity,
        on: d("2026-03-21"),
    };
    act(bed, no, command).await.map_err(|error| told(&error))
}

pub(crate) async fn cancel(bed: &Testbed, no: LicenceNo, one: &Declaration) -> Result<(), String> {
    let command = LicenceCommand::Cancel { declaration_no: one.declaration_no.clone() };
    act(bed, no, command).await.map_err(|error| told(&error))
}

/// The slug and the fields.
pub(crate) fn told(error: &SubmitError) -> String {
    let refusal = error.refusal();
    if refusal.fields.is_null() {
        refusal.reason
    } else {
        format!("{} {}", refusal.reason, refusal.fields)
    }
}

/// An account of the licence's book.
pub(crate) async fn account(bed: &Testbed, no: LicenceNo, name: &str) -> AccountRow {
    let book = quota::book_of(no);
    let found = queries::balance(&*bed.platform().reader, &book, name).await.expect("readable");
    found.expect("the book has the account")
}

/// What is left and what is settled.
pub(crate) async fn left(bed: &Testbed, no: LicenceNo) -> (i64, i64) {
    let granted = account(bed, no, quota::GRANTED).await.available.expect("a floor");
    (granted, account(bed, no, quota::SETTLED).await.standing.posted)
}

/// The events of a licence and the licence that they make.
pub(crate) async fn state(bed: &Testbed, no: LicenceNo) -> (ExportLicence, Vec<LicenceEvent>) {
    use kernel::Aggregate as _;
    let key = no.to_string();
    let recorded =
        bed.journal().stream(&shard(), ExportLicence::KIND, &key, 0).await.expect("readable");
    let events: Vec<LicenceEvent> =
        recorded.iter().map(|event| event.read().expect("an event")).collect();
    let mut licence = ExportLicence::default();
    events.iter().for_each(|event| licence.evolve(event));
    (licence, events)
}
