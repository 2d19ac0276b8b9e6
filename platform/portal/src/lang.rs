//! Which language a page speaks, and the link that switches it.

use codes::Lang;

/// The name of the cookie and of the query parameter that hold the language.
pub const LANG: &str = "lang";

/// The text in the language of the page.
#[must_use]
pub const fn pick<'a>(lang: Lang, zh: &'a str, en: &'a str) -> &'a str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// The language of a request: `?lang=` wins, then the cookie, then `Accept-Language`, else Chinese.
#[must_use]
pub fn negotiate(query: Option<&str>, cookies: Option<&str>, accept: Option<&str>) -> Lang {
    asked_for(query)
        .or_else(|| cookie(cookies?, LANG).and_then(parse))
        .or_else(|| accepted(accept?))
        .unwrap_or_default()
}

/// The language that the query of an address asks for, if it does.
#[must_use]
pub fn asked_for(query: Option<&str>) -> Option<Lang> {
    query?
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == LANG)
        .and_then(|(_, tag)| parse(tag))
}

/// The value of one cookie of a `Cookie` header.
#[must_use]
pub fn cookie<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// The same address with another language; everything else of the query stays.
#[must_use]
pub fn switch_href(path: &str, lang: Lang) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut href = format!("{path}?");
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        if pair != LANG && !pair.starts_with("lang=") {
            href.push_str(pair);
            href.push('&');
        }
    }
    href.push_str(match lang {
        Lang::Zh => "lang=zh",
        Lang::En => "lang=en",
    });
    href
}

fn parse(tag: &str) -> Option<Lang> {
    let primary = tag.trim().split(['-', '_']).next()?;
    if primary.eq_ignore_ascii_case("zh") {
        Some(Lang::Zh)
    } else if primary.eq_ignore_ascii_case("en") {
        Some(Lang::En)
    } else {
        None
    }
}

/// The best known language of an `Accept-Language` header; ties go to the earlier one.
fn accepted(header: &str) -> Option<Lang> {
    let mut best = None::<(u16, Lang)>;
    for item in header.split(',') {
        let (tag, q) = item.split_once(';').unwrap_or((item, "q=1"));
        let Some(lang) = parse(tag) else { continue };
        let weight = permille(q.trim().trim_start_matches("q="));
        if weight > 0 && best.is_none_or(|(seen, _)| weight > seen) {
            best = Some((weight, lang));
        }
    }
    best.map(|(_, lang)| lang)
}

/// A quality value (`0.8`) in thousandths; one that cannot be read counts as 0.
fn permille(q: &str) -> u16 {
    let (whole, part) = q.split_once('.').unwrap_or((q, ""));
    match whole {
        "1" => 1000,
        "0" => format!("{part:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_wins_over_the_cookie_and_the_cookie_over_the_browser() {
        for (query, cookies, accept, lang) in [
            (None, None, None, Lang::Zh),
            (Some("a=1&lang=en"), Some("lang=zh"), Some("zh-CN"), Lang::En),
            (Some("lang=fr"), Some("x=1; lang=en"), None, Lang::En),
            (None, None, Some("en-GB,en;q=0.9,zh;q=0.8"), Lang::En),
            (None, None, Some("fr,zh;q=0.4,en;q=0.3"), Lang::Zh),
            (None, None, Some("en;q=0,zh;q=0.1"), Lang::Zh),
            (None, None, Some("fr"), Lang::Zh),
        ] {
            assert_eq!(negotiate(query, cookies, accept), lang, "{query:?} {cookies:?} {accept:?}");
        }
    }

    #[test]
    fn switching_keeps_the_path_and_the_query() {
        for (path, href) in [
            ("/cases/1", "/cases/1?lang=en"),
            ("/cases?state=open&lang=zh&after=9", "/cases?state=open&after=9&lang=en"),
            ("/cases?language=x", "/cases?language=x&lang=en"),
        ] {
            assert_eq!(switch_href(path, Lang::En), href);
        }
    }
}
