//! Sampled proofs: what is drawn, when, and what a forger gains.

use blindproof_fhe::{lwe::LweMatrix, modulus};

use crate::{
    ProveError, ProverData, Verified, VerifyError,
    proof::{Tamper, prove_with},
    prove,
    selection::{Rows, Selection},
    statement::{PublicData, Statement},
    testkit::Fixture,
    verify,
};

fn honest(fixture: &'static Fixture) -> PublicData<'static> {
    let output: &'static LweMatrix = Box::leak(Box::new(fixture.output(&fixture.trace)));
    PublicData {
        program: &fixture.program,
        keys: fixture.keys.as_ref().into(),
        input: &fixture.input,
        output,
    }
}

fn proven(selection: &str) -> (PublicData<'static>, Statement, Vec<u8>) {
    let fixture = Fixture::tiny();
    let public = honest(fixture);
    let statement = Statement::new(&public, selection.parse().unwrap(), 128).unwrap();
    let proof = prove(
        &statement,
        &public,
        &ProverData::new(&fixture.keys, &fixture.trace),
        &(),
    )
    .unwrap();
    (public, statement, proof)
}

fn proven_operations(verified: &Verified) -> usize {
    verified.coverage.iter().map(|entry| entry.proven).sum()
}

#[test]
fn samples_of_every_size_are_proven_and_reported() {
    // 66 operations; small samples may hold linear layers only.
    for (selection, expected) in [
        ("sample:count=1", 1),
        ("sample:count=2", 2),
        ("sample:count=3", 3),
        ("sample:0.07", 5),
        ("sample:0.5", 33),
        ("sample:count=65", 65),
        ("sample:1", 66),
    ] {
        let (public, statement, proof) = proven(selection);
        let verified = verify(&statement, &public, &proof).unwrap();
        assert_eq!(proven_operations(&verified), expected, "{selection}");
        assert!(verified.soundness.total_bits() >= 128.0, "{selection}");
        let sentence = verified.sample.unwrap();
        let start = format!("sample: {expected} of 66 operations");
        assert!(sentence.starts_with(&start), "{sentence}");
    }
}

#[test]
fn one_of_every_kind_can_be_drawn() {
    // Different levels give different transcripts, so different draws of one operation.
    let fixture = Fixture::tiny();
    let public = honest(fixture);
    let mut kinds = std::collections::HashSet::new();
    for level in 100..=128 {
        let statement = Statement::new(&public, "sample:count=1".parse().unwrap(), level).unwrap();
        let proof = prove(
            &statement,
            &public,
            &ProverData::new(&fixture.keys, &fixture.trace),
            &(),
        )
        .unwrap();
        let verified = verify(&statement, &public, &proof).unwrap();
        let entry = verified.coverage.iter().find(|entry| entry.proven > 0);
        kinds.insert(entry.unwrap().kind);
    }
    assert_eq!(kinds.len(), 4);
}

#[test]
fn another_tape_is_another_draw_and_no_proof() {
    let (public, statement, proof) = proven("sample:count=9");
    // The tape's root is the first message: 4 bytes of length, then the root.
    for byte in [4, 20, 35] {
        let mut forged = proof.clone();
        forged[byte] ^= 1;
        assert!(verify(&statement, &public, &forged).is_err(), "byte {byte}");
    }
}

#[test]
fn a_proof_of_other_operations_is_rejected() {
    // The forger proves a list of its choice; the statement says sample.
    let (public, statement, _) = proven("sample:count=5");
    for selection in ["node:1/0-4", "none", "all", "sample:count=6"] {
        let (_, _, proof) = proven(selection);
        assert!(verify(&statement, &public, &proof).is_err(), "{selection}");
    }
}

#[test]
fn operations_that_were_not_drawn_do_not_replace_drawn_ones() {
    // The tape is the honest one; behind it comes a proof of another draw.
    let (public, statement, honest) = proven("sample:count=5");
    let Selection::Sample(sample) = &statement.selection else {
        panic!("a sample")
    };
    let fixture = Fixture::tiny();
    let data = ProverData::new(&fixture.keys, &fixture.trace);
    for seed in 1..4 {
        let rows = sample.draw(public.program, 3, &[seed; 32]).unwrap();
        let mut attack = OtherDraw(rows);
        let forged = prove_with(&statement, &public, &data, &(), &mut attack).unwrap();
        assert_eq!(forged[..36], honest[..36], "the same tape");
        assert!(verify(&statement, &public, &forged).is_err(), "seed {seed}");
    }
}

/// Proves rows of the forger's choice.
struct OtherDraw(Vec<Rows>);

impl Tamper for OtherDraw {
    fn selected(&mut self, rows: &mut Vec<Rows>) {
        rows.clone_from(&self.0);
    }
}

#[test]
fn a_wrong_operation_escapes_just_when_it_is_not_drawn() {
    // One key switch is wrong, the rest follows from it: the drawn operations decide.
    let fixture = Fixture::tiny();
    let (_, output) = fixture.wires_of(blindproof_fhe::program::OperationKind::KeySwitch);
    let (mut caught, mut escaped) = (0, 0);
    for row in 0..15 {
        let forged = fixture.forge(
            "sample:0.5",
            |trace| {
                let word = &mut trace.wires[output][(row, 1)];
                *word = modulus::add(*word, 1 << 60);
            },
            |_, _| {},
        );
        match forged {
            // The wrong ciphertext belongs to two operations: its own and the modulus switch that reads it.
            Ok(_) => escaped += 1,
            Err(error) => {
                let error = error.rejection();
                assert!(matches!(error, VerifyError::Relation { .. }), "{error}");
                caught += 1;
            }
        }
    }
    assert!(
        caught > 0 && escaped > 0,
        "{caught} caught, {escaped} escaped"
    );
}

#[test]
fn a_tape_changed_after_the_draw_is_rejected() {
    // The forger evaluates wrongly, commits the wrong tape, and after the draw works with the right words.
    let fixture = Fixture::tiny();
    let (input, _) = fixture.wires_of(blindproof_fhe::program::OperationKind::KeySwitch);
    let honest = &fixture.trace.wires[input];
    let forged = fixture.forge(
        "sample:1",
        |trace| {
            let word = &mut trace.wires[input][(3, 1)];
            *word = modulus::add(*word, 1 << 60);
        },
        |plan, columns| {
            for (id, values) in plan.wires[input].witness(honest) {
                columns[id.index()] = values;
            }
        },
    );
    assert!(forged.is_err());
}

#[test]
fn too_large_samples_are_refused_by_both_sides() {
    let fixture = Fixture::tiny();
    let public = honest(fixture);
    let statement = Statement::new(&public, "sample:count=67".parse().unwrap(), 128).unwrap();
    let refused = prove(
        &statement,
        &public,
        &ProverData::new(&fixture.keys, &fixture.trace),
        &(),
    );
    assert!(matches!(refused, Err(ProveError::Statement(_))));
    let refused = verify(&statement, &public, &[]);
    assert!(matches!(refused, Err(VerifyError::Selection(_))));
}
