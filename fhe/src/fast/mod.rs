//! tfhe's own bootstraps: the unprovable fast path, and an oracle for tests.
//!
//! * [`FftBootstrap`]: key switch and bootstrap modulo `2^64` with a floating-point FFT. Fast, but its result is
//!   not a function of integers that a proof could state. It is what users have today without proofs.
//! * [`Ntt64Bootstrap`]: tfhe's exact bootstrap over `p`, one key bit at a time. Its decomposition and rounding
//!   differ from [`crate::evaluate`], so results agree after decryption, not bit for bit.
//!
//! Both run on one thread, one ciphertext at a time, with keys of their own; [`FftBootstrap::evaluate`] runs a whole program
//! on all cores.

mod network;

use crate::keys::ClientKey;
use crate::keys::{KeyError, SeedSource, tfhe_gadget, tfhe_modulus, tfhe_noise};
use crate::lut::{Lut, LutError};
use crate::params::ParameterSet;
use tfhe::core_crypto::commons::math::random::DefaultRandomGenerator;
use tfhe::core_crypto::prelude::*;

/// tfhe's key switch and FFT bootstrap modulo `2^64`, with secret and evaluation keys in one place: for
/// measurements only.
pub struct FftBootstrap {
    parameters: &'static ParameterSet,
    big: LweSecretKeyOwned<u64>,
    key_switching: LweKeyswitchKeyOwned<u64>,
    bootstrapping: FourierLweBootstrapKeyOwned,
}

impl FftBootstrap {
    /// Generates all keys; the grouping factor of the set is ignored (one key bit a step).
    ///
    /// # Errors
    /// [`KeyError::Parameters`] when the parameter set breaks a rule.
    pub fn generate(
        parameters: &'static ParameterSet,
        seeds: &mut SeedSource,
    ) -> Result<Self, KeyError> {
        let client = ClientKey::generate(parameters, seeds)?;
        let modulus = CiphertextModulus::new_native();
        let mut generator = seeds.encryption_generator();
        let big = client.big_key().clone().into_lwe_secret_key();
        let (base_log, levels) = tfhe_gadget(parameters.ks_gadget);
        let key_switching = allocate_and_generate_new_lwe_keyswitch_key(
            &big,
            client.small_key(),
            base_log,
            levels,
            tfhe_noise(parameters.lwe_noise),
            modulus,
            &mut generator,
        );
        let standard = standard_bootstrapping_key(&client, modulus, &mut generator);
        let mut bootstrapping = FourierLweBootstrapKeyOwned::new(
            standard.input_lwe_dimension(),
            standard.glwe_size(),
            standard.polynomial_size(),
            standard.decomposition_base_log(),
            standard.decomposition_level_count(),
        );
        par_convert_standard_lwe_bootstrap_key_to_fourier(&standard, &mut bootstrapping);
        Ok(Self {
            parameters,
            big,
            key_switching,
            bootstrapping,
        })
    }

    /// Encrypts a word modulo `2^64` under the big key.
    pub fn encrypt(&self, message: u64, seeds: &mut SeedSource) -> LweCiphertextOwned<u64> {
        allocate_and_encrypt_new_lwe_ciphertext(
            &self.big,
            Plaintext(message),
            tfhe_noise(self.parameters.glwe_noise),
            CiphertextModulus::new_native(),
            &mut seeds.encryption_generator(),
        )
    }

    /// The phase of a ciphertext under the big key, modulo `2^64`.
    pub fn decrypt_phase(&self, ciphertext: &LweCiphertextOwned<u64>) -> u64 {
        decrypt_lwe_ciphertext(&self.big, ciphertext).0
    }

    /// From the big key to the small key.
    pub fn key_switch(&self, ciphertext: &LweCiphertextOwned<u64>) -> LweCiphertextOwned<u64> {
        let modulus = CiphertextModulus::new_native();
        let size = self.key_switching.output_lwe_size();
        let mut out = LweCiphertextOwned::new(0, size, modulus);
        keyswitch_lwe_ciphertext(&self.key_switching, ciphertext, &mut out);
        out
    }

    /// Modulus switch, blind rotation and extraction of a ciphertext under the small key. The words of the table
    /// are used modulo `2^64`, which moves them by less than `2^-32` of the modulus.
    ///
    /// # Errors
    /// [`LutError`] when the table does not fit the polynomial size.
    pub fn bootstrap(
        &self,
        ciphertext: &LweCiphertextOwned<u64>,
        lut: &Lut,
    ) -> Result<LweCiphertextOwned<u64>, LutError> {
        let table = accumulator(self.parameters, lut, CiphertextModulus::new_native())?;
        let size = self.big.lwe_dimension().to_lwe_size();
        let mut out = LweCiphertextOwned::new(0, size, CiphertextModulus::new_native());
        programmable_bootstrap_lwe_ciphertext(ciphertext, &mut out, &table, &self.bootstrapping);
        Ok(out)
    }
}

/// tfhe's exact bootstrap over `p`, under the keys of a client.
pub struct Ntt64Bootstrap {
    parameters: &'static ParameterSet,
    key: NttLweBootstrapKeyOwned<u64>,
}

impl Ntt64Bootstrap {
    /// Generates tfhe's bootstrapping key (slow: several seconds for a full-size set).
    pub fn generate(client: &ClientKey, seeds: &mut SeedSource) -> Self {
        let standard =
            standard_bootstrapping_key(client, tfhe_modulus(), &mut seeds.encryption_generator());
        let mut key = NttLweBootstrapKeyOwned::new(
            0,
            standard.input_lwe_dimension(),
            standard.glwe_size(),
            standard.polynomial_size(),
            standard.decomposition_base_log(),
            standard.decomposition_level_count(),
            standard.ciphertext_modulus(),
        );
        par_convert_standard_lwe_bootstrap_key_to_ntt64(
            &standard,
            &mut key,
            NttLweBootstrapKeyOption::Normalize,
        );
        Self {
            parameters: client.parameters(),
            key,
        }
    }

    /// Modulus switch (not centred), blind rotation and extraction of `n + 1` canonical words under the small
    /// key; `kN + 1` words under the big key.
    ///
    /// # Errors
    /// [`LutError`] when the table does not fit the polynomial size.
    ///
    /// # Panics
    /// When `ciphertext` does not have `n + 1` words.
    pub fn bootstrap(&self, ciphertext: &[u64], lut: &Lut) -> Result<Vec<u64>, LutError> {
        let table = accumulator(self.parameters, lut, tfhe_modulus())?;
        let input = LweCiphertext::from_container(ciphertext, tfhe_modulus());
        let size = LweSize(self.parameters.big_lwe_dimension() + 1);
        let mut out = LweCiphertextOwned::new(0, size, tfhe_modulus());
        programmable_bootstrap_ntt64_lwe_ciphertext(&input, &mut out, &table, &self.key);
        Ok(out.into_container())
    }
}

fn standard_bootstrapping_key(
    client: &ClientKey,
    modulus: CiphertextModulus<u64>,
    generator: &mut EncryptionRandomGenerator<DefaultRandomGenerator>,
) -> LweBootstrapKeyOwned<u64> {
    let set = client.parameters();
    let (base_log, levels) = tfhe_gadget(set.pbs_gadget);
    par_allocate_and_generate_new_lwe_bootstrap_key(
        client.small_key(),
        client.big_key(),
        base_log,
        levels,
        tfhe_noise(set.glwe_noise),
        modulus,
        generator,
    )
}

/// The test polynomial of a table as a GLWE ciphertext without mask and noise.
fn accumulator(
    parameters: &ParameterSet,
    lut: &Lut,
    modulus: CiphertextModulus<u64>,
) -> Result<GlweCiphertextOwned<u64>, LutError> {
    let mut words = vec![0; parameters.big_lwe_dimension()];
    words.extend(lut.polynomial(parameters.polynomial_size.0)?);
    let size = PolynomialSize(parameters.polynomial_size.0);
    Ok(GlweCiphertextOwned::from_container(words, size, modulus))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::{blind_rotation, key_switch, modulus_switch};
    use crate::lwe::LweMatrix;
    use crate::modulus;
    use ndarray::Array2;

    fn table(set: &ParameterSet) -> Lut {
        let messages = 1u64 << set.message_bits.0;
        Lut::new(
            (0..messages)
                .map(|v| (3 * v + 1) % messages * set.delta())
                .collect(),
        )
        .unwrap()
    }

    /// The message nearest to a phase, in `0..2^(m+1)`.
    fn decode(set: &ParameterSet, phase: u64) -> u64 {
        (phase as f64 / set.delta() as f64).round() as u64 % (2 << set.message_bits.0)
    }

    #[test]
    fn own_bootstrap_decrypts_like_ntt64() {
        for set in ParameterSet::all().iter().filter(|set| set.is_insecure()) {
            let mut seeds = SeedSource::reproducible([7; 32]);
            let client = ClientKey::generate(set, &mut seeds).unwrap();
            let server = client.generate_server_key(&mut seeds);
            let oracle = Ntt64Bootstrap::generate(&client, &mut seeds);
            let plain: Vec<u64> = (0..2u64 << set.message_bits.0)
                .map(|v| modulus::mul(v, set.delta()))
                .collect();
            let input = client.encrypt(&plain, &mut seeds).unwrap();
            let small = key_switch(&server.key_switching, &input.words).unwrap();
            let exponents = modulus_switch(set, &small).unwrap();
            let lut = table(set);
            let luts = std::slice::from_ref(&lut);
            let own = blind_rotation(&server.bootstrapping, luts, &exponents, &|_, _| {}).unwrap();
            let mut theirs = Array2::zeros(own.raw_dim());
            for (row, mut out) in small.outer_iter().zip(theirs.outer_iter_mut()) {
                let result = oracle.bootstrap(&row.to_vec(), &lut).unwrap();
                out.iter_mut()
                    .zip(result)
                    .for_each(|(word, value)| *word = value);
            }
            let phases = [own, theirs].map(|words| {
                client
                    .decrypt_phase(&LweMatrix::new(words).unwrap())
                    .unwrap()
            });
            for (own, theirs) in phases[0].iter().zip(&phases[1]) {
                assert_eq!(decode(set, *own), decode(set, *theirs), "{}", set.name);
            }
        }
    }

    #[test]
    fn fft_bootstrap_computes_the_table() {
        let set = ParameterSet::by_name("insecure_message_4").unwrap();
        let mut seeds = SeedSource::reproducible([8; 32]);
        let fast = FftBootstrap::generate(set, &mut seeds).unwrap();
        let lut = table(set);
        for (v, &entry) in lut.entries().iter().enumerate() {
            let input = fast.encrypt(v as u64 * set.delta(), &mut seeds);
            let output = fast.bootstrap(&fast.key_switch(&input), &lut).unwrap();
            assert_eq!(decode(set, fast.decrypt_phase(&output)), decode(set, entry));
        }
    }
}
