//! Industries (国民经济行业) of GB/T 4754-2017, from the section letter down to the class.

use crate::error::field;
use crate::text::{Ascii, first_misfit, part, text_identifier};
use crate::{Element, IdentifierError, Label, Why};
use std::str::FromStr;

/// Sections (门类): letter, first and last division (大类), Chinese and English name.
const SECTIONS: [(char, u32, u32, &str, &str); 20] = [
    ('A', 1, 5, "农、林、牧、渔业", "Agriculture, forestry, animal husbandry and fishery"),
    ('B', 6, 12, "采矿业", "Mining"),
    ('C', 13, 43, "制造业", "Manufacturing"),
    ('D', 44, 46, "电力、热力、燃气及水生产和供应业", "Electricity, heat, gas and water supply"),
    ('E', 47, 50, "建筑业", "Construction"),
    ('F', 51, 52, "批发和零售业", "Wholesale and retail trade"),
    ('G', 53, 60, "交通运输、仓储和邮政业", "Transport, storage and post"),
    ('H', 61, 62, "住宿和餐饮业", "Accommodation and catering"),
    (
        'I',
        63,
        65,
        "信息传输、软件和信息技术服务业",
        "Information transmission, software and IT services",
    ),
    ('J', 66, 69, "金融业", "Finance"),
    ('K', 70, 70, "房地产业", "Real estate"),
    ('L', 71, 72, "租赁和商务服务业", "Leasing and business services"),
    ('M', 73, 75, "科学研究和技术服务业", "Research and technical services"),
    ('N', 76, 79, "水利、环境和公共设施管理业", "Water, environment and public facilities"),
    (
        'O',
        80,
        82,
        "居民服务、修理和其他服务业",
        "Services to households, repair and other services",
    ),
    ('P', 83, 83, "教育", "Education"),
    ('Q', 84, 85, "卫生和社会工作", "Health and social work"),
    ('R', 86, 90, "文化、体育和娱乐业", "Culture, sports and entertainment"),
    (
        'S',
        91,
        96,
        "公共管理、社会保障和社会组织",
        "Public administration, social security and social organisations",
    ),
    ('T', 97, 97, "国际组织", "International organisations"),
];

/// An industry code (行业代码): a section letter with none, two, three or four digits.
///
/// # Source
/// GB/T 4754-2017.
///
/// ```
/// use codes::{Industry, IndustryLevel};
/// let cafe: Industry = "H6210".parse()?;
/// assert_eq!(cafe.truncated(IndustryLevel::Section).to_string(), "H");
/// # Ok::<(), codes::IdentifierError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Industry {
    text: Ascii<5>,
    level: IndustryLevel,
}

text_identifier!(Industry);

/// How fine an industry code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IndustryLevel {
    /// The letter alone (门类).
    Section,
    /// Two digits (大类).
    Division,
    /// Three digits (中类).
    Group,
    /// Four digits (小类).
    Class,
}

impl IndustryLevel {
    const fn length(self) -> usize {
        match self {
            Self::Section => 1,
            Self::Division => 3,
            Self::Group => 4,
            Self::Class => 5,
        }
    }
}

impl Industry {
    /// The letter with its digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        part(self.text.as_str(), 0, self.level.length())
    }

    /// How fine the code is.
    #[must_use]
    pub const fn level(&self) -> IndustryLevel {
        self.level
    }

    /// The section letter.
    #[must_use]
    pub fn section(&self) -> char {
        self.as_str().chars().next().unwrap_or('A')
    }

    /// The name of the section in both languages.
    #[must_use]
    pub fn section_label(&self) -> Label {
        let letter = self.section();
        SECTIONS
            .iter()
            .find(|(section, ..)| *section == letter)
            .map(|(_, _, _, zh, en)| Label::new(*zh, *en))
            .unwrap_or_default()
    }

    /// The code at a coarser level; itself where it is already as coarse.
    #[must_use]
    pub fn truncated(self, level: IndustryLevel) -> Self {
        let level = level.min(self.level);
        let padded = format!("{:0<5}", part(self.text.as_str(), 0, level.length()));
        Self { text: Ascii::new(&padded).unwrap_or(self.text), level }
    }

    /// Whether it is `other` or a finer code under it.
    #[must_use]
    pub fn is_within(self, other: Self) -> bool {
        self.level >= other.level && self.truncated(other.level) == other
    }
}

impl FromStr for Industry {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        let wrong = |why| field(Element::Industry, why);
        let length = text.chars().count();
        let level = match length {
            1 => IndustryLevel::Section,
            3 => IndustryLevel::Division,
            4 => IndustryLevel::Group,
            5 => IndustryLevel::Class,
            found => return Err(wrong(Why::Length { found })),
        };
        let misfit =
            first_misfit(
                text,
                |i, c| {
                    if i == 0 { matches!(c, 'A'..='T') } else { c.is_ascii_digit() }
                },
            );
        if let Some(at) = misfit {
            return Err(wrong(Why::Character { at }));
        }
        if level > IndustryLevel::Section {
            let letter = text.chars().next();
            let division: u32 = part(text, 1, 3).parse().map_err(|_digits| wrong(Why::Unknown))?;
            let fits = SECTIONS
                .iter()
                .any(|(l, from, to, ..)| Some(*l) == letter && (*from..=*to).contains(&division));
            if !fits {
                return Err(wrong(Why::Section));
            }
        }
        let text = Ascii::new(&format!("{text:0<5}")).ok_or_else(|| wrong(Why::Unknown))?;
        Ok(Self { text, level })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coarser_codes_come_by_truncation() {
        let class: Industry = "H6210".parse().unwrap();
        let table = [
            (IndustryLevel::Class, "H6210"),
            (IndustryLevel::Group, "H621"),
            (IndustryLevel::Division, "H62"),
            (IndustryLevel::Section, "H"),
        ];
        for (level, text) in table {
            let coarse = class.truncated(level);
            assert_eq!(coarse.to_string(), text);
            assert_eq!(Ok(coarse), text.parse(), "the padding does not show in comparison");
            assert!(class.is_within(coarse));
        }
        let group: Industry = "H621".parse().unwrap();
        assert!(!group.is_within(class));
        assert_ne!(group, class, "a group is not its class ending in 0");
        assert_eq!(group.truncated(IndustryLevel::Class), group);
        assert_eq!(class.section_label().zh, "住宿和餐饮业");
    }

    #[test]
    fn faults_are_named() {
        let table = [
            ("H621a", Why::Character { at: 5 }),
            ("U6210", Why::Character { at: 1 }),
            ("6210", Why::Character { at: 1 }),
            ("G6210", Why::Section),
            ("H6", Why::Length { found: 2 }),
            ("H62100", Why::Length { found: 6 }),
        ];
        for (text, why) in table {
            assert_eq!(text.parse::<Industry>(), Err(field(Element::Industry, why)), "{text}");
        }
    }

    #[test]
    fn sections_follow_each_other_without_gap() {
        for pair in SECTIONS.windows(2) {
            assert_eq!(pair[0].2 + 1, pair[1].1, "{}{}", pair[0].0, pair[1].0);
        }
    }
}
