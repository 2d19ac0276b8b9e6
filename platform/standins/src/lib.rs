//! Outside systems as real servers for tests and the demo.
