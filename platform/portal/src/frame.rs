//! What every page knows of its request: language, who is signed in, navigation, address.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE};
use axum::http::request::Parts;
use codes::Lang;

use crate::assets::Assets;
use crate::lang;

/// The frame of a page (页框). The app's middleware puts it into the request; handlers take it as an argument.
///
/// Where no middleware put one, it is made from the request alone: its language, its address, nobody signed in.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The language of the page.
    pub lang: Lang,
    /// Who is signed in, if anybody.
    pub party: Option<SignedIn>,
    /// The navigation of this person, in order.
    pub nav: Vec<NavItem>,
    /// Path and query of the request, such as `/cases?state=open`.
    pub path: String,
    /// The page of this site from which a form was posted, where that is known: a failure leads back to it.
    pub back: Option<String>,
    /// Where style and script are served.
    pub assets: Arc<Assets>,
    /// The appearance the person chose.
    pub theme: Theme,
    /// A stripe above every page, such as that of a demonstration (演示环境).
    pub stripe: Option<String>,
}

/// Light or dark (外观).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the person's system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The name of the cookie that scripts keep the choice in.
    pub const COOKIE: &str = "theme";

    fn of_cookies(header: Option<&str>) -> Self {
        match header.and_then(|header| lang::cookie(header, Self::COOKIE)) {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::System,
        }
    }

    pub(crate) const fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }
}

/// Who is signed in (登录人), as the header shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignedIn {
    /// The name of the person.
    pub name: String,
    /// The organ of an officer (单位), or the enterprise an agent acts for.
    pub organ: Option<String>,
    /// The role, such as 审查员.
    pub role: Option<String>,
    /// True for officers: their pages are dense.
    pub officer: bool,
    /// The post of an officer by its keys, such as `real_estate` and `reviewer`: which pages are hers.
    pub post: Option<(String, String)>,
}

/// One entry of the navigation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NavItem {
    /// The text in the language of the page.
    pub label: String,
    /// The address; the entry is current on every page below it.
    pub href: String,
    /// What waits there, shown as a number behind the text.
    pub count: Option<u64>,
}

impl NavItem {
    /// An entry without a number.
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into(), count: None }
    }

    /// Whether the page at `path` lies at or below this entry.
    #[must_use]
    pub fn is_current(&self, path: &str) -> bool {
        let path = path.split('?').next().unwrap_or_default();
        path == self.href
            || (self.href != "/"
                && path.strip_prefix(&self.href).is_some_and(|rest| rest.starts_with('/')))
    }
}

impl Frame {
    /// A frame with a language and nothing else, for texts made outside a request.
    #[must_use]
    pub fn of(lang: Lang) -> Self {
        Self { lang, path: "/".to_owned(), ..Self::default() }
    }

    /// The frame that follows from the request alone; middleware adds party, navigation and assets to it.
    #[must_use]
    pub fn from_parts(parts: &Parts) -> Self {
        let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let query = parts.uri.query();
        let path = parts.uri.path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str);
        let lang = lang::negotiate(query, header(COOKIE), header(ACCEPT_LANGUAGE));
        let theme = Theme::of_cookies(header(COOKIE));
        Self { lang, theme, path: path.to_owned(), ..Self::default() }
    }

    /// The text in the language of the page.
    #[must_use]
    pub const fn t<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        lang::pick(self.lang, zh, en)
    }

    /// True where an officer is signed in.
    #[must_use]
    pub fn is_officer(&self) -> bool {
        self.party.as_ref().is_some_and(|party| party.officer)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Frame {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(|| Self::from_parts(parts)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_current_at_and_below_its_address() {
        for (href, path, current) in [
            ("/cases", "/cases?state=open", true),
            ("/cases", "/cases/28-1", true),
            ("/cases", "/casework", false),
            ("/", "/cases", false),
            ("/", "/", true),
        ] {
            assert_eq!(NavItem::new("x", href).is_current(path), current, "{href} {path}");
        }
    }
}
