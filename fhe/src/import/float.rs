//! The types of a float network.

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

/// A function of one number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum UnaryFunction {
    /// `max(x, 0)`
    Relu,
    /// `x` if positive, else this multiple of `x`.
    LeakyRelu(f32),
    /// `1 / (1 + exp(-x))`
    Sigmoid,
    /// Hyperbolic tangent.
    Tanh,
    /// `clamp(alpha x + beta, 0, 1)`
    HardSigmoid {
        /// Slope.
        alpha: f32,
        /// Value at 0.
        beta: f32,
    },
    /// `clamp(x, low, high)`
    Clip {
        /// Smallest value.
        low: f32,
        /// Largest value.
        high: f32,
    },
    /// `x` if positive, else this multiple of `exp(x) - 1`.
    Elu(f32),
    /// `ln(1 + exp(x))`
    Softplus,
    /// `exp(x)`
    Exp,
    /// Absolute value.
    Abs,
    /// -1, 0 or 1.
    Sign,
    /// Sine, in radians.
    Sin,
    /// Cosine, in radians.
    Cos,
}

impl UnaryFunction {
    /// The value at `x`.
    pub fn apply(&self, x: f64) -> f64 {
        match *self {
            Self::Relu => x.max(0.0),
            Self::LeakyRelu(slope) if x < 0.0 => f64::from(slope) * x,
            Self::Elu(scale) if x < 0.0 => f64::from(scale) * x.exp_m1(),
            Self::LeakyRelu(_) | Self::Elu(_) => x,
            Self::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Self::Tanh => x.tanh(),
            Self::HardSigmoid { alpha, beta } => {
                (f64::from(alpha) * x + f64::from(beta)).clamp(0.0, 1.0)
            }
            Self::Clip { low, high } => x.max(f64::from(low)).min(f64::from(high)),
            Self::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
            Self::Exp => x.exp(),
            Self::Abs => x.abs(),
            Self::Sign if x == 0.0 => 0.0,
            Self::Sign => x.signum(),
            Self::Sin => x.sin(),
            Self::Cos => x.cos(),
        }
    }

    /// Whether the function never falls.
    pub fn is_increasing(&self) -> bool {
        match *self {
            Self::Relu
            | Self::Sigmoid
            | Self::Tanh
            | Self::Clip { .. }
            | Self::Softplus
            | Self::Exp
            | Self::Sign => true,
            Self::LeakyRelu(slope) => slope >= 0.0,
            Self::Elu(scale) => scale >= 0.0,
            Self::HardSigmoid { alpha, .. } => alpha >= 0.0,
            Self::Abs | Self::Sin | Self::Cos => false,
        }
    }
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
