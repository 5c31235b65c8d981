//! The prover of a whole statement.

use std::{cell::Cell, sync::Arc, time::Instant};

use blindproof_fhe::{
    evaluate::Trace,
    keys::ServerKey,
    program::{Operation, OperationKind},
};
use blindproof_zk::{
    argument::{self, Checkpoints},
    field::{F, K},
    stack::ColumnId,
    transcript::ProverTranscript,
};
use ndarray::Array2;

use super::{error::ProveError, setup::Setup};
use crate::{
    PROTOCOL,
    blindrotation::{self, Store},
    columns::{Columns, Witnesses},
    index::{KeySource, ProverKeys},
    keyswitch, linear, modswitch,
    plan::{NodePlan, Plan},
    selection::Rows,
    session::ProverSession,
    statement::{Digest, PublicData, Statement},
    wire::WirePlan,
    work::WorkFolder,
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
    /// The quotient polynomial of all blind rotations.
    Quotient,
    /// Accumulators and keys at the univariate point.
    Collapse,
    /// The sumchecks of all blind rotations.
    BlindRotations,
    /// Batching of claims and the opening.
    Open,
}

impl std::fmt::Display for ProveStep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Evaluate => f.write_str("evaluation"),
            Self::Quotient => f.write_str("quotient"),
            Self::Collapse => f.write_str("collapse"),
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
    /// So many bootstraps will be proven. Told once, before [`ProveStep::Evaluate`].
    fn bootstraps(&self, _count: usize) {}
    /// A step starts.
    fn start(&self, step: ProveStep);
    /// `done` of `total` parts of the running step are finished, parts of about the same size. Not all steps tell.
    fn progress(&self, _step: ProveStep, _done: usize, _total: usize) {}
    /// A step ended after `seconds` of wall time.
    fn end(&self, step: ProveStep, seconds: f64);
}

impl ProveObserver for () {
    fn start(&self, _: ProveStep) {}
    fn end(&self, _: ProveStep, _: f64) {}
}

/// What the prover holds beside the public data.
#[derive(Clone)]
pub struct ProverData<'a> {
    /// The evaluation keys.
    pub keys: Arc<ServerKey>,
    /// What the evaluator saw.
    pub trace: &'a Trace,
    /// Bytes of committed columns that may stay in memory instead of being made again in every pass.
    pub keep: usize,
    /// Where finished parts are kept, so that a killed prover can go on.
    pub work: Option<&'a WorkFolder>,
}

impl<'a> ProverData<'a> {
    /// Keeps everything in memory and nothing for later.
    pub fn new(keys: &Arc<ServerKey>, trace: &'a Trace) -> Self {
        Self {
            keys: keys.clone(),
            trace,
            keep: usize::MAX,
            work: None,
        }
    }
}

/// A way to change what is proven, between honest computation and proof: nothing for `()`, attacks in tests.
pub(crate) trait Tamper {
    /// After a sample was drawn.
    fn selected(&mut self, _: &mut Vec<Rows>) {}
    /// After blind rotations were evaluated again.
    fn witnesses(&mut self, _: &Plan, _: &mut Witnesses) {}
    /// Before columns are committed.
    fn columns(&mut self, _: &Plan, _: &mut Columns) {}
    /// Before the columns of clear inference are committed.
    fn committed(&mut self, _: &mut Vec<(ColumnId, Vec<F>)>) {}
    /// Before field elements of a relation are sent.
    fn message(&mut self, _: &'static str, _: &mut Vec<K>) {}
    /// What a forger knows before it sends the levels of an indexed key: their weights.
    fn level_weights(&mut self, _: &[K]) {}
    /// Whether the prover of a table goes on from the sum of its own values when that is not the claim.
    fn ignores_claims(&self) -> bool {
        false
    }
    /// Whether the changed values are also claimed for the opening, or the true ones.
    fn claims_follow(&self) -> bool {
        false
    }
    /// Before the all-ones cells of one column are listed and claimed.
    fn cells(&mut self, _: &mut Vec<(usize, u64)>) {}
    /// Before the all-ones cells of blind rotations are sent.
    fn shown(&mut self, _: &mut Vec<u64>) {}
}

impl Tamper for () {}

/// Proves the selected operations of `statement`, given what the evaluator saw.
///
/// # Errors
/// [`ProveError`] when statement, public data and trace do not belong together. A trace of a wrong evaluation of the
/// right shape is not detected here: it gives a proof that the verifier rejects.
pub fn prove(
    statement: &Statement,
    public: &PublicData<'_>,
    data: &ProverData<'_>,
    observer: &dyn ProveObserver,
) -> Result<Vec<u8>, ProveError> {
    statement
        .check_against(public)
        .map_err(|error| ProveError::Statement(Box::new(error)))?;
    check_trace(statement, public, data.trace)?;
    prove_with(statement, public, data, observer, &mut ())
}

/// Proves without the checks that an honest prover makes first.
pub(crate) fn prove_with(
    statement: &Statement,
    public: &PublicData<'_>,
    data: &ProverData<'_>,
    observer: &dyn ProveObserver,
    tamper: &mut dyn Tamper,
) -> Result<Vec<u8>, ProveError> {
    let trace = data.trace;
    let setup =
        Setup::new(statement, public).map_err(|error| ProveError::Statement(Box::new(error)))?;
    // BP-1
    let mut transcript = ProverTranscript::new(PROTOCOL, &statement.to_bytes());
    let mut argument = argument::Prover::new(&setup.config, setup.log_rows)?.keeping(data.keep);
    // BP-2
    if let Some((columns, index)) = &setup.index {
        let source = Arc::new(KeySource::new(columns.clone(), data.keys.clone()));
        let root = timed(observer, ProveStep::Commit, || {
            argument.commit_known(&columns.layout, source, &mut transcript)
        })?;
        if root != index.root {
            return Err(ProveError::KeyIndex);
        }
    }
    // BP-3
    let tape = setup.tape()?;
    let mut held = Vec::new();
    if let Some(tape) = &tape {
        held = wire_columns(&tape.wires, trace);
        if let Some(layout) = &tape.layout {
            let columns = Arc::new(Columns::new(&[], held.clone(), Vec::new()));
            timed(observer, ProveStep::Commit, || {
                argument.commit(layout, columns, &mut transcript)
            })?;
        }
    }
    let mut selected = setup.select(|label, count| transcript.challenges(label, count))?;
    tamper.selected(&mut selected);
    let plan = setup.plan(&selected, tape.as_ref())?;
    observer.bootstraps(plan.bootstraps());
    let mut witnesses = timed(observer, ProveStep::Evaluate, || {
        witnesses(&plan, statement, public, data, observer)
    })?;
    tamper.witnesses(&plan, &mut witnesses);
    let mut columns = timed(observer, ProveStep::Witness, || {
        if tape.is_none() {
            held = wire_columns(&plan.wires, trace);
        }
        held.extend(own_columns(&plan, public, trace, &witnesses));
        Columns::new(&plan.nodes, held, witnesses.clone())
    });
    tamper.columns(&plan, &mut columns);
    let columns = Arc::new(columns);
    // BP-4
    let argument = match &plan.layout {
        None => None,
        Some(layout) => {
            if !plan.complete {
                timed(observer, ProveStep::Commit, || {
                    argument.commit(layout, columns.clone(), &mut transcript)
                })?;
            }
            // BP-5
            timed(observer, ProveStep::RangeCheck, || {
                let shards = 0..layout.shards();
                let checkpoints = Watched {
                    work: data.work,
                    observer,
                    shards: Cell::new(shards.filter(|&s| layout.lookups(s) > 0).count()),
                    done: Cell::new(0),
                };
                argument.range_check(&mut transcript, &checkpoints)
            })?;
            Some(argument)
        }
    };
    // BP-6
    let mut session = ProverSession {
        transcript,
        argument,
        columns,
        tamper,
    };
    let keys = ProverKeys {
        server: &data.keys,
        columns: setup.key_columns(),
    };
    for (node, node_plan) in public.program.nodes.iter().zip(&plan.nodes) {
        let step = ProveStep::Relation {
            layer: node.layer,
            kind: node.kind(),
        };
        let input = wire(&plan, trace, node.input().0);
        let output = &plan.wires[node.output.0];
        match (node_plan, &node.operation) {
            (NodePlan::Linear(rows), Operation::Linear(map)) => timed(observer, step, || {
                let inputs: Vec<_> = node
                    .inputs
                    .iter()
                    .map(|input| wire(&plan, trace, input.0))
                    .collect();
                linear::prove(&mut session, map, plan.images, &inputs, (output, rows))
            })?,
            (NodePlan::KeySwitch(columns), _) => timed(observer, step, || {
                keyswitch::prove(&mut session, columns, keys, input.0, output)
            })?,
            (NodePlan::ModulusSwitch(columns), _) => timed(observer, step, || {
                modswitch::prove(&mut session, columns, input.0, output)
            })?,
            _ => {}
        }
    }
    // BP-7
    let layers: Vec<blindrotation::Proven<'_>> = public
        .program
        .nodes
        .iter()
        .zip(&plan.nodes)
        .zip(&witnesses)
        .filter_map(
            |((node, node_plan), witness)| match (node_plan, &node.operation, witness) {
                (
                    NodePlan::BlindRotation(columns),
                    Operation::BlindRotation { luts },
                    Some(witness),
                ) => Some(blindrotation::Proven {
                    plan: columns,
                    luts,
                    input: wire(&plan, trace, node.input().0),
                    output: wire(&plan, trace, node.output.0),
                    witness,
                }),
                _ => None,
            },
        )
        .collect();
    blindrotation::prove(&mut session, keys, &layers, observer)?;
    // BP-8
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
pub(crate) fn timed<T>(
    observer: &dyn ProveObserver,
    step: ProveStep,
    work: impl FnOnce() -> T,
) -> T {
    observer.start(step);
    let start = Instant::now();
    let result = work();
    observer.end(step, start.elapsed().as_secs_f64());
    result
}

/// The checkpoints of a work folder, if there is one; tells how many shards are done of those that were not stored.
struct Watched<'a> {
    work: Option<&'a WorkFolder>,
    observer: &'a dyn ProveObserver,
    shards: Cell<usize>,
    done: Cell<usize>,
}

impl Checkpoints for Watched<'_> {
    fn load(&self, key: &Digest) -> Option<Vec<u8>> {
        let stored = self.work?.load(key)?;
        self.shards.set(self.shards.get().saturating_sub(1));
        Some(stored)
    }

    fn store(&self, key: &Digest, result: &[u8]) {
        if let Some(folder) = self.work {
            folder.store(key, result);
        }
        self.done.set(self.done.get() + 1);
        let total = self.shards.get().max(self.done.get());
        self.observer
            .progress(ProveStep::RangeCheck, self.done.get(), total);
    }
}

fn wire<'a>(plan: &'a Plan, trace: &'a Trace, wire: usize) -> (&'a WirePlan, &'a Array2<u64>) {
    (&plan.wires[wire], &trace.wires[wire])
}

/// The accumulators of all proven blind rotations, by node.
fn witnesses(
    plan: &Plan,
    statement: &Statement,
    public: &PublicData<'_>,
    data: &ProverData<'_>,
    observer: &dyn ProveObserver,
) -> Result<Witnesses, ProveError> {
    let (done, total) = (Cell::new(0), plan.bootstraps());
    let count = |bootstraps: usize| {
        done.set(done.get() + bootstraps);
        observer.progress(ProveStep::Evaluate, done.get(), total);
    };
    let digest = statement.digest();
    let store = data.work.map(|folder| Store {
        folder,
        statement: &digest,
    });
    let nodes = public.program.nodes.iter().zip(&plan.nodes).enumerate();
    nodes
        .map(
            |(index, (node, node_plan))| match (node_plan, &node.operation) {
                (NodePlan::BlindRotation(columns), Operation::BlindRotation { luts }) => {
                    let witness = blindrotation::Witness::evaluate(
                        columns,
                        index,
                        &data.keys.bootstrapping,
                        luts,
                        &data.trace.wires[node.input().0],
                        store,
                        &count,
                    )?;
                    Ok(Some(Arc::new(witness)))
                }
                _ => Ok(None),
            },
        )
        .collect()
}

/// The columns of all committed wires.
fn wire_columns(wires: &[WirePlan], trace: &Trace) -> Vec<(ColumnId, Vec<F>)> {
    let wires = wires.iter().zip(&trace.wires);
    wires
        .flat_map(|(wire, words)| wire.witness(words))
        .collect()
}

/// The columns of the relations themselves that are held in memory.
fn own_columns(
    plan: &Plan,
    public: &PublicData<'_>,
    trace: &Trace,
    witnesses: &Witnesses,
) -> Vec<(ColumnId, Vec<F>)> {
    let mut columns = Vec::new();
    let nodes = public.program.nodes.iter().zip(&plan.nodes);
    for ((node, node_plan), witness) in nodes.zip(witnesses) {
        let (input, words) = wire(plan, trace, node.input().0);
        match (node_plan, witness) {
            (NodePlan::KeySwitch(plan), _) => {
                columns.extend(plan.split.witness(&plan.words(input, words)));
            }
            (NodePlan::ModulusSwitch(plan), _) => {
                columns.extend(plan.witness(input, &plan.words(input, words)));
            }
            (NodePlan::BlindRotation(plan), Some(witness)) => {
                columns.extend(plan.witness(input, words, witness));
            }
            _ => {}
        }
    }
    columns
}

/// Shapes of the trace, canonical words, and equality of its ends with the public ciphertexts.
fn check_trace(
    statement: &Statement,
    public: &PublicData<'_>,
    trace: &Trace,
) -> Result<(), ProveError> {
    let run = statement
        .run(public)
        .map_err(|error| ProveError::Statement(Box::new(error)))?;
    let wires = run.wires();
    let wrong = |what: String| Err(ProveError::Trace { what });
    if trace.images != run.images || trace.wires.len() != wires.len() {
        return wrong(format!(
            "{} images and {} wires, expected {} and {}",
            trace.images,
            trace.wires.len(),
            run.images,
            wires.len()
        ));
    }
    for (index, (words, wire)) in trace.wires.iter().zip(&wires).enumerate() {
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
