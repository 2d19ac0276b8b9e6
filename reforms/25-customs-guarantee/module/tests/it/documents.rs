//! Every document of the reform, set from its sample with real type.

use crate::bed::{DOCUMENTS, document};
use documents::{Template, Typesetter as _};
use documents_typst::Typst;
use std::path::Path;

#[test]
fn every_document_is_set_from_its_sample() {
    let fonts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../web/dist/fonts");
    let files = ["NotoSansSC_400Regular.ttf", "NotoSansSC_700Bold.ttf"]
        .map(|file| std::fs::read(fonts.join(file)).ok());
    let files: Option<Vec<Vec<u8>>> = files.into_iter().collect();
    let Some(files) = files else {
        return testbed::leave_out("Noto Sans SC under web/ (cargo xtask web)");
    };
    let typst = Typst::new(files).expect("the faces are there");
    for id in DOCUMENTS {
        let yaml = document(&format!("{id}.yaml")).expect("readable");
        let template = Template::read(&yaml, document).expect("sound");
        let sample = document(&format!("{id}.sample.yaml")).expect("a sample");
        let values = template.read_values(&sample).expect("the sample fits");
        let pdf = typst.typeset(&template, &values).expect("set in type");
        assert!(pdf.starts_with(b"%PDF-"), "{id}");
    }
}
