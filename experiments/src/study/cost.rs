//! What evaluation and proof of a model will cost, from measured batches of bootstraps.
//!
//! ```text
//! bootstraps under the set of the measurement    P = bootstraps * cells(set) / cells(measured set)
//! CPU seconds, bytes                             measured batches, joined by straight lines; the last one goes on
//! peak memory                                    bridge::resources, from the columns of the proof
//! ```
//!
//! Linear layers are not counted: beside bootstraps they cost little.

use std::path::Path;
use std::sync::LazyLock;

use blindproof_bridge::resources::Resources;
use blindproof_bridge::selection::Selection;
use blindproof_fhe::params::ParameterSet;
use serde::Serialize;

use super::StudyError;
use crate::bench::pbs::{Batch, Results};
use crate::result::Host;
use crate::roles::model::LoadedModel;

/// Largest file of measured costs that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// Measured batches of bootstraps.
#[derive(Debug, Clone)]
pub struct Calibration {
    results: Results,
    set: &'static ParameterSet,
    source: String,
}

/// What running a model will cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cost {
    /// Bootstraps, of all images.
    pub bootstraps: usize,
    /// CPU seconds of evaluation.
    pub evaluation_cpu_seconds: f64,
    /// CPU seconds of a proof of everything; `None` without bootstraps, which is not measured.
    pub proof_cpu_seconds: Option<f64>,
    /// Length of that proof in bytes; `None` as above.
    pub proof_bytes: Option<u64>,
}

/// [`Cost`] with what it rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prediction {
    /// Images that are evaluated and proven together.
    pub images: usize,
    /// Times and bytes.
    #[serde(flatten)]
    pub cost: Cost,
    /// Peak memory of the prover within the budget, in bytes; `None` if it does not fit.
    pub peak_bytes: Option<u64>,
    /// Why it does not fit.
    pub memory_problem: Option<String>,
    /// Where the figures come from.
    pub source: String,
    /// The machine they were measured on.
    pub host: Host,
    /// Bootstraps of the largest batch that was measured, in bootstraps of the model's set.
    pub measured_up_to: usize,
}

impl Calibration {
    /// The measurement that is shipped: `data/cost/README.md` has the command.
    ///
    /// # Panics
    /// Never: a test reads the shipped file.
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Calibration> = LazyLock::new(|| {
            let text = include_str!("../../data/cost/pbs.json");
            Calibration::parse(text, "shipped measurement by `blindproof bench pbs`")
                .expect("the shipped file is valid")
        });
        &SHIPPED
    }

    /// A measurement of `blindproof bench pbs --json`.
    ///
    /// # Errors
    /// [`StudyError::Cost`].
    pub fn load(path: &Path) -> Result<Self, StudyError> {
        let failed = |problem: String| StudyError::Cost {
            path: path.to_path_buf(),
            problem,
        };
        let bytes = std::fs::metadata(path).map_err(|error| failed(error.to_string()))?;
        if bytes.len() > MAX_FILE {
            return Err(failed(format!("has over {MAX_FILE} bytes")));
        }
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        Self::parse(&text, &path.display().to_string()).map_err(failed)
    }

    fn parse(text: &str, source: &str) -> Result<Self, String> {
        let mut results: Results = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let set = ParameterSet::by_name(&results.parameters).map_err(|e| e.to_string())?;
        results.batches.retain(|batch| batch.bootstraps > 0);
        results.batches.sort_by_key(|batch| batch.bootstraps);
        results.batches.dedup_by_key(|batch| batch.bootstraps);
        let known = |batch: &Batch| {
            let seconds = [batch.evaluation_cpu_seconds, batch.proof_cpu_seconds];
            seconds.iter().all(|s| s.is_finite() && *s > 0.0)
        };
        if results.batches.is_empty() || !results.batches.iter().all(known) {
            return Err("holds no batch with positive times".to_owned());
        }
        Ok(Self {
            source: source.to_owned(),
            set,
            results,
        })
    }

    /// Cost of a number of bootstraps under a set.
    pub fn cost(&self, set: &ParameterSet, bootstraps: usize) -> Cost {
        let equivalent = bootstraps as f64 * self.scale(set);
        let at = |value: &dyn Fn(&Batch) -> f64| {
            let batches = &self.results.batches;
            let points: Vec<_> = batches
                .iter()
                .map(|batch| (batch.bootstraps as f64, value(batch)))
                .collect();
            interpolate(&points, equivalent)
        };
        let smallest = self.results.batches[0].bootstraps as f64;
        let share = (equivalent / smallest).min(1.0);
        Cost {
            bootstraps,
            evaluation_cpu_seconds: share * at(&|batch| batch.evaluation_cpu_seconds),
            proof_cpu_seconds: (bootstraps > 0).then(|| at(&|batch| batch.proof_cpu_seconds)),
            proof_bytes: (bootstraps > 0).then(|| at(&|batch| batch.proof_bytes as f64) as u64),
        }
    }

    /// Cost of a model, with the memory of the prover at this soundness level and budget.
    ///
    /// # Errors
    /// [`StudyError::Proof`] for a model that cannot be proven at all.
    pub fn predict(
        &self,
        model: &LoadedModel,
        bootstraps: usize,
        images: usize,
        level: u32,
        memory: u64,
    ) -> Result<Prediction, StudyError> {
        use blindproof_bridge::ProveError;
        let forecast = Resources::forecast(&model.program, images, &Selection::All, level, memory);
        let (peak_bytes, memory_problem) = match forecast {
            Ok(resources) => (Some(resources.peak), None),
            Err(ProveError::Memory(problem)) => (None, Some(problem.to_string())),
            Err(source) => {
                return Err(StudyError::Proof {
                    name: model.model.name.clone(),
                    source: Box::new(source),
                });
            }
        };
        let largest = self.results.batches.last().map_or(0, |b| b.bootstraps);
        Ok(Prediction {
            images,
            cost: self.cost(model.parameters, bootstraps * images),
            peak_bytes,
            memory_problem,
            source: format!(
                "{}: batches of {} to {largest} bootstraps of `{}`",
                self.source, self.results.batches[0].bootstraps, self.results.parameters
            ),
            host: self.results.host.clone(),
            measured_up_to: (largest as f64 / self.scale(model.parameters)) as usize,
        })
    }

    /// Bootstraps under the measured set that cost as much as one under `set`.
    fn scale(&self, set: &ParameterSet) -> f64 {
        set.bootstrap_cells() as f64 / self.set.bootstrap_cells() as f64
    }
}

/// The value at `x` of straight lines through points in ascending order: before the first, its value; beyond the last,
/// the last line goes on, and a single point's line goes through zero.
fn interpolate(points: &[(f64, f64)], x: f64) -> f64 {
    match points {
        [] => 0.0,
        [(x0, y0)] => y0 * (x / x0).max(1.0),
        [(x0, y0), ..] if x <= *x0 => *y0,
        _ => {
            let next = points.iter().position(|point| point.0 >= x);
            let end = next.unwrap_or(points.len() - 1).max(1);
            let ((x0, y0), (x1, y1)) = (points[end - 1], points[end]);
            y0 + (y1 - y0) * (x - x0) / (x1 - x0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_through_the_points_and_on() {
        let points = [(1.0, 3.0), (8.0, 10.0), (32.0, 22.0)];
        for (x, y) in [
            (0.5, 3.0),
            (1.0, 3.0),
            (8.0, 10.0),
            (20.0, 16.0),
            (32.0, 22.0),
            (64.0, 38.0),
        ] {
            assert!((interpolate(&points, x) - y).abs() < 1e-12, "{x}");
        }
        assert_eq!(interpolate(&[(2.0, 3.0)], 1.0), 3.0);
        assert_eq!(interpolate(&[(2.0, 3.0)], 8.0), 12.0);
    }

    #[test]
    fn costs_are_those_of_the_shipped_measurement_and_scale_with_cells() {
        let calibration = Calibration::shipped();
        let set = calibration.set;
        for batch in &calibration.results.batches {
            let cost = calibration.cost(set, batch.bootstraps);
            assert!((cost.evaluation_cpu_seconds - batch.evaluation_cpu_seconds).abs() < 1e-9);
            assert_eq!(cost.proof_bytes, Some(batch.proof_bytes as u64));
        }
        assert_eq!(calibration.cost(set, 0).evaluation_cpu_seconds, 0.0);
        assert_eq!(calibration.cost(set, 0).proof_cpu_seconds, None);
        let large = ParameterSet::by_name("message_5").unwrap();
        let ratio = large.bootstrap_cells() as f64 / set.bootstrap_cells() as f64;
        assert!(ratio > 1.0);
        let (one, same) = (
            calibration.cost(large, 30),
            calibration.cost(set, (30.0 * ratio).round() as usize),
        );
        assert!((one.evaluation_cpu_seconds / same.evaluation_cpu_seconds - 1.0).abs() < 0.02);
    }

    #[test]
    fn refuses_what_is_no_measurement() {
        assert!(Calibration::parse("{}", "x").is_err());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing.json");
        let error = Calibration::load(&path).unwrap_err().to_string();
        assert!(
            error.contains("missing.json") && error.contains("bench pbs"),
            "{error}"
        );
    }
}
