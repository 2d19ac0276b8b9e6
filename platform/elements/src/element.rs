//! One data element and its canonical check.

use crate::checks::{format_fault, has_control};
use crate::error::ValueFault;
use crate::key::Key;
use crate::kind::{Format, Kind, Shape};
use crate::list::CodeList;
use crate::rule::Rule;
use crate::term::{LONG_TERM, Term};
use crate::value::Value;
use codes::{Date, Label, WallTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Who may see an element (敏感程度).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Public by law once registered (公开), such as the name of an enterprise.
    Public,
    /// The enterprise's own affair (企业), for the organs that ask it.
    #[default]
    Enterprise,
    /// Personal information (个人信息, 个人信息保护法): every look at it is recorded.
    Personal,
}

/// The register that has the last word on an element (权威登记簿).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// The enterprise register (市场主体登记).
    Enterprise,
    /// The population register (人口).
    Population,
    /// Real-name login (统一身份认证).
    Identity,
    /// The standard address base (标准地址库).
    AddressBase,
    /// The tax administration (税务).
    Tax,
    /// Social insurance (社会保险).
    SocialInsurance,
    /// The bank of account (开户银行).
    Bank,
    /// Publishing administration (新闻出版).
    Publishing,
    /// A code list or standard (标准).
    Standard,
}

/// Where an answer comes from (来源).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Somebody types it.
    #[default]
    Typed,
    /// Computed from other answers, never typed.
    Derived,
    /// The outcome of a service, never typed: empty until that service has been granted.
    Outcome,
    /// Read from the number of a 居民身份证, typed only for holders of other documents.
    FromResidentId,
}

/// The card of a page on which an element is shown (卡片).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageCard {
    /// Name and kind of the enterprise (名称).
    Name,
    /// Its people (人员).
    People,
    /// Capital, tax and bank (资金).
    Money,
    /// Where it works (场所).
    Place,
    /// Staff and social insurance (用工).
    Staff,
    /// What its permits ask beyond that (许可).
    Permits,
}

impl PageCard {
    /// All cards in the order of the page.
    pub const ALL: [Self; 6] =
        [Self::Name, Self::People, Self::Money, Self::Place, Self::Staff, Self::Permits];

    /// What the card is called.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Name => Label::new("名称与类型", "Name and type"),
            Self::People => Label::new("人员", "People"),
            Self::Money => Label::new("资金、税务与银行", "Money, tax and bank"),
            Self::Place => Label::new("场所与联系", "Place and contact"),
            Self::Staff => Label::new("用工与社会保险", "Staff and social insurance"),
            Self::Permits => Label::new("经营许可", "Permits"),
        }
    }

    /// The key used in addresses and data.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::People => "people",
            Self::Money => "money",
            Self::Place => "place",
            Self::Staff => "staff",
            Self::Permits => "permits",
        }
    }
}

/// A data element (数据元).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// The key; the name of the thing, without unit.
    pub key: Key,
    /// What it is called.
    pub label: Label,
    /// Its type.
    pub kind: Kind,
    /// What its numbers count, such as 平方米.
    pub unit: Option<Label>,
    /// The rule every service starts from.
    pub rule: Rule,
    /// How its text is written.
    pub format: Format,
    /// Who may see it.
    pub sensitivity: Sensitivity,
    /// The register with the last word.
    pub authority: Option<Authority>,
    /// Where an answer comes from.
    pub source: Source,
    /// What helps to fill it in.
    pub help: Option<Label>,
    /// The card of the page it belongs to.
    pub card: PageCard,
    /// The code list it draws from.
    pub list: Option<Arc<CodeList>>,
}

impl Element {
    /// Whether nobody ever types it.
    #[must_use]
    pub fn is_never_typed(&self) -> bool {
        matches!(self.source, Source::Derived | Source::Outcome)
    }

    /// What a canonical value breaks: its type first, then format, then the rule.
    ///
    /// The number of an identity document is not judged here, as its rule follows from the document's type.
    #[must_use]
    pub fn faults(&self, value: &Value) -> Vec<ValueFault> {
        if let Some(fault) = self.type_fault(value) {
            return vec![fault];
        }
        let mut faults = self.rule.faults(value);
        if let Some(fault) = value.as_text().and_then(|text| format_fault(self.format, text)) {
            faults.insert(0, fault);
        }
        faults
    }

    fn type_fault(&self, value: &Value) -> Option<ValueFault> {
        let mismatch = || Some(ValueFault::TypeMismatch { expected: self.kind.to_string() });
        match (&self.kind, value) {
            (Kind::Code(_), Value::Text(code)) => self.code_fault(code),
            (Kind::Text { .. }, Value::Text(text)) => {
                has_control(text).then_some(ValueFault::ControlCharacter)
            }
            (Kind::Date { open: true }, Value::Text(text)) if text == LONG_TERM => None,
            (Kind::Date { .. }, Value::Text(text)) => (!is_date(text)).then(|| not_a_date(text)),
            (Kind::Month, Value::Text(text)) => (!is_month(text)).then(|| not_a_date(text)),
            (Kind::Time, Value::Text(text)) => (!is_time(text)).then(|| not_a_date(text)),
            (Kind::Money, Value::Int(_)) | (Kind::Bool, Value::Bool(_)) => None,
            (Kind::Number { digits, scale: 0 }, Value::Int(int)) => {
                let limit = 10_u64.checked_pow(*digits).unwrap_or(u64::MAX);
                let max = Decimal::from(limit - 1);
                (int.unsigned_abs() >= limit)
                    .then_some(ValueFault::OutOfRange { min: None, max: Some(max) })
            }
            (Kind::Number { digits, scale }, Value::Text(text)) if *scale > 0 => {
                decimal_fault(text, *digits, *scale)
            }
            (Kind::Set(_), Value::List(all)) if is_sorted_set(all) => self.codes_fault(all),
            (Kind::List(_), Value::List(all)) => self.codes_fault(all),
            (Kind::Composite(Shape::Term), value) => {
                if Term::from_value(value).is_some() {
                    None
                } else {
                    mismatch()
                }
            }
            (Kind::Composite(Shape::Address), Value::Map(parts)) => {
                address_fault(parts).unwrap_or_else(mismatch)
            }
            _ => mismatch(),
        }
    }

    fn code_fault(&self, code: &str) -> Option<ValueFault> {
        let list = self.kind.list()?;
        let known = self.list.as_ref().is_some_and(|list| list.contains(code));
        (!known).then(|| ValueFault::CodeUnknown { code: code.to_owned(), list: list.to_string() })
    }

    fn codes_fault(&self, all: &[Value]) -> Option<ValueFault> {
        all.iter().find_map(|value| match value {
            Value::Text(code) => self.code_fault(code),
            _ => Some(ValueFault::TypeMismatch { expected: self.kind.to_string() }),
        })
    }
}

fn not_a_date(text: &str) -> ValueFault {
    ValueFault::NotADate { typed: text.to_owned() }
}

/// Whether a text is a canonical date; the standard reader would take other forms too.
fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<Date>().is_ok()
}

fn is_month(text: &str) -> bool {
    text.len() == 7 && format!("{text}-01").parse::<Date>().is_ok()
}

fn is_time(text: &str) -> bool {
    text.len() == 16 && text.as_bytes().get(10) == Some(&b'T') && text.parse::<WallTime>().is_ok()
}

fn is_sorted_set(all: &[Value]) -> bool {
    all.windows(2).all(|pair| pair.first() < pair.last())
}

fn decimal_fault(text: &str, digits: u32, scale: u32) -> Option<ValueFault> {
    let Ok(number) = Decimal::from_str_exact(text) else {
        return Some(ValueFault::NotANumber { typed: text.to_owned() });
    };
    if number.scale() != scale || number.to_string() != text {
        return Some(ValueFault::TooManyDecimals { scale });
    }
    let limit = 10_i128.checked_pow(digits)?;
    let max = Decimal::try_from_i128_with_scale(limit - 1, scale).ok()?;
    (number.abs() > max).then_some(ValueFault::OutOfRange { min: None, max: Some(max) })
}

/// `None` if the parts are not those of an address, `Some(None)` if all is well.
fn address_fault(parts: &std::collections::BTreeMap<String, Value>) -> Option<Option<ValueFault>> {
    let division = parts.get("division")?.as_text()?;
    let detail = parts.get("detail")?.as_text()?;
    if parts.keys().any(|key| key != "division" && key != "detail") {
        return None;
    }
    let rule = Rule { min_chars: Some(1), max_chars: Some(100), ..Rule::default() };
    let fault = format_fault(Format::Division, division)
        .or_else(|| has_control(detail).then_some(ValueFault::ControlCharacter))
        .or_else(|| rule.faults(&Value::from(detail)).into_iter().next());
    Some(fault)
}
