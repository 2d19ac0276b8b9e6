//! Lawful refusals of books, in the order in which they are asked for.

use codes::{Code, Coded, Label, Moment, Reason};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Why a book says no. Where several reasons hold, the first of this list is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum BookError {
    /// There is no such book.
    #[error("there is no such book")]
    NoBook,
    /// The book is there already, with other content.
    #[error("the book is there already, with other content")]
    Taken,
    /// Only the ledger itself, a timer or the other side of a slice does this.
    #[error("this is the ledger's own to do")]
    NotYours,
    /// The id was used before with other content.
    #[error("the id was used before with other content")]
    IdReused,
    /// Another entry of its chain was refused.
    #[error("another entry of the chain was refused")]
    Chain,
    /// Something that cannot be: an amount of nothing, an account to itself, a name that is none.
    #[error("`{0}` does not hold")]
    Field(FieldName),
    /// There is no such account.
    #[error("there is no account `{0}`")]
    NoAccount(String),
    /// The two accounts count different things.
    #[error("the accounts have different units")]
    UnitDiffers,
    /// There is no such reservation.
    #[error("there is no such reservation")]
    NoHold,
    /// So many early messages are kept that this one is not.
    #[error("too many early messages are kept")]
    EarlyFull,
    /// The reservation has ended, or nothing of it is open.
    #[error("it ended at {since}")]
    Closed {
        /// When.
        since: Moment,
    },
    /// The reservation still waits for its turn.
    #[error("the reservation still waits")]
    Waiting,
    /// Part of it was settled from another account.
    #[error("part of it was settled from another account")]
    SettledElsewhere,
    /// The book takes nothing new.
    #[error("the book was closed at {since}")]
    BookClosed {
        /// When.
        since: Moment,
    },
    /// Something is still reserved or waits.
    #[error("{bound} are still bound")]
    StillBound {
        /// How much.
        bound: i64,
    },
    /// The account is frozen.
    #[error("frozen: {why}")]
    Frozen {
        /// Why.
        why: String,
    },
    /// Nothing may be reserved yet.
    #[error("nothing may be reserved before {from}")]
    NotYetValid {
        /// From when.
        from: Moment,
    },
    /// Nothing may be reserved any more.
    #[error("nothing may be reserved since {since}")]
    Expired {
        /// Since when.
        since: Moment,
    },
    /// The lease of the slice is over: the home must renew it first.
    #[error("the lease of the slice ended at {since}")]
    LeaseEnded {
        /// When.
        since: Moment,
    },
    /// Of an older lease.
    #[error("epoch {found} is over, {current} is current")]
    StaleEpoch {
        /// Found.
        found: u64,
        /// Current.
        current: u64,
    },
    /// All uses are taken.
    #[error("all {max} uses are taken")]
    UsesExhausted {
        /// How many there are.
        max: u32,
    },
    /// Not so much is available.
    #[error("{available} are available")]
    Insufficient {
        /// What is.
        available: i64,
    },
    /// A sum would be too large to count.
    #[error("the sum is too large to count")]
    Overflow,
    /// A rule of risk says no.
    #[error("rule `{rule}` says no: {why}")]
    Risk {
        /// Which.
        rule: String,
        /// Why, in the words of the rule.
        why: String,
    },
}

/// A field that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldName {
    /// An amount of nothing or less.
    Amount,
    /// From an account to itself.
    To,
    /// A name that is none, or one that the ledger keeps for itself.
    Name,
    /// A name twice.
    Twice,
    /// Too many entries or accounts, or none.
    Count,
    /// A rule that is not known.
    Rule,
    /// A term of a slice.
    Terms,
    /// A floor above what the account holds.
    Floor,
}

impl FieldName {
    fn word(self) -> &'static str {
        match self {
            Self::Amount => "amount",
            Self::To => "to",
            Self::Name => "name",
            Self::Twice => "twice",
            Self::Count => "count",
            Self::Rule => "rule",
            Self::Terms => "terms",
            Self::Floor => "floor",
        }
    }
}

impl std::fmt::Display for FieldName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

impl Coded for BookError {
    fn code(&self) -> Code {
        Code::new("LDG", self.face().0)
    }

    fn reason(&self) -> Reason {
        self.face().1
    }

    fn label(&self) -> Label {
        let (_, _, zh, en) = self.face();
        match self {
            Self::Risk { why, .. } | Self::Frozen { why } => {
                Label::new(format!("{zh}原因：{why}"), format!("{en} Reason: {why}"))
            }
            _ => Label::new(zh, en),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::NoBook | Self::NoAccount(_) | Self::NoHold => 404,
            Self::NotYours => 403,
            Self::Field(_) | Self::UnitDiffers | Self::Overflow => 422,
            Self::Frozen { .. } | Self::Risk { .. } => 423,
            Self::EarlyFull => 429,
            _ => 409,
        }
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::Field(key) => json!({ "key": key }),
            Self::NoAccount(account) => json!({ "account": account }),
            Self::Closed { since }
            | Self::BookClosed { since }
            | Self::Expired { since }
            | Self::LeaseEnded { since } => json!({ "since": since }),
            Self::NotYetValid { from } => json!({ "from": from }),
            Self::StillBound { bound } => json!({ "bound": bound }),
            Self::Frozen { why } => json!({ "why": why }),
            Self::StaleEpoch { found, current } => json!({ "found": found, "current": current }),
            Self::UsesExhausted { max } => json!({ "max": max }),
            Self::Insufficient { available } => json!({ "available": available }),
            Self::Risk { rule, why } => json!({ "rule": rule, "why": why }),
            _ => return None,
        };
        Some(fields.to_string())
    }
}

impl BookError {
    /// Number, slug, Chinese and English text.
    #[expect(clippy::too_many_lines, reason = "one table of texts")]
    fn face(&self) -> (u16, Reason, &'static str, &'static str) {
        match self {
            Self::NoBook => (11, "BOOK_UNKNOWN", "没有这本额度簿。", "There is no such book."),
            Self::Taken => (
                12,
                "BOOK_TAKEN",
                "这本额度簿已经开立，内容与本次不同。",
                "This book was opened already, with other content.",
            ),
            Self::NotYours => (
                13,
                "LEDGER_ONLY",
                "此项由额度系统自行办理，不接受外部提交。",
                "The ledger does this by itself and takes it from nobody.",
            ),
            Self::IdReused => (
                14,
                "ID_REUSED",
                "这个编号已经用于另一笔内容不同的登记。",
                "This id was used for an entry with other content.",
            ),
            Self::Chain => (
                15,
                "CHAIN_REFUSED",
                "同一组中的另一笔未被接受，本笔随之不登记。",
                "Another entry of the same chain was refused, so this one is not entered either.",
            ),
            Self::Field(_) => (
                16,
                "ENTRY_FIELD",
                "数量、账户或者名称不符合要求，请核对。",
                "An amount, an account or a name does not hold; check it.",
            ),
            Self::NoAccount(_) => {
                (17, "ACCOUNT_UNKNOWN", "没有这个账户。", "There is no such account.")
            }
            Self::UnitDiffers => (
                18,
                "UNIT_DIFFERS",
                "两个账户的计量单位不同，不能划转。",
                "The two accounts count different things; nothing moves between them.",
            ),
            Self::NoHold => {
                (19, "RESERVATION_UNKNOWN", "没有这笔占用。", "There is no such reservation.")
            }
            Self::EarlyFull => (
                20,
                "EARLY_FULL",
                "提前到达的消息过多，请稍后重发。",
                "Too many messages came before what they belong to; send this one again later.",
            ),
            Self::Closed { .. } => (
                21,
                "CLOSED",
                "这笔占用已经了结，不能再变动。",
                "This reservation has ended and cannot change any more.",
            ),
            Self::Waiting => (
                22,
                "STILL_WAITING",
                "这笔占用仍在排队，尚未核扣。",
                "This reservation still waits for its turn.",
            ),
            Self::SettledElsewhere => (
                23,
                "SETTLED_ELSEWHERE",
                "这笔占用的一部分已由另一账户承担。",
                "Part of this reservation was borne by another account.",
            ),
            Self::BookClosed { .. } => (
                24,
                "BOOK_CLOSED",
                "这本额度簿已经结清，不再接受新的登记。",
                "This book is closed and takes nothing new.",
            ),
            Self::StillBound { .. } => (
                25,
                "STILL_BOUND",
                "仍有占用或者排队未了结，不能这样办理。",
                "Something is still reserved or waits; this cannot be done now.",
            ),
            Self::Frozen { .. } => (
                26,
                "FROZEN",
                "额度已被冻结，暂不接受新的占用。",
                "The quota is frozen and takes no new reservation.",
            ),
            Self::NotYetValid { .. } => {
                (27, "NOT_YET_VALID", "尚未到可用期间。", "It may not be used yet.")
            }
            Self::Expired { .. } => {
                (28, "EXPIRED", "已过可用期间。", "The time in which it may be used is over.")
            }
            Self::LeaseEnded { .. } => (
                29,
                "LEASE_ENDED",
                "本地额度片租期已满，须与主管地恢复联系后再占用。",
                "The lease of the local slice is over; the home must be reached before anything new is reserved.",
            ),
            Self::StaleEpoch { .. } => (
                30,
                "STALE_EPOCH",
                "这是旧租期的消息，未予采信。",
                "This belongs to an earlier lease and is not taken.",
            ),
            Self::UsesExhausted { .. } => {
                (31, "USES_EXHAUSTED", "使用次数已满。", "All uses are taken.")
            }
            Self::Insufficient { .. } => {
                (32, "QUOTA_INSUFFICIENT", "可用额度不足。", "Not so much quota is available.")
            }
            Self::Overflow => (
                33,
                "AMOUNT_OVERFLOW",
                "数量超出可以记录的范围。",
                "The amount is larger than can be recorded.",
            ),
            Self::Risk { .. } => (
                34,
                "RISK_REFUSED",
                "风险规则不允许本次占用。",
                "A rule of risk does not allow this reservation.",
            ),
        }
    }
}
