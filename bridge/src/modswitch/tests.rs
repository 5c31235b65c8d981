//! The relation against the evaluator, and forgeries of a modulus switch.

use ark_ff::Field;
use blindproof_fhe::program::OperationKind;
use blindproof_zk::field::{F, to_word};

use crate::{
    plan::{NodePlan, Plan},
    split::toy::{self, BITS, HALF, TOY, Toy},
    testkit::{
        Fixture, assert_every_small_set_is_proven, assert_fails,
        assert_rows_of_every_small_set_are_proven, refresh_inverse,
    },
};

use super::ModulusSwitchPlan;

const RECOMPOSITION: &str = "modulus switch chunks recompose the input";
const OUTPUT: &str = "modulus switch exponents are the output";
const CORRECTION: &str = "modulus switch mean correction";

fn modulus_switch(plan: &Plan) -> &ModulusSwitchPlan {
    plan.nodes
        .iter()
        .find_map(|node| match node {
            NodePlan::ModulusSwitch(plan) => Some(plan),
            _ => None,
        })
        .unwrap()
}

/// Every pair (word, inverse) that the split accepts, by the value it stands for.
fn accepted_words() -> Vec<Vec<u64>> {
    let mut words = vec![Vec::new(); TOY as usize];
    for chunks in toy::all_chunks(&[HALF, HALF]) {
        let word = toy::spelled(&chunks);
        let inverses = (0..TOY).filter(|inverse| toy::accepts(&chunks, *inverse));
        words[(word % TOY) as usize].extend(inverses.map(|_| word));
    }
    words
}

/// All ciphertexts of two mask words and a body over a toy field: one choice of chunks, inverses, half and parity, and
/// the exponents are those of the integers.
#[test]
fn every_toy_ciphertext_has_exactly_one_switch() {
    const N: u64 = 2;
    let accepted = accepted_words();
    let field = |value: u64| value % TOY;
    for exponent_bits in [3, 4] {
        let dropped = BITS - exponent_bits;
        let step = 1u64 << (dropped - 1);
        let low = |y: u64| y & ((1 << HALF) - 1);
        let middle = |y: u64| (y >> HALF) & ((1 << (dropped - HALF)) - 1);
        for (z0, z1) in (0..TOY).flat_map(|a| (0..TOY).map(move |b| (a, b))) {
            // For each witness of the mask and of the sum: what is taken from the body.
            let mut corrections = Vec::new();
            for (y0, y1) in accepted[field(z0 + step) as usize].iter().flat_map(|a| {
                accepted[field(z1 + step) as usize]
                    .iter()
                    .map(move |b| (*a, *b))
            }) {
                for half in 0..1 << (HALF - 1 + N.next_power_of_two().trailing_zeros()) {
                    for parity in 0..2 {
                        if Toy::from(low(y0) + low(y1)) == Toy::from(2 * half + parity) {
                            let correction = ((middle(y0) + middle(y1)) << (HALF - 1)) + half;
                            corrections.push((y0, y1, correction));
                        }
                    }
                }
            }
            let [(y0, y1, correction)] = corrections[..] else {
                panic!("{z0} {z1}: {corrections:?}");
            };
            let mask = [field(z0 + step), field(z1 + step)];
            assert_eq!([y0, y1], mask);
            let dropped_sum: u64 = mask.iter().map(|y| y & ((1 << dropped) - 1)).sum();
            assert_eq!(correction, dropped_sum / 2);
        }
    }
    // The body follows: its word is fixed by the correction, and every word has one witness.
    assert!(accepted.iter().all(|words| words.len() == 1));
}

/// `2 half + parity` spells every sum of low parts once, as long as such sums are below the prime.
#[test]
fn half_and_parity_are_unique_while_the_sum_stays_below_the_prime() {
    let solutions = |n: u64, sum: u64| {
        let halves = 1u64 << (HALF - 1 + n.next_power_of_two().trailing_zeros());
        let pairs = (0..halves).flat_map(|half| [2 * half, 2 * half + 1]);
        pairs.filter(|value| value % TOY == sum % TOY).count()
    };
    for n in 1..=8 {
        assert!((0..=15 * n).all(|sum| solutions(n, sum) == 1), "{n}");
    }
    // 16 low parts reach beyond 241: the reason why the relation adds up 32 bits of a word and not all that is dropped.
    assert_eq!(solutions(16, 0), 2);
}

#[test]
fn accepts_honest_modulus_switches_of_every_small_set() {
    assert_every_small_set_is_proven("modswitch", OperationKind::ModulusSwitch);
}

#[test]
fn rejects_an_exponent_rounded_the_other_way() {
    let fixture = Fixture::tiny();
    let (_, output) = fixture.wires_of(OperationKind::ModulusSwitch);
    for (row, word) in [
        (0, 0),
        (14, 3),
        (7, fixture.trace.wires[output].ncols() - 1),
    ] {
        let forged = fixture.forge(
            "modswitch",
            |trace| {
                let exponent = &mut trace.wires[output][(row, word)];
                *exponent = if *exponent == 0 { 1 } else { *exponent - 1 };
            },
            |plan, columns| refresh_inverse(&modulus_switch(plan).split, columns),
        );
        assert_fails(forged, RECOMPOSITION);
    }
}

#[test]
fn rejects_a_changed_input() {
    let fixture = Fixture::tiny();
    let (input, _) = fixture.wires_of(OperationKind::ModulusSwitch);
    let forged = fixture.forge(
        "modswitch",
        |_| {},
        |plan, columns| {
            let crate::wire::Placement::Row { cells } = plan.wires[input].placement else {
                panic!("a row wire")
            };
            columns[cells.index()][3] += F::ONE;
        },
    );
    assert_fails(forged, RECOMPOSITION);
}

#[test]
fn rejects_a_missing_mean_correction() {
    // half and parity of one row lowered: the body would be rounded with less than the proven mean.
    let forged = Fixture::tiny().forge(
        "modswitch",
        |_| {},
        |plan, columns| {
            let (_, id) = modulus_switch(plan).half[0];
            let chunk = &mut columns[id.index()][2];
            *chunk = F::from(to_word(*chunk) ^ 1);
        },
    );
    // The word of the body no longer follows from half.
    assert_fails(forged, RECOMPOSITION);
}

#[test]
fn rejects_a_changed_parity() {
    let forged = Fixture::tiny().forge(
        "modswitch",
        |_| {},
        |plan, columns| {
            let parity = &mut columns[modulus_switch(plan).parity.index()][1];
            *parity = F::ONE - *parity;
        },
    );
    assert_fails(forged, CORRECTION);
}

#[test]
fn accepts_single_rows_and_lists_of_every_small_set() {
    assert_rows_of_every_small_set_are_proven(OperationKind::ModulusSwitch);
}

#[test]
fn rejects_a_changed_row_in_the_list_and_says_nothing_of_others() {
    let fixture = Fixture::tiny();
    let (_, output) = fixture.wires_of(OperationKind::ModulusSwitch);
    let change = |row: usize, chunk: bool| {
        fixture.forge(
            "node:2/0-3+7",
            |trace| trace.wires[output][(row, 2)] ^= 1,
            |plan, columns| {
                if chunk {
                    // Row 7 is number 4 of the list; rows have 8 cells.
                    let top = &mut columns[modulus_switch(plan).split.columns.chunks[0].index()];
                    top[4 * 8 + 2] = F::from(to_word(top[4 * 8 + 2]) ^ 1);
                    refresh_inverse(&modulus_switch(plan).split, columns);
                }
            },
        )
    };
    // The tape alone, or the chunk with it.
    assert_fails(change(7, false), OUTPUT);
    assert_fails(change(7, true), RECOMPOSITION);
    for row in [4, 14] {
        change(row, false).unwrap();
    }
}
