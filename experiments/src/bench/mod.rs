//! Measurements of single steps, apart from any experiment.

pub mod noise;
pub mod pbs;
