//! How much of a program a proof covers, per kind of operation, and what a sample lets through.

mod escape;
#[cfg(test)]
mod tests;

use std::fmt;

use blindproof_fhe::program::{OperationKind, Program};
use serde::{Deserialize, Serialize};

use crate::selection::Rows;

pub use escape::{EscapeProbability, escape_probability, sample_sentence};

/// Proven and total ciphertext operations of one kind.
///
/// One operation is one output ciphertext of one node for one image, so a layer of 64 neurons on 3 images has 192
/// key switches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The kind of operation.
    pub kind: OperationKind,
    /// Operations proven.
    pub proven: usize,
    /// Operations in the program.
    pub total: usize,
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}/{} proven", self.kind, self.proven, self.total)
    }
}

/// Coverage per kind, in the order linear, key switch, modulus switch, blind rotation; kinds the program does not
/// use are left out. `proven` has the rows of each node.
pub fn coverage(program: &Program, images: usize, proven: &[Rows]) -> Vec<Coverage> {
    OperationKind::ALL
        .into_iter()
        .filter_map(|kind| {
            let mut entry = Coverage {
                kind,
                proven: 0,
                total: 0,
            };
            for (index, (node, rows)) in program.nodes.iter().zip(proven).enumerate() {
                if node.kind() == kind {
                    let operations = program.operations(index, images);
                    entry.total += operations;
                    entry.proven += rows.count(operations);
                }
            }
            (entry.total > 0).then_some(entry)
        })
        .collect()
}

/// One sentence for each node with operations that the proof does not cover.
pub fn not_proven(program: &Program, images: usize, proven: &[Rows]) -> Vec<String> {
    program
        .nodes
        .iter()
        .zip(proven)
        .enumerate()
        .filter_map(|(index, (node, rows))| {
            let total = program.operations(index, images);
            let count = match total - rows.count(total) {
                0 => return None,
                missing if missing == total => format!("{total} x {} is", node.kind()),
                missing => format!("{missing} of {total} x {}", node.kind()),
            };
            Some(format!(
                "layer {} ({}): {count} NOT proven",
                node.layer, node.layer_name
            ))
        })
        .collect()
}
