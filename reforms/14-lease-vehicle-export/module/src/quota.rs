//! The quantity of a licence in the ledger (额度簿): which entry follows from which event.
//!
//! ```text
//!  issuer ─► granted ──reserve──► settled
//!              ▲────release──┘
//! ```
//!
//! The ids follow from licence and declaration, so that an entry that a group made and the policy makes again is one.

use crate::licence::{
    Closing, Declaration, ExportLicence, Grant, LicenceCommand, LicenceEvent, LicenceNo,
};
use codes::Label;
use kernel::{Atomic, Shard};
use ledger::{
    AccountSpec, Act, Basis, Book, BookCommand, BookKey, Entry, Opening, Posting, TransferId, Unit,
};

/// The purpose of books of export licences; reform 15 has its own books of the same purpose.
pub const PURPOSE: &str = "export_licence";
/// Whence quantities come.
pub const ISSUER: &str = "issuer";
/// The account of what is left, and of what is reserved of it.
pub const GRANTED: &str = "granted";
/// The account of what left the country.
pub const SETTLED: &str = "settled";

/// The book of a licence.
#[must_use]
pub fn book_of(no: LicenceNo) -> BookKey {
    BookKey::new(PURPOSE, &no.to_string())
}

/// The book as it is opened for a licence. Its validity is judged by the day of declaration, not here by the day of the message.
#[must_use]
pub fn opening(no: LicenceNo, grant: &Grant) -> Opening {
    // 辆, a whole one.
    let account =
        |name: &str, zh: &str, en: &str| AccountSpec::new(name, Unit::new("003", 0), zh, en);
    Opening {
        title: Some(Label::new(format!("出口许可证{no}"), format!("export licence {no}"))),
        owners: vec![grant.party.clone()],
        organ: Some(grant.organ.clone()),
        place: grant.place.clone(),
        accounts: vec![
            account(ISSUER, "发证机构", "issuer").outside(),
            account(GRANTED, "可用数量", "left").uses(grant.uses_max),
            account(SETTLED, "已核销", "settled"),
        ],
        ..Opening::default()
    }
}

/// The id of the reservation of a declaration.
#[must_use]
pub fn use_id(no: LicenceNo, declaration_no: &str) -> TransferId {
    id(no, "use", declaration_no)
}

fn id(no: LicenceNo, what: &str, of: &str) -> TransferId {
    TransferId::derive(&["14", what, &no.to_string(), of])
}

fn basis(shard: &Shard, no: LicenceNo, why: &str) -> Basis {
    Basis::new(why).of(shard, "export_licence", &no.to_string())
}

fn reservation(shard: &Shard, no: LicenceNo, declaration: &Declaration) -> Posting {
    let why = format!("申报核扣 {}", declaration.declaration_no);
    Posting::new(basis(shard, no, &why).on(declaration.declared_on)).reserve(
        use_id(no, &declaration.declaration_no),
        (GRANTED, SETTLED),
        i64::from(declaration.quantity),
        None,
    )
}

/// A deduction: the use and its reservation in one group, so that both are decided or none.
///
/// # Errors
/// A command cannot be written as JSON.
pub fn deduction(
    shard: &Shard,
    no: LicenceNo,
    declaration: &Declaration,
) -> Result<Atomic, serde_json::Error> {
    let command = LicenceCommand::Deduct(Box::new(declaration.clone()));
    let group = Atomic::new(shard.clone()).then::<ExportLicence>(&no, &command)?;
    ledger::book::post(group, &book_of(no), reservation(shard, no, declaration))
}

/// A replacement: the old licence closed and the new one issued for what is left, in one group.
///
/// The new licence is the old one's grant as `change` leaves it; quantity, uses and, unless the validity was extended, its
/// last day are those that are left.
///
/// # Errors
/// A command cannot be written as JSON.
pub fn replacement(
    shard: &Shard,
    (old, licence): (LicenceNo, &ExportLicence),
    (new, grant): (LicenceNo, Grant),
) -> Result<Atomic, serde_json::Error> {
    let grant = Grant {
        quantity: licence.left(),
        uses_max: licence.uses_left(),
        replaces: Some(old),
        ..grant
    };
    let close = LicenceCommand::Close(Closing::Replaced { by: new });
    Atomic::new(shard.clone())
        .then::<ExportLicence>(&old, &close)?
        .then::<ExportLicence>(&new, &LicenceCommand::Issue(Box::new(grant)))
}

/// What the ledger does because of an event of a licence.
#[must_use]
pub fn entries(shard: &Shard, no: LicenceNo, event: &LicenceEvent) -> Vec<BookCommand> {
    use LicenceEvent as E;
    let posting = |why: &str| Posting::new(basis(shard, no, why));
    match event {
        E::Issued(grant) => vec![
            BookCommand::Open(Box::new(opening(no, grant))),
            BookCommand::post(posting("发证").transfer(
                id(no, "grant", ""),
                ISSUER,
                GRANTED,
                i64::from(grant.quantity),
            )),
        ],
        E::UseReserved { declaration, .. } => {
            vec![BookCommand::post(reservation(shard, no, declaration))]
        }
        E::UseSettled { declaration_no, on, .. } => {
            let of = use_id(no, declaration_no);
            let why = Basis { valid_on: Some(*on), ..basis(shard, no, "放行核销") };
            vec![BookCommand::post(Posting::new(why).settle(id(no, "settle", declaration_no), of))]
        }
        E::UseVoided { declaration_no, .. } => {
            let act = Act::Release { of: use_id(no, declaration_no), amount: None };
            let entry = Entry::new(id(no, "void", declaration_no), act);
            vec![BookCommand::post(posting("撤单退关").entry(entry))]
        }
        E::Closed { left, .. } => {
            let why = basis(shard, no, "许可证终止");
            let freeze =
                BookCommand::Freeze { key: "closed".to_owned(), accounts: Vec::new(), basis: why };
            if *left == 0 {
                return vec![freeze];
            }
            let back = posting("剩余数量收回").transfer(
                id(no, "back", ""),
                GRANTED,
                ISSUER,
                i64::from(*left),
            );
            vec![BookCommand::post(back), freeze]
        }
        E::EarlyKept { .. } | E::Exhausted { .. } | E::Expired { .. } => Vec::new(),
    }
}

/// The licence of a book; none for books of other purposes.
#[must_use]
pub fn licence_of(book: &str) -> Option<LicenceNo> {
    book.strip_prefix("export_licence:")?.parse().ok().map(LicenceNo)
}

/// The kind of aggregate that the ledger keeps books in.
pub(crate) type Ledger = Book;
