//! Without encryption: the integers of the quantised model.

use std::hint::black_box;

use blindproof_fhe::model::ClearModel;

use super::{MeasureError, Meter, Prepared};
use crate::grid::cell::Cell;
use crate::grid::record::{Metric, subject};
use crate::grid::workload::{ModelWork, Work};

/// A model on integers.
struct Clear {
    model: ModelWork,
}

pub(super) fn prepare(cell: &Cell) -> Result<Box<dyn Prepared>, MeasureError> {
    let model = Work::new(cell)?
        .model
        .ok_or_else(|| MeasureError::Unsupported {
            system: cell.system,
            workload: cell.workload.to_string(),
            why: "it is an operation on ciphertexts; choose an encrypted system, or a model",
        })?;
    Ok(Box::new(Clear { model }))
}

impl Prepared for Clear {
    fn repeat(&mut self, meter: &mut Meter) -> Result<(), MeasureError> {
        let clear =
            ClearModel::new(&self.model.loaded.model).map_err(MeasureError::step("model"))?;
        let outputs = meter.phase(subject::EVALUATE, || {
            let inputs = self.model.inputs.iter();
            inputs
                .map(|input| clear.predict(black_box(input)))
                .collect::<Result<Vec<_>, _>>()
        });
        let outputs = outputs.map_err(MeasureError::step("evaluation"))?;
        let real = |logits: &Vec<i64>| logits.iter().map(|&logit| logit as f64).collect();
        let outputs: Vec<Vec<f64>> = outputs.iter().map(real).collect();
        if let Some(accuracy) = self.model.accuracy(&outputs) {
            meter.set(subject::ACCURACY, Metric::Share, accuracy);
        }
        Ok(())
    }
}
