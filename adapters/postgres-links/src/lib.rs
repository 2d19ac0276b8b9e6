//! Connections to PostgreSQL: opened when first needed, opened again when broken, statements prepared once.
//!
//! **Invariant:** a connection that has broken is never handed out again; what was under way on it has failed with an error.
//! **Invariant:** where an address asks for TLS, nothing is said before the server's certificate was checked.
//! **Invariant:** nothing is tried twice here: whether that is safe, the caller knows.
//!
//! It knows no table. Start with [`Links`].

mod target;

pub use target::{Protected, Target, TargetError};

use std::collections::BTreeMap;
use std::error::Error as _;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use tokio::sync::Mutex;
use tokio_postgres::{Client, Error, Statement};

/// How many statements a connection remembers.
const STATEMENTS: usize = 512;

/// A number of connections to one server.
#[derive(Debug)]
pub struct Links {
    target: Target,
    slots: Vec<Mutex<Option<Arc<Session>>>>,
    next: AtomicUsize,
}

/// An open connection and the statements that it has prepared.
#[derive(Debug)]
pub struct Session {
    client: Client,
    statements: Mutex<BTreeMap<String, Statement>>,
}

impl Links {
    /// At most `count` connections; none is opened yet.
    #[must_use]
    pub fn new(target: Target, count: usize) -> Self {
        let slots = (0..count.max(1)).map(|_n| Mutex::new(None)).collect();
        Self { target, slots, next: AtomicUsize::new(0) }
    }

    /// Where the connections go.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The next connection in turn.
    ///
    /// # Errors
    /// The server cannot be reached or turns the connection away.
    pub async fn any(&self) -> Result<Arc<Session>, Error> {
        self.of(self.next.fetch_add(1, Ordering::Relaxed)).await
    }

    /// The connection of a number: the same number has the same one as long as it lasts.
    ///
    /// # Errors
    /// The server cannot be reached or turns the connection away.
    pub async fn of(&self, number: usize) -> Result<Arc<Session>, Error> {
        let Some(slot) = self.slots.iter().cycle().nth(number % self.slots.len()) else {
            return Session::open(&self.target).await.map(Arc::new);
        };
        let mut slot = slot.lock().await;
        match slot.as_ref() {
            Some(session) if !session.client.is_closed() => Ok(Arc::clone(session)),
            _ => {
                let session = Arc::new(Session::open(&self.target).await?);
                *slot = Some(Arc::clone(&session));
                Ok(session)
            }
        }
    }
}

impl Session {
    /// A connection of its own, closed when it is dropped; the server then rolls back what was under way.
    ///
    /// # Errors
    /// The server cannot be reached or turns the connection away.
    pub async fn open(target: &Target) -> Result<Self, Error> {
        let (client, connection) = target.connect().await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(error = describe(&error), "a connection to PostgreSQL broke");
            }
        });
        Ok(Self { client, statements: Mutex::default() })
    }

    /// The client.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A statement, prepared the first time.
    ///
    /// # Errors
    /// The server does not understand it, or the connection broke.
    pub async fn prepare(&self, sql: &str) -> Result<Statement, Error> {
        let mut statements = self.statements.lock().await;
        if let Some(statement) = statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await?;
        if statements.len() >= STATEMENTS {
            statements.clear();
        }
        statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Forgets the prepared statements, because tables have changed under them.
    pub async fn forget(&self) {
        self.statements.lock().await.clear();
    }
}

/// A request under way.
pub type Request<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Sends requests one behind the other without waiting in between, and gives their answers in order.
///
/// The server works through them in this order, because each is sent when it is first polled.
pub async fn in_order<T>(mut requests: Vec<Request<'_, T>>) -> Vec<Result<T, Error>> {
    let mut done: Vec<Option<Result<T, Error>>> = requests.iter().map(|_request| None).collect();
    poll_fn(|cx| {
        let mut waiting = false;
        for (slot, request) in done.iter_mut().zip(&mut requests) {
            if slot.is_none() {
                match request.as_mut().poll(cx) {
                    Poll::Ready(answer) => *slot = Some(answer),
                    Poll::Pending => waiting = true,
                }
            }
        }
        if waiting { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    done.into_iter().flatten().collect()
}

/// Whether the server has said that the statement failed and changed nothing; else what became of it is unknown.
///
/// A server that shuts down, a broken disk and an inner fault are no such word: the commit may have gone through.
#[must_use]
pub fn rolled_back(error: &Error) -> bool {
    error.code().is_some_and(|state| {
        !["08", "57", "58", "XX"].iter().any(|class| state.code().starts_with(class))
    })
}

/// Whether the connection broke, so that a read may be tried again on another one.
#[must_use]
pub fn broken(error: &Error) -> bool {
    error.is_closed()
        || error.as_db_error().is_none()
        || error.code().is_some_and(|state| state.code().starts_with("57P"))
}

/// An error with its causes, in one line.
#[must_use]
pub fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// An error in one line with what the server said.
#[must_use]
pub fn describe(error: &Error) -> String {
    if let Some(db) = error.as_db_error() {
        let detail = db.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
        return format!("{}{detail}", db.message());
    }
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
