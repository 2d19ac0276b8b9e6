//! The tables of penalty cases: one row a case, one row a paper.

use crate::event::PenaltyEvent as E;
use crate::model::{Consent, Filing, Mark, Redress};
use kernel::{Recorded, Unreadable};
use tables::{Cell, Column, Index, Projection, Rows, Table};

/// One row a case.
pub const CASES: Table = Table {
    name: "penalty_cases",
    columns: &[
        Column::text("no"),
        Column::text("shard"),
        Column::int("version"),
        Column::text("party"),
        Column::text("party_kind"),
        Column::text("organ"),
        Column::text("organ_name"),
        Column::text("place"),
        Column::text("cause"),
        Column::text("filed_on"),
        Column::text("consent"),
        Column::text("stage"),
        Column::int("since"),
        Column::text("due_on"),
        Column::text("must_annul"),
        Column::text("closed"),
        Column::text("profile"),
    ],
    key: &["no"],
    indexes: &[Index { columns: &["organ", "since"] }, Index { columns: &["party", "since"] }],
};

/// One row a paper.
pub const PAPERS: Table = Table {
    name: "penalty_papers",
    columns: &[
        Column::text("no"),
        Column::text("paper"),
        Column::text("sort"),
        Column::text("party"),
        Column::text("token"),
        Column::int("issued_at"),
        Column::text("served_on"),
        Column::int("served_at"),
        Column::text("channel"),
        Column::text("clocks"),
        Column::text("annulled_by"),
        Column::int("annulled_at"),
        Column::text("proof"),
        Column::text("root"),
        Column::text("certificate"),
    ],
    key: &["no", "paper"],
    indexes: &[Index { columns: &["token"] }, Index { columns: &["party", "issued_at"] }],
};

static TABLES: [Table; 2] = [CASES, PAPERS];

/// Keeps the tables of penalty cases.
#[derive(Clone, Copy, Debug, Default)]
pub struct PenaltyTables;

impl Projection for PenaltyTables {
    fn name(&self) -> &'static str {
        "penalty"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &TABLES
    }

    fn listens(&self) -> &'static [&'static str] {
        &["penalty.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        let what: E = event.read()?;
        if let E::Filed { filing, decide_by, .. } = &what {
            return filed(event, filing, decide_by.on.into(), rows);
        }
        let mut cells = vec![("version", Cell::from(event.version))];
        if let Some(stage) = stage(&what) {
            cells.extend([("stage", stage.word().into()), ("since", event.at.into())]);
        }
        match &what {
            E::CaptureStarted { .. } => cells.push(("consent", Consent::Asked.word().into())),
            E::ConsentTurned { consent } => cells.push(("consent", consent.word().into())),
            E::Extended { decide_by, .. } => cells.push(("due_on", decide_by.on.into())),
            E::Served { clocks, .. } => {
                cells.push(("due_on", clocks.iter().map(|run| run.on).min().into()));
            }
            E::DefenceClosed { .. } => cells.push(("due_on", Cell::Null)),
            E::Urged { until } => cells.push(("due_on", until.on.into())),
            E::FoundPremature { paper, .. } => cells.push(("must_annul", (&paper.0).into())),
            E::Annulled { withdraw_by, .. } => cells.extend([
                ("must_annul", Cell::Null),
                ("due_on", withdraw_by.as_ref().map(|run| run.on).into()),
            ]),
            E::Closed { ending, .. } => {
                cells.extend([("closed", ending.word().into()), ("due_on", Cell::Null)]);
            }
            _ => {}
        }
        rows.set(&TABLES[0], vec![(&*event.key).into()], cells);
        papers(event, &what, rows)
    }
}

fn filed(
    event: &Recorded,
    filing: &Filing,
    due_on: Cell,
    rows: &mut Rows,
) -> Result<(), Unreadable> {
    rows.put(
        &TABLES[0],
        vec![
            (&*event.key).into(),
            event.shard.as_str().into(),
            event.version.into(),
            filing.party.as_str().into(),
            filing.party_kind.word().into(),
            filing.issuer.organ.as_str().into(),
            (&filing.issuer.name).into(),
            (&filing.issuer.place).into(),
            (&filing.cause).into(),
            filing.on.into(),
            Consent::Unasked.word().into(),
            Mark::Filed.word().into(),
            event.at.into(),
            due_on,
            Cell::Null,
            Cell::Null,
            match &filing.profile {
                Some(kept) => Cell::json(event, kept)?,
                None => Cell::Null,
            },
        ],
    );
    Ok(())
}

/// The stage that an event brings a case to; none where it stays.
fn stage(what: &E) -> Option<Mark> {
    use crate::model::Sort;
    Some(match what {
        E::CaptureStarted { .. } => Mark::Capture,
        E::ConsentTurned { consent: Consent::InForce } => Mark::Investigation,
        E::Drafted { .. } | E::Cosigned { .. } | E::Reviewed { .. } => Mark::LegalReview,
        E::Issued { sort: Sort::Notice, .. } => Mark::Notified,
        E::Issued { sort: Sort::Hearing, .. } | E::HearingAsked => Mark::Hearing,
        E::Issued { sort: Sort::Demand, .. } => Mark::Surcharge,
        E::Decided { .. } => Mark::Decided,
        E::Served { .. } => Mark::Service,
        E::DefenceStated { answers: None, .. } | E::DefenceWaived { .. } => Mark::Defence,
        E::FoundPremature { .. } | E::Annulled { .. } => Mark::Annulment,
        E::Paid { .. } => Mark::Performance,
        E::PaymentOverdue | E::Urged { .. } => Mark::Surcharge,
        E::RedressFiled { redress: Redress::Review, .. } => Mark::Review,
        E::RedressFiled { redress: Redress::Suit, .. } => Mark::Suit,
        E::Closed { .. } => Mark::Closed,
        _ => return None,
    })
}

fn papers(event: &Recorded, what: &E, rows: &mut Rows) -> Result<(), Unreadable> {
    let (paper, cells) = match what {
        E::Issued { paper, sort, party, token, at, .. } => {
            let mut row: Vec<Cell> = vec![
                (&*event.key).into(),
                (&paper.0).into(),
                sort.word().into(),
                party.as_str().into(),
                token.into(),
                (*at).into(),
            ];
            row.resize(PAPERS.columns.len(), Cell::Null);
            rows.put(&TABLES[1], row);
            return Ok(());
        }
        E::Served { paper, service, clocks, .. } => (
            paper,
            vec![
                ("served_on", service.on.into()),
                ("served_at", service.at.into()),
                ("channel", (&service.channel).into()),
                ("clocks", Cell::json(event, clocks)?),
            ],
        ),
        E::ServiceUndone { paper } => (
            paper,
            vec![("served_on", Cell::Null), ("served_at", Cell::Null), ("clocks", Cell::Null)],
        ),
        E::Annulled { paper, by, .. } => {
            (paper, vec![("annulled_by", (&by.0).into()), ("annulled_at", event.at.into())])
        }
        E::Proven { paper, number } => (paper, vec![("proof", number.into())]),
        E::PreservationAsked { paper, root, .. } => (paper, vec![("root", root.into())]),
        _ => return Ok(()),
    };
    rows.set(&TABLES[1], vec![(&*event.key).into(), (&paper.0).into()], cells);
    Ok(())
}
