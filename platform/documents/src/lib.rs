//! Documents as data: templates, their values, their numbers, their QR codes, and the trait that sets them in type.
//!
//! **Invariant:** only values that a template declares enter its documents, so that a person's new mobile number
//! touches no document that does not print it.
//! **Invariant:** the digest of a document's text follows from the template's words and the values taken, and from
//! nothing else; the same digest and the same [`Typesetter::edition`] give the same bytes.
//! **Invariant:** a value that comes from a person card is printed only where its declaration says `personal: true`.
//! **Invariant:** writing a number is pure; the next serial is allotted by the aggregate that hosts the series, in the
//! batch that uses it.
//! **Invariant:** no two series share a mark, so that a number tells its kind.
//!
//! It sets no type itself (`documents-typst` does), keeps no file (`blobs` does) and signs nothing (`seals` does).
//! Start with [`Template`], then [`Values`], then [`Template::take`]; numbers start at [`Series`],
//! what licences and notices share at [`Numbering`].

mod capitals;
mod error;
mod number;
mod paper;
mod pattern;
mod qr;
mod taken;
mod template;
mod typesetter;
mod values;

pub use capitals::{chinese_capitals, grouped_yuan};
pub use error::{DocumentError, NumberError};
pub use number::{Facts, Numbers, Restart, Series, fold_number};
pub use paper::{BookKey, Filling, Issuer, Made, Numbering};
pub use pattern::{CheckKind, Part, Pattern};
pub use qr::{QrLevel, qr_modules, qr_svg};
pub use taken::{Taken, TextDigest};
pub use template::{Class, Column, Declared, Kind, Page, Template, Templates};
pub use typesetter::Typesetter;
pub use values::{Datum, Values};
