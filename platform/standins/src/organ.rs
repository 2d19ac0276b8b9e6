//! Scripts for a peer that plays an organ or a bank: how it works on what it is told.
//!
//! A script answers a message that names `case` and `task`, and leaves every other one without a word.

use crate::peer::{Reply, Script, When};
use seals::Digest;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A receiver that takes everything and says nothing: a recorder.
#[must_use]
pub fn records() -> Script {
    Arc::new(|_body| Vec::new())
}

/// An organ that accepts at once and grants so many seconds later.
#[must_use]
pub fn grants(after_s: i64) -> Script {
    accepts_and_decides(after_s, |_body| json!({"decision": "granted"}))
}

/// An organ that accepts at once and refuses so many seconds later, on this ground.
#[must_use]
pub fn refuses(
    after_s: i64,
    reason: impl Into<String>,
    article: impl Into<String>,
    remedy: impl Into<String>,
) -> Script {
    let ground =
        json!({"reason": reason.into(), "article": article.into(), "remedy": remedy.into()});
    accepts_and_decides(after_s, move |_body| json!({"decision": "refused", "ground": ground}))
}

/// A bank that accepts at once and opens an account so many seconds later; the number follows from the enterprise's code.
#[must_use]
pub fn opens_accounts(after_s: i64) -> Script {
    accepts_and_decides(after_s, |body| {
        let number = account_number(text(body, "uscc").unwrap_or_default());
        json!({"decision": "granted", "given": {"account_number": number}})
    })
}

/// An account number of 20 digits: the bank's own 44050158 and what follows from a text.
#[must_use]
pub fn account_number(of: &str) -> String {
    let digits = Digest::sha256(of.as_bytes());
    let tail: String =
        digits.bytes().iter().take(12).map(|byte| char::from(b'0' + byte % 10)).collect();
    format!("44050158{tail}")
}

fn accepts_and_decides(
    after_s: i64,
    decision: impl Fn(&Value) -> Value + Send + Sync + 'static,
) -> Script {
    Arc::new(move |body| {
        let accepted = about(body, "task.accepted", "回告受理情况", &json!({}));
        let decided = about(body, "task.decided", "回告办理结果", &decision(body));
        [(accepted, When::InReceipt), (decided, When::AfterSeconds(after_s))]
            .into_iter()
            .filter_map(|(body, when)| Some(Reply { body: body?, when }))
            .collect()
    })
}

/// A message about the case and task of another one, on its legal basis; none where that one names no task.
fn about(body: &Value, kind: &str, purpose: &str, more: &Value) -> Option<Value> {
    let mut members = Map::new();
    for (name, value) in [("kind", kind), ("purpose", purpose)] {
        members.insert(name.to_owned(), value.into());
    }
    for name in ["basis", "case", "task"] {
        members.insert(name.to_owned(), text(body, name)?.into());
    }
    members.extend(more.as_object().cloned().unwrap_or_default());
    Some(Value::Object(members))
}

fn text<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    body.get(name)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Value {
        json!({
            "kind": "enterprise.established", "purpose": "开户", "basis": "b", "case": "c1",
            "task": "bank", "uscc": "91440115MAD2K7Q49J",
        })
    }

    #[test]
    fn a_bank_opens_one_account_for_one_enterprise() {
        let replies = opens_accounts(60)(&asked());
        let [accepted, opened] = replies.as_slice() else { panic!("{replies:?}") };
        assert_eq!(
            (accepted.when, &accepted.body["kind"]),
            (When::InReceipt, &json!("task.accepted"))
        );
        assert_eq!(opened.when, When::AfterSeconds(60));
        let number = opened.body["given"]["account_number"].as_str().unwrap_or_default();
        assert!(number.len() == 20 && number.bytes().all(|byte| byte.is_ascii_digit()), "{number}");
        assert_eq!(opens_accounts(60)(&asked()), replies, "asked again, it is the same account");
        assert_ne!(account_number("91440115MAD2K7Q49J"), account_number("91440101MA5ANPQL4U"));
    }

    #[test]
    fn what_names_no_task_is_left_without_a_word() {
        assert_eq!(grants(0)(&json!({"kind": "publicity.registration", "case": "c1"})), []);
        assert_eq!(records()(&asked()), []);
        let refused = refuses(0, "客户尽职调查未通过", "反洗钱法第二十九条", "可以向银行申诉")(
            &asked(),
        );
        assert_eq!(refused[1].body["ground"]["reason"], "客户尽职调查未通过");
    }
}
