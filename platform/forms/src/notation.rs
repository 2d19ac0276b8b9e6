//! The specs' notation of fields: `enterprise_name* agent.{name* phone} employee[].{mobile*}`.

use crate::form::Field;
use elements::{Path, Subject};

/// A piece of a line of fields that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{piece}` is no field: write `element`, `role.{{a b}}` or `row[].{{a b}}`, with `*` after what is required"
)]
pub struct NotAField {
    /// The piece.
    pub piece: String,
}

/// Reads one line of fields, in the order in which they stand.
pub(crate) fn fields(line: &str) -> Result<Vec<Field>, NotAField> {
    let mut all = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let end = match (rest.find(char::is_whitespace), rest.find(".{")) {
            (blank, Some(brace)) if blank.is_none_or(|blank| brace < blank) => {
                let (subject, inside) = rest.split_at_checked(brace).unwrap_or((rest, ""));
                let Some(close) = inside.find('}') else { return Err(fault(rest)) };
                group(subject, inside.get(2..close).unwrap_or_default(), &mut all)?;
                brace + close + 1
            }
            (blank, _) => {
                let end = blank.unwrap_or(rest.len());
                let piece = rest.get(..end).unwrap_or_default();
                let (text, required) = starred(piece);
                let path: Path = text.parse().map_err(|_path| fault(piece))?;
                all.push(Field { path, required });
                end
            }
        };
        rest = rest.get(end..).unwrap_or_default();
        if rest.starts_with(|c: char| !c.is_whitespace()) {
            return Err(fault(rest));
        }
        rest = rest.trim_start();
    }
    Ok(all)
}

fn group(subject: &str, attributes: &str, all: &mut Vec<Field>) -> Result<(), NotAField> {
    let subject: Subject = subject.parse().map_err(|_key| fault(subject))?;
    if attributes.trim().is_empty() {
        return Err(fault(&format!("{subject}.{{}}")));
    }
    for piece in attributes.split_whitespace() {
        let (text, required) = starred(piece);
        let attribute = text.parse().map_err(|_key| fault(piece))?;
        all.push(Field { path: Path::of(subject.clone(), attribute), required });
    }
    Ok(())
}

fn starred(piece: &str) -> (&str, bool) {
    piece.strip_suffix('*').map_or((piece, false), |text| (text, true))
}

fn fault(piece: &str) -> NotAField {
    NotAField { piece: piece.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> Result<String, NotAField> {
        let star =
            |field: &Field| format!("{}{}", field.path, if field.required { "*" } else { "" });
        Ok(fields(line)?.iter().map(star).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn the_notation_of_the_specs_is_read() {
        for (line, want) in [
            ("enterprise_name* uscc", "enterprise_name* uscc"),
            ("agent.{name* phone}  postcode", "agent.name* agent.phone postcode"),
            ("employee[].{name* contract_end}", "employee[].name* employee[].contract_end"),
            ("agent.name* seal[].kind", "agent.name* seal[].kind"),
            ("", ""),
        ] {
            assert_eq!(shown(line).as_deref(), Ok(want), "{line}");
        }
        for line in [
            "Name",
            "agent.{name*",
            "agent.{}",
            "a.{b}c",
            "agent[.{name}",
            "name**",
            "a.{B}",
            "a,b",
        ] {
            assert!(shown(line).is_err(), "{line}");
        }
    }
}
