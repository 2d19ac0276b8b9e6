//! Every document of the reform, set from its sample with real type.

use documents::{Template, Typesetter as _};
use documents_typst::Typst;
use std::path::{Path, PathBuf};

/// A typesetter with the type that `cargo xtask web` fetches; none, noted as left out, where it is not there.
fn typesetter() -> Option<Typst> {
    let fonts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../web/dist/fonts");
    let files = ["NotoSansSC_400Regular.ttf", "NotoSansSC_700Bold.ttf"]
        .map(|file| std::fs::read(fonts.join(file)).ok());
    let files: Option<Vec<Vec<u8>>> = files.into_iter().collect();
    if files.is_none() {
        testbed::leave_out("Noto Sans SC under web/ (cargo xtask web)");
    }
    files.map(|files| Typst::new(files).expect("the faces are there"))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../documents")
}

fn text(name: &str) -> Option<String> {
    std::fs::read_to_string(folder().join(name)).ok()
}

#[test]
fn every_document_is_set_from_its_sample() {
    let Some(typst) = typesetter() else { return };
    for id in [
        "repair_acceptance",
        "repair_announcement",
        "repair_certificate",
        "repair_eligible",
        "repair_not_accepted",
        "repair_refusal",
        "repair_removal",
        "repair_rescission",
    ] {
        let yaml = text(&format!("{id}.yaml")).expect("readable");
        let template = Template::read(&yaml, text).expect("sound");
        let sample = text(&format!("{id}.sample.yaml")).expect("a sample");
        let values = template.read_values(&sample).expect("the sample fits");
        let pdf = typst.typeset(&template, &values).expect("set in type");
        assert!(pdf.starts_with(b"%PDF-"), "{id}");
    }
}
