//! The module for real-estate registration (不动产登记).
