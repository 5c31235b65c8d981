//! All claims on all stacks become one value of every stack at one common point (ARG-7).
//!
//! A stack index is split in `hi | lo`. A term on a block of at least `2^lo` elements is a product
//! `alpha(hi) beta(lo)`; a smaller one lies in one row `hi`. With `T(lo) = sum_hi alpha(hi) S(hi, lo)` the first `lo` rounds
//! run on pairs (beta, T) and the others on (alpha-sums, `S(., r_lo)`), so that the stacks are read twice and no
//! table of their size is ever written.

use super::relation::ProveError;
use super::stacks::Stacks;
use crate::field::lanes::Table;
use crate::field::mac::{self, add_combination};
use crate::field::{F, K};
use crate::multilinear::{eq_table, evaluate_ext};
use crate::stack::{LinearClaim, Term};
use crate::sumcheck;
use crate::transcript::ProverTranscript;
use ark_ff::AdditiveGroup;
use rayon::prelude::*;
use std::collections::HashMap;

/// Most variables of `lo`.
const MOST_LOW: usize = 13;

/// Degree of the summand `W S`.
pub(super) const DEGREE: usize = 2;

/// Variables of `lo` for points of `vars` coordinates.
pub(super) fn low_vars(vars: usize) -> usize {
    vars.div_ceil(2).min(MOST_LOW)
}

/// One rank-one part of a shard's weights: `alpha(hi) beta(lo)`.
struct Part {
    /// Nonzero entries.
    alpha: Vec<(usize, K)>,
    beta: Vec<K>,
    /// For a term with a point in `lo`: that point.
    point: Option<Vec<K>>,
}

/// A point in `lo` and the nonzero entries of `alpha`.
type LargePart = (Vec<K>, HashMap<usize, K>);

/// The parts of the batched weights of one shard.
fn parts(claims: &[(&LinearClaim, K)], low: usize) -> Vec<Part> {
    let mut large: HashMap<Vec<u8>, LargePart> = HashMap::new();
    let mut order = Vec::new();
    let mut small: std::collections::BTreeMap<usize, Vec<K>> = std::collections::BTreeMap::new();
    for (claim, power) in claims {
        for Term {
            offset,
            coefficient,
            point,
        } in &claim.terms
        {
            let weight = *power * coefficient;
            if let Some(split) = point.len().checked_sub(low) {
                let (high_point, low_point) = point.split_at(split);
                let key = crate::transcript::ext_bytes(low_point);
                let entry = large.entry(key.clone()).or_insert_with(|| {
                    order.push(key);
                    (low_point.to_vec(), HashMap::new())
                });
                for (i, eq) in eq_table(high_point).into_iter().enumerate() {
                    *entry.1.entry((offset >> low) + i).or_insert(K::ZERO) += weight * eq;
                }
            } else {
                let beta = small
                    .entry(offset >> low)
                    .or_insert_with(|| vec![K::ZERO; 1 << low]);
                let first = offset & ((1 << low) - 1);
                for (cell, eq) in beta[first..].iter_mut().zip(eq_table(point)) {
                    *cell += weight * eq;
                }
            }
        }
    }
    let large = order.into_iter().filter_map(|key| large.remove(&key));
    let large = large.map(|(point, alpha)| {
        let mut alpha: Vec<(usize, K)> = alpha.into_iter().collect();
        alpha.sort_unstable_by_key(|(hi, _)| *hi);
        Part {
            alpha,
            beta: eq_table(&point),
            point: Some(point),
        }
    });
    let small = small.into_iter().map(|(hi, beta)| Part {
        alpha: vec![(hi, K::from(1_u64))],
        beta,
        point: None,
    });
    large.chain(small).collect()
}

impl Part {
    /// `T(lo) = sum_hi alpha(hi) S(hi, lo)`.
    fn fold(&self, stack: &[F], low: usize) -> Table {
        let mut sums = Table::filled(K::ZERO, 1 << low);
        let rows: Vec<(&[F], K)> = self
            .alpha
            .iter()
            .map(|&(hi, weight)| {
                let row = stack.get(hi << low..).unwrap_or(&[]);
                (&row[..row.len().min(1 << low)], weight)
            })
            .collect();
        add_combination(&mut sums, &rows);
        sums
    }

    /// `beta~(r_lo)`.
    fn beta_at(&self, r_low: &[K]) -> K {
        match &self.point {
            Some(point) => crate::multilinear::eq(point, r_low),
            None => evaluate_ext(&self.beta, r_low),
        }
    }
}

/// Proves `sum over claims of gamma^k (claim k) = value`; returns the common point of `vars` coordinates and every
/// stack's value there.
pub(super) fn prove(
    stacks: &Stacks,
    claims: &[LinearClaim],
    gamma: K,
    value: K,
    vars: usize,
    t: &mut ProverTranscript,
) -> Result<(Vec<K>, Vec<K>), ProveError> {
    let low = low_vars(vars);
    let shards = stacks.layout.shards();
    let powers: Vec<K> = core::iter::successors(Some(K::from(1_u64)), |p| Some(*p * gamma))
        .take(claims.len())
        .collect();
    let parts: Vec<Vec<Part>> = (0..shards)
        .map(|shard| {
            let own = claims.iter().zip(powers.iter().copied());
            let own: Vec<_> = own.filter(|(claim, _)| claim.shard == shard).collect();
            parts(&own, low)
        })
        .collect();
    let mut tables = Vec::new();
    for (shard, parts) in parts.iter().enumerate() {
        let stack = stacks.load(shard).map_err(ProveError::Source)?;
        for part in parts {
            tables.push([sumcheck::table(&part.beta), part.fold(&stack, low)]);
        }
    }
    let (r_low, ends) = sumcheck::prove_products(tables, low, value, t)?;
    let value = ends.iter().map(|[w, s]| *w * s).sum();
    let weights = mac::Weights::new(&eq_table(&r_low));
    let mut tables = Vec::new();
    for (shard, parts) in parts.iter().enumerate() {
        let stack = stacks.load(shard).map_err(ProveError::Source)?;
        let rows: Vec<K> = stack
            .par_chunks(1 << low)
            .map(|row| weights.inner(row))
            .collect();
        let mut alphas = vec![K::ZERO; rows.len()];
        for part in parts {
            let beta = part.beta_at(&r_low);
            for &(hi, alpha) in &part.alpha {
                alphas[hi] += alpha * beta;
            }
        }
        tables.push([sumcheck::table(&alphas), sumcheck::table(&rows)]);
    }
    let (r_high, ends) = sumcheck::prove_products(tables, vars - low, value, t)?;
    let values = ends.into_iter().map(|[_, s]| s).collect();
    Ok(([r_high, r_low].concat(), values))
}
