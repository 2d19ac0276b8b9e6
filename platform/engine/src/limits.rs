//! Every bound of the runtime, by name, so that no queue grows without one.

/// Commands of callers that wait for one writer; the next is answered `BUSY`.
pub const QUEUE_LENGTH_MAX: usize = 10_000;
/// Events at which a batch takes no further command; a group is never split, so that one batch may exceed it by a group.
pub const BATCH_EVENTS: usize = 1_000;
/// Commands in one atomic group.
pub const GROUP_COMMANDS_MAX: usize = 1_000;
/// Aggregates kept in memory by one writer, beside those that rest on events which are not durable yet.
pub const CACHED_AGGREGATES: usize = 4_096;
/// Batches that are durable and wait for their rows; the writer appends no further one before they are written.
pub const BATCHES_WITHOUT_ROWS_MAX: usize = 4;
/// How deep policies may answer to events of policies before the next command goes to the dead letters.
pub const CASCADE_DEPTH_MAX: u32 = 16;
/// How many runs of policies one command may set off.
pub const CASCADE_RUNS_MAX: usize = 1_000;
/// Timers kept in memory by one shard; those that are due later stay in their table.
pub const TIMERS_WINDOW: usize = 8_192;
/// Timers fired at the same moment.
pub const TIMERS_AT_ONCE: usize = 256;
/// Pending letters kept in memory by one shard; younger ones stay in their table.
pub const OUTBOX_WINDOW: usize = 4_096;
/// Letters carried at the same moment by one shard.
pub const LETTERS_AT_ONCE: usize = 512;
/// Letters of one errand kind carried at the same moment, so that one slow partner does not hold up the others.
pub const LETTERS_OF_A_KIND_AT_ONCE: usize = 200;
/// Messages to one partner carried at the same moment; so few that many partners can be silent at once and leave room.
pub const LETTERS_TO_A_PARTNER_AT_ONCE: usize = 8;
/// Attempts after which a letter goes to the dead letters.
pub const ATTEMPTS_MAX: u32 = 12;
/// The pause after the first failed attempt, in µs; it doubles with each further one.
pub const PAUSE_FIRST_US: i64 = 1_000_000;
/// The longest pause between two attempts, in µs.
pub const PAUSE_MAX_US: i64 = 3_600_000_000;
/// The pause before the store is tried again after it failed, in µs.
pub const STORE_PAUSE_US: i64 = 200_000;
/// The longest that one attempt of an errand may take, in µs; it is tried again after that.
pub const ERRAND_TIME_MAX_US: u64 = 120_000_000;
/// The pause after which shards that have stopped, or that another process has left, are opened, in µs.
pub const KEEP_OPEN_US: u64 = 3_000_000;
/// Events read from the journal at once when rows are caught up or rebuilt.
pub const REPLAY_EVENTS: u32 = 1_000;
/// Commands that a shard's task takes from its channel before it lets the writer decide.
pub const INTAKE: usize = 512;

const _: () =
    assert!(BATCH_EVENTS >= 1 && BATCH_EVENTS <= 10_000, "one append stays one write of the store");
const _: () = assert!(CACHED_AGGREGATES >= 256, "a batch must fit the cache many times");
const _: () = assert!(LETTERS_OF_A_KIND_AT_ONCE <= LETTERS_AT_ONCE, "a kind is part of the whole");
const _: () =
    assert!(LETTERS_TO_A_PARTNER_AT_ONCE * 32 <= LETTERS_AT_ONCE, "32 silent partners leave room");
const _: () = assert!(LETTERS_AT_ONCE < OUTBOX_WINDOW, "what is carried lies in the window");
const _: () = assert!(TIMERS_AT_ONCE < TIMERS_WINDOW, "what fires lies in the window");
const _: () = assert!(PAUSE_FIRST_US <= PAUSE_MAX_US, "pauses grow");
const _: () = assert!(ATTEMPTS_MAX >= 1, "everything is tried once");

/// The pause before the attempt that follows `attempts` failed ones, in µs.
#[must_use]
pub fn pause_us(attempts: u32) -> i64 {
    let doubled = attempts.saturating_sub(1).min(30);
    PAUSE_FIRST_US.saturating_mul(1_i64 << doubled).min(PAUSE_MAX_US)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        assert_eq!(pause_us(1), PAUSE_FIRST_US);
        assert_eq!(pause_us(2), 2 * PAUSE_FIRST_US);
        assert_eq!(pause_us(5), 16 * PAUSE_FIRST_US);
        assert_eq!(pause_us(ATTEMPTS_MAX + 100), PAUSE_MAX_US);
    }
}
