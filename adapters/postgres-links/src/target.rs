//! Where connections go, and how they are protected.
//!
//! ```text
//! postgres://lianban@127.0.0.1/lianban                                          as it is, for a server on this machine
//! postgres://lianban@db.example/lianban?sslmode=verify-full                     TLS, checked against public authorities
//! postgres://lianban@db.example/lianban?sslmode=verify-full&sslrootcert=ca.pem  TLS, checked against one's own
//! ```

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres::{Client, Config, Connection, Error, Socket};

/// How long a server may take to accept a connection, unless the address says otherwise.
const PATIENCE: Duration = Duration::from_secs(5);

/// An address that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// It cannot be read.
    #[error("the address of the database cannot be read")]
    Address(#[source] Error),
    /// It asks for TLS in a way that protects nobody, or in one that is not known.
    #[error(
        "`sslmode={0}` is not taken: write `verify-full`, or `disable` for a server on this machine"
    )]
    Mode(String),
    /// The authorities cannot be read.
    #[error("the certificates in `{path}` cannot be read: {why}")]
    Roots {
        /// The file.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// TLS cannot be set up on this machine.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
}

/// A server, the database in it, and the way there.
#[derive(Clone, Debug)]
pub struct Target {
    config: Config,
    tls: Tls,
}

impl Target {
    /// The server of an address, with settings that hold for each of its connections, as `name=value`; a space is written
    /// `\ `.
    ///
    /// Where TLS is asked for, the certificate is always checked, and its name as well: `require` means no less.
    ///
    /// # Errors
    /// [`TargetError`]
    pub fn parse(url: &str, settings: &[&str]) -> Result<Self, TargetError> {
        let (address, asked) = Asked::of(url);
        let mut config: Config = address.parse().map_err(TargetError::Address)?;
        let own = config.get_options().map(ToOwned::to_owned);
        let settings = settings.iter().map(|setting| format!("-c {setting}"));
        config.options(own.into_iter().chain(settings).collect::<Vec<_>>().join(" "));
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        config.ssl_mode(match asked.mode.as_deref() {
            None | Some("disable") => SslMode::Disable,
            Some("require" | "verify-ca" | "verify-full") => SslMode::Require,
            Some(other) => return Err(TargetError::Mode(other.to_owned())),
        });
        Ok(Self { config, tls: Tls::trusting(asked.roots.as_deref())? })
    }

    /// What the address says, without the way there.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// The server cannot be reached, turns the connection away, or is not who it should be.
    pub async fn connect(&self) -> Result<(Client, Connection<Socket, Protected<Socket>>), Error> {
        self.config.connect(self.tls.clone()).await
    }
}

/// What an address says about TLS; the library knows other words for it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    mode: Option<String>,
    roots: Option<String>,
}

impl Asked {
    /// Takes it out of an address.
    fn of(url: &str) -> (String, Self) {
        let mut asked = Self::default();
        let Some((address, query)) = url.split_once('?') else { return (url.to_owned(), asked) };
        let mut rest = Vec::new();
        for pair in query.split('&') {
            match pair.split_once('=') {
                Some(("sslmode", mode)) => asked.mode = Some(mode.to_owned()),
                Some(("sslrootcert", file)) => asked.roots = Some(file.to_owned()),
                _ => rest.push(pair),
            }
        }
        let query = rest.join("&");
        let address =
            if query.is_empty() { address.to_owned() } else { format!("{address}?{query}") };
        (address, asked)
    }
}

/// Makes the protected streams of a target.
#[derive(Clone, Debug)]
struct Tls {
    config: Arc<ClientConfig>,
}

impl Tls {
    /// Trusts the certificates of a file alone, or the public authorities without one.
    fn trusting(roots: Option<&str>) -> Result<Self, TargetError> {
        let mut store = RootCertStore::empty();
        match roots {
            None => store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Some(path) => {
                let wrong = |why: String| TargetError::Roots { path: path.to_owned(), why };
                let found =
                    CertificateDer::pem_file_iter(path).map_err(|e| wrong(e.to_string()))?;
                for certificate in found {
                    let certificate = certificate.map_err(|e| wrong(e.to_string()))?;
                    store.add(certificate).map_err(|e| wrong(e.to_string()))?;
                }
                if store.is_empty() {
                    return Err(wrong("there is none in it".to_owned()));
                }
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(store)
            .with_no_client_auth();
        Ok(Self { config: Arc::new(config) })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> MakeTlsConnect<S> for Tls {
    type Stream = Protected<S>;
    type TlsConnect = Handshake;
    type Error = io::Error;

    fn make_tls_connect(&mut self, domain: &str) -> Result<Handshake, io::Error> {
        let name = ServerName::try_from(domain.to_owned()).map_err(io::Error::other)?;
        Ok(Handshake { config: Arc::clone(&self.config), name })
    }
}

/// One handshake that is to be done.
#[derive(Debug)]
struct Handshake {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> TlsConnect<S> for Handshake {
    type Stream = Protected<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Protected<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move {
            let connector = tokio_rustls::TlsConnector::from(self.config);
            connector.connect(self.name, stream).await.map(|inner| Protected { inner })
        })
    }
}

/// A stream that nobody on the way reads or changes.
#[derive(Debug)]
pub struct Protected<S> {
    inner: tokio_rustls::client::TlsStream<S>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Protected<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Protected<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Protected<S> {
    /// The certificate is checked against authorities, so that the password need not be bound to it as well.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_says_of_tls_is_taken_out_of_it() {
        for (url, address, mode, roots) in [
            ("postgres://db/x", "postgres://db/x", None, None),
            ("postgres://db/x?sslmode=verify-full", "postgres://db/x", Some("verify-full"), None),
            (
                "postgres://db/x?sslmode=require&application_name=y&sslrootcert=/etc/ca.pem",
                "postgres://db/x?application_name=y",
                Some("require"),
                Some("/etc/ca.pem"),
            ),
        ] {
            let asked = Asked { mode: mode.map(str::to_owned), roots: roots.map(str::to_owned) };
            assert_eq!(Asked::of(url), (address.to_owned(), asked), "{url}");
        }
    }

    #[test]
    fn tls_is_off_or_checked_and_nothing_in_between() {
        let mode = |url: &str| Target::parse(url, &[]).map(|target| target.config.get_ssl_mode());
        assert_eq!(mode("postgres://db/x").unwrap(), SslMode::Disable);
        assert_eq!(mode("postgres://db/x?sslmode=disable").unwrap(), SslMode::Disable);
        for asked in ["require", "verify-ca", "verify-full"] {
            let url = format!("postgres://db/x?sslmode={asked}");
            assert_eq!(mode(&url).unwrap(), SslMode::Require, "{asked}");
        }
        for asked in ["prefer", "allow", "", "maybe"] {
            let url = format!("postgres://db/x?sslmode={asked}");
            assert!(matches!(mode(&url), Err(TargetError::Mode(found)) if found == asked));
        }
        let lost = mode("postgres://db/x?sslmode=require&sslrootcert=/nowhere/ca.pem").unwrap_err();
        assert!(lost.to_string().contains("/nowhere/ca.pem"), "{lost}");
    }

    #[test]
    fn settings_of_every_connection_stand_beside_the_addresses_own() {
        let url = "postgres://db/x?options=-c%20work_mem%3D8MB";
        let target = Target::parse(url, &["synchronous_commit=on"]).unwrap();
        assert_eq!(target.config().get_options(), Some("-c work_mem=8MB -c synchronous_commit=on"));
        assert_eq!(target.config().get_connect_timeout(), Some(&PATIENCE));
    }
}
