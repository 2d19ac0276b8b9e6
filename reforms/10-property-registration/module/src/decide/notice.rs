//! The public notice of a registration (公告), and what others answered when they were asked.

use super::{Registration, short};
use crate::error::PropertyError;
use crate::event::RegistrationEvent as E;
use crate::law::Law;
use crate::model::{Lines, NoticeText, NoticeTurn, State, Stop, task};
use codes::Date;
use property::TaskState;

impl Registration {
    /// LAW: 实施细则 art. 17, 22: what has to be announced, and for how long, stands in the table of notices.
    pub(super) fn announce(&self, law: &Law, text: NoticeText) -> Result<Vec<E>, PropertyError> {
        self.within(&[State::Running])?;
        let wanted = self.task(task::NOTICE).is_some_and(|task| task.state != TaskState::Done);
        let accepted = self.accepted.filter(|_| wanted && self.notice.is_none());
        let on = accepted.ok_or(PropertyError::WrongState { state: self.state })?;
        let terms = law.notice(self.application()?, on)?;
        let terms = terms.ok_or(PropertyError::WrongState { state: self.state })?;
        let announcement = format!("property.{}.{}", self.key, self.notices.saturating_add(1));
        Ok(vec![E::NoticeOrdered { announcement, terms, text, of: self.of()? }])
    }

    pub(super) fn hear_notice(
        &self,
        law: &Law,
        announcement: &str,
        turn: NoticeTurn,
    ) -> Result<Vec<E>, PropertyError> {
        let open = self.notice.as_ref().filter(|open| open.key == announcement);
        let Some(open) = open.filter(|_| self.state == State::Running) else {
            return Ok(Vec::new());
        };
        let mut events = vec![E::NoticeTurned { turn }];
        match turn {
            NoticeTurn::Running { from, until } => {
                events = self.running(law, announcement, from, until)?;
                if !open.waits {
                    events.extend(self.notice_done("公告已经发布，补发不待期满"));
                }
            }
            NoticeTurn::Objected { no } => {
                events.extend(self.notice_noted(format!("收到第{no}号异议，公告期满前须答复")));
            }
            NoticeTurn::Answered { no, upheld } => {
                let told = if upheld { "成立，不得登簿" } else { "不成立" };
                events.extend(self.notice_noted(format!("第{no}号异议{told}")));
            }
            NoticeTurn::Ended if open.upheld => {
                events.extend(self.notice_noted("公告期满，异议成立".to_owned()));
            }
            NoticeTurn::Ended => events.extend(self.notice_done("公告期满，无成立的异议")),
            NoticeTurn::Dropped => {
                events.extend(self.notice_noted("公告已撤回，须重新公告".to_owned()));
            }
        }
        Ok(events)
    }

    /// The days of the announcement do not count (条例 20); of a longer one, all its days take the place of those told before.
    fn running(
        &self,
        law: &Law,
        announcement: &str,
        from: Date,
        until: Date,
    ) -> Result<Vec<E>, PropertyError> {
        let first = from.tomorrow().map_err(|_end| PropertyError::Field { key: "from" })?;
        if until < first {
            return Ok(Vec::new());
        }
        let stop = Stop { from: first, to: until };
        let own = self.notice.as_ref().and_then(|open| open.stop);
        let others = self.stops.iter().enumerate().filter(|(at, _)| Some(*at) != own);
        let stops: Vec<Stop> = others.map(|(_, stop)| *stop).chain([stop]).collect();
        let (Some(lines), Some(began)) = (&self.lines, self.accepted) else {
            return Ok(Vec::new());
        };
        let lines: Lines = law.moved(lines, began, &stops)?;
        let announcement = Some(announcement.to_owned());
        Ok(vec![E::Announced { stop, lines, announcement }])
    }

    fn notice_open(&self) -> bool {
        self.task(task::NOTICE).is_some_and(|task| task.state != TaskState::Done)
    }

    fn notice_done(&self, note: &str) -> Option<E> {
        let done = E::TaskDone { task: task::NOTICE.to_owned(), note: note.to_owned() };
        self.notice_open().then_some(done)
    }

    fn notice_noted(&self, note: String) -> Option<E> {
        let noted = E::TaskNoted { task: task::NOTICE.to_owned(), note };
        self.notice_open().then_some(noted)
    }

    pub(super) fn hear_check(
        &self,
        name: String,
        passed: bool,
        note: String,
    ) -> Result<Vec<E>, PropertyError> {
        let open = |task: &&super::Task| task.state == TaskState::Open && task.note != note;
        if self.state != State::Running || self.task(&name).filter(open).is_none() {
            return Ok(Vec::new());
        }
        let note = short(note, "note")?;
        Ok(vec![if passed {
            E::TaskDone { task: name, note }
        } else {
            E::TaskNoted { task: name, note }
        }])
    }
}
