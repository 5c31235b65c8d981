//! Forgeries of a linear layer.

use blindproof_fhe::{
    modulus,
    program::{Operation, OperationKind},
};
use blindproof_zk::field::{F, K};

use crate::{
    ProverData,
    plan::Plan,
    statement::{PublicData, Statement},
    testkit::{
        Attack, Fixture, assert_fails, assert_rows_of_every_small_set_are_proven, forge_with,
    },
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
        keys: fixture.keys.as_ref().into(),
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
        let data = ProverData::new(&fixture.keys, &trace);
        let forged = forge_with(&statement, &verifier, &server, &data, &mut ());
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

#[test]
fn accepts_single_rows_and_lists_of_every_small_set() {
    assert_rows_of_every_small_set_are_proven(OperationKind::Linear);
    // A public output: 6 rows.
    for rows in ["0", "5", "1+3-4"] {
        let selection = format!("node:4/{rows}");
        Fixture::tiny()
            .forge(&selection, |_| {}, |_, _| {})
            .unwrap();
    }
}

#[test]
fn rejects_a_changed_row_in_the_list_and_says_nothing_of_others() {
    let fixture = Fixture::tiny();
    let output = fixture.program.output.0;
    for (selection, wire, inside, outside) in [
        ("node:0/0-3+7", 1, 7, 6),
        ("node:0/9", 1, 9, 0),
        ("node:4/1+3-4", output, 4, 5),
    ] {
        let change = |row: usize| {
            fixture.forge(
                selection,
                |trace| trace.wires[wire][(row, 3)] = modulus::add(trace.wires[wire][(row, 3)], 1),
                |_, _| {},
            )
        };
        assert_fails(change(inside), CHECK);
        change(outside).unwrap();
    }
}

#[test]
fn rejects_a_list_proven_with_the_rows_in_another_order() {
    let fixture = Fixture::tiny();
    let forged = fixture.forge(
        "node:0/2+11",
        |trace| {
            let (a, b) = (
                trace.wires[1].row(2).to_owned(),
                trace.wires[1].row(11).to_owned(),
            );
            trace.wires[1].row_mut(2).assign(&b);
            trace.wires[1].row_mut(11).assign(&a);
        },
        |_, _| {},
    );
    assert_fails(forged, CHECK);
}

/// Sums of the table's outputs, the accumulators before it and the input: three wires, each read by two nodes.
fn residual() -> Fixture {
    let model = r#"{"format": 2, "name": "residual", "parameters": "insecure_tiny",
        "input": {"features": 3, "min": 0, "max": 1, "quantise": {"scale": [1], "offset": [0]}},
        "output": {"kind": "argmax"},
        "layers": [
        {"type": "dense", "name": "hidden", "weights": [[1, 1, 0], [0, 1, 1]], "bias": [0, 1]},
        {"type": "lut", "name": "square", "mode": "padded", "tables": [[0, 1, 4, 9]], "output_bits": 12},
        {"type": "sparse", "name": "sum", "inputs": [2, 1, 0],
         "rows": [[[0, 1], [2, 1], [4, -1]], [[1, 2], [3, -1], [6, 1]]], "bias": [3, -4]},
        {"type": "dense", "name": "output", "inputs": [3, 2], "weights": [[1, 1, 0, 2], [0, -1, 1, 0]], "bias": [0, 0]}]}"#;
    Fixture::of_model(model, 9)
}

#[test]
fn sums_of_several_wires_are_proven_in_every_selection() {
    let fixture = residual();
    for selection in ["all", "linear", "layer:2", "node:4/0+3", "sample:count=5"] {
        fixture.forge(selection, |_| {}, |_, _| {}).unwrap();
    }
}

#[test]
fn rejects_changed_words_of_sums_of_several_wires() {
    let fixture = residual();
    let wires = fixture.program.wires.len();
    // The output of the sum (hidden), and of the last layer (public).
    for wire in [wires - 2, wires - 1] {
        for selection in ["all", "linear"] {
            let forged = fixture.forge(
                selection,
                |trace| trace.wires[wire][(2, 5)] = modulus::add(trace.wires[wire][(2, 5)], 1),
                |_, _| {},
            );
            assert_fails(forged, "linear layer parts");
        }
    }
}

#[test]
fn rejects_inputs_read_in_another_order() {
    let fixture = residual();
    let output = fixture.output(&fixture.trace);
    let public = PublicData {
        program: &fixture.program,
        keys: fixture.keys.as_ref().into(),
        input: &fixture.input,
        output: &output,
    };
    let mut program = fixture.program.clone();
    program.nodes[4].inputs.swap(0, 1);
    let (trace, _) =
        blindproof_fhe::evaluate::evaluate(&program, &fixture.keys, &fixture.input, &()).unwrap();
    let forged_output = fixture.output(&trace);
    let verifier = PublicData {
        output: &forged_output,
        ..public
    };
    let server = PublicData {
        program: &program,
        ..verifier
    };
    let statement = Statement::new(&verifier, "linear".parse().unwrap(), 128).unwrap();
    let data = ProverData::new(&fixture.keys, &trace);
    let forged = forge_with(&statement, &verifier, &server, &data, &mut ());
    // Each part is right for the wire that the server read; the opening is of the other.
    let error = forged.unwrap_err().to_string();
    assert!(error.contains("claims do not hold"), "{error}");
}

#[test]
fn rejects_parts_that_do_not_add_up_and_parts_that_are_moved() {
    let fixture = residual();
    let output = fixture.output(&fixture.trace);
    let public = PublicData {
        program: &fixture.program,
        keys: fixture.keys.as_ref().into(),
        input: &fixture.input,
        output: &output,
    };
    let statement = Statement::new(&public, "linear".parse().unwrap(), 128).unwrap();
    let data = ProverData::new(&fixture.keys, &fixture.trace);
    for (moved, check) in [(false, "linear layer parts"), (true, CHECK)] {
        let mut attack = Attack::on_columns(|_: &Plan, _: &mut Vec<Vec<F>>| {}).and_messages(
            |label, parts: &mut Vec<K>| {
                if label == "linear parts" {
                    parts[0] += K::from(1u64);
                    if moved {
                        parts[1] -= K::from(1u64);
                    }
                }
            },
        );
        let forged = forge_with(&statement, &public, &public, &data, &mut attack);
        assert_fails(forged, check);
    }
}
