//! A case as a court would meet it: events, documents, receipts, stamps, made into a package; and ways to tamper with it.

use evidence::note::{Checkpoint, Note, Signs, VerifierKey};
use evidence::package::archive::{self, Entry};
use evidence::package::{
    About, AuthorityFiles, CheckpointInput, ConsistencyInput, EventInput, InclusionInput, Inputs,
    MANIFEST_TYPE, Manifest, Opening, Paper, Sealer, build,
};
use evidence::verify::TrustFile;
use evidence::{Profile, Tree, Trust, ts_request};
use kernel::Moment;
use seals::x509::Certificate;
use seals::{Algorithm, Commitment, Digest, KeyRecord, Keys as _, MemoryKeys, Purpose, Salt, jws};
use serde_json::{Value, json};
use standins::tsa::TimeStamping;

pub(crate) const ORIGIN: &str = "lianban.example/5100";

/// Keys of a platform, the log and what is kept of it.
pub(crate) struct Platform {
    pub(crate) keys: MemoryKeys,
    pub(crate) log: KeyRecord,
    pub(crate) seal: KeyRecord,
    pub(crate) profile: Profile,
}

impl Platform {
    /// A platform whose keys are in use since an instant.
    pub(crate) fn since(at: Moment) -> Self {
        let keys = MemoryKeys::new();
        let log = keys.generate(Purpose::LOG, Algorithm::Ed25519, at, &[1; 32]).unwrap();
        let seal = keys.generate(Purpose::LICENCES, Algorithm::Es256, at, &[2; 32]).unwrap();
        Self { keys, log, seal, profile: Profile::Sha256 }
    }

    /// The signed checkpoint over a tree of a size.
    pub(crate) fn note(&self, tree: &Tree, size: u64, at: Moment) -> String {
        let checkpoint = Checkpoint::new(ORIGIN, size, tree.root(size).unwrap());
        self.signed(&checkpoint, &self.log, at)
    }

    pub(crate) fn signed(&self, checkpoint: &Checkpoint, key: &KeyRecord, at: Moment) -> String {
        let vkey = VerifierKey::new(ORIGIN, Signs::Notes, key.key.clone()).unwrap();
        let text = checkpoint.text();
        let signature = self.keys.sign(&key.id, at, text.as_bytes()).unwrap();
        Note { signatures: vec![vkey.line(&signature)], text }.to_string()
    }

    pub(crate) fn package(&self, inputs: &Inputs) -> Vec<u8> {
        let mut bytes = Vec::new();
        build(inputs, Sealer { keys: &self.keys, key: &self.seal }, &mut bytes).unwrap();
        bytes
    }

    /// What a reader trusts who trusts this platform and these authorities.
    pub(crate) fn trust_file(&self, authorities: &[&TimeStamping]) -> TrustFile {
        let roots: Vec<Certificate> = authorities
            .iter()
            .flat_map(|authority| Certificate::from_pem(authority.root_pem()).unwrap())
            .collect();
        TrustFile::of(self.keys.records().unwrap(), &[], &roots)
    }

    pub(crate) fn trust(&self, authorities: &[&TimeStamping], now: Moment) -> Trust {
        let text = serde_json::to_string(&self.trust_file(authorities)).unwrap();
        Trust::read(&text, now).unwrap()
    }
}

/// What happened, in the spelling of the platform.
fn leaf(seq: u64, version: u64, at: Moment, body: &Value) -> Vec<u8> {
    format!(
        r#"{{"actor":{{"System":{{"name":"delivery"}}}},"at":"{at}","body":{body},"cause":null,"command":"{seq:032x}","key":"HG-5100-2024-0137","kind":"notice","schema":1,"seq":{seq},"shard":"5100","version":{version}}}"#
    )
    .into_bytes()
}

/// A document of some size whose bytes follow from its name.
pub(crate) fn document(name: &str, role: &str, bytes: usize) -> Paper {
    let mut content = format!("%PDF-1.7\n% {name}\n").into_bytes();
    let mut block = *Digest::sha256(name.as_bytes()).bytes();
    while content.len() < bytes {
        content.extend(block);
        block = *Digest::sha256(&block).bytes();
    }
    Paper {
        name: name.to_owned(),
        role: role.to_owned(),
        title: kernel::Label::new("行政处罚决定书", "Penalty decision"),
        bytes: content,
    }
}

/// The mobile number behind the commitment, and its salt.
pub(crate) fn mobile() -> (Salt, Value) {
    (Salt::new([9; 16]), json!("+8613800138000"))
}

/// The documents, and the raw receipt.
fn papers() -> (Vec<Paper>, Vec<Paper>) {
    let documents = vec![
        document("notice.pdf", "penalty_notice", 3_000),
        document("decision.pdf", "penalty_decision", 5_000),
        document("receipt.pdf", "service_receipt", 2_000),
    ];
    let raw = vec![Paper {
        name: "smtp-1.txt".to_owned(),
        role: "smtp_transcript".to_owned(),
        title: kernel::Label::new("邮件传输记录", "SMTP transcript"),
        bytes: b"220 mx.example\r\nEHLO lianban\r\n250 taken as 4711\r\n".to_vec(),
    }];
    (documents, raw)
}

/// A notice served by message, under two checkpoints, each stamped by every authority; the events end at `at`.
pub(crate) fn story(platform: &Platform, authorities: &[&TimeStamping], at: Moment) -> Inputs {
    let (documents, raw) = papers();
    let digest = |paper: &Paper| format!("sha256:{}", Digest::sha256(&paper.bytes).hex());
    let (salt, value) = mobile();
    let commitment = Commitment::to(&salt, &value).unwrap();
    let bodies = [
        ("地址已确认", json!({"AddressConfirmed": {"mobile": commitment}})),
        ("告知单已制作", json!({"Prepared": {"pdf": digest(&documents[0])}})),
        ("已发送", json!({"Sent": {"attempt": 1}})),
        ("已到达", json!({"Arrived": {"receipt": digest(&raw[0])}})),
        ("已阅", json!("Read")),
        ("决定书已制作", json!({"Prepared": {"pdf": digest(&documents[1])}})),
        ("送达凭证已签发", json!({"Receipted": {"pdf": digest(&documents[2])}})),
        ("已送达", json!({"Served": {"on": "2024-09-24"}})),
    ];
    let mut tree = Tree::in_memory(platform.profile);
    (0..20).for_each(|other: u32| {
        tree.append(&other.to_be_bytes());
    });
    let mut leaves = Vec::new();
    for (n, (label, body)) in (0_u32..).zip(bodies) {
        // Others' events stand between.
        tree.append(format!("other {n}").as_bytes());
        let seq = tree.size() + 1;
        let when = at.plus_us(-i64::from(7 - n) * 1_250_000);
        let bytes = leaf(seq, u64::from(n) + 1, when, &body);
        tree.append(&bytes);
        leaves.push((bytes, seq - 1, label));
    }
    let (first, last) = (leaves[3].1 + 1, tree.size());
    let events = leaves
        .into_iter()
        .map(|(leaf, index, label)| {
            let size = if index < first { first } else { last };
            let path = tree.inclusion(index, size).unwrap();
            let proof = InclusionInput { index, size, path };
            EventInput { leaf, proof, label: kernel::Label::new(label, "event") }
        })
        .collect();
    let checkpoints = [first, last].map(|size| checkpoint(platform, &tree, size, authorities, at));
    Inputs {
        number: "EP-20240924-000001".to_owned(),
        about: About { kind: "notice".to_owned(), key: "HG-5100-2024-0137".to_owned() },
        title: kernel::Label::new("处罚文书电子送达", "Penalty documents served electronically"),
        maker: kernel::Label::new("某海关", "A customs office"),
        at,
        profile: platform.profile,
        checkpoints: checkpoints.to_vec(),
        consistency: vec![ConsistencyInput {
            old: first,
            new: last,
            path: tree.consistency(first, last).unwrap(),
        }],
        events,
        documents,
        raw,
        openings: vec![Opening {
            event: 0,
            pointer: "/body/AddressConfirmed/mobile".to_owned(),
            salt,
            value,
        }],
        authorities: (0..).zip(authorities).map(|(n, authority)| files(n, authority)).collect(),
        keys: platform.keys.records().unwrap(),
    }
}

fn files(n: u32, authority: &TimeStamping) -> AuthorityFiles {
    let mut certificates = Certificate::from_pem(authority.signer_pem()).unwrap();
    certificates.extend(Certificate::from_pem(authority.root_pem()).unwrap());
    AuthorityFiles { key: format!("tsa-{n}"), certificates, revocations: None }
}

fn checkpoint(
    platform: &Platform,
    tree: &Tree,
    size: u64,
    authorities: &[&TimeStamping],
    at: Moment,
) -> CheckpointInput {
    let note = platform.note(tree, size, at);
    let text = evidence::package::note_body(&note).unwrap();
    let digest = *Digest::sha256(text.as_bytes()).bytes();
    let stamps = (0..)
        .zip(authorities)
        .map(|(n, authority): (u32, _)| {
            (format!("tsa-{n}"), authority.reply(&ts_request(&digest, size)).unwrap())
        })
        .collect();
    CheckpointInput { note, stamps }
}

/// The files of a package, to be tampered with.
pub(crate) struct Files(pub(crate) Vec<Entry>);

impl Files {
    pub(crate) fn of(package: &[u8]) -> Self {
        Self(archive::read(package).unwrap().entries)
    }

    pub(crate) fn get(&mut self, name: &str) -> &mut Vec<u8> {
        &mut self.0.iter_mut().find(|entry| entry.name == name).unwrap().bytes
    }

    /// Changes a text in a file; the file must hold it.
    pub(crate) fn replace(&mut self, name: &str, from: &str, to: &str) {
        let text = String::from_utf8(self.get(name).clone()).unwrap();
        assert!(text.contains(from), "{name} does not hold {from}");
        *self.get(name) = text.replacen(from, to, 1).into_bytes();
    }

    pub(crate) fn manifest(&mut self) -> Manifest {
        serde_json::from_slice(self.get("manifest.json")).unwrap()
    }

    /// What an insider does who holds the key: lists the files anew and signs again.
    pub(crate) fn sign_again(&mut self, platform: &Platform, edit: impl FnOnce(&mut Manifest)) {
        let mut manifest = self.manifest();
        edit(&mut manifest);
        for listed in &mut manifest.files {
            if let Some(entry) = self.0.iter().find(|entry| entry.name == listed.name) {
                listed.sha256 = Digest::sha256(&entry.bytes).hex();
                listed.bytes = entry.bytes.len() as u64;
            }
        }
        let bytes = seals::canonical_json(&manifest).unwrap();
        let (at, key) = (manifest.made_at, &platform.seal);
        let signature = jws::detached(&platform.keys, key, at, MANIFEST_TYPE, &bytes).unwrap();
        *self.get("manifest.json") = bytes;
        *self.get("manifest.jws") = signature.into_bytes();
    }

    pub(crate) fn package(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        archive::write(&self.0, &mut bytes).unwrap();
        bytes
    }
}

/// The names of the claims that do not hold.
pub(crate) fn failed(report: &evidence::Report) -> Vec<&str> {
    report.failed().map(|claim| claim.id.as_str()).collect()
}
