//! Digests, signatures and key handles.
