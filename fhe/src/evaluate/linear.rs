//! Linear layers: small signed integers times rows of words.

use super::lanes::{LANES, Lanes, load};
use super::vectors::{Kernel, Vectors, dispatch};
use super::{EvaluateError, check_rows, matrix, row_major};
use crate::modulus;
use crate::program::LinearMap;
use ndarray::Array2;
use rayon::prelude::*;

/// Columns handled at once: the words of all inputs in these columns fit in a second-level cache.
const COLUMNS: usize = 64;

/// `output[o] = sum_i weights[o][i] * input[i] + (0, .., 0, bias[o])` for each image: `images * inputs` rows in,
/// `images * outputs` rows out, of the same width. Zero weights cost nothing.
///
/// # Errors
/// [`EvaluateError::LinearMap`] when the map breaks a rule of [`LinearMap`]; [`EvaluateError::Rows`] when the rows
/// are not a positive multiple of its inputs.
pub fn linear(map: &LinearMap, ciphertexts: &Array2<u64>) -> Result<Array2<u64>, EvaluateError> {
    let (outputs, inputs) = map.weights.dim();
    map.validate(inputs, outputs)
        .map_err(|(field, problem)| EvaluateError::LinearMap { field, problem })?;
    check_rows("linear layer", ciphertexts.nrows(), inputs)?;
    let width = ciphertexts.ncols();
    let images = ciphertexts.nrows() / inputs;
    let source = row_major(ciphertexts);
    let rows: Vec<Row> = map.weights.outer_iter().map(Row::new).collect();
    let mut words = vec![0; images * outputs * width];
    words
        .par_chunks_exact_mut(outputs * width)
        .zip(source.par_chunks_exact(inputs * width))
        .for_each(|(out, input)| image(&rows, &map.bias, input, out));
    Ok(matrix(images * outputs, width, words))
}

/// The weights of one output that are not zero: (input, absolute value).
struct Row {
    positive: Vec<(u32, u32)>,
    negative: Vec<(u32, u32)>,
}

impl Row {
    fn new(weights: ndarray::ArrayView1<'_, i64>) -> Self {
        let of_sign = |sign: i64| {
            let weights = weights.iter().enumerate();
            let chosen = weights.filter(|(_, w)| w.signum() == sign);
            // Both are below 2^31: the rules of a linear map.
            chosen
                .map(|(i, w)| (i as u32, w.unsigned_abs() as u32))
                .collect()
        };
        Self {
            positive: of_sign(1),
            negative: of_sign(-1),
        }
    }
}

/// All outputs of one image.
fn image(rows: &[Row], bias: &[u64], input: &[u64], out: &mut [u64]) {
    let width = out.len() / rows.len();
    let blocks: Vec<Vec<u64>> = (0..width)
        .into_par_iter()
        .step_by(COLUMNS)
        .map_init(Vec::new, |packed, start| {
            pack(packed, input, width, start);
            dispatch(Block { rows, packed })
        })
        .collect();
    out.par_chunks_exact_mut(width)
        .zip(bias)
        .enumerate()
        .for_each(|(output, (out, &bias))| {
            for (out, block) in out.chunks_mut(COLUMNS).zip(&blocks) {
                let words = &block[output * COLUMNS..];
                out.copy_from_slice(&words[..out.len()]);
            }
            out[width - 1] = modulus::add(out[width - 1], bias);
        });
}

/// The words of all inputs in the columns from `start` on: lanes by group of columns, then input; zeros after the last column.
fn pack(packed: &mut Vec<Lanes>, input: &[u64], width: usize, start: usize) {
    let inputs = input.len() / width;
    packed.resize(inputs * COLUMNS / LANES, [0; LANES]);
    for (group, packed) in packed.chunks_exact_mut(inputs).enumerate() {
        let column = (start + group * LANES).min(width);
        for (lanes, row) in packed.iter_mut().zip(input.chunks_exact(width)) {
            *lanes = load(row, column);
        }
    }
}

/// All outputs in some columns.
struct Block<'a> {
    rows: &'a [Row],
    /// See [`pack`].
    packed: &'a [Lanes],
}

impl Kernel for Block<'_> {
    /// For each output [`COLUMNS`] words.
    type Output = Vec<u64>;

    #[inline(always)]
    fn run<V: Vectors>(self, v: V) -> Vec<u64> {
        let inputs = self.packed.len() * LANES / COLUMNS;
        let mut words = vec![0; self.rows.len() * COLUMNS];
        for (group, packed) in self.packed.chunks_exact(inputs).enumerate() {
            for (row, words) in self.rows.iter().zip(words.chunks_exact_mut(COLUMNS)) {
                let positive = sums(v, &row.positive, packed);
                let negative = sums(v, &row.negative, packed);
                let words = &mut words[group * LANES..(group + 1) * LANES];
                for (lane, word) in words.iter_mut().enumerate() {
                    let difference = |half: usize| {
                        i128::from(positive[half][lane]) - i128::from(negative[half][lane])
                    };
                    *word = modulus::from_i128(difference(0) + (difference(1) << 32));
                }
            }
        }
        words
    }
}

/// Sums of weights times low and times high halves of words. Row norms below `2^31` keep every sum within 63 bits.
#[inline(always)]
fn sums<V: Vectors>(v: V, weights: &[(u32, u32)], packed: &[Lanes]) -> [Lanes; 2] {
    let (mut low, mut high) = (v.splat(0), v.splat(0));
    for &(input, weight) in weights {
        let (words, weight) = (v.load(&packed[input as usize]), v.splat(u64::from(weight)));
        low = v.add(low, v.mul_low(weight, words));
        high = v.add(high, v.mul_low(weight, v.high(words)));
    }
    [v.store(low), v.store(high)]
}
