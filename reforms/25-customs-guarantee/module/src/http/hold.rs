//! A declaration takes quota: which text serves, and the group of text, enterprise, use and reservation.

use super::{Ours, enterprise_seen};
use crate::errand::Tools;
use crate::error::GuaranteeError;
use crate::exposure::{Exposure, ExposureCommand};
use crate::guarantee::{Guarantee, GuaranteeCommand};
use crate::importer::{Importer, ImporterCommand};
use crate::law::{Clock, GuaranteeLaw};
use crate::model::{EXEMPT, ExposureNo, GuaranteeNo, ImporterKey, Request};
use crate::queries::{self, TextRow};
use crate::quota;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use codes::{Coded as _, Date, Moment};
use guarantee::{Asked, Balance, Matter, Offer, Settlement, Tax, pick};
use kernel::{Atomic, CommandId};
use module::{Platform, Who};
use portal::{Failure, Path, Posted, RequestError};
use serde::Deserialize;

/// What somebody types of a declaration that is to be, or that is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    pub(crate) amount: Option<String>,
    #[serde(default)]
    pub(crate) matter: Option<String>,
    #[serde(default)]
    pub(crate) place: Option<String>,
    #[serde(default)]
    pub(crate) due: Option<String>,
}

/// Yuan as people type them: groups and one or two places may stand or not.
pub(crate) fn typed_fen(text: &str) -> Option<i64> {
    let plain: String =
        text.chars().filter(|letter| !matches!(letter, ',' | '，' | ' ' | '¥')).collect();
    let (whole, cents) = plain.split_once('.').unwrap_or((plain.as_str(), "00"));
    let cents = format!("{cents:0<2}");
    crate::line::fen(&format!("{whole}.{cents}"))
}

/// A matter as a form names it: `T1M` is summary taxation by the month.
pub(crate) fn typed_matter(text: &str) -> Option<(Matter, Settlement)> {
    match text {
        "T1M" => Some((Matter::T1, Settlement::Monthly)),
        code => Matter::of(code).map(|matter| (matter, Settlement::Each)),
    }
}

impl Wanted {
    /// What is asked of texts; nothing while nothing is typed.
    pub(crate) fn asked(
        &self,
        law: &GuaranteeLaw,
        today: Date,
    ) -> Option<Result<Asked, GuaranteeError>> {
        let typed = self.amount.as_deref().filter(|amount| !amount.trim().is_empty())?;
        Some(self.read(law, typed, today))
    }

    fn read(&self, law: &GuaranteeLaw, typed: &str, today: Date) -> Result<Asked, GuaranteeError> {
        let wrong = |key| GuaranteeError::Field { key, why: "unreadable" };
        let amount_fen = typed_fen(typed).filter(|fen| *fen > 0).ok_or(wrong("amount"))?;
        let code = self.matter.as_deref().unwrap_or_default();
        let (matter, settlement) = typed_matter(code).ok_or(wrong("matter"))?;
        let place = self.place.as_deref().unwrap_or_default().trim().to_owned();
        let given = match self.due.as_deref().filter(|due| !due.is_empty()) {
            Some(day) => Some(day.parse().map_err(|_shape| wrong("due"))?),
            None => None,
        };
        let matters = law.matters(today)?;
        let row = matters.row(matter, settlement)?;
        let due = row.due_date(today, given, false, &law.calendar())?;
        Ok(Asked { matter, place, due: due.date, amount_fen })
    }
}

/// The text that serves, or each with the reason why it does not.
pub(crate) fn find<'a>(
    texts: &'a [TextRow],
    balances: &[Balance],
    asked: &Asked,
) -> Result<&'a TextRow, GuaranteeError> {
    let decided: Vec<guarantee::Text> = texts.iter().map(TextRow::decided).collect();
    let offers: Vec<Offer<'_>> = decided
        .iter()
        .zip(balances)
        .map(|(text, balance)| Offer { text, available_fen: balance.available_fen() })
        .collect();
    match pick(&offers, asked) {
        Ok(text) => texts
            .iter()
            .find(|row| row.about.no.as_str() == text.no)
            .ok_or(GuaranteeError::Unknown { what: "guarantee" }),
        Err(passed) => Err(GuaranteeError::NoneFits {
            passed: passed.into_iter().map(|one| (one.no, one.why.label().zh)).collect(),
        }),
    }
}

/// Everything that a hold stands or falls with.
///
/// # Errors
/// The law has no row, or the commands cannot be written.
pub(crate) fn group(
    law: &GuaranteeLaw,
    shard: &kernel::Shard,
    use_of: &ExposureNo,
    request: &Request,
    now: Moment,
) -> Result<Atomic, Failure> {
    let until = law.due(Clock::Hold, now)?.at;
    let matters = law.matters(request.completed_on)?;
    let row = matters.row(request.matter, request.settlement).map_err(GuaranteeError::from)?;
    let due = row
        .due_date(request.completed_on, request.due_on, request.approved, &law.calendar())
        .map_err(GuaranteeError::from)?;
    let exempt = request.guarantee.as_str() == EXEMPT;
    let asked = Asked {
        matter: request.matter,
        place: request.place.clone(),
        due: due.date,
        amount_fen: request.amount_fen,
    };
    let fault = |_unwritable: serde_json::Error| Failure::from(RequestError::Fault);
    let mut all = Atomic::new(shard.clone());
    if !exempt {
        let admit = GuaranteeCommand::Admit(asked);
        all = all.then::<Guarantee>(&request.guarantee, &admit).map_err(fault)?;
    }
    let importer = ImporterKey::new(request.enterprise.uscc.as_str());
    let admit = ImporterCommand::Admit { matter: request.matter, exempt };
    all = all.then::<Importer>(&importer, &admit).map_err(fault)?;
    let hold = ExposureCommand::Hold { request: Box::new(request.clone()), until };
    all = all.then::<Exposure>(use_of, &hold).map_err(fault)?;
    if !exempt {
        let posting = quota::reservation(shard, use_of, request, Some(until));
        let book = quota::book_of(&request.guarantee);
        all = ledger::book::post(all, &book, posting).map_err(fault)?;
    }
    Ok(all)
}

/// The id of a hold follows from what is asked, so that the same declaration sent twice is answered once.
pub(crate) fn hold_command(use_of: &ExposureNo, request: &Request) -> Result<CommandId, Failure> {
    let told = serde_json::to_vec(request).map_err(|_unwritable| RequestError::Fault)?;
    Ok(CommandId::derive(&[b"guarantee.hold", use_of.as_str().as_bytes(), &told]))
}

pub(super) async fn hold(
    State(platform): State<Platform>,
    Extension(tools): Ours,
    Who(actor): Who,
    Path(uscc): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (texts, by) = enterprise_seen(&platform, &actor, "guarantee.use", &uscc).await?;
    let now = platform.clock.now();
    let (use_of, request) = read(&platform, &tools, &texts, &posted, now).await?;
    let shard = texts.first().map(|row| row.shard.clone()).ok_or(RequestError::Fault)?;
    let group = group(&tools.law, &shard, &use_of, &request, now)?;
    let id = hold_command(&use_of, &request)?;
    platform.commands.submit(by, id, group).await?;
    Ok(Redirect::to(&format!("/guarantee/uses/{use_of}")).into_response())
}

async fn read(
    platform: &Platform,
    tools: &Tools,
    texts: &[TextRow],
    posted: &Posted,
    now: Moment,
) -> Result<(ExposureNo, Request), Failure> {
    let wrong = |key: &'static str| GuaranteeError::Field { key, why: "missing" };
    let filled = |key: &'static str| posted.filled(key).map(str::to_owned).ok_or(wrong(key));
    let declaration = filled("declaration_no")?;
    let plain = declaration.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !plain || !(10..=20).contains(&declaration.len()) {
        return Err(GuaranteeError::Field { key: "declaration_no", why: "shape" }.into());
    }
    let wanted = Wanted {
        amount: Some(filled("amount")?),
        matter: Some(filled("matter")?),
        place: Some(filled("place")?),
        due: posted.filled("due").map(str::to_owned),
    };
    let asked = wanted.asked(&tools.law, now.date()).ok_or(wrong("amount"))??;
    let (matter, settlement) = typed_matter(&filled("matter")?).ok_or(wrong("matter"))?;
    let chosen = posted.filled("guarantee").unwrap_or_default();
    let text = if chosen.is_empty() {
        let mut balances = Vec::new();
        for row in texts {
            balances.push(queries::balance(&*platform.reader, row.about.no.as_str()).await?);
        }
        find(texts, &balances, &asked)?
    } else {
        let own = texts.iter().find(|row| row.about.no.as_str() == chosen || chosen == EXEMPT);
        own.ok_or(GuaranteeError::Unknown { what: "guarantee" })?
    };
    let highest = posted.filled("highest").and_then(typed_fen).unwrap_or(asked.amount_fen);
    let paid = posted.filled("paid").and_then(typed_fen).unwrap_or_default();
    let exempt = chosen == EXEMPT;
    let goods = posted.filled("goods").unwrap_or_default();
    let request = Request {
        guarantee: if exempt { GuaranteeNo::new(EXEMPT) } else { text.about.no.clone() },
        about: (!exempt).then(|| Box::new(text.about.clone())),
        enterprise: text.about.enterprise.clone(),
        matter,
        settlement,
        place: asked.place.clone(),
        amount_fen: asked.amount_fen,
        tax: Tax { declared_fen: asked.amount_fen, highest_fen: highest, paid_fen: paid },
        completed_on: now.date(),
        due_on: wanted.due.as_deref().and_then(|day| day.parse().ok()),
        approved: false,
        goods: goods
            .split(|letter: char| !letter.is_ascii_digit())
            .filter(|code| code.len() == 10)
            .map(str::to_owned)
            .collect(),
    };
    Ok((ExposureNo::new(declaration), request))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read_as_people_type_them() {
        for (typed, fen) in [
            ("2,785,794.50", Some(278_579_450)),
            ("2785794.5", Some(278_579_450)),
            ("¥ 100", Some(10_000)),
            ("1.234", None),
            ("-1", None),
            ("abc", None),
        ] {
            assert_eq!(typed_fen(typed), fen, "{typed}");
        }
        assert_eq!(typed_matter("T1M"), Some((Matter::T1, Settlement::Monthly)));
        assert_eq!(typed_matter("X1"), None);
    }
}
