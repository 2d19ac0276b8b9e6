//! An enterprise of the applicant on the list of serious breaches of trust, for which repair may be asked for.

use super::chapter::{Chapter, SHARD, issuer, officer, person};
use super::{APPLICANT, PLACE};
use crate::assemble::Assembly;
use anyhow::{Context as _, Result, anyhow};
use codes::Date;
use identity::model::{Card, Document};
use kernel::{Actor, Atomic, Shard};
use registers::enterprise::{EnterpriseCommand, EnterpriseKey, Entry};
use registers::listings::ListEntry;
use registers::{Enterprise, Listing, ListingCommand, ListingKey};
use std::time::Duration;

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
    let registered = assembly.identity.register_party(Atomic::new(home), &company, card).await;
    let (group, party) = registered.map_err(|failure| anyhow!("{failure:?}"))?;
    let known = chapter.send("party", &Actor::system("demo"), group).await?;
    let origin = known.events.first().context("the enterprise is known already")?.origin();
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
    chapter.send("list", &Actor::system("publicity"), group).await.map(drop)
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
