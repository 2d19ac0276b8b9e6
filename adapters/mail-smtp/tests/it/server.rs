//! A small SMTP server (RFC 5321) that behaves as a test tells it.

use rcgen::{CertifiedKey, generate_simple_self_signed};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// How the server protects its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protection {
    None,
    StartTls,
    Implicit,
}

/// How the server behaves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conduct {
    pub(crate) greeting: &'static str,
    pub(crate) auth: &'static str,
    pub(crate) rcpt: &'static str,
    pub(crate) data: &'static str,
    pub(crate) silent: bool,
    pub(crate) protection: Protection,
}

impl Default for Conduct {
    fn default() -> Self {
        Self {
            greeting: "220 localhost ESMTP",
            auth: "235 2.7.0 accepted",
            rcpt: "250 2.1.5 Ok",
            data: "",
            silent: false,
            protection: Protection::None,
        }
    }
}

impl Conduct {
    /// The last word of the answer that is out of the ordinary.
    pub(crate) fn words(&self) -> &'static str {
        let odd = [self.greeting, self.rcpt, self.data]
            .into_iter()
            .find(|answer| answer.starts_with(['4', '5']));
        odd.and_then(|answer| answer.split_whitespace().last()).expect("one is out of the ordinary")
    }
}

/// A message that the server took.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) data: String,
    pub(crate) over_tls: bool,
}

/// A running server.
pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) root_pem: Option<String>,
    mails: Arc<Mutex<Vec<Received>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) async fn start(conduct: Conduct) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let mails = Arc::new(Mutex::new(Vec::new()));
        let (acceptor, root_pem) = if conduct.protection == Protection::None {
            (None, None)
        } else {
            let (acceptor, pem) = certificate();
            (Some(acceptor), Some(pem))
        };
        let kept = Arc::clone(&mails);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, conduct, acceptor.clone(), Arc::clone(&kept)));
            }
        });
        Self { port, root_pem, mails, task }
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.mails.lock().expect("whole").clone()
    }

    /// Closes the port.
    pub(crate) async fn stop(mut self) {
        self.task.abort();
        let ended = (&mut self.task).await;
        assert!(ended.is_err_and(|end| end.is_cancelled()));
    }
}

fn certificate() -> (TlsAcceptor, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let key =
        rustls::pki_types::PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .expect("they fit");
    (TlsAcceptor::from(Arc::new(config)), cert.pem())
}

async fn serve(
    stream: TcpStream,
    conduct: Conduct,
    acceptor: Option<TlsAcceptor>,
    mails: Arc<Mutex<Vec<Received>>>,
) {
    if conduct.silent {
        // The connection stands and nothing is ever said.
        std::future::pending::<()>().await;
    }
    match (conduct.protection, acceptor) {
        (Protection::Implicit, Some(acceptor)) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                let _ended = talk(stream, conduct, true, true, &mails).await;
            }
        }
        (Protection::StartTls, Some(acceptor)) => {
            if let Ok(Some(stream)) = talk(stream, conduct, true, false, &mails).await
                && let Ok(stream) = acceptor.accept(stream).await
            {
                let _ended = talk(stream, conduct, false, true, &mails).await;
            }
        }
        _ => {
            let _ended = talk(stream, conduct, true, false, &mails).await;
        }
    }
}

/// One conversation; gives the stream back where the client asked for TLS.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    conduct: Conduct,
    greet: bool,
    over_tls: bool,
    mails: &Mutex<Vec<Received>>,
) -> std::io::Result<Option<S>> {
    let mut stream = BufReader::new(stream);
    if greet {
        say(&mut stream, conduct.greeting).await?;
    }
    let (mut from, mut to) = (String::new(), String::new());
    loop {
        let Some(line) = line(&mut stream).await? else { return Ok(None) };
        let verb = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        let reply = match verb.as_str() {
            "EHLO" if conduct.protection == Protection::StartTls && !over_tls => {
                "250-localhost\r\n250 STARTTLS".to_owned()
            }
            "EHLO" => "250-localhost\r\n250 AUTH PLAIN LOGIN".to_owned(),
            "STARTTLS" => {
                say(&mut stream, "220 2.0.0 go ahead").await?;
                return Ok(Some(stream.into_inner()));
            }
            "AUTH" => conduct.auth.to_owned(),
            "MAIL" => {
                from = address(&line);
                "250 2.1.0 Ok".to_owned()
            }
            "RCPT" => {
                to = address(&line);
                conduct.rcpt.to_owned()
            }
            "DATA" => {
                say(&mut stream, "354 go on").await?;
                let data = data(&mut stream).await?;
                if conduct.data.is_empty() {
                    let mut mails = mails.lock().expect("whole");
                    mails.push(Received { from: from.clone(), to: to.clone(), data, over_tls });
                    format!("250 2.0.0 Ok: queued as {}", mails.len())
                } else {
                    conduct.data.to_owned()
                }
            }
            "QUIT" => {
                say(&mut stream, "221 2.0.0 bye").await?;
                return Ok(None);
            }
            "RSET" | "NOOP" => "250 2.0.0 Ok".to_owned(),
            _ => "502 5.5.2 not known".to_owned(),
        };
        say(&mut stream, &reply).await?;
    }
}

async fn say<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    text: &str,
) -> std::io::Result<()> {
    stream.write_all(format!("{text}\r\n").as_bytes()).await?;
    stream.flush().await
}

async fn line<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> std::io::Result<Option<String>> {
    let mut line = String::new();
    Ok((stream.read_line(&mut line).await? > 0).then_some(line))
}

/// The data up to the lone dot, dots unstuffed (RFC 5321, 4.5.2).
async fn data<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> std::io::Result<String> {
    let mut data = String::new();
    while let Some(line) = line(stream).await? {
        if line == ".\r\n" {
            break;
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
    Ok(data)
}

fn address(line: &str) -> String {
    line.split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or_else(String::new, |(a, _)| a.to_owned())
}
