//! The activity picker: place and activities in plain words, then the permits that follow, time, fee, the one list.
//!
//! It is one form that is sent by GET, so that it works without scripts, can be bookmarked and loses nothing.

use super::guide::{one_list, services, told};
use super::words::{numbered, package_href};
use crate::definition::{Activity, Reform, ServiceKey};
use crate::{Catalogue, CatalogueError, PackageKey, Selection, county_level};
use codes::{Coded as _, Date, Division, DivisionLevel, Label};
use maud::{Markup, html};
use portal::{Button, Choice, Control, Field, Frame, Notice, Page, Tone};

/// The province that is offered first.
const FIRST: &str = "440000";

/// What was picked so far, from the address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picked {
    /// The province whose places are offered.
    pub province: Option<String>,
    /// The place.
    pub place: Option<String>,
    /// What was searched for.
    pub query: String,
    /// Activities by industry code.
    pub activities: Vec<String>,
    /// Services added by hand.
    pub services: Vec<String>,
}

impl Picked {
    /// Reads the pairs of the address; unknown names are left out.
    #[must_use]
    pub fn read(pairs: &[(String, String)]) -> Self {
        let mut picked = Self::default();
        for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
            let once = |list: &mut Vec<String>| {
                if !list.contains(value) {
                    list.push(value.clone());
                }
            };
            match name.as_str() {
                "province" => picked.province = Some(value.clone()),
                "place" => picked.place = Some(value.clone()),
                "q" => picked.query.clone_from(value),
                "activity" => once(&mut picked.activities),
                "service" => once(&mut picked.services),
                _ => {}
            }
        }
        picked
    }

    fn province(&self) -> Option<Division> {
        let code = self.province.as_deref().or(Some(FIRST))?;
        let known = |division: &Division| division.level() == DivisionLevel::Province;
        code.parse().ok().filter(known).or_else(|| FIRST.parse().ok())
    }

    /// The place, if it lies in the province that is shown.
    fn place(&self) -> Option<Division> {
        let place: Division = self.place.as_deref()?.parse().ok()?;
        let province = if self.province.is_some() { self.province() } else { place.province() };
        Some(place).filter(|place| province.is_some_and(|province| place.is_within(province)))
    }
}

/// The page of the picker.
///
/// # Errors
/// `PACKAGE_UNKNOWN`, or what [`Catalogue::select`] refuses.
pub fn picker(
    frame: &Frame,
    catalogue: &Catalogue,
    key: &PackageKey,
    picked: &Picked,
    on: Date,
) -> Result<Markup, CatalogueError> {
    let (reform, package) = catalogue.package(key)?;
    let activities: Vec<&str> = picked.activities.iter().map(String::as_str).collect();
    let added: Vec<ServiceKey> = picked
        .services
        .iter()
        .map(|text| text.parse().map_err(|_shape| CatalogueError::NoService(text.clone())))
        .collect::<Result<_, _>>()?;
    let selection = catalogue.select(key, &activities, &added)?;
    let title = frame.t(&package.zh, &package.en);
    let body = html! {
        h1 { (title) }
        form method="get" action={ (package_href(key)) "/start" } {
            h2 { (frame.t("在哪里办", "Where")) }
            (place_fields(frame, catalogue, picked))
            h2 { (frame.t("做什么生意", "What you will do")) }
            (activity_fields(frame, reform, picked))
            @for service in &picked.services { input type="hidden" name="service" value=(service); }
            div.acts { button.button.second type="submit" { (frame.t("看看需要办哪些", "Show what it takes")) } }
        }
        (result(frame, catalogue, key, picked, &selection, on)?)
    };
    Ok(Page::new(title)
        .crumb(frame.t("首页", "Home"), "/")
        .crumb(numbered(frame, catalogue, key.reform), format!("/reforms/{}", key.reform))
        .crumb(frame.t("办事指南", "Guide"), package_href(key))
        .render(frame, &body))
}

/// The province, Guangdong first, and the counties of the one chosen.
fn place_fields(frame: &Frame, catalogue: &Catalogue, picked: &Picked) -> Markup {
    let place = picked.place();
    let shown = match (&picked.province, place) {
        (None, Some(place)) => place.province(),
        _ => picked.province(),
    };
    let Some(province) = shown else { return html! {} };
    let first: Option<Division> = FIRST.parse().ok();
    let others = Division::NATION
        .children()
        .filter(|division| division.is_mainland() && Some(*division) != first);
    let name = |division: Division| catalogue.place_label(division).get(frame.lang).to_owned();
    let choice = |division: Division| Choice::new(division.to_string(), name(division));
    let provinces = first.into_iter().chain(others).map(choice).collect();
    let counties: Vec<Choice> = county_level(province).map(choice).collect();
    html! {
        (Field::new(frame.lang, "province", frame.t("省（自治区、直辖市）", "Province"), Control::Select { choices: provinces, search: false })
            .value(province.to_string())
            .required(true)
            .hint(frame.t("选好后，点“看看需要办哪些”显示该省的区县。", "After you change it, “Show what it takes” shows its counties.")))
        (Field::new(frame.lang, "place", frame.t("区县", "County or district"), Control::Select { choices: counties, search: true })
            .maybe(place.map(|place| place.to_string()))
            .hint(frame.t("企业住所所在的区县，由当地的单位办理。", "Where the enterprise will have its address; the organs there decide.")))
    }
}

/// The search and what it finds; what was ticked before stays ticked and in sight.
fn activity_fields(frame: &Frame, reform: &Reform, picked: &Picked) -> Markup {
    let ticked = |activity: &&Activity| picked.activities.contains(&activity.industry);
    let found = reform.search_activities(&picked.query);
    let mut shown: Vec<&Activity> = reform.activities.iter().filter(ticked).collect();
    shown.extend(found.iter().filter(|activity| !ticked(activity)));
    let choices = shown
        .iter()
        .map(|activity| {
            let words = activity.words.join("、");
            let hint = (frame.lang == codes::Lang::Zh && !words.is_empty())
                .then(|| format!("如：{words}"));
            Choice { hint, ..Choice::new(&activity.industry, frame.t(&activity.zh, &activity.en)) }
        })
        .collect();
    let mut field = Field::new(
        frame.lang,
        "activity",
        frame.t("经营活动（可以多选）", "Activities (one or more)"),
        Control::Checks(choices),
    )
    .required(true);
    for industry in &picked.activities {
        field = field.value(industry);
    }
    html! {
        (Field::text(frame.lang, "q", frame.t("用自己的话说", "In your own words"))
            .value(&picked.query)
            .hint(frame.t("如：奶茶店、民宿、网上书店", "such as: hotel, bookshop, software")))
        @if !picked.query.is_empty() && found.is_empty() {
            p role="status" { (frame.t("没有找到，请换一个词；也可以不选，直接开办企业。", "Nothing found. Try another word, or choose none and set up the enterprise alone.")) }
        }
        (field)
    }
}

/// What it takes, and the button that opens the case.
fn result(
    frame: &Frame,
    catalogue: &Catalogue,
    key: &PackageKey,
    picked: &Picked,
    selection: &Selection,
    on: Date,
) -> Result<Markup, CatalogueError> {
    let list = catalogue.one_list(key, &selection.services)?;
    let not_yet: Vec<Label> =
        selection.not_yet.iter().map(|key| catalogue.service_label(key)).collect();
    let place = picked.place();
    let outside = place.and_then(|place| catalogue.out_of_scope_of(&selection.services, place, on));
    Ok(html! {
        section aria-labelledby="takes" {
            h2 #takes { (frame.t("需要办哪些", "What it takes")) }
            @if let Some(outside) = &outside {
                (Notice::short(Tone::Loss, outside.label().get(frame.lang)))
            }
            (services(frame, catalogue, &selection.services))
            @for note in &selection.notes { p { (note.get(frame.lang)) } }
            (told(frame, frame.t("先要取得的批准", "Approvals to obtain first"), &selection.prior))
            @if !selection.prior.is_empty() {
                p { (frame.t("登记环节等这些批准；名称为您保留一年。", "The registration waits for them; the name is kept for a year.")) }
            }
            (told(frame, frame.t("另外还要办（不在本平台）", "Also needed, elsewhere"), &selection.elsewhere))
            (told(frame, frame.t("另外还要办（本平台尚未开通）", "Also needed, not open here yet"), &not_yet))
            h3 { (frame.t("一份清单", "The one list")) }
            (one_list(frame, &list))
            @match place.filter(|_| outside.is_none()) {
                Some(place) => (start(frame, catalogue, key, picked, selection, place)),
                None => p { (frame.t("请先选择区县。", "Please choose a county or district first.")) },
            }
        }
    })
}

/// The form that opens the case: `cases` takes it.
fn start(
    frame: &Frame,
    catalogue: &Catalogue,
    key: &PackageKey,
    picked: &Picked,
    selection: &Selection,
    place: Division,
) -> Markup {
    let base =
        catalogue.package(key).map(|(_, package)| package.services.len()).unwrap_or_default();
    html! {
        form method="post" action="/cases/new" {
            input type="hidden" name="package" value=(key);
            input type="hidden" name="place" value=(place);
            @for activity in &picked.activities { input type="hidden" name="activity" value=(activity); }
            @for service in selection.services.iter().skip(base) { input type="hidden" name="service" value=(service); }
            p { (frame.t("办理地点：", "Place: ")) b { (catalogue.place_label(place).get(frame.lang)) } }
            div.acts { (Button::main(frame.t("开始办理", "Start now"), "open")) }
        }
    }
}
