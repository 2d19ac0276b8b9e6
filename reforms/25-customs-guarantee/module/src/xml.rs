//! The little XML that guarantors speak: elements and text, no attributes, no mixture, no entities but the five.

use std::fmt::Write as _;

/// An element: its name, and text or further elements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name.
    pub name: String,
    /// Its text; empty where it has elements.
    pub text: String,
    /// Its elements.
    pub children: Vec<Element>,
}

/// Why a text is none of this XML.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the XML that was agreed: {0}")]
pub struct NotXml(pub &'static str);

/// Deepest nesting.
const DEPTH_MAX: u32 = 6;

impl Element {
    /// An element with text.
    pub fn text(name: &str, text: impl Into<String>) -> Self {
        Self { name: name.to_owned(), text: text.into(), children: Vec::new() }
    }

    /// An element with elements.
    #[must_use]
    pub fn of(name: &str, children: Vec<Self>) -> Self {
        Self { name: name.to_owned(), text: String::new(), children }
    }

    /// The text of its only element of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.children.iter().filter(|child| child.name == name);
        match (found.next(), found.next()) {
            (Some(child), None) if child.children.is_empty() => Some(child.text.as_str()),
            _ => None,
        }
    }

    /// Its only element of a name.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        let mut found = self.children.iter().filter(|child| child.name == name);
        match (found.next(), found.next()) {
            (Some(child), None) => Some(child),
            _ => None,
        }
    }

    /// The texts of all its elements of a name.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<&str> {
        let of = self.children.iter().filter(|child| child.name == name);
        of.map(|child| child.text.as_str()).collect()
    }

    /// Writes it, without white space.
    #[must_use]
    pub fn write(&self) -> String {
        let mut out = String::new();
        self.write_to(&mut out);
        out
    }

    fn write_to(&self, out: &mut String) {
        let _ = write!(out, "<{}>", self.name);
        for child in &self.children {
            child.write_to(out);
        }
        for letter in self.text.chars() {
            match letter {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&apos;"),
                other => out.push(other),
            }
        }
        let _ = write!(out, "</{}>", self.name);
    }

    /// Reads a document.
    ///
    /// # Errors
    /// It is no such document.
    pub fn read(text: &str) -> Result<Self, NotXml> {
        let text = text.trim_start_matches('\u{feff}').trim();
        let text = match text.strip_prefix("<?xml") {
            Some(rest) => rest.split_once("?>").ok_or(NotXml("declaration"))?.1,
            None => text,
        };
        let (root, rest) = element(text.trim_start(), 0)?;
        if rest.trim().is_empty() { Ok(root) } else { Err(NotXml("more than one root")) }
    }
}

fn element(text: &str, depth: u32) -> Result<(Element, &str), NotXml> {
    if depth > DEPTH_MAX {
        return Err(NotXml("too deep"));
    }
    let open = text.strip_prefix('<').ok_or(NotXml("no element"))?;
    let (name, rest) = open.split_once('>').ok_or(NotXml("open tag"))?;
    if let Some(name) = name.strip_suffix('/').filter(|name| is_name(name)) {
        return Ok((Element::text(name, ""), rest));
    }
    if !is_name(name) {
        return Err(NotXml("name"));
    }
    let mut children = Vec::new();
    let mut rest = rest;
    loop {
        let (before, after) = rest.split_once('<').ok_or(NotXml("end missing"))?;
        if let Some(ended) = after.strip_prefix('/') {
            let (closed, rest) = ended.split_once('>').ok_or(NotXml("end tag"))?;
            if closed != name {
                return Err(NotXml("end tag of another element"));
            }
            let text = if children.is_empty() { unescaped(before)? } else { String::new() };
            if !children.is_empty() && !before.trim().is_empty() {
                return Err(NotXml("text between elements"));
            }
            return Ok((Element { name: name.to_owned(), text, children }, rest));
        }
        if !before.trim().is_empty() {
            return Err(NotXml("text between elements"));
        }
        let start = rest.trim_start();
        let (child, after) = element(start, depth + 1)?;
        children.push(child);
        rest = after;
    }
}

fn is_name(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.starts_with(|letter: char| letter.is_ascii_alphabetic()) && name.bytes().all(known)
}

fn unescaped(text: &str) -> Result<String, NotXml> {
    let mut parts = text.split('&');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entity, rest) = part.split_once(';').ok_or(NotXml("entity"))?;
        out.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => return Err(NotXml("entity")),
        });
        out.push_str(rest);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let all = Element::of(
            "Message",
            vec![
                Element::of("Head", vec![Element::text("MsgId", "1")]),
                Element::text("Name", "甲 & 乙 <\"'>"),
                Element::text("Empty", ""),
            ],
        );
        assert_eq!(Element::read(&all.write()), Ok(all));
        let spaced = "<?xml version=\"1.0\"?>\n<Message>\n <Head>\n <MsgId>1</MsgId></Head> <Empty/> </Message>\n";
        let read = Element::read(spaced).expect("read");
        assert_eq!(read.child("Head").and_then(|head| head.get("MsgId")), Some("1"));
        assert_eq!(read.get("Empty"), Some(""));
    }

    #[test]
    fn what_was_not_agreed_is_refused() {
        for text in [
            "",
            "text",
            "<A>",
            "<A></B>",
            "<A></A><B></B>",
            "<A b=\"1\"></A>",
            "<A>x<B></B></A>",
            "<A><B></B>x</A>",
            "<A>&nbsp;</A>",
            "<A>&amp</A>",
            "<!DOCTYPE a [<!ENTITY x \"y\">]><A>&x;</A>",
            "<A><A><A><A><A><A><A><A></A></A></A></A></A></A></A></A>",
        ] {
            assert!(Element::read(text).is_err(), "{text}");
        }
    }
}
