//! Every document of the folder, set from its sample.

use crate::bed::{folder, templates};
use documents::{Datum, Numbers, Typesetter as _};
use documents_typst::Typst;
use std::path::{Path, PathBuf};

/// The faces that documents are set in, as `cargo xtask web` leaves them.
fn faces() -> Option<Vec<Vec<u8>>> {
    const FACES: [&str; 2] = ["NotoSansSC_400Regular.ttf", "NotoSansSC_700Bold.ttf"];
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../web");
    let module = web.join("node_modules/@expo-google-fonts/noto-sans-sc");
    let places: [[PathBuf; 2]; 3] = [
        FACES.map(|face| web.join("dist/fonts").join(face)),
        [module.join("400Regular").join(FACES[0]), module.join("700Bold").join(FACES[1])],
        FACES.map(|face| module.join(face)),
    ];
    places.iter().find_map(|pair| pair.iter().map(|path| std::fs::read(path).ok()).collect())
}

#[test]
fn every_document_is_set_from_its_sample_and_its_number_is_of_its_series() {
    let numbers = Numbers::platform().expect("the table is sound");
    let typst = faces().map(|faces| Typst::new(faces).expect("the faces are there"));
    if typst.is_none() {
        testbed::leave_out("documents of reform 21: Noto Sans SC is not under web/");
    }
    let show = option_env!("CARGO_TARGET_TMPDIR").map(|tmp| Path::new(tmp).join("documents-21"));
    let templates = templates();
    assert_eq!(templates.iter().count(), 7);
    for template in templates.iter() {
        let path = folder().join(format!("{}.sample.yaml", template.id()));
        let yaml = std::fs::read_to_string(&path).expect("a sample");
        let values = template.read_values(&yaml).unwrap_or_else(|fault| panic!("{fault}"));
        template.take(&values).unwrap_or_else(|fault| panic!("{}: {fault}", template.id()));
        if let Some(series) = template.series() {
            let Some(Datum::Text(number)) = values.get("number") else { panic!("no number") };
            let series = numbers.series(series).expect("known");
            series.read(number).unwrap_or_else(|fault| panic!("{fault}"));
        }
        let Some(typst) = &typst else { continue };
        let pdf = typst.typeset(template, &values);
        let pdf = pdf.unwrap_or_else(|fault| panic!("{}: {fault}", template.id()));
        assert!(pdf.starts_with(b"%PDF"));
        if let Some(folder) = &show {
            // For the eye: whoever changes a template looks at these.
            std::fs::create_dir_all(folder).expect("folder");
            std::fs::write(folder.join(format!("{}.pdf", template.id())), &pdf).expect("written");
        }
    }
}
