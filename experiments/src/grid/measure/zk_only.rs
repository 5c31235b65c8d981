//! Inference in the clear with a proof: `bridge::clear`.
//!
//! A server proves about inputs that it sees and its client knows; a client proves about inputs that it commits to. The work is the
//! same but for the commitment, and who does it.

use blindproof_bridge::clear::{InputMode, Public, prove, verify};
use blindproof_fhe::model::{ClearLayer, ClearModel};

use super::clear::EVALUATIONS;
use super::proof::Steps;
use super::{MeasureError, Meter, Prepared};
use crate::grid::cell::{Cell, ProofSettings, System};
use crate::grid::record::{Metric, subject};
use crate::grid::workload::{ModelWork, Work};

/// A model and its inputs.
struct ZkOnly {
    model: ModelWork,
    batch: usize,
    mode: InputMode,
    bits: u32,
}

pub(super) fn prepare(
    cell: &Cell,
    settings: &ProofSettings,
) -> Result<Box<dyn Prepared>, MeasureError> {
    let model = Work::new(cell)?
        .model
        .ok_or_else(|| MeasureError::Unsupported {
            system: cell.system,
            workload: cell.workload.to_string(),
            why: "it is an operation on ciphertexts; choose fhe-proof, or a model",
        })?;
    Ok(Box::new(ZkOnly {
        model,
        batch: cell.batch,
        mode: match cell.system {
            System::ZkOnlyClient => InputMode::Committed,
            _ => InputMode::Public,
        },
        bits: settings.bits,
    }))
}

impl Prepared for ZkOnly {
    fn repeat(&mut self, meter: &mut Meter) -> Result<(), MeasureError> {
        let model = &self.model.loaded.model;
        let clear = ClearModel::new(model).map_err(MeasureError::step("model"))?;
        let mut logits = Vec::new();
        let mut bits = f64::INFINITY;
        for inputs in self.model.inputs.chunks(self.batch) {
            let outputs = meter.phase_of(subject::EVALUATE, EVALUATIONS, || {
                let predict = |input: &Vec<i64>| clear.predict(input);
                inputs.iter().map(predict).collect::<Result<Vec<_>, _>>()
            });
            let outputs = outputs.map_err(MeasureError::step("evaluation"))?;
            let steps = Steps::default();
            let proven = meter
                .phase(subject::PROVE, || {
                    prove(model, inputs, self.mode, self.bits, &steps)
                })
                .map_err(MeasureError::step("proof"))?;
            steps.note(meter);
            let public = Public {
                inputs: (self.mode == InputMode::Public).then_some(inputs),
                outputs: &outputs,
                level: self.bits,
            };
            let verified = meter
                .phase(subject::VERIFY, || verify(model, &public, &proven.proof))
                .map_err(MeasureError::step("verification"))?;
            bits = bits.min(verified.soundness.total_bits());
            meter.add(subject::PROOF, Metric::Bytes, proven.proof.len() as f64);
            meter.add(subject::UNITS, Metric::Count, proven.committed as f64);
            let values =
                |lists: &[Vec<i64>]| 8.0 * lists.iter().map(Vec::len).sum::<usize>() as f64;
            let sent = match self.mode {
                InputMode::Public => values(inputs),
                InputMode::Committed => 0.0,
            };
            meter.add(subject::INPUT, Metric::Bytes, sent);
            meter.add(subject::OUTPUT, Metric::Bytes, values(&outputs));
            logits.extend(outputs);
        }
        let source = "soundness report of the accepted proof";
        meter.predict(subject::SOUNDNESS, Metric::Bits, bits, source);
        let operations = self.model.inputs.len() * operations(&clear);
        meter.set(subject::OPERATIONS, Metric::Count, operations as f64);
        let real = |logits: &Vec<i64>| logits.iter().map(|&logit| logit as f64).collect();
        let logits: Vec<Vec<f64>> = logits.iter().map(real).collect();
        if let Some(accuracy) = self.model.accuracy(&logits) {
            meter.set(subject::ACCURACY, Metric::Share, accuracy);
        }
        Ok(())
    }
}

/// Multiplications and table reads of one inference.
fn operations(model: &ClearModel<'_>) -> usize {
    let wires = model.model().analyse().unwrap_or_default();
    let layers = model.layers().iter().enumerate();
    layers
        .map(|(index, layer)| match layer {
            ClearLayer::Linear { rows, .. } => rows.entries.iter().map(Vec::len).sum(),
            ClearLayer::Lut { .. } => wires.get(index + 1).map_or(0, |wire| wire.ranges.len()),
        })
        .sum()
}
