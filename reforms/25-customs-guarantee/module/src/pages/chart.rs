//! Drawings: the gauge of a limit, and its quota over time.

use codes::{Lang, Moment};
use guarantee::Balance;
use ledger::book::queries::Standing;
use maud::{Markup, html};
use portal::{pick, short_date, yuan};

/// The width of a drawing in its own units.
const WIDTH: i64 = 720;

/// Of a width, what a part of a whole takes.
fn part(of: i64, part: i64, whole: i64) -> i64 {
    if whole <= 0 {
        return 0;
    }
    let wide = i128::from(of) * i128::from(part.max(0)) / i128::from(whole);
    i64::try_from(wide).unwrap_or(of).clamp(0, of)
}

/// One gauge (额度表): used, held, claimed, free, each with its shape, its word and its sum.
pub(super) fn gauge(lang: Lang, balance: &Balance) -> Markup {
    let free = balance.available_fen();
    let parts = [
        (pick(lang, "已放行占用", "used"), balance.used_fen, "0.75"),
        (pick(lang, "已核扣", "held"), balance.held_fen, "0.45"),
        (pick(lang, "索偿中", "claimed"), balance.claimed_fen, "1"),
        (pick(lang, "可用", "free"), free, "0.10"),
    ];
    let told: Vec<String> =
        parts.iter().map(|(name, fen, _)| format!("{name} {}", yuan(*fen))).collect();
    let name =
        format!("{} {}：{}", pick(lang, "额度", "limit"), yuan(balance.limit_fen), told.join("，"));
    let mut at = 0;
    let bars: Vec<(i64, i64, &str)> = parts
        .iter()
        .map(|(_, fen, opacity)| {
            let wide = part(WIDTH, *fen, balance.limit_fen);
            let from = at;
            at += wide;
            (from, wide, *opacity)
        })
        .collect();
    html! {
        figure {
            svg viewBox={ "0 0 " (WIDTH) " 40" } width="100%" role="img" aria-label=(name) focusable="false" {
                title { (name) }
                @for (x, wide, opacity) in &bars {
                    @if *wide > 0 {
                        rect x=(x) y="4" width=((*wide).max(2)) height="32" fill="currentColor" fill-opacity=(opacity) {}
                    }
                }
                rect x="0.5" y="4.5" width=(WIDTH - 1) height="31" fill="none" stroke="currentColor" {}
            }
            figcaption {
                dl.facts {
                    @for (name, fen, _) in &parts {
                        div { dt { (name) } dd { (portal::money(lang, *fen)) } }
                    }
                    div { dt { (pick(lang, "额度", "Limit")) } dd { (portal::money(lang, balance.limit_fen)) } }
                }
            }
        }
    }
}

/// The height of the drawing over time.
const HEIGHT: i64 = 160;

/// What was free of a quota over time, as steps; the statement below it says the same in words.
pub(super) fn over_time(lang: Lang, points: &[Standing], limit_fen: i64, now: Moment) -> Markup {
    let Some(first) = points.first() else { return html! {} };
    let span = now.us().saturating_sub(first.at.us()).max(1);
    let most = points.iter().map(|point| point.posted).chain([limit_fen]).max().unwrap_or(1).max(1);
    let x = |at: Moment| part(WIDTH - 8, at.us().saturating_sub(first.at.us()), span) + 4;
    let y = |fen: i64| HEIGHT - 20 - part(HEIGHT - 32, fen, most);
    let mut free = String::new();
    let mut last = None;
    for point in points {
        let now_free = point.posted.saturating_sub(point.reserved);
        if let Some(before) = last {
            free.push_str(&format!("{},{} ", x(point.at), y(before)));
        }
        free.push_str(&format!("{},{} ", x(point.at), y(now_free)));
        last = Some(now_free);
    }
    let ends = last.unwrap_or_default();
    free.push_str(&format!("{},{}", x(now), y(ends)));
    let name = match lang {
        Lang::Zh => format!("近90天可用额度，目前{}", yuan(ends)),
        Lang::En => format!("free quota over 90 days, now {}", yuan(ends)),
    };
    html! {
        figure {
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } width="100%" role="img" aria-label=(name) focusable="false" {
                title { (name) }
                line x1="4" x2=(WIDTH - 4) y1=(y(limit_fen)) y2=(y(limit_fen)) stroke="currentColor" stroke-dasharray="4 4" stroke-opacity="0.6" {}
                line x1="4" x2=(WIDTH - 4) y1=(y(0)) y2=(y(0)) stroke="currentColor" stroke-opacity="0.4" {}
                polyline points=(free) fill="none" stroke="currentColor" stroke-width="2" {}
                text x="4" y=(HEIGHT - 4) font-size="12" fill="currentColor" { (short_date(lang, first.at.date())) }
                text x=(WIDTH - 4) y=(HEIGHT - 4) font-size="12" text-anchor="end" fill="currentColor" { (short_date(lang, now.date())) }
                text x="8" y=((y(limit_fen) - 4).max(12)) font-size="12" fill="currentColor" { (pick(lang, "额度", "limit")) " " (yuan(limit_fen)) }
            }
            figcaption { (name) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_never_leaves_its_whole() {
        for (of, of_part, whole, wide) in [
            (720, 50, 100, 360),
            (720, 0, 100, 0),
            (720, 200, 100, 720),
            (720, 1, 0, 0),
            (720, -5, 100, 0),
        ] {
            assert_eq!(part(of, of_part, whole), wide);
        }
        let full = Balance { limit_fen: i64::MAX, used_fen: i64::MAX, ..Balance::default() };
        assert!(gauge(Lang::Zh, &full).into_string().contains("已放行占用"));
    }
}
