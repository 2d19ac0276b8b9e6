//! The forms of reforms 28 and 01, merged, filled in and projected.

#[cfg(test)]
mod conflicts;
#[cfg(test)]
mod counts;
#[cfg(test)]
mod data;
#[cfg(test)]
mod entry;
#[cfg(test)]
mod payloads;
