//! The page of each error code (`/errors/CASE-0007`), which problems of RFC 9457 name as their type: what happened, on what
//! ground, what to do. The texts are those of `docs/errors`.

use axum::Router;
use axum::routing::get;
use maud::{Markup, html};
use portal::{Fact, Failure, Frame, Page, Path, RequestError, facts};

include!(concat!(env!("OUT_DIR"), "/errors.rs"));

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/errors/{code}", get(page))
}

async fn page(frame: Frame, Path(code): Path<String>) -> Result<Markup, Failure> {
    let found = ERRORS.binary_search_by_key(&code.as_str(), |(code, _)| code);
    let entry = found.ok().and_then(|at| ERRORS.get(at)).ok_or(RequestError::NotFound)?;
    let title = format!("{} {code}", frame.t("错误", "Error"));
    let known: Vec<Fact> = lines(entry.1, frame.t("zh", "en") == "zh")
        .map(|(name, text)| Fact::new(name, html! { (text) }))
        .collect();
    let body = html! {
        h1 { (title) }
        (facts(frame.lang, &known))
        p.acts {
            a.button href="/" { (frame.t("返回首页", "Home page")) }
            a href="/help" { (frame.t("使用帮助", "Help")) }
        }
    };
    Ok(Page::new(title).render(&frame, &body))
}

/// The lines of an entry in one language, each a name and a text.
fn lines(entry: &str, chinese: bool) -> impl Iterator<Item = (String, String)> {
    entry.lines().filter_map(move |line| {
        let line = line.strip_prefix("- ").or_else(|| line.starts_with("**").then_some(line))?;
        let (name, text) = line.split_once('：').or_else(|| line.split_once(": "))?;
        let is_chinese = !name.is_ascii();
        let plain = |text: &str| text.replace("**", "").replace('`', "").trim().to_owned();
        (is_chinese == chinese).then(|| (plain(name), plain(text)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_says_what_happened_and_what_to_do_in_both_languages() {
        assert!(ERRORS.len() > 400, "{} codes", ERRORS.len());
        for (code, entry) in ERRORS {
            for (chinese, happened, to_do) in
                [(true, "发生了什么", "怎么办"), (false, "What happened", "What to do")]
            {
                let found: Vec<_> = lines(entry, chinese).collect();
                let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
                assert_eq!(names.first(), Some(&happened), "{code}");
                assert!(names.contains(&to_do), "{code}: {names:?}");
                assert!(found.iter().all(|(_, text)| !text.is_empty()), "{code}");
            }
        }
    }
}
