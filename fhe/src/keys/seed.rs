//! Where randomness comes from.

use super::KeyError;
use crate::seeded::MaskSeed;
use tfhe::core_crypto::commons::math::random::{DefaultRandomGenerator, Seed, Seeder};
use tfhe::core_crypto::prelude::{EncryptionRandomGenerator, SecretRandomGenerator};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A source of seeds for generators: 32 secret bytes, expanded by keyed BLAKE3 with a counter.
///
/// Every generator (secret keys, masks, noise) gets its own seed. Masks are public, and their generator must
/// never be that of the noise: whoever learns noise learns the key.
pub struct SeedSource {
    key: [u8; 32],
    counter: u64,
    reproducible: bool,
}

impl SeedSource {
    /// Fresh randomness from the operating system.
    ///
    /// # Errors
    /// [`KeyError::Entropy`] when the system gives none.
    pub fn from_os() -> Result<Self, KeyError> {
        Ok(Self {
            key: entropy()?,
            counter: 0,
            reproducible: false,
        })
    }

    /// The same keys and ciphertexts every time, for experiments that others can repeat.
    ///
    /// **Insecure** unless `seed` is 32 bytes of secret randomness that is used once. It exists only with the feature
    /// `insecure-deterministic`, which is off unless a crate asks for it by name.
    #[cfg(any(test, feature = "insecure-deterministic"))]
    pub fn reproducible(seed: [u8; 32]) -> Self {
        Self {
            key: blake3::derive_key("blindproof fhe seed source v1", &seed),
            counter: 0,
            reproducible: true,
        }
    }

    /// The same secret bytes as if they came from the operating system.
    #[cfg(test)]
    pub(super) fn with_fresh_masks(mut self) -> Self {
        self.reproducible = false;
        self
    }

    /// A seed that will be published: fresh from the operating system, so that it says nothing of the secret bytes here;
    /// of a reproducible source, the next seed.
    pub(crate) fn mask_seed(&mut self) -> Result<MaskSeed, KeyError> {
        if self.reproducible {
            Ok(self.next_seed().0.to_le_bytes())
        } else {
            entropy()
        }
    }

    /// The next seed.
    pub(crate) fn next_seed(&mut self) -> Seed {
        let block = blake3::keyed_hash(&self.key, &self.counter.to_le_bytes());
        self.counter += 1;
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&block.as_bytes()[..16]);
        Seed(u128::from_le_bytes(bytes))
    }

    /// tfhe's generator of secret keys.
    pub(crate) fn secret_generator(&mut self) -> SecretRandomGenerator<DefaultRandomGenerator> {
        SecretRandomGenerator::new(self.next_seed())
    }

    /// tfhe's pair of generators for masks and noise, with different seeds.
    pub(crate) fn encryption_generator(
        &mut self,
    ) -> EncryptionRandomGenerator<DefaultRandomGenerator> {
        let mask = self.next_seed();
        EncryptionRandomGenerator::new(mask, self)
    }
}

impl Drop for SeedSource {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl ZeroizeOnDrop for SeedSource {}

/// Bytes from the operating system.
fn entropy<const LENGTH: usize>() -> Result<[u8; LENGTH], KeyError> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(|error| KeyError::Entropy(error.to_string()))?;
    Ok(bytes)
}

impl Seeder for SeedSource {
    fn seed(&mut self) -> Seed {
        self.next_seed()
    }

    fn is_available() -> bool {
        true
    }
}

impl std::fmt::Debug for SeedSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SeedSource { .. }")
    }
}
