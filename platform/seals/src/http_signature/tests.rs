//! Published vectors, round trips, and every way in which a message can be tampered with.

use super::*;
use crate::{Algorithm, MemoryKeys, Purpose, SecretKey, from_hex};

/// Seconds since 1970, as the vectors state them.
fn at(seconds: i64) -> Moment {
    Moment::from_us(seconds * 1_000_000)
}

/// `test-key-ed25519` of RFC 9421 appendix B.1.4.
fn published_key() -> SecretKey {
    let seed = "9f8362f87a484a954e6e740c5b4c0e84229139a20aa8ab56ff66586f6a7d29c5";
    SecretKey::from_bytes(Algorithm::Ed25519, &from_hex(seed).unwrap()).unwrap()
}

/// The request of RFC 9421 appendix B.2.
const PUBLISHED_HEADERS: &[(&str, &str)] = &[
    ("Host", "example.com"),
    ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"),
    ("Content-Type", "application/json"),
    (
        "Content-Digest",
        "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
    ),
    ("Content-Length", "18"),
];

fn published_request<'a>(headers: &'a [(&'a str, &'a str)]) -> Message<'a> {
    Message::Request(Request {
        method: "POST",
        scheme: "https",
        authority: "example.com",
        target: "/foo?param=Value&Pet=dog",
        headers,
        body: b"{\"hello\": \"world\"}",
    })
}

const LOOSE: Expectation<'_> = Expectation {
    required: &[],
    now: Moment::from_us(1_618_884_473 * 1_000_000),
    age_s_max: 300,
    skew_s_max: 5,
    tag: None,
};

#[test]
fn the_published_signature_verifies() {
    // RFC 9421 appendix B.2.6.
    let mut headers = PUBLISHED_HEADERS.to_vec();
    headers.push((
        "Signature-Input",
        "sig-b26=(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\")\
         ;created=1618884473;keyid=\"test-key-ed25519\"",
    ));
    headers.push((
        "Signature",
        "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:",
    ));
    let key = published_key().public();
    let known = |id: &KeyId| (id.as_str() == "test-key-ed25519").then(|| key.clone());
    let verified = verify(&published_request(&headers), &LOOSE, known).unwrap();
    assert_eq!(verified.label, "sig-b26");
    assert_eq!(verified.created, at(1_618_884_473));

    headers[1].1 = "Tue, 20 Apr 2021 02:07:56 GMT";
    let changed = verify(&published_request(&headers), &LOOSE, known);
    assert!(matches!(changed, Err(SealError::SignatureInvalid)));
}

#[test]
fn the_published_signature_comes_out() {
    // Same base as above: Ed25519 is deterministic.
    let input = Input {
        components: ["date", "@method", "@path", "@authority", "content-type", "content-length"]
            .map(Component::named)
            .to_vec(),
        params: vec![
            ("created".to_owned(), Bare::Integer(1_618_884_473)),
            ("keyid".to_owned(), Bare::Text("test-key-ed25519".to_owned())),
        ],
    };
    let base = input.base(&published_request(PUBLISHED_HEADERS)).unwrap();
    let signature = published_key().sign(base.as_bytes()).unwrap();
    assert_eq!(
        BASE64.encode(signature.bytes()),
        "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
    );
}

#[test]
fn published_digests_hold_and_come_out() {
    // RFC 9530 appendix B.1 (sha-256) and RFC 9421 appendix B.2 (sha-512).
    let body = b"{\"hello\": \"world\"}";
    let sha256 = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:";
    assert_eq!(content_digest(body), sha256);
    assert!(check_content_digest(sha256, body).is_ok());
    assert!(check_content_digest(PUBLISHED_HEADERS[3].1, body).is_ok());
    assert!(check_content_digest(&format!("md5=:AA==:, {sha256}"), body).is_ok());
    for field in [sha256.replace("X48", "X49").as_str(), "md5=:AA==:"] {
        assert!(matches!(check_content_digest(field, body), Err(SealError::ContentDigestWrong)));
    }
    for field in ["", "sha-256=1"] {
        let error = check_content_digest(field, body).unwrap_err();
        assert!(matches!(error, SealError::HttpSignatureMalformed { .. }));
    }
}

struct Signed {
    keys: MemoryKeys,
    key: KeyRecord,
    headers: SignedHeaders,
}

const BODY: &[u8] = "{\"目的\":\"核验\"}".as_bytes();

fn request<'a>(headers: &'a [(&'a str, &'a str)], body: &'a [u8]) -> Request<'a> {
    Request {
        method: "POST",
        scheme: "https",
        authority: "Node2.example:443",
        target: "/api/v1/exchange/messages?kind=seal",
        headers,
        body,
    }
}

fn signed(algorithm: Algorithm) -> Signed {
    let keys = MemoryKeys::new();
    let key = keys.generate(Purpose::EXCHANGE, algorithm, at(0), &[5; 32]).unwrap();
    let plan = Plan {
        label: "sig1",
        components: &["@method", "@target-uri", "content-digest", "x-purpose"],
        created: at(1000),
        expires: Some(at(1200)),
        nonce: Some("n-1"),
        tag: Some("lianban"),
    };
    let message = Message::Request(request(&[("X-Purpose", " 28 seal ")], BODY));
    let headers = sign(&message, &plan, &keys, &key).unwrap();
    Signed { keys, key, headers }
}

impl Signed {
    fn verify(
        &self,
        alter: impl FnOnce(&mut Request<'_>, &mut Expectation<'_>),
    ) -> Result<Verified, SealError> {
        let headers = [
            ("x-purpose", "28 seal"),
            ("content-digest", self.headers.content_digest.as_str()),
            ("signature-input", self.headers.signature_input.as_str()),
            ("signature", self.headers.signature.as_str()),
        ];
        let mut request = request(&headers, BODY);
        let mut expectation = Expectation {
            required: REQUEST_COMPONENTS,
            now: at(1010),
            age_s_max: 300,
            skew_s_max: 5,
            tag: Some("lianban"),
        };
        alter(&mut request, &mut expectation);
        let known = |id: &KeyId| self.keys.find(id).ok().map(|record| record.key);
        verify(&Message::Request(request), &expectation, known)
    }
}

#[test]
fn a_signed_request_verifies_in_every_scheme() {
    for algorithm in [Algorithm::Ed25519, Algorithm::Es256, Algorithm::Sm2Sm3] {
        let signed = signed(algorithm);
        let verified = signed.verify(|_request, _expectation| {}).unwrap();
        assert_eq!(verified.key, signed.key.id);
        assert_eq!(verified.nonce.as_deref(), Some("n-1"));
        assert_eq!(verified.components.len(), 4);
        // The default port and the case of the host are not told apart (RFC 9421 section 2.2.3).
        assert!(signed.verify(|request, _| request.authority = "node2.example").is_ok());
    }
}

#[test]
fn each_change_of_a_covered_part_is_noticed() {
    let signed = signed(Algorithm::Ed25519);
    let invalid = |result| matches!(result, Err(SealError::SignatureInvalid));
    assert!(invalid(signed.verify(|request, _| request.method = "PUT")));
    assert!(invalid(signed.verify(|request, _| request.target = "/api/v1/exchange/messages")));
    assert!(invalid(signed.verify(|request, _| request.authority = "node3.example")));
    assert!(invalid(signed.verify(|request, _| request.scheme = "http")));
    let body = signed.verify(|request, _| request.body = b"{}");
    assert!(matches!(body, Err(SealError::ContentDigestWrong)));
}

#[test]
fn age_skew_expiry_purpose_and_coverage_are_judged() {
    let signed = signed(Algorithm::Ed25519);
    let stale = |now| {
        let result = signed.verify(|_, expectation| expectation.now = at(now));
        matches!(result, Err(SealError::SignatureStale { .. }))
    };
    assert!(!stale(995) && stale(994), "ahead of our clock by at most the skew");
    assert!(!stale(1200) && stale(1201), "until it expires");
    let aged = signed.verify(|_, expectation| expectation.age_s_max = 9);
    assert!(matches!(aged, Err(SealError::SignatureStale { .. })));
    let other = signed.verify(|_, expectation| expectation.tag = Some("webhook"));
    assert!(matches!(other, Err(SealError::HttpSignatureMalformed { .. })));
    let more = signed.verify(|_, expectation| expectation.required = &["@method", "date"]);
    assert!(
        matches!(&more, Err(SealError::HttpSignatureIncomplete { missing }) if *missing == ["date"])
    );
}

#[test]
fn an_unknown_key_and_a_missing_signature_are_told_apart() {
    let signed = signed(Algorithm::Ed25519);
    let headers = [
        ("signature-input", signed.headers.signature_input.as_str()),
        ("signature", signed.headers.signature.as_str()),
    ];
    let message = |headers| Message::Request(request(headers, BODY));
    let stranger = verify(&message(&headers), &LOOSE, |_id| None).unwrap_err();
    assert!(matches!(stranger, SealError::KeyNotTrusted { .. }));
    for part in [&headers[..1], &headers[1..], &[]] {
        let error = verify(&message(part), &LOOSE, |_id| None).unwrap_err();
        assert!(matches!(error, SealError::HttpSignatureMalformed { .. }));
    }
}

#[test]
fn an_answer_is_bound_to_its_request() {
    let signed = signed(Algorithm::Ed25519);
    let request_headers = [("signature", signed.headers.signature.as_str())];
    let plan = Plan {
        label: "sig1",
        components: RESPONSE_COMPONENTS,
        created: at(1001),
        expires: None,
        nonce: None,
        tag: None,
    };
    let answer = |status, headers, request| {
        Message::Response(Response { status, headers, body: b"ok", request: Some(request) })
    };
    let asked = request(&request_headers, BODY);
    let made = sign(&answer(200, &[], asked), &plan, &signed.keys, &signed.key).unwrap();
    let headers = [
        ("content-digest", made.content_digest.as_str()),
        ("signature-input", made.signature_input.as_str()),
        ("signature", made.signature.as_str()),
    ];
    let expectation = Expectation { required: RESPONSE_COMPONENTS, now: at(1001), ..LOOSE };
    let known = |id: &KeyId| signed.keys.find(id).ok().map(|record| record.key);
    assert!(verify(&answer(200, &headers, asked), &expectation, known).is_ok());
    let other_status = verify(&answer(409, &headers, asked), &expectation, known);
    assert!(matches!(other_status, Err(SealError::SignatureInvalid)));
    let other_headers = [("signature", "sig1=:AAAA:")];
    let other_request =
        verify(&answer(200, &headers, request(&other_headers, BODY)), &expectation, known);
    assert!(matches!(other_request, Err(SealError::SignatureInvalid)));
}

#[test]
fn what_cannot_be_covered_is_refused_when_signing() {
    let keys = MemoryKeys::new();
    let key = keys.generate(Purpose::EXCHANGE, Algorithm::Ed25519, at(0), &[5; 32]).unwrap();
    let attempt = |components: &[&str], headers: &[(&str, &str)]| {
        let plan =
            Plan { label: "s", components, created: at(1), expires: None, nonce: None, tag: None };
        sign(&Message::Request(request(headers, BODY)), &plan, &keys, &key).is_ok()
    };
    assert!(attempt(&["@path", "@query", "@request-target", "@scheme"], &[]));
    assert!(!attempt(&["date"], &[]), "absent");
    assert!(!attempt(&["@status"], &[]), "not of a request");
    assert!(!attempt(&["@query-param"], &[]), "not supported");
    assert!(!attempt(&["@method", "@method"], &[]), "twice");
    assert!(!attempt(&["Date"], &[("Date", "x")]), "names are lower case");
    assert!(!attempt(&["x"], &[("x", "a\r\n\"@method\": GET")]), "line break");
    assert!(!attempt(&["x"], &[("x", "中文")]), "not ASCII");
    assert!(attempt(&["x"], &[("x", "a"), ("X", " b ")]), "several values join");
}

#[test]
fn a_component_with_a_parameter_that_is_not_supported_is_refused() {
    let headers =
        [("signature-input", "s=(\"date\";bs);created=1;keyid=\"k\""), ("signature", "s=:AAAA:")];
    let error = verify(&published_request(&headers), &LOOSE, |_id| None).unwrap_err();
    assert!(matches!(error, SealError::HttpSignatureMalformed { .. }));
}
