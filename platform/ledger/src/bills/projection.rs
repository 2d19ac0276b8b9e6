//! The tables of bills.

use super::event::BillEvent;
use super::model::BillState;
use kernel::{Recorded, Unreadable};
use tables::{Cell, Column, Index, Projection, Rows, Table};

/// One row a bill.
pub const BILLS: Table = Table {
    name: "ledger_bills",
    columns: &[
        Column::text("bill"),
        Column::text("shard"),
        Column::int("version"),
        Column::text("order_no"),
        Column::text("payer"),
        Column::text("organ"),
        Column::text("origin_kind"),
        Column::text("origin_key"),
        Column::text("body"),
        Column::int("total_fen"),
        Column::int("issued_at"),
        Column::text("state"),
        Column::int("since"),
        Column::text("pay_url"),
        Column::text("receipt_no"),
        Column::int("paid_at"),
    ],
    key: &["bill"],
    indexes: &[
        Index { columns: &["order_no"] },
        Index { columns: &["payer", "issued_at"] },
        Index { columns: &["organ", "issued_at"] },
        Index { columns: &["origin_kind", "origin_key"] },
    ],
};

/// One row a turn of a bill: its history.
pub const TURNS: Table = Table {
    name: "ledger_bill_turns",
    columns: &[
        Column::text("bill"),
        Column::int("version"),
        Column::int("at"),
        Column::text("what"),
        Column::text("note"),
    ],
    key: &["bill", "version"],
    indexes: &[],
};

static TABLES: [Table; 2] = [BILLS, TURNS];

/// Keeps the tables of bills.
#[derive(Clone, Copy, Debug, Default)]
pub struct BillTables;

impl Projection for BillTables {
    fn name(&self) -> &'static str {
        "ledger.bills"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &TABLES
    }

    fn listens(&self) -> &'static [&'static str] {
        &["bill.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        let what: BillEvent = event.read()?;
        let mut cells = vec![("version", Cell::from(event.version))];
        let mut note = Cell::Null;
        let state = match &what {
            BillEvent::Issued { .. } => {
                issued(event, &what, rows)?;
                None
            }
            BillEvent::Placed { pay_url, .. } => {
                cells.push(("pay_url", pay_url.into()));
                None
            }
            BillEvent::Paid { payment, .. } => {
                note = (&payment.receipt_no).into();
                cells.extend([
                    ("receipt_no", (&payment.receipt_no).into()),
                    ("paid_at", payment.paid_at.into()),
                ]);
                Some(BillState::Paid)
            }
            BillEvent::PaidLate { payment, .. } => {
                note = (&payment.receipt_no).into();
                None
            }
            BillEvent::Rejected { why, .. } => {
                note = why.into();
                None
            }
            BillEvent::Waived { ground } => {
                note = format!("{}；{}", ground.reason, ground.article).into();
                Some(BillState::Waived)
            }
            BillEvent::Voided { reason } => {
                note = reason.into();
                Some(BillState::Void)
            }
            BillEvent::RefundOrdered { reason, state, .. } => {
                note = reason.into();
                Some(*state)
            }
            BillEvent::Refunded { refund_no, state, .. } => {
                note = refund_no.into();
                Some(*state)
            }
        };
        if let Some(state) = state {
            cells.extend([("state", state.word().into()), ("since", event.at.into())]);
        }
        rows.set(&TABLES[0], vec![(&*event.key).into()], cells);
        rows.put(
            &TABLES[1],
            vec![
                (&*event.key).into(),
                event.version.into(),
                event.at.into(),
                event.name().into(),
                note,
            ],
        );
        Ok(())
    }
}

fn issued(event: &Recorded, what: &BillEvent, rows: &mut Rows) -> Result<(), Unreadable> {
    let BillEvent::Issued { order, total_fen, order_no } = what else { return Ok(()) };
    let state = if *total_fen > 0 { BillState::Due } else { BillState::Free };
    rows.put(
        &TABLES[0],
        vec![
            (&*event.key).into(),
            event.shard.as_str().into(),
            event.version.into(),
            order_no.into(),
            order.payer.as_str().into(),
            order.organ.as_str().into(),
            (&order.origin.kind).into(),
            (&order.origin.key).into(),
            Cell::json(event, order)?,
            (*total_fen).into(),
            event.at.into(),
            state.word().into(),
            event.at.into(),
            Cell::Null,
            Cell::Null,
            Cell::Null,
        ],
    );
    Ok(())
}
