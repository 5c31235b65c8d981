//! Verifier of a modulus switch layer.

use blindproof_zk::{multilinear, sumcheck};

use super::relation::{DEGREE, ModulusSwitchPlan};
use crate::{
    proof::VerifyError,
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
    if !plan.shared && output.receive_row(session, None, read, q.1)? != opening.top {
        return Err(VerifyError::Relation {
            check: "modulus switch exponents are the output",
        });
    }
    let values = session.receive_columns("modulus switch rows", &plan.row_columns(), q.0)?;
    let (half, parity) = plan.half_and_parity(&values);
    let middle_sum = single(
        session
            .transcript
            .receive_ext("modulus switch middle sum", 1)?,
    );
    if opening.word != plan.word_at(input, q, row, middle_sum, half) {
        return Err(VerifyError::Relation {
            check: "modulus switch chunks recompose the input",
        });
    }
    // MS-3
    let mu = session.challenge("modulus switch mu");
    // MS-4
    let claim = middle_sum + mu * (half + half + parity);
    let (s_i, expected) =
        sumcheck::verify(claim, input.cell_vars(), DEGREE, &mut session.transcript)?;
    // MS-5
    let low = session.receive_columns(
        "modulus switch low",
        plan.low_columns(),
        &[q.0, &s_i].concat(),
    )?;
    if multilinear::prefix_indicator(input.dimension, &s_i) * plan.summand(low, mu) != expected {
        return Err(VerifyError::Relation {
            check: "modulus switch mean correction",
        });
    }
    Ok(())
}
