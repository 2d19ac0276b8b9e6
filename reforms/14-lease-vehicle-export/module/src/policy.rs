//! What follows from what (联动): a licence moves, so its quantity moves in the ledger.

use crate::licence::{LicenceEvent, LicenceNo};
use crate::quota::{self, Ledger};
use kernel::{Policy, Reaction, Recorded, Unreadable};

/// Issued opens a book; what a group entered with the event already is entered once.
#[derive(Clone, Copy, Debug, Default)]
pub struct MoveQuota;

impl Policy for MoveQuota {
    fn name(&self) -> &'static str {
        "lease_export.move_quota"
    }

    fn listens(&self) -> &'static [&'static str] {
        &[
            "export_licence.Issued",
            "export_licence.UseReserved",
            "export_licence.UseSettled",
            "export_licence.UseVoided",
            "export_licence.Closed",
        ]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let told = event.shared::<LicenceEvent>()?;
        // The key was written by the aggregate, so that it is a number.
        let Ok(no) = event.key.parse().map(LicenceNo) else { return Ok(Vec::new()) };
        let book = quota::book_of(no);
        quota::entries(&event.shard, no, &told)
            .iter()
            .map(|command| event.leads_to::<Ledger>(&book, command))
            .collect()
    }
}
