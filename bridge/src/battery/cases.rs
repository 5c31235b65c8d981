//! The smallest proof of every protocol, and its verifier.

use blindproof_fhe::model::QuantisedModel;
use blindproof_zk::transcript::TranscriptError;

use crate::clear::{self, ClearError, InputMode, Public};
use crate::index::KeyIndex;
use crate::statement::{Keys, PublicData, Statement};
use crate::testkit::Fixture;
use crate::{ProverData, VerifyError, prove, verify};

/// The lowest level that is offered: the smallest proofs.
const LEVEL: u32 = 100;

/// One neuron on one image.
const NARROW: &str = r#"{"format": 2, "name": "narrow", "parameters": "insecure_tiny",
  "input": {"features": 1, "min": 0, "max": 3, "quantise": {"scale": [1], "offset": [0]}}, "output": {"kind": "argmax"},
  "layers": [{"type": "dense", "name": "hidden", "weights": [[2]], "bias": [1]},
    {"type": "lut", "name": "activation", "mode": "negacyclic", "tables": [[1, 2, 3, 1]], "output_bits": 5},
    {"type": "dense", "name": "output", "weights": [[1], [-1]], "bias": [0, 0]}]}"#;

/// Why a proof was rejected.
#[derive(Debug)]
pub struct Rejection {
    /// The error's text without numbers.
    pub reason: String,
    /// Whether an equation failed, rather than the reading of bytes.
    pub algebraic: bool,
}

impl Rejection {
    fn new(error: &dyn std::error::Error, decoding: bool) -> Self {
        let text = error.to_string();
        Self {
            reason: text.replace(|c: char| c.is_ascii_digit(), "#"),
            algebraic: !decoding,
        }
    }
}

impl From<VerifyError> for Rejection {
    fn from(error: VerifyError) -> Self {
        let decoding = is_decoding(&error);
        Self::new(&error, decoding)
    }
}

fn is_decoding(error: &VerifyError) -> bool {
    match error {
        VerifyError::Node { source, .. } => is_decoding(source),
        VerifyError::Transcript(_) => true,
        VerifyError::Relation { .. } => false,
        other => caused_by_decoding(other),
    }
}

/// Whether a transcript error or a malformed opening is at the bottom.
fn caused_by_decoding(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<TranscriptError>() || error.to_string().contains("malformed") {
            return true;
        }
        cause = error.source();
    }
    let text = error.to_string();
    [
        "proof ends inside",
        "non-canonical",
        "bytes follow the proof",
        "at most",
    ]
    .iter()
    .any(|part| text.contains(part))
}

type Check = dyn Fn(&[u8]) -> Result<(), Rejection> + Send + Sync;

/// A proof and its verifier.
pub struct Case {
    /// Which protocol.
    pub name: &'static str,
    /// The honest proof.
    pub proof: Vec<u8>,
    /// The verifier.
    pub check: Box<Check>,
}

/// Every protocol.
pub fn cases() -> Vec<Case> {
    let selections = [
        ("linear layer", "linear"),
        ("key switch", "keyswitch"),
        ("modulus switch", "modswitch"),
        ("blind rotation", "blindrotation"),
        ("whole network", "all"),
        ("sample", "sample:count=2"),
    ];
    let mut cases: Vec<Case> = selections
        .into_iter()
        .map(|(name, selection)| encrypted(name, selection, false))
        .collect();
    cases.push(encrypted("indexed keys", "all", true));
    cases.push(in_the_clear("clear, public inputs", InputMode::Public));
    cases.push(in_the_clear(
        "clear, committed inputs",
        InputMode::Committed,
    ));
    cases
}

fn encrypted(name: &'static str, selection: &'static str, indexed: bool) -> Case {
    let fixture: &'static Fixture = Box::leak(Box::new(Fixture::of_model(NARROW, 1)));
    let output: &'static _ = Box::leak(Box::new(fixture.output(&fixture.trace)));
    let index: &'static KeyIndex = Box::leak(Box::new(KeyIndex::create(&fixture.keys).unwrap()));
    let keys = match indexed {
        true => Keys::Indexed(index),
        false => fixture.keys.as_ref().into(),
    };
    let public = PublicData {
        program: &fixture.program,
        keys,
        input: &fixture.input,
        output,
    };
    let statement = Statement::new(&public, selection.parse().unwrap(), LEVEL).unwrap();
    let data = ProverData::new(&fixture.keys, &fixture.trace);
    let proof = prove(&statement, &public, &data, &()).unwrap();
    Case {
        name,
        proof,
        check: Box::new(move |proof| Ok(verify(&statement, &public, proof).map(drop)?)),
    }
}

fn in_the_clear(name: &'static str, mode: InputMode) -> Case {
    let model = QuantisedModel::from_json(NARROW).unwrap();
    let inputs = vec![vec![2]];
    let proven = clear::prove(&model, &inputs, mode, LEVEL, &()).unwrap();
    let outputs = proven.outputs;
    Case {
        name,
        proof: proven.proof,
        check: Box::new(move |proof| {
            let public = Public {
                inputs: (mode == InputMode::Public).then_some(inputs.as_slice()),
                outputs: &outputs,
                level: LEVEL,
            };
            match clear::verify(&model, &public, proof) {
                Ok(_) => Ok(()),
                Err(ClearError::Verify(error)) => Err(error.into()),
                Err(other) => Err(Rejection::new(&other, true)),
            }
        }),
    }
}
