//! The socket every capability plugs into.
