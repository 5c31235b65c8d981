//! Error terms of a whole proof: the relations' own, and those of the argument below them.
//!
//! Every term is a bound on the probability, over the verifier's challenges, that one step lets a false statement pass.
//! Counts are numerators over |K|; `papers/protocol.pdf`, "Soundness", derives each.

use blindproof_zk::soundness::{Config, Regime, SoundnessError, SoundnessReport, Term, over_field};

use crate::{
    plan::{NodePlan, Plan},
    proof::Setup,
};
use blindproof_fhe::program::{Program, WireId};

/// Proof of work before each round of queries, in bits: a sixth of a second at most, for an eighth of the queries.
const GRINDING: u32 = 16;

/// Configuration of the argument for a level in bits.
///
/// # Errors
/// Levels below 100 bits are refused.
pub(crate) fn config(level: u32) -> Result<Config, SoundnessError> {
    Config::new(level)?.with_grinding(GRINDING)
}

/// All terms of a proof with this plan and this number of claims.
///
/// # Errors
/// [`SoundnessError::NotReached`] when they add up to less than `level`.
pub(crate) fn report(
    level: u32,
    program: &Program,
    plan: &Plan,
    setup: &Setup<'_>,
    claims: usize,
) -> Result<SoundnessReport, SoundnessError> {
    let mut terms = Vec::new();
    for (node, node_plan) in program.nodes.iter().zip(&plan.nodes) {
        let input = &plan.wires[node.input().0];
        let output = &plan.wires[node.output.0];
        // Numerator of the error.
        let errors = match node_plan {
            NodePlan::Skipped => continue,
            NodePlan::Linear(rows) => {
                let vars = |input: &WireId| plan.wires[input.0].row_vars();
                let sumchecks = 2 * node.inputs.iter().map(vars).sum::<usize>();
                rows.vars() + output.mask_vars() + 1 + sumchecks
            }
            NodePlan::KeySwitch(columns) => {
                let recomposition = columns.split.num_vars();
                let product = columns.rows.vars() + output.cell_vars();
                let sumcheck = 2 * (input.mask_vars() + columns.level_vars());
                columns.split.soundness_errors() + recomposition + product + sumcheck
            }
            NodePlan::BlindRotation(plan) => plan.soundness_errors(input),
            NodePlan::ModulusSwitch(columns) => {
                // Once more for the output when it is not the top chunk itself.
                let recomposition = 2 * columns.split.num_vars();
                columns.split.soundness_errors() + recomposition + 1 + 2 * input.cell_vars()
            }
        };
        terms.push(Term {
            name: format!("layer {}: {}", node.layer, node.kind()),
            bits: over_field(errors as f64),
            grinding: 0,
            source: "papers/protocol, section 8",
        });
    }
    match &plan.layout {
        Some(layout) => setup.config.report(layout, setup.log_rows, claims, &terms),
        None => Ok(SoundnessReport {
            terms,
            regime: Regime::default(),
            level,
        }),
    }
}
