//! Inner products of canonical words with extension-field weights, the hot loops of the relations.

use ark_ff::Zero;
use blindproof_zk::field::K;
use ndarray::Array2;
use rayon::prelude::*;

/// `sum_i words_i weights_i`; stops at the shorter of the two.
pub(crate) fn inner_words(words: impl IntoIterator<Item = u64>, weights: &[K]) -> K {
    blindproof_zk::multilinear::inner_words(words, weights)
}

/// `sum_i a_i b_i` over extension elements; stops at the shorter.
pub(crate) fn inner(a: &[K], b: &[K]) -> K {
    a.iter().zip(b).fold(K::zero(), |sum, (a, b)| sum + *a * b)
}

/// `sum_t weights_t words[t][c]` for every column c.
pub(crate) fn fold_rows(words: &Array2<u64>, weights: &[K]) -> Vec<K> {
    (0..words.ncols())
        .into_par_iter()
        .map(|c| inner_words(words.column(c).iter().copied(), weights))
        .collect()
}

/// `sum_c words[t][c] weights_c` for every row t.
pub(crate) fn fold_words(words: &Array2<u64>, weights: &[K]) -> Vec<K> {
    (0..words.nrows())
        .into_par_iter()
        .map(|t| inner_words(words.row(t).iter().copied(), weights))
        .collect()
}
