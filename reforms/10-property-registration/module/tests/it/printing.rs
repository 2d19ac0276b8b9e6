//! What is printed on paper, read back: the code of a certificate by a scanner, the facts off the page, the signature without us.

use crate::bed::{Bed, UNIT, Wanted};
use crate::papers::typesetter;
use codes::Date;
use kernel::Actor;
use licences::code::PaperFacts;
use licences::verify::{Trust, Verdict, verify_printed};
use property_module::queries;
use seals::Keys as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

/// What a program says of a file; the file is drawn anew by whoever asks.
fn said(program: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[tokio::test]
async fn c1_the_printed_code_is_scanned_off_the_paper_and_verified_without_us() {
    let name = "c1_the_printed_code_is_scanned_off_the_paper_and_verified_without_us";
    let Some(typst) = typesetter(name) else { return };
    let programs = ["pdftoppm", "pdftotext", "zbarimg"].map(testbed::program);
    let [Some(draw), Some(read), Some(scan)] = programs else { return };
    let bed =
        Bed::with("2021-03-01 09:00", Wanted { typesetter: Arc::new(typst), ..Wanted::default() })
            .await;
    let token = bed.certified().await;
    let reader = &*bed.platform().reader;
    let paper = queries::papers_of_unit(reader, crate::bed::unit()).await.expect("read").remove(0);
    let holder = crate::bed::person(crate::bed::WANG);
    let path = format!("/licences/{}/document.pdf", paper.licence);
    let pdf = bed.get(&holder, &path).await;
    assert_eq!(pdf.status, 200, "{}", pdf.text());
    assert_eq!(bed.get(&Actor::Public, &path).await.header("content-type"), "application/pdf");

    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    std::fs::write(at("c.pdf"), &pdf.body).expect("written");
    said(&draw, &["-r", "200", "-gray", "-png", "-singlefile", &at("c.pdf"), &at("c")]);
    let code = said(&scan, &["--raw", "-q", &at("c.png")]);
    let code = code.trim();
    let (address, signature) = code.split_once('#').expect("address and signature");
    assert_eq!(address, format!("https://portal.example/v/{token}"));
    assert_eq!(signature.len(), 86);
    assert_eq!(documents::qr_modules(code, documents::QrLevel::Medium).expect("a symbol"), 49);

    // Everything that was signed stands on the paper.
    let text = said(&read, &["-layout", &at("c.pdf"), "-"]);
    for part in [
        "粤(2021)深圳市不动产权第0000001号",
        "440305-001-002-GB-00012-F-00010003",
        "2021 年 3 月 1 日",
    ] {
        let plain = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        assert!(plain(&text).contains(&plain(part)), "{part} in {text}");
    }
    let trust = Trust {
        keys: bed.keys.public_set().expect("keys"),
        at: bed.platform().clock.now(),
        ..Trust::default()
    };
    let on = Date::constant(2021, 3, 1);
    let entry = text.lines().find_map(|line| line.trim().strip_prefix("登簿次序"));
    let entry = entry.and_then(|line| line.split_whitespace().last()).expect("stands on the paper");
    let entry: i64 = entry.parse().expect("a number");
    let facts = PaperFacts::new(&paper.number, "440305-001-002-GB-00012-F-00010003", on, entry);
    assert_eq!(facts.unit, UNIT);
    let claim = |facts: &PaperFacts, code: &str, id: &str| {
        verify_printed(code, facts, &trust).claim(id).map(|claim| claim.verdict)
    };
    assert_eq!(claim(&facts, code, "signature"), Some(Verdict::Pass));
    assert_eq!(claim(&facts, code, "key"), Some(Verdict::Pass));
    assert_eq!(claim(&facts, code, "status"), Some(Verdict::Unknown), "状态未知");
    // On another paper, of another entry, or with another address the code is none.
    let other = PaperFacts::new("粤(2021)深圳市不动产权第0000002号", UNIT, on, entry);
    let later = PaperFacts { book_version: entry + 1, ..facts.clone() };
    let moved = code.replace("portal.example", "portal.evil.cn");
    for (facts, code) in
        [(&other, code), (&later, code), (&facts, moved.as_str()), (&facts, address)]
    {
        assert_eq!(claim(facts, code, "signature"), Some(Verdict::Fail), "{code}");
    }
}
