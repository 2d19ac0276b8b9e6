//! A paper as an answer.

use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use std::fmt::Write as _;

/// A PDF that a browser shows and nobody between keeps; saved, it bears the paper's number (RFC 8187), or `plain` where a
/// program reads no such name.
#[must_use]
pub fn pdf(plain: &str, number: &str, bytes: Vec<u8>) -> Response {
    let number = percent(number);
    let name = format!("inline; filename=\"{plain}.pdf\"; filename*=UTF-8''{number}.pdf");
    let headers = [
        (CONTENT_TYPE, "application/pdf"),
        (CONTENT_DISPOSITION, name.as_str()),
        (CACHE_CONTROL, "private, no-store"),
    ];
    (headers, bytes).into_response()
}

/// A text of a header's value: everything but letters, digits and a few signs in per cent.
fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut safe, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            safe.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _written = write!(safe, "%{byte:02X}");
        }
        safe
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paper_is_saved_under_its_number_and_kept_by_nobody_between() {
        let response = pdf("notice", "穗〔2026〕7号\"\r\n", b"%PDF".to_vec());
        let header = |name| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header(CONTENT_TYPE), "application/pdf");
        assert_eq!(header(CACHE_CONTROL), "private, no-store");
        assert_eq!(
            header(CONTENT_DISPOSITION),
            "inline; filename=\"notice.pdf\"; \
             filename*=UTF-8''%E7%A9%97%E3%80%942026%E3%80%957%E5%8F%B7%22%0D%0A.pdf"
        );
    }
}
