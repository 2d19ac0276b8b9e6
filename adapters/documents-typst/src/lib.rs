//! Documents set by typst.
