//! The notices of a case, on the case's page.

use crate::{http, pages, queries};
use kernel::Waiting;
use maud::{Markup, html};
use module::{PanelRequest, Platform, clear};
use portal::pick;

/// The notices that come from a thing, as far as whoever looks may see them.
pub(crate) fn show(platform: Platform, request: PanelRequest) -> Waiting<'static, Markup> {
    Box::pin(async move {
        let origin = &request.origin;
        let rows = queries::of_origin(&*platform.reader, &origin.kind, &origin.key)
            .await
            .unwrap_or_default();
        let seen: Vec<_> = rows
            .iter()
            .filter(|row| {
                clear(&*platform.gate, &request.actor, "delivery.see", &http::subject(row)).is_ok()
            })
            .collect();
        let lang = request.lang;
        html! {
            @if !seen.is_empty() {
                h3 { (pick(lang, "文书", "Notices")) }
                ul.links {
                    @for row in seen {
                        li {
                            a href={ "/delivery/notices/" (row.notice) } { (row.title.get(lang)) " " (row.number) }
                            " " (pages::state_tag(lang, row))
                        }
                    }
                }
            }
        }
    })
}
