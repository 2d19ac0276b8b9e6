//! Cases as a whole: the law of joint handling, officers at work.

mod clocks;
mod fixture;
mod goldens;
