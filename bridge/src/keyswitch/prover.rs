//! Prover of a key switch layer.

use ark_ff::Zero;
use blindproof_zk::{field::K, multilinear, sumcheck};

use super::relation::{DEGREE, KeySwitchPlan};
use crate::{
    index::ProverKeys,
    proof::ProveError,
    session::ProverSession,
    split,
    wire::{Read, WirePlan},
};

/// Proves that the plan's rows of `output` are the key switch of those of `input` under `key`.
pub(crate) fn prove(
    session: &mut ProverSession,
    plan: &KeySwitchPlan,
    keys: ProverKeys<'_>,
    input: &WirePlan,
    output: &WirePlan,
) -> Result<(), ProveError> {
    // KS-1
    let opening = split::prove(session, &plan.split)?;
    let (q_t, q_i) = opening.point.split_at(plan.rows.vars());
    // KS-2
    input.open_big(session, Read::new(&plan.rows, q_t), q_i)?;
    // KS-3
    let r_c = session.challenges("key switch words", output.cell_vars());
    // KS-4
    output.open_row(session, Read::new(&plan.rows, q_t), &r_c)?;
    // KS-5
    let digits = plan.fold_digits(input, session, &multilinear::eq_table(q_t));
    let folded_key = plan.fold_key(&keys.server.key_switching, input.dimension, &r_c);
    let claim: K = digits
        .iter()
        .zip(&folded_key)
        .fold(K::zero(), |sum, (a, b)| sum + *a * b);
    let (s, _) = sumcheck::prove(
        vec![digits, folded_key.clone()],
        input.mask_vars() + plan.level_vars(),
        DEGREE,
        |v| v[0] * v[1],
        claim,
        &mut session.transcript,
    )?;
    // KS-6
    let point = [q_t, &s[..input.mask_vars()]].concat();
    session.open_columns("key switch digits", plan.digit_columns(), &point)?;
    // KS-7
    if let Some(columns) = keys.columns {
        let (s_i, s_j) = s.split_at(input.mask_vars());
        session.tamper.level_weights(&multilinear::eq_table(s_j));
        let values = plan.key_levels(&folded_key, &multilinear::eq_table(s_i));
        let point = [r_c.as_slice(), s_i].concat();
        session.send_columns("key switch key", &columns.key_switching, &point, &values)?;
    }
    Ok(())
}
