//! The hash state shared by both sides.

use crate::field::{F, K, f, to_word};
use ark_ff::Field;

/// What a record is; part of the hashed bytes.
#[derive(Clone, Copy)]
enum Kind {
    Protocol = 0,
    Absorbed = 1,
    Sent = 2,
    Challenge = 3,
}

/// Bytes squeezed for each coordinate: 64 bits of field and 128 more.
const WIDE: usize = 24;

/// The running transcript hash.
#[derive(Clone)]
pub(crate) struct State {
    hasher: blake3::Hasher,
}

impl State {
    pub(crate) fn new(protocol: &str, statement: &[u8]) -> Self {
        let mut state = Self {
            hasher: blake3::Hasher::new(),
        };
        state.record(
            Kind::Protocol,
            "blindproof transcript v1",
            protocol.as_bytes(),
        );
        state.absorb("statement", statement);
        state
    }

    fn record(&mut self, kind: Kind, label: &str, data: &[u8]) {
        self.hasher.update(&[kind as u8]);
        self.hasher.update(&(label.len() as u64).to_le_bytes());
        self.hasher.update(label.as_bytes());
        self.hasher.update(&(data.len() as u64).to_le_bytes());
        self.hasher.update(data);
    }

    /// A digest of everything so far.
    pub(crate) fn digest(&self) -> [u8; 32] {
        *self.hasher.finalize().as_bytes()
    }

    /// Binds public data that is not part of the proof.
    pub(crate) fn absorb(&mut self, label: &str, data: &[u8]) {
        #[cfg(any(test, feature = "insecure-testkit"))]
        super::audit::absorbed(label);
        self.record(Kind::Absorbed, label, data);
    }

    /// Binds a message of the proof.
    pub(crate) fn sent(&mut self, label: &str, data: &[u8]) {
        self.record(Kind::Sent, label, data);
    }

    /// Fills `out` with challenge bytes.
    pub(crate) fn squeeze(&mut self, label: &str, out: &mut [u8]) {
        self.record(Kind::Challenge, label, &(out.len() as u64).to_le_bytes());
        self.hasher.finalize_xof().fill(out);
        #[cfg(any(test, feature = "insecure-testkit"))]
        super::audit::drawn(label, out);
    }

    /// A base field challenge, within `2^-128` of uniform.
    pub(crate) fn base_challenge(&mut self, label: &str) -> F {
        let mut bytes = [0; WIDE];
        self.squeeze(label, &mut bytes);
        wide(&bytes)
    }

    /// An extension field challenge, within `3 * 2^-128` of uniform.
    pub(crate) fn challenge(&mut self, label: &str) -> K {
        let mut bytes = [0; 3 * WIDE];
        self.squeeze(label, &mut bytes);
        element(&bytes)
    }
}

/// The element of `K` that the bytes of a challenge stand for.
pub(super) fn element(bytes: &[u8; 3 * WIDE]) -> K {
    let [c0, c1, c2] = [0, 1, 2].map(|i| wide(&bytes[i * WIDE..(i + 1) * WIDE]));
    K::new(c0, c1, c2)
}

/// A little-endian integer of `WIDE` bytes, reduced modulo `p`.
fn wide(bytes: &[u8]) -> F {
    let two64 = f(u64::MAX) + F::ONE;
    bytes.chunks(8).rev().fold(f(0), |acc, limb| {
        let limb = limb.iter().rev().fold(0, |l, &b| l << 8 | u64::from(b));
        acc * two64 + f(limb)
    })
}

/// Canonical bytes of base field elements, 8 each, little-endian.
pub(crate) fn base_bytes(values: &[F]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|&v| to_word(v).to_le_bytes())
        .collect()
}

/// Canonical bytes of extension field elements, 24 each.
pub(crate) fn ext_bytes(values: &[K]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|v| [v.c0, v.c1, v.c2])
        .flat_map(|c| to_word(c).to_le_bytes())
        .collect()
}
