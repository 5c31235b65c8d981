//! How long an evaluation or a proof still takes, from what is done of it. Times are seconds on any clock.

use blindproof_bridge::ProveStep;
use blindproof_fhe::program::{OperationKind, Program};

/// No estimate is made from less time than this.
const SHORTEST: f64 = 1.0;

/// An evaluation: bootstraps take nearly all of its time, and the rate of those done is that of the others.
pub(super) struct Evaluation {
    /// Bootstraps of each node.
    nodes: Vec<f64>,
    /// Bootstraps done in the current node, and before it.
    current: (usize, f64),
    before: f64,
    /// Time and bootstraps done, when the first was begun and last.
    span: Option<[(f64, f64); 2]>,
}

impl Evaluation {
    pub(super) fn new(program: &Program, images: usize) -> Self {
        let nodes = program.nodes.iter().enumerate();
        let bootstraps = nodes.map(|(index, node)| match node.kind() {
            OperationKind::BlindRotation => program.operations(index, images) as f64,
            _ => 0.0,
        });
        Self {
            nodes: bootstraps.collect(),
            current: (0, 0.0),
            before: 0.0,
            span: None,
        }
    }

    /// The part `share` of a node is done; parts of one node may come in any order.
    pub(super) fn progress(&mut self, now: f64, node: usize, share: f64) {
        let bootstraps = self.nodes.get(node).copied().unwrap_or(0.0);
        if bootstraps == 0.0 {
            return;
        }
        if node != self.current.0 {
            self.before += self.nodes.get(self.current.0).copied().unwrap_or(0.0);
            self.current = (node, 0.0);
        }
        self.current.1 = self.current.1.max(share * bootstraps);
        let latest = (now, self.done());
        self.span = Some([self.span.map_or(latest, |[first, _]| first), latest]);
    }

    /// Bootstraps done.
    pub(super) fn done(&self) -> f64 {
        self.before + self.current.1
    }

    /// All bootstraps.
    pub(super) fn total(&self) -> f64 {
        self.nodes.iter().sum()
    }

    /// `None` before a bootstrap's worth of work and a second have passed.
    pub(super) fn remaining(&self, now: f64) -> Option<f64> {
        let [first, latest] = self.span?;
        let (time, done) = (latest.0 - first.0, latest.1 - first.1);
        if time < SHORTEST || done < 1.0 {
            return None;
        }
        let left = (self.total() - latest.1) * time / done;
        Some((left - (now - latest.0)).max(0.0))
    }
}

/// CPU seconds of the steps of a proof, in order: of any proof, and of each bootstrap. From batches of 1 and 32 in
/// `papers/measurements.md`; only their ratios matter.
const COSTS: [(f64, f64); 6] = [
    (0.01, 0.046), // evaluation of the witness
    (0.06, 0.224), // commitment
    (0.22, 0.332), // range check
    (1.81, 0.035), // quotient and collapse
    (0.09, 0.021), // sumchecks of blind rotations
    (0.16, 0.172), // opening
];

/// The least part of the work that an estimate is made from.
const SMALLEST: f64 = 0.1;

/// Position in [`COSTS`]; `None` for what takes no time to speak of.
fn position(step: ProveStep) -> Option<usize> {
    match step {
        ProveStep::Evaluate => Some(0),
        ProveStep::Witness | ProveStep::Commit => Some(1),
        ProveStep::RangeCheck => Some(2),
        ProveStep::Relation { .. } => None,
        ProveStep::Quotient | ProveStep::Collapse => Some(3),
        ProveStep::BlindRotations => Some(4),
        ProveStep::Open => Some(5),
    }
}

/// A proof: its steps take times in known ratios, and those done tell how fast this machine is.
pub(super) struct Proof {
    costs: [f64; COSTS.len()],
    seconds: [f64; COSTS.len()],
    /// Step that runs, since when, and how much of it is done where it tells.
    current: Option<(usize, f64, f64)>,
}

impl Proof {
    pub(super) fn new(bootstraps: usize) -> Self {
        Self {
            costs: COSTS.map(|(proof, bootstrap)| proof + bootstrap * bootstraps as f64),
            seconds: [0.0; COSTS.len()],
            current: None,
        }
    }

    pub(super) fn start(&mut self, now: f64, step: ProveStep) {
        self.current = position(step).map(|position| (position, now, 0.0));
    }

    /// The part `share` of the running step is done.
    pub(super) fn progress(&mut self, share: f64) {
        if let Some((_, _, done)) = &mut self.current {
            *done = share;
        }
    }

    pub(super) fn end(&mut self, step: ProveStep, seconds: f64) {
        if let Some(position) = position(step) {
            self.seconds[position] += seconds;
        }
    }

    /// `None` before a tenth of the work and a second have passed.
    pub(super) fn remaining(&self, now: f64) -> Option<f64> {
        let (running, since, share) = self.current?;
        // What a resumed proof found done says nothing of the machine: it took no time.
        let finished = (0..running).filter(|&step| self.seconds[step] > 0.01);
        let (mut cost, mut time) = finished.fold((0.0, 0.0), |(cost, time), step| {
            (cost + self.costs[step], time + self.seconds[step])
        });
        let elapsed = self.seconds[running] + now - since;
        if share > 0.0 {
            cost += share * self.costs[running];
            time += elapsed;
        }
        let all: f64 = self.costs.iter().sum();
        if cost < SMALLEST * all || time < SHORTEST {
            return None;
        }
        let scale = time / cost;
        let later: f64 = self.costs[running + 1..].iter().sum();
        let now = (scale * self.costs[running] - elapsed).max(0.0);
        Some(scale * later + now)
    }
}

/// "42 s", "3 min", "2 h": no more digits than an estimate has.
pub(super) fn rounded(seconds: f64) -> String {
    match seconds {
        s if s < 100.0 => format!("{:.0} s", s.ceil()),
        s if s < 6000.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.0} h", s / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blindproof_fhe::model::QuantisedModel;

    fn close(estimate: Option<f64>, expected: f64) {
        let estimate = estimate.expect("an estimate");
        assert!((estimate - expected).abs() < 1e-6, "{estimate}, {expected}");
    }

    /// Layers of three and of one bootstrap: nodes 3 and 7.
    const MODEL: &str = r#"{
      "format": 2, "name": "two tables", "parameters": "insecure_tiny",
      "input": {"features": 1, "min": 0, "max": 1, "quantise": {"scale": [1], "offset": [0]}},
      "layers": [
        {"type": "dense", "name": "a", "weights": [[1], [1], [1]], "bias": [0, 0, 0]},
        {"type": "lut", "name": "b", "mode": "padded", "tables": [[0, 1, 0, 1]], "output_bits": 3},
        {"type": "dense", "name": "c", "weights": [[1, 1, 0]], "bias": [0]},
        {"type": "lut", "name": "d", "mode": "padded", "tables": [[0, 1, 0, 1]], "output_bits": 8},
        {"type": "dense", "name": "e", "weights": [[1]], "bias": [0]}
      ],
      "output": {"kind": "values"}
    }"#;

    #[test]
    fn evaluations_go_on_at_the_rate_so_far() {
        let program = QuantisedModel::from_json(MODEL).unwrap().compile().unwrap();
        let mut evaluation = Evaluation::new(&program, 10);
        assert_eq!(evaluation.total(), 40.0);
        evaluation.progress(7.0, 2, 1.0);
        assert_eq!((evaluation.remaining(7.0), evaluation.done()), (None, 0.0));
        // The first report comes after a tenth; before it, time went elsewhere.
        evaluation.progress(10.0, 3, 0.1);
        assert_eq!(evaluation.remaining(10.0), None);
        evaluation.progress(10.5, 3, 0.12);
        assert_eq!(evaluation.remaining(10.5), None);
        evaluation.progress(20.0, 3, 0.5);
        // A report that was overtaken changes nothing.
        evaluation.progress(20.0, 3, 0.48);
        // 12 bootstraps in 10 seconds; 25 are left.
        close(evaluation.remaining(20.0), 25.0 / 1.2);
        close(evaluation.remaining(21.0), 25.0 / 1.2 - 1.0);
        assert_eq!(evaluation.remaining(60.0), Some(0.0));
        evaluation.progress(30.0, 3, 1.0);
        evaluation.progress(31.0, 4, 1.0);
        evaluation.progress(37.0, 7, 0.5);
        assert_eq!(evaluation.done(), 35.0);
        close(evaluation.remaining(37.0), 5.0 * 27.0 / 32.0);
        evaluation.progress(41.0, 7, 1.0);
        close(evaluation.remaining(41.0), 0.0);
    }

    /// A machine on which every step takes `scale` times its cost.
    #[test]
    fn proofs_take_their_steps_ratios() {
        let (scale, bootstraps) = (3.0, 64);
        let mut proof = Proof::new(bootstraps);
        let costs = proof.costs;
        let all: f64 = costs.iter().sum();
        let steps = [
            ProveStep::Evaluate,
            ProveStep::Commit,
            ProveStep::RangeCheck,
            ProveStep::Quotient,
            ProveStep::BlindRotations,
            ProveStep::Open,
        ];
        let mut now = 5.0;
        for (position, (step, cost)) in steps.into_iter().zip(costs).enumerate() {
            proof.start(now, step);
            let left = scale * costs[position..].iter().sum::<f64>();
            if all * scale - left < SMALLEST * all * scale {
                assert_eq!(proof.remaining(now), None);
            } else {
                close(proof.remaining(now), left);
                close(proof.remaining(now + 0.5 * cost), left - 0.5 * cost);
            }
            if step == ProveStep::RangeCheck {
                proof.progress(0.5);
                close(
                    proof.remaining(now + 0.5 * scale * cost),
                    left - 0.5 * scale * cost,
                );
            }
            now += scale * cost;
            proof.end(step, scale * cost);
        }
    }

    #[test]
    fn a_step_that_takes_longer_than_expected_leaves_the_others() {
        let mut proof = Proof::new(32);
        let costs = proof.costs;
        for (step, cost) in [
            (ProveStep::Evaluate, costs[0]),
            (ProveStep::Commit, costs[1]),
        ] {
            proof.start(0.0, step);
            proof.end(step, cost);
        }
        proof.start(0.0, ProveStep::RangeCheck);
        close(proof.remaining(1e6), costs[3..].iter().sum());
        // A resumed proof: what was stored takes no time and counts for nothing.
        let mut proof = Proof::new(32);
        for step in [ProveStep::Evaluate, ProveStep::Commit] {
            proof.start(0.0, step);
            proof.end(step, 0.001);
        }
        proof.start(0.0, ProveStep::RangeCheck);
        assert_eq!(proof.remaining(100.0), None);
        proof.progress(0.5);
        close(
            proof.remaining(10.0),
            10.0 + 20.0 / costs[2] * costs[3..].iter().sum::<f64>(),
        );
        // Linear layers only: nothing is known of them.
        proof.start(
            0.0,
            ProveStep::Relation {
                layer: 0,
                kind: OperationKind::Linear,
            },
        );
        assert_eq!(proof.remaining(100.0), None);
    }

    #[test]
    fn estimates_have_few_digits() {
        let texts = [0.0, 0.2, 41.2, 100.0, 5000.0, 7300.0].map(rounded);
        assert_eq!(texts, ["0 s", "1 s", "42 s", "2 min", "83 min", "2 h"]);
    }
}
