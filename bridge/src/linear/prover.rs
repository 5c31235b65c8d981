//! Prover of a linear layer.

use ark_ff::Zero;
use blindproof_fhe::program::LinearMap;
use blindproof_zk::{field::K, multilinear, sumcheck};
use ndarray::Array2;

use super::relation::{DEGREE, fold_outputs};
use crate::{kernels, proof::ProveError, session::ProverSession, wire::WirePlan};

/// Proves `output = map(input)` for `images` images.
pub(crate) fn prove(
    session: &mut ProverSession,
    map: &LinearMap,
    images: usize,
    (input, input_words): (&WirePlan, &Array2<u64>),
    output: &WirePlan,
) -> Result<(), ProveError> {
    // LIN-1
    let r_y = session.challenges("linear rows", output.row_vars());
    let r_c = session.challenges("linear words", output.mask_vars());
    let lambda = session.challenge("linear lambda");
    // LIN-2
    output.open_big(session, &r_y, &r_c)?;
    // LIN-3
    let matrix = fold_outputs(map, images, &multilinear::eq_table(&r_y));
    let mut weights = multilinear::eq_table(&r_c);
    weights.truncate(input.dimension);
    weights.push(lambda);
    let rows = kernels::fold_words(input_words, &weights);
    let claim: K = matrix
        .iter()
        .zip(&rows)
        .fold(K::zero(), |sum, (m, x)| sum + *m * x);
    let (r_x, _) = sumcheck::prove(
        vec![matrix, rows],
        input.row_vars(),
        DEGREE,
        |v| v[0] * v[1],
        claim,
        &mut session.transcript,
    )?;
    // LIN-4
    input.open_big(session, &r_x, &r_c)?;
    Ok(())
}
