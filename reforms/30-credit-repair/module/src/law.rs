//! The law as the reform's tables have it (规则表): versions for the engine, limits of the authority, joint restrictions.

use calendar::{Calendar, Term};
use codes::{Date, Division, Label};
use credit_repair::{
    Application, Automatic, Cause, Entry, Grade, Kind, Law, ListKind, Measure, Need, PenaltyClass,
    PenaltyKind, Period, RestrictionMap, Track, Version,
};
use elements::Value;
use kernel::PartyKey;
use rules::{Decision, Facts, Hit, Table};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// The tables that the reform brings, by id.
const TABLES: [&str; 4] = ["credit_track", "penalty_kind", "credit_measure", "credit_proof"];

/// Why the law cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LawFault {
    /// A table is missing.
    #[error("the table `{0}` of reform 30 is missing")]
    TableMissing(&'static str),
    /// A row cannot be used.
    #[error("table `{table}`, on {on}: {why}")]
    Row {
        /// The table.
        table: &'static str,
        /// The day that was asked about.
        on: Date,
        /// Why.
        why: String,
    },
}

/// Within which terms the authority acts (办理时限).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// To accept or not.
    pub accept: Term,
    /// To decide.
    pub decide: Term,
    /// From where the term to decide counts.
    pub counted: Counted,
    /// To remove, from the grant.
    pub remove: Term,
}

/// From where a term to decide counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// The day of application.
    Applied,
    /// The day of acceptance.
    Accepted,
    /// The end of the announcement.
    Announced,
}

/// A joint restriction as pages and messages tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restriction {
    /// Its key.
    pub measure: Measure,
    /// Its name.
    pub label: Label,
    /// Who applies it: partners by key.
    pub recipients: BTreeSet<String>,
    /// By which law.
    pub source: String,
}

/// A register that knows something of an entry (证明来源).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its key among partners.
    pub register: String,
    /// What it knows: a condition, or the word of a warning.
    pub need: String,
    /// Whether what it says is a warning and no condition.
    pub warns: bool,
    /// Its name.
    pub label: Label,
    /// By which law it is asked.
    pub source: String,
}

/// Tells the party of an entity's unified code.
pub type PartyOf = Arc<dyn Fn(&str) -> PartyKey + Send + Sync>;

/// What repair is decided by.
pub struct RepairRules {
    law: Law,
    track: Arc<Table>,
    restrictions: BTreeMap<Measure, Restriction>,
    map: RestrictionMap,
    calendar: RwLock<Calendar>,
    party_of: PartyOf,
    proof: Arc<Table>,
    /// The registers that can be asked: partners of this installation.
    registers: BTreeSet<String>,
    /// Provinces that have rules of their own.
    provinces: BTreeMap<u8, Division>,
}

impl fmt::Debug for RepairRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RepairRules").field("law", &self.law).finish_non_exhaustive()
    }
}

impl RepairRules {
    /// The rules from the reform's tables; others among them are passed over.
    ///
    /// # Errors
    /// A table is missing, or a row says what the engine does not know.
    pub fn read(
        tables: &[Arc<Table>],
        calendar: Calendar,
        party_of: PartyOf,
    ) -> Result<Self, LawFault> {
        let table = |id: &'static str| {
            let found = tables.iter().find(|table| table.id == id);
            found.cloned().ok_or(LawFault::TableMissing(id))
        };
        let [track, kinds, measures, proof] = TABLES;
        let (track, kinds, measures) = (table(track)?, table(kinds)?, table(measures)?);
        let proof = table(proof)?;
        let nation = versions(&track, &kinds, Division::NATION)?;
        let mut law = Law::new(nation);
        let places: BTreeSet<Division> = track.places().into_iter().chain(kinds.places()).collect();
        let mut provinces = BTreeMap::new();
        for place in places.into_iter().filter(|place| *place != Division::NATION) {
            provinces.insert(province(place), place);
            law = law.at(province(place), versions(&track, &kinds, place)?);
        }
        let (restrictions, map) = restrictions(&measures)?;
        let calendar = RwLock::new(calendar);
        let registers = BTreeSet::new();
        Ok(Self { law, track, restrictions, map, calendar, party_of, proof, registers, provinces })
    }

    /// The registers that can be asked for proof: partners of this installation, by key.
    #[must_use]
    pub fn asking(mut self, registers: BTreeSet<String>) -> Self {
        self.registers = registers;
        self
    }

    /// Which registers know something of an entry as of a day, whether they can be asked or not.
    #[must_use]
    pub fn sources(&self, entry: &Entry, day: Date) -> Vec<Source> {
        let text = |text: String| Value::Text(text);
        let asked = Facts::from([
            ("list_kind".to_owned(), text(entry.list.word().to_owned())),
            ("cause".to_owned(), text(entry.cause.to_string())),
        ]);
        let decided = rules::decide(&self.proof, &asked, day, Some(self.place(entry)));
        let Ok(Decision::Decided(hits)) = decided else { return Vec::new() };
        hits.iter().filter_map(|hit| source(hit).ok()).collect()
    }

    /// Of those, the ones that can be asked.
    #[must_use]
    pub fn askable(&self, entry: &Entry, day: Date) -> Vec<Source> {
        let mut sources = self.sources(entry, day);
        if self.registers.is_empty() {
            return Vec::new();
        }
        sources.retain(|source| self.registers.contains(&source.register));
        sources
    }

    /// The versions, by place.
    #[must_use]
    pub fn law(&self) -> &Law {
        &self.law
    }

    /// Which entry supports which restriction.
    #[must_use]
    pub fn map(&self) -> &RestrictionMap {
        &self.map
    }

    /// The restrictions that an entry of a list supports while it stands.
    #[must_use]
    pub fn measures_of(&self, list: &str) -> BTreeSet<String> {
        let list = ListKind::of(list).and_then(|list| self.map.lists.get(&list));
        list.into_iter().flatten().map(|measure| measure.0.clone()).collect()
    }

    /// The restrictions, by key.
    #[must_use]
    pub fn restrictions(&self) -> &BTreeMap<Measure, Restriction> {
        &self.restrictions
    }

    /// The calendar in force.
    #[must_use]
    pub fn calendar(&self) -> Calendar {
        self.calendar.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A holiday notice arrived.
    pub fn replace_calendar(&self, calendar: Calendar) {
        *self.calendar.write().unwrap_or_else(PoisonError::into_inner) = calendar;
    }

    /// The party that an entity is.
    #[must_use]
    pub fn party_of(&self, uscc: &str) -> PartyKey {
        (self.party_of)(uscc)
    }

    /// The limits of a version for an entry; the table is asked as of the version's first day there.
    #[must_use]
    pub fn limits(&self, entry: &Entry, version: &Version) -> Option<Limits> {
        let class = entry.penalty.as_deref().map(|penalty| version.class(penalty));
        let asked = facts(entry.list, entry.grade, class);
        let decided =
            rules::decide(&self.track, &asked, version.from, Some(self.place(entry))).ok()?;
        let hit = decided.hit()?;
        Some(Limits {
            accept: term(hit, "accept").ok()?,
            decide: term(hit, "decide").ok()?,
            counted: match text(hit, "counted").ok()? {
                "accepted" => Counted::Accepted,
                "announced" => Counted::Announced,
                _ => Counted::Applied,
            },
            remove: term(hit, "remove").ok()?,
        })
    }

    /// The province of an entry, as tables ask for it.
    fn place(&self, entry: &Entry) -> Division {
        self.provinces.get(&entry.province).copied().unwrap_or(Division::NATION)
    }

    /// The article on which a version's rule for an entry rests.
    #[must_use]
    pub fn source(&self, entry: &Entry, version: &Version) -> String {
        let class = entry.penalty.as_deref().map(|penalty| version.class(penalty));
        let asked = facts(entry.list, entry.grade, class);
        let decided =
            rules::decide(&self.track, &asked, version.from, Some(self.place(entry))).ok();
        match decided.as_ref().and_then(Decision::hit).map(|hit| &hit.explanation.ground) {
            Some(rules::Ground::Source(source)) => source.clone(),
            _ => String::new(),
        }
    }
}

/// Two digits of a division.
pub(crate) fn province(place: Division) -> u8 {
    u8::try_from(place.number() / 10_000).unwrap_or(0)
}

fn facts(list: ListKind, grade: Option<Grade>, class: Option<PenaltyClass>) -> Facts {
    let text = |text: &str| Value::Text(text.to_owned());
    Facts::from([
        ("list_kind".to_owned(), text(list.word())),
        ("grade".to_owned(), text(grade.map_or("none", Grade::word))),
        ("penalty_class".to_owned(), text(class.map_or("none", PenaltyClass::word))),
    ])
}

/// All versions at a place, the oldest first; days on which nothing changed there make none.
fn versions(track: &Table, kinds: &Table, place: Division) -> Result<Vec<Version>, LawFault> {
    let mut versions: Vec<Version> = Vec::new();
    for day in track.turns().into_iter().chain(kinds.turns()).collect::<BTreeSet<_>>() {
        let version = version(track, kinds, place, day)?;
        let same = versions.last().is_some_and(|last| {
            last.id == version.id && last.tracks == version.tracks && last.kinds == version.kinds
        });
        if !same && !version.tracks.is_empty() {
            versions.push(version);
        }
    }
    Ok(versions)
}

fn version(track: &Table, kinds: &Table, place: Division, day: Date) -> Result<Version, LawFault> {
    let mut version = Version {
        id: String::new(),
        from: day,
        tracks: Vec::new(),
        kinds: BTreeMap::new(),
        low_fine_fen_max: 0,
    };
    for list in ListKind::ALL {
        // What is graded or classed comes before what is not: the first that fits counts.
        let grades = Grade::ALL.map(Some).into_iter().chain([None]);
        let classes: Vec<Option<PenaltyClass>> = if list == ListKind::Penalty {
            PenaltyClass::ALL.map(Some).into_iter().chain([None]).collect()
        } else {
            vec![None]
        };
        for grade in grades {
            for class in &classes {
                let asked = facts(list, grade, *class);
                let Ok(decided) = rules::decide(track, &asked, day, Some(place)) else { continue };
                let Some(hit) = decided.hit() else { continue };
                if list == ListKind::Serious && grade.is_none() {
                    version.id = said(hit, "version", day)?.to_owned();
                }
                let (automatic, application) = read_track(hit, day)?;
                version.tracks.push(Track { list, grade, class: *class, automatic, application });
            }
        }
    }
    for (kind, word) in PENALTY_KINDS {
        let asked = Facts::from([("penalty_kind".to_owned(), Value::Text(word.to_owned()))]);
        let Ok(decided) = rules::decide(kinds, &asked, day, Some(place)) else { continue };
        let Some(hit) = decided.hit() else { continue };
        let class = said(hit, "class", day)?;
        let class = PenaltyClass::of(class).ok_or_else(|| wrong("penalty_kind", day, class))?;
        version.kinds.insert(kind, class);
        if kind == PenaltyKind::Fine {
            let low = hit.outputs.get("low_fen").and_then(Value::as_int);
            version.low_fine_fen_max = low.unwrap_or(0);
        }
    }
    Ok(version)
}

const PENALTY_KINDS: [(PenaltyKind, &str); 9] = [
    (PenaltyKind::Warning, "warning"),
    (PenaltyKind::Criticism, "criticism"),
    (PenaltyKind::Fine, "fine"),
    (PenaltyKind::Confiscation, "confiscation"),
    (PenaltyKind::Suspension, "suspension"),
    (PenaltyKind::CareerBar, "career_bar"),
    (PenaltyKind::Downgrade, "downgrade"),
    (PenaltyKind::LicenceRevoked, "licence_revoked"),
    (PenaltyKind::BusinessRevoked, "business_revoked"),
];

fn read_track(hit: &Hit, day: Date) -> Result<(Option<Automatic>, Option<Application>), LawFault> {
    let period = |output: &str| -> Result<Period, LawFault> {
        let term = term(hit, output).map_err(|why| wrong("credit_track", day, &why))?;
        Period::of(&term).ok_or_else(|| wrong("credit_track", day, output))
    };
    let automatic = match said(hit, "ends", day)? {
        "never" => None,
        ends => Some(Automatic { after: period("automatic")?, clean: ends == "clean" }),
    };
    let kind = said(hit, "kind", day)?;
    if kind == "none" {
        return Ok((automatic, None));
    }
    let kind = Kind::of(kind).ok_or_else(|| wrong("credit_track", day, kind))?;
    let needs = said(hit, "needs", day)?
        .split_whitespace()
        .map(|word| Need::of(word).ok_or_else(|| wrong("credit_track", day, word)))
        .collect::<Result<Vec<_>, _>>()?;
    let causes = said(hit, "causes", day)?
        .split_whitespace()
        .map(|word| {
            word.parse::<Cause>().map_err(|fault| wrong("credit_track", day, &fault.to_string()))
        })
        .collect::<Result<BTreeSet<_>, _>>()?;
    let (after, announcement) = (period("after")?, period("announcement")?);
    let application = Application {
        kind,
        after: (after.n > 0).then_some(after),
        needs,
        causes,
        announcement_days: (announcement.n > 0).then_some(announcement.n),
    };
    Ok((automatic, Some(application)))
}

fn restrictions(
    table: &Table,
) -> Result<(BTreeMap<Measure, Restriction>, RestrictionMap), LawFault> {
    // The restrictions of the day on which the table was last changed.
    let day = table.turns().last().copied().unwrap_or(Date::constant(2016, 4, 1));
    let (mut all, mut map) = (BTreeMap::new(), RestrictionMap::default());
    let subjects = ListKind::ALL.map(|list| (list.word(), Some(list)));
    for (word, list) in subjects.into_iter().chain([("revocation", None)]) {
        let asked = Facts::from([("list_kind".to_owned(), Value::Text(word.to_owned()))]);
        let decided = rules::decide(table, &asked, day, Some(Division::NATION));
        let Ok(Decision::Decided(hits)) = decided else { continue };
        for hit in &hits {
            let measure = Measure(said(hit, "measure", day)?.to_owned());
            let recipients = said(hit, "recipients", day)?;
            let source = match &hit.explanation.ground {
                rules::Ground::Source(source) => source.clone(),
                rules::Ground::Default => String::new(),
            };
            let label = Label::new(said(hit, "name_zh", day)?, said(hit, "name_en", day)?);
            let recipients = recipients.split_whitespace().map(str::to_owned).collect();
            let restriction = Restriction { measure: measure.clone(), label, recipients, source };
            all.insert(measure.clone(), restriction);
            if let Some(list) = list {
                map.lists.entry(list).or_default().insert(measure);
            } else {
                let lasts = term(hit, "lasts").ok().as_ref().and_then(Period::of);
                map.revocation = lasts.map(|period| (measure, period));
            }
        }
    }
    Ok((all, map))
}

fn source(hit: &Hit) -> Result<Source, String> {
    Ok(Source {
        register: text(hit, "register")?.to_owned(),
        need: text(hit, "need")?.to_owned(),
        warns: text(hit, "bars")? == "warning",
        label: Label::new(text(hit, "name_zh")?, text(hit, "name_en")?),
        source: match &hit.explanation.ground {
            rules::Ground::Source(source) => source.clone(),
            rules::Ground::Default => String::new(),
        },
    })
}

fn text<'a>(hit: &'a Hit, output: &str) -> Result<&'a str, String> {
    hit.outputs.get(output).and_then(Value::as_text).ok_or_else(|| format!("`{output}` is no text"))
}

fn said<'a>(hit: &'a Hit, output: &str, day: Date) -> Result<&'a str, LawFault> {
    text(hit, output).map_err(|why| wrong("credit_track", day, &why))
}

fn term(hit: &Hit, output: &str) -> Result<Term, String> {
    text(hit, output)?.parse().map_err(|error| format!("`{output}`: {error}"))
}

fn wrong(table: &'static str, on: Date, why: &str) -> LawFault {
    LawFault::Row { table, on, why: why.to_owned() }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The tables as the folder has them.
    pub(crate) fn tables() -> Vec<Arc<Table>> {
        let dictionary = elements::Dictionary::builtin().unwrap();
        let read = |file: &str, text: &str| {
            Arc::new(
                Table::read(&dictionary, file, text).unwrap_or_else(|faults| panic!("{faults:?}")),
            )
        };
        vec![
            read("rules/credit_track.yaml", include_str!("../../rules/credit_track.yaml")),
            read("rules/penalty_kind.yaml", include_str!("../../rules/penalty_kind.yaml")),
            read("rules/credit_measure.yaml", include_str!("../../rules/credit_measure.yaml")),
            read("rules/credit_proof.yaml", include_str!("../../rules/credit_proof.yaml")),
        ]
    }

    pub(crate) fn rules() -> RepairRules {
        let party_of: PartyOf = Arc::new(|uscc| PartyKey::new(uscc));
        RepairRules::read(&tables(), Calendar::embedded(), party_of).unwrap()
    }

    #[test]
    fn no_table_overlaps_or_leaves_a_gap() {
        for table in tables() {
            assert_eq!(table.check(), [], "{}", table.id);
        }
    }

    #[test]
    fn guangdong_has_the_announcement_seven_weeks_later() {
        let rules = rules();
        let told = |province: u8| -> Vec<(String, String)> {
            let versions = rules.law().of(province).iter();
            versions.map(|version| (version.id.clone(), version.from.to_string())).collect()
        };
        let dated = |id: &str, day: &str| (id.to_owned(), day.to_owned());
        let (first, later) = (dated("v2016", "2016-04-01"), dated("v2021", "2021-09-01"));
        let last = dated("v2026", "2026-04-01");
        assert_eq!(
            told(0),
            [first.clone(), dated("v2020", "2020-06-28"), later.clone(), last.clone()]
        );
        assert_eq!(told(44), [first, dated("v2020", "2020-08-16"), later, last]);
        assert_eq!(told(31), told(0));
    }

    #[test]
    fn each_cause_has_the_register_that_knows_of_it() {
        let rules = rules();
        let day = Date::constant(2022, 9, 21);
        for (list, cause, registers) in [
            (ListKind::Serious, "44-5-1", vec!["non-tax", "tax"]),
            (ListKind::Abnormal, "68-4-1", vec!["annual-report"]),
            (ListKind::Abnormal, "68-4-4", vec!["registration"]),
            (ListKind::AbnormalHousehold, "69-13-0", vec!["annual-report"]),
        ] {
            let entry = Entry::new(1, 1, list, cause.parse().unwrap(), day);
            let sources = rules.sources(&entry, day);
            let conditions: Vec<&str> = sources
                .iter()
                .filter(|source| !source.warns)
                .map(|source| source.register.as_str())
                .collect();
            assert_eq!(conditions, registers, "{cause}");
            assert!(
                sources.iter().filter(|source| !source.warns).all(|s| Need::of(&s.need).is_some())
            );
            assert_eq!(rules.askable(&entry, day), [], "nobody can be asked");
        }
    }

    #[test]
    fn limits_and_restrictions_are_those_of_the_tables() {
        let rules = rules();
        let cause = "44-5-1".parse().unwrap();
        let mut entry = Entry::new(1, 1, ListKind::Serious, cause, Date::constant(2021, 9, 20));
        entry.province = 44;
        let version = rules.law().named(44, "v2021").unwrap();
        let limits = rules.limits(&entry, version).unwrap();
        assert_eq!(limits.accept, Term::Workdays { n: 2 });
        assert_eq!((limits.decide, limits.counted), (Term::Workdays { n: 15 }, Counted::Accepted));
        assert!(rules.source(&entry, version).contains("第44号"));
        let measures = credit_repair::measures(&[entry], rules.map(), Date::constant(2021, 9, 20));
        assert_eq!(measures.len(), 5);
        assert_eq!(rules.restrictions().len(), 6);
    }
}
