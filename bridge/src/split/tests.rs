//! Uniqueness over a toy prime, and forgeries of the split.

use std::sync::Arc;

use blindproof_zk::{
    argument,
    field::F,
    soundness::Config,
    stack::LayoutBuilder,
    sumcheck::SumcheckError,
    transcript::{ProverTranscript, VerifierTranscript},
};

use super::{
    prover,
    relation::{Split, SplitShape},
    toy::{self, TOY},
    verify,
};
use crate::{
    columns::Columns,
    proof::{ProveError, VerifyError},
    session::{ProverSession, VerifierSession},
};

#[test]
fn every_value_of_a_toy_field_has_exactly_one_witness() {
    for widths in [vec![4, 4], vec![2, 2, 4], vec![1, 3, 2, 2], vec![3, 1, 4]] {
        let candidates = toy::all_chunks(&widths);
        for value in 0..TOY {
            let mut witnesses = 0;
            for chunks in &candidates {
                if toy::spelled(chunks) % TOY == value {
                    witnesses += (0..TOY).filter(|inv| toy::accepts(chunks, *inv)).count();
                }
            }
            assert_eq!(witnesses, 1, "{widths:?} {value}");
        }
    }
}

#[test]
fn shapes_cover_64_bits_and_respect_the_border() {
    for shape in [
        SplitShape::digits(2, 8),
        SplitShape::digits(3, 7),
        SplitShape::digits(16, 2),
        SplitShape::top(12),
        SplitShape::top(6),
    ] {
        assert_eq!(
            shape.chunks.iter().map(|chunk| chunk.width).sum::<u32>(),
            64
        );
        assert!(shape.chunks.iter().any(|chunk| chunk.shift == 32));
        assert!(shape.chunks.iter().all(|chunk| chunk.width <= 16));
        let word = 0x0123_4567_89ab_cdef_u64;
        let back: u64 = shape
            .chunks
            .iter()
            .map(|chunk| chunk.of(word) << chunk.shift)
            .sum();
        assert_eq!(back, word);
    }
}

/// Rows of the test's stacks.
const LOG_ROWS: usize = 8;

/// Commits a split of `words` (spelled as given, canonical or not), changes columns with `forge`, proves with the
/// claim the forger needs, and verifies.
fn run(words: &[u64], forge: impl FnOnce(&mut Vec<Vec<F>>)) -> Result<(), VerifyError> {
    let mut builder = LayoutBuilder::new();
    let split = Split::reserve(&mut builder, SplitShape::digits(4, 4), words.len(), None);
    let layout = builder.build().unwrap();
    let config = Config::default();
    let mut columns: Vec<Vec<F>> = split
        .witness(words)
        .into_iter()
        .map(|(_, values)| values)
        .collect();
    forge(&mut columns);

    let mut transcript = ProverTranscript::new("split test", b"");
    let ids = (0..columns.len()).map(|index| layout.column_id(index).unwrap());
    let columns = Arc::new(Columns::new(&[], ids.zip(columns).collect(), Vec::new()));
    let mut argument = argument::Prover::new(&config, LOG_ROWS).unwrap();
    argument
        .commit(&layout, columns.clone(), &mut transcript)
        .unwrap();
    argument.range_check(&mut transcript, &()).unwrap();
    let mut session = ProverSession {
        transcript,
        argument: Some(argument),
        columns,
        tamper: &mut (),
    };
    prover::prove_sum(&mut session, &split, prover::true_sum).unwrap();
    let mut transcript = session.transcript;
    session.argument.unwrap().open(&mut transcript).unwrap();
    let proof = transcript.finish();

    let mut transcript = VerifierTranscript::new("split test", b"", &proof);
    let mut argument = argument::Verifier::new(&config, LOG_ROWS)?;
    argument.commit(&layout, &mut transcript)?;
    argument.range_check(&mut transcript)?;
    let mut session = VerifierSession {
        transcript,
        argument: Some(argument),
    };
    verify(&mut session, &split)?;
    let mut transcript = session.transcript;
    session.argument.unwrap().open(&mut transcript)?;
    transcript.finish()?;
    Ok(())
}

const P: u64 = blindproof_fhe::modulus::P;

fn assert_rejected(forged: Result<(), VerifyError>) {
    let error = forged.unwrap_err();
    assert!(
        matches!(error, VerifyError::Relation { check } if check == "canonical split"),
        "{error}"
    );
}

#[test]
fn accepts_canonical_words_at_the_borders() {
    run(
        &[
            0,
            1,
            P - 1,
            P - 2,
            u64::from(u32::MAX),
            1 << 32,
            0x1234_5678_9abc_def0,
        ],
        |_| {},
    )
    .unwrap();
}

#[test]
fn rejects_second_spelling_of_a_small_word() {
    for small in [0, 1, u64::from(u32::MAX) - 1] {
        assert_rejected(run(&[5, small + P, 7], |_| {}));
    }
}

#[test]
fn rejects_second_spelling_hidden_behind_another_inverse() {
    // The inverse of a zero gap is free unless the third condition binds it.
    assert_rejected(run(&[5, 1 + P, 7], |columns| {
        columns.last_mut().unwrap()[1] = F::from(9u64);
    }));
}

#[test]
fn rejects_a_second_inverse_for_a_canonical_word() {
    for word in [5, P - 1] {
        assert_rejected(run(&[word, 7], |columns| {
            columns.last_mut().unwrap()[0] += F::from(1u64)
        }));
    }
}

#[test]
fn honest_prover_refuses_a_witness_that_is_not_canonical() {
    let mut builder = LayoutBuilder::new();
    let split = Split::reserve(&mut builder, SplitShape::top(12), 2, None);
    let columns = Columns::new(&[], split.witness(&[P + 1, 3]), Vec::new());
    let transcript = ProverTranscript::new("split test", b"");
    let mut session = ProverSession {
        transcript,
        argument: None,
        columns: Arc::new(columns),
        tamper: &mut (),
    };
    let result = super::prove(&mut session, &split);
    assert!(matches!(
        result,
        Err(ProveError::Sumcheck(SumcheckError::WrongClaim))
    ));
}
