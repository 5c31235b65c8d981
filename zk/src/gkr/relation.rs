//! What both sides share.

use crate::field::K;
use crate::field::lanes::{CHUNK, LOG_CHUNK};
use crate::multilinear::eq_table;
use crate::transcript::TranscriptError;
use ark_ff::Field;

/// Fewest variables of a sum of fractions.
pub(crate) const MIN_VARS: usize = LOG_CHUNK + 2;
/// Fractions of layer 0.
pub(super) const TOP: usize = CHUNK;

/// Why a sum of fractions could not be proven or checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GkrError {
    /// A denominator of the sum is zero.
    #[error("a denominator is zero")]
    ZeroDenominator,
    /// A coordinate of the point is zero (probability `1/|K|`).
    #[error("a challenge is zero")]
    ZeroChallenge,
    /// The children of layer `layer` do not give the parent's claim.
    #[error("layer {layer} of the fraction tree is inconsistent")]
    Inconsistent {
        /// Which layer, counted from the top.
        layer: usize,
    },
    /// The proof bytes are malformed.
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
}

/// The sum, and what remains to be checked at the leaves.
#[derive(Clone, Debug)]
pub(crate) struct LeafClaim {
    /// The sum is `sum.0 / sum.1`.
    pub(crate) sum: (K, K),
    /// Leaf point, most significant coordinate first.
    pub(crate) point: Vec<K>,
    /// Numerators' extension at the point.
    pub(crate) numerator: K,
    /// Denominators' extension at the point.
    pub(crate) denominator: K,
}

/// `a + b` as fractions.
pub(super) fn add(a: (K, K), b: (K, K)) -> (K, K) {
    (a.0 * b.1 + b.0 * a.1, a.1 * b.1)
}

/// The combined polynomial `h` of one layer.
pub(super) fn combine(lambda: K, [n0, n1, d0, d1]: [K; 4]) -> K {
    n0 * d1 + n1 * d0 + lambda * d0 * d1
}

/// The value at `s` of the quadratic with value `q0` at 0, leading coefficient
/// `q2`, and `(1 - r) q(0) + r q(1) = claim`; `None` if `r` is zero.
pub(super) fn next_claim(claim: K, r: K, [q0, q2]: [K; 2], s: K) -> Option<K> {
    let q1 = (claim - (K::ONE - r) * q0) * r.inverse()?;
    Some(q0 + s * (q1 - q0 - q2 + s * q2))
}

/// The sum of layer 0 and its extensions at `z`.
pub(super) fn top(numerators: &[K], denominators: &[K], z: &[K]) -> ((K, K), K, K) {
    let fractions = numerators.iter().copied().zip(denominators.iter().copied());
    let sum = fractions.reduce(add).unwrap_or((K::from(0_u64), K::ONE));
    let weights = eq_table(z);
    let dot = |v: &[K]| v.iter().zip(&weights).map(|(&v, &w)| v * w).sum();
    (sum, dot(numerators), dot(denominators))
}

/// A layer's running claim.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) chunk_point: Vec<K>,
    pub(super) position_point: Vec<K>,
    pub(super) numerator: K,
    pub(super) denominator: K,
}

impl State {
    /// The coordinates in the order in which a layer's sumcheck binds them.
    pub(super) fn binding_order(&self) -> Vec<K> {
        self.chunk_point
            .iter()
            .rev()
            .chain(&self.position_point)
            .copied()
            .collect()
    }

    /// The state of the next layer: `bound` are the sumcheck's challenges in
    /// binding order, `u` the challenge that merges the children.
    pub(super) fn descend(bound: &[K], u: K, [n0, n1, d0, d1]: [K; 4]) -> Self {
        let (chunk, position) = bound.split_at(bound.len().saturating_sub(LOG_CHUNK));
        Self {
            chunk_point: chunk.iter().rev().copied().chain([u]).collect(),
            position_point: position.to_vec(),
            numerator: n0 + u * (n1 - n0),
            denominator: d0 + u * (d1 - d0),
        }
    }

    pub(super) fn into_claim(self, sum: (K, K)) -> LeafClaim {
        LeafClaim {
            sum,
            point: [self.chunk_point, self.position_point].concat(),
            numerator: self.numerator,
            denominator: self.denominator,
        }
    }
}
