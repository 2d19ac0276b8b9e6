//! Contracts (报文约定): what a message of a kind must say, as JSON Schema.
//!
//! A member with `"x-closed": true` tells of persons: it stays out of events and lies in the kept body alone.

use crate::error::{ContractFault, ExchangeError, SetupError};
use crate::limits::{FAULTS_MAX, TEXT_CHARS_MAX};
use crate::model::Message;
use codes::{Label, Uscc};
use jsonschema::Validator;
use kernel::Json;
use serde_json::Map;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The contracts that every installation has.
const BUILTIN: [&str; 16] = [
    include_str!("../contracts/credit.announced.json"),
    include_str!("../contracts/credit.announcement_ended.json"),
    include_str!("../contracts/credit.announcement_moved.json"),
    include_str!("../contracts/credit.listed.json"),
    include_str!("../contracts/credit.proof_asked.json"),
    include_str!("../contracts/credit.proof_told.json"),
    include_str!("../contracts/credit.removed.json"),
    include_str!("../contracts/credit.restriction_imposed.json"),
    include_str!("../contracts/credit.restriction_lifted.json"),
    include_str!("../contracts/enterprise.established.json"),
    include_str!("../contracts/licence.ask.json"),
    include_str!("../contracts/licence.state.json"),
    include_str!("../contracts/message.refused.json"),
    include_str!("../contracts/publicity.registration.json"),
    include_str!("../contracts/task.accepted.json"),
    include_str!("../contracts/task.decided.json"),
];

/// Members of the envelope, which an event holds by name.
const ENVELOPE: [&str; 5] = ["kind", "purpose", "basis", "case", "task"];

/// One contract.
struct Contract {
    label: Label,
    closed: BTreeSet<String>,
    validator: Validator,
}

/// All contracts, by the kind of message.
#[derive(Default)]
pub struct Contracts {
    by_kind: BTreeMap<String, Contract>,
}

impl fmt::Debug for Contracts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_kind.keys()).finish()
    }
}

impl Contracts {
    /// The contracts that the platform brings.
    ///
    /// # Errors
    /// [`SetupError::Contract`]
    pub fn builtin() -> Result<Self, SetupError> {
        BUILTIN.iter().try_fold(Self::default(), |contracts, text| contracts.with(text))
    }

    /// Adds a contract: JSON Schema 2020-12 with `properties.kind.const`, and `x-label` in both languages.
    ///
    /// # Errors
    /// [`SetupError::Contract`]: it cannot be read, or does not ask for kind, purpose and basis.
    pub fn with(mut self, schema: &str) -> Result<Self, SetupError> {
        let wrong = |contract: &str, why: String| SetupError::Contract {
            contract: contract.to_owned(),
            why,
        };
        let schema: Json =
            serde_json::from_str(schema).map_err(|error| wrong("", error.to_string()))?;
        let at = |pointer: &str| schema.pointer(pointer);
        let title = at("/title").and_then(Json::as_str).unwrap_or_default();
        let kind = at("/properties/kind/const")
            .and_then(Json::as_str)
            .ok_or_else(|| wrong(title, "`properties.kind.const` is missing".to_owned()))?;
        let required = at("/required").and_then(Json::as_array);
        let asks = |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
        if let Some(missing) = ["kind", "purpose", "basis"].into_iter().find(|name| !asks(name)) {
            return Err(wrong(kind, format!("it does not require `{missing}`")));
        }
        let label = at("/x-label").cloned().unwrap_or_default();
        let label = serde_json::from_value::<Label>(label)
            .map_err(|error| wrong(kind, format!("`x-label`: {error}")))?;
        let closed = at("/properties")
            .and_then(Json::as_object)
            .into_iter()
            .flatten()
            .filter(|(_name, rule)| rule.get("x-closed") == Some(&Json::Bool(true)))
            .map(|(name, _rule)| name.clone())
            .collect();
        let validator = jsonschema::draft202012::options()
            .should_validate_formats(true)
            .should_ignore_unknown_formats(false)
            .with_format("uscc", |text| text.parse::<Uscc>().is_ok())
            .build(&schema)
            .map_err(|error| wrong(kind, error.to_string()))?;
        let contract = Contract { label, closed, validator };
        if self.by_kind.insert(kind.to_owned(), contract).is_some() {
            return Err(wrong(kind, "there are two contracts of this kind".to_owned()));
        }
        Ok(self)
    }

    /// What messages of a kind are called.
    #[must_use]
    pub fn label(&self, kind: &str) -> Option<&Label> {
        self.by_kind.get(kind).map(|contract| &contract.label)
    }

    /// Whether a message of this kind has members that tell of persons.
    #[must_use]
    pub fn closes(&self, kind: &str) -> bool {
        self.by_kind.get(kind).is_some_and(|contract| !contract.closed.is_empty())
    }

    /// Reads a body: its kind must be agreed, and it must keep the contract of its kind.
    ///
    /// # Errors
    /// `EXC-0003` for a kind that is not agreed or has no contract, `EXC-0004` with every place that is wrong.
    pub fn read(
        &self,
        partner: &str,
        agreed: &BTreeSet<String>,
        body: &Json,
    ) -> Result<Message, ExchangeError> {
        let text = |name: &str| body.get(name).and_then(Json::as_str);
        let kind = text("kind").ok_or_else(|| broken("/kind", "required"))?;
        let contract =
            self.by_kind.get(kind).filter(|_| agreed.contains(kind)).ok_or_else(|| {
                let kind = kind.chars().take(TEXT_CHARS_MAX).collect();
                ExchangeError::KindNotAgreed { partner: partner.to_owned(), kind }
            })?;
        let faults: Vec<ContractFault> = contract
            .validator
            .iter_errors(body)
            .take(FAULTS_MAX)
            .map(|error| ContractFault {
                at: error.instance_path().as_str().to_owned(),
                rule: error.kind().keyword().to_owned(),
            })
            .collect();
        if !faults.is_empty() {
            return Err(ExchangeError::ContractBroken { faults });
        }
        let said = |name: &str| {
            text(name).map(ToOwned::to_owned).ok_or_else(|| broken(&format!("/{name}"), "required"))
        };
        let filled = |name: &str| text(name).filter(|text| !text.is_empty()).map(ToOwned::to_owned);
        let facts: Map<String, Json> = body
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, _)| !ENVELOPE.contains(&name.as_str()))
            .filter(|(name, _)| !contract.closed.contains(*name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        Ok(Message {
            partner: partner.to_owned(),
            kind: kind.to_owned(),
            purpose: said("purpose")?,
            basis: said("basis")?,
            case: filled("case"),
            task: filled("task"),
            facts: Json::Object(facts),
        })
    }
}

pub(crate) fn broken(at: &str, rule: &str) -> ExchangeError {
    let fault = ContractFault { at: at.to_owned(), rule: rule.to_owned() };
    ExchangeError::ContractBroken { faults: vec![fault] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn established() -> Json {
        json!({
            "kind": "enterprise.established", "purpose": "办理税务信息确认",
            "basis": "优化营商环境条例第十九条", "service": "28/tax", "task": "tax",
            "case": "440115-260212-000001-33", "uscc": "91440115MAD2K7Q49J",
            "establishment_date": "2026-02-12", "title": "税务信息确认",
        })
    }

    fn agreed() -> BTreeSet<String> {
        ["enterprise.established", "task.decided"].map(ToOwned::to_owned).into()
    }

    fn read(body: &Json) -> Result<Message, ExchangeError> {
        Contracts::builtin().unwrap().read("tax", &agreed(), body)
    }

    #[test]
    fn a_message_that_keeps_its_contract_is_read() {
        let message = read(&established()).unwrap();
        assert_eq!(
            (message.kind.as_str(), message.case.as_deref()),
            ("enterprise.established", Some("440115-260212-000001-33"))
        );
        assert_eq!(message.facts["uscc"], "91440115MAD2K7Q49J");
        assert!(message.facts.get("purpose").is_none(), "the envelope is no fact");
    }

    #[test]
    fn a_registration_for_publicity_concerns_no_task() {
        let mut body = established();
        body["kind"] = json!("publicity.registration");
        body["task"] = json!("");
        body["place"] = json!("440115");
        body["title"] = json!("广州青禾餐饮管理有限公司");
        let agreed = ["publicity.registration".to_owned()].into();
        let message = Contracts::builtin().unwrap().read("publicity", &agreed, &body).unwrap();
        assert_eq!((message.task, message.facts["place"].as_str()), (None, Some("440115")));
    }

    #[test]
    fn each_breach_is_told_with_its_place_and_rule() {
        for (change, at, rule) in [
            (json!({"purpose": ""}), "/purpose", "minLength"),
            (json!({"basis": null}), "/basis", "type"),
            (json!({"uscc": "91440115MAD2K7Q49K"}), "/uscc", "format"),
            (json!({"establishment_date": "2026-02-30"}), "/establishment_date", "format"),
            (json!({"service": "28/<script>"}), "/service", "pattern"),
            (json!({"place": "4401"}), "/place", "pattern"),
            (json!({"purpose": "x".repeat(201)}), "/purpose", "maxLength"),
            (json!({"resident_id": "440113199003074516"}), "", "additionalProperties"),
        ] {
            let mut body = established();
            body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let Err(ExchangeError::ContractBroken { faults }) = read(&body) else {
                panic!("{change} was taken");
            };
            assert_eq!(faults, [ContractFault { at: at.to_owned(), rule: rule.to_owned() }]);
        }
    }

    #[test]
    fn a_refusal_says_why() {
        let mut body = json!({
            "kind": "task.decided", "purpose": "回告办理结果", "basis": "优化营商环境条例第十九条",
            "case": "c1", "task": "bank", "decision": "refused",
        });
        assert!(matches!(read(&body), Err(ExchangeError::ContractBroken { .. })));
        body["ground"] = json!({"reason": "客户尽职调查未通过", "article": "反洗钱法第二十九条"});
        assert_eq!(read(&body).unwrap().facts["decision"], "refused");
        body["decision"] = json!("granted");
        body["given"] = json!({"account_number": "44050158863500000123"});
        assert!(read(&body).is_ok());
    }

    #[test]
    fn a_problem_is_one_of_rfc_9457_and_nothing_else() {
        let mut body = json!({
            "kind": "message.refused", "purpose": "告知报文未予采纳的原因",
            "basis": "优化营商环境条例第十九条", "case": "c1", "message": "t-1",
            "problem": {
                "type": "/errors/CASE-0007", "title": "一", "titles": {"zh": "一", "en": "one"},
                "status": 409, "code": "CASE-0007", "reason": "WRONG_TASK_STATE",
                "fields": {"task": "bank"},
            },
        });
        let agreed = ["message.refused".to_owned()].into();
        let contracts = Contracts::builtin().unwrap();
        let read = |body: &Json| contracts.read("bank", &agreed, body);
        assert_eq!(read(&body).unwrap().facts["problem"]["status"], 409);
        body["problem"]["status"] = json!(503);
        assert!(read(&body).is_err(), "our own fault is no problem of the partner's");
        body["problem"]["status"] = json!(409);
        body["message"] = json!("in:bank:t-1");
        assert!(read(&body).is_err(), "the id that the partner gave, and not our key");
    }

    #[test]
    fn a_kind_without_contract_or_agreement_is_refused() {
        for kind in ["task.accepted", "weather.report"] {
            let mut body = established();
            body["kind"] = json!(kind);
            assert!(matches!(read(&body), Err(ExchangeError::KindNotAgreed { .. })), "{kind}");
        }
        for body in [json!({}), json!([]), json!("text"), json!(null)] {
            assert!(matches!(read(&body), Err(ExchangeError::ContractBroken { .. })), "{body}");
        }
    }

    #[test]
    fn what_tells_of_persons_stays_out_of_events() {
        let mut body = established();
        body["payload"] = json!({"legal_representative.name": "陈思远"});
        let message = read(&body).unwrap();
        assert!(message.facts.get("payload").is_none());
        assert!(Contracts::builtin().unwrap().closes("enterprise.established"));
        assert!(!Contracts::builtin().unwrap().closes("task.decided"));
    }

    #[test]
    fn a_contract_that_forgets_the_legal_basis_is_refused_at_the_start() {
        let schema = json!({
            "title": "t", "x-label": {"zh": "一", "en": "one"}, "required": ["kind", "purpose"],
            "properties": {"kind": {"const": "a.b"}},
        });
        let text = schema.to_string();
        assert!(Contracts::builtin().unwrap().with(&text).is_err());
        let whole = text.replace(r#""purpose"]"#, r#""purpose","basis"]"#);
        assert!(Contracts::builtin().unwrap().with(&whole).is_ok());
        assert!(Contracts::builtin().unwrap().with(BUILTIN[0]).is_err(), "twice");
    }
}
