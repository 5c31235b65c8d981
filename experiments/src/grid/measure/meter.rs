//! The clock of all systems: wall time, CPU time and peak memory of phases, and facts beside them.

use std::hint::black_box;

use crate::grid::record::{Metric, Provenance, Quantity};
use crate::roles::cost::{Cost, peak_rss_bytes, reset_peak_rss};

/// Collects samples of one cell. Phases of the same name within one repetition add up.
#[derive(Debug, Default)]
pub struct Meter {
    quantities: Vec<Quantity>,
    /// Quantities of the repetition that is going on, and whether each adds up.
    current: Vec<Quantity>,
    discard: bool,
}

impl Meter {
    /// Runs `work` as (a part of) the phase `subject`: elapsed and CPU seconds add up over the repetition, the peak is the
    /// largest.
    pub fn phase<T>(&mut self, subject: &str, work: impl FnOnce() -> T) -> T {
        let resettable = reset_peak_rss();
        let (result, cost) = Cost::measure(work);
        self.charge(subject, cost, resettable);
        result
    }

    /// As [`Meter::phase`] for work that is too short for one measurement: runs it `times` times and charges the mean.
    pub fn phase_of<T>(&mut self, subject: &str, times: usize, mut work: impl FnMut() -> T) -> T {
        let resettable = reset_peak_rss();
        let (result, cost) = Cost::measure(|| {
            (1..times).for_each(|_| drop(black_box(work())));
            work()
        });
        let mean = |seconds: f64| seconds / times.max(1) as f64;
        let cost = Cost {
            wall_seconds: mean(cost.wall_seconds),
            cpu_seconds: mean(cost.cpu_seconds),
        };
        self.charge(subject, cost, resettable);
        result
    }

    fn charge(&mut self, subject: &str, cost: Cost, resettable: bool) {
        self.add(subject, Metric::Wall, cost.wall_seconds);
        self.add(subject, Metric::Cpu, cost.cpu_seconds);
        if let (true, Some(peak)) = (resettable, peak_rss_bytes()) {
            self.add(subject, Metric::Peak, peak as f64);
        }
    }

    /// A measured number. Numbers of the same subject and metric within one repetition add up; peaks: the largest counts.
    pub fn add(&mut self, subject: &str, metric: Metric, value: f64) {
        self.note(subject, metric, value, Provenance::Measured, |old, new| {
            if metric == Metric::Peak {
                old.max(new)
            } else {
                old + new
            }
        });
    }

    /// A measured number that is the same for all inputs of a repetition, such as a length or a share: the last one counts.
    pub fn set(&mut self, subject: &str, metric: Metric, value: f64) {
        self.note(subject, metric, value, Provenance::Measured, |_, new| new);
    }

    /// A number that follows from a model: `source` says which.
    pub fn predict(&mut self, subject: &str, metric: Metric, value: f64, source: &str) {
        let provenance = Provenance::Predicted(source.to_owned());
        self.note(subject, metric, value, provenance, |_, new| new);
    }

    fn note(
        &mut self,
        subject: &str,
        metric: Metric,
        value: f64,
        provenance: Provenance,
        join: impl Fn(f64, f64) -> f64,
    ) {
        let same = |q: &&mut Quantity| q.subject == subject && q.metric == metric;
        match self.current.iter_mut().find(same) {
            Some(known) => known.samples[0] = join(known.samples[0], value),
            None => self.current.push(Quantity {
                subject: subject.to_owned(),
                metric,
                provenance,
                samples: vec![value],
            }),
        }
    }

    /// A repetition begins. `discard`: it is for warming up.
    pub(super) fn discard_next(&mut self, discard: bool) {
        self.close();
        self.discard = discard;
    }

    /// Everything that was measured and not discarded.
    pub(super) fn finish(mut self) -> Vec<Quantity> {
        self.close();
        self.quantities
    }

    fn close(&mut self) {
        for quantity in self.current.drain(..) {
            if self.discard {
                continue;
            }
            let same =
                |q: &&mut Quantity| q.subject == quantity.subject && q.metric == quantity.metric;
            match self.quantities.iter_mut().find(same) {
                Some(known) => known.samples.extend(quantity.samples),
                None => self.quantities.push(quantity),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_become_samples_and_warm_up_is_thrown_away() {
        let mut meter = Meter::default();
        meter.add("keygen", Metric::Wall, 5.0);
        for (number, value) in [100.0, 1.0, 2.0].into_iter().enumerate() {
            meter.discard_next(number == 0);
            meter.add("prove", Metric::Wall, value);
            meter.add("prove", Metric::Wall, 10.0);
            meter.add("prove", Metric::Peak, value);
            meter.add("prove", Metric::Peak, 1.5);
            meter.set("proof", Metric::Bytes, value);
            meter.set("proof", Metric::Bytes, 7.0);
        }
        let samples: Vec<_> = meter.finish().into_iter().map(|q| q.samples).collect();
        assert_eq!(
            samples,
            [vec![5.0], vec![11.0, 12.0], vec![1.5, 2.0], vec![7.0, 7.0]]
        );
    }

    #[test]
    fn a_phase_has_times_and_a_peak() {
        let mut meter = Meter::default();
        let block = meter.phase("work", || vec![1u8; 32 << 20]);
        let quantities = meter.finish();
        let of = |metric| quantities.iter().find(|q| q.metric == metric);
        assert!(of(Metric::Wall).unwrap().samples[0] > 0.0 && of(Metric::Cpu).is_some());
        if let Some(peak) = of(Metric::Peak) {
            assert!(peak.samples[0] >= block.len() as f64);
        }
    }
}
