//! A licence as a verifiable credential (可验证凭证, SD-JWT VC): what everybody sees of it, and what its holder may show.

use crate::errand::Outside;
use crate::error::LicenceError;
use crate::model::{Credential, StatusPlace};
use crate::queries::LicenceRow;
use crate::sd_jwt::{self, Disclosure, SdJwt};
use codes::{Label, Moment};
use documents::{Datum, Template, Values};
use seals::{KeyRecord, Keys, SignError, jws};
use serde_json::{Map, Value as Json, json};

/// The type of the credentials of a kind of licence: an address under which the type is described.
#[must_use]
pub fn vct(portal: &str, kind: &str) -> String {
    format!("{}/licences/types/{kind}", portal.trim_end_matches('/'))
}

/// What stands on a licence, claim by claim: every declared value but its codes, personal ones too, since nobody but the
/// holder shows them; and its number and name.
#[must_use]
pub fn claims(template: &Template, values: &Values, row: &LicenceRow) -> Vec<(String, Json)> {
    let mut claims: Vec<(String, Json)> = template
        .values()
        .iter()
        .filter(|(_, declared)| declared.kind != documents::Kind::Qr)
        .filter_map(|(key, _)| Some(claim(key, values.get(key)?)))
        .collect();
    let own = [("number", json!(row.number)), ("title", json!(row.title.zh))];
    for (name, value) in own {
        if !claims.iter().any(|(known, _)| known == name) {
            claims.push((name.to_owned(), value));
        }
    }
    claims
}

/// A value under the name that says its unit.
fn claim(key: &str, datum: &Datum) -> (String, Json) {
    match datum {
        Datum::MoneyFen(fen) => (format!("{key}_fen"), json!(fen)),
        other => (key.to_owned(), value(other)),
    }
}

fn value(datum: &Datum) -> Json {
    match datum {
        Datum::Text(text) => json!(text),
        Datum::Texts(texts) => json!(texts),
        Datum::Date(date) => json!(date),
        Datum::Moment(moment) => json!(moment),
        Datum::MoneyFen(fen) => json!(fen),
        Datum::Integer(number) => json!(number),
        Datum::Decimal(number) => json!(number.to_string()),
        Datum::Flag(flag) => json!(flag),
        Datum::Rows(rows) => rows
            .iter()
            .map(|row| row.iter().map(|(key, datum)| claim(key, datum)).collect::<Map<_, _>>())
            .map(Json::Object)
            .collect(),
    }
}

/// Signs a credential: what everybody sees, and digests of the rest.
///
/// # Errors
/// Those of [`Keys::sign`].
pub(crate) fn sign(
    keys: &dyn Keys,
    key: &KeyRecord,
    at: Moment,
    portal: &str,
    (row, place): (&LicenceRow, &StatusPlace),
    disclosures: &[Disclosure],
) -> Result<String, SignError> {
    let seconds = |moment: Moment| moment.us().div_euclid(1_000_000);
    let mut shown = Map::new();
    let mut show = |name: &str, value: Json| shown.insert(name.to_owned(), value);
    show("iss", json!(portal.trim_end_matches('/')));
    show("vct", json!(vct(portal, &row.order.template)));
    show("iat", json!(seconds(at)));
    show("nbf", json!(seconds(Moment::start_of(row.order.valid_from))));
    if let Some(last) = row.order.valid_to {
        show("exp", json!(seconds(Moment::end_of(last))));
    }
    show("issuing_authority", json!(row.order.issuer.name));
    let uri = place.address(portal);
    show("status", json!({"status_list": {"idx": place.index, "uri": uri}}));
    let payload = sd_jwt::payload(shown, disclosures, key.key.algorithm());
    jws::attached(keys, key, at, sd_jwt::TYPE, &seals::canonical_json(&payload)?)
}

/// What a type of credential is and what its claims are called (draft SD-JWT VC, type metadata).
#[must_use]
pub fn metadata(portal: &str, template: &Template) -> Json {
    let display = |label: &Label| {
        json!([
            {"lang": "zh-CN", "label": label.zh, "name": label.zh},
            {"lang": "en", "label": label.en, "name": label.en},
        ])
    };
    let claims: Vec<Json> = template
        .values()
        .iter()
        .filter(|(_, declared)| declared.kind != documents::Kind::Qr)
        .map(|(key, declared)| {
            let is_money = declared.kind == documents::Kind::Money;
            let name = if is_money { format!("{key}_fen") } else { key.clone() };
            json!({"path": [name], "display": display(&declared.label), "sd": "always"})
        })
        .collect();
    json!({
        "vct": vct(portal, template.id()),
        "name": template.title().zh,
        "display": display(template.title()),
        "claims": claims,
    })
}

/// The whole credential of a licence, for its holder.
///
/// # Errors
/// `LIC-0015` where it has none or its claims were erased, and those of the stores.
pub(crate) async fn of_holder(
    outside: &Outside,
    credential: &Credential,
) -> Result<SdJwt, LicenceError> {
    let lost = |_fault: &dyn std::error::Error| LicenceError::NoCredential;
    let jwt = outside.blobs.get(&credential.jwt).await.map_err(|fault| lost(&fault))?;
    let jwt = String::from_utf8(jwt).map_err(|fault| lost(&fault))?;
    let texts = outside.vault.read(&credential.disclosures).await.map_err(|fault| lost(&fault))?;
    let texts: Vec<String> = serde_json::from_slice(&texts).map_err(|fault| lost(&fault))?;
    let disclosures = texts.iter().map(|text| Disclosure::read(text)).collect::<Result<_, _>>()?;
    Ok(SdJwt { jwt, disclosures, binding: None })
}

/// What a claim is called, for people: as the template calls its value.
#[must_use]
pub fn label(template: Option<&Template>, name: &str) -> Label {
    let declared = template.and_then(|template| {
        let key = name.strip_suffix("_fen").unwrap_or(name);
        let values = template.values();
        values.get(name).or_else(|| values.get(key)).map(|declared| declared.label.clone())
    });
    declared.unwrap_or_else(|| match name {
        "number" => Label::new("证照编号", "Number"),
        "title" => Label::new("证照名称", "Name of the licence"),
        other => Label::new(other, other),
    })
}

/// A claim's value as a line for people.
#[must_use]
pub fn line(name: &str, value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(items) => {
            items.iter().map(|item| line("", item)).collect::<Vec<_>>().join("；")
        }
        Json::Object(members) => {
            members.iter().map(|(name, value)| line(name, value)).collect::<Vec<_>>().join(" ")
        }
        Json::Number(number) if name.ends_with("_fen") => number.as_i64().map_or_else(
            || number.to_string(),
            |fen| format!("{} 元", documents::grouped_yuan(fen)),
        ),
        Json::Bool(true) => "是".to_owned(),
        Json::Bool(false) => "否".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_claims_that_say_their_unit() {
        let rows = vec![Values::new().text("name", "陈思远").money_fen("amount", 1)];
        for (key, datum, name, expected) in [
            ("name", Datum::Text("青禾".to_owned()), "name", json!("青禾")),
            ("capital", Datum::MoneyFen(500), "capital_fen", json!(500)),
            ("on", Datum::Date(codes::Date::constant(2026, 2, 12)), "on", json!("2026-02-12")),
            ("chain", Datum::Flag(true), "chain", json!(true)),
            ("holders", Datum::Rows(rows), "holders", json!([{"name": "陈思远", "amount_fen": 1}])),
        ] {
            assert_eq!(claim(key, &datum), (name.to_owned(), expected));
        }
    }

    #[test]
    fn a_value_is_a_line_that_people_read() {
        for (name, value, expected) in [
            ("capital_fen", json!(500_000_000), "5,000,000.00 元"),
            ("chain", json!(false), "否"),
            (
                "holders",
                json!([{"name": "陈思远", "amount_fen": 100}, {"name": "李"}]),
                "陈思远 1.00 元；李",
            ),
            ("count", json!(3), "3"),
        ] {
            assert_eq!(line(name, &value), expected);
        }
        assert_eq!(label(None, "number").zh, "证照编号");
    }
}
