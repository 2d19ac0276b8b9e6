//! A whole case of reform 28, command by command, as the pages send them.
//!
//! ```text
//!  Allot a number ─► Open ─► SaveAnswers ─► AttachMaterial… ─► Reserve the name ─► (InviteSigner ─► Sign…)…
//!       ─► Submit ─► Accept each task ─► Grant each task          what linkage answers follows in the same batches
//! ```

use crate::assemble::Assembly;
use anyhow::{Context as _, Result, anyhow, bail};
use blobs::Vault;
use cases::desk::{key_of, shard_of};
use cases::model::{Plan, TaskPlan};
use cases::planning::Choice;
use cases::series::{CaseSeries, SeriesCommand, SeriesEvent, SeriesKey};
use cases::{Case, CaseCommand, CaseEvent, CaseKey};
use codes::{CaseNo, Date, Division};
use delivery::{Address, AddressCommand, AddressOfService, Channel};
use elements::Value;
use forms::{Answers, Crosswalks};
use kernel::{Actor, Aggregate, Atomic, CommandId, PartyKey, Recorded, Shard};
use module::{Receipt, SubmitError};
use registers::Claim;
use registers::claim::ClaimCommand;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where the cases lie.
const PLACE: &str = "440115";
/// The number of an officer's first command among those of a case: the party's own come before.
const OF_OFFICERS: u64 = 1_000;
/// The number of the command by which a party consents to electronic service.
const CONSENT: u64 = 900;
/// What the party hands in where a file is asked for.
const UPLOAD: &[u8] = b"%PDF-1.7\n%%EOF\n";
/// Trade names are written with these: as many as bits of a number choose among.
const SIGNS: [char; 32] = [
    '青', '禾', '云', '岭', '松', '溪', '海', '棠', '星', '河', '竹', '影', '晨', '曦', '锦', '绣',
    '瑞', '麟', '恒', '泰', '启', '明', '凤', '翔', '鹏', '程', '雅', '韵', '博', '远', '卓', '越',
];

/// Which command is sent: of which case, under which id.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    /// The number of the case in the run.
    pub(crate) case: u64,
    /// The command's id.
    pub(crate) id: CommandId,
}

/// Takes the commands of cases.
pub(crate) trait Sends: Sync {
    /// Sends a group and waits for its answer.
    fn send(
        &self,
        sent: Sent,
        by: Actor,
        commands: Atomic,
    ) -> impl Future<Output = Result<Receipt, SubmitError>> + Send;
}

/// What a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The package of setting up an enterprise: nine services.
    SetUp,
    /// The same with the food licence: ten services.
    WithFood,
}

impl Scope {
    fn add_ons(self) -> Vec<String> {
        match self {
            Self::SetUp => Vec::new(),
            Self::WithFood => vec!["food".to_owned()],
        }
    }

    /// The answers to its merged form, from the samples of the reform.
    fn answers(self) -> &'static str {
        match self {
            Self::SetUp => "samples/answers/qinghe.yaml",
            Self::WithFood => "samples/answers/qinghe-food.yaml",
        }
    }
}

/// How far a case is worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// The form is filled in; the name is not kept yet.
    #[cfg(test)]
    Saved,
    /// The form is filled in and the name kept.
    Filled,
    /// Signed and handed in.
    Submitted,
    /// Every task is granted.
    Granted,
}

/// What the cases of a run share.
pub(crate) struct Script {
    plan: Plan,
    answers: Answers,
    materials: Vec<String>,
    organ_of_names: String,
    industry: String,
    division: Division,
    shard: Shard,
    /// Where addresses of service lie.
    nation: Shard,
    today: Date,
    /// The trade name of every case; each has one of its own if none.
    name: Option<String>,
    /// Where answers are sealed; none where a run leaves that out.
    vault: Option<Vault>,
    /// What distinguishes the ids of this run's commands.
    run: u64,
}

/// A case that is being worked.
struct Working<'s, S> {
    script: &'s Script,
    to: &'s S,
    n: u64,
    step: u64,
    party: Actor,
    no: CaseKey,
    /// Digest and signers of each document.
    documents: BTreeMap<String, (String, Vec<String>)>,
}

impl Script {
    /// The set-up package with its nine services.
    pub(crate) fn new(
        assembly: &Assembly,
        today: Date,
        run: u64,
        with_vault: bool,
    ) -> Result<Self> {
        Self::of(Scope::SetUp, assembly, today, run, with_vault)
    }

    /// Cases about what one likes.
    pub(crate) fn of(
        scope: Scope,
        assembly: &Assembly,
        today: Date,
        run: u64,
        with_vault: bool,
    ) -> Result<Self> {
        let bundles = &assembly.bundles;
        let bundle = bundles.bundle(28).context("reform 28 is not loaded")?;
        let choice = Choice {
            package: "setup".to_owned(),
            add_ons: scope.add_ons(),
            place: PLACE.to_owned(),
            prior: Vec::new(),
        };
        let plan = bundles.plan(28, &choice, today).map_err(|error| anyhow!("{error}"))?;
        let maps = Arc::new(Crosswalks::builtin().map_err(|error| anyhow!("{error}"))?);
        let definition = bundles.definition(28, &maps).context("reform 28 has no services")?;
        let file = scope.answers();
        let text = bundle.sample(file).with_context(|| format!("no {file}"))?;
        let answers: Answers =
            elements::from_yaml(file, &text.text).map_err(|error| anyhow!("{error}"))?;
        let named =
            plan.tasks.iter().find(|task| task.automatic).context("no task keeps a name")?;
        let division: Division = PLACE.parse().map_err(|error| anyhow!("{error:?}"))?;
        Ok(Self {
            materials: definition.materials(&plan).into_iter().map(|m| m.slot).collect(),
            organ_of_names: named.organ.to_string(),
            industry: text_of(&answers, "name_industry"),
            shard: shard_of(division),
            nation: assembly.identity.home().clone(),
            vault: with_vault.then(|| assembly.desk.vault.clone()),
            plan,
            answers,
            division,
            today,
            run,
            name: None,
        })
    }

    /// The same cases, all of one trade name.
    #[cfg(test)]
    pub(crate) fn named(self, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..self }
    }

    /// Where the cases lie.
    pub(crate) fn division(&self) -> Division {
        self.division
    }

    /// The day on which they are opened.
    pub(crate) fn today(&self) -> Date {
        self.today
    }

    /// Their shard.
    pub(crate) fn shard(&self) -> &Shard {
        &self.shard
    }

    /// The id of the n-th case's command of a step: the same in every life of the process.
    fn id(&self, n: u64, step: u64) -> CommandId {
        CommandId::derive(&[
            b"bench",
            &self.run.to_be_bytes(),
            &n.to_be_bytes(),
            &step.to_be_bytes(),
        ])
    }

    /// Works the n-th case from its number to the last grant; answers with its number.
    pub(crate) async fn work<S: Sends>(&self, to: &S, n: u64) -> Result<CaseKey> {
        let name = format!("bench-{n}");
        self.work_until(to, n, (PartyKey::new(name.as_str()), name), Until::Granted).await
    }

    /// Works the n-th case for a party and its login, as far as told.
    pub(crate) async fn work_until<S: Sends>(
        &self,
        to: &S,
        n: u64,
        (party, login): (PartyKey, String),
        until: Until,
    ) -> Result<CaseKey> {
        let mut case = Working {
            script: self,
            to,
            n,
            step: 0,
            party: Actor::Party { party: party.clone(), login, mandate: None },
            no: CaseKey::default(),
            documents: BTreeMap::new(),
        };
        case.open(party).await?;
        let answers = self.answers_of(n);
        case.save(&answers).await?;
        #[cfg(test)]
        if until == Until::Saved {
            return Ok(case.no);
        }
        case.keep_name().await?;
        if until == Until::Filled {
            return Ok(case.no);
        }
        case.sign(&answers).await?;
        let submit = CaseCommand::Submit { answers: Box::new(answers) };
        case.by_party(&submit).await?;
        if until == Until::Submitted {
            return Ok(case.no);
        }
        for task in self.tasks() {
            self.accept(to, n, &case.no, task).await?;
        }
        for task in self.tasks() {
            self.grant(to, n, &case.no, task).await?;
        }
        Ok(case.no)
    }

    /// The tasks that an officer decides.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = &TaskPlan> {
        self.plan.tasks.iter().filter(|task| !task.automatic)
    }

    /// What every case sets out with.
    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The party of the n-th case consents to be served in its inbox.
    pub(crate) async fn consent<S: Sends>(&self, to: &S, n: u64) -> Result<()> {
        let party = PartyKey::new(format!("bench-{n}"));
        let by = Actor::Party { party: party.clone(), login: party.to_string(), mandate: None };
        let address =
            AddressOfService { consented: [Channel::Inbox].into(), ..AddressOfService::default() };
        let confirm =
            AddressCommand::Confirm { party: party.clone(), address, statement: "1".to_owned() };
        let group = Atomic::new(self.nation.clone()).then::<Address>(&party, &confirm)?;
        self.send(to, (n, CONSENT), by, group).await.map(drop)
    }

    /// The organ of a task accepts it.
    pub(crate) async fn accept<S: Sends>(
        &self,
        to: &S,
        n: u64,
        no: &CaseKey,
        task: &TaskPlan,
    ) -> Result<Vec<Recorded>> {
        let accept = CaseCommand::Accept { task: task.name.clone() };
        self.send(to, (n, self.step_of(task, 0)), officer(task), self.of_case(no, &accept)?).await
    }

    /// The organ of a task grants it.
    pub(crate) async fn grant<S: Sends>(
        &self,
        to: &S,
        n: u64,
        no: &CaseKey,
        task: &TaskPlan,
    ) -> Result<Vec<Recorded>> {
        let gives = task.outcome.gives.iter();
        let given = gives.map(|key| (key.clone(), "440001234567890123".to_owned())).collect();
        let grant = CaseCommand::Grant { task: task.name.clone(), given };
        self.send(to, (n, self.step_of(task, 1)), officer(task), self.of_case(no, &grant)?).await
    }

    /// The id of the command by which the organ of a task grants it.
    #[cfg(test)]
    pub(crate) fn grant_id(&self, n: u64, task: &TaskPlan) -> CommandId {
        self.id(n, self.step_of(task, 1))
    }

    /// The number of an officer's command among those of a case.
    fn step_of(&self, task: &TaskPlan, act: u64) -> u64 {
        let at = self.plan.tasks.iter().take_while(|row| row.name != task.name).count();
        OF_OFFICERS + 2 * (at as u64) + act
    }

    fn of_case(&self, no: &CaseKey, command: &CaseCommand) -> Result<Atomic> {
        Ok(Atomic::new(self.shard.clone()).then::<Case>(no, command)?)
    }

    async fn send<S: Sends>(
        &self,
        to: &S,
        (n, step): (u64, u64),
        by: Actor,
        group: Atomic,
    ) -> Result<Vec<Recorded>> {
        let sent = Sent { case: n, id: self.id(n, step) };
        let receipt = to.send(sent, by, group).await.map_err(|error| {
            let refusal = error.refusal();
            anyhow!("case {n}, command {step}: {} {}", refusal.reason, refusal.fields)
        })?;
        Ok(receipt.events)
    }

    /// The trade name of the n-th case.
    fn name_of(&self, n: u64) -> String {
        self.name.clone().unwrap_or_else(|| trade_name(n))
    }

    fn answers_of(&self, n: u64) -> Answers {
        let mut answers = self.answers.clone();
        if let Ok(key) = "trade_name".parse() {
            answers.plain.insert(key, Value::from(self.name_of(n).as_str()));
        }
        answers
    }

    async fn sealed(&self, no: &CaseKey, content: &[u8]) -> Result<String> {
        match &self.vault {
            Some(vault) => Ok(vault.seal(&key_of(no), content).await?.0),
            None => Ok(seals::Digest::sha256(content).hex()),
        }
    }
}

impl<S: Sends> Working<'_, S> {
    async fn send<A: Aggregate>(
        &mut self,
        by: Actor,
        key: &A::Key,
        command: &A::Command,
    ) -> Result<Vec<Recorded>> {
        let group = Atomic::new(self.script.shard.clone()).then::<A>(key, command)?;
        let step = self.step;
        self.step += 1;
        self.script.send(self.to, (self.n, step), by, group).await
    }

    async fn by_party(&mut self, command: &CaseCommand) -> Result<Vec<Recorded>> {
        let (by, no) = (self.party.clone(), self.no.clone());
        self.send::<Case>(by, &no, command).await
    }

    async fn open(&mut self, applicant: PartyKey) -> Result<()> {
        let (by, script) = (self.party.clone(), self.script);
        let series = SeriesKey::of(script.division, script.today);
        let events = self.send::<CaseSeries>(by, &series, &SeriesCommand::Allot).await?;
        let Some(Ok(SeriesEvent::Allotted { serial })) = events.first().map(Recorded::read) else {
            bail!("no number was allotted");
        };
        let no = CaseNo::new(script.division, script.today, serial);
        self.no = CaseKey(no.map_err(|error| anyhow!("{error}"))?.to_string());
        let open = CaseCommand::Open {
            no: self.no.clone(),
            applicant,
            plan: Box::new(script.plan.clone()),
        };
        self.by_party(&open).await.map(drop)
    }

    /// Saves the form and hands in what is asked for.
    async fn save(&mut self, answers: &Answers) -> Result<()> {
        let script = self.script;
        let sealed = script.sealed(&self.no, &serde_json::to_vec(answers)?).await?;
        let answers = Box::new(answers.clone());
        self.by_party(&CaseCommand::SaveAnswers { answers, before: None, sealed }).await?;
        for slot in script.materials.clone() {
            let blob = script.sealed(&self.no, UPLOAD).await?;
            self.by_party(&CaseCommand::AttachMaterial { slot, blob }).await?;
        }
        Ok(())
    }

    async fn keep_name(&mut self) -> Result<()> {
        let script = self.script;
        let name = script.name_of(self.n);
        let reserve = ClaimCommand::Reserve {
            holder: self.no.to_string(),
            name: format!("广州{name}{}有限公司", script.industry),
            industry: script.industry.clone(),
            prior: false,
            exempt: Vec::new(),
        };
        let key = registers::claim_key(&script.organ_of_names, &name);
        let by = self.party.clone();
        self.send::<Claim>(by, &key, &reserve).await.map(drop)
    }

    /// Invites every signer; each signs every document that waits for a signature.
    async fn sign(&mut self, answers: &Answers) -> Result<()> {
        let first = "chen".to_owned();
        self.invite(&first, answers).await?;
        let mut signers: Vec<String> =
            self.documents.values().flat_map(|(_, signers)| signers.iter().cloned()).collect();
        signers.sort();
        signers.dedup();
        for signer in signers {
            if signer != first {
                self.invite(&signer, answers).await?;
            }
            let waiting: Vec<(String, String)> = self
                .documents
                .iter()
                .filter(|(_, (_, signers))| signers.contains(&signer))
                .map(|(document, (sha256, _))| (document.clone(), sha256.clone()))
                .collect();
            for (document, sha256) in waiting {
                let signer = signer.clone();
                self.by_party(&CaseCommand::Sign { document, sha256, signer }).await?;
            }
        }
        Ok(())
    }

    async fn invite(&mut self, signer: &str, answers: &Answers) -> Result<()> {
        let token = CommandId::derive(&[b"token", self.no.0.as_bytes(), signer.as_bytes()]);
        let invite = CaseCommand::InviteSigner {
            signer: signer.to_owned(),
            token: token.to_string(),
            answers: Box::new(answers.clone()),
        };
        for event in self.by_party(&invite).await? {
            if let CaseEvent::DocumentGenerated { document, sha256, signers } = event.read()? {
                self.documents.insert(document, (sha256, signers));
            }
        }
        Ok(())
    }
}

/// The officer of the organ of a task.
fn officer(task: &TaskPlan) -> Actor {
    let organ = task.organ.clone();
    Actor::Officer { login: format!("bench@{organ}"), organ, role: "reviewer".to_owned() }
}

fn text_of(answers: &Answers, key: &str) -> String {
    answers.plain.get(key).and_then(Value::as_text).unwrap_or_default().to_owned()
}

/// The trade name of the n-th case: no two are the same.
pub(crate) fn trade_name(n: u64) -> String {
    let sign = |place: u32| {
        let at = usize::try_from((n >> (5 * place)) % 32).unwrap_or_default();
        SIGNS.get(at).copied().unwrap_or('青')
    };
    (0..6).map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_case_has_a_lawful_trade_name_of_its_own() {
        let names: BTreeSet<String> = (0..5_000).map(trade_name).collect();
        assert_eq!(names.len(), 5_000);
        for name in &names {
            assert_eq!(registers::check_trade_name(name), Ok(()), "{name}");
        }
    }
}
