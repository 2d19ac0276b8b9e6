//! `lianban verify FILE`: checks evidence and licences offline and answers claim by claim.
//!
//! ```text
//! exit 0   every claim holds
//! exit 1   at least one claim does not hold
//! exit 3   none fails, some cannot be decided with what is at hand: name what you trust with --trust
//! exit 4   the file cannot be read, or is nothing that can be verified
//! ```
//! (2 is for a command line that cannot be understood.)

mod print;
#[cfg(test)]
mod tests;

use crate::cli::{complain, say};
use anyhow::{Context as _, Result, bail};
use evidence::note::{Checkpoint, Note};
use evidence::stamp::StampReader;
use evidence::verify::{verify_checkpoint, verify_package, verify_proof, verify_stamp};
use evidence::{Overall, Profile, Trust};
use module::Clock as _;
use print::Told;
use seals::PublicKeySet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// The largest file that is read: 256 MiB.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// Checks a package, a licence, a checkpoint, a proof or a time-stamp, offline, claim by claim.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 every claim holds; 1 at least one does not; 3 none fails, some cannot be decided here; \
    4 the file is nothing that can be verified."
)]
pub(crate) struct Args {
    /// The file: an evidence package, a licence (JWS, SD-JWT, code, PDF), a checkpoint, a proof, a time-stamp.
    file: PathBuf,
    /// What you trust: keys, witnesses, roots, checkpoints. A platform publishes its own at /evidence/trust.json.
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// The content that a proof or a time-stamp is about: a leaf, a checkpoint, any file.
    #[arg(long, value_name = "FILE")]
    of: Option<PathBuf>,
    /// The log of a proof is hashed with SM3.
    #[arg(long)]
    sm3: bool,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// Checks a file and tells what was found.
pub(crate) fn run(args: &Args) -> ExitCode {
    match checked(args) {
        Ok(told) => {
            if args.json {
                say(&told.json);
            } else {
                use std::io::IsTerminal as _;
                print::print(&told, std::io::stdout().is_terminal());
            }
            match told.overall {
                Overall::AllHold => ExitCode::SUCCESS,
                Overall::SomeFail => ExitCode::from(1),
                Overall::Undecided => ExitCode::from(3),
            }
        }
        Err(error) => {
            complain(&format!("{error:#}"));
            ExitCode::from(4)
        }
    }
}

fn checked(args: &Args) -> Result<Told> {
    let bytes = read(&args.file)?;
    let now = module::SystemClock.now();
    let trust_text = args.trust.as_deref().map(read).transpose()?;
    let trust = match &trust_text {
        None => Trust::nobody(now),
        Some(text) => {
            let text = std::str::from_utf8(text).context("the file of trust is not UTF-8")?;
            Trust::read(text, now)?
        }
    };
    let of = args.of.as_deref().map(read).transpose()?;
    let profile = if args.sm3 { Profile::Sm3 } else { Profile::Sha256 };
    told(&bytes, &trust, of.as_deref(), profile)
}

/// Checks bytes as whatever they are.
fn told(bytes: &[u8], trust: &Trust, of: Option<&[u8]>, profile: Profile) -> Result<Told> {
    if evidence::package::archive::is_archive(bytes) {
        return Told::of(&verify_package(bytes, trust));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        if text.starts_with("c2sp.org/tlog-proof@v1\n") {
            return Told::of(&verify_proof(text, of, profile, trust));
        }
        let note = Note::read(bytes).and_then(|note| Checkpoint::read(&note.text));
        if note.is_ok() {
            return Told::of(&verify_checkpoint(bytes, trust));
        }
    }
    if bytes.first() == Some(&0x30) {
        return Told::of(&verify_stamp(bytes, of, trust));
    }
    licence(bytes, trust)
}

/// Whatever `licences` can check: a statement, a presentation, the text of a code, a sealed PDF.
fn licence(bytes: &[u8], trust: &Trust) -> Result<Told> {
    let by = licences::Trust {
        keys: trust.keys.clone().unwrap_or_else(|| PublicKeySet::new(Vec::new())),
        roots: trust.roots.clone(),
        lists: Vec::new(),
        stamps: (!trust.roots.is_empty()).then(|| {
            let reader = StampReader::new(trust.roots.clone(), Arc::new(module::SystemClock));
            licences::verify::Stamps(Arc::new(reader))
        }),
        at: trust.now,
    };
    match licences::verify_any(bytes, &by) {
        Ok(checked) => Told::of_licence(&checked),
        Err(error) => bail!(
            "this is no package, checkpoint, proof, time-stamp or licence that can be verified: {error}"
        ),
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let about = || format!("reading {}", path.display());
    let size = std::fs::metadata(path).with_context(about)?.len();
    if size > FILE_BYTES_MAX {
        bail!("{} is larger than anything that can be verified", path.display());
    }
    std::fs::read(path).with_context(about)
}
