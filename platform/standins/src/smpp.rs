//! A message centre (短信中心替身): SMPP 3.4 over TCP, for clients that bind as transceivers.
//!
//! It answers submissions, keeps them, and delivers a report of each by the same link. Switches make it slow, silent or down,
//! lose answers, deliver reports twice, or before the answer to the submission that they speak of.

use crate::switches::{Switches, wait};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const BIND_TRANSCEIVER: u32 = 0x09;
const SUBMIT_SM: u32 = 0x04;
const DELIVER_SM: u32 = 0x05;
const UNBIND: u32 = 0x06;
const ENQUIRE_LINK: u32 = 0x15;
const ANSWER: u32 = 0x8000_0000;
/// The largest unit that it reads.
const UNIT_BYTES_MAX: u32 = 64 << 10;

/// A message that the centre took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// The centre's name of it.
    pub id: String,
    /// From which number or word.
    pub from: String,
    /// To which number.
    pub to: String,
    /// The text.
    pub text: String,
    /// Whether a report was asked for.
    pub report: bool,
}

/// The centre; every clone is the same.
#[derive(Clone)]
pub struct MessageCentre {
    inner: Arc<Inner>,
}

struct Inner {
    system_id: String,
    password: String,
    state: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    switches: Switches,
    refusals: BTreeMap<String, u32>,
    ends: BTreeMap<String, String>,
    taken: Vec<Submitted>,
    binds: u64,
    acknowledged: Vec<u32>,
    enquiries: u64,
}

impl fmt::Debug for MessageCentre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageCentre")
            .field("system_id", &self.inner.system_id)
            .finish_non_exhaustive()
    }
}

/// A unit without its length.
struct Unit {
    id: u32,
    status: u32,
    sequence: u32,
    body: Vec<u8>,
}

impl Unit {
    fn bytes(&self) -> Vec<u8> {
        let length = u32::try_from(self.body.len()).unwrap_or(u32::MAX).saturating_add(16);
        let head = [length, self.id, self.status, self.sequence].map(u32::to_be_bytes);
        [head.concat(), self.body.clone()].concat()
    }
}

impl MessageCentre {
    /// A centre that lets this user bind.
    #[must_use]
    pub fn new(system_id: impl Into<String>, password: impl Into<String>) -> Self {
        let (system_id, password) = (system_id.into(), password.into());
        Self { inner: Arc::new(Inner { system_id, password, state: Mutex::default() }) }
    }

    /// Makes it misbehave, or behave again.
    pub fn switch(&self, switches: Switches) {
        self.state().switches = switches;
    }

    /// Answers submissions to a number with this state, such as `0x0B`.
    pub fn refuse(&self, number: impl Into<String>, status: u32) {
        self.state().refusals.insert(number.into(), status);
    }

    /// Says what becomes of messages to a number; `DELIVRD` where nothing is said.
    pub fn end(&self, number: impl Into<String>, status: impl Into<String>) {
        self.state().ends.insert(number.into(), status.into());
    }

    /// What it took, in order.
    #[must_use]
    pub fn taken(&self) -> Vec<Submitted> {
        self.state().taken.clone()
    }

    /// How often somebody bound.
    #[must_use]
    pub fn binds(&self) -> u64 {
        self.state().binds
    }

    /// How often the link was asked whether it stands.
    #[must_use]
    pub fn enquiries(&self) -> u64 {
        self.state().enquiries
    }

    /// With which states its reports were answered.
    #[must_use]
    pub fn acknowledged(&self) -> Vec<u32> {
        self.state().acknowledged.clone()
    }

    /// Serves a listener until the task is dropped.
    ///
    /// # Errors
    /// The listener fails.
    pub async fn serve(self, listener: TcpListener) -> std::io::Result<()> {
        loop {
            let (stream, _from) = listener.accept().await?;
            let centre = self.clone();
            tokio::spawn(async move { centre.converse(stream).await });
        }
    }

    fn state(&self) -> MutexGuard<'_, Inside> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn converse(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut sequence = 0;
        loop {
            let unit = read(&mut stream).await?;
            let switches = self.state().switches;
            if switches.down {
                return Ok(());
            }
            wait(switches).await;
            let answers = match unit.id {
                BIND_TRANSCEIVER => vec![self.bind(&unit)],
                ENQUIRE_LINK => {
                    self.state().enquiries += 1;
                    vec![answer(&unit, 0, Vec::new())]
                }
                SUBMIT_SM => self.submit(&unit, switches, &mut sequence),
                UNBIND => {
                    stream.write_all(&answer(&unit, 0, Vec::new()).bytes()).await?;
                    return Ok(());
                }
                id if id == DELIVER_SM | ANSWER => {
                    self.state().acknowledged.push(unit.status);
                    Vec::new()
                }
                id if id & ANSWER != 0 => Vec::new(),
                // Generic nack: the command is not known.
                _ => vec![Unit { id: ANSWER, status: 0x03, sequence: unit.sequence, body: vec![] }],
            };
            if switches.lose && unit.id == SUBMIT_SM {
                return Ok(());
            }
            for unit in answers {
                stream.write_all(&unit.bytes()).await?;
            }
        }
    }

    fn bind(&self, unit: &Unit) -> Unit {
        let mut body = unit.body.as_slice();
        let known = text(&mut body).as_deref() == Some(&self.inner.system_id)
            && text(&mut body).as_deref() == Some(&self.inner.password);
        if known {
            self.state().binds += 1;
        }
        // Invalid password.
        answer(unit, if known { 0 } else { 0x0E }, b"CENTRE\0".to_vec())
    }

    /// The answer to a submission, and the reports that follow it, or precede it.
    fn submit(&self, unit: &Unit, switches: Switches, sequence: &mut u32) -> Vec<Unit> {
        let Some(mut message) = submission(&unit.body) else {
            return vec![answer(unit, 0x02, Vec::new())];
        };
        let mut state = self.state();
        if let Some(status) = state.refusals.get(&message.to) {
            return vec![answer(unit, *status, Vec::new())];
        }
        message.id = format!("s{}", state.taken.len() + 1);
        let end = state.ends.get(&message.to).cloned().unwrap_or_else(|| "DELIVRD".to_owned());
        let told = format!(
            "id:{} sub:001 dlvrd:001 submit date:2409201404 done date:2409201405 stat:{end} err:000 text:",
            message.id
        );
        let mut units = vec![answer(unit, 0, [message.id.as_bytes(), &[0]].concat())];
        let times = if switches.duplicate { 2 } else { 1 };
        for _ in 0..times * u32::from(message.report) {
            *sequence += 1;
            let body = delivery(&message, &told);
            units.push(Unit { id: DELIVER_SM, status: 0, sequence: *sequence, body });
        }
        state.taken.push(message);
        if switches.reorder {
            units.reverse();
        }
        units
    }
}

fn answer(unit: &Unit, status: u32, body: Vec<u8>) -> Unit {
    Unit { id: unit.id | ANSWER, status, sequence: unit.sequence, body }
}

/// The body of a report: from the phone to whoever sent the message.
fn delivery(message: &Submitted, told: &str) -> Vec<u8> {
    let mut body = vec![0, 1, 1];
    body.extend([message.to.as_bytes(), &[0, 0, 0], message.from.as_bytes(), &[0]].concat());
    // Class 4 is a report; no protocol, priority, times, registration, replacement, coding, predefined message.
    body.extend([4, 0, 0, 0, 0, 0, 0, 0, 0]);
    body.push(u8::try_from(told.len()).unwrap_or(u8::MAX));
    body.extend(told.as_bytes());
    body
}

/// What is submitted; its id is given later.
fn submission(mut body: &[u8]) -> Option<Submitted> {
    text(&mut body)?;
    take(&mut body, 2)?;
    let from = text(&mut body)?;
    take(&mut body, 2)?;
    let to = text(&mut body)?;
    take(&mut body, 3)?;
    text(&mut body)?;
    text(&mut body)?;
    let flags = take(&mut body, 4)?;
    let (report, coding) = (flags.first()? & 1 == 1, *flags.get(2)?);
    let length = usize::from(*take(&mut body, 1)?.first()?);
    let mut bytes = take(&mut body, length)?.to_vec();
    while let Some(&[t0, t1, l0, l1]) = take(&mut body, 4) {
        let value = take(&mut body, usize::from(u16::from_be_bytes([l0, l1])))?;
        if u16::from_be_bytes([t0, t1]) == 0x0424 {
            bytes = value.to_vec();
        }
    }
    let text = if coding == 8 {
        let units =
            bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(u16::from_be_bytes));
        String::from_utf16_lossy(&units.collect::<Vec<_>>())
    } else {
        String::from_utf8_lossy(&bytes).into_owned()
    };
    Some(Submitted { id: String::new(), from, to, text, report })
}

fn take<'a>(body: &mut &'a [u8], n: usize) -> Option<&'a [u8]> {
    let (taken, rest) = body.split_at_checked(n)?;
    *body = rest;
    Some(taken)
}

fn text(body: &mut &[u8]) -> Option<String> {
    let end = body.iter().position(|byte| *byte == 0)?;
    let text = String::from_utf8_lossy(take(body, end)?).into_owned();
    take(body, 1)?;
    Some(text)
}

async fn read(stream: &mut TcpStream) -> std::io::Result<Unit> {
    let length = stream.read_u32().await?;
    if !(16..=UNIT_BYTES_MAX).contains(&length) {
        return Err(std::io::ErrorKind::InvalidData.into());
    }
    let (id, status) = (stream.read_u32().await?, stream.read_u32().await?);
    let sequence = stream.read_u32().await?;
    let mut body = vec![0; usize::try_from(length - 16).unwrap_or_default()];
    stream.read_exact(&mut body).await?;
    Ok(Unit { id, status, sequence, body })
}
