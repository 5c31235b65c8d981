//! The noise at each linear layer, and what it does to the table or the decryption that reads it.

use super::{Layer, ModelError, QuantisedModel};
use crate::noise;
use crate::params::MessageBits;

/// Noise at one linear layer, in the Gaussian model of [`crate::noise`].
#[derive(Debug, Clone, PartialEq)]
pub struct LayerNoise {
    /// Position of the linear layer.
    pub layer: usize,
    /// Its name.
    pub name: String,
    /// Largest Euclidean norm of the weights of an output.
    pub norm2: f64,
    /// `log2` of the largest standard deviation of an output, relative to `p`: at the entry of the blind rotations that
    /// read it, or at decryption.
    pub log2_std: f64,
    /// How the outputs are read.
    pub reading: Reading,
    /// `log2` of the probability that one value is read wrongly: a wrong entry of an exactly read table, an entry that is
    /// more than one off in a rounded one, a logit that is off by half a unit or more.
    pub log2_p_fail: f64,
}

/// How the outputs of a linear layer are read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading {
    /// By other linear layers only.
    Summed,
    /// By a table, in the middle of its boxes.
    Exact,
    /// By a table that rounds.
    Rounded {
        /// Standard deviation of the noise in steps of the index.
        std_steps: f64,
        /// Mean probability that the index is off by one, for accumulators that are spread evenly.
        off_by_one: f64,
    },
    /// By decryption.
    Decrypted,
}

/// Noise of one value.
#[derive(Debug, Clone, Copy)]
struct Source {
    variance: f64,
    /// Not the result of a linear layer: independent of all others.
    independent: bool,
}

impl QuantisedModel {
    /// Predicted noise at each linear layer, for fresh inputs. Noise of table outputs and inputs is independent; that of
    /// values which were summed before is added up as if it were not.
    ///
    /// # Errors
    /// [`ModelError`] when the model does not validate.
    pub fn noise_budget(&self) -> Result<Vec<LayerNoise>, ModelError> {
        let set = self.parameter_set()?;
        let info = self.analyse()?;
        let fresh = |variance, features| {
            let source = Source {
                variance,
                independent: true,
            };
            vec![source; features]
        };
        let mut wires = vec![fresh(set.glwe_noise.variance(), self.input.features)];
        let mut budget = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            let features = info[index + 1].ranges.len();
            if matches!(layer, Layer::Lut(_)) {
                wires.push(fresh(noise::blind_rotation_variance(set), features));
                continue;
            }
            let inputs: Vec<Source> = layer
                .inputs(index)
                .into_iter()
                .flat_map(|i| wires[i].clone())
                .collect();
            let rows = self.rows(index, inputs.len())?;
            let sums: Vec<Source> = rows.entries.iter().map(|row| sum(row, &inputs)).collect();
            let largest = sums.iter().map(|sum| sum.variance).fold(0.0, f64::max);
            let norm2 = rows.entries.iter().map(|row| norm(row)).fold(0.0, f64::max);
            let (variance, reading, log2_p_fail) =
                self.reading(index, info[index + 1].bits, largest)?;
            budget.push(LayerNoise {
                layer: index,
                name: layer.name().to_owned(),
                norm2,
                log2_std: 0.5 * variance.log2(),
                reading,
                log2_p_fail,
            });
            wires.push(sums);
        }
        Ok(budget)
    }

    /// Variance where layer `index` is read, how, and `log2` of the failure probability; the strictest reader counts.
    fn reading(
        &self,
        index: usize,
        bits: u32,
        summed: f64,
    ) -> Result<(f64, Reading, f64), ModelError> {
        let set = self.parameter_set()?;
        if index + 1 == self.layers.len() {
            let half_unit = (-f64::from(bits) - 1.0).exp2();
            let log2_p_fail = noise::log2_exceeds(summed, half_unit);
            return Ok((summed, Reading::Decrypted, log2_p_fail));
        }
        let switched =
            summed + noise::key_switch_variance(set) + noise::modulus_switch_variance(set);
        let tables = self
            .layers
            .iter()
            .enumerate()
            .filter_map(|(reader, layer)| match layer {
                Layer::Lut(lut) if layer.inputs(reader) == [index + 1] => Some(lut),
                _ => None,
            });
        let readings = tables.map(|lut| {
            let table_bits = lut.table_bits();
            if lut.shift(bits) == Some(0) {
                let log2_p_fail = noise::log2_p_fail(switched, MessageBits(table_bits));
                return (switched, Reading::Exact, log2_p_fail);
            }
            let step = (-f64::from(table_bits) - 1.0).exp2();
            let std_steps = switched.sqrt() / step;
            let rounded = Reading::Rounded {
                std_steps,
                off_by_one: (std_steps * (2.0 / std::f64::consts::PI).sqrt()).min(1.0),
            };
            (switched, rounded, noise::log2_exceeds(switched, step))
        });
        let strictest = readings.max_by(|a, b| a.2.total_cmp(&b.2));
        Ok(strictest.unwrap_or((summed, Reading::Summed, f64::NEG_INFINITY)))
    }
}

/// Noise of a weighted sum.
fn sum(row: &[(usize, i64)], inputs: &[Source]) -> Source {
    let (mut independent, mut dependent) = (0.0, 0.0);
    for &(input, weight) in row {
        let (weight, source) = ((weight as f64).abs(), inputs[input]);
        if source.independent {
            independent += weight * weight * source.variance;
        } else {
            dependent += weight * source.variance.sqrt();
        }
    }
    Source {
        variance: independent + dependent * dependent,
        independent: false,
    }
}

/// Euclidean norm of a row.
fn norm(row: &[(usize, i64)]) -> f64 {
    let squares = row.iter().map(|&(_, w)| (w as f64).powi(2));
    squares.sum::<f64>().sqrt()
}
