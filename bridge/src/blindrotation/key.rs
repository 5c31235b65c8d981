//! The bootstrapping key at the challenges.

use ark_ff::Zero;
use blindproof_fhe::keys::BootstrappingKey;
use blindproof_zk::field::K;
use rayon::prelude::*;

use super::challenges::{Univariate, Weights};
use crate::kernels::inner_words;

/// `K_{h,u,c,j,c'}(a)` for all (h, u != 0, c, j, c'), in this order.
pub(super) fn evaluate(key: &BootstrappingKey, point: &Univariate) -> Vec<K> {
    let powers = point.powers();
    key.words()
        .par_chunks(powers.len())
        .map(|polynomial| inner_words(polynomial.iter().copied(), &powers))
        .collect()
}

/// `Kv_{..} = sum_{c'} v_{c'} K_{..,c'}` for each run of k + 1 values.
pub(super) fn combine(values: &[K], weights: &Weights, components: usize) -> Vec<K> {
    let rows = values.chunks(components);
    rows.map(|row| {
        let terms = row.iter().zip(&weights.components);
        terms.fold(K::zero(), |sum, (value, v)| sum + *v * value)
    })
    .collect()
}

/// `sum_h eq(s_h, h) values_h` for values of `steps` steps.
pub(super) fn at_step(values: &[K], eq_steps: &[K], steps: usize) -> Vec<K> {
    let group = values.len() / steps;
    let mut sums = vec![K::zero(); group];
    for (values, eq) in values.chunks(group).zip(eq_steps) {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += *eq * value;
        }
    }
    sums
}
