//! The client's secret keys.

use super::{
    BootstrappingKey, KeyError, KeySwitchingKey, SeedSource, ServerKey, tfhe_modulus, tfhe_noise,
};
use crate::lwe::LweMatrix;
use crate::modulus;
use crate::params::ParameterSet;
use crate::seeded::SeededLwe;
use ndarray::Array2;
use rayon::prelude::*;
use tfhe::core_crypto::commons::math::random::{DefaultRandomGenerator, RandomGenerator};
use tfhe::core_crypto::prelude as tfhe_core;
use tfhe::core_crypto::prelude::{Container, GlweSecretKeyOwned, LweSecretKeyOwned};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The small LWE key and the big GLWE key, both binary; overwritten with zeros when dropped.
#[derive(Clone)]
pub struct ClientKey {
    parameters: &'static ParameterSet,
    small: LweSecretKeyOwned<u64>,
    big: GlweSecretKeyOwned<u64>,
}

impl ClientKey {
    const NAME: &'static str = "client key";

    /// Generates fresh keys.
    ///
    /// # Errors
    /// [`KeyError::Parameters`] when the parameter set breaks a rule.
    pub fn generate(
        parameters: &'static ParameterSet,
        seeds: &mut SeedSource,
    ) -> Result<Self, KeyError> {
        parameters.validate()?;
        let mut generator = seeds.secret_generator();
        let small = LweSecretKeyOwned::generate_new_binary(
            tfhe_core::LweDimension(parameters.lwe_dimension.0),
            &mut generator,
        );
        let big = GlweSecretKeyOwned::generate_new_binary(
            tfhe_core::GlweDimension(parameters.glwe_dimension.0),
            tfhe_core::PolynomialSize(parameters.polynomial_size.0),
            &mut generator,
        );
        Ok(Self {
            parameters,
            small,
            big,
        })
    }

    /// Generates the keys for a server.
    pub fn generate_server_key(&self, seeds: &mut SeedSource) -> ServerKey {
        let mut generator = seeds.encryption_generator();
        ServerKey {
            key_switching: KeySwitchingKey::generate(
                self.parameters,
                &self.big.as_lwe_secret_key(),
                &self.small.as_view(),
                &mut generator,
            ),
            bootstrapping: BootstrappingKey::generate(
                self.parameters,
                self.big.as_ref(),
                self.small.as_ref(),
                seeds,
            ),
        }
    }

    /// Encrypts canonical words under the big key, one row each.
    ///
    /// # Errors
    /// [`KeyError::Lwe`] when a word is not canonical.
    pub fn encrypt(&self, messages: &[u64], seeds: &mut SeedSource) -> Result<LweMatrix, KeyError> {
        let dimension = self.parameters.big_lwe_dimension();
        LweMatrix::trivial(dimension, messages)?;
        let mut list = tfhe_core::LweCiphertextList::new(
            0,
            tfhe_core::LweSize(dimension + 1),
            tfhe_core::LweCiphertextCount(messages.len()),
            tfhe_modulus(),
        );
        if !messages.is_empty() {
            tfhe_core::encrypt_lwe_ciphertext_list(
                &self.big.as_lwe_secret_key(),
                &mut list,
                &tfhe_core::PlaintextList::from_container(messages),
                tfhe_noise(self.parameters.glwe_noise),
                &mut seeds.encryption_generator(),
            );
        }
        let words = Array2::from_shape_vec((messages.len(), dimension + 1), list.into_container())
            .expect("tfhe lists hold their ciphertexts one after the other");
        Ok(LweMatrix::new(words)?)
    }

    /// As [`ClientKey::encrypt`], with masks from a public seed that is drawn for this call.
    ///
    /// # Errors
    /// [`KeyError::Lwe`] when a word is not canonical, [`KeyError::Entropy`] when the system gives no randomness.
    pub fn encrypt_seeded(
        &self,
        messages: &[u64],
        seeds: &mut SeedSource,
    ) -> Result<SeededLwe, KeyError> {
        let dimension = self.parameters.big_lwe_dimension();
        let seed = seeds.mask_seed()?;
        let masks = SeededLwe::new(dimension, seed, messages.to_vec())?.expand();
        let mut noise = vec![0; messages.len()];
        RandomGenerator::<DefaultRandomGenerator>::new(seeds.next_seed())
            .fill_slice_with_random_gaussian_custom_mod(
                &mut noise,
                0.0,
                self.parameters.glwe_noise.std_dev(),
                tfhe_modulus(),
            );
        let key = self.big.as_ref();
        let bodies = (0..messages.len()).into_par_iter().map(|row| {
            let products = masks.mask(row).into_iter().zip(key);
            let masked = products.fold(masks.body(row), |sum, (&a, &s)| modulus::add(sum, a * s));
            modulus::add(masked, noise[row])
        });
        Ok(SeededLwe::new(dimension, seed, bodies.collect())?)
    }

    /// Phases (message plus noise) of rows under the big key.
    ///
    /// # Errors
    /// [`KeyError`] when the dimension is not `kN` or a word is not canonical.
    pub fn decrypt_phase(&self, ciphertexts: &LweMatrix) -> Result<Vec<u64>, KeyError> {
        phases(&self.big.as_lwe_secret_key(), ciphertexts)
    }

    /// Phases of rows under the small key, as a key switch leaves them.
    ///
    /// # Errors
    /// [`KeyError`] when the dimension is not `n` or a word is not canonical.
    pub fn decrypt_phase_small(&self, ciphertexts: &LweMatrix) -> Result<Vec<u64>, KeyError> {
        phases(&self.small.as_view(), ciphertexts)
    }

    /// The key bits: `n` of the small key, then `kN` of the big key; overwritten with zeros when dropped.
    pub fn words(&self) -> Zeroizing<Vec<u64>> {
        Zeroizing::new([self.small.as_ref(), self.big.as_ref()].concat())
    }

    /// Overwrites the key bits with zeros.
    pub(super) fn wipe(&mut self) {
        self.small.as_mut().zeroize();
        self.big.as_mut().zeroize();
    }

    /// A key from its bits.
    ///
    /// # Errors
    /// [`KeyError`] for a wrong length or a word that is not 0 or 1.
    pub fn from_words(parameters: &'static ParameterSet, words: &[u64]) -> Result<Self, KeyError> {
        parameters.validate()?;
        let small_dimension = parameters.lwe_dimension.0;
        let expected = small_dimension + parameters.big_lwe_dimension();
        super::check_words(Self::NAME, parameters, words, expected)?;
        if let Some(index) = words.iter().position(|&bit| bit > 1) {
            return Err(KeyError::Word {
                key: Self::NAME,
                index,
                problem: "is not a bit",
            });
        }
        let (small, big) = words.split_at(small_dimension);
        Ok(Self {
            parameters,
            small: LweSecretKeyOwned::from_container(small.to_vec()),
            big: GlweSecretKeyOwned::from_container(
                big.to_vec(),
                tfhe_core::PolynomialSize(parameters.polynomial_size.0),
            ),
        })
    }

    /// The big key in tfhe's form.
    pub(crate) fn big_key(&self) -> &GlweSecretKeyOwned<u64> {
        &self.big
    }

    /// The small key in tfhe's form.
    pub(crate) fn small_key(&self) -> &LweSecretKeyOwned<u64> {
        &self.small
    }

    /// The parameter set.
    pub fn parameters(&self) -> &'static ParameterSet {
        self.parameters
    }
}

impl Drop for ClientKey {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl ZeroizeOnDrop for ClientKey {}

impl std::fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientKey")
            .field("parameters", &self.parameters.name)
            .finish_non_exhaustive()
    }
}

/// `b - <a, s>` of every row.
fn phases<C: Container<Element = u64>>(
    key: &tfhe_core::LweSecretKey<C>,
    ciphertexts: &LweMatrix,
) -> Result<Vec<u64>, KeyError> {
    ciphertexts.validate()?;
    let expected = key.lwe_dimension().0;
    if ciphertexts.dimension() != expected {
        return Err(KeyError::Dimension {
            given: ciphertexts.dimension(),
            expected,
        });
    }
    Ok(ciphertexts
        .words
        .outer_iter()
        .map(|row| {
            let ciphertext = tfhe_core::LweCiphertext::from_container(row.to_vec(), tfhe_modulus());
            tfhe_core::decrypt_lwe_ciphertext(key, &ciphertext).0
        })
        .collect())
}
