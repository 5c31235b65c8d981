//! Look-up tables and the test polynomials that a blind rotation turns.

use crate::modulus;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A list of words is not a look-up table.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LutError {
    /// The number of entries is not `2^m`, `m >= 1`.
    #[error("a look-up table needs 2, 4, 8, ... entries (one for every message); it has {entries}")]
    EntryCount {
        /// Entries given.
        entries: usize,
    },
    /// An entry is not below `p`.
    #[error("look-up table: entry {index} is not below p; reduce it modulo p")]
    NotCanonical {
        /// Position of the entry.
        index: usize,
    },
    /// The polynomial has fewer than two coefficients an entry.
    #[error(
        "a look-up table of {entries} entries needs a polynomial of at least {needed} coefficients \
         (a power of two); this one has {size}"
    )]
    PolynomialSize {
        /// Entries of the table.
        entries: usize,
        /// Coefficients of the polynomial.
        size: usize,
        /// Smallest number of coefficients.
        needed: usize,
    },
}

/// A look-up table: one canonical output word for each of the `2^m` messages.
///
/// An input that encodes `v` in `0..2^m` gives `entry[v]`; `v + 2^m` (padding bit set) gives `-entry[v]`,
/// because `X^N = -1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<u64>", into = "Vec<u64>")]
pub struct Lut {
    entries: Vec<u64>,
}

impl Lut {
    /// A table with these output words.
    ///
    /// # Errors
    /// [`LutError`] when the number of entries is not a power of two (at least 2) or an entry is not
    /// canonical.
    pub fn new(entries: Vec<u64>) -> Result<Self, LutError> {
        if entries.len() < 2 || !entries.len().is_power_of_two() {
            return Err(LutError::EntryCount {
                entries: entries.len(),
            });
        }
        match modulus::first_non_canonical(&entries) {
            Some(index) => Err(LutError::NotCanonical { index }),
            None => Ok(Self { entries }),
        }
    }

    /// The output words, by message.
    pub fn entries(&self) -> &[u64] {
        &self.entries
    }

    /// `m`, where the table has `2^m` entries.
    pub fn message_bits(&self) -> u32 {
        self.entries.len().trailing_zeros()
    }

    /// The test polynomial of `size` coefficients: each entry fills a box of `size / 2^m` coefficients, and
    /// all is turned by half a box so that each message sits in the middle of its box.
    ///
    /// ```text
    /// q_j = entry[floor(j / box)],   polynomial_j = q_{j + box/2}      for j <  N - box/2
    ///                                             = -q_{j + box/2 - N} for j >= N - box/2
    /// ```
    ///
    /// # Errors
    /// [`LutError::PolynomialSize`] when `size` is not a power of two with at least two coefficients an entry.
    pub fn polynomial(&self, size: usize) -> Result<Vec<u64>, LutError> {
        let needed = 2 * self.entries.len();
        if size < needed || !size.is_power_of_two() {
            return Err(LutError::PolynomialSize {
                entries: self.entries.len(),
                size,
                needed,
            });
        }
        let width = size / self.entries.len();
        Ok((width / 2..size + width / 2)
            .map(|j| {
                if j < size {
                    self.entries[j / width]
                } else {
                    modulus::neg(self.entries[(j - size) / width])
                }
            })
            .collect())
    }
}

impl TryFrom<Vec<u64>> for Lut {
    type Error = LutError;

    fn try_from(entries: Vec<u64>) -> Result<Self, LutError> {
        Self::new(entries)
    }
}

impl From<Lut> for Vec<u64> {
    fn from(lut: Lut) -> Self {
        lut.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modulus::P;

    #[test]
    fn polynomial_centres_every_message() {
        let polynomial = Lut::new(vec![5, 7]).unwrap().polynomial(8).unwrap();
        assert_eq!(polynomial, vec![5, 5, 7, 7, 7, 7, P - 5, P - 5]);
    }

    #[test]
    fn rejects_bad_tables() {
        assert_eq!(
            Lut::new(vec![1, 2, 3]),
            Err(LutError::EntryCount { entries: 3 })
        );
        assert_eq!(Lut::new(vec![1]), Err(LutError::EntryCount { entries: 1 }));
        assert_eq!(
            Lut::new(vec![1, P]),
            Err(LutError::NotCanonical { index: 1 })
        );
        assert!(matches!(
            Lut::new(vec![1, 2, 3, 4]).unwrap().polynomial(4),
            Err(LutError::PolynomialSize { needed: 8, .. })
        ));
    }
}
