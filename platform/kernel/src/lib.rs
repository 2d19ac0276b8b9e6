//! Aggregate, Policy, Errand: what an aggregate is, without I/O.
