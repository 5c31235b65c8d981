//! The verifier of a whole statement.

use blindproof_fhe::{
    params::ParameterSet,
    program::{Operation, Program},
};
use blindproof_zk::{argument, soundness::SoundnessReport, transcript::VerifierTranscript};
use ndarray::Array2;

use super::error::VerifyError;
use crate::{
    PROTOCOL, blindrotation,
    coverage::{Coverage, coverage, not_proven},
    keyswitch, linear, modswitch,
    plan::{NodePlan, Plan},
    session::VerifierSession,
    soundness,
    statement::{PublicData, Statement, StatementError},
};

/// What an accepted proof says.
#[derive(Clone, Debug)]
pub struct Verified {
    /// Proven and total operations per kind.
    pub coverage: Vec<Coverage>,
    /// One sentence per node that is not proven.
    pub not_proven: Vec<String>,
    /// Soundness error, term by term; no terms when nothing is proven.
    pub soundness: SoundnessReport,
}

/// Checks `proof` against `statement`, and `statement` against the verifier's own `public` data.
///
/// # Errors
/// [`VerifyError`] names the first check that fails. No input makes it panic.
pub fn verify(
    statement: &Statement,
    public: &PublicData<'_>,
    proof: &[u8],
) -> Result<Verified, VerifyError> {
    statement.check_against(public)?;
    let images = statement.images as usize;
    let selected = statement.selection.resolve(public.program, images)?;
    let parameters = ParameterSet::by_name(&statement.parameters).map_err(StatementError::from)?;
    let plan = Plan::new(public.program, parameters, images, &selected)?;
    // BP-1
    let transcript = VerifierTranscript::new(PROTOCOL, &statement.to_bytes(), proof);
    verify_plan(statement, public, &plan, transcript)?;
    let soundness = soundness::report(statement.level, public.program, &plan)?;
    Ok(Verified {
        coverage: coverage(public.program, images, &selected),
        not_proven: not_proven(public.program, images, &selected),
        soundness,
    })
}

fn verify_plan(
    statement: &Statement,
    public: &PublicData<'_>,
    plan: &Plan,
    mut transcript: VerifierTranscript<'_>,
) -> Result<(), VerifyError> {
    let config = soundness::config(statement.level)?;
    // BP-2
    let argument = match &plan.layout {
        None => None,
        Some(layout) => {
            let mut argument = argument::Verifier::commit(layout, &config, &mut transcript)?;
            // BP-3
            argument.range_check(&mut transcript)?;
            Some(argument)
        }
    };
    // BP-4
    let mut session = VerifierSession {
        transcript,
        argument,
    };
    for (node, node_plan) in public.program.nodes.iter().zip(&plan.nodes) {
        let input = (&plan.wires[node.input.0], words(public, node.input.0));
        let output = (&plan.wires[node.output.0], words(public, node.output.0));
        match (node_plan, &node.operation) {
            (NodePlan::Linear(rows), Operation::Linear(map)) => linear::verify(
                &mut session,
                map,
                plan.images,
                input,
                (output.0, output.1, rows),
            ),
            (NodePlan::KeySwitch(plan), _) => keyswitch::verify(
                &mut session,
                plan,
                &public.keys.key_switching,
                input,
                output.0,
            ),
            (NodePlan::ModulusSwitch(plan), _) => {
                modswitch::verify(&mut session, plan, input.0, output.0)
            }
            _ => Ok(()),
        }
        .map_err(|source| VerifyError::Node {
            layer: node.layer,
            kind: node.kind(),
            source: Box::new(source),
        })?;
    }
    // BP-5
    let layers: Vec<blindrotation::Claimed<'_>> = public
        .program
        .nodes
        .iter()
        .zip(&plan.nodes)
        .filter_map(|(node, node_plan)| match (node_plan, &node.operation) {
            (NodePlan::BlindRotation(columns), Operation::BlindRotation { luts }) => {
                Some(blindrotation::Claimed {
                    plan: columns,
                    luts,
                    input: &plan.wires[node.input.0],
                    output: (&plan.wires[node.output.0], words(public, node.output.0)),
                })
            }
            _ => None,
        })
        .collect();
    blindrotation::verify(&mut session, &public.keys.bootstrapping, &layers)?;
    // BP-6
    let VerifierSession {
        mut transcript,
        argument,
    } = session;
    if let Some(argument) = argument {
        argument.open(&mut transcript)?;
    }
    transcript.finish()?;
    Ok(())
}

/// The ciphertexts of a public wire.
fn words<'a>(public: &PublicData<'a>, wire: usize) -> Option<&'a Array2<u64>> {
    let program: &Program = public.program;
    if wire == program.input.0 {
        Some(&public.input.words)
    } else if wire == program.output.0 {
        Some(&public.output.words)
    } else {
        None
    }
}
