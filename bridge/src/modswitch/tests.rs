//! The relation against the evaluator, and forgeries of a modulus switch.

use ark_ff::Field;
use blindproof_fhe::program::OperationKind;
use blindproof_zk::field::{F, to_word};

use crate::{
    plan::{NodePlan, Plan},
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
