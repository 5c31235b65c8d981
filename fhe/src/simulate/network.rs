//! The layers, and one noisy evaluation of them.

use super::random::Normal;
use super::{NoiseModel, Reads};
use crate::model::{Layer, LutLayer, ModelError, QuantisedModel};
use crate::modulus::{self, P};

/// Every value of one evaluation. Position 0 is the input, position `i` is `layers[i-1]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The integers.
    pub values: Vec<Vec<i64>>,
    /// Their errors, relative to `p`.
    pub errors: Vec<Vec<f64>>,
    /// Of a table: the exponents in `[0, 2N)` it was read at. Empty for linear layers and the input.
    pub exponents: Vec<Vec<u32>>,
}

/// What is needed to evaluate a model.
#[derive(Debug, Clone)]
pub(super) struct Network {
    polynomial_size: usize,
    output_bits: u32,
    layers: Vec<Step>,
}

#[derive(Debug, Clone)]
enum Step {
    Linear {
        /// Each input with the shift to the common scale.
        inputs: Vec<(usize, u32)>,
        /// (input, weight) of each output.
        rows: Vec<Vec<(usize, i64)>>,
        bias: Vec<i64>,
    },
    Table {
        input: usize,
        /// B of the input.
        bits: u32,
        /// Bits of an accumulator below the index.
        shift: u32,
        /// `m`.
        table_bits: u32,
        /// Test polynomials as integers; their number divides the features.
        polynomials: Vec<Vec<i64>>,
    },
}

impl Network {
    pub(super) fn new(model: &QuantisedModel) -> Result<Self, ModelError> {
        let wires = model.analyse()?;
        let polynomial_size = model.parameter_set()?.polynomial_size.0;
        let layer = |(index, layer): (usize, &Layer)| {
            let inputs = layer.inputs(index);
            Ok(match layer {
                Layer::Lut(lut) => Step::Table {
                    input: inputs[0],
                    bits: wires[inputs[0]].bits,
                    shift: lut.shift(wires[inputs[0]].bits).unwrap_or_default(),
                    table_bits: lut.table_bits(),
                    polynomials: polynomials(index, lut, polynomial_size)?,
                },
                _ => {
                    let bits = wires[index + 1].bits;
                    let features = inputs.iter().map(|&i| wires[i].ranges.len()).sum();
                    let rows = model.rows(index, features)?;
                    let shifted = inputs.into_iter().map(|i| (i, bits - wires[i].bits));
                    Step::Linear {
                        inputs: shifted.collect(),
                        rows: rows.entries,
                        bias: rows.bias,
                    }
                }
            })
        };
        let layers = model.layers.iter().enumerate().map(layer);
        Ok(Self {
            polynomial_size,
            output_bits: wires.last().map_or(0, |wire| wire.bits),
            layers: layers.collect::<Result<_, ModelError>>()?,
        })
    }

    /// One evaluation of an input that fits the model.
    pub(super) fn sample(
        &self,
        noise: &NoiseModel,
        input: &[i64],
        key_offset: f64,
        normal: &mut Normal,
    ) -> Sample {
        let fresh = noise.fresh.sqrt();
        let mut sample = Sample {
            values: vec![input.to_vec()],
            errors: vec![input.iter().map(|_| fresh * normal.next()).collect()],
            exponents: vec![Vec::new()],
        };
        for step in &self.layers {
            let (values, errors, exponents) = match step {
                Step::Linear { inputs, rows, bias } => {
                    let (values, errors) = linear(&sample, inputs, rows, bias);
                    (values, errors, Vec::new())
                }
                Step::Table {
                    input,
                    bits,
                    polynomials,
                    ..
                } => {
                    let read = sample.values[*input].iter().zip(&sample.errors[*input]);
                    let exponents: Vec<u32> = read
                        .map(|(&v, e)| {
                            let switched = e + key_offset + noise.key_switch.sqrt() * normal.next();
                            let mask = noise.modulus_switch_mask.sqrt() * normal.next();
                            self.exponent(v, *bits, switched + mask)
                        })
                        .collect();
                    let group = exponents.len() / polynomials.len();
                    let values = exponents.iter().enumerate().map(|(feature, &exponent)| {
                        let polynomial = &polynomials[feature / group];
                        match polynomial.get(exponent as usize) {
                            Some(&value) => value,
                            None => -polynomial[exponent as usize - self.polynomial_size],
                        }
                    });
                    let rotated = noise.blind_rotation.sqrt();
                    let errors = exponents.iter().map(|_| rotated * normal.next());
                    (values.collect(), errors.collect(), exponents)
                }
            };
            sample.values.push(values);
            sample.errors.push(errors);
            sample.exponents.push(exponents);
        }
        sample
    }

    /// `floor(2N (v / 2^bits + error) + 1/2) mod 2N`.
    fn exponent(&self, v: i64, bits: u32, error: f64) -> u32 {
        let two_n = 2.0 * self.polynomial_size as f64;
        let torus = v.rem_euclid(1 << bits) as f64 / f64::from(bits).exp2();
        let rounded = (two_n * (torus + error) + 0.5).floor() as i64;
        rounded.rem_euclid(2 * self.polynomial_size as i64) as u32
    }

    /// What decryption of the last layer returns.
    pub(super) fn logits(&self, sample: &Sample) -> Vec<f64> {
        let unit = f64::from(self.output_bits).exp2();
        match (sample.values.last(), sample.errors.last()) {
            (Some(values), Some(errors)) => values
                .iter()
                .zip(errors)
                .map(|(&v, e)| v as f64 + e * unit)
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Counts the reads of an evaluation against the clear values of the same input.
    pub(super) fn reads(&self, sample: &Sample, clear: &[Vec<i64>]) -> Vec<Reads> {
        let count = |(position, step): (usize, &Step)| {
            let mut reads = Reads::default();
            let Step::Table {
                input,
                shift,
                table_bits,
                ..
            } = step
            else {
                return reads;
            };
            let width = self.polynomial_size >> table_bits;
            let period = 2i64 << table_bits;
            let distance = |a: i64, b: i64| {
                let d = (a - b).rem_euclid(period);
                d.min(period - d)
            };
            let arrived = &sample.values[*input];
            for ((&exponent, &arrived), &clear) in sample.exponents[position + 1]
                .iter()
                .zip(arrived)
                .zip(&clear[*input])
            {
                let index = ((exponent as usize + width / 2) / width) as i64;
                reads.total += 1;
                match distance(index, LutLayer::raw_index(clear, *shift)) {
                    0 => {}
                    1 => reads.clear_by_one += 1,
                    _ => reads.clear_by_more += 1,
                }
                match distance(index, LutLayer::raw_index(arrived, *shift)) {
                    0 => {}
                    1 => reads.noise_by_one += 1,
                    _ => reads.noise_by_more += 1,
                }
            }
            reads
        };
        self.layers.iter().enumerate().map(count).collect()
    }
}

/// Weighted sums of values and of errors.
fn linear(
    sample: &Sample,
    inputs: &[(usize, u32)],
    rows: &[Vec<(usize, i64)>],
    bias: &[i64],
) -> (Vec<i64>, Vec<f64>) {
    let read: Vec<(i64, f64)> = inputs
        .iter()
        .flat_map(|&(input, shift)| {
            let pairs = sample.values[input].iter().zip(&sample.errors[input]);
            pairs.map(move |(&v, &e)| (v << shift, e))
        })
        .collect();
    rows.iter()
        .zip(bias)
        .map(|(row, &bias)| {
            // Only the sum of the values is known to fit.
            row.iter().fold((bias, 0.0), |(value, error), &(i, w)| {
                let (v, e) = read[i];
                (value.wrapping_add(w.wrapping_mul(v)), error + w as f64 * e)
            })
        })
        .unzip()
}

/// The test polynomials of a layer, each word divided by the unit of the output scale.
fn polynomials(
    index: usize,
    lut: &LutLayer,
    polynomial_size: usize,
) -> Result<Vec<Vec<i64>>, ModelError> {
    let failed = |error: crate::lut::LutError| ModelError::Field {
        field: format!("layers[{index}].tables"),
        problem: error.to_string(),
    };
    let unit = i128::from((P - 1) >> lut.output_bits);
    let integer = |word: u64| {
        let signed = i128::from(modulus::to_signed(word));
        // Exact up to 1 in a word: 2^B units are -1 modulo p.
        let half = if signed < 0 { -unit / 2 } else { unit / 2 };
        ((signed + half) / unit) as i64
    };
    let luts = lut.encoded().map_err(failed)?;
    luts.iter()
        .map(|lut| {
            let polynomial = lut.polynomial(polynomial_size).map_err(failed)?;
            Ok(polynomial.into_iter().map(integer).collect())
        })
        .collect()
}
