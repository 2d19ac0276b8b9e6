//! Commands of licences and number books, decided.

use crate::error::LicenceError;
use crate::event::{BookEvent, LicenceEvent, StatusEvent};
use crate::model::{
    BookKey, Document, Ending, Ground, LicenceKey, NumberFrom, Numbering, Order, State,
    StatusBookKey, Watch,
};
use codes::{Label, Moment};
use documents::{Numbers, Templates};
use kernel::{Aggregate, Context, Deadline};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The longest reason or article, in characters.
const GROUND_CHARS_MAX: usize = 500;

/// What licences decide by.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The templates of the installation: a template is a kind of licence.
    pub templates: Arc<Templates>,
    /// The table of number series.
    pub numbers: Arc<Numbers>,
}

/// What may be asked of a licence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LicenceCommand {
    /// Issue it. The same order again changes nothing.
    Issue(Box<Order>),
    /// Its number was allotted.
    Number {
        /// The number.
        number: String,
    },
    /// What came of signing. A second answer of the same errand changes nothing.
    Signed {
        /// The document.
        document: Box<Document>,
        /// The token of its public page.
        token: String,
    },
    /// Take it out of force for a time.
    Suspend {
        /// Why.
        ground: Ground,
    },
    /// Put it in force again.
    Resume {
        /// Why.
        ground: Ground,
    },
    /// End it.
    Revoke {
        /// By which act.
        by: Ending,
        /// Why.
        ground: Ground,
    },
    /// Another licence took its place.
    Replace {
        /// Which.
        by: LicenceKey,
    },
    /// Its term is over; sent by its own timer.
    Expire,
    /// A partner asks how it stands, and wants to be told of every change. The same again changes nothing.
    Watch {
        /// The partner.
        partner: String,
    },
}

/// A licence (证照).
#[derive(Clone, Debug, Default)]
pub struct Licence {
    pub(crate) order: Option<Box<Order>>,
    pub(crate) title: Label,
    pub(crate) number: Option<String>,
    pub(crate) state: State,
    pub(crate) token: Option<String>,
    pub(crate) watchers: BTreeSet<String>,
}

impl Licence {
    fn issue(
        &self,
        rules: &Rules,
        cx: &Context,
        order: Box<Order>,
    ) -> Result<Vec<LicenceEvent>, LicenceError> {
        if let Some(ordered) = &self.order {
            return if *ordered == order { Ok(Vec::new()) } else { Err(LicenceError::Taken) };
        }
        if let Some(to) = order.valid_to.filter(|to| *to < order.valid_from) {
            return Err(LicenceError::TermImpossible { from: order.valid_from, to });
        }
        let template = rules.templates.get(&order.template)?;
        let on = cx.now.date();
        let numbering = match &order.number {
            NumberFrom::Given(_) => None,
            NumberFrom::Series(facts) => {
                let id = template.series().ok_or_else(|| LicenceError::SeriesMissing {
                    template: order.template.clone(),
                })?;
                let own = order.issuer.facts(on);
                let facts = facts.iter().fold(own, |known, (name, value)| known.with(name, value));
                Some(Numbering::of(&rules.numbers, id, facts)?)
            }
        };
        let title = template.title().clone();
        Ok(vec![LicenceEvent::Issued { order, title, on, numbering }])
    }

    fn signed(
        &self,
        document: Box<Document>,
        token: String,
    ) -> Result<Vec<LicenceEvent>, LicenceError> {
        match (&self.order, &self.number, self.state) {
            (Some(order), Some(number), State::Preparing) => Ok(vec![LicenceEvent::Signed {
                number: number.clone(),
                document,
                token,
                title: self.title.clone(),
                order: order.clone(),
            }]),
            (Some(_), _, State::Preparing) => Err(LicenceError::WrongState { state: self.state }),
            (Some(_), ..) => Ok(Vec::new()),
            (None, ..) => Err(LicenceError::Unknown),
        }
    }

    /// What partners know the licence by; none before it is signed.
    fn told_to(&self, by: BTreeSet<String>) -> Option<Box<Watch>> {
        let order = self.order.as_ref()?;
        Some(Box::new(Watch {
            by,
            number: self.number.clone()?,
            kind: order.template.clone(),
            token: self.token.clone()?,
            organ: order.issuer.name.clone(),
        }))
    }

    /// Who is told of a change; none where nobody asked.
    fn watch(&self) -> Option<Box<Watch>> {
        (!self.watchers.is_empty()).then(|| self.told_to(self.watchers.clone())).flatten()
    }

    fn watched(&self, partner: String) -> Result<Vec<LicenceEvent>, LicenceError> {
        if self.order.is_none() {
            return Err(LicenceError::Unknown);
        }
        if self.watchers.contains(&partner) {
            return Ok(Vec::new());
        }
        let watch = self.told_to([partner.clone()].into()).ok_or(LicenceError::NotSigned)?;
        Ok(vec![LicenceEvent::Watched { partner, state: self.state, watch }])
    }

    /// The event if the licence is in one of these states.
    fn within(
        &self,
        states: &[State],
        event: LicenceEvent,
    ) -> Result<Vec<LicenceEvent>, LicenceError> {
        if self.order.is_none() {
            Err(LicenceError::Unknown)
        } else if states.contains(&self.state) {
            Ok(vec![event])
        } else {
            Err(LicenceError::WrongState { state: self.state })
        }
    }
}

/// LAW: 行政许可法 art. 38 and 行政处罚法 art. 44: an adverse act tells its facts and its ground.
fn whole(ground: Ground) -> Result<Ground, LicenceError> {
    let fits = |text: &str| !text.trim().is_empty() && text.chars().count() <= GROUND_CHARS_MAX;
    if !fits(&ground.reason) {
        return Err(LicenceError::GroundMissing { key: "reason" });
    }
    if !fits(&ground.article) {
        return Err(LicenceError::GroundMissing { key: "article" });
    }
    Ok(ground)
}

impl Aggregate for Licence {
    const KIND: &'static str = "licence";
    type Key = LicenceKey;
    type Command = LicenceCommand;
    type Event = LicenceEvent;
    type Error = LicenceError;
    type World = Rules;

    fn decide(
        &self,
        rules: &Rules,
        cx: &Context,
        command: LicenceCommand,
    ) -> Result<Vec<LicenceEvent>, LicenceError> {
        use State::{Ended, Expired, Replaced, Suspended, Valid};
        match command {
            LicenceCommand::Issue(order) => self.issue(rules, cx, order),
            LicenceCommand::Number { number } => match (&self.order, &self.number) {
                (None, _) => Err(LicenceError::Unknown),
                (Some(_), None) => Ok(vec![LicenceEvent::Numbered { number }]),
                (Some(_), Some(known)) if *known == number => Ok(Vec::new()),
                (Some(_), Some(_)) => Err(LicenceError::Taken),
            },
            LicenceCommand::Signed { document, token } => self.signed(document, token),
            LicenceCommand::Suspend { ground } => {
                let ground = whole(ground)?;
                self.within(&[Valid], LicenceEvent::Suspended { ground, watch: self.watch() })
            }
            LicenceCommand::Resume { ground } => {
                let ground = whole(ground)?;
                self.within(&[Suspended], LicenceEvent::Resumed { ground, watch: self.watch() })
            }
            LicenceCommand::Revoke { by, ground } => self.within(
                // An expired or replaced licence can still be annulled or revoked: the finding follows the holder.
                &[Valid, Suspended, Replaced, Expired],
                LicenceEvent::Revoked { by, ground: whole(ground)?, watch: self.watch() },
            ),
            LicenceCommand::Replace { by } => match self.state {
                // It ended on the way: the new one stands for itself.
                Ended | Replaced => Ok(Vec::new()),
                _ => self.within(
                    &[Valid, Suspended, Expired],
                    LicenceEvent::Replaced { by, watch: self.watch() },
                ),
            },
            LicenceCommand::Expire => match self.state {
                Valid | Suspended => Ok(vec![LicenceEvent::Expired]),
                _ => Ok(Vec::new()),
            },
            LicenceCommand::Watch { partner } => self.watched(partner),
        }
    }

    fn evolve(&mut self, event: &LicenceEvent) {
        crate::evolve::licence(self, event);
    }

    fn deadlines(&self) -> Vec<Deadline<LicenceCommand>> {
        let running = matches!(self.state, State::Valid | State::Suspended);
        let last = self.order.as_ref().and_then(|order| order.valid_to).filter(|_| running);
        last.map(|last| Deadline {
            name: "expire".to_owned(),
            at: Moment::end_of(last),
            command: LicenceCommand::Expire,
        })
        .into_iter()
        .collect()
    }
}

/// What may be asked of a book of numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BookCommand {
    /// Allot the next serial.
    Allot {
        /// To which licence.
        licence: LicenceKey,
        /// How the number is written.
        numbering: Numbering,
    },
}

/// A counter of licence numbers: gapless, since a serial is taken in the batch that issues the licence.
#[derive(Clone, Debug, Default)]
pub struct Book {
    pub(crate) serials: u64,
}

impl Aggregate for Book {
    const KIND: &'static str = "licence-book";
    type Key = BookKey;
    type Command = BookCommand;
    type Event = BookEvent;
    type Error = LicenceError;
    type World = Numbers;

    fn decide(
        &self,
        numbers: &Numbers,
        _cx: &Context,
        command: BookCommand,
    ) -> Result<Vec<BookEvent>, LicenceError> {
        let BookCommand::Allot { licence, numbering } = command;
        let serial = self.serials.saturating_add(1);
        let number = numbering.write(numbers, serial)?;
        Ok(vec![BookEvent::Allotted { licence, serial, number, book: numbering.book }])
    }

    fn evolve(&mut self, event: &BookEvent) {
        crate::evolve::book(self, event);
    }
}

/// What may be asked of a book of places in status lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StatusCommand {
    /// Allot the next place.
    Place {
        /// To which licence.
        licence: LicenceKey,
    },
}

/// A counter of places in status lists (状态清单簿): every licence of a shard has one before it is signed.
#[derive(Clone, Debug, Default)]
pub struct StatusBook {
    pub(crate) places: u64,
}

impl Aggregate for StatusBook {
    const KIND: &'static str = "licence-status";
    type Key = StatusBookKey;
    type Command = StatusCommand;
    type Event = StatusEvent;
    type Error = LicenceError;
    type World = ();

    fn decide(
        &self,
        (): &(),
        _cx: &Context,
        command: StatusCommand,
    ) -> Result<Vec<StatusEvent>, LicenceError> {
        let StatusCommand::Place { licence } = command;
        Ok(vec![StatusEvent::Placed { licence, serial: self.places }])
    }

    fn evolve(&mut self, event: &StatusEvent) {
        crate::evolve::status_book(self, event);
    }
}
