//! The claims about the combination `g`, batched into one linear form.
//!
//! With `x_q` the point of opened position `q`, the weights of the claims are
//! `W[row] = sum_q gamma^q x_q^row + gamma^Q eq(r_row, row)`.

use super::code::Domain;
use crate::field::lanes::{Ext, ext, from_base, from_ext};
use crate::field::{F, K, k, scale};
use crate::multilinear::{eq, eq_table, evaluate_ext};
use ark_ff::Field;
use p3_dft::{Radix2DFTSmallBatch, TwoAdicSubgroupDft};
use p3_field::{PrimeCharacteristicRing, TwoAdicField};
use p3_goldilocks::Goldilocks;
use p3_matrix::dense::RowMajorMatrix;
use rayon::prelude::*;

/// Rows that one task fills.
const TASK: usize = 1 << 12;

/// `1, gamma, .., gamma^(n-1)`.
pub(super) fn powers(gamma: K, n: usize) -> Vec<K> {
    core::iter::successors(Some(K::ONE), |&p| Some(p * gamma))
        .take(n)
        .collect()
}

/// The sum of the claims: of `g` at the opened positions, and of `g~(r_row)`.
pub(super) fn claim(
    column_weights: &[Vec<K>],
    rows: &[Vec<F>],
    r_shard: &[K],
    values: &[K],
    gamma: K,
) -> K {
    let row_values = rows.iter().map(|row| {
        let weighted = column_weights.iter().flatten().zip(row);
        weighted.map(|(&w, &v)| scale(w, v)).sum::<K>()
    });
    let powers = powers(gamma, rows.len() + 1);
    let claims = row_values.chain([evaluate_ext(values, r_shard)]);
    powers.iter().zip(claims).map(|(&p, v)| p * v).sum()
}

/// `W` for the opened `positions`, by one transform of a sparse vector.
pub(super) fn table(log_rows: usize, positions: &[usize], gamma: K, row_point: &[K]) -> Vec<K> {
    let domain = Domain::new(log_rows);
    let powers = powers(gamma, positions.len() + 1);
    // Even and odd exponents have a transform of 2^log_rows each, of three coordinates:
    // x^row = (w^2)^(e row) (w^row if odd).
    let mut sparse = Goldilocks::zero_vec(6 << log_rows);
    for (&p, &power) in positions.iter().zip(&powers) {
        let exponent = domain.exponent(p);
        let start = 6 * (exponent / 2) + 3 * (exponent % 2);
        sparse[start..start + 3].copy_from_slice(&ext(power).0);
    }
    let dft = Radix2DFTSmallBatch::<Goldilocks>::default();
    let transformed = dft.dft_batch(RowMajorMatrix::new(sparse, 6)).values;
    let last = powers[positions.len()];
    let mut weights: Vec<K> = eq_table(row_point);
    let w = Goldilocks::two_adic_generator(log_rows + 1);
    weights
        .par_chunks_mut(TASK)
        .zip(transformed.par_chunks(6 * TASK))
        .enumerate()
        .for_each(|(task, (weights, transformed))| {
            let mut shift = w.exp_u64((task * TASK) as u64);
            let (rows, _) = transformed.as_chunks::<6>();
            for (weight, &[e0, e1, e2, o0, o1, o2]) in weights.iter_mut().zip(rows) {
                let sum = Ext([e0, e1, e2]) + Ext([o0, o1, o2]).scale(shift);
                *weight = *weight * last + from_ext(sum);
                shift *= w;
            }
        });
    weights
}

/// The extension of `W` at `point`.
pub(super) fn evaluate(
    log_rows: usize,
    positions: &[usize],
    gamma: K,
    row_point: &[K],
    point: &[K],
) -> K {
    let domain = Domain::new(log_rows);
    let powers = powers(gamma, positions.len() + 1);
    let mut sum = powers[positions.len()] * eq(row_point, point);
    for (&p, &power) in positions.iter().zip(&powers) {
        // prod_b ((1 - rho_b) + rho_b x^(2^b)), least significant bit first.
        let mut x = from_base(domain.point(p));
        let mut product = power;
        for &rho in point.iter().rev() {
            product *= K::ONE + rho * k(x - F::ONE);
            x.square_in_place();
        }
        sum += product;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::multilinear::tests::elements;

    #[test]
    fn the_table_is_its_definition_and_its_extension_is_evaluated() {
        for log_rows in [0, 1, 4, 13] {
            let all = 2_usize << log_rows;
            let positions: Vec<usize> = (0..all).step_by(all.div_ceil(5)).collect();
            let v = elements(3, 2 * log_rows + 1);
            let (gamma, row_point, point) = (v[0], &v[1..=log_rows], &v[log_rows + 1..]);
            let weights = table(log_rows, &positions, gamma, row_point);
            let domain = Domain::new(log_rows);
            let eq = eq_table(row_point);
            let powers = powers(gamma, positions.len() + 1);
            for row in (0..1_usize << log_rows).step_by((1 << log_rows).min(63)) {
                let direct = positions.iter().zip(&powers).fold(
                    eq[row] * powers[positions.len()],
                    |sum, (&p, &power)| {
                        let x = k(from_base(domain.point(p)));
                        sum + power * x.pow([row as u64])
                    },
                );
                assert_eq!(weights[row], direct);
            }
            let value = evaluate(log_rows, &positions, gamma, row_point, point);
            assert_eq!(evaluate_ext(&weights, point), value);
        }
    }
}
