//! Until the case is handed in: filling, naming, signing, submitting, withdrawing.

use super::Deciding;
use crate::error::CaseError;
use crate::event::{CaseEvent, DropCause};
use crate::law::Examined;
use crate::model::{CardId, CaseKey, CaseState, DocumentName, Hex, Plan, TaskName};
use codes::Date;
use forms::Answers;
use kernel::PartyKey;
use std::sync::Arc;

impl Deciding<'_> {
    pub(super) fn open(
        &mut self,
        no: CaseKey,
        applicant: PartyKey,
        plan: Box<Plan>,
    ) -> Result<(), CaseError> {
        if self.case.state != CaseState::None {
            return Err(CaseError::AlreadyOpen);
        }
        if self.law.definition(&plan.bundle).is_none() {
            return Err(CaseError::DefinitionMissing(plan.bundle));
        }
        self.happen(CaseEvent::CaseOpened { no, applicant, plan });
        Ok(())
    }

    fn drafting(&self) -> Result<(), CaseError> {
        match self.case.state {
            CaseState::Draft | CaseState::Signing => Ok(()),
            _ => Err(self.wrong()),
        }
    }

    pub(super) fn save(
        &mut self,
        answers: &Answers,
        before: Option<&Answers>,
        sealed: String,
    ) -> Result<(), CaseError> {
        self.drafting()?;
        let definition = self.definition()?;
        let diff = definition.diff(before, answers);
        self.on_record(before)?;
        let digest = definition.digest(answers);
        if digest == self.case.answers {
            return Ok(());
        }
        let title = definition.title(&self.case, answers);
        self.happen(CaseEvent::AnswersSaved { sealed, digest, diff, title });
        if self.case.state == CaseState::Signing {
            self.generate(answers)?;
        }
        Ok(())
    }

    /// The answers that the sender took for those on record must be those on record.
    pub(super) fn on_record(&self, before: Option<&Answers>) -> Result<(), CaseError> {
        let known = match before {
            Some(answers) => self.definition()?.digest(answers),
            None => Hex::new(),
        };
        if known == self.case.answers { Ok(()) } else { Err(CaseError::OtherAnswers) }
    }

    /// Gives each document the text that follows from the answers; only a changed text is an event (E2).
    pub(super) fn generate(&mut self, answers: &Answers) -> Result<(), CaseError> {
        let digest = self.definition()?.digest(answers);
        let examined = self.examine(answers, &digest)?;
        self.write_documents(&examined);
        Ok(())
    }

    fn write_documents(&mut self, examined: &Examined) {
        for (document, face) in &examined.faces {
            let known = self.case.documents.get(document);
            let same = known.is_some_and(|known| {
                known.sha256 == face.sha256 && known.signers.iter().eq(face.signers.iter())
            });
            if !same {
                self.happen(CaseEvent::DocumentGenerated {
                    document: document.clone(),
                    sha256: face.sha256.clone(),
                    signers: face.signers.iter().cloned().collect(),
                });
            }
        }
    }

    pub(super) fn attach(&mut self, slot: String, blob: String) -> Result<(), CaseError> {
        let answering = self.case.tasks.values().any(|task| {
            task.wanted.as_ref().is_some_and(|wanted| wanted.items.iter().any(|i| i.what == slot))
        });
        if !answering {
            self.drafting()?;
        }
        self.happen(CaseEvent::MaterialAttached { slot, blob });
        Ok(())
    }

    pub(super) fn confirm(&mut self, slot: String, by: String) -> Result<(), CaseError> {
        self.drafting()?;
        if !self.case.confirmed.contains(&slot) {
            self.happen(CaseEvent::MaterialConfirmed { slot, by });
        }
        Ok(())
    }

    pub(super) fn note_name(
        &mut self,
        name: String,
        until: Date,
        claim: String,
    ) -> Result<(), CaseError> {
        if self.case.state.over() || self.case.established.is_some() {
            return Err(self.wrong());
        }
        self.happen(CaseEvent::NameReserved { name, until, claim });
        Ok(())
    }

    /// The reservation ran out: what needs the name and is not granted yet ends without outcome.
    pub(super) fn lose_name(&mut self) -> Result<(), CaseError> {
        if self.case.state.over()
            || self.case.established.is_some()
            || self.case.name_until.is_none()
        {
            return Ok(());
        }
        self.happen(CaseEvent::NameLost);
        let plan = self.plan()?;
        let named: Vec<TaskName> = plan
            .tasks
            .iter()
            .filter(|row| row.start.iter().any(|need| plan.task(need).is_some_and(|t| t.automatic)))
            .filter(|row| self.case.tasks.get(&row.name).is_some_and(|t| !t.state.ended()))
            .map(|row| row.name.clone())
            .collect();
        if self.case.submitted.is_some() {
            for task in named {
                self.happen(CaseEvent::TaskDropped { task, why: DropCause::NameEnded });
            }
        }
        Ok(())
    }

    pub(super) fn invite(
        &mut self,
        signer: CardId,
        token: Hex,
        answers: &Answers,
    ) -> Result<(), CaseError> {
        self.fix_texts(answers)?;
        if !self.case.documents.values().any(|d| d.signers.contains(&signer)) {
            return Err(CaseError::NotASigner { signer, document: String::new() });
        }
        self.happen(CaseEvent::SignerInvited { signer, token });
        Ok(())
    }

    fn fix_texts(&mut self, answers: &Answers) -> Result<(), CaseError> {
        let examined = self.whole(answers)?;
        self.write_documents(&examined);
        Ok(())
    }

    /// What is found about the answers on record, if nothing is missing or wrong.
    fn whole(&self, answers: &Answers) -> Result<Arc<Examined>, CaseError> {
        self.drafting()?;
        self.on_record(Some(answers))?;
        let examined = self.examine(answers, &self.case.answers)?;
        let defects = examined.defects(&self.case);
        if defects.is_empty() {
            Ok(examined)
        } else {
            Err(CaseError::Incomplete { items: defects })
        }
    }

    pub(super) fn sign(
        &mut self,
        document: DocumentName,
        sha256: Hex,
        signer: CardId,
    ) -> Result<(), CaseError> {
        self.drafting()?;
        let Some(known) = self.case.documents.get(&document) else {
            return Err(CaseError::NotASigner { signer, document });
        };
        if !known.signers.contains(&signer) {
            return Err(CaseError::NotASigner { signer, document });
        }
        if known.sha256 != sha256 {
            return Err(CaseError::TextChanged(document));
        }
        if known.signed.contains_key(&signer) {
            return Ok(());
        }
        self.happen(CaseEvent::DocumentSigned { document, sha256, signer });
        Ok(())
    }

    pub(super) fn submit(&mut self, answers: &Answers) -> Result<(), CaseError> {
        let examined = self.whole(answers)?;
        self.write_documents(&examined);
        let missing: Vec<String> = self
            .case
            .documents
            .iter()
            .flat_map(|(name, document)| {
                document.missing().map(move |card| format!("{card}:{name}"))
            })
            .collect();
        if !missing.is_empty() {
            return Err(CaseError::SignaturesMissing { who: missing });
        }
        if self.plan()?.tasks.iter().any(|task| task.automatic) && self.case.name_until.is_none() {
            return Err(CaseError::NameNotReserved);
        }
        self.happen(CaseEvent::Submitted {
            on: self.today(),
            inputs: examined.inputs.clone(),
            latest_contribution: examined.latest_contribution,
        });
        Ok(())
    }

    pub(super) fn withdraw(&mut self, reason: String) -> Result<(), CaseError> {
        if self.case.state.over() || self.case.established.is_some() {
            return Err(self.wrong());
        }
        let claim = self.case.name_claim.clone();
        self.happen(CaseEvent::Withdrawn { reason, claim });
        let open: Vec<TaskName> = self
            .case
            .tasks
            .iter()
            .filter(|(_, t)| !t.state.ended())
            .map(|(n, _)| n.clone())
            .collect();
        for task in open {
            self.happen(CaseEvent::TaskDropped { task, why: DropCause::Withdrawn });
        }
        Ok(())
    }

    pub(super) fn drop_task(&mut self, task: TaskName) -> Result<(), CaseError> {
        let state = self.task(&task)?.state;
        if self.case.state.over() || state.ended() {
            return Err(Self::wrong_task(&task, state));
        }
        self.happen(CaseEvent::TaskDropped { task, why: DropCause::Party });
        Ok(())
    }
}
