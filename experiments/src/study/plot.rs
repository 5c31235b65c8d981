//! Line charts as SVG files. As in [`crate::report`], this is the geometry; a template draws it and escapes every text.

use minijinja::{AutoEscape, Environment};
use serde::Serialize;

/// Size of a chart, and where its axes are, in pixels.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 510.0;
const TOP: f64 = 36.0;
const BOTTOM: f64 = 306.0;

/// Colours that most people can tell apart (Okabe and Ito).
const COLOURS: [&str; 7] = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000",
];

/// A point of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Upwards.
    pub y: f64,
    /// Ends of a bar of uncertainty.
    pub bounds: Option<(f64, f64)>,
}

/// A line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Name, for the legend.
    pub name: String,
    /// Which of seven colours.
    pub colour: usize,
    /// Whether it is dashed.
    pub dashed: bool,
    /// Its points, from left to right; those that are not finite are left out.
    pub points: Vec<Point>,
}

/// A chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Title.
    pub title: String,
    /// What is to the right.
    pub x_name: String,
    /// What is upwards.
    pub y_name: String,
    /// The lines.
    pub lines: Vec<Line>,
}

#[derive(Serialize)]
struct Drawing<'a> {
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    title: &'a str,
    x_name: &'a str,
    y_name: &'a str,
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
    lines: Vec<Drawn<'a>>,
}

#[derive(Serialize)]
struct Tick {
    at: String,
    text: String,
}

#[derive(Serialize)]
struct Drawn<'a> {
    name: &'a str,
    colour: &'static str,
    dashed: bool,
    path: String,
    marks: Vec<Mark>,
    key: f64,
}

#[derive(Serialize)]
struct Mark {
    x: String,
    y: String,
    low: Option<String>,
    high: Option<String>,
    text: String,
}

impl Chart {
    /// The chart as an SVG file; `None` without a point that can be drawn.
    ///
    /// # Errors
    /// Those of the template engine: never, as a test draws the template.
    pub fn svg(&self) -> Result<Option<String>, minijinja::Error> {
        let drawn: Vec<Vec<Point>> = self.lines.iter().map(drawable).collect();
        let all = || drawn.iter().flatten();
        let ends = |point: &Point| point.bounds.unwrap_or((point.y, point.y));
        let Some(x) = Axis::over(all().map(|point| point.x), LEFT, RIGHT) else {
            return Ok(None);
        };
        let heights = all().flat_map(|point| [ends(point).0, ends(point).1, point.y]);
        let Some(y) = Axis::over(heights, BOTTOM, TOP) else {
            return Ok(None);
        };
        let lines = self.lines.iter().zip(&drawn).enumerate();
        let lines = lines.map(|(index, (line, points))| Drawn {
            name: &line.name,
            colour: COLOURS[line.colour % COLOURS.len()],
            dashed: line.dashed,
            path: points
                .iter()
                .map(|point| format!("{},{}", x.place(point.x), y.place(point.y)))
                .collect::<Vec<_>>()
                .join(" "),
            marks: points
                .iter()
                .map(|point| Mark {
                    x: x.place(point.x),
                    y: y.place(point.y),
                    low: point.bounds.map(|bounds| y.place(bounds.0)),
                    high: point.bounds.map(|bounds| y.place(bounds.1)),
                    text: format!("{}: {}, {}", line.name, short(point.x), short(point.y)),
                })
                .collect(),
            key: TOP + 8.0 + 20.0 * index as f64,
        });
        let drawing = Drawing {
            width: WIDTH,
            height: HEIGHT.max(TOP + 20.0 * self.lines.len() as f64),
            left: LEFT,
            right: RIGHT,
            top: TOP,
            bottom: BOTTOM,
            title: &self.title,
            x_name: &self.x_name,
            y_name: &self.y_name,
            x_ticks: x.ticks(),
            y_ticks: y.ticks(),
            lines: lines.collect(),
        };
        let mut templates = Environment::new();
        templates.set_auto_escape_callback(|_| AutoEscape::Html);
        templates.set_trim_blocks(true);
        templates.set_lstrip_blocks(true);
        templates.add_template("plot", include_str!("plot.xml"))?;
        templates.get_template("plot")?.render(drawing).map(Some)
    }
}

/// The points that can be drawn.
fn drawable(line: &Line) -> Vec<Point> {
    let finite = |point: &&Point| {
        let (low, high) = point.bounds.unwrap_or((0.0, 0.0));
        [point.x, point.y, low, high].iter().all(|v| v.is_finite())
    };
    line.points.iter().filter(finite).copied().collect()
}

/// A number of a chart as text.
fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// From values to pixels.
struct Axis {
    from: f64,
    to: f64,
    step: f64,
    start: f64,
    end: f64,
}

impl Axis {
    /// An axis from pixel `start` to pixel `end` over values; `None` without values.
    fn over(values: impl Iterator<Item = f64>, start: f64, end: f64) -> Option<Self> {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
            (low.min(v), high.max(v))
        });
        if low > high {
            return None;
        }
        let span = if high > low { high - low } else { 1.0 };
        let power = 10f64.powf((span / 5.0).log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .map(|factor| factor * power)
            .into_iter()
            .find(|step| span / step <= 6.0)
            .unwrap_or(10.0 * power);
        let from = (low / step).floor() * step;
        Some(Self {
            from,
            to: ((high / step).ceil() * step).max(from + step),
            step,
            start,
            end,
        })
    }

    fn place(&self, value: f64) -> String {
        let part = (value - self.from) / (self.to - self.from);
        format!("{:.1}", self.start + part * (self.end - self.start))
    }

    fn ticks(&self) -> Vec<Tick> {
        let count = ((self.to - self.from) / self.step).round() as usize;
        (0..=count)
            .map(|i| self.from + i as f64 * self.step)
            .map(|value| Tick {
                at: self.place(value),
                text: short(value),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: &[(f64, f64)]) -> Chart {
        let point = |&(x, y): &(f64, f64)| Point {
            x,
            y,
            bounds: Some((y - 0.01, y + 0.01)),
        };
        Chart {
            title: "a < b & c".to_owned(),
            x_name: "bits".to_owned(),
            y_name: "share".to_owned(),
            lines: vec![Line {
                name: "\"set\"".to_owned(),
                colour: 8,
                dashed: true,
                points: points.iter().map(point).collect(),
            }],
        }
    }

    #[test]
    fn draws_every_point_and_escapes_every_text() {
        let svg = chart(&[(3.0, 0.9), (4.0, 0.95), (5.0, f64::NAN)])
            .svg()
            .unwrap()
            .unwrap();
        assert_eq!(svg.matches("<circle").count(), 2);
        assert!(
            svg.contains("a &lt; b &amp; c") && svg.contains("&quot;set&quot;"),
            "{svg}"
        );
        assert!(svg.contains("stroke-dasharray") && svg.trim_end().ends_with("</svg>"));
    }

    #[test]
    fn axes_hold_all_values_and_one_value_is_enough() {
        let axis = Axis::over([0.93, 0.981].into_iter(), 300.0, 0.0).unwrap();
        assert!(axis.from <= 0.93 && axis.to >= 0.981 && axis.ticks().len() <= 8);
        let axis = Axis::over([7.0].into_iter(), 0.0, 100.0).unwrap();
        assert!(axis.place(7.0).parse::<f64>().unwrap().is_finite());
        assert!(chart(&[(2.0, 2.0)]).svg().unwrap().is_some());
        assert!(chart(&[(f64::NAN, 2.0)]).svg().unwrap().is_none());
    }
}
