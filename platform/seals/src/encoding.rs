//! Text forms of bytes (hex, base32, base64url) and comparison in constant time.

use crate::SealError;
use data_encoding::{BASE64URL_NOPAD, Encoding, HEXLOWER, HEXLOWER_PERMISSIVE, Specification};
use std::sync::LazyLock;
use subtle::ConstantTimeEq;

/// Base32 of RFC 4648 in lower case without padding; capitals are read too, since people copy from paper.
static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut spec = Specification::new();
    spec.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
    spec.translate.from.push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    spec.translate.to.push_str("abcdefghijklmnopqrstuvwxyz");
    // The alphabet above is a constant; should it ever be wrong, upper case base32 is still right.
    spec.encoding().unwrap_or(data_encoding::BASE32_NOPAD)
});

/// Bytes as lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// Bytes from hexadecimal in either case.
///
/// # Errors
/// `SEL-0001` when the text is not hexadecimal.
pub fn from_hex(text: &str) -> Result<Vec<u8>, SealError> {
    HEXLOWER_PERMISSIVE
        .decode(text.as_bytes())
        .map_err(|_shape| SealError::Encoding { form: "hex" })
}

/// Bytes as base32 (RFC 4648), lower case, without padding: 16 bytes give 26 characters.
#[must_use]
pub fn base32(bytes: &[u8]) -> String {
    BASE32.encode(bytes)
}

/// Bytes from base32 in either case, without padding.
///
/// # Errors
/// `SEL-0001` when the text is not base32, or its last character carries bits that no byte has.
pub fn from_base32(text: &str) -> Result<Vec<u8>, SealError> {
    BASE32.decode(text.as_bytes()).map_err(|_shape| SealError::Encoding { form: "base32" })
}

/// Bytes as base64url without padding, the form of JWS and JWK.
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// Bytes from base64url without padding.
///
/// # Errors
/// `SEL-0001` when the text is not base64url in its one canonical form.
pub fn from_base64url(text: &str) -> Result<Vec<u8>, SealError> {
    BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_shape| SealError::Encoding { form: "base64url" })
}

/// Whether two byte strings are equal, in a time that depends on their length only.
#[must_use]
pub fn same(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_reads_what_it_writes_in_either_case() {
        // RFC 4648 section 10, without padding.
        for (bytes, text) in
            [("", ""), ("f", "my"), ("fo", "mzxq"), ("foo", "mzxw6"), ("foobar", "mzxw6ytboi")]
        {
            assert_eq!(base32(bytes.as_bytes()), text);
            assert_eq!(from_base32(text).unwrap(), bytes.as_bytes());
            assert_eq!(from_base32(&text.to_uppercase()).unwrap(), bytes.as_bytes());
        }
        assert_eq!(base32(&[0xff; 16]).len(), 26);
    }

    #[test]
    fn a_second_spelling_of_the_same_bytes_is_refused() {
        assert!(from_base32("mz").is_err(), "trailing bits set");
        assert!(from_base32("1").is_err());
        assert!(from_base64url("Zh").is_err(), "trailing bits set");
        assert!(from_base64url("Zg==").is_err(), "padding");
        assert!(from_hex("0g").is_err());
        assert_eq!(from_hex("0aFF").unwrap(), [0x0a, 0xff]);
    }

    #[test]
    fn comparison_tells_length_and_content() {
        assert!(same(b"abc", b"abc"));
        assert!(!same(b"abc", b"abd"));
        assert!(!same(b"abc", b"ab"));
    }
}
