//! Seals in PDF documents (PDF 电子签章): put into a document that is set in type, read, and verified.
//!
//! A seal is added as an incremental update: what was there stays byte for byte, and the seal covers it and everything that
//! the update adds except the signature itself (ISO 32000-1 12.8, ETSI EN 319 142-1 baseline B-B; B-T where a time-stamp is
//! at hand).

mod syntax;
mod write;

use crate::certificate::{self, Seal, SealHolder};
use crate::x509::{Certificate, CertificateError, SignedMessage, chain};
use crate::{Digest, KeyError, KeyId, Keys, SealError, SignError, cms};
use codes::Moment;
use write::Draft;

/// The largest document that is looked at: 64 MiB.
const BYTES_MAX: usize = 64 << 20;

/// The room for a signature with its two certificates, in bytes.
const ROOM: usize = 3 << 10;

/// The room for one with a time-stamp token as well.
const ROOM_WITH_STAMP: usize = 16 << 10;

/// What a seal says beside whose it is.
#[derive(Clone, Copy, Debug)]
pub struct Note<'a> {
    /// Who seals, for readers that show it.
    pub by: &'a str,
    /// What the seal is put for, such as the number of the licence.
    pub reason: &'a str,
    /// Where the document can be checked.
    pub address: &'a str,
}

/// What was found of one seal in a document.
#[derive(Debug)]
pub struct Found {
    /// Whose seal it is, as its certificate says.
    pub holder: String,
    /// When it was put, as the sealed bytes say.
    pub at: Moment,
    /// Where the document can be checked, as the sealed bytes say.
    pub address: Option<String>,
    /// The certificate of the seal.
    pub certificate: Certificate,
    /// The key of the seal, where it is of a scheme known here.
    pub key: Option<KeyId>,
    /// Whether the sealed bytes are as they were.
    pub intact: Result<(), SealError>,
    /// Whether the certificate led to a trusted root when the seal was put.
    pub trusted: Result<(), CertificateError>,
    /// How many bytes at the end of the file the seal does not cover: what somebody added later.
    pub added: usize,
    /// The time-stamp token over the seal, where there is one, as DER.
    pub stamp: Option<Vec<u8>>,
    /// The bytes that the time-stamp is over.
    pub signature: Vec<u8>,
}

impl Found {
    /// Whether everything holds: the bytes, the certificate, and that the seal covers the whole file.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.intact.is_ok() && self.trusted.is_ok() && self.added == 0
    }
}

/// Seals a document. Document, seal, instant and note give the same bytes each time, but for a time-stamp.
///
/// # Errors
/// `SEL-0022` for a document whose structure is not what a typesetter writes, those of [`Keys::sign`] and of the stamp.
pub fn seal(
    pdf: &[u8],
    keys: &dyn Keys,
    seal: &Seal,
    at: Moment,
    note: Note<'_>,
    stamp: Option<cms::Stamp<'_>>,
) -> Result<Vec<u8>, SignError> {
    let room = if stamp.is_some() { ROOM_WITH_STAMP } else { ROOM };
    let draft = Draft::of(pdf, at, note, room)?;
    let signature = cms::sign(keys, seal, at, &draft.digest(), stamp)?;
    Ok(draft.signed(&signature)?)
}

/// Seals a document for an organ, by the keys in use at an instant: what licences and notices call after typesetting.
///
/// Where the installation has no root or no key for seals the document stays as it is, and no key is named.
///
/// # Errors
/// As [`seal`] and [`certificate::seal_of`].
pub fn seal_for(
    pdf: Vec<u8>,
    keys: &dyn Keys,
    holder: &SealHolder,
    at: Moment,
    note: Note<'_>,
    stamp: Option<cms::Stamp<'_>>,
) -> Result<(Vec<u8>, Option<KeyId>), SignError> {
    match certificate::seal_of(keys, at, holder) {
        Ok(own) => {
            let sealed = seal(&pdf, keys, &own, at, note, stamp)?;
            Ok((sealed, Some(own.key.id)))
        }
        Err(SignError::Key(KeyError::Missing { .. })) => Ok((pdf, None)),
        Err(error) => Err(error),
    }
}

/// A seal that is about to be put on a document for an organ: whose it is, when, and what it says.
///
/// With a time-stamp it takes two steps, so that nobody waits for an authority while a key is in use: [`Sealing::imprint`] tells
/// what the stamp has to be over, [`Sealing::put`] seals with the token that came, or without one.
#[derive(Clone, Copy, Debug)]
pub struct Sealing<'a> {
    /// Whose seal it is.
    pub holder: &'a SealHolder,
    /// When it is put.
    pub at: Moment,
    /// What it says.
    pub note: Note<'a>,
}

impl Sealing<'_> {
    /// The digest that a time-stamp over the seal is over (RFC 3161 appendix A): that of the signature, which follows from
    /// document, key, instant and note. None where the installation has no seals.
    ///
    /// # Errors
    /// As [`seal_for`].
    pub fn imprint(&self, pdf: &[u8], keys: &dyn Keys) -> Result<Option<Digest>, SignError> {
        let asked = std::cell::Cell::new(None);
        let authority = |digest: &Digest| {
            asked.set(Some(*digest));
            Ok(None)
        };
        seal_for(pdf.to_vec(), keys, self.holder, self.at, self.note, Some(&authority))?;
        Ok(asked.get())
    }

    /// Seals a document, with a time-stamp token over its [`Sealing::imprint`] where there is one.
    ///
    /// # Errors
    /// As [`seal_for`].
    pub fn put(
        &self,
        pdf: Vec<u8>,
        keys: &dyn Keys,
        token: Option<Vec<u8>>,
    ) -> Result<(Vec<u8>, Option<KeyId>), SignError> {
        // One that has no room would cost the document its seal.
        let token = token.filter(|token| token.len() <= ROOM_WITH_STAMP - ROOM);
        let held = token.map(|token| move |_imprint: &Digest| Ok(Some(token.clone())));
        let stamp = held.as_ref().map(|held| -> cms::Stamp<'_> { held });
        seal_for(pdf, keys, self.holder, self.at, self.note, stamp)
    }
}

/// The seals of a document, in the order in which they stand in it, each checked against the trusted roots.
///
/// # Errors
/// `SEL-0023` where there is none, `SEL-0022` where one cannot be read.
pub fn seals(pdf: &[u8], roots: &[Certificate]) -> Result<Vec<Found>, SealError> {
    if pdf.len() > BYTES_MAX {
        return Err(SealError::PdfMalformed { why: "it is too long" });
    }
    if !pdf.starts_with(b"%PDF-") {
        return Err(SealError::PdfMalformed { why: "it does not begin as a PDF does" });
    }
    let places = syntax::seals(pdf)?;
    if places.is_empty() {
        return Err(SealError::PdfUnsealed);
    }
    places.iter().map(|place| found(pdf, place, roots)).collect()
}

fn found(pdf: &[u8], place: &syntax::SealPlace, roots: &[Certificate]) -> Result<Found, SealError> {
    let wrong = |why| SealError::PdfMalformed { why };
    let before = pdf.get(..place.gap.start).ok_or(wrong("its seal lies outside"))?;
    let after = pdf.get(place.gap.end..place.end).ok_or(wrong("its seal lies outside"))?;
    let content = [before, after].concat();
    let bytes = cms::without_padding(&place.contents)?;
    let signed = SignedMessage::read(bytes)
        .map_err(|_form| wrong("its seal holds no signature that can be read"))?;
    let certificate = signed
        .signer(&[])
        .cloned()
        .ok_or(wrong("its seal does not bring its certificate along"))?;
    let at = place.at.ok_or(wrong("its seal does not say when it was put"))?;
    let trusted = chain(&certificate, &[], roots, &[], at).map(|_path| ());
    let (stamp, signature) = match (cms::stamp(bytes, roots), &trusted) {
        (Ok(read), _) => read,
        // One of a trusted seal holds nothing but what is written here; with a stranger's there is more amiss than that.
        (Err(fault), Ok(())) => return Err(fault),
        (Err(_), Err(_)) => (None, Vec::new()),
    };
    let intact = match signed.verify(&certificate, Some(&content)) {
        Ok(()) if signed.names(&certificate) == Some(true) => Ok(()),
        Ok(()) | Err(_) => Err(SealError::ContentDigestWrong),
    };
    Ok(Found {
        holder: certificate::holder(&certificate),
        at,
        address: place.address.clone(),
        key: certificate::public_key(&certificate).map(|key| key.id()),
        intact,
        trusted,
        added: pdf.len().saturating_sub(place.end),
        certificate,
        stamp,
        signature,
    })
}

/// The digest of bytes with the part from `gap` on left out, as a seal is over.
fn digest_around(before: &[u8], after: &[u8]) -> Digest {
    let mut hasher = crate::Hasher::new(crate::DigestAlgorithm::Sha256);
    hasher.update(before);
    hasher.update(after);
    hasher.finish()
}

#[cfg(test)]
mod tests;
