//! Proofs as text that anybody can keep and check later without asking (C2SP tlog-proof@v1).
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! index 3
//! GsRrSE5kaWQdEB/4tLoefGvMyGK3 …          the path, the leaf's sibling first
//!
//! lianban.example/5100                    the checkpoint as it was signed
//! 7
//! …
//! ```

use crate::note::{NoteError, decimal, hash_of};
use crate::{Checkpoint, Hash, Profile, VerifierKey, parse_note};
use data_encoding::BASE64;
use std::fmt;
use std::str::FromStr;

/// The first line.
const FIRST: &str = "c2sp.org/tlog-proof@v1";
/// The longest path: a tree has at most 2^63 leaves.
const PATH_MAX: usize = 63;

/// That a leaf stands in a log (包含证明).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Further data that nobody vouches for.
    pub extra: Option<Vec<u8>>,
    /// The index of the leaf; its event's position less one.
    pub index: u64,
    /// The path from the leaf to the root.
    pub path: Vec<Hash>,
    /// The signed checkpoint, verbatim.
    pub checkpoint: String,
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", BASE64.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        let mut text = [0; 44];
        for hash in &self.path {
            BASE64.encode_mut(hash, &mut text);
            writeln!(f, "{}", std::str::from_utf8(&text).unwrap_or_default())?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for Proof {
    type Err = ProofError;

    fn from_str(text: &str) -> Result<Self, ProofError> {
        let wrong = |why: &'static str| ProofError::Malformed(why);
        let (head, checkpoint) =
            text.split_once("\n\n").ok_or_else(|| wrong("it holds no checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(FIRST) {
            return Err(wrong("its first line is another"));
        }
        let extra = lines.next_if(|line| line.starts_with("extra ")).map(|line| {
            let coded = line.trim_start_matches("extra ");
            BASE64.decode(coded.as_bytes()).map_err(|_shape| wrong("its extra data are not base64"))
        });
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(decimal);
        let index = index.ok_or_else(|| wrong("it names no index"))?;
        let path =
            lines.map(|line| hash_of(line).ok_or_else(|| wrong("its path is no list of hashes")));
        let path = path.collect::<Result<Vec<_>, _>>()?;
        if path.len() > PATH_MAX {
            return Err(wrong("its path is too long"));
        }
        Ok(Self { extra: extra.transpose()?, index, path, checkpoint: checkpoint.to_owned() })
    }
}

impl Proof {
    /// Checks that a leaf is proven by this, under keys of the log; answers with the checkpoint.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn verify(
        &self,
        profile: Profile,
        leaf: &[u8],
        vkeys: &[VerifierKey],
    ) -> Result<Checkpoint, ProofError> {
        let checkpoint = parse_note(self.checkpoint.as_bytes(), vkeys)?;
        let leaf = profile.leaf(leaf);
        let holds = profile.verify_inclusion(
            &leaf,
            self.index,
            checkpoint.size,
            &self.path,
            &checkpoint.root,
        );
        if holds { Ok(checkpoint) } else { Err(ProofError::Path { index: self.index }) }
    }
}

/// What is wrong with a proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// It has not the form of one.
    #[error("this is no proof: {0}")]
    Malformed(&'static str),
    /// Its checkpoint does not count.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The path does not lead from the leaf to the root.
    #[error("the path from leaf {index} does not lead to the root")]
    Path {
        /// The index.
        index: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tree;
    use crate::note::{Note, Signs};
    use seals::{Algorithm, SecretKey};

    fn given() -> (Proof, VerifierKey) {
        let mut tree = Tree::default();
        for n in 0..7_u8 {
            tree.append(&[n]);
        }
        let secret = SecretKey::from_seed(Algorithm::Ed25519, &[1; 32]).unwrap();
        let key = VerifierKey::new("log.example/1", Signs::Notes, secret.public()).unwrap();
        let text = Checkpoint::new("log.example/1", 7, tree.root(7).unwrap()).text();
        let line = key.line(&secret.sign(text.as_bytes()).unwrap());
        let checkpoint = Note { text, signatures: vec![line] }.to_string();
        let path = tree.inclusion(3, 7).unwrap();
        (Proof { extra: None, index: 3, path, checkpoint }, key)
    }

    #[test]
    fn a_proof_reads_back_and_verifies() {
        let (proof, key) = given();
        let text = proof.to_string();
        assert!(text.starts_with("c2sp.org/tlog-proof@v1\nindex 3\n"), "{text}");
        assert_eq!(text.parse(), Ok(proof.clone()));
        let vkeys = [key];
        assert_eq!(proof.verify(Profile::Sha256, &[3], &vkeys).unwrap().size, 7);
        let of_another = proof.verify(Profile::Sha256, &[4], &vkeys);
        assert_eq!(of_another, Err(ProofError::Path { index: 3 }));
        assert!(proof.verify(Profile::Sm3, &[3], &vkeys).is_err());
        let with_extra = Proof { extra: Some(b"{}".to_vec()), ..proof };
        assert!(with_extra.to_string().contains("\nextra e30=\nindex 3\n"));
        assert_eq!(with_extra.to_string().parse(), Ok(with_extra));
    }

    #[test]
    fn one_changed_byte_of_a_proof_is_found() {
        let (proof, key) = given();
        let text = proof.to_string();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            let read = changed.parse::<Proof>();
            let held = read
                .and_then(|read| read.verify(Profile::Sha256, &[3], std::slice::from_ref(&key)));
            assert!(held.is_err(), "byte {at} of {changed}");
        }
    }
}
