//! Identifiers with check digits, bilingual labels, dates and instants.
