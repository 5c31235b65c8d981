//! Without encryption: the integers of the quantised model, or its network in 32-bit floats.

use std::hint::black_box;

use blindproof_fhe::model::{ClearModel, ClearModelF32, ModelError};
use ndarray::Array2;

use super::{MeasureError, Meter, Prepared};
use crate::grid::cell::{Cell, System};
use crate::grid::record::{Metric, subject};
use crate::grid::workload::{ModelWork, Work};

/// Evaluations of one repetition: a single one is shorter than a clock can tell.
pub(super) const EVALUATIONS: usize = 100;

/// A model in the clear.
struct Clear {
    model: ModelWork,
    batch: usize,
    /// For `clear-f32`.
    float: bool,
}

pub(super) fn prepare(cell: &Cell) -> Result<Box<dyn Prepared>, MeasureError> {
    let work = Work::new(cell)?;
    let model = work.model.ok_or_else(|| MeasureError::Unsupported {
        system: cell.system,
        workload: cell.workload.to_string(),
        why: "it is an operation on ciphertexts; choose an encrypted system, or a model",
    })?;
    Ok(Box::new(Clear {
        model,
        batch: cell.batch,
        float: cell.system == System::ClearF32,
    }))
}

impl Prepared for Clear {
    fn repeat(&mut self, meter: &mut Meter) -> Result<(), MeasureError> {
        let logits = if self.float {
            self.floats(meter)
        } else {
            self.integers(meter)
        };
        let logits = logits.map_err(MeasureError::step("evaluation"))?;
        if let Some(accuracy) = self.model.accuracy(&logits) {
            meter.set(subject::ACCURACY, Metric::Share, accuracy);
        }
        Ok(())
    }
}

impl Clear {
    fn integers(&self, meter: &mut Meter) -> Result<Vec<Vec<f64>>, ModelError> {
        let clear = ClearModel::new(&self.model.loaded.model)?;
        let inputs = &self.model.inputs;
        let logits = meter.phase_of(subject::EVALUATE, EVALUATIONS, || {
            let predict = |input: &Vec<i64>| clear.predict(black_box(input));
            inputs.iter().map(predict).collect::<Result<Vec<_>, _>>()
        })?;
        let real = |logits: Vec<i64>| logits.into_iter().map(|logit| logit as f64).collect();
        Ok(logits.into_iter().map(real).collect())
    }

    fn floats(&self, meter: &mut Meter) -> Result<Vec<Vec<f64>>, ModelError> {
        let network = ClearModelF32::new(&self.model.loaded.model)?;
        let batches = self.model.inputs.chunks(self.batch);
        let batches: Vec<_> = batches
            .map(|batch| {
                let shape = (batch.len(), self.model.loaded.model.input.features);
                Array2::from_shape_fn(shape, |(image, feature)| batch[image][feature] as f32)
            })
            .collect();
        let logits = meter.phase_of(subject::EVALUATE, EVALUATIONS, || {
            let predict = |batch: &Array2<f32>| network.predict(black_box(batch));
            batches.iter().map(predict).collect::<Result<Vec<_>, _>>()
        })?;
        let rows = logits.iter().flat_map(|batch| batch.outer_iter());
        Ok(rows
            .map(|row| row.iter().map(|&logit| f64::from(logit)).collect())
            .collect())
    }
}
