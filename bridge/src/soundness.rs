//! Error terms of a whole proof: the relations' own, and those of the argument below them.
//!
//! Every term is a bound on the probability, over the verifier's challenges, that one step lets a false statement pass.
//! Counts are numerators over |K|; `papers/soundness.md` derives each.

use blindproof_zk::soundness::{Config, Regime, SoundnessError, SoundnessReport, Term, over_field};

use crate::plan::{NodePlan, Plan};
use blindproof_fhe::program::Program;

/// Configuration of the argument for a level in bits.
///
/// # Errors
/// Levels below 100 bits are refused.
pub(crate) fn config(level: u32) -> Result<Config, SoundnessError> {
    Config::new(level)
}

/// All terms of a proof with this plan.
///
/// # Errors
/// [`SoundnessError::NotReached`] when they add up to less than `level`.
pub(crate) fn report(
    level: u32,
    program: &Program,
    plan: &Plan,
) -> Result<SoundnessReport, SoundnessError> {
    let config = config(level)?;
    let mut terms = Vec::new();
    let mut claims = 0;
    for (node, node_plan) in program.nodes.iter().zip(&plan.nodes) {
        let input = &plan.wires[node.input.0];
        let output = &plan.wires[node.output.0];
        // Numerator of the error, claims handed to the opening.
        let (errors, opened) = match node_plan {
            NodePlan::Skipped => continue,
            NodePlan::Linear(rows) => {
                let points = rows.vars() + output.mask_vars() + 1;
                (points + 2 * input.row_vars(), 4)
            }
            NodePlan::KeySwitch(columns) => {
                let recomposition = columns.split.num_vars();
                let product = columns.rows.vars() + output.cell_vars();
                let sumcheck = 2 * (input.mask_vars() + columns.level_vars());
                (
                    columns.split.soundness_errors() + recomposition + product + sumcheck,
                    columns.split.columns.chunks.len() + 1 + columns.levels() + 3,
                )
            }
            NodePlan::BlindRotation(plan) => plan.soundness(output, input),
            NodePlan::ModulusSwitch(columns) => {
                // Once more for the output when it is not the top chunk itself.
                let recomposition = 2 * columns.split.num_vars();
                let sumcheck = 2 * input.cell_vars();
                (
                    columns.split.soundness_errors() + recomposition + 1 + sumcheck,
                    2 * columns.split.columns.chunks.len() + columns.row_columns().len() + 2,
                )
            }
        };
        terms.push(Term {
            name: format!("layer {}: {}", node.layer, node.kind()),
            bits: over_field(errors as f64),
            grinding: 0,
            source: "papers/soundness.md",
        });
        claims += opened;
    }
    match &plan.layout {
        Some(layout) => config.report(layout, plan.log_rows, claims, &terms),
        None => Ok(SoundnessReport {
            terms,
            regime: Regime::default(),
            level,
        }),
    }
}
