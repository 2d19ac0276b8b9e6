//! The card of the name with its button: saved as it was typed, and shown again where the name is refused.
//!
//! Reserving is not this crate's: `linkage` saves the card here, asks the registers, and hands back what they refuse.

use super::save::{Judged, judge, keep};
use super::{Filled, Shown, card_page};
use crate::desk::{Loaded, stamped};
use crate::error::CaseError;
use crate::http::{Visit, answer};
use axum::http::StatusCode;
use axum::response::Response;
use codes::{Label, Lang};
use elements::{PageCard, Value};
use forms::{Answers, MergedField, Slot, Spot};
use portal::{Failure, Posted, date};

/// The element that people choose, and by which names compete.
const TRADE_NAME: &str = "trade_name";
/// The parts of which a name is made; it is not asked for before they are there.
const PARTS: [&str; 5] = ["name_pattern", "name_division", TRADE_NAME, "name_industry", "org_form"];

/// The card of the name as it was posted (名称申报卡).
pub enum Named {
    /// Everything was right and is saved: the name may be asked for.
    Saved(Box<Naming>),
    /// Something has to be put right first: the card with its errors.
    Wrong(Response),
}

impl std::fmt::Debug for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Saved(_) => "Saved",
            Self::Wrong(_) => "Wrong",
        })
    }
}

/// A name that is about to be asked for.
pub struct Naming {
    filled: Filled,
    shown: Shown,
}

impl std::fmt::Debug for Naming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Naming").field("no", &self.filled.loaded.case.no).finish_non_exhaustive()
    }
}

/// Saves the card of the name as it was typed.
///
/// # Errors
/// Those of the desk and of the case; wrong values are no failure but [`Named::Wrong`].
pub async fn save_name(visit: &Visit, no: &str, posted: &Posted) -> Result<Named, Failure> {
    let loaded = visit.case(no, "case.fill").await?;
    let (_, expected) = stamped(posted)?;
    // The case as the page saw it, so that a repeated save is the same command and not another one.
    let mut filled = Filled::of(visit, loaded.as_of(expected)?).await?;
    if !filled.drafting() {
        return Err(CaseError::WrongState { found: filled.loaded.case.state }.into());
    }
    let Judged { mut shown, mut clean } = judge(&filled, posted);
    clean.tidy();
    filled.loaded.version = keep(visit, &filled, clean, posted).await?;
    if shown.errors.is_empty() {
        shown.told = missing(&filled, &shown.answers);
    }
    if !shown.errors.is_empty() || !shown.told.is_empty() {
        let page = card_page(visit, &filled, PageCard::Name, &shown)?;
        return Ok(Named::Wrong(answer(StatusCode::UNPROCESSABLE_ENTITY, page)));
    }
    let loaded = visit.desk.load(&visit.platform, no).await?;
    let filled = Filled::of(visit, loaded).await?;
    Ok(Named::Saved(Box::new(Naming { filled, shown })))
}

/// What the name still lacks, told at its place.
fn missing(filled: &Filled, answers: &Answers) -> Vec<(Spot, Label)> {
    let part = |field: &&MergedField| match &field.slot {
        Slot::Plain(key) => PARTS.contains(&key.as_str()) && !answers.plain.contains_key(key),
        _ => false,
    };
    let lacks = |field: &MergedField| {
        let zh = format!("请先填写“{}”，再申报名称。", field.label.zh);
        let en = format!("Please fill in `{}` before you reserve the name.", field.label.en);
        match &field.slot {
            Slot::Plain(key) => Some((Spot::Plain(key.clone()), Label::new(zh, en))),
            _ => None,
        }
    };
    filled.form.on_card(PageCard::Name).filter(part).filter_map(lacks).collect()
}

impl Naming {
    /// The case with the card saved.
    #[must_use]
    pub fn loaded(&self) -> &Loaded {
        &self.filled.loaded
    }

    /// The answers on record.
    #[must_use]
    pub fn answers(&self) -> &Answers {
        &self.filled.answers
    }

    /// The name as people will know it.
    #[must_use]
    pub fn title(&self) -> String {
        self.filled.definition.title(&self.filled.loaded.case, &self.filled.answers)
    }

    /// A part of the name, empty where there is none.
    #[must_use]
    pub fn part(&self, key: &str) -> &str {
        self.filled.answers.plain.get(key).and_then(Value::as_text).unwrap_or_default()
    }

    /// Where one goes on: the card with the name that is kept.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}#name-check", self.filled.card_at(PageCard::Name))
    }

    /// The card again, with what the registers refuse at the trade name and at the head of the page.
    ///
    /// # Errors
    /// The failure itself, where it says nothing of the name.
    pub fn refused(mut self, visit: &Visit, failure: &Failure) -> Result<Response, Failure> {
        let Some(label) = told(failure) else { return Err(failure.clone()) };
        let trade_name = self.filled.definition.dictionary.element(TRADE_NAME);
        let Some(trade_name) = trade_name.map(|element| element.key.clone()) else {
            return Err(failure.clone());
        };
        self.shown.told = vec![(Spot::Plain(trade_name), label)];
        let page = card_page(visit, &self.filled, PageCard::Name, &self.shown)?;
        let status = StatusCode::from_u16(failure.status);
        Ok(answer(status.unwrap_or(StatusCode::UNPROCESSABLE_ENTITY), page))
    }
}

/// What a refusal of the registers says of a name; none where it is about something else.
fn told(failure: &Failure) -> Option<Label> {
    if !failure.reason.starts_with("NAME_") {
        return None;
    }
    let since = failure.fields.get("since").and_then(serde_json::Value::as_str);
    let Some(since) = since.and_then(|text| text.parse::<codes::Date>().ok()) else {
        return Some(failure.label.clone());
    };
    let (zh, en) = (date(Lang::Zh, since), date(Lang::En, since));
    Some(Label::new(
        format!(
            "同一登记机关的同行业企业已于{zh}登记或者保留了这个字号（企业名称登记管理规定第十七条）。请换一个字号；与该企业有投资关系的，请到窗口提交证明。"
        ),
        format!(
            "An enterprise of the same industry registered or reserved this trade name with the same organ on {en} (Provisions on Enterprise Names, art. 17). Please choose another one; if you hold an investment relation, show it at the window."
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_name_says_since_when_in_the_words_of_each_language() {
        let refused = |reason: &str, fields: serde_json::Value| {
            let label = Label::new("不行", "No");
            told(&Failure::from(codes::Told {
                status: 409,
                code: "REG-0001".to_owned(),
                reason: reason.to_owned(),
                label,
                fields: Some(fields.to_string()),
                chain: String::new(),
            }))
        };
        let taken = refused("NAME_TAKEN", serde_json::json!({ "since": "2026-02-11" })).unwrap();
        assert!(taken.zh.contains("2026年2月11日（周三）"), "{}", taken.zh);
        assert!(taken.en.contains("Wed 11 February 2026"), "{}", taken.en);
        let other = refused("NAME_FORBIDDEN", serde_json::json!({}));
        assert_eq!(other, Some(Label::new("不行", "No")));
        assert_eq!(refused("STALE_VERSION", serde_json::json!({})), None);
    }
}
