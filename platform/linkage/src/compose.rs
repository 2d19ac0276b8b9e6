//! Composing papers (制作文书): from the sealed answers, what outcomes gave and what was decided, to a licence or a notice.

use crate::keys::NoticeOf;
use crate::late::Late;
use blobs::{BlobId, Kept, KeyName, Vault};
use calendar::Term;
use cases::event::Bearing;
use cases::law::Definition;
use cases::{CaseKey, Desk, Law};
use codes::{Date, Division, SealCode};
use delivery::{Content, Notice, NoticeCommand, NoticeKey, Order};
use documents::{Filling, Issuer, Template, Values};
use elements::Value;
use forms::Answers;
use identity::Identity;
use kernel::{Atomic, Errand, ErrandError, ErrandId, Origin, Reaction, Shard};
use licences::{Licence, LicenceCommand, LicenceKey, NumberFrom};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What the errands of linkage need from outside.
pub struct Composer {
    /// The law in force, with the definitions of all bundles.
    pub law: Arc<Law>,
    /// Opens and seals answers.
    pub vault: Vault,
    /// Loads cases and their answers.
    pub desk: Arc<Desk>,
    /// Parties, mandates and the record of looks; none where nobody signs in.
    pub identity: Option<Arc<Identity>>,
    /// The platform, once it has started.
    pub platform: Late,
}

impl Composer {
    /// The template of a paper (文书模板). Licences and notices are set in type by what is in force on the day of issue, so
    /// values are gathered for that; where an id is no longer in force, the case's own bundle has it.
    fn template(&self, id: &str, own: &Definition) -> Option<Arc<Template>> {
        let offer = self.desk.offer();
        let in_force = offer
            .bundles
            .values()
            .find_map(|digest| self.law.definition(digest)?.templates.get(id).cloned());
        in_force.or_else(|| own.templates.get(id).cloned())
    }
}

impl fmt::Debug for Composer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Composer").finish_non_exhaustive()
    }
}

/// Makes a paper of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compose {
    /// Which paper.
    pub paper: NoticeOf,
    /// The case's shard.
    pub shard: Shard,
    /// The event that it tells.
    pub origin: Origin,
    /// The template.
    pub template: String,
    /// Whether it is a licence and not a notice.
    pub is_licence: bool,
    /// Whose it is.
    pub of: Box<Bearing>,
    /// The day of the decision.
    pub on: Date,
    /// What the event itself says, by key of the template.
    pub extras: BTreeMap<String, Value>,
    /// The first serial of seal codes, where seals are filed.
    pub first_seal: Option<u32>,
}

impl Errand for Compose {
    const KIND: &'static str = "linkage.compose";
    type Tools = Arc<Composer>;

    async fn run(
        &self,
        _id: ErrandId,
        composer: Arc<Composer>,
    ) -> Result<Vec<Reaction>, ErrandError> {
        let definition = composer.law.recall(&self.of.bundle).await?.ok_or_else(|| {
            ErrandError::never(format!("definition `{}` is not loaded", self.of.bundle))
        })?;
        let template = composer
            .template(&self.template, &definition)
            .ok_or_else(|| ErrandError::never(format!("no template `{}`", self.template)))?;
        let answers = self.answers(&composer, &definition).await?;
        let values = self.values(&composer, &definition, &template, &answers)?;
        let commands = if self.is_licence {
            let dates = self.dates(&definition);
            self.licence(&composer, &template, dates.get("valid_to"), &answers, &values).await?
        } else {
            self.notice(&composer, &answers, &values).await?
        };
        Ok(vec![Reaction::Commands(commands)])
    }
}

impl Compose {
    async fn answers(
        &self,
        composer: &Composer,
        definition: &Definition,
    ) -> Result<Answers, ErrandError> {
        let answers = opened(composer, &self.paper.case, &self.of.sealed).await?;
        let mut values = self.of.values.clone();
        values.extend(
            self.extras.iter().filter_map(|(key, value)| {
                value.as_text().map(|text| (key.clone(), text.to_owned()))
            }),
        );
        Ok(definition.completed(&answers, &values))
    }

    fn values(
        &self,
        composer: &Composer,
        definition: &Definition,
        template: &Template,
        answers: &Answers,
    ) -> Result<Values, ErrandError> {
        let calendar = composer.law.calendar();
        let mut known = self.extras.clone();
        for (key, text) in &self.of.outcome.prints {
            known.entry(key.clone()).or_insert_with(|| Value::from(text.as_str()));
        }
        for (key, term) in &self.dates(definition) {
            let due = calendar::due(term, self.on, &calendar).map_err(ErrandError::never)?;
            known.insert(key.clone(), Value::from(due.date.to_string()));
        }
        for (key, value) in &self.of.values {
            known.entry(key.clone()).or_insert_with(|| Value::from(value.as_str()));
        }
        known.insert("organ_name".to_owned(), Value::from(self.of.organ_label.zh.as_str()));
        if let Some(seals) = self.seals(definition, answers)? {
            known.insert("seal[]".to_owned(), seals);
        }
        template
            .gather(|path| {
                known
                    .get(path)
                    .cloned()
                    .or_else(|| definition.look_up(answers, path))
                    .or_else(|| self.by_convention(path, definition, answers))
            })
            .map_err(ErrandError::never)
    }

    /// The days that the paper bears, as terms from the decision: those of the service, and over them what decision tables
    /// in force on that day say.
    fn dates(&self, definition: &Definition) -> BTreeMap<String, Term> {
        let mut dates = self.of.outcome.dates.clone();
        dates.extend(definition.dates(&self.of.service.id, self.of.place.parse().ok(), self.on));
        dates
    }

    /// What follows from the key's own meaning: days of the decision, names and numbers under another key.
    fn by_convention(
        &self,
        path: &str,
        definition: &Definition,
        answers: &Answers,
    ) -> Option<Value> {
        match path {
            "issued_on" | "confirmed_on" | "filed_on" | "registered_on" | "opened_on"
            | "valid_from" | "reserved_on" | "booked_on" => Some(Value::from(self.on.to_string())),
            "account_name" => definition.look_up(answers, "enterprise_name"),
            // Since 五证合一 the unified code is the unit's number with every organ that gives none of its own.
            "unit_no" => definition.look_up(answers, "uscc"),
            "prior_approval" => Some(Value::Bool(self.extras.contains_key("prior"))),
            _ => None,
        }
    }

    fn seals(
        &self,
        definition: &Definition,
        answers: &Answers,
    ) -> Result<Option<Value>, ErrandError> {
        let (Some(first), Some(Value::List(rows))) =
            (self.first_seal, definition.look_up(answers, "seal[]"))
        else {
            return Ok(None);
        };
        let division: Division = self.of.place.parse().map_err(ErrandError::never)?;
        let mut coded = Vec::new();
        for (row, serial) in rows.into_iter().zip(first..) {
            let Value::Map(mut cells) = row else { continue };
            let code = SealCode::assemble(division, serial).map_err(ErrandError::never)?;
            cells.insert("code".to_owned(), Value::from(code.as_str()));
            coded.push(Value::Map(cells));
        }
        Ok(Some(Value::List(coded)))
    }

    async fn licence(
        &self,
        composer: &Composer,
        template: &Template,
        valid: Option<&Term>,
        answers: &Answers,
        values: &Values,
    ) -> Result<Atomic, ErrandError> {
        let kept = sealed(composer, &self.paper.case, values).await?;
        let uscc = self.of.values.get("uscc").cloned();
        let number = match (template.series(), uscc) {
            (Some(_), _) => NumberFrom::Series(Self::number_facts(answers)),
            (None, Some(uscc)) => NumberFrom::Given(uscc),
            (None, None) => {
                return Err(ErrandError::never("the licence has neither a series nor a code"));
            }
        };
        let calendar = composer.law.calendar();
        let valid_to = match valid {
            Some(term) => {
                Some(calendar::due(term, self.on, &calendar).map_err(ErrandError::never)?.date)
            }
            None => None,
        };
        let order = licences::Order {
            origin: self.origin.clone(),
            issuer: self.issuer(),
            holder: self.of.applicant.clone(),
            template: self.template.clone(),
            filling: Filling::Kept(kept),
            number,
            valid_from: self.on,
            valid_to,
            hidden: Vec::new(),
            replaces: None,
        };
        let licence = LicenceKey(self.paper.to_string());
        Atomic::new(self.shard.clone())
            .then::<Licence>(&licence, &LicenceCommand::Issue(Box::new(order)))
            .map_err(ErrandError::never)
    }

    fn issuer(&self) -> Issuer {
        Issuer {
            organ: self.of.organ.clone(),
            name: self.of.organ_label.zh.clone(),
            word: self.of.organ_label.zh.clone(),
            place: self.of.place.clone(),
        }
    }

    /// What the patterns of numbers ask for beside organ and division: the digit of the food format.
    fn number_facts(answers: &Answers) -> BTreeMap<String, String> {
        let mut facts = BTreeMap::new();
        let format = answers.plain.get("food_format").and_then(Value::as_text);
        let digit = format.and_then(|text| text.chars().find(char::is_ascii_digit));
        facts.extend(digit.map(|digit| ("format".to_owned(), digit.to_string())));
        facts
    }

    async fn notice(
        &self,
        composer: &Composer,
        answers: &Answers,
        values: &Values,
    ) -> Result<Atomic, ErrandError> {
        let kept = sealed(composer, &self.paper.case, values).await?;
        let order = Order {
            origin: self.origin.clone(),
            issuer: self.issuer(),
            party: self.of.applicant.clone(),
            content: Content::Template {
                template: self.template.clone(),
                filling: Filling::Kept(kept),
                facts: Self::number_facts(answers),
            },
            channels: Vec::new(),
        };
        Atomic::new(self.shard.clone())
            .then::<Notice>(
                &NoticeKey(self.paper.to_string()),
                &NoticeCommand::Issue(Box::new(order)),
            )
            .map_err(ErrandError::never)
    }
}

/// The answers of a case as they lie sealed.
pub(crate) async fn opened(
    composer: &Composer,
    case: &str,
    sealed: &str,
) -> Result<Answers, ErrandError> {
    let key = KeyName::new(CaseKey(case.to_owned()).vault_key());
    let bytes = composer.vault.open(&key, &BlobId(sealed.to_owned())).await?;
    serde_json::from_slice(&bytes).map_err(ErrandError::never)
}

/// The values of a paper, sealed under the key of its case.
pub(crate) async fn sealed(
    composer: &Composer,
    case: &str,
    values: &Values,
) -> Result<Kept, ErrandError> {
    let key = CaseKey(case.to_owned()).vault_key();
    let json = serde_json::to_vec(values).map_err(ErrandError::never)?;
    Ok(composer.vault.keep(Some(&key), &json).await?)
}
