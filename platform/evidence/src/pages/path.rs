//! The path from a leaf to the root, as a picture and as the table of the same.

use crate::{Hash, Inclusion};
use maud::{Markup, html};
use portal::{Column, Frame, Row, Table, details};

/// One step up: the sibling that is joined.
struct Step {
    /// The position of the first event under the sibling, from 1.
    from: u64,
    /// The position of the last.
    to: u64,
    /// Whether it stands on the left.
    is_left: bool,
    hash: Hash,
}

/// The steps from a leaf up, as the tree of a size has them.
fn steps(index: u64, size: u64, path: &[Hash]) -> Vec<Step> {
    let mut spans = Vec::new();
    let (mut from, mut to) = (0, size);
    while to - from > 1 {
        let middle = from + (1 << (63 - (to - from - 1).leading_zeros()));
        if index < middle {
            spans.push((middle, to, false));
            to = middle;
        } else {
            spans.push((from, middle, true));
            from = middle;
        }
    }
    let spans = spans.into_iter().rev().zip(path);
    spans
        .map(|((from, to, is_left), hash)| Step { from: from + 1, to, is_left, hash: *hash })
        .collect()
}

fn short(hash: &Hash) -> String {
    seals::hex(hash.first_chunk::<4>().unwrap_or(&[0; 4]))
}

fn span(step: &Step) -> String {
    if step.from == step.to {
        step.from.to_string()
    } else {
        format!("{}–{}", step.from, step.to)
    }
}

const ROW: u64 = 56;
const MIDDLE: u64 = 170;
const SIDE: u64 = 110;

/// One box of the picture: where, what, under which words.
struct Node<'a> {
    x: u64,
    y: u64,
    hash: &'a Hash,
    words: String,
    is_own: bool,
    /// Whether the words stand to the right and not below, where lines leave.
    is_root: bool,
}

impl maud::Render for Node<'_> {
    fn render(&self) -> Markup {
        let (x, y) = (self.x, self.y);
        let weight = if self.is_own { "2.5" } else { "1" };
        html! {
            rect x=(x - 48) y=(y) width="96" height="22" rx="4" fill="none" stroke="currentColor" stroke-width=(weight) {}
            text x=(x) y=(y + 15) text-anchor="middle" font-size="12" font-family="monospace" fill="currentColor" { (short(self.hash)) }
            @if self.is_root {
                text x=(x + 56) y=(y + 15) font-size="11" fill="currentColor" { (self.words) }
            } @else {
                text x=(x) y=(y + 35) text-anchor="middle" font-size="11" fill="currentColor" { (self.words) }
            }
        }
    }
}

/// The picture: the leaf below, the root above, the siblings beside.
pub(super) fn picture(frame: &Frame, index: u64, size: u64, found: &Inclusion) -> Markup {
    let steps = steps(index, size, &found.path);
    let count = steps.len() as u64;
    let height = (count + 1) * ROW;
    let name = frame.t("由叶子到树根的路径", "The path from the leaf to the root");
    // Row 0 is the root; the leaf stands in the last one.
    let y = |row: u64| row * ROW + 4;
    let mut own = found.leaf;
    let mut nodes = vec![Node {
        x: MIDDLE,
        y: y(count),
        hash: &found.leaf,
        words: format!("{} {}", frame.t("事件", "event"), index + 1),
        is_own: true,
        is_root: false,
    }];
    let mut joined = Vec::new();
    for step in &steps {
        let (left, right) = if step.is_left { (&step.hash, &own) } else { (&own, &step.hash) };
        own = crate::Profile::Sha256.node(left, right);
        joined.push(own);
    }
    for (row, (step, hash)) in (0..count).rev().zip(steps.iter().zip(&joined)) {
        let x = if step.is_left { MIDDLE - SIDE } else { MIDDLE + SIDE };
        let words = format!("{} {}", frame.t("事件", "events"), span(step));
        nodes.push(Node {
            x,
            y: y(row + 1),
            hash: &step.hash,
            words,
            is_own: false,
            is_root: false,
        });
        let words = if row == 0 {
            format!("{} · {size}", frame.t("树根", "root"))
        } else {
            String::new()
        };
        let hash = if row == 0 { &found.root } else { hash };
        nodes.push(Node { x: MIDDLE, y: y(row), hash, words, is_own: true, is_root: row == 0 });
    }
    let lines = (0..count).rev().zip(&steps);
    html! {
        figure {
            svg viewBox={ "0 0 340 " (height) } width="340" height=(height) role="img" aria-label=(name) {
                title { (name) }
                @for (row, step) in lines {
                    @let x = if step.is_left { MIDDLE - SIDE } else { MIDDLE + SIDE };
                    line x1=(MIDDLE) y1=(y(row + 1)) x2=(MIDDLE) y2=(y(row) + 22) stroke="currentColor" stroke-width="2.5" {}
                    line x1=(x) y1=(y(row + 1)) x2=(MIDDLE) y2=(y(row) + 22) stroke="currentColor" {}
                }
                @for node in &nodes { (node) }
            }
        }
    }
}

/// The same, step by step, with whole hashes.
pub(super) fn table(frame: &Frame, index: u64, size: u64, found: &Inclusion) -> Markup {
    let name = frame.t("路径逐级", "The path, step by step");
    let columns = vec![
        Column::new(frame.t("级", "Step")).numeric(),
        Column::new(frame.t("合并的事件", "Events joined")),
        Column::new(frame.t("位于", "On the")),
        Column::new(frame.t("哈希", "Hash")),
    ];
    let side = |is_left| if is_left { frame.t("左", "left") } else { frame.t("右", "right") };
    let hash = |hash: &Hash| html! { code { (seals::hex(hash)) } };
    let mut rows = vec![Row::new(vec![
        html! { "0" },
        html! { (index + 1) },
        html! { (frame.t("本事件", "this event")) },
        hash(&found.leaf),
    ])];
    rows.extend((1_u64..).zip(steps(index, size, &found.path)).map(|(n, step)| {
        Row::new(vec![
            html! { (n) },
            html! { (span(&step)) },
            html! { (side(step.is_left)) },
            hash(&step.hash),
        ])
    }));
    rows.push(Row::new(vec![
        html! {},
        html! { "1–" (size) },
        html! { (frame.t("树根", "root")) },
        hash(&found.root),
    ]));
    details(name, &html! { (Table::new(frame.lang, name, columns, rows)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tree;

    #[test]
    fn the_steps_lead_from_the_leaf_to_the_root() {
        let mut tree = Tree::default();
        for n in 0..13_u8 {
            tree.append(&[n]);
        }
        for (index, size) in [(3, 7), (12, 13), (0, 1), (5, 13), (6, 7)] {
            let path = tree.inclusion(index, size).unwrap();
            let mut own = tree.node(0, index).unwrap();
            let mut span = (index + 1, index + 1);
            for step in steps(index, size, &path) {
                own = if step.is_left {
                    assert_eq!(step.to + 1, span.0);
                    span.0 = step.from;
                    tree.profile().node(&step.hash, &own)
                } else {
                    assert_eq!(step.from, span.1 + 1);
                    span.1 = step.to;
                    tree.profile().node(&own, &step.hash)
                };
            }
            assert_eq!((Some(own), span), (tree.root(size), (1, size)));
        }
    }
}
