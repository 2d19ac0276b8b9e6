//! The `lianban` binary: wiring, configuration, command line, home page. The only reader of the environment.

mod assemble;
mod assets;
mod bench;
mod cards;
mod check;
mod cli;
mod demo;
mod home;
mod journals;
mod modules;
mod organs;
mod outside;
mod reforms;
mod serve;
mod site;
mod stage;

use clap::Parser as _;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = cli::Args::parse();
    match cli::run(args) {
        Ok(code) => code,
        Err(error) => {
            cli::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
