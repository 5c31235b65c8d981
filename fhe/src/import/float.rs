//! The types of a float network.

use super::UnaryFunction;
use crate::model::OutputKind;
use ndarray::{Array2, Array4};

/// A network of 32-bit floats.
#[derive(Debug, Clone, PartialEq)]
pub struct FloatModel {
    /// Name, for people.
    pub name: String,
    /// What goes in.
    pub input: FloatInput,
    /// All operations, each after those it reads.
    pub nodes: Vec<FloatNode>,
    /// What comes out.
    pub output: FloatOutput,
}

/// Input of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FloatInput {
    /// Its name.
    pub name: String,
    /// `[channels, height, width]` or `[features]`, without the batch.
    pub shape: Vec<usize>,
}

/// Output of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FloatOutput {
    /// 0 for the model's input, `i` for `nodes[i-1]`.
    pub node: usize,
    /// What a prediction is.
    pub kind: OutputKind,
    /// Names of classes or values; empty for none.
    pub labels: Vec<String>,
}

/// An operation of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct FloatNode {
    /// Its name in the file.
    pub name: String,
    /// 0 for the model's input, `i` for `nodes[i-1]`.
    pub inputs: Vec<usize>,
    /// Shape of the result, without the batch, in order channel, row, column.
    pub shape: Vec<usize>,
    /// What to do.
    pub operation: FloatOperation,
}

/// What a node does.
#[derive(Debug, Clone, PartialEq)]
pub enum FloatOperation {
    /// `weights * x + bias`.
    Affine {
        /// Outputs x inputs.
        weights: Array2<f32>,
        /// One for each output.
        bias: Vec<f32>,
    },
    /// Convolution (cross-correlation, as ONNX `Conv`).
    Conv {
        /// Output channels x (input channels / groups) x height x width.
        kernel: Array4<f32>,
        /// One for each output channel.
        bias: Vec<f32>,
        /// Steps down and right.
        stride: [usize; 2],
        /// Zeros above, left, below, right.
        padding: [usize; 4],
        /// Groups of channels that do not mix.
        groups: usize,
    },
    /// A function of each value.
    Unary(UnaryFunction),
    /// Sum of all inputs, element by element.
    Sum,
    /// Values of the inputs in another order.
    Select {
        /// For each value of the result: which input, and which of its values; `None` is 0.
        values: Vec<Option<(usize, usize)>>,
    },
    /// Largest value of each window; the padding does not count.
    MaxPool {
        /// Height and width of the window.
        kernel: [usize; 2],
        /// Steps down and right.
        stride: [usize; 2],
        /// Above, left, below, right.
        padding: [usize; 4],
    },
    /// Decision trees.
    Trees(TreeEnsemble),
}

/// A sum of decision trees.
#[derive(Debug, Clone, PartialEq)]
pub struct TreeEnsemble {
    /// Number of outputs.
    pub outputs: usize,
    /// Added to each output; none or one for each.
    pub base: Vec<f32>,
    /// The trees.
    pub trees: Vec<Tree>,
}

/// A decision tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// The root comes first.
    pub nodes: Vec<TreeNode>,
}

/// A node of a decision tree.
#[derive(Debug, Clone, PartialEq)]
pub enum TreeNode {
    /// A comparison of a feature.
    Branch {
        /// Which feature.
        feature: usize,
        /// With what.
        threshold: f32,
        /// How.
        comparison: Comparison,
        /// Next node if it holds.
        yes: usize,
        /// Next node if not.
        no: usize,
    },
    /// An end.
    Leaf {
        /// Output and what is added to it.
        values: Vec<(usize, f32)>,
    },
}

/// How a feature is compared with a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `x <= t`
    LessOrEqual,
    /// `x < t`
    Less,
    /// `x >= t`
    GreaterOrEqual,
    /// `x > t`
    Greater,
}

impl Comparison {
    /// Whether it holds.
    pub fn holds(self, x: f32, threshold: f32) -> bool {
        match self {
            Self::LessOrEqual => x <= threshold,
            Self::Less => x < threshold,
            Self::GreaterOrEqual => x >= threshold,
            Self::Greater => x > threshold,
        }
    }
}
