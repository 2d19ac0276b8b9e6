//! From a canonical value to what a page shows, in both languages.

use crate::element::Element;
use crate::kind::{Format, Kind, Shape};
use crate::money::Fen;
use crate::term::{LONG_TERM, Term};
use crate::value::Value;
use codes::{Date, Lang};
use rust_decimal::Decimal;

impl Element {
    /// A canonical value as pages show it; a value of another type is shown as it stands.
    #[must_use]
    pub fn show(&self, value: &Value, lang: Lang) -> String {
        let shown = match (&self.kind, value) {
            (Kind::Code(_), Value::Text(code)) => Some(self.code_name(code, lang)),
            (Kind::Set(_) | Kind::List(_), Value::List(all)) => {
                let names: Vec<String> = all
                    .iter()
                    .filter_map(Value::as_text)
                    .map(|code| self.code_name(code, lang))
                    .collect();
                Some(names.join(if lang == Lang::Zh { "、" } else { ", " }))
            }
            (Kind::Money, Value::Int(fen)) => Some(money_text(Fen(*fen))),
            (Kind::Date { .. }, Value::Text(text)) if text == LONG_TERM => Some(long(lang)),
            (Kind::Date { .. }, value) => value.as_date().map(|date| date_text(date, lang)),
            (Kind::Number { .. }, value) => {
                value.as_decimal().map(|number| self.number_text(number, lang))
            }
            (Kind::Bool, Value::Bool(yes)) => Some(yes_no(*yes, lang)),
            (Kind::Month, Value::Text(text)) => Some(month_text(text, lang)),
            (Kind::Time, Value::Text(text)) => time_text(text, lang),
            (Kind::Text { .. }, Value::Text(text)) if self.format == Format::Division => {
                text.parse::<codes::Division>().ok().and_then(codes::Division::full_name)
            }
            (Kind::Composite(Shape::Term), value) => {
                Term::from_value(value).map(|term| term_text(term, lang))
            }
            (Kind::Composite(Shape::Address), Value::Map(parts)) => {
                let part = |key: &str| parts.get(key).and_then(Value::as_text).unwrap_or_default();
                let division = part("division").parse::<codes::Division>().ok();
                let place = division.and_then(codes::Division::full_name).unwrap_or_default();
                Some(format!("{place}{}", part("detail")))
            }
            _ => None,
        };
        shown.unwrap_or_else(|| match value {
            Value::Text(text) => text.clone(),
            other => serde_json::to_string(other).unwrap_or_default(),
        })
    }

    /// A canonical value as it goes back into an input field, so that [`Element::read`] gives the same value again.
    #[must_use]
    pub fn typed(&self, value: &Value) -> String {
        match (&self.kind, value) {
            (Kind::Money, Value::Int(fen)) => grouped(Fen(*fen).yuan()),
            (Kind::Composite(Shape::Address), Value::Map(parts)) => {
                let part = |key: &str| parts.get(key).and_then(Value::as_text).unwrap_or_default();
                format!("{} {}", part("division"), part("detail"))
            }
            (Kind::Composite(Shape::Term), value) => match Term::from_value(value) {
                Some(Term::Years(years)) => years.to_string(),
                Some(Term::Long) => LONG_TERM.to_owned(),
                None => String::new(),
            },
            (_, Value::Text(text)) => text.clone(),
            (_, Value::Int(int)) => int.to_string(),
            (_, Value::Bool(yes)) => yes.to_string(),
            (_, Value::List(all)) => {
                all.iter().filter_map(Value::as_text).collect::<Vec<_>>().join("、")
            }
            (_, Value::Map(_)) => String::new(),
        }
    }

    fn code_name(&self, code: &str, lang: Lang) -> String {
        self.list.as_ref().and_then(|list| list.name(code, lang)).unwrap_or(code).to_owned()
    }

    fn number_text(&self, number: Decimal, lang: Lang) -> String {
        let text = grouped(number);
        match &self.unit {
            Some(unit) if unit.zh == "%" => format!("{text}%"),
            Some(unit) if lang == Lang::Zh => format!("{text}{}", unit.zh),
            Some(unit) => format!("{text} {}", unit.en),
            None => text,
        }
    }
}

fn long(lang: Lang) -> String {
    if lang == Lang::Zh { LONG_TERM.to_owned() } else { "no end".to_owned() }
}

fn yes_no(yes: bool, lang: Lang) -> String {
    let (zh, en) = if yes { ("是", "yes") } else { ("否", "no") };
    (if lang == Lang::Zh { zh } else { en }).to_owned()
}

fn term_text(term: Term, lang: Lang) -> String {
    match (term, lang) {
        (Term::Long, _) => long(lang),
        (Term::Years(years), Lang::Zh) => format!("{years}年"),
        (Term::Years(1), Lang::En) => "1 year".to_owned(),
        (Term::Years(years), Lang::En) => format!("{years} years"),
    }
}

/// A number with commas between its thousands.
fn grouped(number: Decimal) -> String {
    let text = number.to_string();
    let unsigned = text.strip_prefix('-').unwrap_or(&text);
    let (whole, fraction) =
        unsigned.split_once('.').map_or((unsigned, None), |(w, f)| (w, Some(f)));
    let mut out = String::with_capacity(text.len() + whole.len() / 3);
    if text.starts_with('-') {
        out.push('-');
    }
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// Money as pages show it, `¥5,000,000.00`.
#[must_use]
pub fn money_text(fen: Fen) -> String {
    let text = grouped(fen.yuan());
    match text.strip_prefix('-') {
        Some(unsigned) => format!("-¥{unsigned}"),
        None => format!("¥{text}"),
    }
}

/// Money in ten thousands of yuan, `500万元` or `CNY 500 × 10,000`.
#[must_use]
pub fn money_wan_text(fen: Fen, lang: Lang) -> String {
    let wan = grouped(fen.wan().normalize());
    if lang == Lang::Zh { format!("{wan}万元") } else { format!("CNY {wan} × 10,000") }
}

/// A date as pages show it, `2026年2月13日（周五）` or `Fri 13 February 2026`.
#[must_use]
pub fn date_text(date: Date, lang: Lang) -> String {
    use jiff::civil::Weekday;
    let (zh, en) = match date.weekday() {
        Weekday::Monday => ("周一", "Mon"),
        Weekday::Tuesday => ("周二", "Tue"),
        Weekday::Wednesday => ("周三", "Wed"),
        Weekday::Thursday => ("周四", "Thu"),
        Weekday::Friday => ("周五", "Fri"),
        Weekday::Saturday => ("周六", "Sat"),
        Weekday::Sunday => ("周日", "Sun"),
    };
    match lang {
        Lang::Zh => format!("{}年{}月{}日（{zh}）", date.year(), date.month(), date.day()),
        Lang::En => format!("{en} {} {} {}", date.day(), month_name(date.month()), date.year()),
    }
}

fn month_name(month: i8) -> &'static str {
    match month {
        1 => "January",
        2 => "February",
        3 => "March",
        4 => "April",
        5 => "May",
        6 => "June",
        7 => "July",
        8 => "August",
        9 => "September",
        10 => "October",
        11 => "November",
        _ => "December",
    }
}

fn month_text(text: &str, lang: Lang) -> String {
    match format!("{text}-01").parse::<Date>() {
        Ok(date) if lang == Lang::Zh => format!("{}年{}月", date.year(), date.month()),
        Ok(date) => format!("{} {}", month_name(date.month()), date.year()),
        Err(_) => text.to_owned(),
    }
}

fn time_text(text: &str, lang: Lang) -> Option<String> {
    let (day, clock) = text.split_once('T')?;
    let date: Date = day.parse().ok()?;
    Some(format!("{} {clock}", date_text(date, lang)))
}
