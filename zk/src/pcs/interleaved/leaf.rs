//! Rows of codewords as leaves of the Merkle tree.
//!
//! The columns of each shard are taken in batches of [`BATCH`], in order, and a row's digest is the
//! running chain `state <- BLAKE3(state || elements of the batch, 8 bytes each || zeros to a multiple of
//! 64 bytes)`, from the zero state through all shards of the commitment. How many elements each message has
//! follows from the lengths of the stacks, which are public.

use super::code::row_width;
use super::hash::{Digest, MANY, hash_many};
use crate::field::{F, to_word};
use p3_field::PrimeField64;
use p3_goldilocks::Goldilocks;
use rayon::prelude::*;

/// Columns that are encoded and hashed together.
pub(super) const BATCH: usize = 16;

/// Bytes of the message for `columns` columns.
const fn message_len(columns: usize) -> usize {
    (32 + 8 * columns).next_multiple_of(64)
}

/// Continues the chains of consecutive rows with the rows of an encoded batch of `columns` columns.
pub(super) fn absorb(states: &mut [Digest], rows: &[Goldilocks], columns: usize) {
    match message_len(columns) {
        64 => absorb_as::<64>(states, rows, columns),
        128 => absorb_as::<128>(states, rows, columns),
        _ => absorb_as::<192>(states, rows, columns),
    }
}

fn absorb_as<const N: usize>(states: &mut [Digest], rows: &[Goldilocks], columns: usize) {
    const { assert!(message_len(BATCH) == 192) }
    let width = row_width(columns);
    states
        .par_chunks_mut(MANY)
        .zip(rows.par_chunks(MANY * width))
        .with_min_len(64)
        .for_each_init(
            || [[0; N]; MANY],
            |messages, (states, rows)| {
                for ((message, state), row) in
                    messages.iter_mut().zip(&*states).zip(rows.chunks(width))
                {
                    message[..32].copy_from_slice(state);
                    let (words, _) = message[32..].as_chunks_mut::<8>();
                    for (word, v) in words.iter_mut().zip(&row[..columns]) {
                        *word = v.as_canonical_u64().to_le_bytes();
                    }
                }
                hash_many(&messages[..states.len()], states);
            },
        );
}

/// The leaf of one row: the elements of all columns, for shards with these numbers of columns.
pub(super) fn leaf(columns: impl Iterator<Item = usize>, row: &[F]) -> Digest {
    let mut state = [0; 32];
    let mut rest = row;
    for columns in columns {
        let (shard, tail) = rest.split_at(columns.min(rest.len()));
        rest = tail;
        for batch in shard.chunks(BATCH) {
            let mut message = vec![0; message_len(batch.len())];
            message[..32].copy_from_slice(&state);
            for (word, &v) in message[32..].chunks_mut(8).zip(batch) {
                word.copy_from_slice(&to_word(v).to_le_bytes());
            }
            state = *blake3::hash(&message).as_bytes();
        }
    }
    state
}
