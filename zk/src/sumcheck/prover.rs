//! The prover.

use super::SumcheckError;
use super::relation::interpolate;
use crate::field::K;
use crate::transcript::ProverTranscript;
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;

/// Pairs that one task sums.
const TASK: usize = 1 << 10;

/// Proves that the sum over all `2^num_vars` indices of `combine(values)` is
/// `claim`.
///
/// `tables`: at most `2^num_vars` entries each, continued with zeros. `combine`
/// gets one value of each table, in order, and must be a polynomial of total
/// degree at most `degree`. Returns the point (most significant variable first)
/// and each table's extension there.
///
/// # Errors
/// If a table is too long, the degree is zero, or the claim is wrong.
pub fn prove<C: Fn(&[K]) -> K + Sync>(
    mut tables: Vec<Vec<K>>,
    num_vars: usize,
    degree: usize,
    combine: C,
    claim: K,
    t: &mut ProverTranscript,
) -> Result<(Vec<K>, Vec<K>), SumcheckError> {
    if degree == 0 {
        return Err(SumcheckError::ZeroDegree);
    }
    for table in &tables {
        if crate::multilinear::num_vars(table.len()) > num_vars {
            return Err(SumcheckError::TableTooLong {
                len: table.len(),
                num_vars,
            });
        }
    }
    let mut claim = claim;
    let mut point = Vec::with_capacity(num_vars);
    for round in 0..num_vars {
        let half = 1 << (num_vars - 1 - round);
        let values = round_polynomial(&tables, half, degree, &combine);
        if values[0] + values[1] != claim {
            return Err(SumcheckError::WrongClaim);
        }
        // SC-1
        t.send_ext("sumcheck round", &[&values[..1], &values[2..]].concat());
        // SC-2
        let r = t.challenge("sumcheck");
        claim = interpolate(&values, r);
        point.push(r);
        tables.par_iter_mut().for_each(|table| fold(table, half, r));
    }
    let values: Vec<K> = tables
        .iter()
        .map(|table| table.first().copied().unwrap_or(K::ZERO))
        .collect();
    if combine(&values) != claim {
        return Err(SumcheckError::WrongClaim);
    }
    Ok((point, values))
}

/// The round polynomial's values at `0, 1, .., degree`.
fn round_polynomial<C: Fn(&[K]) -> K + Sync>(
    tables: &[Vec<K>],
    half: usize,
    degree: usize,
    combine: &C,
) -> Vec<K> {
    let used = tables.iter().map(Vec::len).max().unwrap_or(0).min(half);
    let add = |a: Vec<K>, b: Vec<K>| a.iter().zip(b).map(|(&a, b)| a + b).collect();
    let mut sums = (0..used.div_ceil(TASK))
        .into_par_iter()
        .map(|task| {
            let mut sums = vec![K::ZERO; degree + 1];
            let mut values = vec![K::ZERO; tables.len()];
            let mut steps = vec![K::ZERO; tables.len()];
            for i in task * TASK..used.min((task + 1) * TASK) {
                for ((value, step), table) in values.iter_mut().zip(&mut steps).zip(tables) {
                    let at = |i: usize| table.get(i).copied().unwrap_or(K::ZERO);
                    *value = at(i);
                    *step = at(i + half) - *value;
                }
                for sum in &mut sums {
                    *sum += combine(&values);
                    for (value, step) in values.iter_mut().zip(&steps) {
                        *value += step;
                    }
                }
            }
            sums
        })
        .reduce(|| vec![K::ZERO; degree + 1], add);
    // Beyond every table the summand is constant.
    let tail = combine(&vec![K::ZERO; tables.len()]) * K::from((half - used) as u64);
    for sum in &mut sums {
        *sum += tail;
    }
    sums
}

/// Binds the most significant variable of `table` to `r`.
fn fold(table: &mut Vec<K>, half: usize, r: K) {
    let len = table.len();
    let (low, high) = table.split_at_mut(len.min(half));
    let (paired, single) = low.split_at_mut(high.len());
    for (low, &mut high) in paired.iter_mut().zip(high) {
        *low += (high - *low) * r;
    }
    for low in single {
        *low *= K::ONE - r;
    }
    table.truncate(half);
}
