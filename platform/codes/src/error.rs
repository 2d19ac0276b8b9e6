//! What is wrong with an identifier: its check character, or its shape.

use crate::{Code, Coded, Label, Reason};
use std::fmt;

/// The identifier a failure is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "`label` names each in both languages")]
pub enum Element {
    Uscc,
    OrganisationCode,
    ResidentId,
    HkMoPermit,
    TaiwanPermit,
    Passport,
    ResidencePermit,
    ForeignPermanent,
    IdType,
    Sex,
    Division,
    Country,
    Industry,
    FoodLicenceNo,
    SealCode,
    CaseNo,
    Mobile,
    RealEstateUnitNo,
    HsCode,
    Vin,
}

impl Element {
    /// The key used in problems and samples, such as `uscc`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Uscc => "uscc",
            Self::OrganisationCode => "uscc.body",
            Self::ResidentId => "resident_id",
            Self::HkMoPermit => "hk_mo_permit",
            Self::TaiwanPermit => "taiwan_permit",
            Self::Passport => "passport",
            Self::ResidencePermit => "residence_permit",
            Self::ForeignPermanent => "foreign_permanent",
            Self::IdType => "id_type",
            Self::Sex => "sex",
            Self::Division => "division",
            Self::Country => "nationality",
            Self::Industry => "industry_code",
            Self::FoodLicenceNo => "food_licence_no",
            Self::SealCode => "seal_code",
            Self::CaseNo => "case_no",
            Self::Mobile => "mobile",
            Self::RealEstateUnitNo => "real_estate_unit_no",
            Self::HsCode => "hs_code",
            Self::Vin => "vin",
        }
    }

    /// The name in both languages.
    #[must_use]
    pub fn label(self) -> Label {
        let (zh, en) = match self {
            Self::Uscc => ("统一社会信用代码", "Unified social credit code"),
            Self::OrganisationCode => ("主体标识码", "Body of the unified social credit code"),
            Self::ResidentId => ("公民身份号码", "Resident identity number"),
            Self::HkMoPermit => ("港澳居民来往内地通行证号码", "Hong Kong and Macao permit number"),
            Self::TaiwanPermit => ("台湾居民来往大陆通行证号码", "Taiwan permit number"),
            Self::Passport => ("护照号码", "Passport number"),
            Self::ResidencePermit => ("港澳台居民居住证号码", "Residence permit number"),
            Self::ForeignPermanent => {
                ("外国人永久居留身份证号码", "Foreign permanent resident number")
            }
            Self::IdType => ("证件类型", "Identity document type"),
            Self::Sex => ("性别", "Sex"),
            Self::Division => ("行政区划代码", "Division code"),
            Self::Country => ("国籍（地区）", "Country code"),
            Self::Industry => ("行业代码", "Industry code"),
            Self::FoodLicenceNo => ("食品经营许可证编号", "Food licence number"),
            Self::SealCode => ("印章编码", "Seal code"),
            Self::CaseNo => ("办件编号", "Case number"),
            Self::Mobile => ("移动电话", "Mobile number"),
            Self::RealEstateUnitNo => ("不动产单元号", "Real-estate unit number"),
            Self::HsCode => ("商品编码", "Commodity code"),
            Self::Vin => ("车辆识别代号", "Vehicle identification number"),
        };
        Label::new(zh, en)
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// Why a text has not the shape of its identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// It has the wrong number of characters.
    Length {
        /// How many characters the text has.
        found: usize,
    },
    /// A character that does not belong where it stands.
    Character {
        /// Its place, counted from one.
        at: usize,
    },
    /// The beginning is not one the standard knows.
    Prefix,
    /// The six digits are no division of GB/T 2260.
    Division,
    /// Eight digits that are no day of the calendar, or a birth before 1850.
    BirthDate,
    /// The date part is no day of the calendar.
    Date,
    /// The section letter and the digits do not belong together.
    Section,
    /// The feature of a parcel (宗地特征码) is none of construction land.
    FeatureUnknown,
    /// It is not a member of its list.
    Unknown,
}

impl Why {
    /// The slug in problems.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Length { .. } => "LENGTH",
            Self::Character { .. } => "CHARACTER",
            Self::Prefix => "PREFIX",
            Self::Division => "DIVISION",
            Self::BirthDate => "BIRTH_DATE",
            Self::Date => "DATE",
            Self::Section => "SECTION",
            Self::FeatureUnknown => "FEATURE_UNKNOWN",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// The reason in both languages, without full stop.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Length { found } => Label::new(
                format!("长度不符（共{found}位）"),
                format!("wrong length ({found} characters)"),
            ),
            Self::Character { at } => Label::new(
                format!("第{at}位字符不符"),
                format!("character {at} does not belong there"),
            ),
            Self::Prefix => Label::new("开头不符", "unknown beginning"),
            Self::Division => Label::new("区划代码不存在", "no such division"),
            Self::BirthDate => Label::new("出生日期不存在", "no such birth date"),
            Self::Date => Label::new("日期不存在", "no such date"),
            Self::Section => {
                Label::new("门类字母与数字不对应", "the section letter does not match the digits")
            }
            Self::FeatureUnknown => {
                Label::new("的宗地特征码不是建设用地", "no feature of construction land")
            }
            Self::Unknown => Label::new("不在代码表中", "not in the code list"),
        }
    }
}

/// A text that is no valid identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// The shape is right, the check characters are not.
    #[error("{element}: the check fails, `{expected}` expected")]
    CheckDigit {
        /// Which identifier.
        element: Element,
        /// The check characters that the rest of the text demands.
        expected: String,
    },
    /// The shape is wrong.
    #[error("{element}: {}", why.label().en)]
    Field {
        /// Which identifier.
        element: Element,
        /// What is wrong with it.
        why: Why,
    },
}

impl IdentifierError {
    /// The identifier the failure is about.
    #[must_use]
    pub const fn element(&self) -> Element {
        match self {
            Self::CheckDigit { element, .. } | Self::Field { element, .. } => *element,
        }
    }
}

impl Coded for IdentifierError {
    fn code(&self) -> Code {
        match self {
            Self::CheckDigit { .. } => Code::new("CDE", 1),
            Self::Field { .. } => Code::new("CDE", 2),
        }
    }

    fn reason(&self) -> Reason {
        match self {
            Self::CheckDigit { .. } => "CHECK_DIGIT",
            Self::Field { .. } => "FIELD",
        }
    }

    fn label(&self) -> Label {
        let name = self.element().label();
        match self {
            Self::CheckDigit { expected, .. } => Label::new(
                format!("{}的校验码不符，应为“{expected}”，请核对后重新填写。", name.zh),
                format!(
                    "{}: the check character should be {expected}; please compare and correct it.",
                    name.en
                ),
            ),
            Self::Field { why, .. } => {
                let why = why.label();
                Label::new(
                    format!("{}{}，请核对后重新填写。", name.zh, why.zh),
                    format!("{}: {}; please correct it.", name.en, why.en),
                )
            }
        }
    }

    fn fields(&self) -> Option<String> {
        // Keys, slugs and check characters are plain ASCII without quotes.
        Some(match self {
            Self::CheckDigit { element, expected } => {
                format!(r#"{{"element":"{element}","expected":"{expected}"}}"#)
            }
            Self::Field { element, why } => {
                format!(r#"{{"key":"{element}","why":"{}"}}"#, why.slug())
            }
        })
    }
}

/// Shorthand for a failure of shape.
pub(crate) const fn field(element: Element, why: Why) -> IdentifierError {
    IdentifierError::Field { element, why }
}

/// Compares the check characters found with those computed (`None`: the text is not of the scheme).
pub(crate) fn verify(
    element: Element,
    found: &str,
    expected: Option<String>,
) -> Result<(), IdentifierError> {
    match expected {
        Some(expected) if expected == found => Ok(()),
        Some(expected) => Err(IdentifierError::CheckDigit { element, expected }),
        None => Err(field(element, Why::Unknown)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_tells_code_reason_fields_and_both_languages() {
        let error = IdentifierError::CheckDigit { element: Element::Uscc, expected: "J".into() };
        assert_eq!(error.code().to_string(), "CDE-0001");
        assert_eq!(error.reason(), "CHECK_DIGIT");
        assert_eq!(error.fields().as_deref(), Some(r#"{"element":"uscc","expected":"J"}"#));
        assert_eq!(error.label().zh, "统一社会信用代码的校验码不符，应为“J”，请核对后重新填写。");
        let error = field(Element::Mobile, Why::Length { found: 3 });
        assert_eq!(error.fields().as_deref(), Some(r#"{"key":"mobile","why":"LENGTH"}"#));
        assert_eq!(
            error.label().en,
            "Mobile number: wrong length (3 characters); please correct it."
        );
    }
}
