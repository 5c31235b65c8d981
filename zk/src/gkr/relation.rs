//! What both sides share.

use crate::field::K;
use crate::field::lanes::{CHUNK, LOG_CHUNK};
use crate::multilinear::eq_table;
use crate::transcript::TranscriptError;
use ark_ff::Field;

/// Fewest variables of a sum of fractions.
pub(crate) const MIN_VARS: usize = LOG_CHUNK + 3;
/// Fractions of layer 1, which are sent.
pub(super) const TOP: usize = 2 * CHUNK;

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

/// The value at `s` of the quadratic with values `q0` and `q1` at 0 and 1 and leading
/// coefficient `q2`.
pub(super) fn quadratic([q0, q1]: [K; 2], q2: K, s: K) -> K {
    q0 + s * (q1 - q0 - q2 + s * q2)
}

/// The value at `s` of the quadratic `q` with value `q0` at 0, leading coefficient `q2`, and
/// `(1 - r) q(0) + r q(1) = claim`; `None` if `r` is zero.
pub(super) fn next_claim(claim: K, r: K, [q0, q2]: [K; 2], s: K) -> Option<K> {
    let q1 = (claim - (K::ONE - r) * q0) * r.inverse()?;
    Some(quadratic([q0, q1], q2, s))
}

/// The sum of layer 1 and the extensions of its two chunks at `z`.
pub(super) fn top(numerators: &[K], denominators: &[K], z: &[K]) -> ((K, K), [K; 4]) {
    let fractions = numerators.iter().copied().zip(denominators.iter().copied());
    let sum = fractions.reduce(add).unwrap_or((K::from(0_u64), K::ONE));
    let weights = eq_table(z);
    let dot = |v: &[K]| v.iter().zip(&weights).map(|(&v, &w)| v * w).sum();
    let (n0, n1) = numerators.split_at(CHUNK);
    let (d0, d1) = denominators.split_at(CHUNK);
    (sum, [dot(n0), dot(n1), dot(d0), dot(d1)])
}

/// The running claims: the values of a layer at two points that differ in the lowest bit
/// of the chunk index.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// The other bits of the chunk index.
    pub(super) chunk_point: Vec<K>,
    pub(super) position_point: Vec<K>,
    /// `n0, n1, d0, d1`.
    pub(super) children: [K; 4],
}

impl State {
    /// Of layer 1.
    pub(super) fn top(position_point: Vec<K>, children: [K; 4]) -> Self {
        Self {
            chunk_point: Vec::new(),
            position_point,
            children,
        }
    }

    /// The two values of the first round's quadratic.
    pub(super) fn ends(&self, lambda: K) -> [K; 2] {
        let [n0, n1, d0, d1] = self.children;
        [n0 + lambda * d0, n1 + lambda * d1]
    }

    /// The coordinates in the order in which a layer's sumcheck binds them after its
    /// first round.
    pub(super) fn binding_order(&self) -> Vec<K> {
        self.chunk_point
            .iter()
            .rev()
            .chain(&self.position_point)
            .copied()
            .collect()
    }

    /// The state of the next layer: `bound` are the sumcheck's challenges in
    /// binding order.
    pub(super) fn descend(bound: &[K], children: [K; 4]) -> Self {
        let (chunk, position) = bound.split_at(bound.len().saturating_sub(LOG_CHUNK));
        Self {
            chunk_point: chunk.iter().rev().copied().collect(),
            position_point: position.to_vec(),
            children,
        }
    }

    /// The two claims merged with the challenge `u`.
    pub(super) fn into_claim(self, u: K, sum: (K, K)) -> LeafClaim {
        let [n0, n1, d0, d1] = self.children;
        LeafClaim {
            sum,
            point: [self.chunk_point, vec![u], self.position_point].concat(),
            numerator: n0 + u * (n1 - n0),
            denominator: d0 + u * (d1 - d0),
        }
    }
}
