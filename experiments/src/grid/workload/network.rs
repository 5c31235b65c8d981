//! Random networks of a chosen size, for questions about cost.

use blindproof_fhe::model::{
    DenseLayer, FORMAT, InputSpec, Layer, LutLayer, LutMode, ModelError, OutputKind, OutputSpec,
    Quantise, QuantisedModel,
};
use blindproof_fhe::params::ParameterSet;
use rand::Rng;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;

use crate::roles::model::LoadedModel;

/// Inputs of a network.
const FEATURES: usize = 64;
/// Outputs of a network.
const OUTPUTS: usize = 10;
/// Weights of a neuron that are not zero: the norm the parameter sets are made for.
const FAN_IN: usize = 8;
/// Largest input.
const MAX: i64 = 4;

/// `depth` hidden layers of `width` neurons, with tables of the whole message space that are read exactly.
pub(super) fn random(
    set: &ParameterSet,
    depth: usize,
    width: usize,
    random: &mut ChaCha8Rng,
) -> Result<LoadedModel, ModelError> {
    let bits = set.message_bits.0 + 1;
    let mut layers = Vec::new();
    let mut before = FEATURES;
    for index in 0..depth {
        layers.push(dense(format!("hidden {index}"), before, width, random));
        let entry = |_| random.gen_range(-1..=1);
        layers.push(Layer::Lut(LutLayer {
            name: format!("table {index}"),
            inputs: None,
            mode: LutMode::Negacyclic,
            tables: vec![(0..1 << set.message_bits.0).map(entry).collect()],
            output_bits: bits,
        }));
        before = width;
    }
    layers.push(dense("output".to_owned(), before, OUTPUTS, random));
    LoadedModel::new(QuantisedModel {
        format: FORMAT,
        name: format!("network:{depth}x{width}"),
        parameters: set.name.to_owned(),
        input: InputSpec {
            features: FEATURES,
            shape: None,
            min: 0,
            max: MAX,
            ranges: None,
            bits: Some(bits),
            quantise: Quantise {
                scale: vec![1.0],
                offset: vec![0.0],
            },
        },
        layers,
        output: OutputSpec {
            kind: OutputKind::Argmax,
            labels: Vec::new(),
            scale: vec![1.0],
            offset: vec![0.0],
        },
        provenance: serde_json::Value::Null,
    })
}

fn dense(name: String, inputs: usize, outputs: usize, random: &mut ChaCha8Rng) -> Layer {
    let row = |_| {
        let mut row = vec![0; inputs];
        for index in sample(random, inputs, FAN_IN.min(inputs)) {
            row[index] = if random.r#gen() { 1 } else { -1 };
        }
        row
    };
    Layer::Dense(DenseLayer {
        name,
        inputs: None,
        weights: (0..outputs).map(row).collect(),
        bias: vec![0; outputs],
    })
}

/// Random inputs.
pub(super) fn inputs(
    model: &QuantisedModel,
    images: usize,
    random: &mut ChaCha8Rng,
) -> Vec<Vec<i64>> {
    let mut input = || {
        (0..model.input.features)
            .map(|_| random.gen_range(0..=MAX))
            .collect()
    };
    (0..images).map(|_| input()).collect()
}
