//! Writes the static table of all data files of the reform folders.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Folders that hold code: this crate, and the two crates that a reform may have.
const CODE: [&str; 3] = ["builtin", "engine", "module"];

fn main() -> io::Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let reforms = here.parent().ok_or_else(|| io::Error::other("the crate lies in no folder"))?;
    let mut files = Vec::new();
    for folder in entries(reforms)? {
        if folder.is_dir() {
            walk(&folder, &mut files)?;
        }
    }
    let mut table = Vec::new();
    for file in files {
        table.push((relative(&file, reforms)?, file));
    }
    table.sort();
    let mut text = String::from("&[\n");
    for (name, file) in &table {
        writeln!(text, "    ({name:?}, include_bytes!({:?})),", file.display().to_string())
            .map_err(io::Error::other)?;
    }
    text.push_str("]\n");
    let out =
        std::env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo names no OUT_DIR"))?;
    fs::write(PathBuf::from(out).join("files.rs"), text)?;
    announce(reforms);
    Ok(())
}

/// Cargo scans the whole folder, so new, changed and deleted files all bring a new table.
fn announce(reforms: &Path) {
    println!("cargo::rerun-if-changed={}", reforms.display());
}

/// The data files below a folder; hidden files and folders of code are left out.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in entries(folder)? {
        if entry.is_dir() {
            walk(&entry, files)?;
        } else {
            files.push(entry);
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let code = entry.file_type()?.is_dir() && CODE.contains(&&*name);
        if !name.starts_with('.') && !code {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// The path below the reforms' folder, with `/` on every system.
fn relative(file: &Path, reforms: &Path) -> io::Result<String> {
    let below = file.strip_prefix(reforms).map_err(io::Error::other)?;
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    Ok(parts.join("/"))
}
