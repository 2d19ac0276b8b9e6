//! The tables of credit repair: entries as pages show them, their turns, who applies for whom.

use crate::repair::{About, RepairEvent, Stage};
use codes::Date;
use kernel::{Actor, Recorded, Unreadable};
use registers::listings::ListingKey;
use tables::{Cell, Column, Index, Projection, Rows, Table};

/// One row an entry that is watched.
pub const ENTRIES: Table = Table {
    name: "credit_entries",
    columns: &[
        Column::text("listing"),
        Column::text("uscc"),
        Column::text("name"),
        Column::text("party"),
        Column::text("organ"),
        Column::text("place"),
        Column::text("shard"),
        Column::text("list"),
        Column::text("about"),
        Column::text("entry"),
        Column::text("stage"),
        Column::int("since"),
        Column::text("opens_on"),
        Column::text("law"),
        Column::int("application"),
        Column::text("applied_on"),
        Column::text("due_by"),
        Column::text("announced_from"),
        Column::text("announced_to"),
        Column::text("granted_on"),
        Column::text("remove_by"),
        Column::text("gone_on"),
        Column::text("conditions"),
        Column::text("told"),
        Column::int("objections"),
        Column::text("proofs"),
        Column::text("reason"),
    ],
    key: &["listing"],
    indexes: &[
        Index { columns: &["uscc"] },
        Index { columns: &["organ", "stage", "due_by"] },
        Index { columns: &["stage", "gone_on"] },
        Index { columns: &["place"] },
    ],
};

/// One row an entity.
pub const SUBJECTS: Table = Table {
    name: "credit_subjects",
    columns: &[
        Column::text("uscc"),
        Column::text("name"),
        Column::text("party"),
        Column::text("shard"),
        Column::int("version"),
        Column::text("due"),
        Column::int("proof"),
        Column::text("proven_on"),
    ],
    key: &["uscc"],
    indexes: &[Index { columns: &["party"] }, Index { columns: &["due"] }],
};

/// One row a turn.
pub const TURNS: Table = Table {
    name: "credit_turns",
    columns: &[
        Column::text("uscc"),
        Column::int("version"),
        Column::text("listing"),
        Column::int("at"),
        Column::text("what"),
        Column::text("told"),
    ],
    key: &["uscc", "version"],
    indexes: &[Index { columns: &["listing"] }],
};

/// One row a login that applied under a mandate, and an entity for which it did (修复代办线索).
pub const AGENTS: Table = Table {
    name: "credit_agents",
    columns: &[Column::text("login"), Column::text("uscc"), Column::int("at"), Column::int("n")],
    key: &["login", "uscc"],
    indexes: &[],
};

static TABLES: [Table; 4] = [ENTRIES, SUBJECTS, TURNS, AGENTS];

/// Keeps the tables of credit repair.
#[derive(Clone, Copy, Debug, Default)]
pub struct CreditTables;

impl Projection for CreditTables {
    fn name(&self) -> &'static str {
        "credit"
    }

    fn version(&self) -> u32 {
        2
    }

    fn tables(&self) -> &'static [Table] {
        &TABLES
    }

    fn listens(&self) -> &'static [&'static str] {
        &["repair.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        let what: RepairEvent = event.read()?;
        if let RepairEvent::Noted { entry, party, .. } = &what {
            let added = vec![(&*event.key).into()];
            rows.add(&TABLES[1], added.clone(), "version", 0);
            rows.set(
                &TABLES[1],
                added,
                vec![
                    ("name", (&entry.subject_name).into()),
                    ("party", party.as_str().into()),
                    ("shard", event.shard.as_str().into()),
                ],
            );
        }
        let subject = match &what {
            RepairEvent::DueSet { on } => vec![("due", (*on).into())],
            RepairEvent::Proven { n, on, .. } => {
                vec![("proof", (*n).into()), ("proven_on", (*on).into())]
            }
            RepairEvent::ProofVoid { .. } => {
                vec![("proof", Cell::Null), ("proven_on", Cell::Null)]
            }
            _ => Vec::new(),
        };
        let version = ("version", Cell::from(event.version));
        let subject = std::iter::once(version).chain(subject).collect();
        rows.set(&TABLES[1], vec![(&*event.key).into()], subject);
        if let RepairEvent::Applied { .. } = &what
            && let Actor::Party { login, mandate: Some(_), .. } = &*event.actor
        {
            let key = || vec![Cell::from(login), Cell::from(&*event.key)];
            rows.add(&TABLES[3], key(), "n", 1);
            rows.set(&TABLES[3], key(), vec![("at", event.at.into())]);
        }
        entry(event, &what, rows)
    }
}

/// The row of the entry that an event is about, and the turn that it took.
fn entry(event: &Recorded, what: &RepairEvent, rows: &mut Rows) -> Result<(), Unreadable> {
    if let RepairEvent::Noted { listing, .. } = what {
        noted(event, what, rows)?;
        turn(event, listing, Cell::Null, rows);
        return Ok(());
    }
    let Some((listing, stage, cells)) = changed(event, what)? else { return Ok(()) };
    let told = cells.iter().find(|(name, _)| *name == "told").map(|(_, cell)| cell.clone());
    let mut all = cells;
    if let Some(stage) = stage {
        all.extend([("stage", stage.word().into()), ("since", event.at.into())]);
    }
    if !all.is_empty() {
        rows.set(&TABLES[0], vec![listing.0.as_str().into()], all);
    }
    turn(event, listing, told.unwrap_or(Cell::Null), rows);
    Ok(())
}

type Changed<'a> = Option<(&'a ListingKey, Option<Stage>, Vec<(&'static str, Cell)>)>;

/// Which entry changes, to which stage, in which columns.
fn changed<'a>(event: &Recorded, what: &'a RepairEvent) -> Result<Changed<'a>, Unreadable> {
    use RepairEvent as E;
    let day = |day: &Date| Cell::from(*day);
    Ok(Some(match what {
        E::EligibleFound { listing, version, from, conditions, .. } => {
            let conditions = Cell::json(event, conditions)?;
            let cells =
                vec![("opens_on", day(from)), ("law", version.into()), ("conditions", conditions)];
            (listing, Some(Stage::Eligible), cells)
        }
        E::TermReached { listing, version, source, .. } => {
            (listing, None, vec![("law", version.into()), ("told", source.into())])
        }
        E::Applied { listing, no, version, on, accept_by, proofs, reason, .. } => {
            let cells = vec![
                ("application", (*no).into()),
                ("law", version.into()),
                ("applied_on", day(on)),
                ("due_by", day(accept_by)),
                ("announced_from", Cell::Null),
                ("announced_to", Cell::Null),
                ("granted_on", Cell::Null),
                ("remove_by", Cell::Null),
                ("told", Cell::Null),
                ("objections", 0_u32.into()),
                ("proofs", Cell::json(event, proofs)?),
                ("reason", Cell::json(event, reason)?),
            ];
            (listing, Some(Stage::Applied), cells)
        }
        E::Accepted { listing, decide_by, .. } => {
            (listing, Some(Stage::Accepted), vec![("due_by", (*decide_by).into())])
        }
        E::NotAccepted { listing, text, .. } => {
            let cells = vec![("told", (&text.zh).into()), ("due_by", Cell::Null)];
            (listing, Some(Stage::NotAccepted), cells)
        }
        E::Verified { listing, conditions, .. } => {
            (listing, None, vec![("conditions", Cell::json(event, conditions)?)])
        }
        E::Announced { listing, from, to, .. } => {
            let cells = vec![("announced_from", day(from)), ("announced_to", day(to))];
            (listing, Some(Stage::Announcing), cells)
        }
        E::AnnouncementMoved { listing, to } => (listing, None, vec![("announced_to", day(to))]),
        E::Disputed { listing, objection } => {
            (listing, None, vec![("objections", (*objection).into())])
        }
        E::Answered { listing, .. }
        | E::Learned { listing, .. }
        | E::Asked { listing, .. }
        | E::Told { listing, .. } => (listing, None, Vec::new()),
        _ => return decided(what),
    }))
}

/// As [`changed`], from the end of the announcement on.
fn decided(what: &RepairEvent) -> Result<Changed<'_>, Unreadable> {
    use RepairEvent as E;
    let day = |day: &Date| Cell::from(*day);
    Ok(Some(match what {
        E::AnnouncementOver { listing, decide_by, .. } => {
            (listing, Some(Stage::Announced), vec![("due_by", day(decide_by))])
        }
        E::Granted { listing, on, remove_by, ground, .. } => {
            let cells = vec![
                ("granted_on", day(on)),
                ("remove_by", day(remove_by)),
                ("due_by", day(remove_by)),
                ("told", ground.into()),
            ];
            (listing, Some(Stage::Removing), cells)
        }
        E::Refused { listing, text, ground, .. } => {
            let told = if text.zh.is_empty() { ground } else { &text.zh };
            (listing, Some(Stage::Refused), vec![("told", told.into()), ("due_by", Cell::Null)])
        }
        E::Withdrawn { listing, .. } => {
            (listing, Some(Stage::Withdrawn), vec![("due_by", Cell::Null)])
        }
        E::Relapsed { listing, by, .. } => {
            let cells = vec![
                ("told", by.0.as_str().into()),
                ("due_by", Cell::Null),
                ("opens_on", Cell::Null),
            ];
            (listing, Some(Stage::Relapsed), cells)
        }
        E::Rescinded { listing, ground, .. } => {
            (listing, Some(Stage::Rescinded), vec![("told", ground.into())])
        }
        E::Gone { listing, on, repaired, .. } => {
            let stage = if *repaired { Stage::Repaired } else { Stage::Ended };
            (listing, Some(stage), vec![("gone_on", day(on)), ("due_by", Cell::Null)])
        }
        E::Returned { listing, .. } => (listing, None, vec![("gone_on", Cell::Null)]),
        _ => return Ok(None),
    }))
}

fn noted(event: &Recorded, what: &RepairEvent, rows: &mut Rows) -> Result<(), Unreadable> {
    let RepairEvent::Noted { listing, entry, issuer, party } = what else { return Ok(()) };
    let about = About {
        uscc: entry.subject.clone(),
        name: entry.subject_name.clone(),
        party: party.clone(),
        list: credit_repair::ListKind::of(&entry.list).unwrap_or(credit_repair::ListKind::Serious),
        cause: entry.cause.clone(),
        decision_no: entry.decision_no.clone(),
        listed_on: entry.listed_on,
        issuer: issuer.clone(),
    };
    let mut cells = vec![
        listing.0.as_str().into(),
        (&*event.key).into(),
        (&entry.subject_name).into(),
        party.as_str().into(),
        issuer.organ.as_str().into(),
        issuer.place.as_str().into(),
        event.shard.as_str().into(),
        (&entry.list).into(),
        Cell::json(event, &about)?,
        Cell::json(event, entry)?,
        Stage::NotEligible.word().into(),
        event.at.into(),
    ];
    // The rest becomes known on the way.
    let rest = ENTRIES.columns.len() - cells.len();
    cells.extend(std::iter::repeat_n(Cell::Null, rest));
    rows.put(&TABLES[0], cells);
    Ok(())
}

fn turn(event: &Recorded, listing: &ListingKey, told: Cell, rows: &mut Rows) {
    rows.put(
        &TABLES[2],
        vec![
            (&*event.key).into(),
            event.version.into(),
            listing.0.as_str().into(),
            event.at.into(),
            event.name().into(),
            told,
        ],
    );
}
