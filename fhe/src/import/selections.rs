//! Operators that move values of activations.
//!
//! An activation goes through [`moved`] as the tensor of its own positions, with a batch of one in front; what comes out says
//! which value goes where.

use super::graph::{Builder, Value};
use super::moves::{REMEDY, moved};
use super::reader::Reader;
use super::tensor::{Tensor, size};
use super::{FloatOperation, ImportError};

/// Stands for a zero that padding put in.
const PADDING: f64 = -1.0;

impl Builder {
    /// A moving operator that reads activations.
    pub(super) fn move_activations(&mut self, reader: Reader<'_>) -> Result<(), ImportError> {
        let mut sources: Vec<usize> = Vec::new();
        let mut first_position = Vec::new();
        let mut total = 0;
        let mut tensors = Vec::new();
        for index in 0..reader.0.input.len() {
            tensors.push(match self.value(reader, index)? {
                None => None,
                Some(Value::Constant(tensor)) => Some(tensor.clone()),
                Some(Value::Client(_) | Value::Names) => {
                    return Err(reader.error(
                        "it reads what is no number, or what the client computes",
                        REMEDY,
                    ));
                }
                Some(&Value::Node(node)) => {
                    let known = sources.iter().position(|&source| source == node);
                    let k = known.unwrap_or(sources.len());
                    let count = size(&self.shapes[node]).unwrap_or(0);
                    if known.is_none() {
                        sources.push(node);
                        first_position.push(total);
                        total += count;
                    }
                    let mut shape = vec![1];
                    shape.extend(&self.shapes[node]);
                    let values = (0..count).map(|j| (first_position[k] + j) as f64).collect();
                    Some(Tensor { shape, values })
                }
            });
        }
        let padded = reader.0.op_type == "Pad";
        if padded
            && let Some(Some(value)) = tensors.get(2)
            && value.values.iter().any(|&v| v != 0.0)
        {
            return Err(reader.error("it pads with a number that is not 0", "pad with 0"));
        }
        if padded {
            let zero = Tensor {
                shape: Vec::new(),
                values: vec![PADDING],
            };
            tensors.resize(2, None);
            tensors.insert(2, Some(zero));
        }
        if reader.0.op_type == "Concat"
            && (0..reader.0.input.len())
                .any(|i| matches!(self.value(reader, i), Ok(Some(Value::Constant(_)))))
        {
            return Err(reader.error("it joins constants to activations", REMEDY));
        }
        let outputs = moved(reader, &tensors)?;
        for (index, tensor) in outputs.iter().enumerate() {
            let Some((&1, shape)) = tensor.shape.split_first() else {
                return Err(reader.error("it moves the batch", REMEDY));
            };
            let place = |&position: &f64| {
                let position = (position >= 0.0).then_some(position as usize)?;
                let k = first_position.partition_point(|&first| first <= position) - 1;
                Some((k, position - first_position[k]))
            };
            let values: Vec<Option<(usize, usize)>> = tensor.values.iter().map(place).collect();
            let unmoved = sources.len() == 1
                && values.len() == total
                && (values.iter().enumerate()).all(|(i, v)| *v == Some((0, i)));
            if unmoved && shape == self.shapes[sources[0]] {
                self.bind_at(reader, index, Value::Node(sources[0]));
                continue;
            }
            let operation = match unmoved {
                true => FloatOperation::Sum,
                false => FloatOperation::Select { values },
            };
            let shape = match shape {
                [] => vec![1],
                shape => shape.to_vec(),
            };
            self.push(reader, sources.clone(), shape, operation)?;
            let node = self.model.nodes.len();
            self.bind_at(reader, index, Value::Node(node));
        }
        Ok(())
    }
}
