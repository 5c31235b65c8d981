//! Forgeries of a blind rotation.

use blindproof_fhe::{modulus, program::OperationKind};

use crate::testkit::{
    Fixture, assert_every_small_set_is_proven, assert_rows_of_every_small_set_are_proven,
};

#[test]
fn accepts_honest_blind_rotations_of_every_small_set() {
    assert_every_small_set_is_proven("blindrotation", OperationKind::BlindRotation);
}

#[test]
fn accepts_single_rows_and_lists_of_every_small_set() {
    assert_rows_of_every_small_set_are_proven(OperationKind::BlindRotation);
}

#[test]
fn rejects_a_changed_row_in_the_list_and_says_nothing_of_others() {
    let fixture = Fixture::tiny();
    let (_, output) = fixture.wires_of(OperationKind::BlindRotation);
    let change = |row: usize| {
        fixture.forge(
            "node:3/0-3+7",
            |trace| trace.wires[output][(row, 2)] = modulus::add(trace.wires[output][(row, 2)], 1),
            |_, _| {},
        )
    };
    for row in [0, 7] {
        change(row).unwrap_err().rejection();
    }
    for row in [4, 14] {
        change(row).unwrap();
    }
}
