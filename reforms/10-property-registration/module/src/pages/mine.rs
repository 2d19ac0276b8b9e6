//! My property (我的不动产): cards on a small map, each with restrictions, certificates and the way to its history.

use crate::book;
use crate::errand::Tools;
use crate::queries;
use codes::{Label, Lang, Moment, UnitNo};
use kernel::PartyKey;
use licences::LicenceKey;
use maud::{Markup, html};
use module::Platform;
use portal::{
    Audience, Button, Changes, Fact, Frame, Page, Tone, card as boxed, date_tag, empty, facts,
    history, tag,
};
use registers::watch::AlertRow;
use serde::Serialize;
use std::collections::BTreeSet;

/// The side of the map, in its own units.
const SIDE: i64 = 400;
const MARGIN: i64 = 40;

/// A certificate on a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Certificate {
    pub(crate) licence: String,
    pub(crate) number: String,
    pub(crate) token: String,
    pub(crate) state: licences::State,
}

/// A unit that somebody holds.
#[derive(Clone, Debug)]
pub(crate) struct Card {
    pub(crate) unit: UnitNo,
    pub(crate) location: String,
    pub(crate) usage: String,
    pub(crate) area: String,
    pub(crate) since: Moment,
    pub(crate) restrictions: Vec<Label>,
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) figure: Option<String>,
    /// East and north of its figure's origin, in metres.
    pub(crate) at: Option<[i64; 2]>,
}

/// What a party holds now, from the book.
pub(crate) async fn gather(
    platform: &Platform,
    tools: &Tools,
    party: &PartyKey,
) -> Result<Vec<Card>, portal::Failure> {
    let reader = &*platform.reader;
    let now = platform.clock.now();
    let definitions = tools.law.facts().definitions();
    let register = definitions.get(crate::model::REGISTER);
    let mut cards = Vec::new();
    let mut known = BTreeSet::new();
    for holding in registers::record::queries::holdings(reader, party, now).await? {
        let Some(unit) = book::unit_of(&holding.record).filter(|unit| known.insert(*unit)) else {
            continue;
        };
        let Some(snapshot) = book::now(reader, unit, now).await? else { continue };
        let fact = |key: &str| book::fact(&snapshot, "unit", key);
        let figure = fact("figure_hash");
        let svg = match &figure {
            Some(hash) => crate::figures::read(&*tools.outside.blobs, hash).await,
            None => None,
        };
        let restrictions = snapshot.restrictions().filter_map(|(_, held)| {
            Some(register?.restriction(&held.restriction.kind)?.label_in(held.phase))
        });
        let mut certificates = Vec::new();
        for paper in queries::papers_of_unit(reader, unit).await? {
            let key = LicenceKey(paper.licence.clone());
            let Some(row) = licences::queries::licence(reader, &key).await? else { continue };
            if row.order.holder == *party {
                certificates.push(Certificate {
                    licence: paper.licence,
                    number: paper.number,
                    token: paper.token,
                    state: row.state,
                });
            }
        }
        cards.push(Card {
            unit,
            location: fact("location").unwrap_or_default(),
            usage: fact("use_code").unwrap_or_default(),
            area: fact("building_area").or_else(|| fact("area")).unwrap_or_default(),
            since: holding.since,
            restrictions: restrictions.collect(),
            certificates,
            at: svg.as_deref().and_then(property::figure::origin_of),
            figure: svg.and(figure),
        });
    }
    Ok(cards)
}

/// The page.
pub(crate) fn page(frame: &Frame, cards: &[Card], alerts: &[AlertRow]) -> Markup {
    let lang = frame.lang;
    let title = frame.t("我的不动产", "My property");
    let body = html! {
        h1 { (title) }
        p.lead { (frame.t("只有您本人能看到名下的全部不动产；谁查阅过，每处都有记录。", "Only you see all that you hold; who else looked is recorded with each unit.")) }
        @if cards.is_empty() {
            (empty(
                frame.t("名下没有登记的不动产", "Nothing is registered in your name"),
                frame.t("登记簿中以您为权利人的不动产会显示在这里。", "What the book says you hold appears here."),
                None,
            ))
        } @else {
            (map(lang, cards))
            @for (n, card) in (1_usize..).zip(cards) { (one(frame, n, card)) }
        }
        h2 { (frame.t("登记提醒", "Alerts")) }
        @if alerts.is_empty() {
            p.quiet { (frame.t("有人就您的不动产申请或者办理登记时，会在这里提醒您。", "Any application or entry on what you hold is told here.")) }
        } @else {
            (history(lang, &alerts.iter().map(|alert| alerted(lang, cards, alert)).collect::<Vec<_>>()))
        }
    };
    Page::new(title)
        .audience(Audience::Applicant)
        .crumb(frame.t("不动产登记", "Real-estate registration"), "/property")
        .render(frame, &body)
}

/// One alert: what happened, and where.
fn alerted(lang: Lang, cards: &[Card], alert: &AlertRow) -> Changes {
    let own = alert.record.own();
    let card = cards.iter().find(|card| card.unit.as_str() == own);
    let place = card.map_or_else(|| own.to_owned(), |card| card.location.clone());
    let what = html! { (alert_label(alert).get(lang)) " " span.quiet lang="zh-CN" { (place) } };
    Changes { at: alert.at, what, who: None }
}

fn alert_label(alert: &AlertRow) -> Label {
    let kind = property::Kind::of(&alert.kind).map(property::Kind::label);
    let kind = kind.unwrap_or_else(|| Label::new(alert.kind.clone(), alert.kind.clone()));
    match alert.what.as_str() {
        "applied" => {
            Label::new(format!("有人申请{}", kind.zh), format!("Somebody applied: {}", kind.en))
        }
        "RestrictionEntered" => {
            Label::new(format!("登记了{}", kind.zh), format!("Entered: {}", kind.en))
        }
        "RestrictionReleased" | "RestrictionLapsed" => {
            Label::new(format!("{}已解除或者失效", kind.zh), format!("Ended: {}", kind.en))
        }
        _ => Label::new(format!("已办理{}", kind.zh), format!("Entered: {}", kind.en)),
    }
}

fn one(frame: &Frame, n: usize, card: &Card) -> Markup {
    let lang = frame.lang;
    let known = vec![
        Fact::new(frame.t("不动产单元号", "Unit number"), html! { code { (card.unit.grouped()) } }),
        Fact::new(frame.t("用途", "Use"), html! { (card.usage) }),
        Fact::new(frame.t("面积", "Area"), html! { (card.area) " m²" }),
        Fact::new(frame.t("登记日期", "Held since"), date_tag(lang, card.since.date())),
    ];
    let heading = format!("{n}. {}", card.location);
    boxed(
        &html! { span lang="zh-CN" { (heading) } },
        &html! {
            p {
                @if card.restrictions.is_empty() { (tag(Tone::Good, frame.t("无权利限制", "No restriction"))) }
                @for label in &card.restrictions { (tag(Tone::Loss, &has(lang, label))) " " }
            }
            (facts(lang, &known))
            @if let Some(hash) = &card.figure { (crate::scan::figure(lang, hash)) }
            @for certificate in &card.certificates {
                p.acts {
                    (certificate.number) " " (tag(Tone::Plain, certificate.state.label().get(lang))) " "
                    a href={ "/licences/" (certificate.licence) "/document.pdf" } { (frame.t("下载电子证书", "Electronic certificate (PDF)")) } " · "
                    a href={ "/v/" (certificate.token) } { (frame.t("扫码页", "Scan page")) }
                }
            }
            div.acts {
                (Button::second_link(frame.t("历史、限制与查阅记录", "History, restrictions, who looked"),
                    format!("/registers/{}/{}", crate::model::REGISTER, card.unit)))
                (Button::second_link(frame.t("申请登记", "Apply"), format!("/property/apply?unit={}", card.unit)))
            }
        },
    )
}

fn has(lang: Lang, label: &Label) -> String {
    match lang {
        Lang::Zh => format!("有{}", label.zh),
        Lang::En => label.en.clone(),
    }
}

/// A small map: where the units lie to one another, north up; the same numbers stand on the cards.
fn map(lang: Lang, cards: &[Card]) -> Markup {
    let placed: Vec<(usize, [i64; 2])> =
        (1_usize..).zip(cards).filter_map(|(n, card)| Some((n, card.at?))).collect();
    let bounds = |axis: usize| {
        let all = || placed.iter().filter_map(|(_, at)| at.get(axis).copied());
        (all().min().unwrap_or_default(), all().max().unwrap_or_default())
    };
    let ((west, east), (south, north)) = (bounds(0), bounds(1));
    let extent = (east - west).max(north - south).max(1);
    let room = SIDE - 2 * MARGIN;
    let title = match lang {
        Lang::Zh => "名下不动产的位置示意",
        Lang::En => "Where the units lie",
    };
    html! {
        @if placed.len() > 1 {
            svg.place-map viewBox={ "0 0 " (SIDE) " " (SIDE) } width="320" height="320" role="img" aria-label=(title) {
                title { (title) }
                rect width=(SIDE) height=(SIDE) rx="8" fill="none" stroke="currentColor" stroke-opacity="0.3" {}
                @for (n, [e, w]) in &placed {
                    @let x = MARGIN + (e - west) * room / extent;
                    @let y = SIDE - MARGIN - (w - south) * room / extent;
                    circle cx=(x) cy=(y) r="16" fill="none" stroke="currentColor" stroke-width="2" {}
                    text x=(x) y=(y + 6) text-anchor="middle" font-size="18" fill="currentColor" { (n) }
                }
            }
        }
    }
}
