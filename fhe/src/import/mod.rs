//! Networks of real numbers, as they come from training: read from ONNX ([`FloatModel::load`]), or built in place.
//!
//! | ONNX operators | become |
//! |---|---|
//! | Gemm, MatMul, Add/Sub/Mul/Div with constants, Neg, BatchNormalization, Scaler, LinearClassifier, LinearRegressor | [`FloatOperation::Affine`], or a convolution by single pixels |
//! | Conv (one or two dimensions, groups, strides, pads), AveragePool, GlobalAveragePool, ReduceMean, ReduceSum | [`FloatOperation::Conv`] |
//! | MaxPool | [`FloatOperation::MaxPool`] |
//! | Relu, LeakyRelu, PRelu, Elu, Selu, Celu, Gelu, Sigmoid, HardSigmoid, HardSwish, Swish, Mish, Tanh, Softplus, Softsign, Clip, ThresholdedRelu, Erf, Exp, Log, Sqrt, Pow, Reciprocal, Abs, Sign, Sin, Cos, Tan, Floor, Ceil, Round | [`FloatOperation::Unary`] |
//! | Add, Sub, Mul, Div, Where, Greater and so on of several functions of one value | one [`FloatOperation::Unary`] |
//! | Add, Sub, Sum, Max, Min of activations | [`FloatOperation::Sum`], with a ReLU of the difference for Max and Min |
//! | Reshape, Flatten, Squeeze, Unsqueeze, Transpose, Slice, Gather, Concat, Split, Pad with 0, Expand, Identity, Dropout | [`FloatOperation::Select`], or nothing |
//! | TreeEnsembleClassifier, TreeEnsembleRegressor | [`FloatOperation::Trees`] |
//! | QuantizeLinear, DequantizeLinear | nothing on activations, but a ReLU where they clip at 0; constants are dequantised |
//! | Softmax, LogSoftmax, ArgMax, ZipMap, Normalizer and what follows them; a last Sigmoid of one value | left to the client ([`FloatOutput`]) |
//!
//! The batch is the first axis, of one or of any size; all other dimensions are fixed. Everything else is refused, by an
//! [`ImportError`] with the node's name, what is unsupported and what to do.
//!
//! ```
//! use blindproof_fhe::import::{FloatInput, FloatModel, FloatNode, FloatOperation, FloatOutput, UnaryFunction};
//! use blindproof_fhe::model::OutputKind;
//!
//! let model = FloatModel {
//!     name: "positive part".to_owned(),
//!     input: FloatInput { name: "x".to_owned(), shape: vec![2] },
//!     nodes: vec![FloatNode {
//!         name: "relu".to_owned(),
//!         inputs: vec![0],
//!         shape: vec![2],
//!         operation: FloatOperation::Unary(UnaryFunction::Relu),
//!     }],
//!     output: FloatOutput { node: 1, kind: OutputKind::Values, labels: Vec::new() },
//! };
//! assert_eq!(model.evaluate(&[1.5, -2.0])[1], [1.5, 0.0]);
//! ```

mod affine;
mod constants;
mod conv;
mod error;
mod evaluate;
mod float;
mod function;
mod graph;
mod linear_models;
mod moves;
mod operators;
mod pointwise;
mod proto;
mod reader;
mod selections;
mod tensor;
mod trees;

pub use error::ImportError;
pub use float::{
    Comparison, FloatInput, FloatModel, FloatNode, FloatOperation, FloatOutput, Tree, TreeEnsemble,
    TreeNode,
};
pub use function::{Expression, UnaryFunction};

#[cfg(test)]
mod tests;
