//! The demonstration: logins of everybody concerned, made once in an empty data folder, and a bank as partner.

mod bank;
mod chapter;
mod credit;
mod penalty;
mod property;
mod standins;

pub(crate) use bank::Bank;
pub(crate) use penalty::{Opened, message, reading};
pub(crate) use standins::{Named, StandIns};
#[cfg(test)]
pub(crate) use {
    credit::USCC,
    property::{ANNOUNCEMENT, FLAT},
};

use crate::assemble::Assembly;
use crate::bench::script::{Script, Sends, Sent, Until};
use anyhow::{Result, anyhow};
use codes::{IdType, Label};
use engine::Order;
use identity::model::{Card, Document, LoginKey, Post, Role};
use identity::{DemoLogin, Provision};
use kernel::OrganKey;
use kernel::{Actor, Atomic};
use module::{Clearance, Receipt, SubmitError};
use std::collections::BTreeSet;
use tables::Query;

/// The password of every demo login; the data are samples and the page shows it.
const PASSWORD: &str = "lianban-demo-2026";

/// The login of the applicant.
pub(crate) const APPLICANT: &str = "chen";

/// Where the demo's organs are.
const PLACE: &str = "440115";

/// One person of the demonstration.
struct Person {
    login: &'static str,
    name: &'static str,
    label: (&'static str, &'static str),
    id_number: Option<&'static str>,
    post: Option<(&'static str, Role)>,
}

const fn officer(
    login: &'static str,
    name: &'static str,
    label: (&'static str, &'static str),
    post: (&'static str, Role),
) -> Person {
    Person { login, name, label, id_number: None, post: Some(post) }
}

/// Everybody concerned; names and numbers of parties are those of the spec's proof.
const PEOPLE: [Person; 20] = [
    Person {
        login: "chen",
        name: "陈思远",
        label: ("申请人 陈思远", "Applicant Chen Siyuan"),
        id_number: Some("440113199003074516"),
        post: None,
    },
    Person {
        login: "zhou",
        name: "周明",
        label: ("经办人 周明", "Agent Zhou Ming"),
        id_number: Some("440115199709090035"),
        post: None,
    },
    officer(
        "market",
        "许登记",
        ("市场监管 审查员", "Market supervision, reviewer"),
        ("market", Role::Reviewer),
    ),
    officer(
        "market-head",
        "梁局长",
        ("市场监管 负责人", "Market supervision, head"),
        ("market", Role::Head),
    ),
    officer("police", "何警官", ("公安 审查员", "Police, reviewer"), ("police", Role::Reviewer)),
    officer("tax", "林税务", ("税务 审查员", "Tax, reviewer"), ("tax", Role::Reviewer)),
    officer(
        "social",
        "罗社保",
        ("社保 审查员", "Social insurance, reviewer"),
        ("social_insurance", Role::Reviewer),
    ),
    officer(
        "medical",
        "黄医保",
        ("医保 审查员", "Medical insurance, reviewer"),
        ("medical_insurance", Role::Reviewer),
    ),
    officer(
        "fund",
        "郑公积金",
        ("公积金 审查员", "Housing fund, reviewer"),
        ("housing_fund", Role::Reviewer),
    ),
    officer("bank", "谢经理", ("银行 经办", "Bank, reviewer"), ("bank", Role::Reviewer)),
    officer(
        "food",
        "邓食安",
        ("食品监管 审查员", "Food supervision, reviewer"),
        ("food", Role::Reviewer),
    ),
    officer("health", "冯卫健", ("卫健 审查员", "Health, reviewer"), ("health", Role::Reviewer)),
    officer("coordinator", "曹督办", ("督办员", "Coordinator"), ("coordinator", Role::Coordinator)),
    officer("auditor", "袁审计", ("审计人员", "Auditor"), ("coordinator", Role::Auditor)),
    officer(
        "registry",
        "吴登簿",
        ("不动产登记 审查员", "Real-estate registration, reviewer"),
        ("real_estate", Role::Reviewer),
    ),
    officer(
        "registry-head",
        "潘主任",
        ("不动产登记 负责人", "Real-estate registration, head"),
        ("real_estate", Role::Head),
    ),
    officer(
        "customs",
        "卢关员",
        ("海关 办案人员", "Customs, case officer"),
        ("customs", Role::Inspector),
    ),
    officer(
        "customs-2",
        "方关员",
        ("海关 办案人员（第二人）", "Customs, second case officer"),
        ("customs", Role::Inspector),
    ),
    officer(
        "customs-law",
        "蒋法制",
        ("海关 负责人、法制审核", "Customs, head and legal review"),
        ("customs", Role::Head),
    ),
    officer("operator", "彭运维", ("运行人员", "Operator"), ("coordinator", Role::Operator)),
];

/// The logins that the sign-in page offers.
pub(crate) fn logins() -> Vec<DemoLogin> {
    PEOPLE
        .iter()
        .map(|person| DemoLogin {
            login: LoginKey::new(person.login),
            password: PASSWORD.to_owned(),
            label: Label::new(person.label.0, person.label.1),
        })
        .collect()
}

/// Makes everybody and their cases; doing it again does nothing twice. Answers with the cases that are granted as a whole.
pub(crate) async fn fill(assembly: &Assembly) -> Result<BTreeSet<String>> {
    people(assembly).await?;
    let granted = cases(assembly).await?;
    if let Some(opened) = reforms(assembly).await? {
        // The party reads while the site serves already.
        let _goes_on = tokio::spawn(async move {
            tokio::time::sleep(reading()).await;
            if let Err(error) = opened.finish().await {
                tracing::error!("the demo's customs case stands still: {error:#}");
            }
        });
    }
    Ok(granted)
}

/// Sample things of reforms 10, 21 and 30; what is left to be done when the party of the customs case has read for long enough.
pub(crate) async fn reforms(assembly: &Assembly) -> Result<Option<Opened>> {
    property::fill(assembly).await?;
    credit::fill(assembly).await?;
    penalty::begin(assembly).await
}

/// The case system of customs, as a stand-in, files a case by a message in its folder.
pub(crate) fn case_file(assembly: &Assembly, stand_ins: &StandIns) -> Result<()> {
    stand_ins.file(&message(assembly)?, assembly.platform.clock.now())
}

/// Makes everybody; doing it again does nothing twice.
pub(crate) async fn people(assembly: &Assembly) -> Result<()> {
    for person in &PEOPLE {
        let card = match person.id_number {
            Some(number) => {
                let document = Document::person(IdType::ResidentId, number)?;
                let card = Card::new(person.name, &document);
                Some((document, card))
            }
            None => None,
        };
        let posts = person
            .post
            .iter()
            .map(|(role, post)| {
                let organ = OrganKey::new(format!("{PLACE}-{role}"));
                (Post { organ, role: *post }, person.name.to_owned())
            })
            .collect();
        let provision = Provision {
            login: LoginKey::new(person.login),
            password: PASSWORD.to_owned(),
            person: card,
            posts,
        };
        assembly
            .identity
            .provision(&assembly.platform, Clearance::system("demo"), provision)
            .await
            .map_err(|failure| anyhow!("{failure:?}"))?;
    }
    Ok(())
}

/// The run by which ids of the demo's commands are told from those of benches.
const RUN: u64 = 2_026;

/// Takes the commands of the demo's cases.
struct Desk<'a>(&'a Assembly);

impl Sends for Desk<'_> {
    async fn send(&self, sent: Sent, by: Actor, commands: Atomic) -> Result<Receipt, SubmitError> {
        let order = Order { id: sent.id, actor: by, cause: None, commands };
        self.0.engine.order(order).await
    }
}

/// One case that is granted, one that the organs have before them, one that is a draft; made once.
pub(crate) async fn cases(assembly: &Assembly) -> Result<BTreeSet<String>> {
    let (reader, mut granted) = (&assembly.platform.reader, BTreeSet::new());
    if !reader.rows(Query::new("SELECT no FROM cases_cases LIMIT 1")).await?.is_empty() {
        return Ok(granted);
    }
    let Some(chen) = PEOPLE.iter().find(|person| person.login == APPLICANT) else {
        return Ok(granted);
    };
    let document = Document::person(IdType::ResidentId, chen.id_number.unwrap_or_default())?;
    let party = assembly.identity.keys().of(&document);
    let script = Script::new(assembly, assembly.platform.clock.now().date(), RUN, true)?;
    for (n, until) in [(1, Until::Granted), (2, Until::Submitted), (3, Until::Filled)] {
        let who = (party.clone(), APPLICANT.to_owned());
        let case = script.work_until(&Desk(assembly), n, who, until).await?;
        if until == Until::Granted {
            granted.insert(case.0);
        }
    }
    Ok(granted)
}
