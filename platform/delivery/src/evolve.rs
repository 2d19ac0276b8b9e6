//! State is events folded: what a notice has come to.

use crate::decide::Notice;
use crate::event::NoticeEvent;
use crate::model::{Channel, State};
use codes::Moment;

impl Notice {
    pub(crate) fn apply(&mut self, event: &NoticeEvent) {
        match event {
            NoticeEvent::Issued { order, numbering, .. } => {
                self.party = Some(order.party.clone());
                self.channels.clone_from(&order.channels);
                self.numbering.clone_from(numbering);
            }
            NoticeEvent::Numbered { number } => self.number = Some(number.clone()),
            NoticeEvent::Prepared { document, address, .. } => {
                self.document = Some(document.clone());
                self.address = address.clone();
            }
            NoticeEvent::Placed { unread_until } => {
                self.go(State::Waiting, Channel::Inbox, *unread_until);
            }
            NoticeEvent::MailOrdered { attempt, until, .. } => {
                self.attempt = *attempt;
                self.go(State::Mailing, Channel::Email, Some(*until));
            }
            NoticeEvent::PaperWanted => self.go(State::PaperWanted, Channel::Post, None),
            NoticeEvent::Posted { item } => {
                self.posted = Some(item.clone());
                self.go(State::Posted, Channel::Post, None);
            }
            NoticeEvent::Read { .. } => self.read = true,
            NoticeEvent::Served { on, how } => {
                self.served = Some((*on, how.channel));
                self.state = State::Served;
                self.until = None;
            }
            NoticeEvent::ServiceUndone { .. } => self.served = None,
            NoticeEvent::Bounced { channel, .. } => {
                if *channel == Channel::Post {
                    self.posted = None;
                }
            }
            NoticeEvent::Sent { .. } => {}
        }
    }

    fn go(&mut self, state: State, channel: Channel, until: Option<Moment>) {
        self.state = state;
        self.channel = Some(channel);
        self.until = until;
    }
}
