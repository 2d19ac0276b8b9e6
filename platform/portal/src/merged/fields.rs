//! Fields of a merged form: which control an element gets, what it shows, what is said beside it.

use codes::{Coded as _, Division};
use elements::{Element, Format, Kind, Path, Shape, Value};
use forms::{MergedField, Spot};
use maud::{Markup, Render as _, html};

use super::{MergedPage, divisions};
use crate::field::{Choice, Control, Field, LONG_TERM, Prefilled, field_id};
use crate::format;
use crate::lang::pick;

/// The most codes shown as boxes all in sight, alone and in a row of many; more become a select.
const BOXES_MAX: usize = 5;
const BOXES_IN_ROW_MAX: usize = 2;

impl MergedPage<'_> {
    pub(super) fn error(&self, spot: &Spot) -> Option<String> {
        let told = self.told.iter().filter(|(of, _)| of == spot);
        let told = told.map(|(_, label)| label.get(self.lang).to_owned());
        let texts: Vec<String> = self
            .errors
            .iter()
            .filter(|error| error.spot == *spot)
            .map(|error| {
                let services: Vec<String> =
                    error.services.iter().map(|id| (self.service)(id)).collect();
                let told = error.problem.label().get(self.lang).to_owned();
                if services.is_empty() {
                    told
                } else {
                    format!(
                        "{told}{}{}{}",
                        pick(self.lang, "（", " ("),
                        services.join(pick(self.lang, "、", ", ")),
                        pick(self.lang, "）", ")")
                    )
                }
            })
            .chain(told)
            .collect();
        (!texts.is_empty()).then(|| texts.join(" "))
    }

    pub(super) fn field(
        &self,
        field: &MergedField,
        element: &Element,
        spot: &Spot,
        required: bool,
    ) -> Markup {
        self.labelled(field, element, spot, required, (element.label.get(self.lang), None))
    }

    pub(super) fn labelled(
        &self,
        field: &MergedField,
        element: &Element,
        spot: &Spot,
        required: bool,
        (label, note): (&str, Option<String>),
    ) -> Markup {
        let value = self.answers.get(spot);
        if let Kind::Composite(shape) = element.kind
            && !element.is_never_typed()
        {
            return self.composite(element, shape, spot, required, label);
        }
        let mut made = Field::new(
            self.lang,
            spot.to_string(),
            label,
            self.control(field, element, spot, value.as_ref()),
        )
        .required(required && !element.is_never_typed())
        .error(self.error(spot))
        .why((self.why)(field));
        let help = element.help.as_ref().map(|help| help.get(self.lang).to_owned());
        let hints: Vec<String> = help.into_iter().chain(note).collect();
        if !hints.is_empty() {
            made = made.hint(hints.join(pick(self.lang, "　", " · ")));
        }
        if let Some(source) =
            self.sources.get(spot).filter(|_| !self.typed.values.contains_key(&spot.to_string()))
        {
            let since = source.since.map(|day| format::date(self.lang, day)).unwrap_or_default();
            made = made.prefilled(Prefilled {
                source: source.register.get(self.lang).to_owned(),
                since,
                dispute: None,
            });
        }
        for text in self.texts(element, spot, value.as_ref()) {
            made = made.value(text);
        }
        made.render()
    }

    /// What the input shows: the text as typed where it could not be read, else the value.
    fn texts(&self, element: &Element, spot: &Spot, value: Option<&Value>) -> Vec<String> {
        if let Some(typed) = self.typed.values.get(&spot.to_string()) {
            return typed.iter().filter(|text| !text.is_empty()).cloned().collect();
        }
        match value {
            None => Vec::new(),
            Some(value) if element.is_never_typed() => vec![element.show(value, self.lang)],
            Some(Value::List(all)) => {
                all.iter().filter_map(Value::as_text).map(str::to_owned).collect()
            }
            Some(value) => vec![element.typed(value)],
        }
    }

    fn control(
        &self,
        field: &MergedField,
        element: &Element,
        spot: &Spot,
        value: Option<&Value>,
    ) -> Control {
        if element.is_never_typed() {
            return Control::Output;
        }
        match &element.kind {
            Kind::Code(_) => {
                let choices = self.choices(field, element, spot);
                let row = matches!(spot, Spot::Row(..) | Spot::RoleAttribute(_, Some(_), _));
                if choices.len() <= if row { BOXES_IN_ROW_MAX } else { BOXES_MAX } {
                    Control::Radios(choices)
                } else {
                    Control::Select { choices, search: true }
                }
            }
            Kind::Set(_) | Kind::List(_) => Control::Checks(self.choices(field, element, spot)),
            Kind::Date { open: false } => Control::Date,
            Kind::Date { open: true } => Control::DateOrOpen,
            Kind::Month => Control::Month,
            Kind::Time => Control::Time,
            Kind::Money => Control::Money,
            Kind::Number { scale, .. } => Control::Number {
                unit: element
                    .unit
                    .as_ref()
                    .map(|unit| unit.get(self.lang).to_owned())
                    .unwrap_or_default(),
                decimal: *scale > 0,
            },
            Kind::Bool if element.key.as_str().ends_with("_pledge") => Control::Tick,
            Kind::Bool => Control::Radios(vec![
                Choice::new("true", pick(self.lang, "是", "Yes")),
                Choice::new("false", pick(self.lang, "否", "No")),
            ]),
            Kind::Text { max } => self.text(element, spot, *max, value),
            // Composites have inputs of their own and never come here.
            Kind::Composite(_) => Control::Output,
        }
    }

    fn text(&self, element: &Element, spot: &Spot, max: u32, value: Option<&Value>) -> Control {
        let max = usize::try_from(max).ok();
        let inputmode = match element.format {
            Format::Division => {
                return self.division(&spot.to_string(), value.and_then(Value::as_text));
            }
            Format::Email => Some("email"),
            Format::Url => Some("url"),
            _ if ["mobile", "phone"].contains(&element.key.as_str()) => Some("tel"),
            _ => None,
        };
        if element.format == Format::Plain && max.is_some_and(|max| max > 100) {
            return Control::Area { max, lines: 4 };
        }
        Control::Text { max, autocomplete: None, inputmode }
    }

    fn division(&self, name: &str, chosen: Option<&str>) -> Control {
        let query = self.typed.queries.get(name).cloned().unwrap_or_default();
        Control::Search {
            from: self.divisions_at.to_owned(),
            chosen: chosen
                .and_then(|code| code.parse::<Division>().ok())
                .and_then(Division::full_name),
            found: divisions(&query),
            query,
        }
    }

    /// The codes of the list that every service asking here accepts.
    fn choices(&self, field: &MergedField, element: &Element, spot: &Spot) -> Vec<Choice> {
        let path = match spot {
            Spot::Plain(key) => Some(Path::plain(key.clone())),
            Spot::RoleAttribute(of, _, key) | Spot::Row(of, _, key) => {
                self.subject(of).map(|subject| Path::of(subject, key.clone()))
            }
            Spot::Card(..) | Spot::Role(..) | Spot::Group(_) => None,
        };
        let allowed = path
            .and_then(|path| field.uses.get(&path))
            .and_then(|wanted| wanted.rule.codes.as_ref());
        let entries = element.list.iter().flat_map(|list| &list.entries);
        entries
            .filter(|(code, _)| allowed.is_none_or(|allowed| allowed.contains(*code)))
            .map(|(code, label)| Choice::new(code, label.get(self.lang)))
            .collect()
    }

    fn composite(
        &self,
        element: &Element,
        shape: Shape,
        spot: &Spot,
        required: bool,
        label: &str,
    ) -> Markup {
        let lang = self.lang;
        let value = self.answers.get(spot);
        let value = value.as_ref();
        let part = |key: &str| value.and_then(Value::as_map).and_then(|parts| parts.get(key));
        let name = |key: &str| format!("{spot}:{key}");
        let typed = |key: &str| self.typed.values.get(&name(key)).and_then(|texts| texts.first());
        let text = |key: &str| {
            let told = || part(key).and_then(Value::as_text).unwrap_or_default();
            typed(key).map_or_else(told, String::as_str)
        };
        let error = self.error(spot);
        let inputs = match shape {
            Shape::Address => {
                let division = name("division");
                let search = self.division(&division, Some(text("division")));
                html! {
                    (Field::new(lang, &division, pick(lang, "所在区划", "Division"), search).value(text("division")).required(required))
                    (Field::text(lang, name("detail"), pick(lang, "详细地址", "Address")).value(text("detail")).required(required))
                }
            }
            Shape::Term => {
                let years = part("years").and_then(Value::as_int).map(|years| years.to_string());
                let years = typed("years").cloned().or(years);
                let open = value.and_then(Value::as_text) == Some(LONG_TERM);
                let unit = pick(lang, "年", "years").to_owned();
                html! {
                    (Field::new(lang, name("years"), pick(lang, "年限", "Years"), Control::Number { unit, decimal: false }).maybe(years))
                    (Field::new(lang, name("long"), pick(lang, LONG_TERM, "Without end"), Control::Tick).maybe(open.then_some("true")))
                }
            }
        };
        html! {
            fieldset.field.failed[error.is_some()] id=(field_id(&spot.to_string())) tabindex="-1" {
                legend { (label) }
                @if let Some(help) = &element.help { p.hint { (help.get(lang)) } }
                @if let Some(error) = error { p.error { (error) } }
                (inputs)
            }
        }
    }
}
