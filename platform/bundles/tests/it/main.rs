//! Folders read, checked and broken on purpose.

mod builtin_folders;
mod data;
mod faults;
mod overlay;
