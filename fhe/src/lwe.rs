//! Rows of LWE ciphertexts as one matrix.

use crate::modulus;
use ndarray::{Array2, ArrayView1, Axis};
use thiserror::Error;

/// A matrix of words is not a matrix of LWE ciphertexts.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LweError {
    /// There is no column for the body.
    #[error("an LWE matrix needs at least one column (the body); it has none")]
    NoBody,
    /// A word is not below `p`.
    #[error("LWE matrix: word {column} of row {row} is not below p; reduce it modulo p")]
    NotCanonical {
        /// Row of the word.
        row: usize,
        /// Column of the word.
        column: usize,
    },
}

/// LWE ciphertexts, one a row: the mask words, then the body. Shape: rows x (dimension + 1).
///
/// The *phase* of a row `(a, b)` under the key `s` is `b - <a, s> mod p`: message plus noise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LweMatrix {
    /// The words, all canonical.
    pub words: Array2<u64>,
}

impl LweMatrix {
    /// Takes words after checking that they are canonical and that there is a body column.
    ///
    /// # Errors
    /// [`LweError`] names the first word that is wrong.
    pub fn new(words: Array2<u64>) -> Result<Self, LweError> {
        let matrix = Self { words };
        matrix.validate()?;
        Ok(matrix)
    }

    /// Encryptions without mask and noise (readable by everyone) of canonical `messages`.
    ///
    /// # Errors
    /// [`LweError::NotCanonical`] when a message is not below `p`.
    pub fn trivial(dimension: usize, messages: &[u64]) -> Result<Self, LweError> {
        let mut words = Array2::zeros((messages.len(), dimension + 1));
        for (row, &message) in messages.iter().enumerate() {
            words[[row, dimension]] = message;
        }
        Self::new(words)
    }

    /// Checks what [`LweMatrix::new`] checks; needed after changing `words` directly.
    ///
    /// # Errors
    /// [`LweError`] names the first word that is wrong.
    pub fn validate(&self) -> Result<(), LweError> {
        if self.words.ncols() == 0 {
            return Err(LweError::NoBody);
        }
        match self
            .words
            .indexed_iter()
            .find(|(_, word)| !modulus::is_canonical(**word))
        {
            Some(((row, column), _)) => Err(LweError::NotCanonical { row, column }),
            None => Ok(()),
        }
    }

    /// Number of mask words of a row.
    pub fn dimension(&self) -> usize {
        self.words.ncols().saturating_sub(1)
    }

    /// Number of ciphertexts.
    pub fn rows(&self) -> usize {
        self.words.nrows()
    }

    /// The mask words of a row.
    ///
    /// # Panics
    /// When `row` is not below [`LweMatrix::rows`].
    pub fn mask(&self, row: usize) -> ArrayView1<'_, u64> {
        self.words.row(row).split_at(Axis(0), self.dimension()).0
    }

    /// The body of a row.
    ///
    /// # Panics
    /// When `row` is not below [`LweMatrix::rows`].
    pub fn body(&self, row: usize) -> u64 {
        self.words[[row, self.dimension()]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modulus::P;
    use ndarray::array;

    #[test]
    fn accepts_canonical_rows() {
        let matrix = LweMatrix::new(array![[1, 2, P - 1], [0, 0, 3]]).unwrap();
        assert_eq!((matrix.rows(), matrix.dimension()), (2, 2));
        assert_eq!((matrix.mask(0).to_vec(), matrix.body(1)), (vec![1, 2], 3));
    }

    #[test]
    fn rejects_words_at_or_above_the_modulus() {
        assert_eq!(
            LweMatrix::new(array![[1, 2], [P, 0]]),
            Err(LweError::NotCanonical { row: 1, column: 0 })
        );
        assert_eq!(
            LweMatrix::trivial(1, &[u64::MAX]),
            Err(LweError::NotCanonical { row: 0, column: 1 })
        );
    }

    #[test]
    fn rejects_a_matrix_without_body() {
        assert_eq!(LweMatrix::new(Array2::zeros((2, 0))), Err(LweError::NoBody));
    }
}
