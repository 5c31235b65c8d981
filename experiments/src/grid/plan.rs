//! What an experiment will cost, before anything is run.

use blindproof_bridge::resources::Resources;
use blindproof_bridge::selection::{Rows, Selection};
use blindproof_fhe::program::{OperationKind, Program};

use super::cell::{Cell, ProofBackend, System};
use super::workload::{Work, WorkloadError};
use crate::study::cost::Calibration;

/// Predicted cost of a cell. All predictions are from the shipped measurement of bootstraps: linear layers, key generation and
/// everything in the clear are left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// CPU seconds of all repetitions; `None` for what is not predicted.
    pub cpu_seconds: Option<f64>,
    /// Peak memory of the prover, in bytes.
    pub peak: Option<u64>,
}

impl Prediction {
    /// Predicts a cell.
    ///
    /// # Errors
    /// [`WorkloadError`] when the workload cannot be made.
    pub fn of(cell: &Cell) -> Result<Self, WorkloadError> {
        let unknown = Self {
            cpu_seconds: None,
            peak: None,
        };
        if !cell.system.encrypts() {
            return Ok(unknown);
        }
        let work = Work::new(cell)?;
        let calibration = Calibration::shipped();
        let batches = cell.images.div_ceil(cell.batch) as f64;
        let cost = |bootstraps| calibration.cost(work.parameters, bootstraps);
        let all = bootstraps(&work.program, cell.batch);
        let mut seconds = cost(all).evaluation_cpu_seconds;
        let mut peak = None;
        match (cell.system, &cell.proof) {
            (System::FheProof, Some(proof)) if proof.backend == ProofBackend::Native => {
                if let Ok(selection) = proof.select.parse() {
                    let proven = proven(&work.program, &selection, cell.batch);
                    seconds += cost(proven).proof_cpu_seconds.unwrap_or(0.0);
                    let forecast = Resources::forecast(
                        &work.program,
                        cell.batch,
                        &selection,
                        proof.bits,
                        proof.memory,
                    );
                    peak = forecast.ok().map(|resources| resources.peak);
                }
            }
            (System::FheProof, _) => return Ok(unknown),
            _ => {}
        }
        let providers = cell.vote.map_or(1, |vote| vote.providers);
        let repetitions = (cell.repeat + cell.warm_up) as f64;
        Ok(Self {
            cpu_seconds: (all > 0).then_some(seconds * providers as f64 * batches * repetitions),
            peak,
        })
    }
}

fn is_bootstrap(program: &Program, node: usize) -> bool {
    program.nodes[node].kind() == OperationKind::BlindRotation
}

fn bootstraps(program: &Program, images: usize) -> usize {
    (0..program.nodes.len())
        .filter(|&node| is_bootstrap(program, node))
        .map(|node| program.operations(node, images))
        .sum()
}

/// Bootstraps that a selection proves, of a sample those it is expected to draw.
fn proven(program: &Program, selection: &Selection, images: usize) -> usize {
    if let Selection::Sample(sample) = selection {
        let (drawn, total) = sample.size(program, images).unwrap_or((0, 1));
        let share = drawn as f64 / total as f64;
        return (bootstraps(program, images) as f64 * share).round() as usize;
    }
    let rows = selection.resolve(program, images).unwrap_or_default();
    let count = |(node, rows): (usize, &Rows)| rows.count(program.operations(node, images));
    rows.iter()
        .enumerate()
        .filter(|(node, _)| is_bootstrap(program, *node))
        .map(count)
        .sum()
}
