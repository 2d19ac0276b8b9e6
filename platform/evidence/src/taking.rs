//! Packages over HTTP: whoever may have one takes it, anybody checks one.
//!
//! ```text
//! by the gate   GET  /evidence/packages/<kind>/<key>       the package of a case, a notice, …
//! open          GET  /evidence/trust.json                  keys, witnesses and roots, for checks without us
//! open          GET, POST /evidence/verify                 a page: give a package, see each claim and why
//! open          POST /evidence/verify.json                  the same for programs
//! ```
//! What is given for a check is looked at in memory and kept nowhere.

use crate::note::Signs;
use crate::package::{
    About, AuthorityFiles, BuildError, CheckpointInput, ConsistencyInput, EventInput,
    InclusionInput, Inputs, Opening, Paper, Sealer, build,
};
use crate::stamp::{Authority, Stamps};
use crate::verify::{Trust, TrustFile, verify_package};
use crate::{Hears, Log, LogError, Published, VerifierKey, leaf_of, pages};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use codes::{Label, Moment};
use kernel::{Actor, Recorded, Shard, Waiting};
use module::{Exhibit, Exhibits, Platform, Subject, Who, clear};
use portal::{Failure, Frame, Path, Posted, RequestError};
use seals::{Algorithm, KeyRecord, PublicKeySet, Purpose, Salt};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The largest package that is checked on the page: 32 MiB.
const UPLOAD_BYTES_MAX: usize = 32 << 20;

/// What packages are made with.
#[derive(Clone, Debug)]
pub struct Packages {
    /// The log.
    pub log: Log,
    /// Checkpoints with their stamps; none where no authority is asked.
    pub stamps: Option<Arc<Stamps>>,
    /// The authorities that are asked.
    pub authorities: Vec<Authority>,
    /// Keys of the witnesses of the log.
    pub witnesses: Vec<VerifierKey>,
    /// Who makes packages.
    pub maker: Label,
}

impl Packages {
    /// Packages of a log, without stamps.
    #[must_use]
    pub fn of(log: Log) -> Self {
        let maker = Label::new(log.origin_base(), log.origin_base());
        Self { log, stamps: None, authorities: Vec::new(), witnesses: Vec::new(), maker }
    }

    fn records(&self) -> Result<Vec<KeyRecord>, Failure> {
        let mut records = self.log.keys().records()?;
        records.retain(|key| [Purpose::LOG, Purpose::LICENCES].contains(&key.purpose));
        Ok(records)
    }

    fn trust_file(&self) -> Result<TrustFile, Failure> {
        let roots: Vec<_> =
            self.authorities.iter().flat_map(|authority| authority.roots.clone()).collect();
        let witnesses: Vec<_> = self
            .witnesses
            .iter()
            .filter(|key| key.signs() == Signs::Cosignatures)
            .cloned()
            .collect();
        Ok(TrustFile::of(self.records()?, &witnesses, &roots))
    }

    fn trust(&self, now: Moment) -> Result<Trust, Failure> {
        let mut trust = Trust::nobody(now);
        trust.keys = Some(PublicKeySet::new(self.records()?));
        trust.witnesses.clone_from(&self.witnesses);
        trust.roots =
            self.authorities.iter().flat_map(|authority| authority.roots.clone()).collect();
        Ok(trust)
    }

    /// The package of a thing.
    ///
    /// # Errors
    /// Those of the log and of [`build`].
    pub async fn make(
        &self,
        platform: &Platform,
        about: About,
        exhibit: Exhibit,
    ) -> Result<Vec<u8>, Failure> {
        let now = platform.clock.now();
        let unknown = || BuildError::Unknown { kind: about.kind.clone(), key: about.key.clone() };
        let shard =
            exhibit.streams.first().map(|stream| stream.shard.clone()).ok_or_else(unknown)?;
        let mut events: Vec<Recorded> = Vec::new();
        for stream in exhibit.streams.iter().filter(|stream| stream.shard == shard) {
            let found = platform.history.stream(&shard, &stream.kind, &stream.key, 0);
            events.extend(found.await?);
        }
        events.sort_by_key(|event| event.seq);
        let last = events.last().ok_or_else(unknown)?.seq;
        let published = self.covering(&shard, last).await?;
        let inputs = self.inputs(about, exhibit, (&shard, &events, &published), now)?;
        let keys = Arc::clone(self.log.keys());
        let made = tokio::task::spawn_blocking(move || -> Result<Vec<u8>, Failure> {
            let key = keys
                .current(&Purpose::LICENCES, Algorithm::Es256, now)
                .map_err(|error| BuildError::Unsigned(Box::new(error.into())))?;
            let mut package = Vec::new();
            build(&inputs, Sealer { keys: &*keys, key: &key }, &mut package)?;
            Ok(package)
        });
        made.await.map_err(|_stopped| Failure::from(RequestError::Fault))?
    }

    /// The published checkpoints of a shard up to one that covers a position; one is published now where none does yet.
    async fn covering(&self, shard: &Shard, last: u64) -> Result<Vec<Published>, Failure> {
        let covers = |all: &[Published]| all.iter().any(|one| one.size >= last);
        let mut all = self.log.published(shard)?;
        if !covers(&all) {
            self.log.catch_up(shard).await?;
            self.log.publish(shard).await?;
            all = self.log.published(shard)?;
        }
        all.sort_by_key(|one| one.size);
        if covers(&all) {
            return Ok(all);
        }
        Err(BuildError::NotLoggedYet { shard: shard.to_string(), seq: last }.into())
    }

    fn inputs(
        &self,
        about: About,
        exhibit: Exhibit,
        (shard, events, published): (&Shard, &[Recorded], &[Published]),
        at: Moment,
    ) -> Result<Inputs, Failure> {
        let mut used: BTreeSet<u64> = BTreeSet::new();
        let mut packed = Vec::new();
        for event in events {
            let first = published.iter().find(|one| one.size >= event.seq);
            let size = first.map(|one| one.size).ok_or_else(|| BuildError::NotLoggedYet {
                shard: shard.to_string(),
                seq: event.seq,
            })?;
            used.insert(size);
            let index = event.seq.saturating_sub(1);
            let path = self.log.inclusion(shard, index, size)?.path;
            packed.push(EventInput {
                leaf: leaf_of(event),
                proof: InclusionInput { index, size, path },
                label: words(&exhibit, event),
            });
        }
        let sizes: Vec<u64> = used.iter().copied().collect();
        let mut consistency = Vec::new();
        for (old, new) in sizes.iter().zip(sizes.iter().skip(1)) {
            let path = self.log.consistency(shard, *old, *new)?;
            consistency.push(ConsistencyInput { old: *old, new: *new, path });
        }
        let mut checkpoints = Vec::new();
        for one in published.iter().filter(|one| used.contains(&one.size)) {
            let stamps = match &self.stamps {
                None => BTreeMap::new(),
                Some(stamps) => stamps
                    .of(shard.as_str(), one.size)
                    .map_err(|error| LogError::Unavailable {
                        shard: shard.to_string(),
                        why: error.to_string(),
                    })?
                    .map(|held| held.stamps)
                    .unwrap_or_default(),
            };
            checkpoints.push(CheckpointInput {
                note: one.note.clone(),
                stamps: stamps.into_iter().collect(),
            });
        }
        Ok(Inputs {
            number: if exhibit.number.is_empty() {
                about.key.clone()
            } else {
                exhibit.number.clone()
            },
            about,
            title: exhibit.title.clone(),
            maker: self.maker.clone(),
            at,
            profile: self.log.profile(),
            checkpoints,
            consistency,
            openings: openings(&exhibit, events)?,
            events: packed,
            documents: exhibit.documents.into_iter().map(paper).collect(),
            raw: exhibit.raw.into_iter().map(paper).collect(),
            authorities: self.authorities.iter().map(files).collect(),
            keys: self.records()?,
        })
    }
}

/// What an event is called in the package.
fn words(exhibit: &Exhibit, event: &Recorded) -> Label {
    let name = format!("{}.{}", event.kind, event.name());
    let known = exhibit.words.iter().find(|(known, _)| *known == name);
    known.map_or_else(|| Label::new(name.clone(), name.clone()), |(_, label)| label.clone())
}

fn openings(exhibit: &Exhibit, events: &[Recorded]) -> Result<Vec<Opening>, Failure> {
    let mut all = Vec::new();
    for opening in &exhibit.openings {
        let is_it = |event: &Recorded| {
            *event.kind == *opening.stream.0
                && *event.key == *opening.stream.1
                && event.version == opening.version
        };
        let Some(place) = events.iter().position(is_it) else { continue };
        let salt: Salt = serde_json::from_value(opening.salt.clone().into())
            .map_err(|error| BuildError::Incomplete { why: error.to_string() })?;
        all.push(Opening {
            event: place as u64,
            pointer: opening.pointer.clone(),
            salt,
            value: opening.value.clone(),
        });
    }
    Ok(all)
}

fn paper(paper: module::ExhibitPaper) -> Paper {
    Paper { name: paper.name, role: paper.role, title: paper.title, bytes: paper.bytes }
}

fn files(authority: &Authority) -> AuthorityFiles {
    let certificates = authority.between.iter().chain(&authority.roots).cloned().collect();
    AuthorityFiles { key: authority.key.clone(), certificates, revocations: None }
}

impl Hears for Stamps {
    fn published<'a>(
        &'a self,
        _log: &'a Log,
        shard: &'a Shard,
        checkpoint: &'a Published,
    ) -> Waiting<'a, ()> {
        let offered = self.offer(shard.as_str(), checkpoint.size, &checkpoint.note, checkpoint.at);
        if let Err(error) = offered {
            // The log itself goes on; the next start takes in what was missed.
            tracing::error!(%shard, size = checkpoint.size, %error, "a checkpoint is not kept for stamps");
        }
        Box::pin(std::future::ready(()))
    }
}

/// The routes of packages.
pub(crate) fn router(packages: Packages) -> Router<Platform> {
    let upload = DefaultBodyLimit::max(UPLOAD_BYTES_MAX + (64 << 10));
    Router::new()
        .route("/evidence/packages/{kind}/{key}", get(take))
        .route("/evidence/trust.json", get(trust))
        .route("/evidence/verify", get(ask).post(check).layer(upload))
        .route("/evidence/verify.json", post(check_json).layer(upload))
        .layer(Extension(Arc::new(packages)))
}

async fn take(
    State(platform): State<Platform>,
    Extension(packages): Extension<Arc<Packages>>,
    Who(actor): Who,
    Path((kind, key)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let unknown = || BuildError::Unknown { kind: kind.clone(), key: key.clone() };
    let Some(exhibits) = platform.exhibits.iter().find(|one| one.kind() == kind) else {
        // Who may have no package is not told of what there are packages.
        clear(&*platform.gate, &actor, "evidence.package", &court(&kind, &key))?;
        return Err(unknown().into());
    };
    let exhibits = Arc::clone(exhibits);
    permit(&platform, &actor, &*exhibits, &key).await?;
    let exhibit = exhibits.gather(&platform, &key).await?;
    let about = About { kind, key };
    let package = packages.make(&platform, about, exhibit).await?;
    let headers = [
        (CONTENT_TYPE, "application/zip"),
        (CONTENT_DISPOSITION, "attachment; filename=\"evidence.zip\""),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, package).into_response())
}

/// Whether somebody may have the package of a thing: as any of what its owner names, or as a court, which sees the package of
/// anything, whose organ and place it is not (民事诉讼法 67).
async fn permit(
    platform: &Platform,
    actor: &Actor,
    exhibits: &dyn Exhibits,
    key: &str,
) -> Result<(), Failure> {
    let court = court(exhibits.kind(), key);
    let mut subjects = match exhibits.access(platform, key).await {
        Ok(subjects) => subjects,
        Err(refusal) => {
            clear(&*platform.gate, actor, "evidence.package", &court)?;
            return Err(refusal.into());
        }
    };
    subjects.push(court);
    let mut denied = None;
    for subject in &subjects {
        match clear(&*platform.gate, actor, "evidence.package", subject) {
            Ok(_clearance) => return Ok(()),
            Err(why) => denied = denied.or(Some(why)),
        }
    }
    denied.map_or(Ok(()), |why| Err(why.into()))
}

/// A package as a court sees it.
fn court(kind: &str, key: &str) -> Subject {
    let facts = vec![("view", "court".to_owned())];
    Subject { facts, ..Subject::new("Package", format!("{kind}/{key}")) }
}

async fn trust(Extension(packages): Extension<Arc<Packages>>) -> Result<Response, Failure> {
    Ok(portal::Json(packages.trust_file()?).into_response())
}

async fn ask(frame: Frame) -> Response {
    pages::check::ask(&frame).into_response()
}

async fn check(
    State(platform): State<Platform>,
    Extension(packages): Extension<Arc<Packages>>,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Failure> {
    let report = checked(&platform, &packages, &posted).await?;
    let mut response = pages::check::report(&frame, &report).into_response();
    response.headers_mut().insert(CACHE_CONTROL, axum::http::HeaderValue::from_static("no-store"));
    Ok(response)
}

async fn check_json(
    State(platform): State<Platform>,
    Extension(packages): Extension<Arc<Packages>>,
    posted: Posted,
) -> Result<Response, Failure> {
    let report = checked(&platform, &packages, &posted).await?;
    Ok(portal::Json(report).into_response())
}

async fn checked(
    platform: &Platform,
    packages: &Packages,
    posted: &Posted,
) -> Result<crate::Report, Failure> {
    let file = posted.files.first().map(|file| file.bytes.clone()).unwrap_or_default();
    if file.is_empty() {
        return Err(RequestError::Form("file".to_owned()).into());
    }
    let trust = packages.trust(platform.clock.now())?;
    let looked = tokio::task::spawn_blocking(move || verify_package(&file, &trust)).await;
    looked.map_err(|_stopped| RequestError::Fault.into())
}
