//! The aggregates: a notice, a book of numbers, an address of service.

pub(crate) mod address;
pub(crate) mod book;
mod ladder;
pub(crate) mod notice;
mod paper;

pub use address::{Address, AddressCommand};
pub use book::{Book, BookCommand};
pub use notice::{Notice, NoticeCommand, Rules};

/// The longest free text that an officer may record, in characters.
const TEXT_CHARS_MAX: usize = 200;

pub(crate) fn text(key: &'static str, text: &str) -> Result<String, crate::DeliveryError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > TEXT_CHARS_MAX {
        return Err(crate::DeliveryError::TextMissing { key });
    }
    Ok(text.to_owned())
}
