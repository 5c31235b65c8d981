use super::*;
use crate::field::scale;
use crate::field::{f, k};
use proptest::prelude::*;

pub(crate) fn elements(seed: u64, n: usize) -> Vec<K> {
    crate::transcript::ProverTranscript::new("test", &seed.to_le_bytes()).challenges("r", n)
}

/// From the definition: the sum over all indices of value times eq.
fn naive(values: &[F], point: &[K]) -> K {
    values
        .iter()
        .enumerate()
        .map(|(i, &v)| {
            let bit = |j: usize| i >> (point.len() - 1 - j) & 1 == 1;
            let eq: K = point
                .iter()
                .enumerate()
                .map(|(j, &r)| if bit(j) { r } else { K::ONE - r })
                .product();
            scale(eq, v)
        })
        .sum()
}

proptest! {
    #[test]
    fn evaluation_is_the_weighted_sum(len in 1..300_usize, extra in 0..3_usize, seed: u64) {
        let values: Vec<F> = elements(seed, len).into_iter().map(|v| v.c1).collect();
        let point = elements(!seed, num_vars(len) + extra);
        let expected = naive(&values, &point);
        prop_assert_eq!(evaluate_base(&values, &point), expected);
        let lifted: Vec<K> = values.iter().map(|&v| k(v)).collect();
        prop_assert_eq!(evaluate_ext(&lifted, &point), expected);
    }

    #[test]
    fn closed_forms_agree_with_tables(vars in 0..8_usize, len in 0..300_usize, seed: u64) {
        let point = elements(seed, vars);
        let table = eq_table(&point);
        let len = len.min(table.len());
        let sum: K = table[..len].iter().sum();
        prop_assert_eq!(prefix_indicator(len, &point), sum);
        for (i, &value) in table.iter().enumerate() {
            prop_assert_eq!(index_eq(i, &point), value);
        }
        prop_assert_eq!(index_eq(table.len(), &point), K::ZERO);
        let other = elements(!seed, vars);
        let product: K = table.iter().zip(eq_table(&other)).map(|(&a, b)| a * b).sum();
        prop_assert_eq!(eq(&point, &other), product);
    }
}

#[test]
fn the_first_coordinate_is_the_most_significant_bit() {
    let values: Vec<F> = (0..8).map(f).collect();
    let bits = |i: u64| [i >> 2 & 1, i >> 1 & 1, i & 1].map(|b| k(f(b))).to_vec();
    for i in 0..8 {
        assert_eq!(evaluate_base(&values, &bits(i)), k(f(i)));
    }
}

#[test]
fn many_task_evaluation_agrees() {
    let values: Vec<F> = elements(1, 10_000).into_iter().map(|v| v.c0).collect();
    let point = elements(2, 14);
    assert_eq!(evaluate_base(&values, &point), naive(&values, &point));
}

#[test]
fn number_of_variables() {
    for (len, vars) in [
        (0, 0),
        (1, 0),
        (2, 1),
        (3, 2),
        (4, 2),
        (5, 3),
        (1024, 10),
        (1025, 11),
    ] {
        assert_eq!(num_vars(len), vars);
    }
}
