//! Words of the crate: keys, roles, who acts for whom, the card of a party.

use codes::{Date, IdNumber, IdType, IdentifierError, Label, Uscc};
use kernel::{Actor, OrganKey, PartyKey};
use seals::{Commitment, Salt, SealError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The key from its text.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text of the key.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

key! {
    /// A login (登录账号) by its folded name; federated ones begin with `oidc-`.
    LoginKey
}
key! {
    /// A session by the SHA-256 of its token, in hexadecimal; the token itself is only in the browser.
    SessionKey
}
key! {
    /// A mandate (委托); that of a legal representative is `lr-` and the key of the enterprise.
    MandateKey
}

impl LoginKey {
    /// The most characters of a name.
    pub const NAME_MAX: usize = 40;

    /// The key of a name that somebody typed: folded to lower case, 3 to 40 of `a-z 0-9 . _ -`, a letter or a digit first.
    ///
    /// Names that begin with `oidc-` belong to the identity provider's people and are not given out.
    #[must_use]
    pub fn of_name(typed: &str) -> Option<Self> {
        let name = typed.trim().to_ascii_lowercase();
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
        let begins = name.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
        let length = name.chars().count();
        let good = begins
            && (3..=Self::NAME_MAX).contains(&length)
            && name.chars().all(fits)
            && !name.starts_with("oidc-");
        good.then_some(Self(name))
    }
}

impl MandateKey {
    /// The key under which the legal representative of an enterprise acts.
    #[must_use]
    pub fn of_legal_representative(enterprise: &PartyKey) -> Self {
        Self(format!("lr-{enterprise}"))
    }
}

/// The role in which an officer acts (岗位角色).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Takes cases in at the window (综窗人员).
    Clerk,
    /// Reviews tasks (审查人员).
    Reviewer,
    /// Decides for the organ (负责人).
    Head,
    /// Inspects on the spot (核查人员).
    Inspector,
    /// Coordinates the replication programme (统筹人员).
    Coordinator,
    /// Watches terms and load (效能监督人员).
    Supervisor,
    /// Reads everything, changes nothing (审计人员).
    Auditor,
    /// Runs the installation (运维人员).
    Operator,
}

impl Role {
    /// All roles, in the order of lists.
    pub const ALL: [Self; 8] = [
        Self::Clerk,
        Self::Reviewer,
        Self::Head,
        Self::Inspector,
        Self::Coordinator,
        Self::Supervisor,
        Self::Auditor,
        Self::Operator,
    ];

    /// The word in policies, actors and data.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Clerk => "clerk",
            Self::Reviewer => "reviewer",
            Self::Head => "head",
            Self::Inspector => "inspector",
            Self::Coordinator => "coordinator",
            Self::Supervisor => "supervisor",
            Self::Auditor => "auditor",
            Self::Operator => "operator",
        }
    }

    /// The role of a word.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.key() == key)
    }

    /// The name in both languages.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Clerk => Label::new("综窗人员", "Window clerk"),
            Self::Reviewer => Label::new("审查人员", "Reviewer"),
            Self::Head => Label::new("负责人", "Head"),
            Self::Inspector => Label::new("核查人员", "Inspector"),
            Self::Coordinator => Label::new("统筹人员", "Coordinator"),
            Self::Supervisor => Label::new("效能监督人员", "Supervisor"),
            Self::Auditor => Label::new("审计人员", "Auditor"),
            Self::Operator => Label::new("运维人员", "Operator"),
        }
    }
}

/// A post that an officer holds (任职): an organ and a role in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Post {
    /// The organ.
    pub organ: OrganKey,
    /// The role.
    pub role: Role,
}

/// As whom a person acts in a session (办事身份).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Acting {
    /// For herself.
    Party(PartyKey),
    /// For another, under a mandate.
    Agent {
        /// The principal.
        party: PartyKey,
        /// The mandate.
        mandate: MandateKey,
    },
    /// As an officer.
    Officer(Post),
}

impl Acting {
    /// The actor that commands and the gate see.
    #[must_use]
    pub fn actor(&self, login: &LoginKey) -> Actor {
        let login = login.to_string();
        match self {
            Self::Party(party) => Actor::Party { party: party.clone(), login, mandate: None },
            Self::Agent { party, mandate } => {
                Actor::Party { party: party.clone(), login, mandate: Some(mandate.to_string()) }
            }
            Self::Officer(post) => Actor::Officer {
                organ: post.organ.clone(),
                login,
                role: post.role.key().to_owned(),
            },
        }
    }

    /// A short text that names it in forms and columns: `party:…`, `agent:mandate`, `officer:organ:role`.
    #[must_use]
    pub fn tag(&self) -> String {
        match self {
            Self::Party(party) => format!("party:{party}"),
            Self::Agent { mandate, .. } => format!("agent:{mandate}"),
            Self::Officer(post) => format!("officer:{}:{}", post.organ, post.role.key()),
        }
    }
}

/// How sure the platform is who is at the keyboard (认证强度), weakest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Assurance {
    /// A password.
    #[default]
    Password,
    /// The identity provider knows the real name.
    RealName,
    /// The identity provider compared the face with the identity document.
    Face,
}

impl Assurance {
    /// The name in both languages.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Password => Label::new("密码登录", "Password"),
            Self::RealName => Label::new("实名认证", "Real name confirmed"),
            Self::Face => Label::new("人脸核验", "Face compared"),
        }
    }
}

/// What a party is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PartyKind {
    /// A natural person (自然人).
    Person,
    /// An organisation (法人或者非法人组织).
    Organisation,
}

impl PartyKind {
    /// The word in tables.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Organisation => "organisation",
        }
    }
}

/// The document that tells a party from all others; only a checked one can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// An identity document of a person.
    Person(IdNumber),
    /// The unified social credit code of an organisation.
    Organisation(Uscc),
}

impl Document {
    /// The document of a person, as typed: folded, then checked with its check digit.
    ///
    /// # Errors
    /// `CDE-0001` or `CDE-0002`: what is wrong with the number.
    pub fn person(kind: IdType, typed: &str) -> Result<Self, IdentifierError> {
        IdNumber::parse(kind, &codes::fold_identifier(typed)).map(Self::Person)
    }

    /// The document of an organisation, as typed.
    ///
    /// # Errors
    /// `CDE-0001` or `CDE-0002`: what is wrong with the code.
    pub fn organisation(typed: &str) -> Result<Self, IdentifierError> {
        codes::fold_identifier(typed).parse().map(Self::Organisation)
    }

    /// Whose it is.
    #[must_use]
    pub const fn kind(&self) -> PartyKind {
        match self {
            Self::Person(_) => PartyKind::Person,
            Self::Organisation(_) => PartyKind::Organisation,
        }
    }

    /// The kind of the document as a word: `resident_id`, …, `uscc`.
    #[must_use]
    pub const fn type_key(&self) -> &'static str {
        match self {
            Self::Person(number) => number.kind().key(),
            Self::Organisation(_) => "uscc",
        }
    }

    /// The number.
    #[must_use]
    pub fn number(&self) -> &str {
        match self {
            Self::Person(number) => number.as_str(),
            Self::Organisation(uscc) => uscc.as_str(),
        }
    }
}

/// What is known of a party (当事人信息). It is only ever stored sealed; events hold its commitment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The name as printed on the document.
    pub name: String,
    /// The kind of the document, such as `resident_id` or `uscc`.
    pub id_type: String,
    /// Its number.
    pub id_number: String,
    /// ISO 3166-1 alpha-3, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nationality: Option<String>,
    /// The mobile number, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
}

impl Card {
    /// The card of a party with a checked document.
    #[must_use]
    pub fn new(name: impl Into<String>, document: &Document) -> Self {
        let nationality = match document {
            Document::Person(number) => number.nationality().map(|country| country.to_string()),
            Document::Organisation(_) => None,
        };
        Self {
            name: name.into(),
            id_type: document.type_key().to_owned(),
            id_number: document.number().to_owned(),
            nationality,
            mobile: None,
        }
    }

    /// The card as attributes of a person card of a form: `name`, `id_type`, `id_number`, `nationality`, `mobile`, as far
    /// as they are known.
    #[must_use]
    pub fn elements(&self) -> BTreeMap<String, String> {
        let known = [
            ("name", Some(&self.name)),
            ("id_type", Some(&self.id_type)),
            ("id_number", Some(&self.id_number)),
            ("nationality", self.nationality.as_ref()),
            ("mobile", self.mobile.as_ref()),
        ];
        known
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?.clone())))
            .collect()
    }
}

/// A card with the salt of its commitment: the content of a sealed blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedCard {
    /// The salt.
    pub salt: Salt,
    /// The card.
    pub card: Card,
}

impl SealedCard {
    /// The commitment that the event holds.
    ///
    /// # Errors
    /// The card has no canonical JSON.
    pub fn commitment(&self) -> Result<Commitment, SealError> {
        Commitment::to(&self.salt, &self.card)
    }
}

/// Makes party keys from documents (当事人键): the same document always gives the same key.
///
/// The key is an HMAC-SHA256 of the document under a secret of the installation. So the same person is found again
/// without a list of numbers, two registrations at once meet in one stream, and a key alone tells nobody a number.
#[derive(Clone)]
pub struct PartyKeys {
    secret: [u8; 32],
}

impl fmt::Debug for PartyKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PartyKeys(…)")
    }
}

impl PartyKeys {
    /// Keys under a secret of the installation; another secret gives other keys for everybody.
    #[must_use]
    pub const fn new(secret: [u8; 32]) -> Self {
        Self { secret }
    }

    /// The key of whoever the document tells from all others.
    #[must_use]
    pub fn of(&self, document: &Document) -> PartyKey {
        let text = format!("{}\n{}", document.type_key(), document.number());
        let mac = self.hmac(text.as_bytes());
        let short: String = seals::hex(&mac).chars().take(32).collect();
        PartyKey::new(short)
    }

    /// The login of a person whom an identity provider names; the subject itself stays with the provider.
    #[must_use]
    pub fn federated_login(&self, issuer: &str, subject: &str) -> LoginKey {
        let mac = self.hmac(format!("{issuer}\n{subject}").as_bytes());
        let short: String = seals::hex(&mac).chars().take(32).collect();
        LoginKey(format!("oidc-{short}"))
    }

    /// HMAC (RFC 2104) with SHA-256; the secret is shorter than a block.
    fn hmac(&self, message: &[u8]) -> [u8; 32] {
        let pad = |with: u8| -> Vec<u8> {
            let mut block = vec![with; 64];
            for (byte, key) in block.iter_mut().zip(self.secret) {
                *byte ^= key;
            }
            block
        };
        let mut inner = pad(0x36);
        inner.extend_from_slice(message);
        let mut outer = pad(0x5c);
        outer.extend_from_slice(seals::Digest::sha256(&inner).bytes());
        *seals::Digest::sha256(&outer).bytes()
    }
}

/// For which services a mandate holds (委托范围).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// All services.
    All,
    /// These services, by id such as `28/food`; never empty.
    Services(Vec<String>),
}

impl Scope {
    /// Whether it covers a service.
    #[must_use]
    pub fn covers(&self, service: &str) -> bool {
        match self {
            Self::All => true,
            Self::Services(services) => services.iter().any(|named| named == service),
        }
    }

    /// As one text: `*`, or the services with commas.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::All => "*".to_owned(),
            Self::Services(services) => services.join(","),
        }
    }

    /// From its text; white space and empty names are dropped, `None` if nothing is left.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        if text.trim() == "*" {
            return Some(Self::All);
        }
        let services: Vec<String> = text
            .split([',', '，', '\n'])
            .map(str::trim)
            .filter(|service| !service.is_empty())
            .map(str::to_owned)
            .collect();
        (!services.is_empty()).then_some(Self::Services(services))
    }
}

/// Who acts for whom, in what, how long (委托书).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// For whom.
    pub principal: PartyKey,
    /// Who acts.
    pub agent: PartyKey,
    /// In which services.
    pub scope: Scope,
    /// The last day, until 24:00; none where it holds until ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_name_is_folded_and_checked() {
        for (typed, key) in [
            (" Chen.Siyuan ", Some("chen.siyuan")),
            ("ab", None),
            ("-ab", None),
            ("a b c", None),
            ("陈思远", None),
            ("oidc-0011", None),
            ("440115-market-1", Some("440115-market-1")),
        ] {
            assert_eq!(LoginKey::of_name(typed).as_ref().map(LoginKey::as_str), key, "{typed}");
        }
        assert!(LoginKey::of_name(&"a".repeat(41)).is_none());
    }

    #[test]
    fn the_same_document_gives_the_same_key_and_another_secret_another() {
        let keys = PartyKeys::new([7; 32]);
        let typed = Document::person(IdType::ResidentId, "440113 19990307 4511").unwrap();
        let full_width =
            Document::person(IdType::ResidentId, "４４０１１３１９９９０３０７４５１１").unwrap();
        assert_eq!(keys.of(&typed), keys.of(&full_width));
        assert_ne!(keys.of(&typed), PartyKeys::new([8; 32]).of(&typed));
        let uscc = Document::organisation("91440115MAD2K7Q49J").unwrap();
        assert_ne!(keys.of(&typed), keys.of(&uscc));
        assert!(!keys.of(&typed).as_str().contains("1999"));
    }

    #[test]
    fn the_keyed_hash_is_that_of_the_standard() {
        // RFC 4231 test case 2, with the key "Jefe" padded to 32 bytes as HMAC itself pads it.
        let mut secret = [0; 32];
        secret[..4].copy_from_slice(b"Jefe");
        let mac = PartyKeys::new(secret).hmac(b"what do ya want for nothing?");
        assert_eq!(
            seals::hex(&mac),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn a_card_tells_a_form_what_it_knows_and_no_more() {
        let document = Document::person(IdType::ResidentId, "440113199903074511").unwrap();
        let card = Card::new("陈思远", &document);
        let told: Vec<String> = card.elements().into_keys().collect();
        assert_eq!(told, ["id_number", "id_type", "name", "nationality"]);
        assert_eq!(card.nationality.as_deref(), Some("CHN"));
    }

    proptest::proptest! {
        #[test]
        fn every_scope_of_services_reads_back(services in proptest::collection::vec("[0-9]{2}/[a-z]{1,9}", 1..9)) {
            let scope = Scope::Services(services);
            proptest::prop_assert_eq!(Scope::of_text(&scope.to_text()), Some(scope));
        }
    }

    #[test]
    fn a_scope_reads_back_and_covers_what_it_names() {
        let scope = Scope::of_text("28/food， 28/reg,").unwrap();
        assert_eq!(scope.to_text(), "28/food,28/reg");
        assert!(scope.covers("28/reg") && !scope.covers("28/fund"));
        assert_eq!(Scope::of_text("*"), Some(Scope::All));
        assert_eq!(Scope::of_text(" , "), None);
    }
}
