//! Verifier of a modulus switch layer.

#![deny(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

use blindproof_zk::{ensure, field::K, multilinear, sumcheck, term};

use super::relation::{DEGREE, ModulusSwitchPlan};
use crate::{
    proof::{VerifyError, failed},
    session::VerifierSession,
    split,
    wire::{Read, WirePlan, single},
};

/// Checks that the plan's rows of `output` are the modulus switch of those of `input`.
pub(crate) fn verify(
    session: &mut VerifierSession,
    plan: &ModulusSwitchPlan,
    input: &WirePlan,
    output: &WirePlan,
) -> Result<(), VerifyError> {
    // MS-1
    let opening = split::verify(session, &plan.split)?;
    let q = opening.point.split_at(plan.rows.vars());
    // MS-2
    let read = Read::new(&plan.rows, q.0);
    let row = input.receive_row(session, None, read, q.1)?;
    if !plan.shared {
        ensure!(
            "MS-2 exponents",
            output.receive_row(session, None, read, q.1)? == opening.top,
            failed("modulus switch exponents are the output")
        );
    }
    let values = session.receive_columns("modulus switch rows", &plan.row_columns(), q.0)?;
    let (half, parity) = plan.half_and_parity(&values);
    let middle_sum = single(
        session
            .transcript
            .receive_ext("modulus switch middle sum", 1)?,
    );
    ensure!(
        "MS-2 recomposition",
        opening.word == plan.word_at(input, q, row, middle_sum, half),
        failed("modulus switch chunks recompose the input")
    );
    // MS-3
    let mu = session.challenge("modulus switch mu");
    // MS-4
    let low_sum: K = term!("MS low sum", half + half + parity);
    let claim = middle_sum + mu * low_sum;
    let (s_i, expected) =
        sumcheck::verify(claim, input.cell_vars(), DEGREE, &mut session.transcript)?;
    // MS-5
    let low = session.receive_columns(
        "modulus switch low",
        plan.low_columns(),
        &[q.0, &s_i].concat(),
    )?;
    ensure!(
        "MS-5 mean correction",
        multilinear::prefix_indicator(input.dimension, &s_i) * plan.summand(low, mu) == expected,
        failed("modulus switch mean correction")
    );
    Ok(())
}
