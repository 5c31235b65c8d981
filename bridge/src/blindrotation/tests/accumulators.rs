//! Accumulators that are not the evaluation's: digits, remainders, steps, rows, output.

use blindproof_fhe::{modulus, program::OperationKind};

use super::{OUTPUT_BODY, mutant::Mutant};
use crate::testkit::{Fixture, assert_fails};

fn mutant() -> Mutant<'static> {
    Mutant::honest(Fixture::tiny())
}

/// The word with one bit changed that stays canonical.
fn flipped(word: u64, bit: u32) -> u64 {
    let other = word ^ (1 << bit);
    assert!(other < modulus::P);
    other
}

#[test]
fn rejects_another_digit_in_the_leading_or_the_last_chunk() {
    // The last 41 bits are the remainder.
    for (place, bit) in [((1, 4, 9), 61), ((0, 14, 63), 41), ((1, 0, 0), 52)] {
        let mut mutant = mutant();
        let word = *mutant.word(1, place);
        mutant.change_before_last_step(place, flipped(word, bit));
        mutant.assert_only_challenges_stop_it();
    }
}

#[test]
fn rejects_another_remainder() {
    for (place, bit) in [((1, 4, 9), 0), ((0, 3, 1), 40), ((0, 14, 63), 17)] {
        let mut mutant = mutant();
        let word = *mutant.word(1, place);
        mutant.change_before_last_step(place, flipped(word, bit));
        mutant.assert_only_challenges_stop_it();
    }
}

#[test]
fn rejects_another_first_accumulator() {
    let mut mutant = mutant();
    for place in [(0, 2, 5), (1, 2, 5)] {
        let word = mutant.word(0, place);
        *word = modulus::add(*word, 1);
    }
    mutant.assert_only_challenges_stop_it();
}

#[test]
fn rejects_a_skipped_step() {
    // Exponents of zero make a step do nothing; the committed ones say otherwise.
    let fixture = Fixture::tiny();
    let (input, _) = fixture.wires_of(OperationKind::BlindRotation);
    for group in [0..3, 3..6] {
        let mut exponents = fixture.trace.wires[input].clone();
        for i in group {
            exponents[(7, i)] = 0;
        }
        let key = &fixture.keys.bootstrapping;
        Mutant::evaluated(fixture, key, super::mutant::luts(fixture), &exponents)
            .assert_only_challenges_stop_it();
    }
}

#[test]
fn rejects_swapped_steps() {
    let mut mutant = mutant();
    for c in 0..mutant.components() {
        for x in 0..64 {
            let first = *mutant.word(0, (c, 6, x));
            let second = std::mem::replace(mutant.word(1, (c, 6, x)), first);
            *mutant.word(0, (c, 6, x)) = second;
        }
    }
    mutant.assert_only_challenges_stop_it();
}

/// Swaps everything of two bootstraps, their results included.
fn swap_rows(mutant: &mut Mutant<'_>, a: usize, b: usize) {
    for c in 0..mutant.components() {
        for x in 0..64 {
            for h in 0..mutant.steps() {
                let first = *mutant.word(h, (c, a, x));
                let second = std::mem::replace(mutant.word(h, (c, b, x)), first);
                *mutant.word(h, (c, a, x)) = second;
            }
            let first = *mutant.last((c, a, x));
            let second = std::mem::replace(mutant.last((c, b, x)), first);
            *mutant.last((c, a, x)) = second;
        }
    }
}

#[test]
fn rejects_swapped_rows_of_one_shard_and_of_two() {
    // Shards hold rows 0-7, 8-11, 12-13, 14.
    for (a, b) in [(0, 1), (7, 8), (12, 14)] {
        let mut mutant = mutant();
        swap_rows(&mut mutant, a, b);
        mutant.assert_only_challenges_stop_it();
        swap_rows(&mut mutant, a, b);
        mutant.prove().unwrap();
    }
}

#[test]
fn rejects_another_coefficient_of_the_last_body() {
    // Not part of the output, but what makes it follow from the steps.
    let mut mutant = mutant();
    mutant.add_to_last((1, 3, 17), 1);
    mutant.assert_only_challenges_stop_it();
}

#[test]
fn rejects_another_output_word() {
    for place in [(0, 0, 0), (0, 14, 63), (0, 5, 31), (1, 5, 0)] {
        let mut mutant = mutant();
        mutant.add_to_last(place, modulus::P - 3);
        mutant.assert_only_challenges_stop_it();
    }
}

#[test]
fn rejects_an_output_body_that_is_not_the_last_accumulators() {
    let fixture = Fixture::tiny();
    let (_, output) = fixture.wires_of(OperationKind::BlindRotation);
    for row in [0, 14] {
        let forged = fixture.forge(
            "blindrotation",
            |trace| {
                let body = &mut trace.wires[output][(row, 64)];
                *body = modulus::add(*body, 1);
            },
            |_, _| {},
        );
        assert_fails(forged, OUTPUT_BODY);
    }
}

#[test]
fn rejects_chunks_that_are_not_those_the_algebra_used() {
    // Everything is sent for the true accumulators; one committed chunk is another.
    let fixture = Fixture::tiny();
    let chunks = super::mutant::chunks_of(fixture);
    for index in 0..chunks {
        let forged = fixture.forge(
            "blindrotation",
            |_| {},
            |plan, columns| {
                let id = super::mutant::blind_rotation(plan).shards[0].columns[1][index];
                let cell = &mut columns[id.index()][77];
                *cell = blindproof_zk::field::f(blindproof_zk::field::to_word(*cell) ^ 1);
            },
        );
        super::assert_own_opening_fails(forged);
    }
}
