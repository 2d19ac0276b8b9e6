//! What `lianban reforms --json` prints: one object a row of the national table.

use crate::Catalogue;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What playing the samples of a reform came to; the sample runner fills it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleCount {
    /// Samples that passed.
    pub passed: usize,
    /// All samples of the folder.
    pub total: usize,
    /// The clauses that samples which passed name.
    pub clauses: BTreeSet<String>,
}

/// How a reform stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReformStatus {
    /// Its national number.
    pub number: u8,
    /// The name of its folder without number.
    pub slug: String,
    /// Its title in Chinese.
    pub title_zh: String,
    /// Its title in English.
    pub title_en: String,
    /// Whether it offers services and every sample of its folder passes.
    pub running: bool,
    /// How many services it offers.
    pub services: usize,
    /// Samples that passed.
    pub samples_passed: usize,
    /// All samples.
    pub samples_total: usize,
    /// Clauses that samples which passed show.
    pub clauses_shown: usize,
    /// All clauses.
    pub clauses_total: usize,
}

/// The status of all rows in order of number; a row without a folder has zeros.
#[must_use]
pub fn reforms_json(
    catalogue: &Catalogue,
    results: &BTreeMap<u8, SampleCount>,
) -> Vec<ReformStatus> {
    let none = SampleCount::default();
    catalogue
        .programme()
        .rows()
        .map(|row| {
            let reform = catalogue.reform(row.n);
            let samples = results.get(&row.n).unwrap_or(&none);
            let clauses: BTreeSet<&String> = reform.iter().flat_map(|r| r.clauses.keys()).collect();
            let all_pass = samples.total > 0 && samples.passed == samples.total;
            ReformStatus {
                number: row.n,
                slug: row.slug.clone(),
                title_zh: row.zh.clone(),
                title_en: row.en.clone(),
                running: catalogue.runs(row.n) && all_pass,
                services: reform.map_or(0, |reform| reform.services.len()),
                samples_passed: samples.passed,
                samples_total: samples.total,
                clauses_shown: clauses
                    .iter()
                    .filter(|name| samples.clauses.contains(**name))
                    .count(),
                clauses_total: clauses.len(),
            }
        })
        .collect()
}
