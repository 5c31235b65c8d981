//! wip
pub mod argument;
pub mod field;
mod gkr;
pub mod multilinear;
pub mod pcs;
pub mod soundness;
pub mod stack;
pub mod sumcheck;
pub mod transcript;
pub use soundness::{Config, SoundnessReport};
