//! How text messages leave the installation, and how reports and returned mail come in.

use crate::secrets;
use anyhow::{Context as _, Result, bail};
use delivery::{Intake, NoTexter, ReportSink, ReturnSink, Texter};
use mail_smtp::{ReturnAddress, Returns};
use module::{Clock, Platform};
use sms_http::{HttpSettings, HttpTexter, Secret};
use sms_smpp::{GatewayAddress, Link, SmppSettings};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The longest that handing one message over may take.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How often a link is asked whether it stands.
const ENQUIRE_EVERY: Duration = Duration::from_secs(30);
/// How long after a broken link the next one is tried.
const PAUSE: Duration = Duration::from_secs(5);
/// Submissions that wait for their answers at once.
const WINDOW: usize = 16;
/// The variable of the environment that holds the secret.
const SECRET: &str = "LIANBAN_SMS_SECRET";

/// What `lianban serve` takes about text messages and returned mail.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Messages")]
pub(crate) struct MessageArgs {
    /// The gateway of text messages: `https://sms.example` for one that speaks JSON and signs its reports, or
    /// `smpp://user@host:2775?from=10690000` for SMPP 3.4, inside a private network.
    #[arg(long, value_name = "URL", env = "LIANBAN_SMS")]
    sms: Option<String>,
    /// A file with the shared secret (`whsec_…`) or the SMPP password; `LIANBAN_SMS_SECRET` holds it if there is none.
    #[arg(long, value_name = "FILE", env = "LIANBAN_SMS_SECRET_FILE", requires = "sms")]
    sms_secret_file: Option<PathBuf>,
    /// A PEM file of certificate authorities that are trusted beside the public ones.
    #[arg(long, value_name = "FILE", env = "LIANBAN_SMS_ROOTS", requires = "sms")]
    sms_roots: Option<PathBuf>,
    /// Where mail comes back to, such as `bounces@portal.example`; each mail has a return address of its own made from it.
    #[arg(long, value_name = "ADDRESS", env = "LIANBAN_MAIL_RETURNS", requires = "mail_returns_listen", value_parser = return_address)]
    mail_returns: Option<ReturnAddress>,
    /// Where the small mail server listens that takes returned mail in, such as `0.0.0.0:2525`; the mail exchanger of the
    /// return address hands on to it.
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "LIANBAN_MAIL_RETURNS_LISTEN",
        requires = "mail_returns"
    )]
    mail_returns_listen: Option<String>,
    /// Looks every five minutes whether the board of announcements answers at `--public-url`, records that by day, and
    /// lengthens the terms of announcements by its outages. Only where this machine reaches the site as the public does.
    #[arg(long, env = "LIANBAN_WATCH_BOARD")]
    watch_board: bool,
}

fn return_address(text: &str) -> Result<ReturnAddress, String> {
    ReturnAddress::parse(text)
        .ok_or_else(|| "it is written `bounces@portal.example`, without a `+`".to_owned())
}

/// A gateway with its secret.
#[derive(Clone, Debug)]
pub(crate) enum Gateway {
    /// One that speaks JSON.
    Http { gateway: String, secret: Secret, roots_pem: Option<Vec<u8>> },
    /// One that speaks SMPP.
    Smpp { address: GatewayAddress, password: Password },
}

/// A password that no log shows.
#[derive(Clone)]
pub(crate) struct Password(String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What messages are sent and taken in by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Messages {
    /// The gateway of text messages.
    pub(crate) gateway: Option<Gateway>,
    /// Where mail comes back to, and where that is listened for.
    pub(crate) returns: Option<(ReturnAddress, String)>,
    /// Whether the board of announcements is watched.
    pub(crate) watch_board: bool,
}

impl MessageArgs {
    /// The settings that were given.
    pub(crate) fn settings(&self) -> Result<Messages> {
        let returns = self.mail_returns.clone().zip(self.mail_returns_listen.clone());
        let watch_board = self.watch_board;
        let Some(sms) = &self.sms else {
            return Ok(Messages { gateway: None, returns, watch_board });
        };
        let secret = secrets::find(self.sms_secret_file.as_deref(), SECRET)?;
        let Some(secret) = secret else {
            bail!("no secret for the gateway of text messages: --sms-secret-file or {SECRET}")
        };
        let gateway = if sms.starts_with("smpp://") {
            Gateway::Smpp { address: sms.parse()?, password: Password(secret) }
        } else {
            let read = |file: &PathBuf| {
                fs::read(file).with_context(|| format!("reading the roots in {}", file.display()))
            };
            let roots_pem = self.sms_roots.as_ref().map(read).transpose()?;
            Gateway::Http { gateway: sms.clone(), secret: Secret::parse(&secret)?, roots_pem }
        };
        Ok(Messages { gateway: Some(gateway), returns, watch_board })
    }
}

/// Who sends text messages, and the link that has to run beside it where there is one.
pub(crate) fn texter(
    gateway: Option<&Gateway>,
    clock: &Arc<dyn Clock>,
) -> Result<(Arc<dyn Texter>, Option<Link>)> {
    let clock = Arc::clone(clock);
    Ok(match gateway.cloned() {
        None => (Arc::new(NoTexter), None),
        Some(Gateway::Http { gateway, secret, roots_pem }) => {
            let settings = HttpSettings { gateway, secret, timeout: TIMEOUT, clock, roots_pem };
            (Arc::new(HttpTexter::new(settings)?), None)
        }
        Some(Gateway::Smpp { address, password }) => {
            let settings = SmppSettings {
                address,
                password: password.0,
                timeout: TIMEOUT,
                enquire_every: ENQUIRE_EVERY,
                pause: PAUSE,
                window: WINDOW,
                clock,
            };
            let (texter, link) = sms_smpp::connect(settings);
            (Arc::new(texter), Some(link))
        }
    })
}

/// Takes reports and returned mail in from now on, until the process ends.
pub(crate) async fn take_in(
    messages: &Messages,
    link: Option<Link>,
    platform: &Platform,
    vault: blobs::Vault,
) -> Result<()> {
    let intake = Arc::new(Intake::new(platform.clone(), vault));
    if let Some(link) = link {
        tokio::spawn(link.run(Arc::clone(&intake) as Arc<dyn ReportSink>));
    }
    if let Some((address, listen)) = &messages.returns {
        let listener = tokio::net::TcpListener::bind(listen)
            .await
            .with_context(|| format!("listening for returned mail on {listen}"))?;
        let returns = Returns::new(address.clone(), intake as Arc<dyn ReturnSink>);
        tokio::spawn(async move {
            if let Err(error) = returns.serve(listener).await {
                tracing::error!(%error, "returned mail is no longer taken in");
            }
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use module::SystemClock;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        messages: MessageArgs,
    }

    fn settings(words: &[&str]) -> Result<Messages> {
        let words = std::iter::once("serve").chain(words.iter().copied());
        Line::try_parse_from(words)?.messages.settings()
    }

    #[tokio::test]
    async fn a_gateway_of_either_kind_has_its_secret_from_a_file_and_shows_it_nowhere() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("secret");
        fs::write(&file, "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3\n").unwrap();
        let file = file.to_str().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        for (url, linked) in
            [("https://sms.example", false), ("smpp://gov@sms.example?from=10690000", true)]
        {
            let found = settings(&["--sms", url, "--sms-secret-file", file]).unwrap();
            assert!(!format!("{found:?}").contains("MDEy"), "{found:?}");
            let (_texter, link) = texter(found.gateway.as_ref(), &clock).unwrap();
            assert_eq!(link.is_some(), linked, "{url}");
        }
        let returns =
            ["--mail-returns", "bounces@portal.example", "--mail-returns-listen", "127.0.0.1:0"];
        assert!(settings(&returns).unwrap().returns.is_some());
        let none = settings(&[]).unwrap();
        assert!(none.gateway.is_none() && none.returns.is_none());
    }

    #[test]
    fn half_of_it_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("secret");
        fs::write(&file, "not such a secret\n").unwrap();
        let file = file.to_str().unwrap();
        for (words, told) in [
            (&["--sms", "https://sms.example"][..], "no secret for the gateway"),
            (&["--sms", "https://sms.example", "--sms-secret-file", file], "whsec_"),
            (&["--sms", "smpp://sms.example", "--sms-secret-file", file], "smpp://user@host"),
            (&["--sms-secret-file", file], "required"),
            (&["--mail-returns", "bounces@portal.example"], "required"),
            (&["--mail-returns", "a+b@x", "--mail-returns-listen", "x"], "without a `+`"),
        ] {
            let error = format!("{:#}", settings(words).unwrap_err());
            assert!(error.contains(told), "{words:?}: {error}");
        }
    }
}
