//! Mail by SMTP (RFC 5321): the driver behind [`delivery::Mailer`].
//!
//! **Invariant:** a message is reported as taken only when the server answered its data with 2xx.
//! **Invariant:** where TLS is asked for, nothing is sent without it; the server's certificate is checked.
//! **Invariant:** what is our own fault (a wrong password, no TLS) is never told as the recipient's: it is tried again, and
//! an operator sees it.
//! **Invariant:** handing a message over has a limit in time; what comes after it may still have been taken, and is sent
//! again under the same message id.
//!
//! **Invariant:** what comes back is acknowledged only when it is durable, and names its attempt by an address nobody guesses.
//!
//! Start with [`SmtpMailer`] for what goes out, [`Returns`] for what comes back.

mod address;
mod returns;

pub use address::{AddressError, ServerAddress};
pub use returns::{ReturnAddress, Returns};

use delivery::{Mail, MailError, Mailer, Taken};
use kernel::Waiting;
use lettre::address::Envelope;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use std::fmt;
use std::time::Duration;

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte, port 465 (RFC 8314).
    Implicit,
    /// TLS by STARTTLS before anything else, port 587 or 25; refused where the server does not offer it.
    StartTls,
    /// None: for a server on this machine.
    Plain,
}

/// How to reach a mail server, and as whom.
#[derive(Clone)]
pub struct SmtpSettings {
    /// Its host, which is also the name in its certificate.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// User and password; none where the server asks for none.
    pub login: Option<(String, String)>,
    /// The name of the sender, such as 联办政务服务平台.
    pub from_name: String,
    /// The address of the sender.
    pub from_address: String,
    /// The longest that handing one message over may take.
    pub timeout: Duration,
    /// Roots that are trusted beside the public ones, as PEM: a government's own authority.
    pub roots_pem: Option<Vec<u8>>,
}

impl fmt::Debug for SmtpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither user nor password belongs in a log.
        f.debug_struct("SmtpSettings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .finish_non_exhaustive()
    }
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SmtpSetupError {
    /// The sender's address is none.
    #[error("`{address}` is no address of a sender")]
    Sender {
        /// The address.
        address: String,
        /// What the parser says.
        #[source]
        source: lettre::address::AddressError,
    },
    /// TLS cannot be set up: the host's name or the roots are wrong.
    #[error("TLS for `{host}` cannot be set up")]
    Tls {
        /// The host.
        host: String,
        /// What the library says.
        #[source]
        source: lettre::transport::smtp::Error,
    },
}

/// Hands messages to a mail server by SMTP.
#[derive(Clone)]
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    returns: Option<ReturnAddress>,
    limit: Duration,
}

impl fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpMailer").field("from", &self.from.email).finish_non_exhaustive()
    }
}

impl SmtpMailer {
    /// A mailer for a server; nothing is sent yet.
    ///
    /// # Errors
    /// [`SmtpSetupError`]
    pub fn new(settings: SmtpSettings) -> Result<Self, SmtpSetupError> {
        let address: Address = settings.from_address.parse().map_err(|source| {
            SmtpSetupError::Sender { address: settings.from_address.clone(), source }
        })?;
        let tls = match settings.security {
            Security::Plain => Tls::None,
            Security::Implicit => Tls::Wrapper(parameters(&settings)?),
            Security::StartTls => Tls::Required(parameters(&settings)?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .tls(tls)
            .hello_name(ClientId::Domain(address.domain().to_owned()))
            .timeout(Some(settings.timeout));
        if let Some((user, password)) = settings.login {
            builder = builder.credentials(Credentials::new(user, password));
        }
        let from = Mailbox::new(Some(settings.from_name), address);
        Ok(Self { transport: builder.build(), from, returns: None, limit: settings.timeout })
    }

    /// Has mail come back to an address of its own for each message, where [`Returns`] takes it in.
    #[must_use]
    pub fn returning_to(mut self, address: ReturnAddress) -> Self {
        self.returns = Some(address);
        self
    }

    fn message(&self, mail: &Mail, message_id: &str) -> Result<Message, MailError> {
        let to: Address = mail.to.parse().map_err(never)?;
        let pdf = ContentType::parse("application/pdf").map_err(never)?;
        let text = MultiPart::mixed().singlepart(SinglePart::plain(mail.text.clone()));
        let body = match &mail.attachment {
            Some(file) => {
                text.singlepart(Attachment::new(file.name.clone()).body(file.pdf.clone(), pdf))
            }
            None => text,
        };
        let back = self.returns.as_ref().map(|returns| returns.of(&mail.id).parse());
        let back = back.transpose().map_err(never)?.unwrap_or_else(|| self.from.email.clone());
        let envelope = Envelope::new(Some(back), vec![to.clone()]).map_err(never)?;
        Message::builder()
            .envelope(envelope)
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.subject.replace(['\r', '\n'], " "))
            .message_id(Some(message_id.to_owned()))
            .multipart(body)
            .map_err(never)
    }
}

fn parameters(settings: &SmtpSettings) -> Result<TlsParameters, SmtpSetupError> {
    let wrong = |source| SmtpSetupError::Tls { host: settings.host.clone(), source };
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(pem) = &settings.roots_pem {
        builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(wrong)?);
    }
    builder.build_rustls().map_err(wrong)
}

impl Mailer for SmtpMailer {
    fn send(&self, mail: Mail) -> Waiting<'_, Result<Taken, MailError>> {
        Box::pin(async move {
            let message_id = format!("<{}@{}>", mail.id, self.from.email.domain());
            let message = self.message(&mail, &message_id)?;
            // The library limits the connection alone; a server that falls silent later would hold us for ever.
            match tokio::time::timeout(self.limit, self.transport.send(message)).await {
                Ok(Ok(response)) => Ok(Taken { message_id, answer: answer(&response) }),
                Ok(Err(error)) => Err(judge(&error)),
                Err(_elapsed) => Err(MailError::Later(format!(
                    "no answer within {} s",
                    self.limit.as_secs_f32()
                ))),
            }
        })
    }
}

/// The server's answer in one line, such as `250 2.0.0 Ok: queued as 12345`.
fn answer(response: &Response) -> String {
    let text: Vec<&str> = response.message().collect();
    format!("{} {}", response.code(), text.join(" ")).trim().to_owned()
}

/// Whether another try may help, and whose trouble it is.
///
/// # Source
/// RFC 5321, 4.2.1: 4yz is transient, 5yz permanent; 421 closes the channel and says nothing of the recipient. RFC 4954, 6:
/// 454, 530, 534, 535 and 538 speak of our own sign-in. RFC 3463: x.2.2 is a full mailbox, which counts as a failure (21 R4).
fn judge(error: &lettre::transport::smtp::Error) -> MailError {
    let code = error.status().map(u16::from);
    let ours = code.is_some_and(|code| matches!(code, 421 | 454 | 530 | 534 | 535 | 538));
    let text = chain(error);
    let full =
        ["4.2.2", "5.2.2"].iter().any(|status| text.split_whitespace().any(|word| word == *status));
    if ours || code.is_none() {
        MailError::Later(text)
    } else if error.is_permanent() || full {
        MailError::Never(text)
    } else {
        MailError::Soft(text)
    }
}

fn never(error: impl std::error::Error) -> MailError {
    MailError::Never(chain(&error))
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        source = inner.source();
    }
    text
}
