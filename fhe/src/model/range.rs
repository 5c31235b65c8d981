//! Validation: shapes, scales, and interval arithmetic over all inputs in range.

use super::rows::{MAX_FEATURES, Rows};
use super::{FORMAT, Layer, LutLayer, LutMode, ModelError, QuantisedModel};
use crate::program::LinearMap;

/// Largest absolute value of inputs, biases and table entries.
const MAX_VALUE: i64 = 1 << 31;

/// Largest scale: `p - 1` is divisible by `2^32`.
const MAX_BITS: u32 = 32;

/// All values that a feature can take lie between these.
pub type Interval = (i64, i64);

/// What is known of the values of the input (position 0) or of layer `i - 1` (position i).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireInfo {
    /// A value v is encoded `v * (p-1)/2^bits`.
    pub bits: u32,
    /// Proven smallest and largest value of each feature, for all inputs in range.
    pub ranges: Vec<Interval>,
}

pub(super) fn fail<T>(
    field: impl Into<String>,
    problem: impl Into<String>,
) -> Result<T, ModelError> {
    Err(ModelError::Field {
        field: field.into(),
        problem: problem.into(),
    })
}

impl QuantisedModel {
    /// Checks every field, and that no accumulator leaves the range that its encoding can hold.
    ///
    /// # Errors
    /// [`ModelError::Field`] names the field.
    pub fn validate(&self) -> Result<(), ModelError> {
        self.analyse().map(drop)
    }

    /// Scale and proven ranges of the input and of every layer: validation with its findings.
    ///
    /// # Errors
    /// [`ModelError::Field`] names the field.
    pub fn analyse(&self) -> Result<Vec<WireInfo>, ModelError> {
        if self.format != FORMAT {
            return fail(
                "format",
                format!("is {}; this program reads format {FORMAT}", self.format),
            );
        }
        let set = self.parameter_set()?;
        self.validate_input()?;
        let mut wires = vec![WireInfo {
            bits: self.input_bits()?,
            ranges: (0..self.input.features)
                .map(|f| self.input.range(f))
                .collect(),
        }];
        for (index, layer) in self.layers.iter().enumerate() {
            let field = format!("layers[{index}]");
            let sources = self.sources(index, &wires)?;
            wires.push(match layer {
                Layer::Lut(lut) => {
                    if sources.len() != 1 {
                        return fail(format!("{field}.inputs"), "a table reads one layer");
                    }
                    lut.analyse(&field, sources[0], set.polynomial_size.0)?
                }
                _ => {
                    let inputs = sources.iter().map(|wire| wire.ranges.len()).sum();
                    self.rows(index, inputs)?.analyse(&field, &sources)?
                }
            });
        }
        self.validate_output(&wires)?;
        Ok(wires)
    }

    /// The wires that layer `index` reads.
    fn sources<'w>(
        &self,
        index: usize,
        wires: &'w [WireInfo],
    ) -> Result<Vec<&'w WireInfo>, ModelError> {
        let inputs = self.layers[index].inputs(index);
        let field = || format!("layers[{index}].inputs");
        if inputs.is_empty() || (1..inputs.len()).any(|i| inputs[..i].contains(&inputs[i])) {
            return fail(field(), "must name at least one layer, and none twice");
        }
        let wire = |input: &usize| match wires.get(*input) {
            Some(wire) => Ok(wire),
            None => fail(
                field(),
                format!("names {input}; must be at most {index} (0: the input, i: layers[i-1])"),
            ),
        };
        inputs.iter().map(wire).collect()
    }

    /// The rows of a linear layer that reads `inputs` values.
    pub(crate) fn rows(&self, index: usize, inputs: usize) -> Result<Rows, ModelError> {
        let field = format!("layers[{index}]");
        match &self.layers[index] {
            Layer::Dense(layer) => layer.to_rows(&field, inputs),
            Layer::Conv(layer) => layer.to_rows(&field, inputs),
            Layer::Sparse(layer) => layer.to_rows(&field, inputs),
            Layer::Lut(_) => fail(field, "is not linear"),
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
        if let Some(ranges) = &input.ranges {
            let fits =
                |&(low, high): &Interval| input.min <= low && low <= high && high <= input.max;
            if ranges.len() != input.features || !ranges.iter().all(fits) {
                return fail(
                    "input.ranges",
                    "needs a range within input.min and input.max for each feature",
                );
            }
        }
        let bits = self.input_bits()?;
        if !(1..=MAX_BITS).contains(&bits) {
            return fail("input.bits", format!("must be from 1 to {MAX_BITS}"));
        }
        let span = input.max - input.min;
        if span >= 1i64 << bits {
            return fail(
                "input.bits",
                format!(
                    "is {bits}, too few for {} different inputs; raise it",
                    span + 1
                ),
            );
        }
        for (field, values) in [
            ("input.quantise.scale", &input.quantise.scale),
            ("input.quantise.offset", &input.quantise.offset),
        ] {
            let fits = values.len() == 1 || values.len() == input.features;
            if !fits || values.iter().any(|v| !v.is_finite()) {
                return fail(field, "needs one finite number, or one for each feature");
            }
        }
        if input.quantise.scale.iter().any(|scale| *scale <= 0.0) {
            return fail("input.quantise.scale", "must be positive");
        }
        let product = |shape: &Vec<usize>| {
            shape
                .iter()
                .try_fold(1usize, |size, axis| size.checked_mul(*axis))
        };
        match &input.shape {
            Some(shape) if product(shape) != Some(input.features) => {
                fail("input.shape", "the product must be input.features")
            }
            _ => Ok(()),
        }
    }

    fn validate_output(&self, wires: &[WireInfo]) -> Result<(), ModelError> {
        let last = match self.layers.last() {
            None | Some(Layer::Lut(_)) => {
                return fail("layers", "must end with a linear layer");
            }
            Some(_) => self.layers.len() - 1,
        };
        let read: Vec<usize> = (0..=last)
            .flat_map(|index| self.layers[index].inputs(index))
            .collect();
        if let Some(unread) = (0..=last).find(|wire| !read.contains(wire)) {
            let what = match unread {
                0 => "the input".to_owned(),
                layer => format!("layers[{}]", layer - 1),
            };
            return fail("layers", format!("{what} is read by no layer; remove it"));
        }
        let WireInfo { bits, ranges } = &wires[last + 1];
        let output = &self.output;
        let outputs = ranges.len();
        for (field, values) in [
            ("output.scale", &output.scale),
            ("output.offset", &output.offset),
        ] {
            let fits = values.len() == 1 || values.len() == outputs;
            if !fits || values.iter().any(|v| !v.is_finite()) {
                return fail(field, "needs one finite number, or one for each logit");
            }
        }
        let (needed, labels) = match output.kind {
            super::OutputKind::Sign => (1, 2),
            _ => (outputs, outputs),
        };
        if needed != outputs {
            return fail("output.kind", format!("sign needs 1 logit, not {outputs}"));
        }
        if !output.labels.is_empty() && output.labels.len() != labels {
            let given = output.labels.len();
            return fail(
                "output.labels",
                format!("has {given} names, needs {labels}"),
            );
        }
        let limit = 1i64 << (bits - 1);
        match ranges
            .iter()
            .position(|&(low, high)| low <= -limit || high >= limit)
        {
            None => Ok(()),
            Some(class) => fail(
                format!("layers[{last}]"),
                format!(
                    "logit {class} reaches {:?}; must stay strictly between -{limit} and {limit}; \
                     raise output_bits of the last table, or input.bits",
                    ranges[class]
                ),
            ),
        }
    }
}

impl Rows {
    /// Checks sizes and weights; scale and ranges of the accumulators.
    fn analyse(&self, field: &str, sources: &[&WireInfo]) -> Result<WireInfo, ModelError> {
        if self.entries.is_empty() || self.entries.len() > MAX_FEATURES {
            return fail(
                format!("{field}.weights"),
                format!("needs from 1 to {MAX_FEATURES} outputs"),
            );
        }
        if self.bias.len() != self.entries.len() {
            let (biases, rows) = (self.bias.len(), self.entries.len());
            return fail(
                format!("{field}.bias"),
                format!("has {biases} values for {rows} rows of weights"),
            );
        }
        let bits = sources.iter().map(|wire| wire.bits).max().unwrap_or(1);
        let inputs: Vec<(i128, i128)> = sources
            .iter()
            .flat_map(|wire| {
                let unit = 1i128 << (bits - wire.bits);
                let scale = move |&(a, b): &Interval| (i128::from(a) * unit, i128::from(b) * unit);
                wire.ranges.iter().map(scale)
            })
            .collect();
        let rows = self.entries.iter().zip(&self.bias).enumerate();
        let ranges = rows.map(|(output, (row, &bias))| {
            if !(-MAX_VALUE..=MAX_VALUE).contains(&bias) {
                return fail(
                    format!("{field}.bias[{output}]"),
                    "must be within 2^31 of zero",
                );
            }
            let norm = row
                .iter()
                .fold(0u64, |sum, (_, w)| sum.saturating_add(w.unsigned_abs()));
            if norm >= LinearMap::MAX_ROW_NORM {
                return fail(
                    format!("{field}.weights[{output}]"),
                    format!("absolute values sum to {norm}; must be below 2^31"),
                );
            }
            let bias = (i128::from(bias), i128::from(bias));
            let (low, high) = row.iter().fold(bias, |(low, high), &(input, w)| {
                let (a, b) = inputs[input];
                let (x, y) = (i128::from(w) * a, i128::from(w) * b);
                (low + x.min(y), high + x.max(y))
            });
            match (i64::try_from(low), i64::try_from(high)) {
                (Ok(low), Ok(high)) if low >= -(1 << 52) && high <= 1 << 52 => Ok((low, high)),
                _ => fail(
                    format!("{field}.weights[{output}]"),
                    "the accumulator can leave 52 bits; use smaller weights",
                ),
            }
        });
        Ok(WireInfo {
            bits,
            ranges: ranges.collect::<Result<_, _>>()?,
        })
    }
}

impl LutLayer {
    /// Checks tables; scale and ranges of the outputs.
    fn analyse(
        &self,
        field: &str,
        input: &WireInfo,
        polynomial_size: usize,
    ) -> Result<WireInfo, ModelError> {
        let features = input.ranges.len();
        if self.tables.is_empty() || !features.is_multiple_of(self.tables.len()) {
            return fail(
                format!("{field}.tables"),
                format!(
                    "{} tables for {features} features; their number must divide that",
                    self.tables.len()
                ),
            );
        }
        if !(1..=MAX_BITS).contains(&self.output_bits) {
            return fail(format!("{field}.output_bits"), "must be from 1 to 32");
        }
        let size = self.tables[0].len();
        let limit = 1i64 << (self.output_bits - 1);
        for (index, table) in self.tables.iter().enumerate() {
            let field = format!("{field}.tables[{index}]");
            if size < 2 || !size.is_power_of_two() || 2 * size > polynomial_size {
                let most = polynomial_size / 2;
                return fail(
                    field,
                    format!("has {size} entries; must be a power of two from 2 to {most}"),
                );
            }
            if table.len() != size {
                let given = table.len();
                return fail(
                    field,
                    format!("has {given} entries, the first table {size}"),
                );
            }
            if let Some(entry) = table.iter().find(|v| !(-limit..=limit).contains(*v)) {
                return fail(
                    field,
                    format!("holds {entry}; must be from -{limit} to {limit} (output_bits)"),
                );
            }
        }
        let Some(shift) = self.shift(input.bits) else {
            return fail(
                format!("{field}.tables[0]"),
                format!(
                    "has {size} entries; an input of {} bits can select at most 2^{}",
                    input.bits,
                    input.bits - 1
                ),
            );
        };
        let group = features / self.tables.len();
        let ranges = input.ranges.iter().enumerate().map(|(feature, &(low, high))| {
            let (first, last) = (Self::raw_index(low, shift), Self::raw_index(high, shift));
            if self.mode == LutMode::Padded && (first < 0 || last >= size as i64) {
                return fail(
                    format!("{field}.mode"),
                    format!(
                        "value {feature} reaches {low}..={high}, which reads entries {first}..={last}; a padded table \
                         has 0..={}; change the layer before, or use negacyclic",
                        size - 1
                    ),
                );
            }
            // Entries repeat after 2 * size indices.
            let last = last.min(first + 2 * size as i64 - 1);
            let values = (first..=last).map(|i| Self::entry(&self.tables[feature / group], i));
            Ok(values.fold((i64::MAX, i64::MIN), |(a, b), v| (a.min(v), b.max(v))))
        });
        Ok(WireInfo {
            bits: self.output_bits,
            ranges: ranges.collect::<Result<_, _>>()?,
        })
    }
}
