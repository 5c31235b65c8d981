//! The two operations as constraint systems. Input and result words are public, weights and keys are constants.

use std::sync::Arc;

use ark_bn254::Fr;
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, SynthesisError, Variable};
use blindproof_fhe::{keys::ServerKey, modulus, params::Gadget, program::LinearMap};

use super::gadgets::{Terms, Word, congruent, public, shifted_bits, signed};
use crate::backend::SmallOperation;

/// Words of the input and of the result; row by row.
pub(super) struct Assignment {
    pub input: Vec<u64>,
    pub result: Vec<u64>,
}

/// A constraint system, with values when proving.
pub(super) struct Circuit<'a> {
    pub operation: &'a SmallOperation,
    pub keys: &'a Arc<ServerKey>,
    pub rows: usize,
    pub assignment: Option<Assignment>,
}

impl Circuit<'_> {
    fn input_width(&self) -> usize {
        self.keys.key_switching.parameters().big_lwe_dimension() + 1
    }

    fn result_width(&self) -> usize {
        match self.operation {
            SmallOperation::Linear(_) => self.input_width(),
            SmallOperation::KeySwitch => self.keys.key_switching.parameters().lwe_dimension.0 + 1,
        }
    }

    fn result_rows(&self) -> usize {
        match self.operation {
            SmallOperation::Linear(map) => {
                self.rows / map.weights.ncols().max(1) * map.weights.nrows()
            }
            SmallOperation::KeySwitch => self.rows,
        }
    }

    /// Words of the input.
    pub fn input_words(&self) -> usize {
        self.rows * self.input_width()
    }

    /// Words of the result.
    pub fn result_words(&self) -> usize {
        self.result_rows() * self.result_width()
    }
}

impl ConstraintSynthesizer<Fr> for Circuit<'_> {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let allocate = |words: Option<&Vec<u64>>, count: usize| {
            (0..count)
                .map(|i| public(&cs, words.and_then(|words| words.get(i).copied())))
                .collect::<Result<Vec<Word>, _>>()
        };
        let assignment = self.assignment.as_ref();
        let input = allocate(assignment.map(|a| &a.input), self.input_words())?;
        let result = allocate(assignment.map(|a| &a.result), self.result_words())?;
        let (inputs, results) = (self.input_width(), self.result_width());
        match self.operation {
            SmallOperation::Linear(map) => {
                let (outputs, features) = map.weights.dim();
                for (image, result) in input
                    .chunks(features * inputs)
                    .zip(result.chunks(outputs * results))
                {
                    linear(&cs, map, image, result, inputs)?;
                }
                Ok(())
            }
            SmallOperation::KeySwitch => input
                .chunks(inputs)
                .zip(result.chunks(results))
                .try_for_each(|(row, result)| key_switch(&cs, self.keys, row, result)),
        }
    }
}

/// `result[o] = sum_i weights[o][i] input[i] + (0, .., 0, bias[o])`, word by word.
fn linear(
    cs: &ConstraintSystemRef<Fr>,
    map: &LinearMap,
    input: &[Word],
    result: &[Word],
    width: usize,
) -> Result<(), SynthesisError> {
    for (o, row) in result.chunks(width).enumerate() {
        for (c, &word) in row.iter().enumerate() {
            let bias = if c + 1 == width { map.bias[o] } else { 0 };
            let mut sum = vec![(Fr::from(bias), Variable::One)];
            let mut value = Some(i128::from(bias));
            for (i, &weight) in map.weights.row(o).iter().enumerate() {
                let input = input[i * width + c];
                if weight != 0 {
                    sum.push((signed(i128::from(weight)), input.variable));
                }
                value = value
                    .zip(input.value)
                    .map(|(sum, v)| sum + i128::from(weight) * i128::from(v));
            }
            congruent(cs, sum, value, word)?;
        }
    }
    Ok(())
}

/// `result = (0, .., 0, body) - sum_{i,j} d_j(mask_i) KSK[i][j]`, digits from the unique bits of the shifted words.
fn key_switch(
    cs: &ConstraintSystemRef<Fr>,
    keys: &ServerKey,
    row: &[Word],
    result: &[Word],
) -> Result<(), SynthesisError> {
    let key = &keys.key_switching;
    let gadget = key.parameters().ks_gadget;
    let (&body, mask) = row.split_last().ok_or(SynthesisError::AssignmentMissing)?;
    let columns = result.len();
    let mut sums = vec![Terms::new(); columns];
    let mut values = vec![Some(0i128); columns];
    for (i, &word) in mask.iter().enumerate() {
        let bits = shifted_bits(cs, word, gadget.offset())?;
        for level in 1..=gadget.levels.0 {
            let digit = digit_bits(&gadget, level, &bits);
            let value = word
                .value
                .map(|z| i128::from(gadget.digit(modulus::add(z, gadget.offset()), level)));
            let half = signed(1 << (gadget.base_log.0 - 1));
            for ((sum, total), &k) in sums.iter_mut().zip(&mut values).zip(key.row(i, level)) {
                sum.extend(super::gadgets::weighted(digit, -Fr::from(k)));
                sum.push((half * Fr::from(k), Variable::One));
                *total = total.zip(value).map(|(total, d)| total - d * i128::from(k));
            }
        }
    }
    if let (Some(sum), Some(total)) = (sums.last_mut(), values.last_mut()) {
        sum.push((signed(1), body.variable));
        *total = total
            .zip(body.value)
            .map(|(total, b)| total + i128::from(b));
    }
    for ((sum, value), &word) in sums.into_iter().zip(values).zip(result) {
        congruent(cs, merge_constants(sum), value, word)?;
    }
    Ok(())
}

/// The bits of digit `level`, lowest first.
fn digit_bits<'a>(gadget: &Gadget, level: usize, bits: &'a [Variable]) -> &'a [Variable] {
    let start = gadget.shift(level) as usize;
    &bits[start..start + gadget.base_log.0 as usize]
}

/// Adds up the constants of a sum.
fn merge_constants(sum: Terms) -> Terms {
    let (constants, mut rest): (Terms, Terms) =
        sum.into_iter().partition(|(_, variable)| variable.is_one());
    rest.push((constants.into_iter().map(|(c, _)| c).sum(), Variable::One));
    rest
}
