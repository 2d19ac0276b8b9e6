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

use crate::link::{Link, LinkError};
use codes::Moment;
use kernel::Waiting;
use module::Clock;
use reqwest::Url;
use seals::{Keys, PublicKeySet};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt;
use std::sync::Arc;

/// What a signed order is.
pub const ORDER: &str = "payment-order";
/// What a signed answer is.
pub const ANSWER: &str = "payment-answer";
/// What a signed report of money is.
pub const CALLBACK: &str = "payment-callback";
/// What a signed refund is.
pub const REFUND: &str = "payment-refund";

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

/// A payment gateway.
pub trait Gateway: Send + Sync + 'static {
    /// Its key, which stands in the address of its callbacks.
    fn key(&self) -> &str;

    /// Places an order and tells where the payer pays.
    fn place(&self, order: NewOrder) -> Waiting<'_, Result<String, LinkError>>;

    /// Gives a payment back and tells when.
    fn refund(&self, refund: NewRefund) -> Waiting<'_, Result<Moment, LinkError>>;

    /// Reads a report of money, if the gateway signed it.
    ///
    /// # Errors
    /// [`LinkError::Forged`] where it did not.
    fn read(&self, body: &[u8], signature: &str, now: Moment) -> Result<Report, LinkError>;
}

/// A gateway reached over HTTPS.
pub struct PaymentGateway {
    key: String,
    merchant: String,
    portal: String,
    link: Link,
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
    ) -> Result<Self, LinkError> {
        let link = Link::new(&account.base, account.trusted, keys, clock)?;
        let portal = account.portal.trim_end_matches('/').to_owned();
        Ok(Self { key: account.key, merchant: account.merchant, portal, link })
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

    fn place(&self, order: NewOrder) -> Waiting<'_, Result<String, LinkError>> {
        Box::pin(async move {
            let body = json!({
                "merchant": self.merchant,
                "order_no": order.order_no,
                "amount_fen": order.amount_fen,
                "subject": order.subject,
                "notify_url": format!("{}/api/v1/ledger/callbacks/{}", self.portal, self.key),
                "return_url": format!("{}/ledger/bills/{}", self.portal, order.order_no),
            });
            let placed: Placed = self.link.ask("orders", (ORDER, ANSWER), &body).await?;
            let lawful = Url::parse(&placed.pay_url)
                .is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
            if placed.order_no != order.order_no || !lawful {
                return Err(LinkError::Forged { why: "it answers another order".to_owned() });
            }
            Ok(placed.pay_url)
        })
    }

    fn refund(&self, refund: NewRefund) -> Waiting<'_, Result<Moment, LinkError>> {
        Box::pin(async move {
            let body = json!({
                "merchant": self.merchant,
                "order_no": refund.order_no,
                "transaction": refund.transaction,
                "refund_no": refund.refund_no,
                "amount_fen": refund.amount_fen,
                "reason": refund.reason,
            });
            let given: GivenBack = self.link.ask("refunds", (REFUND, ANSWER), &body).await?;
            if given.refund_no != refund.refund_no {
                return Err(LinkError::Forged { why: "it answers another refund".to_owned() });
            }
            Ok(given.refunded_at)
        })
    }

    fn read(&self, body: &[u8], signature: &str, now: Moment) -> Result<Report, LinkError> {
        self.link.signed(body, signature, CALLBACK, now)
    }
}
