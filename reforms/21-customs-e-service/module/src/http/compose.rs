//! A draft from what an officer typed and what the vault keeps of the party.

use crate::decide::Penalty;
use crate::errand::Tools;
use crate::error::PenaltyError;
use crate::law::PenaltyLaw;
use crate::model::{Draft, Filing, Filling, PaperId, Profile, Sort, vault_key};
use crate::words::{rate, spoken};
use codes::Date;
use documents::{Datum, Values};
use penalty::{Kind, Sanction};
use portal::{Failure, Posted};

/// The most lines of one field, and the longest of them.
const LINES_MAX: usize = 30;
const LINE_CHARS_MAX: usize = 2_000;

/// The draft of a paper; what tells of the party is sealed under the case's key.
pub(super) async fn draft(
    tools: &Tools,
    case: &Penalty,
    paper: &PaperId,
    sort: Sort,
    posted: &Posted,
    today: Date,
) -> Result<Draft, Failure> {
    let filing = case.filing.as_deref().ok_or(PenaltyError::Unknown)?;
    let profile = tools.profile(filing.profile.as_ref()).await?;
    let sanction = match sort {
        Sort::Notice | Sort::Decision => Some(sanction(posted)?),
        Sort::Hearing | Sort::Annulment | Sort::Demand => None,
    };
    let hearing_on = match sort {
        Sort::Hearing => Some(day(posted, "hearing_on")?),
        _ => None,
    };
    let annuls =
        (sort == Sort::Annulment).then(|| case.decision().map(|(id, _)| id.clone())).flatten();
    let token = tools.token(&filing.no, paper);
    let base = common(filing, &profile).with("check", Datum::Text(tools.check_address(&token)));
    let values = match sort {
        Sort::Notice => notice(base, posted, &tools.law, today)?,
        Sort::Decision => decision(base, posted, case, (&tools.law, today))?,
        Sort::Hearing => hearing(base, posted, hearing_on.unwrap_or(today))?,
        Sort::Annulment => {
            let values = annulment(tools, base, posted, case, filing).await?;
            // Before the law of 2021 nothing said by when.
            match said(&tools.law, Kind::Withdrawal, today) {
                Ok(term) => values.text("withdrawal_term", term),
                Err(_none) => values,
            }
        }
        Sort::Demand => demand(tools, base, posted, case, (filing, today)).await?,
    };
    let json = serde_json::to_vec(&values).map_err(|_unwritable| portal::RequestError::Fault)?;
    let kept = tools.vault.keep(Some(&vault_key(&filing.no)), &json).await?;
    Ok(Draft { sort, filling: Filling::Kept(kept), sanction, annuls, hearing_on, token })
}

fn common(filing: &Filing, profile: &Profile) -> Values {
    let name = if profile.name.is_empty() { "当事人" } else { &profile.name };
    let values = Values::new()
        .text("to_name", name)
        .text("case_no", filing.no.as_str())
        .text("cause", &filing.cause);
    let optional = [
        ("to_id", &profile.id_number),
        ("legal_representative", &profile.legal_representative),
        ("to_address", &profile.address),
    ];
    optional
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .fold(values, |values, (key, text)| values.text(key, text))
}

fn notice(
    values: Values,
    posted: &Posted,
    law: &PenaltyLaw,
    today: Date,
) -> Result<Values, Failure> {
    let clocks = law.clocks(today)?;
    let term = |kind| clocks.row(kind).map(|row| spoken(&row.term)).map_err(PenaltyError::from);
    Ok(values
        .texts("facts", lines(posted, "facts")?)
        .texts("evidence", lines(posted, "evidence")?)
        .texts("reasons", lines(posted, "reasons")?)
        .texts("articles", lines(posted, "articles")?)
        .texts("intended", lines(posted, "penalty")?)
        .text("defence_term", term(Kind::Defence)?)
        .text("hearing_term", term(Kind::HearingRequest)?))
}

/// A term of the law of a day, as it is spoken.
fn said(law: &PenaltyLaw, kind: Kind, on: Date) -> Result<String, Failure> {
    let clocks = law.clocks(on)?;
    Ok(clocks.row(kind).map(|row| spoken(&row.term)).map_err(PenaltyError::from)?)
}

fn decision(
    values: Values,
    posted: &Posted,
    case: &Penalty,
    (law, today): (&PenaltyLaw, Date),
) -> Result<Values, Failure> {
    let served = case.notice().and_then(|(_, notice)| notice.served.as_ref());
    let examined = posted.filled("defence").map(str::to_owned).unwrap_or_else(|| {
        let on = served.map(|service| portal::date(codes::Lang::Zh, service.on));
        let on = on.map(|on| format!("告知单于{on}送达。")).unwrap_or_default();
        format!("{on}当事人在法定期限内未提出陈述、申辩，也未要求听证。")
    });
    Ok(values
        .texts("facts", lines(posted, "facts")?)
        .texts("evidence", lines(posted, "evidence")?)
        .text("defence", examined)
        .texts("reasons", lines(posted, "reasons")?)
        .texts("articles", lines(posted, "articles")?)
        .texts("penalty", lines(posted, "penalty")?)
        .texts("performance", lines(posted, "performance")?)
        .text("late_rate", rate(law.late_rate(today)?))
        .text("review_term", said(law, Kind::Review, today)?)
        .text("suit_term", said(law, Kind::Suit, today)?)
        .text("review_organ", line(posted, "review_organ")?)
        .text("court", line(posted, "court")?))
}

fn hearing(values: Values, posted: &Posted, on: Date) -> Result<Values, Failure> {
    Ok(values
        .date("hearing_on", on)
        .text("hearing_time", line(posted, "hearing_time")?)
        .text("hearing_place", line(posted, "hearing_place")?)
        .text("host", line(posted, "host")?)
        .with("open", Datum::Flag(posted.filled("open").is_some())))
}

async fn annulment(
    tools: &Tools,
    values: Values,
    posted: &Posted,
    case: &Penalty,
    filing: &Filing,
) -> Result<Values, Failure> {
    let missing = PenaltyError::WrongStage { why: "NO_DECISION_IN_FORCE" };
    let (id, decision) = case.decision().ok_or(missing)?;
    let key = delivery::NoticeKey(crate::model::notice_key(filing.no.as_str(), id));
    let row = delivery::queries::notice(&*tools.reader, &key).await?;
    let number = row.map(|row| row.number).unwrap_or_default();
    let on = decision.issued.map(|at| at.date()).unwrap_or_default();
    Ok(values
        .text("annuls", format!("{number}《行政处罚决定书》"))
        .date("annuls_on", on)
        .texts("reasons", lines(posted, "reasons")?)
        .texts("articles", lines(posted, "articles")?)
        .texts("consequences", lines(posted, "consequences")?))
}

/// A demand to perform: what is owed is computed as it stands today (行政强制法 art. 35).
async fn demand(
    tools: &Tools,
    values: Values,
    posted: &Posted,
    case: &Penalty,
    (filing, today): (&Filing, Date),
) -> Result<Values, Failure> {
    let missing = PenaltyError::WrongStage { why: "NO_DECISION_IN_FORCE" };
    let (id, decision) = case.decision().ok_or(missing)?;
    let key = delivery::NoticeKey(crate::model::notice_key(filing.no.as_str(), id));
    let row = delivery::queries::notice(&*tools.reader, &key).await?;
    let (fine, late) = case.owed(&tools.law, today)?;
    let due = decision.clock(Kind::Pay).map(|run| run.on).unwrap_or_default();
    let owed = fine.saturating_add(late.fen).saturating_sub(case.paid_fen);
    Ok(values
        .text("decision_no", row.map(|row| row.number).unwrap_or_default())
        .date("decided_on", decision.issued.map(|at| at.date()).unwrap_or_default())
        .date("due_on", due)
        .date("counted_to", today)
        .money_fen("fine", fine)
        .money_fen("late_fine", late.fen)
        .money_fen("paid", case.paid_fen)
        .money_fen("owed", owed)
        .text("late_rate", rate(tools.law.late_rate(due)?))
        .text("term", said(&tools.law, Kind::Demand, today)?)
        .texts("performance", lines(posted, "performance")?)
        .texts("articles", lines(posted, "articles")?))
}

fn field(key: &'static str, why: &'static str) -> Failure {
    PenaltyError::Field { key, why }.into()
}

/// The lines of a field that are not empty.
fn lines(posted: &Posted, key: &'static str) -> Result<Vec<String>, Failure> {
    let all: Vec<String> = posted
        .get(key)
        .unwrap_or_default()
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    if all.is_empty() {
        return Err(field(key, "REQUIRED"));
    }
    if all.len() > LINES_MAX || all.iter().any(|line| line.chars().count() > LINE_CHARS_MAX) {
        return Err(field(key, "LENGTH"));
    }
    Ok(all)
}

fn line(posted: &Posted, key: &'static str) -> Result<String, Failure> {
    let text = posted.filled(key).ok_or_else(|| field(key, "REQUIRED"))?;
    if text.chars().count() > LINE_CHARS_MAX {
        return Err(field(key, "LENGTH"));
    }
    Ok(text.to_owned())
}

pub(super) fn day(posted: &Posted, key: &'static str) -> Result<Date, Failure> {
    let text = posted.filled(key).ok_or_else(|| field(key, "REQUIRED"))?;
    text.parse().map_err(|_shape| field(key, "DATE"))
}

/// Yuan as people type them, in fen.
pub(super) fn fen(posted: &Posted, key: &'static str) -> Result<i64, Failure> {
    let Some(text) = posted.filled(key) else { return Ok(0) };
    let text: String = text.chars().filter(|c| !matches!(c, ',' | '，' | ' ')).collect();
    let (yuan, rest) = text.split_once('.').unwrap_or((&text, ""));
    let wrong = || field(key, "MONEY");
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if yuan.is_empty() || !digits(yuan) || !digits(rest) || rest.len() > 2 {
        return Err(wrong());
    }
    let yuan: i64 = yuan.parse().map_err(|_range| wrong())?;
    let cents: i64 = format!("{rest:0<2}").parse().map_err(|_range| wrong())?;
    yuan.checked_mul(100).and_then(|fen| fen.checked_add(cents)).ok_or_else(wrong)
}

fn sanction(posted: &Posted) -> Result<Sanction, Failure> {
    let confiscated = posted
        .get("confiscated")
        .unwrap_or_default()
        .split([',', '，', '、', ' '])
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    let days = posted.filled("suspended_days").map_or(Ok(0), str::parse);
    Ok(Sanction {
        warning: posted.filled("warning").is_some(),
        fine_fen: fen(posted, "fine")?,
        gains_fen: fen(posted, "gains")?,
        confiscated,
        suspended_days: days.map_err(|_digits| field("suspended_days", "NUMBER"))?,
        revoked: posted.filled("revoked").is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted(pairs: &[(&str, &str)]) -> Posted {
        let pairs = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Posted { pairs, files: Vec::new() }
    }

    #[test]
    fn money_is_read_to_the_fen() {
        for (text, expected) in [
            ("48000", Some(4_800_000)),
            ("48,000.00", Some(4_800_000)),
            ("0.5", Some(50)),
            ("1.23", Some(123)),
            ("1.234", None),
            ("-1", None),
            ("12万", None),
            (".5", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(fen(&posted(&[("fine", text)]), "fine").ok(), expected, "{text}");
        }
        assert_eq!(fen(&posted(&[]), "fine").ok(), Some(0));
    }

    #[test]
    fn a_penalty_is_what_was_ticked_and_typed() {
        let read = sanction(&posted(&[
            ("warning", "yes"),
            ("fine", "1000"),
            ("confiscated", "1、3, 5"),
            ("suspended_days", "30"),
        ]));
        let read = read.expect("sound");
        assert!(read.warning && !read.revoked);
        assert_eq!((read.fine_fen, read.suspended_days), (100_000, 30));
        assert_eq!(read.confiscated.into_iter().collect::<Vec<_>>(), ["1", "3", "5"]);
    }

    #[test]
    fn lines_are_required_and_bounded() {
        assert_eq!(lines(&posted(&[("facts", " a \n\n b")]), "facts").expect("two"), ["a", "b"]);
        assert!(lines(&posted(&[("facts", "\n ")]), "facts").is_err());
        assert!(lines(&posted(&[("facts", &"长".repeat(2_001))]), "facts").is_err());
    }
}
