//! Whether decrypted results are what the workload should give.

use blindproof_fhe::model::ModelError;
use blindproof_fhe::modulus;
use blindproof_fhe::program::Operation;

use super::Work;
use crate::grid::measure::Meter;
use crate::grid::record::{Metric, subject};

/// What decrypted results are worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answers {
    /// Part of the inputs whose answer is that of the clear computation: the prediction of a model or all of its logits, or every
    /// message.
    pub agreement: f64,
    /// Part of the inputs whose prediction is their class; `None` without classes.
    pub accuracy: Option<f64>,
}

impl Answers {
    /// Notes both.
    pub fn note(&self, meter: &mut Meter) {
        meter.set(subject::AGREEMENT, Metric::Share, self.agreement);
        if let Some(accuracy) = self.accuracy {
            meter.set(subject::ACCURACY, Metric::Share, accuracy);
        }
    }
}

impl Work {
    /// Judges the decrypted phases (modulo `p`) of all outputs of all inputs, in order.
    ///
    /// # Errors
    /// [`ModelError`] for a model that does not validate.
    pub fn judge(&self, phases: &[u64]) -> Result<Answers, ModelError> {
        let share = |right: usize| right as f64 / self.inputs.len() as f64;
        let Some(work) = &self.model else {
            let outputs = phases.chunks(phases.len() / self.inputs.len().max(1));
            let pairs = self.inputs.iter().zip(outputs);
            let right = pairs.filter(|(input, phases)| self.is_near(&self.expected(input), phases));
            return Ok(Answers {
                agreement: share(right.count()),
                accuracy: None,
            });
        };
        let model = &work.loaded.model;
        let logits = model.decode_output(phases)?;
        let logits: Vec<Vec<f64>> = logits
            .chunks(model.outputs().max(1))
            .map(<[f64]>::to_vec)
            .collect();
        let mut right = 0;
        for (input, logits) in work.inputs.iter().zip(&logits) {
            let clear: Vec<f64> = model
                .predict_clear(input)?
                .iter()
                .map(|&v| v as f64)
                .collect();
            let pairs = logits.iter().zip(&clear);
            // Noise decides between classes whose scores are equal.
            let same = pairs.fold(true, |same, (a, b)| same && (a - b).abs() < 0.5);
            let answer = model.prediction(&clear) == model.prediction(logits);
            right += usize::from(answer || same);
        }
        Ok(Answers {
            agreement: share(right),
            accuracy: work.accuracy(&logits),
        })
    }

    /// The words that the operations make of an input, where they are no model: sums of a linear map, else the input itself.
    fn expected(&self, input: &[u64]) -> Vec<u64> {
        match self.program.nodes.first().map(|node| &node.operation) {
            Some(Operation::Linear(map)) => {
                let sum = |(row, &bias): (ndarray::ArrayView1<'_, i64>, &u64)| {
                    row.iter().zip(input).fold(bias, |sum, (&weight, &word)| {
                        modulus::add(sum, modulus::mul(modulus::from_i64(weight), word))
                    })
                };
                map.weights.outer_iter().zip(&map.bias).map(sum).collect()
            }
            _ => input.to_vec(),
        }
    }

    /// Whether every phase is nearer to its word than to the next message.
    fn is_near(&self, expected: &[u64], phases: &[u64]) -> bool {
        let half = self.parameters.delta() / 2;
        let near = |(&word, &phase): (&u64, &u64)| {
            modulus::to_signed(modulus::sub(phase, word)).unsigned_abs() < half
        };
        expected.len() == phases.len() && expected.iter().zip(phases).all(near)
    }
}
