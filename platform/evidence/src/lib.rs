//! Provable history (存证): a Merkle log over the journal, checkpoints, proofs, time-stamps, packages.
