//! [`VerifyError`].

use blindproof_zk::{
    field::{K, to_word},
    transcript::VerifierTranscript,
};

use super::{assert_table, ends_with_a_modulus_switch, public, statement};
use crate::{
    ProverData, VerifyError,
    proof::prove_with,
    prove,
    rows::RowSet,
    session::VerifierSession,
    statement::{PublicData, Statement},
    testkit::{Attack, Fixture, Forgery, frozen},
    verify,
    wire::{Read, WirePlan},
};

fn name(error: &VerifyError) -> &'static str {
    match error {
        VerifyError::StatementMismatch { .. } => "StatementMismatch",
        VerifyError::Statement(_) => "Statement",
        VerifyError::Selection(_) => "Selection",
        VerifyError::Plan(_) => "Plan",
        VerifyError::UnplacedWire => "UnplacedWire",
        VerifyError::Soundness(_) => "Soundness",
        VerifyError::Transcript(_) => "Transcript",
        VerifyError::Sumcheck(_) => "Sumcheck",
        VerifyError::Argument(_) => "Argument",
        VerifyError::Relation { .. } => "Relation",
        VerifyError::Node { .. } => "Node",
    }
}

const ALL: [&str; 11] = [
    "StatementMismatch",
    "Statement",
    "Selection",
    "Plan",
    "UnplacedWire",
    "Soundness",
    "Transcript",
    "Sumcheck",
    "Argument",
    "Relation",
    "Node",
];

/// The error of a verifier that reads a wire which is neither public nor committed.
fn unplaced() -> VerifyError {
    let fixture = Fixture::tiny();
    let wire = WirePlan::new(&fixture.program, 1, fixture.keys.parameters(), 3);
    let mut session = VerifierSession {
        transcript: VerifierTranscript::new("test", b"", b""),
        argument: None,
    };
    let rows = RowSet::all(wire.rows);
    let point = vec![K::from(2u64); wire.row_vars()];
    let read = Read::new(&rows, &point);
    wire.receive_body(&mut session, None, read).unwrap_err()
}

/// The error of a proof that ends inside the sumcheck before the first chunk values.
fn cut_in_a_sumcheck(public: &PublicData<'_>) -> VerifyError {
    let fixture = Fixture::tiny();
    let statement = statement(public, "blindrotation");
    let data = ProverData::new(&fixture.keys, &fixture.trace);
    let mut first = None;
    let mut attack = Attack::on_columns(|_, _| {}).and_messages(|label, values| {
        if label == "blind rotation chunks" && first.is_none() {
            first = Some(to_word(values[0].c0));
        }
    });
    let proof = prove_with(&statement, public, &data, &(), &mut attack).unwrap();
    drop(attack);
    let word = first.unwrap().to_le_bytes();
    let place = proof.windows(8).position(|bytes| bytes == word).unwrap();
    verify(&statement, public, &proof[..place - 1]).unwrap_err()
}

#[test]
fn every_variant_is_produced() {
    let fixture = Fixture::tiny();
    let public = public(fixture);
    let all = statement(&public, "all");
    let data = ProverData::new(&fixture.keys, &fixture.trace);
    let proof = prove(&all, &public, &data, &()).unwrap();
    let check =
        |statement: &Statement, proof: &[u8]| verify(statement, &public, proof).unwrap_err();
    let shorter = blindproof_fhe::lwe::LweMatrix::trivial(64, &[0; 4]).unwrap();
    let without_input = PublicData {
        input: &shorter,
        ..public
    };
    let switched = ends_with_a_modulus_switch();
    let forged = |selection: &str, wire: usize| match fixture.forge(
        selection,
        |trace| trace.wires[wire][(0, 2)] ^= 1,
        |_, _| {},
    ) {
        Err(Forgery::Verifier(error)) => error,
        other => panic!("{other:?}"),
    };
    let unlucky = frozen::with(
        |label, _| (label == "blind rotation point").then(|| vec![K::from(0u64)]),
        || verify(&all, &public, &proof).unwrap_err(),
    );
    let mut flipped = proof.clone();
    flipped[3] ^= 1;
    let rows = vec![
        (
            "StatementMismatch",
            check(
                &Statement {
                    images: 4,
                    ..all.clone()
                },
                &proof,
            ),
        ),
        (
            "Statement",
            verify(&all, &without_input, &proof).unwrap_err(),
        ),
        (
            "Selection",
            check(
                &Statement {
                    selection: "layer:9".parse().unwrap(),
                    ..all.clone()
                },
                &proof,
            ),
        ),
        (
            "Plan",
            verify(&statement(&switched, "all"), &switched, &[]).unwrap_err(),
        ),
        ("UnplacedWire", unplaced()),
        (
            "Soundness",
            check(
                &Statement {
                    level: 99,
                    ..all.clone()
                },
                &proof,
            ),
        ),
        (
            "Transcript",
            check(&all, &[proof.as_slice(), &[0]].concat()),
        ),
        ("Sumcheck", cut_in_a_sumcheck(&public)),
        ("Argument", check(&all, &flipped)),
        (
            "Relation",
            forged("blindrotation", fixture.program.nodes[3].output.0),
        ),
        ("Relation", unlucky),
        (
            "Node",
            forged("keyswitch", fixture.program.nodes[1].output.0),
        ),
    ];
    assert_table(name, &ALL, rows);
}
