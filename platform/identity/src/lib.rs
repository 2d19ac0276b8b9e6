//! Parties, mandates, sign-in, who may do what.
