//! Affine maps.

use super::graph::{Builder, MAX_WEIGHTS, Reader};
use super::tensor::{Tensor, size};
use super::{FloatOperation, FloatOutput, ImportError};
use crate::model::OutputKind;
use ndarray::{Array2, Array4};

const ONE_CONSTANT: &str =
    "one factor must be a constant matrix [inputs, outputs] that fits the other, a flat value";

impl Builder {
    fn affine(
        &mut self,
        reader: Reader<'_>,
        input: usize,
        weights: Array2<f32>,
        bias: Vec<f32>,
    ) -> Result<(), ImportError> {
        let shape = &self.shapes[input];
        if shape.len() != 1 || weights.ncols() != shape[0] || bias.len() != weights.nrows() {
            return Err(reader.error(
                format!(
                    "weights {:?} and {} biases do not fit an input {shape:?}",
                    weights.dim(),
                    bias.len()
                ),
                "flatten before it; check the shapes",
            ));
        }
        self.push(
            reader,
            vec![input],
            vec![bias.len()],
            FloatOperation::Affine { weights, bias },
        )
    }

    pub(super) fn gemm(
        &mut self,
        reader: Reader<'_>,
        activations: &[usize],
    ) -> Result<(), ImportError> {
        let (Some(b), [input]) = (self.constant(reader, 1)?, activations) else {
            return Err(reader.error("its weights are not constant", ONE_CONSTANT));
        };
        if reader.int("transA", 0) != 0 {
            return Err(reader.error("transA is set", "export without transposing activations"));
        }
        let b = matrix(reader, b)?;
        let weights = if reader.int("transB", 0) == 0 {
            b.reversed_axes()
        } else {
            b
        };
        let weights = weights.mapv(|w| w * reader.float("alpha", 1.0));
        let bias = match self.constant(reader, 2)? {
            None => vec![0.0; weights.nrows()],
            Some(c) => (spread(c, weights.nrows()).into_iter().flatten())
                .map(|v| v * reader.float("beta", 1.0))
                .collect(),
        };
        self.affine(reader, *input, weights, bias)
    }

    pub(super) fn matmul(
        &mut self,
        reader: Reader<'_>,
        activations: &[usize],
    ) -> Result<(), ImportError> {
        let (Some(b), [input]) = (self.constant(reader, 1)?, activations) else {
            return Err(reader.error("its second factor is not constant", ONE_CONSTANT));
        };
        let weights = matrix(reader, b)?.reversed_axes();
        let bias = vec![0.0; weights.nrows()];
        self.affine(reader, *input, weights, bias)
    }

    /// Addition and so on of a constant; addition and subtraction of two activations.
    pub(super) fn arithmetic(
        &mut self,
        reader: Reader<'_>,
        activations: &[usize],
    ) -> Result<(), ImportError> {
        let op = reader.0.op_type.as_str();
        let &[input] = activations else {
            return match op {
                "Add" => {
                    let shape = self.shapes[activations[0]].clone();
                    if activations.len() != 2 || self.shapes[activations[1]] != shape {
                        return Err(reader.error(
                            "its inputs have different shapes",
                            "add values of one shape",
                        ));
                    }
                    self.push(reader, activations.to_vec(), shape, FloatOperation::Sum)
                }
                _ => Err(reader.error(
                    "it combines two activations",
                    "only Add of two activations is supported",
                )),
            };
        };
        let first = matches!(self.value(reader, 0)?, Some(super::graph::Value::Node(_)));
        let constant = self.constant(reader, usize::from(first))?;
        let shape = &self.shapes[input];
        let count = if shape.len() == 3 {
            shape[0]
        } else {
            size(shape).unwrap_or(0)
        };
        let flat = constant.filter(|c| {
            c.values.len() == 1
                || shape.len() == 1 && c.shape.last() == Some(&count)
                || shape.len() == 3 && c.shape.ends_with(&[count, 1, 1])
        });
        let Some(values) = flat.and_then(|c| spread(c, count)) else {
            return Err(reader.error(
                "its constant has neither one value nor one for each feature or channel",
                "use such a shape",
            ));
        };
        let (one, zero) = (vec![1.0; count], vec![0.0; count]);
        let (scale, bias) = match (op, first) {
            ("Add", _) => (one, values),
            ("Sub", true) => (one, values.iter().map(|v| -v).collect()),
            ("Sub", false) => (vec![-1.0; count], values),
            ("Mul", _) => (values, zero),
            ("Div", true) => (values.iter().map(|v| 1.0 / v).collect(), zero),
            _ => {
                return Err(reader.error(
                    "it divides by an activation",
                    "use multiplication by a constant",
                ));
            }
        };
        self.scale(reader, input, &scale, bias)
    }

    /// `scale x + bias`, for each feature of a flat value or each channel of a picture.
    pub(super) fn scale(
        &mut self,
        reader: Reader<'_>,
        input: usize,
        scale: &[f32],
        bias: Vec<f32>,
    ) -> Result<(), ImportError> {
        let shape = self.shapes[input].clone();
        let count = scale.len();
        if shape.first() != Some(&count) || bias.len() != count {
            return Err(reader.error(
                format!("{count} factors do not fit a value of shape {shape:?}"),
                "check the shapes",
            ));
        }
        match shape.len() {
            1 if count * count > MAX_WEIGHTS => {
                Err(reader.error("too many features", "use at most 8192"))
            }
            1 => {
                let weights = Array2::from_diag(&ndarray::ArrayView1::from(scale));
                self.affine(reader, input, weights, bias)
            }
            3 => {
                let kernel = Array4::from_shape_fn((count, 1, 1, 1), |(c, ..)| scale[c]);
                let operation = FloatOperation::Conv {
                    kernel,
                    bias,
                    stride: [1; 2],
                    padding: [0; 4],
                    groups: count,
                };
                self.push(reader, vec![input], shape, operation)
            }
            _ => Err(reader.error(
                format!("shape {shape:?} is not supported"),
                "use flat values or pictures",
            )),
        }
    }

    pub(super) fn batch_normalization(
        &mut self,
        reader: Reader<'_>,
        input: usize,
    ) -> Result<(), ImportError> {
        let mut parts = Vec::new();
        for index in 1..5 {
            parts.push(
                self.constant(reader, index)?
                    .map_or(Vec::new(), |t| t.values.clone()),
            );
        }
        let count = parts[0].len();
        if parts.iter().any(|p| p.len() != count) {
            return Err(reader.error(
                "its four constants have different lengths",
                "export in evaluation mode",
            ));
        }
        let epsilon = f64::from(reader.float("epsilon", 1e-5));
        let scale: Vec<f64> = (0..count)
            .map(|i| parts[0][i] / (parts[3][i] + epsilon).sqrt())
            .collect();
        let bias = (0..count)
            .map(|i| (parts[1][i] - parts[2][i] * scale[i]) as f32)
            .collect();
        let scale: Vec<f32> = scale.iter().map(|&s| s as f32).collect();
        self.scale(reader, input, &scale, bias)
    }

    pub(super) fn scaler(&mut self, reader: Reader<'_>, input: usize) -> Result<(), ImportError> {
        let count = size(&self.shapes[input]).unwrap_or(0);
        let all = |values: &[f32]| match values {
            [one] => vec![*one; count],
            many => many.to_vec(),
        };
        let (offset, scale) = (all(reader.floats("offset")), all(reader.floats("scale")));
        let bias = offset.iter().zip(&scale).map(|(o, s)| -o * s).collect();
        self.scale(reader, input, &scale, bias)
    }

    pub(super) fn linear_classifier(
        &mut self,
        reader: Reader<'_>,
        input: usize,
    ) -> Result<(), ImportError> {
        let rows = self.rows(
            reader,
            input,
            reader
                .ints("classlabels_ints")
                .len()
                .max(reader.strings("classlabels_strings").len()),
        )?;
        let outputs = rows.1.len();
        self.affine(reader, input, rows.0, rows.1)?;
        let output = FloatOutput {
            node: self.model.nodes.len(),
            kind: if outputs == 1 {
                OutputKind::Sign
            } else {
                OutputKind::Argmax
            },
            labels: reader.labels("classlabels_ints", "classlabels_strings"),
        };
        self.client(reader, &output);
        Ok(())
    }

    pub(super) fn linear_regressor(
        &mut self,
        reader: Reader<'_>,
        input: usize,
    ) -> Result<(), ImportError> {
        let targets = usize::try_from(reader.int("targets", 1)).unwrap_or(0);
        let (weights, bias) = self.rows(reader, input, targets)?;
        self.affine(reader, input, weights, bias)
    }

    /// Coefficients and intercepts of linear models; rows may be fewer than asked for.
    fn rows(
        &self,
        reader: Reader<'_>,
        input: usize,
        most: usize,
    ) -> Result<(Array2<f32>, Vec<f32>), ImportError> {
        let features = size(&self.shapes[input]).unwrap_or(1).max(1);
        let coefficients = reader.floats("coefficients");
        let count = coefficients.len() / features;
        let mut bias = reader.floats("intercepts").to_vec();
        if bias.is_empty() {
            bias = vec![0.0; count];
        }
        let weights = Array2::from_shape_vec((count, features), coefficients.to_vec()).ok();
        weights
            .filter(|_| count > 0 && count <= most.max(1))
            .map(|weights| (weights, bias))
            .ok_or_else(|| {
                reader.error(
                    "its coefficients do not fit its input",
                    "export the model again",
                )
            })
    }
}

fn matrix(reader: Reader<'_>, tensor: &Tensor) -> Result<Array2<f32>, ImportError> {
    let values = tensor.values.iter().map(|&v| v as f32).collect();
    match tensor.shape[..] {
        [rows, columns] => Array2::from_shape_vec((rows, columns), values).ok(),
        _ => None,
    }
    .ok_or_else(|| {
        reader.error(
            format!("its constant has shape {:?}", tensor.shape),
            ONE_CONSTANT,
        )
    })
}

/// One value for each of `count`.
fn spread(tensor: &Tensor, count: usize) -> Option<Vec<f32>> {
    match &tensor.values[..] {
        [one] => Some(vec![*one as f32; count]),
        many if many.len() == count => Some(many.iter().map(|&v| v as f32).collect()),
        _ => None,
    }
}
