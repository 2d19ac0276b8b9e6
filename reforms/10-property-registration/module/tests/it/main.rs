//! Real-estate registration on a whole platform in memory: book, bills, certificates, scans, inquiries.

mod access;
mod bed;
mod goldens;
mod looking;
mod registering;
mod scanning;
