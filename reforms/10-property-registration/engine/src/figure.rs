//! The figure attached to a certificate (证书附图): drawn as SVG from points, the same from the same points.

use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// The side of the drawing, in its own units.
const SIDE: i64 = 1000;
/// The white around it.
const MARGIN: i64 = 60;

/// One closed shape of a figure, in millimetres from its origin: east, north.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// What it is called, such as 客厅; empty for none.
    #[serde(default)]
    pub label: String,
    /// Whether it is the unit itself and not what lies around it.
    #[serde(default)]
    pub own: bool,
    /// Its corners.
    pub points: Vec<[i64; 2]>,
}

/// A figure (附图): parcel plan or floor plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// What it shows, such as 房屋平面图.
    pub title: String,
    /// Its scale below the line, such as `1:200`.
    pub scale: String,
    /// Where its origin lies: east and north in whole metres (CGCS2000, 3-degree zone).
    pub origin_m: [i64; 2],
    /// Its shapes, what lies below first.
    pub shapes: Vec<Shape>,
}

impl Figure {
    /// The drawing as SVG, without script, style sheet or anything from elsewhere; it says where its origin lies, so that a
    /// map can place it.
    #[must_use]
    pub fn svg(&self) -> String {
        let view = View::of(&self.shapes);
        let mut svg = String::new();
        // Writing to a text does not fail.
        let _ = write!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {SIDE} {SIDE}\" role=\"img\" \
             data-east=\"{}\" data-north=\"{}\"><title>{}</title>",
            self.origin_m[0],
            self.origin_m[1],
            escaped(&self.title),
        );
        let _ = write!(svg, "<rect width=\"{SIDE}\" height=\"{SIDE}\" fill=\"#ffffff\"/>");
        for shape in &self.shapes {
            let points: Vec<String> = shape
                .points
                .iter()
                .map(|point| view.place(*point))
                .map(|(x, y)| format!("{x},{y}"))
                .collect();
            let (fill, stroke, width) =
                if shape.own { ("#d9eeec", "#0b5c63", 5) } else { ("none", "#8a9499", 2) };
            let _ = write!(
                svg,
                "<polygon points=\"{}\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"{width}\"/>",
                points.join(" "),
            );
            if let (false, Some((x, y))) = (shape.label.is_empty(), view.middle(&shape.points)) {
                let _ = write!(
                    svg,
                    "<text x=\"{x}\" y=\"{y}\" font-size=\"32\" text-anchor=\"middle\" fill=\"#1c2529\" \
                     font-family=\"sans-serif\">{}</text>",
                    escaped(&shape.label),
                );
            }
        }
        let (x, y) = (SIDE - MARGIN, MARGIN);
        // North, and the scale at the foot.
        let _ = write!(
            svg,
            "<path d=\"M{x} {} L{} {} L{} {} Z\" fill=\"#1c2529\"/><text x=\"{x}\" y=\"{}\" font-size=\"28\" \
             text-anchor=\"middle\" font-family=\"sans-serif\">北</text>",
            y - 40,
            x - 14,
            y,
            x + 14,
            y,
            y + 30,
        );
        let _ = write!(
            svg,
            "<text x=\"{MARGIN}\" y=\"{}\" font-size=\"28\" font-family=\"sans-serif\">{} {}</text></svg>",
            SIDE - 16,
            escaped(&self.title),
            escaped(&self.scale),
        );
        svg
    }
}

/// Where the origin of a drawn figure lies, read back from the drawing: east and north in whole metres.
#[must_use]
pub fn origin_of(svg: &str) -> Option<[i64; 2]> {
    let read = |name: &str| {
        let (_, rest) = svg.split_once(&format!("{name}=\""))?;
        rest.split_once('"')?.0.parse().ok()
    };
    Some([read("data-east")?, read("data-north")?])
}

/// A shape as it was drawn, read back from the drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// Its corners as the drawing has them: `60,940 940,940 …`.
    pub points: String,
    /// What it is called.
    pub label: String,
    /// Whether it is the unit itself.
    pub own: bool,
}

/// The shapes of a drawn figure, for paper.
#[must_use]
pub fn shapes_of(svg: &str) -> Vec<Drawn> {
    svg.split("<polygon ").skip(1).filter_map(drawn).collect()
}

fn drawn(text: &str) -> Option<Drawn> {
    let (_, rest) = text.split_once("points=\"")?;
    let (points, rest) = rest.split_once('"')?;
    let own = !rest.split_once("/>")?.0.contains("fill=\"none\"");
    // A shape's name follows it at once; the letter for north and the title stand behind other things.
    let label = rest.split_once("/><text ").filter(|(within, _)| !within.contains('>'));
    let label = label.and_then(|(_, text)| text.split_once('>')?.1.split_once('<'));
    let label = label.map(|(label, _)| plain(label)).unwrap_or_default();
    let lawful = points.bytes().all(|byte| byte.is_ascii_digit() || b", -".contains(&byte));
    lawful.then(|| Drawn { points: points.to_owned(), label, own })
}

fn plain(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// How points are laid on the drawing: one scale for both axes, north up.
struct View {
    west: i64,
    south: i64,
    extent: i64,
}

impl View {
    fn of(shapes: &[Shape]) -> Self {
        let points = || shapes.iter().flat_map(|shape| &shape.points);
        let (west, east) = bounds(points().map(|point| point[0]));
        let (south, north) = bounds(points().map(|point| point[1]));
        Self { west, south, extent: (east - west).max(north - south).max(1) }
    }

    fn place(&self, [east, north]: [i64; 2]) -> (i64, i64) {
        let room = SIDE - 2 * MARGIN;
        let along = |from: i64, at: i64| (at - from).saturating_mul(room) / self.extent;
        (MARGIN + along(self.west, east), SIDE - MARGIN - along(self.south, north))
    }

    fn middle(&self, points: &[[i64; 2]]) -> Option<(i64, i64)> {
        let count = i64::try_from(points.len()).ok().filter(|count| *count > 0)?;
        let sum =
            points.iter().fold([0_i64; 2], |sum, point| [sum[0] + point[0], sum[1] + point[1]]);
        Some(self.place([sum[0] / count, sum[1] / count]))
    }
}

fn bounds(all: impl Iterator<Item = i64> + Clone) -> (i64, i64) {
    (all.clone().min().unwrap_or_default(), all.max().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat() -> Figure {
        let shape = |label: &str, own, [w, s, e, n]: [i64; 4]| Shape {
            label: label.to_owned(),
            own,
            points: vec![[w, s], [e, s], [e, n], [w, n]],
        };
        Figure {
            title: "房屋平面图".to_owned(),
            scale: "1:200".to_owned(),
            origin_m: [505_143, 2_493_597],
            shapes: vec![
                shape("", false, [0, 0, 20_000, 10_000]),
                shape("客厅 <1>", true, [0, 0, 6_000, 10_000]),
            ],
        }
    }

    #[test]
    fn a_figure_is_drawn_whole_and_the_same_each_time() {
        let svg = flat().svg();
        assert_eq!(svg, flat().svg());
        assert!(svg.contains("points=\"60,940 940,940 940,500 60,500\""), "{svg}");
        assert!(svg.contains("points=\"60,940 324,940 324,500 60,500\""), "{svg}");
        assert!(svg.contains("客厅 &lt;1&gt;"), "text is escaped: {svg}");
        assert!(!svg.contains("script") && !svg.contains("style"), "{svg}");
        assert_eq!(origin_of(&svg), Some([505_143, 2_493_597]));
        assert_eq!(origin_of("<svg/>"), None);
        let shapes = shapes_of(&svg);
        assert_eq!(shapes.len(), 2);
        assert_eq!((shapes[0].own, shapes[0].label.as_str()), (false, ""));
        assert_eq!((shapes[1].own, shapes[1].label.as_str()), (true, "客厅 <1>"));
        assert_eq!(shapes[1].points, "60,940 324,940 324,500 60,500");
        assert_eq!(shapes_of("<polygon points=\"x onload=1\"/>"), []);
    }

    #[test]
    fn an_empty_figure_is_drawn_too() {
        let none = Figure { shapes: Vec::new(), ..flat() };
        assert!(none.svg().ends_with("</svg>"));
    }
}
