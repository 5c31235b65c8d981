//! Forgeries of a linear layer.

use blindproof_fhe::{modulus, program::Operation};
use blindproof_zk::field::F;

use crate::{
    statement::{PublicData, Statement},
    testkit::{Fixture, assert_fails, forge_with},
};

const CHECK: &str = "linear layer";

#[test]
fn accepts_honest_layers() {
    let verified = Fixture::tiny().forge("linear", |_| {}, |_, _| {}).unwrap();
    assert_eq!(
        (verified.coverage[0].proven, verified.coverage[0].total),
        (21, 21)
    );
}

#[test]
fn rejects_changed_words_of_a_hidden_output() {
    let fixture = Fixture::tiny();
    let dimension = fixture.trace.wires[1].ncols() - 1;
    for word in [0, 17, dimension - 1, dimension] {
        let forged = fixture.forge(
            "linear",
            |trace| trace.wires[1][(4, word)] = modulus::add(trace.wires[1][(4, word)], 1),
            |_, _| {},
        );
        assert_fails(forged, CHECK);
    }
}

#[test]
fn rejects_changed_words_of_the_public_output() {
    let fixture = Fixture::tiny();
    let output = fixture.program.output.0;
    for (row, word) in [(0, 0), (5, 3), (3, fixture.trace.wires[output].ncols() - 1)] {
        let forged = fixture.forge(
            "linear",
            |trace| {
                trace.wires[output][(row, word)] = modulus::sub(trace.wires[output][(row, word)], 1)
            },
            |_, _| {},
        );
        assert_fails(forged, CHECK);
    }
}

#[test]
fn rejects_rows_of_two_images_swapped() {
    let fixture = Fixture::tiny();
    let forged = fixture.forge(
        "layer:0",
        |trace| {
            let (a, b) = (
                trace.wires[1].row(0).to_owned(),
                trace.wires[1].row(5).to_owned(),
            );
            trace.wires[1].row_mut(0).assign(&b);
            trace.wires[1].row_mut(5).assign(&a);
        },
        |_, _| {},
    );
    assert_fails(forged, CHECK);
}

#[test]
fn rejects_a_server_that_uses_another_weight_or_bias() {
    let fixture = Fixture::tiny();
    let output = fixture.output(&fixture.trace);
    let honest = PublicData {
        program: &fixture.program,
        keys: &fixture.keys,
        input: &fixture.input,
        output: &output,
    };
    for change_bias in [false, true] {
        let mut program = fixture.program.clone();
        let Operation::Linear(map) = &mut program.nodes[0].operation else {
            panic!("a linear layer")
        };
        if change_bias {
            map.bias[2] = modulus::add(map.bias[2], 1 << 40);
        } else {
            map.weights[(2, 1)] += 1;
        }
        let (trace, _) =
            blindproof_fhe::evaluate::evaluate(&program, &fixture.keys, &fixture.input, &())
                .unwrap();
        let forged_output = fixture.output(&trace);
        let verifier = PublicData {
            output: &forged_output,
            ..honest
        };
        let server = PublicData {
            program: &program,
            ..verifier
        };
        let statement = Statement::new(&verifier, "linear".parse().unwrap(), 128).unwrap();
        let forged = forge_with(&statement, &verifier, &server, &trace, |_, _| {});
        assert_fails(forged, CHECK);
    }
}

#[test]
fn rejects_a_tape_that_differs_from_the_trace() {
    let fixture = Fixture::tiny();
    let forged = fixture.forge(
        "linear",
        |_| {},
        |_, columns| columns[0][9] += F::from(1u64),
    );
    assert_fails(forged, CHECK);
}
