//! What is asked and read, byte by byte; whether real tokens hold is tested against `openssl ts` in `tests/it`.

use super::*;
use seals::{Digest, from_hex};

#[test]
fn a_request_is_the_one_of_the_standard() {
    // RFC 3161, 2.4.1: version 1, SHA-256 with its digest, a nonce, certificates wanted.
    let digest = *Digest::sha256(b"abc").bytes();
    let wanted = format!(
        "30430201013031300d060960864801650304020105000420{}0208314cfce4e06518270101ff",
        seals::hex(&digest)
    );
    assert_eq!(seals::hex(&ts_request(&digest, 0x314c_fce4_e065_1827)), wanted);
    // A nonce with its first bit set stays positive; one of zero is a zero.
    assert!(seals::hex(&ts_request(&digest, u64::MAX)).contains("020900ffffffffffffffff"));
    assert!(seals::hex(&ts_request(&digest, 0)).contains("0201000101ff"));
}

#[test]
fn the_time_of_a_stamp_may_bear_a_fraction() {
    let told = |text: &str| {
        let any = Any::new(Tag::GeneralizedTime, text.as_bytes()).unwrap();
        time(&any).map(|at| at.to_string())
    };
    for (text, at) in [
        ("20240913155841Z", "2024-09-13T15:58:41Z"),
        ("20240913155841.5Z", "2024-09-13T15:58:41.5Z"),
        ("20240913155841.1234567Z", "2024-09-13T15:58:41.123456Z"),
    ] {
        assert_eq!(told(text), Ok(at.to_owned()));
    }
    for bad in [
        "20240913155841",
        "20240913155841.Z",
        "20240913155841.50Z",
        "20240913155841+0800",
        "20241313155841Z",
        "2024091315584Z",
        "",
    ] {
        assert!(told(bad).is_err(), "{bad}");
    }
    let other = Any::new(Tag::Utf8String, b"20240913155841Z".as_slice()).unwrap();
    assert!(time(&other).is_err());
}

#[test]
fn a_nonce_is_compared_as_a_number() {
    let time = |nonce: &[u8]| TsTime {
        at: Moment::from_us(0),
        accuracy_us: None,
        serial: String::new(),
        policy: String::new(),
        authority: String::new(),
        nonce: Some(nonce.to_vec()),
        path: Vec::new(),
    };
    for (bytes, number) in [(&[0][..], 0), (&[7], 7), (&[0, 0xff], 255), (&[1, 0], 256)] {
        assert!(time(bytes).answers(number), "{bytes:?}");
        assert!(!time(bytes).answers(number + 1), "{bytes:?}");
    }
    assert!(!TsTime { nonce: None, ..time(&[0]) }.answers(0));
}

#[test]
fn answers_that_are_none_are_told_apart() {
    let digest = *Digest::sha256(b"abc").bytes();
    let verify = |tsr: &[u8]| ts_verify(tsr, &digest, &[], Moment::from_us(0)).unwrap_err();
    assert!(matches!(verify(b""), TsError::Malformed { .. }));
    assert!(matches!(verify(&[0x30; 300]), TsError::Malformed { .. }));
    assert!(matches!(verify(&vec![0x30; STAMP_BYTES_MAX + 1]), TsError::Malformed { .. }));
    // PKIStatusInfo { status 2 (rejection), failInfo unacceptedPolicy (bit 15) }.
    let refused = from_hex("300a30080201020303000001").unwrap();
    let wanted =
        TsError::Refused { status: 2, failure: Some("unacceptedPolicy"), why: String::new() };
    assert_eq!(verify(&refused), wanted);
    // Granted, and no token.
    assert!(matches!(verify(&from_hex("30053003020100").unwrap()), TsError::Malformed { .. }));
}

#[test]
fn a_stamp_that_brings_no_certificate_is_read_and_not_believed() {
    // Made with `openssl ts -reply` from a query without -cert over "abc", as the tests of RustCrypto's x509-tsp have it.
    let tsr = from_hex(concat!(
        "3082028430030201003082027b06092a864886f70d010702a082026c30820268020103310f300d060960864801650304020105003081c9",
        "060b2a864886f70d0109100104a081b90481b63081b302010106042a0304013031300d060960864801650304020105000420ba7816bf8f",
        "01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad020104180f32303233303630373131323632365a300a020101800201",
        "f48101640101ff0208314cfce4e0651827a048a4463044310b30090603550406130255533113301106035504080c0a536f6d652d537461",
        "7465310d300b060355040a0c04546573743111300f06035504030c0854657374205453413182018430820180020101305c3044310b3009",
        "0603550406130255533113301106035504080c0a536f6d652d5374617465310d300b060355040a0c04546573743111300f06035504030c",
        "08546573742054534102146a0dcc59137c11d1c2b092042b4bc51c0d634d24300d06096086480165030402010500a08198301a06092a86",
        "4886f70d010903310d060b2a864886f70d0109100104301c06092a864886f70d010905310f170d3233303630373131323632365a302b06",
        "0b2a864886f70d010910020c311c301a3018301604142f36b1b52456f5ac3a1ca09794ae3d0d64ad38c2302f06092a864886f70d010904",
        "31220420baf4ccf82e9b5b3956eadcc87346b407684f26d82b68d0e7de0d31ea79af648c300a06082a8648ce3d0403020467306502305a",
        "6e1c175b20a93fab25d14cc5f5a2836d726d6d4a964b66ffbffce46276a96475f1408728b3385dca37c2ba46be17e1023100c46b7f08d0",
        "3409a8eccfd7637765412c3c5ec050e0d39cf48f0f5015950342cb18d8434ff331ba4463c086297c37d07b",
    ))
    .unwrap();
    let abc = *Digest::sha256(b"abc").bytes();
    let verify = |digest| ts_verify(&tsr, digest, &[], Moment::from_us(i64::MAX));
    assert_eq!(verify(&abc), Err(TsError::SignerMissing));
    assert_eq!(verify(&[0; 32]), Err(TsError::OtherContent));
    assert_eq!(ts_certificates(&tsr), []);
}
