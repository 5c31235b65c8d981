//! Which operator is read by what; operators that only move values.

use super::graph::{Builder, Value};
use super::moves::is_move;
use super::reader::Reader;
use super::tensor::Tensor;
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
            "Shape" => {
                let shape = [1].iter().chain(&self.shapes[input]);
                let sizes = Tensor::vector(shape.map(|&d| d as f64).collect());
                self.bind(reader, Value::Constant(sizes));
                Ok(())
            }
            "Cast" if !is_float(reader.int("to", 1)) => Err(reader.error(
                "it rounds an activation to whole numbers",
                "export the model without this cast, or up to its logits",
            )),
            "Cast" => {
                self.bind(reader, Value::Node(input));
                Ok(())
            }
            "QuantizeLinear" => self.quantize(reader, input),
            "DequantizeLinear" => {
                self.bind(reader, Value::Node(input));
                Ok(())
            }
            "Concat" if self.is_binary_tail(activations) => self.concat(reader, activations),
            op if is_move(op) => self.move_activations(reader),
            "Softmax" | "LogSoftmax" | "ArgMax" => {
                let axis = reader.int("axis", if reader.0.op_type == "ArgMax" { 0 } else { -1 });
                if self.shapes[input].len() != 1 || !matches!(axis, 1 | -1) {
                    return Err(reader.error("it is not over the features of a flat value", "flatten before it, with axis 1"));
                }
                let output = FloatOutput { node: input, kind: OutputKind::Argmax, labels: Vec::new() };
                self.client(reader, &output);
                Ok(())
            }
            "ZipMap" | "Normalizer" => {
                let labels = reader.labels("classlabels_int64s", "classlabels_strings");
                let output = FloatOutput { node: input, kind: OutputKind::Argmax, labels };
                self.client(reader, &output);
                Ok(())
            }
            "LayerNormalization" | "InstanceNormalization" | "GroupNormalization" | "RMSNormalization" => {
                Err(reader.error(
                    "it divides by a spread that it computes from the activations",
                    "use BatchNormalization, whose spread is fixed after training",
                ))
            }
            "QLinearConv" | "QLinearMatMul" | "ConvInteger" | "MatMulInteger" | "DynamicQuantizeLinear" => {
                Err(reader.error(
                    "integer operators are not supported",
                    "quantise to QDQ format (quant_format=QuantFormat.QDQ), or export the float model",
                ))
            }
            "Gemm" => self.gemm(reader, activations),
            "MatMul" => self.matmul(reader, activations),
            "Neg" => self.elementwise(reader, input, &[-1.0], &[0.0]),
            "Add" | "Sub" | "Mul" | "Div" | "Max" | "Min" => self.arithmetic(reader, activations),
            "Greater" | "Less" | "GreaterOrEqual" | "LessOrEqual" => self.comparison(reader, input),
            "Where" => self.choice(reader),
            "PRelu" => self.prelu(reader, input),
            "ReduceMean" | "ReduceSum" => self.reduce(reader, input),
            "Sum" => self.sum(reader, activations),
            "BatchNormalization" => self.batch_normalization(reader, input),
            "Scaler" => self.scaler(reader, input),
            "LinearClassifier" => self.linear_classifier(reader, input),
            "LinearRegressor" => self.linear_regressor(reader, input),
            "Conv" => self.on_pictures(reader, input, |b, input| b.conv(reader, input)),
            "MaxPool" => self.on_pictures(reader, input, |b, input| b.max_pool(reader, input)),
            "AveragePool" => self.on_pictures(reader, input, |b, input| b.average_pool(reader, input)),
            "GlobalAveragePool" => self.global_average_pool(reader, input),
            "TreeEnsembleClassifier" | "TreeEnsembleRegressor" => self.trees(reader, input),
            _ => Err(reader.error(
                "this operator is not supported",
                "replace it by Gemm, Conv, pooling, element-wise functions or trees, or export the model without it",
            )),
        }
    }

    /// The same values under another shape: an empty sum of functions is not needed where the shape does not matter.
    pub(super) fn values_moved(
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

    /// `QuantizeLinear`: what it clips at 0 is a ReLU that an exporter folded into it; its rounding, and its clipping at the
    /// ends of a calibrated range, are left to our own quantisation.
    fn quantize(&mut self, reader: Reader<'_>, input: usize) -> Result<(), ImportError> {
        let zero = self.constant(reader, 2)?;
        let value = zero.and_then(|t| t.scalar()).unwrap_or(0.0);
        let is_signed = (reader.0.input.get(2)).is_some_and(|name| self.signed.contains(name));
        let lowest = if is_signed { -128.0 } else { 0.0 };
        let linear = input.checked_sub(1).is_some_and(|i| {
            use FloatOperation as O;
            matches!(
                self.model.nodes[i].operation,
                O::Affine { .. } | O::Conv { .. } | O::Sum
            )
        });
        if value == lowest && linear {
            let shape = self.shapes[input].clone();
            let relu = FloatOperation::Unary(UnaryFunction::Relu);
            return self.push(reader, vec![input], shape, relu);
        }
        self.bind(reader, Value::Node(input));
        Ok(())
    }

    /// A slope for each channel: `slope x + (1 - slope) relu(x)`.
    fn prelu(&mut self, reader: Reader<'_>, input: usize) -> Result<(), ImportError> {
        let shape = self.shapes[input].clone();
        let Some(slopes) = self.constant(reader, 1)?.cloned() else {
            return Err(reader.error("it has no slope", "export the model again"));
        };
        if let Some(slope) = slopes.scalar() {
            let function = UnaryFunction::LeakyRelu(slope as f32);
            return self.push(reader, vec![input], shape, FloatOperation::Unary(function));
        }
        let slopes = self.broadcast(reader, &slopes, input)?;
        let rest: Vec<f32> = slopes.iter().map(|s| 1.0 - s).collect();
        let relu = FloatOperation::Unary(UnaryFunction::Relu);
        self.push(reader, vec![input], shape.clone(), relu)?;
        let positive = self.model.nodes.len();
        self.elementwise(reader, positive, &rest, &[0.0])?;
        let positive = self.model.nodes.len();
        self.elementwise(reader, input, &slopes, &[0.0])?;
        let line = self.model.nodes.len();
        self.push(reader, vec![line, positive], shape, FloatOperation::Sum)
    }

    fn is_binary_tail(&self, activations: &[usize]) -> bool {
        matches!(activations[..], [complement, p] if self.sigmoid(p).is_some()
            && (complement.checked_sub(1)).is_some_and(|i| self.model.nodes[i].inputs == [p]))
    }

    /// Only `[1 - p, p]`, as scikit-learn's binary classifiers end.
    fn concat(&mut self, reader: Reader<'_>, activations: &[usize]) -> Result<(), ImportError> {
        if let [_, p] = activations[..]
            && let Some(logit) = self.sigmoid(p)
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
}

/// Whether an ONNX element type is a floating-point one.
fn is_float(kind: i64) -> bool {
    matches!(kind, 1 | 10 | 11 | 16)
}
