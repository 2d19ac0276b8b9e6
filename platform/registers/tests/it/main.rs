//! Registers on a whole platform: rows, pages, looks.
