//! The lianban binary.

fn main() {}
