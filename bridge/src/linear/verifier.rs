//! Verifier of a linear layer.

use blindproof_fhe::program::LinearMap;
use blindproof_zk::{multilinear, sumcheck};
use ndarray::Array2;

use super::relation::{DEGREE, fold_bias, fold_outputs};
use crate::{
    kernels,
    proof::VerifyError,
    rows::RowSet,
    session::VerifierSession,
    wire::{Read, WirePlan},
};

/// Checks `output = map(input)` in the given output rows; a wire's words are given when they are public.
pub(crate) fn verify(
    session: &mut VerifierSession,
    map: &LinearMap,
    images: usize,
    (input, input_words): (&WirePlan, Option<&Array2<u64>>),
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
    let claim = y_mask + lambda * (y_body - fold_bias(map, images, &eq_outputs));
    let (r_x, expected) =
        sumcheck::verify(claim, input.row_vars(), DEGREE, &mut session.transcript)?;
    // LIN-4
    let (x_mask, x_body) = input.receive_big(
        session,
        input_words,
        Read::new(&RowSet::all(input.rows), &r_x),
        &r_c,
    )?;
    let matrix = kernels::inner(
        &fold_outputs(map, images, &eq_outputs),
        &multilinear::eq_table(&r_x),
    );
    if matrix * (x_mask + lambda * x_body) != expected {
        return Err(VerifyError::Relation {
            check: "linear layer",
        });
    }
    Ok(())
}
