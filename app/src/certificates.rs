//! The check of certificates against the book (证书与登记簿核对): by `lianban property check`, and every night.

use crate::assemble::{self, Kept, Setup};
use crate::chores::{Chores, Told};
use crate::cli::{Where, complain, say};
use anyhow::Result;
use clap::Subcommand;
use codes::{Date, Label, Moment, WallTime};
use journal::Journal;
use kernel::{Recorded, Shard, Waiting};
use module::{Clock as _, History, Platform, Rejection, SubmitError, SystemClock};
use property_module::check::{self, Difference, Report, What};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// At what time of the day it is done, by the clock of China.
const HOUR: i8 = 2;
/// How often it is looked whether the hour has come.
const EVERY: Duration = Duration::from_secs(60);
/// Differences that `/operation` tells one by one.
const FAULTS: usize = 20;
/// Under which key the chore is told.
const KEY: &str = "certificates";

/// What can be done about real estate.
#[derive(Debug, Subcommand)]
pub(crate) enum Property {
    /// Compares every certificate in force with the book and tells what differs; exits non-zero if anything does. Nothing is
    /// changed, and a server may run beside it.
    Check(CheckArgs),
}

/// What `lianban property check` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// Prints JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Where,
}

/// Runs `lianban property`.
pub(crate) async fn run(what: Property) -> Result<ExitCode> {
    let Property::Check(args) = what;
    let Kept { journal, tables, .. } = assemble::stores(&Setup::at(&args.place)?).await?;
    let history = OfJournal(journal);
    let report = check::compared(&*tables, &history, SystemClock.now()).await?;
    if args.json {
        say(&serde_json::to_string_pretty(&report)?);
    } else {
        for difference in &report.differences {
            complain(&line(difference).en);
        }
        say(&format!(
            "{} certificates of {} units compared, {} differences",
            report.certificates,
            report.units,
            report.differences.len()
        ));
    }
    Ok(if report.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Streams as they stand in the journal, without an engine.
struct OfJournal(Arc<dyn Journal>);

impl History for OfJournal {
    fn stream(
        &self,
        shard: &Shard,
        kind: &str,
        key: &str,
        after: u64,
    ) -> Waiting<'_, Result<Vec<Recorded>, SubmitError>> {
        let read = self.0.stream(shard, kind, key, after);
        Box::pin(
            async move { read.await.map_err(|error| Rejection::Down(error.to_string()).into()) },
        )
    }
}

/// One difference in plain words.
fn line(difference: &Difference) -> Label {
    let (zh, en) = match difference.what {
        What::NotInTheBook => ("证书有效，登记簿中没有该单元", "in force, and not in the book"),
        What::RightEnded => ("证书有效，其权利已消灭", "in force, and its right has ended"),
        What::HolderDiffers => {
            ("证书有效，持证人与登记簿不一致", "in force, and its holder is not the book's")
        }
        What::NoneInForce => {
            ("权利存续，没有有效证书", "the right stands, and no certificate is in force")
        }
        What::PageDiffers => {
            ("扫码页与登记簿事件不一致", "its scan page is not what the book's events say")
        }
    };
    let of = difference.licence.as_deref().unwrap_or("–");
    let unit = &difference.unit;
    Label::new(format!("{unit} {of}：{zh}"), format!("{unit} {of}: {en}"))
}

/// How a check went, for the operator.
fn told(at: Moment, checked: Result<Report, tables::ReadError>) -> Told {
    let name = Label::new("证书与登记簿核对", "Certificates against the book");
    match checked {
        Ok(report) => Told {
            name,
            at,
            says: Label::new(
                format!("核对{}本证书，{}处不一致", report.certificates, report.differences.len()),
                format!(
                    "{} certificates compared, {} differences",
                    report.certificates,
                    report.differences.len()
                ),
            ),
            faults: report.differences.iter().take(FAULTS).map(line).collect(),
            is_grave: false,
        },
        Err(error) => Told {
            name,
            at,
            says: Label::new("未能核对", "not compared"),
            faults: vec![Label::new(format!("无法读取：{error}"), error.to_string())],
            is_grave: true,
        },
    }
}

/// Checks at the start and every night from then on, until the process ends.
pub(crate) fn start(platform: Platform, chores: Chores) {
    let _runs_until_the_process_ends = tokio::spawn(async move {
        let mut night = Night::default();
        loop {
            if night.has_come(platform.clock.now()) {
                once(&platform, &chores).await;
            }
            tokio::time::sleep(EVERY).await;
        }
    });
}

/// Checks now, and tells how it went.
pub(crate) async fn once(platform: &Platform, chores: &Chores) {
    let at = platform.clock.now();
    let checked = check::run(platform, at).await;
    if let Err(error) = &checked {
        tracing::error!(%error, "certificates are not compared with the book");
    }
    chores.tell(KEY, told(at, checked));
}

/// When it was done last.
#[derive(Debug, Default)]
struct Night(Option<Date>);

impl Night {
    /// Whether it is time: at the start, and once a day after the hour.
    fn has_come(&mut self, now: Moment) -> bool {
        let wall: WallTime = now.wall();
        let today = wall.date();
        let is_time = match self.0 {
            None => true,
            Some(last) => last < today && wall.hour() >= HOUR,
        };
        if is_time {
            self.0 = Some(today);
        }
        is_time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_done_at_the_start_and_once_a_night() {
        let mut night = Night::default();
        for (now, is_time) in [
            ("2026-02-12T15:30:00Z", true), // 23:30 in China
            ("2026-02-12T15:31:00Z", false),
            ("2026-02-12T17:00:00Z", false), // one o'clock
            ("2026-02-12T18:00:00Z", true),  // two o'clock
            ("2026-02-12T18:01:00Z", false),
            ("2026-02-14T01:00:00Z", true), // it was off at two
        ] {
            assert_eq!(night.has_come(now.parse().unwrap()), is_time, "{now}");
        }
    }

    #[test]
    fn what_differs_is_told_line_by_line() {
        let difference = Difference {
            unit: "440115003005GB00034F00010001".to_owned(),
            licence: None,
            what: What::NoneInForce,
        };
        let report =
            Report { certificates: 3, units: 2, differences: vec![difference.clone(); FAULTS + 5] };
        let told = told(Moment::default(), Ok(report));
        assert_eq!(told.faults.len(), FAULTS);
        assert!(told.says.en.contains("3 certificates") && told.says.en.contains("25 differences"));
        assert!(line(&difference).zh.contains("没有有效证书"));
    }
}
