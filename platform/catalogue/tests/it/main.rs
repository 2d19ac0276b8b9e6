//! The catalogue on the real tables and on reform 28.

mod data;
mod organs;
mod programme;
mod scope;
mod selection;
