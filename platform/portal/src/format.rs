//! Dates, money, numbers and codes as people read them, in both languages.

use codes::{Date, Lang, Moment};
use jiff::civil::Weekday;
use maud::{Markup, html};

use crate::lang::pick;

/// A day with its weekday: `2026年2月13日（周五）`, `Fri 13 February 2026`.
#[must_use]
pub fn date(lang: Lang, date: Date) -> String {
    let day = weekday(lang, date);
    match lang {
        Lang::Zh => format!("{}年{}月{}日（周{day}）", date.year(), date.month(), date.day()),
        Lang::En => format!("{day} {} {} {}", date.day(), month(date), date.year()),
    }
}

/// A day where space is dear: `2月13日`, `13 Feb`.
#[must_use]
pub fn short_date(lang: Lang, date: Date) -> String {
    match lang {
        Lang::Zh => format!("{}月{}日", date.month(), date.day()),
        Lang::En => {
            let name: String = month(date).chars().take(3).collect();
            format!("{} {name}", date.day())
        }
    }
}

/// An instant on the wall clock of Beijing: `2026年2月12日（周四）15:20`, `Thu 12 February 2026, 15:20`.
#[must_use]
pub fn moment(lang: Lang, at: Moment) -> String {
    let wall = at.wall();
    let day = date(lang, wall.date());
    match lang {
        Lang::Zh => format!("{day}{:02}:{:02}", wall.hour(), wall.minute()),
        Lang::En => format!("{day}, {:02}:{:02}", wall.hour(), wall.minute()),
    }
}

/// A day as a `<time>` element.
#[must_use]
pub fn date_tag(lang: Lang, day: Date) -> Markup {
    html! { time.date datetime=(day) { (date(lang, day)) } }
}

/// An instant as a `<time>` element.
#[must_use]
pub fn moment_tag(lang: Lang, at: Moment) -> Markup {
    html! { time.date datetime=(at) { (moment(lang, at)) } }
}

/// A whole number with thousands separated: `1,234,567`.
#[must_use]
pub fn number(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        text.push('−');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An amount in fen (分) as yuan: `¥5,000,000.00`.
#[must_use]
pub fn yuan(fen: i64) -> String {
    let cents = fen.unsigned_abs() % 100;
    let whole = number(fen / 100);
    let sign = if fen < 0 { "−" } else { "" };
    format!("{sign}¥{}.{cents:02}", whole.trim_start_matches('−'))
}

/// The amount in large units, exact, where that helps reading: `500万元`, `5 million yuan`.
#[must_use]
pub fn large_yuan(lang: Lang, fen: i64) -> Option<String> {
    let (unit, places) = match lang {
        Lang::Zh => (1_000_000, 6),
        Lang::En => (100_000_000, 8),
    };
    if fen.unsigned_abs() < unit {
        return None;
    }
    let sign = if fen < 0 { "−" } else { "" };
    let whole = number(i64::try_from(fen.unsigned_abs() / unit).unwrap_or(i64::MAX));
    let part = format!("{:0places$}", fen.unsigned_abs() % unit);
    let part = part.trim_end_matches('0');
    let dot = if part.is_empty() { "" } else { "." };
    Some(match lang {
        Lang::Zh => format!("{sign}{whole}{dot}{part}万元"),
        Lang::En => format!("{sign}{whole}{dot}{part} million yuan"),
    })
}

/// An amount in fen (分), with the large unit beside it.
#[must_use]
pub fn money(lang: Lang, fen: i64) -> Markup {
    html! {
        span.money {
            (yuan(fen))
            @if let Some(large) = large_yuan(lang, fen) { " " span.beside { (pick(lang, "（", "(")) (large) (pick(lang, "）", ")")) } }
        }
    }
}

/// How a code is cut into groups for the eye; copied, it is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Groups {
    /// Four by four, from the left.
    Fours,
    /// Unified social credit code (统一社会信用代码): kind, division, body, check.
    Uscc,
    /// Resident identity number (公民身份号码): division, birth date, serial and check.
    ResidentId,
    /// Mobile number of the mainland (手机号码).
    Mobile,
    /// Not cut.
    Whole,
}

impl Groups {
    const fn sizes(self) -> &'static [usize] {
        match self {
            Self::Fours => &[4],
            Self::Uscc => &[2, 6, 4, 5, 1],
            Self::ResidentId => &[6, 8, 4],
            Self::Mobile => &[3, 4, 4],
            Self::Whole => &[usize::MAX],
        }
    }

    /// The pieces of a code; joined they are the code again.
    #[must_use]
    pub fn cut(self, code: &str) -> Vec<String> {
        let mut chars = code.chars().peekable();
        let mut sizes = self.sizes().iter().copied();
        let mut size = sizes.next().unwrap_or(4);
        let mut groups = Vec::new();
        while chars.peek().is_some() {
            groups.push(chars.by_ref().take(size).collect());
            size = sizes.next().unwrap_or(size);
        }
        groups
    }
}

/// A code grouped for reading and copied whole; scripts add a button that copies it.
#[must_use]
pub fn code(groups: Groups, text: &str) -> Markup {
    html! { code.code data-copy=(text) { @for group in groups.cut(text) { span { (group) } } } }
}

/// Working days left, in words; what is overdue says by how much.
#[must_use]
pub fn workdays_left(lang: Lang, left: i64) -> String {
    let n = number(left.abs());
    let days = if left.abs() == 1 { "working day" } else { "working days" };
    match (lang, left) {
        (Lang::Zh, 0) => "今天到期".to_owned(),
        (Lang::Zh, 1..) => format!("还剩 {n} 个工作日"),
        (Lang::Zh, _) => format!("已超 {n} 个工作日"),
        (Lang::En, 0) => "due today".to_owned(),
        (Lang::En, 1..) => format!("{n} {days} left"),
        (Lang::En, _) => format!("{n} {days} overdue"),
    }
}

/// A size in bytes as people say it: `2.4 MB`.
#[must_use]
pub fn bytes(n: u64) -> String {
    match n {
        0..1_000 => format!("{n} B"),
        1_000..1_000_000 => format!("{}.{} kB", n / 1_000, n % 1_000 / 100),
        _ => format!("{}.{} MB", n / 1_000_000, n % 1_000_000 / 100_000),
    }
}

/// The one character of the week after 周, or the three letters of an English weekday.
#[must_use]
pub fn weekday(lang: Lang, date: Date) -> &'static str {
    let (zh, en) = match date.weekday() {
        Weekday::Monday => ("一", "Mon"),
        Weekday::Tuesday => ("二", "Tue"),
        Weekday::Wednesday => ("三", "Wed"),
        Weekday::Thursday => ("四", "Thu"),
        Weekday::Friday => ("五", "Fri"),
        Weekday::Saturday => ("六", "Sat"),
        Weekday::Sunday => ("日", "Sun"),
    };
    pick(lang, zh, en)
}

fn month(date: Date) -> &'static str {
    match date.month() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_carry_their_weekday_in_both_languages() {
        let day = Date::constant(2026, 2, 13);
        assert_eq!(date(Lang::Zh, day), "2026年2月13日（周五）");
        assert_eq!(date(Lang::En, day), "Fri 13 February 2026");
        assert_eq!(short_date(Lang::En, Date::constant(2026, 9, 1)), "1 Sep");
        let at = Moment::from_wall(Date::constant(2026, 2, 12).at(9, 5, 0, 0));
        assert_eq!(moment(Lang::Zh, at), "2026年2月12日（周四）09:05");
        assert_eq!(moment(Lang::En, at), "Thu 12 February 2026, 09:05");
    }

    #[test]
    fn money_is_exact_in_yuan_and_in_the_large_unit() {
        for (fen, small, zh, en) in [
            (500_000_000, "¥5,000,000.00", Some("500万元"), Some("5 million yuan")),
            (0, "¥0.00", None, None),
            (99_999, "¥999.99", None, None),
            (
                -123_456_789,
                "−¥1,234,567.89",
                Some("−123.456789万元"),
                Some("−1.23456789 million yuan"),
            ),
            (-7, "−¥0.07", None, None),
            (
                i64::MAX,
                "¥92,233,720,368,547,758.07",
                Some("9,223,372,036,854.775807万元"),
                Some("92,233,720,368.54775807 million yuan"),
            ),
        ] {
            assert_eq!(yuan(fen), small);
            assert_eq!(large_yuan(Lang::Zh, fen).as_deref(), zh);
            assert_eq!(large_yuan(Lang::En, fen).as_deref(), en);
        }
    }

    #[test]
    fn a_code_is_cut_for_the_eye_and_whole_for_the_clipboard() {
        for (groups, text, cut) in [
            (Groups::Uscc, "91440115MAD2K7Q49J", "91 440115 MAD2 K7Q49 J"),
            (Groups::ResidentId, "440113199003074516", "440113 19900307 4516"),
            (Groups::Mobile, "13800138000", "138 0013 8000"),
            (Groups::Fours, "JY24401150002186", "JY24 4011 5000 2186"),
            (Groups::Fours, "粤一二三四", "粤一二三 四"),
            (Groups::Whole, "28-2026-1", "28-2026-1"),
            (Groups::Fours, "", ""),
        ] {
            assert_eq!(groups.cut(text).join(" "), cut);
            assert_eq!(groups.cut(text).concat(), text);
        }
    }

    #[test]
    fn what_is_left_is_said_in_words() {
        for (left, zh, en) in [
            (3, "还剩 3 个工作日", "3 working days left"),
            (1, "还剩 1 个工作日", "1 working day left"),
            (0, "今天到期", "due today"),
            (-1, "已超 1 个工作日", "1 working day overdue"),
        ] {
            assert_eq!(workdays_left(Lang::Zh, left), zh);
            assert_eq!(workdays_left(Lang::En, left), en);
        }
    }
}
