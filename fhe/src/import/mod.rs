//! Networks of real numbers, as they come from training.
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
mod conv;
mod error;
mod evaluate;
mod float;
mod function;
mod graph;
mod moves;
mod operators;
mod pointwise;
mod proto;
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
