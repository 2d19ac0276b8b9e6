//! `lianban serve`: the site on a port.

use crate::assemble::{self, Assembly, Setup};
use crate::case_files::Sweeper;
use crate::cli::{Where, complain, say};
use crate::operation::metrics;
use crate::{assets, demo, hold, login, mail, messages, services};
use anyhow::{Context as _, Result, bail};
use module::SystemClock;
use seals::{FolderKeys, Keys};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// What `lianban serve` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Where,
    /// Where it listens.
    #[arg(long, value_name = "ADDRESS", env = "LIANBAN_LISTEN", default_value = "127.0.0.1:8080")]
    listen: String,
    /// The address by which people reach the site, such as `https://portal.example`: links in mail, for signers and on
    /// licences are made from it; `http://` and where it listens if absent.
    #[arg(long, value_name = "URL", env = "LIANBAN_PUBLIC_URL", value_parser = public_url)]
    public_url: Option<String>,
    /// Where figures for Prometheus are served, at `/metrics`, such as `127.0.0.1:9464`; nowhere if absent.
    #[arg(long, value_name = "ADDRESS", env = "LIANBAN_METRICS")]
    metrics: Option<String>,
    /// Takes the address of a browser from `X-Forwarded-For`: only behind a proxy that sets it.
    #[arg(long)]
    behind_proxy: bool,
    /// Lets nobody register a login: people come by the identity provider, officers by the operator.
    #[arg(long)]
    no_sign_up: bool,
    /// Partner systems, as a JSON file: key, label, endpoint, keys, what they send and take.
    #[arg(long, value_name = "FILE", env = "LIANBAN_PARTNERS")]
    partners: Option<std::path::PathBuf>,
    /// Agreements with witnesses, as a JSON file: whose logs this installation witnesses, and who witnesses its own.
    #[arg(long, value_name = "FILE", env = "LIANBAN_WITNESSES")]
    witnesses: Option<std::path::PathBuf>,
    /// Time-stamp authorities (RFC 3161), as a JSON file: key, url, roots. Each checkpoint of the log goes to all of them.
    #[arg(long, value_name = "FILE", env = "LIANBAN_AUTHORITIES")]
    authorities: Option<std::path::PathBuf>,
    #[command(flatten)]
    mail: mail::MailArgs,
    #[command(flatten)]
    messages: messages::MessageArgs,
    #[command(flatten)]
    login: login::LoginArgs,
    #[command(flatten)]
    services: services::ServiceArgs,
    /// Fills an empty data folder with sample organs, people and cases, and shows their logins on the sign-in page. A bank
    /// answers over the exchange as a partner, unless `--partners` names others; a payment gateway, a face service, time-stamp
    /// authorities and the case system of customs are played, unless their options name others.
    #[arg(long)]
    demo: bool,
}

/// Runs it until it is told to stop.
pub(crate) async fn run(args: Args) -> Result<ExitCode> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    if !assets::are_there() {
        bail!("style, script and fonts are missing: run `cargo xtask web`, then build again");
    }
    let (mail, login) = (args.mail.settings()?, args.login.settings()?);
    let messages = args.messages.settings()?;
    let listener = tokio::net::TcpListener::bind(&args.listen)
        .await
        .with_context(|| format!("listening on {}", args.listen))?;
    let address = listener.local_addr()?;
    let public_url = args.public_url.unwrap_or_else(|| format!("http://{address}"));
    warn_of(&public_url, address);
    let place = Setup::at(&args.place)?;
    let _held = match place.database {
        None => Some(hold::hold(&place.data, &format!("serves {public_url}"))?),
        Some(_) => None,
    };
    let bank = match (args.demo, &args.partners) {
        (true, None) => Some(demo::Bank::new(&place.data, Arc::new(SystemClock)).await?),
        _ => None,
    };
    let mut services = args.services.settings()?;
    let stand_ins = match args.demo {
        true => Some(stand_ins(&place, &public_url, args.authorities.is_some()).await?),
        false => None,
    };
    if let Some(stand_ins) = &stand_ins {
        services = stand_ins.beside(services);
    }
    let played = stand_ins.as_ref().and_then(demo::StandIns::authorities);
    let setup = Setup {
        public_url: public_url.clone(),
        mail,
        messages,
        login,
        behind_proxy: args.behind_proxy,
        sign_up: !args.no_sign_up,
        partners: bank.as_ref().map(|bank| bank.file().to_owned()).or(args.partners),
        witnesses: args.witnesses,
        authorities: args.authorities.or_else(|| played.map(Path::to_owned)),
        services,
        demo: if args.demo { demo::logins() } else { Vec::new() },
        ..place
    };
    let several = setup.database.is_some();
    let mut assembly = assemble::assemble(&setup, Arc::new(SystemClock)).await?;
    if let Some(stand_ins) = &stand_ins {
        assembly.router = assembly.router.merge(stand_ins.pages());
        let granted = demo::fill(&assembly).await?;
        if let Some(bank) = bank {
            bank.trust(&setup, granted)?;
            // It serves until the process ends.
            let _served = bank.open();
        }
        demo::case_file(&assembly, stand_ins)?;
    }
    sweep(&setup, &assembly)?;
    if let Some(address) = &args.metrics {
        meter(address, &assembly, several).await?;
    }
    say(&format!("lianban serves {public_url}"));
    let service = assembly.router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(told_to_stop()).await?;
    complain("stopping: waiting commands are answered first");
    assembly.engine.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Says so where what people send would be read on the way.
fn warn_of(public_url: &str, address: SocketAddr) {
    if public_url.starts_with("http://") && !address.ip().is_loopback() {
        complain(&format!(
            "{public_url} is not encrypted, or is none that people can reach: say --public-url https://…"
        ));
    }
}

/// Sweeps the folder of message files, where there is one, until the process ends.
fn sweep(setup: &Setup, assembly: &Assembly) -> Result<()> {
    let keys = Arc::new(FolderKeys::open(setup.data.join("keys/signing"))?);
    let files = setup.services.files(&(keys as Arc<dyn Keys>), Arc::clone(&assembly.customs))?;
    if let Some(files) = files {
        let chores = assembly.beside.chores.clone();
        Sweeper::new(files, assembly.platform.clone(), chores).start();
    }
    Ok(())
}

/// The stand-ins of the demonstration, for services that the operator has not named.
async fn stand_ins(place: &Setup, site: &str, authorities: bool) -> Result<demo::StandIns> {
    let named = demo::Named { authorities };
    demo::StandIns::open(&place.data, site, named, Arc::new(SystemClock)).await
}

/// Serves figures beside the site, until the process ends.
async fn meter(address: &str, assembly: &Assembly, several: bool) -> Result<()> {
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .with_context(|| format!("listening on {address}"))?;
    let (platform, engine) = (assembly.platform.clone(), assembly.engine.clone());
    let (log, beside) = (assembly.log.clone(), assembly.beside.clone());
    let metered = metrics::Metered { platform, engine, several, beside, log };
    let router = metrics::router(metered);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "figures are no longer served");
        }
    });
    Ok(())
}

async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupt = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupt.await;
        }
    }
}

/// The address of a site: scheme and host, and a port where it is not the usual one.
fn public_url(text: &str) -> Result<String, String> {
    let shape =
        || "the address of the site is written https://host or https://host:port".to_owned();
    let whole = text.strip_suffix('/').unwrap_or(text);
    let uri: axum::http::Uri = whole.parse().map_err(|_shape| shape())?;
    let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
    let has_more = uri.query().is_some() || !matches!(uri.path(), "" | "/");
    let host = uri.host().unwrap_or_default();
    let names_user = uri.authority().is_some_and(|place| place.as_str().contains('@'));
    if is_web && !has_more && !host.is_empty() && !names_user {
        Ok(whole.to_owned())
    } else {
        Err(shape())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_site_has_no_path() {
        for (text, address) in [
            ("https://portal.example", Some("https://portal.example")),
            ("https://portal.example/", Some("https://portal.example")),
            ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("https://portal.example/gov", None),
            ("https://portal.example?x=1", None),
            ("https://user@portal.example", None),
            ("portal.example", None),
            ("ftp://portal.example", None),
            ("https://", None),
        ] {
            assert_eq!(public_url(text).ok().as_deref(), address, "{text}");
        }
    }
}
