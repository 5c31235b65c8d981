//! Which operations of a program are proven.
//!
//! A selection is public and part of the statement: the policy is fixed before any challenge is drawn, and the
//! verifier reports everything outside it as *not proven*. An *operation* is one output ciphertext of one node.
//!
//! ```text
//! selection = "all" | "none" | item {"," item} | "sample:" F | "sample:count=" N        0 < F <= 1, N >= 1
//! item      = "linear" | "keyswitch" | "modswitch" | "blindrotation" | "bootstrap"
//!           | "layer:" K | "node:" K "/" rows                                           K counted from 0
//! rows      = range {"+" range}      range = R | R "-" R      rows rise and none is named twice
//! ```
//!
//! A list selects the union of its items; `bootstrap` is `keyswitch,modswitch,blindrotation`. Each selection has one
//! text, which [`Selection`]'s `Display` writes: items in the order above, neighbouring ranges joined, the three kinds
//! of a bootstrap as `bootstrap`, and all four kinds as `all`.
//!
//! A sample is drawn only after the prover has committed to all wires ([`Sample::draw`]), so that a prover cannot
//! know which operations will be checked when it fixes their results.

mod error;
mod items;
mod rows;
mod sample;
#[cfg(test)]
mod tests;

use std::{fmt, str::FromStr};

use blindproof_fhe::program::Program;
use serde::{Deserialize, Serialize};

pub use error::SelectionError;
pub use items::Items;
pub use rows::Rows;
pub use sample::{Sample, sample_seed};

/// The policy that says which operations of a program are proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Selection {
    /// Every operation.
    All,
    /// Nothing: the proof only binds the statement.
    None,
    /// All operations of some kinds, layers or nodes, and single operations.
    Items(Items),
    /// Operations drawn at random after the prover has fixed all results.
    Sample(Sample),
}

impl Selection {
    /// For each node of `program`, the rows to be proven in a run over `images` inputs.
    ///
    /// # Errors
    /// [`SelectionError`] when a layer, node or row is named that the run does not have, and
    /// [`SelectionError::NotDrawn`] for a sample, which needs a seed ([`Sample::draw`]).
    pub fn resolve(&self, program: &Program, images: usize) -> Result<Vec<Rows>, SelectionError> {
        let every = |rows: Rows| Ok(vec![rows; program.nodes.len()]);
        match self {
            Self::All => every(Rows::All),
            Self::None => every(Rows::None),
            Self::Items(items) => items.resolve(program, images),
            Self::Sample(_) => Err(SelectionError::NotDrawn),
        }
    }

    /// Checks that the selection fits a run over `images` inputs.
    ///
    /// # Errors
    /// As [`Self::resolve`]; for a sample [`SelectionError::SampleTooLarge`].
    pub fn check(&self, program: &Program, images: usize) -> Result<(), SelectionError> {
        match self {
            Self::Sample(sample) => sample.size(program, images).map(drop),
            _ => self.resolve(program, images).map(drop),
        }
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::None => f.write_str("none"),
            Self::Items(items) => items.fmt(f),
            Self::Sample(sample) => sample.fmt(f),
        }
    }
}

impl FromStr for Selection {
    type Err = SelectionError;

    fn from_str(text: &str) -> Result<Self, SelectionError> {
        match text {
            "all" => Ok(Self::All),
            "none" => Ok(Self::None),
            _ if text.starts_with(sample::PREFIX) => text.parse().map(Self::Sample),
            _ => {
                let items: Items = text.parse()?;
                Ok(if items.are_all_kinds() {
                    Self::All
                } else {
                    Self::Items(items)
                })
            }
        }
    }
}

impl TryFrom<String> for Selection {
    type Error = SelectionError;

    fn try_from(text: String) -> Result<Self, SelectionError> {
        text.parse()
    }
}

impl From<Selection> for String {
    fn from(selection: Selection) -> Self {
        selection.to_string()
    }
}

/// A number from decimal digits only.
fn number(text: &str) -> Option<usize> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}
