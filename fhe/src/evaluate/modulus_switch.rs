//! The centred modulus switch.

use super::{EvaluateError, check_width, matrix, row_major};
use crate::modulus;
use crate::params::ParameterSet;
use ndarray::Array2;
use rayon::prelude::*;

/// Small LWE ciphertexts to exponents in `[0, 2N)`: rows x (n + 1) in and out, canonical words in.
///
/// # Errors
/// [`EvaluateError::Width`] when rows do not have `n + 1` words.
pub fn modulus_switch(
    parameters: &ParameterSet,
    ciphertexts: &Array2<u64>,
) -> Result<Array2<u64>, EvaluateError> {
    let width = parameters.lwe_dimension.0 + 1;
    check_width("modulus switch", ciphertexts.ncols(), width)?;
    let shift = parameters.modulus_switch_shift();
    let half = 1u64 << (shift - 1);
    // h + n h/2
    let body_offset = modulus::reduce(u128::from(half / 2) * (width as u128 + 1));
    let mut exponents = row_major(ciphertexts).into_owned();
    exponents.par_chunks_exact_mut(width).for_each(|row| {
        let (mask, body) = row.split_at_mut(width - 1);
        let mut low_sum = 0u128;
        for word in mask {
            let y = modulus::add(*word, half);
            low_sum += u128::from(y & (2 * half - 1));
            *word = y >> shift;
        }
        let centred = modulus::sub(body[0], modulus::reduce(low_sum / 2));
        body[0] = modulus::add(centred, body_offset) >> shift;
    });
    Ok(matrix(ciphertexts.nrows(), width, exponents))
}
