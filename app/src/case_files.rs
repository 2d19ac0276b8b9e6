//! Message files of the customs case system (案件系统报文): the folder is swept every few seconds, and `/operation` tells what was
//! refused, and what lies there unread.

use crate::chores::{Chores, Told};
use codes::{Label, Moment};
use module::Platform;
use penalty_module::files::{Files, MessageReceipt, Outcome};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often the folder is looked at.
const EVERY: Duration = Duration::from_secs(5);
/// After so many µs a file that still lies there is worth a look: one before it never came, or it is too large.
const OLD_US: i64 = 15 * 60 * 1_000_000;
/// Faults that are told one by one.
const FAULTS: usize = 20;
/// Under which key the chore is told.
const KEY: &str = "case-files";

/// A folder that is swept, and what was found in it since the start.
pub(crate) struct Sweeper {
    folder: PathBuf,
    files: Files,
    platform: Platform,
    chores: Chores,
    counts: BTreeMap<Outcome, usize>,
}

impl Sweeper {
    /// What sweeps a folder of message files.
    pub(crate) fn new(
        (folder, files): (PathBuf, Files),
        platform: Platform,
        chores: Chores,
    ) -> Self {
        Self { folder, files, platform, chores, counts: BTreeMap::new() }
    }

    /// Sweeps from now on, until the process ends.
    pub(crate) fn start(mut self) {
        let _runs_until_the_process_ends = tokio::spawn(async move {
            loop {
                self.round().await;
                tokio::time::sleep(EVERY).await;
            }
        });
    }

    /// Sweeps once, and tells how it went.
    pub(crate) async fn round(&mut self) {
        let swept = self.files.sweep(&self.platform).await;
        let now = self.platform.clock.now();
        let told = match swept {
            Ok(counts) => {
                for (outcome, count) in counts {
                    // What is early waits, and is looked at again: it came once.
                    if outcome != Outcome::Early {
                        *self.counts.entry(outcome).or_insert(0) += count;
                    }
                }
                self.well(now)
            }
            Err(error) => {
                tracing::error!(folder = %self.folder.display(), %error, "case files cannot be swept");
                let why = Label::new(
                    format!("报文目录无法读写：{error}"),
                    format!("The folder cannot be read or written: {error}"),
                );
                Told { is_grave: true, faults: vec![why], ..self.well(now) }
            }
        };
        self.chores.tell(KEY, told);
    }

    fn well(&self, at: Moment) -> Told {
        let count = |outcome| self.counts.get(&outcome).copied().unwrap_or_default();
        let (taken, again) = (count(Outcome::Taken), count(Outcome::Repeated));
        let mut faults = refused(&self.folder);
        faults.extend(unread(&self.folder, at));
        faults.truncate(FAULTS);
        Told {
            name: Label::new("海关案件系统报文", "Message files of customs"),
            at,
            says: Label::new(
                format!("启动以来接收{taken}份，重复{again}份"),
                format!("taken since the start: {taken}, sent again: {again}"),
            ),
            faults,
            is_grave: false,
        }
    }
}

/// The files of a folder below the swept one, by name; none where it cannot be read, which the sweep itself tells.
fn names(folder: &Path) -> Vec<(String, Option<Moment>)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries
        .map(|entry| {
            let changed = entry.metadata().and_then(|metadata| metadata.modified()).ok();
            let since = changed.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
            let us = since.and_then(|since| i64::try_from(since.as_micros()).ok());
            (entry.file_name().to_string_lossy().into_owned(), us.map(Moment::from_us))
        })
        .collect();
    names.sort();
    names
}

/// What was refused and not yet put away, with the reason that its receipt gives.
fn refused(folder: &Path) -> Vec<Label> {
    let told = |name: &str| {
        let receipt = std::fs::read_to_string(folder.join("acks").join(name)).ok()?;
        let read = seals::jws::read(receipt.trim()).ok()?;
        serde_json::from_slice::<MessageReceipt>(read.payload()?).ok()?.reason
    };
    let names = names(&folder.join("refused"));
    let fault = |(name, _): (String, Option<Moment>)| {
        let why = told(&name).unwrap_or_default();
        Label::new(
            format!("拒收 {name}：{why}。核对后从 refused 目录移走。"),
            format!("Refused: {name}, {why}. Look into it, then take it out of `refused`."),
        )
    };
    names.into_iter().map(fault).collect()
}

/// What has lain unread for long.
fn unread(folder: &Path, now: Moment) -> Vec<Label> {
    let is_old = |(_, at): &(String, Option<Moment>)| {
        at.is_some_and(|at| now.us().saturating_sub(at.us()) > OLD_US)
    };
    let fault = |(name, _)| {
        Label::new(
            format!("{name} 长时间未处理：前序报文未到，或者文件过大、名称不以 .jws 结尾。"),
            format!(
                "{name} lies there for long: one before it never came, it is too large, or it is no .jws."
            ),
        )
    };
    names(&folder.join("in")).into_iter().filter(is_old).map(fault).collect()
}
