//! The exchange on a whole platform, with a peer at the other end of real connections.

mod access;
mod bed;
mod coming;
mod going;
mod goldens;
mod pages;
