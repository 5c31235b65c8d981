//! Programs: what is to be computed on ciphertexts, as a graph of operations.
//!
//! A [`Program`] is data that both the evaluator and a verifier read; [`Program::validate`] checks
//! everything that they rely on, so that a program from a file can be used.

use crate::lut::Lut;
use crate::params::{ParameterError, ParameterSet};
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;

mod validate;

/// Position of a wire in [`Program::wires`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WireId(pub usize);

/// What the rows of a wire are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum WireKind {
    /// LWE ciphertexts of dimension `kN`.
    BigLwe,
    /// LWE ciphertexts of dimension `n`.
    SmallLwe,
    /// Modulus-switched ciphertexts: exponents in `[0, 2N)`, `n` for the mask, then one for the body.
    Switched,
}

impl WireKind {
    /// Words of a row.
    pub fn width(self, parameters: &ParameterSet) -> usize {
        match self {
            Self::BigLwe => parameters.big_lwe_dimension() + 1,
            Self::SmallLwe | Self::Switched => parameters.lwe_dimension.0 + 1,
        }
    }
}

/// Values between two operations: in a run over `images` inputs, `images * features` rows, where row
/// `image * features + feature`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wire {
    /// What the rows are.
    pub kind: WireKind,
    /// Rows for one image.
    pub features: usize,
}

/// A linear layer: `output[o] = sum_i weights[o][i] * input[i] + (0, .., 0, bias[o])`, modulo `p`, word by word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinearMap {
    /// Signed integers, output features x input features (of all input wires). The absolute values of a row sum to less than
    /// [`LinearMap::MAX_ROW_NORM`].
    pub weights: Array2<i64>,
    /// One canonical word for each output, added to the body.
    pub bias: Vec<u64>,
}

impl LinearMap {
    /// The absolute weights of one output must sum to less than this, so that sums of 32-bit halves fit in
    /// 63 bits.
    pub const MAX_ROW_NORM: u64 = 1 << 31;
}

/// One operation on all rows of a wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// Big LWE to big LWE.
    Linear(LinearMap),
    /// Big LWE to small LWE.
    KeySwitch,
    /// Small LWE to exponents (centred).
    ModulusSwitch,
    /// Exponents to big LWE; sample extraction included.
    BlindRotation {
        /// One table for all features, or one for each.
        luts: Vec<Lut>,
    },
}

/// The kind of an [`Operation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum OperationKind {
    /// [`Operation::Linear`]
    Linear,
    /// [`Operation::KeySwitch`]
    KeySwitch,
    /// [`Operation::ModulusSwitch`]
    ModulusSwitch,
    /// [`Operation::BlindRotation`]
    BlindRotation,
}

impl OperationKind {
    /// All kinds, in the order of a layer.
    pub const ALL: [Self; 4] = [
        Self::Linear,
        Self::KeySwitch,
        Self::ModulusSwitch,
        Self::BlindRotation,
    ];

    /// Kinds of the input and the output wire.
    pub fn wire_kinds(self) -> (WireKind, WireKind) {
        match self {
            Self::Linear => (WireKind::BigLwe, WireKind::BigLwe),
            Self::KeySwitch => (WireKind::BigLwe, WireKind::SmallLwe),
            Self::ModulusSwitch => (WireKind::SmallLwe, WireKind::Switched),
            Self::BlindRotation => (WireKind::Switched, WireKind::BigLwe),
        }
    }
}

impl fmt::Display for OperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Linear => "linear",
            Self::KeySwitch => "key switch",
            Self::ModulusSwitch => "modulus switch",
            Self::BlindRotation => "blind rotation",
        })
    }
}

/// An operation between two wires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Layer of the model that this node belongs to, from 0.
    pub layer: usize,
    /// Name of that layer.
    pub layer_name: String,
    /// What to do.
    pub operation: Operation,
    /// Where the rows come from: one wire; for a linear layer one or more, whose features are read one after the other.
    pub inputs: Vec<WireId>,
    /// Where they go.
    pub output: WireId,
}

impl Node {
    /// The first input, the only one of an operation that is not linear.
    pub fn input(&self) -> WireId {
        self.inputs.first().copied().unwrap_or(WireId(0))
    }

    /// Kind of the operation.
    pub fn kind(&self) -> OperationKind {
        match self.operation {
            Operation::Linear(_) => OperationKind::Linear,
            Operation::KeySwitch => OperationKind::KeySwitch,
            Operation::ModulusSwitch => OperationKind::ModulusSwitch,
            Operation::BlindRotation { .. } => OperationKind::BlindRotation,
        }
    }
}

/// Operations from one input wire to one output wire, for a given parameter set.
///
/// A directed acyclic graph in order of execution: every wire but [`Program::input`] is written once, before it is read, and
/// every wire but [`Program::output`] is read, by one node or more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Name, for people.
    pub name: String,
    /// Name of the parameter set.
    pub parameters: String,
    /// All wires.
    pub wires: Vec<Wire>,
    /// All operations, in order of execution.
    pub nodes: Vec<Node>,
    /// Wire of the input ciphertexts.
    pub input: WireId,
    /// Wire of the result.
    pub output: WireId,
}

/// A program that cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProgramError {
    /// The parameter set does not exist.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// The program as a whole is malformed.
    #[error("program: field `{field}`: {problem}")]
    Structure {
        /// The offending field.
        field: &'static str,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// A node is malformed.
    #[error("program: node {node} ({kind}): field `{field}`: {problem}")]
    Node {
        /// Position in [`Program::nodes`].
        node: usize,
        /// Kind of the operation.
        kind: OperationKind,
        /// The offending field.
        field: &'static str,
        /// What is wrong, and what would be right.
        problem: String,
    },
}

impl Program {
    /// Most rows for one image that a wire may have.
    pub const MAX_FEATURES: usize = 1 << 20;

    /// The parameter set.
    ///
    /// # Errors
    /// [`ParameterError::UnknownName`].
    pub fn parameter_set(&self) -> Result<&'static ParameterSet, ParameterError> {
        ParameterSet::by_name(&self.parameters)
    }

    /// A wire.
    ///
    /// # Errors
    /// [`ProgramError::Structure`] when there is no such wire.
    pub fn wire(&self, id: WireId) -> Result<&Wire, ProgramError> {
        self.wires.get(id.0).ok_or_else(|| ProgramError::Structure {
            field: "wires",
            problem: format!(
                "wire {} does not exist; there are {}",
                id.0,
                self.wires.len()
            ),
        })
    }

    /// Number of single-ciphertext operations of the node at position `node` in a run over `images` inputs:
    /// one for each output row. 0 when there is no such node.
    pub fn operations(&self, node: usize, images: usize) -> usize {
        self.nodes
            .get(node)
            .and_then(|node| self.wires.get(node.output.0))
            .map_or(0, |wire| wire.features.saturating_mul(images))
    }
}

#[cfg(test)]
mod tests;
