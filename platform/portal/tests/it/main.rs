//! The page kit through real requests.

mod failures;
mod pages;
mod parts;
