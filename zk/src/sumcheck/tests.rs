use super::*;
use crate::field::{K, f, k};
use crate::multilinear::{evaluate_ext, tests::elements};
use crate::transcript::{ProverTranscript, VerifierTranscript};
use ark_ff::{AdditiveGroup, Field};
use proptest::prelude::*;

const NAME: &str = "sumcheck test";

/// Degree 3, with a constant so that the zero tail counts.
fn combination(v: &[K]) -> K {
    v[0] * v[1] * v[2] + v[0] - v[1] + k(f(5))
}

fn tables(lengths: [usize; 3], seed: u64) -> Vec<Vec<K>> {
    lengths
        .iter()
        .zip(seed..)
        .map(|(&n, s)| elements(s, n))
        .collect()
}

fn proof(lengths: [usize; 3], num_vars: usize, seed: u64) -> (Vec<Vec<K>>, K, Vec<u8>) {
    let tables = tables(lengths, seed);
    let claim = sum(&tables, num_vars, combination);
    let mut t = ProverTranscript::new(NAME, b"");
    let (point, values) = prove(tables.clone(), num_vars, 3, combination, claim, &mut t).unwrap();
    for (table, value) in tables.iter().zip(values) {
        assert_eq!(evaluate_ext(table, &point), value);
    }
    (tables, claim, t.finish())
}

/// Verifies including the caller's part.
fn accepts(tables: &[Vec<K>], claim: K, num_vars: usize, proof: &[u8]) -> bool {
    let mut t = VerifierTranscript::new(NAME, b"", proof);
    let Ok((point, expected)) = verify(claim, num_vars, 3, &mut t) else {
        return false;
    };
    let values: Vec<K> = tables
        .iter()
        .map(|table| evaluate_ext(table, &point))
        .collect();
    combination(&values) == expected && t.finish().is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn complete_for_any_lengths(vars in 0..8_usize, seed: u64, fill: [usize; 3]) {
        let lengths = fill.map(|x| x % ((1 << vars) + 1));
        let (tables, claim, proof) = proof(lengths, vars, seed);
        prop_assert!(accepts(&tables, claim, vars, &proof));
    }
}

#[test]
fn rejects_every_changed_message() {
    let (tables, claim, proof) = proof([16, 9, 3], 4, 1);
    assert!(accepts(&tables, claim, 4, &proof));
    for i in 0..proof.len() {
        for bit in [0, 7] {
            let mut forged = proof.clone();
            forged[i] ^= 1 << bit;
            assert!(!accepts(&tables, claim, 4, &forged), "byte {i}");
        }
    }
}

#[test]
fn rejects_wrong_claims_tables_and_lengths() {
    let (mut tables, claim, proof) = proof([16, 16, 16], 4, 2);
    assert!(!accepts(&tables, claim + K::ONE, 4, &proof));
    assert!(!accepts(&tables, claim, 4, &proof[1..]));
    assert!(!accepts(&tables, claim, 4, &[&proof[..], &[0]].concat()));
    tables[1][7] += K::ONE;
    assert!(!accepts(&tables, claim, 4, &proof));
}

#[test]
fn the_prover_refuses_misuse() {
    let run = |num_vars, degree, claim| {
        let mut t = ProverTranscript::new(NAME, b"");
        let tables = vec![vec![K::ONE; 3]];
        prove(tables, num_vars, degree, |v| v[0], claim, &mut t).map(|_| ())
    };
    let claim = k(f(3));
    assert_eq!(run(2, 0, claim), Err(SumcheckError::ZeroDegree));
    assert_eq!(
        run(1, 1, claim),
        Err(SumcheckError::TableTooLong {
            len: 3,
            num_vars: 1
        })
    );
    assert_eq!(run(2, 1, K::ZERO), Err(SumcheckError::WrongClaim));
    assert_eq!(run(2, 1, claim), Ok(()));
}

#[test]
fn interpolation_is_exact() {
    let p = |x: K| x * x * x - x * k(f(4)) + k(f(9));
    let values: Vec<K> = (0..4).map(|i| p(k(f(i)))).collect();
    let x = elements(3, 1)[0];
    assert_eq!(interpolate(&values, x), p(x));
}
