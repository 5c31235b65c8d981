//! The statement about ranges from its definition, and the errors.

use crate::field::{F, to_word};
use crate::gkr::GkrError;
use crate::pcs::PcsError;
use crate::soundness::SoundnessError;
use crate::stack::{ColumnId, Layout};
use crate::sumcheck::SumcheckError;
use crate::transcript::TranscriptError;

/// Why no proof can be made: wrong use, or a false statement.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The number of columns is not the layout's.
    #[error("{actual} columns given, the layout has {expected}")]
    ColumnCount {
        /// Columns of the layout.
        expected: usize,
        /// Columns given.
        actual: usize,
    },
    /// A column's length is not the layout's.
    #[error("column {column} has {actual} elements, the layout says {expected}")]
    ColumnLength {
        /// Index of the column.
        column: usize,
        /// Length in the layout.
        expected: usize,
        /// Length given.
        actual: usize,
    },
    /// An element is out of its range.
    #[error("element {index} of column {column} is {value}, not below 2^{bits}")]
    OutOfRange {
        /// Index of the column.
        column: usize,
        /// Index in the column.
        index: usize,
        /// The element.
        value: u64,
        /// Range width in bits.
        bits: u32,
    },
    /// A claim names no column of this layout, or its point has the wrong size.
    #[error("claim on column {column:?} with a point of {coordinates} coordinates does not fit")]
    BadClaim {
        /// The column.
        column: ColumnId,
        /// Coordinates of the point.
        coordinates: usize,
    },
    /// `range_check` was not called exactly once, before `open`.
    #[error("the range check must be run exactly once before opening")]
    RangeCheck,
    /// The soundness level is not reached for this layout.
    #[error(transparent)]
    Soundness(#[from] SoundnessError),
    /// The commitment scheme failed.
    #[error(transparent)]
    Pcs(#[from] PcsError),
    /// The sum of fractions failed.
    #[error(transparent)]
    Fractions(#[from] GkrError),
    /// A claimed value is wrong.
    #[error(transparent)]
    Sumcheck(#[from] SumcheckError),
}

/// Why a proof is rejected.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The lookups and the tables have different sums.
    #[error("range check: lookups and tables differ")]
    RangeSums,
    /// The leaf numerators are not the public ones.
    #[error("range check: wrong leaf numerators")]
    RangeNumerators,
    /// The denominators of the tables are not the public ones.
    #[error("range check: wrong table denominators")]
    RangeDenominators,
    /// A claim names no column of this layout, or its point has the wrong size.
    #[error("claim on column {column:?} with a point of {coordinates} coordinates does not fit")]
    BadClaim {
        /// The column.
        column: ColumnId,
        /// Coordinates of the point.
        coordinates: usize,
    },
    /// The opened value does not satisfy the batched claims.
    #[error("the claims do not hold for the committed columns")]
    Claims,
    /// `range_check` was not called exactly once, before `open`.
    #[error("the range check must be run exactly once before opening")]
    RangeCheck,
    /// The soundness level is not reached for this layout.
    #[error(transparent)]
    Soundness(#[from] SoundnessError),
    /// The commitment scheme rejects.
    #[error(transparent)]
    Pcs(#[from] PcsError),
    /// The sum of fractions is wrong.
    #[error(transparent)]
    Fractions(#[from] GkrError),
    /// The opening sumcheck is malformed.
    #[error(transparent)]
    Sumcheck(#[from] SumcheckError),
    /// The proof bytes are malformed.
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
}

/// Checks numbers, lengths and ranges of `columns` by looking at every element.
///
/// # Errors
/// The first violation.
pub fn check_ranges(layout: &Layout, columns: &[Vec<F>]) -> Result<(), ProveError> {
    if columns.len() != layout.num_columns() {
        let expected = layout.num_columns();
        return Err(ProveError::ColumnCount {
            expected,
            actual: columns.len(),
        });
    }
    for (column, values) in columns.iter().enumerate() {
        let expected = layout.len_of(column).unwrap_or(0);
        if values.len() != expected {
            return Err(ProveError::ColumnLength {
                column,
                expected,
                actual: values.len(),
            });
        }
        let Some(bits) = layout.range_of(column) else {
            continue;
        };
        if let Some(index) = values.iter().position(|&v| to_word(v) >> bits != 0) {
            let value = to_word(values[index]);
            return Err(ProveError::OutOfRange {
                column,
                index,
                value,
                bits,
            });
        }
    }
    Ok(())
}
