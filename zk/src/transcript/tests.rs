use super::*;
use crate::field::{K, P, f, k, to_word};
use proptest::prelude::*;

const NAME: &str = "transcript test";

/// A schedule with every kind of operation.
fn scripted(statement: &[u8]) -> (Vec<K>, Vec<u8>) {
    let mut t = ProverTranscript::new(NAME, statement);
    t.absorb("public", b"parameters");
    let first = t.challenge("first");
    t.send_base("base", &[f(1), f(P - 1)]);
    t.send_ext("ext", &[first]);
    t.send_bytes("bytes", b"abc");
    let mut challenges = vec![first];
    challenges.extend(t.challenges("more", 2));
    (challenges, t.finish())
}

fn replay(statement: &[u8], proof: &[u8]) -> Result<Vec<K>, TranscriptError> {
    let mut t = VerifierTranscript::new(NAME, statement, proof);
    t.absorb("public", b"parameters");
    let mut challenges = vec![t.challenge("first")];
    t.receive_base("base", 2)?;
    t.receive_ext("ext", 1)?;
    t.receive_bytes("bytes", 16)?;
    challenges.extend(t.challenges("more", 2));
    t.finish()?;
    Ok(challenges)
}

#[test]
fn both_sides_agree() {
    let (challenges, proof) = scripted(b"statement");
    assert_eq!(proof.len(), 16 + 24 + 4 + 3);
    assert_eq!(replay(b"statement", &proof), Ok(challenges));
}

#[test]
fn known_answer() {
    let (challenges, proof) = scripted(b"known answer");
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let mut lines = vec![format!("proof {}", hex(&proof))];
    for c in &challenges {
        let [a, b, c] = [c.c0, c.c1, c.c2].map(to_word);
        lines.push(format!("challenge {a} {b} {c}"));
    }
    let text = lines.join("\n") + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transcript_v1.txt");
    if std::env::var_os("BLINDPROOF_WRITE_VECTORS").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(path).unwrap());
}

#[test]
fn every_input_moves_the_next_challenge() {
    let start = |name, statement: &[u8]| ProverTranscript::new(name, statement);
    let mut outputs = vec![
        start(NAME, b"s").challenge("c"),
        start("other protocol", b"s").challenge("c"),
        start(NAME, b"t").challenge("c"),
        start(NAME, b"s").challenge("d"),
    ];
    let mut run = |step: &dyn Fn(&mut ProverTranscript)| {
        let mut t = start(NAME, b"s");
        step(&mut t);
        outputs.push(t.challenge("c"));
    };
    run(&|t| t.absorb("a", b"bc"));
    run(&|t| t.absorb("ab", b"c"));
    run(&|t| t.absorb("a", b"b"));
    run(&|t| t.send_bytes("a", b"bc"));
    run(&|t| t.send_base("a", &[f(1)]));
    run(&|t| t.send_ext("a", &[k(f(1))]));
    run(&|t| t.send_ext("a", &[k(f(2))]));
    run(&|t| {
        t.challenge("c");
    });
    for (i, a) in outputs.iter().enumerate() {
        assert!(
            outputs[i + 1..].iter().all(|b| a != b),
            "output {i} repeats"
        );
    }
}

#[test]
fn malformed_proofs_are_rejected() {
    let (_, proof) = scripted(b"s");
    let error = |proof: &[u8]| replay(b"s", proof).unwrap_err();
    assert_eq!(
        error(&[&proof[..], &[0, 0]].concat()),
        TranscriptError::TrailingBytes(2)
    );
    for len in 0..proof.len() {
        assert!(matches!(
            error(&proof[..len]),
            TranscriptError::Truncated { .. }
        ));
    }
    let mut forged = proof.clone();
    forged[..8].copy_from_slice(&P.to_le_bytes());
    assert_eq!(
        error(&forged),
        TranscriptError::NonCanonical {
            label: "base".into()
        }
    );
    let mut forged = proof;
    forged[40] = 17;
    let too_long = TranscriptError::TooLong {
        label: "bytes".into(),
        length: 17,
        limit: 16,
    };
    assert_eq!(error(&forged), too_long);
}

#[test]
fn absurd_lengths_allocate_nothing() {
    let mut t = VerifierTranscript::new(NAME, b"s", &[0; 100]);
    assert!(t.receive_ext("x", usize::MAX / 2).is_err());
    assert!(t.receive_base("x", usize::MAX).is_err());
}

#[test]
fn coordinates_look_uniform() {
    // Chi-square over 64 buckets of the top six bits, 63 degrees of freedom.
    let mut t = ProverTranscript::new(NAME, b"uniform");
    let mut counts = [0_u32; 64];
    let draws = 1 << 14;
    for _ in 0..draws / 3 + 1 {
        let c = t.challenge("c");
        for x in [c.c0, c.c1, c.c2] {
            counts[(to_word(x) >> 58) as usize] += 1;
        }
    }
    let total: u32 = counts.iter().sum();
    let expected = f64::from(total) / 64.0;
    let chi: f64 = counts
        .iter()
        .map(|&c| (f64::from(c) - expected).powi(2) / expected)
        .sum();
    assert!(chi < 120.0, "chi square {chi}");
}

proptest! {
    #[test]
    fn a_changed_message_changes_later_challenges(position in 0..47_usize, bit in 0..8_u8) {
        let (challenges, mut proof) = scripted(b"s");
        proof[position] ^= 1 << bit;
        if let Ok(other) = replay(b"s", &proof) {
            prop_assert_ne!(&challenges[1..], &other[1..]);
        }
    }
}
