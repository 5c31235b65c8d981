//! Why no proof can be made, and why a proof is rejected.

use super::source::SourceError;
use crate::gkr::GkrError;
use crate::pcs::interleaved::InterleavedError;
use crate::soundness::SoundnessError;
use crate::stack::ColumnId;
use crate::sumcheck::SumcheckError;
use crate::transcript::TranscriptError;

/// Why no proof can be made: wrong use, or a false statement.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
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
    /// A layout does not extend the one before, or nothing was committed.
    #[error("the layout does not extend the committed one")]
    Layout,
    /// A column could not be read.
    #[error("column data: {0}")]
    Source(#[source] SourceError),
    /// There is no such range table or entry.
    #[error("no range table has this entry")]
    BadMultiplicity,
    /// A claim names no column of this layout, or its point has the wrong size.
    #[error("claim on column {column:?} with a point of {coordinates} coordinates does not fit")]
    BadClaim {
        /// The column.
        column: ColumnId,
        /// Coordinates of the point.
        coordinates: usize,
    },
    /// `range_check` was not called exactly once, after the last commitment and before `open`.
    #[error(
        "the range check must be run exactly once, after the last commitment and before opening"
    )]
    RangeCheck,
    /// The soundness level is not reached for this layout.
    #[error(transparent)]
    Soundness(#[from] SoundnessError),
    /// The commitment scheme failed.
    #[error(transparent)]
    Pcs(#[from] InterleavedError),
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
    /// A layout does not extend the one before, or nothing was committed.
    #[error("the layout does not extend the committed one")]
    Layout,
    /// There is no such range table or entry.
    #[error("no range table has this entry")]
    BadMultiplicity,
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
    /// `range_check` was not called exactly once, after the last commitment and before `open`.
    #[error(
        "the range check must be run exactly once, after the last commitment and before opening"
    )]
    RangeCheck,
    /// The soundness level is not reached for this layout.
    #[error(transparent)]
    Soundness(#[from] SoundnessError),
    /// The commitment scheme rejects.
    #[error(transparent)]
    Pcs(#[from] InterleavedError),
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
