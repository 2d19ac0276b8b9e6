//! What the bytes of a leaf say of themselves: to which stream they belong, at which place, and when it was.

use codes::Moment;
use serde_json::Value;

/// A leaf as its bytes tell it; both spellings that are logged are read.
///
/// ```text
/// {"actor":…,"at":"…","body":{"Served":…},…,"key":"…","kind":"notice",…,"version":9}     an event of the platform
/// {"case":"HG-5100-2024-0137","n":3,"t":"2024-09-13T23:58:41+08:00","type":"arrived"}    an event of a partner's series
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The kind of the thing that it happened to.
    pub kind: String,
    /// The key of that thing.
    pub key: String,
    /// Its place in the stream of that thing.
    pub place: u64,
    /// When it was, by its own account.
    pub at: Moment,
    /// The name of what happened, such as `Served`.
    pub name: String,
    /// All of it.
    pub value: Value,
}

impl Leaf {
    /// Reads the bytes of a leaf; `None` if they are in neither spelling.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(bytes).ok()?;
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let number = |name: &str| value.get(name).and_then(Value::as_u64);
        let moment = |name: &str| text(name).and_then(|text| instant(&text));
        if let (Some(kind), Some(key), Some(place)) = (text("kind"), text("key"), number("version"))
        {
            let name = match value.get("body")? {
                Value::String(name) => name.clone(),
                Value::Object(body) => body.keys().next()?.clone(),
                _ => return None,
            };
            return Some(Self { kind, key, place, at: moment("at")?, name, value });
        }
        Some(Self {
            kind: "case".to_owned(),
            key: text("case")?,
            place: number("n")?,
            at: moment("t")?,
            name: text("type")?,
            value,
        })
    }

    /// The stream that it belongs to: kind and key.
    #[must_use]
    pub fn stream(&self) -> (String, String) {
        (self.kind.clone(), self.key.clone())
    }
}

/// An instant in RFC 3339, with any offset.
fn instant(text: &str) -> Option<Moment> {
    serde_json::from_value(Value::String(text.to_owned())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_a_leaf_are_read() {
        let plain = br#"{"case":"HG-5100-2024-0137","n":3,"t":"2024-09-13T23:58:41+08:00","type":"arrived"}"#;
        let leaf = Leaf::read(plain).unwrap();
        assert_eq!(leaf.stream(), ("case".to_owned(), "HG-5100-2024-0137".to_owned()));
        assert_eq!((leaf.place, leaf.name.as_str()), (3, "arrived"));
        assert_eq!(leaf.at.to_string(), "2024-09-13T15:58:41Z");
        for (body, name) in [(r#""Expired""#, "Expired"), (r#"{"Served":{"on":"x"}}"#, "Served")] {
            let text = format!(
                r#"{{"at":"2026-02-12T01:00:00.000123Z","body":{body},"key":"k","kind":"notice","version":9}}"#
            );
            let leaf = Leaf::read(text.as_bytes()).unwrap();
            assert_eq!((leaf.place, leaf.name.as_str()), (9, name));
            assert_eq!(leaf.at, Moment::from_us(1_770_858_000_000_123));
        }
        for bad in ["", "[]", "{}", r#"{"case":"x","n":-1,"t":"2024-09-13T23:58:41Z","type":"a"}"#]
        {
            assert_eq!(Leaf::read(bad.as_bytes()), None, "{bad}");
        }
    }
}
