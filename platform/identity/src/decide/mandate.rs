//! The mandate: given by a person, or following the register; ended by either side, by time, or by a new entry.

use crate::error::{IdentityError, MandateWhy};
use crate::event::{Ground, MandateEnd, MandateEvent};
use crate::model::{Grant, MandateKey, Scope};
use codes::Moment;
use kernel::{Actor, Aggregate, Context, Deadline, Origin, PartyKey};
use serde::{Deserialize, Serialize};

/// That one party acts for another (委托).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mandate {
    pub(crate) grant: Option<Grant>,
    pub(crate) by_register: bool,
    pub(crate) ended: bool,
}

/// What may be asked of a mandate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MandateCommand {
    /// Give it.
    Give(Grant),
    /// Make it follow the register: `representative` is the legal representative of `enterprise` from now on, and whoever
    /// was before is none from this very instant.
    FollowRegister {
        /// The enterprise.
        enterprise: PartyKey,
        /// Its legal representative.
        representative: PartyKey,
        /// The entry.
        origin: Origin,
    },
    /// End it.
    End {
        /// Why.
        cause: MandateEnd,
    },
}

impl Mandate {
    /// Whether it holds at an instant.
    #[must_use]
    pub fn holds(&self, now: Moment) -> bool {
        self.live() && self.grant.as_ref().is_some_and(|grant| !past(grant, now))
    }

    fn live(&self) -> bool {
        self.grant.is_some() && !self.ended
    }

    fn give(&self, now: Moment, grant: Grant) -> Result<Vec<MandateEvent>, IdentityError> {
        let wrong = |why| Err(IdentityError::MandateShape { why });
        match &self.grant {
            Some(held) if *held == grant && self.live() => return Ok(Vec::new()),
            Some(_) => return wrong(MandateWhy::Taken),
            None => {}
        }
        if grant.principal == grant.agent {
            return wrong(MandateWhy::Self_);
        }
        if matches!(&grant.scope, Scope::Services(services) if services.is_empty()) {
            return wrong(MandateWhy::NoService);
        }
        if past(&grant, now) {
            return wrong(MandateWhy::Past);
        }
        Ok(vec![MandateEvent::Given { grant, ground: Ground::Given }])
    }

    fn follow(
        &self,
        enterprise: PartyKey,
        representative: PartyKey,
        origin: Origin,
    ) -> Vec<MandateEvent> {
        let grant =
            Grant { principal: enterprise, agent: representative, scope: Scope::All, until: None };
        if self.live() && self.grant.as_ref() == Some(&grant) {
            return Vec::new();
        }
        let mut events = Vec::new();
        if self.live() {
            events.push(MandateEvent::Ended { cause: MandateEnd::Replaced });
        }
        events.push(MandateEvent::Given { grant, ground: Ground::Register { origin } });
        events
    }

    fn end(&self, cx: &Context, cause: MandateEnd) -> Result<Vec<MandateEvent>, IdentityError> {
        let Some(grant) = &self.grant else { return Err(IdentityError::Unknown) };
        if self.ended {
            return Ok(Vec::new());
        }
        let theirs = match &cx.actor {
            Actor::System { .. } => true,
            Actor::Party { party, mandate: None, .. } => {
                !self.by_register
                    && match cause {
                        MandateEnd::Revoked => *party == grant.principal,
                        MandateEnd::LaidDown => *party == grant.agent,
                        MandateEnd::Expired | MandateEnd::Replaced | MandateEnd::Terminated => {
                            false
                        }
                    }
            }
            // An enterprise has no hands: whoever acts for it under another mandate takes this one back.
            Actor::Party { party, mandate: Some(_), .. } => {
                !self.by_register && cause == MandateEnd::Revoked && *party == grant.principal
            }
            Actor::Officer { .. } | Actor::Partner { .. } | Actor::Public => false,
        };
        if theirs {
            Ok(vec![MandateEvent::Ended { cause }])
        } else {
            Err(IdentityError::MandateForeign)
        }
    }
}

/// Whether the last day of a grant is over.
fn past(grant: &Grant, now: Moment) -> bool {
    grant.until.is_some_and(|day| now >= Moment::end_of(day))
}

impl Aggregate for Mandate {
    const KIND: &'static str = "mandate";
    type Key = MandateKey;
    type Command = MandateCommand;
    type Event = MandateEvent;
    type Error = IdentityError;
    type World = ();

    fn decide(
        &self,
        (): &(),
        cx: &Context,
        command: MandateCommand,
    ) -> Result<Vec<MandateEvent>, IdentityError> {
        match command {
            MandateCommand::Give(grant) => self.give(cx.now, grant),
            MandateCommand::FollowRegister { enterprise, representative, origin } => {
                Ok(self.follow(enterprise, representative, origin))
            }
            MandateCommand::End { cause } => self.end(cx, cause),
        }
    }

    fn evolve(&mut self, event: &MandateEvent) {
        crate::evolve::mandate(self, event);
    }

    fn deadlines(&self) -> Vec<Deadline<MandateCommand>> {
        let until = self.grant.as_ref().and_then(|grant| grant.until);
        let Some(day) = until.filter(|_| self.live()) else { return Vec::new() };
        let command = MandateCommand::End { cause: MandateEnd::Expired };
        vec![Deadline { name: "expire".to_owned(), at: Moment::end_of(day), command }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codes::Date;
    use kernel::{EventId, Shard, spec};

    fn party(key: &str) -> PartyKey {
        PartyKey::new(key)
    }

    fn as_party(key: &str) -> Actor {
        Actor::Party { party: party(key), login: key.into(), mandate: None }
    }

    fn grant(until: Option<Date>) -> Grant {
        let scope = Scope::Services(vec!["28/food".into()]);
        Grant { principal: party("qinghe"), agent: party("chen"), scope, until }
    }

    fn origin(seq: u64) -> Origin {
        let event = EventId { shard: Shard::new("440100"), seq };
        Origin { kind: "enterprise".into(), key: "e".into(), event }
    }

    fn follow(representative: &str, seq: u64) -> MandateCommand {
        MandateCommand::FollowRegister {
            enterprise: party("qinghe"),
            representative: party(representative),
            origin: origin(seq),
        }
    }

    const DAY: Date = Date::constant(2026, 2, 12);

    #[test]
    fn a_mandate_holds_through_its_last_day_and_ends_at_24_00() {
        let noon = Moment::from_wall(DAY.at(12, 0, 0, 0));
        let mut mandate = spec::given::<Mandate>(&(), []).at(noon);
        mandate.when(MandateCommand::Give(grant(Some(DAY)))).unwrap();
        assert!(mandate.state.holds(Moment::end_of(DAY).plus_us(-1)));
        assert!(!mandate.state.holds(Moment::end_of(DAY)));
        assert_eq!(
            mandate.wind(Moment::end_of(DAY)),
            Ok(vec![MandateEvent::Ended { cause: MandateEnd::Expired }])
        );
    }

    #[test]
    fn a_change_of_legal_representative_ends_the_old_mandate_in_the_same_instant() {
        let mut mandate = spec::given::<Mandate>(&(), []);
        assert_eq!(mandate.when(follow("chen", 1)).unwrap().len(), 1);
        assert_eq!(mandate.when(follow("chen", 2)), Ok(vec![]), "the same again is nothing new");
        let events = mandate.when(follow("lin", 3)).unwrap();
        assert_eq!(events.first(), Some(&MandateEvent::Ended { cause: MandateEnd::Replaced }));
        assert_eq!(mandate.state.grant.as_ref().map(|g| g.agent.as_str()), Some("lin"));
        assert!(mandate.state.holds(Moment::default()));
    }

    #[test]
    fn the_registers_mandate_is_nobodys_to_end() {
        let mut mandate = spec::given::<Mandate>(&(), []);
        mandate.when(follow("chen", 1)).unwrap();
        for who in ["chen", "qinghe"] {
            mandate = mandate.by(as_party(who));
            for cause in [MandateEnd::Revoked, MandateEnd::LaidDown] {
                assert_eq!(
                    mandate.when(MandateCommand::End { cause }),
                    Err(IdentityError::MandateForeign)
                );
            }
        }
        mandate = mandate.by(Actor::system("linkage"));
        assert!(mandate.when(MandateCommand::End { cause: MandateEnd::Terminated }).is_ok());
    }

    #[test]
    fn each_side_ends_it_in_its_own_way_and_strangers_do_not() {
        let table = [
            ("qinghe", MandateEnd::Revoked, true),
            ("qinghe", MandateEnd::LaidDown, false),
            ("chen", MandateEnd::LaidDown, true),
            ("chen", MandateEnd::Revoked, false),
            ("chen", MandateEnd::Expired, false),
            ("wang", MandateEnd::Revoked, false),
        ];
        for (who, cause, may) in table {
            let given = MandateEvent::Given { grant: grant(None), ground: Ground::Given };
            let mut mandate = spec::given::<Mandate>(&(), [given]).by(as_party(who));
            assert_eq!(mandate.when(MandateCommand::End { cause }).is_ok(), may, "{who} {cause:?}");
        }
    }

    #[test]
    fn a_mandate_to_oneself_for_nothing_or_for_yesterday_is_refused() {
        let now = Moment::end_of(DAY);
        let none = Grant { scope: Scope::Services(vec![]), ..grant(None) };
        let own = Grant { agent: party("qinghe"), ..grant(None) };
        for (grant, why) in [
            (own, MandateWhy::Self_),
            (none, MandateWhy::NoService),
            (grant(Some(DAY)), MandateWhy::Past),
        ] {
            let mut mandate = spec::given::<Mandate>(&(), []).at(now);
            assert_eq!(
                mandate.when(MandateCommand::Give(grant)),
                Err(IdentityError::MandateShape { why })
            );
        }
    }
}
