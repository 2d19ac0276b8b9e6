//! The `lianban` binary: wiring, configuration, command line, home page. The only reader of the environment.

mod assemble;
mod assets;
mod backup;
mod bench;
mod board_watch;
mod cards;
mod case_files;
mod certificates;
mod check;
mod chores;
mod cli;
mod config;
mod demo;
mod errors;
mod evidence;
mod hold;
mod home;
mod journals;
mod keys;
mod login;
mod mail;
mod messages;
mod modules;
mod operation;
mod operator;
mod organs;
mod outside;
mod reforms;
mod schema;
mod secrets;
mod serve;
mod services;
mod shelf;
mod site;
mod stage;
mod stamps;
mod verify;
#[cfg(test)]
mod whole;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match cli::parse().and_then(cli::run) {
        Ok(code) => code,
        Err(error) => {
            cli::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
