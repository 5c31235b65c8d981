//! Prover of the canonical split.

use blindproof_zk::{field::K, multilinear, sumcheck};
use rayon::prelude::*;

use super::relation::{DEGREE, Split, SplitOpening, constraint, gap, halves, scale};
use crate::session::ProverSession;

/// Proves that the columns of `split` hold the canonical chunks of `words` (row-major cells).
pub(crate) fn prove(session: &mut ProverSession, split: &Split, words: &[u64]) -> SplitOpening {
    // SPLIT-2
    let r = session.challenges("split eq", split.num_vars());
    let rho = session.challenge("split rho");
    // SPLIT-3
    let mut equality = multilinear::eq_table(&r);
    equality.truncate(words.len());
    let tables = vec![
        equality,
        words.par_iter().map(|w| K::from(gap(*w))).collect(),
        session.column(split.columns.inverse).par_iter().map(|v| K::from(*v)).collect(),
        words.par_iter().map(|w| K::from(w & u64::from(u32::MAX))).collect(),
    ];
    let (point, _) = sumcheck::prove(
        tables,
        split.num_vars(),
        DEGREE,
        |v| constraint(v[0], v[1], v[2], v[3], rho),
        K::from(0u64),
        &mut session.transcript,
    );
    // SPLIT-4
    let mut columns = split.columns.chunks.clone();
    columns.push(split.columns.inverse);
    let mut values = session.open_columns("split chunks", &columns, &point);
    values.pop();
    let (high, low) = halves(&split.shape, &values);
    SplitOpening {
        point,
        word: scale(high, 32) + low,
        chunks: values,
    }
}
