//! The payment gateway (非税收缴支付平台替身): takes signed orders and refunds, lets people pay, reports what was paid.
//!
//! Bodies are signed as they stand, by a detached JWS in `payment-signature` whose `typ` says what the body is. It speaks
//! the protocol by itself, without the platform's own code for it.
//!
//! ```text
//!  POST /orders ──► order kept, pay_url      GET /pay/{order} ──► button ──► POST ──► paid ──► reports, due later ──► tick
//!  POST /refunds ──► once a refund_no
//! ```
//! Its page lets whoever pays choose whether the payment is reported at once, a minute later, or twice, and pay again.

use crate::switches::{Switches, bare, broken_off, wait};
use axum::Form;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use codes::Moment;
use seals::{Algorithm, Digest, Keys as _, MemoryKeys, PublicKeySet, Purpose, jws};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path as FilePath, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The field that bears the signature.
const SIGNATURE_FIELD: &str = "payment-signature";
/// How long it waits for an answer to a report.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(20);
/// How often a report that was not taken is sent again.
const ATTEMPTS_MAX: u32 = 8;

/// Tells the time.
pub type Now = Arc<dyn Fn() -> Moment + Send + Sync>;

/// An order as it was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Who is paid.
    pub merchant: String,
    /// Its number.
    pub order_no: String,
    /// How much, in fen.
    pub amount_fen: i64,
    /// For what.
    pub subject: String,
    /// Where payments are reported.
    pub notify_url: String,
    /// Where the payer goes back to.
    pub return_url: String,
}

/// A refund as it was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refund {
    /// Who gives back.
    pub merchant: String,
    /// The order.
    pub order_no: String,
    /// The payment.
    pub transaction: String,
    /// Its number.
    pub refund_no: String,
    /// How much, in fen.
    pub amount_fen: i64,
    /// Why.
    pub reason: String,
}

/// When a payment is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reporting {
    /// With the next tick.
    AtOnce,
    /// So many seconds later.
    AfterSeconds(i64),
    /// Never.
    Never,
}

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// The order.
    pub order_no: String,
    /// The status of the answer; 0 if there was none.
    pub status: u16,
    /// The body of the answer; null if it is no JSON.
    pub body: Value,
}

/// A cashier that cannot work.
#[derive(Debug, thiserror::Error)]
pub enum CashierError {
    /// It cannot sign.
    #[error("it cannot sign: {0}")]
    Unsigned(String),
    /// It has no such order.
    #[error("there is no order `{0}`")]
    NoOrder(String),
    /// It has no client.
    #[error("there is no client")]
    NoClient(#[from] reqwest::Error),
    /// What it kept cannot be read.
    #[error("what it kept cannot be read")]
    Kept(#[from] std::io::Error),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Due {
    at: Moment,
    order_no: String,
    url: String,
    body: String,
    attempts: u32,
}

/// What outlives it, where it is told to keep its books.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Books {
    orders: BTreeMap<String, Order>,
    refunds: BTreeMap<String, (Refund, Moment)>,
    payments: u64,
    due: Vec<Due>,
}

#[derive(Default)]
struct Inside {
    base: String,
    trusted: Option<PublicKeySet>,
    switches: Switches,
    reporting: Option<Reporting>,
    books: Books,
    file: Option<PathBuf>,
    reported: Vec<Reported>,
}

impl Inside {
    /// Writes its books down, whole or not at all. Who cannot goes on with what it has in mind.
    fn write(&self) {
        let Some(file) = &self.file else { return };
        let half = file.with_extension("half");
        let written = serde_json::to_vec(&self.books)
            .map_err(std::io::Error::other)
            .and_then(|bytes| std::fs::write(&half, bytes))
            .and_then(|()| std::fs::rename(&half, file));
        if let Err(error) = written {
            tracing::warn!(%error, "the cashier's books are not written");
        }
    }
}

struct Inner {
    now: Now,
    keys: MemoryKeys,
    stranger: MemoryKeys,
    client: reqwest::Client,
    state: Mutex<Inside>,
}

/// The payment gateway; every clone is the same.
#[derive(Clone)]
pub struct Cashier {
    inner: Arc<Inner>,
}

impl fmt::Debug for Cashier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cashier").finish_non_exhaustive()
    }
}

fn unsigned(error: impl fmt::Display) -> CashierError {
    CashierError::Unsigned(error.to_string())
}

impl Cashier {
    /// A cashier whose key follows from a seed; it trusts nobody yet.
    ///
    /// # Errors
    /// No key follows from the seed, or no client can be made.
    pub fn new(seed: [u8; 32], since: Moment, now: Now) -> Result<Self, CashierError> {
        let of = |seed: &[u8; 32]| {
            let keys = MemoryKeys::new();
            let made = keys.generate(Purpose::EXCHANGE, Algorithm::Ed25519, since, seed);
            made.map(|_record| keys).map_err(unsigned)
        };
        let (keys, stranger) = (of(&seed)?, of(Digest::sha256(&seed).bytes())?);
        let client = reqwest::Client::builder().no_proxy().timeout(ANSWER_WAIT_MAX).build()?;
        let state = Mutex::default();
        Ok(Self { inner: Arc::new(Inner { now, keys, stranger, client, state }) })
    }

    /// Keeps its books in a file, from which it goes on where it is there.
    ///
    /// # Errors
    /// The file holds no books.
    pub fn keep(&self, file: &FilePath) -> Result<(), CashierError> {
        let mut state = self.state();
        if file.is_file() {
            let books = std::fs::read(file)?;
            state.books = serde_json::from_slice(&books).map_err(std::io::Error::other)?;
        }
        state.file = Some(file.to_owned());
        Ok(())
    }

    /// Its public keys.
    #[must_use]
    pub fn keys(&self) -> PublicKeySet {
        self.inner.keys.public_set().unwrap_or_default()
    }

    /// Trusts these keys, and is reached at this address, such as `http://127.0.0.1:4030`.
    pub fn connect(&self, trusted: &PublicKeySet, base: impl Into<String>) {
        let mut state = self.state();
        state.trusted = Some(trusted.clone());
        state.base = base.into();
    }

    /// Makes it misbehave, or behave again: `duplicate` reports each payment twice, `wrong_signature` signs with a key that
    /// is not its own, `lose` loses its answers, `down` and `silent` do nothing.
    pub fn switch(&self, switches: Switches) {
        self.state().switches = switches;
    }

    /// When payments that people make on its page are reported; at once if never told.
    pub fn reports(&self, reporting: Reporting) {
        self.state().reporting = Some(reporting);
    }

    /// The order of a number.
    #[must_use]
    pub fn order(&self, order_no: &str) -> Option<Order> {
        self.state().books.orders.get(order_no).cloned()
    }

    /// The refunds that it took, once each.
    #[must_use]
    pub fn refunds(&self) -> Vec<Refund> {
        self.state().books.refunds.values().map(|(refund, _)| refund.clone()).collect()
    }

    /// What became of its reports, in order.
    #[must_use]
    pub fn reported(&self) -> Vec<Reported> {
        self.state().reported.clone()
    }

    /// Somebody pays an order: each time is a payment of its own. Gives the number of the transaction.
    ///
    /// # Errors
    /// There is no such order.
    pub fn pay(&self, order_no: &str, reporting: Reporting) -> Result<String, CashierError> {
        let now = (self.inner.now)();
        let mut state = self.state();
        let order = state.books.orders.get(order_no).cloned();
        let order = order.ok_or_else(|| CashierError::NoOrder(order_no.to_owned()))?;
        state.books.payments += 1;
        let transaction = format!("T{:012}", state.books.payments);
        let report = json!({
            "order_no": order.order_no,
            "transaction": transaction,
            "amount_fen": order.amount_fen,
            "paid_at": now,
            // 财政电子票据: eight digits of the kind, ten of the serial.
            "receipt_no": format!("44030023-{:010}", state.books.payments),
        });
        let body = seals::canonical_value(&report).map_err(unsigned)?;
        let body = String::from_utf8(body).map_err(unsigned)?;
        let after_s = match reporting {
            Reporting::AtOnce => Some(0),
            Reporting::AfterSeconds(seconds) => Some(seconds),
            Reporting::Never => None,
        };
        if let Some(after_s) = after_s {
            let at = now.plus_us(after_s.saturating_mul(1_000_000));
            let (order_no, url) = (order.order_no, order.notify_url);
            let times = if state.switches.duplicate { 2 } else { 1 };
            let due = Due { at, order_no, url, body, attempts: 0 };
            state.books.due.extend(std::iter::repeat_n(due, times));
        }
        state.write();
        Ok(transaction)
    }

    /// Reports the latest payment of an order that is to be reported once more.
    fn report_again(&self, order_no: &str) {
        let mut state = self.state();
        let last = state.books.due.iter().rev().find(|due| due.order_no == order_no).cloned();
        state.books.due.extend(last);
        state.write();
    }

    /// Sends the reports that are due; one that is not answered with success is tried again later.
    pub async fn tick(&self) {
        let now = (self.inner.now)();
        let (due, switches) = {
            let mut state = self.state();
            if state.books.due.is_empty() {
                return;
            }
            let (due, later): (Vec<Due>, Vec<Due>) =
                std::mem::take(&mut state.books.due).into_iter().partition(|due| due.at <= now);
            state.books.due = later;
            (due, state.switches)
        };
        for mut due in due {
            let reported = self.send(&due, switches.wrong_signature).await;
            let again = !(200..300).contains(&reported.status) && due.attempts < ATTEMPTS_MAX;
            let mut state = self.state();
            state.reported.push(reported);
            if again {
                due.attempts += 1;
                due.at = now.plus_us(i64::from(due.attempts) * 60_000_000);
                state.books.due.push(due);
            }
            state.write();
        }
    }

    async fn send(&self, due: &Due, forged: bool) -> Reported {
        let order_no = due.order_no.clone();
        let nothing = |order_no| Reported { order_no, status: 0, body: Value::Null };
        let Ok(signature) = self.signature("payment-callback", due.body.as_bytes(), forged) else {
            return nothing(order_no);
        };
        let request = self
            .inner
            .client
            .post(&due.url)
            .header("content-type", "application/json")
            .header(SIGNATURE_FIELD, signature)
            .body(due.body.clone());
        match request.send().await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                let body = answer.json().await.unwrap_or(Value::Null);
                Reported { order_no, status, body }
            }
            Err(_no_answer) => nothing(order_no),
        }
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/orders", post(take_order))
            .route("/refunds", post(take_refund))
            .route("/pay/{order}", get(pay_page).post(pay_now))
            .with_state(self.clone())
    }

    /// Serves its routes and sends its reports as they fall due, until the task is dropped.
    ///
    /// # Errors
    /// The listener fails.
    pub async fn run(self, listener: tokio::net::TcpListener) -> std::io::Result<()> {
        let reports = async {
            let mut beat = tokio::time::interval(Duration::from_millis(250));
            loop {
                beat.tick().await;
                self.tick().await;
            }
        };
        tokio::select! {
            served = self.clone().serve(listener) => served,
            () = reports => Ok(()),
        }
    }

    /// Serves its routes until the task is dropped. Its reports go out when told by [`Cashier::tick`].
    ///
    /// # Errors
    /// The listener fails.
    pub async fn serve(self, listener: tokio::net::TcpListener) -> std::io::Result<()> {
        axum::serve(listener, self.router()).await
    }

    fn state(&self) -> MutexGuard<'_, Inside> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signature(&self, typ: &str, body: &[u8], forged: bool) -> Result<String, CashierError> {
        let now = (self.inner.now)();
        let keys = if forged { &self.inner.stranger } else { &self.inner.keys };
        let key = keys.current(&Purpose::EXCHANGE, Algorithm::Ed25519, now).map_err(unsigned)?;
        jws::detached(keys, &key, now, typ, body).map_err(unsigned)
    }

    /// A body that somebody trusted signed as this.
    fn read<T: serde::de::DeserializeOwned>(
        &self,
        typ: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<T, u16> {
        let text = headers.get(SIGNATURE_FIELD).and_then(|value| value.to_str().ok());
        let trusted = self.state().trusted.clone().ok_or(401_u16)?;
        let signed = jws::read(text.unwrap_or_default()).map_err(|_shape| 401_u16)?;
        signed.verify_trusted(&trusted, typ, body).map_err(|_fault| 401_u16)?;
        serde_json::from_slice(body).map_err(|_shape| 422)
    }

    fn answer(&self, body: &Value) -> Response {
        let switches = self.state().switches;
        if switches.lose {
            return broken_off();
        }
        let Ok(bytes) = seals::canonical_value(body) else { return bare(500) };
        let signature = self.signature("payment-answer", &bytes, switches.wrong_signature);
        let Some(field) = signature.ok().and_then(|text| HeaderValue::from_str(&text).ok()) else {
            return bare(500);
        };
        let headers = [
            ("content-type", HeaderValue::from_static("application/json")),
            (SIGNATURE_FIELD, field),
        ];
        (headers, bytes).into_response()
    }
}

async fn take_order(State(cashier): State<Cashier>, headers: HeaderMap, body: Bytes) -> Response {
    let switches = cashier.state().switches;
    wait(switches).await;
    if switches.down {
        return bare(503);
    }
    let order: Order = match cashier.read("payment-order", &headers, &body) {
        Ok(order) => order,
        Err(status) => return bare(status),
    };
    let (known, base) = {
        let mut state = cashier.state();
        let known =
            state.books.orders.entry(order.order_no.clone()).or_insert_with(|| order.clone());
        let known = *known == order;
        state.write();
        (known, state.base.clone())
    };
    if !known || order.amount_fen <= 0 {
        return bare(409);
    }
    let pay_url = format!("{base}/pay/{}", order.order_no);
    cashier.answer(&json!({"order_no": order.order_no, "pay_url": pay_url}))
}

async fn take_refund(State(cashier): State<Cashier>, headers: HeaderMap, body: Bytes) -> Response {
    let switches = cashier.state().switches;
    wait(switches).await;
    if switches.down {
        return bare(503);
    }
    let refund: Refund = match cashier.read("payment-refund", &headers, &body) {
        Ok(refund) => refund,
        Err(status) => return bare(status),
    };
    let now = (cashier.inner.now)();
    let (known, at) = {
        let mut state = cashier.state();
        let kept = state.books.refunds.entry(refund.refund_no.clone());
        let (kept, at) = kept.or_insert_with(|| (refund.clone(), now)).clone();
        state.write();
        (kept == refund, at)
    };
    if !known {
        return bare(409);
    }
    cashier.answer(&json!({"refund_no": refund.refund_no, "refunded_at": at}))
}

/// What the page shows of an order; text of an order is escaped.
async fn pay_page(State(cashier): State<Cashier>, Path(order): Path<String>) -> Response {
    let Some(order) = cashier.order(&order) else { return bare(404) };
    let escaped =
        |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let (yuan, fen) = (order.amount_fen / 100, order.amount_fen % 100);
    let buttons: String = CHOICES
        .iter()
        .map(|(how, label)| format!("<p><button name=\"how\" value=\"{how}\">{label}</button></p>"))
        .collect();
    Html(format!(
        "<!doctype html><html lang=\"zh\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>支付平台（演示）</title><h1>{}</h1><p>¥{yuan}.{fen:02}</p>\
         <p>演示，不涉及真实款项。Sample: no money moves.</p><form method=\"post\">{buttons}</form></html>",
        escaped(&order.subject),
    ))
    .into_response()
}

/// What the page offers, and what it is called.
const CHOICES: [(&str, &str); 3] = [
    ("once", "确认支付，立即回告 · Pay, reported at once"),
    ("late", "确认支付，一分钟后回告 · Pay, reported a minute later"),
    ("twice", "确认支付，回告两次 · Pay, reported twice"),
];
/// How much later, in seconds, a payment is reported where that was chosen.
const LATE_S: i64 = 60;

#[derive(Debug, Default, Deserialize)]
struct Chosen {
    #[serde(default)]
    how: String,
}

async fn pay_now(
    State(cashier): State<Cashier>,
    Path(order): Path<String>,
    Form(Chosen { how }): Form<Chosen>,
) -> Response {
    let usual = cashier.state().reporting.unwrap_or(Reporting::AtOnce);
    let reporting = if how == "late" { Reporting::AfterSeconds(LATE_S) } else { usual };
    let Some(known) = cashier.order(&order) else { return bare(404) };
    if cashier.pay(&order, reporting).is_err() {
        return bare(404);
    }
    if how == "twice" {
        cashier.report_again(&order);
    }
    Redirect::to(&known.return_url).into_response()
}
