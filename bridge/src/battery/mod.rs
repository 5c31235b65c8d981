//! The rejection battery: systematic changes of the smallest proof of every protocol. None may be accepted, none may panic.
//!
//! - one bit flipped in every byte,
//! - every structural change of every message ([`audit::mutants`]), of which at least half must get as far as an algebraic
//!   check: a battery that only tests decoding would say little,
//! - every message changes the challenges after it.

mod cases;

use std::collections::BTreeMap;

use blindproof_zk::transcript::audit::{self, Event};
use cases::{Case, cases};
use rayon::prelude::*;

/// Least share of structural mutants that must fail an algebraic check.
const LEAST_ALGEBRAIC: f64 = 0.5;

/// Messages of the opening of the commitment: nearly all bytes of a proof.
const OPENING: [&str; 3] = ["interleaved rows", "interleaved nodes", "whir"];
/// One byte of this many is tried in them. `zk` tries every byte of
/// its own proofs, and `BLINDPROOF_BATTERY=full` every byte of all of them here (half an hour).
const OPENING_STRIDE: usize = 97;

fn full() -> bool {
    std::env::var("BLINDPROOF_BATTERY").is_ok_and(|value| value == "full")
}

#[test]
fn one_flipped_bit_in_any_byte_is_rejected() {
    let stride = if full() { 1 } else { OPENING_STRIDE };
    for case in cases() {
        let (result, events) = audit::record(|| case.verify(&case.proof));
        result.unwrap();
        let places: Vec<usize> = audit::fields(&case.proof, &events)
            .into_iter()
            .flat_map(|field| {
                let opening = OPENING.contains(&field.label.as_str());
                field.place.step_by(if opening { stride } else { 1 })
            })
            .collect();
        places.par_iter().for_each(|&place| {
            let mut forged = case.proof.clone();
            forged[place] ^= 1 << (place % 8);
            assert!(case.verify(&forged).is_err(), "{}: byte {place}", case.name);
        });
        println!(
            "{}: a bit of {} of {} bytes flipped, none accepted",
            case.name,
            places.len(),
            case.proof.len()
        );
    }
}

#[test]
fn structural_mutants_are_rejected_and_most_by_algebra() {
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let (mut algebraic, mut all) = (0, 0);
    for case in cases() {
        let (result, events) = audit::record(|| case.verify(&case.proof));
        result.unwrap();
        let fields = audit::fields(&case.proof, &events);
        let read: usize = fields.iter().map(|field| field.place.len()).sum();
        assert_eq!(
            read,
            case.proof.len(),
            "{}: every byte is read once",
            case.name
        );
        let mut mutants = audit::mutants(&case.proof, &fields);
        let mut rows = 0;
        mutants.retain(|mutant| {
            let row = OPENING.contains(&mutant.label.as_str());
            rows += usize::from(row);
            !row || full() || rows % OPENING_STRIDE < 10
        });
        let rejections: Vec<_> = mutants
            .par_iter()
            .map(|mutant| {
                let Err(rejection) = case.verify(&mutant.proof) else {
                    panic!(
                        "{}: {} of `{}` is accepted",
                        case.name, mutant.strategy, mutant.label
                    );
                };
                rejection
            })
            .collect();
        all += rejections.len();
        for rejection in rejections {
            algebraic += usize::from(rejection.algebraic);
            *reasons.entry(rejection.reason).or_default() += 1;
        }
    }
    for (reason, count) in &reasons {
        println!("{count:7} {reason}");
    }
    println!("{algebraic} of {all} mutants fail an algebraic check");
    assert!(
        algebraic as f64 >= LEAST_ALGEBRAIC * all as f64,
        "{algebraic} of {all}"
    );
}

/// A forger who knew a round's challenge before sending the round could prove anything: with frozen challenges every round can be
/// forged, so the mutants reach the algebra; with real ones none is accepted.
#[test]
fn rounds_that_fit_a_frozen_challenge_are_rejected_live() {
    let mut count = 0;
    for case in cases() {
        let (result, events) = audit::record(|| case.verify(&case.proof));
        result.unwrap();
        for forged in audit::forged_rounds(&case.proof, &events) {
            audit::frozen(&events, || case.verify(&forged)).unwrap();
            assert!(case.verify(&forged).is_err(), "{}", case.name);
            count += 1;
        }
    }
    assert!(count > 100, "{count} rounds");
}

/// A message that does not reach the challenges could be chosen after them.
#[test]
fn every_message_changes_the_challenges_after_it() {
    for case in cases() {
        let (result, events) = audit::record(|| case.verify(&case.proof));
        result.unwrap();
        let last = events
            .iter()
            .rposition(|event| matches!(event, Event::Challenge { .. }));
        let mut fields = audit::fields(&case.proof, &events[..last.unwrap_or(0)]);
        let mut rows = 0;
        fields.retain(|field| {
            let row = OPENING.contains(&field.label.as_str());
            rows += usize::from(row);
            !row || rows % OPENING_STRIDE == 1
        });
        fields.par_iter().for_each(|field| {
            let mut forged = case.proof.clone();
            forged[field.place.start] ^= 1;
            let (_, changed) = audit::record(|| case.verify(&forged));
            let pairs = events.iter().zip(&changed);
            let first = pairs
                .filter(|(honest, _)| matches!(honest, Event::Challenge { .. }))
                .position(|(honest, changed)| honest != changed);
            // A verifier that stops before the next challenge has rejected the message by itself.
            let stopped = changed.len() < events.len();
            assert!(
                first.is_some() || stopped,
                "{}: `{}`",
                case.name,
                field.label
            );
        });
    }
}

impl Case {
    fn verify(&self, proof: &[u8]) -> Result<(), cases::Rejection> {
        (self.check)(proof)
    }
}
