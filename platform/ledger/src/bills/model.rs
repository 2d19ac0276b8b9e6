//! What bills speak of: orders, lines, payments, states.

use codes::{Label, Moment};
use kernel::{OrganKey, Origin, PartyKey, derive_id};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The key of a bill: opaque, following from what asked for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BillKey(pub String);

impl fmt::Display for BillKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl BillKey {
    /// The number under which the gateway knows the bill (订单号), and its address: 26 characters that follow from the key.
    #[must_use]
    pub fn order_no(&self) -> String {
        seals::base32(&derive_id(&[b"ledger.order", self.0.as_bytes()]))
    }
}

/// One line of a bill (收费项目), with the rule that produced it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillLine {
    /// For what.
    pub label: Label,
    /// How many.
    pub count: u32,
    /// For each, in fen.
    pub each_fen: i64,
    /// Together, in fen.
    pub amount_fen: i64,
    /// The row of the decision table, such as `registration_fee/housing`.
    pub rule: String,
    /// Law and article, or notice number (收费依据).
    pub basis: String,
}

/// An order to issue a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillOrder {
    /// What it comes from, such as the event of a registration.
    pub origin: Origin,
    /// To whom the money is owed (执收单位).
    pub organ: OrganKey,
    /// Its name.
    pub organ_name: String,
    /// The division in which it acts.
    pub place: String,
    /// Who pays.
    pub payer: PartyKey,
    /// What it is for.
    pub title: Label,
    /// Line by line; none where nothing is owed.
    pub lines: Vec<BillLine>,
    /// Why nothing is owed, where that is so: the row and its ground.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_by: Option<String>,
}

/// A payment as the gateway reported it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The gateway.
    pub gateway: String,
    /// The gateway's own number of the payment (交易流水号); it tells one payment from another.
    pub transaction: String,
    /// How much, in fen.
    pub amount_fen: i64,
    /// When.
    pub paid_at: Moment,
    /// The number of the receipt (财政电子票据号码), from the provider.
    pub receipt_no: String,
}

/// Why a bill is waived; both parts are demanded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ground {
    /// The facts.
    pub reason: String,
    /// The article.
    pub article: String,
}

/// Where a bill stands (账单状态).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillState {
    /// Not issued.
    #[default]
    None,
    /// To be paid (待缴费).
    Due,
    /// Nothing is owed (无需缴费).
    Free,
    /// Paid (已缴费).
    Paid,
    /// Waived by the organ (已减免).
    Waived,
    /// What it was for was given up before it was paid (已作废).
    Void,
    /// On its way back to the payer (退款中).
    Refunding,
    /// Back with the payer (已退款).
    Refunded,
}

impl BillState {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::None,
        Self::Due,
        Self::Free,
        Self::Paid,
        Self::Waived,
        Self::Void,
        Self::Refunding,
        Self::Refunded,
    ];

    /// The word in rows and answers.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Due => "due",
            Self::Free => "free",
            Self::Paid => "paid",
            Self::Waived => "waived",
            Self::Void => "void",
            Self::Refunding => "refunding",
            Self::Refunded => "refunded",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        let (zh, en) = match self {
            Self::None => ("未开出", "Not issued"),
            Self::Due => ("待缴费", "To be paid"),
            Self::Free => ("无需缴费", "Nothing to pay"),
            Self::Paid => ("已缴费", "Paid"),
            Self::Waived => ("已减免", "Waived"),
            Self::Void => ("已作废", "Void"),
            Self::Refunding => ("退款中", "Being refunded"),
            Self::Refunded => ("已退款", "Refunded"),
        };
        Label::new(zh, en)
    }

    /// Whether nothing more has to be paid for what it is about to go on.
    #[must_use]
    pub const fn settled(self) -> bool {
        matches!(self, Self::Free | Self::Paid | Self::Waived)
    }
}
