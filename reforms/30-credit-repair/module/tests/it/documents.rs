//! Every document of the reform, set from its sample with real type, and read again.

use documents::{Datum, Numbers, Template, Typesetter as _};
use documents_typst::Typst;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Each document, and what must stand on it in so many words.
const DOCUMENTS: [(&str, &[&str]); 8] = [
    ("repair_acceptance", &["受理通知书", "2022年10月20日", "不收取任何费用"]),
    ("repair_announcement", &["信用修复公告", "2020年9月16日", "国家企业信用信息公示系统", "异议"]),
    ("repair_certificate", &["信用修复证明", "没有在列", "扫描二维码"]),
    ("repair_eligible", &["2022年9月21日", "提前移出严重违法失信名单", "不是行政决定"]),
    ("repair_not_accepted", &["不予受理通知书", "自2022-09-21起可申请", "60日", "6个月"]),
    ("repair_refusal", &["不予信用修复决定书", "理由和依据", "60日", "6个月"]),
    ("repair_removal", &["移出决定书", "移严〔2022〕7号", "91440106MA59C0309X", "44-5-1"]),
    ("repair_rescission", &["撤销", "2023年2月10日", "60日", "6个月"]),
];

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

/// Where documents are left for the eye: whoever changes a template looks at these.
fn shown(id: &str, pdf: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("documents-30");
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join(format!("{id}.pdf"));
    std::fs::write(&file, pdf).expect("written");
    file
}

#[test]
fn every_document_is_set_from_its_sample_and_says_what_it_must() {
    let Some(typst) = typesetter() else { return };
    let reader = testbed::program("pdftotext");
    let numbers = Numbers::platform().expect("the table is sound");
    for (id, says) in DOCUMENTS {
        let yaml = text(&format!("{id}.yaml")).expect("readable");
        let template = Template::read(&yaml, text).expect("sound");
        let sample = text(&format!("{id}.sample.yaml")).expect("a sample");
        let values = template.read_values(&sample).expect("the sample fits");
        if let Some(series) = template.series() {
            let Some(Datum::Text(number)) = values.get("number") else { panic!("{id}: no number") };
            let series = numbers.series(series).expect("known");
            series.read(number).unwrap_or_else(|fault| panic!("{id}: {fault}"));
        }
        let pdf = typst.typeset(&template, &values).expect("set in type");
        assert!(pdf.starts_with(b"%PDF-"), "{id}");
        let file = shown(id, &pdf);
        let Some(reader) = &reader else { continue };
        let read = Command::new(reader).arg("-layout").arg(&file).arg("-").output().expect("runs");
        let read = String::from_utf8_lossy(&read.stdout).into_owned();
        // One page: a form feed ends each.
        assert_eq!(read.matches('\u{c}').count(), 1, "{id}: {read}");
        let read: String = read.split_whitespace().collect();
        for word in says {
            assert!(read.contains(word), "{id} does not say `{word}`: {read}");
        }
    }
}

#[test]
fn the_folder_has_no_document_that_nobody_looks_at() {
    let mut found: Vec<String> = std::fs::read_dir(folder())
        .expect("readable")
        .filter_map(|entry| Some(entry.ok()?.path().file_name()?.to_str()?.to_owned()))
        .filter_map(|name| Some(name.strip_suffix(".typ")?.to_owned()))
        .collect();
    found.sort();
    assert_eq!(found, DOCUMENTS.map(|(id, _)| id.to_owned()));
}
