//! Whether bonded goods may move (余料结转条件), and why not.

use crate::Qty;
use codes::{Code, Coded, Date, HsCode, Label, Reason};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

/// Under what kind of contract goods are processed (加工贸易方式).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "processing")]
pub enum Processing {
    /// Bought by the processor (进料加工).
    Bought,
    /// Supplied by a foreign owner (来料加工), who has to be the same on both sides.
    Supplied {
        /// Who.
        owner: String,
    },
}

/// One side of a transfer: a line of a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// The book.
    pub book_no: String,
    /// The line in it.
    pub line_no: u32,
    /// The group that its owner belongs to on the day.
    pub group_no: Option<String>,
    /// Whether its owner is suspended or dishonest.
    pub suspended: bool,
    /// The last day of a handbook.
    pub valid_to: Option<Date>,
    /// How goods are processed under it.
    pub processing: Processing,
    /// The commodity code of the line.
    pub hs_code: HsCode,
    /// The declared unit (申报单位), such as `035`.
    pub unit_code: String,
    /// Whether it is a material, not a product.
    pub is_material: bool,
    /// Whether it is managed by serial numbers.
    pub serialised: bool,
}

/// What the register of serials knows of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SerialState {
    /// Nothing.
    Unknown,
    /// It lies elsewhere.
    Elsewhere {
        /// Under which book.
        book_no: String,
    },
    /// It lies in the line, unprocessed.
    Here,
    /// It was issued for processing, or opened for it.
    Processed,
}

/// A paper of airworthiness (适航批准标签).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// Its number.
    pub number: String,
    /// Its form, such as `FAA 8130-3`, `EASA Form 1`, `AAC-038`.
    pub form: String,
    /// The serials it covers.
    pub serials: BTreeSet<String>,
}

/// A transfer that is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Where goods come from.
    pub out: Side,
    /// Where they go.
    pub into: Side,
    /// How much.
    pub quantity: Qty,
    /// The serials, where the line has them.
    pub serials: Vec<String>,
    /// The papers.
    pub papers: Vec<Paper>,
    /// Whether it is stated, and signed, that they are unprocessed.
    pub unprocessed: bool,
}

/// Why goods may not move; [`refusals`] gives them in this order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The two owners are not of one group.
    #[error("the two books are not of one group")]
    NotSameGroup,
    /// An owner is suspended.
    #[error("the owner of `{book_no}` is suspended")]
    Suspended {
        /// Of which book.
        book_no: String,
    },
    /// A handbook has ended.
    #[error("handbook `{book_no}` ended on {since}")]
    HandbookExpired {
        /// Which.
        book_no: String,
        /// When.
        since: Date,
    },
    /// Both sides are the same line.
    #[error("both sides are the same line")]
    SameLine,
    /// It is no material.
    #[error("line {line_no} of `{book_no}` is no material")]
    NotMaterial {
        /// In which book.
        book_no: String,
        /// Which line.
        line_no: u32,
    },
    /// Goods are processed otherwise, or for another owner.
    #[error("the kinds of processing differ")]
    TradeModeDiffers,
    /// The first eight digits differ.
    #[error("{out} and {into} differ in their first eight digits")]
    CodeDiffers {
        /// The code where goods come from.
        out: HsCode,
        /// The code where they go.
        into: HsCode,
    },
    /// The declared units differ.
    #[error("the units `{out}` and `{into}` differ")]
    UnitDiffers {
        /// Where goods come from.
        out: String,
        /// Where they go.
        into: String,
    },
    /// Nothing is to be moved.
    #[error("the quantity is not above nothing")]
    NoQuantity,
    /// As many serials as pieces are needed.
    #[error("{found} serials are given for {quantity}")]
    SerialCount {
        /// How many different ones are given.
        found: usize,
        /// The quantity.
        quantity: Qty,
    },
    /// Nobody knows a serial.
    #[error("serial `{serial}` is unknown")]
    SerialUnknown {
        /// Which.
        serial: String,
    },
    /// A serial lies under another book.
    #[error("serial `{serial}` lies under `{book_no}`")]
    SerialElsewhere {
        /// Which.
        serial: String,
        /// Under which book.
        book_no: String,
    },
    /// Goods were processed, or nobody stated that they were not.
    #[error("the goods are not unprocessed")]
    NotUnprocessed {
        /// Which serials; none where only the statement is missing.
        serials: Vec<String>,
    },
    /// Serials have no paper of airworthiness.
    #[error("{} serials have no paper of airworthiness", .serials.len())]
    PaperMissing {
        /// Which.
        serials: Vec<String>,
    },
}

/// All that stands against a transfer on a day, in the order of [`Refusal`]: empty means it may go on to its lists.
///
/// # Source
/// 加工贸易货物监管办法; 海关总署公告2021年第80号: of one group instead of one enterprise. That enough is there is for the
/// ledger.
#[must_use]
pub fn refusals(
    proposal: &Proposal,
    on: Date,
    serial: impl Fn(&str) -> SerialState,
) -> Vec<Refusal> {
    let Proposal { out, into, .. } = proposal;
    let sides = [out, into];
    let mut found = Vec::new();
    if out.group_no.is_none() || out.group_no != into.group_no {
        found.push(Refusal::NotSameGroup);
    }
    for side in sides.into_iter().filter(|side| side.suspended) {
        found.push(Refusal::Suspended { book_no: side.book_no.clone() });
    }
    for side in sides {
        if let Some(since) = side.valid_to.filter(|last| *last < on) {
            found.push(Refusal::HandbookExpired { book_no: side.book_no.clone(), since });
        }
    }
    if (&out.book_no, out.line_no) == (&into.book_no, into.line_no) {
        found.push(Refusal::SameLine);
    }
    for side in sides.into_iter().filter(|side| !side.is_material) {
        found.push(Refusal::NotMaterial { book_no: side.book_no.clone(), line_no: side.line_no });
    }
    if out.processing != into.processing {
        found.push(Refusal::TradeModeDiffers);
    }
    if out.hs_code.line() != into.hs_code.line() {
        found.push(Refusal::CodeDiffers { out: out.hs_code, into: into.hs_code });
    }
    if out.unit_code != into.unit_code {
        found.push(Refusal::UnitDiffers {
            out: out.unit_code.clone(),
            into: into.unit_code.clone(),
        });
    }
    if proposal.quantity <= Qty::ZERO {
        found.push(Refusal::NoQuantity);
    }
    found.extend(of_serials(proposal, serial));
    found
}

/// What the serials and the statement have against it.
fn of_serials(proposal: &Proposal, serial: impl Fn(&str) -> SerialState) -> Vec<Refusal> {
    let mut found = Vec::new();
    let mut processed = Vec::new();
    let serialised = proposal.out.serialised || proposal.into.serialised;
    if serialised {
        let given: BTreeSet<&str> = proposal.serials.iter().map(String::as_str).collect();
        let as_many = Qty::whole(i64::try_from(given.len()).unwrap_or(i64::MAX));
        if as_many != proposal.quantity || given.len() != proposal.serials.len() {
            let quantity = proposal.quantity;
            found.push(Refusal::SerialCount { found: given.len(), quantity });
        }
        for one in given {
            match serial(one) {
                SerialState::Here => {}
                SerialState::Unknown => {
                    found.push(Refusal::SerialUnknown { serial: one.to_owned() });
                }
                SerialState::Elsewhere { book_no } => {
                    found.push(Refusal::SerialElsewhere { serial: one.to_owned(), book_no });
                }
                SerialState::Processed => processed.push(one.to_owned()),
            }
        }
    }
    if !processed.is_empty() || !proposal.unprocessed {
        found.push(Refusal::NotUnprocessed { serials: processed });
    }
    if serialised {
        let covered: BTreeSet<&String> =
            proposal.papers.iter().flat_map(|paper| &paper.serials).collect();
        let serials: Vec<String> =
            proposal.serials.iter().filter(|serial| !covered.contains(serial)).cloned().collect();
        if !serials.is_empty() {
            found.push(Refusal::PaperMissing { serials });
        }
    }
    found
}

impl Coded for Refusal {
    fn code(&self) -> Code {
        Code::new(
            "R19",
            match self {
                Self::NotSameGroup => 10,
                Self::Suspended { .. } => 11,
                Self::HandbookExpired { .. } => 12,
                Self::SameLine => 13,
                Self::NotMaterial { .. } => 14,
                Self::TradeModeDiffers => 15,
                Self::CodeDiffers { .. } => 16,
                Self::UnitDiffers { .. } => 17,
                Self::NoQuantity => 18,
                Self::SerialCount { .. } => 19,
                Self::SerialUnknown { .. } => 20,
                Self::SerialElsewhere { .. } => 21,
                Self::NotUnprocessed { .. } => 22,
                Self::PaperMissing { .. } => 23,
            },
        )
    }

    fn reason(&self) -> Reason {
        match self {
            Self::NotSameGroup => "NOT_SAME_GROUP",
            Self::Suspended { .. } => "SUSPENDED",
            Self::HandbookExpired { .. } => "EXPIRED",
            Self::SameLine => "SAME_LINE",
            Self::NotMaterial { .. } => "NOT_MATERIAL",
            Self::TradeModeDiffers => "TRADE_MODE_DIFFERS",
            Self::CodeDiffers { .. } => "CODE_DIFFERS",
            Self::UnitDiffers { .. } => "UNIT_DIFFERS",
            Self::NoQuantity => "NO_QUANTITY",
            Self::SerialCount { .. } => "SERIAL_COUNT",
            Self::SerialUnknown { .. } => "SERIAL_UNKNOWN",
            Self::SerialElsewhere { .. } => "TAKEN",
            Self::NotUnprocessed { .. } => "NOT_UNPROCESSED",
            Self::PaperMissing { .. } => "PAPER_MISSING",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::NotSameGroup => Label::new(
                "转出、转入企业不属于同一备案集团。",
                "The two enterprises are not of one filed group.",
            ),
            Self::Suspended { book_no } => Label::new(
                format!("{book_no}的企业已被暂停自行调拨。"),
                format!("The owner of {book_no} may not move goods by itself at present."),
            ),
            Self::HandbookExpired { book_no, since } => Label::new(
                format!("手册{book_no}已于{since}到期。"),
                format!("Handbook {book_no} ended on {since}."),
            ),
            Self::SameLine => Label::new("转出、转入为同一项号。", "Both sides are the same line."),
            Self::NotMaterial { book_no, line_no } => Label::new(
                format!("{book_no}第{line_no}项不是料件。"),
                format!("Line {line_no} of {book_no} is no material."),
            ),
            Self::TradeModeDiffers => Label::new(
                "加工贸易方式或者来料的境外货主不同。",
                "The kinds of processing, or the foreign owners, differ.",
            ),
            Self::CodeDiffers { out, into } => Label::new(
                format!("商品编码前8位不同：{out}、{into}。"),
                format!("The first eight digits differ: {out}, {into}."),
            ),
            Self::UnitDiffers { out, into } => Label::new(
                format!("申报单位不同：{out}、{into}。"),
                format!("The declared units differ: {out}, {into}."),
            ),
            Self::NoQuantity => {
                Label::new("数量应当大于零。", "The quantity has to be above nothing.")
            }
            Self::SerialCount { found, quantity } => Label::new(
                format!("序列号{found}个，与数量{quantity}不符。"),
                format!("{found} serials do not fit a quantity of {quantity}."),
            ),
            Self::SerialUnknown { serial } => {
                Label::new(format!("没有序列号{serial}。"), format!("Serial {serial} is unknown."))
            }
            Self::SerialElsewhere { serial, book_no } => Label::new(
                format!("序列号{serial}在{book_no}名下。"),
                format!("Serial {serial} lies under {book_no}."),
            ),
            Self::NotUnprocessed { serials } if serials.is_empty() => Label::new(
                "未作出未经加工的声明。",
                "It is not stated that the goods are unprocessed.",
            ),
            Self::NotUnprocessed { serials } => Label::new(
                format!("已投入加工：{}。", serials.join("、")),
                format!("Issued for processing: {}.", serials.join(", ")),
            ),
            Self::PaperMissing { serials } => Label::new(
                format!("缺少适航批准标签：{}。", serials.join("、")),
                format!("No paper of airworthiness for: {}.", serials.join(", ")),
            ),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::HandbookExpired { .. } | Self::SerialElsewhere { .. } => 409,
            Self::Suspended { .. } => 423,
            _ => 422,
        }
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::NotSameGroup | Self::SameLine | Self::TradeModeDiffers | Self::NoQuantity => {
                return None;
            }
            Self::Suspended { book_no } => json!({"book_no": book_no}),
            Self::HandbookExpired { book_no, since } => json!({"book_no": book_no, "since": since}),
            Self::NotMaterial { book_no, line_no } => {
                json!({"book_no": book_no, "line_no": line_no})
            }
            Self::CodeDiffers { out, into } => json!({"out": out, "into": into}),
            Self::UnitDiffers { out, into } => json!({"out": out, "into": into}),
            Self::SerialCount { found, quantity } => json!({"found": found, "quantity": quantity}),
            Self::SerialUnknown { serial } => json!({"serial": serial}),
            Self::SerialElsewhere { serial, book_no } => {
                json!({"kind": "serial", "serial": serial, "book_no": book_no})
            }
            Self::NotUnprocessed { serials } | Self::PaperMissing { serials } => {
                json!({"serials": serials})
            }
        };
        Some(fields.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(book_no: &str) -> Side {
        Side {
            book_no: book_no.to_owned(),
            line_no: 1,
            group_no: Some("JT-5165-2026-001".to_owned()),
            suspended: false,
            valid_to: Some(Date::constant(2026, 12, 31)),
            processing: Processing::Bought,
            hs_code: "8807300000".parse().unwrap(),
            unit_code: "011".to_owned(),
            is_material: true,
            serialised: true,
        }
    }

    fn proposal() -> Proposal {
        let serials = vec!["LG-0417".to_owned(), "LG-0422".to_owned()];
        Proposal {
            out: side("C51650000001"),
            into: side("E51650000002"),
            quantity: Qty::whole(2),
            papers: vec![Paper {
                number: "8130-3-9917".to_owned(),
                form: "FAA 8130-3".to_owned(),
                serials: serials.iter().cloned().collect(),
            }],
            serials,
            unprocessed: true,
        }
    }

    fn found(change: impl Fn(&mut Proposal)) -> Vec<Reason> {
        let mut proposal = proposal();
        change(&mut proposal);
        let here = |_: &str| SerialState::Here;
        refusals(&proposal, Date::constant(2026, 6, 1), here).iter().map(Coded::reason).collect()
    }

    #[test]
    fn s06_landing_gear_may_move_within_the_group() {
        assert_eq!(found(|_| ()), Vec::<Reason>::new());
        // The last two digits are compared by the lists, not here.
        assert_eq!(found(|p| p.into.hs_code = "8807300090".parse().unwrap()), Vec::<Reason>::new());
    }

    #[test]
    fn s07_what_stands_against_a_transfer_is_named() {
        type Change = fn(&mut Proposal);
        let table: [(Change, Reason); 14] = [
            (|p| p.into.group_no = None, "NOT_SAME_GROUP"),
            (|p| p.into.group_no = Some("JT-5165-2026-002".to_owned()), "NOT_SAME_GROUP"),
            (|p| p.out.suspended = true, "SUSPENDED"),
            (|p| p.out.valid_to = Some(Date::constant(2026, 5, 31)), "EXPIRED"),
            (|p| p.into = p.out.clone(), "SAME_LINE"),
            (|p| p.into.is_material = false, "NOT_MATERIAL"),
            (|p| p.into.processing = supplied("Boeing"), "TRADE_MODE_DIFFERS"),
            (|p| p.into.hs_code = "7318159000".parse().unwrap(), "CODE_DIFFERS"),
            (|p| p.into.unit_code = "035".to_owned(), "UNIT_DIFFERS"),
            (|p| drop(p.serials.pop()), "SERIAL_COUNT"),
            (|p| p.serials[1] = p.serials[0].clone(), "SERIAL_COUNT"),
            (|p| p.quantity = "2.5".parse().unwrap(), "SERIAL_COUNT"),
            (|p| p.unprocessed = false, "NOT_UNPROCESSED"),
            (|p| p.papers.clear(), "PAPER_MISSING"),
        ];
        for (at, (change, reason)) in table.into_iter().enumerate() {
            assert_eq!(found(change), [reason], "row {at}");
        }
        assert_eq!(
            found(|p| p.out.valid_to = Some(Date::constant(2026, 6, 1))),
            Vec::<Reason>::new()
        );
    }

    fn supplied(owner: &str) -> Processing {
        Processing::Supplied { owner: owner.to_owned() }
    }

    #[test]
    fn supplied_goods_move_for_the_same_owner_only() {
        let of = |out: &str, into: &str| {
            found(|p| (p.out.processing, p.into.processing) = (supplied(out), supplied(into)))
        };
        assert_eq!(of("Airbus", "Airbus"), Vec::<Reason>::new());
        assert_eq!(of("Airbus", "Boeing"), ["TRADE_MODE_DIFFERS"]);
    }

    #[test]
    fn serials_are_looked_up_and_refusals_come_in_order() {
        let asked = |state: SerialState| {
            let of =
                |serial: &str| if serial == "LG-0422" { state.clone() } else { SerialState::Here };
            refusals(&proposal(), Date::constant(2026, 6, 1), of)
        };
        let serial = || "LG-0422".to_owned();
        assert_eq!(asked(SerialState::Unknown), [Refusal::SerialUnknown { serial: serial() }]);
        let book_no = || "H51650000009".to_owned();
        let elsewhere = Refusal::SerialElsewhere { serial: serial(), book_no: book_no() };
        assert_eq!(asked(SerialState::Elsewhere { book_no: book_no() }), [elsewhere]);
        let processed = Refusal::NotUnprocessed { serials: vec![serial()] };
        assert_eq!(asked(SerialState::Processed), [processed]);
        let all = found(|p| {
            p.into.group_no = None;
            p.quantity = Qty::ZERO;
            p.papers.clear();
            p.out.unit_code.clear();
        });
        assert_eq!(
            all,
            ["NOT_SAME_GROUP", "UNIT_DIFFERS", "NO_QUANTITY", "SERIAL_COUNT", "PAPER_MISSING"]
        );
        // By weight: no serials, no papers.
        let plate = found(|p| {
            (p.out.serialised, p.into.serialised) = (false, false);
            p.quantity = "12.34567".parse().unwrap();
            p.serials.clear();
            p.papers.clear();
        });
        assert_eq!(plate, Vec::<Reason>::new());
    }

    #[test]
    fn each_refusal_has_its_own_code() {
        let codes: BTreeSet<u16> = [
            Refusal::NotSameGroup,
            Refusal::SameLine,
            Refusal::TradeModeDiffers,
            Refusal::NoQuantity,
            Refusal::NotUnprocessed { serials: vec![] },
            Refusal::PaperMissing { serials: vec![] },
        ]
        .iter()
        .map(|refusal| refusal.code().number)
        .collect();
        assert_eq!(codes.len(), 6);
    }
}
