//! Linear layers: small signed integers times rows of words.

use super::lanes::{LANES, load};
use super::{EvaluateError, check_rows, matrix, row_major};
use crate::modulus::{self, EPSILON};
use crate::program::LinearMap;
use ndarray::Array2;
use rayon::prelude::*;

/// Outputs handled at once.
const OUTPUTS: usize = 4;

/// `output[o] = sum_i weights[o][i] * input[i] + (0, .., 0, bias[o])` for each image: `images * inputs` rows in,
/// `images * outputs` rows out, of the same width.
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
    let mut words = vec![0; images * outputs * width];
    words
        .par_chunks_exact_mut(outputs * width)
        .zip(source.par_chunks_exact(inputs * width))
        .for_each(|(out, input)| {
            out.par_chunks_mut(OUTPUTS * width)
                .enumerate()
                .for_each(|(tile, out)| output_tile(map, tile * OUTPUTS, input, width, out));
        });
    Ok(matrix(images * outputs, width, words))
}

/// Rows `first..` of the output of one image, at most [`OUTPUTS`] of them.
fn output_tile(map: &LinearMap, first: usize, input: &[u64], width: usize, out: &mut [u64]) {
    let count = out.len() / width;
    let weights: Vec<[(u32, u64); OUTPUTS]> = (0..map.weights.ncols())
        .map(|i| {
            std::array::from_fn(|o| {
                let weight = if o < count {
                    map.weights[[first + o, i]]
                } else {
                    0
                };
                (weight.unsigned_abs() as u32, (weight >> 63) as u64)
            })
        })
        .collect();
    for start in (0..width).step_by(LANES) {
        let sums = column_sums(&weights, input, width, start);
        for (o, sums) in sums.iter().enumerate().take(count) {
            for (word, &(low, high)) in out[o * width + start..(o + 1) * width].iter_mut().zip(sums)
            {
                *word = modulus::from_i128(i128::from(low) + (i128::from(high) << 32));
            }
        }
    }
    for (row, &bias) in out.chunks_exact_mut(width).zip(&map.bias[first..]) {
        row[width - 1] = modulus::add(row[width - 1], bias);
    }
}

/// Sums of weights (absolute value, sign mask) times low and high halves of words. Row norms below 2^31 keep
/// every sum within 63 bits.
fn column_sums(
    weights: &[[(u32, u64); OUTPUTS]],
    input: &[u64],
    width: usize,
    start: usize,
) -> [[(i64, i64); LANES]; OUTPUTS] {
    let mut low = [[0u64; LANES]; OUTPUTS];
    let mut high = [[0u64; LANES]; OUTPUTS];
    for (row, weights) in input.chunks_exact(width).zip(weights) {
        let words = load(row, start);
        for (o, &(magnitude, sign)) in weights.iter().enumerate() {
            for c in 0..LANES {
                let a = u64::from(magnitude) * (words[c] & EPSILON);
                let b = u64::from(magnitude) * (words[c] >> 32);
                low[o][c] = low[o][c].wrapping_add((a ^ sign).wrapping_sub(sign));
                high[o][c] = high[o][c].wrapping_add((b ^ sign).wrapping_sub(sign));
            }
        }
    }
    std::array::from_fn(|o| std::array::from_fn(|c| (low[o][c] as i64, high[o][c] as i64)))
}
