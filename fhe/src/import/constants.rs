//! Operators whose inputs are all constants: folded while the file is read.

use super::ImportError;
use super::graph::{Builder, Value};
use super::moves::{is_move, moved};
use super::reader::Reader;
use super::tensor::{Tensor, size};

impl Builder {
    /// Nodes of constants only.
    pub(super) fn fold(&mut self, reader: Reader<'_>, inputs: &[Value]) -> Result<(), ImportError> {
        let unsupported = || {
            reader.error(
                "works on constants only",
                "fold constants on export (onnxsim, or do_constant_folding=True)",
            )
        };
        let tensors: Vec<&Tensor> = inputs
            .iter()
            .filter_map(|v| match v {
                Value::Constant(t) => Some(t),
                _ => None,
            })
            .collect();
        if is_move(&reader.0.op_type) {
            let mut inputs = Vec::new();
            for index in 0..reader.0.input.len() {
                inputs.push(self.constant(reader, index)?.cloned());
            }
            for (index, tensor) in moved(reader, &inputs)?.into_iter().enumerate() {
                self.bind_at(reader, index, Value::Constant(tensor));
            }
            return Ok(());
        }
        let tensor = match (reader.0.op_type.as_str(), &tensors[..]) {
            ("Constant", _) => match reader.tensor("value")? {
                Some(tensor) => tensor,
                None => {
                    let ints: Vec<f64> = reader
                        .ints("value_ints")
                        .iter()
                        .map(|&v| v as f64)
                        .collect();
                    let floats: Vec<f64> = reader
                        .floats("value_floats")
                        .iter()
                        .map(|&v| f64::from(v))
                        .collect();
                    let single = f64::from(reader.float("value_float", 0.0))
                        + reader.int("value_int", 0) as f64;
                    match (ints.is_empty(), floats.is_empty()) {
                        (false, _) => Tensor::vector(ints),
                        (_, false) => Tensor::vector(floats),
                        _ => Tensor {
                            shape: Vec::new(),
                            values: vec![single],
                        },
                    }
                }
            },
            ("Cast", [first, ..]) => (*first).clone(),
            ("Shape", [first]) => Tensor::vector(first.shape.iter().map(|&d| d as f64).collect()),
            ("ConstantOfShape", [sizes]) => {
                let shape: Option<Vec<usize>> = (sizes.values.iter())
                    .map(|&d| (d >= 0.0).then_some(d as usize))
                    .collect();
                let shape = shape
                    .filter(|shape| size(shape).is_some())
                    .ok_or_else(unsupported)?;
                let value = reader
                    .tensor("value")?
                    .and_then(|t| t.scalar())
                    .unwrap_or(0.0);
                Tensor {
                    values: vec![value; shape.iter().product()],
                    shape,
                }
            }
            ("Add" | "Sub" | "Mul" | "Div", [a, b]) => {
                let (a, b) = (
                    a.array().ok_or_else(unsupported)?,
                    b.array().ok_or_else(unsupported)?,
                );
                let shape = broadcast_shape(a.shape(), b.shape()).ok_or_else(unsupported)?;
                let wide = |array: &ndarray::ArrayD<f64>| {
                    array
                        .broadcast(ndarray::IxDyn(&shape))
                        .map(|v| v.to_owned())
                };
                let (a, b) = (
                    wide(&a).ok_or_else(unsupported)?,
                    wide(&b).ok_or_else(unsupported)?,
                );
                Tensor::of(&match reader.0.op_type.as_str() {
                    "Add" => a + b,
                    "Sub" => a - b,
                    "Mul" => a * b,
                    _ => a / b,
                })
            }
            ("Neg" | "Sqrt" | "Reciprocal", [a]) => {
                let function: fn(f64) -> f64 = match reader.0.op_type.as_str() {
                    "Neg" => |x| -x,
                    "Sqrt" => f64::sqrt,
                    _ => f64::recip,
                };
                Tensor {
                    shape: a.shape.clone(),
                    values: a.values.iter().map(|&v| function(v)).collect(),
                }
            }
            ("DequantizeLinear", [first, scale, rest @ ..]) => {
                let zero = rest.first().map_or(&[][..], |t| &t.values[..]);
                let axis = reader.int("axis", 1);
                let axis = if axis < 0 {
                    axis + first.shape.len() as i64
                } else {
                    axis
                } as usize;
                let inner: usize = first.shape.iter().skip(axis + 1).product();
                let count = scale.values.len();
                if count != 1 && first.shape.get(axis) != Some(&count)
                    || zero.len() > 1 && zero.len() != count
                {
                    return Err(unsupported());
                }
                let values = first.values.iter().enumerate().map(|(i, v)| {
                    let channel = if count == 1 { 0 } else { i / inner % count };
                    let zero = zero.get(channel).or(zero.first()).copied().unwrap_or(0.0);
                    (v - zero) * scale.values[channel]
                });
                Tensor {
                    shape: first.shape.clone(),
                    values: values.collect(),
                }
            }
            _ => return Err(unsupported()),
        };
        self.bind(reader, Value::Constant(tensor));
        Ok(())
    }
}

/// The shape that two shapes broadcast to.
fn broadcast_shape(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let rank = a.len().max(b.len());
    let axis =
        |shape: &[usize], i: usize| (i + shape.len()).checked_sub(rank).map_or(1, |i| shape[i]);
    let shape: Option<Vec<usize>> = (0..rank)
        .map(|i| match (axis(a, i), axis(b, i)) {
            (x, y) if x == y || y == 1 => Some(x),
            (1, y) => Some(y),
            _ => None,
        })
        .collect();
    shape.filter(|shape| size(shape).is_some())
}
