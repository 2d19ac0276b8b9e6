//! The words of a book: its key, its accounts, what is asked of it and on what basis.

use codes::{Date, Label, Moment};
use kernel::{EventId, OrganKey, Origin, PartyKey, Shard};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Entries in one posting; more are several postings.
pub const ENTRIES_MAX: usize = 8_192;
/// Accounts in one book.
pub const ACCOUNTS_MAX: usize = 100_000;
/// Early messages that one book keeps, so that a partner who is wrong about a number fills no memory.
pub const EARLY_MAX: usize = 10_000;
/// Lines of one event that the book writes by itself: what fell due or was served at once is cut into events of so many.
pub const LINES_MAX: usize = 1_000;

/// A book (额度簿) by what it is for and its number: `guarantee:5100-26-0000001`.
///
/// A lent slice has a book of its own in the other shard: the home's key, `@`, the shard.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BookKey(pub String);

impl BookKey {
    /// The book of a purpose and a number.
    #[must_use]
    pub fn new(purpose: &str, number: &str) -> Self {
        Self(format!("{purpose}:{number}"))
    }

    /// The book of a slice that this book lends to a shard.
    #[must_use]
    pub fn slice(&self, to: &Shard) -> Self {
        Self(format!("{}@{to}", self.0))
    }

    /// What the book is for: the part before the colon.
    #[must_use]
    pub fn purpose(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BookKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An account of a book by its name: small letters, digits, `.`, `-` and `_`, such as `limit`, `bond.000123`.
///
/// Cloning is cheap: lines share the name that the book holds.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountName(Arc<str>);

impl AccountName {
    /// What goes to another book and what came from one (往来): every book has it, of every unit that it carries.
    pub const AWAY: &'static str = "away";
    /// What came for an account that is not there or has another unit (待查).
    pub const UNPLACED: &'static str = "unplaced";

    /// The name from its text, which [`AccountName::is_sound`] judges when the account is made.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether an account may be called so: 1 to 64 small letters, digits, `.`, `-`, `_`.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_".contains(&b);
        !self.0.is_empty() && self.0.len() <= 64 && self.0.bytes().all(known)
    }
}

impl From<&str> for AccountName {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl std::borrow::Borrow<str> for AccountName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

impl Serialize for AccountName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for AccountName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <Cow<'de, str>>::deserialize(deserializer).map(|text| Self(Arc::from(&*text)))
    }
}

/// The id of one entry (分录编号): the same id with the same content happens once; with other content it is refused.
///
/// Take one that follows from the thing itself, so that a repeated message gives the same:
/// `TransferId::derive(&["25", "hold", exposure_no])`.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransferId(u128);

impl TransferId {
    /// The id as a number.
    #[must_use]
    pub const fn new(number: u128) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u128 {
        self.0
    }

    /// The id that follows from parts; the same parts give the same id.
    #[must_use]
    pub fn derive(parts: &[&str]) -> Self {
        let bytes: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        Self(u128::from_be_bytes(kernel::derive_id(&bytes)))
    }
}

/// A text that is no id of 32 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id of 32 hexadecimal digits")]
pub struct NotATransferId(pub String);

/// Digits of ids.
const HEX: &[u8; 16] = b"0123456789abcdef";

impl TransferId {
    /// The 32 hexadecimal digits.
    fn digits(self) -> [u8; 32] {
        let mut digits = [b'0'; 32];
        for (two, byte) in digits.chunks_exact_mut(2).zip(self.0.to_be_bytes()) {
            if let [high, low] = two {
                *high = HEX.get(usize::from(byte >> 4)).copied().unwrap_or(b'0');
                *low = HEX.get(usize::from(byte & 15)).copied().unwrap_or(b'0');
            }
        }
        digits
    }
}

impl fmt::Display for TransferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.digits()).unwrap_or_default())
    }
}

impl fmt::Debug for TransferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TransferId({self})")
    }
}

impl FromStr for TransferId {
    type Err = NotATransferId;

    fn from_str(text: &str) -> Result<Self, NotATransferId> {
        if text.len() != 32 || text.starts_with('+') {
            return Err(NotATransferId(text.to_owned()));
        }
        let wrong = |_digits| NotATransferId(text.to_owned());
        u128::from_str_radix(text, 16).map(Self).map_err(wrong)
    }
}

impl Serialize for TransferId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.digits()).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for TransferId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// What an account counts (单位): a code and how many decimals its smallest step has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unit {
    /// An ISO 4217 currency, a customs measure code (`035` kilogram, `011` piece), or a word of the trade.
    pub code: Cow<'static, str>,
    /// Decimals: 2 for fen, 5 for quantities of bonded goods.
    pub scale: u8,
}

impl Unit {
    /// Chinese yuan in fen.
    pub const FEN: Self = Self { code: Cow::Borrowed("CNY"), scale: 2 };

    /// A unit.
    #[must_use]
    pub fn new(code: &str, scale: u8) -> Self {
        Self { code: Cow::Owned(code.to_owned()), scale }
    }
}

/// Who is served when quantity comes free (排队规则).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Queue {
    /// Nobody waits: what does not fit is refused.
    #[default]
    None,
    /// In order, but what fits passes what does not (34 S6).
    Passing,
    /// In order: whoever comes later waits as long as anybody waits.
    Strict,
}

/// An account as it is opened (账户).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSpec {
    /// Its name.
    pub name: AccountName,
    /// How people call it.
    pub label: Label,
    /// What it counts.
    pub unit: Unit,
    /// How far down it may go, reservations counted: 0, or less where it has credit; nothing for an account that stands for
    /// the world outside.
    pub floor: Option<i64>,
    /// How many reservations may stand or have been settled at once, beside the quantity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses_max: Option<u32>,
    /// Who waits.
    #[serde(default, skip_serializing_if = "is_no_queue")]
    pub queue: Queue,
    /// The first instant at which something may be reserved from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Moment>,
    /// The first instant at which nothing may be reserved from it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Moment>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
fn is_no_queue(queue: &Queue) -> bool {
    *queue == Queue::None
}

impl AccountSpec {
    /// An account that never falls below zero.
    #[must_use]
    pub fn new(name: &str, unit: Unit, zh: &str, en: &str) -> Self {
        Self {
            name: name.into(),
            label: Label::new(zh, en),
            unit,
            floor: Some(0),
            uses_max: None,
            queue: Queue::None,
            valid_from: None,
            valid_until: None,
        }
    }

    /// It stands for the world outside: what comes in comes from it, so that it may be as far below zero as it takes.
    #[must_use]
    pub fn outside(mut self) -> Self {
        self.floor = None;
        self
    }

    /// It may be overdrawn by a credit.
    #[must_use]
    pub fn credit(mut self, credit: i64) -> Self {
        self.floor = Some(credit.saturating_neg());
        self
    }

    /// So many uses at most.
    #[must_use]
    pub fn uses(mut self, max: u32) -> Self {
        self.uses_max = Some(max);
        self
    }

    /// Whoever does not fit waits.
    #[must_use]
    pub fn queue(mut self, queue: Queue) -> Self {
        self.queue = queue;
        self
    }

    /// Reservations are taken from the first instant until before the second.
    #[must_use]
    pub fn valid(mut self, from: Option<Moment>, until: Option<Moment>) -> Self {
        (self.valid_from, self.valid_until) = (from, until);
        self
    }
}

/// A book as it is opened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// What it is, for people.
    pub title: Option<Label>,
    /// The parties that may see it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<PartyKey>,
    /// The organ that keeps it and may see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organ: Option<OrganKey>,
    /// Its place, a division.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// Its accounts.
    pub accounts: Vec<AccountSpec>,
    /// Rules that are asked before each reservation, by name ([`crate::RiskRule`]), in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// What it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// Why something is entered (依据): stands with every line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// The reason, in the words or the code of whoever enters it.
    pub reason: String,
    /// The case, exposure, licence or message that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The day from which it counts in law, where that is not the day on which it is entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_on: Option<Date>,
}

impl Basis {
    /// A reason.
    #[must_use]
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), ..Self::default() }
    }

    /// … of a thing by kind and key, whose event is not known yet because it is decided in the same group.
    #[must_use]
    pub fn of(mut self, shard: &Shard, kind: &str, key: &str) -> Self {
        let event = EventId { shard: shard.clone(), seq: 0 };
        self.origin = Some(Origin { kind: kind.to_owned(), key: key.to_owned(), event });
        self
    }

    /// … that counts from a day.
    #[must_use]
    pub fn on(mut self, day: Date) -> Self {
        self.valid_on = Some(day);
        self
    }

    /// The thing as `kind/key`, which the book keeps with what is reserved.
    #[must_use]
    pub fn pointer(&self) -> Option<Arc<str>> {
        self.origin.as_ref().map(|origin| format!("{}/{}", origin.kind, origin.key).into())
    }
}

/// What is asked of accounts. Amounts are whole steps of the accounts' scale and more than zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// From one account to another at once (划转).
    Transfer {
        /// Whence.
        from: AccountName,
        /// Where to.
        to: AccountName,
        /// How much.
        amount: i64,
    },
    /// Bound until it is settled, released or expires (核扣). The entry's id names the reservation from here on.
    Reserve {
        /// Whence.
        from: AccountName,
        /// Where it goes when it is settled.
        to: AccountName,
        /// How much.
        amount: i64,
        /// When it lapses by itself unless it was accepted or settled before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Moment>,
        /// Where it does not fit it waits, in the order of this instant, on an account with a [`Queue`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wait: Option<Moment>,
    },
    /// What is bound in all, settled or not, becomes this much (调整): more needs what is available; less comes back, first
    /// of what is not settled.
    Adjust {
        /// The reservation.
        of: TransferId,
        /// The new amount in all.
        amount: i64,
    },
    /// It was accepted (受理): it does not expire any more.
    Accept {
        /// The reservation.
        of: TransferId,
    },
    /// What was reserved goes where it is meant to go (核销), whole or in part.
    Settle {
        /// The reservation.
        of: TransferId,
        /// How much; all that is open if it is not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<i64>,
        /// The account that bears it, where that is another than the one reserved from (20: the year of release).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<AccountName>,
        /// What becomes of the rest and whether it can be restored.
        #[serde(default, skip_serializing_if = "is_usual")]
        rest: Rest,
    },
    /// What is open is free again (撤销).
    Release {
        /// The reservation.
        of: TransferId,
        /// How much; all that is open if it is not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<i64>,
    },
    /// What was settled comes back to the account that bore it (返还).
    Restore {
        /// The reservation.
        of: TransferId,
        /// How much; all that is settled if it is not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<i64>,
    },
    /// What was settled moves on to another account and can still be restored from there (转列), as used becomes claimed.
    Shift {
        /// The reservation.
        of: TransferId,
        /// Where to.
        to: AccountName,
    },
    /// To an account of another book (跨簿划转): it leaves `from` here and arrives there by the ledger's own hand, in the
    /// same batch where both books lie in one shard.
    Carry {
        /// The settled reservation whose amount it is, if it is one's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<TransferId>,
        /// Whence; the account to which the reservation was settled.
        from: AccountName,
        /// How much.
        amount: i64,
        /// The other book.
        to: Place,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
fn is_usual(rest: &Rest) -> bool {
    *rest == Rest::Open
}

/// What becomes of a reservation after it was settled in part or whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rest {
    /// What is not settled stays reserved; what is settled may be restored.
    #[default]
    Open,
    /// What is not settled is free again; what is settled may be restored.
    Released,
    /// What is not settled is free again, and nothing is ever restored: the reservation ends here.
    Final,
}

/// An account of another book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The shard of that book; this one's if it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// The book.
    pub book: BookKey,
    /// The account.
    pub account: AccountName,
    /// What it counts, which must be what is carried.
    pub unit: Unit,
}

/// One entry (分录).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its id.
    pub id: TransferId,
    /// What is asked.
    pub act: Act,
    /// Its own basis, where it is not the posting's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Box<Basis>>,
    /// Whether it stands or falls with the next one: a chain ends with the first entry that is not linked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub linked: bool,
    /// Whether it is kept until its reservation is there, where it overtook it on the way; in a chain nothing is kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub early: bool,
}

impl Entry {
    /// An entry.
    #[must_use]
    pub fn new(id: TransferId, act: Act) -> Self {
        Self { id, act, basis: None, linked: false, early: false }
    }

    /// On its own basis.
    #[must_use]
    pub fn basis(mut self, basis: Basis) -> Self {
        self.basis = Some(Box::new(basis));
        self
    }

    /// Linked to the next.
    #[must_use]
    pub fn linked(mut self) -> Self {
        self.linked = true;
        self
    }

    /// Kept if it comes before its reservation.
    #[must_use]
    pub fn early(mut self) -> Self {
        self.early = true;
        self
    }
}

/// What holds a posting together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Terms {
    /// All of it or nothing: the first refusal refuses the command.
    #[default]
    Together,
    /// Each entry, or chain of linked ones, by itself: refusals are recorded beside what was entered, so that the command
    /// has one answer for ever.
    Each,
}

/// Entries on one basis (过账): the hot path is one of these with many entries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// Why, for every entry that says nothing else.
    pub basis: Basis,
    /// What holds it together.
    #[serde(default)]
    pub terms: Terms,
    /// The entries, decided in order, each on what those before it did.
    pub entries: Vec<Entry>,
}

impl Posting {
    /// An empty posting, all or nothing.
    #[must_use]
    pub fn new(basis: Basis) -> Self {
        Self { basis, terms: Terms::Together, entries: Vec::new() }
    }

    /// Each entry by itself.
    #[must_use]
    pub fn each(mut self) -> Self {
        self.terms = Terms::Each;
        self
    }

    /// One more entry.
    #[must_use]
    pub fn entry(mut self, entry: Entry) -> Self {
        self.entries.push(entry);
        self
    }

    /// A transfer.
    #[must_use]
    pub fn transfer(self, id: TransferId, from: &str, to: &str, amount: i64) -> Self {
        let act = Act::Transfer { from: from.into(), to: to.into(), amount };
        self.entry(Entry::new(id, act))
    }

    /// A reservation that does not wait.
    #[must_use]
    pub fn reserve(
        self,
        id: TransferId,
        (from, to): (&str, &str),
        amount: i64,
        until: Option<Moment>,
    ) -> Self {
        let act = Act::Reserve { from: from.into(), to: to.into(), amount, until, wait: None };
        self.entry(Entry::new(id, act))
    }

    /// The whole of a reservation is settled.
    #[must_use]
    pub fn settle(self, id: TransferId, of: TransferId) -> Self {
        let act = Act::Settle { of, amount: None, from: None, rest: Rest::Open };
        self.entry(Entry::new(id, act))
    }

    /// All that is open of a reservation is released.
    #[must_use]
    pub fn release(self, id: TransferId, of: TransferId) -> Self {
        self.entry(Entry::new(id, Act::Release { of, amount: None }))
    }

    /// All that is settled of a reservation comes back.
    #[must_use]
    pub fn restore(self, id: TransferId, of: TransferId) -> Self {
        self.entry(Entry::new(id, Act::Restore { of, amount: None }))
    }

    /// A reservation becomes this much.
    #[must_use]
    pub fn adjust(self, id: TransferId, of: TransferId, amount: i64) -> Self {
        self.entry(Entry::new(id, Act::Adjust { of, amount }))
    }

    /// A reservation does not expire any more.
    #[must_use]
    pub fn accept(self, id: TransferId, of: TransferId) -> Self {
        self.entry(Entry::new(id, Act::Accept { of }))
    }
}

/// What a slice is lent on (额度片条款).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SliceTerms {
    /// The account that lends.
    pub account: AccountName,
    /// The accounts of the other book beside the lent one, such as those to which reservations are settled.
    pub with: Vec<AccountSpec>,
    /// How much is lent at first, and at most each time the other side asks for more.
    pub step: i64,
    /// How long a lease runs, in µs; it is renewed while the slice is used.
    pub lease_us: i64,
    /// The share in use, in percent, at which the other side asks for more.
    pub low_percent: u8,
}
