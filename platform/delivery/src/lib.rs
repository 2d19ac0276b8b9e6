//! Notices, served and provably so.
