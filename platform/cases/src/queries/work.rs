//! What officers and supervisors ask of the tables: worklists by key, counts from one index, search.

use crate::model::TaskState;
use codes::{Date, Label};
use tables::{Query, ReadError, Reader, Row};

/// Which tasks of an organ are listed (筛选).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// Everything that is not decided: what waits for the organ, then what waits for the party.
    #[default]
    All,
    /// Received, acceptance not decided.
    New,
    /// Accepted, not decided.
    Working,
    /// Waiting for the party to answer a supplement.
    Supplement,
    /// The clock stands, or is announced to stand, for a lawful cause.
    Stopped,
    /// The day that presses most is over.
    Overdue,
    /// Decided, the newest first.
    Decided,
}

impl View {
    /// All views, in the order of the page.
    pub const ALL: [Self; 7] = [
        Self::All,
        Self::New,
        Self::Working,
        Self::Supplement,
        Self::Stopped,
        Self::Overdue,
        Self::Decided,
    ];

    /// Its word in addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::New => "new",
            Self::Working => "working",
            Self::Supplement => "supplement",
            Self::Stopped => "stopped",
            Self::Overdue => "overdue",
            Self::Decided => "decided",
        }
    }

    /// The view of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.word() == word)
    }
}

/// Which tasks a list shows.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Of which organ.
    pub organ: String,
    /// Which of them.
    pub view: View,
    /// Of one service only, such as `28/food`.
    pub service: Option<String>,
    /// Of one place only: a division code, or its first digits.
    pub place: Option<String>,
    /// Within a span of days that press most, both included.
    pub pressing: Option<(Date, Date)>,
}

/// A task in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkRow {
    /// The number of the case.
    pub no: String,
    /// The task.
    pub task: String,
    /// The name that people know the case by.
    pub title: String,
    /// The service, such as `28/food`.
    pub service: String,
    /// The service's name.
    pub label: Label,
    /// The organ.
    pub organ: String,
    /// The division in which the case lies.
    pub place: String,
    /// Where the task stands, as a word.
    pub state: String,
    /// The day of receipt.
    pub received: Option<Date>,
    /// When silence accepts.
    pub silence: Option<Date>,
    /// The day of acceptance.
    pub accepted: Option<Date>,
    /// The promised day.
    pub promise: Option<Date>,
    /// The statutory day: its own or the joint one, whichever is earlier (E6).
    pub due: Option<Date>,
    /// Whether a supplement is outstanding.
    pub wanted: bool,
    /// Until when the party may answer it.
    pub answer_until: Option<Date>,
    /// The last stop of the clock: cause, first and last day.
    pub stop: Option<(String, Date, Date)>,
    /// The line that was overrun last.
    pub breached: Option<String>,
    /// The day of the decision.
    pub decided: Option<Date>,
    /// Where the list goes on after this row.
    pub key: String,
}

impl WorkRow {
    /// The day that presses most on whoever has to act.
    #[must_use]
    pub fn pressing(&self) -> Option<Date> {
        if self.wanted {
            return self.answer_until;
        }
        if self.state == TaskState::Ready.word() {
            return self.silence;
        }
        match (self.promise, self.due) {
            // A stopped clock is no longer held to the promise.
            (Some(promise), Some(due)) if self.stop.is_none() => Some(promise.min(due)),
            (promise, due) => due.or(promise),
        }
    }

    /// The lawful cause for which the clock stands on a day.
    #[must_use]
    pub fn stopped_on(&self, day: Date) -> Option<&str> {
        let (cause, from, to) = self.stop.as_ref()?;
        (*from <= day && day <= *to).then_some(cause)
    }

    fn read(row: &Row, key: &str) -> Result<Self, ReadError> {
        let due: Option<Date> = row.get("due_on")?;
        let joint: Option<Date> = row.get("joint_due")?;
        let stop: Option<String> = row.get("stopped_for")?;
        Ok(Self {
            no: row.get("no")?,
            task: row.get("task")?,
            title: row.get::<Option<String>>("title")?.unwrap_or_default(),
            service: row.get("service")?,
            label: Label::new(row.get::<String>("label_zh")?, row.get::<String>("label_en")?),
            organ: row.get("organ")?,
            place: row.get("place")?,
            state: row.get("state")?,
            received: row.get("received_on")?,
            silence: row.get("silence_on")?,
            accepted: row.get("accepted_on")?,
            promise: row.get("promise_on")?,
            due: due.map(|due| joint.map_or(due, |joint| joint.min(due))),
            wanted: row.get::<Option<bool>>("wanted")?.unwrap_or_default(),
            answer_until: row.get("answer_until")?,
            stop: match stop {
                Some(cause) => Some((cause, row.get("stopped_from")?, row.get("stopped_until")?)),
                None => None,
            },
            breached: row.get("breached")?,
            decided: row.get("decided_on")?,
            key: row.get::<Option<String>>(key)?.unwrap_or_default(),
        })
    }
}

const COLUMNS: &str = "SELECT t.no, t.task, t.service, t.label_zh, t.label_en, t.organ, t.place, t.state, \
    t.received_on, t.silence_on, t.accepted_on, t.promise_on, t.due_on, t.wanted, t.answer_until, \
    t.stopped_for, t.stopped_from, t.stopped_until, t.breached, t.decided_on, t.sort, t.done, \
    c.title, c.joint_due FROM cases_tasks t JOIN cases_cases c ON c.no = t.no";

/// The first sort key that is later than a section's day.
fn after_day(section: u8, day: Date) -> String {
    // `~` sorts behind the blank that follows the day in a key.
    format!("{section} {day}~")
}

/// The first sort key of a section's day.
fn from_day(section: u8, day: Date) -> String {
    format!("{section} {day}")
}

/// The texts between which every code with these first digits lies: a division and all that lie in it.
fn within(place: &str) -> (String, String) {
    let digits: String = place.chars().filter(char::is_ascii_digit).collect();
    let mut digits = digits.as_str();
    while digits.len().is_multiple_of(2)
        && let Some(shorter) = digits.strip_suffix("00")
    {
        digits = shorter;
    }
    (digits.to_owned(), format!("{digits}~"))
}

fn narrowed(mut query: Query, wanted: &Wanted) -> Query {
    if let Some(service) = &wanted.service {
        query = query.and("t.service", service);
    }
    if let Some(place) = &wanted.place {
        let (from, to) = within(place);
        query = query.and_that("t.place >=", from).and_that("t.place <", to);
    }
    query
}

/// The query behind [`worklist`].
pub(crate) fn worklist_query(
    wanted: &Wanted,
    today: Date,
    after: Option<&str>,
    limit: u32,
) -> Query {
    if wanted.view == View::Decided {
        let query = Query::new(format!("{COLUMNS} WHERE c.submitted_on IS NOT NULL"))
            .and("t.organ", wanted.organ.as_str());
        return narrowed(query, wanted)
            .and_that("t.done <", after.unwrap_or("~"))
            .text(&format!("ORDER BY t.done DESC LIMIT {limit}"));
    }
    let query = Query::new(format!("{COLUMNS} WHERE t.desk = $1")).arg(wanted.organ.as_str());
    let query = narrowed(query, wanted);
    let query = match wanted.view {
        View::All | View::Decided => query,
        View::New => query.and_that("t.sort <", "2").and("t.state", TaskState::Ready.word()),
        View::Working => query.text("AND t.state IN ('working', 'visiting')"),
        View::Supplement => query.and_that("t.sort >=", "2"),
        View::Stopped => query.and_that("t.stopped_until >=", today),
        View::Overdue => query.and_that("t.sort <", from_day(1, today)),
    };
    let query = match wanted.pressing {
        Some((from, to)) => query
            .and_that("t.sort >=", from_day(1, from))
            .and_that("t.sort <", after_day(1, to))
            // What stands is counted as standing, whatever its day.
            .text("AND (t.stopped_until IS NULL")
            .or_before("t.stopped_until", today),
        None => query,
    };
    query
        .and_that("t.sort >", after.unwrap_or_default())
        .text(&format!("ORDER BY t.sort LIMIT {limit}"))
}

/// A bracket that was opened with `AND (` is closed by a comparison.
trait Bracket {
    fn or_before(self, column: &str, day: Date) -> Self;
}

impl Bracket for Query {
    fn or_before(self, column: &str, day: Date) -> Self {
        let n = self.args.len() + 1;
        self.arg(day).text(&format!("OR {column} < ${n})"))
    }
}

/// Tasks of an organ, by the day that presses most; the decided ones newest first.
///
/// # Errors
/// The store fails.
pub async fn worklist(
    reader: &dyn Reader,
    wanted: &Wanted,
    today: Date,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<WorkRow>, ReadError> {
    let rows = reader.rows(worklist_query(wanted, today, after, limit)).await?;
    let key = if wanted.view == View::Decided { "done" } else { "sort" };
    rows.iter().map(|row| WorkRow::read(row, key)).collect()
}

/// How many tasks of an organ each view lists; the decided ones are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Not decided.
    pub all: u64,
    /// Received, acceptance not decided.
    pub new: u64,
    /// Accepted, not decided.
    pub working: u64,
    /// Waiting for the party.
    pub supplement: u64,
    /// The clock stands.
    pub stopped: u64,
    /// The day that presses most is over.
    pub overdue: u64,
}

impl Counts {
    /// How many a view lists, where it is counted.
    #[must_use]
    pub const fn of(self, view: View) -> Option<u64> {
        match view {
            View::All => Some(self.all),
            View::New => Some(self.new),
            View::Working => Some(self.working),
            View::Supplement => Some(self.supplement),
            View::Stopped => Some(self.stopped),
            View::Overdue => Some(self.overdue),
            View::Decided => None,
        }
    }
}

const COUNTED: &str = "COUNT(*) AS everything, \
    SUM(CASE WHEN sort < '2' AND state = 'ready' THEN 1 ELSE 0 END) AS fresh, \
    SUM(CASE WHEN state IN ('working', 'visiting') THEN 1 ELSE 0 END) AS working, \
    SUM(CASE WHEN sort >= '2' THEN 1 ELSE 0 END) AS supplement, \
    SUM(CASE WHEN stopped_until >= $1 THEN 1 ELSE 0 END) AS stopped, \
    SUM(CASE WHEN sort < $2 THEN 1 ELSE 0 END) AS overdue";

/// The query behind [`counts`].
pub(crate) fn counts_query(organ: &str, today: Date) -> Query {
    Query::new(format!("SELECT {COUNTED} FROM cases_tasks WHERE desk = $3 AND sort > ''"))
        .arg(today)
        .arg(from_day(1, today))
        .arg(organ)
}

/// How many tasks of an organ each view lists.
///
/// # Errors
/// The store fails.
pub async fn counts(reader: &dyn Reader, organ: &str, today: Date) -> Result<Counts, ReadError> {
    let rows = reader.rows(counts_query(organ, today)).await?;
    let Some(row) = rows.first() else { return Ok(Counts::default()) };
    Ok(Counts {
        all: number(row, "everything")?,
        new: number(row, "fresh")?,
        working: number(row, "working")?,
        supplement: number(row, "supplement")?,
        stopped: number(row, "stopped")?,
        overdue: number(row, "overdue")?,
    })
}

/// A sum, which is null over no rows.
fn number(row: &Row, column: &str) -> Result<u64, ReadError> {
    Ok(row.get::<Option<u64>>(column)?.unwrap_or_default())
}

/// The last days of the columns of the heat map, as the calendar counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// Today.
    pub today: Date,
    /// The next working day: what is due until then is close.
    pub close: Date,
    /// The fifth working day: what is due until then is near.
    pub near: Date,
}

/// One organ of the heat map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// The organ.
    pub organ: String,
    /// Its name.
    pub label: Label,
    /// Past the day that presses most.
    pub overdue: u64,
    /// Due by the next working day.
    pub close: u64,
    /// Due by the fifth.
    pub near: u64,
    /// Due later.
    pub far: u64,
    /// The clock stands for a lawful cause.
    pub stopped: u64,
    /// Waiting for the party to answer a supplement.
    pub with_party: u64,
}

/// The query behind [`loads`].
pub(crate) fn loads_query(place: &str, days: Days) -> Query {
    let (from, to) = within(place);
    Query::new(
        "SELECT g.desk, g.overdue, g.close, g.near, g.far, g.stopped, g.with_party, \
         (SELECT l.organ_zh FROM cases_tasks l WHERE l.organ = g.desk LIMIT 1) AS zh, \
         (SELECT l.organ_en FROM cases_tasks l WHERE l.organ = g.desk LIMIT 1) AS en \
         FROM (SELECT desk, \
         SUM(CASE WHEN sort < $1 AND stands = 0 THEN 1 ELSE 0 END) AS overdue, \
         SUM(CASE WHEN sort >= $1 AND sort < $2 AND stands = 0 THEN 1 ELSE 0 END) AS close, \
         SUM(CASE WHEN sort >= $2 AND sort < $3 AND stands = 0 THEN 1 ELSE 0 END) AS near, \
         SUM(CASE WHEN sort >= $3 AND sort < '2' AND stands = 0 THEN 1 ELSE 0 END) AS far, \
         SUM(stands) AS stopped, \
         SUM(CASE WHEN sort >= '2' THEN 1 ELSE 0 END) AS with_party \
         FROM (SELECT desk, sort, CASE WHEN stopped_until >= $4 AND sort < '2' THEN 1 ELSE 0 END AS stands \
         FROM cases_tasks WHERE desk > '' AND sort > '' AND place >= $5 AND place < $6) s GROUP BY desk) g \
         ORDER BY g.desk",
    )
    .arg(from_day(1, days.today))
    .arg(after_day(1, days.close))
    .arg(after_day(1, days.near))
    .arg(days.today)
    .arg(from)
    .arg(to)
}

/// How the open tasks of a place lie: organ by days left.
///
/// # Errors
/// The store fails.
pub async fn loads(reader: &dyn Reader, place: &str, days: Days) -> Result<Vec<Load>, ReadError> {
    let rows = reader.rows(loads_query(place, days)).await?;
    rows.iter()
        .map(|row| {
            let name =
                |column| Ok::<_, ReadError>(row.get::<Option<String>>(column)?.unwrap_or_default());
            Ok(Load {
                organ: row.get("desk")?,
                label: Label::new(name("zh")?, name("en")?),
                overdue: number(row, "overdue")?,
                close: number(row, "close")?,
                near: number(row, "near")?,
                far: number(row, "far")?,
                stopped: number(row, "stopped")?,
                with_party: number(row, "with_party")?,
            })
        })
        .collect()
}

/// How many open tasks an organ received on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The organ.
    pub organ: String,
    /// The day of receipt.
    pub received: Date,
    /// How many.
    pub tasks: u64,
}

/// How old the queues of a place are: open tasks by organ and day of receipt.
///
/// # Errors
/// The store fails.
pub async fn waiting(reader: &dyn Reader, place: &str) -> Result<Vec<Waiting>, ReadError> {
    let (from, to) = within(place);
    let query = Query::new(
        "SELECT desk, received_on, COUNT(*) AS n FROM cases_tasks WHERE desk > '' AND sort > '' \
         AND received_on IS NOT NULL",
    )
    .and_that("place >=", from)
    .and_that("place <", to)
    .text("GROUP BY desk, received_on ORDER BY desk, received_on");
    let rows = reader.rows(query).await?;
    rows.iter()
        .map(|row| {
            Ok(Waiting {
                organ: row.get("desk")?,
                received: row.get("received_on")?,
                tasks: row.get("n")?,
            })
        })
        .collect()
}

/// How long a decided task took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Took {
    /// The service.
    pub service: String,
    /// The day of acceptance.
    pub accepted: Date,
    /// The day of the decision.
    pub decided: Date,
}

/// The tasks that an organ decided last, and how long they took.
///
/// # Errors
/// The store fails.
pub async fn took(reader: &dyn Reader, organ: &str, limit: u32) -> Result<Vec<Took>, ReadError> {
    let query = Query::new(
        "SELECT service, accepted_on, decided_on FROM cases_tasks WHERE state <> 'dropped' \
         AND accepted_on IS NOT NULL AND decided_on IS NOT NULL",
    )
    .and("organ", organ)
    .and_that("done >", "")
    .text(&format!("ORDER BY done DESC LIMIT {limit}"));
    let rows = reader.rows(query).await?;
    rows.iter()
        .map(|row| {
            Ok(Took {
                service: row.get("service")?,
                accepted: row.get("accepted_on")?,
                decided: row.get("decided_on")?,
            })
        })
        .collect()
}

/// A case that a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its number.
    pub no: String,
    /// Where it stands, as a word.
    pub state: String,
    /// The name that people know it by.
    pub title: String,
    /// The division in which it lies.
    pub place: String,
    /// The package.
    pub package: Label,
    /// The day of submission.
    pub submitted: Option<Date>,
    /// The joint limit.
    pub joint_due: Option<Date>,
    /// The unified social credit code, once there is one.
    pub uscc: Option<String>,
}

/// For whom a search looks: what it may find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Cases in which this organ has a task.
    Organ(String),
    /// Cases of a place.
    Place(String),
    /// Cases of a party.
    Party(String),
}

/// The most cases that a search gives.
pub const FOUND_MAX: u32 = 50;

/// Cases that were handed in, by number, by code, or by a part of the name; the newest first.
///
/// # Errors
/// The store fails.
pub async fn search(
    reader: &dyn Reader,
    scope: &Scope,
    text: &str,
) -> Result<Vec<Found>, ReadError> {
    let text = text.trim();
    let query = Query::new(
        "SELECT c.no, c.state, c.title, c.place, c.package_zh, c.package_en, c.submitted_on, c.joint_due, c.uscc \
         FROM cases_cases c WHERE c.submitted_on IS NOT NULL",
    );
    let query = scoped(query, scope);
    let query = if let Ok(no) = text.parse::<codes::CaseNo>() {
        query.and("c.no", no.to_string())
    } else if let Ok(uscc) = text.parse::<codes::Uscc>() {
        query.and("c.uscc", uscc.to_string())
    } else if text.is_empty() {
        query
    } else {
        query.and_that("c.title LIKE", containing(text)).text("ESCAPE '!'")
    };
    let rows =
        reader.rows(query.text(&format!("ORDER BY c.opened_at DESC LIMIT {FOUND_MAX}"))).await?;
    rows.iter().map(found).collect()
}

/// A pattern that matches texts with this part; its own signs are taken literally.
fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for sign in text.chars() {
        if matches!(sign, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(sign);
    }
    pattern.push('%');
    pattern
}

fn scoped(query: Query, scope: &Scope) -> Query {
    match scope {
        Scope::Organ(organ) => query
            .and_that(
                // By the case, whose tasks are few, and never by the organ, whose tasks are many: hence no bare column.
                "EXISTS (SELECT 1 FROM cases_tasks t WHERE t.no = c.no AND t.organ || '' =",
                organ.as_str(),
            )
            .text(")"),
        Scope::Place(place) => {
            let (from, to) = within(place);
            query.and_that("c.place >=", from).and_that("c.place <", to)
        }
        Scope::Party(party) => query.and("c.applicant", party.as_str()),
    }
}

fn found(row: &Row) -> Result<Found, ReadError> {
    Ok(Found {
        no: row.get("no")?,
        state: row.get("state")?,
        title: row.get::<Option<String>>("title")?.unwrap_or_default(),
        place: row.get("place")?,
        package: Label::new(row.get::<String>("package_zh")?, row.get::<String>("package_en")?),
        submitted: row.get("submitted_on")?,
        joint_due: row.get("joint_due")?,
        uscc: row.get("uscc")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_holds_what_lies_in_it() {
        for (place, inside, outside) in [
            ("440115", vec!["440115"], vec!["440114", "440116", "440100"]),
            ("440100", vec!["440100", "440115"], vec!["440200", "440000"]),
            ("440000", vec!["440000", "440100", "445321"], vec!["450000", "430000"]),
            ("000000", vec!["110000", "440115", "820000"], vec![]),
            ("", vec!["110000"], vec![]),
        ] {
            let (from, to) = within(place);
            for code in inside {
                assert!(from.as_str() <= code && code < to.as_str(), "{code} in {place}");
            }
            for code in outside {
                assert!(!(from.as_str() <= code && code < to.as_str()), "{code} not in {place}");
            }
        }
    }

    #[test]
    fn a_day_ends_behind_every_key_of_it() {
        let day: Date = "2026-02-13".parse().unwrap();
        let key = "1 2026-02-13 440115-260212-000001-33 food";
        assert!(from_day(1, day).as_str() < key && key < after_day(1, day).as_str());
        assert!(*"1 2026-02-14 440115-260212-000001-33 food" > *after_day(1, day));
    }

    #[test]
    fn a_search_takes_signs_of_patterns_literally() {
        assert_eq!(containing("100%_!青禾"), "%100!%!_!!青禾%");
    }
}
