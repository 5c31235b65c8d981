//! The statement in executable form, and what both sides share.

use crate::field::K;
use crate::transcript::TranscriptError;
use ark_ff::{AdditiveGroup, Field};

/// Why a sumcheck could not be proven or checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SumcheckError {
    /// A table has more than `2^num_vars` entries.
    #[error("table of {len} entries does not fit in {num_vars} variables")]
    TableTooLong {
        /// Entries of the table.
        len: usize,
        /// Variables of the sumcheck.
        num_vars: usize,
    },
    /// The claimed sum is not the sum of the tables.
    #[error("the claimed sum is wrong")]
    WrongClaim,
    /// The degree is zero.
    #[error("the degree of a sumcheck must be at least 1")]
    ZeroDegree,
    /// The proof bytes are malformed.
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
}

/// The sum in question, from its definition.
///
/// `combine` gets one value of each table; tables shorter than `2^num_vars`
/// continue with zeros.
pub fn sum<C: Fn(&[K]) -> K>(tables: &[Vec<K>], num_vars: usize, combine: C) -> K {
    (0..1_usize << num_vars)
        .map(|i| {
            let values: Vec<K> = tables
                .iter()
                .map(|t| t.get(i).copied().unwrap_or(K::ZERO))
                .collect();
            combine(&values)
        })
        .sum()
}

/// The value at `x` of the polynomial of degree `values.len() - 1` with the
/// given values at `0, 1, 2, ..`.
pub(crate) fn interpolate(values: &[K], x: K) -> K {
    // Lagrange basis: prod_{j != i} (x - j) / (i - j).
    let nodes: Vec<K> = (0..values.len() as u64).map(K::from).collect();
    let mut result = K::ZERO;
    for (i, (&value, &node)) in values.iter().zip(&nodes).enumerate() {
        let mut numerator = K::ONE;
        let mut denominator = K::ONE;
        for (j, &other) in nodes.iter().enumerate() {
            if i != j {
                numerator *= x - other;
                denominator *= node - other;
            }
        }
        // Distinct small integers are distinct modulo p.
        let inverse = denominator.inverse().unwrap_or(K::ZERO);
        result += value * numerator * inverse;
    }
    result
}
