//! A dozen invented units with their figures, for the demonstration and for tests.

use crate::book::record_of;
use crate::error::PropertyError;
use crate::figures;
use blobs::{BlobError, Blobs};
use codes::UnitNo;
use elements::Value;
use kernel::OrganKey;
use property::{Figure, Shape};
use registers::RecordCommand;
use registers::record::{Act, Enter, Holder, OwnershipForm, SectionId, Statement};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A unit of the sample.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleUnit {
    /// Its number.
    pub unit: UnitNo,
    /// Where it lies.
    pub location: String,
    /// What it is used for.
    #[serde(rename = "use")]
    pub usage: String,
    /// Its building area in square metres.
    pub building_area: String,
    /// East and north of its figure's origin, in metres.
    origin_m: [i64; 2],
    /// Its rooms: name, west, south, east, north in millimetres.
    rooms: Vec<(String, i64, i64, i64, i64)>,
}

/// The units of the sample.
///
/// # Errors
/// `R10-0016` where the file does not hold, which a test rules out.
pub fn units() -> Result<Vec<SampleUnit>, PropertyError> {
    elements::from_yaml("data/units.yaml", include_str!("../data/units.yaml"))
        .map_err(|_fault| PropertyError::Field { key: "units" })
}

impl SampleUnit {
    /// Its figure: the floor plan of its rooms.
    #[must_use]
    pub fn figure(&self) -> Figure {
        let shapes = self.rooms.iter().map(|(label, west, south, east, north)| Shape {
            label: label.clone(),
            own: true,
            points: vec![[*west, *south], [*east, *south], [*east, *north], [*west, *north]],
        });
        Figure {
            title: "房屋平面图".to_owned(),
            scale: "1:100".to_owned(),
            origin_m: self.origin_m,
            shapes: shapes.collect(),
        }
    }

    /// The first entry of the unit in the book, with its figure kept beside it.
    ///
    /// # Errors
    /// The figure cannot be kept.
    pub async fn entry(
        &self,
        blobs: &dyn Blobs,
        organ: OrganKey,
        holders: Vec<Holder>,
    ) -> Result<RecordCommand, BlobError> {
        let hash = figures::keep(blobs, &self.figure()).await?;
        let said = |pairs: &[(&str, &str)]| -> BTreeMap<String, Value> {
            let text = |text: &str| Value::Text(text.to_owned());
            pairs.iter().map(|(key, value)| ((*key).to_owned(), text(value))).collect()
        };
        let nature = Statement {
            facts: said(&[
                ("location", &self.location),
                ("use_code", &self.usage),
                ("building_area", &self.building_area),
                ("figure_hash", &hash),
            ]),
            ..Statement::default()
        };
        let form = if holders.len() > 1 { OwnershipForm::Joint } else { OwnershipForm::Sole };
        let right = Statement {
            facts: said(&[
                ("right_type", "国有建设用地使用权／房屋所有权"),
                ("right_nature", "出让／市场化商品房"),
                ("term_from", "2005-06-01"),
                ("term_to", "2075-05-31"),
            ]),
            form: Some(form),
            holders,
            ..Statement::default()
        };
        Ok(RecordCommand::Enter(Box::new(Enter {
            record: record_of(self.unit),
            act: Act { kind: "first".to_owned(), ..Act::default() },
            statements: BTreeMap::from([
                (SectionId::new("unit"), nature),
                (SectionId::new("ownership"), right),
            ]),
            from: None,
            place: self.unit.division().to_string(),
            organ: Some(organ),
            predecessors: Vec::new(),
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dozen_units_each_with_a_figure_of_its_own() {
        let units = units().unwrap();
        assert_eq!(units.len(), 12);
        let numbers: std::collections::BTreeSet<_> = units.iter().map(|unit| unit.unit).collect();
        assert_eq!(numbers.len(), 12);
        for unit in &units {
            let svg = unit.figure().svg();
            assert_eq!(property::figure::shapes_of(&svg).len(), unit.rooms.len(), "{}", unit.unit);
            assert_eq!(property::figure::origin_of(&svg), Some(unit.origin_m));
        }
    }
}
