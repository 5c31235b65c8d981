//! Whole programs with tfhe's FFT bootstrap, on all cores.
//!
//! Words of a program are residues modulo `p`; here they are used modulo `2^64`, which moves them by less than `2^-32` of the
//! modulus: far below the noise.

use std::time::Instant;

use ndarray::Array2;
use rayon::prelude::*;
use tfhe::core_crypto::prelude::*;

use super::FftBootstrap;
use crate::evaluate::{
    EvaluateError, NodeTiming, check_rows, check_width, join, matrix, row_major,
};
use crate::keys::SeedSource;
use crate::modulus::P;
use crate::program::{LinearMap, Operation, Program};

/// Columns of a linear layer that are handled at once, as in [`crate::evaluate::linear`].
const COLUMNS: usize = 64;

impl FftBootstrap {
    /// Encrypts words under the big key, one a row.
    pub fn encrypt_all(&self, messages: &[u64], seeds: &mut SeedSource) -> Array2<u64> {
        let size = self.big.lwe_dimension().to_lwe_size();
        let mut list = LweCiphertextList::new(
            0,
            size,
            LweCiphertextCount(messages.len()),
            CiphertextModulus::new_native(),
        );
        par_encrypt_lwe_ciphertext_list(
            &self.big,
            &mut list,
            &PlaintextList::from_container(messages),
            super::tfhe_noise(self.parameters.glwe_noise),
            &mut seeds.encryption_generator(),
        );
        matrix(messages.len(), size.0, list.into_container())
    }

    /// The phases of rows under the big key, as residues modulo `p`.
    pub fn decrypt_all(&self, rows: &Array2<u64>) -> Vec<u64> {
        let rows = rows.outer_iter();
        let phase = |row: ndarray::ArrayView1<'_, u64>| {
            let row = ciphertext(row.to_vec());
            self.decrypt_phase(&row).min(P - 1)
        };
        rows.map(phase).collect()
    }

    /// Runs a program: `images * features` rows in, the rows of the output wire out, with the time of each node. A modulus
    /// switch is part of the bootstrap that follows it and takes no time of its own.
    ///
    /// # Errors
    /// [`EvaluateError`] when the program is invalid or the input does not fit it.
    pub fn evaluate(
        &self,
        program: &Program,
        input: &Array2<u64>,
    ) -> Result<(Array2<u64>, Vec<NodeTiming>), EvaluateError> {
        program.validate()?;
        let wire = program.wire(program.input)?;
        check_width("input", input.ncols(), wire.kind.width(self.parameters))?;
        check_rows("input", input.nrows(), wire.features)?;
        let images = input.nrows() / wire.features;
        let mut wires = vec![Array2::zeros((0, 0)); program.wires.len()];
        wires[program.input.0] = input.clone();
        let mut timings = Vec::with_capacity(program.nodes.len());
        for (index, node) in program.nodes.iter().enumerate() {
            let start = Instant::now();
            let joined = join(&wires, &node.inputs, images);
            wires[node.output.0] = match &node.operation {
                Operation::Linear(map) => linear(map, &joined),
                Operation::KeySwitch => map_rows(&joined, |_, row| Ok(self.key_switch(&row)))?,
                Operation::ModulusSwitch => joined,
                Operation::BlindRotation { luts } => {
                    let features = joined.nrows() / images;
                    map_rows(&joined, |row, input| {
                        let lut = &luts[row % features % luts.len()];
                        Ok(self.bootstrap(&input, lut)?)
                    })?
                }
            };
            timings.push(NodeTiming {
                node: index,
                kind: node.kind(),
                operations: program.operations(index, images),
                wall: start.elapsed(),
            });
        }
        Ok((wires.swap_remove(program.output.0), timings))
    }
}

fn ciphertext(words: Vec<u64>) -> LweCiphertextOwned<u64> {
    LweCiphertext::from_container(words, CiphertextModulus::new_native())
}

/// One ciphertext for each row, on all cores.
fn map_rows(
    rows: &Array2<u64>,
    operation: impl Fn(usize, LweCiphertextOwned<u64>) -> Result<LweCiphertextOwned<u64>, EvaluateError>
    + Sync,
) -> Result<Array2<u64>, EvaluateError> {
    let results = (0..rows.nrows())
        .into_par_iter()
        .map(|row| Ok(operation(row, ciphertext(rows.row(row).to_vec()))?.into_container()))
        .collect::<Result<Vec<_>, EvaluateError>>()?;
    let width = results.first().map_or(0, Vec::len);
    Ok(matrix(rows.nrows(), width, results.concat()))
}

/// As [`crate::evaluate::linear`], modulo `2^64`.
fn linear(map: &LinearMap, ciphertexts: &Array2<u64>) -> Array2<u64> {
    let (outputs, inputs) = map.weights.dim();
    let width = ciphertexts.ncols();
    let images = ciphertexts.nrows() / inputs;
    let source = row_major(ciphertexts);
    let rows: Vec<Vec<(usize, u64)>> = map
        .weights
        .outer_iter()
        .map(|row| {
            let used = row.iter().enumerate().filter(|(_, weight)| **weight != 0);
            used.map(|(input, weight)| (input, *weight as u64))
                .collect()
        })
        .collect();
    let blocks: Vec<Vec<u64>> = (0..images * width.div_ceil(COLUMNS))
        .into_par_iter()
        .map(|block| {
            let (image, start) = (block % images, block / images * COLUMNS);
            let columns = start..(start + COLUMNS).min(width);
            let mut sums = Vec::with_capacity(outputs * columns.len());
            for row in &rows {
                let mut sum = [0u64; COLUMNS];
                for &(input, weight) in row {
                    let first = (image * inputs + input) * width;
                    let words = &source[first + columns.start..first + columns.end];
                    for (sum, word) in sum.iter_mut().zip(words) {
                        *sum = sum.wrapping_add(weight.wrapping_mul(*word));
                    }
                }
                sums.extend_from_slice(&sum[..columns.len()]);
            }
            sums
        })
        .collect();
    let mut out = Array2::zeros((images * outputs, width));
    for (block, sums) in blocks.iter().enumerate() {
        let (image, start) = (block % images, block / images * COLUMNS);
        let length = sums.len() / outputs;
        for (output, sums) in sums.chunks_exact(length).enumerate() {
            let mut row = out.row_mut(image * outputs + output);
            for (offset, sum) in sums.iter().enumerate() {
                row[start + offset] = *sum;
            }
        }
    }
    for (row, mut words) in out.outer_iter_mut().enumerate() {
        words[width - 1] = words[width - 1].wrapping_add(map.bias[row % outputs]);
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::fast::FftBootstrap;
    use crate::keys::SeedSource;
    use crate::model::QuantisedModel;

    /// Dense, table, dense: as the clear model, for several images at once.
    #[test]
    fn a_network_decrypts_to_the_clear_model() {
        let model = QuantisedModel::from_json(
            r#"{"format": 2, "name": "small", "parameters": "insecure_message_4", "output": {"kind": "argmax"},
            "input": {"features": 3, "min": 0, "max": 3, "quantise": {"scale": [1], "offset": [0]}},
            "layers": [{"type": "dense", "name": "a", "weights": [[1, -2, 1], [2, 1, 0]], "bias": [1, -3]},
              {"type": "lut", "name": "t", "mode": "negacyclic",
               "tables": [[0, 1, 2, 3, 3, 2, 1, 0, 1, 1, -1, 2, 0, 3, -3, 1]], "output_bits": 6},
              {"type": "dense", "name": "b", "weights": [[1, 2], [3, -1], [0, 1]], "bias": [0, 1, 2]}]}"#,
        )
        .unwrap();
        let program = model.compile().unwrap();
        let mut seeds = SeedSource::reproducible([3; 32]);
        let fast = FftBootstrap::generate(model.parameter_set().unwrap(), &mut seeds).unwrap();
        let inputs = [[0, 1, 2], [3, 3, 3], [2, 0, 1]];
        let words: Vec<u64> = inputs
            .iter()
            .flat_map(|input| model.encode_input(input).unwrap())
            .collect();
        let encrypted = fast.encrypt_all(&words, &mut seeds);
        let (output, timings) = fast.evaluate(&program, &encrypted).unwrap();
        assert_eq!(timings.len(), program.nodes.len());
        let logits = model.decode_output(&fast.decrypt_all(&output)).unwrap();
        for (input, logits) in inputs.iter().zip(logits.chunks(3)) {
            let rounded: Vec<i64> = logits.iter().map(|logit| logit.round() as i64).collect();
            assert_eq!(rounded, model.predict_clear(input).unwrap());
        }
        let two = encrypted.select(ndarray::Axis(0), &[0, 1]);
        assert!(fast.evaluate(&program, &two).is_err());
    }
}
