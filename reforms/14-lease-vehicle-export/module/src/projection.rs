//! The tables of export licences and leases: licences, their uses, leases, their rents.

use crate::lease::LeaseEvent;
use crate::licence::{Closing, Grant, LicenceEvent, UseState};
use kernel::{Recorded, Unreadable};
use tables::{Cell, Column, Index, Projection, Rows, Table};

/// One row a licence.
pub const LICENCES: Table = Table {
    name: "lease_export_licences",
    columns: &[
        Column::text("no"),
        Column::text("party"),
        Column::text("organ"),
        Column::text("shard"),
        Column::text("issued"),
        Column::text("stand"),
        Column::int("quantity"),
        Column::int("unused"),
        Column::int("settled"),
        Column::int("uses_max"),
        Column::int("uses"),
        Column::text("valid_to"),
        Column::int("expired"),
        Column::int("version"),
    ],
    key: &["no"],
    indexes: &[
        Index { columns: &["party"] },
        Index { columns: &["organ", "stand"] },
        Index { columns: &["valid_to"] },
    ],
};

/// One row a use.
pub const USES: Table = Table {
    name: "lease_export_uses",
    columns: &[
        Column::text("licence"),
        Column::text("declaration_no"),
        Column::int("use_no"),
        Column::int("quantity"),
        Column::text("declared_on"),
        Column::text("stand"),
        Column::text("settled_on"),
    ],
    key: &["licence", "declaration_no"],
    indexes: &[Index { columns: &["declaration_no"] }],
};

/// One row a lease.
pub const LEASES: Table = Table {
    name: "lease_export_leases",
    columns: &[
        Column::text("lease"),
        Column::text("licence"),
        Column::text("party"),
        Column::text("shard"),
        Column::text("lessee_name"),
        Column::text("lessee_country"),
        Column::text("currency"),
        Column::int("price_minor"),
        Column::int("upfront_minor"),
        Column::int("received_minor"),
        Column::int("deferred_minor"),
        Column::text("report_due_on"),
        Column::int("version"),
    ],
    key: &["lease"],
    indexes: &[Index { columns: &["party"] }, Index { columns: &["licence"] }],
};

/// One row a rent.
pub const RENTS: Table = Table {
    name: "lease_export_rents",
    columns: &[
        Column::text("lease"),
        Column::int("no"),
        Column::text("due"),
        Column::int("rent_minor"),
        Column::int("interest_minor"),
        Column::int("principal_minor"),
        Column::int("balance_minor"),
        Column::int("paid_interest_minor"),
        Column::int("paid_principal_minor"),
        Column::int("charges_minor"),
        Column::int("told"),
    ],
    key: &["lease", "no"],
    indexes: &[Index { columns: &["due"] }],
};

/// All of them.
static TABLES: [Table; 4] = [LICENCES, USES, LEASES, RENTS];

/// Keeps them.
#[derive(Clone, Copy, Debug, Default)]
pub struct LeaseTables;

impl Projection for LeaseTables {
    fn name(&self) -> &'static str {
        "lease_export"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &TABLES
    }

    fn listens(&self) -> &'static [&'static str] {
        &["export_licence.*", "lease.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        match &*event.kind {
            "export_licence" => licence(event, rows),
            "lease" => lease(event, rows),
            _ => Ok(()),
        }
    }
}

fn issued(event: &Recorded, grant: &Grant) -> Result<Vec<Cell>, Unreadable> {
    Ok(vec![
        (&*event.key).into(),
        grant.party.as_str().into(),
        grant.organ.as_str().into(),
        event.shard.as_str().into(),
        Cell::json(event, grant)?,
        "issued".into(),
        grant.quantity.into(),
        grant.quantity.into(),
        0_i64.into(),
        grant.uses_max.into(),
        0_i64.into(),
        grant.validity.to.into(),
        false.into(),
        event.version.into(),
    ])
}

fn licence(event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
    use LicenceEvent as E;
    let [licences, uses, ..] = &TABLES;
    let told = event.shared::<LicenceEvent>()?;
    let key = || vec![Cell::from(&*event.key)];
    let of = |declaration_no: &String| vec![Cell::from(&*event.key), Cell::from(declaration_no)];
    let stand = |word: &str| vec![("stand", Cell::from(word))];
    let mut cells = match &*told {
        E::Issued(grant) => {
            rows.put(licences, issued(event, grant)?);
            return Ok(());
        }
        E::UseReserved { use_no, declaration } => {
            rows.put(
                uses,
                vec![
                    (&*event.key).into(),
                    (&declaration.declaration_no).into(),
                    (*use_no).into(),
                    declaration.quantity.into(),
                    declaration.declared_on.into(),
                    word(UseState::Reserved).into(),
                    Cell::Null,
                ],
            );
            rows.add(licences, key(), "unused", -i64::from(declaration.quantity));
            rows.add(licences, key(), "uses", 1);
            stand("in_use")
        }
        E::UseSettled { declaration_no, quantity, on, .. } => {
            let settled =
                vec![("stand", word(UseState::Settled).into()), ("settled_on", (*on).into())];
            rows.set(uses, of(declaration_no), settled);
            rows.add(licences, key(), "settled", i64::from(*quantity));
            Vec::new()
        }
        E::UseVoided { declaration_no, quantity, .. } => {
            rows.set(uses, of(declaration_no), stand(word(UseState::Void)));
            rows.add(licences, key(), "unused", i64::from(*quantity));
            rows.add(licences, key(), "uses", -1);
            Vec::new()
        }
        E::Exhausted { .. } => stand("exhausted"),
        E::Expired { .. } => vec![("expired", true.into())],
        E::Closed { closing, .. } => stand(match closing {
            Closing::Replaced { .. } => "replaced",
            Closing::HandedBack => "handed_back",
            Closing::Revoked { .. } => "revoked",
        }),
        E::EarlyKept { .. } => Vec::new(),
    };
    cells.push(("version", event.version.into()));
    rows.set(licences, key(), cells);
    Ok(())
}

/// How a use stands, in rows.
pub(crate) const fn word(state: UseState) -> &'static str {
    match state {
        UseState::Reserved => "reserved",
        UseState::Settled => "settled",
        UseState::Void => "void",
    }
}

fn lease(event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
    let [_, _, leases, rents] = &TABLES;
    let told = event.shared::<LeaseEvent>()?;
    let key = || vec![Cell::from(&*event.key)];
    let of = |no: u32| vec![Cell::from(&*event.key), no.into()];
    match &*told {
        LeaseEvent::Registered { registration, rows: schedule, deferred } => {
            let terms = &registration.terms;
            let report = deferred.as_ref();
            rows.put(
                leases,
                vec![
                    (&*event.key).into(),
                    registration.licence.to_string().into(),
                    registration.party.as_str().into(),
                    event.shard.as_str().into(),
                    (&registration.lessee_name).into(),
                    (&registration.lessee_country).into(),
                    terms.currency.to_string().into(),
                    terms.price_minor.into(),
                    terms.upfront_minor.into(),
                    0_i64.into(),
                    report.map_or(0, |report| report.principal_minor).into(),
                    report.map_or(Cell::Null, |report| report.report_due_on.into()),
                    event.version.into(),
                ],
            );
            for row in schedule {
                rows.put(
                    rents,
                    vec![
                        (&*event.key).into(),
                        row.no.into(),
                        row.due.into(),
                        row.rent_minor.into(),
                        row.interest_minor.into(),
                        row.principal_minor.into(),
                        row.balance_minor.into(),
                        row.paid_interest_minor.into(),
                        row.paid_principal_minor.into(),
                        row.charges_minor.into(),
                        false.into(),
                    ],
                );
            }
        }
        LeaseEvent::Received { credit, allocation } => {
            for one in &allocation.matches {
                rows.add(rents, of(one.no), "paid_interest_minor", one.interest_minor);
                rows.add(rents, of(one.no), "paid_principal_minor", one.principal_minor);
                rows.add(rents, of(one.no), "charges_minor", one.charges_minor);
            }
            rows.add(leases, key(), "received_minor", credit.amount.minor);
            rows.set(leases, key(), vec![("version", event.version.into())]);
        }
        LeaseEvent::RentDue { no, .. } => {
            rows.set(rents, of(*no), vec![("told", true.into())]);
            rows.set(leases, key(), vec![("version", event.version.into())]);
        }
    }
    Ok(())
}
