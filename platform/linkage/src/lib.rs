//! All policies between capabilities.
