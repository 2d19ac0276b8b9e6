//! The bytes of a leaf: one event, as it is kept, in one fixed spelling.

use kernel::{Actor, Recorded};
use std::fmt::Write as _;
use std::sync::Arc;

/// The data of the leaf that an event is: one JSON object without spaces, its keys in the order of the alphabet, its body the
/// very text that the journal keeps.
///
/// ```text
/// {"actor":…,"at":"…","body":…,"cause":…,"command":"…","key":"…","kind":"…","schema":1,"seq":1,"shard":"…","version":1}
/// ```
/// Personal values never stand in an event, only pseudonyms, ids of sealed blobs, digests and salted commitments, so that a
/// person's data can be erased while every proof still verifies (个人信息保护法 art 47).
#[must_use]
pub fn leaf_of(event: &Recorded) -> Vec<u8> {
    let mut leaves = Leaves::default();
    leaves.write(event);
    leaves.text.into_bytes()
}

/// Writes leaf after leaf into one buffer; events of one command share their actor, which is written once.
#[derive(Debug, Default)]
pub(crate) struct Leaves {
    text: String,
    actor: Option<(Arc<Actor>, String)>,
}

impl Leaves {
    /// The data of the leaf of an event, until the next is asked for.
    pub(crate) fn of(&mut self, event: &Recorded) -> &[u8] {
        self.write(event);
        self.text.as_bytes()
    }

    fn write(&mut self, event: &Recorded) {
        let is_known =
            self.actor.as_ref().is_some_and(|(known, _)| Arc::ptr_eq(known, &event.actor));
        if !is_known {
            let text = serde_json::to_string(&event.actor).unwrap_or_default();
            self.actor = Some((Arc::clone(&event.actor), text));
        }
        let text = &mut self.text;
        text.clear();
        text.reserve(event.body.text().len() + 384);
        text.push_str("{\"actor\":");
        text.push_str(self.actor.as_ref().map_or("", |(_, actor)| actor));
        let _ = write!(text, ",\"at\":\"{}\",\"body\":", event.at);
        text.push_str(event.body.text());
        match &event.cause {
            Some(cause) => {
                text.push_str(",\"cause\":");
                quote(text, cause.shard.as_str(), Some(cause.seq));
            }
            None => text.push_str(",\"cause\":null"),
        }
        let _ = write!(text, ",\"command\":\"{}\",\"key\":", event.command);
        quote(text, &event.key, None);
        text.push_str(",\"kind\":");
        quote(text, &event.kind, None);
        let _ = write!(text, ",\"schema\":{},\"seq\":{},\"shard\":", event.schema, event.seq);
        quote(text, event.shard.as_str(), None);
        let _ = write!(text, ",\"version\":{}}}", event.version);
    }
}

/// A JSON string; with a position, the text of an event's id.
fn quote(to: &mut String, text: &str, seq: Option<u64>) {
    let is_plain = text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\');
    if is_plain {
        to.push('"');
        to.push_str(text);
    } else {
        // Written by the library, then opened again at its end.
        let written = serde_json::to_string(text).unwrap_or_default();
        to.push_str(written.strip_suffix('"').unwrap_or(&written));
    }
    if let Some(seq) = seq {
        let _ = write!(to, "/{seq}");
    }
    to.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Body, CommandId, EventId, Moment, Shard};

    fn event(key: &str, cause: Option<EventId>) -> Recorded {
        Recorded {
            shard: Shard::new("440100"),
            seq: 17,
            kind: "case".into(),
            key: key.into(),
            version: 3,
            schema: 1,
            at: Moment::from_us(1_770_858_000_000_123),
            actor: Actor::system("linkage.issue").into(),
            command: CommandId::from_bytes([7; 16]),
            cause,
            body: Body::from_text(r#"{"Granted":{"task":"food"}}"#),
        }
    }

    /// If you are here: every proof ever given rests on these bytes. Do not change them.
    #[test]
    fn the_bytes_of_a_leaf_are_frozen() {
        let cause = Some(EventId { shard: Shard::new("440100"), seq: 16 });
        assert_eq!(
            String::from_utf8(leaf_of(&event("440115-1", cause))).unwrap(),
            r#"{"actor":{"System":{"name":"linkage.issue"}},"at":"2026-02-12T01:00:00.000123Z","body":{"Granted":{"task":"food"}},"cause":"440100/16","command":"07070707070707070707070707070707","key":"440115-1","kind":"case","schema":1,"seq":17,"shard":"440100","version":3}"#
        );
    }

    #[test]
    fn a_leaf_is_json_whatever_its_key_holds() {
        for key in ["办件-1", "a\"b\\c\nd", ""] {
            let cause = Some(EventId { shard: Shard::new("4\"4"), seq: 9 });
            let event = event(key, cause);
            let read: serde_json::Value = serde_json::from_slice(&leaf_of(&event)).unwrap();
            assert_eq!(read["key"], key);
            assert_eq!(read["cause"], "4\"4/9");
            assert_eq!(read.as_object().unwrap().len(), 11);
        }
    }

    #[test]
    fn leaves_written_one_after_the_other_are_what_they_are_alone() {
        let mut leaves = Leaves::default();
        let other = Recorded { actor: Actor::Public.into(), ..event("long-key-of-another", None) };
        for event in [event("a", None), event("a", None), other, event("b", None)] {
            assert_eq!(leaves.of(&event), leaf_of(&event));
        }
    }
}
