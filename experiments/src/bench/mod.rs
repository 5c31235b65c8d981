//! Measurements of single steps, apart from any experiment.

pub mod pbs;
