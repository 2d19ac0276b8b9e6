//! The papers of the reform, set in type from their samples.

use crate::bed::templates;
use documents::{Class, Datum, Numbers, QrLevel, Template, Typesetter as _, Values, qr_modules};
use documents_typst::Typst;
use std::path::{Path, PathBuf};
use std::process::Command;

const FACES: [&str; 2] = ["NotoSansSC_400Regular.ttf", "NotoSansSC_700Bold.ttf"];

/// The type that documents are set in, as `cargo xtask web` leaves it; without it the test is left out, and says so.
pub(crate) fn typesetter(test: &str) -> Option<Typst> {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../web");
    let module = web.join("node_modules/@expo-google-fonts/noto-sans-sc");
    let places: [[PathBuf; 2]; 3] = [
        FACES.map(|face| web.join("dist/fonts").join(face)),
        [module.join("400Regular").join(FACES[0]), module.join("700Bold").join(FACES[1])],
        FACES.map(|face| module.join(face)),
    ];
    let files: Option<Vec<Vec<u8>>> =
        places.iter().find_map(|pair| pair.iter().map(|path| std::fs::read(path).ok()).collect());
    let Some(files) = files else {
        testbed::leave_out(&format!("{test}: Noto Sans SC (`cargo xtask web` fetches it)"));
        return None;
    };
    Some(Typst::new(files).expect("the faces are there"))
}

fn sample(template: &Template) -> Values {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../documents");
    let path = folder.join(format!("{}.sample.yaml", template.id()));
    let yaml = std::fs::read_to_string(&path).expect("a sample");
    template.read_values(&yaml).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
}

#[test]
fn every_paper_is_set_from_its_sample() {
    let Some(typst) = typesetter("every_paper_is_set_from_its_sample") else { return };
    let show = option_env!("CARGO_TARGET_TMPDIR").map(|tmp| Path::new(tmp).join("documents-10"));
    for template in templates().iter() {
        let bytes = typst.typeset(template, &sample(template));
        let bytes = bytes.unwrap_or_else(|fault| panic!("{}: {fault}", template.id()));
        assert!(bytes.starts_with(b"%PDF-1.7"), "{}", template.id());
        if let Some(folder) = &show {
            // For the eye: whoever changes a template looks at these.
            std::fs::create_dir_all(folder).expect("folder");
            std::fs::write(folder.join(format!("{}.pdf", template.id())), &bytes).expect("written");
        }
        if template.class() == Class::Licence {
            let of = |what: &[u8]| bytes.windows(what.len()).filter(|at| *at == what).count();
            let pages =
                of(b"/Type/Page") + of(b"/Type /Page") - of(b"/Type/Pages") - of(b"/Type /Pages");
            assert!(pages <= 1, "{}: a certificate is one page", template.id());
        }
    }
}

#[test]
fn a_certificate_without_figure_is_set_as_well() {
    let Some(typst) = typesetter("a_certificate_without_figure_is_set_as_well") else { return };
    let templates = templates();
    let template = templates.get("real_estate_certificate").expect("there");
    let mut values = sample(template);
    values.put("figure", Datum::Rows(Vec::new()));
    values.put("term", Datum::Text(String::new()));
    typst.typeset(template, &values).expect("set");
}

#[test]
fn the_code_fits_a_symbol_of_version_eight_even_with_a_signature() {
    let address = "https://zwfw.shenzhen.example/v/xidctnoy5kc235jo4dvdq475qi";
    assert!(qr_modules(address, QrLevel::Medium).expect("a symbol") <= 33);
    // A compact signature of 64 bytes behind it: 86 characters.
    let signed = format!("{address}#{}", "A".repeat(86));
    assert_eq!(qr_modules(&signed, QrLevel::Medium).expect("a symbol"), 49);
}

#[test]
fn an_extract_of_a_record_is_set_with_its_watermark_and_reads_back() {
    let Some(typst) = typesetter("an_extract_of_a_record_is_set_with_its_watermark_and_reads_back")
    else {
        return;
    };
    let template = registers::extract::builtin().expect("sound");
    let row = |section: &str, item: &str, value: &str| {
        Values::new().text("section", section).text("item", item).text("value", value)
    };
    let facts = vec![
        row("自然状况", "坐落", "深圳市南山区科技路12号3栋1001"),
        row("自然状况", "用途", "城镇住宅用地／住宅"),
        row("自然状况", "建筑面积", "89.50"),
        row("所有权", "权利类型", "国有建设用地使用权／房屋所有权"),
        row("所有权", "权利人", "王小明 440305********2318"),
    ];
    let restrictions = vec![
        Values::new()
            .text("kind", "抵押")
            .text("phase", "有效")
            .text("since", "2021年3月1日 10:00")
            .text("detail", "深圳商业银行（示例） 抵押合同2021-018号 3,000,000.00元"),
        Values::new()
            .text("kind", "查封")
            .text("phase", "轮候")
            .text("since", "2021年5月1日 09:30")
            .text("detail", "深圳市南山区人民法院 （2021）粤0305执99号"),
    ];
    let at: codes::Moment = "2021-06-01T02:00:00Z".parse().expect("an instant");
    let values = Values::new()
        .text("organ_name", "深圳市不动产登记中心")
        .text("number", "CX-440305-20210601-000001")
        .date("issued_on", codes::Date::constant(2021, 6, 1))
        .text("qr", "https://lianban.example/registers/check/xidctnoy5kc235jo4dvdq475qi")
        .text("register_name", "不动产登记簿")
        .text("record_no", "440305-001-002-GB-00012-F-00010003")
        .text("asker_name", "王小明")
        .text("asker_class", "权利人")
        .text("purpose", "办理落户")
        .text("law", "民法典第二百一十八条；不动产登记资料查询暂行办法第九条")
        .moment("as_of", at)
        .text("watermark", "王小明 2021年6月1日 10:00 仅供办理落户")
        .rows("facts", facts)
        .rows("restrictions", restrictions);
    let made = template.made(&typst, &values).expect("set");
    let again = template.made(&typst, &values).expect("set");
    assert_eq!((made.digest, &made.pdf), (again.digest, &again.pdf), "the same each time");
    if let Some(tmp) = option_env!("CARGO_TARGET_TMPDIR") {
        let folder = Path::new(tmp).join("documents-10");
        std::fs::create_dir_all(&folder).expect("folder");
        std::fs::write(folder.join("register_extract.pdf"), &made.pdf).expect("written");
    }
    if let Some(read) = testbed::program("pdftotext") {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("x.pdf");
        std::fs::write(&file, &made.pdf).expect("written");
        let first = Command::new(read).args(["-l", "1"]).arg(&file).arg("-").output();
        let first = String::from_utf8(first.expect("it runs").stdout).expect("text");
        for part in ["查询结果证明", "科技路12号3栋1001", "轮候"] {
            assert!(first.contains(part), "{part} on the first page: {first}");
        }
    }
    let bare = Values::new();
    assert!(template.made(&typst, &bare).is_err(), "an extract says who asked and why");
}

#[test]
fn numbers_in_the_samples_are_of_their_series() {
    let numbers = Numbers::platform().expect("the table is sound");
    for template in templates().iter() {
        let series = numbers.series(template.series().expect("a series")).expect("known");
        let values = sample(template);
        let printed = ["number", "licence_no"].iter().find_map(|key| values.get(key));
        let Some(Datum::Text(number)) = printed else { panic!("{} prints none", template.id()) };
        series.read(number).unwrap_or_else(|fault| panic!("{}: {fault}", template.id()));
    }
}
