//! The evidence package of a paper (证据包): case, notice and confirmation as they stand in the log, document and receipts.

use crate::decide::Penalty;
use crate::errand::Tools;
use crate::error::PenaltyError;
use crate::http::subject;
use crate::model::{confirmation_key, notice_key, of_notice_key};
use crate::queries::{self, CaseRow, PaperRow};
use crate::words;
use codes::Label;
use delivery::confirmation::Confirmation;
use delivery::{Notice, NoticeEvent, NoticeKey};
use evidence::Packages;
use evidence::package::{About, archive};
use evidence::stamp::Stamper;
use kernel::{Aggregate as _, Recorded, Waiting};
use module::{Concern, Exhibit, ExhibitPaper, Exhibits, Platform, Refusal, Subject};
use portal::Failure;
use seals::Digest;
use std::fmt;
use std::sync::Arc;

/// The kind under which packages of papers are asked for: `/evidence/packages/penalty-paper/<notice key>`.
pub const KIND: &str = "penalty-paper";
/// How many captures of one case are looked for.
const ROUNDS_MAX: u32 = 20;

/// What packages are made with.
#[derive(Clone)]
pub struct Evidence {
    /// The log, its stamps, its authorities.
    pub packages: Packages,
    /// What fetches stamps; none where no authority is asked.
    pub stamper: Option<Arc<Stamper>>,
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = self.packages.log.origin_base();
        f.debug_struct("Evidence").field("log", &origin).finish_non_exhaustive()
    }
}

/// A package and what it is known by.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its number, `EP-…`.
    pub number: String,
    /// Its root hash: the digest of its manifest, which covers every file in it.
    pub root: String,
    /// The ZIP.
    pub bytes: Vec<u8>,
}

/// Makes the package of a paper that is proven, as everything stands now.
///
/// # Errors
/// [`PenaltyError::WrongStage`] where there is no proof of electronic service yet, [`PenaltyError::Package`] where there is no
/// log, and those of the log, the journal and the vault.
pub async fn make(
    platform: &Platform,
    tools: &Tools,
    case: &CaseRow,
    paper: &PaperRow,
) -> Result<Package, Failure> {
    let failed = |why: &str| PenaltyError::Package(why.to_owned());
    let evidence = tools.evidence.as_ref().ok_or_else(|| failed("there is no log"))?;
    let exhibit = exhibit(platform, tools, case, paper).await?;
    let number = exhibit.number.clone();
    let key = notice_key(case.no.as_str(), &paper.paper);
    let about = About { kind: KIND.to_owned(), key };
    let bytes = evidence.packages.make(platform, about, exhibit).await?;
    let root = root_of(&bytes).ok_or_else(|| failed("the package cannot be read"))?;
    Ok(Package { number, root, bytes })
}

/// The digest of the manifest of a package; none if it is none.
#[must_use]
pub fn root_of(bytes: &[u8]) -> Option<String> {
    let read = archive::read(bytes)?;
    let manifest = read.entries.iter().find(|entry| entry.name == "manifest.json")?;
    Some(Digest::sha256(&manifest.bytes).hex())
}

/// What belongs to a paper: three streams, the document, the receipts as they came.
async fn exhibit(
    platform: &Platform,
    tools: &Tools,
    case: &CaseRow,
    paper: &PaperRow,
) -> Result<Exhibit, Failure> {
    let number = paper.proof.as_deref().and_then(penalty::package_no);
    let number = number.ok_or(PenaltyError::WrongStage { why: "NOT_PROVEN" })?;
    let no = case.no.as_str();
    let stream =
        |kind: &str, key: String| Concern { shard: case.shard.clone(), kind: kind.to_owned(), key };
    let notice = notice_key(no, &paper.paper);
    let mut streams =
        vec![stream(Penalty::KIND, no.to_owned()), stream(Notice::KIND, notice.clone())];
    // The form may have been shown more than once: a refusal is part of the story as well.
    for round in 1..=ROUNDS_MAX {
        let key = confirmation_key(no, round);
        let found = platform.history.stream(&case.shard, Confirmation::KIND, &key, 0).await;
        if found?.is_empty() {
            break;
        }
        streams.push(stream(Confirmation::KIND, key));
    }
    let events = platform.history.stream(&case.shard, Notice::KIND, &notice, 0).await;
    let events = events?;
    let title = paper.sort.label();
    Ok(Exhibit {
        title: Label::new(
            format!("{}送达证据包（案件{no}）", title.zh),
            format!("Evidence of service: {} (case {no})", title.en),
        ),
        number,
        streams,
        documents: documents(tools, paper).await?,
        raw: raw(tools, &events).await?,
        openings: Vec::new(),
        words: words::all(),
    })
}

async fn documents(tools: &Tools, paper: &PaperRow) -> Result<Vec<ExhibitPaper>, Failure> {
    let key = NoticeKey(notice_key(paper.no.as_str(), &paper.paper));
    let row = delivery::queries::notice(&*tools.reader, &key).await?;
    let Some((row, document)) = row.and_then(|row| Some((row.clone(), row.document?))) else {
        return Ok(Vec::new());
    };
    Ok(vec![ExhibitPaper {
        name: format!("{}.pdf", paper.paper),
        role: paper.sort.template().to_owned(),
        title: Label::new(
            format!("{} {}", row.title.zh, row.number),
            format!("{} {}", row.title.en, row.number),
        ),
        bytes: tools.vault.read(&document.pdf).await?,
    }])
}

/// Receipts as they came: reports of gateways, returned mail, answers of servers.
async fn raw(tools: &Tools, events: &[Recorded]) -> Result<Vec<ExhibitPaper>, Failure> {
    let mut papers = Vec::new();
    for event in events {
        let Ok(what) = event.read::<NoticeEvent>() else { continue };
        let (role, bytes) = match what {
            NoticeEvent::Reported { receipt, .. } => {
                ("gateway_report", tools.vault.read(&receipt).await?)
            }
            NoticeEvent::Bounced { receipt: Some(receipt), .. }
            | NoticeEvent::ReturnedLate { receipt, .. } => {
                ("returned_mail", tools.vault.read(&receipt).await?)
            }
            NoticeEvent::CounterProven { evidence, .. } => {
                ("counter_proof", tools.vault.read(&evidence).await?)
            }
            NoticeEvent::Sent { message_id, answer, .. } => {
                ("smtp_answer", format!("Message-ID: {message_id}\r\n{answer}\r\n").into_bytes())
            }
            NoticeEvent::Submitted { gateway_id, answer, .. } => {
                ("gateway_answer", format!("{gateway_id}\r\n{answer}\r\n").into_bytes())
            }
            _ => continue,
        };
        papers.push(ExhibitPaper {
            name: format!("{}-{role}.txt", event.seq),
            role: role.to_owned(),
            title: words::of_event(Notice::KIND, event.name()),
            bytes,
        });
    }
    Ok(papers)
}

/// Papers of penalty cases, for whoever packs evidence.
#[derive(Clone, Debug)]
pub(crate) struct PaperExhibits(pub(crate) Arc<Tools>);

impl PaperExhibits {
    async fn found(&self, platform: &Platform, key: &str) -> Result<(CaseRow, PaperRow), Refusal> {
        let unknown = || Refusal::of(&PenaltyError::Unknown);
        let (no, paper) = of_notice_key(key).ok_or_else(unknown)?;
        let reader = &*platform.reader;
        let unread = |error: tables::ReadError| Refusal::of(&error);
        let case = queries::case(reader, no.as_str()).await.map_err(unread)?;
        let papers = queries::papers(reader, no.as_str()).await.map_err(unread)?;
        let paper = papers.into_iter().find(|row| row.paper == paper);
        case.zip(paper).ok_or_else(unknown)
    }
}

impl Exhibits for PaperExhibits {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn access<'a>(
        &'a self,
        platform: &'a Platform,
        key: &'a str,
    ) -> Waiting<'a, Result<Vec<Subject>, Refusal>> {
        Box::pin(async move {
            let (case, _paper) = self.found(platform, key).await?;
            let own = subject(&case);
            Ok(vec![Subject { kind: "Package", id: format!("{KIND}/{key}"), ..own }])
        })
    }

    fn gather<'a>(
        &'a self,
        platform: &'a Platform,
        key: &'a str,
    ) -> Waiting<'a, Result<Exhibit, Refusal>> {
        Box::pin(async move {
            let (case, paper) = self.found(platform, key).await?;
            exhibit(platform, &self.0, &case, &paper).await.map_err(|failure| refusal(&failure))
        })
    }
}

fn refusal(failure: &Failure) -> Refusal {
    Refusal {
        code: failure.code.clone(),
        reason: failure.reason.clone(),
        label: failure.label.clone(),
        status: failure.status,
        fields: failure.fields.clone().into(),
    }
}
