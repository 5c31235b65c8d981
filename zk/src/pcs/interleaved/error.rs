//! Why a step failed.

use crate::pcs::PcsError;
use crate::soundness::SoundnessError;
use crate::sumcheck::SumcheckError;
use crate::transcript::TranscriptError;

/// Why the caller could not hand out a stack.
pub type LoadError = Box<dyn std::error::Error + Send + Sync>;

/// Why committing, opening or checking failed.
#[derive(Debug, thiserror::Error)]
pub enum InterleavedError {
    /// The number of rows is not supported.
    #[error("2^{0} rows; 2^1 to 2^{max} are supported", max = super::MAX_LOG_ROWS)]
    Rows(usize),
    /// A stack has another length than announced.
    #[error("shard {shard} has {actual} elements, {expected} were announced")]
    StackLength {
        /// Number of the shard.
        shard: usize,
        /// Elements announced.
        expected: usize,
        /// Elements loaded.
        actual: usize,
    },
    /// The point has too few coordinates for the rows and the columns of a stack.
    #[error("a point with {actual} coordinates, at least {needed} needed")]
    Point {
        /// Coordinates needed.
        needed: usize,
        /// Coordinates given.
        actual: usize,
    },
    /// Not one value for each shard, or no shard.
    #[error("{values} values for {shards} shards")]
    Values {
        /// Shards of all commitments.
        shards: usize,
        /// Values given.
        values: usize,
    },
    /// The values are not the stacks' at the point.
    #[error("a claimed value is not the committed stack's")]
    WrongValue,
    /// A stack could not be loaded.
    #[error("loading shard {shard}: {source}")]
    Load {
        /// Number of the shard.
        shard: usize,
        /// Why.
        source: LoadError,
    },
    /// The level is out of reach.
    #[error(transparent)]
    Soundness(#[from] SoundnessError),
    /// The proof of work is wrong.
    #[error("the proof of work is wrong")]
    Grinding,
    /// An opening has the wrong number of tree nodes.
    #[error("the tree opening of commitment {0} has the wrong length")]
    Nodes(usize),
    /// The opened rows are not those under a root.
    #[error("the opened rows do not belong to the root of commitment {0}")]
    Rejected(usize),
    /// The combination's claims do not hold.
    #[error("the combination does not agree with the opened rows and values")]
    Combination,
    /// The tier-2 commitment failed.
    #[error(transparent)]
    Pcs(#[from] PcsError),
    /// The proof bytes are malformed.
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
}

impl From<SumcheckError> for InterleavedError {
    fn from(error: SumcheckError) -> Self {
        match error {
            SumcheckError::Transcript(error) => Self::Transcript(error),
            // Tables and degree are ours.
            SumcheckError::WrongClaim
            | SumcheckError::TableTooLong { .. }
            | SumcheckError::ZeroDegree => Self::WrongValue,
        }
    }
}
