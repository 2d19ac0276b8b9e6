//! Time-stamps against a real authority, `openssl ts`, and other readers of its tokens.

use evidence::stamp::{Authority, AuthorityClient, Stamper, Stamps, Trusted, ts_verify_by};
use evidence::{TsError, ts_request, ts_verify};
use kernel::{Coded as _, Moment};
use module::Clock;
use seals::Digest;
use seals::x509::{Certificate, CertificateError, RevocationList};
use standins::Switches;
use standins::tsa::{KeyKind, POLICY, Setup, TimeStamping};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

fn now() -> Moment {
    module::SystemClock.now()
}

fn roots(authority: &TimeStamping) -> Vec<Certificate> {
    Certificate::from_pem(authority.root_pem()).unwrap()
}

/// An authority, where `openssl` is installed.
pub(crate) fn authority(setup: &Setup) -> Option<TimeStamping> {
    testbed::program("openssl")?;
    Some(TimeStamping::new(setup).unwrap())
}

#[test]
fn tokens_of_openssl_are_accepted_here_there_and_by_a_third() {
    let third = testbed::python(&["rfc3161_client"]);
    for (key, names_by, digits) in
        [(KeyKind::P256, "sha256", 0), (KeyKind::P384, "sha256", 3), (KeyKind::Rsa, "sha1", 6)]
    {
        let setup = Setup { key, names_by, digits, ..Setup::default() };
        let Some(authority) = authority(&setup) else { return };
        let digest = *Digest::sha256(b"checkpoint").bytes();
        let before = now();
        let tsr = authority.reply(&ts_request(&digest, 0x1234_5678_9abc_def0)).unwrap();
        let time = ts_verify(&tsr, &digest, &roots(&authority), now()).unwrap();
        assert!(time.answers(0x1234_5678_9abc_def0) && !time.answers(1));
        assert!(time.at.us() >= before.us() - 1_000_000 && time.at <= now(), "{key:?}");
        assert_eq!((time.policy.as_str(), time.accuracy_us), (POLICY, Some(1_500_100)));
        assert_eq!(time.path.len(), 2);
        let file = authority.folder().join("reply.tsr");
        let verified = Command::new("openssl")
            .args(["ts", "-verify", "-digest", &seals::hex(&digest), "-CAfile", "root.pem", "-in"])
            .arg(&file)
            .current_dir(authority.folder())
            .output()
            .unwrap();
        assert!(verified.status.success(), "{verified:?}");
        if let Some(python) = &third {
            let script = include_str!("third.py");
            let read = Command::new(python)
                .args(["-c", script])
                .args([&file, &authority.folder().join("root.pem")])
                .arg(seals::hex(&digest))
                .output()
                .unwrap();
            assert!(read.status.success(), "{key:?} {}", String::from_utf8_lossy(&read.stderr));
        }
    }
}

#[test]
fn what_is_asked_is_what_openssl_understands() {
    let Some(authority) = authority(&Setup::default()) else { return };
    let digest = *Digest::sha256(b"x").bytes();
    let file = authority.folder().join("asked.tsq");
    std::fs::write(&file, ts_request(&digest, 0xff)).unwrap();
    let read = Command::new("openssl").args(["ts", "-query", "-text", "-in"]).arg(&file).output();
    let text = String::from_utf8(read.unwrap().stdout).unwrap();
    for line in ["Hash Algorithm: sha256", "Nonce: 0xFF", "Certificate required: yes", "Version: 1"]
    {
        assert!(text.contains(line), "{line}: {text}");
    }
}

#[test]
fn each_thing_that_does_not_hold_is_told_apart() {
    let Some(good) = authority(&Setup::default()) else { return };
    let Some(other) = authority(&Setup::default()) else { return };
    let digest = *Digest::sha256(b"x").bytes();
    let tsr = good.reply(&ts_request(&digest, 7)).unwrap();
    let judge = |tsr: &[u8], roots: &[Certificate]| ts_verify(tsr, &digest, roots, now());
    assert!(judge(&tsr, &roots(&good)).is_ok());

    let foreign = *Digest::sha256(b"y").bytes();
    assert_eq!(ts_verify(&tsr, &foreign, &roots(&good), now()), Err(TsError::OtherContent));
    let stranger = judge(&tsr, &roots(&other)).unwrap_err();
    assert_eq!(stranger.reason(), "STAMP_NOT_TRUSTED");
    assert_eq!(judge(&tsr, &[]).unwrap_err().reason(), "STAMP_NOT_TRUSTED");
    let early = ts_verify(&tsr, &digest, &roots(&good), now().plus_seconds(-3600)).unwrap_err();
    assert_eq!(early.reason(), "STAMP_FROM_THE_FUTURE");
    let refused = good.reply(b"no query").unwrap();
    assert!(matches!(judge(&refused, &roots(&good)), Err(TsError::Refused { status: 2, .. })));
    for at in (0..tsr.len()).step_by(7) {
        let mut changed = tsr.clone();
        changed[at] ^= 1;
        // A byte of a certificate between or of an unsigned part may change and what was signed still hold; never another
        // time or digest.
        if let Ok(time) = judge(&changed, &roots(&good)) {
            assert_eq!(Ok(time.at), judge(&tsr, &roots(&good)).map(|time| time.at), "byte {at}");
        }
    }
}

#[test]
fn a_stamp_counts_only_within_the_validity_of_its_signer_and_until_it_was_revoked() {
    let valid = Some(("20200101000000Z", "20210101000000Z"));
    let Some(past) = authority(&Setup { valid, ..Setup::default() }) else { return };
    let Some(good) = authority(&Setup::default()) else { return };
    let digest = *Digest::sha256(b"x").bytes();
    let tsr = past.reply(&ts_request(&digest, 7)).unwrap();
    let outside = ts_verify(&tsr, &digest, &roots(&past), now()).unwrap_err();
    assert_eq!(outside.reason(), "STAMP_OUTSIDE_VALIDITY");

    let judge = |tsr: &[u8], list: &[RevocationList]| {
        let trusted = Trusted { roots: &roots(&good), between: &[], revocations: list, now: now() };
        ts_verify_by(tsr, &digest, &trusted)
    };
    let tsr = good.reply(&ts_request(&digest, 7)).unwrap();
    let list = || RevocationList::read(&good.revocations().unwrap()).unwrap();
    assert!(judge(&tsr, &[list()]).is_ok(), "nothing is revoked");
    good.revoke_signer("491231235959Z").unwrap();
    assert!(judge(&tsr, &[list()]).is_ok(), "stamped before it was revoked");
    good.revoke_signer("200101000000Z").unwrap();
    let revoked = judge(&tsr, &[list()]).unwrap_err();
    assert!(matches!(revoked, TsError::Chain(CertificateError::Revoked { .. })), "{revoked}");
    assert_eq!(revoked.reason(), "STAMP_SIGNER_REVOKED");
}

#[test]
fn a_certificate_for_anything_else_stamps_nothing() {
    // `openssl ts` itself refuses to stamp with it, so the token is signed by `openssl cms` over the content of a real one.
    let Some(good) = authority(&Setup::default()) else { return };
    let usage = "critical,emailProtection";
    let Some(mail) = authority(&Setup { usage, ..Setup::default() }) else { return };
    let digest = *Digest::sha256(b"x").bytes();
    good.reply(&ts_request(&digest, 7)).unwrap();
    let run = |folder: &std::path::Path, words: &[&str]| {
        let done = Command::new("openssl").args(words).current_dir(folder).output().unwrap();
        assert!(done.status.success(), "{words:?} {}", String::from_utf8_lossy(&done.stderr));
    };
    let folder = good.folder();
    run(&folder, &["ts", "-reply", "-in", "reply.tsr", "-token_out", "-out", "token.der"]);
    let cms = ["cms", "-verify", "-noverify", "-inform", "DER", "-in", "token.der"];
    run(&folder, &[cms.as_slice(), &["-out", "info.der", "-purpose", "any"]].concat());
    std::fs::copy(folder.join("info.der"), mail.folder().join("info.der")).unwrap();
    let sign = ["cms", "-sign", "-binary", "-nodetach", "-cades", "-outform", "DER"];
    let what = ["-econtent_type", "1.2.840.113549.1.9.16.1.4", "-in", "info.der"];
    let by = ["-signer", "signer.pem", "-inkey", "signer.key", "-out", "token.der"];
    run(&mail.folder(), &[sign.as_slice(), &what, &by].concat());
    let token = std::fs::read(mail.folder().join("token.der")).unwrap();
    let told = ts_verify(&token, &digest, &roots(&mail), now()).unwrap_err();
    assert_eq!(told.reason(), "STAMP_SIGNER_OF_OTHER_PURPOSE");
}

/// A clock that is wound by hand, from the present on.
#[derive(Debug)]
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Moment {
        Moment::from_us(self.0.load(Ordering::Relaxed))
    }
}

/// Serves an authority on a free port.
async fn serve(authority: &TimeStamping) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(authority.clone().serve(listener));
    format!("http://{address}/tsa")
}

#[tokio::test]
async fn s12_an_authority_that_is_down_holds_up_nothing_and_is_asked_again() {
    let Some(one) = authority(&Setup::default()) else { return };
    let Some(two) = authority(&Setup { key: KeyKind::Rsa, ..Setup::default() }) else { return };
    let known = |key: &str, url: String, authority: &TimeStamping| Authority {
        key: key.to_owned(),
        url,
        policy: Some(POLICY.to_owned()),
        roots: roots(authority),
        between: Vec::new(),
    };
    let authorities =
        vec![known("one", serve(&one).await, &one), known("two", serve(&two).await, &two)];
    let folder = tempfile::tempdir().unwrap();
    let stamps = Arc::new(Stamps::open(folder.path()).unwrap());
    let clock = Arc::new(Hand(AtomicI64::new(now().us())));
    let entropy = Arc::new(|bytes: &mut [u8]| -> Result<(), blobs::BlobError> {
        bytes.fill(7);
        Ok(())
    });
    let stamper = Stamper::new(
        Arc::clone(&stamps),
        authorities,
        AuthorityClient::new().unwrap(),
        entropy,
        Arc::clone(&clock) as Arc<dyn Clock>,
    );
    let note = |size: u64| format!("log\n{size}\nAAAA\n\n— log AAAA\n");
    two.switch(Switches { down: true, ..Switches::default() });
    for size in [3, 9, 12] {
        stamps.offer("5100", size, &note(size), clock.now()).unwrap();
    }
    assert_eq!(stamper.round().await, 3, "one authority stamps all of them");
    let backlog = stamper.backlog();
    assert_eq!((backlog[0].waiting, backlog[1].waiting), (0, 3));
    assert!(backlog[1].failed.as_ref().is_some_and(|why| why.contains("503")), "{backlog:?}");
    assert_eq!(stamps.covering("5100", 3), Some(9), "leaf 3 is under the checkpoint of 9");
    assert_eq!(stamps.of("5100", 9).unwrap().unwrap().stamps.len(), 1);

    // It is left alone for a while, though it is back already.
    two.switch(Switches { wrong_signature: true, ..Switches::default() });
    let asked = two.requests();
    assert_eq!((stamper.round().await, two.requests()), (0, asked));
    clock.0.fetch_add(3 * 3600 * 1_000_000, Ordering::Relaxed);
    assert_eq!(stamper.round().await, 0, "what does not hold is not kept");
    assert!(stamper.backlog()[1].failed.as_ref().is_some_and(|why| why.contains("signature")));
    two.switch(Switches::default());
    clock.0.fetch_add(3 * 3600 * 1_000_000, Ordering::Relaxed);
    assert_eq!(stamper.round().await, 3, "what waited is stamped, the oldest first");

    // Another process finds everything as it was.
    drop(stamper);
    let again = Stamps::open(folder.path()).unwrap();
    assert_eq!(again.waiting("two", 9), []);
    assert_eq!(again.of("5100", 12).unwrap(), stamps.of("5100", 12).unwrap());
    assert_eq!(again.waiting("three", 2), [("5100".to_owned(), 3), ("5100".to_owned(), 9)]);
}
