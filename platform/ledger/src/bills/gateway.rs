//! The payment gateway (非税收缴支付平台) over its protocol: orders and refunds by HTTPS, callbacks with order signature.
//!
//! ```text
//!  we      POST {base}/orders   {merchant, order_no, amount_fen, subject, notify_url, return_url}   Payment-Signature
//!  gateway 200 {order_no, pay_url}                                                                   Payment-Signature
//!  gateway POST {notify_url}    {order_no, transaction, amount_fen, paid_at, receipt_no}             Payment-Signature
//!  we      POST {base}/refunds  {merchant, order_no, transaction, refund_no, amount_fen, reason}     Payment-Signature
//! ```
//!
//! Each body is signed as it stands: a detached JWS (RFC 7515 appendix F) whose `typ` says what the body is, so that an
//! answer is never taken for a callback. Orders and refunds are idempotent by their numbers.

use codes::Moment;
use kernel::Waiting;
use module::Clock;
use reqwest::Url;
use seals::{Keys, PublicKeySet, Purpose, jws};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The field that bears the signature.
pub const SIGNATURE_FIELD: &str = "payment-signature";
/// What a signed order is.
pub const ORDER: &str = "payment-order";
/// What a signed answer is.
pub const ANSWER: &str = "payment-answer";
/// What a signed report of money is.
pub const CALLBACK: &str = "payment-callback";
/// What a signed refund is.
pub const REFUND: &str = "payment-refund";

/// How long the gateway may take to answer.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(10);
/// The largest answer that is read.
const ANSWER_BYTES_MAX: usize = 64 << 10;
/// How far its clock may be from ours, in microseconds: a callback that is replayed later is refused.
const SKEW_US_MAX: i64 = 3 * 24 * 3600 * 1_000_000;

/// An order to be placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// Its number; the same again is the same order.
    pub order_no: String,
    /// How much, in fen.
    pub amount_fen: i64,
    /// For what.
    pub subject: String,
}

/// A refund to be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRefund {
    /// The order.
    pub order_no: String,
    /// The payment.
    pub transaction: String,
    /// Its number; the same again is the same refund.
    pub refund_no: String,
    /// How much, in fen.
    pub amount_fen: i64,
    /// Why.
    pub reason: String,
}

/// What the gateway reports of a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The order.
    pub order_no: String,
    /// The gateway's own number of the payment.
    pub transaction: String,
    /// How much, in fen.
    pub amount_fen: i64,
    /// When.
    pub paid_at: Moment,
    /// The number of the receipt (财政电子票据号码).
    pub receipt_no: String,
}

/// A gateway that did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// It gave no answer, or asks for patience.
    #[error("the gateway gave no answer: {why}")]
    Down {
        /// What happened, in English.
        why: String,
    },
    /// It answered with what it did not sign.
    #[error("the answer is not the gateway's: {why}")]
    Forged {
        /// What is wrong with it, in English.
        why: String,
    },
    /// It refused.
    #[error("the gateway refused with status {status}")]
    Refused {
        /// The status.
        status: u16,
    },
}

/// A payment gateway.
pub trait Gateway: Send + Sync + 'static {
    /// Its key, which stands in the address of its callbacks.
    fn key(&self) -> &str;

    /// Places an order and tells where the payer pays.
    fn place(&self, order: NewOrder) -> Waiting<'_, Result<String, GatewayError>>;

    /// Gives a payment back and tells when.
    fn refund(&self, refund: NewRefund) -> Waiting<'_, Result<Moment, GatewayError>>;

    /// Reads a report of money, if the gateway signed it.
    ///
    /// # Errors
    /// [`GatewayError::Forged`] where it did not.
    fn read(&self, body: &[u8], signature: &str, now: Moment) -> Result<Report, GatewayError>;
}

/// A gateway reached over HTTPS.
pub struct PaymentGateway {
    key: String,
    merchant: String,
    base: Url,
    portal: String,
    trusted: PublicKeySet,
    keys: Arc<dyn Keys>,
    clock: Arc<dyn Clock>,
    client: reqwest::Client,
}

impl fmt::Debug for PaymentGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PaymentGateway").field("key", &self.key).finish_non_exhaustive()
    }
}

/// What a gateway is reached by; `app` reads it from its settings.
#[derive(Clone, Debug)]
pub struct Account {
    /// Our name for the gateway, such as `feishui`.
    pub key: String,
    /// Its name for us (商户号).
    pub merchant: String,
    /// Where it is, without a slash at the end.
    pub base: String,
    /// The public keys with which it signs.
    pub trusted: PublicKeySet,
    /// Where people and gateways reach us, such as `https://portal.example`.
    pub portal: String,
}

impl PaymentGateway {
    /// The gateway of an account; nothing is sent yet. Our own keys for exchange sign.
    ///
    /// # Errors
    /// Its address is none.
    pub fn new(
        account: Account,
        keys: Arc<dyn Keys>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, GatewayError> {
        let down = |why: String| GatewayError::Down { why };
        let base = Url::parse(&format!("{}/", account.base.trim_end_matches('/')));
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(ANSWER_WAIT_MAX)
            .build();
        Ok(Self {
            key: account.key,
            merchant: account.merchant,
            base: base.map_err(|error| down(error.to_string()))?,
            portal: account.portal.trim_end_matches('/').to_owned(),
            trusted: account.trusted,
            keys,
            clock,
            client: client.map_err(|error| down(error.to_string()))?,
        })
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        typ: &str,
        body: &serde_json::Value,
    ) -> Result<T, GatewayError> {
        let down = |why: String| GatewayError::Down { why };
        let bytes = seals::canonical_value(body).map_err(|error| down(error.to_string()))?;
        let now = self.clock.now();
        let key = self
            .keys
            .current(&Purpose::EXCHANGE, seals::Algorithm::Ed25519, now)
            .map_err(|error| down(error.to_string()))?;
        let signature = jws::detached(&*self.keys, &key, now, typ, &bytes)
            .map_err(|error| down(error.to_string()))?;
        let url = self.base.join(path).map_err(|error| down(error.to_string()))?;
        let request = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header(SIGNATURE_FIELD, signature)
            .body(bytes);
        let response = request.send().await.map_err(|error| down(error.to_string()))?;
        let status = response.status().as_u16();
        match status {
            200..=299 => {}
            429 | 500..=599 => return Err(down(format!("status {status}"))),
            _ => return Err(GatewayError::Refused { status }),
        }
        let signature = response.headers().get(SIGNATURE_FIELD).and_then(|text| text.to_str().ok());
        let signature = signature.unwrap_or_default().to_owned();
        let body = response.bytes().await.map_err(|error| down(error.to_string()))?;
        if body.len() > ANSWER_BYTES_MAX {
            return Err(down("the answer is too large".to_owned()));
        }
        self.signed(&body, &signature, ANSWER, now)
    }

    /// What the gateway says, if it signed it as this and not long ago.
    fn signed<T: DeserializeOwned>(
        &self,
        body: &[u8],
        signature: &str,
        typ: &str,
        now: Moment,
    ) -> Result<T, GatewayError> {
        let forged = |why: String| GatewayError::Forged { why };
        let read = jws::read(signature).map_err(|error| forged(error.to_string()))?;
        read.verify_trusted(&self.trusted, typ, body).map_err(|error| forged(error.to_string()))?;
        let stated = read.header().iat.unwrap_or_default().saturating_mul(1_000_000);
        if stated.abs_diff(now.us()) > SKEW_US_MAX.unsigned_abs() {
            return Err(forged("it was signed at another time".to_owned()));
        }
        serde_json::from_slice(body).map_err(|error| forged(error.to_string()))
    }
}

#[derive(Deserialize)]
struct Placed {
    order_no: String,
    pay_url: String,
}

#[derive(Deserialize)]
struct GivenBack {
    refund_no: String,
    refunded_at: Moment,
}

impl Gateway for PaymentGateway {
    fn key(&self) -> &str {
        &self.key
    }

    fn place(&self, order: NewOrder) -> Waiting<'_, Result<String, GatewayError>> {
        Box::pin(async move {
            let body = json!({
                "merchant": self.merchant,
                "order_no": order.order_no,
                "amount_fen": order.amount_fen,
                "subject": order.subject,
                "notify_url": format!("{}/api/v1/ledger/callbacks/{}", self.portal, self.key),
                "return_url": format!("{}/ledger/bills/{}", self.portal, order.order_no),
            });
            let placed: Placed = self.ask("orders", ORDER, &body).await?;
            let lawful = Url::parse(&placed.pay_url)
                .is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
            if placed.order_no != order.order_no || !lawful {
                return Err(GatewayError::Forged { why: "it answers another order".to_owned() });
            }
            Ok(placed.pay_url)
        })
    }

    fn refund(&self, refund: NewRefund) -> Waiting<'_, Result<Moment, GatewayError>> {
        Box::pin(async move {
            let body = json!({
                "merchant": self.merchant,
                "order_no": refund.order_no,
                "transaction": refund.transaction,
                "refund_no": refund.refund_no,
                "amount_fen": refund.amount_fen,
                "reason": refund.reason,
            });
            let given: GivenBack = self.ask("refunds", REFUND, &body).await?;
            if given.refund_no != refund.refund_no {
                return Err(GatewayError::Forged { why: "it answers another refund".to_owned() });
            }
            Ok(given.refunded_at)
        })
    }

    fn read(&self, body: &[u8], signature: &str, now: Moment) -> Result<Report, GatewayError> {
        self.signed(body, signature, CALLBACK, now)
    }
}
