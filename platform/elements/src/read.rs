//! From what a person types to a canonical value.

use crate::element::Element;
use crate::error::ValueFault;
use crate::fold::{folded, kept};
use crate::kind::{Format, Kind, Shape};
use crate::money::Fen;
use crate::term::{LONG_TERM, Term};
use crate::value::Value;
use codes::{Date, fold_identifier};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

impl Element {
    /// Reads what a person typed into one field; an empty text is no answer.
    ///
    /// Full-width forms are folded, money may be written `5,000,000.00` or `500万`, dates `2026-2-13`, `20260213` or
    /// `2026年2月13日`, codes by code or by name in either language, sets with `、` or commas between their members.
    ///
    /// # Errors
    /// [`ValueFault`] if the text says nothing of the element's type. A value that was read still has to pass
    /// [`Element::faults`].
    pub fn read(&self, typed: &str) -> Result<Option<Value>, ValueFault> {
        if typed.trim().is_empty() {
            return Ok(None);
        }
        let plain = folded(typed);
        let value = match &self.kind {
            Kind::Code(_) => Value::Text(self.read_code(typed)?),
            Kind::Text { .. } => Value::Text(self.read_text(typed)),
            Kind::Date { open } if *open && is_long(&plain) => Value::from(LONG_TERM),
            Kind::Date { .. } => Value::from(read_date(&plain)?),
            Kind::Month => Value::Text(read_month(&plain)?),
            Kind::Time => Value::Text(read_time(&plain)?),
            Kind::Money => Value::from(read_money(&plain)?),
            Kind::Number { scale, .. } => read_number(&plain, *scale)?,
            Kind::Bool => Value::Bool(self.read_bool(&plain)?),
            Kind::Set(_) => Value::set(self.read_codes(typed)?),
            Kind::List(_) => {
                Value::List(self.read_codes(typed)?.into_iter().map(Value::Text).collect())
            }
            Kind::Composite(Shape::Term) => {
                read_term(&plain).ok_or_else(|| self.mismatch())?.to_value()
            }
            Kind::Composite(Shape::Address) => {
                read_address(typed).ok_or_else(|| self.mismatch())?
            }
        };
        Ok(Some(value))
    }

    /// Reads several texts of one field, such as ticked boxes; only a set or list may have more than one.
    ///
    /// # Errors
    /// [`ValueFault`] as [`Element::read`].
    pub fn read_all(&self, typed: &[&str]) -> Result<Option<Value>, ValueFault> {
        let given: Vec<&str> =
            typed.iter().copied().filter(|text| !text.trim().is_empty()).collect();
        match (given.as_slice(), &self.kind) {
            ([], _) => Ok(None),
            ([one], _) => self.read(one),
            (many, Kind::Set(_) | Kind::List(_)) => self.read(&many.join("、")),
            // A hidden `false` before a ticked box: the last one counts.
            ([.., last], Kind::Bool) => self.read(last),
            _ => Err(self.mismatch()),
        }
    }

    /// Reads a composite from its parts, such as `division` and `detail` of an address, or `years` and `long` of a term.
    ///
    /// # Errors
    /// [`ValueFault::TypeMismatch`] if the element is no composite or has other parts.
    pub fn read_parts(
        &self,
        parts: &BTreeMap<String, String>,
    ) -> Result<Option<Value>, ValueFault> {
        let part =
            |key: &str| parts.get(key).map(|text| folded(text)).filter(|text| !text.is_empty());
        match &self.kind {
            Kind::Composite(Shape::Address) => {
                match (part("division"), parts.get("detail").map(|text| kept(text))) {
                    (None, None) => Ok(None),
                    (None, Some(detail)) if detail.is_empty() => Ok(None),
                    (division, detail) => {
                        Ok(Some(address(division.unwrap_or_default(), detail.unwrap_or_default())))
                    }
                }
            }
            Kind::Composite(Shape::Term) => match (part("long"), part("years")) {
                (Some(_), _) => Ok(Some(Term::Long.to_value())),
                (None, Some(years)) => self.read(&years),
                (None, None) => Ok(None),
            },
            _ => Err(self.mismatch()),
        }
    }

    fn mismatch(&self) -> ValueFault {
        ValueFault::TypeMismatch { expected: self.kind.to_string() }
    }

    fn read_text(&self, typed: &str) -> String {
        match self.format {
            Format::Plain => kept(typed),
            Format::Url | Format::Email => folded(typed),
            Format::Identifier
            | Format::Uscc
            | Format::IdNumber
            | Format::Division
            | Format::Industry => fold_identifier(typed),
        }
    }

    fn read_code(&self, typed: &str) -> Result<String, ValueFault> {
        let unknown = || ValueFault::CodeUnknown {
            code: typed.trim().to_owned(),
            list: self.kind.list().map(ToString::to_string).unwrap_or_default(),
        };
        let list = self.list.as_ref().ok_or_else(unknown)?;
        list.find(typed).map(str::to_owned).ok_or_else(unknown)
    }

    fn read_codes(&self, typed: &str) -> Result<Vec<String>, ValueFault> {
        let parts =
            typed.split(['、', ',', '，', ';', '；', '\n']).filter(|part| !part.trim().is_empty());
        parts.map(|part| self.read_code(part)).collect()
    }

    fn read_bool(&self, plain: &str) -> Result<bool, ValueFault> {
        match plain.to_lowercase().as_str() {
            "true" | "yes" | "on" | "1" | "是" | "y" => Ok(true),
            "false" | "no" | "off" | "0" | "否" | "n" => Ok(false),
            _ => Err(self.mismatch()),
        }
    }
}

fn is_long(plain: &str) -> bool {
    plain == LONG_TERM
        || matches!(
            plain.to_lowercase().as_str(),
            "long-term" | "no end" | "permanent" | "长期有效"
        )
}

fn not_a_date(typed: &str) -> ValueFault {
    ValueFault::NotADate { typed: typed.to_owned() }
}

/// Groups of digits with anything of `-/.年月日 ` between and after them.
fn digit_groups(text: &str) -> Option<Vec<&str>> {
    let separator = |c: char| matches!(c, '-' | '/' | '.' | '年' | '月' | '日' | '号' | ' ');
    let groups: Vec<&str> = text.split(separator).filter(|group| !group.is_empty()).collect();
    groups.iter().all(|group| group.chars().all(|c| c.is_ascii_digit())).then_some(groups)
}

fn date_of(year: &str, month: &str, day: &str) -> Option<Date> {
    if year.len() != 4 {
        return None; // two digits of a year are a guess
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

fn read_date(plain: &str) -> Result<Date, ValueFault> {
    let groups = digit_groups(plain).unwrap_or_default();
    let date = match groups.as_slice() {
        [year, month, day] => date_of(year, month, day),
        [eight] if eight.len() == 8 => {
            let part = |range| eight.get(range).unwrap_or_default();
            date_of(part(0..4), part(4..6), part(6..8))
        }
        _ => None,
    };
    date.ok_or_else(|| not_a_date(plain))
}

fn read_month(plain: &str) -> Result<String, ValueFault> {
    let groups = digit_groups(plain).unwrap_or_default();
    let first = match groups.as_slice() {
        [year, month] => date_of(year, month, "1"),
        [six] if six.len() == 6 => {
            date_of(six.get(0..4).unwrap_or_default(), six.get(4..6).unwrap_or_default(), "1")
        }
        _ => None,
    };
    let first = first.ok_or_else(|| not_a_date(plain))?;
    Ok(format!("{:04}-{:02}", first.year(), first.month()))
}

/// A date, then `T` or a blank, then hours and minutes.
fn read_time(plain: &str) -> Result<String, ValueFault> {
    let fault = || not_a_date(plain);
    let (day, clock) = plain.rsplit_once(['T', ' ', '日']).ok_or_else(fault)?;
    let date = read_date(day)?;
    let (hour, minute) = clock.split_once(':').ok_or_else(fault)?;
    let minute = minute.strip_suffix(":00").unwrap_or(minute);
    let (hour, minute) = (hour.parse::<i8>().ok(), minute.parse::<i8>().ok());
    match (hour, minute) {
        (Some(hour @ 0..=23), Some(minute @ 0..=59)) => Ok(format!("{date}T{hour:02}:{minute:02}")),
        _ => Err(fault()),
    }
}

/// A number with or without commas between its thousands; commas elsewhere are refused.
fn read_decimal(plain: &str) -> Option<Decimal> {
    let text = plain.trim();
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) =
        unsigned.split_once('.').map_or((unsigned, None), |(w, f)| (w, Some(f)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let whole_ok = match whole.split_once(',') {
        None => digits(whole),
        Some((head, tail)) => {
            (1..=3).contains(&head.len())
                && digits(head)
                && tail.split(',').all(|group| group.len() == 3 && digits(group))
        }
    };
    if !whole_ok || !fraction.is_none_or(digits) {
        return None;
    }
    Decimal::from_str_exact(&text.replace(',', "")).ok()
}

fn read_money(plain: &str) -> Result<Fen, ValueFault> {
    let fault = || ValueFault::NotANumber { typed: plain.to_owned() };
    let text: String = plain.chars().filter(|c| !c.is_whitespace()).collect();
    let text = text.trim_start_matches(['¥', '￥']);
    let text = text.strip_prefix("CNY").or_else(|| text.strip_prefix("RMB")).unwrap_or(text);
    let text = text.strip_suffix("人民币").unwrap_or(text);
    let text = text.strip_suffix('元').unwrap_or(text);
    let (number, times) = match (text.strip_suffix('万'), text.strip_suffix('亿')) {
        (Some(number), _) => (number, 10_000),
        (_, Some(number)) => (number, 100_000_000),
        _ => (text, 1),
    };
    let yuan = read_decimal(number)
        .and_then(|number| number.checked_mul(Decimal::from(times)))
        .ok_or_else(fault)?;
    if yuan.normalize().scale() > 2 {
        return Err(ValueFault::TooManyDecimals { scale: 2 });
    }
    Fen::from_yuan(yuan).ok_or_else(fault)
}

fn read_number(plain: &str, scale: u32) -> Result<Value, ValueFault> {
    let fault = || ValueFault::NotANumber { typed: plain.to_owned() };
    let mut number = read_decimal(plain.trim_end_matches('%')).ok_or_else(fault)?.normalize();
    if number.scale() > scale {
        return Err(ValueFault::TooManyDecimals { scale });
    }
    if scale == 0 {
        return i64::try_from(number).map(Value::Int).map_err(|_large| fault());
    }
    number.rescale(scale);
    // A number too long for the scale keeps fewer decimals: it is far out of any range.
    if number.scale() == scale { Ok(Value::Text(number.to_string())) } else { Err(fault()) }
}

fn read_term(plain: &str) -> Option<Term> {
    if is_long(plain) {
        return Some(Term::Long);
    }
    let number =
        plain.trim_end_matches("years").trim_end_matches("year").trim_end_matches('年').trim();
    number.parse().ok().filter(|years| (1..=999).contains(years)).map(Term::Years)
}

/// A division's six digits, then the detail.
fn read_address(typed: &str) -> Option<Value> {
    let text = kept(typed);
    let digits: String = folded(&text).chars().take(6).collect();
    let detail: String = text.chars().skip(6).collect();
    let detail = kept(&detail);
    (digits.parse::<codes::Division>().is_ok() && !detail.is_empty())
        .then(|| address(digits, detail))
}

fn address(division: String, detail: String) -> Value {
    Value::Map(
        [
            ("division".to_owned(), Value::Text(division)),
            ("detail".to_owned(), Value::Text(detail)),
        ]
        .into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dictionary;
    use codes::Lang;
    use std::sync::Arc;

    fn element(key: &str) -> Arc<Element> {
        let dictionary = Dictionary::builtin().unwrap();
        let path = key.parse().unwrap();
        Arc::clone(dictionary.resolve(&path).unwrap().element())
    }

    #[test]
    fn what_people_type_becomes_canonical() {
        for (key, typed, want) in [
            ("registered_capital", "5,000,000.00", r"500000000"),
            ("registered_capital", "５００万", "500000000"),
            ("registered_capital", "500 万元", "500000000"),
            ("registered_capital", "￥1.5亿", "15000000000"),
            ("registered_capital", "33.333333万", "33333333"),
            ("establishment_date", "2026-2-13", r#""2026-02-13""#),
            ("establishment_date", "20260213", r#""2026-02-13""#),
            ("establishment_date", "2026年2月13日", r#""2026-02-13""#),
            ("establishment_date", "２０２６／２／１３", r#""2026-02-13""#),
            ("agent.id_expiry", "长期", r#""长期""#),
            ("first_month", "202603", r#""2026-03""#),
            ("first_month", "2026年3月", r#""2026-03""#),
            ("appointment_at", "2026-02-13 09:30", r#""2026-02-13T09:30""#),
            ("appointment_at", "2026-02-13T09:30:00", r#""2026-02-13T09:30""#),
            ("floor_area", "120.5", r#""120.50""#),
            ("floor_area", "1,120", r#""1120.00""#),
            ("unit_ratio", "8%", "8"),
            ("online_sale", "是", "true"),
            ("online_sale", "off", "false"),
            ("agent.id_type", "居民身份证", r#""resident_id""#),
            ("enterprise_type", "１１３０", r#""1130""#),
            ("enterprise_type", "有限责任公司(自然人投资或控股)", r#""1130""#),
            ("agent.nationality", "China", r#""CHN""#),
            ("agent.id_number", " 44011319 9003074516 ", r#""440113199003074516""#),
            ("invoice_kinds", "数电普票、数电专票", r#"["数电专票","数电普票"]"#),
            ("business_scope", "餐饮管理，餐饮服务", r#"["餐饮管理","餐饮服务"]"#),
            ("business_term", "20年", r#"{"years":20}"#),
            ("business_term", "长期", r#""长期""#),
            (
                "business_address",
                "440115 进港大道８号",
                r#"{"detail":"进港大道８号","division":"440115"}"#,
            ),
            ("trade_name", " 青禾 ", r#""青禾""#),
            ("email", "ｂｏｓｓ@example.com", r#""boss@example.com""#),
        ] {
            let element = element(key);
            let value = element
                .read(typed)
                .unwrap_or_else(|fault| panic!("{key} {typed}: {fault}"))
                .unwrap();
            assert_eq!(serde_json::to_string(&value).unwrap(), want, "{key} {typed}");
            assert_eq!(element.faults(&value), vec![], "{key} {typed}");
            assert_eq!(element.read(&element.typed(&value)).unwrap(), Some(value), "{key} {typed}");
        }
    }

    #[test]
    fn what_says_nothing_is_refused() {
        for (key, typed, reason) in [
            ("registered_capital", "五百万", "NOT_A_NUMBER"),
            ("registered_capital", "1,00", "NOT_A_NUMBER"),
            ("registered_capital", "1.001", "TOO_MANY_DECIMALS"),
            ("registered_capital", "99999999999999999999", "NOT_A_NUMBER"),
            ("registered_capital", "1e9", "NOT_A_NUMBER"),
            ("establishment_date", "2026-02-30", "NOT_A_DATE"),
            ("establishment_date", "26-02-13", "NOT_A_DATE"),
            ("establishment_date", "长期", "NOT_A_DATE"),
            ("appointment_at", "2026-02-13 25:00", "NOT_A_DATE"),
            ("first_month", "2026-13", "NOT_A_DATE"),
            ("floor_area", "120.555", "TOO_MANY_DECIMALS"),
            ("floor_area", "NaN", "NOT_A_NUMBER"),
            ("online_sale", "maybe", "TYPE_MISMATCH"),
            ("agent.id_type", "驾驶证", "CODE_UNKNOWN"),
            ("invoice_kinds", "数电普票、收据", "CODE_UNKNOWN"),
            ("business_term", "0", "TYPE_MISMATCH"),
            ("business_address", "进港大道8号", "TYPE_MISMATCH"),
        ] {
            use codes::Coded as _;
            assert_eq!(element(key).read(typed).unwrap_err().reason(), reason, "{key} {typed}");
        }
        assert_eq!(element("trade_name").read("  　").unwrap(), None);
    }

    #[test]
    fn a_canonical_value_of_the_wrong_type_or_range_is_found() {
        use codes::Coded as _;
        for (key, value, reason) in [
            ("registered_capital", Value::from("500万"), "TYPE_MISMATCH"),
            ("registered_capital", Value::Int(-1), "OUT_OF_RANGE"),
            ("floor_area", Value::Int(120), "TYPE_MISMATCH"),
            ("floor_area", Value::from("120.5"), "TOO_MANY_DECIMALS"),
            ("floor_area", Value::from("1000000.00"), "OUT_OF_RANGE"),
            ("floor_area", Value::from("1e5"), "NOT_A_NUMBER"),
            ("licence_copies", Value::Int(6), "OUT_OF_RANGE"),
            ("licence_copies", Value::Int(10), "OUT_OF_RANGE"),
            ("establishment_date", Value::from("20260213"), "NOT_A_DATE"),
            (
                "invoice_kinds",
                Value::List(vec!["数电普票".into(), "数电专票".into()]),
                "TYPE_MISMATCH",
            ),
            ("invoice_kinds", Value::List(vec![]), "ITEMS"),
            ("uscc", Value::from("91440115MAD2K7Q49K"), "CHECK_DIGIT"),
            ("trade_name", Value::from("Qinghe"), "FORMAT"),
            ("trade_name", Value::from("青"), "TOO_SHORT"),
            ("food_process", Value::from("热\u{0}炒"), "CONTROL_CHARACTER"),
            ("agent.name", Value::from("长".repeat(51)), "TOO_LONG"),
            ("online_url", Value::from("javascript:alert(1)"), "FORMAT"),
            ("industry_code", Value::from("H9999"), "FIELD"),
            ("business_address", Value::from("x"), "TYPE_MISMATCH"),
        ] {
            let faults = element(key).faults(&value);
            assert_eq!(faults.first().map(|fault| fault.reason()), Some(reason), "{key} {value:?}");
        }
    }

    #[test]
    fn pages_show_values_in_both_languages() {
        for (key, value, zh, en) in [
            ("registered_capital", Value::Int(500_000_000), "¥5,000,000.00", "¥5,000,000.00"),
            (
                "establishment_date",
                Value::from("2026-02-13"),
                "2026年2月13日（周五）",
                "Fri 13 February 2026",
            ),
            ("agent.id_expiry", Value::from("长期"), "长期", "no end"),
            ("floor_area", Value::from("1120.50"), "1,120.50平方米", "1,120.50 m²"),
            ("unit_ratio", Value::Int(8), "8%", "8%"),
            ("agent.sex", Value::from("2"), "女", "female"),
            (
                "insurance_kinds",
                Value::set(["失业", "养老"]),
                "企业职工基本养老保险、失业保险",
                "old-age insurance, unemployment insurance",
            ),
            ("online_sale", Value::Bool(true), "是", "yes"),
            ("first_month", Value::from("2026-03"), "2026年3月", "March 2026"),
            (
                "appointment_at",
                Value::from("2026-02-13T09:30"),
                "2026年2月13日（周五） 09:30",
                "Fri 13 February 2026 09:30",
            ),
            ("address_division", Value::from("440115"), "广东省广州市南沙区", "广东省广州市南沙区"),
            (
                "business_term",
                Value::Map([("years".into(), Value::Int(1))].into()),
                "1年",
                "1 year",
            ),
        ] {
            let element = element(key);
            assert_eq!(element.show(&value, Lang::Zh), zh, "{key}");
            assert_eq!(element.show(&value, Lang::En), en, "{key}");
        }
        assert_eq!(crate::money_wan_text(Fen(500_000_000), Lang::Zh), "500万元");
    }
}
