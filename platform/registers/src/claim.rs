//! Claims on a unique key (占用): held by an origin, released, ended by term. The first use is the enterprise name.

use crate::Facts;
use calendar::{End, Term};
use codes::{Code, Coded, Date, Label, Moment, Reason};
use kernel::{Aggregate, Context, Deadline};
use serde::{Deserialize, Serialize};

/// The key of a claim, such as `name/440115-market/青禾`: kind, scope, folded text.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClaimKey(pub String);

impl std::fmt::Display for ClaimKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What can be asked of a claim.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ClaimCommand {
    /// Compare, and keep for a while (企业名称登记管理规定 17, 18).
    Reserve {
        /// Who holds it: the number of a case.
        holder: String,
        /// The whole name as it is shown.
        name: String,
        /// The industry word; empty if the name has none.
        industry: String,
        /// Whether set-up or an item of the scope needs prior approval: then it is kept longer.
        prior: bool,
        /// Holders from whom an investment relation exempts (名称规定 17).
        exempt: Vec<String>,
    },
    /// The holder's name is registered.
    Register {
        /// Who holds it.
        holder: String,
        /// The code of the enterprise.
        uscc: String,
    },
    /// The holder gives it up.
    Release {
        /// Who holds it.
        holder: String,
    },
    /// The enterprise ended, changed its name, or lost its licence: the name is blocked for a year.
    Block {
        /// Who holds it.
        holder: String,
    },
    /// A reservation or a block has run out (timer).
    Lapse {
        /// Who held it.
        holder: String,
    },
}

/// What happened to a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClaimEvent {
    /// Kept.
    Reserved {
        /// Who holds it.
        holder: String,
        /// The whole name.
        name: String,
        /// The industry word.
        industry: String,
        /// Since when.
        on: Date,
        /// Until 24:00 of this day.
        until: Date,
    },
    /// Registered.
    Registered {
        /// Who holds it.
        holder: String,
        /// The code of the enterprise.
        uscc: String,
        /// Since when.
        on: Date,
    },
    /// Given up.
    Released {
        /// Who held it.
        holder: String,
    },
    /// Blocked.
    Blocked {
        /// Who held it.
        holder: String,
        /// Until 24:00 of this day.
        until: Date,
    },
    /// Run out.
    Lapsed {
        /// Who held it.
        holder: String,
    },
}

/// Why a claim is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// Somebody else holds it.
    #[error("taken since {since}")]
    NameTaken {
        /// Since when.
        since: Date,
    },
    /// The holder has no such claim.
    #[error("`{0}` holds no such claim")]
    NotHeld(String),
    /// The term cannot be computed.
    #[error("the term cannot be computed")]
    Term(#[source] calendar::CalendarError),
}

impl Coded for ClaimError {
    fn code(&self) -> Code {
        match self {
            Self::NameTaken { .. } => Code::new("REG", 1),
            Self::NotHeld(_) => Code::new("REG", 2),
            Self::Term(_) => Code::new("REG", 3),
        }
    }

    fn reason(&self) -> Reason {
        match self {
            Self::NameTaken { .. } => "NAME_TAKEN",
            Self::NotHeld(_) => "NOT_HELD",
            Self::Term(_) => "TERM",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::NameTaken { since } => Label::new(
                format!(
                    "该字号已于{since}被同一登记机关的同行业企业登记或者保留（企业名称登记管理规定第十七条）。请更换字号，或者提供投资关系证明。"
                ),
                format!(
                    "This trade name has been registered or reserved with the same organ in the same industry since {since}. Choose another one, or show an investment relation."
                ),
            ),
            Self::NotHeld(_) => Label::new("没有对应的名称保留。", "There is no such reservation."),
            Self::Term(_) => Label::new(
                "期限无法计算，请联系运行人员检查日历数据。",
                "The term cannot be computed. Please contact the operator to check the calendar data.",
            ),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::NameTaken { .. } => 409,
            Self::NotHeld(_) => 404,
            Self::Term(_) => 503,
        }
    }

    fn fields(&self) -> Option<String> {
        match self {
            Self::NameTaken { since } => Some(format!(r#"{{"since":"{since}"}}"#)),
            Self::NotHeld(_) | Self::Term(_) => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Standing {
    Reserved { until: Date },
    Registered,
    Blocked { until: Date },
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    holder: String,
    industry: String,
    since: Date,
    standing: Standing,
}

/// All claims on one key (名称占用): what competes stands together, so that one command compares and keeps.
#[derive(Clone, Debug, Default)]
pub struct Claim {
    entries: Vec<Entry>,
}

impl Claim {
    fn held(&self, holder: &str) -> Result<&Entry, ClaimError> {
        self.entries
            .iter()
            .find(|entry| entry.holder == holder)
            .ok_or_else(|| ClaimError::NotHeld(holder.to_owned()))
    }

    fn remove(&mut self, holder: &str) {
        self.entries.retain(|entry| entry.holder != holder);
    }
}

/// Names compete where the trade name is the same and the industry word is the same or one has none.
fn competes(one: &str, other: &str) -> bool {
    one.is_empty() || other.is_empty() || one == other
}

fn until(facts: &Facts, term: &Term, on: Date) -> Result<Date, ClaimError> {
    calendar::due(term, on, &facts.calendar()).map(|due| due.date).map_err(ClaimError::Term)
}

impl Aggregate for Claim {
    const KIND: &'static str = "claim";
    type Key = ClaimKey;
    type Command = ClaimCommand;
    type Event = ClaimEvent;
    type Error = ClaimError;
    type World = Facts;

    fn decide(
        &self,
        facts: &Facts,
        cx: &Context,
        command: ClaimCommand,
    ) -> Result<Vec<ClaimEvent>, ClaimError> {
        let on = cx.now.date();
        Ok(match command {
            ClaimCommand::Reserve { holder, name, industry, prior, exempt } => {
                if self.entries.iter().any(|e| e.holder == holder && e.industry == industry) {
                    return Ok(Vec::new());
                }
                let rival = self.entries.iter().find(|entry| {
                    entry.holder != holder
                        && !exempt.contains(&entry.holder)
                        && competes(&entry.industry, &industry)
                });
                if let Some(rival) = rival {
                    return Err(ClaimError::NameTaken { since: rival.since });
                }
                let until = until(facts, &facts.name_kept(prior, on), on)?;
                vec![ClaimEvent::Reserved { holder, name, industry, on, until }]
            }
            ClaimCommand::Register { holder, uscc } => {
                if self.held(&holder)?.standing == Standing::Registered {
                    return Ok(Vec::new());
                }
                vec![ClaimEvent::Registered { holder, uscc, on }]
            }
            ClaimCommand::Release { holder } => match self.held(&holder) {
                Ok(_) => vec![ClaimEvent::Released { holder }],
                Err(_) => Vec::new(),
            },
            ClaimCommand::Block { holder } => {
                self.held(&holder)?;
                // LAW: 名称规定 17: one year after deregistration, change or revocation; a standing period never rolls.
                let until = until(facts, &Term::Years { n: 1, end: End::Standing }, on)?;
                vec![ClaimEvent::Blocked { holder, until }]
            }
            ClaimCommand::Lapse { holder } => match self.held(&holder).map(|e| &e.standing) {
                Ok(Standing::Reserved { until } | Standing::Blocked { until })
                    if Moment::end_of(*until) <= cx.now =>
                {
                    vec![ClaimEvent::Lapsed { holder }]
                }
                _ => Vec::new(),
            },
        })
    }

    fn evolve(&mut self, event: &ClaimEvent) {
        match event {
            ClaimEvent::Reserved { holder, industry, on, until, name: _ } => {
                self.remove(holder);
                self.entries.push(Entry {
                    holder: holder.clone(),
                    industry: industry.clone(),
                    since: *on,
                    standing: Standing::Reserved { until: *until },
                });
            }
            ClaimEvent::Registered { holder, .. } => {
                if let Some(entry) = self.entries.iter_mut().find(|e| e.holder == *holder) {
                    entry.standing = Standing::Registered;
                }
            }
            ClaimEvent::Blocked { holder, until } => {
                if let Some(entry) = self.entries.iter_mut().find(|e| e.holder == *holder) {
                    entry.standing = Standing::Blocked { until: *until };
                }
            }
            ClaimEvent::Released { holder } | ClaimEvent::Lapsed { holder } => self.remove(holder),
        }
    }

    fn deadlines(&self) -> Vec<Deadline<ClaimCommand>> {
        self.entries
            .iter()
            .filter_map(|entry| match &entry.standing {
                Standing::Reserved { until } | Standing::Blocked { until } => Some(Deadline {
                    name: format!("lapse:{}", entry.holder),
                    at: Moment::end_of(*until),
                    command: ClaimCommand::Lapse { holder: entry.holder.clone() },
                }),
                Standing::Registered => None,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::spec;
    use std::sync::Arc;

    fn reserve(holder: &str, industry: &str, prior: bool) -> ClaimCommand {
        ClaimCommand::Reserve {
            holder: holder.to_owned(),
            name: format!("广州青禾{industry}有限公司"),
            industry: industry.to_owned(),
            prior,
            exempt: Vec::new(),
        }
    }

    #[test]
    fn the_first_keeps_the_name_and_the_second_is_told_since_when() {
        let facts = Facts::new(calendar::Calendar::embedded());
        let at = Moment::from_wall(Date::constant(2026, 2, 11).at(9, 0, 0, 0));
        let mut claim = spec::given::<Claim>(&facts, []).at(at);
        let kept = claim.when(reserve("a", "餐饮管理", false)).unwrap();
        let ClaimEvent::Reserved { until, .. } = &kept[0] else { panic!("{kept:?}") };
        assert_eq!(*until, Date::constant(2026, 4, 13), "11 April is a Saturday and rolls");
        for industry in ["餐饮管理", ""] {
            assert_eq!(
                claim.when(reserve("b", industry, false)),
                Err(ClaimError::NameTaken { since: Date::constant(2026, 2, 11) })
            );
        }
        assert!(
            claim.when(reserve("c", "软件", false)).is_ok(),
            "another industry does not compete"
        );
        assert_eq!(
            claim.when(reserve("a", "餐饮管理", false)),
            Ok(Vec::new()),
            "its own holder again"
        );
    }

    #[test]
    fn a_table_says_how_long_a_name_is_kept_by_the_law_of_the_day() {
        let text = "id: kept\nzh: 保留期\nen: kept\nrelevant_date: reserved\nhit: unique\n\
                    facts: {prior_approval: {zh: 前置, en: prior, type: B}}\n\
                    inputs: {prior: {fact: prior_approval}}\noutputs: {kept: term}\nrows:\n\
                    - {id: old, when: {prior: false}, then: {kept: 1m roll}, until: 2026-02-11, default: true}\n\
                    - {id: new, when: {prior: false}, then: {kept: 3m roll}, from: 2026-02-12, default: true}\n";
        let dictionary = elements::Dictionary::builtin().unwrap();
        let facts = Facts::new(calendar::Calendar::embedded());
        facts.names_by(Arc::new(rules::Table::read(&dictionary, "kept.yaml", text).unwrap()));
        for (day, prior, expected) in [
            (11, false, Date::constant(2026, 3, 11)),
            (12, false, Date::constant(2026, 5, 12)),
            // No row speaks of it: the law itself does.
            (12, true, Date::constant(2027, 2, 12)),
        ] {
            let at = Moment::from_wall(Date::constant(2026, 2, day).at(9, 0, 0, 0));
            let mut claim = spec::given::<Claim>(&facts, []).at(at);
            let kept = claim.when(reserve("a", "餐饮管理", prior)).unwrap();
            let ClaimEvent::Reserved { until, .. } = &kept[0] else { panic!("{kept:?}") };
            assert_eq!(*until, expected, "{day} {prior}");
        }
    }

    #[test]
    fn a_reservation_lapses_and_a_block_lasts_a_year() {
        let facts = Facts::new(calendar::Calendar::embedded());
        let at = |m, d| Moment::from_wall(Date::constant(2026, m, d).at(9, 0, 0, 0));
        let mut claim = spec::given::<Claim>(&facts, []).at(at(2, 11));
        claim.when(reserve("a", "餐饮管理", false)).unwrap();
        assert_eq!(claim.wind(at(4, 13)).unwrap(), []);
        assert_eq!(claim.wind(at(4, 14)).unwrap(), [ClaimEvent::Lapsed { holder: "a".to_owned() }]);
        claim.when(reserve("b", "餐饮管理", true)).unwrap();
        claim.when(ClaimCommand::Register { holder: "b".to_owned(), uscc: String::new() }).unwrap();
        let blocked = claim.when(ClaimCommand::Block { holder: "b".to_owned() }).unwrap();
        let until = Date::constant(2027, 4, 14);
        assert_eq!(blocked, [ClaimEvent::Blocked { holder: "b".to_owned(), until }]);
        assert!(claim.when(reserve("c", "餐饮管理", false)).is_err());
    }
}
