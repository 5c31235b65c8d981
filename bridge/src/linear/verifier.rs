//! Verifier of a linear layer.

#![deny(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

use blindproof_fhe::program::LinearMap;
use blindproof_zk::{ensure, field::K, multilinear, sumcheck, term};
use ndarray::Array2;

use super::relation::{DEGREE, fold_bias, fold_outputs, split_inputs};
use crate::{
    kernels,
    proof::{VerifyError, failed},
    rows::RowSet,
    session::VerifierSession,
    wire::{Read, WirePlan},
};

/// Checks `output = map(inputs)` in the given output rows; a wire's words are given when they are public.
pub(crate) fn verify(
    session: &mut VerifierSession,
    map: &LinearMap,
    images: usize,
    inputs: &[(&WirePlan, Option<&Array2<u64>>)],
    (output, output_words, rows): (&WirePlan, Option<&Array2<u64>>, &RowSet),
) -> Result<(), VerifyError> {
    // LIN-1
    let r_y = session.challenges("linear rows", rows.vars());
    let r_c = session.challenges("linear words", output.mask_vars());
    let lambda = session.challenge("linear lambda");
    // LIN-2
    let (y_mask, y_body) =
        output.receive_big(session, output_words, Read::new(rows, &r_y), &r_c)?;
    // LIN-3
    let eq_outputs = rows.weights(&r_y);
    let bias = fold_bias(map, images, &eq_outputs);
    let body: K = term!("LIN body", y_body - bias);
    let claim = y_mask + lambda * body;
    let sums = match inputs {
        [_] => vec![claim],
        _ => session
            .transcript
            .receive_ext("linear parts", inputs.len())?,
    };
    ensure!(
        "LIN-3 parts",
        sums.iter().sum::<K>() == claim,
        failed("linear layer parts")
    );
    let features = inputs.iter().map(|(wire, _)| wire.rows.checked_div(images));
    let features: Vec<usize> = features.map(Option::unwrap_or_default).collect();
    let matrices = split_inputs(fold_outputs(map, images, &eq_outputs), images, &features);
    for ((&(input, words), matrix), sum) in inputs.iter().zip(matrices).zip(sums) {
        // LIN-4
        let (r_x, expected) =
            sumcheck::verify(sum, input.row_vars(), DEGREE, &mut session.transcript)?;
        // LIN-5
        let rows = RowSet::all(input.rows);
        let (x_mask, x_body) = input.receive_big(session, words, Read::new(&rows, &r_x), &r_c)?;
        let matrix = kernels::inner(&matrix, &multilinear::eq_table(&r_x));
        let x_body: K = term!("LIN body", x_body);
        ensure!(
            "LIN-5 matrix product",
            matrix * (x_mask + lambda * x_body) == expected,
            failed("linear layer")
        );
    }
    Ok(())
}
