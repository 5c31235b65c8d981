//! Prover of the canonical split.

use ark_ff::Zero;
use blindproof_zk::{
    field::{F, K, k},
    multilinear, sumcheck,
};
use rayon::prelude::*;

use super::relation::{ALL_ONES, DEGREE, Split, SplitOpening, constraint, halves, scale};
use crate::{proof::ProveError, session::ProverSession};

/// Proves that the columns of `split` hold canonical chunks.
pub(crate) fn prove(
    session: &mut ProverSession,
    split: &Split,
) -> Result<SplitOpening, ProveError> {
    prove_sum(session, split, |_, _| K::zero())
}

/// Like [`prove`], with the value claimed for the sum of SPLIT-3 given by `sum(tables, rho)`; a forger claims the
/// true one.
pub(super) fn prove_sum(
    session: &mut ProverSession,
    split: &Split,
    sum: impl Fn(&[Vec<K>], K) -> K,
) -> Result<SplitOpening, ProveError> {
    // SPLIT-2
    let r = session.challenges("split eq", split.num_vars());
    let rho = session.challenge("split rho");
    // SPLIT-3
    let equality = multilinear::eq_table(&r);
    let gap = half_table(session, split, true)
        .into_par_iter()
        .map(|high| k(ALL_ONES - high));
    let inverse = session
        .column(split.columns.inverse)
        .par_iter()
        .map(|value| k(*value));
    let low = half_table(session, split, false).into_par_iter().map(k);
    let tables = vec![equality, gap.collect(), inverse.collect(), low.collect()];
    let claim = sum(&tables, rho);
    let (point, _) = sumcheck::prove(
        tables,
        split.num_vars(),
        DEGREE,
        |v| constraint(v[0], v[1], v[2], v[3], rho),
        claim,
        &mut session.transcript,
    )?;
    // SPLIT-4
    let mut columns = split.columns.chunks.clone();
    columns.push(split.columns.inverse);
    let mut values = session.open_columns("split chunks", &columns, &point)?;
    values.pop();
    let (high, low) = halves(&split.shape, &values);
    Ok(SplitOpening {
        point,
        word: scale(high, 32) + low,
        top: values.first().copied().unwrap_or_default(),
    })
}

/// One 32-bit half of every cell, from the committed chunks.
fn half_table(session: &ProverSession, split: &Split, high: bool) -> Vec<F> {
    let mut table = vec![F::zero(); split.cells];
    for (index, shift) in split.shape.half(high) {
        let scale = F::from(1u64 << shift);
        let chunks = session.column(split.columns.chunks[index]);
        table
            .par_iter_mut()
            .zip(chunks)
            .for_each(|(sum, chunk)| *sum += scale * chunk);
    }
    table
}

/// The sum of SPLIT-3 over all cells.
#[cfg(test)]
pub(super) fn true_sum(tables: &[Vec<K>], rho: K) -> K {
    let num_vars = multilinear::num_vars(tables[0].len());
    sumcheck::sum(tables, num_vars, |v| {
        constraint(v[0], v[1], v[2], v[3], rho)
    })
}
