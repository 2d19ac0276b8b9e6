//! Every route of a composed site, with its methods.

use anyhow::{Context as _, Result, bail};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use std::collections::{BTreeMap, BTreeSet};
use tower::ServiceExt as _;

/// What stands before the name of a route where a router is written out.
const BEFORE: &str = "RouteId(";

/// The routes, each with the methods that it takes.
pub(crate) async fn of(site: &Router) -> Result<BTreeMap<String, Vec<String>>> {
    let mut routes = BTreeMap::new();
    for path in paths(&format!("{site:?}")) {
        let methods = methods(site, &path).await?;
        routes.insert(path, methods);
    }
    if routes.is_empty() {
        bail!("a composed router no longer tells its routes");
    }
    Ok(routes)
}

/// The paths in a router that is written out: axum keeps their list to itself, and tells it nowhere else.
fn paths(written: &str) -> BTreeSet<String> {
    let entries = written.split(BEFORE).skip(1);
    let path = |entry: &str| {
        let rest = entry.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("): \"")?;
        let (path, _) = rest.split_once('"')?;
        (path.starts_with('/') && !path.contains("__private")).then(|| path.to_owned())
    };
    entries.filter_map(path).collect()
}

/// A path with something in the place of each of its parameters.
pub(super) fn filled(path: &str, with: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { with } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// The methods of a route, which it tells whoever asks with another one.
async fn methods(site: &Router, path: &str) -> Result<Vec<String>> {
    let request = Request::builder().method("OPTIONS").uri(filled(path, "0")).body(Body::empty())?;
    let response = site.clone().oneshot(request).await?;
    if response.status() != StatusCode::METHOD_NOT_ALLOWED {
        bail!("{path} answers OPTIONS with {}", response.status());
    }
    let allowed = response.headers().get(header::ALLOW);
    let allowed = allowed.and_then(|value| value.to_str().ok());
    let allowed = allowed.with_context(|| format!("{path} tells no methods"))?;
    let mut methods: Vec<String> = allowed
        .split(',')
        .map(str::trim)
        .filter(|method| *method != "HEAD")
        .map(str::to_owned)
        .collect();
    methods.sort();
    Ok(methods)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::{get, post};

    #[tokio::test]
    async fn a_composed_router_tells_its_routes_and_methods() {
        let below = Router::new().route("/cases/{no}", get(|| async {}).post(|| async {}));
        let site = Router::new()
            .route("/", get(|| async {}))
            .merge(below)
            .route("/sign-out", post(|| async {}))
            .layer(axum::Extension(1_u8));
        let expected = [("/", "GET"), ("/cases/{no}", "GET POST"), ("/sign-out", "POST")];
        let found = of(&site).await.unwrap();
        let found: Vec<(&str, String)> =
            found.iter().map(|(path, methods)| (path.as_str(), methods.join(" "))).collect();
        assert_eq!(found, expected.map(|(path, methods)| (path, methods.to_owned())));
        assert!(of(&Router::new()).await.is_err());
    }
}
