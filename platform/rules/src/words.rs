//! The words with which law compares, as operators: a cell may be written as its article is.

/// Words and their operators; the longer of two that begin alike stands first.
///
/// # Source
/// 民法典 art. 1259: 以上, 以下, 以内, 届满 include the number itself; 不满, 超过, 以外 do not.
const WORDS: [(&str, &str); 15] = [
    ("未超过", "<="),
    ("不超过", "<="),
    ("不高于", "<="),
    ("不多于", "<="),
    ("至多", "<="),
    ("不低于", ">="),
    ("不少于", ">="),
    ("达到", ">="),
    ("至少", ">="),
    ("超过", ">"),
    ("高于", ">"),
    ("多于", ">"),
    ("不足", "<"),
    ("不满", "<"),
    ("低于", "<"),
];

/// A cell with the words of law at its beginning turned into operators.
pub(crate) fn operators(cell: &str) -> String {
    let cell = cell.trim();
    let found =
        WORDS.iter().find_map(|(word, operator)| Some((operator, cell.strip_prefix(word)?)));
    match found {
        Some((operator, rest)) => format!("{operator} {}", rest.trim_start()),
        None => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_law_are_operators() {
        for (cell, want) in [
            ("未超过 10000000", "<= 10000000"),
            ("达到5", ">= 5"),
            ("超过 3", "> 3"),
            ("不满 18", "< 18"),
            (" [1..50] ", "[1..50]"),
            ("'超过'", "'超过'"),
        ] {
            assert_eq!(operators(cell), want, "{cell}");
        }
    }
}
