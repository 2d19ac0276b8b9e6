//! Style, script and fonts of the pages, embedded at build time.

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

include!(concat!(env!("OUT_DIR"), "/dist.rs"));

/// A file below `web/dist`.
pub(crate) fn file(path: &str) -> Option<&'static [u8]> {
    let at = FILES.binary_search_by(|(name, _)| (*name).cmp(path)).ok()?;
    FILES.get(at).map(|(_, content)| *content)
}

/// The fonts of documents.
pub(crate) fn fonts() -> Vec<Vec<u8>> {
    FILES
        .iter()
        .filter(|(name, _)| name.starts_with("fonts/"))
        .map(|(_, content)| content.to_vec())
        .collect()
}

/// Where pages find style and script.
pub(crate) fn manifest() -> portal::Assets {
    let text = file("manifest.json").and_then(|bytes| std::str::from_utf8(bytes).ok());
    text.and_then(|text| portal::Assets::from_manifest(text).ok()).unwrap_or_default()
}

/// Whether `web/dist` was there when this was built.
pub(crate) fn are_there() -> bool {
    !FILES.is_empty()
}

/// Serves the hashed files; their names change with their content, so browsers may keep them.
pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{name}", get(serve))
}

async fn serve(Path(name): Path<String>) -> Response {
    let Some(content) = file(&format!("assets/{name}")) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, content).into_response()
}
