//! What an uploaded file is, told from its bytes (PDF, PNG, JPEG), and whether it may come in.

use codes::{Code, Coded, Label, Reason};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The kinds of file that can be told from their bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ContentType {
    /// A PDF document (ISO 32000).
    #[serde(rename = "application/pdf")]
    Pdf,
    /// A PNG picture (ISO/IEC 15948).
    #[serde(rename = "image/png")]
    Png,
    /// A JPEG picture (ISO/IEC 10918).
    #[serde(rename = "image/jpeg")]
    Jpeg,
}

impl ContentType {
    /// The media type for a `Content-Type` field.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// What the bytes are, if they are a whole file of a known kind: beginning, inner structure and end are looked at,
    /// so that a file cut short on its way, or another file behind a copied beginning, is not taken for one.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if is_pdf(bytes) {
            Some(Self::Pdf)
        } else if is_png(bytes) {
            Some(Self::Png)
        } else if is_jpeg(bytes) {
            Some(Self::Jpeg)
        } else {
            None
        }
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.media_type())
    }
}

/// `%PDF-1.` or `%PDF-2.` at the first byte, a cross-reference pointer and the end mark in the last KiB.
fn is_pdf(bytes: &[u8]) -> bool {
    let (_, tail) = bytes.split_at(bytes.len().saturating_sub(1024));
    let holds = |mark: &[u8]| tail.windows(mark.len()).any(|window| window == mark);
    (bytes.starts_with(b"%PDF-1.") || bytes.starts_with(b"%PDF-2."))
        && holds(b"startxref")
        && holds(b"%%EOF")
}

/// The signature, then chunks of which the first is the header and the last, at the very end, the end chunk.
fn is_png(bytes: &[u8]) -> bool {
    let Some(mut rest) = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n") else {
        return false;
    };
    let mut first = true;
    // A chunk: length of its data, four letters, data, four bytes of check.
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let Some((name, after)) = after.split_first_chunk::<4>() else {
            return false;
        };
        let data = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let Some((_data, after)) =
            data.checked_add(4).and_then(|length| after.split_at_checked(length))
        else {
            return false;
        };
        if first != (name == b"IHDR") {
            return false;
        }
        if name == b"IEND" {
            return after.is_empty();
        }
        first = false;
        rest = after;
    }
    false
}

/// Start of image, segments up to the start of a scan, and the end of image as the last two bytes.
fn is_jpeg(bytes: &[u8]) -> bool {
    let Some(mut rest) = bytes.strip_prefix(b"\xff\xd8") else {
        return false;
    };
    if !bytes.ends_with(b"\xff\xd9") {
        return false;
    }
    while let Some((&[0xff, marker], after)) = rest.split_first_chunk::<2>() {
        match marker {
            // A fill byte: the marker proper follows.
            0xff => {
                rest = rest.split_first().map_or(&[][..], |(_fill, after)| after);
                continue;
            }
            0xda => return true,
            0xc0..=0xfe if marker != 0xd8 && marker != 0xd9 => {}
            _ => return false,
        }
        let Some((length, _)) = after.split_first_chunk::<2>() else {
            return false;
        };
        let Some((_segment, next)) =
            after.split_at_checked(usize::from(u16::from_be_bytes(*length)))
        else {
            return false;
        };
        if u16::from_be_bytes(*length) < 2 {
            return false;
        }
        rest = next;
    }
    false
}

/// What uploads a place takes (上传要求).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accept {
    /// The largest size in bytes.
    pub bytes_max: usize,
    /// The kinds taken.
    pub types: &'static [ContentType],
}

impl Accept {
    /// Materials (申请材料): PDF, PNG or JPEG up to 20 MiB.
    pub const MATERIAL: Self = Self {
        bytes_max: 20 << 20,
        types: &[ContentType::Pdf, ContentType::Png, ContentType::Jpeg],
    };

    /// Tells what an upload is, if it may come in.
    ///
    /// # Errors
    /// `BLB-0005` for no bytes at all, `BLB-0006` beyond the size, `BLB-0007` for a kind that is not taken here.
    pub fn check(&self, bytes: &[u8]) -> Result<ContentType, UploadError> {
        if bytes.is_empty() {
            return Err(UploadError::Empty);
        }
        if bytes.len() > self.bytes_max {
            return Err(UploadError::TooLarge { bytes: bytes.len(), bytes_max: self.bytes_max });
        }
        let kind = ContentType::of(bytes);
        kind.filter(|kind| self.types.contains(kind))
            .ok_or_else(|| UploadError::KindNotTaken { taken: self.types.to_vec() })
    }
}

/// An upload that is not taken; nothing was stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The file is too large.
    #[error("the file has {bytes} bytes, {bytes_max} are taken")]
    TooLarge {
        /// Its size, or how much of it was read before it was refused.
        bytes: usize,
        /// The largest size taken.
        bytes_max: usize,
    },
    /// The bytes are of no kind taken here, whatever the name says.
    #[error("the file is of no kind that is taken here")]
    KindNotTaken {
        /// The kinds taken.
        taken: Vec<ContentType>,
    },
}

impl Coded for UploadError {
    fn code(&self) -> Code {
        Code::new(
            "BLB",
            match self {
                Self::Empty => 5,
                Self::TooLarge { .. } => 6,
                Self::KindNotTaken { .. } => 7,
            },
        )
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Empty => "FILE_EMPTY",
            Self::TooLarge { .. } => "FILE_TOO_LARGE",
            Self::KindNotTaken { .. } => "FILE_KIND",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::Empty => Label::new(
                "文件是空的（0 字节），请重新选择文件。",
                "The file is empty (0 bytes). Choose it again.",
            ),
            Self::TooLarge { bytes_max, .. } => {
                let mib = bytes_max >> 20;
                Label::new(
                    format!("文件超过 {mib} MiB，请压缩或分成几份后上传。"),
                    format!("The file is larger than {mib} MiB. Compress or split it."),
                )
            }
            Self::KindNotTaken { .. } => Label::new(
                "只接受完整的 PDF、PNG 或 JPEG 文件；系统按内容而不是按文件名判断。",
                "Only whole PDF, PNG or JPEG files are taken; the content counts, not the name.",
            ),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::TooLarge { .. } => 413,
            Self::Empty | Self::KindNotTaken { .. } => 422,
        }
    }

    fn fields(&self) -> Option<String> {
        match self {
            Self::Empty => None,
            Self::TooLarge { bytes, bytes_max } => {
                Some(format!(r#"{{"bytes":{bytes},"bytes_max":{bytes_max}}}"#))
            }
            Self::KindNotTaken { taken } => {
                let taken: Vec<_> = taken.iter().map(|kind| format!("\"{kind}\"")).collect();
                Some(format!(r#"{{"taken":[{}]}}"#, taken.join(",")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pdf() -> Vec<u8> {
        b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\nxref\n0 1\ntrailer\n<<>>\nstartxref\n30\n%%EOF\n"
            .to_vec()
    }

    fn png() -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
        for (name, data) in [(b"IHDR", &[0_u8; 13][..]), (b"IDAT", &[1, 2, 3]), (b"IEND", &[])] {
            bytes.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
            bytes.extend(name);
            bytes.extend(data);
            bytes.extend([0; 4]);
        }
        bytes
    }

    fn jpeg() -> Vec<u8> {
        let mut bytes =
            b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00".to_vec();
        bytes.extend(b"\xff\xff\xdb\x00\x03\x00\xff\xda\x00\x02\x12\x34\xff\xd9");
        bytes
    }

    #[test]
    fn each_kind_is_told_from_its_bytes() {
        assert_eq!(Accept::MATERIAL.check(&pdf()), Ok(ContentType::Pdf));
        assert_eq!(Accept::MATERIAL.check(&png()), Ok(ContentType::Png));
        assert_eq!(Accept::MATERIAL.check(&jpeg()), Ok(ContentType::Jpeg));
    }

    #[test]
    fn a_file_that_only_begins_like_one_is_refused() {
        let html: &[u8] = b"<script>alert(1)</script>";
        for whole in [pdf(), png(), jpeg()] {
            let beginning = &whole[..12];
            let cases =
                [beginning.to_vec(), [beginning, html].concat(), [html, &whole[..]].concat()];
            for bytes in cases {
                let error = Accept::MATERIAL.check(&bytes).unwrap_err();
                assert!(matches!(error, UploadError::KindNotTaken { .. }));
            }
        }
        for other in [html, b"GIF89a", b"PK\x03\x04", b"MZ", b"\x7fELF", b"\xff\xd8\xff\xd9"] {
            assert!(Accept::MATERIAL.check(other).is_err());
        }
    }

    #[test]
    fn a_file_cut_short_anywhere_is_refused() {
        for whole in [png(), jpeg()] {
            for length in 1..whole.len() {
                assert_eq!(ContentType::of(&whole[..length]), None, "{length}");
            }
        }
        let pdf = pdf();
        assert_eq!(ContentType::of(&pdf[..pdf.len() - 7]), None);
    }

    #[test]
    fn what_follows_the_end_of_a_picture_is_refused() {
        for whole in [png(), jpeg()] {
            assert_eq!(ContentType::of(&[&whole[..], b"<?php"].concat()), None);
        }
    }

    #[test]
    fn emptiness_and_size_come_before_kind() {
        let small = Accept { bytes_max: 60, types: &[ContentType::Png] };
        assert_eq!(small.check(b""), Err(UploadError::Empty));
        let long = small.check(&[0; 61]).unwrap_err();
        assert_eq!(long, UploadError::TooLarge { bytes: 61, bytes_max: 60 });
        assert_eq!(long.fields().unwrap(), r#"{"bytes":61,"bytes_max":60}"#);
        let other = small.check(&jpeg()).unwrap_err();
        assert_eq!(other.fields().unwrap(), r#"{"taken":["image/png"]}"#);
    }
}
