//! A book of numbers: one counter, one serial after the other, none twice.

use crate::DeliveryError;
use crate::event::BookEvent;
use crate::model::{BookKey, NoticeKey, Numbering};
use documents::Numbers;
use kernel::{Aggregate, Context};
use serde::{Deserialize, Serialize};

/// A book of numbers (文号簿): one organ, one kind of document, one year.
#[derive(Debug, Default)]
pub struct Book {
    last: u64,
}

/// What may be asked of a book.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum BookCommand {
    /// Allot the next serial to a notice.
    Allot {
        /// The notice.
        notice: NoticeKey,
        /// Series and facts.
        numbering: Numbering,
    },
}

impl Aggregate for Book {
    const KIND: &'static str = "notice-book";
    type Key = BookKey;
    type Command = BookCommand;
    type Event = BookEvent;
    type Error = DeliveryError;
    type World = Numbers;

    fn decide(
        &self,
        numbers: &Numbers,
        _cx: &Context,
        command: BookCommand,
    ) -> Result<Vec<BookEvent>, DeliveryError> {
        let BookCommand::Allot { notice, numbering } = command;
        let serial = self.last + 1;
        let number = numbering.write(numbers, serial)?;
        Ok(vec![BookEvent::Allotted { notice, serial, number, book: numbering.book }])
    }

    fn evolve(&mut self, event: &BookEvent) {
        let BookEvent::Allotted { serial, .. } = event;
        self.last = *serial;
    }
}
