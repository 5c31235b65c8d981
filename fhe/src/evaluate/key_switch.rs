//! The key switch from the big to the small key.

use super::{EvaluateError, check_width, matrix, row_major};
use crate::keys::KeySwitchingKey;
use crate::modulus;
use ndarray::Array2;
use rayon::prelude::*;

/// Ciphertexts handled at once.
const ROWS: usize = 4;

/// Columns of the key handled at once.
const COLUMNS: usize = 16;

/// Rows of the key between two visits of the sums in memory.
const SLAB: usize = 128;

/// Big LWE ciphertexts to small ones: rows x (kN + 1) in, rows x (n + 1) out, canonical words.
///
/// # Errors
/// [`EvaluateError::Width`] when rows do not have `kN + 1` words.
pub fn key_switch(
    key: &KeySwitchingKey,
    ciphertexts: &Array2<u64>,
) -> Result<Array2<u64>, EvaluateError> {
    let set = key.parameters();
    let (big, small) = (set.big_lwe_dimension() + 1, set.lwe_dimension.0 + 1);
    check_width("key switch", ciphertexts.ncols(), big)?;
    let source = row_major(ciphertexts);
    let mut words = vec![0; ciphertexts.nrows() * small];
    // Enough rows for each thread that key data is read once for many ciphertexts.
    let share = ciphertexts.nrows().div_ceil(rayon::current_num_threads());
    let rows = share.next_multiple_of(ROWS).clamp(ROWS, 64);
    words
        .par_chunks_mut(rows * small)
        .zip(source.par_chunks(rows * big))
        .for_each(|(out, input)| switch_rows(key, input, out));
    Ok(matrix(ciphertexts.nrows(), small, words))
}

/// The sums of one ciphertext: for each column, digits times low and high halves of key words.
type Sums = [[u64; COLUMNS]; 2];

fn switch_rows(key: &KeySwitchingKey, input: &[u64], out: &mut [u64]) {
    let set = key.parameters();
    let (big, small) = (set.big_lwe_dimension() + 1, set.lwe_dimension.0 + 1);
    let tiles = small.div_ceil(COLUMNS);
    let digits: Vec<Vec<[u64; ROWS]>> = input
        .chunks(ROWS * big)
        .map(|rows| unsigned_digits(key, rows))
        .collect();
    let mut sums = vec![[[[0; COLUMNS]; 2]; ROWS]; digits.len() * tiles];
    for (slab, key_rows) in key.words().chunks(SLAB * small).enumerate() {
        for (digits, sums) in digits.iter().zip(sums.chunks_exact_mut(tiles)) {
            let digits = &digits[slab * SLAB..];
            for (tile, sums) in sums.iter_mut().enumerate() {
                add_products(sums, digits, key_rows, small, tile * COLUMNS);
            }
        }
    }
    for (index, row) in out.chunks_exact_mut(small).enumerate() {
        let sums = &sums[index / ROWS * tiles..][..tiles];
        for (column, (word, &offset)) in row.iter_mut().zip(key.offset()).enumerate() {
            let [low, high]: &Sums = &sums[column / COLUMNS][index % ROWS];
            let (low, high) = (low[column % COLUMNS], high[column % COLUMNS]);
            let sum = modulus::reduce(u128::from(low) + (u128::from(high) << 32));
            *word = modulus::sub(offset, sum);
        }
        let body = input[index * big + big - 1];
        row[small - 1] = modulus::add(row[small - 1], body);
    }
}

/// `u = d + 2^(beta-1)` for each key row `(i, j)`, for up to [`ROWS`] ciphertexts.
fn unsigned_digits(key: &KeySwitchingKey, rows: &[u64]) -> Vec<[u64; ROWS]> {
    let set = key.parameters();
    let (gadget, dimension) = (set.ks_gadget, set.big_lwe_dimension());
    let (levels, offset) = (gadget.levels.0, gadget.offset());
    let mask = (1 << gadget.base_log.0) - 1;
    let mut digits = vec![[0; ROWS]; dimension * levels];
    for (place, row) in rows.chunks_exact(dimension + 1).enumerate() {
        for (word, digits) in row.iter().zip(digits.chunks_exact_mut(levels)) {
            let shifted = modulus::add(*word, offset);
            for (level, digit) in digits.iter_mut().enumerate() {
                digit[place] = (shifted >> gadget.shift(level + 1)) & mask;
            }
        }
    }
    digits
}

/// Adds the products of digits with the columns from `start` of key rows. The parameter rule
/// `kN l 2^beta <= 2^32` keeps every sum within 64 bits.
fn add_products(
    sums: &mut [Sums; ROWS],
    digits: &[[u64; ROWS]],
    key_rows: &[u64],
    width: usize,
    start: usize,
) {
    let columns = COLUMNS.min(width - start);
    let mut local = *sums;
    for (row, digits) in key_rows.chunks_exact(width).zip(digits) {
        let mut words = [0; COLUMNS];
        words[..columns].copy_from_slice(&row[start..start + columns]);
        for ([low, high], &digit) in local.iter_mut().zip(digits) {
            for c in 0..COLUMNS {
                low[c] += (digit & 0xFFFF_FFFF) * (words[c] & 0xFFFF_FFFF);
                high[c] += (digit & 0xFFFF_FFFF) * (words[c] >> 32);
            }
        }
    }
    *sums = local;
}
