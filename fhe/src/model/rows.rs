//! Every linear layer as rows of (input, weight): what ranges, noise, clear evaluation and compilation work on.

use super::{ConvLayer, DenseLayer, ModelError, SparseLayer, range::fail};

/// Most features of a layer.
pub(super) const MAX_FEATURES: usize = crate::program::Program::MAX_FEATURES;

/// Most weights of a layer.
const MAX_WEIGHTS: usize = 1 << 26;

/// A linear map by its non-zero entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// Of each output, inputs ascending.
    pub entries: Vec<Vec<(usize, i64)>>,
    /// Of each output.
    pub bias: Vec<i64>,
}

fn expect<T>(
    holds: bool,
    field: String,
    problem: impl FnOnce() -> String,
    value: T,
) -> Result<T, ModelError> {
    if holds {
        Ok(value)
    } else {
        fail(field, problem())
    }
}

impl DenseLayer {
    pub(super) fn to_rows(&self, field: &str, inputs: usize) -> Result<Rows, ModelError> {
        let row = |(output, row): (usize, &Vec<i64>)| {
            let entries = row.iter().copied().enumerate().filter(|(_, w)| *w != 0);
            expect(
                row.len() == inputs,
                format!("{field}.weights[{output}]"),
                || format!("has {} values, the layer reads {inputs}", row.len()),
                entries.collect(),
            )
        };
        let entries = self.weights.iter().enumerate().map(row);
        Ok(Rows {
            entries: entries.collect::<Result<_, _>>()?,
            bias: self.bias.clone(),
        })
    }
}

impl SparseLayer {
    pub(super) fn to_rows(&self, field: &str, inputs: usize) -> Result<Rows, ModelError> {
        for (output, row) in self.rows.iter().enumerate() {
            let ascending = row.windows(2).all(|pair| pair[0].0 < pair[1].0);
            expect(
                ascending && row.last().is_none_or(|(input, _)| *input < inputs),
                format!("{field}.rows[{output}]"),
                || format!("inputs must ascend and be below {inputs}, what the layer reads"),
                (),
            )?;
        }
        Ok(Rows {
            entries: self.rows.clone(),
            bias: self.bias.clone(),
        })
    }
}

impl ConvLayer {
    /// Output height and width.
    ///
    /// # Errors
    /// [`ModelError::Field`] when kernel, stride, padding and input do not fit.
    pub(super) fn output_size(&self, field: &str) -> Result<[usize; 2], ModelError> {
        let kernel = self.kernel_size(field)?;
        let [_, height, width] = self.input;
        let [top, left, bottom, right] = self.padding;
        let mut size = [0; 2];
        let axes = [(height, top, bottom), (width, left, right)];
        for (axis, (length, before, after)) in axes.into_iter().enumerate() {
            let stride = self.stride[axis];
            expect(
                (1..=MAX_FEATURES).contains(&stride),
                format!("{field}.stride"),
                || "must be at least 1".to_owned(),
                (),
            )?;
            expect(
                before < kernel[axis] && after < kernel[axis],
                format!("{field}.padding"),
                || "must be smaller than the kernel".to_owned(),
                (),
            )?;
            let padded = length + before + after;
            expect(
                (1..=MAX_FEATURES).contains(&length) && padded >= kernel[axis],
                format!("{field}.kernel"),
                || "must not be larger than the padded input".to_owned(),
                (),
            )?;
            size[axis] = (padded - kernel[axis]) / stride + 1;
        }
        Ok(size)
    }

    /// Height and width of the kernel, after checking that it is a box of the right depth.
    fn kernel_size(&self, field: &str) -> Result<[usize; 2], ModelError> {
        let [channels, ..] = self.input;
        let outputs = self.kernel.len();
        let groups = self.groups;
        expect(
            groups >= 1
                && channels >= 1
                && outputs >= 1
                && channels.is_multiple_of(groups)
                && outputs.is_multiple_of(groups),
            format!("{field}.groups"),
            || format!("is {groups}; must divide {channels} input and {outputs} output channels"),
            (),
        )?;
        let depth = channels / groups;
        let height = self.kernel[0].first().map_or(0, Vec::len);
        let width = self.kernel[0]
            .first()
            .and_then(|rows| rows.first())
            .map_or(0, Vec::len);
        let is_box = self.kernel.iter().all(|filter| {
            filter.len() == depth
                && filter.iter().all(|plane| {
                    plane.len() == height && plane.iter().all(|row| row.len() == width)
                })
        });
        expect(
            is_box && height >= 1 && width >= 1,
            format!("{field}.kernel"),
            || format!("must be output channels x {depth} x height x width, without gaps"),
            [height, width],
        )
    }

    pub(super) fn to_rows(&self, field: &str, inputs: usize) -> Result<Rows, ModelError> {
        let [channels, height, width] = self.input;
        let [out_height, out_width] = self.output_size(field)?;
        let [kernel_height, kernel_width] = self.kernel_size(field)?;
        let features = channels
            .checked_mul(height)
            .and_then(|size| size.checked_mul(width));
        expect(
            features == Some(inputs),
            format!("{field}.input"),
            || format!("is {:?}; the layer reads {inputs} values", self.input),
            (),
        )?;
        expect(
            self.bias.len() == self.kernel.len(),
            format!("{field}.bias"),
            || {
                format!(
                    "has {} values for {} output channels",
                    self.bias.len(),
                    self.kernel.len()
                )
            },
            (),
        )?;
        let depth = channels / self.groups;
        let weights = [
            self.kernel.len(),
            out_height,
            out_width,
            depth,
            kernel_height,
            kernel_width,
        ]
        .into_iter()
        .try_fold(1usize, usize::checked_mul);
        expect(
            weights.is_some_and(|count| count <= MAX_WEIGHTS),
            field.to_owned(),
            || format!("needs more than {MAX_WEIGHTS} multiplications; use a larger stride"),
            (),
        )?;
        let mut rows = Rows {
            entries: Vec::new(),
            bias: Vec::new(),
        };
        for (output, filter) in self.kernel.iter().enumerate() {
            let first = output / (self.kernel.len() / self.groups) * depth;
            for position in 0..out_height * out_width {
                let [y, x] = [position / out_width, position % out_width];
                rows.entries.push(self.row(filter, first, y, x));
                rows.bias.push(self.bias[output]);
            }
        }
        Ok(rows)
    }

    /// Entries of one output: `filter` at output row `y`, column `x`, on the channels from `first` on.
    fn row(&self, filter: &[Vec<Vec<i64>>], first: usize, y: usize, x: usize) -> Vec<(usize, i64)> {
        let [_, height, width] = self.input;
        let inside = |step: usize, offset: usize, padding: usize, length: usize| {
            (step + offset)
                .checked_sub(padding)
                .filter(|place| *place < length)
        };
        let mut entries = Vec::new();
        for (channel, plane) in filter.iter().enumerate() {
            for (dy, kernel_row) in plane.iter().enumerate() {
                let Some(row) = inside(y * self.stride[0], dy, self.padding[0], height) else {
                    continue;
                };
                for (dx, &weight) in kernel_row.iter().enumerate() {
                    let column = inside(x * self.stride[1], dx, self.padding[1], width);
                    if let (Some(column), true) = (column, weight != 0) {
                        entries.push((((first + channel) * height + row) * width + column, weight));
                    }
                }
            }
        }
        entries
    }
}
