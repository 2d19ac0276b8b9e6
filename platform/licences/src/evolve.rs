//! Events folded into states; total, refusing nothing.

use crate::decide::{Book, Licence, StatusBook};
use crate::event::{BookEvent, LicenceEvent, StatusEvent};
use crate::model::{NumberFrom, State};

pub(crate) fn licence(licence: &mut Licence, event: &LicenceEvent) {
    match event {
        LicenceEvent::Issued { order, title, .. } => {
            if let NumberFrom::Given(number) = &order.number {
                licence.number = Some(number.clone());
            }
            licence.order = Some(order.clone());
            licence.title = title.clone();
        }
        LicenceEvent::Numbered { number } => licence.number = Some(number.clone()),
        LicenceEvent::Signed { token, .. } => {
            licence.state = State::Valid;
            licence.token = Some(token.clone());
        }
        LicenceEvent::Resumed { .. } => licence.state = State::Valid,
        LicenceEvent::Suspended { .. } => licence.state = State::Suspended,
        LicenceEvent::Revoked { .. } => licence.state = State::Ended,
        LicenceEvent::Replaced { .. } => licence.state = State::Replaced,
        LicenceEvent::Expired => licence.state = State::Expired,
        LicenceEvent::Watched { partner, .. } => {
            licence.watchers.insert(partner.clone());
        }
    }
}

pub(crate) fn book(book: &mut Book, event: &BookEvent) {
    let BookEvent::Allotted { serial, .. } = event;
    book.serials = *serial;
}

pub(crate) fn status_book(book: &mut StatusBook, event: &StatusEvent) {
    let StatusEvent::Placed { serial, .. } = event;
    book.places = serial.saturating_add(1);
}
