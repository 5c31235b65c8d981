//! What a quantised model is made of, and what running it will cost, before anything is run.

use crate::model::{Layer, LayerNoise, ModelError, QuantisedModel, Reading};
use serde::{Deserialize, Serialize};

/// One layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerInspection {
    /// Name of the layer.
    pub name: String,
    /// `dense`, `conv`, `sparse` or `lut`.
    pub kind: String,
    /// What it reads: 0 for the model's input, `i` for layer `i - 1`.
    pub inputs: Vec<usize>,
    /// Values that it reads.
    pub input_features: usize,
    /// Values that it gives.
    pub features: usize,
    /// `B`: a value `v` is encoded `v * (p-1)/2^B`.
    pub bits: u32,
    /// Proven range of the integers.
    pub range: (i64, i64),
    /// Linear layers: bits of the largest weight, sign included.
    pub weight_bits: u32,
    /// Linear layers: weights that are not zero. Tables: entries of a table.
    pub size: usize,
    /// Ciphertext operations: multiplications by weights, or bootstraps.
    pub operations: usize,
    /// Bootstraps.
    pub bootstraps: usize,
    /// Linear layers: predicted noise where their sums are read.
    pub noise: Option<NoiseInspection>,
}

/// Predicted noise of a linear layer's sums; see [`crate::model::LayerNoise`]. Tables of trees count as rounded here; how
/// reliable their decisions are on samples is in [`super::LayerMetrics`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoiseInspection {
    /// `log2` of the largest standard deviation, relative to the torus.
    pub log2_std: f64,
    /// `summed`, `exact`, `rounded` or `decrypted`.
    pub reading: String,
    /// Rounded reading: standard deviation in index steps.
    pub std_steps: Option<f64>,
    /// Rounded reading: mean probability that the index is off by one.
    pub off_by_one: Option<f64>,
    /// `log2` of the probability that a value is read wrongly, for rounded reading by more than one entry.
    pub log2_p_fail: f64,
}

impl From<&LayerNoise> for NoiseInspection {
    fn from(noise: &LayerNoise) -> Self {
        let (reading, std_steps, off_by_one) = match noise.reading {
            Reading::Summed => ("summed", None, None),
            Reading::Exact => ("exact", None, None),
            Reading::Decrypted => ("decrypted", None, None),
            Reading::Rounded {
                std_steps,
                off_by_one,
            } => ("rounded", Some(std_steps), Some(off_by_one)),
        };
        Self {
            log2_std: noise.log2_std,
            reading: reading.to_owned(),
            std_steps,
            off_by_one,
            log2_p_fail: noise.log2_p_fail,
        }
    }
}

/// The whole model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// Name of the model.
    pub name: String,
    /// Parameter set.
    pub parameters: String,
    /// Estimated security of the set in bits.
    pub security_bits: f64,
    /// Input values, and bits of their encoding.
    pub input: (usize, u32),
    /// Layers, in order.
    pub layers: Vec<LayerInspection>,
    /// Bootstraps of one evaluation.
    pub bootstraps: usize,
    /// `log2` of a bound on the probability that an evaluation reads any exact table wrongly: the sum over their reads;
    /// minus infinity without such tables. Noise at rounded tables is in [`NoiseInspection`].
    pub log2_p_fail: f64,
}

/// Describes a model.
///
/// # Errors
/// [`ModelError`] for a model that does not validate.
pub fn inspect(model: &QuantisedModel) -> Result<Inspection, ModelError> {
    let wires = model.analyse()?;
    let set = model.parameter_set()?;
    let budget = model.noise_budget()?;
    let layers: Vec<_> = model
        .layers
        .iter()
        .enumerate()
        .map(|(index, layer)| {
            let inputs = layer.inputs(index);
            let (wire, reads) = (&wires[index + 1], inputs.iter().map(|&i| &wires[i]));
            let features = wire.ranges.len();
            let (size, largest, uses) = weights(layer, features);
            let is_table = matches!(layer, Layer::Lut(_));
            LayerInspection {
                name: layer.name().to_owned(),
                kind: kind(layer).to_owned(),
                input_features: reads.map(|wire| wire.ranges.len()).sum(),
                inputs,
                features,
                bits: wire.bits,
                range: wire
                    .ranges
                    .iter()
                    .fold((i64::MAX, i64::MIN), |range, &(a, b)| {
                        (range.0.min(a), range.1.max(b))
                    }),
                weight_bits: if is_table {
                    0
                } else {
                    65 - largest.leading_zeros()
                },
                size,
                operations: uses,
                bootstraps: if is_table { features } else { 0 },
                noise: budget
                    .iter()
                    .find(|noise| noise.layer == index)
                    .map(Into::into),
            }
        })
        .collect();
    let bootstraps = layers.iter().map(|layer| layer.bootstraps).sum();
    Ok(Inspection {
        name: model.name.clone(),
        parameters: model.parameters.clone(),
        security_bits: set.security_bits(),
        input: (model.input.features, wires[0].bits),
        bootstraps,
        log2_p_fail: log2_p_fail(&layers),
        layers,
    })
}

/// `log2` of the sum of all probabilities that an exact table is read wrongly.
fn log2_p_fail(layers: &[LayerInspection]) -> f64 {
    let terms: Vec<f64> = layers
        .iter()
        .filter_map(|layer| Some((layer.features, layer.noise.as_ref()?)))
        .filter(|(_, noise)| noise.reading == "exact")
        .map(|(features, noise)| noise.log2_p_fail + (features as f64).log2())
        .collect();
    let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    let sum: f64 = terms.iter().map(|term| (term - largest).exp2()).sum();
    (largest + sum.log2()).min(0.0)
}

fn kind(layer: &Layer) -> &'static str {
    match layer {
        Layer::Dense(_) => "dense",
        Layer::Conv(_) => "conv",
        Layer::Sparse(_) => "sparse",
        Layer::Lut(_) => "lut",
    }
}

/// Weights (or table entries), the largest absolute weight, and ciphertext operations.
fn weights(layer: &Layer, features: usize) -> (usize, u64, usize) {
    let count = |weights: &mut dyn Iterator<Item = i64>| {
        weights.fold((0usize, 0u64), |(count, largest), w| {
            (count + usize::from(w != 0), largest.max(w.unsigned_abs()))
        })
    };
    match layer {
        Layer::Dense(dense) => {
            let (size, largest) = count(&mut dense.weights.iter().flatten().copied());
            (size, largest, size)
        }
        Layer::Sparse(sparse) => {
            let (size, largest) = count(&mut sparse.rows.iter().flatten().map(|entry| entry.1));
            (size, largest, size)
        }
        Layer::Conv(conv) => {
            let kernel = conv.kernel.iter().flatten().flatten().flatten().copied();
            let (size, largest) = count(&mut kernel.clone());
            (size, largest, size * features / conv.kernel.len().max(1))
        }
        Layer::Lut(lut) => (1 << lut.table_bits(), 0, features),
    }
}
