//! The interface and the routes of the catalogue. Everything in it is public.

use crate::definition::{Package, Reform, Service, ServiceKey};
use crate::{Catalogue, CatalogueError, PackageKey, pages};
use axum::extract::State;
use axum::routing::get;
use axum::{Extension, Router};
use codes::{Coded, Date, Division, Label};
use maud::Markup;
use module::{Module, Platform, Registry};
use portal::{Failure, Frame, Json, Path, Query};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The catalogue as a module: pages under `/reforms`, `/services`, `/packages`, interface under `/api/v1/catalogue`.
#[derive(Clone, Debug)]
pub struct CatalogueModule {
    /// The catalogue.
    pub catalogue: Arc<Catalogue>,
}

impl Module for CatalogueModule {
    fn name(&self) -> &'static str {
        "catalogue"
    }

    fn register(&self, registry: &mut Registry) {
        registry.router("catalogue", routes(Arc::clone(&self.catalogue)));
    }
}

type Ours = Extension<Arc<Catalogue>>;

fn routes(catalogue: Arc<Catalogue>) -> Router<Platform> {
    Router::new()
        .route("/reforms/{number}", get(row_page))
        .route("/services/{reform}/{id}", get(service_page))
        .route("/packages/{reform}/{id}", get(package_page))
        .route("/packages/{reform}/{id}/start", get(picker_page))
        .route("/api/v1/catalogue/reforms", get(reforms))
        .route("/api/v1/catalogue/reforms/{number}", get(reform))
        .route("/api/v1/catalogue/services/{reform}/{id}", get(service))
        .route("/api/v1/catalogue/packages/{reform}/{id}", get(package))
        .route("/api/v1/catalogue/activities/{reform}", get(activities))
        .route("/api/v1/catalogue/scope", get(scope))
        .route("/api/v1/catalogue/organs/{place}/{role}", get(organ))
        .layer(Extension(catalogue))
}

/// The number of a reform in an address; what is none is not found.
fn number(text: &str) -> Result<u8, CatalogueError> {
    text.parse().map_err(|_digits| CatalogueError::NoReform(text.to_owned()))
}

fn key(reform: &str, id: String) -> Result<ServiceKey, CatalogueError> {
    Ok(ServiceKey::new(number(reform)?, id))
}

fn place(text: &str) -> Result<Division, CatalogueError> {
    text.parse().map_err(|_shape| CatalogueError::NoPlace(text.to_owned()))
}

async fn row_page(
    Extension(catalogue): Ours,
    State(platform): State<Platform>,
    frame: Frame,
    Path(n): Path<String>,
) -> Result<Markup, Failure> {
    let on = platform.clock.now().date();
    Ok(pages::row(&frame, &catalogue, number(&n)?, on)?)
}

async fn service_page(
    Extension(catalogue): Ours,
    frame: Frame,
    Path((reform, id)): Path<(String, String)>,
) -> Result<Markup, Failure> {
    Ok(pages::service(&frame, &catalogue, &key(&reform, id)?)?)
}

async fn package_page(
    Extension(catalogue): Ours,
    frame: Frame,
    Path((reform, id)): Path<(String, String)>,
) -> Result<Markup, Failure> {
    Ok(pages::package(&frame, &catalogue, &key(&reform, id)?)?)
}

async fn picker_page(
    Extension(catalogue): Ours,
    State(platform): State<Platform>,
    frame: Frame,
    Path((reform, id)): Path<(String, String)>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Markup, Failure> {
    let on = platform.clock.now().date();
    let picked = pages::Picked::read(&pairs);
    Ok(pages::picker(&frame, &catalogue, &key(&reform, id)?, &picked, on)?)
}

/// A reform in the interface.
#[derive(Serialize)]
struct ReformView<'a> {
    number: u8,
    slug: &'a str,
    title: Label,
    field: &'a str,
    organs: &'a [String],
    scope: &'a str,
    guangdong: Option<GuangdongView<'a>>,
    runs: bool,
    services: Vec<String>,
    packages: Vec<String>,
}

#[derive(Serialize)]
struct GuangdongView<'a> {
    number: u8,
    organs: &'a [String],
    scope: &'a str,
}

fn view<'a>(catalogue: &'a Catalogue, row: &'a crate::Row) -> ReformView<'a> {
    let reform = catalogue.reform(row.n);
    let keys = |ids: Vec<&String>| -> Vec<String> {
        ids.into_iter().map(|id| ServiceKey::new(row.n, id).to_string()).collect()
    };
    ReformView {
        number: row.n,
        slug: &row.slug,
        title: row.label(),
        field: &row.cat,
        organs: &row.organs,
        scope: &row.scope,
        guangdong: row.gd.as_ref().map(|gd| GuangdongView {
            number: gd.n,
            organs: &gd.organs,
            scope: &gd.scope,
        }),
        runs: catalogue.runs(row.n),
        services: keys(reform.iter().flat_map(|reform| reform.services.keys()).collect()),
        packages: keys(reform.iter().flat_map(|reform| reform.packages.keys()).collect()),
    }
}

async fn reforms(Extension(catalogue): Ours) -> Json<serde_json::Value> {
    let rows: Vec<ReformView<'_>> =
        catalogue.programme().rows().map(|row| view(&catalogue, row)).collect();
    Json(serde_json::json!({ "reforms": rows }))
}

async fn reform(
    Extension(catalogue): Ours,
    Path(n): Path<String>,
) -> Result<Json<serde_json::Value>, Failure> {
    let number = number(&n)?;
    let row = catalogue.row(number).ok_or(CatalogueError::NoReform(n))?;
    let text = catalogue.programme().text(number);
    let differences: Vec<_> = catalogue
        .programme()
        .discrepancies_of(number)
        .map(|found| {
            serde_json::json!({ "id": found.id, "where": found.at, "finding": found.finding, "handling": found.handling })
        })
        .collect();
    Ok(Json(serde_json::json!({
        "reform": view(&catalogue, row),
        "text": text.map(|text| &text.text),
        "guangdong_text": text.and_then(|text| text.gd_text.as_ref()),
        "discrepancies": differences,
    })))
}

#[derive(Serialize)]
struct ServiceView<'a> {
    service: String,
    reform: &'a str,
    #[serde(flatten)]
    definition: &'a Service,
    remedy_row: Option<&'a crate::definition::Remedy>,
    fields: Option<usize>,
    uploads: &'a [crate::Upload],
}

async fn service(
    Extension(catalogue): Ours,
    Path((reform, id)): Path<(String, String)>,
) -> Result<Json<serde_json::Value>, Failure> {
    let key = key(&reform, id)?;
    let (home, definition) = catalogue.service(&key)?;
    let facts = catalogue.form_facts(&key);
    let shown = ServiceView {
        service: key.to_string(),
        reform: &home.slug,
        definition,
        remedy_row: home.remedies.get(&definition.remedy),
        fields: facts.map(|facts| facts.fields),
        uploads: facts.map_or(&[], |facts| &facts.uploads),
    };
    Ok(Json(serde_json::json!(shown)))
}

async fn package(
    Extension(catalogue): Ours,
    Path((reform, id)): Path<(String, String)>,
) -> Result<Json<serde_json::Value>, Failure> {
    let key: PackageKey = key(&reform, id)?;
    let (home, offered) = catalogue.package(&key)?;
    let selection = catalogue.select(&key, &[], &[])?;
    let list = catalogue.one_list(&key, &selection.services)?;
    Ok(Json(package_view(&catalogue, &key, home, offered, &list)))
}

fn package_view(
    catalogue: &Catalogue,
    key: &PackageKey,
    home: &Reform,
    offered: &Package,
    list: &crate::OneList,
) -> serde_json::Value {
    serde_json::json!({
        "package": key.to_string(),
        "reform": home.slug,
        "title": Label::new(&offered.zh, &offered.en),
        "services": offered.services,
        "add_ons": offered.add_ons,
        "delivery": offered.delivery,
        "minutes": offered.minutes,
        "merge": catalogue.merge_facts(key),
        "one_list": {
            "signed": list.signed.iter().map(|(id, document)| {
                serde_json::json!({ "id": id, "title": Label::new(&document.zh, &document.en) })
            }).collect::<Vec<_>>(),
            "uploads": list.uploads,
            "files_one_by_one": list.separate,
        },
    })
}

#[derive(Debug, Default, Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
}

async fn activities(
    Extension(catalogue): Ours,
    Path(reform): Path<String>,
    Query(search): Query<Search>,
) -> Result<Json<serde_json::Value>, Failure> {
    let home = catalogue.reform(number(&reform)?).ok_or(CatalogueError::NoReform(reform))?;
    Ok(Json(serde_json::json!({ "activities": home.search_activities(&search.q) })))
}

#[derive(Debug, Deserialize)]
struct ScopeQuestion {
    reform: u8,
    place: String,
    on: Option<Date>,
}

async fn scope(
    Extension(catalogue): Ours,
    State(platform): State<Platform>,
    Query(question): Query<ScopeQuestion>,
) -> Result<Json<serde_json::Value>, Failure> {
    let place = place(&question.place)?;
    if catalogue.title(question.reform).is_none() {
        return Err(CatalogueError::NoReform(question.reform.to_string()).into());
    }
    let on = question.on.unwrap_or_else(|| platform.clock.now().date());
    let answer = catalogue.applies(question.reform, place, on);
    let refusal = answer.as_ref().err();
    Ok(Json(serde_json::json!({
        "reform": question.reform,
        "place": place.to_string(),
        "on": on,
        "applies": answer.is_ok(),
        "reason": refusal.map(Coded::reason),
        "scope": refusal.map(|refusal| &refusal.scope),
        "why": refusal.map(|refusal| &refusal.why),
        "where": refusal.map(|refusal| &refusal.applies_in),
    })))
}

async fn organ(
    Extension(catalogue): Ours,
    State(platform): State<Platform>,
    Path((at, role)): Path<(String, String)>,
) -> Result<Json<serde_json::Value>, Failure> {
    let on = platform.clock.now().date();
    let organ = catalogue.organ_for(&role, place(&at)?, on)?;
    Ok(Json(serde_json::json!({
        "key": organ.key,
        "name": organ.label,
        "role": organ.role,
        "place": organ.place.to_string(),
    })))
}
