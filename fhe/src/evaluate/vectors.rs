//! Vector instructions behind one small trait: the same kernel runs on plain loops, AVX2 and AVX-512.
//!
//! The compiler turns the plain loops into vector code as well, but with 256-bit registers at best.

use super::lanes::{LANES, Lanes};
use crate::modulus::EPSILON;

/// The vector operations that `ProductSums` needs, on [`LANES`] words; all arithmetic wraps modulo `2^64`.
pub(super) trait Vectors: Copy {
    /// One word for each lane, in registers.
    type Words: Copy;

    fn load(self, words: &Lanes) -> Self::Words;
    fn store(self, words: Self::Words) -> Lanes;
    fn splat(self, word: u64) -> Self::Words;
    fn add(self, a: Self::Words, b: Self::Words) -> Self::Words;
    fn sub(self, a: Self::Words, b: Self::Words) -> Self::Words;
    /// Product of the low 32 bits of `a` and `b`.
    fn mul_low(self, a: Self::Words, b: Self::Words) -> Self::Words;
    /// The low 32 bits.
    fn low(self, a: Self::Words) -> Self::Words;
    /// The high 32 bits, moved down.
    fn high(self, a: Self::Words) -> Self::Words;
    /// The low 32 bits, moved up.
    fn raise(self, a: Self::Words) -> Self::Words;
    /// `then` where `a < b`, else `otherwise`.
    fn if_less(
        self,
        a: Self::Words,
        b: Self::Words,
        then: Self::Words,
        otherwise: Self::Words,
    ) -> Self::Words;
}

/// Work that is written once for all vectors.
pub(super) trait Kernel {
    /// What it returns.
    type Output;

    fn run<V: Vectors>(self, v: V) -> Self::Output;
}

/// Runs a kernel on the widest vectors of this processor.
pub(super) fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    {
        if let Some(simd) = pulp::x86::V4::try_new() {
            return simd.vectorize(
                #[inline(always)]
                || kernel.run(simd),
            );
        }
        if let Some(simd) = pulp::x86::V3::try_new() {
            return simd.vectorize(
                #[inline(always)]
                || kernel.run(simd),
            );
        }
    }
    kernel.run(Portable)
}

/// Plain loops over the lanes, for every processor.
#[derive(Clone, Copy)]
pub(super) struct Portable;

#[inline(always)]
fn zip(a: Lanes, b: Lanes, operation: impl Fn(u64, u64) -> u64) -> Lanes {
    std::array::from_fn(|lane| operation(a[lane], b[lane]))
}

impl Vectors for Portable {
    type Words = Lanes;

    #[inline(always)]
    fn load(self, words: &Lanes) -> Lanes {
        *words
    }
    #[inline(always)]
    fn store(self, words: Lanes) -> Lanes {
        words
    }
    #[inline(always)]
    fn splat(self, word: u64) -> Lanes {
        [word; LANES]
    }
    #[inline(always)]
    fn add(self, a: Lanes, b: Lanes) -> Lanes {
        zip(a, b, u64::wrapping_add)
    }
    #[inline(always)]
    fn sub(self, a: Lanes, b: Lanes) -> Lanes {
        zip(a, b, u64::wrapping_sub)
    }
    #[inline(always)]
    fn mul_low(self, a: Lanes, b: Lanes) -> Lanes {
        zip(a, b, |a, b| (a & EPSILON) * (b & EPSILON))
    }
    #[inline(always)]
    fn low(self, a: Lanes) -> Lanes {
        a.map(|a| a & EPSILON)
    }
    #[inline(always)]
    fn high(self, a: Lanes) -> Lanes {
        a.map(|a| a >> 32)
    }
    #[inline(always)]
    fn raise(self, a: Lanes) -> Lanes {
        a.map(|a| a << 32)
    }
    #[inline(always)]
    fn if_less(self, a: Lanes, b: Lanes, then: Lanes, otherwise: Lanes) -> Lanes {
        std::array::from_fn(|lane| {
            if a[lane] < b[lane] {
                then[lane]
            } else {
                otherwise[lane]
            }
        })
    }
}

/// AVX-512: one 512-bit register.
#[cfg(target_arch = "x86_64")]
mod avx512 {
    use super::{EPSILON, Lanes, Vectors};
    use pulp::x86::V4;
    use pulp::{cast, u64x8};

    impl Vectors for V4 {
        type Words = u64x8;

        #[inline(always)]
        fn load(self, words: &Lanes) -> u64x8 {
            cast(*words)
        }
        #[inline(always)]
        fn store(self, words: u64x8) -> Lanes {
            cast(words)
        }
        #[inline(always)]
        fn splat(self, word: u64) -> u64x8 {
            self.splat_u64x8(word)
        }
        #[inline(always)]
        fn add(self, a: u64x8, b: u64x8) -> u64x8 {
            self.wrapping_add_u64x8(a, b)
        }
        #[inline(always)]
        fn sub(self, a: u64x8, b: u64x8) -> u64x8 {
            self.wrapping_sub_u64x8(a, b)
        }
        #[inline(always)]
        fn mul_low(self, a: u64x8, b: u64x8) -> u64x8 {
            cast(self.avx512f._mm512_mul_epu32(cast(a), cast(b)))
        }
        #[inline(always)]
        fn low(self, a: u64x8) -> u64x8 {
            self.and_u64x8(a, self.splat_u64x8(EPSILON))
        }
        #[inline(always)]
        fn high(self, a: u64x8) -> u64x8 {
            self.shr_const_u64x8::<32>(a)
        }
        #[inline(always)]
        fn raise(self, a: u64x8) -> u64x8 {
            self.shl_const_u64x8::<32>(a)
        }
        #[inline(always)]
        fn if_less(self, a: u64x8, b: u64x8, then: u64x8, otherwise: u64x8) -> u64x8 {
            self.select_u64x8(self.cmp_lt_u64x8(a, b), then, otherwise)
        }
    }
}

/// AVX2: two 256-bit registers.
#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::{EPSILON, Lanes, Vectors};
    use pulp::x86::V3;
    use pulp::{cast, u64x4};

    type Pair = [u64x4; 2];

    #[inline(always)]
    fn zip(a: Pair, b: Pair, operation: impl Fn(u64x4, u64x4) -> u64x4) -> Pair {
        [operation(a[0], b[0]), operation(a[1], b[1])]
    }

    impl Vectors for V3 {
        type Words = Pair;

        #[inline(always)]
        fn load(self, words: &Lanes) -> Pair {
            cast(*words)
        }
        #[inline(always)]
        fn store(self, words: Pair) -> Lanes {
            cast(words)
        }
        #[inline(always)]
        fn splat(self, word: u64) -> Pair {
            [self.splat_u64x4(word); 2]
        }
        #[inline(always)]
        fn add(self, a: Pair, b: Pair) -> Pair {
            zip(a, b, |a, b| self.wrapping_add_u64x4(a, b))
        }
        #[inline(always)]
        fn sub(self, a: Pair, b: Pair) -> Pair {
            zip(a, b, |a, b| self.wrapping_sub_u64x4(a, b))
        }
        #[inline(always)]
        fn mul_low(self, a: Pair, b: Pair) -> Pair {
            zip(a, b, |a, b| {
                cast(self.avx2._mm256_mul_epu32(cast(a), cast(b)))
            })
        }
        #[inline(always)]
        fn low(self, a: Pair) -> Pair {
            a.map(|a| self.and_u64x4(a, self.splat_u64x4(EPSILON)))
        }
        #[inline(always)]
        fn high(self, a: Pair) -> Pair {
            a.map(|a| self.shr_const_u64x4::<32>(a))
        }
        #[inline(always)]
        fn raise(self, a: Pair) -> Pair {
            a.map(|a| self.shl_const_u64x4::<32>(a))
        }
        #[inline(always)]
        fn if_less(self, a: Pair, b: Pair, then: Pair, otherwise: Pair) -> Pair {
            std::array::from_fn(|i| {
                self.select_u64x4(self.cmp_lt_u64x4(a[i], b[i]), then[i], otherwise[i])
            })
        }
    }
}
