//! The invariants of the repository, as tests: floors, heads, sizes, words, codes and their pages.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The longest file, tests in it included; `tidy.toml` may name longer ones with the reason.
const LINES_MAX: usize = 900;

/// Words that have a better one, each with it; they do not stand in Rust, YAML or templates.
const BANNED: [(&str, &str); 4] =
    [("FIXME", "mend it"), ("TODO", "an issue"), ("dossier", "case"), ("ticketing", "case")];

fn files(endings: &[&str]) -> Vec<PathBuf> {
    let out = std::process::Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(crate::root())
        .output()
        .unwrap();
    String::from_utf8(out.stdout)
        .unwrap()
        .lines()
        .filter(|name| endings.iter().any(|ending| name.ends_with(ending)))
        .map(|name| crate::root().join(name))
        .filter(|path| path.is_file())
        .collect()
}

fn name_of(path: &Path) -> String {
    path.strip_prefix(crate::root()).unwrap_or(path).display().to_string()
}

fn expect_none(faults: &[String], rule: &str) {
    assert!(faults.is_empty(), "{rule}:\n{}", faults.join("\n"));
}

#[test]
fn floors_are_one_way() {
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(crate::root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .unwrap();
    let floors: BTreeMap<String, i64> = metadata
        .workspace_packages()
        .iter()
        .map(|package| {
            let floor = package.metadata["lianban"]["floor"].as_i64();
            (
                package.name.to_string(),
                floor.unwrap_or_else(|| panic!("{} has no floor", package.name)),
            )
        })
        .collect();
    let mut faults = Vec::new();
    for package in metadata.workspace_packages() {
        let own = floors[package.name.as_str()];
        for edge in &package.dependencies {
            if edge.kind == cargo_metadata::DependencyKind::Development {
                continue;
            }
            if let Some(floor) = floors.get(edge.name.as_str())
                && *floor >= own
            {
                faults.push(format!(
                    "{} (floor {own}) uses {} (floor {floor})",
                    package.name, edge.name
                ));
            }
        }
    }
    expect_none(&faults, "an edge goes strictly down; see ARCHITECTURE.md for what to do instead");
}

#[test]
fn members_take_lints_and_versions_from_the_workspace() {
    let mut faults = Vec::new();
    for path in files(&["Cargo.toml"]) {
        let text = fs::read_to_string(&path).unwrap();
        let table: toml::Table = text.parse().unwrap();
        if table.contains_key("workspace") {
            continue;
        }
        if table.get("lints").and_then(|l| l.get("workspace")).and_then(toml::Value::as_bool)
            != Some(true)
        {
            faults.push(format!("{}: lints.workspace = true is missing", name_of(&path)));
        }
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(section) = table.get(section).and_then(toml::Value::as_table) else {
                continue;
            };
            for (name, value) in section {
                if value.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
                    faults.push(format!("{}: `{name}` has a version of its own", name_of(&path)));
                }
            }
        }
    }
    expect_none(&faults, "members inherit from the workspace");
}

#[test]
fn files_have_a_head_and_a_bounded_size() {
    let exceptions = fs::read_to_string(crate::root().join("tidy.toml")).unwrap_or_default();
    let exceptions: toml::Table = exceptions.parse().unwrap();
    let long = exceptions.get("long").and_then(toml::Value::as_table).cloned().unwrap_or_default();
    let mut faults = Vec::new();
    for path in files(&[".rs"]) {
        let text = fs::read_to_string(&path).unwrap();
        let name = name_of(&path);
        if !text.starts_with("//!") {
            faults.push(format!("{name}: does not begin with a `//!` line"));
        }
        if text.lines().count() > LINES_MAX && !long.contains_key(&name) {
            faults.push(format!("{name}: longer than {LINES_MAX} lines"));
        }
        if name.ends_with("/mod.rs") {
            faults.push(format!("{name}: write `x.rs` beside `x/`"));
        }
        for (at, line) in text.lines().enumerate() {
            if line.contains('\t') || line.ends_with(' ') {
                faults.push(format!("{name}:{}: tab or trailing space", at + 1));
            }
        }
    }
    expect_none(&faults, "file heads and sizes");
}

#[test]
fn banned_words_do_not_stand() {
    let mut faults = Vec::new();
    for path in files(&[".rs", ".yaml", ".typ", ".ts", ".css"]) {
        let name = name_of(&path);
        if name == "xtask/src/tidy.rs" {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for (at, line) in text.lines().enumerate() {
            for (word, better) in BANNED {
                if line.contains(word) {
                    faults.push(format!("{name}:{}: `{word}`; write {better}", at + 1));
                }
            }
        }
    }
    expect_none(&faults, "words");
}

#[test]
fn nothing_names_this_machine() {
    let root = crate::root().canonicalize().unwrap();
    let needle = format!("{}/", root.display());
    let faults: Vec<String> =
        files(&[".rs", ".yaml", ".toml", ".md", ".ts", ".json", ".lock", ".typ"])
            .into_iter()
            .filter(|path| fs::read_to_string(path).is_ok_and(|text| text.contains(&needle)))
            .map(|path| name_of(&path))
            .collect();
    expect_none(&faults, "paths of this machine");
}

/// The codes that the sources make, such as `CASE-0007`.
fn codes_in_sources() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in files(&[".rs"]) {
        let name = name_of(&path);
        if name.contains("/tests/") || name.contains("xtask/") || name.contains("engine/src/sim/") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for rest in text.split("Code::new(\"").skip(1) {
            let Some((prefix, after)) = rest.split_once("\", ") else { continue };
            let number: String = after.chars().take_while(char::is_ascii_digit).collect();
            if let Ok(number) = number.parse::<u16>() {
                found.insert(format!("{prefix}-{number:04}"));
            }
        }
    }
    found
}

#[test]
fn every_code_has_a_page_in_both_languages() {
    let mut faults = Vec::new();
    for code in codes_in_sources() {
        let page = crate::root().join(format!("docs/errors/{code}.md"));
        match fs::read_to_string(&page) {
            Ok(text) => {
                let chinese = text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
                let english = text
                    .split_whitespace()
                    .filter(|w| w.chars().all(|c| c.is_ascii_alphabetic()))
                    .count()
                    > 5;
                if !chinese || !english {
                    faults.push(format!("{code}: its page is not in both languages"));
                }
            }
            Err(_) => faults.push(format!("{code}: docs/errors/{code}.md is missing")),
        }
    }
    expect_none(&faults, "codes and pages");
}

#[test]
fn lock_files_name_no_host() {
    let mut faults = Vec::new();
    for path in files(&["package-lock.json", ".npmrc"]) {
        let text = fs::read_to_string(&path).unwrap();
        if text.contains("\"resolved\": \"http") {
            faults.push(name_of(&path));
        }
    }
    expect_none(&faults, "lock files without hosts");
}
