//! The key switch from the big to the small key.

use super::{EvaluateError, block_rows, check_width, matrix, row_major};
use crate::keys::KeySwitchingKey;
use crate::modulus::{self, EPSILON};
use crate::params::ParameterSet;
use ndarray::Array2;
use rayon::prelude::*;

/// Rows of the key that one thread applies to all its ciphertexts before it reads on; a multiple of [`ROWS`].
const SLAB: usize = 64;

/// Rows of the key between two visits of the sums; it divides `kN`.
const ROWS: usize = 4;

/// Most ciphertexts of one thread between two passes over the key.
const BLOCK: usize = 64;

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
    let block = block_rows(ciphertexts.nrows(), BLOCK);
    words
        .par_chunks_mut(block * small)
        .zip(source.par_chunks(block * big))
        .for_each(|(out, input)| switch_block(key, input, out));
    Ok(matrix(ciphertexts.nrows(), small, words))
}

/// `sum_{i,j} u_{i,j} KSK[i][j]` of one ciphertext, for low and high halves of key words apart. The parameter
/// rule `kN l 2^beta <= 2^32` keeps every sum within 64 bits.
#[derive(Clone)]
struct Sums {
    low: Vec<u64>,
    high: Vec<u64>,
}

fn switch_block(key: &KeySwitchingKey, input: &[u64], out: &mut [u64]) {
    let set = key.parameters();
    let (big, small) = (set.big_lwe_dimension() + 1, set.lwe_dimension.0 + 1);
    let rows = out.chunks_exact_mut(small).zip(input.chunks_exact(big));
    let digits: Vec<Vec<u32>> = input
        .chunks_exact(big)
        .map(|row| unsigned_digits(set, row))
        .collect();
    let zero = Sums {
        low: vec![0; small],
        high: vec![0; small],
    };
    let mut sums = vec![zero; digits.len()];
    for (slab, key_rows) in key.words().chunks(SLAB * small).enumerate() {
        for (sums, digits) in sums.iter_mut().zip(&digits) {
            let digits = digits[slab * SLAB..].chunks_exact(ROWS);
            for (key_rows, digits) in key_rows.chunks_exact(ROWS * small).zip(digits) {
                sums.add_products(key_rows, digits);
            }
        }
    }
    for ((out, input), sums) in rows.zip(&sums) {
        // u = d + 2^(beta-1), and the key's offset is 2^(beta-1) times the sum of its rows.
        for (column, word) in out.iter_mut().enumerate() {
            let sum = u128::from(sums.low[column]) + (u128::from(sums.high[column]) << 32);
            *word = modulus::sub(key.offset()[column], modulus::reduce(sum));
        }
        out[small - 1] = modulus::add(out[small - 1], input[big - 1]);
    }
}

/// `u = d + 2^(beta-1)` for each key row `(i, j)`, from the mask of one ciphertext.
fn unsigned_digits(set: &ParameterSet, row: &[u64]) -> Vec<u32> {
    let gadget = set.ks_gadget;
    let offset = gadget.offset();
    let mask = (1 << gadget.base_log.0) - 1;
    row[..set.big_lwe_dimension()]
        .iter()
        .flat_map(|&word| {
            let shifted = modulus::add(word, offset);
            (1..=gadget.levels.0).map(move |level| ((shifted >> gadget.shift(level)) & mask) as u32)
        })
        .collect()
}

impl Sums {
    /// Adds the products of [`ROWS`] digits with as many rows of the key.
    fn add_products(&mut self, key_rows: &[u64], digits: &[u32]) {
        let width = self.low.len();
        let rows: [&[u64]; ROWS] = std::array::from_fn(|i| &key_rows[i * width..(i + 1) * width]);
        let digits: [u32; ROWS] = std::array::from_fn(|i| digits[i]);
        for (column, (low, high)) in self.low.iter_mut().zip(&mut self.high).enumerate() {
            for (&digit, row) in digits.iter().zip(rows) {
                let digit = u64::from(digit);
                *low += digit * (row[column] & EPSILON);
                *high += digit * (row[column] >> 32);
            }
        }
    }
}
