//! Pages of cases: for applicants, for signers, and for the officers who work on them.

pub(crate) mod applicant;
pub(crate) mod board;
pub(crate) mod follow;
pub(crate) mod form;
pub(crate) mod officer;
pub(crate) mod sign;
pub(crate) mod timeline;
pub(crate) mod words;
