//! The bootstrapping key at the challenges.

use ark_ff::Zero;
use blindproof_fhe::keys::BootstrappingKey;
use blindproof_zk::field::K;
use rayon::prelude::*;

use super::challenges::{Univariate, Weights};
use crate::kernels::inner_words;

/// `Kv_{h,u,c,j} = sum_{c'} v_{c'} K_{h,u,c,j,c'}(a)` for all (h, u != 0, c, j), in this order.
pub(super) fn collapse(key: &BootstrappingKey, weights: &Weights, point: &Univariate) -> Vec<K> {
    let powers = point.powers();
    let row = key.parameters().glwe_words();
    let rows = key.words().par_chunks(row);
    rows.map(|row| {
        let polynomials = row.chunks(powers.len()).zip(&weights.components);
        polynomials.fold(K::zero(), |sum, (polynomial, v)| {
            sum + *v * inner_words(polynomial.iter().copied(), &powers)
        })
    })
    .collect()
}

/// `Kv_{u,c,j}(s_h)` for all (u, c, j).
pub(super) fn at_step(collapsed: &[K], eq_steps: &[K], steps: usize) -> Vec<K> {
    let group = collapsed.len() / steps;
    let mut sums = vec![K::zero(); group];
    for (values, eq) in collapsed.chunks(group).zip(eq_steps) {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += *eq * value;
        }
    }
    sums
}
