//! Programs of others accept what is issued here, and find one flipped byte: `pdfsig`, `openssl`, `zbarimg`, and readers of
//! SD-JWT and CWT in Python.

use crate::bed::{Bed, NAME, holder};
use kernel::Actor;
use licences::code::Code;
use licences::verify::{Trust, Verdict, verify_any};
use seals::Algorithm;
use seals::x509::Certificate;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use testbed::{program, python};

/// A folder for programs to work in.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        path
    }

    fn run(&self, program: &Path, arguments: &[&str]) -> Output {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.0.path()).output().expect("it starts")
    }

    fn told(&self, program: &Path, arguments: &[&str]) -> String {
        let output = self.run(program, arguments);
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
        told
    }
}

async fn roots(bed: &Bed) -> Vec<Certificate> {
    let pem = bed.get(&Actor::Public, "/licences/roots.pem").await.text();
    // An installation without seals has none.
    if pem.is_empty() { Vec::new() } else { Certificate::from_pem(&pem).expect("roots") }
}

async fn trust(bed: &Bed) -> Trust {
    let at = bed.bed.platform().clock.now();
    Trust { keys: bed.trusted(), roots: roots(bed).await, lists: Vec::new(), stamps: None, at }
}

/// The positions at which a campaign flips a byte: every `step`th, and all around the seal.
fn positions(pdf: &[u8], step: usize) -> Vec<usize> {
    let seal = pdf.windows(10).position(|window| window == b"/ByteRange").expect("sealed");
    (0..pdf.len()).filter(|at| at % step == 0 || at.abs_diff(seal) < 200).collect()
}

#[tokio::test]
async fn our_own_verifier_finds_every_flipped_byte_of_a_real_document() {
    let Some(bed) = Bed::real(Algorithm::Es256).await else { return };
    bed.stall("l1").await;
    let (pdf, trust) = (bed.pdf("l1").await, trust(&bed).await);
    let whole = verify_any(&pdf, &trust).expect("known");
    assert!(whole.holds(), "{whole:?}");
    let verdict = |id: &str| whole.claim(id).map(|claim| claim.verdict);
    for claim in ["seal", "content", "whole", "certificate", "key"] {
        assert_eq!(verdict(claim), Some(Verdict::Pass), "{claim}");
    }
    for at in positions(&pdf, 997) {
        let mut changed = pdf.clone();
        changed[at] ^= 1;
        // Where the first bytes are changed it is no PDF any more.
        let named = verify_any(&changed, &trust).map(|checked| {
            let failed = checked.claims.iter().find(|claim| claim.verdict == Verdict::Fail);
            failed.map(|claim| (claim.id, claim.code.clone()))
        });
        assert!(!matches!(named, Ok(None)), "byte {at}");
    }
    let mut longer = pdf.clone();
    longer.extend_from_slice(b"\n% a remark");
    let longer = verify_any(&longer, &trust).expect("known");
    assert_eq!(longer.claim("whole").map(|claim| claim.verdict), Some(Verdict::Fail));
    let stranger = Trust { roots: Vec::new(), ..trust };
    let checked = verify_any(&pdf, &stranger).expect("known");
    assert_eq!(checked.claim("certificate").map(|claim| claim.verdict), Some(Verdict::Fail));
}

#[tokio::test]
async fn a_file_with_a_seal_is_verified_and_compared_on_the_page() {
    let Some(bed) = Bed::real(Algorithm::Es256).await else { return };
    bed.stall("l1").await;
    let pdf = bed.pdf("l1").await;
    let page = bed.upload(&Actor::Public, "/verify", &pdf).await.text();
    for part in ["有效", "与签发的文件逐字节一致", "广州市南沙区市场监督管理局电子印章", "通过"]
    {
        assert!(page.contains(part), "{part} in {page}");
    }
    let mut changed = pdf.clone();
    let middle = pdf.len() / 3;
    changed[middle] ^= 1;
    let page = bed.upload(&Actor::Public, "/verify", &changed).await.text();
    for part in ["被更改", "查看原件的当前状态", "SEL-0008"] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let row = bed.row("l1").await;
    let json = bed.get(&holder(), "/api/v1/licences/l1").await.json();
    assert_eq!(
        (&json["sealed"], row.document.expect("signed").seal.is_some()),
        (&json!(true), true)
    );
}

#[tokio::test]
async fn pdfsig_says_valid_trusted_and_total_document_signed() {
    let (Some(pdfsig), Some(certutil)) = (program("pdfsig"), program("certutil")) else { return };
    let Some(bed) = Bed::real(Algorithm::Es256).await else { return };
    bed.stall("l1").await;
    let pdf = bed.pdf("l1").await;
    let desk = Desk::new();
    desk.put("licence.pdf", &pdf);
    desk.put("root.pem", bed.get(&Actor::Public, "/licences/roots.pem").await.text().as_bytes());
    std::fs::create_dir(desk.0.path().join("nss")).expect("made");
    desk.told(&certutil, &["-N", "-d", "sql:nss", "--empty-password"]);
    desk.told(&certutil, &["-A", "-d", "sql:nss", "-n", "root", "-t", "CT,C,C", "-i", "root.pem"]);
    let check = |file: &str| {
        // Certificates here name no server to be asked, so that nothing leaves this machine.
        let output = desk.run(&pdfsig, &["-nssdir", "sql:nss", file]);
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let told = check("licence.pdf");
    for part in [
        "Signature is Valid.",
        "Certificate is Trusted.",
        "Total document signed",
        "ETSI.CAdES.detached",
        "电子印章",
        "SHA-256",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    let mut changed = pdf.clone();
    changed[pdf.len() / 3] ^= 1;
    desk.put("changed.pdf", &changed);
    let told = check("changed.pdf");
    assert!(!told.contains("Signature is Valid."), "{told}");
    let mut longer = pdf;
    longer.extend_from_slice(b"\n% a remark\n");
    desk.put("longer.pdf", &longer);
    assert!(check("longer.pdf").contains("Not total document signed"), "{}", check("longer.pdf"));
}

#[tokio::test]
async fn openssl_verifies_the_signature_and_the_certificate_of_a_seal() {
    let Some(openssl) = program("openssl") else { return };
    let Some(bed) = Bed::real(Algorithm::Es256).await else { return };
    bed.stall("l1").await;
    let pdf = bed.pdf("l1").await;
    let desk = Desk::new();
    desk.put("root.pem", bed.get(&Actor::Public, "/licences/roots.pem").await.text().as_bytes());
    // What the seal covers, and the signature that it leaves out.
    let text = String::from_utf8_lossy(&pdf).into_owned();
    let ranges = text.split("/ByteRange [").nth(1).and_then(|rest| rest.split(']').next());
    let ranges: Vec<usize> =
        ranges.expect("a range").split_whitespace().map(|n| n.parse().expect("a number")).collect();
    let (first, second) = (ranges[1], ranges[2]);
    desk.put("content", &[&pdf[..first], &pdf[second..]].concat());
    let hex = std::str::from_utf8(&pdf[first + 1..second - 1]).expect("hex");
    desk.put("seal.der", &seals::from_hex(hex).expect("hex"));
    let at = bed.bed.platform().clock.now().us() / 1_000_000;
    let verify = |content: &str| {
        desk.run(
            &openssl,
            &[
                "cms",
                "-verify",
                "-inform",
                "DER",
                "-in",
                "seal.der",
                "-content",
                content,
                "-binary",
                "-CAfile",
                "root.pem",
                "-purpose",
                "any",
                "-cades",
                "-attime",
                &at.to_string(),
                "-out",
                "out",
            ],
        )
    };
    let good = verify("content");
    assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stderr));
    let mut changed = std::fs::read(desk.0.path().join("content")).expect("there");
    changed[1000] ^= 1;
    desk.put("changed", &changed);
    assert!(!verify("changed").status.success());
    let shown = desk.told(
        &openssl,
        &["x509", "-in", "root.pem", "-noout", "-ext", "basicConstraints,keyUsage"],
    );
    assert!(shown.contains("CA:TRUE, pathlen:0") && shown.contains("Certificate Sign"), "{shown}");
}

/// The texts of all codes on the first page.
fn scanned(desk: &Desk, pdftoppm: &Path, zbarimg: &Path) -> Vec<String> {
    desk.told(pdftoppm, &["-r", "200", "-png", "-singlefile", "licence.pdf", "page"]);
    let told = desk.told(zbarimg, &["-q", "--raw", "page.png"]);
    told.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn zbarimg_reads_both_codes_from_the_page_and_a_reader_of_others_accepts_the_one_that_is_signed()
 {
    let (Some(pdftoppm), Some(zbarimg)) = (program("pdftoppm"), program("zbarimg")) else { return };
    let Some(bed) = Bed::real(Algorithm::Es256).await else { return };
    let row = bed.stall("l1").await;
    let desk = Desk::new();
    desk.put("licence.pdf", &bed.pdf("l1").await);
    let read = scanned(&desk, &pdftoppm, &zbarimg);
    let address = format!("https://portal.example/v/{}", row.token.expect("signed"));
    assert!(read.contains(&address), "{read:?}");
    let code = read.iter().find(|text| text.starts_with(licences::code::PREFIX)).expect("the code");
    let (said, key) = Code::verify(code, &bed.trusted()).expect("holds");
    assert_eq!((said.address(), said.holder.as_deref()), (address, Some(NAME)));

    let Some(python) = python(&["cwt", "base64"]) else { return };
    let script = desk.put("read.py", include_bytes!("../foreign/read_cwt.py"));
    let script = script.to_string_lossy().into_owned();
    desk.put("code.txt", code.as_bytes());
    desk.put("key.json", seals::public_jwk(&key.key).to_string().as_bytes());
    let told = desk.told(&python, &[&script, "code.txt", "key.json"]);
    let claims: Value = serde_json::from_str(&told).expect("json");
    assert_eq!((&claims["no"], &claims["name"]), (&json!(said.number), &json!(NAME)));
    assert_eq!(
        (&claims["1"], &claims["kind"]),
        (&json!("https://portal.example"), &json!("摊位登记证"))
    );
    // One changed character in the code is found by both.
    for (at, character) in code.char_indices().skip(8).step_by(37) {
        let other = if character == 'A' { 'B' } else { 'A' };
        let changed: String =
            code.char_indices().map(|(own, known)| if own == at { other } else { known }).collect();
        assert!(Code::verify(&changed, &bed.trusted()).is_err(), "character {at}");
        desk.put("code.txt", changed.as_bytes());
        let output = desk.run(&python, &[&script, "code.txt", "key.json"]);
        assert!(!output.status.success(), "character {at}");
    }
}

#[tokio::test]
async fn a_reader_of_others_accepts_what_a_holder_shows_and_its_status() {
    let Some(python) = python(&["sd_jwt"]) else { return };
    let bed = Bed::new().await;
    bed.business("l1", None).await;
    let shown = bed
        .post(
            &holder(),
            "/licences/l1/present",
            "_action=download&claim=enterprise_name&claim=registered_capital_fen",
        )
        .await
        .text();
    let desk = Desk::new();
    let script = desk.put("read.py", include_bytes!("../foreign/read_sd_jwt.py"));
    let script = script.to_string_lossy().into_owned();
    let key = bed.trusted().records()[0].clone();
    desk.put("key.json", seals::public_jwk(&key.key).to_string().as_bytes());
    let read = |text: &str| {
        desk.put("shown.txt", text.as_bytes());
        desk.run(&python, &[&script, "shown.txt", "key.json"])
    };
    let output = read(&shown);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let claims: Value = serde_json::from_slice(&output.stdout).expect("json");
    assert_eq!(claims["enterprise_name"], NAME);
    assert_eq!(
        (&claims["registered_capital_fen"], &claims["contact"]),
        (&json!(500_000_000), &json!(null))
    );
    // Its place in the status list, unpacked by zlib of others: two zero bits.
    let uri = claims["status"]["status_list"]["uri"].as_str().expect("an address");
    let path = uri.strip_prefix("https://portal.example").expect("ours");
    let list = bed.get(&Actor::Public, path).await.text();
    desk.put("list.txt", list.as_bytes());
    let index = claims["status"]["status_list"]["idx"].to_string();
    let status = desk.put("status.py", include_bytes!("../foreign/read_status.py"));
    let status = status.to_string_lossy().into_owned();
    let told = desk.told(&python, &[&status, "list.txt", "key.json", &index]);
    assert_eq!(told.trim(), "0");

    // The last character of a signature carries four bits that stand for nothing: other readers let them pass, ours does not.
    let idle = shown.find('~').expect("the end of the signature") - 1;
    for at in (0..shown.len()).step_by(97).chain([idle]) {
        let mut changed = shown.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).expect("text");
        // That reader leaves out a claim whose digest the issuer did not sign, where ours refuses the whole.
        let theirs = read(&changed);
        let is_found = !theirs.status.success() || theirs.stdout != output.stdout;
        assert!(at == idle || is_found, "position {at}");
        let ours = verify_any(changed.as_bytes(), &trust(&bed).await);
        assert!(!ours.is_ok_and(|checked| checked.holds()), "position {at}");
    }
}
