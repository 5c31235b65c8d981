//! The numerators of the lookups: constant on long runs of parents.

use super::leaves::Segment;
use crate::field::K;
use crate::field::lanes::CHUNK;
use crate::multilinear::prefix_indicator;
use ark_ff::{AdditiveGroup, Field};

/// A function of the parents' chunk index, by runs; zero beyond the last one.
pub(super) struct Indicator(Vec<Run>);

/// The parents up to `end` (from the end of the run before).
#[derive(Clone, Copy)]
struct Run {
    end: usize,
    value: K,
}

/// Pairs of parents up to `end` whose unbound and bound halves have these values.
struct PairRun {
    end: usize,
    low: K,
    high: K,
}

impl Indicator {
    /// One on the segments (sorted), zero elsewhere.
    pub(super) fn new(segments: &[Segment]) -> Self {
        let parents = |element: usize| element / (2 * CHUNK);
        let runs = segments.iter().flat_map(|s| {
            [(s.start, K::ZERO), (s.end, K::ONE)].map(|(end, value)| Run {
                end: parents(end),
                value,
            })
        });
        Self(runs.collect())
    }

    /// Element `index`.
    pub(super) fn get(&self, index: usize) -> K {
        let run = self.0.iter().find(|r| index < r.end);
        run.map_or(K::ZERO, |r| r.value)
    }

    fn pairs(&self) -> Vec<PairRun> {
        let mut pairs = Vec::new();
        let mut at = 0;
        for run in &self.0 {
            if run.end >= at + 2 {
                at = run.end / 2 * 2;
                let (low, high) = (run.value, run.value);
                pairs.push(PairRun {
                    end: at / 2,
                    low,
                    high,
                });
            }
            if run.end > at {
                at += 2;
                pairs.push(PairRun {
                    end: at / 2,
                    low: run.value,
                    high: self.get(at - 1),
                });
            }
        }
        pairs
    }

    /// The weighted sums of the squares of the unbound half and of the difference.
    pub(super) fn round(&self, upper: &[K]) -> [K; 2] {
        let mut sums = [K::ZERO; 2];
        let mut before = K::ZERO;
        for PairRun { end, low, high } in self.pairs() {
            let prefix = prefix_indicator(end, upper);
            let weight = prefix - before;
            before = prefix;
            sums[0] += weight * low.square();
            sums[1] += weight * (high - low).square();
        }
        sums
    }

    /// Binds the lowest index bit to `s`.
    pub(super) fn fold(&mut self, s: K) {
        let fold = |p: PairRun| Run {
            end: p.end,
            value: p.low + s * (p.high - p.low),
        };
        self.0 = self.pairs().into_iter().map(fold).collect();
    }
}
