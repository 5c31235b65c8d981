//! Prover of a modulus switch layer.

use ark_ff::{One, Zero};
use blindproof_zk::{field::K, multilinear, sumcheck};

use super::relation::{DEGREE, ModulusSwitchPlan};
use crate::{
    proof::ProveError,
    session::ProverSession,
    split,
    wire::{Read, WirePlan},
};

/// Proves that the plan's rows of `output` are the modulus switch of those of `input`.
pub(crate) fn prove(
    session: &mut ProverSession,
    plan: &ModulusSwitchPlan,
    input: &WirePlan,
    output: &WirePlan,
) -> Result<(), ProveError> {
    // MS-1
    let opening = split::prove(session, &plan.split)?;
    let (q_t, q_i) = opening.point.split_at(plan.rows.vars());
    // MS-2
    let read = Read::new(&plan.rows, q_t);
    input.open_row(session, read, q_i)?;
    if !plan.shared {
        output.open_row(session, read, q_i)?;
    }
    session.open_columns("modulus switch rows", &plan.row_columns(), q_t)?;
    let chunks = plan.fold_rows(input, session, &multilinear::eq_table(q_t));
    let summands = |mu: K| -> Vec<K> {
        (0..input.row_stride())
            .map(|i| plan.summand(chunks.iter().map(|chunk| chunk[i]), mu))
            .collect()
    };
    let middle_sum = summands(K::zero()).iter().take(input.dimension).sum();
    session.send("modulus switch middle sum", &[middle_sum]);
    // MS-3
    let mu = session.challenge("modulus switch mu");
    // MS-4
    let indicator = vec![K::one(); input.dimension];
    let table = summands(mu);
    let claim = table.iter().take(input.dimension).sum();
    let (s_i, _) = sumcheck::prove(
        vec![indicator, table],
        input.cell_vars(),
        DEGREE,
        |v| v[0] * v[1],
        claim,
        &mut session.transcript,
    )?;
    // MS-5
    session.open_columns(
        "modulus switch low",
        plan.low_columns(),
        &[q_t, &s_i].concat(),
    )?;
    Ok(())
}
