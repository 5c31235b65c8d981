//! The JSON format of a model, version 2.

use super::ModelError;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Version of the format.
pub const FORMAT: u32 = 2;

/// Largest model file that is read.
pub const MAX_FILE_BYTES: u64 = 256 << 20;

/// A model file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantisedModel {
    /// [`FORMAT`].
    pub format: u32,
    /// Name, for people.
    pub name: String,
    /// Name of the parameter set.
    pub parameters: String,
    /// What goes in.
    pub input: InputSpec,
    /// The layers, each after those it reads. The last one is linear.
    pub layers: Vec<Layer>,
    /// What the logits mean.
    pub output: OutputSpec,
    /// Where the weights come from: script, seed, accuracies. Free form, not interpreted.
    #[serde(default)]
    pub provenance: serde_json::Value,
}

/// Inputs of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputSpec {
    /// Number of input values.
    pub features: usize,
    /// Shape, such as `[channels, height, width]`; row-major order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<usize>>,
    /// Smallest input value.
    pub min: i64,
    /// Largest input value.
    pub max: i64,
    /// Smallest and largest value of each feature, within `min..=max`; by default those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranges: Option<Vec<(i64, i64)>>,
    /// An input v is encoded `v * (p-1)/2^bits`; by default one more than the message bits of the parameter set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits: Option<u32>,
    /// From raw values to inputs.
    pub quantise: Quantise,
}

impl InputSpec {
    /// Smallest and largest value of a feature.
    pub fn range(&self, feature: usize) -> (i64, i64) {
        let ranges = self.ranges.as_deref().unwrap_or_default();
        ranges.get(feature).copied().unwrap_or((self.min, self.max))
    }
}

/// `v = clamp(floor((x - offset) / scale + 1/2), min, max)`, with the range of the feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quantise {
    /// Positive; one for all features, or one for each.
    pub scale: Vec<f64>,
    /// One for all features, or one for each.
    pub offset: Vec<f64>,
}

/// What a prediction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputKind {
    /// The class with the largest logit.
    Argmax,
    /// One logit: class 1 if it is positive, else class 0.
    Sign,
    /// The values themselves.
    Values,
}

/// Outputs of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputSpec {
    /// What a prediction is.
    pub kind: OutputKind,
    /// Names of the classes or values; empty for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// A logit v stands for the real number `scale * v + offset`; one for all logits, or one for each.
    #[serde(default = "one")]
    pub scale: Vec<f64>,
    /// See [`OutputSpec::scale`].
    #[serde(default = "zero")]
    pub offset: Vec<f64>,
}

fn one() -> Vec<f64> {
    vec![1.0]
}

fn zero() -> Vec<f64> {
    vec![0.0]
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Layer {
    /// A matrix and a bias.
    Dense(DenseLayer),
    /// A convolution and a bias.
    Conv(ConvLayer),
    /// A matrix by its entries, and a bias.
    Sparse(SparseLayer),
    /// A function of each value, by table.
    Lut(LutLayer),
}

impl Layer {
    /// Name of the layer.
    pub fn name(&self) -> &str {
        match self {
            Self::Dense(layer) => &layer.name,
            Self::Conv(layer) => &layer.name,
            Self::Sparse(layer) => &layer.name,
            Self::Lut(layer) => &layer.name,
        }
    }

    /// Where the values of the layer at position `index` come from: 0 is the model's input, `i` the output of
    /// `layers[i-1]`. Their features are read one after the other.
    pub fn inputs(&self, index: usize) -> Vec<usize> {
        let inputs = match self {
            Self::Dense(layer) => &layer.inputs,
            Self::Conv(layer) => &layer.inputs,
            Self::Sparse(layer) => &layer.inputs,
            Self::Lut(layer) => &layer.inputs,
        };
        inputs.clone().unwrap_or_else(|| vec![index])
    }
}

/// `acc = weights * v + bias`, on integers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DenseLayer {
    /// Name, for people.
    pub name: String,
    /// See [`Layer::inputs`]; by default the layer before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Vec<usize>>,
    /// One row for each output, one column for each input.
    pub weights: Vec<Vec<i64>>,
    /// One integer for each output.
    pub bias: Vec<i64>,
}

/// A convolution (cross-correlation, as in ONNX `Conv`); values are in order channel, row, column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvLayer {
    /// Name, for people.
    pub name: String,
    /// See [`Layer::inputs`]; by default the layer before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Vec<usize>>,
    /// Input channels, height, width.
    pub input: [usize; 3],
    /// Output channels x (input channels / groups) x height x width.
    pub kernel: Vec<Vec<Vec<Vec<i64>>>>,
    /// One integer for each output channel.
    pub bias: Vec<i64>,
    /// Steps down and right.
    pub stride: [usize; 2],
    /// Zeros above, left, below, right.
    pub padding: [usize; 4],
    /// Groups of channels that do not mix.
    pub groups: usize,
}

/// A matrix by the entries that are not zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SparseLayer {
    /// Name, for people.
    pub name: String,
    /// See [`Layer::inputs`]; by default the layer before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Vec<usize>>,
    /// One list of (input, weight) for each output; inputs ascend.
    pub rows: Vec<Vec<(usize, i64)>>,
    /// One integer for each output.
    pub bias: Vec<i64>,
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

/// A function of each value, by table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LutLayer {
    /// Name, for people.
    pub name: String,
    /// See [`Layer::inputs`]: one; by default the layer before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Vec<usize>>,
    /// How an input selects an entry.
    pub mode: LutMode,
    /// Tables of `2^m` integers: one for all features, or their number divides that of the features and feature f uses
    /// table `f / (features / tables)`.
    pub tables: Vec<Vec<i64>>,
    /// An output `v` is encoded as `v * (p-1)/2^output_bits`.
    pub output_bits: u32,
}

impl LutLayer {
    /// `m`: tables have `2^m` entries.
    pub fn table_bits(&self) -> u32 {
        self.tables
            .first()
            .map_or(0, |table| table.len().max(1).ilog2())
    }

    /// `B - m - 1`: bits of an accumulator below the index, for an input of `bits` bits; `None` when there are too few.
    pub(crate) fn shift(&self, bits: u32) -> Option<u32> {
        bits.checked_sub(self.table_bits() + 1)
    }

    /// `floor(acc / 2^shift + 1/2)`, not reduced.
    pub fn raw_index(accumulator: i64, shift: u32) -> i64 {
        match shift {
            0 => accumulator,
            _ => (accumulator + (1 << (shift - 1))) >> shift,
        }
    }

    /// The entry of a table for an index that was not reduced; a table of `2^m` entries repeats with period `2^(m+1)`.
    pub(super) fn entry(table: &[i64], index: i64) -> i64 {
        let size = table.len();
        let index = index.rem_euclid(2 * size as i64) as usize;
        if index < size {
            table[index]
        } else {
            -table[index - size]
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
