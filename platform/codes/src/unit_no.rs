//! The unit number of real estate (不动产单元号) of GB/T 37346: 28 characters, 6-3-3-2-5-1-8.

use crate::error::field;
use crate::text::{Ascii, first_misfit, part, text_identifier};
use crate::{Division, Element, IdentifierError, Label, Why};
use std::str::FromStr;

/// Where its parts begin and end, as they are shown.
const GROUPS: [(usize, usize); 7] =
    [(0, 6), (6, 9), (9, 12), (12, 14), (14, 19), (19, 20), (20, 28)];

/// The number of a real-estate unit (不动产单元号): 28 characters.
///
/// Parcel code (宗地代码, 19): county 6, cadastral district 3 and sub-district 3, feature 2, serial 5; then the kind of
/// fixture 1 and the unit's serial 8.
///
/// # Source
/// GB/T 37346-2019. Features are those of construction land and homesteads; the others are no business of the platform.
///
/// ```
/// let unit: codes::UnitNo = "440305001002GB00012F00010003".parse()?;
/// assert_eq!(unit.grouped(), "440305-001-002-GB-00012-F-00010003");
/// assert_eq!(unit.parcel_code(), "440305001002GB00012");
/// # Ok::<(), codes::IdentifierError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitNo {
    text: Ascii<28>,
    division: Division,
}

text_identifier!(UnitNo);

impl UnitNo {
    /// The 28 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// The county (县级行政区) in which the parcel lies.
    #[must_use]
    pub const fn division(&self) -> Division {
        self.division
    }

    /// The code of the parcel (宗地代码): the first 19 characters.
    #[must_use]
    pub fn parcel_code(&self) -> &str {
        part(self.as_str(), 0, 19)
    }

    /// Whose land and which layer of it (宗地特征码): `GB` is state-owned land at the surface.
    #[must_use]
    pub fn feature(&self) -> &str {
        part(self.as_str(), 12, 14)
    }

    /// What the feature says, in words.
    #[must_use]
    pub fn feature_label(&self) -> Label {
        let (owner, layer) = (part(self.as_str(), 12, 13), part(self.as_str(), 13, 14));
        let (zh, en) = match owner {
            "G" => ("国家所有", "state-owned"),
            "J" => ("集体所有", "collectively owned"),
            _ => ("所有权未确定", "ownership disputed"),
        };
        let (layer_zh, layer_en) = match layer {
            "S" => ("建设用地（地上）", "construction land above the surface"),
            "X" => ("建设用地（地下）", "construction land below the surface"),
            "C" => ("宅基地", "homestead"),
            _ => ("建设用地（地表）", "construction land at the surface"),
        };
        Label::new(format!("{zh}，{layer_zh}"), format!("{en}, {layer_en}"))
    }

    /// The kind of fixture (定着物类型): `F` buildings, `L` woods, `Q` other, `W` none.
    #[must_use]
    pub fn fixture(&self) -> char {
        part(self.as_str(), 19, 20).chars().next().unwrap_or('W')
    }

    /// The number as people read it, in groups: `440305-001-002-GB-00012-F-00010003`.
    #[must_use]
    pub fn grouped(&self) -> String {
        GROUPS.map(|(from, to)| part(self.as_str(), from, to)).join("-")
    }
}

impl FromStr for UnitNo {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        let wrong = |why| field(Element::RealEstateUnitNo, why);
        let length = text.chars().count();
        if length != 28 {
            return Err(wrong(Why::Length { found: length }));
        }
        let misfit = first_misfit(text, |i, c| match i {
            12 | 13 => c.is_ascii_uppercase(),
            19 => matches!(c, 'F' | 'L' | 'Q' | 'W'),
            _ => c.is_ascii_digit(),
        });
        if let Some(at) = misfit {
            return Err(wrong(Why::Character { at }));
        }
        let owner = matches!(part(text, 12, 13), "G" | "J" | "Z");
        let layer = matches!(part(text, 13, 14), "B" | "S" | "X" | "C");
        if !(owner && layer) {
            return Err(wrong(Why::FeatureUnknown));
        }
        let division =
            part(text, 0, 6).parse().map_err(|_division: IdentifierError| wrong(Why::Division))?;
        let text = Ascii::new(text).ok_or_else(|| wrong(Why::Unknown))?;
        Ok(Self { text, division })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s01_a_unit_number_shows_its_parts() {
        let unit: UnitNo = "440305001002GB00012F00010003".parse().unwrap();
        assert_eq!(unit.grouped(), "440305-001-002-GB-00012-F-00010003");
        assert_eq!((unit.feature(), unit.fixture()), ("GB", 'F'));
        assert_eq!(unit.division().name(), Some("南山区"));
        assert_eq!(unit.feature_label().zh, "国家所有，建设用地（地表）");
    }

    #[test]
    fn s01_faults_are_named() {
        let table = [
            ("440305001002GQ00012F00010003", Why::FeatureUnknown),
            ("440305001002KB00012F00010003", Why::FeatureUnknown),
            ("440305001002GB00012F0001000", Why::Length { found: 27 }),
            ("440305001002GB00012F000100030", Why::Length { found: 29 }),
            ("440305001002gb00012F00010003", Why::Character { at: 13 }),
            ("440305001002GB00012X00010003", Why::Character { at: 20 }),
            ("440305001002GB00012F0001000O", Why::Character { at: 28 }),
            ("990305001002GB00012F00010003", Why::Division),
            ("", Why::Length { found: 0 }),
        ];
        for (text, why) in table {
            assert_eq!(
                text.parse::<UnitNo>(),
                Err(field(Element::RealEstateUnitNo, why)),
                "{text}"
            );
        }
        assert_eq!(Why::FeatureUnknown.slug(), "FEATURE_UNKNOWN");
    }
}
