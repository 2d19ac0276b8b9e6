//! The bonded verification list (保税核注清单) as customs' system exchanges it: `INV101`, and the receipt that answers.

use crate::{ListLine, Qty};
use codes::HsCode;
use roxmltree::{Document, Node};
use std::fmt::Write as _;

/// A list: its head and its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inv101 {
    /// The head.
    pub head: InvHead,
    /// The lines, by rising number.
    pub lines: Vec<InvLine>,
}

/// The head of a list (表头).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvHead {
    /// The enterprise's own number of it (企业内部编号): a list that comes again has the same.
    pub own_no: String,
    /// The list's number at customs (清单编号), once it has one.
    pub list_no: Option<String>,
    /// The book (备案编号).
    pub book_no: String,
    /// The owner's code (经营企业社会信用代码).
    pub uscc: String,
    /// The owner's customs number (经营企业编号).
    pub customs_reg_no: String,
    /// `I` in, `E` out (进出口标志).
    pub side: String,
    /// `I` material, `E` product (料件成品标志).
    pub goods: String,
    /// The supervision mode (监管方式), such as `0657`.
    pub trade_mode: String,
    /// The book customs (主管海关).
    pub customs_office_code: String,
    /// The list on the other side (关联清单编号): an out list names the in list.
    pub related_list_no: Option<String>,
    /// The book on the other side (关联备案编号).
    pub related_book_no: Option<String>,
}

/// A line of a list (表体).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvLine {
    /// Its number in the list (序号).
    pub no: u32,
    /// The line of the book (备案序号).
    pub book_line: u32,
    /// The part number (料号).
    pub part_no: String,
    /// The commodity code.
    pub hs_code: HsCode,
    /// What it is called.
    pub name: String,
    /// The declared unit (申报计量单位).
    pub unit_code: String,
    /// The declared quantity.
    pub quantity: Qty,
    /// The first legal quantity.
    pub legal_qty1: Qty,
    /// The second, where the code has one.
    pub legal_qty2: Option<Qty>,
    /// The total, in fen of its currency.
    pub total_fen: i64,
    /// The currency, by the customs code, such as `142`.
    pub currency_code: String,
}

/// What customs' system answers (回执).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The enterprise's own number of the list.
    pub own_no: String,
    /// The list's number, where it has one.
    pub list_no: Option<String>,
    /// What it says.
    pub verdict: Verdict,
}

/// What a receipt says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It passed (通过).
    Passed,
    /// It goes to an officer (转人工).
    ToOfficer,
    /// It came back (退单), for these reasons.
    Returned {
        /// Code and text of each.
        reasons: Vec<(String, String)>,
    },
}

/// Why a message cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// It is no XML, or holds a document type declaration.
    #[error("the text is no XML: {0}")]
    Xml(String),
    /// It is another message.
    #[error("this is no {expected}")]
    Other {
        /// What was looked for.
        expected: &'static str,
    },
    /// A field is missing.
    #[error("`{field}` is missing")]
    Missing {
        /// Which.
        field: &'static str,
    },
    /// A field cannot be read.
    #[error("`{field}` cannot be read")]
    Unreadable {
        /// Which.
        field: &'static str,
    },
    /// Two lines have one number, or they do not rise.
    #[error("line {no} does not follow the one before it")]
    Order {
        /// Which.
        no: u32,
    },
}

impl Inv101 {
    /// Reads a list.
    ///
    /// # Errors
    /// As [`MessageError`].
    ///
    /// # Source
    /// 金关二期加工贸易管理系统, 保税核注清单报文 INV101 (assumed layout: the element names of its data dictionary).
    pub fn read(xml: &str) -> Result<Self, MessageError> {
        let document = parse(xml)?;
        let message = find(document.root_element(), "InvtMessage")
            .ok_or(MessageError::Other { expected: "INV101" })?;
        let head =
            find(message, "InvtHeadType").ok_or(MessageError::Missing { field: "InvtHeadType" })?;
        let lines = message
            .children()
            .filter(|node| node.tag_name().name() == "InvtListType")
            .map(InvLine::read)
            .collect::<Result<Vec<_>, _>>()?;
        for (one, next) in lines.iter().zip(lines.iter().skip(1)) {
            if one.no >= next.no {
                return Err(MessageError::Order { no: next.no });
            }
        }
        if lines.is_empty() {
            return Err(MessageError::Missing { field: "InvtListType" });
        }
        Ok(Self { head: InvHead::read(head)?, lines })
    }

    /// Writes it.
    #[must_use]
    pub fn write(&self) -> String {
        let mut xml = Writer::new();
        xml.open("InvtMessage");
        self.head.write(&mut xml);
        for line in &self.lines {
            line.write(&mut xml);
        }
        xml.close("InvtMessage");
        xml.done()
    }

    /// The lines as they are compared with those of the other side.
    #[must_use]
    pub fn compared(&self) -> Vec<ListLine> {
        let one = |line: &InvLine| ListLine {
            hs_code: line.hs_code,
            legal_qty1: line.legal_qty1,
            legal_qty2: line.legal_qty2,
        };
        self.lines.iter().map(one).collect()
    }
}

impl InvHead {
    fn read(node: Node<'_, '_>) -> Result<Self, MessageError> {
        Ok(Self {
            own_no: needed(node, "EtpsInnerInvtNo")?,
            list_no: text(node, "BondInvtNo"),
            book_no: needed(node, "PutrecNo")?,
            uscc: needed(node, "BizopEtpsSccd")?,
            customs_reg_no: needed(node, "BizopEtpsno")?,
            side: one_of(node, "ImpexpMarkcd", &["I", "E"])?,
            goods: one_of(node, "MtpckEndprdMarkcd", &["I", "E"])?,
            trade_mode: needed(node, "SupvModecd")?,
            customs_office_code: needed(node, "DclPlcCuscd")?,
            related_list_no: text(node, "RltInvtNo"),
            related_book_no: text(node, "RltPutrecNo"),
        })
    }

    fn write(&self, xml: &mut Writer) {
        xml.open("InvtHeadType");
        xml.maybe("BondInvtNo", self.list_no.as_deref());
        xml.text("PutrecNo", &self.book_no);
        xml.text("EtpsInnerInvtNo", &self.own_no);
        xml.text("BizopEtpsSccd", &self.uscc);
        xml.text("BizopEtpsno", &self.customs_reg_no);
        xml.maybe("RltInvtNo", self.related_list_no.as_deref());
        xml.maybe("RltPutrecNo", self.related_book_no.as_deref());
        xml.text("ImpexpMarkcd", &self.side);
        xml.text("MtpckEndprdMarkcd", &self.goods);
        xml.text("SupvModecd", &self.trade_mode);
        xml.text("DclPlcCuscd", &self.customs_office_code);
        xml.close("InvtHeadType");
    }
}

impl InvLine {
    fn read(node: Node<'_, '_>) -> Result<Self, MessageError> {
        let total: crate::Fixed<2> = parsed(node, "DclTotalAmt")?;
        Ok(Self {
            no: parsed(node, "GdsSeqno")?,
            book_line: parsed(node, "PutrecSeqno")?,
            part_no: needed(node, "GdsMtno")?,
            hs_code: parsed(node, "Gdecd")?,
            name: needed(node, "GdsNm")?,
            unit_code: needed(node, "DclUnitcd")?,
            quantity: parsed(node, "DclQty")?,
            legal_qty1: parsed(node, "LawfQty")?,
            legal_qty2: match text(node, "SecdLawfQty") {
                None => None,
                Some(_) => Some(parsed(node, "SecdLawfQty")?),
            },
            total_fen: i64::try_from(total.steps())
                .map_err(|_range| MessageError::Unreadable { field: "DclTotalAmt" })?,
            currency_code: needed(node, "DclCurrcd")?,
        })
    }

    fn write(&self, xml: &mut Writer) {
        xml.open("InvtListType");
        xml.text("GdsSeqno", &self.no.to_string());
        xml.text("PutrecSeqno", &self.book_line.to_string());
        xml.text("GdsMtno", &self.part_no);
        xml.text("Gdecd", self.hs_code.as_str());
        xml.text("GdsNm", &self.name);
        xml.text("DclUnitcd", &self.unit_code);
        xml.text("DclQty", &self.quantity.to_string());
        xml.text("LawfQty", &self.legal_qty1.to_string());
        xml.maybe("SecdLawfQty", self.legal_qty2.map(|qty| qty.to_string()).as_deref());
        xml.text("DclTotalAmt", &crate::Fixed::<2>::from_steps(self.total_fen.into()).to_string());
        xml.text("DclCurrcd", &self.currency_code);
        xml.close("InvtListType");
    }
}

impl Receipt {
    /// Reads a receipt.
    ///
    /// # Errors
    /// As [`MessageError`].
    pub fn read(xml: &str) -> Result<Self, MessageError> {
        let document = parse(xml)?;
        let node = find(document.root_element(), "HdeApprResult")
            .ok_or(MessageError::Other { expected: "receipt" })?;
        let verdict = match needed(node, "manageResult")?.as_str() {
            "1" => Verdict::Passed,
            "2" => Verdict::ToOfficer,
            "3" => Verdict::Returned { reasons: reasons(document.root_element())? },
            _ => return Err(MessageError::Unreadable { field: "manageResult" }),
        };
        let (own_no, list_no) = (needed(node, "etpsPreentNo")?, text(node, "businessId"));
        Ok(Self { own_no, list_no, verdict })
    }

    /// Writes it.
    #[must_use]
    pub fn write(&self) -> String {
        let mut xml = Writer::new();
        let (code, reasons) = match &self.verdict {
            Verdict::Passed => ("1", None),
            Verdict::ToOfficer => ("2", None),
            Verdict::Returned { reasons } => ("3", Some(reasons)),
        };
        xml.open("CommonResponeMessage");
        xml.open("HdeApprResult");
        xml.text("etpsPreentNo", &self.own_no);
        xml.maybe("businessId", self.list_no.as_deref());
        xml.text("manageResult", code);
        xml.close("HdeApprResult");
        for (code, note) in reasons.into_iter().flatten() {
            xml.open("CheckInfo");
            xml.text("code", code);
            xml.text("note", note);
            xml.close("CheckInfo");
        }
        xml.close("CommonResponeMessage");
        xml.done()
    }
}

fn reasons(root: Node<'_, '_>) -> Result<Vec<(String, String)>, MessageError> {
    root.descendants()
        .filter(|node| node.tag_name().name() == "CheckInfo")
        .map(|node| Ok((needed(node, "code")?, needed(node, "note")?)))
        .collect()
}

fn parse(xml: &str) -> Result<Document<'_>, MessageError> {
    Document::parse(xml).map_err(|error| MessageError::Xml(error.to_string()))
}

fn find<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.descendants().find(|node| node.is_element() && node.tag_name().name() == name)
}

/// The text of a child, without blanks at its ends; `None` if it is empty.
fn text(node: Node<'_, '_>, name: &str) -> Option<String> {
    let child = node.children().find(|child| child.tag_name().name() == name)?;
    let text = child.text()?.trim();
    if text.is_empty() { None } else { Some(text.to_owned()) }
}

fn needed(node: Node<'_, '_>, field: &'static str) -> Result<String, MessageError> {
    text(node, field).ok_or(MessageError::Missing { field })
}

fn parsed<T: std::str::FromStr>(
    node: Node<'_, '_>,
    field: &'static str,
) -> Result<T, MessageError> {
    needed(node, field)?.parse().map_err(|_shape| MessageError::Unreadable { field })
}

fn one_of(node: Node<'_, '_>, field: &'static str, words: &[&str]) -> Result<String, MessageError> {
    let found = needed(node, field)?;
    if words.contains(&found.as_str()) {
        Ok(found)
    } else {
        Err(MessageError::Unreadable { field })
    }
}

/// Writes elements; what stands in them is escaped.
struct Writer(String);

impl Writer {
    fn new() -> Self {
        Self("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned())
    }

    fn open(&mut self, name: &str) {
        let _always = writeln!(self.0, "<{name}>");
    }

    fn close(&mut self, name: &str) {
        let _always = writeln!(self.0, "</{name}>");
    }

    fn text(&mut self, name: &str, text: &str) {
        let _always = write!(self.0, "<{name}>");
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                // What XML 1.0 has no place for.
                c if c.is_control() && !matches!(c, '\t' | '\n') => self.0.push(' '),
                c => self.0.push(c),
            }
        }
        self.close(name);
    }

    fn maybe(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    fn done(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::match_lists;
    use proptest::prelude::*;

    fn list() -> Inv101 {
        let line = |no: u32, serial: &str| InvLine {
            no,
            book_line: 17,
            part_no: format!("LG-{serial}"),
            hs_code: "8807300000".parse().unwrap(),
            name: "起落架 <主> & \"附件\"".to_owned(),
            unit_code: "011".to_owned(),
            quantity: Qty::whole(1),
            legal_qty1: "640.50001".parse().unwrap(),
            legal_qty2: None,
            total_fen: 123_456_789,
            currency_code: "502".to_owned(),
        };
        Inv101 {
            head: InvHead {
                own_no: "YL-20260601-00001".to_owned(),
                list_no: None,
                book_no: "E51650000002".to_owned(),
                uscc: "91440115MAD2K7Q49J".to_owned(),
                customs_reg_no: "4401960001".to_owned(),
                side: "I".to_owned(),
                goods: "I".to_owned(),
                trade_mode: "0657".to_owned(),
                customs_office_code: "5165".to_owned(),
                related_list_no: Some("QD516526I000000017".to_owned()),
                related_book_no: Some("C51650000001".to_owned()),
            },
            lines: vec![line(1, "0417"), line(2, "0422")],
        }
    }

    #[test]
    fn a_list_is_read_as_it_was_written() {
        let xml = list().write();
        assert_eq!(Inv101::read(&xml), Ok(list()));
        assert!(xml.contains("<GdsNm>起落架 &lt;主&gt; &amp; \"附件\"</GdsNm>"));
        assert!(xml.contains("<DclTotalAmt>1234567.89</DclTotalAmt>"));
    }

    #[test]
    fn s08_lists_that_disagree_are_found_on_their_messages() {
        let (out, mut into) = (list(), list());
        assert_eq!(match_lists(&out.compared(), &into.compared()), Ok(vec![]));
        into.lines[1].legal_qty1 = "640.50002".parse().unwrap();
        assert_eq!(match_lists(&out.compared(), &into.compared()).unwrap().len(), 1);
    }

    #[test]
    fn a_receipt_passes_waits_or_returns_with_reasons() {
        let reasons = vec![("C21".to_owned(), "法定数量不一致".to_owned())];
        for verdict in [Verdict::Passed, Verdict::ToOfficer, Verdict::Returned { reasons }] {
            let list_no = (verdict == Verdict::Passed).then(|| "QD516526I000000018".to_owned());
            let receipt = Receipt { own_no: "YL-20260601-00001".to_owned(), list_no, verdict };
            assert_eq!(Receipt::read(&receipt.write()), Ok(receipt));
        }
        let other = MessageError::Other { expected: "receipt" };
        assert_eq!(Receipt::read(&list().write()), Err(other));
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_field() {
        let broken = |from: &str, to: &str| Inv101::read(&list().write().replace(from, to));
        let missing = |field| Err(MessageError::Missing { field });
        let unreadable = |field| Err(MessageError::Unreadable { field });
        assert_eq!(broken("<PutrecNo>E51650000002</PutrecNo>", ""), missing("PutrecNo"));
        assert_eq!(broken("<ImpexpMarkcd>I", "<ImpexpMarkcd>X"), unreadable("ImpexpMarkcd"));
        assert_eq!(broken("8807300000", "88073000"), unreadable("Gdecd"));
        assert_eq!(broken("640.50001", "640.500011"), unreadable("LawfQty"));
        assert_eq!(broken("1234567.89", "1234567.891"), unreadable("DclTotalAmt"));
        assert_eq!(broken("InvtListType", "Other"), missing("InvtListType"));
        assert_eq!(broken("<GdsSeqno>2", "<GdsSeqno>1"), Err(MessageError::Order { no: 1 }));
        assert_eq!(broken("InvtMessage", "Else"), Err(MessageError::Other { expected: "INV101" }));
        assert!(matches!(broken("</InvtMessage>", ""), Err(MessageError::Xml(_))));
    }

    proptest! {
        #[test]
        fn whatever_a_name_holds_comes_back(name in "[^\\p{C}\\s]{1,20}") {
            let mut list = list();
            list.lines[0].name = name;
            prop_assert_eq!(Inv101::read(&list.write()), Ok(list));
        }
    }
}
