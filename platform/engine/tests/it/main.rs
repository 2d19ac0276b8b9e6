//! The engine as a whole: its simulator, its runtime on stores that fail.

mod seeds;
