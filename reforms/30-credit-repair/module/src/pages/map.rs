//! Where entries stand (督查地图): each division a tile, placed as on a map, with its number in words too.

use crate::queries::PlaceRow;
use codes::Lang;
use maud::{Markup, html};
use portal::{number, pick};
use std::collections::BTreeMap;

/// A tile: the beginning of the division's code, its names, its column and row.
type Tile = (&'static str, &'static str, &'static str, i64, i64);

/// The divisions of the country, first level of GB/T 2260.
const COUNTRY: [Tile; 34] = [
    ("23", "黑龙江", "Heilongjiang", 8, 0),
    ("15", "内蒙古", "Nei Mongol", 5, 0),
    ("65", "新疆", "Xinjiang", 0, 1),
    ("62", "甘肃", "Gansu", 3, 1),
    ("64", "宁夏", "Ningxia", 4, 1),
    ("11", "北京", "Beijing", 6, 1),
    ("21", "辽宁", "Liaoning", 7, 1),
    ("22", "吉林", "Jilin", 8, 1),
    ("63", "青海", "Qinghai", 2, 2),
    ("61", "陕西", "Shaanxi", 4, 2),
    ("14", "山西", "Shanxi", 5, 2),
    ("13", "河北", "Hebei", 6, 2),
    ("12", "天津", "Tianjin", 7, 2),
    ("54", "西藏", "Xizang", 1, 3),
    ("51", "四川", "Sichuan", 3, 3),
    ("50", "重庆", "Chongqing", 4, 3),
    ("41", "河南", "Henan", 5, 3),
    ("37", "山东", "Shandong", 6, 3),
    ("32", "江苏", "Jiangsu", 7, 3),
    ("42", "湖北", "Hubei", 5, 4),
    ("34", "安徽", "Anhui", 6, 4),
    ("31", "上海", "Shanghai", 8, 4),
    ("33", "浙江", "Zhejiang", 7, 4),
    ("53", "云南", "Yunnan", 2, 5),
    ("52", "贵州", "Guizhou", 3, 5),
    ("43", "湖南", "Hunan", 5, 5),
    ("36", "江西", "Jiangxi", 6, 5),
    ("35", "福建", "Fujian", 7, 5),
    ("71", "台湾", "Taiwan", 8, 5),
    ("45", "广西", "Guangxi", 4, 6),
    ("44", "广东", "Guangdong", 5, 6),
    ("81", "香港", "Hong Kong", 6, 7),
    ("82", "澳门", "Macao", 5, 7),
    ("46", "海南", "Hainan", 4, 7),
];

/// The prefectures of Guangdong.
const GUANGDONG: [Tile; 21] = [
    ("4402", "韶关", "Shaoguan", 4, 0),
    ("4418", "清远", "Qingyuan", 3, 1),
    ("4416", "河源", "Heyuan", 5, 1),
    ("4414", "梅州", "Meizhou", 6, 1),
    ("4451", "潮州", "Chaozhou", 7, 1),
    ("4412", "肇庆", "Zhaoqing", 2, 2),
    ("4406", "佛山", "Foshan", 3, 2),
    ("4401", "广州", "Guangzhou", 4, 2),
    ("4413", "惠州", "Huizhou", 5, 2),
    ("4452", "揭阳", "Jieyang", 6, 2),
    ("4405", "汕头", "Shantou", 7, 2),
    ("4453", "云浮", "Yunfu", 2, 3),
    ("4407", "江门", "Jiangmen", 3, 3),
    ("4420", "中山", "Zhongshan", 4, 3),
    ("4419", "东莞", "Dongguan", 5, 3),
    ("4415", "汕尾", "Shanwei", 6, 3),
    ("4409", "茂名", "Maoming", 1, 4),
    ("4417", "阳江", "Yangjiang", 2, 4),
    ("4404", "珠海", "Zhuhai", 4, 4),
    ("4403", "深圳", "Shenzhen", 5, 4),
    ("4408", "湛江", "Zhanjiang", 0, 5),
];

/// The side of a tile with its gap, and the tile itself.
const STEP: i64 = 76;
const SIDE: i64 = 70;

/// What a tile counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    live: u64,
    late: u64,
}

fn counts(tiles: &[Tile], rows: &[PlaceRow]) -> BTreeMap<&'static str, Count> {
    let mut all: BTreeMap<&'static str, Count> = BTreeMap::new();
    for row in rows {
        let tile = tiles.iter().find(|tile| row.place.starts_with(tile.0));
        if let Some((code, ..)) = tile {
            let count = all.entry(code).or_default();
            count.live += row.live;
            count.late += row.late;
        }
    }
    all
}

/// The map: the province where everything lies in one that is drawn, the country otherwise.
pub(super) fn map(lang: Lang, rows: &[PlaceRow]) -> Markup {
    let all_in_guangdong = rows.iter().all(|row| row.place.starts_with("44"));
    let tiles: &[Tile] = if all_in_guangdong { &GUANGDONG } else { &COUNTRY };
    let counts = counts(tiles, rows);
    let most = counts.values().map(|count| count.live).max().unwrap_or(0);
    let (width, height) = tiles.iter().fold((0, 0), |(width, height), (_, _, _, column, row)| {
        (width.max((column + 1) * STEP), height.max((row + 1) * STEP))
    });
    let name = pick(
        lang,
        "在列记录的分布，▲为逾期；下表为同样的数字",
        "Where entries stand, ▲ what is late; the table below has the same figures",
    );
    html! {
        figure { svg viewBox={ "0 0 " (width) " " (height) } width=(width) role="group" aria-label=(name) {
            title { (name) }
            @for (code, zh, en, column, row) in tiles {
                (tile(lang, (code, zh, en), (column * STEP, row * STEP), counts.get(code).copied(), most))
            }
        } }
        (figures(lang, tiles, &counts))
    }
}

fn tile(
    lang: Lang,
    (code, zh, en): (&str, &str, &str),
    (x, y): (i64, i64),
    count: Option<Count>,
    most: u64,
) -> Markup {
    let Count { live, late } = count.unwrap_or_default();
    // Five steps of ink, so light that text on it stays readable.
    let level = if live == 0 { 0 } else { live.saturating_mul(4).div_ceil(most.max(1)) };
    let drawn = html! {
        rect x=(x) y=(y) width=(SIDE) height=(SIDE) rx="4" fill="currentColor" fill-opacity=(format!("0.{:02}", 4 + level * 7)) {}
        text x=(x + SIDE / 2) y=(y + 26) text-anchor="middle" font-size=(pick(lang, "15", "11")) fill="currentColor" { (pick(lang, zh, en)) }
        @if live > 0 {
            text x=(x + SIDE / 2) y=(y + 48) text-anchor="middle" font-size="16" font-weight="bold" fill="currentColor" { (live) }
        }
        @if late > 0 {
            text x=(x + SIDE / 2) y=(y + 64) text-anchor="middle" font-size="12" fill="currentColor" { "▲" (late) }
        }
    };
    html! {
        @if live > 0 || late > 0 {
            a href={ "/credit/oversight?place=" (code) "#entries" } { title { (pick(lang, zh, en)) } (drawn) }
        } @else { (drawn) }
    }
}

/// The same as a table, for readers without pictures.
fn figures(lang: Lang, tiles: &[Tile], counts: &BTreeMap<&str, Count>) -> Markup {
    let signed = |n: u64| number(i64::try_from(n).unwrap_or(i64::MAX));
    let rows: Vec<_> = tiles.iter().filter_map(|t| Some((t, counts.get(t.0)?))).collect();
    html! {
        details {
            summary { (pick(lang, "以表格查看", "Show as a table")) }
            table {
                caption { (pick(lang, "在列记录的分布", "Where entries stand")) }
                thead { tr {
                    th scope="col" { (pick(lang, "地区", "Place")) }
                    th.num scope="col" { (pick(lang, "在列", "Standing")) }
                    th.num scope="col" { (pick(lang, "逾期", "Late")) }
                } }
                tbody {
                    @for ((code, zh, en, ..), count) in rows {
                        tr {
                            th scope="row" { a href={ "/credit/oversight?place=" (code) "#entries" } { (pick(lang, zh, en)) } }
                            td.num { (signed(count.live)) }
                            td.num { (signed(count.late)) }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn row(place: &str, live: u64, late: u64) -> PlaceRow {
        PlaceRow { place: place.to_owned(), live, running: 0, late }
    }

    #[test]
    fn every_division_has_a_tile_of_its_own() {
        for tiles in [&COUNTRY[..], &GUANGDONG[..]] {
            let spots: BTreeSet<(i64, i64)> = tiles.iter().map(|tile| (tile.3, tile.4)).collect();
            let codes: BTreeSet<&str> = tiles.iter().map(|tile| tile.0).collect();
            assert_eq!((spots.len(), codes.len()), (tiles.len(), tiles.len()));
            for (code, zh, ..) in tiles {
                let division: codes::Division = format!("{code:0<6}").parse().unwrap();
                assert!(division.name().is_some_and(|name| name.starts_with(zh)), "{code} {zh}");
            }
        }
    }

    #[test]
    fn counties_count_for_their_prefecture_and_a_second_province_makes_it_the_country() {
        let rows = [row("440106", 3, 1), row("440115", 2, 0), row("440300", 1, 0)];
        let counted = counts(&GUANGDONG, &rows);
        assert_eq!(counted["4401"], Count { live: 5, late: 1 });
        let drawn = map(Lang::Zh, &rows).into_string();
        assert!(drawn.contains("place=4401") && drawn.contains("▲1") && !drawn.contains("北京"));
        let drawn = map(Lang::Zh, &[rows[0].clone(), row("110105", 1, 0)]).into_string();
        assert!(drawn.contains("place=44#") && drawn.contains("place=11#"), "{drawn}");
    }
}
