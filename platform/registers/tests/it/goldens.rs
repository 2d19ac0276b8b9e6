//! The wire format of every event of records, looks, alerts and extracts, frozen.
//!
//! If you are here because this failed: an event that was once written must be read for ever. Add variants and optional
//! fields; never rename or remove. New variants go to the end of their list in `tests/events.json`.

use crate::bed::{act, at, unit};
use blobs::{BlobId, Kept};
use codes::Date;
use documents::{BookKey, Facts, Filling, Issuer, Numbering, TextDigest};
use elements::{Share, Value};
use kernel::{EventId, OrganKey, Origin, PartyKey, Shard};
use registers::RecordEvent as R;
use registers::extract::{ExtractBookEvent, ExtractEvent, ExtractKey, ExtractPaper, Order};
use registers::inspection::{InspectionEvent, Look};
use registers::record::{
    Change, Holder, Line, Note, OwnershipForm, Phase, Restriction, RestrictionNo, Retirement, Says,
    Sealed, SectionId, Segment, Side, Standing, Statement,
};
use registers::watch::{Cause, WatchEvent};
use seals::{Commitment, Salt};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

const GOLDEN: &str = include_str!("../events.json");

fn kept() -> Kept {
    Kept { blob: BlobId("ab".repeat(32)), key: Some("record/real_estate/x/wang".to_owned()) }
}

fn sealed() -> Sealed {
    let commitment = Commitment::to(&Salt::new([1; 16]), "card").expect("json");
    Sealed { kept: kept(), commitment }
}

fn origin() -> Origin {
    let event = EventId { shard: Shard::new("440300"), seq: 7 };
    Origin { kind: "case".to_owned(), key: "440305-210104-000001-11".to_owned(), event }
}

fn statement() -> Statement {
    let share = |num| Some(Share::new(num, 3).expect("a share"));
    let holder =
        |party: &str, num, card| Holder { party: PartyKey::new(party), share: share(num), card };
    Statement {
        facts: BTreeMap::from([("price".to_owned(), Value::Int(1))]),
        sealed: Some(sealed()),
        form: Some(OwnershipForm::ByShare),
        holders: vec![holder("wang", 1, Some(sealed())), holder("li", 2, None)],
    }
}

fn restriction() -> Restriction {
    Restriction {
        no: RestrictionNo(1),
        kind: "seizure".to_owned(),
        side: Side {
            name: "深圳市中级人民法院".to_owned(),
            organ: Some(OrganKey::new("440300-court")),
            party: Some(PartyKey::new("bank")),
            card: Some(sealed()),
        },
        document_no: "（2021）粤03执1号".to_owned(),
        on: Some(SectionId::new("ownership")),
        amount_fen: Some(100),
        rank: 1,
        flags: BTreeSet::from(["no_transfer".to_owned()]),
        notes: vec![Note::AfterTransfer, Note::NotTheHolder],
        entered_at: at(2021, 3, 1),
        until: Some(Date::constant(2024, 2, 29)),
        origin: Some(origin()),
    }
}

fn change() -> Change {
    let line = Line::Section(SectionId::new("ownership"));
    let says = Says::Stands(statement());
    let stands = Segment { no: 2, line, from: at(2021, 1, 4), to: Some(at(2021, 3, 1)), says };
    let says = Says::Restricts(Standing { phase: Phase::Waiting, restriction: restriction() });
    let line = Line::Restriction(RestrictionNo(1));
    let waits = Segment { no: 3, line, from: at(2021, 3, 1), to: None, says };
    Change { void: vec![1], segments: vec![stands, waits] }
}

fn small() -> Change {
    Change { void: vec![4], segments: Vec::new() }
}

fn parties() -> Vec<PartyKey> {
    vec![PartyKey::new("wang")]
}

fn record() -> Vec<R> {
    let act = act("transfer");
    let (section, at, restriction) = (SectionId::new("ownership"), at(2021, 3, 1), restriction());
    let place = "440305".to_owned();
    let organ = OrganKey::new("440305-real_estate");
    let (holders, former) = (parties(), parties());
    vec![
        R::Opened { record: unit(), place, organ, predecessors: vec![unit()] },
        R::Entered {
            act: act.clone(),
            sections: vec![section.clone()],
            change: change(),
            holders: holders.clone(),
        },
        R::Amended {
            act: act.clone(),
            sections: vec![section.clone()],
            from: at,
            change: small(),
            holders: holders.clone(),
            former: former.clone(),
        },
        R::Corrected {
            act: act.clone(),
            section: section.clone(),
            from: at,
            to: Some(at),
            reason: "误记".to_owned(),
            own_error: true,
            change: small(),
            holders,
            former: former.clone(),
        },
        R::Closed { act: act.clone(), section, at, change: small(), former: former.clone() },
        R::Retired {
            act,
            cause: Retirement::Split,
            successors: vec![unit()],
            at,
            change: small(),
            former,
            carried: vec![restriction],
        },
    ]
}

fn restrictions() -> Vec<R> {
    let (at, restriction) = (at(2021, 3, 1), restriction());
    let (no, kind) = (restriction.no, restriction.kind.clone());
    let until = Date::constant(2024, 2, 29);
    let holders = parties();
    let document_no = "续1号".to_owned();
    let origin = Some(origin());
    vec![
        R::RestrictionEntered {
            restriction,
            phase: Phase::InForce,
            until: Some(until),
            change: small(),
            holders,
        },
        R::RestrictionRenewed {
            restriction: no,
            kind: kind.clone(),
            document_no: document_no.clone(),
            until,
            change: small(),
            origin: origin.clone(),
        },
        R::RestrictionTimed {
            restriction: no,
            kind: kind.clone(),
            on: until,
            until: None,
            change: small(),
        },
        R::ActionRecorded {
            restriction: no,
            kind: kind.clone(),
            document_no: document_no.clone(),
            change: small(),
        },
        R::RestrictionReleased {
            restriction: no,
            kind: kind.clone(),
            document_no,
            at,
            change: small(),
            origin: origin.clone(),
        },
        R::RestrictionAnnulled {
            restriction: no,
            kind: kind.clone(),
            reason: "误记".to_owned(),
            at,
            change: small(),
            origin,
        },
        R::RestrictionLapsed { restriction: no, kind: kind.clone(), at },
        R::RestrictionPromoted { restriction: no, kind, at, until: Some(until), change: small() },
    ]
}

fn inspection() -> Vec<InspectionEvent> {
    let look = Look {
        view: "holder".to_owned(),
        purpose: "权利人本人查询".to_owned(),
        law: "民法典第二百一十八条".to_owned(),
        fields: vec!["holders".to_owned()],
        holders: parties(),
        valid: Some(at(2021, 3, 1)),
        extract: Some(ExtractKey("e1".to_owned())),
    };
    let bare = Look { purpose: "x".to_owned(), ..Look::default() };
    vec![InspectionEvent::Inspected(look), InspectionEvent::InspectionRefused(bare)]
}

fn watch() -> Vec<WatchEvent> {
    let cause = Cause { what: "Amended".to_owned(), kind: "transfer".to_owned(), origin: origin() };
    let party = PartyKey::new("wang");
    vec![
        WatchEvent::Alerted { parties: parties(), cause },
        WatchEvent::Followed { holders: parties() },
        WatchEvent::Subscribed { party: party.clone() },
        WatchEvent::Muted { party },
    ]
}

fn extract() -> Vec<ExtractEvent> {
    let issuer = Issuer {
        organ: OrganKey::new("440305-real_estate"),
        name: "深圳市不动产登记中心".to_owned(),
        word: "深不动产".to_owned(),
        place: "440305".to_owned(),
    };
    let day = Date::constant(2021, 1, 4);
    let order = Order {
        record: unit(),
        issuer,
        office: "440305".to_owned(),
        asker: Some(PartyKey::new("wang")),
        view: "holder".to_owned(),
        purpose: "贷款".to_owned(),
        law: "民法典第二百一十八条".to_owned(),
        valid: at(2021, 1, 4),
        known: at(2021, 1, 4),
        series: "property_search".to_owned(),
        template: "register_extract".to_owned(),
        filling: Filling::Kept(kept()),
    };
    let numbering = Numbering {
        book: BookKey("property_search/440305/2021-01-04".to_owned()),
        series: "property_search".to_owned(),
        facts: Facts::on(day).with("office", "440305"),
    };
    let number = "CX-440305-20210104-000001".to_owned();
    let digest: TextDigest =
        serde_json::from_value(Json::String("cd".repeat(32))).expect("a digest");
    let paper = ExtractPaper { pdf: kept(), digest, edition: "typst".to_owned() };
    vec![
        ExtractEvent::Ordered { order: Box::new(order), on: day, numbering },
        ExtractEvent::Numbered { number: number.clone() },
        ExtractEvent::Made { paper, token: "t".to_owned(), number },
    ]
}

/// Writes as the golden says, and reads what the golden says.
fn frozen<E: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(kind: &str, events: &[E]) {
    let golden: Json = serde_json::from_str(GOLDEN).expect("json");
    let golden = golden.get(kind).and_then(Json::as_array).cloned().unwrap_or_default();
    let written: Vec<Json> =
        events.iter().map(|event| serde_json::to_value(event).expect("json")).collect();
    let shown = serde_json::to_string_pretty(&written).expect("json");
    assert_eq!(golden, written, "{kind}: {shown}");
    for (event, text) in events.iter().zip(&golden) {
        assert_eq!(event, &serde_json::from_value::<E>(text.clone()).expect("an event"));
    }
}

#[test]
fn every_event_is_written_and_read_as_ever() {
    frozen("record", &record().into_iter().chain(restrictions()).collect::<Vec<_>>());
    frozen("inspection", &inspection());
    frozen("watch", &watch());
    frozen("extract", &extract());
    let allotted = ExtractBookEvent::Allotted {
        extract: ExtractKey("e1".to_owned()),
        serial: 1,
        number: "CX-440305-20210104-000001".to_owned(),
    };
    frozen("extract-book", &[allotted]);
}
