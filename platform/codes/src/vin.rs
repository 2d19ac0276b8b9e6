//! The vehicle identification number (车辆识别代号) of GB 16735 and ISO 3779, its check character, model year and likely slips.

use crate::error::field;
use crate::text::{Ascii, first_misfit, fold_identifier, text_identifier};
use crate::{Element, IdentifierError, Why};
use std::str::FromStr;

/// The characters a number is made of: no I, O, Q.
const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ";

/// The characters of a model year in their order; the first stands for 2001.
const MODEL_YEARS: &str = "123456789ABCDEFGHJKLMNPRSTVWXY";

/// What each place counts for the check character, its own place being nothing.
const WEIGHTS: [u16; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/// The place of the check character, counted from one.
const CHECK_AT: usize = 9;

/// What people and machines take for each other on a worn plate.
const ALIKE: [&str; 11] = ["0DU", "1L7T", "2Z", "5S", "6G", "8B", "CG", "EF", "MN", "PR", "VUY"];

/// A vehicle identification number (车辆识别代号): 17 characters of the alphabet.
///
/// The check character is judged apart ([`Self::check`]): GB 16735 demands it, ISO 3779 does not, so that a vehicle built
/// abroad may lack it.
///
/// # Source
/// GB 16735-2019; ISO 3779:2009.
///
/// ```
/// let vin = codes::Vin::parse(" lsvau2a34n2183294 ")?;
/// assert_eq!(vin.check(), codes::VinCheck::Holds);
/// assert_eq!(vin.model_year(2026), Some(2022));
/// # Ok::<(), codes::VinError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vin(Ascii<17>);

text_identifier!(Vin);

/// Why a text is no vehicle identification number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VinError {
    /// It has the wrong number of characters.
    #[error("the number has {0} characters instead of 17")]
    Length(usize),
    /// A character that no number has.
    #[error("`{ch}` at {pos} belongs to no number")]
    BadChar {
        /// Its place, counted from one.
        pos: usize,
        /// The character.
        ch: char,
    },
}

impl From<VinError> for IdentifierError {
    fn from(error: VinError) -> Self {
        field(
            Element::Vin,
            match error {
                VinError::Length(found) => Why::Length { found },
                VinError::BadChar { pos, .. } => Why::Character { at: pos },
            },
        )
    }
}

/// What the check character says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VinCheck {
    /// It follows from the rest.
    Holds,
    /// It does not, and the maker is Chinese, whose numbers must have it: an error.
    Wrong {
        /// What would.
        expected: char,
    },
    /// It does not, but the maker is foreign and need not have one: somebody compares with the vehicle.
    Foreign {
        /// What would.
        expected: char,
    },
}

/// A repair of characters that no number has: `O` is a zero, `I` a one, `Q` a zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slip {
    /// The place, counted from one.
    pub pos: usize,
    /// What was typed.
    pub from: char,
    /// What was meant.
    pub to: char,
}

/// What may have been meant by a text whose check fails.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VinSuggestion {
    /// Characters that no number has, each with what it stands for.
    pub slips: Vec<Slip>,
    /// Whether mending all of them makes the check hold; without slips, whether it holds as typed.
    pub slips_hold: bool,
    /// Numbers whose check holds, most likely first: the slips mended, then one character changed.
    pub repairs: Vec<Vin>,
}

impl Vin {
    /// Reads what people type: full width, lower case and blanks are folded first.
    ///
    /// # Errors
    /// Length first, then the first character that no number has.
    pub fn parse(text: &str) -> Result<Self, VinError> {
        Self::strict(&fold_identifier(text))
    }

    fn strict(text: &str) -> Result<Self, VinError> {
        let length = text.chars().count();
        if length != 17 {
            return Err(VinError::Length(length));
        }
        let misfit = first_misfit(text, |_, c| value(c).is_some());
        if let Some(pos) = misfit {
            let ch = text.chars().nth(pos - 1).unwrap_or(char::REPLACEMENT_CHARACTER);
            return Err(VinError::BadChar { pos, ch });
        }
        Ascii::new(text).map(Self).ok_or(VinError::Length(length))
    }

    /// The 17 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether the check character follows from the others.
    #[must_use]
    pub fn check_ok(&self) -> bool {
        let at = self.0.bytes();
        let [.., check, _, _, _, _, _, _, _, _] = at;
        remainder(at).is_some_and(|found| character(found) == *check)
    }

    /// The check character that the others demand.
    #[must_use]
    pub fn expected(&self) -> char {
        remainder(self.0.bytes()).map_or('0', |found| char::from(character(found)))
    }

    /// What the check character says, the maker's country considered.
    #[must_use]
    pub fn check(&self) -> VinCheck {
        match (self.check_ok(), self.expected()) {
            (true, _) => VinCheck::Holds,
            (false, expected) if self.is_chinese() => VinCheck::Wrong { expected },
            (false, expected) => VinCheck::Foreign { expected },
        }
    }

    /// The world maker's identifier (世界制造厂识别代号), the first three characters.
    #[must_use]
    pub fn maker(&self) -> &str {
        self.as_str().get(..3).unwrap_or_default()
    }

    /// Whether the maker's identifier is one of China (`L`).
    #[must_use]
    pub fn is_chinese(&self) -> bool {
        self.as_str().starts_with('L')
    }

    /// The model year (年份) of the tenth character, in the cycle of 30 years that ends with `not_after`; `None` if the
    /// character stands for no year.
    #[must_use]
    pub fn model_year(&self, not_after: i16) -> Option<i16> {
        let mark = self.as_str().chars().nth(9)?;
        let at = i16::try_from(MODEL_YEARS.chars().position(|c| c == mark)?).ok()?;
        let ahead = not_after.checked_sub(2001)?.checked_sub(at)?;
        not_after.checked_sub(ahead.rem_euclid(30))
    }

    /// The number as anybody may see it: the first eleven characters and the last two.
    #[must_use]
    pub fn masked(&self) -> String {
        let text = self.as_str();
        let (head, tail) = (text.get(..11).unwrap_or_default(), text.get(15..).unwrap_or_default());
        format!("{head}****{tail}")
    }

    /// What may have been meant by a text, most likely first.
    ///
    /// A text of another length has no suggestion. With one character that no number has, only that character is
    /// changed; with several, only what stands for them is put in.
    #[must_use]
    pub fn suggest(text: &str) -> VinSuggestion {
        let folded: Vec<char> = fold_identifier(text).chars().collect();
        let mut told = VinSuggestion::default();
        if folded.len() != 17 {
            return told;
        }
        let bad: Vec<usize> =
            (0..17).filter(|at| folded.get(*at).is_none_or(|c| value(*c).is_none())).collect();
        told.slips = folded
            .iter()
            .zip(1..)
            .filter_map(|(from, pos)| Some(Slip { pos, from: *from, to: meant(*from)? }))
            .collect();
        let mended: String = folded.iter().map(|c| meant(*c).unwrap_or(*c)).collect();
        let as_meant = Self::strict(&mended).ok().filter(Self::check_ok);
        told.slips_hold = as_meant.is_some();
        told.repairs.extend(as_meant.filter(|_| !told.slips.is_empty()));
        let places = match bad.as_slice() {
            [] if told.slips_hold => return told,
            [] => (0..17).collect(),
            [one] => vec![*one],
            _ => return told,
        };
        let mut found: Vec<(u8, usize, Self)> = Vec::new();
        for at in places {
            for (to, mended) in changed(&folded, at) {
                let Some(vin) = Self::strict(&mended).ok().filter(Self::check_ok) else { continue };
                let from = folded.get(at).copied().unwrap_or_default();
                found.push((unlikeliness(from, to, at), at, vin));
            }
        }
        found.sort();
        let others: Vec<Self> = found.into_iter().map(|(_, _, vin)| vin).collect();
        told.repairs.extend(others.into_iter().filter(|vin| Some(*vin) != as_meant));
        told
    }
}

impl FromStr for Vin {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        Ok(Self::strict(text)?)
    }
}

/// The value of a character; `None` for what no number has.
const fn value(c: char) -> Option<u16> {
    Some(match c {
        '0' => 0,
        '1' | 'A' | 'J' => 1,
        '2' | 'B' | 'K' | 'S' => 2,
        '3' | 'C' | 'L' | 'T' => 3,
        '4' | 'D' | 'M' | 'U' => 4,
        '5' | 'E' | 'N' | 'V' => 5,
        '6' | 'F' | 'W' => 6,
        '7' | 'G' | 'P' | 'X' => 7,
        '8' | 'H' | 'Y' => 8,
        '9' | 'R' | 'Z' => 9,
        _ => return None,
    })
}

/// The remainder of the weighted sum by eleven.
fn remainder(bytes: &[u8; 17]) -> Option<u16> {
    let mut sum = 0_u16;
    for (byte, weight) in bytes.iter().zip(WEIGHTS) {
        sum += value(char::from(*byte))? * weight;
    }
    Some(sum % 11)
}

/// The check character of a remainder.
const fn character(remainder: u16) -> u8 {
    match remainder {
        0 => b'0',
        1 => b'1',
        2 => b'2',
        3 => b'3',
        4 => b'4',
        5 => b'5',
        6 => b'6',
        7 => b'7',
        8 => b'8',
        9 => b'9',
        _ => b'X',
    }
}

/// What a character that no number has was meant for.
const fn meant(c: char) -> Option<char> {
    match c {
        'O' | 'Q' => Some('0'),
        'I' => Some('1'),
        _ => None,
    }
}

/// The text with each other character at a place.
fn changed(text: &[char], place: usize) -> impl Iterator<Item = (char, String)> {
    let before = text.get(place).copied();
    ALPHABET.chars().filter(move |to| Some(*to) != before).map(move |to| {
        let mended = text.iter().enumerate().map(|(at, c)| if at == place { to } else { *c });
        (to, mended.collect())
    })
}

/// How unlikely it is that one character was taken for another; the check character itself comes last, for it can always
/// be made to fit.
fn unlikeliness(from: char, to: char, at: usize) -> u8 {
    if at + 1 == CHECK_AT {
        3
    } else if ALIKE.iter().any(|set| set.contains(from) && set.contains(to)) {
        0
    } else if from.is_ascii_digit() == to.is_ascii_digit() {
        1
    } else {
        2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VALID: [&str; 13] = [
        "LSVAU2A34N2183294",
        "LFV2A21K2G4123456",
        "LGBH52E08MY123456",
        "LVSHCAMBXKE301122",
        "LB37624S3PL005518",
        "LGXC16DF6R0088421",
        "LZZ5BLSF3KA667001",
        "LHGCP1686H8012345",
        "LGWEF6A79NF512340",
        "LSGKB54E0JV009988",
        "1M8GDM9AXKP042788",
        "11111111111111111",
        "5GZCZ43D13S812715",
    ];

    #[test]
    fn s01_check_characters_follow_from_the_rest() {
        for text in VALID {
            let vin: Vin = text.parse().unwrap();
            assert!(vin.check_ok(), "{text}");
            assert_eq!(vin.check(), VinCheck::Holds);
            assert_eq!(Some(vin.expected()), text.chars().nth(8));
        }
        let wrong: Vin = "LSVAU2A37N2183294".parse().unwrap();
        assert_eq!(wrong.check(), VinCheck::Wrong { expected: '4' });
        let foreign: Vin = "1M8GDM9A0KP042788".parse().unwrap();
        assert_eq!(foreign.check(), VinCheck::Foreign { expected: 'X' });
    }

    #[test]
    fn s02_slips_are_named_and_only_repairs_whose_check_holds_are_told() {
        let typed = "LSVAU2A34N21832O4";
        assert_eq!(Vin::parse(typed), Err(VinError::BadChar { pos: 16, ch: 'O' }));
        let told = Vin::suggest(typed);
        assert_eq!(told.slips, [Slip { pos: 16, from: 'O', to: '0' }]);
        assert!(!told.slips_hold, "O→0 is no repair");
        assert!(!told.repairs.iter().any(|vin| vin.as_str() == "LSVAU2A34N2183204"));
        assert!(told.repairs.iter().any(|vin| vin.as_str() == VALID[0]), "{told:?}");
        assert_eq!(Vin::parse("LSVAU2A34N218329"), Err(VinError::Length(16)));
        assert_eq!(Vin::suggest("LSVAU2A34N218329"), VinSuggestion::default());
        for typed in ["ＬＳＶＡＵ２Ａ３４Ｎ２１８３２９４", " lsvau2a34 n2183294"]
        {
            assert_eq!(Vin::parse(typed), Ok(VALID[0].parse().unwrap()), "{typed}");
        }
        // Two that no number has: only what stands for them.
        let told = Vin::suggest("1M8GDM9AXKPO42788");
        assert!(told.slips_hold);
        assert_eq!(told.repairs.first().unwrap().as_str(), VALID[10]);
        let told = Vin::suggest("IM8GDM9AXKPO42788");
        assert_eq!((told.slips.len(), told.repairs.len()), (2, 1));
    }

    #[test]
    fn the_model_year_is_the_last_of_its_cycle() {
        let of = |mark: char| {
            let text: String =
                VALID[0].chars().enumerate().map(|(i, c)| if i == 9 { mark } else { c }).collect();
            text.parse::<Vin>().unwrap()
        };
        let table = [
            ('1', 2026, Some(2001)),
            ('9', 2026, Some(2009)),
            ('A', 2026, Some(2010)),
            ('L', 2026, Some(2020)),
            ('S', 2026, Some(2025)),
            ('T', 2026, Some(2026)),
            ('T', 2025, Some(1996)),
            ('Y', 2030, Some(2030)),
            ('Y', 2026, Some(2000)),
            ('U', 2026, None),
            ('Z', 2026, None),
            ('0', 2026, None),
        ];
        for (mark, not_after, year) in table {
            assert_eq!(of(mark).model_year(not_after), year, "{mark} {not_after}");
        }
    }

    #[test]
    fn faults_have_the_face_of_identifiers_and_a_mask_hides_four() {
        let error = "LSVAU2A34N21832O4".parse::<Vin>().unwrap_err();
        assert_eq!(error, field(Element::Vin, Why::Character { at: 16 }));
        assert_eq!("".parse::<Vin>().unwrap_err(), field(Element::Vin, Why::Length { found: 0 }));
        assert_eq!("ＬSVAU2A34N2183294".parse::<Vin>().unwrap_err().element(), Element::Vin);
        let vin: Vin = VALID[0].parse().unwrap();
        assert_eq!((vin.maker(), vin.masked().as_str()), ("LSV", "LSVAU2A34N2****94"));
    }

    proptest! {
        #[test]
        fn nothing_panics_and_repairs_hold(text in "\\PC{0,20}") {
            let _may_fail = Vin::parse(&text);
            prop_assert!(Vin::suggest(&text).repairs.iter().all(Vin::check_ok));
        }

        #[test]
        fn one_slip_is_among_the_repairs(which in 0_usize..13, at in 0_usize..17, to in 0_usize..33) {
            let to = ALPHABET.chars().nth(to).unwrap();
            let slipped: String =
                VALID[which].chars().enumerate().map(|(i, c)| if i == at { to } else { c }).collect();
            let vin: Vin = slipped.parse().unwrap();
            prop_assume!(!vin.check_ok());
            let told = Vin::suggest(&slipped);
            prop_assert!(told.repairs.iter().any(|vin| vin.as_str() == VALID[which]));
            let fixed: String = slipped.chars().enumerate()
                .map(|(i, c)| if i == 8 { vin.expected() } else { c }).collect();
            prop_assert_eq!(told.repairs.last().map(Vin::to_string), Some(fixed));
        }
    }
}
