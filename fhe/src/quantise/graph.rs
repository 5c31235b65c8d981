//! The network in real numbers, as table look-ups between affine maps.
//!
//! Consecutive linear layers are one affine map here, so they are rounded once, and their proven range is not
//! wider than it must be.

use crate::import::UnaryFunction;

/// A multiple of one value of a wire. Wire 0 is the model's input, wire `i` the output of stage `i - 1`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Term {
    pub(super) wire: usize,
    pub(super) feature: usize,
    pub(super) coefficient: f64,
}

/// `constant + sum of terms`; terms are sorted by wire and feature, each pair once.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Row {
    pub(super) terms: Vec<Term>,
    pub(super) constant: f64,
}

impl Row {
    /// One value of a wire.
    pub(super) fn feature(wire: usize, feature: usize) -> Self {
        Self {
            terms: vec![Term {
                wire,
                feature,
                coefficient: 1.0,
            }],
            constant: 0.0,
        }
    }

    /// All values of a wire.
    pub(super) fn wire(wire: usize, features: usize) -> Vec<Self> {
        (0..features).map(|f| Self::feature(wire, f)).collect()
    }

    /// `constant + sum of factor * row`.
    pub(super) fn combination<'a>(
        parts: impl IntoIterator<Item = (f64, &'a Self)>,
        constant: f64,
    ) -> Self {
        let mut sum = Self {
            terms: Vec::new(),
            constant,
        };
        for (factor, row) in parts {
            if factor == 0.0 {
                continue;
            }
            sum.constant += factor * row.constant;
            sum.terms.extend(row.terms.iter().map(|term| Term {
                coefficient: factor * term.coefficient,
                ..*term
            }));
        }
        sum.terms.sort_by_key(|term| (term.wire, term.feature));
        sum.terms.dedup_by(|next, kept| {
            let same = (next.wire, next.feature) == (kept.wire, kept.feature);
            if same {
                kept.coefficient += next.coefficient;
            }
            same
        });
        sum.terms.retain(|term| term.coefficient != 0.0);
        sum
    }

    /// The value, given all wires.
    pub(super) fn evaluate(&self, wires: &[Vec<f64>]) -> f64 {
        self.terms.iter().fold(self.constant, |sum, term| {
            sum + term.coefficient * wires[term.wire][term.feature]
        })
    }
}

/// How a stage reads its sums.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reading {
    /// The functions, one after the other, of the sum; rounded to what a bootstrap can read.
    Function(Vec<UnaryFunction>),
    /// 1 if the sum is at least 0, else 0.
    Threshold,
    /// Sums are integers from `1 - 2^bits` to 0; 1 for 0, else 0. Read exactly.
    AllOf {
        /// Bits of the table.
        bits: u32,
    },
}

impl Reading {
    pub(super) fn apply(&self, sum: f64) -> f64 {
        match self {
            Self::Function(functions) => functions.iter().fold(sum, |x, f| f.apply(x)),
            Self::Threshold => f64::from(u8::from(sum >= 0.0)),
            Self::AllOf { .. } => f64::from(u8::from(sum > -0.5)),
        }
    }
}

/// Shape of a convolution whose rows a stage has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ConvShape {
    /// Wire that it reads.
    pub(super) wire: usize,
    /// Channels, height and width of that wire.
    pub(super) input: [usize; 3],
    /// Output channels, input channels of a group, height and width of the kernel.
    pub(super) kernel: [usize; 4],
    pub(super) stride: [usize; 2],
    /// Top, left, bottom, right.
    pub(super) padding: [usize; 4],
    pub(super) groups: usize,
}

impl ConvShape {
    /// Height and width of the output.
    pub(super) fn output(&self) -> [usize; 2] {
        let [_, height, width] = self.input;
        let [top, left, bottom, right] = self.padding;
        [
            (height + top + bottom - self.kernel[2]) / self.stride[0] + 1,
            (width + left + right - self.kernel[3]) / self.stride[1] + 1,
        ]
    }

    /// Input feature under tap `(i, y, x)` of output channel `o` at `(row, column)`; `None` in the padding.
    pub(super) fn tap(
        &self,
        o: usize,
        [row, column]: [usize; 2],
        [i, y, x]: [usize; 3],
    ) -> Option<usize> {
        let [channels, height, width] = self.input;
        let group = o / (self.kernel[0] / self.groups);
        let channel = group * (channels / self.groups) + i;
        let y = (row * self.stride[0] + y).checked_sub(self.padding[0])?;
        let x = (column * self.stride[1] + x).checked_sub(self.padding[1])?;
        (y < height && x < width).then_some((channel * height + y) * width + x)
    }
}

/// Affine maps and the tables that read them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stage {
    pub(super) name: String,
    pub(super) rows: Vec<Row>,
    /// Number of tables; row `r` belongs to group `r / (rows / groups)`.
    pub(super) groups: usize,
    pub(super) reading: Reading,
    pub(super) conv: Option<ConvShape>,
}

impl Stage {
    pub(super) fn group(&self, row: usize) -> usize {
        row * self.groups / self.rows.len()
    }

    /// Rows of a group.
    pub(super) fn members(&self, group: usize) -> std::ops::Range<usize> {
        let size = self.rows.len() / self.groups;
        group * size..(group + 1) * size
    }
}

/// The whole network.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Graph {
    /// Shape of the input.
    pub(super) shape: Vec<usize>,
    pub(super) stages: Vec<Stage>,
    pub(super) output: Vec<Row>,
    pub(super) output_name: String,
    /// The output as a convolution.
    pub(super) output_conv: Option<ConvShape>,
}

impl Graph {
    pub(super) fn features(&self) -> usize {
        self.shape.iter().product()
    }
}

/// Every value of the network for one sample.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Values {
    /// For each wire.
    pub(super) wires: Vec<Vec<f64>>,
    /// For each stage, what its tables read.
    pub(super) sums: Vec<Vec<f64>>,
    pub(super) output: Vec<f64>,
}

impl Graph {
    /// Evaluates in 64-bit floats.
    pub(super) fn evaluate(&self, sample: &[f32]) -> Values {
        let mut wires = vec![sample.iter().map(|&x| f64::from(x)).collect::<Vec<_>>()];
        let mut sums = Vec::with_capacity(self.stages.len());
        for stage in &self.stages {
            let sum: Vec<f64> = stage.rows.iter().map(|row| row.evaluate(&wires)).collect();
            wires.push(sum.iter().map(|&y| stage.reading.apply(y)).collect());
            sums.push(sum);
        }
        let output = self.output.iter().map(|row| row.evaluate(&wires)).collect();
        Values {
            wires,
            sums,
            output,
        }
    }
}
