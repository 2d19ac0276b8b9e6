//! Numbers of certificates and proofs (不动产权证号、不动产登记证明号).

use codes::{Code, Coded, Division, Label, Reason};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The serials of an office and year; the law prints seven digits, some offices print eight.
const SERIAL_MAX: u32 = 99_999_999;

/// One-character names of the provinces in certificate numbers (省、自治区、直辖市简称).
const PROVINCES: &str = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新港澳台国";

/// The provinces by the first two digits of their divisions, with those one-character names.
const SHORT: [(u32, char); 31] = [
    (11, '京'),
    (12, '津'),
    (13, '冀'),
    (14, '晋'),
    (15, '蒙'),
    (21, '辽'),
    (22, '吉'),
    (23, '黑'),
    (31, '沪'),
    (32, '苏'),
    (33, '浙'),
    (34, '皖'),
    (35, '闽'),
    (36, '赣'),
    (37, '鲁'),
    (41, '豫'),
    (42, '鄂'),
    (43, '湘'),
    (44, '粤'),
    (45, '桂'),
    (46, '琼'),
    (50, '渝'),
    (51, '川'),
    (52, '贵'),
    (53, '云'),
    (54, '藏'),
    (61, '陕'),
    (62, '甘'),
    (63, '青'),
    (64, '宁'),
    (65, '新'),
];

/// What the number series of certificates and proofs ask for beside day and serial: `short` and `city`.
///
/// A municipality and what it has no prefectures between stand for their own city.
#[must_use]
pub fn certificate_facts(division: Division) -> BTreeMap<String, String> {
    let prefix = division.number() / 10_000;
    let short = SHORT.iter().find(|(known, _)| *known == prefix).map_or('国', |(_, short)| *short);
    let named = |division: Option<Division>| division.and_then(Division::name);
    let placeholder = |name: &&str| !matches!(*name, "市辖区" | "县");
    let city = named(division.prefecture())
        .filter(placeholder)
        .or_else(|| named(division.province()))
        .or_else(|| division.name())
        .unwrap_or("不动产登记局");
    BTreeMap::from([("short".to_owned(), short.to_string()), ("city".to_owned(), city.to_owned())])
}

/// Which paper a number stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paper {
    /// The certificate of a right (不动产权证书).
    Certificate,
    /// The proof of a registration (不动产登记证明): mortgage, advance notice, objection.
    Proof,
}

impl Paper {
    const ALL: [Self; 2] = [Self::Certificate, Self::Proof];

    /// The word in its number.
    #[must_use]
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Certificate => "不动产权",
            Self::Proof => "不动产证明",
        }
    }
}

/// The number of a certificate or a proof: `粤(2020)深圳市不动产权第0000001号`.
///
/// Seven digits are assigned; eight are read too, since some offices print them. Brackets and digits of full width are
/// folded, so that a number typed from paper is the same number.
///
/// # Source
/// 国土资源部关于启用不动产登记簿证样式（试行）的通知（国土资发〔2015〕25号）.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CertificateNo {
    /// The province by one character, such as 粤.
    pub province: char,
    /// The year of issue.
    pub year: u16,
    /// City or county, such as 深圳市.
    pub place: String,
    /// On which paper it stands.
    pub paper: Paper,
    /// Its serial within office and year.
    pub serial: u32,
    digits: usize,
}

impl CertificateNo {
    /// The number that an office assigns: seven digits.
    ///
    /// # Errors
    /// `R10-0001` where a part does not fit.
    pub fn assign(
        province: char,
        year: u16,
        place: &str,
        paper: Paper,
        serial: u32,
    ) -> Result<Self, NumberFault> {
        format!("{province}({year:04}){place}{}第{serial:07}号", paper.mark()).parse()
    }
}

impl fmt::Display for CertificateNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { province, year, place, paper, serial, digits } = self;
        let (mark, width) = (paper.mark(), *digits);
        write!(f, "{province}({year:04}){place}{mark}第{serial:0width$}号")
    }
}

/// A text that is no number of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no certificate number: {why}")]
pub struct NumberFault {
    /// What was given.
    pub text: String,
    /// Which part does not fit.
    pub why: &'static str,
}

impl Coded for NumberFault {
    fn code(&self) -> Code {
        Code::new("R10", 1)
    }
    fn reason(&self) -> Reason {
        "CERTIFICATE_NO"
    }
    fn label(&self) -> Label {
        Label::new(
            "证号的形式不对，应如“粤(2020)深圳市不动产权第0000001号”，请照证书填写。",
            "This is no certificate number; write it as on the certificate, such as 粤(2020)深圳市不动产权第0000001号.",
        )
    }
}

impl FromStr for CertificateNo {
    type Err = NumberFault;

    fn from_str(text: &str) -> Result<Self, NumberFault> {
        let wrong = |why| NumberFault { text: text.to_owned(), why };
        let folded = folded(text);
        let (head, rest) = folded.split_once('(').ok_or_else(|| wrong("year"))?;
        let mut head = head.chars();
        let province = match (head.next(), head.next()) {
            (Some(one), None) if PROVINCES.contains(one) => one,
            _ => return Err(wrong("province")),
        };
        let (year, rest) = rest.split_once(')').ok_or_else(|| wrong("year"))?;
        let year = digits(year, 4..=4).ok_or_else(|| wrong("year"))?;
        let year = u16::try_from(year).map_err(|_wide| wrong("year"))?;
        let (paper, place, rest) = Paper::ALL
            .into_iter()
            .find_map(|paper| {
                rest.split_once(paper.mark()).map(|(place, rest)| (paper, place, rest))
            })
            .ok_or_else(|| wrong("mark"))?;
        if place.is_empty() || place.chars().any(|c| c.is_ascii()) {
            return Err(wrong("place"));
        }
        let serial = rest.strip_prefix('第').and_then(|rest| rest.strip_suffix('号'));
        let written = serial.ok_or_else(|| wrong("serial"))?;
        let serial = digits(written, 7..=8).filter(|serial| (1..=SERIAL_MAX).contains(serial));
        let serial = serial.ok_or_else(|| wrong("serial"))?;
        let digits = written.chars().count();
        Ok(Self { province, year, place: place.to_owned(), paper, serial, digits })
    }
}

impl Serialize for CertificateNo {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CertificateNo {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The number as it is compared: brackets `(` and `)`, digits of half width, no spaces.
fn folded(text: &str) -> String {
    let one = |c: char| match c {
        '（' | '〔' | '[' | '［' | '【' => '(',
        '）' | '〕' | ']' | '］' | '】' => ')',
        '０'..='９' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        other => other,
    };
    text.chars().filter(|c| !c.is_whitespace()).map(one).collect()
}

fn digits(text: &str, widths: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let fits = widths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_is_read_however_it_was_typed() {
        let plain: CertificateNo = "粤(2020)深圳市不动产权第0000001号".parse().unwrap();
        assert_eq!((plain.year, plain.serial, plain.paper), (2020, 1, Paper::Certificate));
        for typed in
            ["粤（2020）深圳市不动产权第0000001号", "粤〔２０２０〕 深圳市不动产权第 0000001 号"]
        {
            assert_eq!(typed.parse::<CertificateNo>().unwrap(), plain, "{typed}");
        }
        let eight: CertificateNo = "粤(2021)广州市不动产权第00012345号".parse().unwrap();
        assert_eq!(eight.to_string(), "粤(2021)广州市不动产权第00012345号", "eight stay eight");
        let proof: CertificateNo = "粤(2020)深圳市不动产证明第0000002号".parse().unwrap();
        assert_eq!(proof.paper, Paper::Proof);
    }

    #[test]
    fn an_office_tells_province_and_city() {
        let of = |division: &str| {
            let facts = certificate_facts(division.parse().unwrap());
            format!("{}({})", facts["short"], facts["city"])
        };
        let table = [
            ("440305", "粤(深圳市)"),
            ("440300", "粤(深圳市)"),
            ("110101", "京(北京市)"),
            ("330106", "浙(杭州市)"),
        ];
        for (division, facts) in table {
            assert_eq!(of(division), facts, "{division}");
        }
    }

    #[test]
    fn faults_name_the_part() {
        let table = [
            ("", "year"),
            ("广东(2020)深圳市不动产权第0000001号", "province"),
            ("粤(20)深圳市不动产权第0000001号", "year"),
            ("粤(2020)深圳市房地产权第0000001号", "mark"),
            ("粤(2020)不动产权第0000001号", "place"),
            ("粤(2020)深圳市不动产权第000001号", "serial"),
            ("粤(2020)深圳市不动产权第000000001号", "serial"),
            ("粤(2020)深圳市不动产权第0000000号", "serial"),
            ("粤(2020)深圳市不动产权0000001", "serial"),
        ];
        for (text, why) in table {
            assert_eq!(text.parse::<CertificateNo>().unwrap_err().why, why, "{text}");
        }
        assert!(CertificateNo::assign('粤', 2020, "深圳市", Paper::Proof, 0).is_err());
    }

    proptest! {
        #[test]
        fn what_is_assigned_is_read_back(year in 2015_u16..2100, serial in 1_u32..=9_999_999) {
            let number = CertificateNo::assign('粤', year, "佛山市", Paper::Certificate, serial).unwrap();
            prop_assert_eq!(number.to_string().parse::<CertificateNo>().unwrap(), number);
        }
    }
}
