//! An enterprise of the applicant on the list of serious breaches of trust, for which repair may be asked for; and all who hear
//! of it: the publicity system and 信用中国 by their own protocols, departments and registers over the exchange.

use super::chapter::{Chapter, SHARD, issuer, officer, person};
use super::standins::port;
use super::{APPLICANT, PLACE};
use crate::assemble::Assembly;
use crate::outside::secret;
use anyhow::{Result, anyhow};
use codes::{Date, Label, Moment};
use credit_repair_module::mirror::MirrorSettings;
use credit_repair_module::policy::told_of;
use exchange::Partner;
use identity::decide::party::Party;
use identity::model::{Card, Document};
use kernel::{Actor, Aggregate as _, Atomic, Shard};
use module::Clock;
use registers::enterprise::{EnterpriseCommand, EnterpriseKey, Entry};
use registers::listings::ListEntry;
use registers::{Enterprise, Listing, ListingCommand, ListingKey};
use seals::PublicKeySet;
use serde_json::json;
use standins::credit::Board;
use standins::organ;
use standins::peer::{Peer, Reply, Script, When};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// The code of the enterprise.
pub(crate) const USCC: &str = "91440106MA59C0309X";
/// Its name.
const NAME: &str = "广州汇通达商贸有限公司";
/// How long ago it was listed: more than the year after which repair may be asked for.
const LISTED_DAYS_AGO: u64 = 490;
/// How many days after that it had paid, and corrected what was wrong.
const MENDED_AFTER_DAYS: u64 = 40;

/// Everything of this chapter; done again, it does nothing.
pub(super) async fn fill(assembly: &Assembly) -> Result<()> {
    let chapter = Chapter::of(assembly, "credit");
    let (chen, market) = (person(assembly, APPLICANT)?, officer("market")?);
    if credit_repair_module::queries::subject(&*chapter.platform.reader, USCC).await?.is_some() {
        return Ok(());
    }
    let organ = issuer(assembly, "market")?;
    let (key, company) = (EnterpriseKey(USCC.to_owned()), Document::organisation(USCC)?);
    let (home, card) = (assembly.identity.home().clone(), Card::new(NAME, &company));
    let group = Atomic::new(home.clone());
    let registered = assembly.identity.register_party(group, &company, card).await;
    let (group, party) = registered.map_err(|failure| anyhow!("{failure:?}"))?;
    chapter.send("party", &Actor::system("demo"), group).await?;
    let origin = chapter.origin(&home, Party::KIND, party.as_str()).await?;
    let entry = Entry {
        name: NAME.to_owned(),
        place: PLACE.to_owned(),
        organ: organ.organ.to_string(),
        established_on: Some(Date::constant(2016, 5, 18)),
        elements: std::collections::BTreeMap::new(),
    };
    let enter = EnterpriseCommand::Enter { entry: Box::new(entry), origin: origin.clone() };
    chapter.act::<Enterprise>("enter", &market, &key, &enter).await?;
    let representative = chen.party;
    let name = EnterpriseCommand::NameRepresentative { enterprise: party, representative, origin };
    chapter.act::<Enterprise>("represent", &market, &key, &name).await?;
    let (key, entry) = listed(chapter.today(), &organ)?;
    let list = ListingCommand::List(Box::new(entry));
    let group = Atomic::new(Shard::new(SHARD)).then::<Listing>(&key, &list)?;
    chapter.send("list", &Actor::system("publicity"), group).await
}

/// The entry, as it was made so long ago.
fn listed(today: Date, organ: &documents::Issuer) -> Result<(ListingKey, ListEntry)> {
    let day = |days: u64| today.checked_sub(Duration::from_secs(days * 86_400));
    let (on, mended) = (day(LISTED_DAYS_AGO)?, day(LISTED_DAYS_AGO - MENDED_AFTER_DAYS)?);
    let decision_no = format!("穗南市监列严〔{}〕12号", on.year());
    let facts = ["duties_done", "corrected", "harm_removed"]
        .into_iter()
        .map(|fact| (fact.to_owned(), mended.to_string().into()))
        .collect();
    let entry = ListEntry {
        subject: USCC.to_owned(),
        subject_name: NAME.to_owned(),
        list: "serious".to_owned(),
        cause: "44-5-1".to_owned(),
        decision_no: decision_no.clone(),
        organ: organ.organ.clone(),
        organ_name: organ.name.clone(),
        place: PLACE.to_owned(),
        listed_on: on,
        published_on: on,
        facts,
        ..ListEntry::default()
    };
    Ok((ListingKey::of(USCC, "serious", &decision_no), entry))
}

// --- who hears of it, and who is asked ---------------------------------------------------------------------------------------

/// Departments that apply restrictions: they take what they are told.
const DEPARTMENTS: [(&str, &str, &str); 6] = [
    ("finance", "财政（政府采购，示例）", "Finance, procurement (sample)"),
    ("housing", "住房和城乡建设（示例）", "Housing and construction (sample)"),
    ("transport", "交通运输（示例）", "Transport (sample)"),
    ("resources", "自然资源（示例）", "Natural resources (sample)"),
    ("office", "政府办公厅（示例）", "General office (sample)"),
    ("market", "市场监管重点监管（示例）", "Market supervision, focus (sample)"),
];

/// What a register knows: need, state, reference.
type Knows = [(&'static str, &'static str, &'static str); 2];

/// Registers that answer what they are asked, each with what it knows.
const REGISTERS: [(&str, &str, &str, Knows); 4] = [
    (
        "non-tax",
        "非税收入收缴系统（示例）",
        "Non-tax revenue (sample)",
        [("duties_done", "since", "44030023-0000000001"), ("", "", "")],
    ),
    (
        "tax",
        "税务登记（示例）",
        "Tax register (sample)",
        [("duties_done", "since", ""), ("tax_blacklist", "not_yet", "")],
    ),
    (
        "annual-report",
        "年度报告公示系统（示例）",
        "Annual reports (sample)",
        [("corrected", "since", ""), ("", "", "")],
    ),
    (
        "court",
        "失信被执行人名单（示例）",
        "Dishonest debtors (sample)",
        [("dishonest_debtor", "not_yet", ""), ("", "", "")],
    ),
];

/// How many days ago registers say that it was done.
const SHOWN_DAYS_AGO: u64 = 400;

/// All of them, before they open.
pub(super) struct Counterparts {
    all: Vec<(Peer, TcpListener, Partner)>,
}

impl Counterparts {
    /// Takes ports of loopback; keys stay the same from one start to the next.
    pub(super) async fn new(data: &Path, clock: &Arc<dyn Clock>) -> Result<Self> {
        let mut all = Vec::new();
        for (key, zh, en) in DEPARTMENTS {
            let kinds = ["credit.restriction_imposed", "credit.restriction_lifted"];
            all.push(
                counterpart(data, clock, (key, zh, en), (&kinds, &[]), organ::records()).await?,
            );
        }
        for (key, zh, en, knows) in REGISTERS {
            let kinds: (&[&str], &[&str]) = (&["credit.proof_asked"], &["credit.proof_told"]);
            let script = tells(Arc::clone(clock), knows);
            all.push(counterpart(data, clock, (key, zh, en), kinds, script).await?);
        }
        Ok(Self { all })
    }

    /// As the platform knows them.
    pub(super) fn partners(&self) -> impl Iterator<Item = &Partner> {
        self.all.iter().map(|(_, _, partner)| partner)
    }

    /// Trusts the platform from now on.
    pub(super) fn trust(&self, ours: &PublicKeySet, endpoint: &str) {
        self.all.iter().for_each(|(peer, ..)| peer.connect(ours, endpoint));
    }

    /// Opens: each answers until the process ends.
    pub(super) fn open(self) {
        for (peer, listener, _) in self.all {
            tokio::spawn(peer.run(listener));
        }
    }
}

async fn counterpart(
    data: &Path,
    clock: &Arc<dyn Clock>,
    (key, zh, en): (&str, &str, &str),
    (takes, sends): (&[&str], &[&str]),
    script: Script,
) -> Result<(Peer, TcpListener, Partner)> {
    let seed = secret(&data.join(format!("keys/demo-{key}.secret")))?;
    let clock = Arc::clone(clock);
    let peer = Peer::new(seed, Moment::default(), Arc::new(move || clock.now()))?;
    peer.act(script);
    let (listener, address) = port().await?;
    let kinds = |kinds: &[&str]| kinds.iter().map(ToString::to_string).collect();
    let partner = Partner {
        key: key.to_owned(),
        label: Label::new(zh, en),
        endpoint: format!("{address}/messages"),
        keys: peer.keys(),
        sends: kinds(sends),
        takes: kinds(takes),
        per_minute: 600,
    };
    Ok((peer, listener, partner))
}

/// A register that knows so much: what it is asked beside that, it has no record of.
fn tells(clock: Arc<dyn Clock>, knows: Knows) -> Script {
    Arc::new(move |asked| {
        let need = asked.get("need").and_then(serde_json::Value::as_str).unwrap_or_default();
        let known = knows.iter().find(|(known, ..)| *known == need);
        let (state, reference) =
            known.map_or(("unknown", ""), |(_, state, reference)| (*state, *reference));
        let back = Duration::from_secs(SHOWN_DAYS_AGO * 86_400);
        let since = clock.now().date().checked_sub(back).map(|day| day.to_string());
        let since = since.ok().filter(|_| state == "since");
        let body = told_of(asked, state, since.as_deref(), reference);
        vec![Reply { body, when: When::InReceipt }]
    })
}

/// The publicity system and 信用中国: they answer from now on. The first has a daily file of entries of other enterprises.
pub(super) async fn boards(
    data: &Path,
    ours: &PublicKeySet,
    now: &impl Fn() -> Arc<dyn Fn() -> Moment + Send + Sync>,
) -> Result<Vec<MirrorSettings>> {
    let mut all = Vec::new();
    for (key, daily) in [("credit-publicity", true), ("credit-china", false)] {
        let seed = secret(&data.join(format!("keys/demo-{key}.secret")))?;
        let board = Board::new(seed, Moment::default(), now())?;
        board.trust(ours);
        if daily {
            board.issue(Date::constant(2026, 1, 5), vec![elsewhere()]);
        }
        let (listener, base) = port().await?;
        all.push(MirrorSettings { key: key.to_owned(), base, keys: board.keys(), daily });
        tokio::spawn(board.serve(listener));
    }
    Ok(all)
}

/// An entry that was made elsewhere, and comes with the daily file.
fn elsewhere() -> serde_json::Value {
    json!({
        "what": "listed", "uscc": ELSEWHERE, "enterprise_name": "深圳示例科技有限公司", "list_kind": "abnormal",
        "cause_code": "68-4-1", "decision_no": "深市监列异〔2025〕316号", "organ": "440300-market",
        "organ_name": "深圳市市场监督管理局", "place": "440300", "listed_on": "2025-07-08", "published_on": "2025-07-08",
    })
}

/// The code of an enterprise elsewhere.
const ELSEWHERE: &str = "91440300MA5DB0307X";
