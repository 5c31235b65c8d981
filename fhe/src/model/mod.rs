//! Quantised models: integer layers read from JSON, evaluated in the clear, and compiled to a [program](crate::program::Program).
//!
//! ```text
//! input    v                              encoded v * (p-1)/2^(m+1)          m = message bits of the set
//! dense    acc = W v + b                  integers at the scale of its input
//! lut      negacyclic: i = acc mod 2^(m+1);  table[i] if i < 2^m, else -table[i - 2^m]  (any acc is exact)
//!          padded:     table[acc], and acc is proven to stay in [0, 2^m)
//!          an output v is encoded v * (p-1)/2^output_bits
//! ```
//!
//! Layers alternate dense, lut, dense, ..., dense; the last accumulators are the logits.
//!
//! ```
//! use blindproof_fhe::model::QuantisedModel;
//!
//! let model = QuantisedModel::from_json(r#"{
//!   "format": 1, "name": "parity of x + y", "parameters": "insecure_tiny",
//!   "input": {"features": 2, "min": 0, "max": 1, "raw_max": 1},
//!   "classes": 1,
//!   "layers": [
//!     {"type": "dense", "name": "sum", "weights": [[1, 1]], "bias": [0]},
//!     {"type": "lut", "name": "parity", "mode": "padded", "table": [0, 1, 0, 1], "output_bits": 8},
//!     {"type": "dense", "name": "logit", "weights": [[1]], "bias": [0]}
//!   ]
//! }"#)?;
//! assert_eq!(model.predict_clear(&[1, 0])?, [1]);
//! assert_eq!(model.compile()?.nodes.len(), 5);
//! assert!(model.noise_budget()?[0].log2_p_fail < -64.0);
//! # Ok::<(), blindproof_fhe::model::ModelError>(())
//! ```

mod compile;
mod file;
mod range;

#[cfg(test)]
mod tests;

pub use file::{
    DenseLayer, ImageSize, InputSpec, Layer, LutLayer, LutMode, MAX_FILE_BYTES, QuantisedModel,
};

use crate::params::{ParameterError, ParameterSet};
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

/// Noise at one dense layer, in the Gaussian model of [`crate::noise`].
#[derive(Debug, Clone, PartialEq)]
pub struct LayerNoise {
    /// Position of the dense layer.
    pub layer: usize,
    /// Its name.
    pub name: String,
    /// Largest Euclidean norm of the weights of an output.
    pub norm2: f64,
    /// `log2` of the standard deviation, relative to `p`: at the entry of the following blind rotation, or at
    /// decryption for the last layer.
    pub log2_std: f64,
    /// `log2` of the probability that one value is read wrongly: by the following table, or, for the last
    /// layer, off by half a unit when rounded.
    pub log2_p_fail: f64,
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

impl QuantisedModel {
    /// The parameter set.
    ///
    /// # Errors
    /// [`ModelError::Parameters`] when it does not exist.
    pub fn parameter_set(&self) -> Result<&'static ParameterSet, ModelError> {
        Ok(ParameterSet::by_name(&self.parameters)?)
    }

    /// Raw pixels `0..=raw_max` as model inputs: `round(raw * max / raw_max)`, halves up.
    ///
    /// # Errors
    /// [`ModelError::Input`] for a wrong number of pixels or a pixel out of range.
    pub fn quantise(&self, raw: &[i64]) -> Result<Vec<i64>, ModelError> {
        let input = &self.input;
        self.check_length(raw.len())?;
        raw.iter()
            .enumerate()
            .map(|(index, &pixel)| {
                if (0..=input.raw_max).contains(&pixel) {
                    Ok((2 * pixel * input.max + input.raw_max) / (2 * input.raw_max))
                } else {
                    let max = input.raw_max;
                    Err(ModelError::Input(format!(
                        "pixel {index} is {pixel}, must be in 0..={max}"
                    )))
                }
            })
            .collect()
    }

    /// The logits of an input, computed on integers without encryption.
    ///
    /// # Errors
    /// [`ModelError::Input`] for a wrong number of values or a value out of range;
    /// [`ModelError::Field`] when the model was changed after loading and its layers no longer fit.
    pub fn predict_clear(&self, input: &[i64]) -> Result<Vec<i64>, ModelError> {
        self.check_input(input)?;
        let mut values = input.to_vec();
        for (index, layer) in self.layers.iter().enumerate() {
            values = match layer {
                Layer::Dense(dense) => dense.apply(&values),
                Layer::Lut(lut) => values.iter().map(|&v| lut.apply(v)).collect(),
            }
            .ok_or_else(|| ModelError::Field {
                field: format!("layers[{index}]"),
                problem: "does not fit the layer before it; call validate() after a change"
                    .to_owned(),
            })?;
        }
        Ok(values)
    }

    /// The input as torus words, ready to encrypt: `v * (p-1)/2^(m+1)`.
    ///
    /// # Errors
    /// [`ModelError::Input`] for a wrong number of values or a value out of range.
    pub fn encode_input(&self, input: &[i64]) -> Result<Vec<u64>, ModelError> {
        self.check_input(input)?;
        let bits = self.parameter_set()?.message_bits.0 + 1;
        Ok(input.iter().map(|&v| compile::encode(v, bits)).collect())
    }

    /// Logits from decrypted phases of the output wire, as real numbers with the noise still in them.
    ///
    /// # Errors
    /// [`ModelError`] when the parameter set does not exist.
    pub fn decode_output(&self, phases: &[u64]) -> Result<Vec<f64>, ModelError> {
        let unit = compile::encode(1, self.output_bits()?) as f64;
        Ok(phases
            .iter()
            .map(|&phase| crate::modulus::to_signed(phase) as f64 / unit)
            .collect())
    }

    /// `B`: a logit `v` is encoded as `v * (p-1)/2^B`.
    ///
    /// # Errors
    /// [`ModelError::Parameters`] when the parameter set does not exist.
    pub fn output_bits(&self) -> Result<u32, ModelError> {
        let last = self.layers.iter().rev().find_map(|layer| match layer {
            Layer::Lut(lut) => Some(lut.output_bits),
            Layer::Dense(_) => None,
        });
        match last {
            Some(bits) => Ok(bits),
            None => Ok(self.parameter_set()?.message_bits.0 + 1),
        }
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
        let (min, max) = (self.input.min, self.input.max);
        match input.iter().position(|v| !(min..=max).contains(v)) {
            None => Ok(()),
            Some(index) => {
                let value = input[index];
                Err(ModelError::Input(format!(
                    "value {index} is {value}, must be in {min}..={max}"
                )))
            }
        }
    }
}
