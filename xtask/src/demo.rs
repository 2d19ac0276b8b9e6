//! `cargo xtask demo`: builds everything and serves the platform with sample organs, people and cases.

use crate::{shell, web};
use anyhow::Result;
use std::process::Command;

/// What `cargo xtask demo` takes.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Args {
    /// Where it listens.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub(crate) listen: String,
    /// The data folder; a new one in `target/demo-data` if none is named.
    #[arg(long)]
    pub(crate) data: Option<std::path::PathBuf>,
    /// Builds only.
    #[arg(long)]
    pub(crate) build_only: bool,
}

/// Runs it.
pub(crate) fn run(args: &Args) -> Result<()> {
    web::run(&web::Args::default())?;
    println!("building; the first time takes up to twelve minutes on two cores");
    shell::cargo(&["build", "--profile", "demo", "--package", "lianban", "--locked"], &[])?;
    if args.build_only {
        return Ok(());
    }
    let data = args.data.clone().unwrap_or_else(|| crate::root().join("target/demo-data"));
    shell::run(
        Command::new(crate::root().join("target/demo/lianban"))
            .args(["serve", "--demo", "--listen", &args.listen, "--data"])
            .arg(data),
    )
}
