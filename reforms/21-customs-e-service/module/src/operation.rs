//! How service and evidence run: what an operator of the platform looks at.

use crate::errand::Tools;
use codes::Moment;
use evidence::stamp::Backlog;
use std::collections::BTreeMap;
use tables::{Query, ReadError, Reader};

/// How many days of service are summed up.
pub const DAYS: i64 = 30;

/// What became of the attempts of a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Channels {
    /// Documents that were served by it.
    pub served: i64,
    /// Attempts that came back.
    pub bounced: i64,
}

impl Channels {
    /// Of a hundred attempts, how many came back; tenths of a percent, none where nothing was tried.
    #[must_use]
    pub fn bounce_permille(&self) -> Option<i64> {
        let all = self.served + self.bounced;
        (all > 0).then(|| (self.bounced * 1_000 + all / 2) / all)
    }
}

/// The log of a shard.
#[derive(Clone, Debug)]
pub struct LogLine {
    /// Its name.
    pub origin: String,
    /// How many events it has.
    pub size: u64,
    /// How many are not in the tree yet.
    pub lag: u64,
    /// The size of the last checkpoint, and when it was published.
    pub checkpoint: Option<(u64, Moment)>,
    /// Whether it was stopped.
    pub stopped: bool,
}

/// How everything runs.
#[derive(Clone, Debug, Default)]
pub struct Running {
    /// Attempts by channel, over the last [`DAYS`] days.
    pub channels: BTreeMap<String, Channels>,
    /// Logs.
    pub logs: Vec<LogLine>,
    /// Time-stamping authorities.
    pub authorities: Vec<Backlog>,
    /// Why the logs cannot be read, where that is so.
    pub log_down: Option<String>,
}

/// Looks at tables, log and authorities.
///
/// # Errors
/// The tables cannot be read.
pub async fn running(
    reader: &dyn Reader,
    tools: &Tools,
    now: Moment,
) -> Result<Running, ReadError> {
    let since = now.plus_seconds(-DAYS * 86_400);
    let mut running = Running { channels: channels(reader, since).await?, ..Running::default() };
    let Some(evidence) = &tools.evidence else { return Ok(running) };
    match evidence.packages.log.standing().await {
        Ok(all) => {
            running.logs = all
                .into_iter()
                .map(|one| LogLine {
                    origin: one.origin,
                    size: one.size,
                    lag: one.lag,
                    checkpoint: one.published.map(|published| (published.size, published.at)),
                    stopped: one.is_stopped,
                })
                .collect();
        }
        Err(error) => running.log_down = Some(error.to_string()),
    }
    if let Some(stamper) = &evidence.stamper {
        running.authorities = stamper.backlog();
    }
    Ok(running)
}

async fn channels(
    reader: &dyn Reader,
    since: Moment,
) -> Result<BTreeMap<String, Channels>, ReadError> {
    let query = Query::new(
        "SELECT channel, what, COUNT(*) AS times FROM delivery_turns \
         WHERE channel IS NOT NULL AND what IN ('Served', 'Bounced') AND at >= $1 GROUP BY channel, what",
    )
    .arg(since);
    let mut channels: BTreeMap<String, Channels> = BTreeMap::new();
    for row in reader.rows(query).await? {
        let channel: String = row.get("channel")?;
        let (what, times): (String, i64) = (row.get("what")?, row.get("times")?);
        let line = channels.entry(channel).or_default();
        if what == "Served" { line.served += times } else { line.bounced += times }
    }
    Ok(channels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_rounded_and_nothing_is_no_rate() {
        for (served, bounced, rate) in [
            (0, 0, None),
            (10, 0, Some(0)),
            (0, 3, Some(1_000)),
            (2, 1, Some(333)),
            (1, 2, Some(667)),
        ] {
            assert_eq!(Channels { served, bounced }.bounce_permille(), rate);
        }
    }
}
