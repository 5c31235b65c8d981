//! Every variant of every error is produced: one table for each enum. The functions that name variants match without a
//! wildcard, so that a new variant does not compile before it has a row.

mod index;
mod plan;
mod prove;
mod selection;
mod statement;
mod verify;

use std::{collections::BTreeSet, fmt::Debug};

use blindproof_fhe::{lwe::LweMatrix, program::Program};

use crate::{
    statement::{PublicData, Statement},
    testkit::Fixture,
};

/// Asserts that the errors are, in order of the table, the named variants, and that these are all.
fn assert_table<E: Debug>(name: fn(&E) -> &'static str, all: &[&str], rows: Vec<(&str, E)>) {
    let mut produced = BTreeSet::new();
    for (expected, error) in rows {
        assert_eq!(name(&error), expected, "{error:?}");
        produced.insert(expected);
    }
    let all: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(produced, all);
}

fn public(fixture: &'static Fixture) -> PublicData<'static> {
    PublicData {
        program: &fixture.program,
        keys: fixture.keys.as_ref().into(),
        input: &fixture.input,
        output: Box::leak(Box::new(fixture.output(&fixture.trace))),
    }
}

fn statement(public: &PublicData<'_>, selection: &str) -> Statement {
    Statement::new(public, selection.parse().unwrap(), 128).unwrap()
}

/// A program that ends with a modulus switch, and data of its shape.
fn ends_with_a_modulus_switch() -> PublicData<'static> {
    let fixture = Fixture::tiny();
    let mut program: Program = fixture.program.clone();
    program.nodes.truncate(3);
    program.wires.truncate(4);
    program.output = program.nodes[2].output;
    let output = LweMatrix::trivial(6, &[0; 15]).unwrap();
    PublicData {
        program: Box::leak(Box::new(program)),
        output: Box::leak(Box::new(output)),
        ..public(fixture)
    }
}
