//! Checks that need more than a rule: identifiers with check digits, encodings, control characters.

use crate::error::ValueFault;
use crate::kind::Format;

/// The length of a text in bytes of GB 18030, which older systems count.
#[must_use]
pub fn gb18030_len(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    encoding_rs::GB18030.encode(text).0.len()
}

/// Whether a text holds characters that nobody types: controls, or marks that turn the direction of writing.
pub(crate) fn has_control(text: &str) -> bool {
    text.chars().any(|c| {
        (c.is_control() && c != '\n' && c != '\r' && c != '\t')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    })
}

/// What a text breaks of its format; the number of an identity document is checked with its type, on the card.
pub(crate) fn format_fault(format: Format, text: &str) -> Option<ValueFault> {
    match format {
        Format::Plain | Format::Identifier | Format::IdNumber => None,
        Format::Uscc => text.parse::<codes::Uscc>().err().map(ValueFault::Identifier),
        Format::Division => text.parse::<codes::Division>().err().map(ValueFault::Identifier),
        Format::Industry => text.parse::<codes::Industry>().err().map(ValueFault::Identifier),
        Format::Url => (!is_https_url(text)).then_some(ValueFault::Format),
        Format::Email => (!is_email(text)).then_some(ValueFault::Format),
    }
}

/// `https://host[/…]` with a host of labels, without user, password or blanks.
fn is_https_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = authority.split_once(':').map_or((authority, None), |(h, p)| (h, Some(p)));
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|c| c == '-' || c.is_alphanumeric())
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.contains('.')
        && host.split('.').all(label)
        && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
        && !rest.chars().any(|c| {
            c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>' | '\\' | '^' | '`')
        })
}

/// `local@domain` of RFC 5321 in the dot-atom form, 64 and 255 characters at most.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-".contains(c);
    let local_ok = (1..=64).contains(&local.len())
        && local.split('.').all(|part| !part.is_empty() && part.chars().all(atom));
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c == '-' || c.is_ascii_alphanumeric())
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    local_ok && domain.len() <= 255 && domain.contains('.') && domain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_tell_right_from_wrong() {
        for (format, text, fits) in [
            (Format::Uscc, "91440115MAD2K7Q49J", true),
            (Format::Uscc, "91440115MAD2K7Q49K", false),
            (Format::Division, "440115", true),
            (Format::Division, "44011", false),
            (Format::Url, "https://shop.example.com/x?y=1", true),
            (Format::Url, "https://青禾.中国/", true),
            (Format::Url, "http://shop.example.com", false),
            (Format::Url, "https://user@shop.example.com", false),
            (Format::Url, "https://shop", false),
            (Format::Url, "https://shop.example.com/\"><script>", false),
            (Format::Url, "javascript:alert(1)", false),
            (Format::Email, "chen.siyuan@example.com", true),
            (Format::Email, "chen@example", false),
            (Format::Email, "chen..s@example.com", false),
            (Format::Email, "a b@example.com", false),
            (Format::Email, "@example.com", false),
        ] {
            assert_eq!(format_fault(format, text).is_none(), fits, "{text}");
        }
    }

    #[test]
    fn gb18030_counts_two_and_four_bytes() {
        for (text, bytes) in [("abc", 3), ("青禾", 4), ("𠮷", 4), ("é", 2), ("ã", 4), ("€", 2)]
        {
            assert_eq!(gb18030_len(text), bytes, "{text}");
        }
    }

    #[test]
    fn controls_are_found() {
        assert!(has_control("a\0b") && has_control("a\u{202e}b") && has_control("\u{7}"));
        assert!(!has_control("line\nline\t青"));
    }
}
