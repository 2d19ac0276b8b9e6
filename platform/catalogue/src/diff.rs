//! Where two texts differ, character by character, as pages mark it.

/// A piece of two texts laid beside each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// In both texts.
    Same(String),
    /// In the first alone.
    First(String),
    /// In the second alone.
    Second(String),
}

/// The pieces of two texts in order, by their longest common subsequence.
///
/// What the first has comes before what the second has instead. It takes time and room in the product of the lengths:
/// meant for paragraphs.
#[must_use]
pub fn differences(first: &str, second: &str) -> Vec<Piece> {
    let (a, b): (Vec<char>, Vec<char>) = (first.chars().collect(), second.chars().collect());
    let width = b.len() + 1;
    // `table[i * width + j]` is the length of the longest common subsequence of a[i..] and b[j..].
    let mut table = vec![0_usize; (a.len() + 1) * width];
    let at = |table: &[usize], i: usize, j: usize| table.get(i * width + j).copied().unwrap_or(0);
    for (i, x) in a.iter().enumerate().rev() {
        for (j, y) in b.iter().enumerate().rev() {
            let length = if x == y {
                at(&table, i + 1, j + 1) + 1
            } else {
                at(&table, i + 1, j).max(at(&table, i, j + 1))
            };
            if let Some(cell) = table.get_mut(i * width + j) {
                *cell = length;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pieces = Vec::new();
    loop {
        match (a.get(i), b.get(j)) {
            (None, None) => return pieces,
            (Some(x), Some(y)) if x == y => {
                push(&mut pieces, Piece::Same, *x);
                (i, j) = (i + 1, j + 1);
            }
            (Some(x), y) if y.is_none() || at(&table, i + 1, j) >= at(&table, i, j + 1) => {
                push(&mut pieces, Piece::First, *x);
                i += 1;
            }
            (_, Some(y)) => {
                push(&mut pieces, Piece::Second, *y);
                j += 1;
            }
            (Some(_), None) => return pieces,
        }
    }
}

fn push(pieces: &mut Vec<Piece>, kind: fn(String) -> Piece, c: char) {
    let new = kind(c.to_string());
    match (pieces.last_mut(), &new) {
        (Some(Piece::Same(text)), Piece::Same(_))
        | (Some(Piece::First(text)), Piece::First(_))
        | (Some(Piece::Second(text)), Piece::Second(_)) => text.push(c),
        _ => pieces.push(new),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(first: &str, second: &str) -> String {
        differences(first, second)
            .into_iter()
            .map(|piece| match piece {
                Piece::Same(text) => text,
                Piece::First(text) => format!("[-{text}-]"),
                Piece::Second(text) => format!("[+{text}+]"),
            })
            .collect()
    }

    #[test]
    fn differences_stand_where_they_are() {
        for (first, second, expected) in [
            ("附条件提离", "附条件提高", "附条件提[-离-][+高+]"),
            ("岸罐计重变更", "岸罐计量重变更", "岸罐计[+量+]重变更"),
            ("可在在线补充", "可在网补充", "可在[-在线-][+网+]补充"),
            ("", "新", "[+新+]"),
            ("旧", "", "[-旧-]"),
            ("同", "同", "同"),
        ] {
            assert_eq!(marked(first, second), expected);
        }
    }
}
