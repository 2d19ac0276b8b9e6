//! A second reader, written in Python by the format alone, gives the same verdicts.

use crate::packages::{now, two};
use crate::story::{Files, Platform, story};
use evidence::Report;
use evidence::package::{ConsistencyInput, InclusionInput};
use evidence::verify::verify_package;
use std::collections::BTreeMap;
use std::process::Command;

/// Ten ways to tamper with a package; the number picks the place.
fn tamper(way: usize, n: usize, files: &mut Files, platform: &Platform, other: &mut Files) {
    let event = format!("events/{}.json", n % 8);
    let proof = format!("proofs/{}.json", n % 8);
    match way {
        0 => files.get("docs/notice.pdf")[n] ^= 1,
        1 => files.replace(&event, "HG-5100-2024-0137", "HG-5100-2024-0138"),
        2 => {
            files.replace(&event, "\"seq\":", "\"seq\":1");
            files.sign_again(platform, |_manifest| ());
        }
        3 => {
            let gone = [event, proof];
            files.0.retain(|entry| !gone.contains(&entry.name));
            files.sign_again(platform, |manifest| {
                manifest.events.remove(n % 8);
                manifest.files.retain(|file| !gone.contains(&file.name));
            });
        }
        4 => {
            let mut read: InclusionInput = serde_json::from_slice(files.get(&proof)).unwrap();
            let last = read.path.len() - 1;
            read.path[n % (last + 1)][n % 32] ^= 1;
            *files.get(&proof) = seals::canonical_json(&read).unwrap();
            files.sign_again(platform, |_manifest| ());
        }
        5 => {
            // The signature of another checkpoint.
            let note = String::from_utf8(other.get("checkpoint.txt").clone()).unwrap();
            let line = note.split("\n\n").nth(1).unwrap().to_owned();
            let own = String::from_utf8(files.get("checkpoint.txt").clone()).unwrap();
            let body = own.split("\n\n").next().unwrap();
            *files.get("checkpoint.txt") = format!("{body}\n\n{line}").into_bytes();
            files.sign_again(platform, |_manifest| ());
        }
        6 => {
            let stamp = files.manifest().stamps[n % 4].file.clone();
            let theirs = other.manifest().stamps[n % 4].file.clone();
            *files.get(&stamp) = other.get(&theirs).clone();
            files.sign_again(platform, |_manifest| ());
        }
        7 => {
            files.replace("openings/0.json", "138001", "138002");
            files.sign_again(platform, |_manifest| ());
        }
        8 => {
            let name = files.manifest().consistency[0].file.clone();
            let mut link: ConsistencyInput = serde_json::from_slice(files.get(&name)).unwrap();
            link.path[0][n % 32] ^= 1;
            *files.get(&name) = seals::canonical_json(&link).unwrap();
            files.sign_again(platform, |_manifest| ());
        }
        _ => files.replace("manifest.json", "penalty_decision", "penalty_derision"),
    }
}

fn words(report: &Report) -> BTreeMap<String, String> {
    report.claims.iter().map(|claim| (claim.id.clone(), claim.verdict.word().to_owned())).collect()
}

/// Two stories: the second differs from the first in nothing but its events' times.
#[test]
fn a_second_reader_gives_the_same_verdicts_on_packages_and_on_tampered_ones() {
    let Some(authorities) = two() else { return };
    let Some(python) = testbed::program("python3") else { return };
    let both = [&authorities[0], &authorities[1]];
    let at = now();
    let platform = Platform::since(at.plus_seconds(-60));
    let trust = platform.trust(&both, now());
    let good = platform.package(&story(&platform, &both, at));
    let later = platform.package(&story(&platform, &both, at.plus_us(1)));
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let told = serde_json::to_vec(&platform.trust_file(&both)).unwrap();
    std::fs::write(path("trust.json"), told).unwrap();
    let mut packages = vec![good.clone(), later.clone()];
    for n in 0..58 {
        let mut files = Files::of(&good);
        tamper(n % 10, n, &mut files, &platform, &mut Files::of(&later));
        packages.push(files.package());
    }
    let names: Vec<_> = (0..packages.len()).map(|n| path(&format!("{n}.zip"))).collect();
    for (name, package) in names.iter().zip(&packages) {
        std::fs::write(name, package).unwrap();
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/verify.py");
    let read = Command::new(python).arg(script).arg(path("trust.json")).args(&names).output();
    let read = read.unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let lines = String::from_utf8(read.stdout).unwrap();
    let theirs: Vec<BTreeMap<String, String>> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(theirs.len(), packages.len());
    for (n, (package, theirs)) in packages.iter().zip(&theirs).enumerate() {
        let ours = words(&verify_package(package, &trust));
        assert_eq!(ours, *theirs, "package {n}");
        let holds = ours.values().all(|word| word == "pass");
        assert_eq!(holds, n < 2, "package {n} {ours:?}");
    }
}
