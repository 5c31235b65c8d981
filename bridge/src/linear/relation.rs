//! The layer as a matrix over row indices.

use ark_ff::Zero;
use blindproof_fhe::{modulus, program::LinearMap};
use blindproof_zk::field::{F, K, scale};
use rayon::prelude::*;

/// Degree of the summand.
pub(super) const DEGREE: usize = 2;

/// `M(r_y, x)` for every input row x, given the weight of every output row; length images*in.
pub(super) fn fold_outputs(map: &LinearMap, images: usize, eq_outputs: &[K]) -> Vec<K> {
    let (outputs, inputs) = map.weights.dim();
    let weights: Vec<F> = map
        .weights
        .iter()
        .map(|w| F::from(modulus::from_i64(*w)))
        .collect();
    (0..images)
        .into_par_iter()
        .flat_map_iter(|image| {
            let mut folded = vec![K::zero(); inputs];
            let rows = weights.chunks(inputs).zip(&eq_outputs[image * outputs..]);
            for (row, eq) in rows.filter(|(_, eq)| !eq.is_zero()) {
                for (sum, weight) in folded.iter_mut().zip(row) {
                    *sum += scale(*eq, *weight);
                }
            }
            folded
        })
        .collect()
}

/// `M(r_y, x)` for the rows x of each input wire by itself; `features` of each wire.
pub(super) fn split_inputs(matrix: Vec<K>, images: usize, features: &[usize]) -> Vec<Vec<K>> {
    if features.len() == 1 {
        return vec![matrix];
    }
    let total: usize = features.iter().sum();
    let starts = features.iter().scan(0, |next, width| {
        let start = *next;
        *next += width;
        Some(start)
    });
    starts
        .zip(features)
        .map(|(start, width)| {
            (0..images)
                .flat_map(|image| &matrix[image * total + start..image * total + start + width])
                .copied()
                .collect()
        })
        .collect()
}

/// The bias at r_y: `sum_i eq(r_y,i) b[R_i mod out]`, given the weight of every output row.
pub(super) fn fold_bias(map: &LinearMap, images: usize, eq_outputs: &[K]) -> K {
    let bias = map.bias.iter().cycle().take(images * map.bias.len());
    bias.zip(eq_outputs)
        .map(|(b, eq)| scale(*eq, F::from(*b)))
        .sum()
}
