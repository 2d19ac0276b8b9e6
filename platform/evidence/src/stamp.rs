//! Time-stamps (时间戳) of RFC 3161: what is asked of an authority, and what its answer proves.

mod authority;
mod error;
mod papers;
mod queue;

pub use authority::{Authority, AuthorityClient};
pub use error::TsError;
pub use papers::StampReader;
pub use queue::{Backlog, StampedNote, Stamper, Stamps};

use codes::Moment;
use der::asn1::{BitString, Int, ObjectIdentifier, OctetString, Uint};
use der::{Any, Decode as _, Encode as _, Sequence, Tag, Tagged as _};
use seals::x509::{Certificate, RevocationList, SignedMessage, chain};
use x509_cert::ext::Extensions;
use x509_cert::spki::AlgorithmIdentifierOwned;

/// SHA-256, the one digest that is sent for a stamp.
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
/// `id-ct-TSTInfo` (RFC 3161, 2.4.2).
const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";
/// The longest answer that is looked at: 256 KiB.
pub const STAMP_BYTES_MAX: usize = 256 << 10;
/// How far an authority's clock may run before the reader's.
const AHEAD_US_MAX: i64 = 300 * 1_000_000;

/// `MessageImprint`: the digest that is stamped.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct Imprint {
    function: AlgorithmIdentifierOwned,
    digest: OctetString,
}

/// `TimeStampReq` (RFC 3161, 2.4.1).
#[derive(Sequence)]
struct Request {
    version: u8,
    imprint: Imprint,
    policy: Option<ObjectIdentifier>,
    nonce: Option<Uint>,
    #[asn1(default = "Default::default")]
    wants_certificates: bool,
}

/// `PKIStatusInfo` (RFC 3161, 2.4.2).
#[derive(Sequence)]
struct Status {
    status: u8,
    words: Option<Vec<String>>,
    failure: Option<BitString>,
}

/// `TimeStampResp` (RFC 3161, 2.4.2).
#[derive(Sequence)]
struct Response {
    status: Status,
    token: Option<Any>,
}

/// `Accuracy` (RFC 3161, 2.4.2).
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct Accuracy {
    seconds: Option<u32>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    millis: Option<u16>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    micros: Option<u16>,
}

/// `TSTInfo` (RFC 3161, 2.4.2). The time is read apart: it may bear a fraction of a second, which DER's plain time may not.
#[derive(Sequence)]
struct Info {
    version: u8,
    policy: ObjectIdentifier,
    imprint: Imprint,
    serial: Int,
    time: Any,
    accuracy: Option<Accuracy>,
    #[asn1(default = "Default::default")]
    ordering: bool,
    nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    authority: Option<Any>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

/// What a stamp that holds says (时间戳).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TsTime {
    /// When the digest was shown to the authority.
    pub at: Moment,
    /// By how much its clock may be wrong, in microseconds; none where it does not say.
    pub accuracy_us: Option<i64>,
    /// The number of the stamp, in hexadecimal.
    pub serial: String,
    /// The authority's policy, in dots.
    pub policy: String,
    /// Whom the signer's certificate names.
    pub authority: String,
    /// The number that the request bore, big-endian without leading zeros.
    pub nonce: Option<Vec<u8>>,
    /// The path from the signer's certificate to the trusted root.
    pub path: Vec<Certificate>,
}

impl TsTime {
    /// Whether the stamp answers the request that bore this number.
    #[must_use]
    pub fn answers(&self, nonce: u64) -> bool {
        let bytes = nonce.to_be_bytes();
        let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
        let plain =
            |bytes: &[u8]| bytes.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
        self.nonce.as_deref().map(plain).as_deref() == bytes.get(start..)
    }
}

/// What a stamp is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Trusted<'a> {
    /// Roots that are trusted.
    pub roots: &'a [Certificate],
    /// Certificates that may stand between.
    pub between: &'a [Certificate],
    /// Lists of what was revoked.
    pub revocations: &'a [RevocationList],
    /// When it is judged: a stamp from the future does not hold.
    pub now: Moment,
}

/// A request for a stamp over a SHA-256 digest, asking for the signer's certificate, in DER.
#[must_use]
pub fn ts_request(digest: &[u8; 32], nonce: u64) -> Vec<u8> {
    request(digest, nonce, None)
}

/// A request under a policy of the authority; `None` leaves the choice to it.
pub(crate) fn request(digest: &[u8; 32], nonce: u64, policy: Option<ObjectIdentifier>) -> Vec<u8> {
    let written = || {
        Request {
            version: 1,
            imprint: Imprint {
                function: AlgorithmIdentifierOwned { oid: SHA256, parameters: Some(Any::null()) },
                digest: OctetString::new(digest.as_slice())?,
            },
            policy,
            nonce: Some(Uint::new(&nonce.to_be_bytes())?),
            wants_certificates: true,
        }
        .to_der()
    };
    // Four fields of fixed size: nothing in them can fail to be written.
    written().unwrap_or_default()
}

/// Checks a stamp over a digest: signed by a certificate that is for time-stamping alone, named in what is signed, valid at
/// the stamped time, and leading to one of the roots.
///
/// # Errors
/// [`TsError`], one variant for each thing that does not hold.
pub fn ts_verify(
    tsr: &[u8],
    digest: &[u8; 32],
    roots: &[Certificate],
    at: Moment,
) -> Result<TsTime, TsError> {
    ts_verify_by(tsr, digest, &Trusted { roots, between: &[], revocations: &[], now: at })
}

/// The same, with certificates between and lists of what was revoked.
///
/// # Errors
/// As [`ts_verify`].
pub fn ts_verify_by(
    tsr: &[u8],
    digest: &[u8; 32],
    trusted: &Trusted<'_>,
) -> Result<TsTime, TsError> {
    let message = token(tsr)?;
    let info = info(&message)?;
    if info.imprint.function.oid != SHA256 || info.imprint.digest.as_bytes() != digest {
        return Err(TsError::OtherContent);
    }
    let signer = message.signer(trusted.between).ok_or(TsError::SignerMissing)?.clone();
    if !signer.is_for_time_stamping_alone() {
        return Err(TsError::NotForTimeStamping { subject: signer.subject() });
    }
    if message.names(&signer) != Some(true) {
        return Err(TsError::SignerNotNamed { subject: signer.subject() });
    }
    message.verify(&signer, None).map_err(TsError::Signature)?;
    let at = time(&info.time)?;
    if at > trusted.now.plus_us(AHEAD_US_MAX) {
        return Err(TsError::FromTheFuture { at, now: trusted.now });
    }
    let between: Vec<Certificate> =
        message.certificates().iter().chain(trusted.between).cloned().collect();
    let path =
        chain(&signer, &between, trusted.roots, trusted.revocations, at).map_err(TsError::Chain)?;
    Ok(TsTime {
        at,
        accuracy_us: info.accuracy.as_ref().map(accuracy_us),
        serial: seals::hex(info.serial.as_bytes()),
        policy: info.policy.to_string(),
        authority: signer.subject(),
        nonce: info.nonce.map(|nonce| nonce.as_bytes().to_vec()),
        path,
    })
}

/// The certificates that a stamp brings; empty if it cannot be read.
#[must_use]
pub fn ts_certificates(tsr: &[u8]) -> Vec<Certificate> {
    token(tsr).map(|message| message.certificates().to_vec()).unwrap_or_default()
}

/// The token of an answer as DER, as a seal inside a PDF bears it; `None` if there is none.
#[must_use]
pub fn ts_token(tsr: &[u8]) -> Option<Vec<u8>> {
    match Response::from_der(tsr) {
        Ok(response) => response.token?.to_der().ok(),
        Err(_no_answer) => SignedMessage::read(tsr).is_ok().then(|| tsr.to_vec()),
    }
}

/// The token in an answer, or the token itself.
fn token(tsr: &[u8]) -> Result<SignedMessage, TsError> {
    if tsr.len() > STAMP_BYTES_MAX {
        return Err(TsError::Malformed { why: "it is too long".to_owned() });
    }
    let malformed = |error: der::Error| TsError::Malformed { why: error.to_string() };
    let Ok(response) = Response::from_der(tsr) else {
        return SignedMessage::read(tsr)
            .map_err(|error| TsError::Malformed { why: error.to_string() });
    };
    // 0 granted, 1 granted with modifications (RFC 3161, 2.4.2).
    if response.status.status > 1 {
        return Err(TsError::Refused {
            status: response.status.status,
            failure: response
                .status
                .failure
                .as_ref()
                .and_then(|bits| bits.bits().position(|bit| bit))
                .map(failure),
            why: response.status.words.unwrap_or_default().join("; "),
        });
    }
    let token =
        response.token.ok_or_else(|| TsError::Malformed { why: "it bears no token".to_owned() })?;
    SignedMessage::read(&token.to_der().map_err(malformed)?)
        .map_err(|error| TsError::Malformed { why: error.to_string() })
}

/// What a bit of `PKIFailureInfo` means (RFC 3161, 2.4.2).
fn failure(bit: usize) -> &'static str {
    match bit {
        0 => "badAlg",
        2 => "badRequest",
        5 => "badDataFormat",
        14 => "timeNotAvailable",
        15 => "unacceptedPolicy",
        16 => "unacceptedExtension",
        17 => "addInfoNotAvailable",
        25 => "systemFailure",
        _ => "unknown",
    }
}

fn info(message: &SignedMessage) -> Result<Info, TsError> {
    let wrong = |why: &str| TsError::Malformed { why: why.to_owned() };
    if message.content_type() != TST_INFO {
        return Err(wrong("what is signed is no time-stamp"));
    }
    let content = message.content().ok_or_else(|| wrong("it bears no content"))?;
    let info =
        Info::from_der(content).map_err(|error| TsError::Malformed { why: error.to_string() })?;
    if info.version != 1 {
        return Err(wrong("it has another version than 1"));
    }
    if info.extensions.iter().flatten().any(|extension| extension.critical) {
        return Err(wrong("it has a critical extension that is not known here"));
    }
    Ok(info)
}

fn accuracy_us(accuracy: &Accuracy) -> i64 {
    i64::from(accuracy.seconds.unwrap_or_default()) * 1_000_000
        + i64::from(accuracy.millis.unwrap_or_default()) * 1_000
        + i64::from(accuracy.micros.unwrap_or_default())
}

/// `YYYYMMDDhhmmss[.s…]Z`: the time of a stamp, whose fraction RFC 3161 allows.
fn time(any: &Any) -> Result<Moment, TsError> {
    let malformed = || TsError::Malformed { why: "its time cannot be read".to_owned() };
    if any.tag() != Tag::GeneralizedTime {
        return Err(malformed());
    }
    let text = std::str::from_utf8(any.value()).map_err(|_bytes| malformed())?;
    let text = text.strip_suffix('Z').ok_or_else(malformed)?;
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(a, b)| (a, Some(b)));
    if whole.len() != 14 || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(malformed());
    }
    let plain =
        der::asn1::GeneralizedTime::from_der(&[&[0x18, 15], whole.as_bytes(), b"Z"].concat())
            .map_err(|_time| malformed())?;
    let seconds =
        i64::try_from(plain.to_unix_duration().as_secs()).map_err(|_range| malformed())?;
    let mut us = 0_i64;
    if let Some(digits) = fraction {
        // No trailing zero, at least one digit (RFC 3161, 2.4.2).
        if digits.is_empty()
            || digits.ends_with('0')
            || !digits.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Err(malformed());
        }
        for place in 0..6 {
            let digit = digits.as_bytes().get(place).map_or(0, |byte| byte - b'0');
            us = us * 10 + i64::from(digit);
        }
    }
    Ok(Moment::from_us(seconds.saturating_mul(1_000_000).saturating_add(us)))
}

#[cfg(test)]
mod tests;
