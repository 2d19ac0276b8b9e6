//! The page kit: layout, components, form widgets, two languages.
