//! Reform 14 on the platform: vehicle exports by finance lease (“融资租赁+汽车出口”业务创新).
//!
//! ```text
//!  Issue ─► book in the ledger: issuer, granted (so many uses), settled
//!  customs: Deduct ─► reserved ─┬─► Clear ─► settled ─► exhausted
//!     any order, any number     └─► Cancel ─► void: quantity and use come back
//!  cleared ─► lease.Register ─► rents due ─► bank: Receive ─► oldest rent first
//! ```
//!
//! **Invariant:** a use and its reservation are one group: nothing is deducted that is not left, by any number of hands at once.
//! **Invariant:** a declaration has one use; the same message again is the first answer.
//! **Invariant:** a clearance or withdrawal that overtakes its deduction is kept and counts when the deduction comes.
//! **Invariant:** figures of law are rows of the folder's tables, each with its source and its day.
//! **Invariant:** a receipt of a bank is counted once, whatever it pays.
//!
//! It keeps no quantity (`ledger` does), and names no person: exporters, lessors and lessees are organisations. The computation
//! is the crate `lease_export`. Start with [`licence`], then [`quota`] and [`lease`].

mod calls;
pub mod error;
pub mod law;
pub mod lease;
pub mod licence;
pub mod policy;
pub mod projection;
pub mod queries;
pub mod quota;

pub use error::LeaseError;
pub use law::LeaseLaw;
pub use lease::{Lease, LeaseCommand, LeaseEvent, LeaseNo};
pub use licence::{ExportLicence, LicenceCommand, LicenceEvent, LicenceNo};

use module::{Module, Registry};
use std::sync::Arc;

/// Reform 14 as the platform plugs it in.
#[derive(Clone, Debug)]
pub struct LeaseExport {
    law: Arc<LeaseLaw>,
}

impl LeaseExport {
    /// The module with its law.
    #[must_use]
    pub fn new(law: Arc<LeaseLaw>) -> Self {
        Self { law }
    }
}

impl Module for LeaseExport {
    fn name(&self) -> &'static str {
        "lease_export"
    }

    fn register(&self, registry: &mut Registry) {
        registry.aggregate::<ExportLicence>(Arc::new(()));
        registry.aggregate::<Lease>(Arc::clone(&self.law));
        registry.projection(projection::LeaseTables);
        registry.policy(policy::MoveQuota);
        calls::bring(registry, &self.law);
    }
}
