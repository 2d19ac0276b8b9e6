//! Words of the module: keys, who is concerned, what a filing offers.

use codes::Date;
use documents::Issuer;
use guarantee::{Kind, Matter, Scope, Settlement, Tax};
use kernel::PartyKey;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A key that is a text.
macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The key of a text.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

key! {
    /// A guarantee by its number, `CCCC-YY-NNNNNNN` (担保备案编号).
    GuaranteeNo
}
key! {
    /// A use by the declaration or matter that it is for (占用编号): one declaration, one use, one text (R2).
    ExposureNo
}
key! {
    /// A filing by guarantor and its own number (担保人代码-文本号).
    FilingNo
}
key! {
    /// A guarantor by its code (担保人代码).
    GuarantorCode
}
key! {
    /// An enterprise by its unified code.
    ImporterKey
}
key! {
    /// The numbers of an office and year, `5100-26`.
    SeriesKey
}
key! {
    /// The watch of an office (风险监测), by its code.
    WatchKey
}

/// The number of a use without a guarantee, for those who need none (免担保, R6).
pub const EXEMPT: &str = "EXEMPT";

/// The enterprise whose guarantee it is (企业).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enterprise {
    /// The unified code.
    pub uscc: String,
    /// The customs number, ten digits and letters (海关备案编码).
    pub customs_reg_no: String,
    /// The name.
    pub name: String,
    /// The party.
    pub party: PartyKey,
}

/// What a guarantor offers (担保人报送的担保文本).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    /// The guarantor.
    pub guarantor: GuarantorCode,
    /// The number under which the guarantor gave it.
    pub text_no: String,
    /// For whom.
    pub enterprise: Enterprise,
    /// Its sort.
    pub kind: Kind,
    /// To whom.
    pub beneficiaries: Scope,
    /// For what.
    pub covers: Scope,
    /// Whether late fees are covered.
    pub covers_late_fee: bool,
    /// How much, in fen.
    pub limit_fen: i64,
    /// The first day.
    pub valid_from: Date,
    /// The last day.
    pub valid_to: Date,
    /// The last day of claims by the text itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims_to: Option<Date>,
    /// Whether the guarantor is jointly liable (连带责任).
    pub joint_liability: bool,
    /// The office of the enterprise's seat (属地海关), four digits.
    pub home_office: String,
}

/// What a text is about, for those who read one event alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The number.
    pub no: GuaranteeNo,
    /// For whom.
    pub enterprise: Enterprise,
    /// By whom.
    pub guarantor: GuarantorCode,
    /// The guarantor's name.
    pub guarantor_name: String,
    /// The guarantor as a party.
    pub guarantor_party: PartyKey,
    /// The office of the seat.
    pub home_office: String,
    /// The organ that keeps it.
    pub issuer: Issuer,
}

/// What a declaration asks for (核扣申请).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The text, or [`EXEMPT`].
    pub guarantee: GuaranteeNo,
    /// What the text is about; none without a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Box<About>>,
    /// For whom.
    pub enterprise: Enterprise,
    /// For what.
    pub matter: Matter,
    /// How the tax is settled.
    #[serde(default)]
    pub settlement: Settlement,
    /// Where: the office, four digits.
    pub place: String,
    /// How much, in fen.
    pub amount_fen: i64,
    /// The tax as far as it is known.
    pub tax: Tax,
    /// The day on which the declaration was completed (申报完成).
    pub completed_on: Date,
    /// The day that the matter names, where its term does not follow from completion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<Date>,
    /// Whether customs approved a longer term.
    #[serde(default)]
    pub approved: bool,
    /// Goods by their codes (商品编码), ten digits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goods: Vec<String>,
}

/// When something is due, as it is recorded (应履行日).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueOn {
    /// The day.
    pub on: Date,
    /// Whether it rests on holidays that no notice settles.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
}
