//! The prover of a whole statement.

use std::{sync::Arc, time::Instant};

use blindproof_fhe::{
    evaluate::Trace,
    params::ParameterSet,
    program::{Operation, OperationKind},
};
use blindproof_zk::{argument, field::F, stack::ColumnId, transcript::ProverTranscript};
use ndarray::Array2;

use super::error::{ProveError, VerifyError};
use crate::{
    PROTOCOL, blindrotation, keyswitch, linear, modswitch,
    plan::{NodePlan, Plan},
    selection::{Selection, sample_seed},
    session::ProverSession,
    soundness,
    statement::{PublicData, Statement},
    tape::{SEED_CHALLENGES, Tape},
    wire::WirePlan,
};

/// A step of the prover, for progress and timing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProveStep {
    /// Blind rotations, evaluated again with all their accumulators.
    Evaluate,
    /// Bit fields, inverses and tape from the trace.
    Witness,
    /// Polynomial commitment.
    Commit,
    /// LogUp-GKR.
    RangeCheck,
    /// The relation of one kind of operation in one layer.
    Relation {
        /// Layer of the node.
        layer: usize,
        /// Kind of operation.
        kind: OperationKind,
    },
    /// All blind rotations: quotient, collapse and sumchecks.
    BlindRotations,
    /// Batching of claims and the opening.
    Open,
}

impl std::fmt::Display for ProveStep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Evaluate => f.write_str("evaluation"),
            Self::BlindRotations => f.write_str("blind rotations"),
            Self::Witness => f.write_str("witness"),
            Self::Commit => f.write_str("commitment"),
            Self::RangeCheck => f.write_str("range check"),
            Self::Relation { layer, kind } => write!(f, "layer {layer} {kind}"),
            Self::Open => f.write_str("opening"),
        }
    }
}

/// Told of every step before it starts and after it ends.
pub trait ProveObserver {
    /// A step starts.
    fn start(&self, step: ProveStep);
    /// A step ended after `seconds` of wall time.
    fn end(&self, step: ProveStep, seconds: f64);
}

impl ProveObserver for () {
    fn start(&self, _: ProveStep) {}
    fn end(&self, _: ProveStep, _: f64) {}
}

/// Proves the selected operations of `statement`, given what the evaluator saw.
///
/// # Errors
/// [`ProveError`] when statement, public data and trace do not belong together. A trace of a wrong evaluation of the
/// right shape is not detected here: it gives a proof that the verifier rejects.
pub fn prove(
    statement: &Statement,
    public: &PublicData<'_>,
    trace: &Trace,
    observer: &dyn ProveObserver,
) -> Result<Vec<u8>, ProveError> {
    statement
        .check_against(public)
        .map_err(|error| ProveError::Statement(Box::new(error)))?;
    let (parameters, images) = run(statement)?;
    check_trace(
        public,
        trace,
        images,
        &WirePlan::all(public.program, parameters, images),
    )?;
    let start = start(statement, public, trace)?;
    let rotations = timed(observer, ProveStep::Evaluate, || {
        rotations(&start.plan, public, trace)
    })?;
    let columns = timed(observer, ProveStep::Witness, || {
        witness(&start.plan, public, trace, &rotations)
    });
    prove_columns(public, start, trace, (columns, rotations), observer)
}

/// A proof up to the choice of operations.
pub(crate) struct Start {
    transcript: ProverTranscript,
    /// Holds the tape of a sampled proof.
    argument: argument::Prover,
    pub plan: Plan,
}

/// BP-1, and for a sample TAPE-1 and TAPE-2.
pub(crate) fn start(
    statement: &Statement,
    public: &PublicData<'_>,
    trace: &Trace,
) -> Result<Start, ProveError> {
    let (parameters, images) = run(statement)?;
    let program = public.program;
    let config = soundness::config(statement.level)?;
    // BP-1
    let mut transcript = ProverTranscript::new(PROTOCOL, &statement.to_bytes());
    let Selection::Sample(sample) = &statement.selection else {
        let rows = statement.selection.resolve(program, images)?;
        let plan = Plan::new(program, parameters, images, &rows, None)?;
        return Ok(Start {
            transcript,
            argument: argument::Prover::new(&config, plan.log_rows)?,
            plan,
        });
    };
    let typical = sample.draw(program, images, &[0; 32])?;
    let tape = Tape::new(program, parameters, images, &typical)?;
    let mut argument = argument::Prover::new(&config, tape.log_rows)?;
    // TAPE-1
    if let Some(layout) = &tape.layout {
        argument.commit(layout, Arc::new(tape.witness(trace)), &mut transcript)?;
    }
    // TAPE-2
    let seed = sample_seed(&transcript.challenges("sample", SEED_CHALLENGES));
    let rows = sample.draw(program, images, &seed)?;
    Ok(Start {
        transcript,
        argument,
        plan: Plan::new(program, parameters, images, &rows, Some(tape))?,
    })
}

/// Parameter set and number of images of a statement.
fn run(statement: &Statement) -> Result<(&'static ParameterSet, usize), ProveError> {
    let parameters = ParameterSet::by_name(&statement.parameters)
        .map_err(|error| ProveError::Statement(Box::new(VerifyError::Statement(error.into()))))?;
    Ok((parameters, statement.images as usize))
}

/// Proves with the given columns; checks nothing that an honest prover would check.
pub(crate) fn prove_columns(
    public: &PublicData<'_>,
    start: Start,
    trace: &Trace,
    (columns, rotations): (Vec<Vec<F>>, Vec<Option<blindrotation::Witness>>),
    observer: &dyn ProveObserver,
) -> Result<Vec<u8>, ProveError> {
    let Start {
        mut transcript,
        mut argument,
        plan,
    } = start;
    let plan = &plan;
    let columns = Arc::new(columns);
    // BP-2
    let argument = match &plan.layout {
        None => None,
        Some(layout) => {
            if !plan.complete {
                timed(observer, ProveStep::Commit, || {
                    argument.commit(layout, columns.clone(), &mut transcript)
                })?;
            }
            // BP-3
            timed(observer, ProveStep::RangeCheck, || {
                argument.range_check(&mut transcript, &())
            })?;
            Some(argument)
        }
    };
    // BP-4
    let mut session = ProverSession {
        transcript,
        argument,
        columns,
    };
    for (node, node_plan) in public.program.nodes.iter().zip(&plan.nodes) {
        let step = ProveStep::Relation {
            layer: node.layer,
            kind: node.kind(),
        };
        let input = wire(plan, trace, node.input.0);
        let output = &plan.wires[node.output.0];
        match (node_plan, &node.operation) {
            (NodePlan::Linear(rows), Operation::Linear(map)) => timed(observer, step, || {
                linear::prove(&mut session, map, plan.images, input, (output, rows))
            })?,
            (NodePlan::KeySwitch(columns), _) => timed(observer, step, || {
                keyswitch::prove(
                    &mut session,
                    columns,
                    &public.keys.key_switching,
                    input.0,
                    output,
                )
            })?,
            (NodePlan::ModulusSwitch(columns), _) => timed(observer, step, || {
                modswitch::prove(&mut session, columns, input.0, output)
            })?,
            _ => {}
        }
    }
    // BP-5
    let layers: Vec<blindrotation::Proven<'_>> = public
        .program
        .nodes
        .iter()
        .zip(&plan.nodes)
        .zip(&rotations)
        .filter_map(
            |((node, node_plan), witness)| match (node_plan, &node.operation, witness) {
                (
                    NodePlan::BlindRotation(columns),
                    Operation::BlindRotation { luts },
                    Some(witness),
                ) => Some(blindrotation::Proven {
                    plan: columns,
                    luts,
                    input: wire(plan, trace, node.input.0),
                    output: wire(plan, trace, node.output.0),
                    witness,
                }),
                _ => None,
            },
        )
        .collect();
    if !layers.is_empty() {
        timed(observer, ProveStep::BlindRotations, || {
            blindrotation::prove(&mut session, &public.keys.bootstrapping, &layers)
        })?;
    }
    // BP-6
    let ProverSession {
        mut transcript,
        argument,
        ..
    } = session;
    if let Some(argument) = argument {
        timed(observer, ProveStep::Open, || argument.open(&mut transcript))?;
    }
    Ok(transcript.finish())
}

/// Runs one step between the observer's two calls.
fn timed<T>(observer: &dyn ProveObserver, step: ProveStep, work: impl FnOnce() -> T) -> T {
    observer.start(step);
    let start = Instant::now();
    let result = work();
    observer.end(step, start.elapsed().as_secs_f64());
    result
}

fn wire<'a>(plan: &'a Plan, trace: &'a Trace, wire: usize) -> (&'a WirePlan, &'a Array2<u64>) {
    (&plan.wires[wire], &trace.wires[wire])
}

/// The accumulators of all proven blind rotations, by node.
pub(crate) fn rotations(
    plan: &Plan,
    public: &PublicData<'_>,
    trace: &Trace,
) -> Result<Vec<Option<blindrotation::Witness>>, ProveError> {
    let nodes = public.program.nodes.iter().zip(&plan.nodes);
    nodes
        .map(|(node, node_plan)| match (node_plan, &node.operation) {
            (NodePlan::BlindRotation(columns), Operation::BlindRotation { luts }) => {
                Ok(Some(blindrotation::Witness::evaluate(
                    columns,
                    &public.keys.bootstrapping,
                    luts,
                    &trace.wires[node.input.0],
                )?))
            }
            _ => Ok(None),
        })
        .collect()
}

/// All columns in the order of the layout.
pub(crate) fn witness(
    plan: &Plan,
    public: &PublicData<'_>,
    trace: &Trace,
    rotations: &[Option<blindrotation::Witness>],
) -> Vec<Vec<F>> {
    let mut columns: Vec<(ColumnId, Vec<F>)> = Vec::new();
    for (wire, words) in plan.wires.iter().zip(&trace.wires) {
        columns.extend(wire.witness(words));
    }
    for ((node, node_plan), rotation) in public.program.nodes.iter().zip(&plan.nodes).zip(rotations)
    {
        let (input, words) = wire(plan, trace, node.input.0);
        match node_plan {
            NodePlan::KeySwitch(plan) => {
                columns.extend(plan.split.witness(&plan.words(input, words)))
            }
            NodePlan::ModulusSwitch(plan) => {
                columns.extend(plan.witness(input, &plan.words(input, words)));
            }
            NodePlan::BlindRotation(plan) => {
                if let Some(rotation) = rotation {
                    columns.extend(plan.witness(input, words, rotation));
                }
            }
            NodePlan::Linear(_) | NodePlan::Skipped => {}
        }
    }
    columns.sort_by_key(|(id, _)| *id);
    columns.into_iter().map(|(_, values)| values).collect()
}

/// Shapes of the trace, canonical words, and equality of its ends with the public ciphertexts.
fn check_trace(
    public: &PublicData<'_>,
    trace: &Trace,
    images: usize,
    wires: &[WirePlan],
) -> Result<(), ProveError> {
    let wrong = |what: String| Err(ProveError::Trace { what });
    if trace.images != images || trace.wires.len() != wires.len() {
        return wrong(format!(
            "{} images and {} wires, expected {} and {}",
            trace.images,
            trace.wires.len(),
            images,
            wires.len()
        ));
    }
    for (index, (words, wire)) in trace.wires.iter().zip(wires).enumerate() {
        let expected = (wire.rows, wire.dimension + 1);
        if words.dim() != expected {
            return wrong(format!(
                "wire {index} has shape {:?}, expected {expected:?}",
                words.dim()
            ));
        }
        if words.iter().any(|word| *word >= blindproof_fhe::modulus::P) {
            return wrong(format!("wire {index} holds a word that is not below p"));
        }
    }
    for (what, wire, matrix) in [
        ("input", public.program.input, public.input),
        ("output", public.program.output, public.output),
    ] {
        if trace.wires[wire.0] != matrix.words {
            return wrong(format!("its {what} differs from the {what} ciphertexts"));
        }
    }
    Ok(())
}
