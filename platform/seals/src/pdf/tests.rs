//! Seals in a small document that is written as typst-pdf writes its own.

use super::*;
use crate::certificate::{SealHolder, seal_of};
use crate::{Algorithm, MemoryKeys, Purpose};

fn at(second: i64) -> Moment {
    Moment::from_us(second * 1_000_000)
}

/// A document of one page, with what is to stand in its page dictionary.
fn document(page: &str) -> Vec<u8> {
    let objects = [
        "<<\n  /Type /Catalog\n  /Pages 2 0 R\n  /Lang (zh) % a remark\n>>".to_owned(),
        "<< /Type /Pages /Count 1 /Kids [3 0 R] >>".to_owned(),
        format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] {page} >>"),
        "<< /Title (a \\( b (c) d) /Odd <AB> /Deep [[1 2.5] << /A /B >> null] >>".to_owned(),
        "[4 0 R]".to_owned(),
    ];
    let mut bytes = b"%PDF-1.7\n%\x80\x80\x80\x80\n\n".to_vec();
    let mut offsets = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        offsets.push(bytes.len());
        bytes.extend_from_slice(format!("{} 0 obj\n{object}\nendobj\n\n", number + 1).as_bytes());
    }
    let table = bytes.len();
    bytes.extend_from_slice(b"xref\n0 6\n0000000000 65535 f\r\n");
    for offset in offsets {
        bytes.extend_from_slice(format!("{offset:010} 00000 n\r\n").as_bytes());
    }
    bytes.extend_from_slice(
        format!("trailer\n<<\n  /Size 6\n  /Root 1 0 R\n  /Info 4 0 R\n  /ID [(ab\\)) (cd)]\n>>\nstartxref\n{table}\n%%EOF")
            .as_bytes(),
    );
    bytes
}

fn kit() -> (MemoryKeys, Seal) {
    let keys = MemoryKeys::new();
    keys.generate(Purpose::ROOT, Algorithm::Es256, at(1_000), &[1; 32]).unwrap();
    keys.generate(Purpose::SEALS, Algorithm::Es256, at(1_000), &[2; 32]).unwrap();
    let holder = SealHolder { name: "某局".to_owned(), organ: "440115-market".to_owned() };
    let seal = seal_of(&keys, at(2_000), &holder).unwrap();
    (keys, seal)
}

const NOTE: Note<'static> = Note {
    by: "某局",
    reason: "食品经营许可证 JY24401150000015",
    address: "https://portal.example/v/abc",
};

#[test]
fn a_sealed_document_holds_and_keeps_every_byte_of_the_first() {
    let (keys, put) = kit();
    let roots = [put.root.clone()];
    for page in ["", "/Annots [4 0 R]", "/Annots 5 0 R"] {
        let plain = document(page);
        let sealed = seal(&plain, &keys, &put, at(2_000), NOTE, None).unwrap();
        assert!(sealed.starts_with(&plain));
        assert_eq!(sealed, seal(&plain, &keys, &put, at(2_000), NOTE, None).unwrap());
        let found = seals(&sealed, &roots).unwrap();
        let [found] = found.as_slice() else { panic!("{found:?}") };
        assert!(found.holds(), "{found:?}");
        assert_eq!((found.holder.as_str(), found.at), ("某局电子印章", at(2_000)));
        assert_eq!(found.key.as_ref(), Some(&put.key.id));
        assert_eq!(found.address.as_deref(), Some(NOTE.address));
        let text = String::from_utf8_lossy(&sealed).into_owned();
        let expected = if page.is_empty() { "/Annots [7 0 R]" } else { "/Annots [4 0 R 7 0 R]" };
        assert!(text.contains(expected), "{text}");
        let again = seal(&sealed, &keys, &put, at(2_000), NOTE, None);
        assert!(matches!(again, Err(SignError::Seal(SealError::PdfMalformed { .. }))), "one seal");
    }
}

#[test]
fn an_installation_without_a_seal_leaves_documents_as_they_are() {
    let (keys, put) = kit();
    let holder = SealHolder { name: "某局".to_owned(), organ: "440115-market".to_owned() };
    let (sealed, by) = seal_for(document(""), &keys, &holder, at(2_000), NOTE, None).unwrap();
    assert_eq!(by, Some(put.key.id));
    assert!(seals(&sealed, &[put.root]).unwrap()[0].holds());
    let (plain, by) =
        seal_for(document(""), &MemoryKeys::new(), &holder, at(2_000), NOTE, None).unwrap();
    assert_eq!((plain, by), (document(""), None));
}

#[test]
fn every_flipped_byte_is_found() {
    let (keys, put) = kit();
    let roots = [put.root.clone()];
    let sealed = seal(&document(""), &keys, &put, at(2_000), NOTE, None).unwrap();
    let signature = syntax::seals(&sealed).unwrap()[0].gap.clone();
    for position in 0..sealed.len() {
        // Digits of the signature in capitals too.
        let flips: &[u8] = if signature.contains(&position) { &[1, 0x20] } else { &[1] };
        for flip in flips {
            let mut changed = sealed.clone();
            changed[position] ^= flip;
            let holds = seals(&changed, &roots).is_ok_and(|all| all.iter().all(Found::holds));
            assert!(!holds, "byte {position}: {:?}", char::from(sealed[position]));
        }
    }
}

#[test]
fn what_is_added_later_is_told() {
    let (keys, put) = kit();
    let roots = [put.root.clone()];
    let mut sealed = seal(&document(""), &keys, &put, at(2_000), NOTE, None).unwrap();
    sealed.extend_from_slice(b"% more");
    let found = seals(&sealed, &roots).unwrap();
    assert_eq!((found[0].added, found[0].intact.is_ok(), found[0].holds()), (6, true, false));
}

#[test]
fn a_seal_of_a_stranger_is_told() {
    let (keys, put) = kit();
    let sealed = seal(&document(""), &keys, &put, at(2_000), NOTE, None).unwrap();
    let other = MemoryKeys::new();
    other.generate(Purpose::ROOT, Algorithm::Es256, at(1_000), &[9; 32]).unwrap();
    let others = certificate::roots_of(&other).unwrap();
    // Its own root travels along and is none of those that are trusted.
    for roots in [&others[..], &[]] {
        let found = seals(&sealed, roots).unwrap();
        assert!(found[0].trusted.is_err() && found[0].intact.is_ok() && !found[0].holds());
    }
    assert!(matches!(seals(&document(""), &[]), Err(SealError::PdfUnsealed)));
    assert!(matches!(seals(b"no pdf", &[]), Err(SealError::PdfMalformed { .. })));
}

#[test]
fn a_document_that_is_written_otherwise_is_refused_and_never_guessed() {
    let (keys, put) = kit();
    let plain = String::from_utf8_lossy(&document("")).into_owned();
    for (from, to) in [
        ("xref\n0 6", "stream"),
        ("startxref", "startnone"),
        ("/Root 1 0 R", "/Root 9 0 R"),
        ("/Kids [3 0 R]", "/Kids []"),
        ("/Pages 2 0 R", "/Pages (x"),
        ("1 0 obj", "7 0 obj"),
    ] {
        let broken = plain.replacen(from, to, 1);
        let refused = seal(broken.as_bytes(), &keys, &put, at(2_000), NOTE, None);
        assert!(matches!(refused, Err(SignError::Seal(SealError::PdfMalformed { .. }))), "{from}");
    }
}

#[test]
fn a_stamp_is_over_what_was_asked_for_and_a_document_without_one_is_sealed_all_the_same() {
    let (keys, put) = kit();
    let roots = [put.root.clone()];
    let holder = SealHolder { name: "某局".to_owned(), organ: "440115-market".to_owned() };
    let sealing = Sealing { holder: &holder, at: at(2_000), note: NOTE };
    let imprint = sealing.imprint(&document(""), &keys).unwrap().unwrap();
    // A DER value stands for a token here; the second one has no room.
    let token = vec![0x30, 0x03, 0x02, 0x01, 0x07];
    let long = [vec![0x04, 0x82, 0x40, 0x00], vec![0; 0x4000]].concat();
    for (token, kept) in [(Some(token.clone()), Some(token)), (None, None), (Some(long), None)] {
        let (sealed, by) = sealing.put(document(""), &keys, token).unwrap();
        assert_eq!(by.as_ref(), Some(&put.key.id));
        let found = seals(&sealed, &roots).unwrap();
        assert!(found[0].holds());
        assert_eq!(found[0].stamp, kept);
        if kept.is_some() {
            assert_eq!(Digest::sha256(&found[0].signature), imprint);
        }
    }
    assert_eq!(sealing.imprint(&document(""), &MemoryKeys::new()).unwrap(), None);
}
