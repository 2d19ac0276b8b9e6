//! Check characters of the standards: ISO 7064, GB 32100, GB 11714.
//!
//! Each function takes the text without its check characters and gives the ones that belong behind
//! it, or `None` where the text holds a character that the scheme does not know.

/// The 31 characters of GB 32100 in their order: no I, O, S, V, Z.
const GB32100_ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Weights of GB 11714 for the eight characters of an organisation code.
const GB11714_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// ISO 7064 MOD 11-2 (GB 11643, resident identity number) over digits: `0`–`9` or `X`.
///
/// # Source
/// GB 11643-1999 annex A; GB/T 17710-2008.
#[must_use]
pub fn mod_11_2(digits: &str) -> Option<char> {
    let mut p = 0;
    for c in digits.chars() {
        p = (p + c.to_digit(10)?) * 2 % 11;
    }
    match (12 - p) % 11 {
        10 => Some('X'),
        c => char::from_digit(c, 10),
    }
}

/// ISO 7064 MOD 11,10 (food licence numbers, seal codes) over digits: one digit.
///
/// # Source
/// GB/T 17710-2008.
#[must_use]
pub fn mod_11_10(digits: &str) -> Option<char> {
    let mut p = 10;
    for c in digits.chars() {
        let sum = match (p + c.to_digit(10)?) % 10 {
            0 => 10,
            s => s,
        };
        p = sum * 2 % 11;
    }
    char::from_digit((11 - p) % 10, 10)
}

/// ISO 7064 MOD 97-10 over digits and capital letters (`A` = 10 … `Z` = 35): two digits.
///
/// # Source
/// GB/T 17710-2008; ISO/IEC 7064:2003.
#[must_use]
pub fn mod_97_10(text: &str) -> Option<String> {
    let mut rest = 0;
    for c in text.chars() {
        rest = match alphanumeric(c)? {
            v @ 0..=9 => (rest * 10 + v) % 97,
            v => (rest * 100 + v) % 97,
        };
    }
    Some(format!("{:02}", 98 - rest * 100 % 97))
}

/// The check character of a unified social credit code over its first 17 characters.
///
/// # Source
/// GB 32100-2015 §5.5: weights 3^(i−1) mod 31.
#[must_use]
pub fn gb32100_check(first17: &str) -> Option<char> {
    let mut weight = 1;
    let mut sum = 0;
    for c in first17.chars() {
        sum += gb32100_value(c)? * weight;
        weight = weight * 3 % 31;
    }
    let check = usize::try_from((31 - sum % 31) % 31).ok()?;
    GB32100_ALPHABET.chars().nth(check)
}

/// The check character of an organisation code (组织机构代码) over its first eight characters.
///
/// # Source
/// GB 11714-1997 §3.3.
#[must_use]
pub fn gb11714_check(first8: &str) -> Option<char> {
    if first8.chars().count() != GB11714_WEIGHTS.len() {
        return None;
    }
    let mut sum = 0;
    for (c, weight) in first8.chars().zip(GB11714_WEIGHTS) {
        sum += alphanumeric(c)? * weight;
    }
    match 11 - sum % 11 {
        10 => Some('X'),
        11 => Some('0'),
        c => char::from_digit(c, 10),
    }
}

/// The value of a character of GB 32100.
pub(crate) fn gb32100_value(c: char) -> Option<u32> {
    GB32100_ALPHABET.chars().position(|a| a == c).and_then(|v| u32::try_from(v).ok())
}

/// `0`–`9` as themselves, `A`–`Z` as 10–35.
fn alphanumeric(c: char) -> Option<u32> {
    if c.is_ascii_lowercase() {
        return None;
    }
    c.to_digit(36)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn check_characters_of_published_numbers() {
        assert_eq!(mod_11_2("44011319900307451"), Some('6'));
        assert_eq!(mod_11_2("11010519491231002"), Some('X'), "the example of GB 11643");
        assert_eq!(mod_11_10("2440115000218"), Some('6'));
        assert_eq!(mod_11_10("0794"), Some('5'), "the example of ISO 7064");
        assert_eq!(mod_97_10("794").as_deref(), Some("44"), "the example of ISO 7064");
        assert_eq!(mod_97_10("CDKT2000000001").as_deref(), Some("66"));
        assert_eq!(gb32100_check("91440115MAD2K7Q49"), Some('J'));
        assert_eq!(gb11714_check("MAD2K7Q4"), Some('9'));
        assert_eq!(gb11714_check("D2143569"), Some('X'), "the example of GB 11714");
    }

    #[test]
    fn foreign_characters_have_no_check() {
        assert_eq!(mod_11_2("12a"), None);
        assert_eq!(mod_11_10("１"), None);
        assert_eq!(mod_97_10("ab"), None);
        assert_eq!(gb32100_check("I"), None);
        assert_eq!(gb11714_check("123"), None);
    }

    /// Changes the digit at `at` by `by`.
    fn spoil(text: &str, at: usize, by: u32) -> String {
        text.chars()
            .enumerate()
            .map(|(i, c)| match c.to_digit(10) {
                Some(d) if i == at => char::from_digit((d + by) % 10, 10).unwrap(),
                _ => c,
            })
            .collect()
    }

    /// Swaps the characters at `at` and behind it.
    fn swap(text: &str, at: usize) -> String {
        let mut chars: Vec<char> = text.chars().collect();
        chars.swap(at, at + 1);
        chars.into_iter().collect()
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_found_by_every_scheme(text in "[0-9]{17}", at in 0_usize..17, by in 1_u32..10) {
            let bad = spoil(&text, at, by);
            prop_assert_ne!(mod_11_2(&text), mod_11_2(&bad));
            prop_assert_ne!(mod_11_10(&text), mod_11_10(&bad));
            prop_assert_ne!(mod_97_10(&text), mod_97_10(&bad));
            prop_assert_ne!(gb32100_check(&text), gb32100_check(&bad));
        }

        #[test]
        fn pure_systems_find_every_swap_of_neighbours(text in "[0-9]{17}", at in 0_usize..16) {
            let bad = swap(&text, at);
            prop_assume!(bad != text);
            prop_assert_ne!(mod_11_2(&text), mod_11_2(&bad));
            prop_assert_ne!(mod_97_10(&text), mod_97_10(&bad));
            prop_assert_ne!(gb32100_check(&text), gb32100_check(&bad));
        }

        #[test]
        fn one_wrong_digit_of_an_organisation_code_is_found(text in "[0-9]{8}", at in 0_usize..8, by in 1_u32..10) {
            prop_assert_ne!(gb11714_check(&text), gb11714_check(&spoil(&text, at, by)));
        }
    }
}
