//! From a model to a program, and the noise at each of its layers.

use super::{DenseLayer, Layer, LayerNoise, LutLayer, ModelError, QuantisedModel};
use crate::lut::Lut;
use crate::modulus;
use crate::noise;
use crate::program::{LinearMap, Node, Operation, Program, ProgramError, Wire, WireId, WireKind};
use ndarray::Array2;

/// `v * (p-1)/2^bits` as a word; `bits` at most 32, where the division is exact.
pub(super) fn encode(v: i64, bits: u32) -> u64 {
    modulus::mul(modulus::from_i64(v), (modulus::P - 1) >> bits)
}

impl QuantisedModel {
    /// The program that computes the logits: for each dense layer one linear node, for each table a key switch,
    /// a modulus switch and a blind rotation.
    ///
    /// # Errors
    /// [`ModelError`] when the model does not validate.
    pub fn compile(&self) -> Result<Program, ModelError> {
        self.validate()?;
        let mut scale_bits = self.parameter_set()?.message_bits.0 + 1;
        let mut chain = Chain::new(self.input.features);
        for (layer, description) in self.layers.iter().enumerate() {
            match description {
                Layer::Dense(dense) => {
                    let map = dense.linear_map(scale_bits);
                    let outputs = map.bias.len();
                    chain.push(
                        layer,
                        &dense.name,
                        Operation::Linear(map),
                        WireKind::BigLwe,
                        outputs,
                    );
                }
                Layer::Lut(lut) => {
                    let features = chain.features;
                    let rotation = Operation::BlindRotation {
                        luts: vec![lut.encoded().map_err(|error| ModelError::Field {
                            field: format!("layers[{layer}].table"),
                            problem: error.to_string(),
                        })?],
                    };
                    for (operation, kind) in [
                        (Operation::KeySwitch, WireKind::SmallLwe),
                        (Operation::ModulusSwitch, WireKind::Switched),
                        (rotation, WireKind::BigLwe),
                    ] {
                        chain.push(layer, &lut.name, operation, kind, features);
                    }
                    scale_bits = lut.output_bits;
                }
            }
        }
        Ok(chain.finish(self)?)
    }

    /// Predicted noise at each dense layer, for fresh inputs.
    ///
    /// # Errors
    /// [`ModelError::Parameters`] when the parameter set does not exist.
    pub fn noise_budget(&self) -> Result<Vec<LayerNoise>, ModelError> {
        let set = self.parameter_set()?;
        let mut variance = set.glwe_noise.variance();
        let mut budget = Vec::new();
        for (layer, description) in self.layers.iter().enumerate() {
            let Layer::Dense(dense) = description else {
                variance = noise::blind_rotation_variance(set);
                continue;
            };
            let norm2 = dense.norm2();
            let summed = norm2 * norm2 * variance;
            let (total, log2_p_fail) = if layer + 1 == self.layers.len() {
                let half_unit = (-f64::from(self.output_bits()?) - 1.0).exp2();
                (summed, noise::log2_exceeds(summed, half_unit))
            } else {
                let total =
                    summed + noise::key_switch_variance(set) + noise::modulus_switch_variance(set);
                (total, noise::log2_p_fail(total, set.message_bits))
            };
            budget.push(LayerNoise {
                layer,
                name: dense.name.clone(),
                norm2,
                log2_std: 0.5 * total.log2(),
                log2_p_fail,
            });
        }
        Ok(budget)
    }
}

impl DenseLayer {
    fn linear_map(&self, scale_bits: u32) -> LinearMap {
        let inputs = self.weights.first().map_or(0, Vec::len);
        LinearMap {
            weights: Array2::from_shape_fn((self.weights.len(), inputs), |(o, i)| {
                self.weights[o][i]
            }),
            bias: self.bias.iter().map(|&b| encode(b, scale_bits)).collect(),
        }
    }

    /// Largest Euclidean norm of a row.
    fn norm2(&self) -> f64 {
        self.weights
            .iter()
            .map(|row| row.iter().map(|&w| (w as f64).powi(2)).sum::<f64>())
            .fold(0.0, f64::max)
            .sqrt()
    }
}

impl LutLayer {
    fn encoded(&self) -> Result<Lut, crate::lut::LutError> {
        Lut::new(
            self.table
                .iter()
                .map(|&v| encode(v, self.output_bits))
                .collect(),
        )
    }
}

/// A program under construction.
struct Chain {
    wires: Vec<Wire>,
    nodes: Vec<Node>,
    features: usize,
}

impl Chain {
    fn new(features: usize) -> Self {
        Self {
            wires: vec![Wire {
                kind: WireKind::BigLwe,
                features,
            }],
            nodes: Vec::new(),
            features,
        }
    }

    fn push(
        &mut self,
        layer: usize,
        name: &str,
        operation: Operation,
        kind: WireKind,
        features: usize,
    ) {
        self.nodes.push(Node {
            layer,
            layer_name: name.to_owned(),
            operation,
            input: WireId(self.wires.len() - 1),
            output: WireId(self.wires.len()),
        });
        self.wires.push(Wire { kind, features });
        self.features = features;
    }

    fn finish(self, model: &QuantisedModel) -> Result<Program, ProgramError> {
        let program = Program {
            name: model.name.clone(),
            parameters: model.parameters.clone(),
            output: WireId(self.wires.len() - 1),
            wires: self.wires,
            nodes: self.nodes,
            input: WireId(0),
        };
        program.validate()?;
        Ok(program)
    }
}
