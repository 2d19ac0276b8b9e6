//! Documents, receipts and opened values of a package: which event names them.

use super::Checker;
use crate::package::Opening;
use crate::report::{Claim, Verdict};
use crate::verify::{Doubt, Flaw, judged};
use codes::Label;
use seals::{Commitment, Digest};

impl Checker<'_> {
    /// That an event names each document and each receipt by its digest.
    pub(super) fn papers(&mut self) {
        let all: Vec<_> =
            [&self.manifest.documents, &self.manifest.raw].into_iter().flatten().cloned().collect();
        for paper in all {
            let about = Label::new(
                format!("{}（{}）是事件所载明的那一份", paper.title.zh, paper.file),
                format!("{} ({}) is the one that an event names", paper.title.en, paper.file),
            );
            let id = format!("document:{}", paper.file);
            let claim = match self.contents.bytes(&paper.file) {
                None => Claim::new(id, about, Verdict::Unknown(Doubt::NotChecked)),
                Some(bytes) => match self.named_by(bytes) {
                    Some(n) => Claim::new(id, about, Verdict::Pass).with(Label::new(
                        format!("事件 {n} 载明其摘要"),
                        format!("event {n} names its digest"),
                    )),
                    None => {
                        let doubt = Doubt::NotNamed { file: paper.file.clone() };
                        Claim::new(id, about, Verdict::Unknown(doubt))
                    }
                },
            };
            self.claims.push(claim);
        }
    }

    /// The event whose bytes hold the digest of a file.
    fn named_by(&self, bytes: &[u8]) -> Option<u64> {
        let digests = [Digest::sha256(bytes).hex(), Digest::sm3(bytes).hex()];
        let names = |text: &str| digests.iter().any(|digest| text.contains(digest.as_str()));
        self.events
            .iter()
            .find(|event| std::str::from_utf8(&event.bytes).is_ok_and(names))
            .map(|event| event.n)
    }

    /// That each opened value is the one behind its commitment.
    pub(super) fn openings(&mut self) {
        for entry in self.manifest.openings.clone() {
            let verdict = match self.contents.json::<Opening>(&entry.file) {
                Err(flaw) => Verdict::Fail(flaw),
                Ok(opening) => judged(self.opens(&entry.file, &opening)),
            };
            let n = entry.event;
            self.claim(
                format!("opening:{}", entry.file),
                format!("{} 中的内容是事件 {n} 所承诺的", entry.file),
                format!("value in {} is what event {n} commits to", entry.file),
                verdict,
            );
        }
    }

    fn opens(&self, file: &str, opening: &Opening) -> Result<(), Flaw> {
        let event = self.events.iter().find(|event| event.n == opening.event);
        let value = event
            .and_then(|event| event.leaf.as_ref())
            .and_then(|leaf| leaf.value.pointer(&opening.pointer));
        let commitment =
            value.and_then(|value| serde_json::from_value::<Commitment>(value.clone()).ok());
        if commitment.is_some_and(|known| known.opens(&opening.salt, &opening.value)) {
            Ok(())
        } else {
            Err(Flaw::OpeningWrong { file: file.to_owned() })
        }
    }
}
