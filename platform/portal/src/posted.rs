//! What a page's form posted: pairs in order, the action of the pressed button, the stamp, files.

use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header::CONTENT_TYPE;
use maud::{Markup, html};

use crate::error::RequestError;
use crate::extract::form_failure;
use crate::problem::Failure;

/// The name of every button that posts a form: its value is the action.
pub const ACTION: &str = "_action";
/// The name of the hidden field with the id of the command, so that a form sent twice acts once.
pub const COMMAND_ID: &str = "_command_id";
/// The name of the hidden field with the version the page was made from.
pub const EXPECTED_VERSION: &str = "_expected_version";

/// A posted form: pairs in the order of the page, urlencoded or multipart, and the files that came along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Posted {
    /// Names and values; a name may come more than once.
    pub pairs: Vec<(String, String)>,
    /// The files of a multipart form; an empty file field is left out.
    pub files: Vec<PostedFile>,
}

/// One file of a multipart form (上传文件), as sent: neither its name nor its type is to be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostedFile {
    /// The name of the field.
    pub field: String,
    /// The name the file had on the sender's machine.
    pub file_name: String,
    /// The type the browser claims.
    pub content_type: Option<String>,
    /// The content.
    pub bytes: Bytes,
}

/// What the pressed button asks for: `add_row:employee` or `remove_row:employee:2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The verb, such as `add_row`.
    pub verb: String,
    /// What it acts on, such as `employee`.
    pub target: Option<String>,
    /// Which one of them, from 0.
    pub index: Option<usize>,
}

impl Action {
    /// Reads `verb`, `verb:target` or `verb:target:index`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let verb = parts.next().filter(|verb| !verb.is_empty())?.to_owned();
        let target = parts.next().map(str::to_owned);
        let index = parts.next().map(str::parse).transpose().ok()?;
        parts.next().is_none().then_some(Self { verb, target, index })
    }
}

impl Posted {
    /// The first value under a name, without the white space around it. A box that can be ticked comes with an empty
    /// value before it: ask [`Posted::ticked`].
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The values under a name that are not empty: the ticked boxes of a group.
    #[must_use]
    pub fn ticked(&self, name: &str) -> Vec<&str> {
        self.all(name).filter(|value| !value.is_empty()).collect()
    }

    /// The first value under a name if it is not empty.
    #[must_use]
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// All values under a name, in order.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.trim())
    }

    /// The pairs of the form itself, without action, stamp and other names that begin with `_`.
    pub fn answers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs
            .iter()
            .filter(|(key, _)| !key.starts_with('_'))
            .map(|(key, value)| (key.as_str(), value.trim()))
    }

    /// What the pressed button asks for.
    #[must_use]
    pub fn action(&self) -> Option<Action> {
        // The last one: a form begins with a hidden default button, and only one button is ever sent.
        self.all(ACTION).last().and_then(Action::parse)
    }

    /// The id of the command the page was given.
    #[must_use]
    pub fn command_id(&self) -> Option<&str> {
        self.filled(COMMAND_ID)
    }

    /// The version the page was made from.
    #[must_use]
    pub fn expected_version(&self) -> Option<u64> {
        self.filled(EXPECTED_VERSION)?.parse().ok()
    }
}

impl<S: Send + Sync> FromRequest<S> for Posted {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let kind = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default();
        if kind.starts_with("multipart/form-data") {
            let parts = Multipart::from_request(request, state)
                .await
                .map_err(|refusal| Failure::from(RequestError::Form(refusal.body_text())))?;
            return multipart(parts).await;
        }
        let axum::Form(pairs) =
            axum::Form::from_request(request, state).await.map_err(form_failure)?;
        Ok(Self { pairs, files: Vec::new() })
    }
}

async fn multipart(mut parts: Multipart) -> Result<Posted, Failure> {
    let refused = |error: axum::extract::multipart::MultipartError| {
        Failure::from(match error.status().as_u16() {
            413 => RequestError::TooLarge,
            _ => RequestError::Form(error.body_text()),
        })
    };
    let mut posted = Posted::default();
    while let Some(field) = parts.next_field().await.map_err(refused)? {
        let name = field.name().unwrap_or_default().to_owned();
        match field.file_name().map(str::to_owned) {
            Some(file_name) => {
                let content_type = field.content_type().map(str::to_owned);
                let bytes = field.bytes().await.map_err(refused)?;
                if !(file_name.is_empty() && bytes.is_empty()) {
                    posted.files.push(PostedFile { field: name, file_name, content_type, bytes });
                }
            }
            None => posted.pairs.push((name, field.text().await.map_err(refused)?)),
        }
    }
    Ok(posted)
}

/// The hidden fields of a form that commands something: the id of the command and the version it rests on.
#[must_use]
pub fn stamp(command_id: &str, expected_version: Option<u64>) -> Markup {
    html! {
        input type="hidden" name=(COMMAND_ID) value=(command_id);
        @if let Some(version) = expected_version { input type="hidden" name=(EXPECTED_VERSION) value=(version); }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_names_verb_target_and_index() {
        let action = |verb: &str, target: Option<&str>, index| {
            Some(Action { verb: verb.to_owned(), target: target.map(str::to_owned), index })
        };
        for (text, parsed) in [
            ("save", action("save", None, None)),
            ("add_row:employee", action("add_row", Some("employee"), None)),
            ("remove_row:employee:2", action("remove_row", Some("employee"), Some(2))),
            ("remove_row:employee:x", None),
            ("a:b:1:2", None),
            ("", None),
        ] {
            assert_eq!(Action::parse(text), parsed, "{text}");
        }
    }
}
