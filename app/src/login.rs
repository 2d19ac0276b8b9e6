//! Sign-in at an identity provider: how it is reached, and how its claims are read.

use crate::secrets;
use anyhow::{Context as _, Result, bail};
use codes::Label;
use identity::Federated;
use login_oidc::{OidcLogin, OidcSettings};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// The variable of the environment that holds the client's secret.
const SECRET: &str = "LIANBAN_OIDC_SECRET";

/// What `lianban serve` takes about sign-in by OpenID Connect.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Sign-in by OpenID Connect")]
pub(crate) struct LoginArgs {
    /// The identity provider's issuer address, exactly as it names itself. It sends people back to
    /// `<public-url>/sign-in/back`.
    #[arg(long, value_name = "URL", env = "LIANBAN_OIDC_ISSUER", requires = "oidc_client_id")]
    oidc_issuer: Option<String>,
    /// The id under which the provider knows this installation.
    #[arg(long, value_name = "ID", env = "LIANBAN_OIDC_CLIENT_ID", requires = "oidc_issuer")]
    oidc_client_id: Option<String>,
    /// A file with the client's secret; `LIANBAN_OIDC_SECRET` holds it if there is none; without both the client is public.
    #[arg(long, value_name = "FILE", env = "LIANBAN_OIDC_SECRET_FILE", requires = "oidc_issuer")]
    oidc_secret_file: Option<PathBuf>,
    /// What the button on the sign-in page says, in Chinese.
    #[arg(long, value_name = "TEXT", env = "LIANBAN_OIDC_NAME", requires = "oidc_issuer")]
    oidc_name: Option<String>,
    /// What the button says in English.
    #[arg(long, value_name = "TEXT", env = "LIANBAN_OIDC_NAME_EN", requires = "oidc_issuer")]
    oidc_name_en: Option<String>,
    /// The scopes beside `openid` that bring name and document, with commas between them.
    #[arg(
        long,
        value_name = "SCOPES",
        env = "LIANBAN_OIDC_SCOPES",
        value_delimiter = ',',
        requires = "oidc_issuer"
    )]
    oidc_scopes: Vec<String>,
    /// Under which name the provider tells `name`, `id_type`, `id_number` or `mobile`, as `id_number=cert_no`, with commas
    /// between them.
    #[arg(
        long,
        value_name = "CLAIM=NAME",
        env = "LIANBAN_OIDC_CLAIMS",
        value_delimiter = ',',
        requires = "oidc_issuer"
    )]
    oidc_claims: Vec<String>,
    /// The values of `acr` that mean that the face was compared with the document, with commas between them.
    #[arg(
        long,
        value_name = "ACR",
        env = "LIANBAN_OIDC_FACE_ACR",
        value_delimiter = ',',
        requires = "oidc_issuer"
    )]
    oidc_face_acr: Vec<String>,
}

impl LoginArgs {
    /// The settings that were given; none without an identity provider.
    pub(crate) fn settings(&self) -> Result<Option<OidcSettings>> {
        let (Some(issuer), Some(client)) = (&self.oidc_issuer, &self.oidc_client_id) else {
            return Ok(None);
        };
        if !is_guarded(issuer) {
            bail!("the identity provider is reached by https, not by `{issuer}`");
        }
        let secret = secrets::find(self.oidc_secret_file.as_deref(), SECRET)?;
        let mut settings = OidcSettings::new(issuer, client, secret);
        if let Some(name) = &self.oidc_name {
            settings.name = Label::new(name, self.oidc_name_en.as_ref().unwrap_or(name));
        }
        if !self.oidc_scopes.is_empty() {
            settings.scopes.clone_from(&self.oidc_scopes);
        }
        if !self.oidc_face_acr.is_empty() {
            settings.face_acr.clone_from(&self.oidc_face_acr);
        }
        for pair in &self.oidc_claims {
            let (ours, theirs) = pair
                .split_once('=')
                .filter(|(_, theirs)| !theirs.is_empty())
                .with_context(|| format!("`{pair}` is not written CLAIM=NAME"))?;
            let claims = &mut settings.claims;
            let place = match ours {
                "name" => &mut claims.name,
                "id_type" => &mut claims.id_type,
                "id_number" => &mut claims.id_number,
                "mobile" => &mut claims.mobile,
                _ => bail!("`{ours}` is none of name, id_type, id_number, mobile"),
            };
            theirs.clone_into(place);
        }
        Ok(Some(settings))
    }
}

/// Whether what is said to an address cannot be read on the way: https, or a provider on this machine.
fn is_guarded(address: &str) -> bool {
    if address.starts_with("https://") {
        return true;
    }
    let Some(rest) = address.strip_prefix("http://") else { return false };
    let place = rest.split('/').next().unwrap_or_default();
    let host = match place.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next(),
        None => place.split(':').next(),
    };
    let host = host.unwrap_or_default();
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The sign-in under these settings; nothing is asked of the provider yet.
pub(crate) fn federated(settings: Option<&OidcSettings>) -> Result<Option<Arc<dyn Federated>>> {
    let Some(settings) = settings else { return Ok(None) };
    let login = OidcLogin::new(settings.clone()).context("preparing the identity provider")?;
    Ok(Some(Arc::new(login)))
}

#[cfg(test)]
mod walk;

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        login: LoginArgs,
    }

    fn settings(words: &[&str]) -> Result<Option<OidcSettings>> {
        let words = std::iter::once("serve").chain(words.iter().copied());
        Line::try_parse_from(words)?.login.settings()
    }

    const PROVIDER: [&str; 4] =
        ["--oidc-issuer", "https://id.example", "--oidc-client-id", "lianban"];

    #[test]
    fn a_provider_is_set_up_with_its_own_words() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("secret");
        std::fs::write(&file, "geheim\n").unwrap();
        let mut words = PROVIDER.to_vec();
        words.extend(["--oidc-secret-file", file.to_str().unwrap()]);
        words.extend(["--oidc-scopes", "profile,real_name", "--oidc-name", "粤省事"]);
        words.extend(["--oidc-claims", "id_number=cert_no,id_type=cert_type"]);
        let found = settings(&words).unwrap().unwrap();
        assert_eq!(found.issuer, "https://id.example");
        assert_eq!(found.client_secret.as_deref(), Some("geheim"));
        assert_eq!(found.scopes, ["profile", "real_name"]);
        assert_eq!((found.name.zh.as_str(), found.name.en.as_str()), ("粤省事", "粤省事"));
        assert_eq!(found.claims.id_number, "cert_no");
        assert_eq!(found.claims.id_type, "cert_type");
        assert_eq!(found.claims.name, "name");
        assert!(!format!("{found:?}").contains("geheim"));
        assert!(settings(&[]).unwrap().is_none());
    }

    #[test]
    fn half_a_provider_an_open_way_and_unknown_claims_are_refused() {
        let with = |more: &[&'static str]| [&PROVIDER[..], more].concat();
        for (words, told) in [
            (PROVIDER[..2].to_vec(), "required"),
            (PROVIDER[2..].to_vec(), "required"),
            (vec!["--oidc-issuer", "http://id.example", "--oidc-client-id", "x"], "by https"),
            (with(&["--oidc-claims", "id_number"]), "CLAIM=NAME"),
            (with(&["--oidc-claims", "shoe=size"]), "none of name"),
            (with(&["--oidc-secret-file", "/nowhere/secret"]), "reading the secret"),
        ] {
            let error = format!("{:#}", settings(&words).unwrap_err());
            assert!(error.contains(told), "{words:?}: {error}");
        }
    }

    #[test]
    fn a_provider_on_this_machine_needs_no_https() {
        for (address, guarded) in [
            ("https://id.example", true),
            ("http://localhost:8081/realms/x", true),
            ("http://127.0.0.1:8081", true),
            ("http://[::1]:8081", true),
            ("http://localhost.example", false),
            ("http://127.0.0.1.example", false),
            ("ftp://localhost", false),
        ] {
            assert_eq!(is_guarded(address), guarded, "{address}");
        }
    }
}
