//! How a stand-in misbehaves: switches that hold until they are turned, and faults that happen once.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use std::time::Duration;

/// How a stand-in misbehaves until told otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    /// Answers every request so much later.
    pub slow_ms: u64,
    /// Never answers.
    pub silent: bool,
    /// Answers 503 to everything, and does nothing.
    pub down: bool,
    /// Does what it is asked and loses the answer on the way.
    pub lose: bool,
    /// Sends everything of its own twice.
    pub duplicate: bool,
    /// Sends what is due of its own in reverse order.
    pub reorder: bool,
    /// Signs with a key that is not the one it names.
    pub wrong_signature: bool,
}

/// What happens to one request, instead of what the switches say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is answered with this status, unsigned, and nothing is done.
    Status(u16),
    /// It is done, and the answer is lost on the way.
    Lose,
}

/// Waits as long as the switches say; for ever where they say silent.
pub(crate) async fn wait(switches: Switches) {
    if switches.silent {
        std::future::pending::<()>().await;
    }
    if switches.slow_ms > 0 {
        tokio::time::sleep(Duration::from_millis(switches.slow_ms)).await;
    }
}

/// A bare status, as a proxy in between would give it.
pub(crate) fn bare(status: u16) -> Response {
    StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE).into_response()
}

/// An answer that breaks off: the connection ends before its body.
pub(crate) fn broken_off() -> Response {
    let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    let body = futures_util::stream::once(std::future::ready(Err::<Vec<u8>, _>(broken)));
    Response::new(Body::from_stream(body))
}
