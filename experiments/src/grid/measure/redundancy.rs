//! Several providers evaluate the same ciphertexts; what enough of them return is accepted.
//!
//! Exact evaluation is deterministic, so honest results are equal word by word and a vote on digests decides. A coalition of
//! `k` providers that return the same wrong result is believed; fewer are outvoted or block.

use std::collections::HashMap;

use super::encrypted::Encrypted;
use super::{MeasureError, Meter, Prepared};
use crate::grid::cell::{Cell, Vote};
use crate::grid::record::{Metric, subject};

/// Digest of a result.
type Digest = [u8; 32];

struct Redundancy {
    encrypted: Encrypted,
    vote: Vote,
}

pub(super) fn prepare(
    cell: &Cell,
    vote: Vote,
    meter: &mut Meter,
) -> Result<Box<dyn Prepared>, MeasureError> {
    let encrypted = Encrypted::prepare(cell, meter)?;
    Ok(Box::new(Redundancy { encrypted, vote }))
}

impl Prepared for Redundancy {
    fn repeat(&mut self, meter: &mut Meter) -> Result<(), MeasureError> {
        let vote = self.vote;
        self.encrypted.repeat(meter, |server, input, meter| {
            let mut results = Vec::with_capacity(vote.providers);
            for _ in 0..vote.providers {
                results.push(server.evaluate(input, meter)?.1);
            }
            let accepted = meter.phase(subject::VERIFY, || {
                let digests: Vec<Digest> = results
                    .iter()
                    .map(|result| digest(result.words.iter()))
                    .collect();
                accepted(&digests, vote.quorum)
            });
            let accepted = accepted.ok_or_else(|| MeasureError::Step {
                step: "vote",
                problem: format!("fewer than {} results are equal", vote.quorum),
            })?;
            let bytes = 8.0 * results[accepted].words.len() as f64;
            // The result itself is noted by the caller; the others are sent too.
            let others = bytes * (vote.providers - 1) as f64;
            meter.add(subject::OUTPUT, Metric::Bytes, others);
            Ok(results.swap_remove(accepted))
        })?;
        for (subject, share) in subject::COALITIONS {
            let log2 = coalition(vote, share).log2();
            let source = "binomial distribution: providers are corrupt independently, and collude";
            meter.predict(subject, Metric::Log2Probability, log2, source);
        }
        Ok(())
    }
}

fn digest<'a>(words: impl Iterator<Item = &'a u64>) -> Digest {
    let mut hasher = blake3::Hasher::new();
    for word in words {
        hasher.update(&word.to_le_bytes());
    }
    *hasher.finalize().as_bytes()
}

/// The first of `quorum` equal results.
fn accepted(digests: &[Digest], quorum: usize) -> Option<usize> {
    let mut votes: HashMap<&Digest, usize> = HashMap::new();
    for digest in digests {
        *votes.entry(digest).or_default() += 1;
    }
    digests.iter().position(|digest| votes[digest] >= quorum)
}

/// Probability that at least `k` of `n` providers are corrupt, if each is with probability `share`.
fn coalition(vote: Vote, share: f64) -> f64 {
    let n = vote.providers as i32;
    let mut ways = 1.0;
    let mut sum = 0.0;
    for corrupt in 0..=n {
        if corrupt as usize >= vote.quorum {
            sum += ways * share.powi(corrupt) * (1.0 - share).powi(n - corrupt);
        }
        ways *= f64::from(n - corrupt) / f64::from(corrupt + 1);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quorum_decides_and_a_smaller_coalition_does_not() {
        let [right, wrong, other] = [[1; 32], [2; 32], [3; 32]];
        assert_eq!(accepted(&[right, right, right], 2), Some(0));
        assert_eq!(accepted(&[wrong, right, right], 2), Some(1));
        assert_eq!(accepted(&[right, wrong, other], 2), None);
        assert_eq!(accepted(&[wrong, right, wrong], 2), Some(0));
    }

    #[test]
    fn coalitions_are_binomial() {
        let vote = |providers, quorum| Vote { providers, quorum };
        assert!((coalition(vote(1, 1), 0.1) - 0.1).abs() < 1e-12);
        assert!((coalition(vote(3, 2), 0.1) - 0.028).abs() < 1e-12);
        assert!((coalition(vote(5, 3), 0.5) - 0.5).abs() < 1e-12);
        assert!((coalition(vote(3, 3), 0.01) - 1e-6).abs() < 1e-15);
    }
}
