//! Line charts and stacked bars as SVG files. As in [`crate::report`], this is the geometry; templates draw it and escape every
//! text. Files have the colours of paper; classes let a page give them its own.

mod axis;
mod stack;

use minijinja::{AutoEscape, Environment};
use serde::Serialize;

pub use axis::Scale;
use axis::{Axis, Tick, short};
pub use stack::{Bar, Stack};

/// Size of a chart, and where its axes are, in pixels.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 510.0;
const TOP: f64 = 36.0;
const BOTTOM: f64 = 306.0;

/// Colours that most people can tell apart on light and dark pages (Okabe and Ito; violet and grey instead of black).
const COLOURS: [&str; 8] = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#8c8c8c",
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

/// How the points of a line are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stroke {
    /// By a solid line.
    Solid,
    /// By a dashed line.
    Dashed,
    /// Not at all.
    Points,
}

/// A line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Name, for the legend.
    pub name: String,
    /// Which of eight colours.
    pub colour: usize,
    /// How its points are joined.
    pub stroke: Stroke,
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
    /// Scale to the right.
    pub x_scale: Scale,
    /// Scale upwards.
    pub y_scale: Scale,
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
struct Drawn<'a> {
    name: &'a str,
    colour: &'static str,
    stroke: Stroke,
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
        let drawn: Vec<Vec<Point>> = self
            .lines
            .iter()
            .map(|line| drawable(line, self.x_scale, self.y_scale))
            .collect();
        let all = || drawn.iter().flatten();
        let ends = |point: &Point| point.bounds.unwrap_or((point.y, point.y));
        let Some(x) = Axis::over(all().map(|point| point.x), self.x_scale, LEFT, RIGHT) else {
            return Ok(None);
        };
        let heights = all().flat_map(|point| [ends(point).0, ends(point).1, point.y]);
        let Some(y) = Axis::over(heights, self.y_scale, BOTTOM, TOP) else {
            return Ok(None);
        };
        let lines = self.lines.iter().zip(&drawn).enumerate();
        let lines = lines.map(|(index, (line, points))| Drawn {
            name: &line.name,
            colour: COLOURS[line.colour % COLOURS.len()],
            stroke: line.stroke,
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
        render(include_str!("chart.xml"), drawing).map(Some)
    }
}

/// A drawing as SVG.
fn render(template: &str, drawing: impl Serialize) -> Result<String, minijinja::Error> {
    let mut templates = Environment::new();
    templates.set_auto_escape_callback(|_| AutoEscape::Html);
    templates.set_trim_blocks(true);
    templates.set_lstrip_blocks(true);
    templates.add_template("drawing", template)?;
    templates.get_template("drawing")?.render(drawing)
}

/// The points that can be drawn.
fn drawable(line: &Line, x_scale: Scale, y_scale: Scale) -> Vec<Point> {
    let finite = |point: &&Point| {
        let (low, high) = point.bounds.unwrap_or((point.y, point.y));
        x_scale.draws(point.x) && [point.y, low, high].iter().all(|v| y_scale.draws(*v))
    };
    line.points.iter().filter(finite).copied().collect()
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
            x_scale: Scale::Linear,
            y_scale: Scale::Linear,
            lines: vec![Line {
                name: "\"set\"".to_owned(),
                colour: 9,
                stroke: Stroke::Dashed,
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
    fn one_point_is_enough_and_none_is_no_chart() {
        assert!(chart(&[(2.0, 2.0)]).svg().unwrap().is_some());
        assert!(chart(&[(f64::NAN, 2.0)]).svg().unwrap().is_none());
        let mut logarithmic = chart(&[(2.0, 2.0), (0.0, 1.0)]);
        logarithmic.x_scale = Scale::Log;
        let svg = logarithmic.svg().unwrap().unwrap();
        assert_eq!(svg.matches("<circle").count(), 1, "zero has no logarithm");
    }
}
