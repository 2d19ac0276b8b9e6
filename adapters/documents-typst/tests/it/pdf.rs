//! What stands in a PDF, read by poppler's programs where they are installed.

use crate::fonts::leave_out;
use std::process::Command;

/// A PDF in a temporary folder.
pub(crate) struct Pdf {
    folder: tempfile::TempDir,
}

impl Pdf {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("document.pdf"), bytes).expect("written");
        Self { folder }
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Option<Vec<u8>> {
        match Command::new(program).args(arguments).current_dir(self.folder.path()).output() {
            Ok(output) => {
                assert!(
                    output.status.success(),
                    "{program}: {}",
                    String::from_utf8_lossy(&output.stderr)
                );
                Some(output.stdout)
            }
            Err(missing) => {
                leave_out(&format!("{program} of poppler-utils is not installed: {missing}"));
                None
            }
        }
    }

    /// The text without any white space, which lines and columns break at will.
    pub(crate) fn text(&self) -> Option<String> {
        let raw = self.run("pdftotext", &["-enc", "UTF-8", "-raw", "document.pdf", "-"])?;
        Some(String::from_utf8(raw).expect("UTF-8").split_whitespace().collect())
    }

    /// How many pages it has.
    pub(crate) fn pages(&self) -> Option<usize> {
        let info = String::from_utf8(self.run("pdfinfo", &["document.pdf"])?).expect("UTF-8");
        info.lines()
            .find_map(|line| line.strip_prefix("Pages:"))
            .and_then(|count| count.trim().parse().ok())
    }

    /// The texts of all QR codes on a page, found in a picture of it.
    pub(crate) fn qr_codes(&self, page: usize) -> Option<Vec<String>> {
        let page = page.to_string();
        let grey = self
            .run("pdftoppm", &["-r", "220", "-gray", "-f", &page, "-l", &page, "document.pdf"])?;
        let (width, height, pixels) = pgm(&grey);
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
            pixels[y * width + x]
        });
        Some(image.detect_grids().iter().map(|grid| grid.decode().expect("readable").1).collect())
    }
}

/// Width, height and pixels of a binary PGM.
fn pgm(bytes: &[u8]) -> (usize, usize, &[u8]) {
    let mut rest = bytes;
    let mut words = Vec::new();
    while words.len() < 4 {
        let end = rest.iter().position(u8::is_ascii_whitespace).expect("a PGM head");
        words.push(std::str::from_utf8(&rest[..end]).expect("ASCII"));
        rest = &rest[end + 1..];
    }
    assert_eq!((words[0], words[3]), ("P5", "255"));
    (words[1].parse().expect("width"), words[2].parse().expect("height"), rest)
}
