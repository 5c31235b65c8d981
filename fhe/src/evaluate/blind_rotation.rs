//! Grouped blind rotation with sample extraction.

use super::pointwise::Step;
use super::{EvaluateError, block_rows, check_rows, check_width, matrix, row_major};
use crate::keys::{BootstrappingKey, Prepared};
use crate::lut::Lut;
use crate::modulus;
use crate::params::ParameterSet;
use ndarray::Array2;
use rayon::prelude::*;
use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Most accumulators of one block of rows; with the key of one group they fit in a second-level cache.
const BLOCK_ROWS: usize = 32;

/// Exponents in `[0, 2N)` to big LWE ciphertexts: rows x (n + 1) in, rows x (kN + 1) out. Row `i` uses
/// table `i mod luts.len()`, so one table serves all rows, and a table for each feature serves all images.
/// `progress(done, total)` is called during the work, from any thread.
///
/// # Errors
/// [`EvaluateError`] when rows do not have `n + 1` words, are not a multiple of the tables, an exponent is not
/// below `2N`, or a table does not fit the polynomial size.
pub fn blind_rotation(
    key: &BootstrappingKey,
    luts: &[Lut],
    exponents: &Array2<u64>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Array2<u64>, EvaluateError> {
    let batch = Batch::new(key, luts, exponents)?;
    let big = batch.set.big_lwe_dimension() + 1;
    let (done, total) = (AtomicUsize::new(0), batch.rows * batch.set.group_count());
    let mut words = vec![0; batch.rows * big];
    let targets = words.chunks_mut(batch.block_rows() * big).collect();
    batch.run(targets, |out: &mut &mut [u64], step, rotation| {
        let rows = out.len() / big;
        if step > 0 {
            progress(done.fetch_add(rows, Ordering::Relaxed) + rows, total);
        }
        if step == batch.set.group_count() {
            for (row, out) in out.chunks_exact_mut(big).enumerate() {
                rotation.extract(row, out);
            }
        }
    });
    Ok(matrix(batch.rows, big, words))
}

/// Checked input of blind rotations.
pub(super) struct Batch<'a> {
    pub(super) set: &'a ParameterSet,
    pub(super) rows: usize,
    key: &'a Prepared,
    /// Test polynomials; row `i` uses `i` modulo their number.
    tables: Vec<Vec<u64>>,
    exponents: Cow<'a, [u64]>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(
        key: &'a BootstrappingKey,
        luts: &[Lut],
        exponents: &'a Array2<u64>,
    ) -> Result<Self, EvaluateError> {
        let set = key.parameters();
        let size = set.polynomial_size.0;
        check_width("blind rotation", exponents.ncols(), set.lwe_dimension.0 + 1)?;
        check_rows("blind rotation", exponents.nrows(), luts.len())?;
        if let Some(((row, column), _)) = exponents
            .indexed_iter()
            .find(|(_, exponent)| **exponent >= 2 * size as u64)
        {
            return Err(EvaluateError::Exponent {
                row,
                column,
                limit: 2 * size,
            });
        }
        let tables = luts
            .iter()
            .map(|lut| lut.polynomial(size))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            set,
            rows: exponents.nrows(),
            key: key.prepared(),
            tables,
            exponents: row_major(exponents),
        })
    }

    /// Rows of a block; the last one may have fewer.
    pub(super) fn block_rows(&self) -> usize {
        block_rows(self.rows, BLOCK_ROWS)
    }

    /// Rotates all blocks on all cores, with one target for each block. `visit(target, h, rotation)` sees every
    /// `acc_h`, `h = 0..=H`, in this order.
    pub(super) fn run<T: Send>(
        &self,
        targets: Vec<T>,
        visit: impl Fn(&mut T, usize, &Rotation<'_>) + Sync,
    ) {
        let small = self.set.lwe_dimension.0 + 1;
        let block = self.block_rows();
        targets
            .into_par_iter()
            .zip(self.exponents.par_chunks(block * small))
            .enumerate()
            .for_each(|(index, (mut target, exponents))| {
                let mut rotation = Rotation::new(self.set, self.key, exponents);
                for (row, exponents) in exponents.chunks_exact(small).enumerate() {
                    let table = &self.tables[(index * block + row) % self.tables.len()];
                    rotation.start(row, table, exponents[small - 1] as usize);
                }
                visit(&mut target, 0, &rotation);
                for group in 0..self.set.group_count() {
                    rotation.step(group);
                    visit(&mut target, group + 1, &rotation);
                }
            });
    }
}

/// Accumulators of a block of rows, and scratch space.
pub(super) struct Rotation<'a> {
    set: &'a ParameterSet,
    key: &'a Prepared,
    exponents: &'a [u64],
    /// `(k+1) N` words for each row.
    pub(super) accumulators: Vec<u64>,
    /// Point values of the digits: row `(r, j)` of the key, then points.
    digits: Vec<u64>,
    /// Point values of the product, by column.
    product: Vec<u64>,
}

impl<'a> Rotation<'a> {
    fn new(set: &'a ParameterSet, key: &'a Prepared, exponents: &'a [u64]) -> Self {
        let rows = exponents.len() / (set.lwe_dimension.0 + 1);
        Self {
            set,
            key,
            exponents,
            accumulators: vec![0; rows * set.glwe_words()],
            digits: vec![0; set.glwe_words() * set.pbs_gadget.levels.0],
            product: vec![0; set.glwe_words()],
        }
    }

    /// `acc = X^(-exponent) (0, .., 0, table)`.
    fn start(&mut self, row: usize, table: &[u64], exponent: usize) {
        let size = table.len();
        let words = self.set.glwe_words();
        let body = &mut self.accumulators[(row + 1) * words - size..(row + 1) * words];
        for (j, word) in body.iter_mut().enumerate() {
            let place = j + exponent;
            let value = table[place % size];
            *word = if (place / size).is_multiple_of(2) {
                value
            } else {
                modulus::neg(value)
            };
        }
    }

    /// One group of key bits, for all rows of the block.
    fn step(&mut self, group: usize) {
        let set = self.set;
        let bits = set.grouping_factor.0;
        let group_words = set.keys_per_group() * set.ggsw_words();
        let key = &self.key.points[group * group_words..(group + 1) * group_words];
        let rows = self.exponents.chunks_exact(set.lwe_dimension.0 + 1);
        for (row, accumulator) in rows.zip(self.accumulators.chunks_exact_mut(set.glwe_words())) {
            let exponents = &row[group * bits..(group + 1) * bits];
            if exponents.iter().all(|&exponent| exponent == 0) {
                continue;
            }
            decompose(set, self.key, accumulator, &mut self.digits);
            Step {
                set,
                key: self.key,
                group: key,
                exponents,
                digits: &self.digits,
                product: &mut self.product,
            }
            .external_product();
            let size = set.polynomial_size.0;
            for (polynomial, product) in accumulator
                .chunks_exact_mut(size)
                .zip(self.product.chunks_exact_mut(size))
            {
                self.key.ntt.inverse_unscaled(product);
                for (word, &term) in polynomial.iter_mut().zip(product.iter()) {
                    *word = modulus::add(*word, term);
                }
            }
        }
    }

    /// Coefficient 0 of a row's accumulator as a big LWE ciphertext.
    fn extract(&self, row: usize, out: &mut [u64]) {
        let size = self.set.polynomial_size.0;
        let words = self.set.glwe_words();
        let accumulator = &self.accumulators[row * words..(row + 1) * words];
        let (mask, body) = accumulator.split_at(words - size);
        for (out, polynomial) in out.chunks_exact_mut(size).zip(mask.chunks_exact(size)) {
            out[0] = polynomial[0];
            for (word, &coefficient) in out[1..].iter_mut().zip(polynomial[1..].iter().rev()) {
                *word = modulus::neg(coefficient);
            }
        }
        out[words - size] = body[0];
    }
}

/// Point values of the digits of an accumulator: for each polynomial `r` and level `j`, row `r l + j - 1`.
fn decompose(set: &ParameterSet, key: &Prepared, accumulator: &[u64], digits: &mut [u64]) {
    let size = set.polynomial_size.0;
    let gadget = set.pbs_gadget;
    let offset = gadget.offset();
    let levels = gadget.levels.0;
    for (polynomial, digits) in accumulator
        .chunks_exact(size)
        .zip(digits.chunks_exact_mut(levels * size))
    {
        for (level, digits) in digits.chunks_exact_mut(size).enumerate() {
            for (digit, &word) in digits.iter_mut().zip(polynomial) {
                let shifted = modulus::add(word, offset);
                *digit = modulus::from_i64(gadget.digit(shifted, level + 1));
            }
            key.ntt.forward(digits);
        }
    }
}
