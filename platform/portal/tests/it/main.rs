//! The page kit through real requests.

mod failures;
mod merged;
mod pages;
mod parts;
