//! How much of a program a proof covers, per kind of operation.

use std::fmt;

use blindproof_fhe::program::{OperationKind, Program};
use serde::{Deserialize, Serialize};

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
/// use are left out.
pub fn coverage(program: &Program, images: usize, selected: &[bool]) -> Vec<Coverage> {
    OperationKind::ALL
        .into_iter()
        .filter_map(|kind| {
            let mut entry = Coverage {
                kind,
                proven: 0,
                total: 0,
            };
            for (index, (node, proven)) in program.nodes.iter().zip(selected).enumerate() {
                if node.kind() == kind {
                    let operations = program.operations(index, images);
                    entry.total += operations;
                    entry.proven += if *proven { operations } else { 0 };
                }
            }
            (entry.total > 0).then_some(entry)
        })
        .collect()
}

/// One sentence for each node that the proof does not cover.
pub fn not_proven(program: &Program, images: usize, selected: &[bool]) -> Vec<String> {
    program
        .nodes
        .iter()
        .enumerate()
        .zip(selected)
        .filter(|(_, proven)| !**proven)
        .map(|((index, node), _)| {
            format!(
                "layer {} ({}): {} x {} is NOT proven",
                node.layer,
                node.layer_name,
                program.operations(index, images),
                node.kind()
            )
        })
        .collect()
}
