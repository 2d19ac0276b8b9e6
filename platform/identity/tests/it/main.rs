//! Identity on a whole platform in memory, through real requests.

mod browser;
mod federated;
mod goldens;
mod mandates;
mod protection;
mod signing_in;
