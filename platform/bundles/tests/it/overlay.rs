//! A government's own folders beside the built-in ones.

use crate::data::told;
use bundles::{Files, Origin, load};
use std::fs;
use std::path::Path;

/// Writes the built-in folder of reform 28 under a directory, with `reform.yaml` changed.
fn copy_28(dir: &Path, change: impl Fn(String) -> String) {
    for (path, bytes) in builtin::files().iter().filter(|(path, _)| path.starts_with("28-")) {
        let to = dir.join(path);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let text = if path.ends_with("/reform.yaml") { change(text) } else { text };
        fs::write(to, text).unwrap();
    }
}

fn own(dir: &Path, name: &str, text: &str) {
    fs::create_dir_all(dir.join(name)).unwrap();
    fs::write(dir.join(name).join("reform.yaml"), text).unwrap();
}

const OWN: &str = "number: 100\nslug: own\nzh: 本地改革\nen: a local reform\nsummary: {zh: 说明, en: text}\nclauses: {}\n\
                   organs: [市政务局]\nscope: gd_all\n";

#[test]
fn an_overlay_wins_by_number_only_if_it_says_so() {
    let dir = tempfile::tempdir().unwrap();
    copy_28(dir.path(), |text| {
        text.replace("number: 28", "number: 28\nreplaces: 28").replace("minutes: 15", "minutes: 9")
    });
    let bundles = load(&Files::builtin().overlay(dir.path()).unwrap()).unwrap();
    let bundle = bundles.bundle(28).unwrap();
    assert_eq!(bundle.folder.origin, Origin::Overlay(dir.path().to_owned()));
    assert_eq!(bundles.catalogue.reform(28).unwrap().packages["setup"].minutes, Some(9));

    let silent = tempfile::tempdir().unwrap();
    copy_28(silent.path(), |text| text);
    let faults = load(&Files::builtin().overlay(silent.path()).unwrap()).unwrap_err();
    assert_eq!(told(&faults), ["reform.yaml:3:9 NUMBER_TAKEN"]);
}

#[test]
fn a_government_adds_its_own_reform() {
    let dir = tempfile::tempdir().unwrap();
    own(dir.path(), "100-own", OWN);
    let bundles = load(&Files::builtin().overlay(dir.path()).unwrap()).unwrap();
    assert_eq!(bundles.catalogue.title(100).unwrap().zh, "本地改革");
    let day = "2026-02-12".parse().unwrap();
    assert!(bundles.catalogue.applies(100, "440115".parse().unwrap(), day).is_ok());
    let outside = bundles.catalogue.applies(100, "330106".parse().unwrap(), day).unwrap_err();
    assert_eq!(outside.scope, "gd_all");
}

#[test]
fn what_an_overlay_says_wrong_is_told_with_its_own_path() {
    for (name, text, expected) in [
        ("100-own", OWN.replace("gd_all", "moon"), "reform.yaml:8:8 REFERENCE_UNKNOWN"),
        ("101-own", OWN.to_owned(), "reform.yaml:2:7 FOLDER_NAME"),
        (
            "100-own",
            OWN.replace("slug: own", "slug: own\nreplaces: 28"),
            "reform.yaml:3:11 REPLACES_WRONG",
        ),
        ("own", OWN.to_owned(), "reform.yaml:1:1 FOLDER_NAME"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        own(dir.path(), name, &text);
        let faults = load(&Files::builtin().overlay(dir.path()).unwrap()).unwrap_err();
        assert_eq!(told(&faults), [expected], "{name}");
        assert!(faults[0].file.starts_with(dir.path().to_str().unwrap()));
    }
}
