//! Agreements between installations: whose logs we witness, and who witnesses ours.

use super::{Peer, Watched};
use crate::note::{Signs, VerifierKey};
use data_encoding::BASE64;
use seals::{Algorithm, PublicKey};
use serde::Deserialize;

/// An agreement with another installation, as a file of settings holds it; `/api/v1/evidence/witness/key` of the other side tells
/// all of it.
///
/// ```json
/// [{"log": "province.example/evidence/log", "log_key": "…base64…",
///   "url": "https://province.example/api/v1/evidence/witness", "witness_key": "province.example/evidence/witness+1a2b3c4d+BA…"}]
/// ```
/// `log` and `log_key` make us its witness, `url` and `witness_key` make it ours; either half may be left out. The same `log` or
/// `url` again with another key is one that the other side takes into use, or took out of use.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pact {
    log: Option<String>,
    log_key: Option<String>,
    url: Option<String>,
    witness_key: Option<String>,
}

/// What is wrong with a file of agreements.
#[derive(Debug, thiserror::Error)]
pub enum PactError {
    /// It is no JSON of the form.
    #[error("the agreements cannot be read")]
    Form(#[from] serde_json::Error),
    /// One of them is incomplete or holds something that is no key.
    #[error("agreement {number}: {why}")]
    Wrong {
        /// Its number, from 1.
        number: usize,
        /// What is wrong.
        why: &'static str,
    },
}

/// Reads a file of agreements: the logs that we witness, the witnesses that we ask.
///
/// # Errors
/// [`PactError`].
pub fn read_pacts(text: &str) -> Result<(Vec<Watched>, Vec<Peer>), PactError> {
    let pacts: Vec<Pact> = serde_json::from_str(text)?;
    let (mut watched, mut peers) = (Vec::new(), Vec::new());
    for (number, pact) in (1..).zip(pacts) {
        let wrong = |why| PactError::Wrong { number, why };
        match (pact.log, pact.log_key) {
            (Some(origin), Some(key)) => {
                let key = BASE64.decode(key.as_bytes()).ok();
                let key = key.and_then(|key| PublicKey::from_bytes(Algorithm::Ed25519, &key).ok());
                let key = key.ok_or_else(|| wrong("`log_key` is no Ed25519 key in base64"))?;
                watched.push(Watched { origin, key });
            }
            (None, None) => {}
            _ => return Err(wrong("`log` and `log_key` stand together")),
        }
        match (pact.url, pact.witness_key) {
            (Some(url), Some(key)) => {
                let key = key.parse::<VerifierKey>().ok();
                let key = key.filter(|key| key.signs() == Signs::Cosignatures);
                let key = key.ok_or_else(|| wrong("`witness_key` is no key of a witness"))?;
                match peers.iter_mut().find(|peer: &&mut Peer| peer.url == url) {
                    Some(peer) => peer.keys.push(key),
                    None => peers.push(Peer { url, keys: vec![key] }),
                }
            }
            (None, None) => {}
            _ => return Err(wrong("`url` and `witness_key` stand together")),
        }
    }
    Ok((watched, peers))
}

#[cfg(test)]
mod tests {
    use super::*;
    use seals::SecretKey;

    #[test]
    fn each_half_of_an_agreement_counts_alone() {
        let key = SecretKey::from_seed(Algorithm::Ed25519, &[1; 32]).unwrap().public();
        let log_key = BASE64.encode(&key.bytes());
        let witness_key = VerifierKey::new("w.example", Signs::Cosignatures, key.clone()).unwrap();
        let log = format!(r#""log": "l.example/evidence/log", "log_key": "{log_key}""#);
        let witness = format!(r#""url": "https://w.example", "witness_key": "{witness_key}""#);
        let (watched, peers) = read_pacts(&format!("[{{{log}}}, {{{witness}}}]")).unwrap();
        assert_eq!(
            watched,
            [Watched { origin: "l.example/evidence/log".to_owned(), key: key.clone() }]
        );
        assert_eq!(
            peers,
            [Peer { url: "https://w.example".to_owned(), keys: vec![witness_key.clone()] }]
        );
        let next = SecretKey::from_seed(Algorithm::Ed25519, &[2; 32]).unwrap().public();
        let next = VerifierKey::new("w.example", Signs::Cosignatures, next).unwrap();
        let both =
            format!(r#"[{{{witness}}}, {{"url": "https://w.example", "witness_key": "{next}"}}]"#);
        let (_, peers) = read_pacts(&both).unwrap();
        assert_eq!(peers[0].keys, [witness_key, next], "a new key stands beside the old");
        assert_eq!((peers.len(), peers[0].name()), (1, "w.example"));
        assert_eq!(read_pacts(&format!("[{{{log}, {witness}}}]")).unwrap().0.len(), 1);
        let of_log = VerifierKey::new("w.example", Signs::Notes, key).unwrap();
        for bad in [
            "{}".to_owned(),
            r#"[{"log": "x"}]"#.to_owned(),
            r#"[{"log": "x", "log_key": "AAAA"}]"#.to_owned(),
            r#"[{"url": "x"}]"#.to_owned(),
            format!(r#"[{{"url": "x", "witness_key": "{of_log}"}}]"#),
            r#"[{"who": "x"}]"#.to_owned(),
        ] {
            assert!(read_pacts(&bad).is_err(), "{bad}");
        }
    }
}
