//! A log of many notices, and the package of each.

use anyhow::{Context as _, Result};
use evidence::note::{Checkpoint, Note, Signs, VerifierKey};
use evidence::package::{
    About, AuthorityFiles, CheckpointInput, ConsistencyInput, EventInput, InclusionInput, Inputs,
    Opening, Paper, Sealer, build, note_body,
};
use evidence::verify::TrustFile;
use evidence::{Profile, Tree, Trust, ts_request};
use kernel::{Label, Moment};
use module::Clock as _;
use seals::x509::Certificate;
use seals::{Algorithm, Commitment, Digest, KeyRecord, Keys as _, MemoryKeys, Purpose, Salt};
use serde_json::{Value, json};
use standins::tsa::TimeStamping;

const ORIGIN: &str = "lianban.example/bench";
/// Events of a notice, beside one for each document.
const EVENTS: u64 = 4;

/// A log of notices under two checkpoints, each stamped by every authority.
pub(super) struct Town {
    pub(super) keys: MemoryKeys,
    pub(super) seal: KeyRecord,
    tree: Tree,
    checkpoints: Vec<CheckpointInput>,
    sizes: [u64; 2],
    authorities: Vec<AuthorityFiles>,
    documents: u64,
    bytes: usize,
    at: Moment,
}

impl Town {
    /// A log of so many notices, each of so many documents.
    pub(super) fn new(
        authorities: &[TimeStamping],
        notices: u64,
        documents: u64,
        bytes: usize,
    ) -> Result<Self> {
        let at = module::SystemClock.now();
        let keys = MemoryKeys::new();
        let since = at.plus_seconds(-60);
        let log = keys.generate(Purpose::LOG, Algorithm::Ed25519, since, &[1; 32])?;
        let seal = keys.generate(Purpose::LICENCES, Algorithm::Es256, since, &[2; 32])?;
        let mut town = Self {
            keys,
            seal,
            tree: Tree::in_memory(Profile::Sha256),
            checkpoints: Vec::new(),
            sizes: [0; 2],
            authorities: Vec::new(),
            documents,
            bytes,
            at,
        };
        // The first half of each notice's events comes first, so that every package reaches over both checkpoints.
        let half = (EVENTS + documents) / 2;
        for (turn, (from, to)) in [(0, half), (half, EVENTS + documents)].into_iter().enumerate() {
            for notice in 0..notices {
                for event in from..to {
                    let leaf = town.leaf(notice, event)?;
                    town.tree.append(&leaf);
                }
            }
            if let Some(size) = town.sizes.get_mut(turn) {
                *size = town.tree.size();
            }
        }
        for size in town.sizes {
            let checkpoint = town.checkpoint(&log, size, authorities)?;
            town.checkpoints.push(checkpoint);
        }
        for (n, authority) in authorities.iter().enumerate() {
            let mut certificates = Certificate::from_pem(authority.signer_pem())?;
            certificates.extend(Certificate::from_pem(authority.root_pem())?);
            let key = format!("tsa-{n}");
            town.authorities.push(AuthorityFiles { key, certificates, revocations: None });
        }
        Ok(town)
    }

    fn checkpoint(
        &self,
        log: &KeyRecord,
        size: u64,
        authorities: &[TimeStamping],
    ) -> Result<CheckpointInput> {
        let root = self.tree.root(size).context("the tree has that size")?;
        let text = Checkpoint::new(ORIGIN, size, root).text();
        let vkey = VerifierKey::new(ORIGIN, Signs::Notes, log.key.clone())?;
        let signature = self.keys.sign(&log.id, self.at, text.as_bytes())?;
        let note = Note { signatures: vec![vkey.line(&signature)], text }.to_string();
        let body = note_body(&note).context("a note has a text")?;
        let digest = *Digest::sha256(body.as_bytes()).bytes();
        let mut stamps = Vec::new();
        for (n, authority) in authorities.iter().enumerate() {
            stamps.push((format!("tsa-{n}"), authority.reply(&ts_request(&digest, size))?));
        }
        Ok(CheckpointInput { note, stamps })
    }

    fn key(notice: u64) -> String {
        format!("HG-5100-2026-{notice:06}")
    }

    fn document(&self, notice: u64, n: u64) -> Paper {
        let mut bytes = format!("%PDF-1.7\n% {notice}/{n}\n").into_bytes();
        let mut block = *Digest::sha256(&bytes).bytes();
        while bytes.len() < self.bytes {
            bytes.extend(block);
            block = *Digest::sha256(&block).bytes();
        }
        Paper {
            name: format!("document-{n}.pdf"),
            role: "penalty_decision".to_owned(),
            title: Label::new("行政处罚决定书", "Penalty decision"),
            bytes,
        }
    }

    fn opening(notice: u64) -> (Salt, Value) {
        let mut salt = [7; 16];
        let (head, _) = salt.split_at_mut(8);
        head.copy_from_slice(&notice.to_be_bytes());
        (Salt::new(salt), json!(format!("+86138{notice:08}")))
    }

    /// An event of a notice: the address, one for each document, then the ladder.
    fn leaf(&self, notice: u64, event: u64) -> Result<Vec<u8>> {
        let body = match event {
            0 => {
                let (salt, value) = Self::opening(notice);
                json!({"AddressConfirmed": {"mobile": Commitment::to(&salt, &value)?}})
            }
            n if n <= self.documents => {
                let digest = Digest::sha256(&self.document(notice, n - 1).bytes);
                json!({"Prepared": {"pdf": digest}})
            }
            _ => json!({"Attempted": {"attempt": event}}),
        };
        let at = self.at.plus_us(i64::try_from(event)? * 1_000);
        let (key, version) = (Self::key(notice), event + 1);
        Ok(format!(
            r#"{{"actor":{{"System":{{"name":"bench"}}}},"at":"{at}","body":{body},"cause":null,"command":"{notice:032x}","key":"{key}","kind":"notice","schema":1,"shard":"5100","version":{version}}}"#
        )
        .into_bytes())
    }

    /// Where an event of a notice stands.
    fn index(&self, notice: u64, event: u64) -> (u64, u64) {
        let all = EVENTS + self.documents;
        let half = all / 2;
        let [first, last] = self.sizes;
        if event < half {
            (notice * half + event, first)
        } else {
            (first + notice * (all - half) + event - half, last)
        }
    }

    /// What goes into the package of a notice.
    pub(super) fn inputs(&self, notice: u64) -> Result<Inputs> {
        let mut events = Vec::new();
        for event in 0..EVENTS + self.documents {
            let (index, size) = self.index(notice, event);
            events.push(EventInput {
                leaf: self.leaf(notice, event)?,
                proof: InclusionInput { index, size, path: self.tree.inclusion(index, size)? },
                label: Label::new("事件", "event"),
            });
        }
        let [old, new] = self.sizes;
        let (salt, value) = Self::opening(notice);
        let pointer = "/body/AddressConfirmed/mobile".to_owned();
        Ok(Inputs {
            number: format!("EP-{notice:06}"),
            about: About { kind: "notice".to_owned(), key: Self::key(notice) },
            title: Label::new("处罚文书电子送达", "Penalty documents served electronically"),
            maker: Label::new("某海关", "A customs office"),
            at: self.at,
            profile: Profile::Sha256,
            checkpoints: self.checkpoints.clone(),
            consistency: vec![ConsistencyInput {
                old,
                new,
                path: self.tree.consistency(old, new)?,
            }],
            events,
            documents: (0..self.documents).map(|n| self.document(notice, n)).collect(),
            raw: Vec::new(),
            openings: vec![Opening { event: 0, pointer, salt, value }],
            authorities: self.authorities.clone(),
            keys: self.keys.records()?,
        })
    }

    /// The package.
    pub(super) fn package(&self, inputs: &Inputs) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        build(inputs, Sealer { keys: &self.keys, key: &self.seal }, &mut bytes)?;
        Ok(bytes)
    }

    /// What a reader trusts.
    pub(super) fn trust_file(&self) -> Result<TrustFile> {
        let roots: Vec<Certificate> = self
            .authorities
            .iter()
            .flat_map(|files| files.certificates.iter())
            .filter(|one| one.subject() == one.issuer())
            .cloned()
            .collect();
        Ok(TrustFile::of(self.keys.records()?, &[], &roots))
    }

    pub(super) fn trust(&self) -> Result<Trust> {
        let text = serde_json::to_string(&self.trust_file()?)?;
        Ok(Trust::read(&text, module::SystemClock.now())?)
    }
}
