//! What the law asks of a trade name (字号), before it is compared with others.

use crate::claim::ClaimKey;
use codes::{Code, Coded, Division, Label, Reason};

/// Contents that 企业名称登记管理规定 11 forbids, as words; a person judges what a list cannot.
const FORBIDDEN: [&str; 14] = [
    "国家",
    "中央",
    "国际组织",
    "人民政府",
    "政党",
    "党政",
    "军队",
    "武警",
    "法院",
    "检察",
    "公安局",
    "邪教",
    "赌博",
    "色情",
];

/// Words of industry and form that are no trade name by themselves (名称规定 8).
const INDUSTRY_WORDS: [&str; 16] = [
    "餐饮", "科技", "贸易", "管理", "咨询", "软件", "物流", "文化", "传媒", "建筑", "装饰", "实业",
    "商贸", "电子", "服务", "公司",
];

/// What is wrong with a trade name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// Fewer than two Chinese characters.
    #[error("a trade name has at least two Chinese characters")]
    TooShort,
    /// It is nothing but a division or an industry.
    #[error("`{0}` is a division or an industry, no trade name")]
    NotDistinctive(String),
    /// It holds forbidden content.
    #[error("`{0}` is not allowed in a name")]
    Forbidden(String),
}

impl Coded for NameFault {
    fn code(&self) -> Code {
        match self {
            Self::TooShort => Code::new("REG", 4),
            Self::NotDistinctive(_) => Code::new("REG", 5),
            Self::Forbidden(_) => Code::new("REG", 6),
        }
    }

    fn reason(&self) -> Reason {
        match self {
            Self::TooShort => "NAME_TOO_SHORT",
            Self::NotDistinctive(_) => "NAME_NOT_DISTINCTIVE",
            Self::Forbidden(_) => "NAME_FORBIDDEN",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::TooShort => Label::new(
                "字号应当由两个以上汉字组成（企业名称登记管理规定第八条）。",
                "A trade name consists of at least two Chinese characters.",
            ),
            Self::NotDistinctive(word) => Label::new(
                format!(
                    "“{word}”是行政区划或者行业用语，不能单独作为字号（企业名称登记管理规定第八条）。"
                ),
                format!(
                    "`{word}` is a division or an industry and cannot be a trade name by itself."
                ),
            ),
            Self::Forbidden(word) => Label::new(
                format!("名称不得含有“{word}”（企业名称登记管理规定第十一条）。"),
                format!("A name must not contain `{word}`."),
            ),
        }
    }
}

/// Judges a trade name.
///
/// # Errors
/// The first fault.
///
/// # Source
/// 企业名称登记管理规定 art. 8, 11.
pub fn check_trade_name(trade_name: &str) -> Result<(), NameFault> {
    let han = trade_name.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count();
    if han < 2 || han != trade_name.chars().count() {
        return Err(NameFault::TooShort);
    }
    let is_division = Division::all().any(|division| {
        division.name().is_some_and(|name| {
            name == trade_name || name.trim_end_matches(['省', '市', '区', '县']) == trade_name
        })
    });
    if is_division || INDUSTRY_WORDS.contains(&trade_name) {
        return Err(NameFault::NotDistinctive(trade_name.to_owned()));
    }
    match FORBIDDEN.iter().find(|word| trade_name.contains(*word)) {
        Some(word) => Err(NameFault::Forbidden((*word).to_owned())),
        None => Ok(()),
    }
}

/// The key under which names compete: the organ and the trade name.
#[must_use]
pub fn claim_key(organ: &str, trade_name: &str) -> ClaimKey {
    let folded: String = trade_name.chars().filter(|c| !c.is_whitespace()).collect();
    ClaimKey(format!("name/{organ}/{folded}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trade_names_are_judged_by_the_law() {
        let table = [
            ("青禾", Ok(())),
            ("禾", Err("NAME_TOO_SHORT")),
            ("Q禾", Err("NAME_TOO_SHORT")),
            ("广州", Err("NAME_NOT_DISTINCTIVE")),
            ("餐饮", Err("NAME_NOT_DISTINCTIVE")),
            ("国家青禾", Err("NAME_FORBIDDEN")),
        ];
        for (name, expected) in table {
            assert_eq!(check_trade_name(name).map_err(|fault| fault.reason()), expected, "{name}");
        }
    }
}
