//! Both backends on the same operations: accepted when right, rejected for every change.

use std::sync::Arc;

use blindproof_fhe::{
    keys::{ClientKey, SeedSource},
    modulus,
    params::ParameterSet,
    program::LinearMap,
};
use ndarray::array;

use super::*;

fn task(operation: SmallOperation, rows: usize) -> Task {
    let set = ParameterSet::by_name("insecure_tiny").unwrap();
    let mut seeds = SeedSource::reproducible([9; 32]);
    let client = ClientKey::generate(set, &mut seeds).unwrap();
    let keys = Arc::new(client.generate_server_key(&mut seeds));
    let messages: Vec<u64> = (0..rows as u64).map(|v| v % 4 * set.delta()).collect();
    Task {
        operation,
        keys,
        input: client.encrypt(&messages, &mut seeds).unwrap(),
    }
}

fn linear() -> Task {
    let map = LinearMap {
        weights: array![[1, -2, 3], [0, 5, -1]],
        bias: vec![7, modulus::P - 3],
    };
    task(SmallOperation::Linear(map), 3)
}

fn backends() -> [Box<dyn Backend>; 2] {
    [Box::new(Native { level: 100 }), Box::new(Groth16)]
}

#[test]
fn right_results_are_accepted_and_every_changed_word_is_rejected() {
    for task in [linear(), task(SmallOperation::KeySwitch, 1)] {
        let result = task.evaluate().unwrap();
        for backend in backends() {
            let name = backend.facts().name;
            let prepared = backend.setup(&task).unwrap();
            let proof = prepared.prove(&task, &result).unwrap();
            prepared.verify(&task, &result, &proof).unwrap();

            let (rows, width) = result.dim();
            for (row, column) in [(0, 0), (rows - 1, width - 1)] {
                let mut wrong = result.clone();
                wrong[[row, column]] = modulus::add(wrong[[row, column]], 1);
                assert!(prepared.verify(&task, &wrong, &proof).is_err(), "{name}");
                let forged = prepared.prove(&task, &wrong);
                assert!(
                    forged.is_err() || prepared.verify(&task, &wrong, &forged.unwrap()).is_err(),
                    "{name}: proved a wrong word"
                );
            }
            let mut other = task.clone();
            other.input.words[[0, 1]] = modulus::add(other.input.words[[0, 1]], 1);
            assert!(prepared.verify(&other, &result, &proof).is_err(), "{name}");
        }
    }
}

#[test]
fn malformed_proofs_are_rejected() {
    let task = task(SmallOperation::KeySwitch, 1);
    let result = task.evaluate().unwrap();
    let prepared = Groth16.setup(&task).unwrap();
    let proof = prepared.prove(&task, &result).unwrap();
    for length in 0..proof.len() {
        let error = prepared.verify(&task, &result, &proof[..length]);
        assert!(matches!(error, Err(BackendError::Malformed(_))), "{length}");
    }
    for byte in 0..proof.len() {
        let mut changed = proof.clone();
        changed[byte] ^= 1;
        assert!(prepared.verify(&task, &result, &changed).is_err(), "{byte}");
    }
    let longer = [proof.as_slice(), &[0]].concat();
    assert!(matches!(
        prepared.verify(&task, &result, &longer),
        Err(BackendError::Malformed(_))
    ));
}

#[test]
fn words_of_other_shapes_or_above_p_are_named() {
    let task = linear();
    let result = task.evaluate().unwrap();
    let prepared = Groth16.setup(&task).unwrap();
    let short = Array2::zeros((1, result.ncols()));
    assert!(matches!(
        prepared.prove(&task, &short),
        Err(BackendError::Shape { what: "result", .. })
    ));
    for backend in backends() {
        let prepared = backend.setup(&task).unwrap();
        let mut above = result.clone();
        above[[0, 0]] = modulus::P;
        assert!(matches!(
            prepared.prove(&task, &above),
            Err(BackendError::NotCanonical { what: "result" })
        ));
    }
}
