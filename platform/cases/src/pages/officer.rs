//! Pages of officers: the worklist by due day, search, the case as far as their service asks for it, and what they decide.

mod acts;
mod bar;
mod case;
mod list;
mod open;
mod shown;
mod since;

pub(crate) use case::{purpose, record_look};
pub(crate) use list::{bar as bar_of, left as left_days, marks as marks_of};
pub(crate) use open::Open;
pub(crate) use shown::{payload, state_of};

use crate::desk::Desk;
use axum::routing::{get, post};
use axum::{Extension, Router};
use module::Platform;
use std::sync::Arc;

/// The pages of officers.
pub(crate) fn router(desk: &Arc<Desk>) -> Router<Platform> {
    Router::new()
        .route("/work", get(list::worklist))
        .route("/work/list.csv", get(list::export))
        .route("/work/search", get(list::search))
        .route("/work/{no}", get(list::tasks))
        .route("/work/{no}/{task}", get(case::show))
        .route("/work/{no}/{task}/persons", post(case::persons))
        .route("/work/{no}/{task}/field", get(case::field))
        .route("/work/{no}/{task}/materials/{slot}", get(case::material))
        .route("/work/{no}/{task}/act", post(acts::post))
        .route("/work/{no}/{task}/act/{act}", get(acts::ask))
        .layer(Extension(Arc::clone(desk)))
}

/// A text as one value of a query.
pub(crate) fn in_query(text: &str) -> String {
    use std::fmt::Write as _;
    let mut safe = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/' => {
                safe.push(char::from(byte));
            }
            // Writing to a text cannot fail.
            other => {
                let _written = write!(safe, "%{other:02X}");
            }
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::in_query;

    #[test]
    fn what_goes_into_a_query_comes_back_whole() {
        assert_eq!(in_query("1 2026-02-13 x 01/pub&青"), "1%202026-02-13%20x%2001/pub%26%E9%9D%92");
    }
}
