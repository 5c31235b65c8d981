//! The key-switching key.

use super::{KeyError, check_words, tfhe_gadget, tfhe_modulus, tfhe_noise};
use crate::modulus;
use crate::params::ParameterSet;
use std::sync::OnceLock;
use tfhe::core_crypto::prelude::{
    DefaultRandomGenerator, EncryptionRandomGenerator, LweSecretKeyView,
    allocate_and_generate_new_lwe_keyswitch_key,
};

/// Encryptions under the small key of the bits `S_i` of the big key, times the gadget.
///
/// Word layout, row-major: `[i in 0..kN][j-1 in 0..l][c in 0..=n]`, where row `(i, j)` is an LWE ciphertext of
/// `S_i g_j` with the body last.
#[derive(Clone)]
pub struct KeySwitchingKey {
    parameters: &'static ParameterSet,
    words: Vec<u64>,
    offset: OnceLock<Vec<u64>>,
}

impl KeySwitchingKey {
    const NAME: &'static str = "key-switching key";

    /// Generates the key with tfhe over `p`.
    pub(super) fn generate(
        parameters: &'static ParameterSet,
        big: &LweSecretKeyView<'_, u64>,
        small: &LweSecretKeyView<'_, u64>,
        generator: &mut EncryptionRandomGenerator<DefaultRandomGenerator>,
    ) -> Self {
        let (base_log, levels) = tfhe_gadget(parameters.ks_gadget);
        let key = allocate_and_generate_new_lwe_keyswitch_key(
            big,
            small,
            base_log,
            levels,
            tfhe_noise(parameters.lwe_noise),
            tfhe_modulus(),
            generator,
        );
        // tfhe stores the levels of a row of input from the last (smallest g_j) to the first.
        let width = parameters.lwe_dimension.0 + 1;
        let mut words = key.into_container();
        for block in words.chunks_exact_mut(levels.0 * width) {
            for level in 0..levels.0 / 2 {
                let (front, back) = block.split_at_mut((levels.0 - 1 - level) * width);
                front[level * width..(level + 1) * width].swap_with_slice(&mut back[..width]);
            }
        }
        Self {
            parameters,
            words,
            offset: OnceLock::new(),
        }
    }

    /// A key from its words.
    ///
    /// # Errors
    /// [`KeyError`] for a wrong length or a word that is not canonical.
    pub fn from_words(
        parameters: &'static ParameterSet,
        words: Vec<u64>,
    ) -> Result<Self, KeyError> {
        check_words(
            Self::NAME,
            parameters,
            &words,
            parameters.key_switching_key_words(),
        )?;
        Ok(Self {
            parameters,
            words,
            offset: OnceLock::new(),
        })
    }

    /// All words, in the layout above.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The ciphertext of `S_i g_level`, `level` in `1..=l`: `n + 1` words.
    ///
    /// # Panics
    /// When `input` or `level` is out of range.
    pub fn row(&self, input: usize, level: usize) -> &[u64] {
        let width = self.parameters.lwe_dimension.0 + 1;
        let index = input * self.parameters.ks_gadget.levels.0 + level - 1;
        &self.words[index * width..(index + 1) * width]
    }

    /// The parameter set.
    pub fn parameters(&self) -> &'static ParameterSet {
        self.parameters
    }

    /// `2^(beta-1)` times the sum of all rows: what a sum with unsigned digits `u = d + 2^(beta-1)` has too much.
    /// Made on first use and kept.
    pub(crate) fn offset(&self) -> &[u64] {
        self.offset.get_or_init(|| {
            let half = 1 << (self.parameters.ks_gadget.base_log.0 - 1);
            let width = self.parameters.lwe_dimension.0 + 1;
            let mut sums = vec![0u128; width];
            for row in self.words.chunks_exact(width) {
                for (sum, &word) in sums.iter_mut().zip(row) {
                    *sum += u128::from(word);
                }
            }
            sums.into_iter()
                .map(|sum| modulus::mul(modulus::reduce(sum), half))
                .collect()
        })
    }
}

impl std::fmt::Debug for KeySwitchingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeySwitchingKey")
            .field("parameters", &self.parameters.name)
            .finish_non_exhaustive()
    }
}
