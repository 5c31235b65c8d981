//! Where the prover finds the committed columns, and finds them again in every pass.

use crate::field::F;
use crate::stack::ColumnId;

/// Why a column could not be read.
pub type SourceError = Box<dyn core::error::Error + Send + Sync>;

/// The columns of one commitment.
pub trait Source: Send + Sync {
    /// Writes the elements of `column` from `start` on into `out`, which does not reach beyond the column's end.
    ///
    /// # Errors
    /// If the column cannot be read.
    fn fill(&self, column: ColumnId, start: usize, out: &mut [F]) -> Result<(), SourceError>;
}

/// All columns of a layout, by [`ColumnId::index`].
impl Source for Vec<Vec<F>> {
    fn fill(&self, column: ColumnId, start: usize, out: &mut [F]) -> Result<(), SourceError> {
        let values = self
            .get(column.index())
            .and_then(|values| values.get(start..start + out.len()));
        out.copy_from_slice(values.ok_or("the column is missing or too short")?);
        Ok(())
    }
}

/// Results of finished parts of a proof, kept so that an interrupted prover can go on.
pub trait Checkpoints {
    /// What was stored under `key`.
    fn load(&self, key: &[u8; 32]) -> Option<Vec<u8>>;
    /// Stores the result of a finished part.
    fn store(&self, key: &[u8; 32], result: &[u8]);
}

/// Keeps nothing.
impl Checkpoints for () {
    fn load(&self, _: &[u8; 32]) -> Option<Vec<u8>> {
        None
    }
    fn store(&self, _: &[u8; 32], _: &[u8]) {}
}
