//! What was typed against what the register says (与登记证书一致): field by field, folded.

use codes::{Date, Vin};
use elements::comparable;
use serde::{Deserialize, Serialize};

/// A vehicle as somebody describes it; what they do not say is not compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VehicleFacts {
    /// 车辆识别代号.
    #[serde(default)]
    pub vin: Option<Vin>,
    /// 发动机/驱动电机号.
    #[serde(default)]
    pub engine_no: Option<String>,
    /// 机动车登记证书编号.
    #[serde(default)]
    pub reg_cert_no: Option<String>,
    /// 品牌.
    #[serde(default)]
    pub brand: Option<String>,
    /// 型号.
    #[serde(default)]
    pub model: Option<String>,
    /// 所有人.
    #[serde(default)]
    pub owner_name: Option<String>,
    /// 初次登记日期.
    #[serde(default)]
    pub first_reg_date: Option<Date>,
    /// 转让待出口登记日期.
    #[serde(default)]
    pub transfer_date: Option<Date>,
}

/// A field in which two descriptions differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diff {
    /// Its key.
    pub key: String,
    /// What was typed.
    pub typed: String,
    /// What the register says.
    pub register: String,
}

impl VehicleFacts {
    fn texts(&self) -> [(&'static str, Option<String>); 8] {
        [
            ("vin", self.vin.map(|vin| vin.to_string())),
            ("engine_no", self.engine_no.clone()),
            ("reg_cert_no", self.reg_cert_no.clone()),
            ("brand", self.brand.clone()),
            ("model", self.model.clone()),
            ("owner_name", self.owner_name.clone()),
            ("first_reg_date", self.first_reg_date.map(|day| day.to_string())),
            ("transfer_date", self.transfer_date.map(|day| day.to_string())),
        ]
    }
}

/// Where what was typed is not what the register says, in the order of the form; texts are compared after NFKC, with
/// brackets and blanks folded.
#[must_use]
pub fn compare(typed: &VehicleFacts, register: &VehicleFacts) -> Vec<Diff> {
    typed
        .texts()
        .into_iter()
        .zip(register.texts())
        .filter_map(|((key, typed), (_, register))| {
            let (typed, register) = (typed?, register?);
            (comparable(&typed) != comparable(&register)).then(|| Diff {
                key: key.to_owned(),
                typed,
                register,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> VehicleFacts {
        VehicleFacts {
            vin: Some("LSVAU2A34N2183294".parse().unwrap()),
            engine_no: Some("CST 123456".to_owned()),
            reg_cert_no: Some("440012345678".to_owned()),
            brand: Some("大众牌（VOLKSWAGEN）".to_owned()),
            model: Some("SVW71410AM".to_owned()),
            owner_name: Some("广州某某（汽车）出口有限公司".to_owned()),
            first_reg_date: Some(Date::constant(2022, 7, 1)),
            transfer_date: Some(Date::constant(2026, 3, 1)),
        }
    }

    #[test]
    fn width_brackets_case_and_blanks_are_no_difference() {
        let typed = VehicleFacts {
            engine_no: Some("ｃｓｔ１２３４５６".to_owned()),
            brand: Some("大众牌(VolksWagen)".to_owned()),
            owner_name: Some("广州某某(汽车)出口有限公司 ".to_owned()),
            ..facts()
        };
        assert_eq!(compare(&typed, &facts()), []);
        assert_eq!(
            compare(&VehicleFacts::default(), &facts()),
            [],
            "nothing said, nothing differs"
        );
    }

    #[test]
    fn each_difference_is_named_by_its_key() {
        let typed = VehicleFacts {
            vin: Some("LSVAU2A37N2183294".parse().unwrap()),
            engine_no: Some("X".to_owned()),
            reg_cert_no: Some("440012345679".to_owned()),
            brand: Some("X".to_owned()),
            model: Some("X".to_owned()),
            owner_name: Some("X".to_owned()),
            first_reg_date: Some(Date::constant(2022, 7, 2)),
            transfer_date: Some(Date::constant(2026, 3, 2)),
        };
        let found = compare(&typed, &facts());
        let keys: Vec<&str> = found.iter().map(|diff| diff.key.as_str()).collect();
        let all = [
            "vin",
            "engine_no",
            "reg_cert_no",
            "brand",
            "model",
            "owner_name",
            "first_reg_date",
            "transfer_date",
        ];
        assert_eq!(keys, all);
        assert_eq!(
            (found[6].typed.as_str(), found[6].register.as_str()),
            ("2022-07-02", "2022-07-01")
        );
    }
}
