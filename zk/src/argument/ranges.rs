//! The lookup argument's public parts, shared by both sides.

use crate::ensure;
use crate::field::{K, f, k};
use crate::gkr::{LeafClaim, MIN_VARS};
use crate::multilinear::{index_eq, num_vars};
use crate::stack::{Layout, LinearClaim, Range, Term};
use ark_ff::{AdditiveGroup, Field};

/// The challenges of ARG-2.
#[derive(Clone, Copy, Debug)]
pub(super) struct Challenges {
    pub(super) x: K,
    pub(super) alpha: K,
}

impl Challenges {
    /// `X_w = x - alpha w`: the pair (table, value) is looked up as one value.
    pub(super) fn shift(&self, range: Range) -> K {
        self.x - self.alpha * k(f(range.id()))
    }
}

/// Variables of the tables' sum of fractions.
pub(super) fn table_vars(layout: &Layout) -> usize {
    num_vars(layout.table_entries()).max(MIN_VARS)
}

/// The shards with elements that are looked up.
pub(super) fn checked_shards(layout: &Layout) -> impl Iterator<Item = usize> {
    (0..layout.shards()).filter(|&shard| layout.lookups(shard) > 0)
}

/// Position, range and multiplicity column of each table.
pub(super) fn tables(layout: &Layout) -> impl Iterator<Item = (usize, Range, usize)> {
    let mut offset = 0;
    layout.widths().iter().enumerate().map(move |(i, &range)| {
        let start = offset;
        offset += 1_usize << range.bits;
        (start, range, layout.multiplicity_column(i))
    })
}

/// Why leaf claims contradict the public closed forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LeafMismatch {
    Numerators,
    Denominators,
}

/// The claim on a shard's stack that its lookups' leaf claim amounts to.
pub(super) fn lookup_claim(
    layout: &Layout,
    shard: usize,
    challenges: &Challenges,
    leaf: &LeafClaim,
) -> Result<LinearClaim, LeafMismatch> {
    let terms = layout.checked_terms(shard, &leaf.point);
    let numerator: K = terms.iter().map(|t| t.coefficient).sum();
    ensure!(
        "ARG-3 lookup numerators",
        numerator == leaf.numerator,
        LeafMismatch::Numerators
    );
    // Denominators: X_w - S[i] in checked cells, 1 elsewhere.
    let ranges = layout.checked_pieces(shard).map(|(_, range)| range);
    let constant: K = terms
        .iter()
        .zip(ranges)
        .map(|(t, range)| t.coefficient * (challenges.shift(range) - K::ONE))
        .sum();
    Ok(LinearClaim {
        shard,
        terms,
        value: K::ONE + constant - leaf.denominator,
    })
}

/// The claim on the multiplicities that the tables' leaf claim amounts to.
pub(super) fn table_claim(
    layout: &Layout,
    challenges: &Challenges,
    leaf: &LeafClaim,
) -> Result<LinearClaim, LeafMismatch> {
    let mut denominator = K::ONE;
    let mut terms = Vec::new();
    for (offset, range, column) in tables(layout) {
        let split = leaf.point.len().saturating_sub(range.bits as usize);
        let (high, low) = leaf.point.split_at(split);
        let coefficient = index_eq(offset >> range.bits, high);
        // The extension of the identity: sum_b 2^b * (bit b).
        let value = low.iter().fold(K::ZERO, |v, &bit| v + v + bit);
        denominator += coefficient * (challenges.shift(range) - value - K::ONE);
        let column = layout.column_terms(column, low).unwrap_or_default();
        terms.extend(column.into_iter().map(|t| Term {
            coefficient: coefficient * t.coefficient,
            ..t
        }));
    }
    ensure!(
        "ARG-4 table denominators",
        denominator == leaf.denominator,
        LeafMismatch::Denominators
    );
    Ok(LinearClaim {
        shard: layout.shards() - 1,
        terms,
        value: leaf.numerator,
    })
}

/// `a + b` as fractions.
pub(super) fn add(a: (K, K), b: (K, K)) -> (K, K) {
    (a.0 * b.1 + b.0 * a.1, a.1 * b.1)
}

/// Whether two fractions are equal. Their denominators are known to be nonzero.
pub(super) fn same(a: (K, K), b: (K, K)) -> bool {
    a.0 * b.1 == b.0 * a.1
}
