//! Inner products of canonical words with extension-field weights, the hot loops of the relations.

use ark_ff::Zero;
use blindproof_zk::field::{F, K, to_word};
use ndarray::Array2;
use rayon::prelude::*;

/// `sum_i words_i weights_i`; stops at the shorter of the two, which has fewer than 2^60 elements.
///
/// Products are accumulated as two 128-bit halves for each coordinate and reduced once at the end.
pub(crate) fn inner_words(words: impl IntoIterator<Item = u64>, weights: &[K]) -> K {
    let mut low = [0u128; 3];
    let mut high = [0u128; 3];
    for (word, weight) in words.into_iter().zip(weights) {
        for (c, coordinate) in [weight.c0, weight.c1, weight.c2].into_iter().enumerate() {
            let product = u128::from(word) * u128::from(to_word(coordinate));
            low[c] += u128::from(product as u64);
            high[c] += product >> 64;
        }
    }
    let two_to_64 = F::from(u64::from(u32::MAX));
    let reduce = |c: usize| F::from(low[c]) + F::from(high[c]) * two_to_64;
    K::new(reduce(0), reduce(1), reduce(2))
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
