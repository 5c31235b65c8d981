//! Tests of samples: each returns the probability of a value at least as far out when the hypothesis holds.

use crate::simulate::proportion::incomplete_beta;

/// Mean and unbiased variance.
pub(super) fn moments(sample: &[f64]) -> (f64, f64) {
    let count = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / count;
    let squares: f64 = sample.iter().map(|x| (x - mean).powi(2)).sum();
    (mean, squares / (count - 1.0))
}

/// Two normal samples have the same variance: two-sided F test of their ratio. For a much larger second sample this is the
/// chi-square test of the first one's variance.
pub(super) fn same_variance(a: &[f64], b: &[f64]) -> f64 {
    let ratio = moments(a).1 / moments(b).1;
    let (m, n) = ((a.len() - 1) as f64, (b.len() - 1) as f64);
    let below = incomplete_beta(m / 2.0, n / 2.0, m * ratio / (m * ratio + n));
    let above = incomplete_beta(n / 2.0, m / 2.0, n / (m * ratio + n));
    2.0 * below.min(above)
}

/// The mean of a normal variate of this variance is zero: two-sided.
pub(super) fn is_centred(value: f64, variance: f64) -> f64 {
    crate::noise::log2_erfc(value.abs() / (2.0 * variance).sqrt()).exp2()
}

/// Two samples come from one distribution: Kolmogorov and Smirnov, with the bound `2 exp(-2 D^2 m n / (m + n))`. Ties make
/// it larger than the probability, not smaller.
pub(super) fn same_distribution(a: &[f64], b: &[f64]) -> f64 {
    let sorted = |sample: &[f64]| {
        let mut sorted = sample.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted
    };
    let (a, b) = (sorted(a), sorted(b));
    let share =
        |sample: &[f64], x: f64| sample.partition_point(|y| *y <= x) as f64 / sample.len() as f64;
    let gap = |x: &f64| (share(&a, *x) - share(&b, *x)).abs();
    let distance = a.iter().chain(&b).map(gap).fold(0.0, f64::max);
    let (m, n) = (a.len() as f64, b.len() as f64);
    (2.0 * (-2.0 * distance * distance * m * n / (m + n)).exp()).min(1.0)
}

#[test]
fn probabilities_are_those_of_tables() {
    // F with 10 and 10 degrees of freedom exceeds 3.717 with probability 0.025.
    let spread = |scale: f64| -> Vec<f64> {
        let steps = (-5..=5).map(|i| scale * f64::from(i));
        steps.collect()
    };
    let p = same_variance(&spread(3.716_8f64.sqrt()), &spread(1.0));
    assert!((p - 0.05).abs() < 1e-4, "{p}");
    let p = same_variance(&spread(1.0), &spread(3.716_8f64.sqrt()));
    assert!((p - 0.05).abs() < 1e-4, "{p}");
    assert!((is_centred(-1.959_964, 1.0) - 0.05).abs() < 1e-6);
    // A quarter of one sample lies above all of the other: D = 1/4.
    let a: Vec<f64> = (0..100).map(f64::from).collect();
    let b: Vec<f64> = (0..100).map(|i| f64::from(i) + 25.0).collect();
    let p = same_distribution(&a, &b);
    assert!((p - 2.0 * (-6.25f64).exp()).abs() < 1e-12, "{p}");
    assert_eq!(same_distribution(&a, &a), 1.0);
}
