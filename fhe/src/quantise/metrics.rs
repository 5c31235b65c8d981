//! A quantised model against the float model, layer by layer.

use super::graph::{Reading, Values};
use super::reading::{is_comparison, off_by_one};
use super::scale::Noise;
use super::{QuantiseError, Quantised, calibrate};
use crate::model::{ClearModel, OutputKind, predicted_class};
use crate::noise;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// A proven range this many bits wider than the observed one is worth a remedy.
const MANY_LOST_BITS: f64 = 3.0;

/// One table layer, with the sums that it reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerMetrics {
    /// Name of the layer.
    pub name: String,
    /// Number of values.
    pub features: usize,
    /// Signal to quantisation noise of the table's outputs in dB, without encryption noise; infinite if equal.
    pub sqnr_db: f64,
    /// Largest difference of an output from the float model's.
    pub max_error: f64,
    /// Range of the sums that interval arithmetic proves, real units; the widest of all channels.
    pub proven: (f64, f64),
    /// Range of that channel's sums on the samples.
    pub observed: (f64, f64),
    /// Mean over channels of `log2(proven width / observed width)`: bits of the table that are not used;
    /// 0 for exact readings.
    pub lost_bits: f64,
    /// Real width of an index step; mean over channels.
    pub index_step: f64,
    /// Whether integers are read exactly (comparisons, leaves), or sums are rounded to the nearest entry.
    pub is_exact: bool,
    /// Largest predicted standard deviation of noise at the table, in index steps.
    pub noise_steps: f64,
    /// Mean probability that noise changes the entry that is read: for sums anywhere in their boxes, for comparisons
    /// on the calibration samples.
    pub p_off_by_one: f64,
    /// `log2` of the probability that noise changes an index by more than one; for exact readings, at all, in the
    /// worst case.
    pub log2_p_far: f64,
    /// What to do about lost bits or noise, where they matter.
    pub remedy: Option<String>,
}

/// The whole model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Samples measured.
    pub samples: usize,
    /// Input values that the client clamps, as a share of all.
    pub clamped_inputs: f64,
    /// Comparisons of trees that no integers decide as the float model does on all calibration samples.
    pub inexact_comparisons: usize,
    /// Layers with tables, in order.
    pub layers: Vec<LayerMetrics>,
    /// Signal to quantisation noise of the outputs in dB.
    pub output_sqnr_db: f64,
    /// Largest difference of an output from the float model's.
    pub output_max_error: f64,
    /// Predicted standard deviation of the outputs' noise, real units; the largest of all outputs.
    pub output_noise: f64,
    /// Share of samples with the same class as the float model; for values, 1.
    pub agreement: f64,
    /// Share of right classes of the float model, when labels were given.
    pub float_accuracy: Option<f64>,
    /// Share of right classes of the quantised model, when labels were given.
    pub quantised_accuracy: Option<f64>,
}

/// One sample, in both models.
struct Pair {
    float: Values,
    /// Outputs of each table, and of the last layer, in real units.
    quantised: Vec<Vec<f64>>,
    clamped: usize,
}

/// Sums over samples.
#[derive(Debug, Clone, Copy, Default)]
struct Difference {
    signal: f64,
    noise: f64,
    largest: f64,
}

impl Difference {
    fn add(&mut self, float: &[f64], quantised: &[f64]) {
        for (x, y) in float.iter().zip(quantised) {
            self.signal += x * x;
            self.noise += (x - y).powi(2);
            self.largest = self.largest.max((x - y).abs());
        }
    }

    fn sqnr_db(&self) -> f64 {
        if self.noise == 0.0 {
            f64::INFINITY
        } else {
            10.0 * (self.signal / self.noise).log10()
        }
    }
}

impl Quantised {
    /// Measures the model on samples, with the labels of their classes if known.
    ///
    /// # Errors
    /// [`QuantiseError`] for samples that do not fit.
    pub fn metrics(
        &self,
        samples: &[Vec<f32>],
        labels: Option<&[usize]>,
    ) -> Result<Metrics, QuantiseError> {
        calibrate::check_samples("input", self.graph.features(), samples)?;
        if let Some(labels) = labels
            && labels.len() != samples.len()
        {
            return Err(QuantiseError::LabelCount {
                labels: labels.len(),
                samples: samples.len(),
            });
        }
        let clear = ClearModel::new(&self.model)?;
        let mut differences = vec![Difference::default(); self.stages.len() + 1];
        let (mut clamped, mut agree) = (0, 0);
        let mut right = [0usize; 2];
        let mut observed: Vec<Vec<(f64, f64)>> = self
            .stages
            .iter()
            .map(|stage| vec![(f64::INFINITY, f64::NEG_INFINITY); stage.step.len()])
            .collect();
        // In parts, so that only the values of one part are in memory.
        for (part, chunk) in samples.chunks(256).enumerate() {
            let pairs: Vec<Pair> = chunk
                .par_iter()
                .map(|sample| self.pair(&clear, sample))
                .collect::<Result<_, QuantiseError>>()?;
            for (index, pair) in pairs.iter().enumerate() {
                clamped += pair.clamped;
                let floats = pair.float.wires[1..].iter().chain([&pair.float.output]);
                for ((difference, float), quantised) in
                    differences.iter_mut().zip(floats).zip(&pair.quantised)
                {
                    difference.add(float, quantised);
                }
                for (s, sums) in pair.float.sums.iter().enumerate() {
                    for (row, &y) in sums.iter().enumerate() {
                        let range = &mut observed[s][self.graph.stages[s].group(row)];
                        *range = (range.0.min(y), range.1.max(y));
                    }
                }
                let classes = [&pair.float.output, &pair.quantised[self.stages.len()]]
                    .map(|values| self.class(values));
                agree += usize::from(classes[0] == classes[1]);
                if let Some(labels) = labels {
                    let label = Some(labels[256 * part + index]);
                    right[0] += usize::from(classes[0] == label);
                    right[1] += usize::from(classes[1] == label);
                }
            }
        }
        let count = samples.len() as f64;
        let output = differences[self.stages.len()];
        let layers = (0..self.stages.len())
            .map(|s| self.layer_metrics(s, &differences[s], &observed[s]))
            .collect::<Result<_, QuantiseError>>()?;
        let accuracy = |right: usize| labels.map(|_| right as f64 / count);
        Ok(Metrics {
            samples: samples.len(),
            clamped_inputs: clamped as f64 / (count * self.graph.features() as f64),
            inexact_comparisons: self.input.inexact,
            layers,
            output_sqnr_db: output.sqnr_db(),
            output_max_error: output.largest,
            output_noise: self.output_noise(),
            agreement: agree as f64 / count,
            float_accuracy: accuracy(right[0]),
            quantised_accuracy: accuracy(right[1]),
        })
    }

    /// Class of real outputs; `None` for values.
    fn class(&self, values: &[f64]) -> Option<usize> {
        match self.model.output.kind {
            OutputKind::Argmax => predicted_class(values),
            OutputKind::Sign => values.first().map(|&v| usize::from(v > 0.0)),
            OutputKind::Values => None,
        }
    }

    fn pair(&self, clear: &ClearModel<'_>, sample: &[f32]) -> Result<Pair, QuantiseError> {
        let raw: Vec<f64> = sample.iter().map(|&x| f64::from(x)).collect();
        let integers = self.model.quantise(&raw)?;
        let is_clamped = |(f, &x): (usize, &f64)| {
            let v = (x - self.input.offset(f)) / self.input.scale(f);
            (self.input.integer(f, x) - v).abs() > 0.501
        };
        let clamped = raw
            .iter()
            .enumerate()
            .filter(|&pair| is_clamped(pair))
            .count();
        let values = clear.values(&integers)?;
        let mut quantised: Vec<Vec<f64>> = self
            .stages
            .iter()
            .enumerate()
            .map(|(s, stage)| {
                let outputs = values[2 * s + 2].iter().enumerate();
                outputs
                    .map(|(row, &v)| v as f64 * stage.output_scale[row] + stage.output_offset[row])
                    .collect()
            })
            .collect();
        let logits = values.last().map_or(&[][..], Vec::as_slice);
        quantised.push(self.real_output(logits));
        Ok(Pair {
            float: self.graph.evaluate(sample),
            quantised,
            clamped,
        })
    }

    /// Logits as real numbers.
    pub(super) fn real_output(&self, logits: &[i64]) -> Vec<f64> {
        let spec = &self.model.output;
        let at = |list: &[f64], i: usize| list[i.min(list.len() - 1)];
        let logits = logits.iter().enumerate();
        logits
            .map(|(i, &v)| at(&spec.scale, i) * v as f64 + at(&spec.offset, i))
            .collect()
    }

    fn output_noise(&self) -> f64 {
        let torus = f64::from(self.output.bits).exp2();
        let rows = self.output.rows.iter().enumerate();
        rows.map(|(i, row)| {
            let step = self.output.step[i.min(self.output.step.len() - 1)];
            row.variance.sqrt() * torus * step
        })
        .fold(0.0, f64::max)
    }

    fn layer_metrics(
        &self,
        index: usize,
        difference: &Difference,
        observed: &[(f64, f64)],
    ) -> Result<LayerMetrics, QuantiseError> {
        let (stage, scale) = (&self.graph.stages[index], &self.stages[index]);
        let is_exact = is_comparison(stage) || matches!(stage.reading, Reading::AllOf { .. });
        let noise = Noise::of(self.model.parameter_set()?);
        let torus = f64::from(scale.bits).exp2();
        let table_bits = match &self.model.layers[2 * index + 1] {
            crate::model::Layer::Lut(lut) => lut.table_bits(),
            _ => 1,
        };
        let box_width = (-f64::from(table_bits) - 1.0).exp2();
        let proven: Vec<(f64, f64)> = (0..stage.groups)
            .map(|group| {
                let ranges = scale.ranges[stage.members(group)].iter();
                let real = |sum: i64| (sum - scale.zero[group]) as f64 * scale.step[group];
                ranges.fold(
                    (f64::INFINITY, f64::NEG_INFINITY),
                    |(low, high), &(a, b)| (low.min(real(a)), high.max(real(b))),
                )
            })
            .collect();
        let lost: Vec<f64> = proven
            .iter()
            .zip(observed)
            .filter(|(_, seen)| !is_exact && seen.1 > seen.0)
            .map(|(all, seen)| ((all.1 - all.0) / (seen.1 - seen.0)).log2())
            .collect();
        let lost_bits = lost.iter().sum::<f64>() / lost.len().max(1) as f64;
        let widest = (0..stage.groups)
            .max_by(|&a, &b| {
                let width = |g: usize| proven[g].1 - proven[g].0;
                width(a).total_cmp(&width(b))
            })
            .unwrap_or(0);
        let variance = scale.variance.iter().copied().fold(0.0, f64::max) + noise.reading;
        let noise_steps = variance.sqrt() / box_width;
        let log2_p_far = if is_exact {
            self.readings[index].log2_p_fail
        } else {
            noise::log2_exceeds(variance, box_width)
        };
        let steps = scale.step.iter().map(|step| step * torus * box_width);
        Ok(LayerMetrics {
            name: stage.name.clone(),
            features: stage.rows.len(),
            sqnr_db: difference.sqnr_db(),
            max_error: difference.largest,
            proven: proven[widest],
            observed: observed[widest],
            lost_bits,
            index_step: steps.sum::<f64>() / scale.step.len() as f64,
            is_exact,
            noise_steps,
            p_off_by_one: if is_exact {
                self.readings[index].misread
            } else {
                off_by_one(noise_steps)
            },
            log2_p_far,
            remedy: (!is_exact && lost_bits > MANY_LOST_BITS).then(|| {
                format!(
                    "the proven range is 2^{lost_bits:.1} times the observed one: train with weight decay or fewer \
                     inputs a neuron, or clamp tighter (percentile or mse calibration)"
                )
            }),
        })
    }
}
