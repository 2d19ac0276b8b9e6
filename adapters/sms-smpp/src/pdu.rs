//! The few units of SMPP 3.4 that a client of text messages needs: written, read, and refused when they are none.
//!
//! ```text
//! unit    = length(4) id(4) status(4) sequence(4) body
//! C-octet = bytes up to a zero; parameter = tag(2) length(2) value
//! ```

/// The largest unit that is read; a message with its parameters stays far below.
pub(crate) const UNIT_BYTES_MAX: u32 = 64 << 10;
/// The length of the head.
pub(crate) const HEAD_BYTES: u32 = 16;

/// Ids of units (SMPP 3.4, 5.1.2.1).
pub(crate) mod id {
    pub(crate) const GENERIC_NACK: u32 = 0x8000_0000;
    pub(crate) const BIND_TRANSCEIVER: u32 = 0x0000_0009;
    pub(crate) const SUBMIT_SM: u32 = 0x0000_0004;
    pub(crate) const DELIVER_SM: u32 = 0x0000_0005;
    pub(crate) const UNBIND: u32 = 0x0000_0006;
    pub(crate) const ENQUIRE_LINK: u32 = 0x0000_0015;
    /// An answer has this bit beside the id of what it answers.
    pub(crate) const ANSWER: u32 = 0x8000_0000;
}

/// States of an answer (SMPP 3.4, 5.1.3) that mean something here.
pub(crate) mod status {
    pub(crate) const OK: u32 = 0;
    /// Invalid destination address.
    pub(crate) const INVALID_DESTINATION: u32 = 0x0B;
    /// Submission failed.
    pub(crate) const SUBMIT_FAILED: u32 = 0x45;
    /// The receiver has a temporary fault: send it again.
    pub(crate) const RECEIVER_LATER: u32 = 0x64;
}

/// Tags of optional parameters (SMPP 3.4, 5.3.2).
mod tag {
    pub(super) const RECEIPTED_MESSAGE_ID: u16 = 0x001E;
    pub(super) const MESSAGE_PAYLOAD: u16 = 0x0424;
    pub(super) const MESSAGE_STATE: u16 = 0x0427;
}

/// A unit with its head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    pub(crate) id: u32,
    pub(crate) status: u32,
    pub(crate) sequence: u32,
    pub(crate) body: Vec<u8>,
}

impl Unit {
    pub(crate) fn new(id: u32, sequence: u32, body: Vec<u8>) -> Self {
        Self { id, status: status::OK, sequence, body }
    }

    /// The answer to this unit.
    pub(crate) fn answer(&self, status: u32, body: Vec<u8>) -> Self {
        Self { id: self.id | id::ANSWER, status, sequence: self.sequence, body }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let length = u32::try_from(self.body.len()).unwrap_or(u32::MAX).saturating_add(HEAD_BYTES);
        let head = [length, self.id, self.status, self.sequence].map(u32::to_be_bytes);
        [head.concat(), self.body.clone()].concat()
    }
}

/// Reads a body from its beginning.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn short(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    fn text(&mut self) -> Option<String> {
        let end = self.0.iter().position(|byte| *byte == 0)?;
        let text = self.take(end)?;
        self.byte()?;
        Some(String::from_utf8_lossy(text).into_owned())
    }
}

/// A text with its closing zero; zeros within would end it early, so they are left out.
fn text(to: &mut Vec<u8>, text: &str) {
    to.extend(text.bytes().filter(|byte| *byte != 0));
    to.push(0);
}

/// The body that binds a transceiver.
pub(crate) fn bind(system_id: &str, password: &str) -> Vec<u8> {
    let mut body = Vec::new();
    text(&mut body, system_id);
    text(&mut body, password);
    text(&mut body, "");
    // Version 3.4, addresses of no particular kind.
    body.extend([0x34, 0, 0]);
    text(&mut body, "");
    body
}

/// The body of a message from a number or word to a number in international form, with a report of its end asked for.
pub(crate) fn submit(from: &str, to: &str, message: &str) -> Vec<u8> {
    let mut body = Vec::new();
    text(&mut body, "");
    let digits = !from.is_empty() && from.chars().all(|c| c.is_ascii_digit());
    // Type of number 1 is international, 5 is a word; plan 1 is ISDN.
    body.extend(if digits { [1, 1] } else { [5, 0] });
    text(&mut body, from);
    body.extend([1, 1]);
    text(&mut body, to.trim_start_matches('+'));
    body.extend([0, 0, 0]);
    text(&mut body, "");
    text(&mut body, "");
    let (coding, bytes) = coded(message);
    // A report of success and failure; nothing is replaced; no predefined message.
    body.extend([1, 0, coding, 0]);
    match u8::try_from(bytes.len()) {
        Ok(length) if length < 255 => {
            body.push(length);
            body.extend(bytes);
        }
        _ => {
            body.push(0);
            body.extend(tag::MESSAGE_PAYLOAD.to_be_bytes());
            body.extend(u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes());
            body.extend(bytes);
        }
    }
    body
}

/// The coding and bytes of a text: the default alphabet where it is plain ASCII, else UCS-2.
fn coded(message: &str) -> (u8, Vec<u8>) {
    if message.is_ascii() {
        (0, message.as_bytes().to_vec())
    } else {
        (8, message.encode_utf16().flat_map(u16::to_be_bytes).collect())
    }
}

/// The id in the answer to a submission.
pub(crate) fn message_id(body: &[u8]) -> Option<String> {
    Reader(body).text().filter(|id| !id.is_empty())
}

/// What a delivered unit says if it is a report of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) message_id: String,
    pub(crate) status: String,
    /// When it was done, as `YYMMDDhhmm` or with seconds, on the gateway's clock.
    pub(crate) done: Option<String>,
}

/// Reads a report (SMPP 3.4, 4.6 and appendix B); `None` for a message that a phone sent.
pub(crate) fn report(body: &[u8]) -> Option<Report> {
    let mut reader = Reader(body);
    reader.text()?;
    for _ in 0..2 {
        reader.take(2)?;
        reader.text()?;
    }
    let class = reader.byte()?;
    reader.take(2)?;
    reader.text()?;
    reader.text()?;
    reader.take(4)?;
    let length = usize::from(reader.byte()?);
    let mut message = reader.take(length)?.to_vec();
    let (mut by_tag, mut state) = (None, None);
    while let (Some(tag), Some(length)) = (reader.short(), reader.short()) {
        let value = reader.take(usize::from(length))?;
        match tag {
            tag::RECEIPTED_MESSAGE_ID => by_tag = Reader(&[value, &[0]].concat()).text(),
            tag::MESSAGE_STATE => state = value.first().copied(),
            tag::MESSAGE_PAYLOAD => message = value.to_vec(),
            _ => {}
        }
    }
    // Bits 2 to 5 of the class: 0001 is a report of the gateway.
    if class & 0b0011_1100 != 0b0000_0100 {
        return None;
    }
    let text = String::from_utf8_lossy(&message).into_owned();
    let message_id = by_tag.or_else(|| named(&text, "id:"))?;
    let status = state.map(word).or_else(|| named(&text, "stat:"))?;
    Some(Report { message_id, status, done: named(&text, "done date:") })
}

/// The word that follows a name in the text of a report.
fn named(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text.split_once(name)?;
    rest.split_ascii_whitespace().next().map(str::to_owned)
}

/// The word of a state (SMPP 3.4, 5.2.28).
fn word(state: u8) -> String {
    match state {
        1 => "ENROUTE",
        2 => "DELIVRD",
        3 => "EXPIRED",
        4 => "DELETED",
        5 => "UNDELIV",
        6 => "ACCEPTD",
        8 => "REJECTD",
        _ => "UNKNOWN",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivered(class: u8, message: &[u8], parameters: &[(u16, &[u8])]) -> Vec<u8> {
        let mut body = vec![0, 1, 1];
        text(&mut body, "8613800138000");
        body.extend([0, 0]);
        text(&mut body, "10690000");
        body.extend([class, 0, 0]);
        text(&mut body, "");
        text(&mut body, "");
        body.extend([0, 0, 0, 0, u8::try_from(message.len()).unwrap()]);
        body.extend(message);
        for (tag, value) in parameters {
            body.extend(tag.to_be_bytes());
            body.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
            body.extend(*value);
        }
        body
    }

    const TEXT: &[u8] = b"id:a7 sub:001 dlvrd:001 submit date:2409201404 done date:2409201405 stat:DELIVRD err:000 text:";

    #[test]
    fn a_report_is_read_from_its_text_or_its_parameters() {
        let told = |id: &str, status: &str, done: Option<&str>| {
            Some(Report {
                message_id: id.into(),
                status: status.into(),
                done: done.map(str::to_owned),
            })
        };
        assert_eq!(report(&delivered(4, TEXT, &[])), told("a7", "DELIVRD", Some("2409201405")));
        let by_tag: [(u16, &[u8]); 2] = [(0x001E, b"b8\0"), (0x0427, &[5])];
        assert_eq!(report(&delivered(4, b"", &by_tag)), told("b8", "UNDELIV", None));
        let payload: [(u16, &[u8]); 1] = [(0x0424, TEXT)];
        assert_eq!(report(&delivered(4, b"", &payload)), told("a7", "DELIVRD", Some("2409201405")));
        assert_eq!(report(&delivered(0, b"TD", &[])), None, "a phone wrote back");
        assert_eq!(report(&delivered(4, b"nothing", &[])), None);
    }

    #[test]
    fn what_breaks_off_is_no_report() {
        let whole = delivered(4, TEXT, &[(0x001E, b"b8\0")]);
        for length in 0..whole.len() {
            // It may be cut so that what is left is whole; it must never be something else.
            if let Some(told) = report(&whole[..length]) {
                assert_eq!(told.message_id, "a7", "{length}");
            }
        }
    }

    #[test]
    fn units_are_written_as_the_text_has_them() {
        let unit = Unit::new(id::ENQUIRE_LINK, 7, Vec::new());
        assert_eq!(unit.bytes(), [0, 0, 0, 16, 0, 0, 0, 0x15, 0, 0, 0, 0, 0, 0, 0, 7]);
        let answer = unit.answer(status::OK, Vec::new());
        assert_eq!((answer.id, answer.sequence), (0x8000_0015, 7));
        assert_eq!(bind("u", "p"), b"u\0p\0\0\x34\0\0\0");
        let short = submit("10690000", "+8613800138000", "code 1");
        assert_eq!(
            short,
            b"\0\x01\x0110690000\0\x01\x018613800138000\0\0\0\0\0\0\x01\0\0\0\x06code 1"
        );
        let chinese = submit("LIANBAN", "+8613800138000", "送达");
        assert!(chinese.ends_with(&[1, 0, 8, 0, 4, 0x90, 0x01, 0x8F, 0xBE]), "{chinese:?}");
        let long = submit("1", "1", &"文".repeat(200));
        assert!(long.windows(5).any(|w| w == [0, 0x04, 0x24, 0x01, 0x90]), "400 bytes as payload");
        assert_eq!(message_id(b"a7\0").as_deref(), Some("a7"));
        assert_eq!((message_id(b"\0"), message_id(b"a7")), (None, None));
    }
}
