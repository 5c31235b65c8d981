//! Validation: shapes, scales, and interval arithmetic over all inputs in range.

use super::{DenseLayer, Layer, LutLayer, LutMode, ModelError, QuantisedModel};
use crate::program::LinearMap;

/// Most features of a layer.
const MAX_FEATURES: usize = crate::program::Program::MAX_FEATURES;

/// Largest absolute value of inputs, biases and table entries.
const MAX_VALUE: i64 = 1 << 31;

/// All values that a feature can take lie between these.
type Interval = (i64, i64);

fn fail<T>(field: impl Into<String>, problem: impl Into<String>) -> Result<T, ModelError> {
    Err(ModelError::Field {
        field: field.into(),
        problem: problem.into(),
    })
}

impl QuantisedModel {
    /// Checks every field, and by interval arithmetic that padded tables are never left and that logits fit.
    ///
    /// # Errors
    /// [`ModelError`] names the first field that is wrong and says what would be right.
    pub fn validate(&self) -> Result<(), ModelError> {
        if self.format != 1 {
            return fail(
                "format",
                format!("is {}; this version reads format 1", self.format),
            );
        }
        let message_bits = self.parameter_set()?.message_bits.0;
        self.validate_input()?;
        if self.layers.len().is_multiple_of(2) {
            return fail(
                "layers",
                "must alternate dense, lut, ..., and end with a dense layer",
            );
        }
        let mut ranges = vec![(self.input.min, self.input.max); self.input.features];
        let mut scale_bits = message_bits + 1;
        for (index, layer) in self.layers.iter().enumerate() {
            let field = format!("layers[{index}]");
            ranges = match (layer, index % 2) {
                (Layer::Dense(dense), 0) => dense.ranges(&field, &ranges)?,
                (Layer::Lut(lut), 1) => {
                    if scale_bits != message_bits + 1 {
                        let needed = message_bits + 1;
                        return fail(
                            format!("layers[{}].output_bits", index - 2),
                            format!(
                                "is {scale_bits}; must be {needed} because `{}` follows",
                                lut.name
                            ),
                        );
                    }
                    scale_bits = lut.output_bits;
                    lut.ranges(&field, message_bits, &ranges)?
                }
                _ => {
                    return fail(
                        field,
                        "must alternate dense, lut, ..., starting with a dense layer",
                    );
                }
            };
        }
        if ranges.len() != self.classes {
            return fail(
                "classes",
                format!(
                    "is {}; the last layer has {} outputs",
                    self.classes,
                    ranges.len()
                ),
            );
        }
        let limit = 1i64 << (scale_bits - 1);
        match ranges
            .iter()
            .position(|&(low, high)| low <= -limit || high >= limit)
        {
            None => Ok(()),
            Some(class) => fail(
                format!("layers[{}]", self.layers.len() - 1),
                format!(
                    "logit {class} reaches {:?}; must stay strictly between -{limit} and {limit}; \
                     raise output_bits of the last table",
                    ranges[class]
                ),
            ),
        }
    }

    fn validate_input(&self) -> Result<(), ModelError> {
        let input = &self.input;
        if !(1..=MAX_FEATURES).contains(&input.features) {
            return fail(
                "input.features",
                format!("must be from 1 to {MAX_FEATURES}"),
            );
        }
        if input.min > input.max || input.min < -MAX_VALUE || input.max > MAX_VALUE {
            return fail(
                "input.min",
                "must be at most input.max, both within 2^31 of zero",
            );
        }
        if !(1..=MAX_VALUE).contains(&input.raw_max) {
            return fail("input.raw_max", "must be from 1 to 2^31");
        }
        match input.image {
            Some(image) if image.width.checked_mul(image.height) != Some(input.features) => {
                fail("input.image", "width * height must be input.features")
            }
            _ => Ok(()),
        }
    }
}

impl DenseLayer {
    /// Ranges of the accumulators.
    fn ranges(&self, field: &str, inputs: &[Interval]) -> Result<Vec<Interval>, ModelError> {
        if self.weights.is_empty() || self.weights.len() > MAX_FEATURES {
            return fail(
                format!("{field}.weights"),
                format!("needs from 1 to {MAX_FEATURES} rows"),
            );
        }
        if self.bias.len() != self.weights.len() {
            let (biases, rows) = (self.bias.len(), self.weights.len());
            return fail(
                format!("{field}.bias"),
                format!("has {biases} values for {rows} rows of weights"),
            );
        }
        let rows = self.weights.iter().zip(&self.bias).enumerate();
        rows.map(|(output, (row, &bias))| {
            if row.len() != inputs.len() {
                let (given, needed) = (row.len(), inputs.len());
                return fail(
                    format!("{field}.weights[{output}]"),
                    format!("has {given} values, the layer before has {needed} outputs"),
                );
            }
            if !(-MAX_VALUE..=MAX_VALUE).contains(&bias) {
                return fail(
                    format!("{field}.bias[{output}]"),
                    "must be within 2^31 of zero",
                );
            }
            let norm = row
                .iter()
                .fold(0u64, |sum, w| sum.saturating_add(w.unsigned_abs()));
            if norm >= LinearMap::MAX_ROW_NORM {
                return fail(
                    format!("{field}.weights[{output}]"),
                    format!("absolute values sum to {norm}; must be below 2^31"),
                );
            }
            // |weights| < 2^31 and |values| <= 2^31: no sum leaves 63 bits.
            Ok(row
                .iter()
                .zip(inputs)
                .fold((bias, bias), |(low, high), (&w, &(a, b))| {
                    let (x, y) = (w * a, w * b);
                    (low + x.min(y), high + x.max(y))
                }))
        })
        .collect()
    }
}

impl LutLayer {
    /// Ranges of the outputs.
    fn ranges(
        &self,
        field: &str,
        message_bits: u32,
        inputs: &[Interval],
    ) -> Result<Vec<Interval>, ModelError> {
        let size = 1usize << message_bits;
        if self.table.len() != size {
            let given = self.table.len();
            return fail(
                format!("{field}.table"),
                format!("has {given} entries; the parameter set has {size} messages"),
            );
        }
        if !(1..=32).contains(&self.output_bits) {
            return fail(format!("{field}.output_bits"), "must be from 1 to 32");
        }
        let limit = 1i64 << (self.output_bits - 1);
        if let Some(index) = self
            .table
            .iter()
            .position(|v| !(-limit..=limit).contains(v))
        {
            return fail(
                format!("{field}.table[{index}]"),
                format!(
                    "is {}; must be from -{limit} to {limit} (output_bits)",
                    self.table[index]
                ),
            );
        }
        inputs
            .iter()
            .enumerate()
            .map(|(feature, &(low, high))| {
                if self.mode == LutMode::Padded && (low < 0 || high >= size as i64) {
                    return fail(
                        format!("{field}.mode"),
                        format!(
                            "value {feature} reaches {low}..={high}, a padded table needs 0..={}; \
                             change the layer before, or use negacyclic",
                            size - 1
                        ),
                    );
                }
                // Entries repeat after 2 * size indices.
                let last = high.min(low + 2 * size as i64 - 1);
                let values = (low..=last).filter_map(|v| self.apply(v));
                Ok(values.fold((i64::MAX, i64::MIN), |(a, b), v| (a.min(v), b.max(v))))
            })
            .collect()
    }
}
