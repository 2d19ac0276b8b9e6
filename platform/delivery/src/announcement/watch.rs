//! Our own watch of the board (可访问性自查): asked for again and again, summed by day, outages told to every announcement that runs.

use super::queries::{AnnouncementRow, Narrowed, board};
use super::{Announcement, AnnouncementCommand, Stand};
use codes::{Date, Moment};
use kernel::{Actor, Atomic, CommandId};
use module::{Platform, Subject, clear};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Announcements that run at once, at the most.
const RUNNING_MAX: u32 = 100_000;
/// Steps after which silence of the watch itself is an outage: a machine that is off answers nobody.
const STEPS_MISSED: i64 = 3;

/// What the watch has seen so far; it is kept between two looks, so that a restart forgets nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// The last look, and whether the board answered.
    last: Option<(Moment, bool)>,
    /// Since when it does not answer.
    down_since: Option<Moment>,
    /// The day that is summed.
    day: Option<Date>,
    asked: u32,
    answered: u32,
}

/// What a look leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Finding {
    /// The board could not be reached.
    Outage {
        /// From when: the last look at which it answered.
        from: Moment,
        /// Until when.
        to: Moment,
    },
    /// A day is over.
    Day {
        /// Which.
        day: Date,
        /// How often the board was asked for.
        asked: u32,
        /// How often it answered.
        answered: u32,
    },
}

impl Watch {
    /// Notes a look at the board, `step_seconds` after the one before.
    ///
    /// An outage begins with the last good look, since nobody knows what happened in between, and is told when the board
    /// answers again; where it lasts over midnight it is told at midnight as well, so that no day waits for its end.
    pub fn note(&mut self, now: Moment, answered: bool, step_seconds: u32) -> Vec<Finding> {
        let mut findings = Vec::new();
        let silence = i64::from(step_seconds) * STEPS_MISSED;
        if let Some((last, true)) = self.last
            && last.plus_seconds(silence) < now
        {
            // Nobody looked, which is what a machine that is off looks like.
            self.down_since = self.down_since.or(Some(last));
        }
        if !answered {
            let since = self.last.map_or(now, |(last, _)| last);
            self.down_since = self.down_since.or(Some(since));
        }
        if let Some(day) = self.day.filter(|day| *day < now.date()) {
            let midnight = Moment::end_of(day);
            if let Some(from) = self.down_since.filter(|from| *from < midnight) {
                findings.push(Finding::Outage { from, to: midnight });
                self.down_since = Some(midnight);
            }
            findings.push(Finding::Day { day, asked: self.asked, answered: self.answered });
            (self.asked, self.answered) = (0, 0);
        }
        if answered && let Some(from) = self.down_since.take() {
            findings.push(Finding::Outage { from, to: now });
        }
        self.day = Some(now.date());
        self.asked += 1;
        self.answered += u32::from(answered);
        self.last = Some((now, answered));
        findings
    }
}

/// Why a finding could not be told to every announcement; it is told again later, and each hears of it once.
#[derive(Debug, thiserror::Error)]
#[error("a finding of the watch could not be told: {0}")]
pub struct Untold(String);

/// Tells every announcement that runs what was found.
///
/// # Errors
/// [`Untold`]; what some have heard by then they do not hear twice.
pub async fn tell(platform: &Platform, finding: Finding) -> Result<u32, Untold> {
    let narrowed = Narrowed { stand: Some(Stand::Running), ..Narrowed::default() };
    let rows = board(&*platform.reader, &narrowed, RUNNING_MAX).await.map_err(untold)?;
    let mut told = 0;
    for row in rows {
        if let Some(command) = command(&row, finding) {
            submit(platform, &row, &command).await?;
            told += 1;
        }
    }
    Ok(told)
}

/// What an announcement is told, as far as the finding falls into its time.
fn command(row: &AnnouncementRow, finding: Finding) -> Option<AnnouncementCommand> {
    match finding {
        Finding::Outage { from, to } => {
            let from = from.max(row.published_at);
            let cause = "平台自查发现公告栏不可访问".to_owned();
            (from < to).then_some(AnnouncementCommand::Outage { from, to, cause })
        }
        Finding::Day { day, asked, answered } => {
            let fits = day >= row.published_at.date() && day >= row.from;
            fits.then_some(AnnouncementCommand::Check { day, asked, answered })
        }
    }
}

async fn submit(
    platform: &Platform,
    row: &AnnouncementRow,
    command: &AnnouncementCommand,
) -> Result<(), Untold> {
    let on = Subject {
        organ: Some(row.posting.issuer.organ.clone()),
        place: row.posting.issuer.place.clone(),
        ..Subject::new("Announcement", row.announcement.0.as_str())
    };
    let actor = Actor::system("delivery.board_watch");
    let by = clear(&*platform.gate, &actor, "delivery.work_announcement", &on).map_err(untold)?;
    let commands = Atomic::new(row.shard.clone())
        .then::<Announcement>(&row.announcement, command)
        .map_err(untold)?;
    let id = CommandId::derive(&[
        b"delivery.board_watch",
        row.announcement.0.as_bytes(),
        format!("{command:?}").as_bytes(),
    ]);
    match platform.commands.submit(by, id, commands).await {
        // One that ended a moment ago needs to hear nothing.
        Ok(_) | Err(module::SubmitError::Refused(_)) => Ok(()),
        Err(error) => Err(untold(error)),
    }
}

fn untold(why: impl fmt::Display) -> Untold {
    Untold(why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        Moment::from_wall(text.parse().unwrap())
    }

    fn watched(looks: &[(&str, bool)]) -> Vec<Finding> {
        let mut watch = Watch::default();
        looks.iter().flat_map(|(when, answered)| watch.note(at(when), *answered, 300)).collect()
    }

    #[test]
    fn an_outage_runs_from_the_last_good_look_to_the_next_good_one() {
        let out = |from: &str, to: &str| Finding::Outage { from: at(from), to: at(to) };
        assert_eq!(watched(&[("2020-09-03T10:00", true), ("2020-09-03T10:05", true)]), []);
        assert_eq!(
            watched(&[
                ("2020-09-03T10:00", true),
                ("2020-09-03T10:05", false),
                ("2020-09-03T10:10", false),
                ("2020-09-03T10:15", true),
            ]),
            [out("2020-09-03T10:00", "2020-09-03T10:15")]
        );
        // The machine was off: nobody looked for two hours.
        assert_eq!(
            watched(&[("2020-09-03T10:00", true), ("2020-09-03T12:00", true)]),
            [out("2020-09-03T10:00", "2020-09-03T12:00")]
        );
        // Over midnight, each day hears of its part.
        let day: Date = "2020-09-03".parse().unwrap();
        assert_eq!(
            watched(&[
                ("2020-09-03T23:50", true),
                ("2020-09-03T23:55", false),
                ("2020-09-04T00:00", false),
                ("2020-09-04T00:05", true),
            ]),
            [
                out("2020-09-03T23:50", "2020-09-04T00:00"),
                Finding::Day { day, asked: 2, answered: 1 },
                out("2020-09-04T00:00", "2020-09-04T00:05"),
            ]
        );
        assert_eq!(watched(&[("2020-09-03T10:00", false)]), [], "it is told when it is over");
    }

    #[test]
    fn what_was_seen_outlives_a_restart() {
        let mut watch = Watch::default();
        watch.note(at("2020-09-03T10:00"), true, 300);
        watch.note(at("2020-09-03T10:05"), false, 300);
        let kept = serde_json::to_string(&watch).unwrap();
        let mut again: Watch = serde_json::from_str(&kept).unwrap();
        assert_eq!(again, watch);
        let findings = again.note(at("2020-09-03T12:00"), true, 300);
        let from = at("2020-09-03T10:00");
        assert_eq!(findings, [Finding::Outage { from, to: at("2020-09-03T12:00") }]);
    }
}
