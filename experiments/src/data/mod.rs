//! Data sets: embedded in the binary, and from files.
//!
//! | module | what it is for |
//! |---|---|
//! | `digits` | handwritten digits; `data/digits/README.md` has source, licence, format and split |
//! | [`samples`] | labelled samples from files: IDX, NPY, NPZ, CSV |

mod digits;
pub mod samples;

pub use digits::{DataError, Digit, Split, digits, parse};
