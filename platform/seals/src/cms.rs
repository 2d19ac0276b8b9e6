//! Making CMS signatures (RFC 5652) over content that lies elsewhere: the form of a seal inside a PDF, `CAdES` baseline B-B.
//! [`crate::x509::SignedMessage`] reads and verifies them.

use crate::certificate::{Seal, to_der_signature};
use crate::x509::Certificate;
use crate::{Digest, Keys, SealError, SignError};
use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use codes::Moment;
use der::asn1::AnyRef;
use der::asn1::{OctetString, SetOfVec};
use der::oid::ObjectIdentifier;
use der::oid::db::{rfc5911, rfc5912};
use der::{Any, Decode as _, Encode as _, Sequence};
use std::fmt;
use x509_cert::attr::Attribute;
use x509_cert::spki::AlgorithmIdentifierOwned;

/// The attribute that binds a signature to its certificate (signing-certificate-v2).
///
/// # Source
/// RFC 5035 section 3; ETSI EN 319 122-1 clause 5.2.2.3.
const SIGNING_CERTIFICATE_V2: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

/// The attribute outside the signature that holds a time-stamp over it (signature-time-stamp).
///
/// # Source
/// RFC 3161 appendix A; ETSI EN 319 122-1 clause 5.3.
const SIGNATURE_TIME_STAMP: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.14");

/// `SigningCertificateV2`, without policies.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct SigningCertificateV2 {
    certs: Vec<EssCertIdV2>,
}

/// `ESSCertIDv2` with its default algorithm, SHA-256, which DER leaves out.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct EssCertIdV2 {
    cert_hash: OctetString,
}

/// Gets a time-stamp (RFC 3161) over the digest of a signature: the token as DER, or none where there is no authority.
pub type Stamp<'a> = &'a dyn Fn(&Digest) -> Result<Option<Vec<u8>>, SealError>;

/// Signs the digest of content that lies elsewhere. No time is signed here: in a PDF it stands in the signed bytes.
///
/// # Errors
/// Those of [`Keys::sign`], `SEL-0021` where it cannot be written, and those of the stamp.
pub fn sign(
    keys: &dyn Keys,
    seal: &Seal,
    at: Moment,
    content: &Digest,
    stamp: Option<Stamp<'_>>,
) -> Result<Vec<u8>, SignError> {
    let certificate = parsed(&seal.certificate)?;
    let own = certificate.tbs_certificate();
    let fingerprint = Digest::sha256(seal.certificate.der());
    let identified = SigningCertificateV2 {
        certs: vec![EssCertIdV2 { cert_hash: octets(fingerprint.bytes())? }],
    };
    let signed = SetOfVec::try_from(vec![
        attribute(rfc5911::ID_CONTENT_TYPE, &rfc5911::ID_DATA)?,
        attribute(rfc5911::ID_MESSAGE_DIGEST, &octets(content.bytes())?)?,
        attribute(SIGNING_CERTIFICATE_V2, &identified)?,
    ])
    .map_err(malformed)?;
    let signature = keys.sign(&seal.key.id, at, &signed.to_der().map_err(malformed)?)?;
    let signature = to_der_signature(&signature)?;
    let token = stamp.map_or(Ok(None), |stamp| stamp(&Digest::sha256(&signature)))?;
    let unsigned_attrs = token.map(|token| stamped(&token)).transpose()?;
    let sha256 = AlgorithmIdentifierOwned { oid: rfc5912::ID_SHA_256, parameters: None };
    let signer = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: own.issuer().clone(),
            serial_number: own.serial_number().clone(),
        }),
        digest_alg: sha256.clone(),
        signed_attrs: Some(signed),
        signature_algorithm: AlgorithmIdentifierOwned {
            oid: rfc5912::ECDSA_WITH_SHA_256,
            parameters: None,
        },
        signature: octets(&signature)?,
        unsigned_attrs,
    };
    let chain = vec![
        CertificateChoices::Certificate(certificate.clone()),
        CertificateChoices::Certificate(parsed(&seal.root)?),
    ];
    let data = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from(vec![sha256]).map_err(malformed)?,
        encap_content_info: EncapsulatedContentInfo {
            econtent_type: rfc5911::ID_DATA,
            econtent: None,
        },
        certificates: Some(CertificateSet::try_from(chain).map_err(malformed)?),
        crls: None,
        signer_infos: SignerInfos::try_from(vec![signer]).map_err(malformed)?,
    };
    let content = Any::encode_from(&data).map_err(malformed)?;
    let whole = ContentInfo { content_type: rfc5911::ID_SIGNED_DATA, content };
    Ok(whole.to_der().map_err(malformed)?)
}

/// The DER of a signature without the zeros that fill its room up.
///
/// # Errors
/// `SEL-0022` where it does not begin with one, or something else follows.
pub(crate) fn without_padding(bytes: &[u8]) -> Result<&[u8], SealError> {
    let wrong = |why| SealError::PdfMalformed { why };
    let (_whole, rest) = AnyRef::from_der_partial(bytes)
        .map_err(|_der| wrong("its seal holds no signature that can be read"))?;
    if rest.iter().any(|byte| *byte != 0) {
        return Err(wrong("something follows the signature in its seal"));
    }
    let length = bytes.len().saturating_sub(rest.len());
    bytes.get(..length).ok_or(wrong("its seal is empty"))
}

/// The time-stamp token over the signature, where there is one, as DER, and the signature that it is over.
///
/// # Errors
/// `SEL-0022` where the signature cannot be read, or holds anything beside what [`sign`] writes: nothing of it is without
/// meaning, so that no byte of it can be changed unseen.
pub(crate) fn stamp(
    bytes: &[u8],
    roots: &[Certificate],
) -> Result<(Option<Vec<u8>>, Vec<u8>), SealError> {
    let wrong = |why| SealError::PdfMalformed { why };
    let unreadable = |_der: der::Error| wrong("its seal holds no signature that can be read");
    let whole = ContentInfo::from_der(bytes).map_err(unreadable)?;
    let data: SignedData = whole.content.decode_as().map_err(unreadable)?;
    let [signer] = data.signer_infos.0.as_slice() else {
        return Err(wrong("its seal has not exactly one signer"));
    };
    let known = |choice: &CertificateChoices| match choice {
        CertificateChoices::Certificate(own) => {
            let tbs = own.tbs_certificate();
            matches!(&signer.sid, SignerIdentifier::IssuerAndSerialNumber(named)
                if named.issuer == *tbs.issuer() && named.serial_number == *tbs.serial_number())
                || own.to_der().is_ok_and(|der| roots.iter().any(|root| root.der() == der))
        }
        CertificateChoices::Other(_) => false,
    };
    let plain = data.version == CmsVersion::V1
        && signer.version == CmsVersion::V1
        && data.crls.is_none()
        && data.digest_algorithms.as_slice() == std::slice::from_ref(&signer.digest_alg)
        && data.certificates.iter().flat_map(|set| set.0.iter()).all(known);
    if !plain {
        return Err(wrong("its seal holds what does not belong there"));
    }
    let token = match signer.unsigned_attrs.as_ref().map(SetOfVec::as_slice) {
        None => None,
        Some([stamp]) if stamp.oid == SIGNATURE_TIME_STAMP => {
            stamp.values.iter().next().map(Any::to_der).transpose().map_err(unreadable)?
        }
        Some(_) => return Err(wrong("its seal holds what does not belong there")),
    };
    Ok((token, signer.signature.as_bytes().to_vec()))
}

fn attribute<T: der::Tagged + der::EncodeValue>(
    oid: ObjectIdentifier,
    value: &T,
) -> Result<Attribute, SealError> {
    let value = Any::encode_from(value).map_err(malformed)?;
    Ok(Attribute { oid, values: SetOfVec::try_from(vec![value]).map_err(malformed)? })
}

fn stamped(token: &[u8]) -> Result<SetOfVec<Attribute>, SealError> {
    let token = Any::from_der(token).map_err(malformed)?;
    let values = SetOfVec::try_from(vec![token]).map_err(malformed)?;
    SetOfVec::try_from(vec![Attribute { oid: SIGNATURE_TIME_STAMP, values }]).map_err(malformed)
}

fn parsed(certificate: &Certificate) -> Result<x509_cert::Certificate, SealError> {
    x509_cert::Certificate::from_der(certificate.der()).map_err(malformed)
}

fn octets(bytes: &[u8]) -> Result<OctetString, SealError> {
    OctetString::new(bytes).map_err(malformed)
}

fn malformed(error: impl fmt::Display) -> SealError {
    SealError::SealNotMade { why: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::{SealHolder, seal_of};
    use crate::x509::{SignedMessage, chain};
    use crate::{Algorithm, MemoryKeys, Purpose};

    fn at(second: i64) -> Moment {
        Moment::from_us(second * 1_000_000)
    }

    fn seal(keys: &MemoryKeys) -> Seal {
        keys.generate(Purpose::ROOT, Algorithm::Es256, at(1_000), &[1; 32]).unwrap();
        keys.generate(Purpose::SEALS, Algorithm::Es256, at(1_000), &[2; 32]).unwrap();
        let holder = SealHolder { name: "某局".to_owned(), organ: "440115-market".to_owned() };
        seal_of(keys, at(2_000), &holder).unwrap()
    }

    #[test]
    fn a_signature_names_its_certificate_and_its_content() {
        let keys = MemoryKeys::new();
        let seal = seal(&keys);
        let content = Digest::sha256(b"content");
        let bytes = sign(&keys, &seal, at(2_000), &content, None).unwrap();
        let padded = [bytes.as_slice(), &[0; 50]].concat();
        assert_eq!(without_padding(&padded).unwrap(), bytes);
        assert!(without_padding(&[bytes.as_slice(), &[0, 1]].concat()).is_err());
        let read = SignedMessage::read(&bytes).unwrap();
        let signer = read.signer(&[]).unwrap();
        assert_eq!((signer, read.names(signer)), (&seal.certificate, Some(true)));
        assert!(read.verify(signer, Some(b"content")).is_ok());
        assert!(read.verify(signer, Some(b"other")).is_err());
        let (token, _signature) = stamp(&bytes, &[seal.root]).unwrap();
        assert_eq!(token, None);
    }

    #[test]
    fn a_stamp_lies_beside_the_signature() {
        let keys = MemoryKeys::new();
        let seal = seal(&keys);
        let content = Digest::sha256(b"content");
        // Any DER value stands for a token here: what a token says is not this module's to know.
        let token = [0x30, 0x03, 0x02, 0x01, 0x07];
        let asked = std::cell::RefCell::new(None);
        let authority = |digest: &Digest| {
            *asked.borrow_mut() = Some(*digest);
            Ok(Some(token.to_vec()))
        };
        let bytes = sign(&keys, &seal, at(2_000), &content, Some(&authority)).unwrap();
        let read = SignedMessage::read(&bytes).unwrap();
        assert!(read.verify(&seal.certificate, Some(b"content")).is_ok());
        let (found, signature) = stamp(&bytes, &[seal.root]).unwrap();
        assert_eq!(found.as_deref(), Some(&token[..]));
        assert_eq!(*asked.borrow(), Some(Digest::sha256(&signature)));
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let keys = MemoryKeys::new();
        let seal = seal(&keys);
        let content = Digest::sha256(b"content");
        let bytes = sign(&keys, &seal, at(2_000), &content, None).unwrap();
        let roots = [seal.root];
        let holds = |bytes: &[u8]| -> Option<()> {
            let read = SignedMessage::read(bytes).ok()?;
            let signer = read.signer(&[])?;
            chain(signer, &[], &roots, &[], at(2_000)).ok()?;
            read.verify(signer, Some(b"content")).ok()?;
            (read.names(signer) == Some(true)).then_some(())?;
            stamp(bytes, &roots).ok().map(|_| ())
        };
        assert!(holds(&bytes).is_some());
        for position in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[position] ^= 1;
            assert!(holds(&changed).is_none(), "byte {position}");
        }
    }
}
