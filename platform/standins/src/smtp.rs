//! A mail server (邮件服务器替身): SMTP (RFC 5321), in the clear, with STARTTLS (RFC 3207), or over TLS from the first byte.
//!
//! It keeps every message that it takes, and turns away or puts off recipients as a script says.

use rcgen::{CertifiedKey, generate_simple_self_signed};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// The longest line that it reads; RFC 5321, 4.5.3.1.6 allows 1000 bytes.
const LINE_BYTES_MAX: u64 = 8 << 10;
/// The largest message that it takes.
const MESSAGE_BYTES_MAX: usize = 32 << 20;

/// How the server protects its connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protection {
    /// Not at all.
    #[default]
    None,
    /// After STARTTLS.
    StartTls,
    /// From the first byte (RFC 8314).
    Implicit,
}

/// What the server answers, where no recipient's script says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conduct {
    /// To a connection.
    pub greeting: Cow<'static, str>,
    /// To a sign-in.
    pub auth: Cow<'static, str>,
    /// To a recipient.
    pub rcpt: Cow<'static, str>,
    /// To the end of a message; nothing means that it is taken.
    pub data: Cow<'static, str>,
    /// Whether it says nothing at all.
    pub silent: bool,
}

impl Default for Conduct {
    fn default() -> Self {
        Self {
            greeting: Cow::Borrowed("220 localhost ESMTP"),
            auth: Cow::Borrowed("235 2.7.0 accepted"),
            rcpt: Cow::Borrowed("250 2.1.5 Ok"),
            data: Cow::Borrowed(""),
            silent: false,
        }
    }
}

/// At which point of the conversation a recipient is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// When it is named.
    Recipient,
    /// When the message has been handed over.
    Data,
}

/// What happens to mail for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// At which point.
    pub at: Stage,
    /// With which answer, such as `550 5.1.1 no such user` or `451 4.3.0 later`.
    pub reply: String,
    /// How often; then mail is taken again.
    pub times: u32,
}

/// A message that the server took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The sender of the envelope.
    pub from: String,
    /// The recipients of the envelope.
    pub to: Vec<String>,
    /// Head and body as they came, without the dots that the protocol adds.
    pub data: String,
    /// Whether it came over TLS.
    pub over_tls: bool,
}

/// The server; every clone is the same.
#[derive(Clone)]
pub struct MailServer {
    inner: Arc<Inner>,
}

struct Inner {
    protection: Protection,
    tls: Option<(TlsAcceptor, String)>,
    state: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    conduct: Conduct,
    bounces: BTreeMap<String, Bounce>,
    backs: BTreeMap<String, (String, String)>,
    due: Vec<(String, String)>,
    mails: Vec<Received>,
}

impl fmt::Debug for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailServer")
            .field("protection", &self.inner.protection)
            .finish_non_exhaustive()
    }
}

/// TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("TLS of the mail server cannot be set up: {0}")]
pub struct TlsError(String);

impl MailServer {
    /// A server with this protection; its certificate is for `localhost`, made and signed by itself.
    ///
    /// # Errors
    /// No certificate can be made.
    pub fn new(protection: Protection) -> Result<Self, TlsError> {
        let tls = match protection {
            Protection::None => None,
            Protection::StartTls | Protection::Implicit => Some(certificate()?),
        };
        Ok(Self { inner: Arc::new(Inner { protection, tls, state: Mutex::default() }) })
    }

    /// The certificate as PEM, for a client to trust; none where there is no TLS.
    #[must_use]
    pub fn root_pem(&self) -> Option<&str> {
        self.inner.tls.as_ref().map(|(_, pem)| pem.as_str())
    }

    /// Says what it answers from now on.
    pub fn conduct(&self, conduct: Conduct) {
        self.state().conduct = conduct;
    }

    /// Says what happens to mail for a recipient.
    pub fn bounce(&self, recipient: impl Into<String>, bounce: Bounce) {
        self.state().bounces.insert(recipient.into(), bounce);
    }

    /// Takes mail for a recipient, and gives it back when [`MailServer::give_back`] says so, with a notification of RFC 3464
    /// that has this action and status.
    pub fn give_back_later(
        &self,
        recipient: impl Into<String>,
        action: impl Into<String>,
        status: impl Into<String>,
    ) {
        self.state().backs.insert(recipient.into(), (action.into(), status.into()));
    }

    /// Sends the notifications that are due to a mail server on this machine, and tells its answers. What is put off stays due.
    ///
    /// # Errors
    /// The conversation breaks off.
    pub async fn give_back(&self, port: u16) -> std::io::Result<Vec<String>> {
        let due = std::mem::take(&mut self.state().due);
        let mut answers = Vec::new();
        for (to, message) in due {
            // Notifications have no sender, so that none is ever answered by another (RFC 5321, 4.5.5).
            let answer = hand_over(port, "", &to, &message).await?;
            if answer.starts_with('4') {
                self.state().due.push((to, message));
            }
            answers.push(answer);
        }
        Ok(answers)
    }

    /// The messages that it took, in order.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.state().mails.clone()
    }

    /// Serves a listener until the task is dropped.
    ///
    /// # Errors
    /// The listener fails.
    pub async fn serve(self, listener: TcpListener) -> std::io::Result<()> {
        loop {
            let (stream, _from) = listener.accept().await?;
            let server = self.clone();
            tokio::spawn(async move { server.converse(stream).await });
        }
    }

    fn state(&self) -> MutexGuard<'_, Inside> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection that breaks off ends its conversation and nothing else.
    async fn converse(&self, stream: TcpStream) -> std::io::Result<()> {
        if self.state().conduct.silent {
            // The connection stands and nothing is ever said.
            std::future::pending::<()>().await;
        }
        let tls = self.inner.tls.as_ref().map(|(acceptor, _)| acceptor);
        match (self.inner.protection, tls) {
            (Protection::Implicit, Some(tls)) => {
                Talk::new(self, tls.accept(stream).await?, true).run(true).await?;
            }
            (Protection::StartTls, Some(tls)) => {
                if let Some(stream) = Talk::new(self, stream, false).run(true).await? {
                    Talk::new(self, tls.accept(stream).await?, true).run(false).await?;
                }
            }
            _ => {
                Talk::new(self, stream, false).run(true).await?;
            }
        }
        Ok(())
    }

    /// What a recipient's script says at a point, if it says anything.
    fn scripted(&self, recipient: &str, at: Stage) -> Option<String> {
        let mut state = self.state();
        let bounce = state.bounces.get_mut(recipient)?;
        if bounce.at != at || bounce.times == 0 {
            return None;
        }
        bounce.times -= 1;
        Some(bounce.reply.clone())
    }
}

fn certificate() -> Result<(TlsAcceptor, String), TlsError> {
    let wrong = |error: &dyn fmt::Display| TlsError(error.to_string());
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".to_owned()]).map_err(|e| wrong(&e))?;
    let key = rustls::pki_types::PrivateKeyDer::try_from(signing_key.serialize_der())
        .map_err(|e| wrong(&e))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| wrong(&e))?
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .map_err(|e| wrong(&e))?;
    Ok((TlsAcceptor::from(Arc::new(config)), cert.pem()))
}

/// One conversation.
struct Talk<'a, S> {
    server: &'a MailServer,
    stream: BufReader<S>,
    over_tls: bool,
    from: String,
    to: Vec<String>,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Talk<'a, S> {
    fn new(server: &'a MailServer, stream: S, over_tls: bool) -> Self {
        Self {
            server,
            stream: BufReader::new(stream),
            over_tls,
            from: String::new(),
            to: Vec::new(),
        }
    }

    /// Talks until the client ends; gives the stream back where the client asked for TLS.
    async fn run(mut self, greet: bool) -> std::io::Result<Option<S>> {
        let conduct = self.server.state().conduct.clone();
        if greet {
            self.say(&conduct.greeting).await?;
        }
        let starts_tls = self.server.inner.protection == Protection::StartTls && !self.over_tls;
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                return Ok(None);
            }
            let verb = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
            let reply: Cow<'_, str> = match verb.as_str() {
                "EHLO" if starts_tls => "250-localhost\r\n250 STARTTLS".into(),
                "EHLO" | "HELO" => "250-localhost\r\n250 AUTH PLAIN LOGIN".into(),
                "STARTTLS" if starts_tls => {
                    self.say("220 2.0.0 go ahead").await?;
                    return Ok(Some(self.stream.into_inner()));
                }
                "AUTH" => conduct.auth.clone(),
                "MAIL" => {
                    self.from = address(&line);
                    self.to.clear();
                    "250 2.1.0 Ok".into()
                }
                "RCPT" => self.recipient(address(&line), &conduct),
                "DATA" if self.to.is_empty() => "554 5.5.1 no valid recipients".into(),
                "DATA" => {
                    self.say("354 go on").await?;
                    let data = self.data().await?;
                    self.taken(data, &conduct)
                }
                "QUIT" => {
                    self.say("221 2.0.0 bye").await?;
                    return Ok(None);
                }
                "RSET" => {
                    self.to.clear();
                    "250 2.0.0 Ok".into()
                }
                "NOOP" => "250 2.0.0 Ok".into(),
                _ => "502 5.5.2 not known".into(),
            };
            self.say(&reply).await?;
        }
    }

    fn recipient(&mut self, recipient: String, conduct: &Conduct) -> Cow<'static, str> {
        let reply = match self.server.scripted(&recipient, Stage::Recipient) {
            Some(reply) => reply.into(),
            None => conduct.rcpt.clone(),
        };
        if reply.starts_with('2') {
            self.to.push(recipient);
        }
        reply
    }

    fn taken(&mut self, data: String, conduct: &Conduct) -> Cow<'static, str> {
        let scripted = self.to.iter().find_map(|to| self.server.scripted(to, Stage::Data));
        if let Some(reply) = scripted {
            return reply.into();
        }
        if !conduct.data.is_empty() {
            return conduct.data.clone();
        }
        let (from, to) = (std::mem::take(&mut self.from), std::mem::take(&mut self.to));
        let mut state = self.server.state();
        for recipient in &to {
            if let Some((action, status)) = state.backs.get(recipient) {
                let message = notification(&from, recipient, action, status);
                state.due.push((from.clone(), message));
            }
        }
        state.mails.push(Received { from, to, data, over_tls: self.over_tls });
        format!("250 2.0.0 Ok: queued as {}", state.mails.len()).into()
    }

    async fn say(&mut self, text: &str) -> std::io::Result<()> {
        self.stream.write_all(format!("{text}\r\n").as_bytes()).await?;
        self.stream.flush().await
    }

    /// The next line with its end; nothing where the client has gone.
    async fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        (&mut self.stream).take(LINE_BYTES_MAX).read_line(&mut line).await?;
        Ok(line)
    }

    /// The data up to the lone dot, dots unstuffed (RFC 5321, 4.5.2).
    async fn data(&mut self) -> std::io::Result<String> {
        let mut data = String::new();
        loop {
            let line = self.line().await?;
            if line.is_empty() || data.len() > MESSAGE_BYTES_MAX {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if line == ".\r\n" {
                return Ok(data);
            }
            data.push_str(line.strip_prefix('.').unwrap_or(&line));
        }
    }
}

/// A notification that a mail came to nothing, or what else its action says.
fn notification(to: &str, recipient: &str, action: &str, status: &str) -> String {
    format!(
        "From: MAILER-DAEMON@localhost\r\nTo: {to}\r\nSubject: Delivery status\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"=_dsn\"\r\n\r\n\
         --=_dsn\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nThis is what became of your mail.\r\n\r\n\
         --=_dsn\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; localhost\r\n\r\n\
         Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n\
         Diagnostic-Code: smtp; 550 {status} <{recipient}>:\r\n said the server there\r\n\r\n--=_dsn--\r\n"
    )
}

/// Hands a message to a mail server on this machine, and tells its last answer.
///
/// # Errors
/// The conversation breaks off.
pub async fn hand_over(port: u16, from: &str, to: &str, message: &str) -> std::io::Result<String> {
    let mut stream = BufReader::new(TcpStream::connect(("127.0.0.1", port)).await?);
    let stuffed: Vec<String> = message
        .split_terminator("\r\n")
        .map(|line| if line.starts_with('.') { format!(".{line}") } else { line.to_owned() })
        .collect();
    let data = format!("{}\r\n.", stuffed.join("\r\n"));
    let mut answer = reply(&mut stream).await?;
    let envelope = [format!("MAIL FROM:<{from}>"), format!("RCPT TO:<{to}>")];
    let lines = ["EHLO localhost".to_owned()].into_iter().chain(envelope);
    for line in lines.chain(["DATA".to_owned(), data]) {
        if answer.starts_with(['4', '5']) {
            return Ok(answer);
        }
        stream.write_all(format!("{line}\r\n").as_bytes()).await?;
        answer = reply(&mut stream).await?;
    }
    Ok(answer)
}

/// The last line of an answer.
async fn reply(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    loop {
        let mut line = String::new();
        if stream.take(LINE_BYTES_MAX).read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok(line.trim_end().to_owned());
        }
    }
}

/// What stands between angle brackets.
fn address(line: &str) -> String {
    line.split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or_else(String::new, |(address, _)| address.to_owned())
}
