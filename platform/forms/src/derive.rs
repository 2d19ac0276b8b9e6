//! Derived elements: computed from other answers, read from a 居民身份证, or taken over from the registered address.

use crate::answers::{Answers, Attributes, Holders};
use crate::crosswalks::{Crosswalks, registration_authority};
use codes::{IdNumber, IdType};
use elements::{Dictionary, Fen, Key, Value};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

impl Answers {
    /// The answers with everything that follows from them.
    ///
    /// The name is composed of its parts, the registration organ follows from the division, the headcount from the rows of
    /// employees, the injury risk class from the industry, each shareholder's ratio from the subscribed amounts, sex, birth
    /// date and nationality from a 居民身份证, and the business address from the registered one where none is given. What
    /// does not follow stays as it stands, such as the name of an enterprise that exists already.
    #[must_use]
    pub fn completed(&self, dictionary: &Dictionary, maps: &Crosswalks) -> Self {
        let mut all = self.clone();
        let derived = [
            ("enterprise_name", composed_name(&self.plain)),
            ("registration_authority", self.organ()),
            ("headcount", self.headcount()),
            ("injury_risk_class", risk_class(&self.plain, maps)),
        ];
        for (key, value) in derived {
            if let (Some(element), Some(value)) = (dictionary.element(key), value) {
                all.plain.insert(element.key.clone(), value);
            }
        }
        if let (Some(element), Some(address)) =
            (dictionary.element("business_address"), self.registered_address())
        {
            all.plain.entry(element.key.clone()).or_insert(address);
        }
        for card in all.cards.values_mut() {
            for (key, value) in read_from_id(card) {
                if let Some(element) = dictionary.person(key) {
                    card.insert(element.key.clone(), value);
                }
            }
        }
        all.add_ratios(dictionary);
        all
    }

    fn organ(&self) -> Option<Value> {
        let division = self.plain.get("address_division")?.as_text()?.parse().ok()?;
        registration_authority(division).map(Value::Text)
    }

    fn headcount(&self) -> Option<Value> {
        let rows = self.roles.get("employee")?.as_slice().len();
        i64::try_from(rows).ok().map(Value::Int)
    }

    fn registered_address(&self) -> Option<Value> {
        let parts = [("division", "address_division"), ("detail", "address_detail")];
        let part = |(to, from): (&str, &str)| {
            self.plain.get(from).map(|value| (to.to_owned(), value.clone()))
        };
        parts.into_iter().map(part).collect::<Option<BTreeMap<_, _>>>().map(Value::Map)
    }

    /// Ratios in per cent with two decimals that add up to 100.00: largest remainder, ties to the earlier row.
    fn add_ratios(&mut self, dictionary: &Dictionary) {
        let Some(key) =
            dictionary.role("shareholder").and_then(|role| role.attributes.get("ratio"))
        else {
            return;
        };
        let Some(Holders::Many(rows)) = self.roles.get_mut("shareholder") else { return };
        let amount = |attributes: &Attributes| {
            let fen = attributes.get("subscribed_amount").and_then(Value::as_int)?;
            u64::try_from(fen).ok()
        };
        let Some(weights) =
            rows.iter().map(|row| amount(&row.attributes)).collect::<Option<Vec<u64>>>()
        else {
            return;
        };
        let Some(parts) = Fen(10_000).split(&weights) else { return };
        for (row, part) in rows.iter_mut().zip(parts) {
            row.attributes
                .insert(key.key.clone(), Value::Text(Decimal::new(part.0, 2).to_string()));
        }
    }
}

/// The name by its pattern: 广州青禾餐饮管理有限公司, or 青禾（广州）餐饮管理有限公司.
fn composed_name(plain: &Attributes) -> Option<Value> {
    let part = |key: &str| plain.get(key).and_then(Value::as_text);
    let (place, trade) = (part("name_division")?, part("trade_name")?);
    let (industry, form) = (part("name_industry")?, part("org_form")?);
    match part("name_pattern")? {
        "区划在前" => Some(Value::Text(format!("{place}{trade}{industry}{form}"))),
        "区划居中" => Some(Value::Text(format!("{trade}（{place}）{industry}{form}"))),
        _ => None,
    }
}

fn risk_class(plain: &Attributes, maps: &Crosswalks) -> Option<Value> {
    let map: Key = "injury_risk_class".parse().ok()?;
    let class = maps.map(&map, plain.get("industry_code")?.as_text()?)?;
    class.parse().ok().map(Value::Int)
}

/// Sex, birth date and nationality of a card with a valid 居民身份证; nothing of any other.
pub(crate) fn read_from_id(card: &Attributes) -> Vec<(&'static str, Value)> {
    let part = |key: &str| card.get(key).and_then(Value::as_text);
    let Some(kind) = part("id_type").and_then(|kind| kind.parse::<IdType>().ok()) else {
        return Vec::new();
    };
    if !kind.tells_the_person() {
        return Vec::new();
    }
    let Some(id) = part("id_number").and_then(|number| IdNumber::parse(kind, number).ok()) else {
        return Vec::new();
    };
    let sex = id.sex().map(|sex| ("sex", Value::Text(sex.code().to_string())));
    let birth = id.birth_date().map(|date| ("birth_date", Value::from(date)));
    let nationality =
        id.nationality().map(|country| ("nationality", Value::Text(country.to_string())));
    [sex, birth, nationality].into_iter().flatten().collect()
}
