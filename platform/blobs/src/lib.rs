//! Files by content hash, sealed personal data.
