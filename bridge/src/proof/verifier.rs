//! The verifier of a whole statement.

#![deny(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

use blindproof_fhe::program::{Operation, WireId};
use blindproof_zk::{argument, soundness::SoundnessReport, transcript::VerifierTranscript};
use ndarray::Array2;

use super::{error::VerifyError, setup::Setup};
use crate::{
    PROTOCOL, blindrotation,
    coverage::{Coverage, coverage, not_proven, sample_sentence},
    index::VerifierKeys,
    keyswitch, linear, modswitch,
    plan::{NodePlan, Plan},
    selection::Selection,
    session::VerifierSession,
    soundness,
    statement::{Keys, PublicData, Statement},
    wire::WirePlan,
};

/// What an accepted proof says.
#[derive(Clone, Debug)]
pub struct Verified {
    /// Proven and total operations per kind.
    pub coverage: Vec<Coverage>,
    /// One sentence per node that is not proven.
    pub not_proven: Vec<String>,
    /// For a sampled selection, what it says about the operations that were not drawn.
    pub sample: Option<String>,
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
    let setup = Setup::new(statement, public)?;
    // BP-1
    let mut transcript = VerifierTranscript::new(PROTOCOL, &statement.to_bytes(), proof);
    let mut argument = argument::Verifier::new(&setup.config, setup.log_rows)?;
    // BP-2
    if let Some((columns, index)) = &setup.index {
        argument.commit_known(&columns.layout, &index.root, &mut transcript)?;
    }
    // BP-3
    let tape = setup.tape()?;
    if let Some(layout) = tape.as_ref().and_then(|tape| tape.layout.as_ref()) {
        argument.commit(layout, &mut transcript)?;
    }
    let selected = setup.select(|label, count| transcript.challenges(label, count))?;
    let plan = setup.plan(&selected, tape.as_ref())?;
    // BP-4
    let argument = match &plan.layout {
        None => None,
        Some(layout) => {
            if !plan.complete {
                argument.commit(layout, &mut transcript)?;
            }
            // BP-5
            argument.range_check(&mut transcript)?;
            Some(argument)
        }
    };
    let claims = verify_relations(&setup, public, &plan, transcript, argument)?;
    let images = setup.images();
    let soundness = soundness::report(statement.level, public.program, &plan, &setup, claims)?;
    Ok(Verified {
        coverage: coverage(public.program, images, &selected),
        not_proven: not_proven(public.program, images, &selected),
        sample: sample(&statement.selection, public, images)?,
        soundness,
    })
}

/// What a sample says about the operations that were not drawn.
fn sample(
    selection: &Selection,
    public: &PublicData<'_>,
    images: usize,
) -> Result<Option<String>, VerifyError> {
    match selection {
        Selection::Sample(sample) => {
            let (sampled, total) = sample.size(public.program, images)?;
            Ok(Some(sample_sentence(total, sampled)))
        }
        _ => Ok(None),
    }
}

/// BP-6 to BP-8; returns the number of claims.
fn verify_relations(
    setup: &Setup<'_>,
    public: &PublicData<'_>,
    plan: &Plan,
    transcript: VerifierTranscript<'_>,
    argument: Option<argument::Verifier>,
) -> Result<usize, VerifyError> {
    let keys = match (public.keys, setup.key_columns()) {
        (Keys::Direct(keys), _) => VerifierKeys::Direct(keys),
        (Keys::Indexed(_), Some(columns)) => VerifierKeys::Indexed(columns),
        (Keys::Indexed(_), None) => return Err(VerifyError::UnplacedWire),
    };
    // BP-6
    let mut session = VerifierSession {
        transcript,
        argument,
    };
    for (node, node_plan) in public.program.nodes.iter().zip(&plan.nodes) {
        let input = wire(plan, public, node.input())?;
        let output = wire(plan, public, node.output)?;
        match (node_plan, &node.operation) {
            (NodePlan::Linear(rows), Operation::Linear(map)) => {
                let inputs: Vec<_> = node
                    .inputs
                    .iter()
                    .map(|input| wire(plan, public, *input))
                    .collect::<Result<_, _>>()?;
                let output = (output.0, output.1, rows);
                linear::verify(&mut session, map, plan.images, &inputs, output)
            }
            (NodePlan::KeySwitch(plan), _) => {
                keyswitch::verify(&mut session, plan, keys, input, output)
            }
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
    // BP-7
    let layers: Vec<blindrotation::Claimed<'_>> = public
        .program
        .nodes
        .iter()
        .zip(&plan.nodes)
        .filter_map(|(node, node_plan)| match (node_plan, &node.operation) {
            (NodePlan::BlindRotation(columns), Operation::BlindRotation { luts }) => {
                let wires = wire(plan, public, node.input())
                    .and_then(|input| Ok((input.0, wire(plan, public, node.output)?)));
                Some(wires.map(|(input, output)| blindrotation::Claimed {
                    plan: columns,
                    luts,
                    input,
                    output,
                }))
            }
            _ => None,
        })
        .collect::<Result<_, _>>()?;
    blindrotation::verify(&mut session, keys, &layers)?;
    // BP-8
    let VerifierSession {
        mut transcript,
        argument,
    } = session;
    let claims = argument.as_ref().map_or(0, argument::Verifier::claims);
    if let Some(argument) = argument {
        argument.open(&mut transcript)?;
    }
    transcript.finish()?;
    Ok(claims)
}

/// A wire's place, and its ciphertexts when it is public.
type Wire<'a> = (&'a WirePlan, Option<&'a Array2<u64>>);

fn wire<'a>(
    plan: &'a Plan,
    public: &PublicData<'a>,
    wire: WireId,
) -> Result<Wire<'a>, VerifyError> {
    let place = plan.wires.get(wire.0).ok_or(VerifyError::UnplacedWire)?;
    let words = if wire == public.program.input {
        Some(&public.input.words)
    } else if wire == public.program.output {
        Some(&public.output.words)
    } else {
        None
    };
    Ok((place, words))
}
