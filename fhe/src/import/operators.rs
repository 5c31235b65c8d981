//! Which operator is read by what; operators that only move values.

use super::graph::{Builder, Reader, Value, resolve};
use super::tensor::size;
use super::{FloatOperation, FloatOutput, ImportError, UnaryFunction};
use crate::model::OutputKind;

impl Builder {
    /// A node that reads `activations`.
    pub(super) fn operator(
        &mut self,
        reader: Reader<'_>,
        activations: &[usize],
    ) -> Result<(), ImportError> {
        let input = activations[0];
        if let Some(function) = self.unary(reader)? {
            let shape = self.shapes[input].clone();
            return self.push(reader, vec![input], shape, FloatOperation::Unary(function));
        }
        match reader.0.op_type.as_str() {
            "Identity" | "Dropout" | "Cast" => {
                self.bind(reader, Value::Node(input));
                Ok(())
            }
            "Flatten" | "Reshape" | "Squeeze" | "Unsqueeze" => self.reshape(reader, input),
            "Softmax" | "LogSoftmax" | "ArgMax" => {
                let axis = reader.int("axis", if reader.0.op_type == "ArgMax" { 0 } else { -1 });
                if self.shapes[input].len() != 1 || !matches!(axis, 1 | -1) {
                    return Err(reader.error("it is not over the features of a flat value", "flatten before it, with axis 1"));
                }
                let output = FloatOutput { node: input, kind: OutputKind::Argmax, labels: Vec::new() };
                self.client(reader, &output);
                Ok(())
            }
            "Gemm" => self.gemm(reader, activations),
            "MatMul" => self.matmul(reader, activations),
            "Add" | "Sub" | "Mul" | "Div" => self.arithmetic(reader, activations),
            "Sum" => self.sum(reader, activations),
            "Concat" => self.concat(reader, activations),
            "BatchNormalization" => self.batch_normalization(reader, input),
            "Scaler" => self.scaler(reader, input),
            "LinearClassifier" => self.linear_classifier(reader, input),
            "LinearRegressor" => self.linear_regressor(reader, input),
            "Conv" => self.conv(reader, activations),
            "MaxPool" => self.max_pool(reader, input),
            "AveragePool" => self.average_pool(reader, input),
            "GlobalAveragePool" => self.global_average_pool(reader, input),
            "TreeEnsembleClassifier" | "TreeEnsembleRegressor" => self.trees(reader, input),
            _ => Err(reader.error(
                "this operator is not supported",
                "replace it by Gemm, Conv, pooling, element-wise functions or trees, or export the model without it",
            )),
        }
    }

    fn reshape(&mut self, reader: Reader<'_>, input: usize) -> Result<(), ImportError> {
        let from = self.shapes[input].clone();
        let features = size(&from).unwrap_or(0);
        let unsupported = |problem: String| {
            reader.error(problem, "keep the batch first and give a constant shape")
        };
        let shape = match reader.0.op_type.as_str() {
            "Flatten" if reader.int("axis", 1) == 1 => vec![features],
            "Reshape" => {
                let target = self.constant(reader, 1)?.map(|t| t.values.clone());
                let target = target
                    .unwrap_or_else(|| reader.ints("shape").iter().map(|&d| d as f64).collect());
                if !matches!(target.first(), Some(&batch) if batch <= 1.0) {
                    return Err(unsupported(format!(
                        "it reshapes the batch too: {target:?}"
                    )));
                }
                let rest = &target[1..];
                // 0 counts axes with the batch, as `from` does here.
                resolve(&from, rest)
                    .ok_or_else(|| unsupported(format!("{from:?} has no shape {rest:?}")))?
            }
            "Squeeze" => from.iter().copied().filter(|&d| d > 1).collect(),
            other => {
                return Err(unsupported(format!(
                    "{other} of this kind changes axes of an activation"
                )));
            }
        };
        self.values_moved(reader, input, shape)
    }

    /// The same values under another shape: an empty sum of functions is not needed where the shape does not matter.
    fn values_moved(
        &mut self,
        reader: Reader<'_>,
        input: usize,
        shape: Vec<usize>,
    ) -> Result<(), ImportError> {
        if shape == self.shapes[input] {
            self.bind(reader, Value::Node(input));
            return Ok(());
        }
        self.push(reader, vec![input], shape, FloatOperation::Sum)
    }

    fn sum(&mut self, reader: Reader<'_>, activations: &[usize]) -> Result<(), ImportError> {
        let shape = self.shapes[activations[0]].clone();
        if activations.len() != reader.0.input.len()
            || activations.iter().any(|&a| self.shapes[a] != shape)
        {
            return Err(reader.error(
                "its inputs have different shapes",
                "add values of one shape",
            ));
        }
        self.push(reader, activations.to_vec(), shape, FloatOperation::Sum)
    }

    /// Only `[1 - p, p]`, as scikit-learn's binary classifiers end.
    fn concat(&mut self, reader: Reader<'_>, activations: &[usize]) -> Result<(), ImportError> {
        if let [complement, p] = activations[..]
            && let Some(logit) = self.sigmoid(p)
            && self.model.nodes[complement - 1].inputs == [p]
        {
            let output = FloatOutput {
                node: logit,
                kind: OutputKind::Sign,
                labels: Vec::new(),
            };
            self.client(reader, &output);
            return Ok(());
        }
        Err(reader.error(
            "joining activations is not supported",
            "use additions (residual) instead of Concat",
        ))
    }

    fn unary(&self, reader: Reader<'_>) -> Result<Option<UnaryFunction>, ImportError> {
        use UnaryFunction as F;
        Ok(Some(match reader.0.op_type.as_str() {
            "Relu" => F::Relu,
            "LeakyRelu" => F::LeakyRelu(reader.float("alpha", 0.01)),
            "PRelu" => match self.constant(reader, 1)?.and_then(|t| t.scalar()) {
                Some(slope) => F::LeakyRelu(slope as f32),
                None => {
                    return Err(reader.error(
                        "it has a slope for each channel",
                        "use one slope (num_parameters=1)",
                    ));
                }
            },
            "Sigmoid" => F::Sigmoid,
            "Tanh" => F::Tanh,
            "HardSigmoid" => F::HardSigmoid {
                alpha: reader.float("alpha", 0.2),
                beta: reader.float("beta", 0.5),
            },
            "Elu" => F::Elu(reader.float("alpha", 1.0)),
            "Softplus" => F::Softplus,
            "Exp" => F::Exp,
            "Abs" => F::Abs,
            "Sign" => F::Sign,
            "Sin" => F::Sin,
            "Cos" => F::Cos,
            "Clip" => {
                let bound = |index, name, default| -> Result<f32, ImportError> {
                    let input = self.constant(reader, index)?;
                    Ok(input
                        .and_then(|t| t.scalar())
                        .map_or(reader.float(name, default), |v| v as f32))
                };
                F::Clip {
                    low: bound(1, "min", f32::MIN)?,
                    high: bound(2, "max", f32::MAX)?,
                }
            }
            _ => return Ok(None),
        }))
    }
}
