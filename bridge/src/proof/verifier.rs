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
    coverage::{Coverage, coverage, not_proven, sample_sentence},
    keyswitch, linear, modswitch,
    plan::{NodePlan, Plan},
    selection::{Rows, Selection, sample_seed},
    session::VerifierSession,
    soundness,
    statement::{PublicData, Statement, StatementError},
    tape::{SEED_CHALLENGES, Tape},
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
    let parameters = ParameterSet::by_name(&statement.parameters).map_err(StatementError::from)?;
    let start = start(statement, public, parameters, proof)?;
    let soundness = soundness::report(statement.level, public.program, &start.plan)?;
    let rows = start.rows.clone();
    verify_plan(public, start)?;
    let mut not_proven = not_proven(public.program, images, &rows);
    if let Selection::Sample(sample) = &statement.selection {
        let (count, total) = sample.size(public.program, images)?;
        not_proven.push(sample_sentence(total, count));
    }
    Ok(Verified {
        coverage: coverage(public.program, images, &rows),
        not_proven,
        soundness,
    })
}

/// A proof up to the choice of operations.
struct Start<'proof> {
    transcript: VerifierTranscript<'proof>,
    argument: argument::Verifier,
    rows: Vec<Rows>,
    plan: Plan,
}

/// BP-1, and for a sample TAPE-1 and TAPE-2.
fn start<'proof>(
    statement: &Statement,
    public: &PublicData<'_>,
    parameters: &'static ParameterSet,
    proof: &'proof [u8],
) -> Result<Start<'proof>, VerifyError> {
    let (program, images) = (public.program, statement.images as usize);
    let config = soundness::config(statement.level)?;
    // BP-1
    let mut transcript = VerifierTranscript::new(PROTOCOL, &statement.to_bytes(), proof);
    let Selection::Sample(sample) = &statement.selection else {
        let rows = statement.selection.resolve(program, images)?;
        let plan = Plan::new(program, parameters, images, &rows, None)?;
        return Ok(Start {
            transcript,
            argument: argument::Verifier::new(&config, plan.log_rows)?,
            rows,
            plan,
        });
    };
    let typical = sample.draw(program, images, &[0; 32])?;
    let tape = Tape::new(program, parameters, images, &typical)?;
    let mut argument = argument::Verifier::new(&config, tape.log_rows)?;
    // TAPE-1
    if let Some(layout) = &tape.layout {
        argument.commit(layout, &mut transcript)?;
    }
    // TAPE-2
    let seed = sample_seed(&transcript.challenges("sample", SEED_CHALLENGES));
    let rows = sample.draw(program, images, &seed)?;
    Ok(Start {
        transcript,
        argument,
        plan: Plan::new(program, parameters, images, &rows, Some(tape))?,
        rows,
    })
}

fn verify_plan(public: &PublicData<'_>, start: Start<'_>) -> Result<(), VerifyError> {
    let Start {
        mut transcript,
        mut argument,
        plan,
        ..
    } = start;
    let plan = &plan;
    // BP-2
    let argument = match &plan.layout {
        None => None,
        Some(layout) => {
            if !plan.complete {
                argument.commit(layout, &mut transcript)?;
            }
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
