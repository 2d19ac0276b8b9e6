//! What PostgreSQL's errors mean for a journal.

use journal::{AppendError, ReadError};
use postgres_links::{describe, rolled_back};
use tokio_postgres::Error;

/// A read that failed.
pub(crate) fn unreadable(error: &Error) -> ReadError {
    ReadError::Store(describe(error))
}

/// An append that failed after it was sent.
pub(crate) fn unappended(error: &Error) -> AppendError {
    if rolled_back(error) {
        AppendError::Refused(describe(error))
    } else {
        AppendError::Unknown(describe(error))
    }
}

/// An append that could not be sent.
pub(crate) fn unsent(error: &Error) -> AppendError {
    AppendError::Refused(describe(error))
}
