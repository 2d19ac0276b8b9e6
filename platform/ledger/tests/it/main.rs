//! Bills on a whole platform in memory, with a payment gateway over HTTP.

mod bed;
mod goldens;
mod paying;
