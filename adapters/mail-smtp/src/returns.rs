//! The mailbox of returns (退信邮箱): a small mail server that takes what comes back to the return address of an attempt.
//!
//! Each message that goes out has a return address of its own, `bounces+<reference>@domain` (variable envelope return paths),
//! so that what comes back names the attempt, whatever the other server writes into it. Nobody guesses a reference.

use delivery::{ReturnSink, Untaken};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// The longest line (RFC 5321, 4.5.3.1.6 has 1000 bytes).
const LINE_BYTES_MAX: u64 = 4 << 10;
/// The largest message; a notification that brings the whole mail back is cut by its sender.
const MESSAGE_BYTES_MAX: usize = 4 << 20;
/// How long the other side may take for a line.
const PATIENCE: Duration = Duration::from_secs(60);
/// Conversations at once.
const AT_ONCE: usize = 32;

/// A return address: where the mark of an attempt is put between local part and domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnAddress {
    local: String,
    domain: String,
}

impl ReturnAddress {
    /// The return address of `bounces@domain`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (local, domain) = text.trim().split_once('@')?;
        let sound = |part: &str| {
            !part.is_empty()
                && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        };
        // A mark of 32 characters must still fit into the 64 of a local part.
        let fits = sound(local) && sound(domain) && local.len() <= 31;
        fits.then(|| Self { local: local.to_owned(), domain: domain.to_ascii_lowercase() })
    }

    /// The return address of an attempt.
    #[must_use]
    pub fn of(&self, reference: &str) -> String {
        format!("{}+{reference}@{}", self.local, self.domain)
    }

    /// The mark in a recipient that is one of ours.
    fn mark(&self, recipient: &str) -> Option<String> {
        let (local, domain) = recipient.rsplit_once('@')?;
        let (name, mark) = local.split_once('+')?;
        let ours =
            name.eq_ignore_ascii_case(&self.local) && domain.eq_ignore_ascii_case(&self.domain);
        let sound = mark.len() == 32 && mark.chars().all(|c| c.is_ascii_hexdigit());
        (ours && sound).then(|| mark.to_ascii_lowercase())
    }
}

/// The mailbox.
#[derive(Clone)]
pub struct Returns {
    address: ReturnAddress,
    sink: Arc<dyn ReturnSink>,
}

impl std::fmt::Debug for Returns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Returns").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Returns {
    /// A mailbox that hands what comes back to a sink.
    #[must_use]
    pub fn new(address: ReturnAddress, sink: Arc<dyn ReturnSink>) -> Self {
        Self { address, sink }
    }

    /// Serves a listener until the task is dropped.
    ///
    /// # Errors
    /// The listener fails.
    pub async fn serve(self, listener: TcpListener) -> std::io::Result<()> {
        let room = Arc::new(Semaphore::new(AT_ONCE));
        loop {
            let (stream, _from) = listener.accept().await?;
            let Ok(place) = Arc::clone(&room).acquire_owned().await else { return Ok(()) };
            let mailbox = self.clone();
            tokio::spawn(async move {
                // A conversation that breaks off is taken up again by the other side.
                let _broken_off = Talk { mailbox, stream: BufReader::new(stream) }.run().await;
                drop(place);
            });
        }
    }
}

struct Talk {
    mailbox: Returns,
    stream: BufReader<TcpStream>,
}

impl Talk {
    async fn run(mut self) -> std::io::Result<()> {
        self.say("220 returns ESMTP").await?;
        let mut marks: Vec<String> = Vec::new();
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                return Ok(());
            }
            let text = String::from_utf8_lossy(&line).into_owned();
            let verb: String = text.chars().take(4).collect::<String>().to_ascii_uppercase();
            let answer = match verb.as_str() {
                "EHLO" | "HELO" => "250 returns",
                "MAIL" | "RSET" => {
                    marks.clear();
                    "250 2.0.0 Ok"
                }
                "RCPT" => {
                    match between_brackets(&text).and_then(|to| self.mailbox.address.mark(to)) {
                        Some(mark) => {
                            marks.push(mark);
                            "250 2.1.5 Ok"
                        }
                        None => "550 5.1.1 no such mailbox",
                    }
                }
                "DATA" if marks.is_empty() => "554 5.5.1 no valid recipients",
                "DATA" => {
                    self.say("354 go on").await?;
                    match self.data().await? {
                        None => "552 5.3.4 message too big",
                        Some(message) => self.take(std::mem::take(&mut marks), message).await,
                    }
                }
                "NOOP" => "250 2.0.0 Ok",
                "QUIT" => {
                    self.say("221 2.0.0 bye").await?;
                    return Ok(());
                }
                _ => "502 5.5.2 not known",
            };
            self.say(answer).await?;
        }
    }

    /// Hands the message over; only what is durable is answered with success.
    async fn take(&self, marks: Vec<String>, message: Vec<u8>) -> &'static str {
        let mut answer = "250 2.0.0 Ok";
        for mark in marks {
            match self.mailbox.sink.returned(mark, message.clone()).await {
                Ok(()) => {}
                Err(Untaken::Unknown) => answer = "550 5.1.1 nothing was sent under this mark",
                Err(Untaken::Later(_)) => return "451 4.3.0 later",
            }
        }
        answer
    }

    async fn say(&mut self, text: &str) -> std::io::Result<()> {
        self.stream.write_all(format!("{text}\r\n").as_bytes()).await?;
        self.stream.flush().await
    }

    async fn line(&mut self) -> std::io::Result<Vec<u8>> {
        let mut line = Vec::new();
        let mut limited = (&mut self.stream).take(LINE_BYTES_MAX);
        let read = tokio::time::timeout(PATIENCE, limited.read_until(b'\n', &mut line)).await;
        read.map_err(|_elapsed| std::io::Error::from(std::io::ErrorKind::TimedOut))??;
        Ok(line)
    }

    /// The message up to the lone dot, dots unstuffed; nothing where it is too big.
    async fn data(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let (mut data, mut over) = (Vec::new(), false);
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if matches!(line.as_slice(), b".\r\n" | b".\n") {
                return Ok((!over).then_some(data));
            }
            over = over || data.len() + line.len() > MESSAGE_BYTES_MAX;
            if !over {
                data.extend(line.strip_prefix(b".").unwrap_or(&line));
            }
        }
    }
}

fn between_brackets(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once('<')?;
    Some(rest.split_once('>')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_return_address_carries_a_mark_and_gives_it_back() {
        let address = ReturnAddress::parse("bounces@lianban.example").unwrap();
        let mark = "00112233445566778899aabbccddeeff";
        let full = address.of(mark);
        assert_eq!(full, format!("bounces+{mark}@lianban.example"));
        assert_eq!(address.mark(&full).as_deref(), Some(mark));
        assert_eq!(address.mark(&full.to_uppercase()).as_deref(), Some(mark));
        for other in [
            "bounces@lianban.example",
            "bounces+1@lianban.example",
            "other+00112233445566778899aabbccddeeff@lianban.example",
            "bounces+00112233445566778899aabbccddeeff@other.example",
            "bounces+00112233445566778899aabbccddeexx@lianban.example",
            "",
        ] {
            assert_eq!(address.mark(other), None, "{other}");
        }
        for none in
            ["", "bounces", "@x", "a b@x", "a@", "bounces+x@y", &format!("{}@x", "a".repeat(32))]
        {
            assert_eq!(ReturnAddress::parse(none), None, "{none}");
        }
    }
}
