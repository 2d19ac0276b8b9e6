//! What follows from delivery's own events: numbers, documents, mail.

use crate::decide::{Book, BookCommand, Notice, NoticeCommand};
use crate::errand::{MakeDocument, SendMail, SendText};
use crate::event::{BookEvent, NoticeEvent};
use crate::model::NoticeKey;
use kernel::{Policy, Reaction, Recorded, Unreadable};

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
        Ok(vec![match numbering {
            None => make(event)?,
            Some(numbering) => {
                let book = numbering.book.clone();
                let notice = NoticeKey(event.key.to_string());
                event.leads_to::<Book>(&book, &BookCommand::Allot { notice, numbering })?
            }
        }])
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
        Ok(vec![event.leads_to::<Notice>(&notice, &NoticeCommand::Number { number })?])
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
        Ok(vec![make(event)?])
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
        let NoticeEvent::MailOrdered { attempt, to, reference, .. } = event.read()? else {
            return Ok(Vec::new());
        };
        let notice = NoticeKey(event.key.to_string());
        let shard = event.shard.clone();
        Ok(vec![event.sends(&SendMail { notice, shard, attempt, to, reference })?])
    }
}

/// To be sent as a text message, so it is sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextOnOrder;

impl Policy for TextOnOrder {
    fn name(&self) -> &'static str {
        "delivery.text_on_order"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["notice.TextOrdered"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let NoticeEvent::TextOrdered { attempt, to, reference, reminder, .. } = event.read()?
        else {
            return Ok(Vec::new());
        };
        let notice = NoticeKey(event.key.to_string());
        let shard = event.shard.clone();
        Ok(vec![event.sends(&SendText { notice, shard, attempt, to, reference, reminder })?])
    }
}

fn make(event: &Recorded) -> Result<Reaction, Unreadable> {
    let notice = NoticeKey(event.key.to_string());
    event.sends(&MakeDocument { notice, shard: event.shard.clone() })
}
