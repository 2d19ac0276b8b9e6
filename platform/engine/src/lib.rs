//! The runtime: writer, timers, outbox, simulator.
