//! The result of one run: everything `result.json` holds and `report.html` shows.
//!
//! Times are in seconds, sizes in bytes. A figure that could not be measured is `null`, never zero.

mod facts;

use blindproof_bridge::coverage::Coverage;
use blindproof_fhe::evaluate::NodeTiming;
use blindproof_fhe::model::Prediction as Answer;
use blindproof_fhe::program::Node;
use serde::{Deserialize, Serialize};

pub use facts::{Covered, Host, Noise, Parameters, ReadBy, SoundnessTerm, soundness_terms, utc};

/// What a run says about zero knowledge, in one sentence.
pub const NOT_ZERO_KNOWLEDGE: &str = "The proof is not zero-knowledge: it may reveal the server's intermediate \
     ciphertexts and its model; the images stay hidden by the encryption, not by the proof.";

/// One run, from keys to decrypted predictions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// Version of this program.
    pub version: String,
    /// The command that made this result, word by word.
    pub command: Vec<String>,
    /// Start of the run, UTC, as [`utc`] writes it.
    pub started_at: String,
    /// Commit of the source, `-dirty` when files differed from it, or `unknown`.
    pub git_commit: String,
    /// The machine.
    pub host: Host,
    /// Seed of keys and encryptions; `None` when they came from the system's randomness.
    pub seed: Option<u64>,
    /// Name of the model.
    pub model: String,
    /// Names of the classes or values; empty for none.
    #[serde(default)]
    pub labels: Vec<String>,
    /// BLAKE3 digest of the compiled program, in hexadecimal.
    pub program: String,
    /// Parameters of the encryption.
    pub parameters: Parameters,
    /// Noise at every dense layer.
    pub noise: Vec<Noise>,
    /// Number of inputs.
    pub images: usize,
    /// Where the inputs are from.
    #[serde(default)]
    pub data: String,
    /// Operations that were to be proven.
    pub selection: String,
    /// The verifier's answer.
    pub verdict: Verdict,
    /// Why the verifier rejected; `None` when it did not.
    pub rejection: Option<String>,
    /// Proven and total ciphertext operations of each kind.
    pub coverage: Vec<Covered>,
    /// One sentence for each operation of the program that is not proven.
    pub not_proven: Vec<String>,
    /// For a sampled selection, what it says about the operations that were not drawn; `None` otherwise.
    pub sample: Option<String>,
    /// Whether the proof hides the server's data: always `false` in this version.
    pub zero_knowledge: bool,
    /// What that means, in one sentence.
    pub zero_knowledge_note: String,
    /// Level that was asked for, in bits.
    pub soundness_level: u32,
    /// Bits of the whole argument; `None` when nothing is proven.
    pub soundness_bits: Option<f64>,
    /// Decoding regime of the proximity terms; `None` when nothing is proven.
    pub soundness_regime: Option<String>,
    /// Every source of error; empty when nothing is proven.
    pub soundness_terms: Vec<SoundnessTerm>,
    /// Part of the images, 0 to 1, whose encrypted prediction equals that of the clear quantised model.
    pub accuracy_vs_clear: f64,
    /// Part of the labelled images whose encrypted prediction is the label; `None` without labels.
    pub accuracy_vs_label: Option<f64>,
    /// The same for the clear quantised model on the same images.
    pub clear_accuracy: Option<f64>,
    /// Evaluation: CPU seconds of all threads.
    pub eval_cpu_seconds: f64,
    /// Evaluation: elapsed seconds.
    pub eval_wall_seconds: f64,
    /// Digests, witness and proof: CPU seconds of all threads.
    pub prove_cpu_seconds: f64,
    /// Digests, witness and proof: elapsed seconds.
    pub prove_wall_seconds: f64,
    /// Verification, digests included, files excluded: elapsed seconds.
    pub verify_seconds: f64,
    /// Length of the proof.
    pub proof_bytes: usize,
    /// Length of the statement.
    pub statement_bytes: usize,
    /// Peak resident memory of the process; `None` where the system does not say.
    pub peak_rss_bytes: Option<u64>,
    /// Phases of the run in order, files included.
    pub phases: Vec<Phase>,
    /// Evaluation, node by node.
    pub nodes: Vec<NodeTime>,
    /// Prover, step by step.
    pub prove_steps: Vec<Step>,
    /// Every image.
    pub predictions: Vec<Prediction>,
}

/// The name of a class, or its number where it has none.
pub fn class_name(labels: &[String], class: usize) -> String {
    let name = labels.get(class);
    name.map_or_else(|| class.to_string(), Clone::clone)
}

/// A prediction in words.
pub fn answer_text(labels: &[String], answer: &Answer) -> String {
    match answer {
        Answer::Class(class) => class_name(labels, *class),
        Answer::Values(values) => {
            let values: Vec<_> = values.iter().map(|value| format!("{value:.4}")).collect();
            values.join(", ")
        }
    }
}

/// The verifier's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Accepted; `coverage` says what that covers.
    Verified,
    /// Accepted, but the selection covers no operation.
    NothingProven,
    /// Rejected.
    Rejected,
}

impl Verdict {
    /// The answer to an accepted proof with this coverage.
    pub fn accepted(coverage: &[Coverage]) -> Self {
        if coverage.iter().any(|entry| entry.proven > 0) {
            Self::Verified
        } else {
            Self::NothingProven
        }
    }
}

/// Time of one phase of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// Key generation, encryption, evaluation, proof, verification or decryption.
    pub name: String,
    /// Elapsed seconds.
    pub wall_seconds: f64,
    /// CPU seconds of all threads.
    pub cpu_seconds: f64,
}

/// Time of one node of the program during evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeTime {
    /// Position of the node.
    pub node: usize,
    /// Position of its layer.
    pub layer: usize,
    /// Name of its layer.
    pub layer_name: String,
    /// Kind of operation.
    pub kind: String,
    /// Ciphertext operations.
    pub operations: usize,
    /// Elapsed seconds.
    pub wall_seconds: f64,
}

impl NodeTime {
    /// The time that `node` of the program took.
    pub fn new(node: &Node, timing: &NodeTiming) -> Self {
        Self {
            node: timing.node,
            layer: node.layer,
            layer_name: node.layer_name.clone(),
            kind: timing.kind.to_string(),
            operations: timing.operations,
            wall_seconds: timing.wall.as_secs_f64(),
        }
    }
}

/// Time of one step of the prover.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What it does.
    pub name: String,
    /// Elapsed seconds.
    pub wall_seconds: f64,
}

/// One image and what was made of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Position in the run.
    pub index: usize,
    /// Pixels in a row; `None` for an input that is no picture.
    pub width: Option<usize>,
    /// Raw value that the largest input of the model stands for.
    pub raw_max: f64,
    /// Raw values; of a picture row by row, 0 to `raw_max`.
    pub pixels: Vec<f64>,
    /// The true class, where known.
    pub label: Option<usize>,
    /// Prediction of the clear quantised model.
    pub clear: Answer,
    /// Prediction decrypted from the encrypted inference.
    pub encrypted: Answer,
    /// Whether the two are the same class, or values that differ by no more than the encryption's noise explains.
    pub agrees: bool,
    /// Logits of the clear quantised model.
    pub clear_logits: Vec<i64>,
    /// Decrypted logits, with the noise still in them.
    pub logits: Vec<f64>,
}
