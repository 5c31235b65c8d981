//! Constraints of integers and of words modulo p inside the scalar field of BN254 (254 bits), where sums of up to 2^100
//! never wrap.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field, One, Zero};
use ark_relations::gr1cs::{ConstraintSystemRef, LinearCombination, SynthesisError, Variable};
use blindproof_fhe::modulus::P;

/// Bits of a quotient by p, its sign included: operations sum less than 2^32 times words of 64 bits.
const QUOTIENT_BITS: u32 = 34;

/// A linear combination under construction.
pub(super) type Terms = Vec<(Fr, Variable)>;

/// A variable and, when proving, its value.
#[derive(Clone, Copy)]
pub(super) struct Word {
    pub variable: Variable,
    pub value: Option<u64>,
}

/// A signed integer as a field element.
pub(super) fn signed(value: i128) -> Fr {
    let magnitude = Fr::from(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}

fn missing() -> SynthesisError {
    SynthesisError::AssignmentMissing
}

/// `a * b = c`.
fn product(
    cs: &ConstraintSystemRef<Fr>,
    a: Terms,
    b: Terms,
    c: Terms,
) -> Result<(), SynthesisError> {
    cs.enforce_r1cs_constraint(
        || LinearCombination(a),
        || LinearCombination(b),
        || LinearCombination(c),
    )
}

/// The sum is zero.
fn zero(cs: &ConstraintSystemRef<Fr>, sum: Terms) -> Result<(), SynthesisError> {
    product(cs, sum, vec![(Fr::one(), Variable::One)], Vec::new())
}

/// A public word.
pub(super) fn public(
    cs: &ConstraintSystemRef<Fr>,
    value: Option<u64>,
) -> Result<Word, SynthesisError> {
    let variable = cs.new_input_variable(|| value.map(Fr::from).ok_or_else(missing))?;
    Ok(Word { variable, value })
}

fn witness(cs: &ConstraintSystemRef<Fr>, value: Option<Fr>) -> Result<Variable, SynthesisError> {
    cs.new_witness_variable(|| value.ok_or_else(missing))
}

/// `count` bits, lowest first, each 0 or 1.
fn bits(
    cs: &ConstraintSystemRef<Fr>,
    value: Option<u128>,
    count: u32,
) -> Result<Vec<Variable>, SynthesisError> {
    (0..count)
        .map(|i| {
            let bit = witness(cs, value.map(|v| Fr::from((v >> i & 1) as u64)))?;
            let complement = vec![(Fr::one(), Variable::One), (-Fr::one(), bit)];
            product(cs, vec![(Fr::one(), bit)], complement, Vec::new())?;
            Ok(bit)
        })
        .collect()
}

/// `sum_i 2^i bit_i`, times `scale`.
pub(super) fn weighted(bits: &[Variable], scale: Fr) -> Terms {
    let mut power = scale;
    bits.iter()
        .map(|&bit| {
            let term = (power, bit);
            power.double_in_place();
            term
        })
        .collect()
}

/// `sum = word (mod p)`, where the sum's integer value is below `2^97` in absolute value: sum - word = p q.
pub(super) fn congruent(
    cs: &ConstraintSystemRef<Fr>,
    mut sum: Terms,
    value: Option<i128>,
    word: Word,
) -> Result<(), SynthesisError> {
    let offset = 1i128 << (QUOTIENT_BITS - 1);
    let quotient = value.zip(word.value).map(|(sum, word)| {
        let shifted = (sum - i128::from(word)).div_euclid(i128::from(P)) + offset;
        shifted.unsigned_abs()
    });
    let bits = bits(cs, quotient, QUOTIENT_BITS)?;
    sum.push((-Fr::one(), word.variable));
    sum.extend(weighted(&bits, -Fr::from(P)));
    sum.push((Fr::from(P) * signed(offset), Variable::One));
    zero(cs, sum)
}

/// The bits of `y = (word + offset) mod p`, `0 <= y < p`, lowest first; exactly one assignment satisfies them.
///
/// ```text
/// word + offset - p e = sum_i 2^i y_i,  e, y_i bits
/// s = y_32 + .. + y_63 - 32;  s v = 1 - t;  s t = 0         (t = 1 iff the top half is all ones)
/// t (sum_{i<32} 2^i y_i) = 0                                 (then the low half is 0: y = p - 1)
/// ```
pub(super) fn shifted_bits(
    cs: &ConstraintSystemRef<Fr>,
    word: Word,
    offset: u64,
) -> Result<Vec<Variable>, SynthesisError> {
    let split = word.value.map(|z| {
        let sum = u128::from(z) + u128::from(offset);
        (sum % u128::from(P), sum / u128::from(P))
    });
    constrain_shifted(cs, word, offset, split)
}

/// The constraints of [`shifted_bits`] for a claimed `(y, e)`.
fn constrain_shifted(
    cs: &ConstraintSystemRef<Fr>,
    word: Word,
    offset: u64,
    split: Option<(u128, u128)>,
) -> Result<Vec<Variable>, SynthesisError> {
    let y = split.map(|(y, _)| y);
    let e = bits(cs, split.map(|(_, e)| e), 1)?;
    let y_bits = bits(cs, y, 64)?;
    let mut recomposed = weighted(&y_bits, -Fr::one());
    recomposed.push((Fr::one(), word.variable));
    recomposed.push((Fr::from(offset), Variable::One));
    recomposed.extend(weighted(&e, -Fr::from(P)));
    zero(cs, recomposed)?;

    let top_sum = y.map(|y| signed(i128::from((y >> 32).count_ones()) - 32));
    let inverse = witness(cs, top_sum.map(|s| s.inverse().unwrap_or_else(Fr::zero)))?;
    let ones = top_sum.map(|s| if s.is_zero() { Fr::one() } else { Fr::zero() });
    let ones = witness(cs, ones)?;
    let (low, top) = y_bits.split_at(32);
    let mut s: Terms = top.iter().map(|&bit| (Fr::one(), bit)).collect();
    s.push((signed(-32), Variable::One));
    let complement = vec![(Fr::one(), Variable::One), (-Fr::one(), ones)];
    product(cs, s.clone(), vec![(Fr::one(), inverse)], complement)?;
    product(cs, s, vec![(Fr::one(), ones)], Vec::new())?;
    product(
        cs,
        weighted(low, Fr::one()),
        vec![(Fr::one(), ones)],
        Vec::new(),
    )?;
    Ok(y_bits)
}

#[cfg(test)]
mod tests {
    use ark_relations::gr1cs::ConstraintSystem;

    use super::*;

    fn satisfied(z: u64, offset: u64, split: (u128, u128)) -> bool {
        let cs = ConstraintSystem::new_ref();
        let word = public(&cs, Some(z)).unwrap();
        constrain_shifted(&cs, word, offset, Some(split)).unwrap();
        cs.finalize();
        cs.is_satisfied().unwrap()
    }

    /// `y` and `y + p` are the only 64-bit candidates; only the canonical one is accepted.
    #[test]
    fn shifted_words_have_one_split() {
        let p = u128::from(P);
        let offset = 1 << 40;
        for z in [
            0,
            5,
            P - 1,
            P - (1 << 40),
            P - (1 << 40) + 3,
            P - (1 << 40) - 1,
        ] {
            let sum = u128::from(z) + u128::from(offset);
            let (y, e) = (sum % p, sum / p);
            assert!(satisfied(z, offset, (y, e)), "{z}");
            assert!(!satisfied(z, offset, (y, 1 - e)), "{z}: another quotient");
            assert!(!satisfied(z, offset, (y ^ 1, e)), "{z}: another bit");
            if y + p < 1 << 64 {
                assert!(!satisfied(z, offset, (y + p, 0)), "{z}: not reduced");
            }
        }
    }

    #[test]
    fn sums_are_congruent_to_one_word() {
        let check = |sum: i128, word: u64| {
            let cs = ConstraintSystem::new_ref();
            let word = public(&cs, Some(word)).unwrap();
            let terms = vec![(signed(sum), Variable::One)];
            congruent(&cs, terms, Some(sum), word).unwrap();
            cs.finalize();
            cs.is_satisfied().unwrap()
        };
        let p = i128::from(P);
        for sum in [0, 7, -1, p, -p, 3 * p + 9, (p << 32) - 1, -(p << 32)] {
            let word = sum.rem_euclid(p) as u64;
            assert!(check(sum, word), "{sum}");
            assert!(!check(sum, word ^ 1), "{sum}");
        }
    }
}
