//! [`ProveError`].

use blindproof_fhe::program::OperationKind;
use blindproof_zk::field::{F, K};

use super::{assert_table, ends_with_a_modulus_switch, public, statement};
use crate::{
    ProveError, ProverData,
    index::KeyIndex,
    plan::{NodePlan, Plan},
    proof::{Tamper, prove_with},
    prove,
    resources::Resources,
    statement::{PublicData, Statement},
    testkit::{Attack, Fixture, frozen},
    work::WorkFolder,
};

fn name(error: &ProveError) -> &'static str {
    match error {
        ProveError::Statement(_) => "Statement",
        ProveError::Selection(_) => "Selection",
        ProveError::Plan(_) => "Plan",
        ProveError::Trace { .. } => "Trace",
        ProveError::Sumcheck(_) => "Sumcheck",
        ProveError::Unlucky => "Unlucky",
        ProveError::Evaluate(_) => "Evaluate",
        ProveError::Columns(_) => "Columns",
        ProveError::KeyIndex => "KeyIndex",
        ProveError::Memory(_) => "Memory",
        ProveError::Argument(_) => "Argument",
    }
}

const ALL: [&str; 11] = [
    "Statement",
    "Selection",
    "Plan",
    "Trace",
    "Sumcheck",
    "Unlucky",
    "Evaluate",
    "Columns",
    "KeyIndex",
    "Memory",
    "Argument",
];

#[test]
fn every_variant_is_produced() {
    let fixture = Fixture::tiny();
    let public = public(fixture);
    let all = statement(&public, "all");
    let data = ProverData::new(&fixture.keys, &fixture.trace);
    let refused = |statement: &Statement, public: &PublicData<'_>, tamper: &mut dyn Tamper| {
        prove_with(statement, public, &data, &(), tamper).unwrap_err()
    };
    let index = KeyIndex::create(&fixture.keys).unwrap();
    let indexed = PublicData {
        keys: (&index).into(),
        ..public
    };
    let mut root = index.clone();
    root.root[0] ^= 1;
    let rooted = PublicData {
        keys: (&root).into(),
        ..public
    };
    let switched = ends_with_a_modulus_switch();
    let (exponents, _) = fixture.wires_of(OperationKind::BlindRotation);
    let mut above = fixture.trace.clone();
    above.wires[exponents][(3, 1)] = 128;
    let mut short = fixture.trace.clone();
    short.wires.pop();
    let mut spelled = Attack::on_columns(|plan: &Plan, columns: &mut Vec<Vec<F>>| {
        // Chunks of a word with the canonical split's inverse changed: the honest sumcheck has another sum.
        let Some(NodePlan::KeySwitch(plan)) = plan.nodes.get(1) else {
            panic!("a key switch")
        };
        columns[plan.split.columns.inverse.index()][0] += F::from(1u64);
    });
    let mut wide = Attack::on_columns(|plan: &Plan, columns: &mut Vec<Vec<F>>| {
        let Some(NodePlan::KeySwitch(plan)) = plan.nodes.get(1) else {
            panic!("a key switch")
        };
        columns[plan.digit_columns()[0].index()][0] = F::from(4u64);
    });
    let unlucky = frozen::with(
        |label, _| (label == "blind rotation point").then(|| vec![K::from(0u64)]),
        || prove(&all, &public, &data, &()).unwrap_err(),
    );
    let folder = tempfile::tempdir().unwrap();
    let work = WorkFolder::open(&folder.path().join("work")).unwrap();
    drop(folder);
    let vanished = ProverData {
        work: Some(&work),
        ..data.clone()
    };
    let vanished = prove(&all, &public, &vanished, &()).unwrap_err();
    let rows = vec![
        (
            "Statement",
            prove(
                &Statement {
                    images: 4,
                    ..all.clone()
                },
                &public,
                &data,
                &(),
            )
            .unwrap_err(),
        ),
        // Direct statements are refused earlier, when the rows of the stacks are chosen.
        (
            "Statement",
            refused(&statement(&public, "layer:9"), &public, &mut ()),
        ),
        (
            "Selection",
            refused(&statement(&indexed, "layer:9"), &indexed, &mut ()),
        ),
        (
            "Plan",
            refused(&statement(&switched, "sample:1"), &switched, &mut ()),
        ),
        (
            "Trace",
            prove(&all, &public, &ProverData::new(&fixture.keys, &short), &()).unwrap_err(),
        ),
        ("Sumcheck", refused(&all, &public, &mut spelled)),
        ("Unlucky", unlucky),
        (
            "Evaluate",
            prove(&all, &public, &ProverData::new(&fixture.keys, &above), &()).unwrap_err(),
        ),
        ("Columns", vanished),
        (
            "KeyIndex",
            refused(&statement(&rooted, "all"), &rooted, &mut ()),
        ),
        (
            "Memory",
            Resources::choose(&all, &public, 1 << 10, true).unwrap_err(),
        ),
        ("Argument", refused(&all, &public, &mut wide)),
    ];
    assert_table(name, &ALL, rows);
}
