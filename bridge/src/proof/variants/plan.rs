//! [`PlanError`].

use super::{assert_table, ends_with_a_modulus_switch, public, statement};
use crate::{
    plan::{Plan, PlanError, Run},
    selection::Rows,
    testkit::Fixture,
};

fn name(error: &PlanError) -> &'static str {
    match error {
        PlanError::SwitchedOutput { .. } => "SwitchedOutput",
        PlanError::Layout(_) => "Layout",
    }
}

const ALL: [&str; 2] = ["SwitchedOutput", "Layout"];

#[test]
fn every_variant_is_produced() {
    let planned =
        |run: Run<'_>, selected: &[Rows]| Plan::new(run, selected, None, None).err().unwrap();
    let switched = ends_with_a_modulus_switch();
    let modulus_switched = Run {
        program: switched.program,
        ..statement(&switched, "all").run(&switched).unwrap()
    };
    let public = public(Fixture::tiny());
    let huge = Run {
        images: 1 << 30,
        ..statement(&public, "all").run(&public).unwrap()
    };
    let one = Rows::List(vec![0]);
    let rows = vec![
        (
            "SwitchedOutput",
            planned(modulus_switched, &[Rows::None, Rows::None, Rows::All]),
        ),
        // Wires are committed whole, however few rows are proven.
        (
            "Layout",
            planned(huge, &[Rows::None, one, Rows::None, Rows::None, Rows::None]),
        ),
        ("Layout", huge.tape(None).err().unwrap()),
    ];
    assert_table(name, &ALL, rows);
}
