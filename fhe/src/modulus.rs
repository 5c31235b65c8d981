//! Arithmetic modulo the ciphertext modulus `p = 2^64 - 2^32 + 1`.
//!
//! A *word* is a `u64`; it is *canonical* when it is below [`P`]. Every function here takes canonical
//! words and returns a canonical word, exactly (no floating point, no rounding).

/// The ciphertext modulus `p = 2^64 - 2^32 + 1` (a prime; 7 generates its multiplicative group).
pub const P: u64 = 0xFFFF_FFFF_0000_0001;

/// `2^64 mod p = 2^32 - 1`.
pub(crate) const EPSILON: u64 = 0xFFFF_FFFF;

/// `a + b mod p`.
#[inline(always)]
pub const fn add(a: u64, b: u64) -> u64 {
    let complement = P - b;
    if a >= complement {
        a - complement
    } else {
        a + b
    }
}

/// `a - b mod p`.
#[inline(always)]
pub const fn sub(a: u64, b: u64) -> u64 {
    if a >= b { a - b } else { a + (P - b) }
}

/// `-a mod p`.
#[inline(always)]
pub const fn neg(a: u64) -> u64 {
    if a == 0 { 0 } else { P - a }
}

/// `a * b mod p`.
#[inline(always)]
pub const fn mul(a: u64, b: u64) -> u64 {
    reduce(a as u128 * b as u128)
}

/// Any 128-bit integer modulo `p`, from `2^64 = 2^32 - 1` and `2^96 = -1`.
#[inline(always)]
pub const fn reduce(x: u128) -> u64 {
    let low = x as u64;
    let high = (x >> 64) as u64;
    let (mut t, borrow) = low.overflowing_sub(high >> 32);
    if borrow {
        t = t.wrapping_sub(EPSILON);
    }
    let product = (high & EPSILON) * EPSILON;
    let (mut r, carry) = t.overflowing_add(product);
    if carry {
        r = r.wrapping_add(EPSILON);
    }
    if r >= P { r - P } else { r }
}

/// `a^exponent mod p`.
pub const fn pow(a: u64, mut exponent: u64) -> u64 {
    let mut base = a;
    let mut result = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = mul(result, base);
        }
        base = mul(base, base);
        exponent >>= 1;
    }
    result
}

/// The inverse of `a`, or 0 for `a = 0`.
pub const fn inverse(a: u64) -> u64 {
    pow(a, P - 2)
}

/// A signed integer as a word: `v mod p`.
#[inline(always)]
pub const fn from_i64(v: i64) -> u64 {
    if v >= 0 {
        let v = v as u64;
        if v >= P { v - P } else { v }
    } else {
        P - v.unsigned_abs()
    }
}

/// A signed 128-bit integer as a word: `v mod p`.
#[inline(always)]
pub const fn from_i128(v: i128) -> u64 {
    let magnitude = reduce(v.unsigned_abs());
    if v < 0 { neg(magnitude) } else { magnitude }
}

/// The representative of a canonical word in `[-(p-1)/2, (p-1)/2]`.
#[inline(always)]
pub const fn to_signed(x: u64) -> i64 {
    if x <= P / 2 {
        x as i64
    } else {
        -((P - x) as i64)
    }
}

/// Whether `x` is below `p`.
#[inline(always)]
pub const fn is_canonical(x: u64) -> bool {
    x < P
}

/// Position of the first word that is not canonical.
pub(crate) fn first_non_canonical(words: &[u64]) -> Option<usize> {
    words.iter().position(|&word| !is_canonical(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const P_WIDE: i128 = P as i128;

    fn word() -> impl Strategy<Value = u64> {
        prop_oneof![
            0..P,
            0..4u64,
            P - 4..P,
            (EPSILON - 2)..(EPSILON + 3),
            Just(P / 2),
            Just(P / 2 + 1)
        ]
    }

    proptest! {
        #[test]
        fn field_operations_match_wide_integers(a in word(), b in word()) {
            let (x, y) = (a as i128, b as i128);
            prop_assert_eq!(add(a, b) as i128, (x + y) % P_WIDE);
            prop_assert_eq!(sub(a, b) as i128, (x - y).rem_euclid(P_WIDE));
            prop_assert_eq!(neg(a) as i128, (-x).rem_euclid(P_WIDE));
            prop_assert_eq!(mul(a, b) as u128, (a as u128 * b as u128) % P as u128);
            if a != 0 {
                prop_assert_eq!(mul(a, inverse(a)), 1);
            }
        }

        #[test]
        fn reductions_match_wide_integers(v in any::<i128>(), w in any::<i64>()) {
            prop_assert_eq!(reduce(v as u128) as u128, (v as u128) % P as u128);
            prop_assert_eq!(from_i128(v) as i128, v.rem_euclid(P_WIDE));
            prop_assert_eq!(from_i64(w) as i128, (w as i128).rem_euclid(P_WIDE));
        }

        #[test]
        fn centred_representative_returns(a in word()) {
            prop_assert_eq!(from_i64(to_signed(a)), a);
        }
    }
}
