//! The JSON format of a model, version 1.

use super::ModelError;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Largest model file that is read.
pub const MAX_FILE_BYTES: u64 = 256 << 20;

/// A model file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantisedModel {
    /// Format version: 1.
    pub format: u32,
    /// Name, for people.
    pub name: String,
    /// Name of the parameter set.
    pub parameters: String,
    /// What goes in.
    pub input: InputSpec,
    /// Number of logits.
    pub classes: usize,
    /// The layers, in order.
    pub layers: Vec<Layer>,
    /// Where the weights come from: script, seed, accuracies. Free form, not interpreted.
    #[serde(default)]
    pub provenance: serde_json::Value,
}

/// Inputs of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputSpec {
    /// Number of input values.
    pub features: usize,
    /// Smallest input value.
    pub min: i64,
    /// Largest input value.
    pub max: i64,
    /// Shape, when the input is a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageSize>,
    /// Largest raw value; `0..=raw_max` is quantised to `0..=max`.
    pub raw_max: i64,
}

/// Size of a picture in pixels; pixel `(x, y)` is input value `y * width + x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageSize {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Layer {
    /// A matrix and a bias.
    Dense(DenseLayer),
    /// A function of each value, by table.
    Lut(LutLayer),
}

impl Layer {
    /// Name of the layer.
    pub fn name(&self) -> &str {
        match self {
            Self::Dense(dense) => &dense.name,
            Self::Lut(lut) => &lut.name,
        }
    }
}

/// `acc = weights * v + bias`, on integers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DenseLayer {
    /// Name, for people.
    pub name: String,
    /// One row for each output, one column for each input.
    pub weights: Vec<Vec<i64>>,
    /// One integer for each output.
    pub bias: Vec<i64>,
}

impl DenseLayer {
    /// The accumulators, or `None` when the sizes do not fit or a sum leaves 64 bits.
    pub(super) fn apply(&self, values: &[i64]) -> Option<Vec<i64>> {
        self.weights
            .iter()
            .zip(&self.bias)
            .map(|(row, &bias)| {
                if row.len() != values.len() {
                    return None;
                }
                row.iter()
                    .zip(values)
                    .try_fold(bias, |sum, (&w, &v)| sum.checked_add(w.checked_mul(v)?))
            })
            .collect()
    }
}

/// How a table reads its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LutMode {
    /// Index modulo `2^(m+1)`; the second half of the table is minus the first.
    Negacyclic,
    /// The index is proven to lie in the table.
    Padded,
}

/// A function of one value, by table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LutLayer {
    /// Name, for people.
    pub name: String,
    /// How an input selects an entry.
    pub mode: LutMode,
    /// `2^m` integers.
    pub table: Vec<i64>,
    /// An output `v` is encoded as `v * (p-1)/2^output_bits`.
    pub output_bits: u32,
}

impl LutLayer {
    /// The entry for an accumulator; `None` when a padded table is left.
    pub(super) fn apply(&self, accumulator: i64) -> Option<i64> {
        let size = i64::try_from(self.table.len()).ok()?;
        if self.mode == LutMode::Padded && !(0..size).contains(&accumulator) {
            return None;
        }
        let index = accumulator.checked_rem_euclid(2 * size)?;
        let entry = *self.table.get(usize::try_from(index % size).ok()?)?;
        if index < size {
            Some(entry)
        } else {
            entry.checked_neg()
        }
    }
}

impl QuantisedModel {
    /// Reads and validates a model file.
    ///
    /// # Errors
    /// [`ModelError`] says what is wrong with the file or which field.
    pub fn load(path: &Path) -> Result<Self, ModelError> {
        let read = |source| ModelError::Read {
            path: path.display().to_string(),
            source,
        };
        let bytes = std::fs::metadata(path).map_err(read)?.len();
        if bytes > MAX_FILE_BYTES {
            return Err(ModelError::TooLarge {
                path: path.display().to_string(),
                bytes,
            });
        }
        Self::from_json(&std::fs::read_to_string(path).map_err(read)?)
    }

    /// Parses and validates the text of a model file.
    ///
    /// # Errors
    /// [`ModelError::Json`] for text of another format; otherwise as [`QuantisedModel::validate`].
    pub fn from_json(text: &str) -> Result<Self, ModelError> {
        let model: Self = serde_json::from_str(text)?;
        model.validate()?;
        Ok(model)
    }
}
