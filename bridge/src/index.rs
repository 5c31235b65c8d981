//! Key index: a commitment to the evaluation keys, made once, so that a verifier needs 32 bytes of them.
//!
//! The keys are the first commitment of an indexed proof. What the verifier of a direct proof computes from the keys
//! themselves is then a claim on these columns.

use std::sync::Arc;

use blindproof_fhe::{keys::ServerKey, params::ParameterSet};
use blindproof_zk::{
    Config,
    argument::{self, Source, SourceError},
    field::{F, f},
    stack::{ColumnId, Layout, LayoutBuilder},
};
use serde::{Deserialize, Serialize};

use crate::statement::Digest;

/// Proofs that use an index are at least this many times larger than the keys; chooses the index's rows.
const TYPICAL_PROOF: usize = 8;

/// A commitment to a key-switching key and a bootstrapping key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyIndex {
    /// Name of the parameter set.
    pub parameters: String,
    /// Digest of all fields of the parameter set.
    pub parameters_digest: Digest,
    /// `log2` of the rows of all stacks of a proof that uses the index.
    pub log_rows: u32,
    /// Root of the commitment.
    pub root: Digest,
}

impl KeyIndex {
    /// Commits to the keys.
    ///
    /// # Errors
    /// [`IndexError`] when the keys cannot be committed to.
    pub fn create(keys: &Arc<ServerKey>) -> Result<Self, IndexError> {
        let set = keys.parameters();
        let columns = KeyColumns::new(set);
        let log_rows = columns.log_rows();
        let source = Arc::new(KeySource::new(columns.clone(), keys.clone()));
        let root = argument::root(&columns.layout, source, &Config::default(), log_rows)?;
        Ok(Self {
            parameters: set.name.to_owned(),
            parameters_digest: set.fingerprint(),
            log_rows: log_rows as u32,
            root,
        })
    }

    /// Canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("plain fields always serialise")
    }

    /// Reads canonical bytes; `None` for anything that [`Self::create`] would not make for this parameter set.
    pub fn from_bytes(set: &'static ParameterSet, bytes: &[u8]) -> Option<Self> {
        let index: Self = postcard::from_bytes(bytes).ok()?;
        let fits = index.to_bytes() == bytes
            && index.parameters == set.name
            && index.parameters_digest == set.fingerprint()
            && index.log_rows as usize == KeyColumns::new(set).log_rows();
        fits.then_some(index)
    }

    /// Digest of the index, which names the keys in a statement.
    pub fn digest(&self) -> Digest {
        let bytes = self.to_bytes();
        *blake3::Hasher::new_derive_key("blindproof v2 key index")
            .update(&bytes)
            .finalize()
            .as_bytes()
    }
}

/// Why no index was made.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The commitment failed.
    #[error("key index: {0}")]
    Commit(#[from] argument::ProveError),
}

/// The committed columns of the keys.
#[derive(Clone, Debug)]
pub(crate) struct KeyColumns {
    /// For each level j of the key switch: cells (word c, i), i of a power-of-two stride.
    pub key_switching: Vec<ColumnId>,
    /// For each (u - 1, row c, level j, column c'): cells (h, x).
    pub bootstrapping: Vec<ColumnId>,
    /// The first commitment of an indexed proof.
    pub layout: Layout,
    set: &'static ParameterSet,
}

impl KeyColumns {
    /// The columns for a parameter set.
    pub fn new(set: &'static ParameterSet) -> Self {
        let mut layout = LayoutBuilder::new();
        let stride = set.big_lwe_dimension().next_power_of_two();
        let words = (set.lwe_dimension.0 + 1) * stride;
        let key_switching = (0..set.ks_gadget.levels.0)
            .map(|_| layout.column(words, None))
            .collect();
        layout.shard();
        let size = set.polynomial_size.0;
        let polynomials = set.keys_per_group() * set.ggsw_words() / size;
        let bootstrapping = (0..polynomials)
            .map(|_| layout.column(set.group_count() * size, None))
            .collect();
        let layout = layout.build_open().expect("keys of a parameter set fit");
        Self {
            key_switching,
            bootstrapping,
            layout,
            set,
        }
    }

    /// Rows of the index's stacks, and of those of all proofs that use it.
    fn log_rows(&self) -> usize {
        Config::log_rows(TYPICAL_PROOF * self.layout.total())
    }
}

/// Reads the columns from the keys.
pub(crate) struct KeySource {
    columns: KeyColumns,
    keys: Arc<ServerKey>,
}

impl KeySource {
    pub fn new(columns: KeyColumns, keys: Arc<ServerKey>) -> Self {
        Self { columns, keys }
    }
}

impl Source for KeySource {
    fn fill(&self, column: ColumnId, start: usize, out: &mut [F]) -> Result<(), SourceError> {
        let set = self.columns.set;
        let index = column.index();
        let levels = self.columns.key_switching.len();
        if index < levels {
            let words = self.keys.key_switching.words();
            let (row, dimension) = (set.lwe_dimension.0 + 1, set.big_lwe_dimension());
            let stride = dimension.next_power_of_two();
            for (cell, value) in (start..).zip(out) {
                let (word, i) = (cell / stride, cell % stride);
                *value = match i < dimension {
                    true => f(words[(i * levels + index) * row + word]),
                    false => f(0),
                };
            }
        } else {
            let words = self.keys.bootstrapping.words();
            let size = set.polynomial_size.0;
            let group = set.keys_per_group() * set.ggsw_words();
            for (cell, value) in (start..).zip(out) {
                let (step, x) = (cell / size, cell % size);
                *value = f(words[step * group + (index - levels) * size + x]);
            }
        }
        Ok(())
    }
}

/// The keys as a prover uses them: it always holds them.
#[derive(Clone, Copy)]
pub(crate) struct ProverKeys<'a> {
    pub server: &'a ServerKey,
    /// Their columns when they are committed.
    pub columns: Option<&'a KeyColumns>,
}

/// The keys as a verifier uses them.
#[derive(Clone, Copy)]
pub(crate) enum VerifierKeys<'a> {
    Direct(&'a ServerKey),
    Indexed(&'a KeyColumns),
}
