//! Signed notes and checkpoints (C2SP signed-note v1.0.0, tlog-checkpoint v1.0.0, tlog-cosignature v1.0.1).
//!
//! ```text
//! lianban.example/5100                                  origin
//! 7                                                     size
//! F32ZqkXKdKacHpTsUDYpn2Jd114kiEo0ye1tzYoU1lo=          root
//!
//! — lianban.example/5100 5oJ4bYkDDjVc…                  key id (4 bytes) and signature
//! ```

use crate::Hash;
use codes::Moment;
use data_encoding::BASE64;
use seals::{Algorithm, PublicKey, Signature};
use std::fmt;
use std::str::FromStr;

/// The longest note that is read.
pub const NOTE_BYTES_MAX: usize = 16_384;
/// Before a signature.
const DASH: &str = "\u{2014} ";

/// What a verifier key signs, by its type in a key's text form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signs {
    /// Notes of a log, plainly (type 0x01).
    Notes,
    /// Checkpoints of others, with the second (type 0x04).
    Cosignatures,
}

impl Signs {
    const fn byte(self) -> u8 {
        match self {
            Self::Notes => 1,
            Self::Cosignatures => 4,
        }
    }
}

/// A key that checks signatures under a name (核验公钥): `name+hash+base64(type || key)`.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifierKey {
    name: String,
    signs: Signs,
    key: PublicKey,
    id: [u8; 4],
}

impl VerifierKey {
    /// A key under a name.
    ///
    /// # Errors
    /// [`NoteError::Key`]: the name is empty or holds a space or `+`, or the key is none of Ed25519.
    pub fn new(name: &str, signs: Signs, key: PublicKey) -> Result<Self, NoteError> {
        let sound = !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c == '+');
        if !sound || key.algorithm() != Algorithm::Ed25519 {
            return Err(NoteError::Key(name.to_owned()));
        }
        let mut input = name.as_bytes().to_vec();
        input.push(b'\n');
        input.push(signs.byte());
        input.extend(key.bytes());
        let digest = seals::Digest::sha256(&input);
        let [a, b, c, d, ..] = *digest.bytes();
        Ok(Self { name: name.to_owned(), signs, key, id: [a, b, c, d] })
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    #[must_use]
    pub fn signs(&self) -> Signs {
        self.signs
    }

    /// The key itself.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    fn is_of(&self, line: &SignatureLine) -> bool {
        self.name == line.name && self.id == line.key_id
    }

    /// A signature line over a text, of a signature that was made elsewhere.
    #[must_use]
    pub fn line(&self, signature: &Signature) -> SignatureLine {
        let signature = signature.bytes().to_vec();
        SignatureLine { name: self.name.clone(), key_id: self.id, signature }
    }

    /// A cosignature line of a signature over [`cosigned`].
    #[must_use]
    pub fn timed_line(&self, seconds: u64, signature: &Signature) -> SignatureLine {
        let mut timed = seconds.to_be_bytes().to_vec();
        timed.extend(signature.bytes());
        SignatureLine { name: self.name.clone(), key_id: self.id, signature: timed }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![self.signs.byte()];
        bytes.extend(self.key.bytes());
        write!(f, "{}+{}+{}", self.name, seals::hex(&self.id), BASE64.encode(&bytes))
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let wrong = || NoteError::Key(text.to_owned());
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(wrong());
        };
        let bytes = BASE64.decode(key.as_bytes()).map_err(|_shape| wrong())?;
        let (kind, key) = bytes.split_first().ok_or_else(wrong)?;
        let signs = match kind {
            1 => Signs::Notes,
            4 => Signs::Cosignatures,
            _ => return Err(wrong()),
        };
        let key = PublicKey::from_bytes(Algorithm::Ed25519, key).map_err(|_no_point| wrong())?;
        let read = Self::new(name, signs, key)?;
        if seals::hex(&read.id) == id { Ok(read) } else { Err(wrong()) }
    }
}

/// What a cosigner signs: the second, then the text of the checkpoint.
#[must_use]
pub fn cosigned(seconds: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {seconds}\n{text}")
}

/// A signature line of a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureLine {
    /// The name of the key.
    pub name: String,
    /// The first four bytes of the digest over name, type and key.
    pub key_id: [u8; 4],
    /// The signature; of a cosignature, the second before it.
    pub signature: Vec<u8>,
}

impl fmt::Display for SignatureLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.key_id.to_vec();
        bytes.extend(&self.signature);
        writeln!(f, "{DASH}{} {}", self.name, BASE64.encode(&bytes))
    }
}

impl FromStr for SignatureLine {
    type Err = NoteError;

    fn from_str(line: &str) -> Result<Self, NoteError> {
        let wrong = || NoteError::Malformed("a signature line".to_owned());
        let (name, signature) =
            line.strip_prefix(DASH).and_then(|rest| rest.split_once(' ')).ok_or_else(wrong)?;
        let bytes = BASE64.decode(signature.as_bytes()).map_err(|_shape| wrong())?;
        let (key_id, signature) = bytes.split_first_chunk::<4>().ok_or_else(wrong)?;
        if name.is_empty() || signature.is_empty() {
            return Err(wrong());
        }
        Ok(Self { name: name.to_owned(), key_id: *key_id, signature: signature.to_vec() })
    }
}

/// A text with signatures (签名便笺).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The text, with the line feed at its end.
    pub text: String,
    /// The signatures, as they stand under it.
    pub signatures: Vec<SignatureLine>,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| line.fmt(f))
    }
}

impl Note {
    /// Reads a note without checking any signature.
    ///
    /// # Errors
    /// [`NoteError::Malformed`].
    pub fn read(bytes: &[u8]) -> Result<Self, NoteError> {
        let wrong = |why: &str| NoteError::Malformed(why.to_owned());
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(wrong("too long"));
        }
        let whole = std::str::from_utf8(bytes).map_err(|_bytes| wrong("not UTF-8"))?;
        if whole.chars().any(|c| c < ' ' && c != '\n') {
            return Err(wrong("a control character"));
        }
        let (text, lines) = whole.rsplit_once("\n\n").ok_or_else(|| wrong("no signatures"))?;
        let lines = lines.strip_suffix('\n').ok_or_else(|| wrong("cut off"))?;
        let signatures = lines.split('\n').map(str::parse).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// Checks the signature of a key: whether it stands there at all, and holds. For a cosignature, the second that it names.
    ///
    /// # Errors
    /// [`NoteError::Signature`]: it stands there and does not hold.
    pub fn check(&self, key: &VerifierKey) -> Result<Option<Checked>, NoteError> {
        let mut checked = None;
        for line in self.signatures.iter().filter(|line| key.is_of(line)) {
            let failed = || NoteError::Signature(key.name.clone());
            let (seconds, signature, message) = match key.signs {
                Signs::Notes => (None, line.signature.as_slice(), self.text.clone()),
                Signs::Cosignatures => {
                    let (seconds, signature) =
                        line.signature.split_first_chunk::<8>().ok_or_else(failed)?;
                    let seconds = u64::from_be_bytes(*seconds);
                    (Some(seconds), signature, cosigned(seconds, &self.text))
                }
            };
            let signature = Signature::from_slice(signature).map_err(|_length| failed())?;
            key.key.verify(message.as_bytes(), &signature).map_err(|_no| failed())?;
            checked = Some(Checked { seconds });
        }
        Ok(checked)
    }
}

/// A signature that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Of a cosignature: when it was made, in seconds since 1970.
    pub seconds: Option<u64>,
}

/// What is signed of a log at one size (检查点).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// Further lines.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// A checkpoint without further lines.
    #[must_use]
    pub fn new(origin: impl Into<String>, size: u64, root: Hash) -> Self {
        Self { origin: origin.into(), size, root, extensions: Vec::new() }
    }

    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(&self.root));
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// Reads the text of a note.
    ///
    /// # Errors
    /// [`NoteError::Malformed`].
    pub fn read(text: &str) -> Result<Self, NoteError> {
        let wrong = |why: &str| NoteError::Malformed(why.to_owned());
        let whole = text.strip_suffix('\n').ok_or_else(|| wrong("no line feed at the end"))?;
        let mut lines = whole.split('\n');
        let origin = lines.next().filter(|origin| !origin.is_empty());
        let origin = origin.ok_or_else(|| wrong("no origin"))?.to_owned();
        let size = lines.next().and_then(decimal).ok_or_else(|| wrong("no size"))?;
        let root = lines.next().and_then(hash_of).ok_or_else(|| wrong("no root"))?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(wrong("an empty line"));
        }
        Ok(Self { origin, size, root, extensions })
    }
}

/// A number as C2SP writes it: no sign, no leading zero.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let sound =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    sound.then(|| text.parse().ok()).flatten()
}

/// A hash in base64.
pub(crate) fn hash_of(text: &str) -> Option<Hash> {
    BASE64.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// Reads a checkpoint and checks its signatures.
///
/// Every known key's signature must hold, and one of the log itself, whose name is the origin, must stand there. Signatures of
/// unknown keys count for nothing.
///
/// # Errors
/// [`NoteError`].
pub fn parse_note(text: &[u8], vkeys: &[VerifierKey]) -> Result<Checkpoint, NoteError> {
    let note = Note::read(text)?;
    let checkpoint = Checkpoint::read(&note.text)?;
    let mut is_signed = false;
    for key in vkeys {
        let holds = note.check(key)?.is_some();
        is_signed |= holds && key.signs == Signs::Notes && key.name == checkpoint.origin;
    }
    if is_signed { Ok(checkpoint) } else { Err(NoteError::Unsigned(checkpoint.origin)) }
}

/// The second of an instant, as cosignatures tell it.
#[must_use]
pub fn seconds_of(at: Moment) -> u64 {
    u64::try_from(at.us().div_euclid(1_000_000)).unwrap_or(0)
}

/// What is wrong with a note.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It has not the form of one.
    #[error("this is no signed note: {0}")]
    Malformed(String),
    /// A verifier key cannot be read or be.
    #[error("`{0}` is no verifier key")]
    Key(String),
    /// A signature of a known key does not hold.
    #[error("the signature of `{0}` does not hold")]
    Signature(String),
    /// No known key of the log has signed.
    #[error("no known key of `{0}` has signed")]
    Unsigned(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use seals::SecretKey;

    const ORIGIN: &str = "lianban.example/5100";
    const TEXT: &str = "lianban.example/5100\n7\nF32ZqkXKdKacHpTsUDYpn2Jd114kiEo0ye1tzYoU1lo=\n";
    const LINE: &str = "— lianban.example/5100 5oJ4bYkDDjVcnCHchJ/+viyek+t7dGUiaMdTciQY2Lu8ZJT8fbPIer2gFn89bsGNy+vP0Yqx8wH2jTMh7kgaNtRMgAw=\n";
    const VKEY: &str = "lianban.example/5100+e682786d+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";

    fn secret() -> SecretKey {
        let seed: Vec<u8> = (0..32).collect();
        SecretKey::from_bytes(Algorithm::Ed25519, &seed).unwrap()
    }

    fn checkpoint() -> Checkpoint {
        let root = "177d99aa45ca74a69c1e94ec5036299f625dd75e24884a34c9ed6dcd8a14d65a";
        Checkpoint::new(ORIGIN, 7, seals::from_hex(root).unwrap().try_into().unwrap())
    }

    fn signed(checkpoint: &Checkpoint) -> Note {
        let text = checkpoint.text();
        let key = VerifierKey::new(&checkpoint.origin, Signs::Notes, secret().public()).unwrap();
        let signature = secret().sign(text.as_bytes()).unwrap();
        Note { signatures: vec![key.line(&signature)], text }
    }

    #[test]
    fn s04_the_checkpoint_of_the_specification() {
        let note = signed(&checkpoint());
        assert_eq!(note.to_string(), format!("{TEXT}\n{LINE}"));
        let key = VerifierKey::new(ORIGIN, Signs::Notes, secret().public()).unwrap();
        assert_eq!(key.to_string(), VKEY);
        assert_eq!(VKEY.parse(), Ok(key.clone()));
        assert_eq!(parse_note(note.to_string().as_bytes(), &[key]), Ok(checkpoint()));
    }

    #[test]
    fn one_changed_byte_of_a_note_is_found() {
        let note = signed(&checkpoint()).to_string();
        let key: VerifierKey = VKEY.parse().unwrap();
        for at in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1;
            assert!(parse_note(&bytes, std::slice::from_ref(&key)).is_err(), "byte {at}");
        }
    }

    #[test]
    fn unknown_keys_count_for_nothing_and_known_ones_must_hold() {
        let mut note = signed(&checkpoint());
        let key: VerifierKey = VKEY.parse().unwrap();
        let other = SecretKey::from_seed(Algorithm::Ed25519, &[9; 32]).unwrap();
        let witness =
            VerifierKey::new("witness.example/w1", Signs::Cosignatures, other.public()).unwrap();
        let unsigned = NoteError::Unsigned(ORIGIN.to_owned());
        assert_eq!(
            parse_note(note.to_string().as_bytes(), std::slice::from_ref(&witness)),
            Err(unsigned.clone())
        );
        let seconds = 1_679_315_147;
        let signature = other.sign(cosigned(seconds, &note.text).as_bytes()).unwrap();
        note.signatures.push(witness.timed_line(seconds, &signature));
        assert_eq!(note.check(&witness), Ok(Some(Checked { seconds: Some(seconds) })));
        let both = [key.clone(), witness.clone()];
        assert_eq!(parse_note(note.to_string().as_bytes(), &both), Ok(checkpoint()));
        // A witness alone does not make a checkpoint of the log.
        assert_eq!(
            parse_note(note.to_string().as_bytes(), std::slice::from_ref(&witness)),
            Err(unsigned)
        );
        note.signatures[1].signature[7] ^= 1;
        let known = parse_note(note.to_string().as_bytes(), &both);
        assert_eq!(known, Err(NoteError::Signature("witness.example/w1".to_owned())));
        assert!(parse_note(note.to_string().as_bytes(), &[key]).is_ok(), "unknown: ignored");
    }

    #[test]
    fn what_is_no_note_or_key_is_refused() {
        let note = signed(&checkpoint()).to_string();
        for bad in [
            "",
            "text\n",
            TEXT,
            &note.replace("\n7\n", "\n07\n"),
            &note.replace("\n7\n", "\n+7\n"),
            &note.replace("\n7\n", "\n\t7\n"),
            note.strip_suffix('\n').unwrap(),
            &note.replace("— lianban", "- lianban"),
            &note.replace("lo=\n\n", "lo=\n"),
        ] {
            let read = parse_note(bad.as_bytes(), &[VKEY.parse().unwrap()]);
            assert!(matches!(read, Err(NoteError::Malformed(_))), "{bad:?}: {read:?}");
        }
        for bad in [
            "",
            "a",
            "a+b",
            &VKEY.replace("e6", "e7"),
            &VKEY.replace("AQ", "AA"),
            &VKEY.replace('/', " "),
        ] {
            assert!(bad.parse::<VerifierKey>().is_err(), "{bad}");
        }
        let sm2 = SecretKey::from_seed(Algorithm::Sm2Sm3, &[1; 32]).unwrap().public();
        assert!(VerifierKey::new(ORIGIN, Signs::Notes, sm2).is_err());
    }
}
