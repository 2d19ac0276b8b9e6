//! Tests of the whole application: the very assembly that serves, its real gate, real sign-ins, real stores on the disk.
//!
//! What needs no more than a capability is tested there. Here is what can only go wrong between them: two agents who want the
//! same name at the same instant, a process that dies between the disk and the answer, a route that nobody guards, bad
//! input through every layer, a full disk.

mod disk;
mod durable;
mod house;
mod input;
mod names;
mod replays;
mod routes;
mod samples;
mod walk;
mod wired;
