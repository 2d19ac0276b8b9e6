//! The capability as the platform plugs it in.

use crate::http::{Ours, router};
use crate::{Log, Packages, Witness, erasure, taking};
use blobs::Vault;
use kernel::Shard;
use module::{Module, Registry};
use std::sync::Arc;

/// The log of evidence as a module: pages, tiles, proofs, the witness. What keeps the log going, [`Log::keep`] and the engine's
/// follower, is wired by whoever starts the engine.
#[derive(Clone, Debug)]
pub struct EvidenceModule {
    log: Log,
    witness: Arc<Witness>,
    packages: Packages,
    erasing: Option<(Vault, Shard)>,
}

impl EvidenceModule {
    /// The module over a log.
    #[must_use]
    pub fn new(log: Log, witness: Arc<Witness>) -> Self {
        Self { packages: Packages::of(log.clone()), log, witness, erasing: None }
    }

    /// The module with packages made so: with stamps, by the name of whoever runs the platform.
    #[must_use]
    pub fn packing(mut self, packages: Packages) -> Self {
        self.packages = packages;
        self
    }

    /// The module with the vault whose keys are destroyed when data is erased, and the shard in which that is decided.
    #[must_use]
    pub fn erasing(mut self, vault: Vault, home: Shard) -> Self {
        self.erasing = Some((vault, home));
        self
    }
}

impl Module for EvidenceModule {
    fn name(&self) -> &'static str {
        "evidence"
    }

    fn register(&self, registry: &mut Registry) {
        let ours = Ours { log: self.log.clone(), witness: Arc::clone(&self.witness) };
        registry.router("evidence", router(ours));
        registry.router("evidence", taking::router(self.packages.clone()));
        registry.access("evidence", include_str!("access.cedar"));
        if let Some((vault, home)) = &self.erasing {
            erasure::register(registry, vault.clone(), home.clone());
        }
    }
}
