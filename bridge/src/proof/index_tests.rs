//! Keys as an index: what is accepted, and whose keys are bound.

use std::sync::{Arc, OnceLock};

use blindproof_fhe::{
    evaluate::evaluate,
    keys::{ClientKey, SeedSource, ServerKey},
    lwe::LweMatrix,
};
use blindproof_zk::argument;

use super::{ProveError, ProverData, VerifyError, prove, prove_with, verify};
use crate::{
    index::KeyIndex,
    statement::{Keys, PublicData, Statement, StatementError},
    testkit::{Attack, Fixture, Forgery, assert_fails, forge_with},
};

fn index() -> &'static KeyIndex {
    static INDEX: OnceLock<KeyIndex> = OnceLock::new();
    INDEX.get_or_init(|| KeyIndex::create(&Fixture::tiny().keys).unwrap())
}

/// Keys of another client, and their index.
fn other() -> &'static (Arc<ServerKey>, KeyIndex) {
    static OTHER: OnceLock<(Arc<ServerKey>, KeyIndex)> = OnceLock::new();
    OTHER.get_or_init(|| {
        let mut seeds = SeedSource::reproducible([8; 32]);
        let client = ClientKey::generate(Fixture::tiny().keys.parameters(), &mut seeds).unwrap();
        let keys = Arc::new(client.generate_server_key(&mut seeds));
        let index = KeyIndex::create(&keys).unwrap();
        (keys, index)
    })
}

fn public(keys: Keys<'static>) -> PublicData<'static> {
    static OUTPUT: OnceLock<LweMatrix> = OnceLock::new();
    let fixture = Fixture::tiny();
    PublicData {
        program: &fixture.program,
        keys,
        input: &fixture.input,
        output: OUTPUT.get_or_init(|| fixture.output(&fixture.trace)),
    }
}

fn statement(public: &PublicData<'_>, selection: &str) -> Statement {
    Statement::new(public, selection.parse().unwrap(), 128).unwrap()
}

fn proven(keys: Keys<'static>, selection: &str) -> (Statement, Vec<u8>) {
    let public = public(keys);
    let statement = statement(&public, selection);
    let data = ProverData::new(&Fixture::tiny().keys, &Fixture::tiny().trace);
    let proof = prove(&statement, &public, &data, &()).unwrap();
    (statement, proof)
}

fn assert_argument(result: Result<super::Verified, VerifyError>) {
    let error = result.unwrap_err();
    assert!(
        matches!(error, VerifyError::Argument(_) | VerifyError::Transcript(_)),
        "{error}"
    );
}

#[test]
fn honest_proofs_are_accepted_with_the_index_only() {
    for selection in [
        "all",
        "bootstrap",
        "keyswitch",
        "blindrotation",
        "linear",
        "sample:0.4",
    ] {
        let (statement, proof) = proven(index().into(), selection);
        let verified = verify(&statement, &public(index().into()), &proof).unwrap();
        assert!(verified.soundness.total_bits() >= 128.0, "{selection}");
    }
}

#[test]
fn rejects_the_index_of_other_keys_and_every_changed_field() {
    let (statement, proof) = proven(index().into(), "all");
    let mut changed = Vec::new();
    let mut root = index().clone();
    root.root[0] ^= 1;
    changed.push(root);
    for log_rows in [0, index().log_rows - 1, index().log_rows + 1] {
        changed.push(KeyIndex {
            log_rows,
            ..index().clone()
        });
    }
    let mut digest = index().clone();
    digest.parameters_digest[31] ^= 1;
    changed.push(digest);
    changed.push(other().1.clone());
    for index in changed {
        let index: &'static KeyIndex = Box::leak(Box::new(index));
        let public = public(index.into());
        let error = verify(&statement, &public, &proof).unwrap_err();
        assert!(
            matches!(
                error,
                VerifyError::StatementMismatch {
                    field: "evaluation keys"
                }
            ),
            "{error}"
        );
        // Nor is it a proof of the statement about that index.
        assert_argument(verify(&self::statement(&public, "all"), &public, &proof));
    }
    let named: &'static KeyIndex = Box::leak(Box::new(KeyIndex {
        parameters: "insecure_message_4".to_owned(),
        ..index().clone()
    }));
    assert!(matches!(
        verify(&statement, &public(named.into()), &proof),
        Err(VerifyError::Statement(StatementError::KeyParameters { .. }))
    ));
}

#[test]
fn absurd_row_numbers_are_refused_without_work() {
    let (_, proof) = proven(index().into(), "all");
    for log_rows in [32, 63, 64, 200, u32::MAX] {
        let index: &'static KeyIndex = Box::leak(Box::new(KeyIndex {
            log_rows,
            ..index().clone()
        }));
        let public = public(index.into());
        assert!(
            verify(&statement(&public, "all"), &public, &proof).is_err(),
            "{log_rows}"
        );
    }
}

#[test]
fn rejects_a_direct_proof_as_an_indexed_one_and_the_reverse() {
    let direct: Keys<'static> = Fixture::tiny().keys.as_ref().into();
    let indexed: Keys<'static> = index().into();
    for (given, expected) in [(direct, indexed), (indexed, direct)] {
        let (statement, proof) = proven(given, "all");
        let public = public(expected);
        let error = verify(&statement, &public, &proof).unwrap_err();
        assert!(
            matches!(
                error,
                VerifyError::StatementMismatch {
                    field: "evaluation keys"
                }
            ),
            "{error}"
        );
        assert_argument(verify(&self::statement(&public, "all"), &public, &proof));
    }
}

#[test]
fn prover_refuses_an_index_of_other_keys() {
    let public = public((&other().1).into());
    let data = ProverData::new(&Fixture::tiny().keys, &Fixture::tiny().trace);
    assert!(matches!(
        prove(&statement(&public, "all"), &public, &data, &()),
        Err(ProveError::KeyIndex)
    ));
}

#[test]
fn rejects_a_server_that_evaluates_and_commits_other_keys() {
    // Everything is right for the other keys; only the root is another.
    let fixture = Fixture::tiny();
    let (keys, their_index) = other();
    let (trace, _) = evaluate(&fixture.program, keys, &fixture.input, &()).unwrap();
    let output = fixture.output(&trace);
    let honest = PublicData {
        output: &output,
        ..public(index().into())
    };
    let server = PublicData {
        keys: their_index.into(),
        ..honest
    };
    let data = ProverData::new(keys, &trace);
    for selection in ["keyswitch", "blindrotation", "all"] {
        let statement = statement(&honest, selection);
        match forge_with(&statement, &honest, &server, &data, &mut ()) {
            Err(Forgery::Verifier(error)) => assert_argument(Err(error)),
            other => panic!("{other:?}"),
        }
        // With a statement about its own index it is a fine proof, of something else.
        let own = self::statement(&server, selection);
        let proof = prove_with(&own, &server, &data, &(), &mut ()).unwrap();
        verify(&own, &server, &proof).unwrap();
    }
}

#[test]
fn rejects_every_changed_key_message_by_its_check() {
    let fixture = Fixture::tiny();
    let public = public(index().into());
    let data = ProverData::new(&fixture.keys, &fixture.trace);
    for (label, check) in [
        ("bootstrapping key", "blind rotation steps"),
        ("key switch key", "key switch matrix product"),
    ] {
        for entry in [0, 3] {
            let mut attack = Attack::on_columns(|_, _| {}).and_messages(|sent, values| {
                if sent == label {
                    values[entry] += blindproof_zk::field::K::from(1u64);
                }
            });
            let forged = forge_with(
                &statement(&public, "all"),
                &public,
                &public,
                &data,
                &mut attack,
            );
            assert_fails(forged, check);
        }
    }
}

#[test]
fn rejects_key_values_that_give_the_same_product() {
    // Two components of one row of the key, weighted: the sum over c' stays, the commitment disagrees.
    use crate::testkit::frozen;
    let fixture = Fixture::tiny();
    let public = public(index().into());
    let data = ProverData::new(&fixture.keys, &fixture.trace);
    let rule = |label: &'static str, count| {
        (label == "blind rotation components").then(|| frozen::recorded(label, count))
    };
    let weights =
        blindproof_zk::multilinear::eq_table(&frozen::recorded("blind rotation components", 1));
    let mut attack = Attack::on_columns(|_, _| {}).and_messages(|sent, values| {
        if sent == "bootstrapping key" {
            values[0] += weights[1];
            values[1] -= weights[0];
        }
    });
    let forged = frozen::with(rule, || {
        forge_with(
            &statement(&public, "blindrotation"),
            &public,
            &public,
            &data,
            &mut attack,
        )
    });
    assert!(matches!(
        forged.unwrap_err().rejection(),
        VerifyError::Argument(argument::VerifyError::Claims)
    ));
}

/// A server that knows the weights of the levels when it sends them (it does) keeps the product and changes the key. All
/// relations hold; only the claims on the index are left to disagree.
#[test]
fn rejects_key_switching_levels_that_give_the_same_product() {
    let fixture = Fixture::tiny();
    let public = public(index().into());
    let data = ProverData::new(&fixture.keys, &fixture.trace);
    let forge = |follow: bool| {
        let weights = std::cell::RefCell::new(Vec::new());
        let attack = Attack::on_columns(|_, _| {})
            .and_levels(&weights)
            .and_messages(|sent, values| {
                if sent == "key switch key" {
                    let weights = weights.borrow();
                    values[0] += weights[1];
                    values[1] -= weights[0];
                }
            });
        let mut attack = match follow {
            true => attack.and_claims_it(None),
            false => attack,
        };
        let statement = statement(&public, "keyswitch");
        forge_with(&statement, &public, &public, &data, &mut attack).unwrap_err()
    };
    assert!(matches!(
        forge(false).rejection(),
        VerifyError::Argument(argument::VerifyError::Claims)
    ));
    // A forger that claims what it sends has no opening for it.
    use blindproof_zk::sumcheck::SumcheckError::WrongClaim;
    assert!(matches!(
        forge(true),
        Forgery::Prover(ProveError::Argument(argument::ProveError::Sumcheck(
            WrongClaim
        )))
    ));
}
