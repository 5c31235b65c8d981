//! Prover of a modulus switch layer.

use blindproof_zk::{field::K, multilinear, sumcheck};
use ndarray::Array2;

use super::relation::{DEGREE, ModulusSwitchPlan};
use crate::{session::ProverSession, split, wire::WirePlan};

/// Proves that the output wire (the top chunk of the split) is the modulus switch of `input`.
pub(crate) fn prove(
    session: &mut ProverSession,
    plan: &ModulusSwitchPlan,
    (input, input_words): (&WirePlan, &Array2<u64>),
) {
    // MS-1
    let words = plan.words(input, input_words);
    let opening = split::prove(session, &plan.split, &words);
    let (q_t, q_i) = opening.point.split_at(input.row_vars());
    // MS-2
    input.open_row(session, q_t, q_i);
    let values = session.open_columns("modulus switch rows", &plan.row_columns(), q_t);
    let (half, parity) = plan.half_and_parity(&values);
    let (middle, low) = plan.fold_rows(input, &words, &multilinear::eq_table(q_t));
    let middle_sum: K = middle.iter().sum();
    session.transcript.send_ext("modulus switch middle sum", &[middle_sum]);
    // MS-3
    let mu = session.challenge("modulus switch mu");
    // MS-4
    let table: Vec<K> = middle.iter().zip(&low).map(|(m, l)| *m + mu * l).collect();
    let indicator = vec![K::from(1u64); input.dimension];
    let (s_i, _) = sumcheck::prove(
        vec![indicator, table],
        input.cell_vars(),
        DEGREE,
        |v| v[0] * v[1],
        middle_sum + mu * (half + half + parity),
        &mut session.transcript,
    );
    // MS-5
    session.open_columns("modulus switch low", plan.low_columns(), &[q_t, &s_i].concat());
}
