//! Known answers: files that were written once are read for ever, and the same evaluation gives the same proofs, byte by byte,
//! on any number of threads. `BLINDPROOF_WRITE_VECTORS=1 cargo test -p blindproof-bridge --test known_answers` writes them again; a
//! change of format or protocol shows up as a change of these files, and belongs in the CHANGELOG.
//!
//! `tests/known_answers/FILE`: one file of every type; the keys, inputs and the trace of one evaluation of [`MODEL`]. (Their noise comes
//! from floating-point numbers, so that other machines may not make the same ones.)
//! `tests/known_answers/proofs.txt`: length and BLAKE3 of the proof of each statement about it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use blindproof_bridge::artefact::{
    self, Artefact, Ciphertexts, Existing, Input, Output, ProofBytes, SeededCiphertexts,
    TraceRecord, hexadecimal,
};
use blindproof_bridge::clear::{self, InputMode, Public};
use blindproof_bridge::index::KeyIndex;
use blindproof_bridge::statement::{Keys, PublicData, Statement};
use blindproof_bridge::{ProverData, prove, verify};
use blindproof_fhe::evaluate::evaluate;
use blindproof_fhe::keys::{BootstrappingKey, ClientKey, KeySwitchingKey, SeedSource, ServerKey};
use blindproof_fhe::lwe::LweMatrix;
use blindproof_fhe::model::QuantisedModel;

const MODEL: &str = r#"{"format": 2, "name": "known", "parameters": "insecure_tiny", "output": {"kind": "argmax"},
  "input": {"features": 1, "min": 0, "max": 3, "quantise": {"scale": [1], "offset": [0]}},
  "layers": [{"type": "dense", "name": "a", "weights": [[2]], "bias": [1]},
    {"type": "lut", "name": "t", "mode": "negacyclic", "tables": [[1, 2, 3, 1]], "output_bits": 5},
    {"type": "dense", "name": "b", "weights": [[1], [-1]], "bias": [0, 0]}]}"#;

/// The kept proof is the smallest.
const KEPT: &str = "linear";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/known_answers")
}

fn writing() -> bool {
    std::env::var_os("BLINDPROOF_WRITE_VECTORS").is_some()
}

/// Reads a file, which must be written with the same bytes again.
fn known<A: Artefact>(name: &str) -> A {
    let bytes = std::fs::read(folder().join(name)).unwrap();
    let read: A = artefact::from_bytes(&bytes, None).unwrap();
    assert!(artefact::to_bytes(&read).unwrap() == bytes, "{name}");
    read
}

fn keep<A: Artefact>(name: &str, artefact: &A) {
    artefact::write(&folder().join(name), artefact, Existing::Replace).unwrap();
}

/// Makes the files of an evaluation.
fn write_evaluation() {
    let model = QuantisedModel::from_json(MODEL).unwrap();
    let program = model.compile().unwrap();
    let parameters = program.parameter_set().unwrap();
    let mut seeds = SeedSource::reproducible([7; 32]);
    let client = ClientKey::generate(parameters, &mut seeds).unwrap();
    let server = Arc::new(client.generate_server_key(&mut seeds));
    let words = model.encode_input(&[2]).unwrap();
    let seeded = client.encrypt_seeded(&words, &mut seeds).unwrap();
    let input = seeded.expand();
    let (trace, _) = evaluate(&program, &server, &input, &()).unwrap();
    let output = LweMatrix::new(trace.wires[program.output.0].clone()).unwrap();
    keep("client.key", &client);
    keep("key-switching.key", &server.key_switching);
    keep("bootstrapping.key", &server.bootstrapping);
    keep("key.index", &KeyIndex::create(&server).unwrap());
    keep(
        "seeded-input.ct",
        &SeededCiphertexts::new(parameters, 1, seeded).unwrap(),
    );
    keep(
        "input.ct",
        &Ciphertexts::<Input>::new(parameters, 1, input).unwrap(),
    );
    keep(
        "output.ct",
        &Ciphertexts::<Output>::new(parameters, 1, output).unwrap(),
    );
    keep("trace", &TraceRecord { parameters, trace });
}

#[test]
fn one_flipped_bit_in_any_byte_of_a_file_is_refused() {
    fn refused<A: Artefact>(name: &str) {
        let bytes = std::fs::read(folder().join(name)).unwrap();
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1 << (place % 8);
            assert!(
                artefact::from_bytes::<A>(&damaged, None).is_err(),
                "{name}: byte {place}"
            );
        }
    }
    refused::<ClientKey>("client.key");
    refused::<KeySwitchingKey>("key-switching.key");
    refused::<BootstrappingKey>("bootstrapping.key");
    refused::<KeyIndex>("key.index");
    refused::<SeededCiphertexts>("seeded-input.ct");
    refused::<Ciphertexts<Input>>("input.ct");
    refused::<Ciphertexts<Output>>("output.ct");
    refused::<TraceRecord>("trace");
    refused::<Statement>("statement");
    refused::<ProofBytes>("proof");
}

#[test]
fn files_and_proofs_stay_what_they_are() {
    if writing() {
        std::fs::create_dir_all(folder()).unwrap();
        write_evaluation();
    }
    let model = QuantisedModel::from_json(MODEL).unwrap();
    let program = model.compile().unwrap();
    let client: ClientKey = known("client.key");
    let key_switching: KeySwitchingKey = known("key-switching.key");
    let bootstrapping: BootstrappingKey = known("bootstrapping.key");
    let keys = Arc::new(ServerKey {
        key_switching,
        bootstrapping,
    });
    let index: KeyIndex = known("key.index");
    assert_eq!(index.digest(), KeyIndex::create(&keys).unwrap().digest());
    let input: Ciphertexts<Input> = known("input.ct");
    let seeded: SeededCiphertexts = known("seeded-input.ct");
    assert_eq!(seeded.lwe.expand().words, input.lwe.words);
    let output: Ciphertexts<Output> = known("output.ct");
    let TraceRecord { trace, parameters } = known("trace");

    // Exact integers: evaluated again, every wire is the same.
    let (again, _) = evaluate(&program, &keys, &input.lwe, &()).unwrap();
    assert_eq!(again.wires, trace.wires);
    let logits = model
        .decode_output(&client.decrypt_phase(&output.lwe).unwrap())
        .unwrap();
    assert_eq!(logits.len(), 2);

    let mut lines = String::new();
    let mut note = |name: &str, proof: &[u8]| {
        lines += &format!(
            "{name} {} {}\n",
            proof.len(),
            hexadecimal(blake3::hash(proof).as_bytes())
        );
    };
    for (selection, indexed) in [
        ("linear", false),
        ("bootstrap", false),
        ("all", false),
        ("all", true),
        ("sample:count=2", false),
    ] {
        let public = PublicData {
            program: &program,
            keys: if indexed {
                Keys::Indexed(&index)
            } else {
                keys.as_ref().into()
            },
            input: &input.lwe,
            output: &output.lwe,
        };
        let statement = Statement::new(&public, selection.parse().unwrap(), 100).unwrap();
        let data = ProverData::new(&keys, &trace);
        let with_threads = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| prove(&statement, &public, &data, &()).unwrap())
        };
        let proof = with_threads(1);
        assert!(
            proof == with_threads(2),
            "{selection}: two threads, another proof"
        );
        note(
            &format!("{selection}{}", if indexed { " indexed" } else { "" }),
            &proof,
        );
        if selection == KEPT {
            if writing() {
                keep("statement", &statement);
                keep(
                    "proof",
                    &ProofBytes {
                        parameters,
                        bytes: proof,
                    },
                );
            }
            let kept: Statement = known("statement");
            assert_eq!(kept, statement);
            verify(&kept, &public, &known::<ProofBytes>("proof").bytes).unwrap();
        }
    }
    for (name, mode) in [
        ("clear public", InputMode::Public),
        ("clear committed", InputMode::Committed),
    ] {
        let inputs = vec![vec![2]];
        let proven = clear::prove(&model, &inputs, mode, 100, &()).unwrap();
        let public = Public {
            inputs: (mode == InputMode::Public).then_some(inputs.as_slice()),
            outputs: &proven.outputs,
            level: 100,
        };
        clear::verify(&model, &public, &proven.proof).unwrap();
        note(name, &proven.proof);
    }
    let file = folder().join("proofs.txt");
    if writing() {
        std::fs::write(&file, &lines).unwrap();
    }
    assert_eq!(lines, std::fs::read_to_string(&file).unwrap());
}
