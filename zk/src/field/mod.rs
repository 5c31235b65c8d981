//! The Goldilocks field and its extensions as `ark-ff` fields.
//!
//! ```text
//! F  = Z/p,  p = 2^64 - 2^32 + 1     canonical u64 inside, direct reduction
//! K  = F[X]/(X^3 - 2)                challenges, default (192 bits)
//! K2 = F[X]/(X^2 - 7)                128 bits: too small for 128-bit soundness
//! ```
//!
//! Unlike `ark-ff`'s Montgomery back ends, [`Goldilocks`] keeps the canonical
//! representative: reading a ciphertext word as a field element, or a field
//! element as a SIMD word, is free. Products are reduced with
//! `2^64 = 2^32 - 1` and `2^96 = -1 (mod p)`. Measured with
//! `cargo run --release -p blindproof-zk --example field_speed` (one Sapphire Rapids core,
//! shared, 2026-11), million multiplications a second: `F` 312 (`MontBackend` 472, `SmallFp` 273),
//! `K` 37 (over `MontBackend` 30). So direct reduction is not faster for single
//! products in `F`; it is chosen for the free conversions. The provers' hot loops
//! work on packed words (private module `lanes`).

mod goldilocks;
pub(crate) mod lanes;
pub(crate) mod mac;
#[cfg(test)]
mod tests;

use ark_ff::{AdditiveGroup, BigInt, Field, Fp, Fp2, Fp2Config, Fp3, Fp3Config};
use core::marker::PhantomData;

pub use goldilocks::{Goldilocks, P};

/// The prime field with `p = 2^64 - 2^32 + 1` elements.
pub type F = Fp<Goldilocks, 1>;
/// The cubic extension `F[X]/(X^3 - 2)`; all challenges live here.
pub type K = Fp3<CubicConfig>;
/// The quadratic extension `F[X]/(X^2 - 7)`. Offered for experiments; the
/// soundness calculator shows why it cannot reach 128 bits.
pub type K2 = Fp2<QuadraticConfig>;

/// Constants of [`K`].
#[derive(Clone, Copy, Debug)]
pub struct CubicConfig;

const fn word(value: u64) -> F {
    Fp(BigInt([value]), PhantomData)
}

impl Fp3Config for CubicConfig {
    type Fp = F;
    /// `2^((p-1)/3) != 1`, so 2 is not a cube.
    const NONRESIDUE: F = word(2);
    const FROBENIUS_COEFF_FP3_C1: &[F] = &[word(1), word(4294967295), word(18446744065119617025)];
    const FROBENIUS_COEFF_FP3_C2: &[F] = &[word(1), word(18446744065119617025), word(4294967295)];
    const TWO_ADICITY: u32 = 32;
    const TRACE_MINUS_ONE_DIV_TWO: &[u64] = &[0x80000002fffffffe, 0x80000002fffffffc, 0x7ffffffe];
    const QUADRATIC_NONRESIDUE_TO_T: K = K::new(word(3607031617444012685), word(0), word(0));

    fn mul_fp_by_nonresidue_in_place(fe: &mut F) -> &mut F {
        fe.double_in_place()
    }
}

/// Constants of [`K2`].
#[derive(Clone, Copy, Debug)]
pub struct QuadraticConfig;

impl Fp2Config for QuadraticConfig {
    type Fp = F;
    /// `7^((p-1)/2) = -1`, so 7 is not a square.
    const NONRESIDUE: F = word(7);
    const FROBENIUS_COEFF_FP2_C1: &[F] = &[word(1), word(P - 1)];
}

/// The residue of `value` modulo `p`; `value` need not be canonical.
#[inline]
pub const fn f(value: u64) -> F {
    word(if value >= P { value - P } else { value })
}

/// Embeds a base field element into [`K`].
#[inline]
pub const fn k(value: F) -> K {
    K::new(value, word(0), word(0))
}

/// The canonical representative of `value` in `[0, p)`.
#[inline]
pub const fn to_word(value: F) -> u64 {
    value.0.0[0]
}

/// The product of an extension element with a base field element.
#[inline]
pub fn scale(a: K, b: F) -> K {
    K::new(a.c0 * b, a.c1 * b, a.c2 * b)
}

/// Inverse of a nonzero element; `None` for zero.
#[inline]
pub fn invert(a: K) -> Option<K> {
    a.inverse()
}
