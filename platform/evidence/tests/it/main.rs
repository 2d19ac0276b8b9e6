//! The log of a whole platform, from its commands to what outsiders check.
