//! Embeds `web/dist`, which `cargo xtask web` makes, as one static table, an empty one if it is not there; and the texts of
//! `docs/errors` as another.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[expect(
    clippy::disallowed_methods,
    reason = "a build script is told where to write by the environment"
)]
fn main() {
    let home = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default());
    let dist = home.join("../web/dist");
    println!("cargo::rerun-if-changed=../web/dist");
    let mut files = Vec::new();
    walk(&dist, &mut files);
    files.sort();
    let mut table = String::from(
        "/// Path below `web/dist`, and content.\npub(crate) static FILES: &[(&str, &[u8])] = &[\n",
    );
    for file in &files {
        let name = file.strip_prefix(&dist).unwrap_or(file).display().to_string();
        let path = file.canonicalize().unwrap_or_else(|_| file.clone());
        let _ =
            writeln!(table, "    ({name:?}, include_bytes!({:?})),", path.display().to_string());
    }
    table.push_str("];\n");
    let out = PathBuf::from(env::var("OUT_DIR").unwrap_or_default()).join("dist.rs");
    errors(&home.join("../docs/errors"), &out.with_file_name("errors.rs"));
    // TARGET/PROFILE/build/PACKAGE/out: the profile's name stands nowhere else.
    let profile = out.ancestors().nth(4).and_then(Path::file_name).unwrap_or_default();
    println!("cargo::rustc-env=LIANBAN_PROFILE={}", profile.display());
    if let Err(error) = fs::write(&out, table) {
        println!("cargo::error=writing {}: {error}", out.display());
    }
}

/// Codes in order, each with its text.
fn errors(folder: &Path, out: &Path) {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    walk(folder, &mut files);
    files.retain(|file| {
        file.extension().is_some_and(|kind| kind == "md") && !file.ends_with("README.md")
    });
    files.sort_by_key(|file| file.file_stem().map(std::ffi::OsStr::to_owned));
    let mut table = String::from(
        "/// The code, and what `docs/errors` says of it.\npub(crate) static ERRORS: &[(&str, &str)] = &[\n",
    );
    for file in &files {
        let code = file.file_stem().unwrap_or_default().display().to_string();
        let path = file.canonicalize().unwrap_or_else(|_| file.clone()).display().to_string();
        let _ = writeln!(table, "    ({code:?}, include_str!({path:?})),");
    }
    table.push_str("];\n");
    if let Err(error) = fs::write(out, table) {
        println!("cargo::error=writing {}: {error}", out.display());
    }
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}
