//! Requests to the routes of a testbed, without a socket.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use kernel::Actor;
use module::Who;
use serde_json::Value;
use tower::ServiceExt as _;

/// How much of a body is read.
const BODY_BYTES_MAX: usize = 64 << 20;

/// What the routes answered.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as text; what is no UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null if it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A header's text; empty if it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

pub(crate) fn request(
    actor: &Actor,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Request<Body> {
    let mut request =
        Request::new(body.map_or_else(Body::empty, |value| Body::from(value.to_string())));
    *request.method_mut() = method.parse().unwrap_or(Method::GET);
    *request.uri_mut() = path.parse().unwrap_or_default();
    if body.is_some() {
        let json = header::HeaderValue::from_static("application/json");
        request.headers_mut().insert(header::CONTENT_TYPE, json);
    }
    request.extensions_mut().insert(Who(actor.clone()));
    request
}

pub(crate) async fn send(router: Router, request: Request<Body>) -> Reply {
    let response = match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, BODY_BYTES_MAX).await.map(Vec::from).unwrap_or_default();
    Reply { status: parts.status, headers: parts.headers, body }
}
