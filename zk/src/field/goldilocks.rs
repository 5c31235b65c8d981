//! `FpConfig` of the Goldilocks prime with canonical words and direct reduction.

use ark_ff::{BigInt, Fp, FpConfig, PrimeField, SqrtPrecomputation};
use core::marker::PhantomData;

/// The modulus `2^64 - 2^32 + 1`.
pub const P: u64 = 0xffff_ffff_0000_0001;
/// `2^32 - 1 = 2^64 mod p`.
const EPSILON: u64 = 0xffff_ffff;

type Element = Fp<Goldilocks, 1>;

/// Arithmetic of `F`: elements are canonical `u64`, never Montgomery form.
#[derive(Clone, Copy, Debug)]
pub struct Goldilocks;

const fn element(value: u64) -> Element {
    Fp(BigInt([value]), PhantomData)
}

/// `value` if `condition`, else 0, without a branch.
#[inline(always)]
const fn mask(condition: bool, value: u64) -> u64 {
    (condition as u64).wrapping_neg() & value
}

/// Canonical residue of a 128-bit integer.
#[inline(always)]
const fn reduce128(x: u128) -> u64 {
    let low = x as u64;
    let high = (x >> 64) as u64;
    let high_high = high >> 32;
    let high_low = high & EPSILON;
    // low - high_high (2^96 = -1); a wrap is worth 2^64 = 2^32 - 1.
    let (difference, borrow) = low.overflowing_sub(high_high);
    let difference = difference.wrapping_sub(mask(borrow, EPSILON));
    // + high_low * (2^32 - 1) (2^64 = 2^32 - 1)
    let (sum, carry) = difference.overflowing_add((high_low << 32) - high_low);
    let sum = sum.wrapping_add(mask(carry, EPSILON));
    let (reduced, below) = sum.overflowing_sub(P);
    if below { sum } else { reduced }
}

#[inline(always)]
const fn add(a: u64, b: u64) -> u64 {
    // a - (p - b), plus p (that is, minus 2^32 - 1 modulo 2^64) after a wrap.
    sub(a, P - b)
}

#[inline(always)]
const fn sub(a: u64, b: u64) -> u64 {
    let (difference, borrow) = a.overflowing_sub(b);
    difference.wrapping_sub(mask(borrow, EPSILON))
}

#[inline(always)]
const fn mul(a: u64, b: u64) -> u64 {
    reduce128((a as u128) * (b as u128))
}

/// `a^(2^n)`.
const fn square_times(mut a: u64, n: u32) -> u64 {
    let mut i = 0;
    while i < n {
        a = mul(a, a);
        i += 1;
    }
    a
}

/// `a^(p-2)`, by an addition chain for `p - 2 = (2^31 - 1) 2^33 + (2^32 - 1)`.
const fn invert(a: u64) -> u64 {
    let e2 = mul(square_times(a, 1), a);
    let e4 = mul(square_times(e2, 2), e2);
    let e8 = mul(square_times(e4, 4), e4);
    let e16 = mul(square_times(e8, 8), e8);
    let e24 = mul(square_times(e16, 8), e8);
    let e28 = mul(square_times(e24, 4), e4);
    let e30 = mul(square_times(e28, 2), e2);
    let e31 = mul(square_times(e30, 1), a);
    let e32 = mul(square_times(e31, 1), a);
    mul(square_times(e31, 33), e32)
}

impl FpConfig<1> for Goldilocks {
    const MODULUS: BigInt<1> = BigInt([P]);
    const GENERATOR: Element = element(7);
    const ZERO: Element = element(0);
    const ONE: Element = element(1);
    const NEG_ONE: Element = element(P - 1);
    const TWO_ADICITY: u32 = 32;
    const TWO_ADIC_ROOT_OF_UNITY: Element = element(1753635133440165772);
    const SQRT_PRECOMP: Option<SqrtPrecomputation<Element>> =
        Some(SqrtPrecomputation::TonelliShanks {
            two_adicity: 32,
            quadratic_nonresidue_to_trace: Self::TWO_ADIC_ROOT_OF_UNITY,
            trace_of_modulus_minus_one_div_two: &<Element as PrimeField>::TRACE_MINUS_ONE_DIV_TWO.0,
        });

    #[inline(always)]
    fn add_assign(a: &mut Element, b: &Element) {
        *a = element(add(a.0.0[0], b.0.0[0]));
    }

    #[inline(always)]
    fn sub_assign(a: &mut Element, b: &Element) {
        *a = element(sub(a.0.0[0], b.0.0[0]));
    }

    #[inline(always)]
    fn double_in_place(a: &mut Element) {
        *a = element(add(a.0.0[0], a.0.0[0]));
    }

    #[inline(always)]
    fn neg_in_place(a: &mut Element) {
        let value = a.0.0[0];
        *a = element(if value == 0 { 0 } else { P - value });
    }

    #[inline(always)]
    fn mul_assign(a: &mut Element, b: &Element) {
        *a = element(mul(a.0.0[0], b.0.0[0]));
    }

    #[inline(always)]
    fn sum_of_products<const T: usize>(a: &[Element; T], b: &[Element; T]) -> Element {
        let sum = a
            .iter()
            .zip(b)
            .fold(0, |sum, (x, y)| add(sum, mul(x.0.0[0], y.0.0[0])));
        element(sum)
    }

    #[inline(always)]
    fn square_in_place(a: &mut Element) {
        *a = element(mul(a.0.0[0], a.0.0[0]));
    }

    fn inverse(a: &Element) -> Option<Element> {
        (a.0.0[0] != 0).then(|| element(invert(a.0.0[0])))
    }

    fn from_bigint(other: BigInt<1>) -> Option<Element> {
        (other.0[0] < P).then(|| element(other.0[0]))
    }

    #[inline(always)]
    fn into_bigint(other: Element) -> BigInt<1> {
        other.0
    }
}
