//! Data sets, embedded in the binary.
//!
//! `data/digits/README.md` has source, licence, format and split.

mod digits;

pub use digits::{DataError, Digit, Split, digits, parse};
