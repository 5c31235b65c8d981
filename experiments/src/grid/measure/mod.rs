//! How each system computes a workload, measured with the same clock.
//!
//! A cell is prepared once (model, keys, inputs), then repeated `warm_up + repeat` times. Preparation is measured too, once.
//! Nothing is left out: no repetition counts as an outlier, reports show the median, the smallest and the largest.

mod clear;
mod meter;

pub use meter::Meter;

use super::cell::{Cell, System};
use super::record::Quantity;
use super::workload::WorkloadError;

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

/// Measures a cell in this process, on `cell.threads` threads.
///
/// # Errors
/// [`MeasureError`].
pub fn measure(cell: &Cell, watcher: &(dyn Watcher + Sync)) -> Result<Vec<Quantity>, MeasureError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(cell.threads)
        .build()
        .map_err(MeasureError::step("threads"))?;
    pool.install(|| {
        let mut meter = Meter::default();
        let mut prepared = prepare(cell, &mut meter)?;
        let total = cell.warm_up + cell.repeat;
        for number in 0..total {
            watcher.repetition(number, total);
            meter.discard_next(number < cell.warm_up);
            prepared.repeat(&mut meter)?;
        }
        Ok(meter.finish())
    })
}

fn prepare(cell: &Cell, _meter: &mut Meter) -> Result<Box<dyn Prepared>, MeasureError> {
    match cell.system {
        System::ClearQuantised => clear::prepare(cell),
        system => Err(MeasureError::Unsupported {
            system,
            workload: cell.workload.to_string(),
            why: "it is not built yet",
        }),
    }
}
