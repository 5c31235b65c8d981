//! Models before they are run: what they cost, how accurate they are, and how that trades against bits.
//!
//! | module | what it is for |
//! |---|---|
//! | [`cost`] | predicted cost of evaluation and proof, from measured bootstraps |
//! | [`accuracy`] | accuracy of the float, the quantised and the noisy model, with confidence |

pub mod accuracy;
pub mod cost;
mod error;
pub mod normalise;

pub use error::StudyError;
