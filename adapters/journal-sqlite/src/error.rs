//! What SQLite's errors mean for a journal.

use crate::schema::OpenError;
use journal::{AppendError, ReadError};
use kernel::Shard;
use rusqlite::ErrorCode;

/// Whether the store is busy, full or out of reach, so that another try may succeed.
fn passing(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::OutOfMemory
                | ErrorCode::DiskFull
                | ErrorCode::PermissionDenied
                | ErrorCode::ReadOnly
                | ErrorCode::OperationInterrupted
        )
    )
}

/// What a failed read means: damage, named by the position that was read, or a store out of reach.
pub(crate) fn unreadable(shard: &Shard, seq: u64, error: &rusqlite::Error) -> ReadError {
    if passing(error) { ReadError::Store(error.to_string()) } else { corrupt(shard, seq, error) }
}

/// An event that is not what was written.
pub(crate) fn corrupt(shard: &Shard, seq: u64, why: &impl ToString) -> ReadError {
    ReadError::Corrupt { shard: shard.to_string(), seq, why: why.to_string() }
}

/// What it means that a file does not open.
pub(crate) fn unopened(shard: &Shard, error: &OpenError) -> ReadError {
    match error {
        OpenError::Sqlite(error) => unreadable(shard, 0, error),
        OpenError::Foreign { .. } => corrupt(shard, 0, error),
    }
}

/// What a failure before the commit means: it was rolled back.
pub(crate) fn refused(error: &impl ToString) -> AppendError {
    AppendError::Refused(error.to_string())
}

/// What a failed commit means. On a full or busy store the commit mark was never written; after a failed write or
/// sync it may stand on the disk.
pub(crate) fn uncommitted(error: &rusqlite::Error) -> AppendError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            refused(error)
        }
        _ => AppendError::Unknown(error.to_string()),
    }
}
