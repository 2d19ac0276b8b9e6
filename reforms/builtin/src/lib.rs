//! The data files of all reform folders as one static table.
