//! Cases as a whole: the law of joint handling, officers at work.

mod applicant;
mod clocks;
mod fixture;
mod goldens;
mod house;
mod officer;
