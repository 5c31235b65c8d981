//! What is fuzzed. Each target takes any bytes, must not panic, and must never accept a forgery. `experiments/tests/fuzz.rs`
//! runs the same functions over all committed inputs.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use blindproof_bridge::artefact::{
    self, Artefact, ArtefactType, Ciphertexts, Header, Input, Output, ProofBytes,
    SeededCiphertexts, TraceRecord,
};
use blindproof_bridge::clear::{self, InputMode, Public};
use blindproof_bridge::index::KeyIndex;
use blindproof_bridge::statement::{Keys, PublicData, Statement};
use blindproof_bridge::{ProverData, prove, verify};
use blindproof_experiments::data::samples::{LabelColumn, Samples};
use blindproof_experiments::grid::config::Experiment;
use blindproof_fhe::evaluate::{Trace, evaluate};
use blindproof_fhe::import::FloatModel;
use blindproof_fhe::keys::{BootstrappingKey, ClientKey, KeySwitchingKey, SeedSource, ServerKey};
use blindproof_fhe::lwe::LweMatrix;
use blindproof_fhe::model::QuantisedModel;
use blindproof_fhe::params::ParameterSet;
use blindproof_fhe::program::Program;

/// A target and its name, which is also that of its folder of inputs.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 7] = [
    ("artefact", artefact),
    ("payload", payload),
    ("proof", proof),
    ("onnx", onnx),
    ("samples", samples),
    ("configuration", configuration),
    ("model", model),
];

fn tiny() -> &'static ParameterSet {
    ParameterSet::by_name("insecure_tiny").expect("a shipped set")
}

/// What is read is written with the same bytes.
fn read<A: Artefact>(bytes: &[u8]) {
    if let Ok(read) = artefact::from_bytes::<A>(bytes, None) {
        let written = artefact::to_bytes(&read).expect("it was small enough");
        assert!(written == bytes, "two files for one artefact");
    }
}

fn read_as(kind: ArtefactType, bytes: &[u8]) {
    match kind {
        ArtefactType::ClientKey => read::<ClientKey>(bytes),
        ArtefactType::KeySwitchingKey => read::<KeySwitchingKey>(bytes),
        ArtefactType::BootstrappingKey => read::<BootstrappingKey>(bytes),
        ArtefactType::InputCiphertexts => read::<Ciphertexts<Input>>(bytes),
        ArtefactType::SeededInputCiphertexts => read::<SeededCiphertexts>(bytes),
        ArtefactType::OutputCiphertexts => read::<Ciphertexts<Output>>(bytes),
        ArtefactType::Statement => read::<Statement>(bytes),
        ArtefactType::Proof => read::<ProofBytes>(bytes),
        ArtefactType::Trace => read::<TraceRecord>(bytes),
        ArtefactType::KeyIndex => read::<KeyIndex>(bytes),
    }
}

/// Any file, read as every type.
pub fn artefact(bytes: &[u8]) {
    for kind in (0..32).filter_map(ArtefactType::from_code) {
        read_as(kind, bytes);
    }
}

/// Any payload of a type (the first byte) behind a header that is right.
pub fn payload(bytes: &[u8]) {
    let Some((&code, payload)) = bytes.split_first() else {
        return;
    };
    let Some(kind) = ArtefactType::from_code(u32::from(code)) else {
        return;
    };
    let header = Header::of_payload(kind, tiny(), payload).expect("the name fits");
    read_as(kind, &[header.to_bytes(), payload.to_vec()].concat());
}

type Accepts = dyn Fn(&[u8]) -> bool + Send + Sync;

/// A proof and its verifier.
struct Honest {
    proof: Vec<u8>,
    accepts: Box<Accepts>,
}

const MODEL: &str = r#"{"format": 2, "name": "fuzz", "parameters": "insecure_tiny", "output": {"kind": "argmax"},
  "input": {"features": 1, "min": 0, "max": 3, "quantise": {"scale": [1], "offset": [0]}},
  "layers": [{"type": "dense", "name": "a", "weights": [[2]], "bias": [1]},
    {"type": "lut", "name": "t", "mode": "negacyclic", "tables": [[1, 2, 3, 1]], "output_bits": 5},
    {"type": "dense", "name": "b", "weights": [[1], [-1]], "bias": [0, 0]}]}"#;

/// An evaluation of [`MODEL`] on one input.
struct Evaluated {
    program: Program,
    keys: Arc<ServerKey>,
    index: KeyIndex,
    input: LweMatrix,
    output: LweMatrix,
    trace: Trace,
}

static EVALUATED: LazyLock<Evaluated> = LazyLock::new(|| {
    let model = QuantisedModel::from_json(MODEL).expect("a model");
    let program = model.compile().expect("a program");
    let mut seeds = SeedSource::reproducible([7; 32]);
    let client = ClientKey::generate(tiny(), &mut seeds).expect("a set");
    let keys = Arc::new(client.generate_server_key(&mut seeds));
    let words = model.encode_input(&[2]).expect("an input");
    let input = client.encrypt(&words, &mut seeds).expect("words");
    let (trace, _) = evaluate(&program, &keys, &input, &()).expect("it fits");
    Evaluated {
        index: KeyIndex::create(&keys).expect("keys of a set"),
        output: LweMatrix::new(trace.wires[program.output.0].clone()).expect("ciphertexts"),
        program,
        keys,
        input,
        trace,
    }
});

static HONEST: LazyLock<Vec<Honest>> = LazyLock::new(|| {
    let model = QuantisedModel::from_json(MODEL).expect("a model");
    vec![
        in_the_clear(&model),
        encrypted("linear", false),
        encrypted("all", false),
        encrypted("sample:count=2", true),
    ]
});

fn encrypted(selection: &str, indexed: bool) -> Honest {
    let evaluated = &*EVALUATED;
    let public = PublicData {
        program: &evaluated.program,
        keys: match indexed {
            true => Keys::Indexed(&evaluated.index),
            false => evaluated.keys.as_ref().into(),
        },
        input: &evaluated.input,
        output: &evaluated.output,
    };
    let selection = selection.parse().expect("a selection");
    let statement = Statement::new(&public, selection, 100).expect("it fits");
    let data = ProverData::new(&evaluated.keys, &evaluated.trace);
    Honest {
        proof: prove(&statement, &public, &data, &()).expect("a proof"),
        accepts: Box::new(move |proof| verify(&statement, &public, proof).is_ok()),
    }
}

fn in_the_clear(model: &QuantisedModel) -> Honest {
    let inputs = vec![vec![2]];
    let proven = clear::prove(model, &inputs, InputMode::Committed, 100, &()).expect("a proof");
    let (model, outputs) = (model.clone(), proven.outputs);
    Honest {
        proof: proven.proof,
        accepts: Box::new(move |proof| {
            let public = Public {
                inputs: None,
                outputs: &outputs,
                level: 100,
            };
            clear::verify(&model, &public, proof).is_ok()
        }),
    }
}

/// Bytes as a proof: the first byte says of which statement, the next three how much of the honest proof comes before them.
pub fn proof(bytes: &[u8]) {
    let Some((head, rest)) = bytes.split_first_chunk::<4>() else {
        return;
    };
    let honest = &HONEST[usize::from(head[0]) % HONEST.len()];
    let kept = u32::from_le_bytes([head[1], head[2], head[3], 0]) as usize;
    let (kept, dropped) = honest.proof.split_at(kept % (honest.proof.len() + 1));
    // Bytes replace those of the honest proof; what is not replaced stays.
    let after = dropped.get(rest.len()..).unwrap_or_default();
    let forged = [kept, rest, after].concat();
    let accepted = (honest.accepts)(&forged);
    assert!(
        accepted == (forged == honest.proof),
        "a forgery is accepted, or an honest proof is not"
    );
}

/// Any bytes as a model in ONNX; one that is read can be evaluated.
pub fn onnx(bytes: &[u8]) {
    let Ok(model) = FloatModel::from_onnx(bytes) else {
        return;
    };
    let size = |shape: &[usize]| shape.iter().product::<usize>();
    if model.nodes.iter().all(|node| size(&node.shape) < 10_000)
        && size(&model.input.shape) < 10_000
    {
        model.evaluate(&vec![0.5; size(&model.input.shape)]);
    }
}

/// Any bytes as samples, and as the labels of samples.
pub fn samples(bytes: &[u8]) {
    let path = Path::new("fuzz");
    let columns = [LabelColumn::Automatic, LabelColumn::None];
    for column in &columns {
        let _ = Samples::from_bytes(path, bytes, None, column);
    }
    let (samples, labels) = bytes.split_at(bytes.len() / 2);
    let _ = Samples::from_bytes(path, samples, Some(labels), &columns[0]);
}

/// Any text as an experiment.
pub fn configuration(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        for quick in [false, true] {
            let _ = Experiment::parse("fuzz.toml", text, quick);
        }
    }
}

/// Any text as a quantised model; one that is read can be compiled, and run in the clear.
pub fn model(bytes: &[u8]) {
    let Ok(model) = std::str::from_utf8(bytes).map_or(Err(()), |text| {
        QuantisedModel::from_json(text).map_err(drop)
    }) else {
        return;
    };
    let _ = model.compile();
    if model.input.features < 10_000 {
        let input: Vec<i64> = (0..model.input.features)
            .map(|i| model.input.range(i).0)
            .collect();
        let _ = model.predict_clear(&input);
    }
}
