//! `lianban serve`: the site on a port.

use crate::assemble::{self, Setup};
use crate::cli::{Where, complain, say};
use crate::{assets, demo};
use anyhow::{Context as _, Result, bail};
use module::SystemClock;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

/// What `lianban serve` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Where,
    /// Where it listens.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
    /// The address of the site as browsers see it; `http://` and where it listens if absent.
    #[arg(long)]
    public_url: Option<String>,
    /// A mail server, as `smtp://host:port`.
    #[arg(long)]
    mail: Option<String>,
    /// Partner systems, as a JSON file: key, label, endpoint, keys, what they send and take.
    #[arg(long)]
    partners: Option<std::path::PathBuf>,
    /// Fills an empty data folder with sample organs, people and cases, and shows their logins on the sign-in page.
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
    let listener = tokio::net::TcpListener::bind(&args.listen)
        .await
        .with_context(|| format!("listening on {}", args.listen))?;
    let address = listener.local_addr()?;
    let public_url = args.public_url.unwrap_or_else(|| format!("http://{address}"));
    let setup = Setup {
        data: args.place.data,
        database: args.place.database,
        reforms: args.place.reforms,
        public_url: public_url.clone(),
        mail: args.mail,
        partners: args.partners,
        demo: if args.demo { demo::logins() } else { Vec::new() },
    };
    let assembly = assemble::assemble(&setup, Arc::new(SystemClock)).await?;
    if args.demo {
        demo::fill(&assembly).await?;
    }
    say(&format!("lianban serves {public_url}"));
    let service = assembly.router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(told_to_stop()).await?;
    complain("stopping: waiting commands are answered first");
    assembly.engine.stop().await;
    Ok(ExitCode::SUCCESS)
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
