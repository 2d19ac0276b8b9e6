//! What officers and parties do: each posted form becomes one command.

use super::confirmation::scopes_in_force;
use super::{compose, loaded, paper_of, subject, submit};
use crate::decide::{Penalty, PenaltyCommand};
use crate::errand::Tools;
use crate::error::PenaltyError;
use crate::model::{
    Ending, Filing, PaperId, Profile, Redress, RedressResult, ServiceNotice, Sort, Way, vault_key,
};
use crate::{package, pages};
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use blobs::KeyName;
use delivery::confirmation::Confirmation;
use delivery::{Notice, NoticeCommand, NoticeKey, When};
use documents::Issuer;
use kernel::{Actor, Aggregate as _, Atomic, CommandId, Shard};
use module::{Clearance, Denied, Platform, Subject, Who, clear};
use penalty::{CustomsCaseNo, PartyKind, Sanction};
use portal::{Failure, Frame, Path, Posted, RequestError};
use seals::{Commitment, Salt};
use std::sync::Arc;

/// The longest statement of a party, in characters.
const STATEMENT_CHARS_MAX: usize = 20_000;

pub(super) async fn new_page(
    State(platform): State<Platform>,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    cleared_to_file(&platform, &actor)?;
    Ok(pages::new_case(&frame, platform.clock.now().date()).into_response())
}

fn cleared_to_file(platform: &Platform, actor: &Actor) -> Result<Clearance, Failure> {
    let organ = match actor {
        Actor::Officer { organ, .. } => organ,
        Actor::Public => return Err(Denied::SignedOut.into()),
        _ => return Err(PenaltyError::NotAnOfficer.into()),
    };
    let on = Subject { organ: super::customs(organ), ..Subject::new("PenaltyCase", "new") };
    Ok(clear(&*platform.gate, actor, "penalty.file", &on)?)
}

/// Files a case by hand, where the customs case system does not send it.
pub(super) async fn file(
    State(platform): State<Platform>,
    Extension(tools): Extension<Arc<Tools>>,
    Who(actor): Who,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Failure> {
    let by = cleared_to_file(&platform, &actor)?;
    let organ = actor.organ().cloned().ok_or(PenaltyError::NotAnOfficer)?;
    let text = |key: &'static str| {
        let missing = PenaltyError::Field { key, why: "REQUIRED" };
        posted.filled(key).map(str::to_owned).ok_or(missing)
    };
    let no: CustomsCaseNo =
        text("no")?.parse().map_err(|_shape| PenaltyError::Field { key: "no", why: "SHAPE" })?;
    let id_kind = text("id_kind")?;
    let id_number = text("id_number")?;
    let party = tools.parties.of(&id_kind, &id_number);
    let party = party.ok_or(PenaltyError::Field { key: "id_number", why: "CHECK_DIGIT" })?;
    let profile = Profile {
        name: text("name")?,
        id_number,
        id_label: id_kind.clone(),
        legal_representative: posted.filled("legal_representative").unwrap_or_default().to_owned(),
        address: posted.filled("address").unwrap_or_default().to_owned(),
    };
    let place = tools.place_of(&organ).ok_or(PenaltyError::NotAnOfficer)?;
    let name = frame.party.as_ref().and_then(|party| party.organ.clone());
    let filing = Filing {
        issuer: Issuer {
            name: name.unwrap_or_else(|| organ.to_string()),
            word: text("word")?,
            place: place.clone(),
            organ,
        },
        party,
        party_kind: if id_kind == "uscc" { PartyKind::Enterprise } else { PartyKind::Person },
        profile: Some(sealed(&tools, &no, &profile).await?),
        cause: text("cause")?,
        on: compose::day(&posted, "on")?,
        expected: expected(&posted)?,
        no: no.clone(),
    };
    file_case(&platform, by, filing).await?;
    Ok(Redirect::to(&format!("/penalty/cases/{no}")).into_response())
}

fn expected(posted: &Posted) -> Result<Option<Sanction>, Failure> {
    let fine_fen = compose::fen(posted, "fine")?;
    Ok((fine_fen > 0).then(|| Sanction { fine_fen, ..Sanction::default() }))
}

pub(crate) async fn sealed(
    tools: &Tools,
    no: &CustomsCaseNo,
    profile: &Profile,
) -> Result<blobs::Kept, Failure> {
    let json = serde_json::to_vec(profile).map_err(|_unwritable| RequestError::Fault)?;
    Ok(tools.vault.keep(Some(&vault_key(no)), &json).await?)
}

/// The shard of a case is the prefecture of its place.
pub(crate) fn shard_of(place: &str) -> Shard {
    let prefecture: String = place.chars().take(4).collect();
    Shard::new(format!("{prefecture:0<6}"))
}

pub(crate) async fn file_case(
    platform: &Platform,
    by: Clearance,
    filing: Filing,
) -> Result<(), Failure> {
    let no = filing.no.clone();
    let shard = shard_of(&filing.issuer.place);
    let command = PenaltyCommand::File(Box::new(filing));
    let act = serde_json::to_vec(&command).map_err(|_unwritable| RequestError::Fault)?;
    let id = CommandId::derive(&[b"penalty.file", no.as_str().as_bytes(), &act]);
    let commands = Atomic::new(shard)
        .then::<Penalty>(&no, &command)
        .map_err(|_unwritable| RequestError::Fault)?;
    let filed = platform.commands.submit(by, id, commands).await;
    filed.map(drop).map_err(Failure::from)
}

/// One act of an officer on the page of a case.
pub(super) async fn act(
    State(platform): State<Platform>,
    Extension(tools): Extension<Arc<Tools>>,
    Who(actor): Who,
    Path(no): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    // Who may not see the case is not told what could be done with it.
    let action = posted.action();
    let needs = action.as_ref().map(|action| action_of(&action.verb));
    let right = needs.as_ref().and_then(|needs| needs.as_ref().ok()).copied();
    let loaded = loaded(&platform, &actor, right.unwrap_or("penalty.handle"), &no).await?;
    needs.transpose()?;
    let action = action.ok_or_else(|| RequestError::Form("_action".to_owned()))?;
    let paper = action.target.clone().map(PaperId);
    if action.verb == "counterproof" {
        let paper = paper.ok_or_else(|| PenaltyError::NoSuchPaper(PaperId::default()))?;
        return counterproof(&platform, &tools, loaded, &paper, &posted).await;
    }
    let command = match (action.verb.as_str(), &paper) {
        ("announce", Some(paper)) => announced(&platform, &tools, &loaded, paper, &posted).await?,
        (verb, paper) => command_of(&tools, verb, paper.as_ref(), &posted)?,
    };
    consented(&platform, &loaded, &command).await?;
    let version = posted.expected_version();
    submit(&platform, loaded.by, &loaded.row, version, &command).await?;
    let to = if action.verb == "capture" {
        format!("/penalty/cases/{no}/counter")
    } else {
        format!("/penalty/cases/{no}")
    };
    Ok(Redirect::to(&to).into_response())
}

/// A sort of documents that the party did not tick goes out on paper: told before anything happens.
async fn consented(
    platform: &Platform,
    loaded: &super::Loaded,
    command: &PenaltyCommand,
) -> Result<(), Failure> {
    let (PenaltyCommand::Issue { paper, way: Way::Electronic }
    | PenaltyCommand::Decide { paper, way: Way::Electronic }
    | PenaltyCommand::Annul { paper, way: Way::Electronic }) = command
    else {
        return Ok(());
    };
    // Who stands for it is asked first, and by the case itself.
    let known = loaded.case.papers.get(paper).filter(|paper| paper.hands.are_enough());
    let known = known.and_then(|paper| paper.sort());
    let (Some(sort), Some(key)) = (known, loaded.case.confirmation()) else { return Ok(()) };
    let stream = platform.history.stream(&loaded.row.shard, Confirmation::KIND, &key, 0).await;
    let stream = stream?;
    if scopes_in_force(&stream).contains(sort.scope()) {
        return Ok(());
    }
    Err(PenaltyError::ConsentMissing { consent: loaded.case.consent }.into())
}

/// Which right an act needs.
fn action_of(verb: &str) -> Result<&'static str, PenaltyError> {
    Ok(match verb {
        "capture" | "close_inquiry" | "cosign" | "issue" | "hold_hearing" | "counterproof"
        | "announce" => "penalty.handle",
        "review" | "return" => "penalty.review",
        "decide" | "annul" | "publish" | "extend" => "penalty.decide",
        "pay" | "file_redress" | "end_redress" | "close" => "penalty.record",
        other => return Err(PenaltyError::NoSuchAct(other.to_owned())),
    })
}

fn command_of(
    tools: &Tools,
    verb: &str,
    paper: Option<&PaperId>,
    posted: &Posted,
) -> Result<PenaltyCommand, Failure> {
    let text = |key: &str| posted.filled(key).unwrap_or_default().to_owned();
    let which = || paper.cloned().ok_or_else(|| PenaltyError::NoSuchPaper(PaperId::default()));
    let way = if posted.get("way") == Some("paper") { Way::Paper } else { Way::Electronic };
    let redress = || match posted.get("redress") {
        Some("suit") => Redress::Suit,
        _ => Redress::Review,
    };
    Ok(match verb {
        "capture" => PenaltyCommand::StartCapture {
            not_on_the_spot: posted.filled("not_on_the_spot").map(str::to_owned),
        },
        "close_inquiry" => PenaltyCommand::CloseInquiry,
        "cosign" => PenaltyCommand::Cosign { paper: which()? },
        "review" => PenaltyCommand::Review { paper: which()? },
        "return" => PenaltyCommand::Return { paper: which()?, why: text("why") },
        "issue" => PenaltyCommand::Issue { paper: which()?, way },
        "decide" => PenaltyCommand::Decide { paper: which()?, way },
        "annul" => PenaltyCommand::Annul { paper: which()?, way },
        "hold_hearing" => PenaltyCommand::HoldHearing { on: compose::day(posted, "on")? },
        "publish" => PenaltyCommand::Publish {
            paper: which()?,
            number: text("number"),
            to: tools.publicity.clone(),
        },
        "extend" => PenaltyCommand::Extend { why: text("why") },
        "pay" => PenaltyCommand::Pay {
            amount_fen: compose::fen(posted, "amount")?,
            on: compose::day(posted, "on")?,
            reference: text("reference"),
        },
        "file_redress" => {
            PenaltyCommand::FileRedress { redress: redress(), on: compose::day(posted, "on")? }
        }
        "end_redress" => PenaltyCommand::EndRedress {
            redress: redress(),
            on: compose::day(posted, "on")?,
            result: match posted.get("result") {
                Some("struck") => RedressResult::Struck,
                Some("withdrawn") => RedressResult::Withdrawn,
                _ => RedressResult::Upheld,
            },
        },
        "close" => {
            let ending = Ending::of(&text("ending"));
            let missing = PenaltyError::Field { key: "ending", why: "REQUIRED" };
            PenaltyCommand::Close { ending: ending.ok_or(missing)? }
        }
        other => return Err(PenaltyError::NoSuchAct(other.to_owned()).into()),
    })
}

/// A paper that found nobody is announced (公告送达): an enterprise by its name, a person by the first character.
async fn announced(
    platform: &Platform,
    tools: &Tools,
    loaded: &super::Loaded,
    paper: &PaperId,
    posted: &Posted,
) -> Result<PenaltyCommand, Failure> {
    let no = loaded.row.no.as_str();
    let key = NoticeKey(crate::model::notice_key(no, paper));
    let row = delivery::queries::notice(&*platform.reader, &key).await?;
    // The other ways come first: what is still on its way, or runs already, is not announced.
    let row = row.filter(|row| row.state == delivery::State::PaperWanted);
    let row = row.ok_or(PenaltyError::WrongStage { why: "OTHER_WAYS_FIRST" })?;
    let filing = loaded.case.filing.as_deref().ok_or(PenaltyError::Unknown)?;
    let name = tools.profile(filing.profile.as_ref()).await?.name;
    let name = match filing.party_kind {
        PartyKind::Enterprise => name,
        PartyKind::Person => name.chars().take(1).chain("某某".chars()).collect(),
    };
    let name = if name.is_empty() { "当事人".to_owned() } else { name };
    let why = posted.filled("why").unwrap_or_default().to_owned();
    let notice = ServiceNotice { name, number: row.number, why };
    Ok(PenaltyCommand::AnnounceService { paper: paper.clone(), notice })
}

/// The party proved another arrival, and an officer accepted it (当事人举证): delivery computes the day anew.
async fn counterproof(
    platform: &Platform,
    tools: &Tools,
    loaded: super::Loaded,
    paper: &PaperId,
    posted: &Posted,
) -> Result<Response, Failure> {
    let no = loaded.row.no.clone();
    let field = |key, why| PenaltyError::Field { key, why };
    let arrived = match posted.filled("arrived") {
        None => None,
        Some(text) => {
            let wall = text.replace(' ', "T").parse().map_err(|_shape| field("arrived", "DATE"))?;
            Some(When::from(codes::Moment::from_wall(wall)))
        }
    };
    let rung = posted.filled("rung").and_then(|text| text.parse().ok()).unwrap_or(1);
    let file = posted.files.first().ok_or_else(|| field("evidence", "REQUIRED"))?;
    let evidence = tools.vault.keep(Some(&vault_key(&no)), &file.bytes).await?;
    let notice = NoticeKey(crate::model::notice_key(no.as_str(), paper));
    let command = NoticeCommand::CounterProve { rung, arrived, evidence };
    let commands = Atomic::new(loaded.row.shard.clone())
        .then::<Notice>(&notice, &command)
        .map_err(|_unwritable| RequestError::Fault)?;
    let act = format!("{:?}", commands.commands);
    let id = CommandId::derive(&[b"penalty.counterproof", act.as_bytes()]);
    let submitted = platform.commands.submit(loaded.by, id, commands).await;
    submitted?;
    Ok(Redirect::to(&format!("/penalty/cases/{no}")).into_response())
}

/// Which paper a draft page is about: `new-decision`, or one that is there.
fn sort_of(paper: &str) -> Result<Sort, PenaltyError> {
    let word = paper.strip_prefix("new-").or_else(|| paper.rsplit_once('-').map(|(w, _)| w));
    word.and_then(Sort::of).ok_or_else(|| PenaltyError::NoSuchPaper(PaperId(paper.to_owned())))
}

/// The id that the aggregate will give: the unissued paper of the sort, or the next number.
fn next_paper(case: &Penalty, sort: Sort) -> PaperId {
    let own = case.papers.iter().filter(|(_, paper)| paper.sort() == Some(sort));
    let unissued = own.clone().find(|(_, paper)| paper.issued.is_none());
    unissued.map_or_else(|| PaperId::new(sort, own.count() + 1), |(id, _)| id.clone())
}

pub(super) async fn draft_page(
    State(platform): State<Platform>,
    Extension(tools): Extension<Arc<Tools>>,
    Who(actor): Who,
    frame: Frame,
    Path((no, paper)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let loaded = loaded(&platform, &actor, "penalty.handle", &no).await?;
    let sort = sort_of(&paper)?;
    let clocks = tools.law.clocks(platform.clock.now().date())?;
    Ok(pages::draft(&frame, &loaded.row, &loaded.case, sort, &clocks).into_response())
}

pub(super) async fn draft(
    State(platform): State<Platform>,
    Extension(tools): Extension<Arc<Tools>>,
    Who(actor): Who,
    Path((no, paper)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    let loaded = loaded(&platform, &actor, "penalty.handle", &no).await?;
    let sort = sort_of(&paper)?;
    let paper = next_paper(&loaded.case, sort);
    let today = platform.clock.now().date();
    let draft = compose::draft(&tools, &loaded.case, &paper, sort, &posted, today).await?;
    let command = PenaltyCommand::Draft(Box::new(draft));
    let version = posted.expected_version();
    submit(&platform, loaded.by, &loaded.row, version, &command).await?;
    Ok(Redirect::to(&format!("/penalty/cases/{no}")).into_response())
}

/// The package is made once, and its root goes to the notary.
pub(super) async fn ask_notary(
    State(platform): State<Platform>,
    Extension(tools): Extension<Arc<Tools>>,
    Who(actor): Who,
    Path((no, paper)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (loaded, row) = paper_of(&platform, &actor, "penalty.handle", &no, &paper).await?;
    let made = package::make(&platform, &tools, &loaded.row, &row).await?;
    // What the notary certifies is kept as it is: the next package would have another root.
    let kept = tools.vault.keep(Some(&vault_key(&row.no)), &made.bytes).await?;
    let command = PenaltyCommand::AskPreservation { paper: row.paper, root: made.root, kept };
    let version = posted.expected_version();
    submit(&platform, loaded.by, &loaded.row, version, &command).await?;
    Ok(Redirect::to(&format!("/penalty/cases/{no}")).into_response())
}

/// What a party says on its letter: a defence, a waiver, a wish to be heard or for paper.
pub(super) async fn speak(
    State(platform): State<Platform>,
    Extension(tools): Extension<Arc<Tools>>,
    Who(actor): Who,
    Path((no, paper)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    let loaded = loaded(&platform, &actor, "penalty.speak", &no).await?;
    let verb = posted.action().map(|action| action.verb).unwrap_or_default();
    let command = match verb.as_str() {
        "defend" => {
            let text = posted.filled("statement").unwrap_or_default();
            let demand = sort_of(&paper)? == Sort::Demand;
            let answers = demand.then(|| PaperId(paper.clone()));
            stated(&tools, &loaded.row.no, text, answers).await?
        }
        "waive" => PenaltyCommand::WaiveDefence {
            defence: posted.filled("defence").is_some(),
            hearing: posted.filled("hearing").is_some(),
        },
        "hearing" => PenaltyCommand::AskHearing,
        "paper" => PenaltyCommand::AskPaper { paper: PaperId(paper.clone()) },
        _ => return Err(PenaltyError::NoSuchAct(verb).into()),
    };
    submit(&platform, loaded.by, &loaded.row, posted.expected_version(), &command).await?;
    Ok(Redirect::to(&format!("/penalty/letters/{no}/{paper}")).into_response())
}

/// The statement sealed, and the commitment to it that the event holds.
async fn stated(
    tools: &Tools,
    no: &CustomsCaseNo,
    text: &str,
    answers: Option<PaperId>,
) -> Result<PenaltyCommand, Failure> {
    let length = text.chars().count();
    if length == 0 || length > STATEMENT_CHARS_MAX {
        return Err(PenaltyError::Field { key: "statement", why: "LENGTH" }.into());
    }
    let key = vault_key(no);
    let secret = tools.vault.secret(&KeyName::new(key.as_str()), "penalty.statement").await?;
    let mut salt = [0_u8; 16];
    for (to, from) in salt.iter_mut().zip(secret.iter()) {
        *to = *from;
    }
    let commitment = Commitment::to(&Salt::new(salt), text)?;
    let statement = tools.vault.keep(Some(&key), text.as_bytes()).await?;
    Ok(PenaltyCommand::StateDefence { statement, commitment, answers })
}

/// The partner that sent something may tell of the cases of its own office.
pub(crate) fn partner_cleared(
    platform: &Platform,
    partner: &str,
    no: &CustomsCaseNo,
    row: Option<&crate::queries::CaseRow>,
) -> Result<Clearance, Failure> {
    let actor = Actor::Partner { partner: partner.to_owned() };
    let mut on = row.map_or_else(|| Subject::new("PenaltyCase", no.as_str()), subject);
    on.facts.push(("partner", partner.to_owned()));
    Ok(clear(&*platform.gate, &actor, "penalty.message", &on)?)
}
