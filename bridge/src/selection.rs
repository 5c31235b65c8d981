//! Which operations of a program are proven.
//!
//! A selection is public and part of the statement: it is fixed before any challenge is drawn, and the verifier
//! reports everything outside it as *not proven*.

use std::{fmt, str::FromStr};

use blindproof_fhe::program::{OperationKind, Program};
use serde::{Deserialize, Serialize};

/// The policy that says which nodes of a program are proven.
///
/// Blind rotations have no relation in this version, so no selection covers them; [`Selection::All`] means all
/// operations that can be proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Selection {
    /// Every operation that has a relation.
    All,
    /// Nothing: the proof only binds the statement.
    None,
    /// One kind of operation in every layer.
    Kind(OperationKind),
    /// All provable operations of one layer, counted from 0.
    Layer(usize),
}

/// Kinds of operation for which this version has a relation.
pub const PROVABLE: [OperationKind; 4] = [
    OperationKind::Linear,
    OperationKind::KeySwitch,
    OperationKind::ModulusSwitch,
    OperationKind::BlindRotation,
];

impl Selection {
    /// For each node of `program`, whether it is to be proven.
    ///
    /// # Errors
    /// [`SelectionError::NoSuchLayer`] when a layer is named that the program does not have.
    pub fn resolve(&self, program: &Program) -> Result<Vec<bool>, SelectionError> {
        if let Self::Layer(layer) = self {
            let layers = program.nodes.iter().map(|n| n.layer + 1).max().unwrap_or(0);
            if *layer >= layers {
                return Err(SelectionError::NoSuchLayer {
                    layer: *layer,
                    layers,
                });
            }
        }
        Ok(program
            .nodes
            .iter()
            .map(|node| {
                let kind = node.kind();
                PROVABLE.contains(&kind)
                    && match self {
                        Self::All => true,
                        Self::None => false,
                        Self::Kind(selected) => kind == *selected,
                        Self::Layer(layer) => node.layer == *layer,
                    }
            })
            .collect())
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::None => f.write_str("none"),
            Self::Kind(OperationKind::Linear) => f.write_str("linear"),
            Self::Kind(OperationKind::KeySwitch) => f.write_str("keyswitch"),
            Self::Kind(OperationKind::ModulusSwitch) => f.write_str("modswitch"),
            Self::Kind(OperationKind::BlindRotation) => f.write_str("blindrotation"),
            Self::Layer(layer) => write!(f, "layer:{layer}"),
        }
    }
}

impl FromStr for Selection {
    type Err = SelectionError;

    fn from_str(text: &str) -> Result<Self, SelectionError> {
        match text {
            "all" => Ok(Self::All),
            "none" => Ok(Self::None),
            "linear" => Ok(Self::Kind(OperationKind::Linear)),
            "keyswitch" => Ok(Self::Kind(OperationKind::KeySwitch)),
            "blindrotation" => Ok(Self::Kind(OperationKind::BlindRotation)),
            "modswitch" => Ok(Self::Kind(OperationKind::ModulusSwitch)),
            _ => text
                .strip_prefix("layer:")
                .and_then(|layer| layer.parse().ok())
                .map(Self::Layer)
                .ok_or_else(|| SelectionError::Unknown {
                    text: text.to_owned(),
                }),
        }
    }
}

/// A selection that cannot be read or does not fit the program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// The text is none of the known policies.
    #[error(
        "selection `{text}` is not known; use all, none, linear, keyswitch, modswitch or layer:K (K counted from 0)"
    )]
    Unknown {
        /// What was given.
        text: String,
    },
    /// The program has fewer layers.
    #[error(
        "selection layer:{layer} names a layer the program does not have; it has layers 0..{layers}"
    )]
    NoSuchLayer {
        /// The layer asked for.
        layer: usize,
        /// The number of layers.
        layers: usize,
    },
}
