use super::lanes::{broadcast, ext, from_ext, horizontal_sum};
use super::*;
use ark_ff::{Fp64, MontBackend, MontConfig, One, PrimeField, UniformRand, Zero};
use p3_field::{Field as _, PrimeField64};
use p3_goldilocks::Goldilocks as P3;
use proptest::prelude::*;

#[derive(MontConfig)]
#[modulus = "18446744069414584321"]
#[generator = "7"]
struct Montgomery;
type M = Fp64<MontBackend<Montgomery, 1>>;

/// Words near the places where reductions carry or borrow, and random ones.
fn any_word() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        (0..4_u64).prop_map(|i| P.wrapping_sub(2).wrapping_add(i)),
        (0..4_u64).prop_map(|i| u64::MAX - i),
        (0..4_u64).prop_map(|i| (1 << 32) - 2 + i),
        0..4_u64,
    ]
}

fn any_k() -> impl Strategy<Value = K> {
    [any_word(), any_word(), any_word()].prop_map(|[a, b, c]| K::new(f(a), f(b), f(c)))
}

proptest! {
    #[test]
    fn base_field_agrees_with_montgomery_and_p3(a in any_word(), b in any_word()) {
        let (x, y) = (f(a), f(b));
        let (mx, my) = (M::from(a), M::from(b));
        let (px, py) = (P3::new(a), P3::new(b));
        let same = |ours: F, theirs: M, p3: P3| {
            to_word(ours) == theirs.into_bigint().0[0] && to_word(ours) == p3.as_canonical_u64()
        };
        prop_assert!(same(x, mx, px));
        prop_assert!(same(x + y, mx + my, px + py));
        prop_assert!(same(x - y, mx - my, px - py));
        prop_assert!(same(-x, -mx, -px));
        prop_assert!(same(x * y, mx * my, px * py));
        prop_assert!(same(x.square(), mx.square(), px * px));
        prop_assert!(same(x.double(), mx.double(), px + px));
        if let Some(inverse) = x.inverse() {
            prop_assert!(same(inverse, mx.inverse().unwrap(), px.inverse()));
        } else {
            prop_assert!(x.is_zero());
        }
        prop_assert!(to_word(x * y) < P);
        prop_assert_eq!(F::from_bigint(x.into_bigint()), Some(x));
    }

    #[test]
    fn cubic_product_is_the_product_modulo_x3_minus_2(a in any_k(), b in any_k()) {
        let mut c = [F::zero(); 5];
        for (i, x) in [a.c0, a.c1, a.c2].into_iter().enumerate() {
            for (j, y) in [b.c0, b.c1, b.c2].into_iter().enumerate() {
                c[i + j] += x * y;
            }
        }
        let two = f(2);
        let expected = K::new(c[0] + two * c[3], c[1] + two * c[4], c[2]);
        prop_assert_eq!(a * b, expected);
        prop_assert_eq!(a.square(), a * a);
        prop_assert_eq!(from_ext(ext(a) * ext(b)), expected);
        prop_assert_eq!(scale(a, b.c0), a * k(b.c0));
        if let Some(inverse) = invert(a) {
            prop_assert!((a * inverse).is_one());
        }
    }

    #[test]
    fn frobenius_is_the_pth_power(a in any_k()) {
        let mut image = a;
        image.frobenius_map_in_place(1);
        prop_assert_eq!(image, a.pow([P]));
    }
}

#[test]
fn two_is_no_cube_and_seven_no_square() {
    assert!(!f(2).pow([(P - 1) / 3]).is_one());
    assert_eq!(f(7).pow([(P - 1) / 2]), -F::one());
    let r = K2::new(f(3), f(5));
    assert_eq!(r.square(), K2::new(f(9 + 7 * 25), f(30)));
}

#[test]
fn square_roots_exist_for_squares_only() {
    let mut rng = ark_std::test_rng();
    for _ in 0..20 {
        let a = K::rand(&mut rng);
        let root = a.square().sqrt().unwrap();
        assert!(root == a || root == -a);
        assert!((a.square() * k(f(7))).sqrt().is_none());
        let b = F::rand(&mut rng);
        assert!(b.square().sqrt().is_some());
    }
}

#[test]
fn lanes_hold_the_same_element_everywhere() {
    let a = K::new(f(P - 1), f(17), f(1 << 63));
    let width = <lanes::Lane as p3_field::PackedValue>::WIDTH as u64;
    assert_eq!(horizontal_sum(broadcast(a)), a * k(f(width)));
    assert_eq!(
        horizontal_sum(broadcast(a) * broadcast(a)),
        a * a * k(f(width))
    );
}

#[test]
fn serialization_is_canonical() {
    use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
    let mut bytes = Vec::new();
    f(P - 1).serialize_compressed(&mut bytes).unwrap();
    assert_eq!(bytes, (P - 1).to_le_bytes());
    assert!(F::deserialize_compressed(P.to_le_bytes().as_slice()).is_err());
}
