//! Models on integers, without encryption.

use super::rows::Rows;
use super::{Layer, LutLayer, ModelError, QuantisedModel};

/// A model made ready for many evaluations.
#[derive(Debug, Clone)]
pub struct ClearModel<'a> {
    model: &'a QuantisedModel,
    layers: Vec<ClearLayer<'a>>,
}

/// A layer, ready to be evaluated.
#[derive(Debug, Clone)]
pub enum ClearLayer<'a> {
    /// Sums of inputs.
    Linear {
        /// Each input (0: that of the model, i: `layers[i-1]`) with the shift to the common scale.
        inputs: Vec<(usize, u32)>,
        /// Weights of the inputs, one after the other, and biases.
        rows: Rows,
    },
    /// A table.
    Lut {
        /// As above.
        input: usize,
        /// See [`LutLayer::raw_index`].
        shift: u32,
        /// The tables.
        lut: &'a LutLayer,
    },
}

impl<'a> ClearModel<'a> {
    /// Validates the model.
    ///
    /// # Errors
    /// As [`QuantisedModel::validate`].
    pub fn new(model: &'a QuantisedModel) -> Result<Self, ModelError> {
        let wires = model.analyse()?;
        let layer = |(index, layer): (usize, &'a Layer)| {
            let inputs = layer.inputs(index);
            Ok(match layer {
                Layer::Lut(lut) => ClearLayer::Lut {
                    input: inputs[0],
                    shift: lut.shift(wires[inputs[0]].bits).unwrap_or_default(),
                    lut,
                },
                _ => {
                    let bits = wires[index + 1].bits;
                    let features = inputs.iter().map(|&i| wires[i].ranges.len()).sum();
                    ClearLayer::Linear {
                        rows: model.rows(index, features)?,
                        inputs: inputs
                            .into_iter()
                            .map(|i| (i, bits - wires[i].bits))
                            .collect(),
                    }
                }
            })
        };
        let layers = model.layers.iter().enumerate().map(layer);
        Ok(Self {
            model,
            layers: layers.collect::<Result<_, ModelError>>()?,
        })
    }

    /// The model.
    pub fn model(&self) -> &'a QuantisedModel {
        self.model
    }

    /// The layers, in order.
    pub fn layers(&self) -> &[ClearLayer<'a>] {
        &self.layers
    }

    /// The values of the input (position 0) and of every layer (position i: `layers[i-1]`).
    ///
    /// # Errors
    /// [`ModelError::Input`] for a wrong number of values or a value out of range.
    pub fn values(&self, input: &[i64]) -> Result<Vec<Vec<i64>>, ModelError> {
        self.model.check_input(input)?;
        let mut values = vec![input.to_vec()];
        for layer in &self.layers {
            let next = match layer {
                ClearLayer::Linear { inputs, rows } => {
                    let read: Vec<i64> = inputs
                        .iter()
                        .flat_map(|&(input, shift)| values[input].iter().map(move |v| v << shift))
                        .collect();
                    let outputs = rows.entries.iter().zip(&rows.bias);
                    outputs
                        // Only the sum is known to fit.
                        .map(|(row, &bias)| {
                            row.iter().fold(bias, |sum, &(i, w)| {
                                sum.wrapping_add(w.wrapping_mul(read[i]))
                            })
                        })
                        .collect()
                }
                ClearLayer::Lut { input, shift, lut } => {
                    let group = values[*input].len() / lut.tables.len();
                    let read = values[*input].iter().enumerate();
                    read.map(|(feature, &v)| {
                        LutLayer::entry(
                            &lut.tables[feature / group],
                            LutLayer::raw_index(v, *shift),
                        )
                    })
                    .collect()
                }
            };
            values.push(next);
        }
        Ok(values)
    }

    /// The logits.
    ///
    /// # Errors
    /// As [`ClearModel::values`].
    pub fn predict(&self, input: &[i64]) -> Result<Vec<i64>, ModelError> {
        Ok(self.values(input)?.pop().unwrap_or_default())
    }
}

impl QuantisedModel {
    /// The logits of an input; [`ClearModel`] is faster for many.
    ///
    /// # Errors
    /// [`ModelError`] for a model that does not validate or an input that does not fit.
    pub fn predict_clear(&self, input: &[i64]) -> Result<Vec<i64>, ModelError> {
        ClearModel::new(self)?.predict(input)
    }
}
