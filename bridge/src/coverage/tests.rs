//! Coverage numbers and sentences, and the probability against exact fractions.

use super::*;
use crate::testkit::Fixture;

/// `C(n, k)`, exactly.
fn choose(n: u128, k: u128) -> u128 {
    if k > n {
        return 0;
    }
    (0..k).fold(1, |product, i| product * (n - i) / (i + 1))
}

#[test]
fn escape_probability_is_the_quotient_of_two_binomials() {
    for total in [1usize, 2, 7, 20, 60, 100] {
        for sampled in (0..=total).step_by(1 + total / 13) {
            for wrong in (0..=total).step_by(1 + total / 11) {
                let (t, m, f) = (total as u128, sampled as u128, wrong as u128);
                // Binomials of 100 stay below 2^97.
                let exact = choose(t - f, m) as f64 / choose(t, m) as f64;
                let given = escape_probability(total, sampled, wrong);
                if exact == 0.0 {
                    assert_eq!(given.value(), 0.0, "{total} {sampled} {wrong}");
                } else {
                    assert!(
                        (given.log2 - exact.log2()).abs() < 1e-11,
                        "{total} {sampled} {wrong}: {} {}",
                        given.log2,
                        exact.log2()
                    );
                }
            }
        }
    }
}

#[test]
fn escape_probability_at_the_ends() {
    assert_eq!(escape_probability(1000, 0, 5).value(), 1.0);
    assert_eq!(escape_probability(1000, 1000, 1).value(), 0.0);
    assert_eq!(escape_probability(1000, 991, 10).value(), 0.0);
    assert_eq!(escape_probability(10, 4, 12).value(), 0.0);
    assert!((escape_probability(1 << 40, 1, 1).value() - 1.0).abs() < 1e-11);
    // (1 - 1/2)(1 - ..)..: about 2^-1000, no number of its own but a logarithm.
    let small = escape_probability(1_000_000_000, 500_000_000, 1500);
    assert!((small.log2 + 1500.0).abs() < 0.01);
    assert_eq!(small.to_string(), "2^-1500.0");
}

#[test]
fn coverage_counts_rows() {
    let fixture = Fixture::tiny();
    let resolve = |text: &str| {
        let selection: crate::selection::Selection = text.parse().unwrap();
        selection.resolve(&fixture.program, 3).unwrap()
    };
    // Nodes: linear, key switch, modulus switch, blind rotation, linear.
    let rows = resolve("linear,node:1/0-3+7,node:3/14");
    let counts: Vec<_> = coverage(&fixture.program, 3, &rows)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        counts,
        [
            "linear: 21/21 proven",
            "key switch: 5/15 proven",
            "modulus switch: 0/15 proven",
            "blind rotation: 1/15 proven"
        ]
    );
    assert_eq!(
        not_proven(&fixture.program, 3, &rows),
        [
            "layer 1 (activation): 10 of 15 x key switch NOT proven",
            "layer 1 (activation): 15 x modulus switch is NOT proven",
            "layer 1 (activation): 14 of 15 x blind rotation NOT proven"
        ]
    );
    assert!(not_proven(&fixture.program, 3, &resolve("all")).is_empty());
}

#[test]
fn a_sample_says_what_escapes() {
    assert_eq!(
        sample_sentence(1000, 100),
        "sample: 100 of 1000 operations, drawn after all results were fixed, are proven; \
         1 wrong operation escapes with probability 0.9000 (2^-0.15), \
         10 (1 %) escape with probability 0.3469 (2^-1.53), \
         100 (10 %) escape with probability 1.47e-5 (2^-16.1); \
         a prover that tries 2^a sets of results multiplies this by up to 2^a"
    );
    // In a small run 1 % is less than one operation.
    assert_eq!(sample_sentence(20, 20).matches("escape").count(), 2);
}
