//! Forgeries of a blind rotation.

mod accumulators;
mod canonical;
mod exponents;
mod messages;
mod mutant;
mod public;
mod unique;

use blindproof_fhe::{modulus, program::OperationKind};

use crate::{
    ProveError, ProverData, Verified, VerifyError, prove,
    statement::{PublicData, Statement},
    testkit::{
        Fixture, Forgery, assert_every_small_set_is_proven,
        assert_rows_of_every_small_set_are_proven,
    },
    verify,
};

const IDENTITY: &str = "blind rotation identity";
const CANONICAL: &str = "blind rotation words are canonical";
const OUTPUT_BODY: &str = "blind rotation output body";
const STEPS: &str = "blind rotation steps";
const MONOMIALS: &str = "blind rotation monomials";
const EXPONENT_BITS: &str = "blind rotation exponent bits";

/// Asserts that the forger's claims are false for its own columns, so that it has nothing to open.
fn assert_own_opening_fails(forged: Result<Verified, Forgery>) {
    use blindproof_zk::{argument::ProveError as Argument, sumcheck::SumcheckError};
    let error = forged.unwrap_err();
    assert!(
        matches!(
            error,
            Forgery::Prover(ProveError::Argument(Argument::Sumcheck(
                SumcheckError::WrongClaim
            )))
        ),
        "{error}"
    );
}

/// Asserts that every relation was satisfied and only the opening of the commitment failed.
fn assert_unopened(forged: Result<Verified, Forgery>) {
    let error = forged.unwrap_err().rejection();
    assert!(
        matches!(
            error,
            VerifyError::Argument(blindproof_zk::argument::VerifyError::Claims)
        ),
        "{error}"
    );
}

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

#[test]
fn every_shard_size_is_proven_and_is_no_other() {
    let fixture = Fixture::tiny();
    let output = fixture.output(&fixture.trace);
    let public = PublicData {
        program: &fixture.program,
        keys: fixture.keys.as_ref().into(),
        input: &fixture.input,
        output: &output,
    };
    let data = ProverData::new(&fixture.keys, &fixture.trace);
    let statement = Statement::new(&public, "bootstrap".parse().unwrap(), 128).unwrap();
    // 15 bootstraps: from 15 shards to 4.
    for log_shard in 0..=4 {
        let statement = statement.clone().with_log_shard(log_shard);
        let proof = prove(&statement, &public, &data, &()).unwrap();
        verify(&statement, &public, &proof).unwrap();
        for other in (0..=4).filter(|other| *other != log_shard) {
            let statement = statement.clone().with_log_shard(other);
            assert!(
                verify(&statement, &public, &proof).is_err(),
                "{log_shard} {other}"
            );
        }
    }
}
