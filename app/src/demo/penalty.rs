//! A customs case against the applicant: its address confirmed on its account, a notice of a penalty served there.
//!
//! The explanation of what a confirmation means has to lie open for some seconds before it counts as read: [`begin`] opens it,
//! [`finish`] goes on when that time is over.

use super::APPLICANT;
use super::chapter::{Chapter, SHARD, UPLOAD, committed, issuer, officer, person};
use crate::assemble::{Assembly, random};
use anyhow::{Context as _, Result, anyhow};
use delivery::confirmation::queries::folded;
use delivery::{AddressKind, Confirmation, ConfirmationCommand, ConfirmationKey, PartyAct};
use delivery::{ConfirmationRules, Signature};
use documents::{Datum, Values};
use kernel::{Actor, PartyKey, Shard};
use penalty::{CustomsCaseNo, PartyKind, Sanction};
use penalty_module::files::{CaseMessage, Filed, What};
use penalty_module::model::{
    Draft, Filing, Filling, PaperId, Profile, Sort, Way, confirmation_key, vault_key,
};
use penalty_module::{Penalty, PenaltyCommand, queries};
use std::collections::BTreeSet;
use std::time::Duration;

/// Whose case comes by a message file.
const OTHER: &str = "zhou";
/// The sorts of documents to which the party consents.
const SCOPES: [&str; 3] = ["notice", "decision", "hearing"];

/// A case whose party has the explanation before it.
pub(crate) struct Opened {
    chapter: Chapter,
    no: CustomsCaseNo,
    party: PartyKey,
    by_party: Actor,
    values: Values,
    portal: String,
}

/// How long the explanation lies open.
pub(crate) fn reading() -> Duration {
    Duration::from_secs(u64::from(ConfirmationRules::new([0; 32]).read_seconds) + 1)
}

/// Files the case and opens the form; none where its notice is issued already.
pub(super) async fn begin(assembly: &Assembly) -> Result<Option<Opened>> {
    let chapter = Chapter::of(assembly, "penalty");
    let chen = person(assembly, APPLICANT)?;
    let customs = officer("customs")?;
    let known = queries::of_party(&*chapter.platform.reader, &chen.party, None, 1).await?;
    let no = match known.first() {
        Some(row) => row.no.clone(),
        None => format!("HG-5165-{}-0137", chapter.today().year()).parse()?,
    };
    let papers = queries::papers(&*chapter.platform.reader, no.as_str()).await?;
    if !papers.is_empty() {
        return Ok(None);
    }
    let profile = Profile {
        name: chen.name.to_owned(),
        id_number: chen.document.number().to_owned(),
        id_label: "resident_id".to_owned(),
        legal_representative: String::new(),
        address: "广州市南沙区蕉门河路8号1栋1203".to_owned(),
    };
    let kept = chapter.vault.keep(Some(&vault_key(&no)), &serde_json::to_vec(&profile)?).await?;
    let cause = "携带应税物品进境未申报".to_owned();
    let values = Values::new()
        .text("to_name", chen.name)
        .text("to_id", chen.document.number())
        .text("to_address", &profile.address)
        .text("case_no", no.as_str())
        .text("cause", &cause);
    let mut issuer = issuer(assembly, "customs")?;
    "南关".clone_into(&mut issuer.word);
    let filing = Filing {
        no: no.clone(),
        issuer,
        party: chen.party.clone(),
        party_kind: PartyKind::Person,
        profile: Some(kept),
        cause,
        on: chapter.today(),
        expected: Some(fine()),
    };
    let file = PenaltyCommand::File(Box::new(filing));
    chapter.act::<Penalty>("file", &customs, &no, &file).await?;
    let not_on_the_spot = Some("案情需要进一步调查".to_owned());
    let capture = PenaltyCommand::StartCapture { not_on_the_spot };
    chapter.act::<Penalty>("capture", &customs, &no, &capture).await?;
    let portal = assembly.desk.portal.clone();
    let by_party = chen.actor();
    let opened = Opened { chapter, no, party: chen.party, by_party, values, portal };
    opened.form().await?;
    Ok(Some(opened))
}

/// A case against somebody else, as the case system of customs files it by a message in its folder.
pub(crate) fn message(assembly: &Assembly) -> Result<CaseMessage> {
    let zhou = person(assembly, OTHER)?;
    let office = issuer(assembly, "customs")?;
    let on = assembly.platform.clock.now().date();
    let filed = Filed {
        organ: office.organ.to_string(),
        organ_name: office.name,
        organ_word: "南关".to_owned(),
        place: office.place,
        cause: "进境物品申报不实".to_owned(),
        on,
        id_kind: "resident_id".to_owned(),
        party: Profile {
            name: zhou.name.to_owned(),
            id_number: zhou.document.number().to_owned(),
            id_label: "resident_id".to_owned(),
            legal_representative: String::new(),
            address: "广州市南沙区进港大道12号".to_owned(),
        },
        expected: None,
    };
    // Of the year of the installation, which goes on after New Year with the case that it has.
    let case = format!("HG-5165-{}-0138", on.year()).parse()?;
    Ok(CaseMessage { case, sequence: 1, what: What::CaseFiled(Box::new(filed)) })
}

fn fine() -> Sanction {
    Sanction { fine_fen: 200_000, ..Sanction::default() }
}

impl Opened {
    fn confirmation(&self) -> ConfirmationKey {
        ConfirmationKey(confirmation_key(self.no.as_str(), 1))
    }

    async fn confirm(&self, step: &str, by: &Actor, command: ConfirmationCommand) -> Result<()> {
        let key = self.confirmation();
        self.chapter.act::<Confirmation>(step, by, &key, &command).await
    }

    async fn own(&self, step: &str, act: PartyAct) -> Result<()> {
        let command = ConfirmationCommand::Party { token: None, act };
        self.confirm(step, &self.by_party, command).await
    }

    async fn sealed(&self, value: &str) -> Result<(blobs::Kept, seals::Commitment)> {
        committed(&self.chapter.vault, &format!("party/{}", self.party), value).await
    }

    /// The party names its account, ticks what may be served there, and begins to read.
    async fn form(&self) -> Result<()> {
        self.own("open", PartyAct::Open).await?;
        let (value, commitment) = self.sealed(self.party.as_str()).await?;
        let kind = AddressKind::Account;
        self.own("account", PartyAct::Propose { kind, value, commitment, priority: 1 }).await?;
        for scope in SCOPES {
            let choose = PartyAct::Choose { scope: scope.to_owned() };
            self.own(&format!("choose {scope}"), choose).await?;
        }
        let (value, commitment) = self.sealed("广州市南沙区蕉门河路8号1栋1203").await?;
        self.own("postal", PartyAct::Postal { value, commitment }).await?;
        self.own("read", PartyAct::BeginReading).await
    }

    /// Signed; the inquiry is complete; the notice has its hands and goes out. What was done before the last start is not
    /// done again.
    pub(crate) async fn finish(&self) -> Result<()> {
        let mut step = 0;
        while self.step(step).await? {
            step += 1;
        }
        Ok(())
    }

    /// One step of the way; false where it is behind the last.
    pub(crate) async fn step(&self, step: usize) -> Result<bool> {
        let paper = PaperId::new(Sort::Notice, 1);
        let (customs, second, law) =
            (officer("customs")?, officer("customs-2")?, officer("customs-law")?);
        match step {
            0 => self.own("have read", PartyAct::FinishReading { heard_seconds: None }).await?,
            1 => {
                let document = "居民身份证".to_owned();
                let check = ConfirmationCommand::CheckIdentity { document };
                self.confirm("identity", &customs, check).await?;
            }
            2 => self.sign().await?,
            3 => self.work("close", &customs, PenaltyCommand::CloseInquiry).await?,
            4 => {
                let draft = PenaltyCommand::Draft(Box::new(self.draft().await?));
                self.work("draft", &customs, draft).await?;
            }
            5 => self.work("cosign", &second, PenaltyCommand::Cosign { paper }).await?,
            6 => self.work("review", &law, PenaltyCommand::Review { paper }).await?,
            7 => {
                let issue = PenaltyCommand::Issue { paper, way: Way::Electronic };
                self.work("issue", &customs, issue).await.context("the notice")?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    async fn work(&self, step: &str, by: &Actor, command: PenaltyCommand) -> Result<()> {
        self.chapter.act::<Penalty>(step, by, &self.no, &command).await
    }

    async fn sign(&self) -> Result<()> {
        let history = &*self.chapter.platform.history;
        let state = folded(history, &Shard::new(SHARD), &self.confirmation()).await;
        let state = state.map_err(|error| anyhow!("{}", error.refusal().reason))?;
        let Some(form) = state.form_digest() else { return Ok(()) };
        let key = format!("party/{}", self.party);
        let picture = self.chapter.vault.keep(Some(&key), UPLOAD).await?;
        let scopes: BTreeSet<String> = SCOPES.iter().map(ToString::to_string).collect();
        let signature = Signature::Drawn { picture };
        self.own("sign", PartyAct::Sign { scopes, signature, form }).await
    }

    /// The notice of the penalty that is intended.
    async fn draft(&self) -> Result<Draft> {
        let token = seals::base32(&random::<16>()?);
        let portal = self.portal.trim_end_matches('/');
        let texts = |lines: &[&str]| lines.iter().map(ToString::to_string).collect::<Vec<_>>();
        let values = self
            .values
            .clone()
            .with("check", Datum::Text(format!("{portal}/penalty/check/{token}")))
            .texts("facts", texts(&["入境时选走无申报通道，携带超出自用合理数量的手表1块未申报。"]))
            .texts("evidence", texts(&["查验记录单", "当事人陈述笔录", "价格鉴定意见"]))
            .texts("reasons", texts(&["影响海关监管秩序，货值较低，主动配合调查。"]))
            .texts("articles", texts(&["《中华人民共和国海关行政处罚实施条例》第十九条第二项"]))
            .texts("intended", texts(&["科处罚款人民币2000.00元。"]))
            .text("defence_term", "5个工作日")
            .text("hearing_term", "5个工作日");
        let key = vault_key(&self.no);
        let kept = self.chapter.vault.keep(Some(&key), &serde_json::to_vec(&values)?).await?;
        Ok(Draft {
            sort: Sort::Notice,
            filling: Filling::Kept(kept),
            sanction: Some(fine()),
            annuls: None,
            hearing_on: None,
            token,
        })
    }
}
