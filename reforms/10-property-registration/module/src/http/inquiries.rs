//! Routes of inquiries: asking with proof, the officer's look at the proof, the answer with its watermark.

use super::{Ours, bytes, fault, party_of, shard_of, submit};
use crate::book;
use crate::error::PropertyError;
use crate::inquiry::{Inquiry, InquiryCommand, InquiryKey, Interest, Question};
use crate::pages;
use crate::queries::{self, InquiryRow};
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use codes::UnitNo;
use kernel::{Actor, Atomic, derive_id};
use module::{Clearance, Platform, Subject, Who, clear};
use portal::{Failure, Frame, Path, Posted};
use registers::Inspection;
use registers::inspection::{InspectionCommand, Look};
use registers::record::{Cards, HolderCard, Shown, shown};

pub(crate) fn router() -> Router<Platform> {
    Router::new()
        .route("/property/inquiries", get(list).post(ask))
        .route("/property/inquiries/{inquiry}", get(one).post(judge))
}

async fn list(
    State(platform): State<Platform>,
    axum::Extension(tools): Ours,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    let party = party_of(&actor)?;
    let on = Subject { parties: vec![party.to_string()], ..Subject::new("Inquiry", "list") };
    clear(&*platform.gate, &actor, "property.see_inquiry", &on)?;
    let rows = queries::inquiries_of(&*platform.reader, party).await?;
    Ok(pages::inquiries::list(&frame, &rows, &tools.outside.page_id()).into_response())
}

async fn ask(
    State(platform): State<Platform>,
    axum::Extension(tools): Ours,
    Who(actor): Who,
    posted: Posted,
) -> Result<Response, Failure> {
    let party = party_of(&actor)?;
    let on = Subject { parties: vec![party.to_string()], ..Subject::new("Inquiry", "new") };
    let by = clear(&*platform.gate, &actor, "property.inquire", &on)?;
    let text = |name: &str| posted.filled(name).unwrap_or_default().to_owned();
    let unit: UnitNo = codes::fold_identifier(&text("real_estate_unit_no"))
        .replace('-', "")
        .parse()
        .map_err(Failure::from)?;
    let office = (tools.outside.offices)(unit.division());
    let proof = match posted.files.first() {
        Some(file) => {
            let key = format!("property/proof/{party}");
            let kept = tools.outside.vault.keep(Some(&key), &file.bytes);
            Some(kept.await.map_err(fault)?.blob.0)
        }
        None => None,
    };
    let question = Question {
        unit,
        office: office.ok_or(PropertyError::Field { key: "place" })?,
        interest: Interest::of(&text("interest"))
            .ok_or(PropertyError::Field { key: "interest" })?,
        purpose: text("purpose"),
        proof,
    };
    let command = InquiryCommand::Ask(Box::new(question));
    let seed = bytes(&command)?;
    let page = posted.command_id().unwrap_or_default().as_bytes();
    let key = derive_id(&[b"property.inquiry", party.as_str().as_bytes(), page, &seed]);
    let key = InquiryKey(seals::base32(&key));
    let group =
        Atomic::new(shard_of(unit.division())).then::<Inquiry>(&key, &command).map_err(fault)?;
    submit(&platform, by, group, &[key.0.as_bytes(), b"ask"]).await?;
    Ok(Redirect::to(&format!("/property/inquiries/{key}")).into_response())
}

fn subject(row: &InquiryRow) -> Subject {
    Subject {
        organ: Some(row.question.office.organ.clone()),
        place: row.question.office.place.clone(),
        parties: vec![row.party.to_string()],
        ..Subject::new("Inquiry", row.inquiry.0.as_str())
    }
}

async fn seen(
    platform: &Platform,
    actor: &Actor,
    action: &'static str,
    key: String,
) -> Result<(InquiryRow, Clearance), Failure> {
    let row = queries::inquiry(&*platform.reader, &InquiryKey(key)).await?;
    let Some(row) = row else {
        clear(&*platform.gate, actor, action, &Subject::new("Inquiry", "unknown"))?;
        return Err(PropertyError::Unknown.into());
    };
    let by = clear(&*platform.gate, actor, action, &subject(&row))?;
    Ok((row, by))
}

async fn one(
    State(platform): State<Platform>,
    axum::Extension(tools): Ours,
    Who(actor): Who,
    frame: Frame,
    Path(key): Path<String>,
) -> Result<Response, Failure> {
    let (row, by) = seen(&platform, &actor, "property.see_inquiry", key).await?;
    let now = platform.clock.now();
    let open = row.state == "granted" && row.until.is_some_and(|until| now < until);
    let asker = matches!(&actor, Actor::Party { .. });
    let answer = match open && asker {
        true => Some(answered(&platform, &tools, by, &row).await?),
        false => None,
    };
    let page = pages::inquiries::page(&frame, &row, answer.as_ref(), now, !asker);
    Ok(super::public::fresh(page.into_response()))
}

/// The answer: the look is recorded first, with purpose and law, and only then is anything shown (条例 27, 28).
async fn answered(
    platform: &Platform,
    tools: &crate::errand::Tools,
    by: Clearance,
    row: &InquiryRow,
) -> Result<Shown, Failure> {
    let now = platform.clock.now();
    let unit = row.question.unit;
    let snapshot =
        book::now(&*platform.reader, unit, now).await?.ok_or(PropertyError::UnitUnknown)?;
    let definitions = tools.law.facts().definitions();
    let register = definitions.get(crate::model::REGISTER).ok_or(PropertyError::UnitUnknown)?;
    let class = row.question.interest.view();
    let view = register.view(class).ok_or(PropertyError::NotEntitled)?;
    let record = book::record_of(unit);
    let look = Look {
        view: class.to_owned(),
        purpose: row.question.purpose.clone(),
        law: view.law.clone(),
        fields: vec!["unit".to_owned(), "restrictions".to_owned()],
        holders: book::holders(&snapshot),
        valid: None,
        extract: None,
    };
    let home = registers::record::queries::record(&*platform.reader, &record).await?;
    let shard = home.map(|home| home.shard).ok_or(PropertyError::UnitUnknown)?;
    let command = InspectionCommand::Inspect(look);
    let group = Atomic::new(shard).then::<Inspection>(&record, &command).map_err(fault)?;
    submit(platform, by, group, &[row.inquiry.0.as_bytes(), &now.us().to_be_bytes()]).await?;
    let mut cards = Cards::new();
    for (_, said) in snapshot.sections() {
        for holder in &said.holders {
            if let Some(card) = &holder.card
                && let Ok(open) = card.open::<HolderCard>(&tools.outside.vault).await
            {
                cards.insert(holder.party.clone(), open);
            }
        }
    }
    Ok(shown(register, view, &snapshot, &cards, Some(&row.party)))
}

async fn judge(
    State(platform): State<Platform>,
    Who(actor): Who,
    Path(key): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (row, by) = seen(&platform, &actor, "property.judge_inquiry", key).await?;
    let verb = posted.action().map(|action| action.verb).unwrap_or_default();
    let command = match verb.as_str() {
        "grant" => InquiryCommand::Grant,
        "deny" => {
            InquiryCommand::Deny { reason: posted.filled("reason").unwrap_or_default().to_owned() }
        }
        _ => return Err(PropertyError::Field { key: "act" }.into()),
    };
    let group =
        Atomic::new(row.shard.clone()).then::<Inquiry>(&row.inquiry, &command).map_err(fault)?;
    let seed = bytes(&command)?;
    submit(&platform, by, group, &[row.inquiry.0.as_bytes(), &seed]).await?;
    Ok(Redirect::to(&format!("/property/inquiries/{}", row.inquiry)).into_response())
}
