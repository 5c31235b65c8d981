use super::layer::{Buffers, Stored};
use super::leaves::GROUP;
use super::prover::prove_stored;
use super::relation::{TOP, add, next_claim};
use super::*;
use crate::field::lanes::LOG_CHUNK;
use crate::field::{F, K, f, k};
use crate::multilinear::{evaluate_ext, tests::elements};
use crate::transcript::{ProverTranscript, TranscriptError, VerifierTranscript};
use ark_ff::{AdditiveGroup, Field};
use proptest::prelude::*;

const NAME: &str = "gkr test";
/// Bytes of an element of `K`.
const ELEMENT: usize = 24;

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

    /// Proves all layers from stored values.
    fn prove(&self, t: &mut ProverTranscript) -> Result<LeafClaim, GkrError> {
        let pairs = self.numerators.iter().zip(&self.denominators);
        let pairs: Vec<(K, K)> = pairs.map(|(&n, &d)| (n, d)).collect();
        let layer = Stored::from_fractions(&pairs);
        let chunk_bits = self.num_vars - LOG_CHUNK;
        let (sum, state) = prove_stored(layer, chunk_bits, t, &mut Buffers::default())?;
        Ok(state.into_claim(t.challenge("child"), sum))
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

fn proof(
    prove: impl FnOnce(&mut ProverTranscript) -> Result<LeafClaim, GkrError>,
) -> (LeafClaim, Vec<u8>) {
    let mut t = ProverTranscript::new(NAME, b"");
    let leaf = prove(&mut t).unwrap();
    (leaf, t.finish())
}

/// A stack with segments between some of its borders (in groups), and its fractions.
struct Lookups {
    stack: Vec<F>,
    segments: Vec<Segment>,
    num_vars: usize,
}

impl Lookups {
    /// Segment `i` is the `2i`-th to the `2i+1`-th border.
    fn random(groups: usize, borders: &[usize], extra: usize, seed: u64) -> Self {
        let cells = elements(seed, groups * GROUP);
        let stack: Vec<F> = cells.into_iter().map(|v| v.c0).collect();
        let num_vars = crate::multilinear::num_vars(stack.len()).max(MIN_VARS) + extra;
        let mut borders: Vec<usize> = borders.iter().map(|b| b % (groups + 1) * GROUP).collect();
        borders.sort_unstable();
        let shifts = elements(!seed, borders.len());
        let segments = borders.chunks_exact(2).zip(shifts);
        let segments = segments.map(|(b, shift)| Segment {
            start: b[0],
            end: b[1],
            shift,
        });
        Self {
            segments: segments.collect(),
            stack,
            num_vars,
        }
    }

    fn fractions(&self) -> Fractions {
        let mut numerators = vec![K::ZERO; self.stack.len()];
        let mut denominators = vec![K::ONE; self.stack.len()];
        for s in &self.segments {
            for i in s.start..s.end {
                numerators[i] = K::ONE;
                denominators[i] = s.shift - k(self.stack[i]);
            }
        }
        Fractions {
            numerators,
            denominators,
            num_vars: self.num_vars,
        }
    }

    fn proof(&self) -> (LeafClaim, Vec<u8>) {
        let leaves = StackLeaves::new(&self.stack, self.segments.clone(), self.num_vars);
        proof(|t| prove_lookups(&leaves, t))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn complete_for_any_length(num_vars in MIN_VARS..12, part in 0..10_000_usize, seed: u64) {
        let fractions = Fractions::random(1 + part % (1 << num_vars), num_vars, seed);
        let (leaf, proof) = proof(|t| fractions.prove(t));
        prop_assert!(fractions.satisfies(&leaf));
        prop_assert!(fractions.accepts(&proof));
    }

    /// The lookups computed from the stack give the same bytes as the same fractions
    /// stored.
    #[test]
    fn lookups_agree_with_stored_fractions(
        groups in 1..40_usize,
        mut borders: [usize; 6],
        joined: bool,
        extra in 0..3_usize,
        seed: u64,
    ) {
        if joined {
            borders.sort_unstable_by_key(|b| b % (groups + 1));
            borders[2] = borders[1];
        }
        let lookups = Lookups::random(groups, &borders, extra, seed);
        let fractions = lookups.fractions();
        let fast = lookups.proof();
        let slow = proof(|t| fractions.prove(t));
        prop_assert_eq!(fast.1, slow.1);
        prop_assert!(fractions.satisfies(&fast.0));
    }

    /// So do tables.
    #[test]
    fn tables_agree_with_stored_fractions(
        mut widths in proptest::collection::btree_set(1..9_u32, 1..4),
        extra in 0..3_usize,
        seed: u64,
    ) {
        let mut tables = Vec::new();
        let (mut numerators, mut denominators) = (Vec::new(), Vec::new());
        while let Some(bits) = widths.pop_last() {
            let shift = elements(seed ^ u64::from(bits), 1)[0];
            let multiplicities: Vec<F> =
                elements(!seed, 1 << bits).into_iter().map(|v| v.c0).collect();
            numerators.extend(multiplicities.iter().copied().map(k));
            denominators.extend((0..1 << bits).map(|j| shift - k(f(j))));
            tables.push(RangeTable { shift, multiplicities });
        }
        let num_vars = crate::multilinear::num_vars(numerators.len()).max(MIN_VARS) + extra;
        let fractions = Fractions { numerators, denominators, num_vars };
        let leaves = TableLeaves::new(tables, num_vars);
        let fast = proof(|t| prove_tables(&leaves, t));
        prop_assert_eq!(fast.1, proof(|t| fractions.prove(t)).1);
        prop_assert!(fractions.satisfies(&fast.0));
    }
}

/// Several tasks in every pass, whatever the number of threads.
#[test]
fn threads_do_not_change_the_proof() {
    let lookups = Lookups::random(1500, &[0, 1024, 1024, 1291, 1301, 1499], 1, 5);
    let fractions = lookups.fractions();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| lookups.proof())
    };
    let (leaf, bytes) = on(1);
    assert_eq!(bytes, on(2).1);
    assert_eq!(bytes, proof(|t| fractions.prove(t)).1);
    assert!(fractions.satisfies(&leaf));
    assert!(fractions.accepts(&bytes));
}

#[test]
fn rejects_every_changed_message() {
    let fractions = Fractions::random(200, 8, 1);
    let (_, proof) = proof(|t| fractions.prove(t));
    assert!(fractions.accepts(&proof));
    for i in 0..proof.len() {
        let mut forged = proof.clone();
        forged[i] ^= 1 << (i % 8);
        assert!(!fractions.accepts(&forged), "byte {i}");
    }
    assert!(!fractions.accepts(&proof[..proof.len() - 1]));
    assert!(!fractions.accepts(&[&proof[..], &[0]].concat()));
}

/// The last element of each layer's children, changed: that layer rejects, whatever follows.
#[test]
fn the_inconsistent_layer_is_named() {
    let fractions = Fractions::random(200, 8, 1);
    let (_, proof) = proof(|t| fractions.prove(t));
    let verify = |proof: &[u8]| verify(8, &mut VerifierTranscript::new(NAME, b"", proof));
    // Layer 1: 32 fractions; then for each layer a first round, two elements a round, four children.
    let mut at = 2 * TOP * ELEMENT;
    for layer in 1..8 - LOG_CHUNK {
        let rounds = layer - 1 + LOG_CHUNK;
        at += (1 + 2 * rounds + 4) * ELEMENT;
        for changed in [
            at - ELEMENT,
            at - 2 * ELEMENT,
            at - 4 * ELEMENT,
            at - 5 * ELEMENT,
        ] {
            let mut forged = proof.clone();
            forged[changed] ^= 1;
            assert_eq!(
                verify(&forged).err(),
                Some(GkrError::Inconsistent { layer })
            );
        }
    }
    assert_eq!(at, proof.len());
    assert!(matches!(
        verify(&proof[..at - 1]),
        Err(GkrError::Transcript(TranscriptError::Truncated { .. }))
    ));
    let mut huge = proof.clone();
    huge[..8].fill(255);
    assert!(matches!(
        verify(&huge),
        Err(GkrError::Transcript(TranscriptError::NonCanonical { .. }))
    ));
}

/// A coordinate that is zero hides `q(1)`; it comes up with probability `1/|K|`, so the step is tested by itself.
#[test]
fn a_round_with_a_zero_coordinate_has_no_next_claim() {
    let [claim, q0, q2, s] = [1, 2, 3, 4].map(|seed| elements(seed, 1)[0]);
    assert_eq!(next_claim(claim, K::ZERO, [q0, q2], s), None);
    let r = elements(5, 1)[0];
    let q = |x: K| q0 + x * (claim - q0) + x * (x - K::ONE) * q2;
    let given = (K::ONE - r) * q(K::ZERO) + r * q(K::ONE);
    assert_eq!(next_claim(given, r, [q0, q2], s), Some(q(s)));
}

#[test]
fn a_wrong_leaf_is_caught_by_the_leaf_claim() {
    let mut fractions = Fractions::random(64, 7, 2);
    let (_, proof) = proof(|t| fractions.prove(t));
    fractions.numerators[17] += K::ONE;
    assert!(!fractions.accepts(&proof));
}

#[test]
fn zero_denominators_are_refused() {
    let mut fractions = Fractions::random(64, 7, 3);
    fractions.denominators[40] = K::ZERO;
    let mut t = ProverTranscript::new(NAME, b"");
    let result = fractions.prove(&mut t);
    assert_eq!(result.err(), Some(GkrError::ZeroDenominator));
    // A verifier rejects too: all-zero fractions are consistent in every layer.
    let (numerators, denominators) = (vec![K::ZERO; 128], vec![K::ZERO; 128]);
    let zeros = Fractions {
        numerators,
        denominators,
        num_vars: 7,
    };
    let bytes = vec![0; 100_000];
    let mut t = VerifierTranscript::new(NAME, b"", &bytes);
    assert_eq!(verify(7, &mut t).err(), Some(GkrError::ZeroDenominator));
    assert!(!zeros.accepts(&bytes));
}
