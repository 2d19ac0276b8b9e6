//! The testbed runs modules whole.

#[cfg(test)]
mod lamp;
#[cfg(test)]
mod platform;
