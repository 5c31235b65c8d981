//! How each system computes a workload, measured with the same clock.
//!
//! A cell is prepared once (model, keys, inputs), then repeated `warm_up + repeat` times. Preparation is measured too, once.
//! Nothing is left out: no repetition counts as an outlier, reports show the median, the smallest and the largest.

mod backend;
mod clear;
mod encrypted;
mod exact;
mod fast;
mod meter;
mod proof;
mod redundancy;
mod zk_only;

pub use meter::Meter;

use blindproof_fhe::evaluate::NodeTiming;
use blindproof_fhe::keys::SeedSource;
use blindproof_fhe::program::OperationKind;

use super::cell::{Cell, ProofBackend, System};
use super::record::{Metric, Quantity, subject};
use super::workload::{Work, WorkloadError};

/// A cell that could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// The workload cannot be made.
    #[error(transparent)]
    Workload(#[from] WorkloadError),
    /// The system does not do this workload.
    #[error("system '{system}' does not compute the model '{workload}': {why}")]
    Unsupported {
        /// How.
        system: System,
        /// What.
        workload: String,
        /// Why not, and what to do.
        why: &'static str,
    },
    /// A step failed.
    #[error("{step}: {problem}")]
    Step {
        /// Which.
        step: &'static str,
        /// What went wrong.
        problem: String,
    },
}

impl MeasureError {
    /// For `map_err`: this step failed.
    pub fn step<E: ToString>(step: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::Step {
            step,
            problem: error.to_string(),
        }
    }
}

/// A system that is ready to compute a cell's workload.
pub trait Prepared {
    /// Computes everything once, inside phases of the meter, and checks its own result: a wrong answer or a rejected proof is
    /// an error.
    ///
    /// # Errors
    /// [`MeasureError`].
    fn repeat(&mut self, meter: &mut Meter) -> Result<(), MeasureError>;
}

/// Told how far a cell is.
pub trait Watcher {
    /// A repetition begins; the first is number 0, warm-up included.
    fn repetition(&self, number: usize, of: usize);
}

/// Measures a cell in this process, on the threads that rayon has.
///
/// # Errors
/// [`MeasureError`].
pub fn measure(cell: &Cell, watcher: &dyn Watcher) -> Result<Vec<Quantity>, MeasureError> {
    let mut meter = Meter::default();
    let mut prepared = prepare(cell, &mut meter)?;
    let total = cell.warm_up + cell.repeat;
    for number in 0..total {
        watcher.repetition(number, total);
        meter.discard_next(number < cell.warm_up);
        prepared.repeat(&mut meter)?;
    }
    Ok(meter.finish())
}

fn prepare(cell: &Cell, meter: &mut Meter) -> Result<Box<dyn Prepared>, MeasureError> {
    match (cell.system, &cell.proof, cell.vote) {
        (System::ClearF32 | System::ClearQuantised, _, _) => clear::prepare(cell),
        (System::FheFast, _, _) => fast::prepare(cell, meter),
        (System::FheExact, _, _) => exact::prepare(cell, meter),
        (System::FheProof, Some(settings), _) => match settings.backend {
            ProofBackend::Native => proof::prepare(cell, settings, meter),
            ProofBackend::Groth16 => backend::prepare(cell, meter),
        },
        (System::ZkOnlyServer | System::ZkOnlyClient, Some(settings), _) => {
            zk_only::prepare(cell, settings)
        }
        (System::Redundancy, _, Some(vote)) => redundancy::prepare(cell, vote, meter),
        (system, _, _) => Err(MeasureError::Unsupported {
            system,
            workload: cell.workload.to_string(),
            why: "the cell lacks the settings of its proof or its vote",
        }),
    }
}

/// Keys and encryptions of a cell: worth nothing as secrets.
fn repeatable_seeds(cell: &Cell) -> SeedSource {
    let context = "blindproof experiment keys";
    SeedSource::reproducible(blake3::derive_key(context, &cell.seed.to_le_bytes()))
}

/// Notes ciphertext operations and bootstraps of all inputs; returns the bootstraps.
fn note_counts(work: &Work, meter: &mut Meter) -> usize {
    let program = &work.program;
    let (mut operations, mut bootstraps) = (0, 0);
    for (index, node) in program.nodes.iter().enumerate() {
        let count = program.operations(index, work.inputs.len());
        operations += count;
        if node.kind() == OperationKind::BlindRotation {
            bootstraps += count;
        }
    }
    meter.set(subject::OPERATIONS, Metric::Count, operations as f64);
    meter.set(subject::BOOTSTRAPS, Metric::Count, bootstraps as f64);
    bootstraps
}

/// The elapsed time of each kind of operation of an evaluation.
fn note_parts(meter: &mut Meter, timings: &[NodeTiming]) {
    for timing in timings {
        let part = format!("{}/{}", subject::EVALUATE, timing.kind);
        meter.add(&part, Metric::Wall, timing.wall.as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::cell::{KeyMode, ProofSettings, Vote};

    struct Nobody;

    impl Watcher for Nobody {
        fn repetition(&self, _: usize, _: usize) {}
    }

    fn cell(system: System, workload: &str, parameters: Option<&str>) -> Cell {
        Cell {
            workload: workload.parse().unwrap(),
            parameters: parameters.map(str::to_owned),
            system,
            proof: None,
            vote: None,
            images: 3,
            batch: 2,
            threads: 2,
            seed: 1,
            repeat: 2,
            warm_up: 1,
        }
    }

    fn measured(cell: &Cell) -> Vec<Quantity> {
        measure(cell, &Nobody).unwrap()
    }

    fn find(quantities: &[Quantity], subject: &str, metric: Metric) -> Vec<f64> {
        let found = quantities
            .iter()
            .find(|q| q.subject == subject && q.metric == metric);
        found
            .unwrap_or_else(|| panic!("{subject} {metric:?}"))
            .samples
            .clone()
    }

    #[test]
    fn clear_systems_agree_on_accuracy() {
        let shares = [System::ClearF32, System::ClearQuantised].map(|system| {
            let mut cell = cell(system, "digits-mlp", None);
            (cell.images, cell.batch) = (100, 30);
            let quantities = measured(&cell);
            assert_eq!(find(&quantities, subject::EVALUATE, Metric::Wall).len(), 2);
            find(&quantities, subject::ACCURACY, Metric::Share)
        });
        assert_eq!(shares[0], shares[1]);
        assert!(shares[0][0] > 0.9);
    }

    #[test]
    fn fast_bootstraps_agree() {
        let quantities = measured(&cell(
            System::FheFast,
            "bootstraps",
            Some("insecure_message_4"),
        ));
        assert_eq!(
            find(&quantities, subject::AGREEMENT, Metric::Share),
            [1.0, 1.0]
        );
        for part in subject::EVALUATE_PARTS.iter().skip(1) {
            assert_eq!(find(&quantities, part, Metric::Wall).len(), 2);
        }
    }

    #[test]
    fn exact_systems_agree_and_proofs_cover_what_was_selected() {
        let small = |system| cell(system, "bootstraps", Some("insecure_message_4"));
        let quantities = measured(&small(System::FheExact));
        let exact = |subject, metric| find(&quantities, subject, metric);
        assert_eq!(exact(subject::AGREEMENT, Metric::Share), [1.0, 1.0]);
        assert_eq!(exact(subject::BOOTSTRAPS, Metric::Count), [3.0, 3.0]);
        for (select, keys, coverage) in [
            ("all", KeyMode::Direct, 1.0),
            ("keyswitch", KeyMode::Indexed, 1.0 / 3.0),
            // Batches of 2 and 1 bootstraps have 6 and 3 operations, of which 2 and 1 are drawn.
            ("sample:0.3", KeyMode::Direct, 1.0 / 3.0),
        ] {
            let mut cell = small(System::FheProof);
            cell.proof = Some(ProofSettings {
                select: select.into(),
                backend: ProofBackend::Native,
                keys,
                bits: 100,
                memory: 1 << 30,
            });
            let quantities = measured(&cell);
            let found = find(&quantities, subject::COVERAGE, Metric::Share);
            assert!((found[0] - coverage).abs() < 1e-9, "{select}: {found:?}");
            assert!(find(&quantities, subject::PROOF, Metric::Bytes)[0] > 1000.0);
            assert!(find(&quantities, subject::SOUNDNESS, Metric::Bits)[0] >= 100.0);
            let sampled = quantities.iter().any(|q| q.subject == subject::ESCAPE);
            assert_eq!(sampled, select.starts_with("sample"));
        }
        let mut voted = small(System::Redundancy);
        voted.vote = Some(Vote {
            providers: 3,
            quorum: 2,
        });
        let quantities = measured(&voted);
        let sent = find(&quantities, subject::OUTPUT, Metric::Bytes)[0];
        assert_eq!(sent, 3.0 * exact(subject::OUTPUT, Metric::Bytes)[0]);
        assert!(
            quantities
                .iter()
                .any(|q| q.subject == subject::COALITIONS[0].0)
        );
    }

    #[test]
    fn clear_inference_is_proven_by_server_and_client() {
        for system in [System::ZkOnlyServer, System::ZkOnlyClient] {
            let mut cell = cell(system, "digits-mlp", None);
            cell.proof = Some(ProofSettings {
                select: "all".into(),
                backend: ProofBackend::Native,
                keys: KeyMode::Direct,
                bits: 128,
                memory: 1 << 30,
            });
            let quantities = measured(&cell);
            assert!(find(&quantities, subject::SOUNDNESS, Metric::Bits)[0] >= 128.0);
            let sent = find(&quantities, subject::INPUT, Metric::Bytes)[0];
            assert_eq!(sent > 0.0, system == System::ZkOnlyServer);
            assert_eq!(find(&quantities, subject::PROVE, Metric::Wall).len(), 2);
        }
    }

    #[test]
    fn groth16_proves_small_operations_and_nothing_else() {
        let proof = ProofSettings {
            select: "all".into(),
            backend: ProofBackend::Groth16,
            keys: KeyMode::Direct,
            bits: 100,
            memory: 1 << 30,
        };
        for workload in ["linear:3x2", "bootstraps"] {
            let mut cell = cell(System::FheProof, workload, Some("insecure_tiny"));
            (cell.images, cell.batch, cell.repeat, cell.warm_up) = (1, 1, 1, 0);
            cell.proof = Some(proof.clone());
            let result = measure(&cell, &Nobody);
            match workload {
                "bootstraps" => assert!(result.unwrap_err().to_string().contains("linear:INxOUT")),
                _ => {
                    let quantities = result.unwrap();
                    assert!(find(&quantities, subject::UNITS, Metric::Count)[0] > 10.0);
                    assert_eq!(find(&quantities, subject::PROOF, Metric::Bytes), [128.0]);
                }
            }
        }
    }

    #[test]
    fn operations_have_no_clear_system() {
        let error = measure(
            &cell(System::ClearQuantised, "key-switch", Some("insecure_tiny")),
            &Nobody,
        );
        assert!(
            error
                .unwrap_err()
                .to_string()
                .contains("choose an encrypted system")
        );
    }
}
