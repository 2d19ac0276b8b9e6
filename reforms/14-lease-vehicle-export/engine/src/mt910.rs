//! The older confirmation of credit, SWIFT MT910.

use crate::{BankError, Credit, Currency, Money};
use codes::Date;

/// The credit that an MT910 confirms: its text block, one field a line that begins with `:tag:`.
///
/// # Errors
/// `Missing` and `Unreadable` by tag.
///
/// # Source
/// SWIFT MT910 Confirmation of Credit: `:21:` reference, `:25:` account, `:32A:` value date, currency and amount with a
/// decimal comma, `:50A:`, `:50F:` or `:50K:` payer, `:72:` information.
pub fn credit_of_mt910(text: &str) -> Result<Credit, BankError> {
    let field = |tag: &'static str| field(text, tag);
    let missing = |field| BankError::Missing { entry: 1, field };
    let unreadable = || BankError::Unreadable { entry: 1, field: "32A" };
    let bank_ref = field("20").ok_or_else(|| missing("20"))?;
    let account = field("25").or_else(|| field("25P")).ok_or_else(|| missing("25"))?;
    let booked = field("32A").ok_or_else(|| missing("32A"))?;
    let (day, rest) = booked.split_at_checked(6).ok_or_else(unreadable)?;
    let (currency, amount) = rest.split_at_checked(3).ok_or_else(unreadable)?;
    let currency: Currency = currency.parse().map_err(|_shape| unreadable())?;
    let value_on = date(day).ok_or_else(unreadable)?;
    let amount = Money::read(amount, ',', currency).ok_or_else(unreadable)?;
    let payer = ["50A", "50F", "50K"].into_iter().find_map(field).and_then(|lines| {
        // The first line of a payer is the account where it begins with a slash.
        lines
            .lines()
            .find(|line| !line.starts_with('/'))
            .map(|line| line.trim_start_matches("1/").to_owned())
    });
    let account = account.lines().next().unwrap_or_default().to_owned();
    let remittance = field("72").map(|lines| lines.replace('\n', " "));
    Ok(Credit { bank_ref, account, value_on, amount, payer, remittance, end_to_end: field("21") })
}

/// The value of a field, its further lines included.
fn field(text: &str, tag: &str) -> Option<String> {
    let mark = format!(":{tag}:");
    let mut lines = text.lines().map(str::trim_end).skip_while(|line| !line.starts_with(&mark));
    let first = lines.next()?.strip_prefix(&mark)?;
    let more = lines.take_while(|line| !line.starts_with(':') && !line.starts_with('-'));
    let all: Vec<&str> = std::iter::once(first).chain(more).collect();
    Some(all.join("\n")).filter(|value| !value.is_empty())
}

/// A day in six digits; years are of this century.
fn date(text: &str) -> Option<Date> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize| text.get(from..from + 2)?.parse::<i8>().ok();
    Date::new(2000 + i16::from(part(0)?), part(2)?, part(4)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = "{1:F01ABOCCNBJAXXX0000000000}{2:O9101530}{4:\r\n:20:ABOC-77\r\n:21:LEASE-1523-01\r\n\
        :25:6228480402564890018\r\n:32A:260421CNY300000,\r\n:50K:/MN45000\r\nErdenet Trans LLC\r\nUlaanbaatar\r\n\
        :52A:GOLOMNUB\r\n:72:/BNF/rent 1\r\nand part of 2\r\n-}";

    #[test]
    fn a_confirmation_is_read_as_its_newer_form() {
        let credit = credit_of_mt910(MESSAGE).unwrap();
        let expected = Credit {
            bank_ref: "ABOC-77".to_owned(),
            account: "6228480402564890018".to_owned(),
            value_on: Date::constant(2026, 4, 21),
            amount: Money::new(30_000_000, Currency::CNY),
            payer: Some("Erdenet Trans LLC".to_owned()),
            remittance: Some("/BNF/rent 1 and part of 2".to_owned()),
            end_to_end: Some("LEASE-1523-01".to_owned()),
        };
        assert_eq!(credit, expected);
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_tag() {
        let broken = |from: &str, to: &str| credit_of_mt910(&MESSAGE.replace(from, to));
        for tag in ["20", "25", "32A"] {
            let found = broken(&format!(":{tag}:"), ":99:");
            assert_eq!(found, Err(BankError::Missing { entry: 1, field: tag }));
        }
        for (from, to) in [
            ("260421", "260431"),
            ("CNY", "cny"),
            ("300000,", "300.000"),
            ("260421CNY300000,", "26"),
        ] {
            let unreadable = BankError::Unreadable { entry: 1, field: "32A" };
            assert_eq!(broken(from, to), Err(unreadable), "{to}");
        }
    }
}
