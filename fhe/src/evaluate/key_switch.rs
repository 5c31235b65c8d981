//! The key switch from the big to the small key.

use super::lanes::{LANES, Lanes, load};
use super::vectors::{Kernel, Vectors, dispatch};
use super::{EvaluateError, block_rows, check_width, matrix, row_major};
use crate::keys::KeySwitchingKey;
use crate::modulus;
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
    low: Vec<Lanes>,
    high: Vec<Lanes>,
}

fn switch_block(key: &KeySwitchingKey, input: &[u64], out: &mut [u64]) {
    let set = key.parameters();
    let (big, small) = (set.big_lwe_dimension() + 1, set.lwe_dimension.0 + 1);
    let rows = out.chunks_exact_mut(small).zip(input.chunks_exact(big));
    let digits = input.chunks_exact(big);
    let sums = dispatch(Products {
        key: key.words(),
        width: small,
        digits: digits.map(|row| unsigned_digits(set, row)).collect(),
    });
    for ((out, input), sums) in rows.zip(&sums) {
        // u = d + 2^(beta-1), and the key's offset is 2^(beta-1) times the sum of its rows.
        let halves = sums.low.as_flattened().iter().zip(sums.high.as_flattened());
        for ((word, (&low, &high)), &offset) in out.iter_mut().zip(halves).zip(key.offset()) {
            let sum = u128::from(low) + (u128::from(high) << 32);
            *word = modulus::sub(offset, modulus::reduce(sum));
        }
        out[small - 1] = modulus::add(out[small - 1], input[big - 1]);
    }
}

/// The digits of a block of ciphertexts times the key.
struct Products<'a> {
    key: &'a [u64],
    /// Words of a row of the key.
    width: usize,
    /// Of each ciphertext, a digit for each row of the key.
    digits: Vec<Vec<u32>>,
}

impl Kernel for Products<'_> {
    type Output = Vec<Sums>;

    #[inline(always)]
    fn run<V: Vectors>(self, v: V) -> Vec<Sums> {
        let zero = vec![[0; LANES]; self.width.div_ceil(LANES)];
        let zero = Sums {
            low: zero.clone(),
            high: zero,
        };
        let mut sums = vec![zero; self.digits.len()];
        for (slab, key_rows) in self.key.chunks(SLAB * self.width).enumerate() {
            for (sums, digits) in sums.iter_mut().zip(&self.digits) {
                let digits = digits[slab * SLAB..].chunks_exact(ROWS);
                for (key_rows, digits) in key_rows.chunks_exact(ROWS * self.width).zip(digits) {
                    sums.add_products(v, key_rows, digits, self.width);
                }
            }
        }
        sums
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
    #[inline(always)]
    fn add_products<V: Vectors>(&mut self, v: V, key_rows: &[u64], digits: &[u32], width: usize) {
        let rows: [&[u64]; ROWS] = std::array::from_fn(|i| &key_rows[i * width..(i + 1) * width]);
        let digits: [V::Words; ROWS] = std::array::from_fn(|i| v.splat(u64::from(digits[i])));
        for (group, (low, high)) in self.low.iter_mut().zip(&mut self.high).enumerate() {
            let (mut low_sum, mut high_sum) = (v.load(low), v.load(high));
            for (&digit, row) in digits.iter().zip(rows) {
                let words = v.load(&load(row, group * LANES));
                low_sum = v.add(low_sum, v.mul_low(digit, words));
                high_sum = v.add(high_sum, v.mul_low(digit, v.high(words)));
            }
            (*low, *high) = (v.store(low_sum), v.store(high_sum));
        }
    }
}
