//! Text messages by SMPP 3.4: a driver behind [`delivery::Texter`].
//!
//! **Invariant:** a message is reported as taken only when the gateway answered its submission with success.
//! **Invariant:** a report is acknowledged only when it is durable; one that cannot be taken now is asked for again.
//! **Invariant:** what is our own fault (a wrong password, no link) is never told as the recipient's.
//! **Invariant:** a link that falls silent is given up and made anew; what waited on it is tried again by the outbox.
//!
//! SMPP has no name of ours for a message: one that is submitted again after a lost answer may reach a phone twice, and the
//! earliest counts. The link is not encrypted; it belongs into a private network or a tunnel, as carriers ask for.
//!
//! Start with [`SmppSettings`] and [`connect`]: it gives the texter and the [`Link`], which somebody has to run.

mod address;
mod link;
mod pdu;

pub use address::{AddressError, GatewayAddress};
pub use link::Link;

use delivery::{TextError, TextMessage, TextTaken, Texter};
use kernel::Waiting;
use module::Clock;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Messages that wait for the link; more are told to come later.
const WAITING_MAX: usize = 256;
/// The longest text, in characters: ten parts of a message on the phone.
const TEXT_CHARS_MAX: usize = 670;

/// How to reach a gateway, and as whom.
#[derive(Clone)]
pub struct SmppSettings {
    /// Where it is, and as whom we bind.
    pub address: GatewayAddress,
    /// The password.
    pub password: String,
    /// The longest that an answer may take; after twice as long a silent link is given up.
    pub timeout: Duration,
    /// How often the link is asked whether it stands.
    pub enquire_every: Duration,
    /// How long after a broken link the next one is tried.
    pub pause: Duration,
    /// Submissions that wait for their answers at once.
    pub window: usize,
    /// Tells the time where a report does not.
    pub clock: Arc<dyn Clock>,
}

impl fmt::Debug for SmppSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmppSettings").field("address", &self.address).finish_non_exhaustive()
    }
}

/// A message on its way to the link, and where its answer goes.
struct Order {
    to: String,
    text: String,
    answer: oneshot::Sender<Result<TextTaken, TextError>>,
}

/// Hands messages to the link.
#[derive(Clone)]
pub struct SmppTexter {
    orders: mpsc::Sender<Order>,
    limit: Duration,
}

impl fmt::Debug for SmppTexter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmppTexter").finish_non_exhaustive()
    }
}

/// The texter, and the link that carries what it is given once [`Link::run`] runs.
#[must_use]
pub fn connect(settings: SmppSettings) -> (SmppTexter, Link) {
    let (orders, waiting) = mpsc::channel(WAITING_MAX);
    let limit = settings.timeout * 2;
    (SmppTexter { orders, limit }, Link::new(settings, waiting))
}

impl Texter for SmppTexter {
    fn send(&self, message: TextMessage) -> Waiting<'_, Result<TextTaken, TextError>> {
        Box::pin(async move {
            let number = message.to.strip_prefix('+').unwrap_or(&message.to);
            let digits = number.chars().all(|c| c.is_ascii_digit());
            if !digits || !(5..=20).contains(&number.len()) {
                return Err(TextError::Never(format!("`{}` is no number", message.to)));
            }
            if message.text.chars().count() > TEXT_CHARS_MAX {
                return Err(TextError::Never("the text is too long".to_owned()));
            }
            let (answer, answered) = oneshot::channel();
            let order = Order { to: number.to_owned(), text: message.text, answer };
            if self.orders.try_send(order).is_err() {
                return Err(TextError::Later("too many messages wait for the gateway".to_owned()));
            }
            // A link that is down or silent must not hold an errand for ever.
            match tokio::time::timeout(self.limit, answered).await {
                Ok(Ok(result)) => result,
                Ok(Err(_gone)) => Err(TextError::Later("the link was given up".to_owned())),
                Err(_elapsed) => {
                    Err(TextError::Later("the gateway did not answer in time".to_owned()))
                }
            }
        })
    }
}
