//! What a cell has shown: numbers, each with where it comes from.
//!
//! A results file has one record a line. Subjects are paths: a phase (`keygen`, `encrypt`, `evaluate`, `prove`, `verify`,
//! `decrypt`), a part of one (`evaluate/key switch`, `prove/commitment`), or a thing (`proof`, `statement`, `keys/evaluation`,
//! `input`, `output`, `soundness`, `failure`, `accuracy`, `agreement`, `coverage/linear`). [`subject`] has them all.

use serde::{Deserialize, Serialize};

use super::cell::Cell;
use crate::result::Host;

/// Version of the format.
pub const FORMAT: u32 = 1;

/// One cell and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`FORMAT`].
    pub format: u32,
    /// Name of the experiment.
    pub experiment: String,
    /// [`Cell::id`].
    pub id: String,
    /// What was run.
    pub cell: Cell,
    /// Where, when and by what.
    pub environment: Environment,
    /// Whether it could be measured.
    pub outcome: Outcome,
    /// What was measured; empty for a failure.
    pub quantities: Vec<Quantity>,
}

/// Where, when and by what a cell was run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// The machine.
    pub host: Host,
    /// Version of this program.
    pub version: String,
    /// Commit of the source, `-dirty` when files differed from it, or `unknown`.
    pub git_commit: String,
    /// The command, word by word.
    pub command: Vec<String>,
    /// Start of the cell, as `result::utc` writes it.
    pub started_at: String,
    /// Elapsed seconds of the whole cell, warm-up included.
    pub seconds: f64,
}

/// Whether a cell could be measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// All repetitions ended well: every proof was accepted.
    Measured,
    /// It failed, for this reason.
    Failed(String),
}

/// One kind of number, over all repetitions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quantity {
    /// What it is of.
    pub subject: String,
    /// What it is.
    pub metric: Metric,
    /// Where it comes from.
    pub provenance: Provenance,
    /// One for each repetition, in order; a single one for what is the same in all.
    pub samples: Vec<f64>,
}

/// What a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Elapsed seconds.
    Wall,
    /// CPU seconds of all threads.
    Cpu,
    /// Largest resident memory of the process while it lasted, in bytes; the allocator keeps what earlier phases freed.
    Peak,
    /// Length in bytes.
    Bytes,
    /// Bits of security or soundness.
    Bits,
    /// `log2` of a probability.
    Log2Probability,
    /// A part, 0 to 1.
    Share,
    /// A number of things.
    Count,
}

impl Metric {
    /// The unit, as reports write it.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Wall => "s",
            Self::Cpu => "CPU-s",
            Self::Peak | Self::Bytes => "B",
            Self::Bits => "bits",
            Self::Log2Probability => "log2",
            Self::Share => "",
            Self::Count => "",
        }
    }

    /// Whether repetitions of the same cell may differ, so that a difference of two medians can be chance.
    pub fn is_noisy(self) -> bool {
        matches!(self, Self::Wall | Self::Cpu | Self::Peak)
    }
}

/// Where a number comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provenance {
    /// Measured by this run on [`Environment::host`].
    Measured,
    /// Computed from a model: which.
    Predicted(String),
    /// Taken from somebody else: from where, and which machine.
    Quoted(String),
}

/// Subjects that several modules use.
pub mod subject {
    /// Making secret and evaluation keys, and the server's transform of the bootstrapping key.
    pub const KEYGEN: &str = "keygen";
    /// Encrypting all inputs.
    pub const ENCRYPT: &str = "encrypt";
    /// Computing the workload on all inputs; in the clear or encrypted, by all providers.
    pub const EVALUATE: &str = "evaluate";
    /// The parts of an evaluation: `evaluate/linear`, `evaluate/key switch`, `evaluate/modulus switch`, `evaluate/blind rotation`.
    pub const EVALUATE_PARTS: [&str; 4] = [
        "evaluate/linear",
        "evaluate/key switch",
        "evaluate/modulus switch",
        "evaluate/blind rotation",
    ];
    /// What a proof system does once for an operation or for keys, before inputs are known.
    pub const SETUP: &str = "setup";
    /// Making all proofs, digests and witness included.
    pub const PROVE: &str = "prove";
    /// The parts of proving.
    pub const PROVE_PARTS: [&str; 6] = [
        "prove/witness",
        "prove/commitment",
        "prove/range check",
        "prove/collapse and quotient",
        "prove/sumchecks",
        "prove/opening",
    ];
    /// Checking all proofs, or comparing the results of all providers.
    pub const VERIFY: &str = "verify";
    /// Decrypting all outputs.
    pub const DECRYPT: &str = "decrypt";
    /// All proofs together.
    pub const PROOF: &str = "proof";
    /// All statements together.
    pub const STATEMENT: &str = "statement";
    /// What the client sends once.
    pub const EVALUATION_KEYS: &str = "keys/evaluation";
    /// What a verifier must hold besides statement and proof.
    pub const VERIFIER_KEYS: &str = "keys/verifier";
    /// What a prover must hold from a setup.
    pub const PROVING_KEY: &str = "keys/prover";
    /// All inputs, as they are sent.
    pub const INPUT: &str = "input";
    /// All outputs, as they are sent.
    pub const OUTPUT: &str = "output";
    /// Proven soundness of one proof.
    pub const SOUNDNESS: &str = "soundness";
    /// One bootstrap reads a wrong entry of its table.
    pub const FAILURE: &str = "failure";
    /// Right predictions among labelled inputs.
    pub const ACCURACY: &str = "accuracy";
    /// Predictions or results equal to those of the clear quantised model.
    pub const AGREEMENT: &str = "agreement";
    /// Proven ciphertext operations of all.
    pub const COVERAGE: &str = "coverage";
    /// One wrong operation, chosen before the draw, is not checked.
    pub const ESCAPE: &str = "escape/1 wrong operation";
    /// 1 % of all operations are wrong (rounded up) and none is checked.
    pub const ESCAPE_PERCENT: &str = "escape/1 % wrong operations";
    /// Bootstraps of all inputs.
    pub const BOOTSTRAPS: &str = "bootstraps";
    /// Ciphertext operations of all inputs; of a clear system, multiplications and table lookups.
    pub const OPERATIONS: &str = "operations";
    /// So many providers are corrupt that they decide the vote, for the part of all providers that are.
    pub const COALITIONS: [(&str, f64); 2] = [
        ("escape/coalition, 1 % of providers corrupt", 0.01),
        ("escape/coalition, 10 % of providers corrupt", 0.1),
    ];
    /// R1CS constraints or committed field elements.
    pub const UNITS: &str = "units";
}

impl Record {
    /// The quantity of that subject and metric.
    pub fn find(&self, subject: &str, metric: Metric) -> Option<&Quantity> {
        let wanted = |q: &&Quantity| q.subject == subject && q.metric == metric;
        self.quantities.iter().find(wanted)
    }
}
