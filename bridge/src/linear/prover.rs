//! Prover of a linear layer.

use ark_ff::Zero;
use blindproof_fhe::program::LinearMap;
use blindproof_zk::{field::K, multilinear, sumcheck, term};
use ndarray::Array2;

use super::relation::{DEGREE, fold_outputs, split_inputs};
use crate::{
    kernels,
    proof::ProveError,
    rows::RowSet,
    session::ProverSession,
    wire::{Read, WirePlan},
};

/// Proves `output = map(inputs)` for `images` images, in the given output rows.
pub(crate) fn prove(
    session: &mut ProverSession,
    map: &LinearMap,
    images: usize,
    inputs: &[(&WirePlan, &Array2<u64>)],
    (output, rows): (&WirePlan, &RowSet),
) -> Result<(), ProveError> {
    // LIN-1
    let r_y = session.challenges("linear rows", rows.vars());
    let r_c = session.challenges("linear words", output.mask_vars());
    let lambda = session.challenge("linear lambda");
    // LIN-2
    output.open_big(session, Read::new(rows, &r_y), &r_c)?;
    // LIN-3
    let matrix = fold_outputs(map, images, &rows.weights(&r_y));
    let features: Vec<usize> = inputs.iter().map(|(wire, _)| wire.rows / images).collect();
    let terms: Vec<Term> = inputs
        .iter()
        .zip(split_inputs(matrix, images, &features))
        .map(|(&(input, words), matrix)| Term::new(input, words, matrix, &r_c, lambda))
        .collect();
    if terms.len() > 1 {
        let sums: Vec<K> = terms.iter().map(|term| term.sum).collect();
        session.send("linear parts", &sums);
    }
    for ((input, _), term) in inputs.iter().zip(terms) {
        // LIN-4
        let (r_x, _) = sumcheck::prove(
            vec![term.matrix, term.words],
            input.row_vars(),
            DEGREE,
            |v| v[0] * v[1],
            term.sum,
            &mut session.transcript,
        )?;
        // LIN-5
        input.open_big(session, Read::new(&RowSet::all(input.rows), &r_x), &r_c)?;
    }
    Ok(())
}

/// What one input wire adds to the claim.
struct Term {
    matrix: Vec<K>,
    words: Vec<K>,
    sum: K,
}

impl Term {
    fn new(input: &WirePlan, words: &Array2<u64>, matrix: Vec<K>, r_c: &[K], lambda: K) -> Self {
        let mut weights = multilinear::eq_table(r_c);
        weights.truncate(input.dimension);
        weights.push(term!("LIN body", lambda));
        let words = kernels::fold_words(words, &weights);
        let sum = matrix
            .iter()
            .zip(&words)
            .fold(K::zero(), |sum, (m, x)| sum + *m * x);
        Self { matrix, words, sum }
    }
}
