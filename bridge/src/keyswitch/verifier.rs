//! Verifier of a key switch layer.

#![deny(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

use blindproof_zk::{ensure, multilinear, sumcheck};
use ndarray::Array2;

use super::relation::{DEGREE, KeySwitchPlan};
use crate::{
    index::VerifierKeys,
    kernels,
    proof::{VerifyError, failed},
    session::VerifierSession,
    split,
    wire::{Read, WirePlan},
};

/// Checks that the plan's rows of `output` are the key switch of those of `input` under `key`; the
/// words of a public wire are given.
pub(crate) fn verify(
    session: &mut VerifierSession,
    plan: &KeySwitchPlan,
    keys: VerifierKeys<'_>,
    (input, input_words): (&WirePlan, Option<&Array2<u64>>),
    (output, output_words): (&WirePlan, Option<&Array2<u64>>),
) -> Result<(), VerifyError> {
    // KS-1
    let opening = split::verify(session, &plan.split)?;
    let (q_t, q_i) = opening.point.split_at(plan.rows.vars());
    // KS-2
    let (mask, body) = input.receive_big(session, input_words, Read::new(&plan.rows, q_t), q_i)?;
    ensure!(
        "KS-2 recomposition",
        opening.word == mask + plan.offset_at(input, q_t, q_i),
        failed("key switch digits recompose the input")
    );
    // KS-3
    let r_c = session.challenges("key switch words", output.cell_vars());
    // KS-4
    let result = output.receive_row(session, output_words, Read::new(&plan.rows, q_t), &r_c)?;
    // KS-5
    let claim = multilinear::index_eq(output.dimension, &r_c) * body - result;
    let num_vars = input.mask_vars().saturating_add(plan.level_vars());
    let (s, expected) = sumcheck::verify(claim, num_vars, DEGREE, &mut session.transcript)?;
    let (s_i, s_j) = s.split_at(input.mask_vars());
    // KS-6
    let digits = session.receive_columns(
        "key switch digits",
        plan.digit_columns(),
        &[q_t, s_i].concat(),
    )?;
    let key_at_point = match keys {
        VerifierKeys::Direct(keys) => kernels::inner(
            &plan.fold_key(&keys.key_switching, input.dimension, &r_c),
            &multilinear::eq_table(&s),
        ),
        // KS-7
        VerifierKeys::Indexed(columns) => {
            let point = [r_c.as_slice(), s_i].concat();
            let levels =
                session.receive_columns("key switch key", &columns.key_switching, &point)?;
            kernels::inner(&levels, &multilinear::eq_table(s_j))
        }
    };
    ensure!(
        "KS-6 matrix product",
        plan.digits_at(input, &digits, q_t, s_i, s_j) * key_at_point == expected,
        failed("key switch matrix product")
    );
    Ok(())
}
