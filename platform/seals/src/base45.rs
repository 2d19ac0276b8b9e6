//! Base45 (RFC 9285): bytes in the alphabet that QR codes pack tightest.

use crate::SealError;

const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// Bytes as base45: two bytes become three characters, a last single one two.
#[must_use]
pub fn base45(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(2) * 3);
    for pair in bytes.chunks(2) {
        let mut value = pair.iter().fold(0_usize, |value, byte| value * 256 + usize::from(*byte));
        for _character in 0..=pair.len() {
            text.extend(ALPHABET.get(value % 45).map(|byte| char::from(*byte)));
            value /= 45;
        }
    }
    text
}

/// Bytes from base45.
///
/// # Errors
/// `SEL-0001` for a character outside the alphabet, a length that no bytes give, or three characters beyond two bytes.
pub fn from_base45(text: &str) -> Result<Vec<u8>, SealError> {
    let wrong = || SealError::Encoding { form: "base45" };
    let digits: Vec<usize> = text
        .bytes()
        .map(|byte| ALPHABET.iter().position(|known| *known == byte).ok_or_else(wrong))
        .collect::<Result<_, _>>()?;
    let mut bytes = Vec::with_capacity(digits.len() / 3 * 2 + 1);
    for group in digits.chunks(3) {
        let value = group.iter().rev().fold(0_usize, |value, digit| value * 45 + digit);
        match group.len() {
            3 => bytes.extend(u16::try_from(value).map_err(|_beyond| wrong())?.to_be_bytes()),
            2 => bytes.push(u8::try_from(value).map_err(|_beyond| wrong())?),
            _ => return Err(wrong()),
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_standard_come_out_and_read_back() {
        // RFC 9285 section 4.3 and 4.4.
        for (bytes, text) in [
            ("AB", "BB8"),
            ("Hello!!", "%69 VD92EX0"),
            ("base-45", "UJCLQE7W581"),
            ("ietf!", "QED8WEX0"),
            ("", ""),
        ] {
            assert_eq!(base45(bytes.as_bytes()), text);
            assert_eq!(from_base45(text).unwrap(), bytes.as_bytes());
        }
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(from_base45(&base45(&all)).unwrap(), all);
    }

    #[test]
    fn what_no_bytes_give_is_refused() {
        for text in ["GGW", "::", "A", "AAAA", "bb8", "中"] {
            assert!(from_base45(text).is_err(), "{text}");
        }
    }
}
