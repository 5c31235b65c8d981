//! Affine maps.

use super::graph::{Builder, MAX_WEIGHTS, Value};
use super::reader::Reader;
use super::tensor::{Tensor, size};
use super::{Expression, FloatOperation, ImportError, UnaryFunction};
use ndarray::{Array2, Array4, IxDyn};

const ONE_CONSTANT: &str =
    "one factor must be a constant matrix [inputs, outputs] that fits the other, a flat value";

impl Builder {
    pub(super) fn affine(
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

    /// Addition and so on of a constant, or of another activation.
    pub(super) fn arithmetic(
        &mut self,
        reader: Reader<'_>,
        activations: &[usize],
    ) -> Result<(), ImportError> {
        let input = match *activations {
            [input] => input,
            [a, b] => return self.combine(reader, [a, b]),
            _ => return Err(reader.error("it has more than two inputs", "use two")),
        };
        let op = reader.0.op_type.as_str();
        let first = self.is_activation(reader, 0);
        let constant = self.constant(reader, usize::from(first))?.cloned();
        let constant =
            constant.ok_or_else(|| reader.error("it has one input", "export the model again"))?;
        if let Some(clip) = match (op, constant.scalar()) {
            ("Max", Some(low)) => Some((low as f32, f32::MAX)),
            ("Min", Some(high)) => Some((f32::MIN, high as f32)),
            _ => None,
        } {
            let shape = self.shapes[input].clone();
            let (low, high) = clip;
            let clip = FloatOperation::Unary(UnaryFunction::Clip { low, high });
            return self.push(reader, vec![input], shape, clip);
        }
        let values = self.broadcast(reader, &constant, input)?;
        let negative = || values.iter().map(|v| -v).collect::<Vec<f32>>();
        match (op, first) {
            ("Add", _) => self.elementwise(reader, input, &[1.0], &values),
            ("Sub", true) => self.elementwise(reader, input, &[1.0], &negative()),
            ("Sub", false) => self.elementwise(reader, input, &[-1.0], &values),
            ("Mul", _) => self.elementwise(reader, input, &values, &[0.0]),
            ("Div", true) => {
                let inverse: Vec<f32> = values.iter().map(|v| 1.0 / v).collect();
                self.elementwise(reader, input, &inverse, &[0.0])
            }
            ("Div", false) if constant.scalar().is_some() => {
                let inverse = Expression::Constant(f64::from(values[0])).over(Expression::Input);
                let shape = self.shapes[input].clone();
                let operation = FloatOperation::Unary(inverse.into());
                self.push(reader, vec![input], shape, operation)
            }
            _ => Err(reader.error(
                "it combines an activation and several constants in a way that is no linear map",
                "use one constant for all values",
            )),
        }
    }

    /// A constant for each value of an activation.
    pub(super) fn broadcast(
        &self,
        reader: Reader<'_>,
        constant: &Tensor,
        input: usize,
    ) -> Result<Vec<f32>, ImportError> {
        let mut shape = vec![1];
        shape.extend(&self.shapes[input]);
        let array = constant.array();
        let wide = array.as_ref().and_then(|a| a.broadcast(IxDyn(&shape)));
        match wide {
            Some(wide) => Ok(wide.iter().map(|&v| v as f32).collect()),
            None => Err(reader.error(
                format!(
                    "its constant of shape {:?} does not fit values of shape {shape:?}",
                    constant.shape
                ),
                "use one value, or one for each feature or channel",
            )),
        }
    }

    /// `scale x + bias`, each one number or one for each value.
    pub(super) fn elementwise(
        &mut self,
        reader: Reader<'_>,
        input: usize,
        scale: &[f32],
        bias: &[f32],
    ) -> Result<(), ImportError> {
        let shape = self.shapes[input].clone();
        let count = size(&shape).unwrap_or(0);
        let of = |list: &[f32], i: usize| list.get(i).or(list.first()).copied().unwrap_or(0.0);
        let channels = match shape[..] {
            [channels, _, _] => channels,
            _ => count,
        };
        let inner = count / channels.max(1);
        let by_channel = |list: &[f32]| -> Option<Vec<f32>> {
            let same = (0..count).all(|i| of(list, i) == of(list, i / inner * inner));
            same.then(|| (0..channels).map(|c| of(list, c * inner)).collect())
        };
        if matches!(shape.len(), 1 | 3)
            && let (Some(scale), Some(bias)) = (by_channel(scale), by_channel(bias))
        {
            return self.scale(reader, input, &scale, bias);
        }
        self.values_moved(reader, input, vec![count])?;
        let all = |list: &[f32]| (0..count).map(|i| of(list, i)).collect::<Vec<f32>>();
        let flat = self.newest(reader, input);
        self.scale(reader, flat, &all(scale), all(bias))?;
        let flat = self.model.nodes.len();
        self.values_moved(reader, flat, shape)
    }

    /// The node that this node's first output stands for now.
    pub(super) fn newest(&self, reader: Reader<'_>, default: usize) -> usize {
        let name = reader.0.output.first();
        match name.and_then(|name| self.values.get(name)) {
            Some(&Value::Node(node)) => node,
            _ => default,
        }
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
                Err(reader.error("too many features", "use at most 4096"))
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
