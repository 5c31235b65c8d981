//! Exponents that are not the committed ones.

use ark_ff::One;
use blindproof_fhe::program::OperationKind;
use blindproof_zk::field::F;
use ndarray::Array2;

use super::{
    EXPONENT_BITS, assert_own_opening_fails,
    mutant::{Mutant, blind_rotation, luts},
};
use crate::{
    testkit::{Fixture, Forgery, assert_fails},
    wire::Placement,
};

/// The exponents with bit `bit` of word `word` of row `row` flipped.
fn flipped(fixture: &Fixture, (row, word): (usize, usize), bit: u32) -> Array2<u64> {
    let (input, _) = fixture.wires_of(OperationKind::BlindRotation);
    let mut exponents = fixture.trace.wires[input].clone();
    exponents[(row, word)] ^= 1 << bit;
    exponents
}

/// A mask word of each step and the body; the lowest bit, the highest of the monomial, and the sign.
const PLACES: [((usize, usize), u32); 4] = [((0, 0), 0), ((14, 5), 5), ((3, 4), 6), ((9, 6), 6)];

#[test]
fn rejects_an_evaluation_with_another_exponent() {
    let fixture = Fixture::tiny();
    for (place, bit) in PLACES {
        let key = &fixture.keys.bootstrapping;
        Mutant::evaluated(fixture, key, luts(fixture), &flipped(fixture, place, bit))
            .assert_only_challenges_stop_it();
    }
}

#[test]
fn rejects_exponents_that_differ_from_the_wires() {
    // Evaluated, committed as bits and proven with the other exponent; the wire keeps the true one.
    let fixture = Fixture::tiny();
    let (input, output) = fixture.wires_of(OperationKind::BlindRotation);
    for (place, bit) in PLACES {
        let exponents = flipped(fixture, place, bit);
        let key = &fixture.keys.bootstrapping;
        let outputs =
            blindproof_fhe::evaluate::blind_rotation(key, luts(fixture), &exponents, &|_, _| ())
                .unwrap();
        let forged = fixture.forge(
            "blindrotation",
            |trace| {
                trace.wires[input] = exponents.clone();
                trace.wires[output] = outputs;
            },
            |plan, columns| {
                for (id, values) in plan.wires[input].witness(&fixture.trace.wires[input]) {
                    columns[id.index()] = values;
                }
            },
        );
        assert_fails(forged, EXPONENT_BITS);
    }
}

#[test]
fn accepts_the_other_exponent_when_the_wire_has_it_too() {
    let fixture = Fixture::tiny();
    for (place, bit) in PLACES {
        Mutant::with_exponents(fixture, &flipped(fixture, place, bit))
            .prove()
            .unwrap();
    }
}

#[test]
fn rejects_bits_that_are_not_those_the_algebra_used() {
    let fixture = Fixture::tiny();
    for bit in [0, 6] {
        let forged = fixture.forge(
            "blindrotation",
            |_| {},
            |plan, columns| {
                let cell = &mut columns[blind_rotation(plan).bits[bit].index()][8];
                *cell = F::one() - *cell;
            },
        );
        assert_own_opening_fails(forged);
    }
}

#[test]
fn bits_other_than_zero_and_one_cannot_be_proven() {
    // e = 2 + 0 spelled as 0 + 2 * 1 or 2 * 1 + 4 * 0: only bits are in the table.
    let forged = Fixture::tiny().forge(
        "blindrotation",
        |_| {},
        |plan, columns| columns[blind_rotation(plan).bits[0].index()][8] = F::from(2u64),
    );
    assert!(matches!(forged, Err(Forgery::Prover(_))));
}

#[test]
fn one_free_cell_closes_the_equation_at_a_known_point_only() {
    // BR-12 at a chosen point: the forger flips one bit and corrects one word of the wire, which no table bounds here.
    use ark_ff::{Field, Zero};
    use blindproof_zk::{field::K, multilinear::evaluate_base};

    let fixture = Fixture::tiny();
    let (input, _) = fixture.wires_of(OperationKind::BlindRotation);
    let mut wire: Vec<F> = Vec::new();
    let mut bits: Vec<Vec<F>> = Vec::new();
    fixture
        .forge(
            "blindrotation",
            |_| {},
            |plan, columns| {
                let Placement::Row { cells } = plan.wires[input].placement else {
                    panic!("exponents are a row wire")
                };
                wire = columns[cells.index()].clone();
                let ids = &blind_rotation(plan).bits;
                bits = ids.iter().map(|id| columns[id.index()].clone()).collect();
            },
        )
        .unwrap();
    let vars = wire.len().next_power_of_two().ilog2() as usize;
    let residual = |wire: &[F], bits: &[Vec<F>], seed: u64| {
        let point: Vec<K> = (0..vars as u64)
            .map(|i| K::from(seed * 1000 + 7 * i + 3))
            .collect();
        let weighted = bits.iter().enumerate();
        let sum: K = weighted
            .map(|(bit, values)| evaluate_base(values, &point) * K::from(1u64 << bit))
            .sum();
        let mut unit = vec![F::zero(); wire.len()];
        unit[11] = F::one();
        (
            sum - evaluate_base(wire, &point),
            evaluate_base(&unit, &point),
        )
    };
    assert!(residual(&wire, &bits, 1).0.is_zero());
    bits[2][8] = F::one() - bits[2][8];
    let (difference, weight) = residual(&wire, &bits, 1);
    let correction = difference * weight.inverse().unwrap();
    // At a point of the base field the correction is a base element.
    wire[11] += correction.c0;
    assert!(residual(&wire, &bits, 1).0.is_zero());
    assert!(!residual(&wire, &bits, 2).0.is_zero());
}
