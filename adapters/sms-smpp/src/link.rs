//! The link to the gateway: bound, asked whether it stands, given up and made anew.

use crate::pdu::{self, HEAD_BYTES, UNIT_BYTES_MAX, Unit, id, status};
use crate::{Order, SmppSettings};
use codes::{Date, Moment};
use delivery::{ReportSink, ReportStanding, TextError, TextReport, TextTaken};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};

/// The link: it runs until its task is dropped.
pub struct Link {
    settings: SmppSettings,
    orders: mpsc::Receiver<Order>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Why a link was given up.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the connection broke: {0}")]
    Io(#[from] std::io::Error),
    #[error("the gateway refused to bind with state {0:#x}")]
    Bind(u32),
    #[error("the gateway fell silent")]
    Silent,
    #[error("the gateway sent what is no unit")]
    Garbled,
    #[error("the gateway ended the link")]
    Unbound,
}

impl Link {
    pub(crate) fn new(settings: SmppSettings, orders: mpsc::Receiver<Order>) -> Self {
        Self { settings, orders }
    }

    /// Keeps the link, and hands reports to the sink; ends when every texter is gone.
    pub async fn run(mut self, sink: Arc<dyn ReportSink>) {
        loop {
            match self.once(&sink).await {
                Ok(()) => return,
                Err(broken) => {
                    tracing::warn!(host = %self.settings.address.host, %broken, "the link to the gateway of text messages is down");
                }
            }
            if self.orders.is_closed() && self.orders.is_empty() {
                return;
            }
            tokio::time::sleep(self.settings.pause).await;
        }
    }

    /// One connection, from binding to its end; `Ok` when nobody sends any more.
    async fn once(&mut self, sink: &Arc<dyn ReportSink>) -> Result<(), Broken> {
        let place = (self.settings.address.host.as_str(), self.settings.address.port);
        let limit = self.settings.timeout;
        let connected = tokio::time::timeout(limit, TcpStream::connect(place)).await;
        let stream = connected.map_err(|_elapsed| Broken::Silent)??;
        let (mut reader, writer) = stream.into_split();
        let mut talk = Talk { writer, sequence: 0, pending: BTreeMap::new() };
        let bind = pdu::bind(&self.settings.address.user, &self.settings.password);
        talk.ask(id::BIND_TRANSCEIVER, bind).await?;
        let bound = tokio::time::timeout(limit, read(&mut reader)).await;
        let bound = bound.map_err(|_elapsed| Broken::Silent)??;
        if bound.id != id::BIND_TRANSCEIVER | id::ANSWER || bound.status != status::OK {
            return Err(Broken::Bind(bound.status));
        }
        // Reading is not to be cut in the middle of a unit, so it has a task of its own.
        let (units, mut arriving) = mpsc::channel(64);
        let reading = tokio::spawn(async move {
            while let Ok(unit) = read(&mut reader).await {
                if units.send(unit).await.is_err() {
                    return;
                }
            }
        });
        let ended = self.serve(&mut talk, &mut arriving, sink).await;
        reading.abort();
        for (_, waiting) in std::mem::take(&mut talk.pending) {
            let _nobody_waits = waiting.send(Err(TextError::Later("the link broke".to_owned())));
        }
        ended
    }

    async fn serve(
        &mut self,
        talk: &mut Talk,
        arriving: &mut mpsc::Receiver<Unit>,
        sink: &Arc<dyn ReportSink>,
    ) -> Result<(), Broken> {
        let (acks, mut acked) = mpsc::channel::<Unit>(64);
        let mut enquire = tokio::time::interval(self.settings.enquire_every);
        enquire.tick().await;
        let mut silent = false;
        loop {
            let room = talk.pending.len() < self.settings.window;
            tokio::select! {
                order = self.orders.recv(), if room => match order {
                    Some(order) => talk.submit(&self.settings.address.from, order).await?,
                    None => {
                        talk.ask(id::UNBIND, Vec::new()).await?;
                        return Ok(());
                    }
                },
                unit = arriving.recv() => {
                    silent = false;
                    match unit {
                        Some(unit) => self.heard(talk, unit, sink, &acks).await?,
                        None => return Err(Broken::Unbound),
                    }
                },
                Some(ack) = acked.recv() => talk.say(&ack).await?,
                _ = enquire.tick() => {
                    if silent {
                        return Err(Broken::Silent);
                    }
                    silent = true;
                    talk.ask(id::ENQUIRE_LINK, Vec::new()).await?;
                }
            }
        }
    }

    async fn heard(
        &self,
        talk: &mut Talk,
        unit: Unit,
        sink: &Arc<dyn ReportSink>,
        acks: &mpsc::Sender<Unit>,
    ) -> Result<(), Broken> {
        match unit.id {
            id::ENQUIRE_LINK => talk.say(&unit.answer(status::OK, Vec::new())).await,
            id::UNBIND => {
                talk.say(&unit.answer(status::OK, Vec::new())).await?;
                Err(Broken::Unbound)
            }
            id::DELIVER_SM => {
                self.take(unit, sink, acks.clone());
                Ok(())
            }
            id::GENERIC_NACK => {
                talk.answered(unit.sequence, Err(TextError::Later("not understood".to_owned())));
                Ok(())
            }
            other if other == id::SUBMIT_SM | id::ANSWER => {
                let result = judged(&unit);
                talk.answered(unit.sequence, result);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Takes a report beside the link, which goes on meanwhile, and answers when it is durable.
    fn take(&self, unit: Unit, sink: &Arc<dyn ReportSink>, acks: mpsc::Sender<Unit>) {
        let (sink, now) = (Arc::clone(sink), self.settings.clock.now());
        tokio::spawn(async move {
            // What a phone wrote back is no report, and is taken without a word.
            let state = match pdu::report(&unit.body) {
                None => status::OK,
                Some(report) => {
                    let report = TextReport {
                        reference: None,
                        gateway_id: report.message_id,
                        standing: ReportStanding::of(&report.status),
                        at: report.done.as_deref().and_then(wall).unwrap_or(now),
                        status: report.status,
                        raw: unit.body.clone(),
                    };
                    match sink.report(report).await {
                        Ok(()) => status::OK,
                        Err(_untaken) => status::RECEIVER_LATER,
                    }
                }
            };
            // The message id of the answer is not used (SMPP 3.4, 4.6.2).
            let _the_link_is_gone = acks.send(unit.answer(state, vec![0])).await;
        });
    }
}

/// What the answer to a submission means.
fn judged(unit: &Unit) -> Result<TextTaken, TextError> {
    let told = format!("submit_sm_resp {:#010x}", unit.status);
    match unit.status {
        status::OK => match pdu::message_id(&unit.body) {
            Some(gateway_id) => Ok(TextTaken { gateway_id, answer: told }),
            None => Err(TextError::Later(format!("{told} without an id"))),
        },
        status::INVALID_DESTINATION => Err(TextError::Never(told)),
        status::SUBMIT_FAILED => Err(TextError::Soft(told)),
        // Throttled, a full queue, a wrong sender: the gateway's trouble or ours, never the recipient's.
        _ => Err(TextError::Later(told)),
    }
}

/// The instant of `YYMMDDhhmm` or `YYMMDDhhmmss` on a clock in China Standard Time.
fn wall(text: &str) -> Option<Moment> {
    let pairs: Vec<i8> = text
        .as_bytes()
        .chunks_exact(2)
        .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| pair.parse().ok()))
        .collect::<Option<_>>()?;
    let (date, rest) = pairs.split_at_checked(3)?;
    let &[year, month, day] = date else { return None };
    let (hour, minute, second) = match *rest {
        [hour, minute] => (hour, minute, 0),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    let date = Date::new(2000 + i16::from(year), month, day).ok()?;
    let time = jiff::civil::Time::new(hour, minute, second, 0).ok()?;
    Some(Moment::from_wall(date.to_datetime(time)))
}

/// The writing half of a connection, and what waits for answers on it.
struct Talk {
    writer: OwnedWriteHalf,
    sequence: u32,
    pending: BTreeMap<u32, oneshot::Sender<Result<TextTaken, TextError>>>,
}

impl Talk {
    async fn say(&mut self, unit: &Unit) -> Result<(), Broken> {
        Ok(self.writer.write_all(&unit.bytes()).await?)
    }

    async fn ask(&mut self, id: u32, body: Vec<u8>) -> Result<(), Broken> {
        // Sequence numbers run from 1 to 0x7FFFFFFF.
        self.sequence = if self.sequence >= 0x7FFF_FFFF { 1 } else { self.sequence + 1 };
        let unit = Unit::new(id, self.sequence, body);
        self.say(&unit).await
    }

    async fn submit(&mut self, from: &str, order: Order) -> Result<(), Broken> {
        if order.answer.is_closed() {
            // Whoever ordered it has given up and will order it again.
            return Ok(());
        }
        // Those that were given up make room.
        self.pending.retain(|_, waiting| !waiting.is_closed());
        let body = pdu::submit(from, &order.to, &order.text);
        let asked = self.ask(id::SUBMIT_SM, body).await;
        self.pending.insert(self.sequence, order.answer);
        asked
    }

    fn answered(&mut self, sequence: u32, result: Result<TextTaken, TextError>) {
        if let Some(waiting) = self.pending.remove(&sequence) {
            let _nobody_waits = waiting.send(result);
        }
    }
}

async fn read(reader: &mut OwnedReadHalf) -> Result<Unit, Broken> {
    let length = reader.read_u32().await?;
    if !(HEAD_BYTES..=UNIT_BYTES_MAX).contains(&length) {
        return Err(Broken::Garbled);
    }
    let (id, status, sequence) =
        (reader.read_u32().await?, reader.read_u32().await?, reader.read_u32().await?);
    let mut body = vec![0; usize::try_from(length - HEAD_BYTES).map_err(|_size| Broken::Garbled)?];
    reader.read_exact(&mut body).await?;
    Ok(Unit { id, status, sequence, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hour_of_a_report_is_that_of_beijing() {
        for (text, expected) in [
            ("2409201405", Some("2024-09-20T06:05:00Z")),
            ("240920140559", Some("2024-09-20T06:05:59Z")),
            ("2409312405", None),
            ("24092014", None),
            ("ten digits", None),
            ("", None),
        ] {
            assert_eq!(wall(text).map(|at| at.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn answers_to_a_submission_are_told_apart() {
        let unit = |status, body: &[u8]| Unit {
            id: 0x8000_0004,
            status,
            sequence: 1,
            body: body.to_vec(),
        };
        assert_eq!(judged(&unit(0, b"a7\0")).map(|taken| taken.gateway_id), Ok("a7".to_owned()));
        assert!(matches!(judged(&unit(0, b"\0")), Err(TextError::Later(_))));
        assert!(matches!(judged(&unit(0x0B, b"")), Err(TextError::Never(_))));
        assert!(matches!(judged(&unit(0x45, b"")), Err(TextError::Soft(_))));
        for ours in [0x58, 0x14, 0x08, 0x0A, 0x0E] {
            assert!(matches!(judged(&unit(ours, b"")), Err(TextError::Later(_))), "{ours:#x}");
        }
    }
}
