//! Exact evaluation of programs on ciphertexts, with every intermediate value kept.
//!
//! All arithmetic is on canonical words modulo `p`; the same inputs give the same words on every machine. The
//! semantics, to the bit:
//!
//! ```text
//! digits           d_j(z) of a word z: crate::params::Gadget
//! key switch       c' = (0, .., 0, b) - sum_i sum_j d_j(a_i) KSK[i][j]
//! modulus switch   s = 64 - log2(2N), h = 2^(s-1)
//!                  mask    y_i = (a_i + h) mod p,  exponent e_i = y_i >> s,  low_i = y_i mod 2^s
//!                  body    y_b = (b + h + n h/2 - floor(sum_i low_i / 2)) mod p,  e_b = y_b >> s
//! blind rotation   acc_0 = X^(-e_b) (0, .., 0, test polynomial)
//!                  acc_{h+1} = acc_h + sum_{u != 0} (X^<u, e_h> - 1) sum_{r,j} d_j(acc_h[r]) K_{h,u}[r][j]
//! extraction       out[r N] = A_r[0], out[r N + j] = -A_r[N-j], body = B[0]
//! ```
//!
//! Rows of a batch are independent; key data is read once for a block of rows.

mod accumulators;
mod blind_rotation;
mod key_switch;
mod lanes;
mod linear;
mod modulus_switch;
mod pointwise;
mod run;
mod vectors;

#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

pub use accumulators::{Accumulators, accumulators};
pub use blind_rotation::blind_rotation;
pub use key_switch::key_switch;
pub use linear::linear;
pub use modulus_switch::modulus_switch;
pub(crate) use run::join;
pub use run::{NodeTiming, Observer, Trace, evaluate};

use crate::lut::LutError;
use crate::lwe::LweError;
use crate::program::ProgramError;
use thiserror::Error;

/// Ciphertexts, keys and program do not fit together.
#[derive(Debug, Error)]
pub enum EvaluateError {
    /// The program is refused.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// The keys belong to another parameter set than the program, or to two different ones.
    #[error("the program needs keys of set `{program}`; the {key} belongs to set `{given}`")]
    Keys {
        /// Set of the program.
        program: &'static str,
        /// Which key.
        key: &'static str,
        /// Set of the key.
        given: &'static str,
    },
    /// The input is not a matrix of ciphertexts.
    #[error("input: {0}")]
    Lwe(#[from] LweError),
    /// A matrix has the wrong number of columns.
    #[error("{what}: rows have {given} words, must have {expected}")]
    Width {
        /// Which matrix.
        what: &'static str,
        /// Columns given.
        given: usize,
        /// Columns needed.
        expected: usize,
    },
    /// The number of rows is not a multiple of the features of an image, or zero.
    #[error("{what}: {rows} rows given, must be a positive multiple of {features}")]
    Rows {
        /// Which matrix.
        what: &'static str,
        /// Rows given.
        rows: usize,
        /// Features of an image.
        features: usize,
    },
    /// An exponent is not below `2N`.
    #[error("blind rotation: exponent {column} of row {row} is not below 2N = {limit}")]
    Exponent {
        /// Row of the exponent.
        row: usize,
        /// Its column.
        column: usize,
        /// `2N`.
        limit: usize,
    },
    /// A linear map is malformed.
    #[error("linear map: field `{field}`: {problem}")]
    LinearMap {
        /// The offending field.
        field: &'static str,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// A table does not fit the polynomial size.
    #[error(transparent)]
    Lut(#[from] LutError),
}

/// Checks that rows have `expected` words.
pub(crate) fn check_width(
    what: &'static str,
    given: usize,
    expected: usize,
) -> Result<(), EvaluateError> {
    if given == expected {
        Ok(())
    } else {
        Err(EvaluateError::Width {
            what,
            given,
            expected,
        })
    }
}

/// Checks that there is a positive multiple of `features` rows.
pub(crate) fn check_rows(
    what: &'static str,
    rows: usize,
    features: usize,
) -> Result<(), EvaluateError> {
    if rows > 0 && features > 0 && rows.is_multiple_of(features) {
        Ok(())
    } else {
        Err(EvaluateError::Rows {
            what,
            rows,
            features,
        })
    }
}

/// Rows that a thread handles at once: at most `most`, and so that all threads get about the same number.
fn block_rows(rows: usize, most: usize) -> usize {
    let threads = rayon::current_num_threads();
    let rounds = rows.div_ceil(threads * most).max(1);
    rows.div_ceil(threads * rounds).max(1)
}

/// The words of a matrix, row after row; copied when they lie otherwise.
pub(crate) fn row_major(words: &ndarray::Array2<u64>) -> std::borrow::Cow<'_, [u64]> {
    match words.as_slice() {
        Some(slice) => slice.into(),
        None => words.iter().copied().collect::<Vec<_>>().into(),
    }
}

/// A matrix from words, row after row.
pub(crate) fn matrix(rows: usize, width: usize, words: Vec<u64>) -> ndarray::Array2<u64> {
    ndarray::Array2::from_shape_vec((rows, width), words)
        .expect("callers allocate rows * width words")
}
