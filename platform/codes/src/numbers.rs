//! Numbers of licences and seals with a check digit by ISO 7064 MOD 11,10.

use crate::check::mod_11_10;
use crate::error::{field, verify};
use crate::text::{Ascii, first_misfit, part, text_identifier};
use crate::{Division, Element, IdentifierError, Label, Why};
use std::str::FromStr;

/// The main format of a food business (主体业态), the first digit of its licence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FoodFormat {
    /// Food sales (食品销售经营者), `1`.
    Sales,
    /// Catering (餐饮服务经营者), `2`.
    Catering,
    /// Canteen of a body that feeds its people (集中用餐单位食堂), `3`.
    Canteen,
}

impl FoodFormat {
    /// The digit in licence numbers.
    #[must_use]
    pub const fn digit(self) -> char {
        match self {
            Self::Sales => '1',
            Self::Catering => '2',
            Self::Canteen => '3',
        }
    }

    /// The name in both languages.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Sales => Label::new("食品销售经营者", "Food sales"),
            Self::Catering => Label::new("餐饮服务经营者", "Catering"),
            Self::Canteen => Label::new("集中用餐单位食堂", "Canteen"),
        }
    }

    /// The format of a digit.
    #[must_use]
    pub const fn of_digit(digit: char) -> Option<Self> {
        match digit {
            '1' => Some(Self::Sales),
            '2' => Some(Self::Catering),
            '3' => Some(Self::Canteen),
            _ => None,
        }
    }
}

/// What a food number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FoodPaper {
    /// A food licence (食品经营许可证), `JY`.
    Licence,
    /// A filing of sales of pre-packaged food only (仅销售预包装食品备案), `YB`.
    Filing,
}

/// The number of a food licence (食品经营许可证编号) or filing: two letters, format 1, division 6, serial 6, check 1.
///
/// The division is that of the issuing organ and need not stand in the list of GB/T 2260 (towns of
/// cities without districts have codes of their own).
///
/// # Source
/// 食品经营许可和备案管理办法 (总局令第78号); check digit GB/T 17710 MOD 11,10, proven on numbers in use.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FoodLicenceNo {
    text: Ascii<16>,
    paper: FoodPaper,
    format: FoodFormat,
    division: Division,
}

text_identifier!(FoodLicenceNo);

impl FoodLicenceNo {
    /// The number with this serial (0 to 999,999).
    ///
    /// # Errors
    /// `FIELD` where the serial has more than six digits.
    pub fn assemble(
        paper: FoodPaper,
        format: FoodFormat,
        division: Division,
        serial: u32,
    ) -> Result<Self, IdentifierError> {
        let letters = match paper {
            FoodPaper::Licence => "JY",
            FoodPaper::Filing => "YB",
        };
        let digits = format!("{}{division}{serial:06}", format.digit());
        let check = mod_11_10(&digits).ok_or(field(Element::FoodLicenceNo, Why::Unknown))?;
        format!("{letters}{digits}{check}").parse()
    }

    /// The 16 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// Licence or filing.
    #[must_use]
    pub const fn paper(&self) -> FoodPaper {
        self.paper
    }

    /// The main format.
    #[must_use]
    pub const fn format(&self) -> FoodFormat {
        self.format
    }

    /// The division of the issuing organ.
    #[must_use]
    pub const fn division(&self) -> Division {
        self.division
    }
}

impl FromStr for FoodLicenceNo {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        let wrong = |why| field(Element::FoodLicenceNo, why);
        let length = text.chars().count();
        if length != 16 {
            return Err(wrong(Why::Length { found: length }));
        }
        let paper = match part(text, 0, 2) {
            "JY" => FoodPaper::Licence,
            "YB" => FoodPaper::Filing,
            _ => return Err(wrong(Why::Prefix)),
        };
        if let Some(at) = first_misfit(text, |i, c| i < 2 || c.is_ascii_digit()) {
            return Err(wrong(Why::Character { at }));
        }
        let format = text
            .chars()
            .nth(2)
            .and_then(FoodFormat::of_digit)
            .ok_or_else(|| wrong(Why::Character { at: 3 }))?;
        let division =
            part(text, 3, 9).parse().map_err(|_division: IdentifierError| wrong(Why::Division))?;
        let check = mod_11_10(part(text, 2, 15)).map(String::from);
        verify(Element::FoodLicenceNo, part(text, 15, 16), check)?;
        let text = Ascii::new(text).ok_or_else(|| wrong(Why::Unknown))?;
        Ok(Self { text, paper, format, division })
    }
}

/// A seal code (印章编码): division 6, serial 6, check 1.
///
/// # Source
/// The 13 digits are those of the seal filing system; the scheme of the check digit, GB/T 17710
/// MOD 11,10, is (assumed).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SealCode {
    text: Ascii<13>,
    division: Division,
}

text_identifier!(SealCode);

impl SealCode {
    /// The code with this serial (0 to 999,999).
    ///
    /// # Errors
    /// `FIELD` where the serial has more than six digits.
    pub fn assemble(division: Division, serial: u32) -> Result<Self, IdentifierError> {
        let digits = format!("{division}{serial:06}");
        let check = mod_11_10(&digits).ok_or(field(Element::SealCode, Why::Unknown))?;
        format!("{digits}{check}").parse()
    }

    /// The 13 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// The division of the police organ.
    #[must_use]
    pub const fn division(&self) -> Division {
        self.division
    }
}

impl FromStr for SealCode {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        let wrong = |why| field(Element::SealCode, why);
        let length = text.chars().count();
        if length != 13 {
            return Err(wrong(Why::Length { found: length }));
        }
        if let Some(at) = first_misfit(text, |_, c| c.is_ascii_digit()) {
            return Err(wrong(Why::Character { at }));
        }
        let division =
            part(text, 0, 6).parse().map_err(|_division: IdentifierError| wrong(Why::Division))?;
        let check = mod_11_10(part(text, 0, 12)).map(String::from);
        verify(Element::SealCode, part(text, 12, 13), check)?;
        let text = Ascii::new(text).ok_or_else(|| wrong(Why::Unknown))?;
        Ok(Self { text, division })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn nansha() -> Division {
        "440115".parse().unwrap()
    }

    #[test]
    fn food_numbers_in_use_verify() {
        let made = FoodLicenceNo::assemble(FoodPaper::Licence, FoodFormat::Catering, nansha(), 218)
            .unwrap();
        assert_eq!(made.to_string(), "JY24401150002186");
        for text in ["JY13301080111719", "JY13501040006708", "JY14419082492249"] {
            let number: FoodLicenceNo = text.parse().unwrap();
            assert_eq!((number.paper(), number.format()), (FoodPaper::Licence, FoodFormat::Sales));
        }
        let filing =
            FoodLicenceNo::assemble(FoodPaper::Filing, FoodFormat::Sales, nansha(), 7).unwrap();
        assert_eq!((filing.paper(), filing.as_str().len()), (FoodPaper::Filing, 16));
    }

    #[test]
    fn faults_of_food_numbers_are_named() {
        let element = Element::FoodLicenceNo;
        let table = [
            ("JY11113080533669", None),
            ("JY2440115000218", Some(Why::Length { found: 15 })),
            ("JX24401150002186", Some(Why::Prefix)),
            ("JY44401150002186", Some(Why::Character { at: 3 })),
            ("JY2440115000218X", Some(Why::Character { at: 16 })),
            ("JY29901150002186", Some(Why::Division)),
        ];
        for (text, why) in table {
            match (text.parse::<FoodLicenceNo>(), why) {
                (Err(IdentifierError::CheckDigit { .. }), None) => {}
                (Err(error), Some(why)) => assert_eq!(error, field(element, why), "{text}"),
                (other, _) => panic!("{text}: {other:?}"),
            }
        }
        let long =
            FoodLicenceNo::assemble(FoodPaper::Licence, FoodFormat::Sales, nansha(), 1_000_000);
        assert_eq!(long, Err(field(element, Why::Length { found: 17 })));
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_found(serial in 0_u32..1_000_000, at in 0_usize..16, by in 1_u32..10) {
            let spoil = |text: &str| -> String {
                text.chars().enumerate().map(|(i, c)| match c.to_digit(10) {
                    Some(d) if i == at => char::from_digit((d + by) % 10, 10).unwrap(),
                    _ => c,
                }).collect()
            };
            let food = FoodLicenceNo::assemble(FoodPaper::Licence, FoodFormat::Catering, nansha(), serial).unwrap();
            prop_assert_eq!(food.as_str().parse::<FoodLicenceNo>(), Ok(food));
            if at >= 2 {
                prop_assert!(spoil(food.as_str()).parse::<FoodLicenceNo>().is_err());
            }
            let seal = SealCode::assemble(nansha(), serial).unwrap();
            prop_assert_eq!(seal.as_str().parse::<SealCode>(), Ok(seal));
            if at < 13 {
                prop_assert!(spoil(seal.as_str()).parse::<SealCode>().is_err());
            }
        }
    }
}
