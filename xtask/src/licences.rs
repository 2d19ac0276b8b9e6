//! Licences of all dependencies, checked over `cargo metadata` against the list in `deny.toml`.

use anyhow::{Context as _, Result, bail};
use std::collections::BTreeSet;

/// Refuses a dependency under a licence that is not on the list.
pub(crate) fn check() -> Result<()> {
    let text =
        std::fs::read_to_string(crate::root().join("deny.toml")).context("reading deny.toml")?;
    let deny: toml::Table = text.parse().context("reading deny.toml")?;
    let allowed: BTreeSet<String> = deny
        .get("licenses")
        .and_then(|table| table.get("allow"))
        .and_then(toml::Value::as_array)
        .context("deny.toml has no list of licences")?
        .iter()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(crate::root().join("Cargo.toml"))
        .exec()
        .context("reading cargo metadata")?;
    let faults: Vec<String> = metadata
        .packages
        .iter()
        .filter(|package| package.source.is_some())
        .filter_map(|package| {
            let licence = package.license.clone().unwrap_or_default();
            (!fits(&licence, &allowed)).then(|| format!("{} is under `{licence}`", package.name))
        })
        .collect();
    if faults.is_empty() {
        Ok(())
    } else {
        bail!("licences not on the list:\n{}", faults.join("\n"))
    }
}

/// Whether one of the alternatives of an SPDX expression is wholly on the list.
fn fits(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let flat = expression.replace(['(', ')'], " ").replace('/', " OR ");
    flat.split(" OR ").any(|alternative| {
        let parts: Vec<&str> = alternative.split(" AND ").map(str::trim).collect();
        !parts.is_empty() && parts.iter().all(|part| allowed.contains(*part))
    })
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn one_alternative_is_enough_and_all_its_parts_are_needed() {
        let allowed = ["MIT", "Apache-2.0"].map(str::to_owned).into();
        for (expression, expected) in [
            ("MIT", true),
            ("MIT/Apache-2.0", true),
            ("GPL-3.0 OR MIT", true),
            ("MIT AND GPL-3.0", false),
            ("", false),
        ] {
            assert_eq!(fits(expression, &allowed), expected, "{expression}");
        }
    }
}
