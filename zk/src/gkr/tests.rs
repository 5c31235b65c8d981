use super::layer::GROUP;
use super::relation::add;
use super::*;
use crate::field::lanes::Table;
use crate::field::{F, K, k};
use crate::multilinear::{evaluate_ext, tests::elements};
use crate::transcript::{ProverTranscript, VerifierTranscript};
use ark_ff::{AdditiveGroup, Field};
use proptest::prelude::*;

const NAME: &str = "gkr test";

/// Fractions `n_i / d_i`, completed by `0/1`.
struct Fractions {
    numerators: Vec<K>,
    denominators: Vec<K>,
    num_vars: usize,
}

impl Fractions {
    fn random(len: usize, num_vars: usize, seed: u64) -> Self {
        let (numerators, denominators) = (elements(seed, len), elements(!seed, len));
        Self {
            numerators,
            denominators,
            num_vars,
        }
    }

    fn layer(&self) -> Layer {
        let table = |v: &[K]| v.iter().copied().collect::<Table>();
        Layer::new(
            table(&self.numerators),
            table(&self.denominators),
            self.num_vars,
        )
    }

    fn sum(&self) -> (K, K) {
        let zero = (K::ZERO, K::ONE);
        self.numerators
            .iter()
            .copied()
            .zip(self.denominators.iter().copied())
            .fold(zero, add)
    }

    /// Whether the leaf claim is true.
    fn satisfies(&self, leaf: &LeafClaim) -> bool {
        let mut denominators = self.denominators.clone();
        denominators.resize(1 << self.num_vars, K::ONE);
        evaluate_ext(&self.numerators, &leaf.point) == leaf.numerator
            && evaluate_ext(&denominators, &leaf.point) == leaf.denominator
    }

    fn accepts(&self, proof: &[u8]) -> bool {
        let mut t = VerifierTranscript::new(NAME, b"", proof);
        let Ok(leaf) = verify(self.num_vars, &mut t) else {
            return false;
        };
        let (n, d) = self.sum();
        t.finish().is_ok() && self.satisfies(&leaf) && leaf.sum.0 * d == n * leaf.sum.1
    }
}

fn proof(leaves: Leaves<'_>) -> (LeafClaim, Vec<u8>) {
    let mut t = ProverTranscript::new(NAME, b"");
    let leaf = prove(leaves, &mut t).unwrap();
    (leaf, t.finish())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn complete_for_any_length(num_vars in MIN_VARS..12, part in 0..10_000_usize, seed: u64) {
        let fractions = Fractions::random(1 + part % (1 << num_vars), num_vars, seed);
        let (leaf, proof) = proof(Leaves::Dense(fractions.layer()));
        prop_assert!(fractions.satisfies(&leaf));
        prop_assert!(fractions.accepts(&proof));
    }

    /// The base-field leaves give the same bytes as the same fractions written out.
    #[test]
    fn stack_leaves_agree_with_dense_ones(
        groups in 1..40_usize,
        borders in [0..40_usize, 0..40_usize, 0..40_usize],
        extra in 0..3_usize,
        seed: u64,
    ) {
        let stack: Vec<F> = elements(seed, groups * GROUP).into_iter().map(|v| v.c0).collect();
        let num_vars = crate::multilinear::num_vars(stack.len()).max(MIN_VARS) + extra;
        let mut borders = borders.map(|b| b % (groups + 1) * GROUP);
        borders.sort_unstable();
        let shifts = elements(!seed, 2);
        let segments: Vec<Segment> = [(borders[0], borders[1]), (borders[1], borders[2])]
            .into_iter()
            .zip(&shifts)
            .map(|((start, end), &shift)| Segment { start, end, shift })
            .collect();
        let mut numerators = vec![K::ZERO; stack.len()];
        let mut denominators = vec![K::ONE; stack.len()];
        for s in &segments {
            for i in s.start..s.end {
                numerators[i] = K::ONE;
                denominators[i] = s.shift - k(stack[i]);
            }
        }
        let fractions = Fractions { numerators, denominators, num_vars };
        let fast = proof(Leaves::Stack(StackLeaves::new(&stack, segments, num_vars)));
        let slow = proof(Leaves::Dense(fractions.layer()));
        prop_assert_eq!(fast.1, slow.1);
        prop_assert!(fractions.satisfies(&fast.0));
    }
}

#[test]
fn rejects_every_changed_message() {
    let fractions = Fractions::random(200, 8, 1);
    let (_, proof) = proof(Leaves::Dense(fractions.layer()));
    assert!(fractions.accepts(&proof));
    for i in 0..proof.len() {
        let mut forged = proof.clone();
        forged[i] ^= 1 << (i % 8);
        assert!(!fractions.accepts(&forged), "byte {i}");
    }
    assert!(!fractions.accepts(&proof[..proof.len() - 1]));
    assert!(!fractions.accepts(&[&proof[..], &[0]].concat()));
}

#[test]
fn a_wrong_leaf_is_caught_by_the_leaf_claim() {
    let mut fractions = Fractions::random(64, 6, 2);
    let (_, proof) = proof(Leaves::Dense(fractions.layer()));
    fractions.numerators[17] += K::ONE;
    assert!(!fractions.accepts(&proof));
}

#[test]
fn zero_denominators_are_refused() {
    let mut fractions = Fractions::random(64, 6, 3);
    fractions.denominators[40] = K::ZERO;
    let mut t = ProverTranscript::new(NAME, b"");
    let result = prove(Leaves::Dense(fractions.layer()), &mut t);
    assert_eq!(result.err(), Some(GkrError::ZeroDenominator));
    // A verifier rejects too: all-zero fractions are consistent in every layer.
    let (numerators, denominators) = (vec![K::ZERO; 64], vec![K::ZERO; 64]);
    let zeros = Fractions {
        numerators,
        denominators,
        num_vars: 6,
    };
    let bytes = vec![0; 100_000];
    let mut t = VerifierTranscript::new(NAME, b"", &bytes);
    assert_eq!(verify(6, &mut t).err(), Some(GkrError::ZeroDenominator));
    assert!(!zeros.accepts(&bytes));
}
