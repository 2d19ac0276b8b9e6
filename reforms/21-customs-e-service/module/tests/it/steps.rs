//! The law of the folder, and the steps of a case by those who take them.

use calendar::Calendar;
use codes::{Date, Moment};
use documents::{Issuer, Values};
use elements::Dictionary;
use kernel::spec::{self, Given};
use kernel::{Actor, OrganKey, PartyKey};
use penalty::{PartyKind, Sanction};
use penalty_module::model::{Draft, Filing, PaperId, Service, Sort, Way};
use penalty_module::{Penalty, PenaltyCommand as C, PenaltyError, PenaltyEvent, PenaltyLaw};
use std::path::Path;
use std::sync::Arc;

pub(crate) const NO: &str = "HG-5100-2024-0137";

/// The tables of the folder, read as they are loaded.
pub(crate) fn tables() -> Vec<Arc<rules::Table>> {
    let dictionary = Dictionary::builtin().expect("the dictionary is sound");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules");
    ["penalty_terms", "on_the_spot", "late_fine"]
        .iter()
        .map(|id| {
            let file = format!("{id}.yaml");
            let text = std::fs::read_to_string(folder.join(&file)).expect("readable");
            let table = rules::Table::read(&dictionary, &file, &text);
            let table = table.unwrap_or_else(|faults| panic!("{faults:?}"));
            assert!(table.check().is_empty(), "{:?}", table.check());
            Arc::new(table)
        })
        .collect()
}

pub(crate) fn law() -> PenaltyLaw {
    PenaltyLaw::new(&tables(), Calendar::embedded()).expect("all tables are there")
}

pub(crate) fn at(text: &str) -> Moment {
    Moment::from_wall(text.parse().expect("a time"))
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

pub(crate) fn officer(login: &str) -> Actor {
    let (organ, role) = (OrganKey::new("440100-customs"), "inspector".to_owned());
    Actor::Officer { organ, login: login.to_owned(), role }
}

pub(crate) fn party(key: &str) -> Actor {
    Actor::Party { party: PartyKey::new(key), login: key.to_owned(), mandate: None }
}

pub(crate) fn fine(yuan: i64) -> Sanction {
    Sanction { fine_fen: yuan * 100, ..Sanction::default() }
}

pub(crate) fn filing() -> Filing {
    Filing {
        no: NO.parse().expect("a number"),
        issuer: Issuer {
            organ: OrganKey::new("440100-customs"),
            name: "中华人民共和国广州海关".to_owned(),
            word: "广关".to_owned(),
            place: "440100".to_owned(),
        },
        party: PartyKey::new("qinghe"),
        party_kind: PartyKind::Enterprise,
        profile: None,
        cause: "进口货物申报不实".to_owned(),
        on: day("2024-09-10"),
        expected: None,
    }
}

pub(crate) fn draft(sort: Sort, sanction: Option<Sanction>) -> Draft {
    Draft { sanction, ..Draft::plain(sort, Values::new().text("cause", "申报不实")) }
}

pub(crate) fn id(text: &str) -> PaperId {
    PaperId(text.to_owned())
}

pub(crate) fn by_mail(at_text: &str) -> Service {
    let at = at(at_text);
    Service { on: at.date(), at: Some(at), channel: "email".to_owned(), proven: false }
}

/// A case at work.
pub(crate) struct Course<'w>(pub(crate) Given<'w, Penalty>, pub(crate) &'w PenaltyLaw);

pub(crate) type Said = Result<Vec<PenaltyEvent>, PenaltyError>;

impl<'w> Course<'w> {
    /// A case that is filed, with consent, and its inquiry complete.
    pub(crate) fn begun(law: &'w PenaltyLaw) -> Self {
        let mut course = Self(spec::given(law, []), law);
        course.by("system", "2024-09-10T09:00:00", C::File(Box::new(filing()))).expect("filed");
        course
            .by("a", "2024-09-10T09:05:00", C::StartCapture { not_on_the_spot: None })
            .expect("started");
        let signed =
            C::Consent { consent: penalty_module::model::Consent::InForce, form_no: Some(1) };
        course.by("system", "2024-09-10T09:12:03", signed).expect("signed");
        course.by("a", "2024-09-12T10:00:00", C::CloseInquiry).expect("closed");
        course
    }

    /// The same, with the notice served on Friday, 13 September 2024, at 23:58:41.
    pub(crate) fn notified(law: &'w PenaltyLaw) -> Self {
        let mut course = Self::begun(law);
        course.paper("2024-09-13T16:00:00", draft(Sort::Notice, Some(fine(48_000))));
        let issue = C::Issue { paper: id("notice-1"), way: Way::Electronic };
        course.by("a", "2024-09-13T16:40:00", issue).expect("issued");
        course.serve("notice-1", "2024-09-13T23:58:41").expect("served");
        course
    }

    /// The same, decided at 10:00 on 24 September and served nine seconds later.
    pub(crate) fn decided(law: &'w PenaltyLaw) -> Self {
        let mut course = Self::notified(law);
        course.paper("2024-09-23T15:00:00", draft(Sort::Decision, Some(fine(48_000))));
        course.decide("decision-1", "2024-09-24T10:00:00").expect("decided");
        course.serve("decision-1", "2024-09-24T10:00:09").expect("served");
        course
    }

    /// A command by `system`, a party as `party/<key>`, or an officer.
    pub(crate) fn by(&mut self, who: &str, at_text: &str, command: C) -> Said {
        let actor = match who.split_once('/') {
            Some((_, key)) => party(key),
            None if who == "system" => Actor::system("test"),
            None => officer(who),
        };
        let given = std::mem::replace(&mut self.0, spec::given(self.1, []));
        self.0 = given.at(at(at_text)).by(actor);
        self.0.when(command)
    }

    /// Drafts, cosigns and reviews a paper.
    pub(crate) fn paper(&mut self, at_text: &str, draft: Draft) {
        let events = self.by("a", at_text, C::Draft(Box::new(draft))).expect("drafted");
        let [PenaltyEvent::Drafted { paper, .. }] = events.as_slice() else {
            panic!("{events:?}");
        };
        let paper = paper.clone();
        self.by("b", at_text, C::Cosign { paper: paper.clone() }).expect("cosigned");
        self.by("r", at_text, C::Review { paper }).expect("reviewed");
    }

    pub(crate) fn decide(&mut self, paper: &str, at_text: &str) -> Said {
        self.by("h", at_text, C::Decide { paper: id(paper), way: Way::Electronic })
    }

    pub(crate) fn serve(&mut self, paper: &str, at_text: &str) -> Said {
        let served = C::Served { paper: id(paper), service: by_mail(at_text) };
        self.by("system", at_text, served)
    }
}
