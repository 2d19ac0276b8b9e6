//! `lianban check`: everything that can be told of folders without running them.

use crate::complete;
use crate::fault::Fault;
use crate::files::Files;
use crate::load::{Bundles, load, of_table, sorted};
use crate::samples;
use serde::Serialize;

/// What a check found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// How many reforms with services were read.
    pub reforms: usize,
    /// How many services they offer.
    pub services: usize,
    /// The faults, by file, line and column.
    pub faults: Vec<Fault>,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Checks folders: all that [`load`] checks, and then texts, sources, samples, stops, acceptance, overlaps and gaps of rules.
#[must_use]
pub fn check(files: &Files) -> Report {
    match load(files) {
        Ok(bundles) => check_loaded(&bundles),
        Err(faults) => Report { faults, ..Report::default() },
    }
}

/// Checks what is loaded already.
#[must_use]
pub fn check_loaded(bundles: &Bundles) -> Report {
    let services = bundles.catalogue.services().count();
    let reforms = bundles.catalogue.reforms().filter(|reform| !reform.services.is_empty()).count();
    let mut faults = complete::faults(bundles);
    faults.extend(bundles.all.iter().filter_map(|bundle| samples::read(bundle).err()).flatten());
    let tables = bundles.all.iter().flat_map(|bundle| &bundle.rules);
    faults.extend(tables.flat_map(|table| table.check()).map(of_table));
    Report { reforms, services, faults: sorted(faults) }
}
