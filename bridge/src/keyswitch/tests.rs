//! Forgeries of a key switch.

use std::sync::Arc;

use ark_ff::Field;
use blindproof_fhe::{
    keys::{ClientKey, SeedSource},
    modulus,
    program::OperationKind,
};
use blindproof_zk::field::{F, to_word};

use crate::{
    ProverData,
    plan::{NodePlan, Plan},
    split::toy::{self, BITS, TOY, Toy},
    statement::{PublicData, Statement},
    testkit::{
        Fixture, assert_every_small_set_is_proven, assert_fails,
        assert_rows_of_every_small_set_are_proven, forge_with, refresh_inverse,
    },
};

use super::KeySwitchPlan;

const RECOMPOSITION: &str = "key switch digits recompose the input";
const PRODUCT: &str = "key switch matrix product";

fn key_switch(plan: &Plan) -> &KeySwitchPlan {
    plan.nodes
        .iter()
        .find_map(|node| match node {
            NodePlan::KeySwitch(plan) => Some(plan),
            _ => None,
        })
        .unwrap()
}

/// For every word of a toy field: one choice of balanced digits, remainder and inverse, those of the canonical word.
#[test]
fn every_word_of_a_toy_field_has_exactly_one_decomposition() {
    // Base 2^beta, l levels: chunks of the digits, then of the remainder, cut at the border of the halves.
    for (beta, levels, widths) in [
        (2, 2, vec![2, 2, 4]),
        (1, 3, vec![1, 1, 1, 1, 4]),
        (4, 1, vec![4, 4]),
        (2, 3, vec![2, 2, 2, 2]),
        (4, 2, vec![4, 4]),
    ] {
        let constant = |j: u32| 1u64 << (BITS - beta * j);
        let half = 1u64 << (beta - 1);
        let rest = BITS - beta * levels;
        let middle = (1u64 << rest) / 2;
        let offset = (1..=levels).map(|j| half * constant(j)).sum::<u64>() + middle;
        let candidates = toy::all_chunks(&widths);
        for word in 0..TOY {
            let mut found = Vec::new();
            for chunks in &candidates {
                let y = toy::spelled(chunks);
                let digit = |j: u32| (y >> (BITS - beta * j)) & ((1 << beta) - 1);
                let sum: Toy = (1..=levels)
                    .map(|j| (Toy::from(digit(j)) - Toy::from(half)) * Toy::from(constant(j)))
                    .sum();
                let remainder = Toy::from(y & ((1 << rest) - 1)) - Toy::from(middle);
                if sum + remainder == Toy::from(word) {
                    found.extend((0..TOY).filter(|inv| toy::accepts(chunks, *inv)).map(|_| y));
                }
            }
            assert_eq!(found, [(word + offset) % TOY], "{beta} {levels} {word}");
        }
    }
}

#[test]
fn accepts_honest_key_switches_of_every_small_set() {
    assert_every_small_set_is_proven("keyswitch", OperationKind::KeySwitch);
}

#[test]
fn rejects_changed_words_of_the_output() {
    let fixture = Fixture::tiny();
    let (_, output) = fixture.wires_of(OperationKind::KeySwitch);
    for (row, word) in [
        (0, 0),
        (14, 2),
        (7, fixture.trace.wires[output].ncols() - 1),
    ] {
        let forged = fixture.forge(
            "keyswitch",
            |trace| {
                trace.wires[output][(row, word)] = modulus::add(trace.wires[output][(row, word)], 1)
            },
            |_, _| {},
        );
        assert_fails(forged, PRODUCT);
    }
}

#[test]
fn rejects_one_changed_digit() {
    let forged = Fixture::tiny().forge(
        "keyswitch",
        |_| {},
        |plan, columns| {
            let digits = &mut columns[key_switch(plan).digit_columns()[3].index()];
            digits[5] = F::from(3u64) - digits[5];
            refresh_inverse(&key_switch(plan).split, columns);
        },
    );
    assert_fails(forged, RECOMPOSITION);
}

#[test]
fn rejects_a_digit_moved_to_the_next_level() {
    // u_j + 1 and u_{j+1} - B spell the same word; the second is out of range unless B wraps it, so the forger
    // leaves it in range and pays in the recomposition.
    let forged = Fixture::tiny().forge(
        "keyswitch",
        |_| {},
        |plan, columns| {
            let [first, second] =
                [0, 1].map(|level| key_switch(plan).digit_columns()[level].index());
            let row = (0..columns[first].len())
                .find(|i| to_word(columns[first][*i]) < 3)
                .unwrap();
            columns[first][row] += F::ONE;
            columns[second][row] = F::ONE;
            refresh_inverse(&key_switch(plan).split, columns);
        },
    );
    assert_fails(forged, RECOMPOSITION);
}

#[test]
fn rejects_a_changed_remainder() {
    let forged = Fixture::tiny().forge(
        "keyswitch",
        |_| {},
        |plan, columns| {
            let remainder = &mut columns[key_switch(plan)
                .split
                .columns
                .chunks
                .last()
                .unwrap()
                .index()];
            remainder[0] = F::from(to_word(remainder[0]) ^ 1);
        },
    );
    assert_fails(forged, RECOMPOSITION);
}

#[test]
fn rejects_a_server_that_uses_another_key() {
    let fixture = Fixture::tiny();
    let parameters = fixture.keys.parameters();
    let mut seeds = SeedSource::reproducible([8; 32]);
    let client = ClientKey::generate(parameters, &mut seeds).unwrap();
    let other = Arc::new(client.generate_server_key(&mut seeds));
    let (trace, _) =
        blindproof_fhe::evaluate::evaluate(&fixture.program, &other, &fixture.input, &()).unwrap();
    let output = fixture.output(&trace);
    let honest = PublicData {
        program: &fixture.program,
        keys: fixture.keys.as_ref().into(),
        input: &fixture.input,
        output: &output,
    };
    let server = PublicData {
        keys: other.as_ref().into(),
        ..honest
    };
    let statement = Statement::new(&honest, "keyswitch".parse().unwrap(), 128).unwrap();
    let data = ProverData::new(&other, &trace);
    let forged = forge_with(&statement, &honest, &server, &data, &mut ());
    assert_fails(forged, PRODUCT);
}

#[test]
fn accepts_single_rows_and_lists_of_every_small_set() {
    assert_rows_of_every_small_set_are_proven(OperationKind::KeySwitch);
}

#[test]
fn rejects_a_changed_row_in_the_list_and_says_nothing_of_others() {
    let fixture = Fixture::tiny();
    let (input, output) = fixture.wires_of(OperationKind::KeySwitch);
    let change = |wire: usize, row: usize| {
        fixture.forge(
            "node:1/0-3+7",
            |trace| {
                trace.wires[wire][(row, 2)] = modulus::add(trace.wires[wire][(row, 2)], 1 << 60)
            },
            |_, _| {},
        )
    };
    for row in [0, 7] {
        assert_fails(change(output, row), PRODUCT);
        assert_fails(change(input, row), PRODUCT);
    }
    for row in [4, 14] {
        change(output, row).unwrap();
        change(input, row).unwrap();
    }
}

#[test]
fn rejects_digits_of_a_row_outside_the_list() {
    // Row 7 of the list gets the digits of row 8.
    let fixture = Fixture::tiny();
    let (input, _) = fixture.wires_of(OperationKind::KeySwitch);
    let forged = fixture.forge(
        "node:1/0-3+7",
        |_| {},
        |plan, columns| {
            let key_switch = key_switch(plan);
            let wire = &plan.wires[input];
            let mut trace = fixture.trace.wires[input].clone();
            let other = trace.row(8).to_owned();
            trace.row_mut(7).assign(&other);
            for (id, values) in key_switch.split.witness(&key_switch.words(wire, &trace)) {
                columns[id.index()] = values;
            }
        },
    );
    assert_fails(forged, RECOMPOSITION);
}
