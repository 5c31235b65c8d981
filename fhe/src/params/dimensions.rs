//! Dimensions as types of their own, so that they cannot be swapped, and the gadget decomposition.

use crate::modulus;

/// `n`, the number of mask words of a small LWE ciphertext.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LweDimension(pub usize);

/// `k`, the number of mask polynomials of a GLWE ciphertext.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GlweDimension(pub usize);

/// `N`, the number of coefficients of a polynomial modulo `X^N + 1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PolynomialSize(pub usize);

impl PolynomialSize {
    /// `log2 N` of a power of two.
    pub const fn log2(self) -> u32 {
        self.0.trailing_zeros()
    }
}

/// `beta`, the number of bits of a gadget digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DecompositionBaseLog(pub u32);

/// `l`, the number of gadget digits of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DecompositionLevelCount(pub usize);

/// `g`, the number of key bits that one step of a blind rotation handles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GroupingFactor(pub usize);

/// Bits of a message, without the padding bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MessageBits(pub u32);

/// `log2` of the standard deviation of a noise, relative to the modulus.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct StdDevLog2(pub f64);

impl StdDevLog2 {
    /// The standard deviation, relative to the modulus.
    pub fn std_dev(self) -> f64 {
        self.0.exp2()
    }

    /// The variance, relative to the modulus squared.
    pub fn variance(self) -> f64 {
        (2.0 * self.0).exp2()
    }
}

/// The gadget `g_j = 2^(64 - beta j)`, `j = 1..=l`, and its exact digit decomposition.
///
/// ```text
/// C   = sum_j 2^(beta-1) g_j + 2^(63 - beta l)            (mod p)
/// y   = (z + C) mod p, canonical
/// u_j = bits [64 - beta j, 64 - beta (j-1)) of y
/// d_j = u_j - 2^(beta-1)                                  in [-2^(beta-1), 2^(beta-1))
/// w   = the low 64 - beta l bits of y
/// z   = sum_j d_j g_j + w - 2^(63 - beta l)               (mod p, exactly)
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Gadget {
    /// `beta`, bits of a digit.
    pub base_log: DecompositionBaseLog,
    /// `l`, number of digits.
    pub levels: DecompositionLevelCount,
}

impl Gadget {
    /// A gadget with `levels` digits of `base_log` bits.
    pub const fn new(base_log: u32, levels: usize) -> Self {
        Self {
            base_log: DecompositionBaseLog(base_log),
            levels: DecompositionLevelCount(levels),
        }
    }

    /// Whether `1 <= base_log <= 32`, there is at least one level, and all digits together have at most
    /// `max_bits` bits.
    pub(crate) const fn is_valid(&self, max_bits: u32) -> bool {
        let (beta, levels) = (self.base_log.0, self.levels.0);
        beta >= 1 && beta <= 32 && levels >= 1 && levels <= (max_bits / beta) as usize
    }

    /// `g_j = 2^(64 - beta j)` for a level `j` in `1..=l`.
    pub const fn constant(&self, level: usize) -> u64 {
        1 << self.shift(level)
    }

    /// `64 - beta j`, the position of digit `j`.
    #[inline(always)]
    pub const fn shift(&self, level: usize) -> u32 {
        64 - self.base_log.0 * level as u32
    }

    /// Bits below the last digit: `64 - beta l`.
    pub const fn remainder_bits(&self) -> u32 {
        self.shift(self.levels.0)
    }

    /// The offset `C` that makes the digits plain bit fields.
    pub const fn offset(&self) -> u64 {
        let mut sum = 1u128 << (self.remainder_bits() - 1);
        let mut level = 1;
        while level <= self.levels.0 {
            sum += 1u128 << (self.shift(level) + self.base_log.0 - 1);
            level += 1;
        }
        modulus::reduce(sum)
    }

    /// Digit `d_j` of a word shifted by the offset, `y = (z + C) mod p`.
    #[inline(always)]
    pub const fn digit(&self, shifted: u64, level: usize) -> i64 {
        let beta = self.base_log.0;
        let field = (shifted >> self.shift(level)) & ((1 << beta) - 1);
        field as i64 - (1 << (beta - 1))
    }

    /// The remainder `w` of a shifted word.
    #[inline(always)]
    pub const fn remainder(&self, shifted: u64) -> u64 {
        shifted & ((1 << self.remainder_bits()) - 1)
    }
}
