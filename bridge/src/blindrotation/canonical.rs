//! BR-2: every word y is canonical, so that digits are unique.
//!
//! 64 bits can spell both y and y + p when y < 2^32 - 1, and then the leading chunk of y + p is all ones. Cells whose leading
//! chunk is all ones are rare (one in 2^23 for the usual cut), so they are all shown:
//! ```text
//! CN-1  P -> V  for each column that looks up the table of the leading chunks: the cells that hold all ones, and for
//!               a leading chunk the whole word y
//! CN-2  V       cells rise within their column; their number is claimed as the multiplicity of the value all ones in
//!               that table, so there are no others; every shown word is below p and starts with all ones; all
//!               chunks of shown cells are claimed
//! ```
//! The range check makes the multiplicity the true number (it is below p), and no other column looks up this table:
//! it is either wider than any other relation's or of a kind of its own.

use blindproof_fhe::modulus;
use blindproof_zk::{
    ensure,
    field::{K, f, k},
    stack::{ColumnId, Range},
};

use super::{cut::Cut, plan::BlindRotationPlan, prover::Proven, verifier::Claimed};
use crate::{
    proof::{ProveError, VerifyError},
    session::{ProverSession, VerifierSession},
    split::Chunk,
};

const LABEL: &str = "blind rotation all-ones cells";
const WORD: usize = size_of::<u64>();

/// One column that looks up the table of the leading chunks.
struct Suspect<'a> {
    /// Columns of all chunks of the same cells.
    chunks: &'a [ColumnId],
    /// Which of them it is.
    index: usize,
    shard: usize,
    component: usize,
    cells: usize,
}

/// The suspects of a layer, in the order of the message.
fn suspects(plan: &BlindRotationPlan) -> impl Iterator<Item = Suspect<'_>> {
    let size = plan.set.polynomial_size.0;
    plan.shards.iter().enumerate().flat_map(move |(shard, s)| {
        let components = s.columns.iter().enumerate();
        components.flat_map(move |(component, chunks)| {
            let same = (0..chunks.len()).filter(|i| plan.cut.range(*i) == plan.cut.range(0));
            same.map(move |index| Suspect {
                chunks,
                index,
                shard,
                component,
                cells: plan.steps() * s.rows() * size,
            })
        })
    })
}

fn all_ones(chunk: &Chunk) -> u64 {
    (1 << chunk.width) - 1
}

fn table(cut: &Cut) -> (Range, usize) {
    (cut.range(0), all_ones(&cut.chunks[0]) as usize)
}

/// Shows all cells.
pub(super) fn prove(session: &mut ProverSession, layers: &[Proven<'_>]) -> Result<(), ProveError> {
    let mut message = Vec::new();
    let mut claims = Vec::new();
    let mut total = 0;
    for layer in layers {
        let cut = &layer.plan.cut;
        for suspect in suspects(layer.plan) {
            let chunk = cut.chunks[suspect.index];
            let words = layer
                .witness
                .words(
                    layer.plan,
                    suspect.shard,
                    suspect.component,
                    0,
                    suspect.cells,
                )
                .map_err(ProveError::Columns)?;
            let mut found: Vec<(usize, u64)> = words
                .iter()
                .copied()
                .enumerate()
                .filter(|(_, word)| chunk.of(*word) == all_ones(&chunk))
                .collect();
            session.tamper.cells(&mut found);
            total += found.len() as u64;
            message.push(found.len() as u64);
            for (cell, word) in found {
                message.push(cell as u64);
                if suspect.index == 0 {
                    message.push(word);
                }
                claims.extend(cell_claims(cut, &suspect, cell, word));
            }
        }
    }
    session.tamper.shown(&mut message);
    let message: Vec<u8> = message.iter().flat_map(|word| word.to_le_bytes()).collect();
    session.transcript.send_bytes(LABEL, &message);
    if let (Some(argument), Some(layer)) = (&mut session.argument, layers.first()) {
        let (range, value) = table(&layer.plan.cut);
        argument.claim_multiplicity(range, value, total)?;
        for (column, cell, value) in claims {
            argument.claim_rows(column, &[(cell, K::from(1u64))], &[], value)?;
        }
    }
    Ok(())
}

/// What is claimed of one shown cell.
fn cell_claims(
    cut: &Cut,
    suspect: &Suspect<'_>,
    cell: usize,
    word: u64,
) -> Vec<(ColumnId, usize, K)> {
    let columns = suspect.chunks.iter().zip(&cut.chunks).enumerate();
    columns
        .filter(|(i, _)| suspect.index == 0 || *i == suspect.index)
        .map(|(_, (id, chunk))| (*id, cell, k(f(chunk.of(word)))))
        .collect()
}

/// Checks that all cells were shown and their words are canonical.
pub(super) fn verify(
    session: &mut VerifierSession,
    layers: &[Claimed<'_>],
) -> Result<(), VerifyError> {
    let failed = || VerifyError::Relation {
        check: "blind rotation words are canonical",
    };
    let message = session.transcript.receive_bytes(LABEL, usize::MAX)?;
    let (words, rest) = message.as_chunks::<WORD>();
    ensure!("CN-2 whole words", rest.is_empty(), failed());
    let mut words = words.iter().map(|bytes| u64::from_le_bytes(*bytes));
    let mut total = 0u64;
    let mut claims = Vec::new();
    for layer in layers {
        let cut = &layer.plan.cut;
        for suspect in suspects(layer.plan) {
            let chunk = &cut.chunks[suspect.index];
            let count = words.next().ok_or_else(failed)?;
            let mut least = 0;
            for _ in 0..count {
                let cell = words.next().ok_or_else(failed)?;
                let word = match suspect.index {
                    0 => words.next().ok_or_else(failed)?,
                    _ => all_ones(chunk) << chunk.shift,
                };
                ensure!("CN-2 cells rise", cell >= least, failed());
                ensure!("CN-2 cells exist", cell < suspect.cells as u64, failed());
                ensure!("CN-2 words are canonical", word < modulus::P, failed());
                let ones = chunk.of(word) == all_ones(chunk);
                ensure!("CN-2 leading chunks are all ones", ones, failed());
                least = cell + 1;
                total += 1;
                claims.extend(cell_claims(cut, &suspect, cell as usize, word));
            }
        }
    }
    ensure!("CN-2 end", words.next().is_none(), failed());
    let argument = session.argument.as_mut().ok_or(VerifyError::UnplacedWire)?;
    if let Some(layer) = layers.first() {
        let (range, value) = table(&layer.plan.cut);
        argument.claim_multiplicity(range, value, total)?;
        for (column, cell, value) in claims {
            argument.claim_rows(column, &[(cell, K::from(1u64))], &[], value)?;
        }
    }
    Ok(())
}
