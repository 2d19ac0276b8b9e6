//! The engine as a whole: its simulator, its runtime on stores that fail, several processes.

#[cfg(test)]
mod faults;
#[cfg(test)]
mod jar;
#[cfg(test)]
mod leases;
#[cfg(test)]
mod seeds;
