//! What the prover needs in memory.

use super::ProveError;
use crate::pcs::interleaved::Interleaved;
use crate::soundness::Config;
use crate::stack::Layout;

/// Bytes of one stack element.
const ELEMENT: usize = 8;
/// Bytes of a range check for each element of the shard's stack: the layers of fractions above the leaves,
/// a quarter of them and all halves of that, 48 bytes each.
const FRACTIONS: usize = 24;
/// Bytes for each row while a batch of columns is encoded: half a codeword of 16 columns, and roots.
const ENCODING: usize = ELEMENT * 17;
/// Bytes for each row that a commitment keeps: two leaves of its tree.
const LEAVES: usize = 64;
/// Bytes for each table entry: its multiplicity, twice, and the count.
const ENTRY: usize = 20;
/// Bytes more for each table entry when counts of 32 bits could overflow.
const LONG_COUNT: usize = 8;
/// Bytes for each row of the combined column, its coordinates and sumcheck tables (measured).
const COMBINATION: usize = 144;
/// Whatever the sizes are (measured).
const BASE: usize = 12 << 20;
/// Coordinates of the combined column, padded, in tier 2.
const COORDINATES: usize = 4;

/// Estimated peak memory of the prover for `layout`, the whole of a proof, when it keeps `kept` bytes of stacks
/// ([`super::Prover::keeping`]) and its sources hold nothing.
///
/// # Errors
/// If the level is out of reach.
pub fn peak_bytes(
    layout: &Layout,
    config: &Config,
    log_rows: usize,
    kept: usize,
) -> Result<usize, ProveError> {
    let pcs = Interleaved::new(config, log_rows)?;
    let rows = 1_usize << pcs.log_rows();
    let stack = |shard| ELEMENT * layout.used(shard);
    let largest = (0..layout.shards()).map(stack).max().unwrap_or(0);
    let kept = kept.min(ELEMENT * layout.total());
    // A stack that is kept is the one that was committed; no pass needs another.
    let loaded = if kept < ELEMENT * layout.total() {
        largest
    } else {
        0
    };
    let committing = loaded + ENCODING * rows;
    let checking = loaded + FRACTIONS * (largest / ELEMENT);
    let tables = FRACTIONS * layout.table_entries();
    let codeword = (COORDINATES * rows) << pcs.tier_two_rate();
    let opening = loaded + COMBINATION * rows + ELEMENT * codeword;
    let steps = [committing, checking, tables, opening];
    let long = layout.total() > u32::MAX as usize;
    let entry = ENTRY + if long { LONG_COUNT } else { 0 };
    let always =
        BASE + kept + LEAVES * rows * layout.commitments() + entry * layout.table_entries();
    Ok(always + steps.into_iter().max().unwrap_or(0))
}
