//! Reports on codes (扫码异常): codes that were never issued, and certificates that somebody says are fakes.

use crate::error::PropertyError;
use crate::event::ScanEvent;
use kernel::{Aggregate, Context};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// The most reports of one day: who floods it leaves no more traces.
const REPORTS_MAX: usize = 10_000;
/// The longest report, in characters.
const TEXT_CHARS_MAX: usize = 1000;

/// A day of reports, such as `2021-06-01`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScanDay(pub String);

impl fmt::Display for ScanDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What may be asked of a day of reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScanCommand {
    /// A code was scanned that was never issued; the same code again changes nothing.
    NoteForged {
        /// SHA-256 of the code.
        sha256: String,
    },
    /// Somebody says that a certificate is a fake.
    Report {
        /// The code.
        token: String,
        /// In which words.
        text: String,
    },
}

/// A day of reports.
#[derive(Clone, Debug, Default)]
pub struct Scans {
    forged: BTreeSet<String>,
    reports: usize,
}

impl Aggregate for Scans {
    const KIND: &'static str = "property-scans";
    type Key = ScanDay;
    type Command = ScanCommand;
    type Event = ScanEvent;
    type Error = PropertyError;
    type World = ();

    fn decide(
        &self,
        (): &(),
        _cx: &Context,
        command: ScanCommand,
    ) -> Result<Vec<ScanEvent>, PropertyError> {
        if self.forged.len() + self.reports >= REPORTS_MAX {
            return Ok(Vec::new());
        }
        Ok(match command {
            ScanCommand::NoteForged { sha256 } if self.forged.contains(&sha256) => Vec::new(),
            ScanCommand::NoteForged { sha256 } => vec![ScanEvent::Forged { sha256 }],
            ScanCommand::Report { token, text } => {
                let fits = !text.trim().is_empty() && text.chars().count() <= TEXT_CHARS_MAX;
                let code = token.len() <= 64 && token.bytes().all(|b| b.is_ascii_alphanumeric());
                if !fits || !code {
                    return Err(PropertyError::Field { key: "text" });
                }
                vec![ScanEvent::Reported { token, text }]
            }
        })
    }

    fn evolve(&mut self, event: &ScanEvent) {
        match event {
            ScanEvent::Forged { sha256 } => {
                self.forged.insert(sha256.clone());
            }
            ScanEvent::Reported { .. } => self.reports += 1,
        }
    }
}
