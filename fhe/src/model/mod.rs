//! Quantised models: integer layers read from JSON, evaluated in the clear, and compiled to a [program](crate::program::Program).
//!
//! # Numbers
//! An integer v on a wire of `bits` B is encoded as the torus word `v * (p-1)/2^B`.
//!
//! ```text
//! input    raw x -> v = clamp(floor((x - offset)/scale + 1/2), min, max)          B = input.bits
//! linear   acc = sum_i w_i v_i 2^(B - B_i) + b                                    B = max B_i    (dense, conv, sparse)
//! lut      index = floor(acc / 2^(B-m-1) + 1/2) mod 2^(m+1)    tables of 2^m entries, m + 1 <= B
//!          table[index] if index < 2^m, else -table[index - 2^m]                  B = output_bits
//! ```
//!
//! A layer may read several earlier ones, one after the other. The last layer is linear; its accumulators are the logits.
//!
//! A `negacyclic` table takes any accumulator. A `padded` one is accepted only if interval arithmetic over all inputs in
//! range proves that the index stays in the table, so that no input can overflow it.
//!
//! **Exact and rounded reading.** With `B = m + 1` every accumulator sits in the middle of a box of the table and is read
//! exactly, but for the failure probability of [`LayerNoise`]. With `B > m + 1` the table reads a rounded accumulator: noise can
//! move one that is near a boundary to the next entry. That is an error of one step, not a failure; [`Reading::Rounded`] says
//! how likely it is.
//!
//! ```
//! use blindproof_fhe::model::QuantisedModel;
//!
//! let model = QuantisedModel::from_json(r#"{
//!   "format": 2, "name": "parity of x + y", "parameters": "insecure_tiny",
//!   "input": {"features": 2, "min": 0, "max": 1, "quantise": {"scale": [1], "offset": [0]}},
//!   "layers": [
//!     {"type": "dense", "name": "sum", "weights": [[1, 1]], "bias": [0]},
//!     {"type": "lut", "name": "parity", "mode": "padded", "tables": [[0, 1, 0, 1]], "output_bits": 8},
//!     {"type": "dense", "name": "logit", "weights": [[1]], "bias": [0]}
//!   ],
//!   "output": {"kind": "values"}
//! }"#)?;
//! assert_eq!(model.predict_clear(&[1, 0])?, [1]);
//! assert_eq!(model.compile()?.nodes.len(), 5);
//! assert!(model.noise_budget()?[0].log2_p_fail < -64.0);
//! # Ok::<(), blindproof_fhe::model::ModelError>(())
//! ```

mod clear;
mod clear_f32;
mod compile;
mod file;
mod noise;
mod range;
mod rows;

#[cfg(test)]
mod tests;

pub use clear::{ClearLayer, ClearModel};
pub use clear_f32::ClearModelF32;
pub use file::{
    ConvLayer, DenseLayer, FORMAT, InputSpec, Layer, LutLayer, LutMode, MAX_FILE_BYTES, OutputKind,
    OutputSpec, Quantise, QuantisedModel, SparseLayer,
};
pub use noise::{LayerNoise, Reading};
pub use range::{Interval, WireInfo};
pub use rows::Rows;

use crate::params::{ParameterError, ParameterSet};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A model that cannot be used, or an input that does not fit it.
#[derive(Debug, Error)]
pub enum ModelError {
    /// The file cannot be read.
    #[error("model file {path}: {source}")]
    Read {
        /// Path of the file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is too large.
    #[error("model file {path} has {bytes} bytes; at most {MAX_FILE_BYTES} are accepted")]
    TooLarge {
        /// Path of the file.
        path: String,
        /// Its size.
        bytes: u64,
    },
    /// The text is not JSON of the documented format.
    #[error("model: {0}")]
    Json(#[from] serde_json::Error),
    /// The parameter set does not exist.
    #[error("model: field `parameters`: {0}")]
    Parameters(#[from] ParameterError),
    /// A field has a value that cannot be used.
    #[error("model: field `{field}`: {problem}")]
    Field {
        /// Path of the field.
        field: String,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// Values were given that do not fit the model.
    #[error("input: {0}")]
    Input(String),
    /// The compiled program is refused.
    #[error(transparent)]
    Program(#[from] crate::program::ProgramError),
}

/// What a model says of an input. In JSON: a number, or a list of numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Prediction {
    /// A class, from 0.
    Class(usize),
    /// Real numbers, one for each logit.
    Values(Vec<f64>),
}

impl Prediction {
    /// The class; `None` for values.
    pub fn class(&self) -> Option<usize> {
        match self {
            Self::Class(class) => Some(*class),
            Self::Values(_) => None,
        }
    }
}

/// The position of the largest value, the first one on ties; `None` for no values.
pub fn predicted_class<T: PartialOrd + Copy>(logits: &[T]) -> Option<usize> {
    let mut best: Option<(usize, T)> = None;
    for (index, &value) in logits.iter().enumerate() {
        if best.is_none_or(|(_, largest)| value > largest) {
            best = Some((index, value));
        }
    }
    best.map(|(index, _)| index)
}

/// The entry for position `index` of a list that has one entry for all, or one for each.
fn of<T: Copy>(list: &[T], index: usize) -> Option<T> {
    list.get(index).or(list.first()).copied()
}

impl QuantisedModel {
    /// The parameter set.
    ///
    /// # Errors
    /// [`ModelError::Parameters`] when it does not exist.
    pub fn parameter_set(&self) -> Result<&'static ParameterSet, ModelError> {
        Ok(ParameterSet::by_name(&self.parameters)?)
    }

    /// Raw values as model inputs; see [`Quantise`]. Values out of range are clamped.
    ///
    /// # Errors
    /// [`ModelError::Input`] for a wrong number of values or one that is not a finite number.
    pub fn quantise(&self, raw: &[f64]) -> Result<Vec<i64>, ModelError> {
        let quantise = &self.input.quantise;
        self.check_length(raw.len())?;
        raw.iter()
            .enumerate()
            .map(|(index, &x)| {
                let scale = of(&quantise.scale, index).unwrap_or(1.0);
                let offset = of(&quantise.offset, index).unwrap_or(0.0);
                let v = ((x - offset) / scale + 0.5).floor();
                if v.is_nan() || x.is_infinite() {
                    return Err(ModelError::Input(format!(
                        "value {index} is {x}; must be a finite number"
                    )));
                }
                let (min, max) = self.input.range(index);
                Ok(v.clamp(min as f64, max as f64) as i64)
            })
            .collect()
    }

    /// The input as torus words, ready to encrypt.
    ///
    /// # Errors
    /// [`ModelError::Input`] for a wrong number of values or a value out of range.
    pub fn encode_input(&self, input: &[i64]) -> Result<Vec<u64>, ModelError> {
        self.check_input(input)?;
        let bits = self.input_bits()?;
        Ok(input.iter().map(|&v| compile::encode(v, bits)).collect())
    }

    /// Logits from decrypted phases of the output wire, as real numbers with the noise still in them.
    ///
    /// # Errors
    /// [`ModelError`] when the model does not validate.
    pub fn decode_output(&self, phases: &[u64]) -> Result<Vec<f64>, ModelError> {
        let unit = compile::encode(1, self.output_bits()?) as f64;
        Ok(phases
            .iter()
            .map(|&phase| crate::modulus::to_signed(phase) as f64 / unit)
            .collect())
    }

    /// What logits mean; `None` for an empty list.
    pub fn prediction(&self, logits: &[f64]) -> Option<Prediction> {
        let OutputSpec { scale, offset, .. } = &self.output;
        match self.output.kind {
            OutputKind::Argmax => predicted_class(logits).map(Prediction::Class),
            OutputKind::Sign => logits
                .first()
                .map(|logit| Prediction::Class(usize::from(*logit > 0.0))),
            OutputKind::Values => {
                let values = logits
                    .iter()
                    .enumerate()
                    .map(|(index, logit)| Some(logit * of(scale, index)? + of(offset, index)?));
                values.collect::<Option<_>>().map(Prediction::Values)
            }
        }
    }

    /// B of the input wire.
    ///
    /// # Errors
    /// [`ModelError::Parameters`] when the parameter set does not exist.
    pub fn input_bits(&self) -> Result<u32, ModelError> {
        match self.input.bits {
            Some(bits) => Ok(bits),
            None => Ok(self.parameter_set()?.message_bits.0 + 1),
        }
    }

    /// B of the logits.
    ///
    /// # Errors
    /// [`ModelError`] when the model does not validate.
    pub fn output_bits(&self) -> Result<u32, ModelError> {
        Ok(self.analyse()?.last().map_or(0, |wire| wire.bits))
    }

    /// Number of logits; 0 for a model that does not validate.
    pub fn outputs(&self) -> usize {
        let wires = self.analyse().ok();
        wires
            .and_then(|wires| wires.last().map(|wire| wire.ranges.len()))
            .unwrap_or(0)
    }

    fn check_length(&self, length: usize) -> Result<(), ModelError> {
        if length == self.input.features {
            Ok(())
        } else {
            let expected = self.input.features;
            Err(ModelError::Input(format!(
                "{length} values given, the model takes {expected}"
            )))
        }
    }

    fn check_input(&self, input: &[i64]) -> Result<(), ModelError> {
        self.check_length(input.len())?;
        let is_outside = |(index, v): (usize, &i64)| {
            let (min, max) = self.input.range(index);
            !(min..=max).contains(v)
        };
        match input.iter().enumerate().position(is_outside) {
            None => Ok(()),
            Some(index) => {
                let (value, (min, max)) = (input[index], self.input.range(index));
                Err(ModelError::Input(format!(
                    "value {index} is {value}, must be in {min}..={max}"
                )))
            }
        }
    }
}
