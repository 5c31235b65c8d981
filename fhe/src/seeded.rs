//! LWE ciphertexts whose masks are stretched from one public seed: an input of `rows` ciphertexts is `rows` words and a seed
//! instead of `rows * (kN + 1)` words.
//!
//! ```text
//! stream(seed, i)   BLAKE3 in derive-key mode, context "blindproof fhe seeded mask v1", of seed (16 bytes) and i (8 bytes,
//!                   little-endian), as an extendable output read as little-endian 64-bit words
//! mask of row i     the words of stream(seed, i) that are below p, in order
//! ```
//!
//! Leaving out the words from `p` on makes the rest uniform modulo `p`; one of `2^32` words is left out.
//!
//! A seed is public and must be used once for a key: two messages under the same mask give away their difference.
//! [`crate::keys::ClientKey::encrypt_seeded`] draws it from the operating system, apart from the randomness of the noise.

use crate::lwe::{LweError, LweMatrix};
use crate::modulus;
use ndarray::Array2;
use rayon::prelude::*;

/// Public randomness that masks are made from.
pub type MaskSeed = [u8; 16];

/// The context of the stream; another expansion needs another one.
const CONTEXT: &str = "blindproof fhe seeded mask v1";

/// Bytes that are taken from a stream at once.
const CHUNK: usize = 1024;

/// LWE ciphertexts as a seed and their bodies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeededLwe {
    dimension: usize,
    seed: MaskSeed,
    bodies: Vec<u64>,
}

impl SeededLwe {
    /// Ciphertexts of `dimension` mask words with these bodies, one each.
    ///
    /// # Errors
    /// [`LweError::NotCanonical`] for a body that is not below `p`.
    pub fn new(dimension: usize, seed: MaskSeed, bodies: Vec<u64>) -> Result<Self, LweError> {
        match modulus::first_non_canonical(&bodies) {
            None => Ok(Self {
                dimension,
                seed,
                bodies,
            }),
            Some(row) => Err(LweError::NotCanonical {
                row,
                column: dimension,
            }),
        }
    }

    /// Number of mask words of a row.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Number of ciphertexts.
    pub fn rows(&self) -> usize {
        self.bodies.len()
    }

    /// What the masks are made from.
    pub fn seed(&self) -> &MaskSeed {
        &self.seed
    }

    /// One word for each row.
    pub fn bodies(&self) -> &[u64] {
        &self.bodies
    }

    /// The ciphertexts with their masks, made on all cores. It takes `rows * (dimension + 1)` words of memory: whoever reads
    /// ciphertexts from others checks [`SeededLwe::rows`] first.
    pub fn expand(&self) -> LweMatrix {
        let width = self.dimension + 1;
        let mut words = vec![0; self.rows() * width];
        words
            .par_chunks_exact_mut(width)
            .zip(&self.bodies)
            .enumerate()
            .for_each(|(row, (words, &body))| {
                let (masks, last) = words.split_at_mut(self.dimension);
                fill_mask(&self.seed, row as u64, masks);
                last[0] = body;
            });
        let words = Array2::from_shape_vec((self.rows(), width), words)
            .expect("rows * width words were made");
        LweMatrix { words }
    }
}

/// The mask of a row.
fn fill_mask(seed: &MaskSeed, row: u64, mask: &mut [u64]) {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    hasher.update(seed).update(&row.to_le_bytes());
    let mut stream = hasher.finalize_xof();
    fill_canonical(mask, |chunk| stream.fill(chunk));
}

/// Fills `words` with the canonical words of a stream.
fn fill_canonical(words: &mut [u64], mut next: impl FnMut(&mut [u8; CHUNK])) {
    let mut chunk = [0; CHUNK];
    let mut filled = 0;
    while filled < words.len() {
        next(&mut chunk);
        let (read, _) = chunk.as_chunks::<8>();
        let canonical = read
            .iter()
            .map(|bytes| u64::from_le_bytes(*bytes))
            .filter(|&word| modulus::is_canonical(word));
        for (target, word) in words[filled..].iter_mut().zip(canonical) {
            *target = word;
            filled += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modulus::P;

    const SEED: MaskSeed = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    /// Words 0, 1, 7, 8 and 39 of the masks of some rows.
    const KNOWN: [(u64, [u64; 5]); 3] = [
        (
            0,
            [
                0x6f3e34349872f82b,
                0xe298db1630c1a9bd,
                0x115227485dd79052,
                0x59e0f1f539610921,
                0x081a620d3574f503,
            ],
        ),
        (
            1,
            [
                0x613db2bbaff1d0e2,
                0xaa42ca58fab3b8e2,
                0x670f001f464e2aeb,
                0xfd4f8860c3c249f2,
                0xa2df912e16ec5565,
            ],
        ),
        (
            4294967301,
            [
                0xe6b075dd5c673082,
                0x6ceec56b46d46161,
                0x6e77546bc97e213d,
                0x590a708e6d8c57d4,
                0xc785a159cd411d54,
            ],
        ),
    ];

    fn mask(seed: MaskSeed, row: u64, count: usize) -> Vec<u64> {
        let mut mask = vec![0; count];
        fill_mask(&seed, row, &mut mask);
        mask
    }

    /// From the Python package `blake3`: `blake3(SEED + row.to_bytes(8, "little"),
    /// derive_key_context=CONTEXT).digest(length=8 * 40)`.
    #[test]
    fn masks_are_those_of_another_implementation() {
        for (row, expected) in KNOWN {
            let mask = mask(SEED, row, 40);
            assert_eq!([0, 1, 7, 8, 39].map(|i: usize| mask[i]), expected);
        }
    }

    #[test]
    fn words_from_p_on_are_left_out() {
        let mut stream = [P, 5, u64::MAX, P - 1, P + 1, 0].into_iter().chain(100..);
        let mut words = [0; 200];
        fill_canonical(&mut words, |chunk| {
            for bytes in chunk.chunks_exact_mut(8) {
                bytes.copy_from_slice(&stream.next().unwrap().to_le_bytes());
            }
        });
        assert_eq!(words[..3], [5, P - 1, 0]);
        assert!(words[3..].iter().copied().eq(100..297));
    }

    #[test]
    fn rows_and_seeds_have_masks_of_their_own() {
        let seeded = SeededLwe::new(20, SEED, vec![7, 8, P - 1]).unwrap();
        assert_eq!((seeded.rows(), seeded.dimension()), (3, 20));
        let matrix = seeded.expand();
        matrix.validate().unwrap();
        for row in 0..3 {
            assert_eq!(matrix.mask(row).to_vec(), mask(SEED, row as u64, 20));
            assert_eq!(matrix.body(row), seeded.bodies()[row]);
        }
        assert_ne!(matrix.mask(0), matrix.mask(1));
        for byte in 0..16 {
            let mut other = SEED;
            other[byte] ^= 1;
            assert!(
                mask(other, 0, 20)
                    .iter()
                    .zip(matrix.mask(0))
                    .all(|(a, b)| a != b)
            );
        }
        // A longer mask begins with the shorter one, also across chunks.
        assert_eq!(mask(SEED, 2, 500)[..300], mask(SEED, 2, 300)[..]);
    }

    /// Chi-square of the high and of the low byte; 255 degrees of freedom exceed 400 with a probability below 1e-7.
    #[test]
    fn masks_are_spread_evenly() {
        let words: Vec<u64> = (0..64).flat_map(|row| mask(SEED, row, 2048)).collect();
        for shift in [0, 28, 56] {
            let mut counts = [0f64; 256];
            for word in &words {
                counts[(word >> shift & 255) as usize] += 1.0;
            }
            let expected = words.len() as f64 / 256.0;
            let distance: f64 = counts
                .iter()
                .map(|c| (c - expected).powi(2) / expected)
                .sum();
            assert!(distance < 400.0, "{shift}: {distance}");
        }
    }

    #[test]
    fn rejects_bodies_from_p_on() {
        assert_eq!(
            SeededLwe::new(4, SEED, vec![0, P]),
            Err(LweError::NotCanonical { row: 1, column: 4 })
        );
        assert_eq!(SeededLwe::new(4, SEED, vec![]).unwrap().expand().rows(), 0);
    }
}
