//! [`StatementError`].

use blindproof_fhe::{lwe::LweMatrix, program::Program};

use super::{assert_table, public};
use crate::{
    statement::{PublicData, Statement, StatementError},
    testkit::Fixture,
};

fn name(error: &StatementError) -> &'static str {
    match error {
        StatementError::Program(_) => "Program",
        StatementError::Shape { .. } => "Shape",
        StatementError::Dimension { .. } => "Dimension",
        StatementError::KeyParameters { .. } => "KeyParameters",
        StatementError::Malformed => "Malformed",
    }
}

const ALL: [&str; 5] = [
    "Program",
    "Shape",
    "Dimension",
    "KeyParameters",
    "Malformed",
];

#[test]
fn every_variant_is_produced() {
    let public = public(Fixture::tiny());
    let refused =
        |public: &PublicData<'_>| Statement::new(public, "all".parse().unwrap(), 128).unwrap_err();
    let unknown = Program {
        parameters: "message_0".to_owned(),
        ..public.program.clone()
    };
    let mut broken = public.program.clone();
    broken.wires.pop();
    let other_set = Program {
        parameters: "insecure_k3_l2_g1".to_owned(),
        ..public.program.clone()
    };
    let matrix =
        |rows: usize, dimension: usize| LweMatrix::trivial(dimension, &vec![0; rows]).unwrap();
    let (inputs, outputs) = (public.input.rows(), public.output.rows());
    let (few, many, narrow) = (
        matrix(inputs - 1, 64),
        matrix(outputs + 1, 64),
        matrix(outputs, 63),
    );
    let other_keys =
        Fixture::new(blindproof_fhe::params::ParameterSet::by_name("insecure_message_4").unwrap());
    let rows = vec![
        (
            "Program",
            refused(&PublicData {
                program: &unknown,
                ..public
            }),
        ),
        (
            "Program",
            refused(&PublicData {
                program: &broken,
                ..public
            }),
        ),
        (
            "Dimension",
            refused(&PublicData {
                program: &other_set,
                ..public
            }),
        ),
        (
            "Shape",
            refused(&PublicData {
                input: &few,
                ..public
            }),
        ),
        (
            "Shape",
            refused(&PublicData {
                output: &many,
                ..public
            }),
        ),
        (
            "Dimension",
            refused(&PublicData {
                output: &narrow,
                ..public
            }),
        ),
        (
            "KeyParameters",
            refused(&PublicData {
                keys: other_keys.keys.as_ref().into(),
                ..public
            }),
        ),
        (
            "Malformed",
            Statement::from_bytes(b"statement").unwrap_err(),
        ),
    ];
    assert_table(name, &ALL, rows);
}
