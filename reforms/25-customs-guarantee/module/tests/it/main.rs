//! What the module does on a whole platform.
