//! Axes: from values to pixels, with round ticks.

use serde::Serialize;

/// How values are spread over an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// By their logarithms; only positive values can be drawn.
    Log,
}

impl Scale {
    /// Whether a value has a place.
    pub(super) fn draws(self, value: f64) -> bool {
        value.is_finite() && (self == Self::Linear || value > 0.0)
    }

    fn position(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log => value.log10(),
        }
    }
}

/// A mark of an axis.
#[derive(Debug, Serialize)]
pub(super) struct Tick {
    /// Pixel.
    pub at: String,
    /// Value.
    pub text: String,
}

/// From values to pixels.
#[derive(Debug)]
pub(super) struct Axis {
    scale: Scale,
    /// Positions of the ends.
    from: f64,
    to: f64,
    /// Values of the marks.
    marks: Vec<f64>,
    start: f64,
    end: f64,
}

impl Axis {
    /// An axis from pixel `start` to pixel `end` over values that the scale draws; `None` without values.
    pub fn over(
        values: impl Iterator<Item = f64>,
        scale: Scale,
        start: f64,
        end: f64,
    ) -> Option<Self> {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
            (low.min(v), high.max(v))
        });
        if low > high {
            return None;
        }
        let marks = match scale {
            Scale::Linear => linear_marks(low, high),
            Scale::Log => log_marks(low, high),
        };
        let ends = (marks.first().copied()?, marks.last().copied()?);
        Some(Self {
            scale,
            from: scale.position(ends.0),
            to: scale.position(ends.1),
            marks,
            start,
            end,
        })
    }

    /// The pixel of a value.
    pub fn place(&self, value: f64) -> String {
        let part = (self.scale.position(value) - self.from) / (self.to - self.from);
        format!("{:.1}", self.start + part * (self.end - self.start))
    }

    /// All marks.
    pub fn ticks(&self) -> Vec<Tick> {
        let tick = |&value: &f64| Tick {
            at: self.place(value),
            text: short(value),
        };
        self.marks.iter().map(tick).collect()
    }
}

/// At most eight round numbers, evenly spread, around all values.
fn linear_marks(low: f64, high: f64) -> Vec<f64> {
    let span = if high > low { high - low } else { 1.0 };
    let power = 10f64.powf((span / 5.0).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|step| span / step <= 6.0)
        .unwrap_or(10.0 * power);
    let from = (low / step).floor() * step;
    let to = ((high / step).ceil() * step).max(from + step);
    let count = ((to - from) / step).round() as usize;
    (0..=count).map(|i| from + i as f64 * step).collect()
}

/// Powers of ten around all values; with 2 and 5 times those where there are few.
fn log_marks(low: f64, high: f64) -> Vec<f64> {
    let decades = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let decades = (decades.0, decades.1.max(decades.0 + 1));
    let all = (decades.0..=decades.1).map(|power| 10f64.powi(power));
    if decades.1 - decades.0 > 2 {
        // Every second or third power where there are many.
        let step = (decades.1 - decades.0) as usize / 8 + 1;
        let mut marks: Vec<f64> = all.step_by(step).collect();
        if marks.last().is_some_and(|last| *last < high) {
            marks.push(10f64.powi(decades.1));
        }
        return marks;
    }
    let marks: Vec<f64> = all
        .flat_map(|power| [power, 2.0 * power, 5.0 * power])
        .collect();
    let first = marks
        .iter()
        .rposition(|mark| *mark <= low * (1.0 + 1e-9))
        .unwrap_or(0);
    let last = marks.iter().position(|mark| *mark >= high * (1.0 - 1e-9));
    let last = last.unwrap_or(marks.len() - 1).max(first + 1);
    marks[first..=last].to_vec()
}

/// A number of a chart as text.
pub(super) fn short(value: f64) -> String {
    if value != 0.0 && !(1e-3..1e6).contains(&value.abs()) {
        return format!("{value:.0e}");
    }
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_hold_all_values() {
        for (low, high) in [
            (0.93, 0.981),
            (7.0, 7.0),
            (1e-7, 40.0),
            (1.0, 32.0),
            (3.4, 9.0),
            (0.02, 1e9),
        ] {
            for scale in [Scale::Linear, Scale::Log] {
                let axis = Axis::over([low, high].into_iter(), scale, 300.0, 0.0).unwrap();
                assert!(axis.ticks().len() <= 10, "{low} {high} {:?}", axis.marks);
                for value in [low, high] {
                    let pixel: f64 = axis.place(value).parse().unwrap();
                    assert!(
                        (0.0..=300.0).contains(&pixel),
                        "{low} {high} {scale:?} {pixel}"
                    );
                }
            }
        }
        assert!(Axis::over(std::iter::empty(), Scale::Linear, 0.0, 1.0).is_none());
    }

    #[test]
    fn logarithmic_marks_are_round() {
        assert_eq!(log_marks(1.0, 32.0), [1.0, 2.0, 5.0, 10.0, 20.0, 50.0]);
        assert_eq!(
            log_marks(0.5, 2000.0),
            [0.1, 1.0, 10.0, 100.0, 1000.0, 10_000.0]
        );
        assert_eq!(
            (short(0.25), short(1e-5), short(2e7)),
            ("0.25".into(), "1e-5".into(), "2e7".into())
        );
    }
}
