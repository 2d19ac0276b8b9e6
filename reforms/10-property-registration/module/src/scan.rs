//! The scan page (扫码查看): what anybody sees of a unit behind its certificate's code, from the book itself at that second.
//!
//! It stands on the licences' own page of a code (`/v/{token}`): that says whether the certificate is genuine and current, this
//! says how the unit stands. Of a certificate that is not current nothing is told of the unit.

use crate::book;
use crate::queries;
use crate::scans::{ScanCommand, ScanDay, Scans};
use codes::{Label, Lang, Moment, UnitNo};
use kernel::{Actor, Atomic, CommandId, Shard, Waiting, derive_id};
use licences::{LicenceKey, State};
use maud::{Markup, html};
use module::{PanelRequest, Platform, Subject, clear};
use portal::{Button, Control, Fact, Field, Tone, details, facts, pick, tag};
use registers::record::{Cards, Definitions, shown};
use serde::Serialize;
use tables::{ReadError, Reader};

/// The slot of the licences' page of a code.
pub const SLOT: &str = "licence.verify";
/// The shard of reports on codes: a code that was never issued lies in no place.
pub const NATION: &str = "000000";
/// The view of the register that a scan gives.
const VIEW: &str = "public";

/// What a scan tells of a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// The unit, in groups.
    pub unit: String,
    /// The instant for which it holds: now, to the second.
    pub as_of: Moment,
    /// Open facts: key, what it is called, value; the location up to its street.
    pub facts: Vec<(String, Label, String)>,
    /// Whether a restriction of each kind stands.
    pub restrictions: Vec<(String, Label, bool)>,
    /// The digest of the figure.
    pub figure: Option<String>,
}

/// What anybody sees of a unit now; none where it is not in the book.
///
/// # Errors
/// The store cannot be read.
pub async fn seen(
    reader: &dyn Reader,
    unit: UnitNo,
    at: Moment,
) -> Result<Option<Seen>, ReadError> {
    let Some(snapshot) = book::now(reader, unit, at).await? else { return Ok(None) };
    let definitions = Definitions::builtin();
    let register = definitions.get(crate::model::REGISTER);
    let Some((register, view)) = register.and_then(|r| Some((r, r.view(VIEW)?))) else {
        return Ok(None);
    };
    // Names are not opened for a scan: the certificate itself tells the first character.
    let shown = shown(register, view, &snapshot, &Cards::new(), None);
    let mut open = Vec::new();
    let mut figure = None;
    for (key, label, value) in shown.sections.into_iter().flat_map(|section| section.facts) {
        let text = match value {
            elements::Value::Text(text) => text,
            elements::Value::Int(number) => number.to_string(),
            _ => continue,
        };
        match key.as_str() {
            "figure_hash" => figure = Some(text),
            _ => open.push((key, label, text)),
        }
    }
    let (unit, restrictions) = (unit.grouped(), shown.presence);
    Ok(Some(Seen { unit, as_of: at, facts: open, restrictions, figure }))
}

/// The panel on the page of a code.
pub(crate) fn panel(platform: Platform, request: PanelRequest) -> Waiting<'static, Markup> {
    Box::pin(async move {
        let lang = request.lang;
        match request.origin.kind.as_str() {
            "licence" => known(&platform, lang, &request.origin.key).await,
            _ => unknown(&platform, lang, &request.origin.key).await,
        }
    })
}

/// A genuine code; empty where it is of another kind of licence, or the store cannot be read.
async fn known(platform: &Platform, lang: Lang, key: &str) -> Markup {
    let reader = &*platform.reader;
    let Ok(Some(row)) = licences::queries::licence(reader, &LicenceKey(key.to_owned())).await
    else {
        return html! {};
    };
    let Ok(Some(unit)) = queries::unit_of_paper(reader, key).await else { return html! {} };
    let token = row.token.clone().unwrap_or_default();
    if row.state != State::Valid {
        return html! {
            p { (pick(lang,
                "这本证书已不是现行证书，不再显示不动产的现状。请要求对方出示现行证书。",
                "This certificate is not the current one; nothing is told of the unit. Ask for the current certificate.",
            )) }
            (report(lang, &token))
        };
    }
    match seen(reader, unit, platform.clock.now()).await {
        Ok(Some(seen)) => html! { (markup(lang, &seen)) (report(lang, &token)) },
        _ => {
            html! { p { (pick(lang, "登记簿暂时无法读取，状态未知。", "The book cannot be read now; the state is unknown.")) } }
        }
    }
}

/// A code that was never issued here: said so, and noted (S7).
async fn unknown(platform: &Platform, lang: Lang, token: &str) -> Markup {
    let sha256 = seals::Digest::sha256(token.as_bytes()).hex();
    if let Err(why) = note(platform, &ScanCommand::NoteForged { sha256 }, b"forged").await {
        tracing::warn!("a forged code was not noted: {why}");
    }
    html! {
        p { b { (pick(lang, "非本机构签发", "Not issued by this office")) } }
        p { (pick(lang,
            "如果它印在一本不动产权证书上，这本证书很可能是伪造的。这次扫码已经记录，请不要交付款项，并向登记机构核实。",
            "If it is printed on a real-estate certificate, that certificate is likely a fake. This scan was recorded; pay nothing, and ask the registration office.",
        )) }
        (report(lang, token))
    }
}

/// Notes a report; the same on the same day is noted once.
pub(crate) async fn note(
    platform: &Platform,
    command: &ScanCommand,
    salt: &[u8],
) -> Result<(), module::SubmitError> {
    let malformed = |error: serde_json::Error| {
        module::SubmitError::Rejected(module::Rejection::Malformed(error.to_string()))
    };
    let on = Subject::new("PropertyScan", "scan");
    let by = clear(&*platform.gate, &Actor::Public, "property.note_scan", &on);
    let by = by.map_err(|denied| module::SubmitError::Refused(module::Refusal::of(&denied)))?;
    let day = ScanDay(platform.clock.now().date().to_string());
    let body = serde_json::to_vec(command).map_err(malformed)?;
    let id = CommandId::from_bytes(derive_id(&[b"property.scan", day.0.as_bytes(), &body, salt]));
    let commands =
        Atomic::new(Shard::new(NATION)).then::<Scans>(&day, command).map_err(malformed)?;
    platform.commands.submit(by, id, commands).await.map(|_receipt| ())
}

/// The unit as a scan shows it.
pub(crate) fn markup(lang: Lang, seen: &Seen) -> Markup {
    let mut known =
        vec![Fact::new(pick(lang, "不动产单元号", "Unit number"), html! { code { (seen.unit) } })];
    known.extend(
        seen.facts.iter().map(|(_, label, value)| Fact::new(label.get(lang), html! { (value) })),
    );
    html! {
        h2 { (pick(lang, "权利限制", "Restrictions")) }
        p.acts {
            @for (_, label, stands) in &seen.restrictions { (chip(lang, label, *stands)) " " }
        }
        p { (pick(lang, "截至 ", "As of ")) time datetime=(seen.as_of) { (to_the_second(lang, seen.as_of)) }
            (pick(lang, "，直接取自登记簿。", ", from the register itself.")) }
        h2 { (pick(lang, "不动产", "The unit")) }
        (facts(lang, &known))
        @if let Some(hash) = &seen.figure { (figure(lang, hash)) }
    }
}

/// A restriction chip: red where one stands, and always in words.
fn chip(lang: Lang, label: &Label, stands: bool) -> Markup {
    let text = match (lang, stands) {
        (Lang::Zh, true) => format!("有{}", label.zh),
        (Lang::Zh, false) => format!("无{}", label.zh),
        (Lang::En, true) => format!("{}: yes", label.en),
        (Lang::En, false) => format!("{}: none", label.en),
    };
    tag(if stands { Tone::Loss } else { Tone::Good }, &text)
}

/// The figure; without scripts it opens by itself, where every browser zooms it.
pub(crate) fn figure(lang: Lang, hash: &str) -> Markup {
    let href = format!("/property/figures/{hash}");
    html! {
        h2 { (pick(lang, "附图", "Figure")) }
        figure {
            a href=(href) {
                img src=(href) width="320" height="320" loading="lazy"
                    alt=(pick(lang, "证书附图，点击放大", "The figure of the certificate; select it to enlarge"));
            }
            figcaption.quiet { (pick(lang, "点击图形放大查看。", "Select the figure to enlarge it.")) }
        }
    }
}

fn report(lang: Lang, token: &str) -> Markup {
    let text = Control::Area { max: Some(1000), lines: 3 };
    let label = pick(lang, "哪里不对？", "What is wrong?");
    details(
        pick(lang, "举报假证", "Report a fake"),
        &html! {
            form method="post" action="/property/fakes" {
                input type="hidden" name="token" value=(token);
                (Field::new(lang, "text", label, text).required(true))
                (Button::loss(pick(lang, "举报", "Report"), "report"))
            }
        },
    )
}

/// An instant to the second, as rule 2 asks.
pub(crate) fn to_the_second(lang: Lang, at: Moment) -> String {
    let wall = at.wall();
    let time = format!("{:02}:{:02}:{:02}", wall.hour(), wall.minute(), wall.second());
    format!("{} {time}", portal::date(lang, at.date()))
}
