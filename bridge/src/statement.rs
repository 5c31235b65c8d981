//! The statement: everything public that a proof is about, as digests.
//!
//! The prover's transcript starts with these bytes, so every challenge depends on all of them. The verifier builds
//! the digests from artefacts it holds itself and compares.

use blindproof_fhe::{
    keys::{BootstrappingKey, KeySwitchingKey, ServerKey},
    lwe::LweMatrix,
    params::ParameterSet,
    program::{Program, ProgramError},
};
use blindproof_zk::ensure;
use serde::{Deserialize, Serialize};

use crate::{index::KeyIndex, proof::VerifyError, selection::Selection};

/// Version of the protocol; a verifier accepts only its own.
pub const PROTOCOL_VERSION: u32 = 3;

/// A BLAKE3 digest.
pub type Digest = [u8; 32];

/// What is claimed: under these keys, this program maps this input to this output, and the selected operations are
/// proven at this level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// [`PROTOCOL_VERSION`].
    pub version: u32,
    /// Name of the parameter set.
    pub parameters: String,
    /// Digest of all fields of the parameter set.
    pub parameters_digest: Digest,
    /// Digest of the program: shapes, operations, weights, biases and LUTs.
    pub program: Digest,
    /// Number of images in the batch.
    pub images: u64,
    /// Which operations are proven.
    pub selection: Selection,
    /// Soundness level in bits.
    pub level: u32,
    /// `log2` of the most bootstraps that are committed together.
    pub log_shard: u32,
    /// The evaluation keys.
    pub keys: KeyBinding,
    /// Digest of the input ciphertexts.
    pub input: Digest,
    /// Digest of the output ciphertexts.
    pub output: Digest,
}

/// How a statement names the evaluation keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyBinding {
    /// The verifier holds the keys.
    Direct {
        /// Digest of the key-switching key.
        key_switching: Digest,
        /// Digest of the bootstrapping key.
        bootstrapping: Digest,
    },
    /// The verifier holds a commitment to them.
    Indexed {
        /// Digest of the key index.
        index: Digest,
    },
}

/// The evaluation keys as a verifier holds them.
#[derive(Clone, Copy)]
pub enum Keys<'a> {
    /// Whole.
    Direct(&'a ServerKey),
    /// As an index, made once by someone the verifier trusts with the keys' identity, for example by itself.
    Indexed(&'a KeyIndex),
}

impl<'a> From<&'a ServerKey> for Keys<'a> {
    fn from(keys: &'a ServerKey) -> Self {
        Self::Direct(keys)
    }
}

impl<'a> From<&'a KeyIndex> for Keys<'a> {
    fn from(index: &'a KeyIndex) -> Self {
        Self::Indexed(index)
    }
}

impl Keys<'_> {
    fn binding(&self) -> KeyBinding {
        match self {
            Self::Direct(keys) => KeyBinding::Direct {
                key_switching: key_switching_digest(&keys.key_switching),
                bootstrapping: bootstrapping_digest(&keys.bootstrapping),
            },
            Self::Indexed(index) => KeyBinding::Indexed {
                index: index.digest(),
            },
        }
    }

    /// The parameter sets of the keys.
    fn parameters(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Direct(keys) => vec![
                ("key-switching key", keys.key_switching.parameters().name),
                ("bootstrapping key", keys.bootstrapping.parameters().name),
            ],
            Self::Indexed(index) => vec![("key index", &index.parameters)],
        }
    }
}

/// `log2` of the default number of bootstraps of a shard.
pub const DEFAULT_LOG_SHARD: u32 = 3;
/// `log2` of the most bootstraps of a shard.
pub const MAX_LOG_SHARD: u32 = 6;

/// The artefacts a statement is about, as each side holds them.
#[derive(Clone, Copy)]
pub struct PublicData<'a> {
    /// The compiled model.
    pub program: &'a Program,
    /// The evaluation keys.
    pub keys: Keys<'a>,
    /// Encrypted input: images * features big LWE rows.
    pub input: &'a LweMatrix,
    /// Encrypted output: images * classes rows, of big LWE ciphertexts or, after a last key switch, of small ones.
    pub output: &'a LweMatrix,
}

impl Statement {
    /// Builds the statement about `public`.
    ///
    /// # Errors
    /// [`StatementError`] when program, parameters or ciphertext shapes do not fit together.
    pub fn new(
        public: &PublicData<'_>,
        selection: Selection,
        level: u32,
    ) -> Result<Self, StatementError> {
        public.program.validate()?;
        let parameters = public.program.parameter_set().map_err(ProgramError::from)?;
        let rows = public.input.rows();
        let features = public.program.wires[public.program.input.0].features;
        let images = rows / features.max(1);
        if images == 0 || images * features != rows {
            return Err(StatementError::Shape {
                what: "input",
                expected: features,
                found: rows,
            });
        }
        let outputs = images * public.program.wires[public.program.output.0].features;
        if public.output.rows() != outputs {
            return Err(StatementError::Shape {
                what: "output",
                expected: outputs,
                found: public.output.rows(),
            });
        }
        for (what, matrix, wire) in [
            ("input", public.input, public.program.input),
            ("output", public.output, public.program.output),
        ] {
            let expected = public.program.wires[wire.0].kind.width(parameters) - 1;
            if matrix.dimension() != expected {
                return Err(StatementError::Dimension {
                    what,
                    expected,
                    found: matrix.dimension(),
                });
            }
        }
        for (what, found) in public.keys.parameters() {
            if found != parameters.name {
                return Err(StatementError::KeyParameters {
                    what,
                    expected: parameters.name,
                    found: found.to_owned(),
                });
            }
        }
        Ok(Self {
            version: PROTOCOL_VERSION,
            parameters: parameters.name.to_owned(),
            parameters_digest: parameters.fingerprint(),
            program: program_digest(public.program),
            images: images as u64,
            selection,
            level,
            log_shard: DEFAULT_LOG_SHARD,
            keys: public.keys.binding(),
            input: ciphertext_digest(public.input),
            output: ciphertext_digest(public.output),
        })
    }

    /// A statement of the right shape about an evaluation that has not happened; digests of keys and ciphertexts are zero.
    pub(crate) fn without_evaluation(
        program: &Program,
        parameters: &ParameterSet,
        images: usize,
        selection: &Selection,
        level: u32,
    ) -> Self {
        let nothing = Digest::default();
        Self {
            version: PROTOCOL_VERSION,
            parameters: parameters.name.to_owned(),
            parameters_digest: parameters.fingerprint(),
            program: program_digest(program),
            images: images as u64,
            selection: selection.clone(),
            level,
            log_shard: DEFAULT_LOG_SHARD,
            keys: KeyBinding::Direct {
                key_switching: nothing,
                bootstrapping: nothing,
            },
            input: nothing,
            output: nothing,
        }
    }

    /// The same statement, to be proven in shards of at most `2^log_shard` bootstraps (at most [`MAX_LOG_SHARD`]).
    #[must_use]
    pub fn with_log_shard(self, log_shard: u32) -> Self {
        Self {
            log_shard: log_shard.min(MAX_LOG_SHARD),
            ..self
        }
    }

    /// Canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("plain fields always serialise")
    }

    /// A name for the statement.
    pub fn digest(&self) -> Digest {
        *blake3::Hasher::new_derive_key("blindproof v2 statement")
            .update(&self.to_bytes())
            .finalize()
            .as_bytes()
    }

    /// Reads canonical bytes.
    ///
    /// # Errors
    /// [`StatementError::Malformed`] for anything [`Self::to_bytes`] would not write.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatementError> {
        let statement: Self = postcard::from_bytes(bytes).map_err(|_| StatementError::Malformed)?;
        ensure!(
            "ST canonical bytes",
            statement.to_bytes() == bytes,
            StatementError::Malformed
        );
        Ok(statement)
    }

    /// Checks, field by field, that this statement is the one about `public`.
    pub(crate) fn check_against(&self, public: &PublicData<'_>) -> Result<(), VerifyError> {
        let expected = Self::new(public, self.selection.clone(), self.level)?;
        let other = |field| VerifyError::StatementMismatch { field };
        ensure!(
            "ST version",
            self.version == expected.version,
            other("version")
        );
        ensure!(
            "ST parameters",
            self.parameters == expected.parameters,
            other("parameters")
        );
        ensure!(
            "ST parameters digest",
            self.parameters_digest == expected.parameters_digest,
            other("parameters digest")
        );
        ensure!(
            "ST program",
            self.program == expected.program,
            other("program")
        );
        ensure!("ST images", self.images == expected.images, other("images"));
        ensure!(
            "ST shard size",
            self.log_shard <= MAX_LOG_SHARD,
            other("shard size")
        );
        ensure!(
            "ST evaluation keys",
            self.keys == expected.keys,
            other("evaluation keys")
        );
        ensure!(
            "ST input",
            self.input == expected.input,
            other("input ciphertexts")
        );
        ensure!(
            "ST output",
            self.output == expected.output,
            other("output ciphertexts")
        );
        Ok(())
    }
}

/// Digest of a program.
pub fn program_digest(program: &Program) -> Digest {
    let bytes = postcard::to_stdvec(program).expect("plain fields always serialise");
    *blake3::Hasher::new_derive_key("blindproof v1 program")
        .update(&bytes)
        .finalize()
        .as_bytes()
}

/// Digest of ciphertexts: shape and words.
pub fn ciphertext_digest(matrix: &LweMatrix) -> Digest {
    let mut hasher = blake3::Hasher::new_derive_key("blindproof v1 ciphertexts");
    hasher.update(&(matrix.rows() as u64).to_le_bytes());
    hasher.update(&(matrix.dimension() as u64).to_le_bytes());
    hash_words(hasher, matrix.words.iter().copied())
}

/// Digest of a key-switching key and its parameter set.
pub fn key_switching_digest(key: &KeySwitchingKey) -> Digest {
    let mut hasher = blake3::Hasher::new_derive_key("blindproof v1 key-switching key");
    hasher.update(&key.parameters().fingerprint());
    hash_words(hasher, key.words().iter().copied())
}

/// Digest of a bootstrapping key and its parameter set.
pub fn bootstrapping_digest(key: &BootstrappingKey) -> Digest {
    let mut hasher = blake3::Hasher::new_derive_key("blindproof v1 bootstrapping key");
    hasher.update(&key.parameters().fingerprint());
    hash_words(hasher, key.words().iter().copied())
}

/// Hashes little-endian words in blocks of a megabyte, on all cores.
fn hash_words(mut hasher: blake3::Hasher, words: impl Iterator<Item = u64>) -> Digest {
    const BLOCK_WORDS: usize = 1 << 17;
    let mut block = Vec::with_capacity(8 * BLOCK_WORDS);
    for word in words {
        block.extend_from_slice(&word.to_le_bytes());
        if block.len() == 8 * BLOCK_WORDS {
            hasher.update_rayon(&block);
            block.clear();
        }
    }
    *hasher.update(&block).finalize().as_bytes()
}

/// Public data that no statement can be about, or statement bytes that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// The program is inconsistent.
    #[error("program: {0}")]
    Program(#[from] ProgramError),
    /// A wrong number of ciphertexts.
    #[error(
        "{what}: {found} ciphertexts, expected {expected} (for the input: a positive multiple)"
    )]
    Shape {
        /// Input or output.
        what: &'static str,
        /// Expected number of rows, or its divisor for the input.
        expected: usize,
        /// Rows given.
        found: usize,
    },
    /// Ciphertexts of a wrong dimension.
    #[error("{what}: LWE dimension {found}, but it must be {expected} here")]
    Dimension {
        /// Input or output.
        what: &'static str,
        /// Dimension of the wire.
        expected: usize,
        /// Dimension given.
        found: usize,
    },
    /// A key of other parameters.
    #[error("{what}: made for parameter set `{found}`, but the program needs `{expected}`")]
    KeyParameters {
        /// Which key.
        what: &'static str,
        /// The program's set.
        expected: &'static str,
        /// The key's set.
        found: String,
    },
    /// Statement bytes that are not canonical.
    #[error(
        "statement bytes are malformed; read the file again or ask the prover for a new statement"
    )]
    Malformed,
}
