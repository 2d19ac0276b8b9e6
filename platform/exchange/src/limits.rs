//! Limits of the exchange, each with its reason.

use std::time::Duration;

/// The largest message that is read; a message points to files, it does not carry them.
pub const MESSAGE_BYTES_MAX: usize = 256 << 10;
/// The largest answer to a message that is read: a receipt with answers in it.
pub const ANSWER_BYTES_MAX: usize = 512 << 10;
/// How old a signature may be; a sender that tries again signs again.
pub const AGE_S_MAX: i64 = 300;
/// How far ahead another system's clock may be.
pub const SKEW_S_MAX: i64 = 30;
/// How long a partner may take to answer one message, connection included; well within what an errand may take.
pub const ANSWER_WAIT_MAX: Duration = Duration::from_secs(20);
/// The longest idempotency key.
pub const KEY_CHARS_MAX: usize = 64;
/// The longest purpose and the longest basis, where no contract says less.
pub const TEXT_CHARS_MAX: usize = 200;
/// How many answers one receipt may hold.
pub const ANSWERS_MAX: usize = 16;
/// How many faults of one message are told at once.
pub const FAULTS_MAX: usize = 16;
/// Messages on one page of a list.
pub const PAGE_ROWS: u32 = 50;
/// Messages in one CSV file.
pub const CSV_ROWS: u32 = 10_000;

const _: () = assert!(AGE_S_MAX > SKEW_S_MAX, "a message from a fast clock must not be born stale");
const _: () = assert!(ANSWER_BYTES_MAX > MESSAGE_BYTES_MAX, "a receipt may hold a whole message");
