//! Signatures of requests and of reports, as Standard Webhooks has them: HMAC-SHA256 over `id.timestamp.body`.

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use codes::Moment;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt;

/// How far a signed time may be from ours, in seconds.
const TOLERANCE_SECONDS: i64 = 300;

/// The secret that gateway and platform share (共享密钥).
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A text that is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret is written `whsec_` and 24 to 64 bytes in base64")]
pub struct NotASecret;

impl Secret {
    /// The secret of a text `whsec_…`.
    ///
    /// # Errors
    /// [`NotASecret`]
    pub fn parse(text: &str) -> Result<Self, NotASecret> {
        let encoded = text.trim().strip_prefix("whsec_").ok_or(NotASecret)?;
        let bytes = STANDARD.decode(encoded).map_err(|_text| NotASecret)?;
        if (24..=64).contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(NotASecret) }
    }

    fn mac(&self, id: &str, timestamp: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        Some(mac)
    }

    /// The signature of a body under an id and a time, as the header has it.
    pub(crate) fn sign(&self, id: &str, timestamp: &str, body: &[u8]) -> String {
        let made = self.mac(id, timestamp, body).map(|mac| mac.finalize().into_bytes());
        format!("v1,{}", STANDARD.encode(made.unwrap_or_default()))
    }

    /// Whether the headers sign the body, at about this time.
    ///
    /// # Errors
    /// What is wrong.
    pub(crate) fn check(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Moment,
    ) -> Result<(), String> {
        let header = |name: &str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.ok_or_else(|| format!("`{name}` is missing"))
        };
        let (id, timestamp) = (header("webhook-id")?, header("webhook-timestamp")?);
        let seconds: i64 =
            timestamp.parse().map_err(|_digits| "the time is no number".to_owned())?;
        if (seconds - now.us() / 1_000_000).abs() > TOLERANCE_SECONDS {
            return Err("the time is too far off".to_owned());
        }
        // While a key is changed there are several signatures; one that fits is enough.
        let good = header("webhook-signature")?.split(' ').any(|signature| {
            let bytes = signature.strip_prefix("v1,").and_then(|text| STANDARD.decode(text).ok());
            let mac = self.mac(id, timestamp, body);
            mac.zip(bytes).is_some_and(|(mac, bytes)| mac.verify_slice(&bytes).is_ok())
        });
        if good { Ok(()) } else { Err("the signature is another one".to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const TIME: &str = "1614265330";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn headers(signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("webhook-id", ID), ("webhook-timestamp", TIME), ("webhook-signature", signature)]
        {
            headers.insert(name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn the_published_example_is_signed_and_checked() {
        let secret = Secret::parse(SECRET).unwrap();
        assert_eq!(secret.sign(ID, TIME, BODY), SIGNATURE);
        let now = Moment::from_us(1_614_265_330_000_000);
        let several = format!("v1,AAAA v2,x {SIGNATURE}");
        for signature in [SIGNATURE, &several] {
            assert_eq!(secret.check(&headers(signature), BODY, now), Ok(()));
        }
        for (signature, body, now) in [
            (SIGNATURE, &b"{}"[..], now),
            ("v1,AAAA", BODY, now),
            ("", BODY, now),
            (SIGNATURE, BODY, now.plus_seconds(301)),
            (SIGNATURE, BODY, now.plus_seconds(-301)),
        ] {
            assert!(secret.check(&headers(signature), body, now).is_err(), "{signature} {now}");
        }
        assert!(secret.check(&HeaderMap::new(), BODY, now).is_err());
        for text in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAA", "whsec_!"] {
            assert!(Secret::parse(text).is_err(), "{text}");
        }
        assert!(!format!("{secret:?}").contains("31"));
    }
}
