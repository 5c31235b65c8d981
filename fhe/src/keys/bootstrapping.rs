//! The keys of the grouped blind rotation.

use super::{KeyError, SeedSource, check_words, tfhe_modulus};
use crate::modulus;
use crate::ntt::Ntt;
use crate::params::ParameterSet;
use rayon::prelude::*;
use std::sync::OnceLock;
use tfhe::core_crypto::commons::math::random::Seed;
use tfhe::core_crypto::commons::math::random::{DefaultRandomGenerator, RandomGenerator};
use zeroize::Zeroizing;

/// For each group `h` of `g` bits of the small key and each pattern `u != 0`, a GGSW ciphertext of
/// `[the bits are u]`; bit `i` of `u`, from the least significant, stands for the `i`-th key bit of the group.
///
/// Word layout, row-major: `[h in 0..n/g][u-1 in 0..2^g-1][r in 0..=k][j-1 in 0..l][c in 0..=k][coefficient]`.
/// Row `(r, j)` is a GLWE ciphertext (masks, then body) of `-m g_j S_r` for `r < k` and of `m g_j` for `r = k`,
/// where `m` is the encrypted bit.
#[derive(Clone)]
pub struct BootstrappingKey {
    parameters: &'static ParameterSet,
    words: Vec<u64>,
    prepared: OnceLock<Prepared>,
}

/// The key as point values, divided by `N`, with the transform that it belongs to.
#[derive(Clone)]
pub(crate) struct Prepared {
    pub(crate) ntt: Ntt,
    /// `[h][block of points][column c][row (r, j)][u-1][point in block]`: what one step of a blind rotation
    /// reads, in the order in which it reads it.
    pub(crate) points: Vec<u64>,
}

impl Prepared {
    /// Points of a block; it divides every polynomial size.
    pub(crate) const BLOCK: usize = 8;

    fn new(key: &BootstrappingKey) -> Self {
        let set = key.parameters;
        let ntt = transform(set);
        let scale = ntt.inverse_size();
        let size = set.polynomial_size.0;
        let patterns = set.keys_per_group();
        let columns = set.glwe_dimension.0 + 1;
        let rows = columns * set.pbs_gadget.levels.0;
        let mut points = vec![0; key.words.len()];
        let group_words = patterns * set.ggsw_words();
        points
            .par_chunks_exact_mut(group_words)
            .zip(key.words.par_chunks_exact(group_words))
            .for_each(|(out, words)| {
                let mut polynomial = vec![0; size];
                for (index, source) in words.chunks_exact(size).enumerate() {
                    let (pattern, row, column) = (
                        index / columns / rows,
                        index / columns % rows,
                        index % columns,
                    );
                    polynomial.copy_from_slice(source);
                    ntt.forward(&mut polynomial);
                    for (block, values) in polynomial.chunks_exact(Self::BLOCK).enumerate() {
                        let place = ((block * columns + column) * rows + row) * patterns + pattern;
                        let target = &mut out[place * Self::BLOCK..(place + 1) * Self::BLOCK];
                        for (word, &value) in target.iter_mut().zip(values) {
                            *word = modulus::mul(value, scale);
                        }
                    }
                }
            });
        Self { ntt, points }
    }
}

impl BootstrappingKey {
    const NAME: &'static str = "bootstrapping key";

    /// Generates the key. `glwe_key` has `kN` bits, `lwe_key` has `n`.
    pub(super) fn generate(
        parameters: &'static ParameterSet,
        glwe_key: &[u64],
        lwe_key: &[u64],
        seeds: &mut SeedSource,
    ) -> Self {
        let ntt = transform(parameters);
        let secret = SecretPolynomials::new(parameters, glwe_key, &ntt);
        let group_seeds: Vec<(Seed, Seed)> = (0..parameters.group_count())
            .map(|_| (seeds.next_seed(), seeds.next_seed()))
            .collect();
        let mut words = vec![0; parameters.bootstrapping_key_words()];
        words
            .par_chunks_exact_mut(parameters.keys_per_group() * parameters.ggsw_words())
            .zip(lwe_key.par_chunks_exact(parameters.grouping_factor.0))
            .zip(group_seeds)
            .for_each(|((group, bits), (mask_seed, noise_seed))| {
                let mut rows = RowGenerator {
                    parameters,
                    ntt: &ntt,
                    secret: &secret,
                    mask: RandomGenerator::new(mask_seed),
                    noise: RandomGenerator::new(noise_seed),
                };
                for (pattern, key) in group.chunks_exact_mut(parameters.ggsw_words()).enumerate() {
                    let pattern = pattern + 1;
                    let is_pattern = bits
                        .iter()
                        .enumerate()
                        .all(|(i, &bit)| bit == (pattern as u64 >> i) & 1);
                    for (index, row) in key.chunks_exact_mut(parameters.glwe_words()).enumerate() {
                        rows.fill(row, index, is_pattern);
                    }
                }
            });
        Self {
            parameters,
            words,
            prepared: OnceLock::new(),
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
            parameters.bootstrapping_key_words(),
        )?;
        Ok(Self {
            parameters,
            words,
            prepared: OnceLock::new(),
        })
    }

    /// All words, in the layout above.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// Row `r`, level `level` in `1..=l`, of the key of `group` and `pattern` in `1..2^g`: `k + 1` polynomials.
    ///
    /// # Panics
    /// When an index is out of range.
    pub fn row(&self, group: usize, pattern: usize, row: usize, level: usize) -> &[u64] {
        let set = self.parameters;
        let key = group * set.keys_per_group() + pattern - 1;
        let row = row * set.pbs_gadget.levels.0 + level - 1;
        let start = key * set.ggsw_words() + row * set.glwe_words();
        &self.words[start..start + set.glwe_words()]
    }

    /// The parameter set.
    pub fn parameters(&self) -> &'static ParameterSet {
        self.parameters
    }

    /// Transforms the key for evaluation. Done once; without this call the first blind rotation does it.
    pub fn prepare(&self) {
        self.prepared();
    }

    /// The key as point values; made on first use and kept. It is made outside of the lock: it runs on many
    /// threads, and a thread that waits for others may come here again.
    pub(crate) fn prepared(&self) -> &Prepared {
        match self.prepared.get() {
            Some(prepared) => prepared,
            None => {
                let prepared = Prepared::new(self);
                self.prepared.get_or_init(|| prepared)
            }
        }
    }
}

impl std::fmt::Debug for BootstrappingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BootstrappingKey")
            .field("parameters", &self.parameters.name)
            .finish_non_exhaustive()
    }
}

fn transform(parameters: &ParameterSet) -> Ntt {
    Ntt::new(parameters.polynomial_size.0)
        .expect("every parameter set has a power of two from 16 to 65536 as polynomial size")
}

/// The big key, as coefficients and as point values divided by `N`.
struct SecretPolynomials<'a> {
    coefficients: Vec<&'a [u64]>,
    points: Vec<Zeroizing<Vec<u64>>>,
}

impl<'a> SecretPolynomials<'a> {
    fn new(parameters: &ParameterSet, glwe_key: &'a [u64], ntt: &Ntt) -> Self {
        let scale = ntt.inverse_size();
        let coefficients: Vec<&[u64]> = glwe_key
            .chunks_exact(parameters.polynomial_size.0)
            .collect();
        let points = coefficients
            .iter()
            .map(|polynomial| {
                let mut points = Zeroizing::new(polynomial.to_vec());
                ntt.forward(&mut points);
                for word in points.iter_mut() {
                    *word = modulus::mul(*word, scale);
                }
                points
            })
            .collect();
        Self {
            coefficients,
            points,
        }
    }
}

/// Makes the rows of GGSW ciphertexts.
struct RowGenerator<'a> {
    parameters: &'a ParameterSet,
    ntt: &'a Ntt,
    secret: &'a SecretPolynomials<'a>,
    mask: RandomGenerator<DefaultRandomGenerator>,
    noise: RandomGenerator<DefaultRandomGenerator>,
}

impl RowGenerator<'_> {
    /// Writes row `index = r l + j - 1` of the GGSW ciphertext of a bit.
    fn fill(&mut self, row: &mut [u64], index: usize, bit: bool) {
        let size = self.parameters.polynomial_size.0;
        let dimension = self.parameters.glwe_dimension.0;
        let (masks, body) = row.split_at_mut(dimension * size);
        self.mask
            .fill_slice_with_random_uniform_custom_mod(masks, tfhe_modulus());
        let mut product = vec![0; size];
        let mut points = vec![0; size];
        for (mask, secret) in masks.chunks_exact(size).zip(&self.secret.points) {
            points.copy_from_slice(mask);
            self.ntt.forward(&mut points);
            for ((sum, &a), &s) in product.iter_mut().zip(&points).zip(secret.iter()) {
                *sum = modulus::add(*sum, modulus::mul(a, s));
            }
        }
        self.ntt.inverse_unscaled(&mut product);
        self.noise.fill_slice_with_random_gaussian_custom_mod(
            body,
            0.0,
            self.parameters.glwe_noise.std_dev(),
            tfhe_modulus(),
        );
        for (word, &a) in body.iter_mut().zip(&product) {
            *word = modulus::add(*word, a);
        }
        if bit {
            let levels = self.parameters.pbs_gadget.levels.0;
            let constant = self.parameters.pbs_gadget.constant(index % levels + 1);
            match self.secret.coefficients.get(index / levels) {
                Some(secret) => {
                    for (word, &s) in body.iter_mut().zip(*secret) {
                        *word = modulus::sub(*word, s * constant);
                    }
                }
                None => body[0] = modulus::add(body[0], constant),
            }
        }
    }
}
