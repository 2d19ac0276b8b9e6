//! How mail leaves the installation: the server, the login there, the sender.

use crate::secrets;
use anyhow::{Context as _, Result, bail};
use delivery::{Mail, MailError, Mailer, Taken};
use kernel::Waiting;
use mail_smtp::{ReturnAddress, ServerAddress, SmtpMailer, SmtpSettings};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The longest that handing one message over may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The variable of the environment that holds the password.
const PASSWORD: &str = "LIANBAN_MAIL_PASSWORD";

/// What `lianban serve` takes about mail.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Mail")]
pub(crate) struct MailArgs {
    /// The mail server: `smtps://user@host:465`, `smtp://user@host:587` (STARTTLS), or `smtp://host:25?tls=none` for a
    /// relay that asks for no login.
    #[arg(long, value_name = "URL", env = "LIANBAN_MAIL")]
    mail: Option<ServerAddress>,
    /// A file with the password of the login at the mail server; `LIANBAN_MAIL_PASSWORD` holds it if there is none.
    #[arg(long, value_name = "FILE", env = "LIANBAN_MAIL_PASSWORD_FILE", requires = "mail")]
    mail_password_file: Option<PathBuf>,
    /// The address of the sender; `no-reply@` and the mail server's host if absent.
    #[arg(long, value_name = "ADDRESS", env = "LIANBAN_MAIL_FROM", requires = "mail")]
    mail_from: Option<String>,
    /// The name of the sender.
    #[arg(
        long,
        value_name = "NAME",
        env = "LIANBAN_MAIL_NAME",
        default_value = "联办政务服务平台"
    )]
    mail_name: String,
    /// A PEM file of certificate authorities that are trusted beside the public ones.
    #[arg(long, value_name = "FILE", env = "LIANBAN_MAIL_ROOTS", requires = "mail")]
    mail_roots: Option<PathBuf>,
}

impl MailArgs {
    /// The settings that were given; none without a mail server.
    pub(crate) fn settings(&self) -> Result<Option<SmtpSettings>> {
        let Some(server) = &self.mail else { return Ok(None) };
        let password = secrets::find(self.mail_password_file.as_deref(), PASSWORD)?;
        let login = match (&server.user, password) {
            (Some(user), Some(password)) => Some((user.clone(), password)),
            (None, None) => None,
            (Some(user), None) => {
                bail!(
                    "no password for `{user}` at the mail server: --mail-password-file or {PASSWORD}"
                )
            }
            (None, Some(_)) => {
                bail!("a password without a login at the mail server: write smtps://user@host")
            }
        };
        let read = |file: &PathBuf| {
            fs::read(file).with_context(|| format!("reading the roots in {}", file.display()))
        };
        let from_address =
            self.mail_from.clone().unwrap_or_else(|| format!("no-reply@{}", server.host));
        Ok(Some(SmtpSettings {
            host: server.host.clone(),
            port: server.port,
            security: server.security,
            login,
            from_name: self.mail_name.clone(),
            from_address,
            timeout: TIMEOUT,
            roots_pem: self.mail_roots.as_ref().map(read).transpose()?,
        }))
    }
}

/// Who hands mail over, under these settings.
pub(crate) fn mailer(
    settings: Option<&SmtpSettings>,
    returns: Option<&(ReturnAddress, String)>,
) -> Result<Arc<dyn Mailer>> {
    match settings {
        Some(settings) => {
            let mailer = SmtpMailer::new(settings.clone())?;
            Ok(Arc::new(match returns {
                Some((address, _listen)) => mailer.returning_to(address.clone()),
                None => mailer,
            }))
        }
        None => Ok(Arc::new(NoMail)),
    }
}

/// No mail server is configured: mail gives way to the next channel.
struct NoMail;

impl Mailer for NoMail {
    fn send(&self, _mail: Mail) -> Waiting<'_, Result<Taken, MailError>> {
        let why = "no mail server is configured".to_owned();
        Box::pin(std::future::ready(Err(MailError::Never(why))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use mail_smtp::Security;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        mail: MailArgs,
    }

    fn settings(words: &[&str]) -> Result<Option<SmtpSettings>> {
        let words = std::iter::once("serve").chain(words.iter().copied());
        Line::try_parse_from(words)?.mail.settings()
    }

    #[test]
    fn a_login_has_its_password_from_a_file() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("password");
        fs::write(&file, "geheim\n").unwrap();
        let file = file.to_str().unwrap();
        let words = ["--mail", "smtp://notice@mail.example", "--mail-password-file", file];
        let found = settings(&words).unwrap().unwrap();
        assert_eq!((found.host.as_str(), found.port), ("mail.example", 587));
        assert_eq!(found.security, Security::StartTls);
        assert_eq!(found.login, Some(("notice".to_owned(), "geheim".to_owned())));
        assert_eq!(found.from_address, "no-reply@mail.example");
        assert!(!format!("{found:?}").contains("geheim"));
    }

    #[test]
    fn half_a_login_and_a_password_on_the_command_line_are_refused() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("password");
        fs::write(&file, "geheim\n").unwrap();
        let file = file.to_str().unwrap();
        for (words, told) in [
            (&["--mail", "smtps://notice@mail.example"][..], "no password for `notice`"),
            (
                &["--mail", "smtps://mail.example", "--mail-password-file", file],
                "a password without a login",
            ),
            (&["--mail", "smtps://notice:geheim@mail.example"], "does not belong in its address"),
            (&["--mail-password-file", file], "required"),
        ] {
            let error = format!("{:#}", settings(words).unwrap_err());
            assert!(error.contains(told), "{words:?}: {error}");
        }
        assert!(settings(&[]).unwrap().is_none());
    }
}
