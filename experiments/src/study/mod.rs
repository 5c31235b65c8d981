//! Models before they are run: what they cost, how accurate they are, and how that trades against bits.
//!
//! | module | what it is for |
//! |---|---|
//! | [`import`] | ONNX and samples to a model file |
//! | [`normalise`] | raw values and those that a network takes |
//! | [`task`] | what the outputs of a network mean |
//! | [`cost`] | predicted cost of evaluation and proof, from measured bootstraps |
//! | [`accuracy`] | accuracy of the float, the quantised and the noisy model, with confidence |
//! | [`tradeoffs`] | sweeps of parameter sets and bits |

pub mod accuracy;
pub mod cost;
mod error;
pub mod import;
pub mod normalise;
pub mod task;
pub mod tradeoffs;

pub use error::StudyError;
