//! Messages that are not what the committed columns give.

use ark_ff::{AdditiveGroup, Field, One};
use blindproof_fhe::program::OperationKind;
use blindproof_zk::field::{F, K};

use super::{
    EXPONENT_BITS, IDENTITY, MONOMIALS, OUTPUT_BODY, STEPS, assert_unopened, mutant::Mutant,
};
use crate::Verified;
use crate::testkit::{Fixture, Forgery, assert_fails};

/// Proves honestly, but adds 1 to entry `entry` of the `number`-th message with a label.
fn flip(label: &'static str, number: usize, entry: usize) -> Result<Verified, Forgery> {
    let mut seen = 0;
    let forged = Mutant::honest(Fixture::tiny()).forge(
        |sent, values| {
            if sent == label {
                if seen == number {
                    values[entry] += K::one();
                }
                seen += 1;
            }
        },
        |_| {},
    );
    assert!(seen > number, "{label} was sent {seen} times");
    forged
}

#[test]
fn rejects_every_changed_message_by_its_check() {
    for (label, number, entry, check) in [
        ("blind rotation quotient", 0, 0, IDENTITY),
        ("blind rotation quotient", 0, 255, IDENTITY),
        ("wire mask", 0, 0, IDENTITY),
        ("wire mask", 1, 0, IDENTITY),
        ("wire body", 0, 0, OUTPUT_BODY),
        ("blind rotation body", 0, 0, IDENTITY),
        ("blind rotation body", 1, 0, OUTPUT_BODY),
        ("blind rotation sum", 0, 0, IDENTITY),
        ("blind rotation chunks", 0, 0, STEPS),
        ("blind rotation chunks", 3, 1, STEPS),
        ("blind rotation powers", 0, 0, STEPS),
        ("blind rotation powers", 0, 2, STEPS),
        ("blind rotation powers", 0, 3, STEPS),
        ("blind rotation bits", 0, 0, MONOMIALS),
        ("blind rotation bits", 0, 6, MONOMIALS),
        ("wire row", 0, 0, EXPONENT_BITS),
    ] {
        assert_fails(flip(label, number, entry), check);
    }
}

#[test]
fn rejects_a_quotient_that_is_right_at_a_recorded_point_only() {
    Mutant::honest(Fixture::tiny()).assert_only_challenges_stop(|label, values| {
        if label == "blind rotation quotient" {
            values[100] += K::from(5u64);
        }
    });
}

#[test]
fn rejects_a_sum_that_the_quotient_agrees_with() {
    // F + 1 and Q + 1/(a^N + 1) pass the identity at a known a; the sumcheck then ends in another value.
    use crate::testkit::frozen;
    let rule = |label: &'static str, count| {
        (label == "blind rotation point").then(|| frozen::recorded(label, count))
    };
    let a = frozen::recorded("blind rotation point", 1)[0];
    let factor = (a.pow([64u64]) + K::one()).inverse().unwrap();
    let change = |label: &'static str, values: &mut Vec<K>| match label {
        "blind rotation quotient" => values[0] += factor,
        "blind rotation sum" => values[0] += K::one(),
        _ => {}
    };
    let mut mutant = Mutant::honest(Fixture::tiny());
    assert_fails(frozen::with(rule, || mutant.forge(change, |_| {})), STEPS);
    assert_fails(mutant.forge(change, |_| {}), IDENTITY);
}

#[test]
fn rejects_output_messages_that_agree_with_each_other() {
    // Body of the wire and constant coefficient of the body polynomial, both changed: only the commitment disagrees.
    let mut bodies = 0;
    let forged = Mutant::honest(Fixture::tiny()).forge(
        |label, values| match label {
            "wire body" => values[0] += K::one(),
            "blind rotation body" => {
                bodies += 1;
                if bodies == 2 {
                    values[0] += K::one();
                }
            }
            _ => {}
        },
        |_| {},
    );
    assert_unopened(forged);
}

#[test]
fn rejects_chunk_values_that_spell_the_same_digit() {
    // Weight moved between two chunks of the remainder: digits and accumulators stay, the commitment disagrees.
    let fixture = Fixture::tiny();
    let mut cut = None;
    fixture
        .forge(
            "blindrotation",
            |_| {},
            |plan, _| {
                cut = Some(super::mutant::blind_rotation(plan).cut.clone());
            },
        )
        .unwrap();
    let chunks = cut.unwrap().chunks;
    let (high, low) = (chunks.len() - 2, chunks.len() - 1);
    let step = K::from(1u64 << (chunks[high].shift - chunks[low].shift));
    let forged = Mutant::honest(fixture).forge(
        |label, values| {
            if label == "blind rotation chunks" {
                values[high] += K::one();
                values[low] -= step;
            }
        },
        |_| {},
    );
    assert_unopened(forged);
}

#[test]
fn rejects_exponent_messages_that_agree_with_each_other() {
    // At a known a: bits that give the same product of factors, and a wire value that is their sum.
    use crate::testkit::frozen;
    let rule = |label: &'static str, count| {
        (label == "blind rotation point").then(|| frozen::recorded(label, count))
    };
    let alpha =
        |bit: u64| frozen::recorded("blind rotation point", 1)[0].pow([1u64 << bit]) - K::one();
    let mut change_of_sum = K::ZERO;
    let mut with_wire = false;
    let mut forge = |with: bool| {
        with_wire = with;
        frozen::with(rule, || {
            Mutant::honest(Fixture::tiny()).forge(
                |label, values| match label {
                    "blind rotation bits" => {
                        let two = K::from(2u64);
                        let factors = [0, 1].map(|bit| K::one() + values[bit] * alpha(bit as u64));
                        let others = [factors[0] * two, factors[1] * two.inverse().unwrap()];
                        change_of_sum = K::ZERO;
                        for bit in [0, 1] {
                            let value =
                                (others[bit] - K::one()) * alpha(bit as u64).inverse().unwrap();
                            change_of_sum += (value - values[bit]) * K::from(1u64 << bit);
                            values[bit] = value;
                        }
                    }
                    "wire row" if with_wire => values[0] += change_of_sum,
                    _ => {}
                },
                |_| {},
            )
        })
    };
    assert_fails(forge(false), EXPONENT_BITS);
    assert_unopened(forge(true));
}

#[test]
fn unusable_points_stop_both_sides() {
    use crate::{ProveError, testkit::frozen};
    // 0 has no inverse; the powers of a root of -1 meet -1.
    for rule in [
        (|label: &'static str, _| (label == "blind rotation point").then(|| vec![K::ZERO]))
            as fn(&'static str, usize) -> Option<Vec<K>>,
        |label, _| (label == "blind rotation point").then(|| vec![-K::one()]),
    ] {
        let forged = frozen::with(rule, || Mutant::honest(Fixture::tiny()).prove());
        assert!(matches!(forged, Err(Forgery::Prover(ProveError::Unlucky))));
    }
    // A proof made elsewhere, checked with such a point.
    let fixture = Fixture::tiny();
    let output = fixture.output(&fixture.trace);
    let public = crate::statement::PublicData {
        program: &fixture.program,
        keys: fixture.keys.as_ref().into(),
        input: &fixture.input,
        output: &output,
    };
    let statement =
        crate::statement::Statement::new(&public, "blindrotation".parse().unwrap(), 128).unwrap();
    let data = crate::ProverData::new(&fixture.keys, &fixture.trace);
    let proof = crate::prove(&statement, &public, &data, &()).unwrap();
    let verified = frozen::with(
        |label, _| (label == "blind rotation point").then(|| vec![K::ZERO]),
        || crate::verify(&statement, &public, &proof),
    );
    assert_fails(
        verified.map_err(Forgery::Verifier),
        "blind rotation point is regular",
    );
}

#[test]
fn a_wrong_mask_or_body_polynomial_that_is_claimed_cannot_be_opened() {
    for label in ["wire mask", "blind rotation body"] {
        let first = std::cell::Cell::new(true);
        Mutant::honest(Fixture::tiny()).assert_only_the_opening_stops(|sent, values| {
            if sent == "blind rotation quotient" {
                first.set(true);
            }
            if sent == label && first.replace(false) {
                values[0] += K::one();
            }
        });
    }
}

#[test]
fn a_wrong_wire_row_that_is_claimed_cannot_be_opened() {
    // The wire has another exponent than the bits; the message says what the bits say.
    let fixture = Fixture::tiny();
    let (input, _) = fixture.wires_of(OperationKind::BlindRotation);
    let output = fixture.output(&fixture.trace);
    let public = crate::statement::PublicData {
        program: &fixture.program,
        keys: fixture.keys.as_ref().into(),
        input: &fixture.input,
        output: &output,
    };
    let statement =
        crate::statement::Statement::new(&public, "blindrotation".parse().unwrap(), 128).unwrap();
    let data = crate::ProverData::new(&fixture.keys, &fixture.trace);
    let mut spelled = K::ZERO;
    let mut attack = crate::testkit::Attack::on_columns(
        |plan: &crate::plan::Plan, columns: &mut Vec<Vec<F>>| {
            let crate::wire::Placement::Row { cells } = plan.wires[input].placement else {
                panic!("exponents are a row wire")
            };
            columns[cells.index()][3] += F::one();
        },
    )
    .and_messages(|label, values| match label {
        "blind rotation bits" => {
            let bits = values.iter().enumerate();
            spelled = bits.map(|(bit, v)| *v * K::from(1u64 << bit)).sum();
        }
        "wire row" => values[0] = spelled,
        _ => {}
    })
    .and_claims_it(None);
    let forged = crate::testkit::forge_with(&statement, &public, &public, &data, &mut attack);
    super::assert_own_opening_fails(forged);
}

#[test]
fn a_wrong_wire_body_that_is_claimed_cannot_be_opened() {
    // The wire has another output body; the message, at known rows, says what the last accumulator says.
    use crate::testkit::frozen;
    let fixture = Fixture::tiny();
    let (_, wire) = fixture.wires_of(OperationKind::BlindRotation);
    let output = fixture.output(&fixture.trace);
    let public = crate::statement::PublicData {
        program: &fixture.program,
        keys: fixture.keys.as_ref().into(),
        input: &fixture.input,
        output: &output,
    };
    let statement =
        crate::statement::Statement::new(&public, "blindrotation".parse().unwrap(), 128).unwrap();
    let data = crate::ProverData::new(&fixture.keys, &fixture.trace);
    let rows = frozen::recorded("blind rotation rows", 4);
    let weight = blindproof_zk::multilinear::eq_table(&rows)[0];
    let mut attack = crate::testkit::Attack::on_columns(
        |plan: &crate::plan::Plan, columns: &mut Vec<Vec<F>>| {
            let crate::wire::Placement::Big { body, .. } = plan.wires[wire].placement else {
                panic!("outputs are a big wire")
            };
            columns[body.index()][0] += F::one();
        },
    )
    .and_messages(|label, values| {
        if label == "wire body" {
            values[0] -= weight;
        }
    })
    .and_claims_it(None);
    let rule = |label: &'static str, count| {
        (label == "blind rotation rows").then(|| frozen::recorded(label, count))
    };
    let forged = frozen::with(rule, || {
        crate::testkit::forge_with(&statement, &public, &public, &data, &mut attack)
    });
    super::assert_own_opening_fails(forged);
}
