//! Canonical JSON (RFC 8785): the same value always gives the same bytes.

use crate::SealError;
use serde::Serialize;
use serde_json::Value;

/// The largest integer that canonical JSON can carry exactly: 2^53 − 1 (RFC 8785 section 3.2.2.3, RFC 7493 section 2.2).
const SAFE_INTEGER_MAX: u64 = (1 << 53) - 1;

/// The canonical bytes of anything that serialises to JSON.
///
/// # Errors
/// `SEL-0002` when the value cannot be JSON, or holds an integer beyond ±(2^53 − 1): canonical JSON would round it, and
/// two different amounts would get one signature. Write such an integer as text.
pub fn canonical_json<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, SealError> {
    let value = serde_json::to_value(value).map_err(SealError::NotJson)?;
    canonical_value(&value)
}

/// The canonical bytes of a JSON value.
///
/// # Errors
/// As [`canonical_json`].
pub fn canonical_value(value: &Value) -> Result<Vec<u8>, SealError> {
    check_integers(value)?;
    serde_json_canonicalizer::to_vec(value).map_err(SealError::NotJson)
}

fn check_integers(value: &Value) -> Result<(), SealError> {
    match value {
        Value::Number(number) => {
            let magnitude = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            match magnitude {
                Some(magnitude) if magnitude > SAFE_INTEGER_MAX => {
                    Err(SealError::IntegerTooLarge { value: number.to_string() })
                }
                _ => Ok(()),
            }
        }
        Value::Array(items) => items.iter().try_for_each(check_integers),
        Value::Object(members) => members.values().try_for_each(check_integers),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_sample_of_the_standard_comes_out_byte_for_byte() {
        // RFC 8785 section 3.2.2 (input) and 3.2.4 (bytes), as text.
        let input = r#"{
          "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
          "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
          "literals": [null, true, false]
        }"#;
        let expected = "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],\
            \"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}";
        let value: Value = serde_json::from_str(input).unwrap();
        assert_eq!(String::from_utf8(canonical_value(&value).unwrap()).unwrap(), expected);
    }

    #[test]
    fn members_are_sorted_by_utf16() {
        // RFC 8785 section 3.2.3.
        let value = json!({"€": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "😀": 5, "\u{80}": 6, "ö": 7});
        let text = String::from_utf8(canonical_value(&value).unwrap()).unwrap();
        assert_eq!(
            text,
            "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{fb33}\":3}"
        );
    }

    #[test]
    fn an_integer_that_would_be_rounded_is_refused() {
        let max = 9_007_199_254_740_991_i64;
        assert_eq!(
            canonical_json(&json!([max, -max])).unwrap(),
            b"[9007199254740991,-9007199254740991]"
        );
        for value in [json!({"amount_fen": [max + 1]}), json!(-max - 1), json!(u64::MAX)] {
            let error = canonical_json(&value).unwrap_err();
            assert!(matches!(error, SealError::IntegerTooLarge { .. }), "{error}");
        }
    }
}
