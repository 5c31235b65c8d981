//! What a proof of clear inference is about.

use blindproof_fhe::model::{ModelError, QuantisedModel};
use serde::Serialize;

use crate::{ProveError, VerifyError};

/// Name and version of the protocol.
pub(super) const PROTOCOL: &str = "blindproof clear inference v1";

/// Whether the verifier knows the inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum InputMode {
    /// It does: a server proves to its client.
    Public,
    /// It does not: a client proves about inputs that it commits to. They are bound, not hidden: the argument is not
    /// zero-knowledge.
    Committed,
}

/// Everything the verifier holds, beside the model.
#[derive(Clone, Copy, Debug)]
pub struct Public<'a> {
    /// Quantised inputs, one list for each image; `None` when they are committed.
    pub inputs: Option<&'a [Vec<i64>]>,
    /// Logits, one list for each image.
    pub outputs: &'a [Vec<i64>],
    /// Soundness level in bits.
    pub level: u32,
}

/// Why a proof of clear inference was not made or is rejected.
#[derive(Debug, thiserror::Error)]
pub enum ClearError {
    /// The model is refused, or an input does not fit it.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// No images, or not the same number of inputs and outputs, or not the model's number of values.
    #[error("{what}: {found}, expected {expected}; give one list for each image")]
    Shape {
        /// What is counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// Values of a table layer have a range that no unique decomposition modulo p has.
    #[error(
        "layer {layer}: accumulators need {bits} bits, at most {} can be proven; use fewer or smaller weights",
        super::relation::MAX_BITS
    )]
    TooWide {
        /// Position of the layer.
        layer: usize,
        /// Bits.
        bits: u32,
    },
    /// The columns are too long.
    #[error("too many values for one proof: {0}; prove fewer images at once")]
    Layout(#[from] blindproof_zk::stack::LayoutError),
    /// The prover failed.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// The proof is rejected.
    #[error(transparent)]
    Verify(#[from] VerifyError),
}

impl Public<'_> {
    /// The mode that this is for.
    pub fn mode(&self) -> InputMode {
        match self.inputs {
            Some(_) => InputMode::Public,
            None => InputMode::Committed,
        }
    }

    /// Checks shapes and ranges.
    pub(super) fn check(&self, model: &QuantisedModel) -> Result<(), ClearError> {
        let images = self.outputs.len();
        let shape = |what, found, expected| match found == expected && expected > 0 {
            true => Ok(()),
            false => Err(ClearError::Shape {
                what,
                found,
                expected,
            }),
        };
        shape("images", images, images)?;
        let outputs = model.outputs();
        for logits in self.outputs {
            shape("logits of an image", logits.len(), outputs)?;
        }
        if let Some(inputs) = self.inputs {
            shape("inputs", inputs.len(), images)?;
            for input in inputs {
                model.encode_input(input)?;
            }
        }
        Ok(())
    }

    /// What the transcript starts with.
    pub(super) fn bytes(&self, model: &QuantisedModel) -> Vec<u8> {
        #[derive(Serialize)]
        struct Bound {
            model: [u8; 32],
            mode: InputMode,
            level: u32,
            images: u64,
            inputs: [u8; 32],
            outputs: [u8; 32],
        }
        // The provenance says nothing about what is computed.
        let model = QuantisedModel {
            provenance: serde_json::Value::Null,
            ..model.clone()
        };
        let text = serde_json::to_vec(&model).expect("a model always serialises");
        let values = |lists: &[Vec<i64>]| {
            let bytes = lists.iter().flatten().flat_map(|value| value.to_le_bytes());
            digest("values", &bytes.collect::<Vec<u8>>())
        };
        let bound = Bound {
            model: digest("model", &text),
            mode: self.mode(),
            level: self.level,
            images: self.outputs.len() as u64,
            inputs: self.inputs.map_or([0; 32], values),
            outputs: values(self.outputs),
        };
        postcard::to_stdvec(&bound).expect("plain fields always serialise")
    }
}

fn digest(what: &str, bytes: &[u8]) -> [u8; 32] {
    blake3::derive_key(&format!("{PROTOCOL}: {what}"), bytes)
}
