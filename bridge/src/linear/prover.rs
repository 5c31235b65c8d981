//! Prover of a linear layer.

use ark_ff::Zero;
use blindproof_fhe::program::LinearMap;
use blindproof_zk::{field::K, multilinear, sumcheck};
use ndarray::Array2;

use super::relation::{DEGREE, fold_outputs};
use crate::{
    kernels,
    proof::ProveError,
    rows::RowSet,
    session::ProverSession,
    wire::{Read, WirePlan},
};

/// Proves `output = map(input)` for `images` images, in the given output rows.
pub(crate) fn prove(
    session: &mut ProverSession,
    map: &LinearMap,
    images: usize,
    (input, input_words): (&WirePlan, &Array2<u64>),
    (output, rows): (&WirePlan, &RowSet),
) -> Result<(), ProveError> {
    // LIN-1
    let r_y = session.challenges("linear rows", rows.vars());
    let r_c = session.challenges("linear words", output.mask_vars());
    let lambda = session.challenge("linear lambda");
    // LIN-2
    output.open_big(session, Read::new(rows, &r_y), &r_c)?;
    // LIN-3
    let matrix = fold_outputs(map, images, &rows.weights(&r_y));
    let mut weights = multilinear::eq_table(&r_c);
    weights.truncate(input.dimension);
    weights.push(lambda);
    let inputs = kernels::fold_words(input_words, &weights);
    let claim: K = matrix
        .iter()
        .zip(&inputs)
        .fold(K::zero(), |sum, (m, x)| sum + *m * x);
    let (r_x, _) = sumcheck::prove(
        vec![matrix, inputs],
        input.row_vars(),
        DEGREE,
        |v| v[0] * v[1],
        claim,
        &mut session.transcript,
    )?;
    // LIN-4
    input.open_big(session, Read::new(&RowSet::all(input.rows), &r_x), &r_c)?;
    Ok(())
}
