//! Data sets: embedded in the binary, and from files.
//!
//! | module | what it is for |
//! |---|---|
//! | `shipped` | data sets that come with the program; the READMEs in `data` have sources, licences, formats and splits |
//! | [`samples`] | labelled samples from files: IDX, NPY, NPZ, CSV |

pub mod samples;
mod shipped;

pub use shipped::{Dataset, Split};
