//! Checkpoints, events, proofs and times of a package.

use super::{Checker, Event, Root};
use crate::package::{ConsistencyInput, InclusionInput, Leaf};
use crate::report::{Claim, Happened, Verdict};
use crate::verify::keys::{Span, in_use, signer};
use crate::verify::{Doubt, Flaw, judged, single, stamps};
use crate::{Hash, root_from_inclusion};
use codes::{Label, Moment};
use std::collections::{BTreeMap, BTreeSet};

impl Checker<'_> {
    pub(super) fn read_checkpoints(&mut self) {
        for file in self.manifest.checkpoints.clone() {
            let read = self
                .contents
                .bytes(&file)
                .ok_or_else(|| Flaw::FileMissing { name: file.clone() })
                .and_then(single::read);
            match read {
                Ok((note, checkpoint)) => self.roots.push(Root { file, note, checkpoint }),
                Err(_flaw) => self.unreadable(&file, "it is no signed checkpoint"),
            }
        }
    }

    fn root(&self, size: u64) -> Option<&Root> {
        self.roots.iter().find(|root| root.checkpoint.size == size)
    }

    pub(super) fn read_events(&mut self) {
        for (n, entry) in (0_u64..).zip(self.manifest.events.clone()) {
            let Some(bytes) = self.contents.bytes(&entry.file) else { continue };
            let leaf = Leaf::read(bytes);
            if leaf.is_none() {
                self.unreadable(&entry.file, "it is no event");
            }
            let proof = self.contents.json::<InclusionInput>(&entry.proof).ok();
            let size = proof.map(|proof| proof.size);
            self.events.push(Event { n, bytes: bytes.to_vec(), leaf, size });
        }
    }

    pub(super) fn stamps(&mut self) {
        for entry in self.manifest.stamps.clone() {
            let certificates = self.certificates(entry.certificates.as_deref());
            let lists = self.revocations(entry.revocations.as_deref());
            let root = self.roots.iter().find(|root| root.file == entry.checkpoint);
            let (Some(tsr), Some(root)) = (self.contents.bytes(&entry.file), root) else {
                self.claim(
                    format!("stamp:{}", entry.file),
                    format!("时间戳 {} 成立", entry.file),
                    format!("time-stamp {} holds", entry.file),
                    Verdict::Unknown(Doubt::NotChecked),
                );
                continue;
            };
            let size = root.checkpoint.size;
            let held = stamps::stamp(tsr, &root.note.text, &certificates, &lists, self.trust);
            let mut claim = Claim::new(
                format!("stamp:{}", entry.file),
                Label::new(
                    format!("{} 对 {size} 条时的日志签发的时间戳成立", entry.authority),
                    format!(
                        "time-stamp of {} over the log of {size} leaves holds",
                        entry.authority
                    ),
                ),
                stamps::verdict(&held),
            );
            if let Ok(held) = held {
                claim = claim.with(stamps::detail(&held.time));
                self.held.entry(size).or_default().push(held);
            }
            self.claims.push(claim);
        }
    }

    /// That the log's key signed each checkpoint, while it was in use.
    pub(super) fn checkpoints(&mut self) {
        let (mut claims, mut told) = (Vec::new(), BTreeSet::new());
        for root in &self.roots {
            let size = root.checkpoint.size;
            let span = self.span(size);
            let found = signer(&root.note, &root.checkpoint, &self.keys, self.trust);
            let verdict = found.as_ref().map_err(Clone::clone).and_then(|key| in_use(key, span));
            claims.push(crate::verify::claim(
                format!("checkpoint:{size}"),
                format!("检查点（{size} 条）由日志 {} 签名", root.checkpoint.origin),
                format!("checkpoint of {size} leaves signed by {}", root.checkpoint.origin),
                judged(verdict),
            ));
            if let Ok(key) = found
                && told.insert(key.id.clone())
            {
                claims.push(single::key_claim(key, self.trust));
            }
            claims.extend(single::witnesses(&root.note, &root.checkpoint, self.trust));
        }
        let all: Vec<_> = self.roots.iter().map(|root| &root.checkpoint).collect();
        claims.extend(single::views(&all, self.trust));
        self.claims.extend(claims);
    }

    /// Between which instants a checkpoint was signed: after the last event under it, before the first stamp over it.
    fn span(&self, size: u64) -> Span {
        let under = self.events.iter().filter(|event| event.size.is_some_and(|at| at <= size));
        let after = under.filter_map(|event| event.leaf.as_ref().map(|leaf| leaf.at)).max();
        let before = self.held.get(&size).into_iter().flatten().map(|held| held.time.at).min();
        Span { after, before }
    }

    pub(super) fn inclusion(&mut self) {
        let mut found = Vec::new();
        for event in &self.events {
            let entry = usize::try_from(event.n).ok().and_then(|n| self.manifest.events.get(n));
            let Some(entry) = entry else { continue };
            let proof = self.contents.json::<InclusionInput>(&entry.proof);
            let verdict = match &proof {
                Err(flaw) => Verdict::Fail(flaw.clone()),
                Ok(proof) => self.included(event, proof),
            };
            let happened = proof.ok().map(|proof| Happened {
                event: event.n,
                at: event.leaf.as_ref().map(|leaf| leaf.at),
                label: entry.label.clone(),
                index: proof.index,
                size: proof.size,
                leaf: seals::hex(&self.profile.leaf(&event.bytes)),
                path: proof.path.iter().map(|hash| seals::hex(hash)).collect(),
                root: self.leads_to(event, &proof).map(|root| seals::hex(&root)),
            });
            found.push((event.n, entry.label.clone(), verdict, happened));
        }
        for (n, label, verdict, happened) in found {
            let name = label.zh;
            self.claim(
                format!("inclusion:{n}"),
                format!("事件 {n}（{name}）在日志中"),
                format!("inclusion of event {n}"),
                verdict,
            );
            self.report.timeline.extend(happened);
        }
    }

    /// The root that an event's path leads to.
    fn leads_to(&self, event: &Event, proof: &InclusionInput) -> Option<Hash> {
        let leaf = self.profile.leaf(&event.bytes);
        root_from_inclusion(self.profile, &leaf, proof.index, proof.size, &proof.path)
    }

    fn included(&self, event: &Event, proof: &InclusionInput) -> Verdict {
        let Some(root) = self.root(proof.size) else {
            return Verdict::Unknown(Doubt::NotChecked);
        };
        let computed = self.leads_to(event, proof);
        judged(if computed == Some(root.checkpoint.root) {
            Ok(())
        } else {
            Err(Flaw::NotInLog {
                event: event.n,
                computed: computed.map(|root| seals::hex(&root)),
                root: seals::hex(&root.checkpoint.root),
            })
        })
    }

    pub(super) fn consistency(&mut self) {
        for entry in self.manifest.consistency.clone() {
            let verdict = match self.contents.json::<ConsistencyInput>(&entry.file) {
                Err(flaw) => Verdict::Fail(flaw),
                Ok(link) => match (self.root(link.old), self.root(link.new)) {
                    (Some(old), Some(new)) => {
                        let ends =
                            ((link.old, &old.checkpoint.root), (link.new, &new.checkpoint.root));
                        judged(if self.profile.verify_consistency(ends.0, ends.1, &link.path) {
                            Ok(())
                        } else {
                            Err(Flaw::NotConsistent { old: link.old, new: link.new })
                        })
                    }
                    _ => Verdict::Unknown(Doubt::NotChecked),
                },
            };
            self.claim(
                format!("consistency:{}-{}", entry.old, entry.new),
                format!("{} 条到 {} 条之间日志只增不改", entry.old, entry.new),
                format!("log only added to between {} and {}", entry.old, entry.new),
                verdict,
            );
        }
    }

    /// That no event of a thing is missing in between, and that its time runs forwards.
    pub(super) fn sequence(&mut self) {
        let mut places: BTreeMap<(String, String), BTreeMap<u64, Moment>> = BTreeMap::new();
        for leaf in self.events.iter().filter_map(|event| event.leaf.as_ref()) {
            places.entry(leaf.stream()).or_default().insert(leaf.place, leaf.at);
        }
        let none = BTreeMap::new();
        for stream in self.manifest.streams.clone() {
            let key = (stream.kind.clone(), stream.key.clone());
            let held = places.get(&key).unwrap_or(&none);
            let missing = (stream.first..=stream.last)
                .take(held.len().saturating_add(1))
                .find(|place| !held.contains_key(place));
            let backwards = held.iter().zip(held.iter().skip(1)).find(|(a, b)| b.1 < a.1);
            let (kind, key) = key;
            let found = if let Some(place) = missing {
                Err(Flaw::EventGap { kind: kind.clone(), key: key.clone(), place })
            } else if let Some((_, (place, _))) = backwards {
                Err(Flaw::TimeTurnedBack { kind: kind.clone(), key: key.clone(), place: *place })
            } else {
                Ok(())
            };
            let (first, last) = (stream.first, stream.last);
            self.claim(
                format!("sequence:{kind}/{key}"),
                format!("{kind} {key} 的第 {first} 至 {last} 个事件齐全"),
                format!("events {first} to {last} of {kind} {key} without a gap"),
                judged(found),
            );
        }
    }

    pub(super) fn times(&mut self) {
        let mut found = Vec::new();
        for event in &self.events {
            let (Some(leaf), Some(size)) = (&event.leaf, event.size) else { continue };
            let held: Vec<_> = self.held.get(&size).into_iter().flatten().collect();
            let first = held.iter().map(|held| held.time.at).min();
            found.push((event.n, leaf.at, stamps::time(event.n, leaf.at, &held), first));
        }
        for (n, at, verdict, first) in found {
            let mut claim = crate::verify::claim(
                format!("time:{n}"),
                format!("事件 {n} 的时间得到时间戳印证"),
                format!("time of event {n} shown by a time-stamp"),
                verdict,
            );
            if let Some(first) = first {
                let lag_ms = first.us().saturating_sub(at.us()).div_euclid(1000);
                let (whole, part) = (lag_ms.div_euclid(1000), lag_ms.rem_euclid(1000));
                claim = claim.with(Label::new(
                    format!("事件 {at}，时间戳 {first}，相差 {whole}.{part:03} 秒"),
                    format!("event {at}, stamp {first}, lag {whole}.{part:03} s"),
                ));
            }
            self.claims.push(claim);
        }
    }
}
