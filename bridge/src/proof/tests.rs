//! The whole proof: what is bound, what is reported, what is rejected.

use blindproof_fhe::{evaluate::Trace, lwe::LweMatrix, modulus, program::Operation};

use super::*;
use crate::{
    selection::Selection,
    statement::{KeyBinding, MAX_LOG_SHARD, PublicData, Statement, StatementError},
    testkit::{Fixture, assert_fails},
};

fn honest(fixture: &'static Fixture) -> PublicData<'static> {
    let output: &'static LweMatrix = Box::leak(Box::new(fixture.output(&fixture.trace)));
    PublicData {
        program: &fixture.program,
        keys: fixture.keys.as_ref().into(),
        input: &fixture.input,
        output,
    }
}

fn data(trace: &Trace) -> ProverData<'_> {
    ProverData::new(&Fixture::tiny().keys, trace)
}

fn proven(selection: &str) -> (PublicData<'static>, Statement, Vec<u8>) {
    let fixture = Fixture::tiny();
    let public = honest(fixture);
    let statement = Statement::new(&public, selection.parse().unwrap(), 128).unwrap();
    let proof = prove(&statement, &public, &data(&fixture.trace), &()).unwrap();
    (public, statement, proof)
}

fn counts(verified: &Verified) -> Vec<(usize, usize)> {
    verified
        .coverage
        .iter()
        .map(|c| (c.proven, c.total))
        .collect()
}

#[test]
fn every_selection_is_proven_and_reported_as_it_is() {
    // Linear, key switch, modulus switch, blind rotation; 3 images, 5 hidden neurons, 2 outputs.
    for (selection, expected, missing) in [
        ("all", [(21, 21), (15, 15), (15, 15), (15, 15)], 0),
        ("linear", [(21, 21), (0, 15), (0, 15), (0, 15)], 3),
        ("keyswitch", [(0, 21), (15, 15), (0, 15), (0, 15)], 4),
        ("modswitch", [(0, 21), (0, 15), (15, 15), (0, 15)], 4),
        ("blindrotation", [(0, 21), (0, 15), (0, 15), (15, 15)], 4),
        ("bootstrap", [(0, 21), (15, 15), (15, 15), (15, 15)], 2),
        (
            "linear,node:1/0-3+7,node:2/14,node:3/5-6",
            [(21, 21), (5, 15), (1, 15), (2, 15)],
            3,
        ),
        ("layer:0", [(15, 21), (0, 15), (0, 15), (0, 15)], 4),
        ("none", [(0, 21), (0, 15), (0, 15), (0, 15)], 5),
    ] {
        let (public, statement, proof) = proven(selection);
        let verified = verify(&statement, &public, &proof).unwrap();
        assert_eq!(counts(&verified), expected, "{selection}");
        assert_eq!(verified.not_proven.len(), missing, "{selection}");
        assert!(verified.soundness.total_bits() >= 128.0, "{selection}");
    }
}

#[test]
fn one_neuron_on_one_image_and_a_model_without_bootstraps_are_proven() {
    let narrow = r#"{"format": 2, "name": "narrow", "parameters": "insecure_tiny",
        "input": {"features": 1, "min": 0, "max": 3, "quantise": {"scale": [1], "offset": [0]}}, "output": {"kind": "argmax"}, "layers": [
        {"type": "dense", "name": "hidden", "weights": [[2]], "bias": [1]},
        {"type": "lut", "name": "activation", "mode": "negacyclic", "tables": [[1, 2, 3, 1]], "output_bits": 5},
        {"type": "dense", "name": "output", "weights": [[1], [-1]], "bias": [0, 0]}]}"#;
    let logistic = r#"{"format": 2, "name": "logistic", "parameters": "insecure_tiny",
        "input": {"features": 3, "min": 0, "max": 1, "quantise": {"scale": [1], "offset": [0]}}, "output": {"kind": "argmax"}, "layers": [
        {"type": "dense", "name": "output", "weights": [[1, 0, -1], [0, 1, 1]], "bias": [0, 0]}]}"#;
    for (model, inputs) in [(narrow, 1), (logistic, 3)] {
        let fixture = Fixture::of_model(model, inputs);
        fixture.forge("all", |_| {}, |_, _| {}).unwrap();
        let output = fixture.program.output.0;
        let forged = fixture.forge("all", |trace| trace.wires[output][(1, 2)] ^= 1, |_, _| {});
        assert_fails(forged, "linear layer");
    }
}

#[test]
fn same_evaluation_gives_the_same_proof_on_one_and_on_many_threads() {
    let (public, statement, proof) = proven("all");
    let one = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    let again =
        one.install(|| prove(&statement, &public, &data(&Fixture::tiny().trace), &()).unwrap());
    assert!(again == proof);
}

#[test]
fn rejects_flipped_bytes_truncation_and_extension() {
    let (public, statement, proof) = proven("all");
    let stride = proof.len() / 150;
    for position in (0..proof.len()).step_by(stride).chain([proof.len() - 1]) {
        let mut forged = proof.clone();
        forged[position] ^= 1 << (position % 8);
        assert!(
            verify(&statement, &public, &forged).is_err(),
            "byte {position}"
        );
    }
    for length in [0, 1, 24, proof.len() / 2, proof.len() - 1] {
        assert!(
            verify(&statement, &public, &proof[..length]).is_err(),
            "length {length}"
        );
    }
    let extended = [proof.as_slice(), &[0]].concat();
    let error = verify(&statement, &public, &extended).unwrap_err();
    assert!(matches!(error, VerifyError::Transcript(_)), "{error}");
}

#[test]
fn empty_proof_of_nothing_takes_no_extra_byte() {
    let (public, statement, proof) = proven("none");
    assert!(proof.is_empty());
    assert!(verify(&statement, &public, &[0]).is_err());
}

#[test]
fn rejects_every_changed_field_of_the_statement() {
    let (public, statement, proof) = proven("all");
    type Mutant = (&'static str, fn(&mut Statement));
    let mutants: [Mutant; 9] = [
        ("version", |s| s.version += 1),
        ("parameters", |s| s.parameters.push('x')),
        ("parameters digest", |s| s.parameters_digest[0] ^= 1),
        ("program", |s| s.program[31] ^= 1),
        ("images", |s| s.images += 1),
        ("shard size", |s| s.log_shard = MAX_LOG_SHARD + 1),
        ("evaluation keys", |s| match &mut s.keys {
            KeyBinding::Direct { key_switching, .. } => key_switching[3] ^= 1,
            KeyBinding::Indexed { index } => index[3] ^= 1,
        }),
        ("input ciphertexts", |s| s.input[9] ^= 1),
        ("output ciphertexts", |s| s.output[9] ^= 1),
    ];
    for (name, mutate) in mutants {
        let mut forged = statement.clone();
        mutate(&mut forged);
        let error = verify(&forged, &public, &proof).unwrap_err();
        assert!(
            matches!(error, VerifyError::StatementMismatch { field } if field == name),
            "{name}: {error}"
        );
    }
    for selection in ["linear", "layer:1", "none"] {
        let forged = Statement {
            selection: selection.parse().unwrap(),
            ..statement.clone()
        };
        assert!(verify(&forged, &public, &proof).is_err(), "{selection}");
    }
    let weaker = Statement {
        level: 100,
        ..statement.clone()
    };
    assert!(verify(&weaker, &public, &proof).is_err());
    let refused = Statement {
        level: 99,
        ..statement
    };
    assert!(matches!(
        verify(&refused, &public, &proof),
        Err(VerifyError::Soundness(_))
    ));
}

#[test]
fn rejects_artefacts_that_are_not_the_provers() {
    let (public, statement, proof) = proven("all");
    let mut input = public.input.clone();
    input.words[(0, 0)] = modulus::add(input.words[(0, 0)], 1);
    let mut output = public.output.clone();
    output.words[(1, 5)] = modulus::add(output.words[(1, 5)], 1);
    let mut program = public.program.clone();
    let Operation::Linear(map) = &mut program.nodes[0].operation else {
        panic!("a linear layer")
    };
    map.weights[(0, 0)] += 1;
    for (data, expected) in [
        (
            PublicData {
                input: &input,
                ..public
            },
            "input ciphertexts",
        ),
        (
            PublicData {
                output: &output,
                ..public
            },
            "output ciphertexts",
        ),
        (
            PublicData {
                program: &program,
                ..public
            },
            "program",
        ),
    ] {
        let error = verify(&statement, &data, &proof).unwrap_err();
        assert!(
            matches!(error, VerifyError::StatementMismatch { field } if field == expected),
            "{error}"
        );
        // With a statement about the changed artefact the proof does not fit either.
        let rebound = Statement::new(&data, Selection::All, 128).unwrap();
        assert!(verify(&rebound, &data, &proof).is_err(), "{expected}");
    }
}

#[test]
fn proof_of_one_selection_is_no_proof_of_another() {
    let (public, _, linear) = proven("linear");
    let (_, statement, _) = proven("all");
    assert!(verify(&statement, &public, &linear).is_err());
}

#[test]
fn prover_refuses_a_trace_that_does_not_fit() {
    let (public, statement, _) = proven("all");
    let trace = &Fixture::tiny().trace;
    let mut other = trace.clone();
    other.images = 2;
    let mut non_canonical = trace.clone();
    non_canonical.wires[1][(0, 0)] = modulus::P;
    let mut wrong_input = trace.clone();
    wrong_input.wires[public.program.input.0][(0, 0)] ^= 1;
    let mut missing = trace.clone();
    missing.wires.pop();
    for trace in [other, non_canonical, wrong_input, missing] {
        assert!(matches!(
            prove(&statement, &public, &data(&trace), &()),
            Err(ProveError::Trace { .. })
        ));
    }
}

#[test]
fn statement_bytes_are_canonical() {
    let (_, statement, _) = proven("all");
    let bytes = statement.to_bytes();
    assert_eq!(Statement::from_bytes(&bytes).unwrap(), statement);
    for length in 0..bytes.len() {
        assert!(matches!(
            Statement::from_bytes(&bytes[..length]),
            Err(StatementError::Malformed)
        ));
    }
    assert!(Statement::from_bytes(&[bytes.as_slice(), &[0]].concat()).is_err());
    // Another text of the same selection is no other statement.
    let (_, statement, _) = proven("linear,layer:1");
    let mut bytes = statement.to_bytes();
    let place = bytes.windows(14).position(|w| w == b"linear,layer:1");
    let place = place.unwrap();
    bytes[place..place + 14].copy_from_slice(b"layer:1,linear");
    assert!(matches!(
        Statement::from_bytes(&bytes),
        Err(StatementError::Malformed)
    ));
}

#[test]
fn statement_refuses_data_that_does_not_fit() {
    let (public, _, _) = proven("none");
    let rows = |matrix: &LweMatrix, keep: usize| {
        let kept = matrix
            .words
            .select(ndarray::Axis(0), &(0..keep).collect::<Vec<_>>());
        LweMatrix::new(kept).unwrap()
    };
    let (short_input, no_input, short_output) = (
        rows(public.input, 4),
        rows(public.input, 0),
        rows(public.output, 5),
    );
    for data in [
        PublicData {
            input: &short_input,
            ..public
        },
        PublicData {
            input: &no_input,
            ..public
        },
        PublicData {
            output: &short_output,
            ..public
        },
    ] {
        assert!(matches!(
            Statement::new(&data, Selection::All, 128),
            Err(StatementError::Shape { .. })
        ));
    }
    let narrow = LweMatrix::trivial(3, &[0; 9]).unwrap();
    let data = PublicData {
        input: &narrow,
        ..public
    };
    assert!(matches!(
        Statement::new(&data, Selection::All, 128),
        Err(StatementError::Dimension { .. })
    ));
}
