//! QR codes as SVG.

use crate::DocumentError;
use fast_qr::{ECL, QRBuilder, QRCode};
use std::fmt::Write as _;

/// Light modules around the symbol.
///
/// # Source
/// ISO/IEC 18004:2015, 5.3.8: a quiet zone of four modules.
const QUIET_ZONE: usize = 4;

/// How much of a QR code may be lost and still be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QrLevel {
    /// About 7 %: screens.
    Low,
    /// About 15 %: paper that stays flat.
    #[default]
    Medium,
    /// About 25 %: paper that hangs on a wall.
    Quartile,
    /// About 30 %: stickers.
    High,
}

impl QrLevel {
    fn ecl(self) -> ECL {
        match self {
            Self::Low => ECL::L,
            Self::Medium => ECL::M,
            Self::Quartile => ECL::Q,
            Self::High => ECL::H,
        }
    }
}

/// How many modules the symbol of a text has on a side, without its quiet zone: 17 + 4 × version.
///
/// # Errors
/// `DOC-0008` where the text is too long for any symbol at this level.
pub fn qr_modules(text: &str, level: QrLevel) -> Result<usize, DocumentError> {
    built(text, level).map(|code| code.size)
}

fn built(text: &str, level: QrLevel) -> Result<QRCode, DocumentError> {
    QRBuilder::new(text.as_bytes().to_vec())
        .ecl(level.ecl())
        .build()
        .map_err(|_too_long| DocumentError::QrTooLong { bytes: text.len() })
}

/// A QR code as an SVG picture, one unit a module, dark modules of a row joined, quiet zone included.
///
/// # Errors
/// `DOC-0008` where the text is too long for any symbol at this level.
pub fn qr_svg(text: &str, level: QrLevel) -> Result<String, DocumentError> {
    let code = built(text, level)?;
    let side = code.size + 2 * QUIET_ZONE;
    let mut path = String::new();
    for (y, row) in code.data.chunks(code.size).take(code.size).enumerate() {
        let mut dark = row.iter().map(|module| module.value()).enumerate().peekable();
        while let Some((x, is_dark)) = dark.next() {
            if !is_dark {
                continue;
            }
            let mut length = 1;
            while dark.next_if(|(_, next)| *next).is_some() {
                length += 1;
            }
            // Writing into a String cannot fail.
            let _ = write!(path, "M{} {}h{length}v1h-{length}z", x + QUIET_ZONE, y + QUIET_ZONE);
        }
    }
    Ok(format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges"><path d="M0 0h{side}v{side}h-{side}z" fill="#fff"/><path d="{path}" fill="#000"/></svg>"##
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_has_its_quiet_zone_and_its_finder() {
        let svg = qr_svg("https://lianban.example/v/MFRGGZDFMZTWQ2LK", QrLevel::Quartile).unwrap();
        // Version 4 (33 modules) and four light modules on each side.
        assert!(svg.contains(r#"viewBox="0 0 41 41""#), "{svg}");
        // The top edge of the upper left finder: seven dark modules from (4, 4).
        assert!(svg.contains("M4 4h7v1h-7z"));
        assert_eq!(
            svg,
            qr_svg("https://lianban.example/v/MFRGGZDFMZTWQ2LK", QrLevel::Quartile).unwrap()
        );
    }

    #[test]
    fn a_symbol_is_as_small_as_its_text_allows() {
        // Version 8 takes 152 bytes at level M; 45 characters are enough for upper case alone.
        for (text, level, modules) in [
            ("x".repeat(152), QrLevel::Medium, 49),
            ("x".repeat(153), QrLevel::Medium, 53),
            ("X".repeat(221), QrLevel::Medium, 49),
        ] {
            assert_eq!(qr_modules(&text, level).unwrap(), modules, "{}", text.len());
        }
    }

    #[test]
    fn a_text_beyond_the_largest_symbol_is_refused() {
        let beyond = qr_svg(&"x".repeat(2_954), QrLevel::Low);
        assert!(matches!(beyond, Err(DocumentError::QrTooLong { bytes: 2_954 })));
        assert!(qr_svg(&"x".repeat(2_953), QrLevel::Low).is_ok());
    }
}
