//! Figures for a monitoring system (Prometheus text format 0.0.4), on an address of their own: they say how busy an
//! installation is, which is nobody's business outside.

use super::Beside;
use super::seen::Seen;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use engine::{Engine, ShardHealth};
use module::Platform;
use std::fmt::{Display, Write as _};

/// What figures are read from.
#[derive(Clone)]
pub(crate) struct Metered {
    /// The platform.
    pub(crate) platform: Platform,
    /// The engine.
    pub(crate) engine: Engine,
    /// Whether several processes may serve the installation.
    pub(crate) several: bool,
    /// What runs beside the engine.
    pub(crate) beside: Beside,
    /// The log of evidence.
    pub(crate) log: evidence::Log,
}

/// The one route.
pub(crate) fn router(metered: Metered) -> Router {
    Router::new().route("/metrics", get(metrics)).with_state(metered)
}

async fn metrics(State(metered): State<Metered>) -> Response {
    match Seen::look(&metered.platform, &metered.engine, &metered.beside).await {
        Ok(seen) => {
            let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
            let mut figures = text(&seen, metered.several);
            // A log that cannot be looked at has no figures; that it has none is what a monitoring system then sees.
            if let Ok(logs) = metered.log.standing().await {
                logged(&mut figures, &logs, metered.log.alarms().len(), seen.now);
            }
            (kind, figures.0).into_response()
        }
        Err(_told_in_the_log) => {
            (StatusCode::SERVICE_UNAVAILABLE, "the stores cannot be read\n").into_response()
        }
    }
}

/// A text of figures as it grows.
#[derive(Default)]
struct Figures(String);

impl Figures {
    /// One figure with its values, each under a label or without one.
    fn add<V: Display>(
        &mut self,
        name: &str,
        (kind, help): (&str, &str),
        values: impl IntoIterator<Item = (Option<(&'static str, String)>, V)>,
    ) {
        let _ = writeln!(self.0, "# HELP lianban_{name} {help}\n# TYPE lianban_{name} {kind}");
        for (label, value) in values {
            let label = label.map(|(key, text)| format!("{{{key}=\"{}\"}}", escaped(&text)));
            let _ = writeln!(self.0, "lianban_{name}{} {value}", label.unwrap_or_default());
        }
    }
}

/// A value of a label: backslash, quote and line feed are written with a backslash.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Seconds with six digits, from microseconds.
fn seconds(us: u64) -> String {
    format!("{}.{:06}", us / 1_000_000, us % 1_000_000)
}

fn text(seen: &Seen, several: bool) -> Figures {
    let mut figures = Figures::default();
    let alarms = seen.alarms(several);
    let grave = alarms.iter().filter(|alarm| alarm.is_grave).count();
    let kinds = [("grave", grave), ("mind", alarms.len() - grave)];
    let kinds = kinds.map(|(kind, count)| (Some(("kind", kind.to_owned())), count));
    figures.add("alarms", ("gauge", "What /operation says that needs a person."), kinds);
    shards(&mut figures, seen);
    let lane = |name: &str| Some(("work", name.to_owned()));
    let waiting = seen.lanes.iter().map(|one| (lane(&one.row.lane), one.row.letters));
    figures.add("letters", ("gauge", "Letters on their way, by kind of work."), waiting);
    let now = seen.now.us();
    let oldest = seen.lanes.iter().map(|one| {
        let us = now.saturating_sub(one.row.oldest.us());
        (lane(&one.row.lane), seconds(u64::try_from(us).unwrap_or(0)))
    });
    figures.add("letter_age_seconds", ("gauge", "Age of the oldest letter on its way."), oldest);
    let dead = [(None, seen.dead_total())];
    figures.add("dead_letters", ("gauge", "Letters that wait for an operator."), dead);
    let authority = |key: &str| Some(("authority", key.to_owned()));
    let unstamped = seen.authorities.iter().map(|one| (authority(&one.authority), one.waiting));
    figures.add("stamps_waiting", ("gauge", "Checkpoints without a stamp."), unstamped);
    figures.add("timers_overdue", ("gauge", "Timers due for a minute."), [(None, seen.overdue)]);
    figures
}

/// The log of evidence.
fn logged(figures: &mut Figures, logs: &[evidence::Standing], alarms: usize, now: codes::Moment) {
    let shard = |log: &evidence::Standing| Some(("shard", log.shard.to_string()));
    let leaves = logs.iter().map(|log| (shard(log), log.size));
    figures.add("evidence_leaves", ("gauge", "Leaves of the log of evidence."), leaves);
    let lag = logs.iter().map(|log| (shard(log), log.lag));
    figures.add("evidence_lag", ("gauge", "Events that the log has not taken yet."), lag);
    let age = logs.iter().filter_map(|log| {
        let us = now.us().saturating_sub(log.published.as_ref()?.at.us());
        Some((shard(log), seconds(u64::try_from(us).unwrap_or(0))))
    });
    figures.add("evidence_checkpoint_age_seconds", ("gauge", "Since the last checkpoint."), age);
    figures.add("evidence_alarms", ("gauge", "Alarms of the log."), [(None, alarms)]);
}

fn shards(figures: &mut Figures, seen: &Seen) {
    let shard = |name: &kernel::Shard| Some(("shard", name.to_string()));
    let all = || seen.shards.iter();
    let events = all().map(|one| (shard(&one.stands.shard), one.stands.head));
    figures.add("events_total", ("counter", "Events in the journal."), events);
    let behind = all().map(|one| (shard(&one.stands.shard), one.lag()));
    figures.add("rows_behind", ("gauge", "Events that read models do not follow yet."), behind);
    let open = all().map(|one| (shard(&one.stands.shard), u8::from(one.health.is_some())));
    figures.add("shard_open", ("gauge", "1 where this process writes the shard."), open);
    let mut of_writer = |name: &str, told: (&str, &str), of: fn(&ShardHealth) -> String| {
        let open = all().filter_map(|one| Some((shard(&one.stands.shard), one.health.as_ref()?)));
        figures.add(name, told, open.map(|(label, health)| (label, of(health))));
    };
    let gauge = |help| ("gauge", help);
    let counter = |help| ("counter", help);
    of_writer("commands_waiting", gauge("Commands that wait for the writer."), |health| {
        health.writer.queued.to_string()
    });
    of_writer("commands_total", counter("Commands decided since the start."), |health| {
        health.writer.decided.to_string()
    });
    of_writer("refusals_total", counter("Commands refused since the start."), |health| {
        health.writer.refused.to_string()
    });
    of_writer("batches_total", counter("Batches appended since the start."), |health| {
        health.writer.batches.to_string()
    });
    of_writer("write_failures_total", counter("Appends and rows that failed."), |health| {
        (health.writer.append_failures + health.writer.rows_failures).to_string()
    });
    of_writer("append_seconds_total", counter("Time spent in appends."), |health| {
        seconds(health.append_us_sum)
    });
    of_writer("append_seconds_max", gauge("The longest append since the start."), |health| {
        seconds(health.append_us_max)
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_seconds_are_written_as_the_format_wants() {
        assert_eq!(escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
        for (us, text) in [(0, "0.000000"), (1_500_000, "1.500000"), (42, "0.000042")] {
            assert_eq!(seconds(us), text);
        }
    }
}
