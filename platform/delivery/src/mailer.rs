//! What carries e-mail.

use kernel::Waiting;

/// A message with a document (电子邮件).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The left part of the message's id; the same for every try, so that a message sent twice is known for one.
    pub id: String,
    /// To whom (RFC 5321).
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The document; none where the message only brings a code.
    pub attachment: Option<Attachment>,
}

/// A document that goes with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The file's name.
    pub name: String,
    /// The PDF.
    pub pdf: Vec<u8>,
}

/// A server took the message (已投递).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The message's id as it stands in its head.
    pub message_id: String,
    /// The server's answer.
    pub answer: String,
}

/// A message that no server took.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// The server is down, slow, or says "later": try again.
    #[error("later: {0}")]
    Later(String),
    /// The recipient's server says "not now" (软退): whoever ordered the mail decides when it is tried again.
    #[error("not now: {0}")]
    Soft(String),
    /// The server says "never", or the address is none: another channel is needed.
    #[error("never: {0}")]
    Never(String),
}

/// Carries e-mail (邮差). The SMTP driver is `mail-smtp`.
pub trait Mailer: Send + Sync + 'static {
    /// Hands the message to a server; on return it is the server's.
    ///
    /// # Errors
    /// [`MailError`], which says whether another try may help.
    fn send(&self, mail: Mail) -> Waiting<'_, Result<Taken, MailError>>;
}
