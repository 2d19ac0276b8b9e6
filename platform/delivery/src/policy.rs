//! What follows from delivery's own events: numbers, documents, mail.

use crate::decide::{Book, BookCommand, Notice, NoticeCommand};
use crate::errand::{MakeDocument, SendMail};
use crate::event::{BookEvent, NoticeEvent};
use crate::model::NoticeKey;
use kernel::{Atomic, Policy, Reaction, Recorded, Unreadable};

/// Issued, so a number is allotted in the same batch; where none is needed, the document is made.
#[derive(Clone, Copy, Debug, Default)]
pub struct NumberOnIssue;

impl Policy for NumberOnIssue {
    fn name(&self) -> &'static str {
        "delivery.number_on_issue"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["notice.Issued"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let NoticeEvent::Issued { numbering, .. } = event.read()? else { return Ok(Vec::new()) };
        let reaction = match numbering {
            None => make(event),
            Some(numbering) => {
                let book = numbering.book.clone();
                let command =
                    BookCommand::Allot { notice: NoticeKey(event.key.to_string()), numbering };
                Atomic::new(event.shard.clone())
                    .then::<Book>(&book, &command)
                    .map(Reaction::Commands)
            }
        };
        written(event, reaction)
    }
}

/// Allotted, so the notice has its number.
#[derive(Clone, Copy, Debug, Default)]
pub struct NumberNotice;

impl Policy for NumberNotice {
    fn name(&self) -> &'static str {
        "delivery.number_notice"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["notice-book.Allotted"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let BookEvent::Allotted { notice, number, .. } = event.read()?;
        let commands = Atomic::new(event.shard.clone())
            .then::<Notice>(&notice, &NoticeCommand::Number { number });
        written(event, commands.map(Reaction::Commands))
    }
}

/// Numbered, so the document is made.
#[derive(Clone, Copy, Debug, Default)]
pub struct MakeOnNumber;

impl Policy for MakeOnNumber {
    fn name(&self) -> &'static str {
        "delivery.make_on_number"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["notice.Numbered"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        written(event, make(event))
    }
}

/// To be mailed, so it is mailed.
#[derive(Clone, Copy, Debug, Default)]
pub struct MailOnOrder;

impl Policy for MailOnOrder {
    fn name(&self) -> &'static str {
        "delivery.mail_on_order"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["notice.MailOrdered"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let NoticeEvent::MailOrdered { attempt, to, .. } = event.read()? else {
            return Ok(Vec::new());
        };
        let notice = NoticeKey(event.key.to_string());
        written(
            event,
            Reaction::errand(&SendMail { notice, shard: event.shard.clone(), attempt, to }),
        )
    }
}

fn make(event: &Recorded) -> Result<Reaction, serde_json::Error> {
    let notice = NoticeKey(event.key.to_string());
    Reaction::errand(&MakeDocument { notice, shard: event.shard.clone() })
}

fn written(
    event: &Recorded,
    reaction: Result<Reaction, serde_json::Error>,
) -> Result<Vec<Reaction>, Unreadable> {
    reaction.map(|reaction| vec![reaction]).map_err(|source| Unreadable {
        event: event.id(),
        kind: event.kind.to_string(),
        source,
    })
}
