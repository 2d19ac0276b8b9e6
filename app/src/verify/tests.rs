//! Files of each kind, and what is told of them.

use super::*;
use codes::{Label, Moment};
use evidence::Report;
use evidence::note::{Signs, VerifierKey};
use evidence::verify::TrustFile;
use seals::{Algorithm, Keys as _, MemoryKeys, Purpose, jws};

const ORIGIN: &str = "lianban.example/5100";

fn keys() -> (MemoryKeys, Moment) {
    let (keys, since) = (MemoryKeys::new(), Moment::from_us(1));
    keys.generate(Purpose::LOG, Algorithm::Ed25519, since, &[1; 32]).unwrap();
    keys.generate(Purpose::LICENCES, Algorithm::Es256, since, &[2; 32]).unwrap();
    (keys, since)
}

fn trusting(keys: &MemoryKeys) -> Trust {
    let file = TrustFile::of(keys.records().unwrap(), &[], &[]);
    Trust::read(&serde_json::to_string(&file).unwrap(), module::SystemClock.now()).unwrap()
}

fn note(keys: &MemoryKeys, at: Moment) -> String {
    let key = keys.current(&Purpose::LOG, Algorithm::Ed25519, at).unwrap();
    let vkey = VerifierKey::new(ORIGIN, Signs::Notes, key.key.clone()).unwrap();
    let leaf = Profile::Sha256.leaf(b"leaf");
    let text = Checkpoint::new(ORIGIN, 1, leaf).text();
    let signature = keys.sign(&key.id, at, text.as_bytes()).unwrap();
    Note { signatures: vec![vkey.line(&signature)], text }.to_string()
}

fn words(told: &Told) -> Vec<(&str, print::Word)> {
    told.lines.iter().map(|line| (line.id.as_str(), line.verdict)).collect()
}

fn check(bytes: &[u8], trust: &Trust, of: Option<&[u8]>) -> Told {
    told(bytes, trust, of, Profile::Sha256).unwrap()
}

#[test]
fn a_checkpoint_and_a_proof_are_known_by_their_first_lines() {
    use print::Word::{Fails, Holds, Open};
    let (keys, since) = keys();
    let (note, trust) = (note(&keys, since), trusting(&keys));
    let told = check(note.as_bytes(), &trust, None);
    assert_eq!(told.overall, Overall::AllHold);
    let open = check(note.as_bytes(), &Trust::nobody(trust.now), None);
    assert_eq!((words(&open), open.overall), (vec![("checkpoint:1", Open)], Overall::Undecided));
    let changed = note.replace("\n1\n", "\n2\n");
    assert_eq!(words(&check(changed.as_bytes(), &trust, None)), [("checkpoint:2", Fails)]);

    let proof = format!("c2sp.org/tlog-proof@v1\nindex 0\n\n{note}");
    let of = |leaf| check(proof.as_bytes(), &trust, leaf);
    assert_eq!(of(Some(b"leaf")).overall, Overall::AllHold);
    assert!(words(&of(Some(b"Leaf"))).contains(&("inclusion:0", Fails)));
    assert!(words(&of(None)).contains(&("inclusion:0", Open)));
    assert!(words(&of(Some(b"leaf"))).contains(&("checkpoint:1", Holds)));
}

#[test]
fn what_is_no_evidence_is_refused_and_a_stamp_asks_for_its_content() {
    let trust = Trust::nobody(module::SystemClock.now());
    assert!(told(b"no evidence", &trust, None, Profile::Sha256).is_err());
    let stamp = check(&[0x30, 0x00], &trust, None);
    assert_eq!(words(&stamp), [("stamp", print::Word::Open)]);
    let with = check(&[0x30, 0x00], &trust, Some(b"x"));
    assert_eq!(with.overall, Overall::SomeFail);
}

#[test]
fn a_licence_goes_to_whoever_knows_licences() {
    let (keys, since) = keys();
    let key = keys.current(&Purpose::LICENCES, Algorithm::Es256, since).unwrap();
    let signed = |typ| jws::attached(&keys, &key, since, typ, b"{}").unwrap();
    let told = check(signed(licences::TYPE).as_bytes(), &trusting(&keys), None);
    assert_eq!(told.overall, Overall::SomeFail, "what is signed is no licence");
    assert!(told.lines.iter().any(|line| line.why.is_some()), "{told:?}");
    let other = signed("lianban-notice");
    assert!(super::told(other.as_bytes(), &trusting(&keys), None, Profile::Sha256).is_err());
}

#[test]
fn each_claim_is_printed_and_files_that_are_unchanged_are_told_in_one_line() {
    let report = {
        let mut report = Report::new("package", Label::new("证据包", "Package"));
        for n in 0..3 {
            report.claims.push(evidence::Claim {
                id: format!("file:{n}"),
                about: Label::new("文件", "file"),
                verdict: evidence::Verdict::Pass,
                detail: None,
            });
        }
        report.claims.push(evidence::Claim {
            id: "inclusion:3".to_owned(),
            about: Label::new("事件 3 在日志中", "inclusion of event 3"),
            verdict: evidence::Verdict::Fail(evidence::verify::Flaw::NotInLog {
                event: 3,
                computed: None,
                root: String::new(),
            }),
            detail: None,
        });
        report
    };
    let told = Told::of(&report).unwrap();
    let plain = print::lines(&told, false).join("\n");
    assert!(plain.contains("3 files are unchanged") && !plain.contains('\u{1b}'), "{plain}");
    assert!(plain.contains("EVD-0546 NOT_IN_LOG") && plain.contains("✗ 不成立"), "{plain}");
    assert!(plain.contains("3 hold, 1 do not hold, 0 undecided"), "{plain}");
    let coloured = print::lines(&told, true).join("\n");
    assert!(coloured.contains("\u{1b}[31;1m✗"), "{coloured}");
    assert!(told.json.contains("\"reason\": \"NOT_IN_LOG\""), "{}", told.json);
}
