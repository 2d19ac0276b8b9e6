//! Verifying whatever somebody brings (核验): a signed statement, a presentation, the text of an offline code, a sealed PDF;
//! without network and without our tables, claim by claim.

use crate::code::{self, Code, PaperFacts};
use crate::credential;
use crate::error::LicenceError;
use crate::sd_jwt::SdJwt;
use crate::statement::{self, Statement};
use crate::status::{Status, StatusList};
use codes::{Coded, Date, Label, Moment};
use module::{TimeStamps, Unstamped};
use seals::x509::Certificate;
use seals::{KeyRecord, PublicKeySet, SealError, jws, pdf};
use serde::Serialize;
use serde_json::Value as Json;
use std::fmt;
use std::sync::Arc;

/// What a verifier trusts and what it has at hand.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The keys of licences and seals, of all times: `/api/v1/licences/keys`.
    pub keys: PublicKeySet,
    /// The roots that seals lead to: `/licences/roots.pem`.
    pub roots: Vec<Certificate>,
    /// Status lists as fetched, signed; may be none.
    pub lists: Vec<String>,
    /// Reads time-stamps over seals; none where no root of an authority is known.
    pub stamps: Option<Stamps>,
    /// Now.
    pub at: Moment,
}

/// Whoever reads time-stamps.
#[derive(Clone)]
pub struct Stamps(pub Arc<dyn TimeStamps>);

impl fmt::Debug for Stamps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stamps(…)")
    }
}

/// What was brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Thing {
    /// A signed statement (签名内容, JWS).
    Statement,
    /// A credential or a presentation of one (SD-JWT).
    Credential,
    /// The text of an offline code (CWT in COSE).
    Code,
    /// A sealed PDF.
    Pdf,
    /// The printed code of a certificate of a register, with what the paper says.
    Printed,
}

impl Thing {
    /// What it is called.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Statement => Label::new("签名内容", "Signed statement"),
            Self::Credential => Label::new("出示凭证", "Presentation of a credential"),
            Self::Code => Label::new("离线码", "Offline code"),
            Self::Pdf => Label::new("证照 PDF", "Licence as PDF"),
            Self::Printed => Label::new("证书印刷码", "Printed code of a certificate"),
        }
    }
}

/// How a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It holds.
    Pass,
    /// It does not hold.
    Fail,
    /// It cannot be decided with what is at hand.
    Unknown,
}

/// One thing that is claimed (主张), and how it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// Its name, such as `signature`; the same for the same claim of every thing.
    pub id: &'static str,
    /// What is claimed.
    pub about: Label,
    /// How it stands.
    pub verdict: Verdict,
    /// The code of what is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What was found, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<Label>,
}

/// What was found of a thing (核验结果).
#[derive(Clone, Debug, Serialize)]
pub struct Checked {
    /// What it is.
    pub thing: Thing,
    /// The claims, in the order in which they rest on each other.
    pub claims: Vec<Claim>,
    /// What it says, where its signature holds: label and value.
    pub facts: Vec<(Label, String)>,
    /// By what its licence is found where there is a table of licences.
    #[serde(skip)]
    pub subject: Option<Subject>,
}

/// By what the licence of a thing is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Its key.
    Licence(String),
    /// The token of its page.
    Token(String),
    /// The address of its status list and its place there.
    Place(String, u32),
}

impl Checked {
    fn new(thing: Thing) -> Self {
        Self { thing, claims: Vec::new(), facts: Vec::new(), subject: None }
    }

    /// Whether no claim fails.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.claims.iter().all(|claim| claim.verdict != Verdict::Fail)
    }

    /// The claim of a name.
    #[must_use]
    pub fn claim(&self, id: &str) -> Option<&Claim> {
        self.claims.iter().find(|claim| claim.id == id)
    }

    fn say(&mut self, id: &'static str, verdict: Verdict, detail: Option<Label>) {
        self.claims.push(Claim { id, about: about(id), verdict, code: None, detail });
    }

    fn fail(&mut self, id: &'static str, fault: &dyn Coded) {
        let code = Some(fault.code().to_string());
        let detail = Some(fault.label());
        self.claims.push(Claim { id, about: about(id), verdict: Verdict::Fail, code, detail });
    }

    fn fact(&mut self, zh: &str, en: &str, value: impl Into<String>) {
        self.facts.push((Label::new(zh, en), value.into()));
    }

    /// The claims of a signature and of the key that made it; what was signed, where it counts.
    fn signed<T>(&mut self, result: Result<(T, KeyRecord), LicenceError>) -> Option<T> {
        match result {
            Ok((content, key)) => {
                self.say("signature", Verdict::Pass, None);
                let state = seals::KeyState::InUse.label();
                let named = |words: &str| format!("{words}：{}", key.id);
                self.say(
                    "key",
                    Verdict::Pass,
                    Some(Label::new(named(&state.zh), named(&state.en))),
                );
                Some(content)
            }
            Err(fault) => {
                match &fault {
                    // The bytes are as they were signed; it is the key that does not count.
                    LicenceError::Seal(
                        SealError::KeyNotInUse { .. } | SealError::KeyCompromised { .. },
                    ) => {
                        self.say("signature", Verdict::Pass, None);
                        self.fail("key", &fault);
                    }
                    LicenceError::Seal(SealError::KeyNotTrusted { .. }) => {
                        self.say("signature", Verdict::Unknown, None);
                        self.fail("key", &fault);
                    }
                    _ => self.fail("signature", &fault),
                }
                None
            }
        }
    }

    fn term(&mut self, first: Option<Moment>, end: Option<Moment>, now: Moment) {
        let (verdict, zh, en) = if first.is_some_and(|first| now < first) {
            (Verdict::Fail, "尚未生效", "not in force yet")
        } else if end.is_some_and(|end| now >= end) {
            (Verdict::Fail, "已过有效期", "its term is over")
        } else {
            (Verdict::Pass, "在有效期内", "within its term")
        };
        self.say("term", verdict, Some(Label::new(zh, en)));
    }

    fn status(&mut self, place: Option<(&str, u32)>, trust: &Trust) {
        let found = place.and_then(|(list, index)| {
            trust
                .lists
                .iter()
                .filter_map(|text| StatusList::verify(text, &trust.keys).ok())
                .filter(|known| trust.at < known.until)
                .find_map(|known| Some((known.status(list, index)?, known.at)))
        });
        let Some((status, at)) = found else {
            let unknown = Label::new(
                "未联网核对：是否已被暂停、撤销或换发，请查看核验页或状态清单。",
                "Not asked: whether it was suspended, ended or replaced is told by its page or its status list.",
            );
            return self.say("status", Verdict::Unknown, Some(unknown));
        };
        let (verdict, zh, en) = match status {
            Status::Valid => (Verdict::Pass, "有效", "in force"),
            Status::Suspended => (Verdict::Fail, "已暂停", "suspended"),
            Status::Invalid => (Verdict::Fail, "已失效", "no longer in force"),
        };
        let detail = Label::new(format!("{zh}（清单时间 {at}）"), format!("{en} (list of {at})"));
        self.say("status", verdict, Some(detail));
    }
}

/// What a claim is about.
fn about(id: &str) -> Label {
    match id {
        "signature" => Label::new("签名与内容一致", "The signature belongs to this content"),
        "key" => {
            Label::new("签名密钥受信任且签名时在用", "The key is trusted and was in use at signing")
        }
        "disclosures" => Label::new(
            "出示的每一项都是发证机关签署的",
            "Every item shown was signed by the issuer",
        ),
        "holder" => Label::new("出示人就是持证人", "Whoever shows it is its holder"),
        "term" => Label::new("在有效期内", "It is within its term"),
        "status" => Label::new("未被暂停、撤销或换发", "It was not suspended, ended or replaced"),
        "seal" => {
            Label::new("文件带有可以读取的电子签章", "The file bears a seal that can be read")
        }
        "content" => Label::new("盖章后内容未被更改", "Nothing was changed after it was sealed"),
        "whole" => Label::new("签章覆盖整个文件", "The seal covers the whole file"),
        "certificate" => Label::new(
            "印章证书受信任且盖章时有效",
            "The seal's certificate was trusted and valid then",
        ),
        "stamp" => Label::new("带有可信时间戳", "It bears a time-stamp"),
        _ => Label::default(),
    }
}

/// Verifies whatever was brought: a file or a pasted text.
///
/// # Errors
/// `LIC-0010` for what is too long, `LIC-0014` for what is none of the things that can be verified. Everything else that is wrong
/// is told by a claim.
pub fn verify_any(bytes: &[u8], trust: &Trust) -> Result<Checked, LicenceError> {
    if bytes.starts_with(b"%PDF-") {
        return Ok(of_pdf(bytes, trust));
    }
    let text = std::str::from_utf8(bytes).map_err(|_binary| LicenceError::NothingKnown)?;
    let text = text.trim_start_matches(['\u{feff}', ' ', '\r', '\n', '\t']);
    if text.starts_with(code::PREFIX) {
        return Ok(of_code(text, trust));
    }
    let text = text.trim_end();
    if text.contains('~') {
        return Ok(of_credential(text, trust));
    }
    match jws::read(text) {
        Ok(read) if read.header().typ.as_deref() == Some(statement::TYPE) => {
            Ok(of_statement(text, trust))
        }
        // A text that was a statement before somebody changed it is still brought as one.
        Err(_) if text.starts_with("ey") && text.split('.').count() == 3 => {
            Ok(of_statement(text, trust))
        }
        Ok(_) | Err(_) => Err(LicenceError::NothingKnown),
    }
}

fn of_statement(text: &str, trust: &Trust) -> Checked {
    let mut checked = Checked::new(Thing::Statement);
    let verified = Statement::verify(text, &trust.keys).map_err(LicenceError::from);
    let Some(statement) = checked.signed(verified) else { return checked };
    let first = Moment::start_of(statement.valid_from);
    checked.term(Some(first), statement.valid_to.map(Moment::end_of), trust.at);
    checked.status(None, trust);
    checked.fact("证照", "Licence", statement.title.zh.clone());
    checked.fact("证照编号", "Number", statement.number.clone());
    checked.fact("发证机关", "Issued by", statement.issuer.name.clone());
    checked.days(statement.valid_from, statement.valid_to);
    for line in &statement.lines {
        checked.facts.push((line.label.clone(), line.value.zh.clone()));
    }
    checked.subject = Some(Subject::Licence(statement.licence.0));
    checked
}

impl Checked {
    fn days(&mut self, from: Date, to: Option<Date>) {
        let to = to.map_or_else(|| "长期".to_owned(), |to| to.to_string());
        self.fact("有效期", "Valid", format!("{from} 至 {to}"));
    }
}

fn of_credential(text: &str, trust: &Trust) -> Checked {
    let mut checked = Checked::new(Thing::Credential);
    let verified = SdJwt::read(text).and_then(|read| read.verify(&trust.keys, None));
    if let Err(fault @ LicenceError::DisclosureForeign { .. }) = &verified {
        checked.say("signature", Verdict::Pass, None);
        checked.fail("disclosures", fault);
        return checked;
    }
    let verified = verified.map(|verified| {
        let key = verified.key.clone();
        (verified, key)
    });
    let Some(verified) = checked.signed(verified) else { return checked };
    let kept_back = verified.kept_back;
    checked.say(
        "disclosures",
        Verdict::Pass,
        Some(Label::new(
            format!("出示 {} 项，未出示 {kept_back} 项", verified.disclosed.len()),
            format!("{} shown, {kept_back} kept back", verified.disclosed.len()),
        )),
    );
    let unbound = Label::new(
        "该凭证未绑定持有人密钥：谁持有都能出示。",
        "The credential is bound to nobody's key: whoever has it can show it.",
    );
    match &verified.bound {
        Some(_) => checked.say("holder", Verdict::Pass, None),
        None => checked.say("holder", Verdict::Unknown, Some(unbound)),
    }
    let instant = |name: &str| {
        let second = verified.shown.get(name)?.as_i64()?.checked_mul(1_000_000)?;
        Some(Moment::from_us(second))
    };
    checked.term(instant("nbf"), instant("exp"), trust.at);
    let list = verified.shown.get("status").and_then(|status| status.get("status_list"));
    let place = list.and_then(|list| {
        let index = u32::try_from(list.get("idx")?.as_u64()?).ok()?;
        Some((list.get("uri")?.as_str()?.to_owned(), index))
    });
    checked.status(place.as_ref().map(|(list, index)| (list.as_str(), *index)), trust);
    let authority = verified.shown.get("issuing_authority").and_then(Json::as_str);
    checked.fact("发证机关", "Issued by", authority.unwrap_or_default());
    for (name, value) in &verified.disclosed {
        checked.facts.push((credential::label(None, name), credential::line(name, value)));
    }
    checked.subject = place.map(|(list, index)| Subject::Place(list, index));
    checked
}

fn of_code(text: &str, trust: &Trust) -> Checked {
    let mut checked = Checked::new(Thing::Code);
    let Some(code) = checked.signed(Code::verify(text, &trust.keys)) else { return checked };
    let first = Moment::start_of(code.valid_from);
    checked.term(Some(first), code.valid_to.map(Moment::end_of), trust.at);
    checked.status(None, trust);
    checked.fact("证照", "Licence", code.kind.clone());
    checked.fact("证照编号", "Number", code.number.clone());
    if let Some(holder) = &code.holder {
        checked.fact("持证人", "Holder", holder.clone());
    }
    checked.days(code.valid_from, code.valid_to);
    checked.fact("核验网址", "Page", code.address());
    checked.subject = Some(Subject::Token(code.token));
    checked
}

/// Verifies the printed code of a certificate of a register without network.
///
/// What is read off the paper says whether the code belongs to it. How the unit stands now is unknown until the page is
/// asked (状态未知).
#[must_use]
pub fn verify_printed(text: &str, facts: &PaperFacts, trust: &Trust) -> Checked {
    let mut checked = Checked::new(Thing::Printed);
    let verified = code::verify_address(text.trim(), facts, &trust.keys).and_then(|key| {
        // The paper bears the day alone: the key has to have been in use at its end, or at its beginning.
        let end = Moment::end_of(facts.issued_at).plus_us(-1);
        key.counts(end, None)
            .or_else(|_end| key.counts(Moment::start_of(facts.issued_at), None))?;
        Ok(((), key))
    });
    if checked.signed(verified.map_err(LicenceError::from)).is_none() {
        return checked;
    }
    checked.status(None, trust);
    checked.fact("证照编号", "Number", facts.certificate_no.clone());
    let address = text.split_once('#').map_or(text, |(address, _)| address);
    checked.fact("核验网址", "Page", address);
    checked.subject = address.rsplit('/').next().map(|token| Subject::Token(token.to_owned()));
    checked
}

fn of_pdf(bytes: &[u8], trust: &Trust) -> Checked {
    let mut checked = Checked::new(Thing::Pdf);
    let found = match pdf::seals(bytes, &trust.roots) {
        Ok(found) => found,
        Err(fault) => {
            checked.fail("seal", &fault);
            return checked;
        }
    };
    // The last seal covers those before it.
    let Some(found) = found.last() else { return checked };
    checked.say(
        "seal",
        Verdict::Pass,
        Some(Label::new(found.holder.clone(), found.holder.clone())),
    );
    match &found.intact {
        Ok(()) => checked.say("content", Verdict::Pass, None),
        Err(fault) => checked.claims.push(Claim {
            id: "content",
            about: about("content"),
            verdict: Verdict::Fail,
            code: Some(fault.code().to_string()),
            detail: Some(Label::new(
                "文件内容与盖章时的摘要不一致：有字节被更改",
                "The file does not have the digest that was sealed: bytes were changed",
            )),
        }),
    }
    let whole = if found.added == 0 { Verdict::Pass } else { Verdict::Fail };
    let added = (found.added > 0).then(|| {
        Label::new(
            format!("盖章后又附加了 {} 字节", found.added),
            format!("{} bytes were added after it was sealed", found.added),
        )
    });
    checked.say("whole", whole, added);
    match &found.trusted {
        Ok(()) => checked.say("certificate", Verdict::Pass, None),
        Err(fault) => checked.fail("certificate", fault),
    }
    // A stamp shows when the seal was there for certain: that counts where its key is compromised later.
    let proven = stamped(&mut checked, found, trust);
    let key = found.key.as_ref().and_then(|key| trust.keys.find(key));
    match key.map(|key| key.counts(found.at, proven)) {
        Some(Ok(())) => checked.say("key", Verdict::Pass, Some(seals::KeyState::InUse.label())),
        Some(Err(fault)) => checked.fail("key", &fault),
        // The certificate alone speaks for it.
        None => checked.say("key", Verdict::Unknown, None),
    }
    checked.status(None, trust);
    checked.fact("签章单位", "Sealed by", found.holder.clone());
    checked.fact("签章时间", "Sealed at", found.at.to_string());
    let token = found.address.as_deref().and_then(|address| address.rsplit('/').next());
    checked.subject = token.map(|token| Subject::Token(token.to_owned()));
    if let Some(address) = &found.address {
        checked.fact("核验网址", "Page", address.clone());
    }
    checked
}

/// The claim of the time-stamp over a seal, where it bears one; the instant that it proves.
fn stamped(checked: &mut Checked, found: &pdf::Found, trust: &Trust) -> Option<Moment> {
    let token = found.stamp.as_ref()?;
    let Some(Stamps(stamps)) = &trust.stamps else {
        checked.say("stamp", Verdict::Unknown, None);
        return None;
    };
    match stamps.read(token, &found.signature) {
        Ok(says) => {
            let (at, by) = (says.at, says.authority);
            let detail = Label::new(format!("{at}，{by}"), format!("{at}, {by}"));
            checked.say("stamp", Verdict::Pass, Some(detail));
            Some(at)
        }
        Err(why) => {
            let (verdict, zh) = match why {
                Unstamped::Stranger(_) => (Verdict::Unknown, "签发机构不在信任名单中"),
                Unstamped::Broken(_) => (Verdict::Fail, "时间戳不成立"),
            };
            checked.say("stamp", verdict, Some(Label::new(zh, why.to_string())));
            None
        }
    }
}
