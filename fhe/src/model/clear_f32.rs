//! The network of a model in 32-bit floats: what clear inference costs without quantisation.
//!
//! Weights and tables are those of the quantised model, so that the same network is compared; a table is read at the nearest
//! entry. Whole batches go through one matrix product a layer where most weights are not zero.

use ndarray::{Array1, Array2, ArrayViewMut1, Axis, concatenate};

use super::{Layer, LutLayer, ModelError, QuantisedModel};

/// Above this part of weights that are not zero a matrix product is faster than a list of them.
const DENSE: f64 = 0.25;

/// A model on floats.
#[derive(Debug, Clone)]
pub struct ClearModelF32 {
    features: usize,
    layers: Vec<LayerF32>,
}

#[derive(Debug, Clone)]
struct LayerF32 {
    /// Each with its factor to the common scale.
    inputs: Vec<(usize, f32)>,
    operation: OperationF32,
}

#[derive(Debug, Clone)]
enum OperationF32 {
    /// Inputs x outputs, and a bias.
    Dense(Array2<f32>, Array1<f32>),
    /// For each output the inputs it reads, and a bias.
    Sparse(Vec<Vec<(usize, f32)>>, Array1<f32>),
    /// `2^-shift`, and the tables with their second, negated halves.
    Table(f32, Vec<Vec<f32>>),
}

impl ClearModelF32 {
    /// Validates the model.
    ///
    /// # Errors
    /// As [`QuantisedModel::validate`].
    pub fn new(model: &QuantisedModel) -> Result<Self, ModelError> {
        let wires = model.analyse()?;
        let layer = |(index, layer): (usize, &Layer)| {
            let inputs = layer.inputs(index);
            let bits = wires[index + 1].bits;
            Ok(match layer {
                Layer::Lut(lut) => {
                    let shift = lut.shift(wires[inputs[0]].bits).unwrap_or_default();
                    LayerF32 {
                        inputs: vec![(inputs[0], 1.0)],
                        operation: OperationF32::table(lut, shift),
                    }
                }
                _ => {
                    let features = inputs.iter().map(|&i| wires[i].ranges.len()).sum();
                    let rows = model.rows(index, features)?;
                    let factor = |i: usize| ((bits - wires[i].bits) as f32).exp2();
                    LayerF32 {
                        inputs: inputs.into_iter().map(|i| (i, factor(i))).collect(),
                        operation: OperationF32::linear(&rows.entries, &rows.bias, features),
                    }
                }
            })
        };
        let layers = model.layers.iter().enumerate().map(layer);
        Ok(Self {
            features: model.input.features,
            layers: layers.collect::<Result<_, ModelError>>()?,
        })
    }

    /// The logits, images x outputs, of quantised inputs, images x features.
    ///
    /// # Errors
    /// [`ModelError::Input`] for a wrong number of features.
    pub fn predict(&self, inputs: &Array2<f32>) -> Result<Array2<f32>, ModelError> {
        if inputs.ncols() != self.features {
            let found = inputs.ncols();
            return Err(ModelError::Input(format!(
                "has {found} values; the model reads {}",
                self.features
            )));
        }
        let mut values = vec![inputs.clone()];
        for layer in &self.layers {
            let next = match layer.inputs.as_slice() {
                [(input, 1.0)] => layer.operation.apply(&values[*input]),
                inputs => {
                    let scaled: Vec<_> = inputs.iter().map(|&(i, f)| &values[i] * f).collect();
                    let views: Vec<_> = scaled.iter().map(|array| array.view()).collect();
                    let joined = concatenate(Axis(1), &views)
                        .map_err(|error| ModelError::Input(error.to_string()))?;
                    layer.operation.apply(&joined)
                }
            };
            values.push(next);
        }
        Ok(values.pop().unwrap_or_default())
    }
}

impl OperationF32 {
    fn linear(entries: &[Vec<(usize, i64)>], bias: &[i64], inputs: usize) -> Self {
        let bias = bias.iter().map(|&b| b as f32).collect();
        let used: usize = entries.iter().map(Vec::len).sum();
        if (used as f64) < DENSE * (inputs * entries.len()) as f64 {
            let row = |row: &Vec<(usize, i64)>| row.iter().map(|&(i, w)| (i, w as f32)).collect();
            return Self::Sparse(entries.iter().map(row).collect(), bias);
        }
        let mut weights = Array2::zeros((inputs, entries.len()));
        for (output, row) in entries.iter().enumerate() {
            for &(input, weight) in row {
                weights[[input, output]] = weight as f32;
            }
        }
        Self::Dense(weights, bias)
    }

    fn table(lut: &LutLayer, shift: u32) -> Self {
        let both = |table: &Vec<i64>| {
            let halves = table.iter().copied().chain(table.iter().map(|v| -v));
            halves.map(|v| v as f32).collect()
        };
        Self::Table(
            (-(shift as f32)).exp2(),
            lut.tables.iter().map(both).collect(),
        )
    }

    fn apply(&self, values: &Array2<f32>) -> Array2<f32> {
        match self {
            Self::Dense(weights, bias) => values.dot(weights) + bias,
            Self::Sparse(rows, bias) => {
                let mut out = Array2::zeros((values.nrows(), rows.len()));
                for (input, mut output) in values.outer_iter().zip(out.outer_iter_mut()) {
                    for ((row, bias), out) in rows.iter().zip(bias).zip(&mut output) {
                        *out = row.iter().fold(*bias, |sum, &(i, w)| sum + w * input[i]);
                    }
                }
                out
            }
            Self::Table(scale, tables) => {
                let mut out = values.clone();
                let group = out.ncols() / tables.len();
                let read = |(feature, value): (usize, &mut f32)| {
                    let table = &tables[feature / group];
                    let index = (*value * scale + 0.5).floor() as i64;
                    *value = table[index.rem_euclid(table.len() as i64) as usize];
                };
                let each =
                    |mut row: ArrayViewMut1<'_, f32>| row.iter_mut().enumerate().for_each(read);
                out.outer_iter_mut().for_each(each);
                out
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ClearModel;

    #[test]
    fn small_integers_are_exact_in_floats() {
        let model = QuantisedModel::from_json(
            r#"{"format": 2, "name": "two ways", "parameters": "message_4", "output": {"kind": "argmax"},
            "input": {"features": 2, "min": 0, "max": 3, "bits": 6, "quantise": {"scale": [1], "offset": [0]}},
            "layers": [{"type": "dense", "name": "a", "weights": [[1, 2], [-3, 1]], "bias": [0, 5]},
              {"type": "lut", "name": "t", "mode": "negacyclic", "tables": [[1, 2, 3, 4], [0, -1, 2, 1]], "output_bits": 7},
              {"type": "sparse", "name": "b", "inputs": [0, 2], "rows": [[[0, 1], [3, 1]], [], [[2, -2]], [], [], [[1, 1]]],
               "bias": [1, 2, 3, 4, 5, 6]}]}"#,
        )
        .unwrap();
        let exact = ClearModel::new(&model).unwrap();
        let float = ClearModelF32::new(&model).unwrap();
        let inputs: Vec<[i64; 2]> = (0..16).map(|v| [v / 4, v % 4]).collect();
        let batch = Array2::from_shape_fn((16, 2), |(image, f)| inputs[image][f] as f32);
        let logits = float.predict(&batch).unwrap();
        for (input, logits) in inputs.iter().zip(logits.outer_iter()) {
            let rounded: Vec<i64> = logits.iter().map(|&v| v as i64).collect();
            assert_eq!(rounded, exact.predict(input).unwrap());
        }
        assert!(float.predict(&Array2::zeros((1, 3))).is_err());
    }
}
