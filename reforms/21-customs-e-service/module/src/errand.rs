//! Outside work: the proof of service is put together, a notary's answer finds its case.

use crate::decide::{Penalty, PenaltyCommand};
use crate::error::PenaltyError;
use crate::model::{Certificate, PaperId, Profile, Service, notice_key, proof_key, vault_key};
use crate::queries;
use blobs::Vault;
use codes::{Date, Lang, Moment};
use delivery::confirmation::{AddressKind, ConfirmationKey, SealedValue};
use delivery::queries::{NoticeRow, Turn};
use delivery::{Channel, NoticeKey};
use documents::{Templates, Typesetter, Values};
use exchange::PROBLEM;
use kernel::{
    Address, Atomic, Errand, ErrandError, ErrandId, OrganKey, Origin, PartyKey, Reaction, Shard,
};
use licences::{Licence, LicenceCommand, LicenceKey, NumberFrom};
use penalty::{CustomsCaseNo, package_no};
use portal::Failure;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use tables::Reader;

/// What penalty cases need from outside.
#[derive(Clone)]
pub struct Tools {
    /// The law in force.
    pub law: Arc<crate::PenaltyLaw>,
    /// Keeps what tells of persons.
    pub vault: Vault,
    /// Reads the tables.
    pub reader: Arc<dyn Reader>,
    /// Sets documents in type.
    pub typesetter: Arc<dyn Typesetter>,
    /// The templates of the installation.
    pub templates: Arc<Templates>,
    /// The log and its stamps; none where there is no evidence.
    pub evidence: Option<crate::package::Evidence>,
    /// Finds the party of an identity document, and where an organ is.
    pub parties: Arc<dyn Parties>,
    /// What tokens of address forms follow from: the very rules that `delivery` decides by.
    pub confirmations: delivery::ConfirmationRules,
    /// Partners to whom published decisions are told, by their keys in the exchange.
    pub publicity: BTreeSet<String>,
    /// The notary office, by its key in the exchange; none where there is none.
    pub notary: Option<String>,
    /// Under which address the portal is reached.
    pub portal: String,
    /// What tokens of public pages follow from, so that nobody guesses one.
    pub secret: [u8; 32],
}

impl fmt::Debug for Tools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tools").field("portal", &self.portal).finish_non_exhaustive()
    }
}

impl Tools {
    /// The token of a paper's public page: 128 bits that follow from the secret alone.
    #[must_use]
    pub fn token(&self, no: &CustomsCaseNo, paper: &PaperId) -> String {
        let bits = kernel::derive_id(&[
            b"penalty.token",
            &self.secret,
            no.as_str().as_bytes(),
            paper.0.as_bytes(),
        ]);
        seals::base32(&bits)
    }

    /// The address that the code on a paper bears.
    #[must_use]
    pub fn check_address(&self, token: &str) -> String {
        format!("{}/penalty/check/{token}", self.portal.trim_end_matches('/'))
    }

    /// The address of the form that a party fills in on its phone.
    #[must_use]
    pub fn capture_address(&self, key: &ConfirmationKey, form_no: u32) -> String {
        let token = self.confirmations.token(key, form_no);
        format!("{}/delivery/capture/{key}/{token}", self.portal.trim_end_matches('/'))
    }

    /// The division of an organ.
    #[must_use]
    pub fn place_of(&self, organ: &OrganKey) -> Option<String> {
        self.parties.place(organ)
    }

    /// What is known of the party of a case.
    ///
    /// # Errors
    /// The vault cannot be read.
    pub async fn profile(&self, kept: Option<&blobs::Kept>) -> Result<Profile, blobs::VaultError> {
        let Some(kept) = kept else { return Ok(Profile::default()) };
        let bytes = self.vault.read(kept).await?;
        Ok(serde_json::from_slice(&bytes).unwrap_or_default())
    }
}

/// Finds parties by their identity documents and organs by their keys; `app` asks `identity` and the catalogue.
pub trait Parties: Send + Sync + 'static {
    /// The party of a document, such as `uscc` or `resident_id`; none where the number is wrong.
    fn of(&self, kind: &str, number: &str) -> Option<PartyKey>;

    /// The division of an organ, six digits.
    fn place(&self, organ: &OrganKey) -> Option<String>;
}

/// Puts the proof of electronic service together (电子送达凭证) and orders it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Prove {
    /// The case.
    pub no: CustomsCaseNo,
    /// The paper.
    pub paper: PaperId,
    /// How and when it was served.
    pub service: Service,
    /// Which record of its service it is.
    pub round: u32,
    /// Where that stands in the log.
    pub position: String,
    /// The event that recorded it.
    pub origin: Origin,
    /// The shard of the case.
    pub shard: Shard,
}

impl Errand for Prove {
    const KIND: &'static str = "penalty.prove";
    type Tools = Arc<Tools>;

    async fn run(&self, _id: ErrandId, tools: Arc<Tools>) -> Result<Vec<Reaction>, ErrandError> {
        let key = NoticeKey(notice_key(self.no.as_str(), &self.paper));
        let row = delivery::queries::notice(&*tools.reader, &key).await;
        // The row may lag behind the event by a moment.
        let row = row
            .map_err(ErrandError::later)?
            .filter(|row| row.document.is_some())
            .ok_or_else(|| ErrandError::later("the notice is not in the tables yet"))?;
        let turns = delivery::queries::turns(&*tools.reader, &key);
        let turns = turns.await.map_err(ErrandError::later)?;
        let values = self.values(&tools, &row, &turns).await?;
        let json = serde_json::to_vec(&values).map_err(ErrandError::never)?;
        let kept = tools.vault.keep(Some(&vault_key(&self.no)), &json).await?;
        let earlier = (self.round > 1).then(|| self.round - 1);
        let order = licences::Order {
            origin: self.origin.clone(),
            issuer: row.issuer.clone(),
            holder: row.party.clone(),
            template: "service_proof".to_owned(),
            filling: licences::Filling::Kept(kept),
            number: NumberFrom::Series(BTreeMap::new()),
            valid_from: self.service.on,
            valid_to: None,
            hidden: vec!["course".to_owned()],
            replaces: earlier.map(|round| self.licence(round)),
        };
        let issue = LicenceCommand::Issue(Box::new(order));
        let commands = Atomic::new(self.shard.clone())
            .then::<Licence>(&self.licence(self.round), &issue)
            .map_err(ErrandError::never)?;
        Ok(vec![Reaction::Commands(commands)])
    }
}

impl Prove {
    fn licence(&self, round: u32) -> LicenceKey {
        LicenceKey(proof_key(self.no.as_str(), &self.paper, round))
    }

    async fn values(
        &self,
        tools: &Tools,
        row: &NoticeRow,
        turns: &[Turn],
    ) -> Result<Values, ErrandError> {
        let document = row.document.as_ref().ok_or_else(|| ErrandError::never("no document"))?;
        let pdf = tools.vault.read(&document.pdf).await?;
        let name = self.name_of_party(tools).await?;
        let channel = Channel::of(&self.service.channel);
        let channel_name = channel.map(|channel| channel.label().zh).unwrap_or_default();
        let served = self.service.at.map_or_else(|| self.service.on.to_string(), wall);
        let course = turns
            .iter()
            .filter_map(|turn| {
                let what = course_of(&turn.what)?;
                Some(Values::new().text("at", wall(turn.at)).text("what", what))
            })
            .collect();
        let values = Values::new()
            .text("case_no", self.no.as_str())
            .text("document_title", &*row.title.zh)
            .text("document_number", &row.number)
            .text("document_sha256", seals::Digest::sha256(&pdf).hex())
            .text("to_name", name)
            .text("channel", channel_name)
            .text("served_at", served)
            .text("ground", ground(&self.service))
            .text("package_no", package_label(self.service.on))
            .rows("course", course)
            .text("log_position", &self.position);
        match self.masked(tools, row, channel).await? {
            Some(masked) => Ok(values.text("address_masked", masked)),
            None => Ok(values),
        }
    }

    async fn name_of_party(&self, tools: &Tools) -> Result<String, ErrandError> {
        let no = self.no.as_str();
        let profile = queries::profile(&*tools.reader, no).await.map_err(ErrandError::later)?;
        let name = tools.profile(profile.as_ref()).await?.name;
        Ok(if name.is_empty() { "当事人".to_owned() } else { name })
    }

    /// The confirmed address by which it went, as far as anybody may see it.
    async fn masked(
        &self,
        tools: &Tools,
        row: &NoticeRow,
        channel: Option<Channel>,
    ) -> Result<Option<String>, ErrandError> {
        let relied = delivery::confirmation::queries::relied(&*tools.reader, &row.notice);
        let Some((addresses, _postal)) = relied.await.map_err(ErrandError::later)? else {
            return Ok(None);
        };
        let Some(used) = addresses.iter().find(|one| one.kind.channel() == channel) else {
            return Ok(None);
        };
        if used.kind == AddressKind::Account {
            return Ok(Some("本平台账号".to_owned()));
        }
        let bytes = tools.vault.read(&used.value).await?;
        let sealed: SealedValue = serde_json::from_slice(&bytes).map_err(ErrandError::never)?;
        Ok(Some(mask(&sealed.value)))
    }
}

/// The first and the last of an address, the middle covered.
#[must_use]
pub fn mask(address: &str) -> String {
    if let Some((local, domain)) = address.split_once('@') {
        let first: String = local.chars().take(1).collect();
        return format!("{first}***@{domain}");
    }
    let letters: Vec<char> = address.chars().collect();
    let kept = letters.len() / 3;
    let (head, tail) = (letters.iter().take(kept), letters.iter().rev().take(kept.min(4)));
    let tail: Vec<&char> = tail.collect();
    let covered = letters.len().saturating_sub(kept + tail.len());
    head.chain(std::iter::repeat_n(&'*', covered)).chain(tail.into_iter().rev()).collect()
}

/// The number of the package follows from that of the proof, which the series allots.
fn package_label(on: Date) -> String {
    let example = format!("ES-{}-1", on.to_string().replace('-', ""));
    let known = package_no(&example).unwrap_or_default();
    let stem = known.rsplit_once('-').map(|(stem, _)| stem.to_owned()).unwrap_or_default();
    format!("{stem}-（与本凭证同序号）")
}

fn ground(service: &Service) -> &'static str {
    if service.proven {
        "当事人举证证明的到达时间（民事诉讼法司法解释第一百三十五条第二款）"
    } else {
        "到达当事人确认的送达地址（行政处罚法第六十一条第二款、民事诉讼法第九十条）"
    }
}

/// An instant on the clock of Beijing, to the second.
#[must_use]
pub fn wall(at: Moment) -> String {
    let wall = at.wall();
    let time = wall.time();
    format!("{} {:02}:{:02}:{:02}", wall.date(), time.hour(), time.minute(), time.second())
}

/// A turn of a notice in words; none for what a proof need not tell.
fn course_of(what: &str) -> Option<&'static str> {
    Some(match what {
        "Issued" => "文书发出",
        "Prepared" => "文书制作、签章完成",
        "Placed" => "放入平台账号",
        "MailOrdered" => "电子邮件交发",
        "TextOrdered" => "短信交发",
        "Submitted" => "短信网关接收",
        "Reported" => "短信网关回执",
        "SoftFailed" => "对方系统暂不可达",
        "Sent" => "对方邮件服务器接收",
        "Bounced" => "退回",
        "Served" => "送达",
        "ServiceRedated" => "送达日期更正",
        "ServiceUndone" => "送达记录撤销",
        "CounterProven" => "当事人举证",
        "Read" | "Opened" => "当事人打开阅读",
        "Downloaded" => "当事人下载",
        _ => return None,
    })
}

/// A notary's answer is brought to its case.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HearNotary {
    /// The case.
    pub no: CustomsCaseNo,
    /// The package.
    pub package: String,
    /// The root hash that it certifies.
    pub root: String,
    /// The certificate.
    pub certificate: Certificate,
    /// The notary office by its key in the exchange.
    pub partner: String,
    /// The id of its message.
    pub message: String,
    /// The legal basis that it names.
    pub basis: String,
}

impl Errand for HearNotary {
    const KIND: &'static str = "penalty.hear_notary";
    type Tools = Arc<Tools>;

    async fn run(&self, _id: ErrandId, tools: Arc<Tools>) -> Result<Vec<Reaction>, ErrandError> {
        let row = queries::case(&*tools.reader, self.no.as_str()).await;
        let row = row.map_err(ErrandError::later)?;
        let Some(row) = row else { return Ok(vec![self.problem(PenaltyError::Unknown)]) };
        // A certificate over another root says nothing of our package.
        let papers = queries::papers(&*tools.reader, self.no.as_str()).await;
        let papers = papers.map_err(ErrandError::later)?;
        if !papers.iter().any(|paper| paper.root.as_ref() == Some(&self.root)) {
            return Ok(vec![self.problem(PenaltyError::AnotherRoot)]);
        }
        let (package, certificate) = (self.package.clone(), self.certificate.clone());
        let command = PenaltyCommand::Preserve { package, certificate };
        let commands = Atomic::new(row.shard)
            .then::<Penalty>(&self.no, &command)
            .map_err(ErrandError::never)?;
        Ok(vec![Reaction::Commands(commands)])
    }
}

impl HearNotary {
    /// Why its certificate was not taken, as the notary reads it (RFC 9457).
    fn problem(&self, refused: PenaltyError) -> Reaction {
        let body = json!({
            "kind": PROBLEM, "purpose": "告知报文未予采纳的原因", "basis": self.basis,
            "message": self.message, "problem": Failure::from(refused).to_json(Lang::Zh),
        });
        Reaction::Message { to: Address::Partner(self.partner.clone()), body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_known_to_its_owner_and_to_nobody_else() {
        for (address, masked) in [
            ("chen@qinghe.example", "c***@qinghe.example"),
            ("+8613800138000", "+861******8000"),
            ("wx_qinghe", "wx_***ghe"),
            ("ab", "**"),
        ] {
            assert_eq!(mask(address), masked);
        }
    }
}
