//! BLAKE3 of many short messages at a time.
//!
//! The same bytes come out as from `blake3::hash`; the SIMD kernel of the crate is called with the
//! constants of its specification (section 2.1), because its public interface hashes one message at
//! a time.

use blake3::IncrementCounter;
use blake3::platform::Platform;

/// A digest.
pub(super) type Digest = [u8; 32];

/// Messages that the widest kernel hashes at a time.
pub(super) const MANY: usize = 16;

/// The initial chaining value: that of SHA-256.
const IV: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];
/// Set for the first block of a chunk.
const CHUNK_START: u8 = 1;
/// Set for the last block of a chunk.
const CHUNK_END: u8 = 2;
/// Set for the last block of a message of one chunk.
const ROOT: u8 = 8;

/// Hashes at most [`MANY`] messages of `N` bytes, a positive multiple of 64 and at most 1024.
pub(super) fn hash_many<const N: usize>(messages: &[[u8; N]], out: &mut [Digest]) {
    const { assert!(N > 0 && N <= 1024 && N.is_multiple_of(64)) }
    let Some(first) = messages.first() else {
        return;
    };
    let mut refs = [first; MANY];
    for (r, message) in refs.iter_mut().zip(messages) {
        *r = message;
    }
    Platform::detect().hash_many(
        &refs[..messages.len().min(MANY)],
        &IV,
        0,
        IncrementCounter::No,
        0,
        CHUNK_START,
        CHUNK_END | ROOT,
        out.as_flattened_mut(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equal_to_plain<const N: usize>() {
        for count in 1..=MANY {
            let messages: Vec<[u8; N]> = (0..count)
                .map(|i| core::array::from_fn(|j| (i * 31 + j * 7) as u8))
                .collect();
            let mut out = vec![[0; 32]; count];
            hash_many(&messages, &mut out);
            for (message, digest) in messages.iter().zip(out) {
                assert_eq!(&digest, blake3::hash(message).as_bytes());
            }
        }
    }

    #[test]
    fn many_hashes_are_the_public_ones() {
        equal_to_plain::<64>();
        equal_to_plain::<128>();
        equal_to_plain::<192>();
        equal_to_plain::<1024>();
    }
}
