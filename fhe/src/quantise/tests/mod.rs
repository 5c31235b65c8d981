//! Small float networks, quantised.

mod encrypted;
mod ensembles;

mod networks;

use super::*;
use crate::import::{FloatInput, FloatModel, FloatNode, FloatOperation, FloatOutput};
use ndarray::{Array2, Array4};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A network under construction, with random weights.
struct Net {
    model: FloatModel,
    rng: ChaCha8Rng,
}

impl Net {
    fn new(seed: u64, shape: &[usize]) -> Self {
        Self {
            model: FloatModel {
                name: "test".to_owned(),
                input: FloatInput {
                    name: "x".to_owned(),
                    shape: shape.to_vec(),
                },
                nodes: Vec::new(),
                output: FloatOutput {
                    node: 0,
                    kind: OutputKind::Argmax,
                    labels: Vec::new(),
                },
            },
            rng: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    fn shape(&self, value: usize) -> Vec<usize> {
        match value {
            0 => self.model.input.shape.clone(),
            node => self.model.nodes[node - 1].shape.clone(),
        }
    }

    fn last(&self) -> usize {
        self.model.nodes.len()
    }

    fn weight(&mut self, fan_in: usize) -> f32 {
        self.rng.gen_range(-1.0..1.0) * (3.0 / fan_in as f32).sqrt()
    }

    fn push(&mut self, inputs: &[usize], shape: &[usize], operation: FloatOperation) -> usize {
        self.model.nodes.push(FloatNode {
            name: format!("node{}", self.model.nodes.len() + 1),
            inputs: inputs.to_vec(),
            shape: shape.to_vec(),
            operation,
        });
        self.model.output.node = self.last();
        self.last()
    }

    fn affine(&mut self, input: usize, outputs: usize) -> usize {
        let inputs: usize = self.shape(input).iter().product();
        let weights = Array2::from_shape_simple_fn((outputs, inputs), || self.weight(inputs));
        let bias = (0..outputs).map(|_| self.weight(9)).collect();
        self.push(
            &[input],
            &[outputs],
            FloatOperation::Affine { weights, bias },
        )
    }

    fn conv(
        &mut self,
        input: usize,
        outputs: usize,
        kernel: usize,
        stride: usize,
        pad: usize,
    ) -> usize {
        let [c, h, w] = self.shape(input)[..] else {
            panic!("not a picture")
        };
        let fan_in = c * kernel * kernel;
        let weights =
            Array4::from_shape_simple_fn((outputs, c, kernel, kernel), || self.weight(fan_in));
        let bias = (0..outputs).map(|_| self.weight(9)).collect();
        let size = |n: usize| (n + 2 * pad - kernel) / stride + 1;
        let shape = [outputs, size(h), size(w)];
        let operation = FloatOperation::Conv {
            kernel: weights,
            bias,
            stride: [stride; 2],
            padding: [pad; 4],
            groups: 1,
        };
        self.push(&[input], &shape, operation)
    }

    fn unary(&mut self, input: usize, function: crate::import::UnaryFunction) -> usize {
        let shape = self.shape(input);
        self.push(&[input], &shape, FloatOperation::Unary(function))
    }

    fn samples(&mut self, count: usize) -> Vec<Vec<f32>> {
        let features: usize = self.model.input.shape.iter().product();
        (0..count)
            .map(|_| {
                (0..features)
                    .map(|_| self.rng.gen_range(0.0..1.0))
                    .collect()
            })
            .collect()
    }
}

fn options(parameters: &str) -> Options {
    Options {
        parameters: Some(parameters.to_owned()),
        ..Options::default()
    }
}
