//! Brings a case as far as its sample says before the first step, by the same commands that pages send.

use super::Set;
use super::read::{Ready, Script, instant};
use super::state::{State, folded};
use crate::load::{Bundle, Bundles};
use cases::desk::{key_of, shard_of};
use cases::law::Definition;
use cases::model::{CaseState, Plan};
use cases::planning::Choice;
use cases::series::{CaseSeries, SeriesCommand, SeriesEvent, SeriesKey};
use cases::{Case, CaseCommand, CaseKey};
use catalogue::PackageKey;
use catalogue::definition::ServiceKey;
use codes::{CaseNo, Division};
use delivery::{Address, AddressCommand, AddressOfService, Channel};
use elements::Value;
use forms::{Answers, Crosswalks};
use kernel::{Actor, Aggregate, Atomic, CommandId, Moment, PartyKey, Shard};
use module::{Receipt, SubmitError};
use registers::Claim;
use registers::claim::{ClaimCommand, ClaimKey};
use std::sync::Arc;

/// The party of every sample.
const APPLICANT: &str = "sample-applicant";
/// The shard of addresses of service: they belong to no place.
const NATION: &str = "000000";
/// What the applicant hands in where a file is asked for.
const UPLOAD: &[u8] = b"%PDF-1.7\n%%EOF\n";

/// A case on a stage.
pub(crate) struct Play<'a> {
    pub(crate) bundles: &'a Bundles,
    pub(crate) set: &'a dyn Set,
    pub(crate) place: Division,
    pub(crate) shard: Shard,
    pub(crate) plan: Plan,
    pub(crate) definition: Arc<Definition>,
    pub(crate) case: CaseKey,
    pub(crate) claim: ClaimKey,
    /// The answers on record; none before the first save.
    pub(crate) answers: Option<Answers>,
    /// The answers that the sample has ready.
    pub(crate) filled: Answers,
}

/// When a sample begins.
pub(crate) fn begins(script: &Script) -> Option<Moment> {
    let first = script.when.first().map(|step| &step.at);
    script.given.at.as_ref().or(first).and_then(|at| instant(at))
}

impl<'a> Play<'a> {
    /// Opens a case and brings it as far as the sample says.
    pub(crate) async fn begin(
        bundles: &'a Bundles,
        bundle: &'a Bundle,
        set: &'a dyn Set,
        script: &Script,
    ) -> Result<Self, String> {
        let given = &script.given;
        let place: Division = given.place.parse().map_err(|error| format!("place: {error}"))?;
        let choice = choice(bundles, bundle, script)?;
        let today = set.stage().now().date();
        let plan =
            bundles.plan(bundle.number, &choice, today).map_err(|error| error.to_string())?;
        let maps = Arc::new(Crosswalks::builtin().map_err(|error| error.to_string())?);
        let definition =
            bundles.definition(bundle.number, &maps).ok_or("the reform has no services")?;
        let mut play = Self {
            bundles,
            set,
            place,
            shard: shard_of(place),
            plan,
            definition: Arc::new(definition),
            case: CaseKey::default(),
            claim: ClaimKey::default(),
            answers: None,
            filled: script.answers.clone(),
        };
        play.open().await?;
        if given.consent {
            play.consent().await?;
        }
        if given.ready >= Ready::Saved {
            play.save(&script.answers).await?;
            play.hand_in(script).await?;
        }
        if given.ready >= Ready::Named {
            play.keep_name().await?;
        }
        if given.ready >= Ready::Signed {
            play.sign_all().await?;
        }
        Ok(play)
    }

    pub(crate) fn applicant() -> Actor {
        Actor::Party { party: PartyKey::new(APPLICANT), login: APPLICANT.to_owned(), mandate: None }
    }

    pub(crate) async fn submit(&self, by: Actor, group: Atomic) -> Result<Receipt, SubmitError> {
        self.set.stage().submit(by, group).await
    }

    /// What must be possible before the first step.
    async fn must<A: Aggregate>(
        &self,
        key: &A::Key,
        command: &A::Command,
    ) -> Result<Receipt, String> {
        self.must_in::<A>(&self.shard, key, command).await
    }

    async fn must_in<A: Aggregate>(
        &self,
        shard: &Shard,
        key: &A::Key,
        command: &A::Command,
    ) -> Result<Receipt, String> {
        let group = Atomic::new(shard.clone())
            .then::<A>(key, command)
            .map_err(|error| error.to_string())?;
        self.submit(Self::applicant(), group).await.map_err(|error| {
            let refusal = error.refusal();
            format!("given, {}: {} {}", A::KIND, refusal.reason, refusal.fields)
        })
    }

    async fn open(&mut self) -> Result<(), String> {
        let today = self.set.stage().now().date();
        let series = SeriesKey::of(self.place, today);
        let receipt = self.must::<CaseSeries>(&series, &SeriesCommand::Allot).await?;
        let allotted = receipt.events.first().map(kernel::Recorded::read::<SeriesEvent>);
        let Some(Ok(SeriesEvent::Allotted { serial })) = allotted else {
            return Err("no case number was allotted".to_owned());
        };
        let no = CaseNo::new(self.place, today, serial).map_err(|error| error.to_string())?;
        self.case = CaseKey(no.to_string());
        let open = CaseCommand::Open {
            no: self.case.clone(),
            applicant: PartyKey::new(APPLICANT),
            plan: Box::new(self.plan.clone()),
        };
        self.must::<Case>(&self.case, &open).await.map(drop)
    }

    async fn consent(&self) -> Result<(), String> {
        let party = PartyKey::new(APPLICANT);
        let consented = std::iter::once(Channel::Inbox).collect();
        let confirm = AddressCommand::Confirm {
            party: party.clone(),
            address: AddressOfService { consented, ..AddressOfService::default() },
            statement: "electronic-service-2026-01".to_owned(),
        };
        self.must_in::<Address>(&Shard::new(NATION), &party, &confirm).await.map(drop)
    }

    /// Seals answers under the key of the case.
    pub(crate) async fn seal(&self, answers: &Answers) -> Result<String, String> {
        let content = serde_json::to_vec(answers).map_err(|error| error.to_string())?;
        self.set.seal(key_of(&self.case).as_str(), &content).await
    }

    async fn save(&mut self, answers: &Answers) -> Result<(), String> {
        let sealed = self.seal(answers).await?;
        let save =
            CaseCommand::SaveAnswers { answers: Box::new(answers.clone()), before: None, sealed };
        self.must::<Case>(&self.case, &save).await?;
        self.answers = Some(answers.clone());
        Ok(())
    }

    /// Everything that the one list asks for: confirmed by a register where the sample says so, else uploaded.
    async fn hand_in(&self, script: &Script) -> Result<(), String> {
        for material in self.definition.materials(&self.plan) {
            let slot = material.slot;
            let command = match script.given.confirmed.get(&slot) {
                Some(by) => CaseCommand::NoteConfirmed { slot, by: by.clone() },
                None => {
                    let blob = self.set.seal(key_of(&self.case).as_str(), UPLOAD).await?;
                    CaseCommand::AttachMaterial { slot, blob }
                }
            };
            self.must::<Case>(&self.case, &command).await?;
        }
        Ok(())
    }

    /// The command that keeps the name of the case, and the key of its claim.
    pub(crate) fn reservation(
        &self,
        answers: &Answers,
    ) -> Result<(ClaimKey, ClaimCommand), String> {
        let completed = self.definition.completed(answers, &std::collections::BTreeMap::new());
        let text = |key: &str| {
            completed.plain.get(key).and_then(Value::as_text).map(str::to_owned).unwrap_or_default()
        };
        let task = self.plan.tasks.iter().find(|task| task.automatic);
        let organ = &task.ok_or("no task of the plan keeps a name")?.organ;
        let trade_name = text("trade_name");
        registers::check_trade_name(&trade_name).map_err(|fault| fault.to_string())?;
        let reserve = ClaimCommand::Reserve {
            holder: self.case.to_string(),
            name: text("enterprise_name"),
            industry: text("name_industry"),
            prior: !self.plan.prior.is_empty(),
            exempt: Vec::new(),
        };
        Ok((registers::claim_key(organ.as_str(), &trade_name), reserve))
    }

    async fn keep_name(&mut self) -> Result<(), String> {
        let answers = self.answers.clone().unwrap_or_default();
        let (claim, reserve) = self.reservation(&answers)?;
        self.must::<Claim>(&claim, &reserve).await?;
        self.claim = claim;
        match self.state().await?.case.name_until {
            Some(_) => Ok(()),
            None => Err("the name was kept and the case does not know it".to_owned()),
        }
    }

    async fn sign_all(&self) -> Result<(), String> {
        let answers = self.answers.clone().unwrap_or_default();
        let faces = self.definition.faces(&self.plan, &answers);
        let mut signers: Vec<String> = faces.into_values().flat_map(|face| face.signers).collect();
        signers.sort();
        signers.dedup();
        for signer in signers {
            let invite = CaseCommand::InviteSigner {
                signer: signer.clone(),
                token: token(&self.case, &signer),
                answers: Box::new(answers.clone()),
            };
            self.must::<Case>(&self.case, &invite).await?;
            for sign in signatures(&self.state().await?.case, &signer, None) {
                self.must::<Case>(&self.case, &sign).await?;
            }
        }
        let state = self.state().await?.case.state;
        if self.plan.documents.is_empty() || state == CaseState::Signing {
            Ok(())
        } else {
            Err(format!("everybody has signed and the case is {}", state.word()))
        }
    }

    /// The case and everything else as it stands.
    pub(crate) async fn state(&self) -> Result<State, String> {
        let events =
            self.set.stage().events(&self.shard, 0).await.map_err(|error| error.to_string())?;
        folded(&self.case, events)
    }
}

/// What is signed when a card signs everything that still waits for it, or one document.
pub(crate) fn signatures(case: &Case, signer: &str, only: Option<&str>) -> Vec<CaseCommand> {
    case.documents
        .iter()
        .filter(|(name, _)| only.is_none_or(|only| only == name.as_str()))
        .filter(|(_, document)| only.is_some() || document.missing().any(|card| card == signer))
        .map(|(name, document)| CaseCommand::Sign {
            document: name.clone(),
            sha256: document.sha256.clone(),
            signer: signer.to_owned(),
        })
        .collect()
}

/// The digest of an invitation's secret.
pub(crate) fn token(case: &CaseKey, signer: &str) -> String {
    CommandId::derive(&[b"sample.invitation", case.0.as_bytes(), signer.as_bytes()]).to_string()
}

fn choice(bundles: &Bundles, bundle: &Bundle, script: &Script) -> Result<Choice, String> {
    let given = &script.given;
    let reform = bundle.reform.as_ref().ok_or("the reform has no services")?;
    let (packages, mut add_ons): (Vec<&String>, Vec<String>) = {
        let (packages, others): (Vec<&String>, Vec<&String>) =
            given.services.iter().partition(|name| reform.packages.contains_key(*name));
        (packages, others.into_iter().cloned().collect())
    };
    let [package] = packages.as_slice() else {
        return Err("`services` names one package and what is added to it".to_owned());
    };
    let activities: Vec<&str> = given.activities.iter().map(String::as_str).collect();
    let key = PackageKey::new(bundle.number, package.as_str());
    let selection = bundles
        .catalogue
        .select(&key, &activities, &[])
        .map_err(|error| format!("activities: {error}"))?;
    let offered = reform.packages.get(*package).map(|package| &package.add_ons);
    let opened = selection.services.iter().map(|key: &ServiceKey| key.task_name(bundle.number));
    add_ons.extend(opened.filter(|name| offered.is_some_and(|offered| offered.contains(name))));
    Ok(Choice {
        package: (*package).clone(),
        add_ons,
        place: given.place.clone(),
        prior: selection.prior,
    })
}
