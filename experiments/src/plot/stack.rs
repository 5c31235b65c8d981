//! Stacked horizontal bars.

use serde::Serialize;

use super::axis::{Axis, Scale, Tick, short};
use super::{COLOURS, render};

/// Pixels.
const WIDTH: f64 = 720.0;
const LEFT: f64 = 8.0;
const RIGHT: f64 = 640.0;
const TOP: f64 = 30.0;
const ROW: f64 = 40.0;
const KEYS: usize = 4;

/// A bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// What it is.
    pub name: String,
    /// One value for each part of the stack, none negative.
    pub values: Vec<f64>,
}

/// Bars of the same parts, on one scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    /// Title.
    pub title: String,
    /// What values are.
    pub unit: String,
    /// Names of the parts.
    pub parts: Vec<String>,
    /// From top to bottom.
    pub bars: Vec<Bar>,
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
    unit: &'a str,
    ticks: Vec<Tick>,
    bars: Vec<DrawnBar<'a>>,
    keys: Vec<Key<'a>>,
}

#[derive(Serialize)]
struct DrawnBar<'a> {
    name: &'a str,
    y: f64,
    total: String,
    end: f64,
    parts: Vec<DrawnPart>,
}

#[derive(Serialize)]
struct DrawnPart {
    x: String,
    width: String,
    colour: &'static str,
    text: String,
}

#[derive(Serialize)]
struct Key<'a> {
    x: f64,
    y: f64,
    colour: &'static str,
    name: &'a str,
}

impl Stack {
    /// The chart as an SVG file; `None` without a positive value.
    ///
    /// # Errors
    /// Those of the template engine: never, as a test draws the template.
    pub fn svg(&self) -> Result<Option<String>, minijinja::Error> {
        let total = |bar: &Bar| bar.values.iter().filter(|v| v.is_finite()).sum::<f64>();
        let longest = self.bars.iter().map(total).fold(0.0, f64::max);
        if longest <= 0.0 {
            return Ok(None);
        }
        let Some(axis) = Axis::over([0.0, longest].into_iter(), Scale::Linear, LEFT, RIGHT) else {
            return Ok(None);
        };
        // Parts that are nowhere need no key.
        let used = |part: &usize| {
            let mut values = self.bars.iter().filter_map(|bar| bar.values.get(*part));
            values.any(|value| *value > 0.0)
        };
        let used: Vec<usize> = (0..self.parts.len()).filter(used).collect();
        let top = TOP + 20.0 * used.len().div_ceil(KEYS) as f64;
        let pixel = |value: f64| axis.place(value).parse().unwrap_or(LEFT);
        let bars = self.bars.iter().enumerate().map(|(row, bar)| {
            let mut from = 0.0;
            let mut parts = Vec::new();
            for &part in &used {
                let value = bar
                    .values
                    .get(part)
                    .copied()
                    .filter(|v| v.is_finite() && *v > 0.0);
                let Some(value) = value else { continue };
                parts.push(DrawnPart {
                    x: axis.place(from),
                    width: format!("{:.2}", pixel(from + value) - pixel(from)),
                    colour: colour(part),
                    text: format!("{}, {}: {}", bar.name, self.parts[part], short(value)),
                });
                from += value;
            }
            DrawnBar {
                name: &bar.name,
                y: top + 6.0 + ROW * row as f64,
                total: short(from),
                end: pixel(from) + 6.0,
                parts,
            }
        });
        let keys = used.iter().enumerate().map(|(place, &part)| Key {
            x: LEFT + 175.0 * (place % KEYS) as f64,
            y: TOP + 20.0 * (place / KEYS) as f64,
            colour: colour(part),
            name: &self.parts[part],
        });
        let bottom = top + 6.0 + ROW * self.bars.len() as f64;
        let drawing = Drawing {
            width: WIDTH,
            height: bottom + 44.0,
            left: LEFT,
            right: RIGHT,
            top,
            bottom,
            title: &self.title,
            unit: &self.unit,
            ticks: axis.ticks(),
            bars: bars.collect(),
            keys: keys.collect(),
        };
        render(include_str!("stack.xml"), drawing).map(Some)
    }
}

/// The last parts share the last colour.
fn colour(part: usize) -> &'static str {
    COLOURS[part.min(COLOURS.len() - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_drawn_with_keys_and_escaped() {
        let bar = |name: &str, values: &[f64]| Bar {
            name: name.to_owned(),
            values: values.to_vec(),
        };
        let mut stack = Stack {
            title: "a < b".to_owned(),
            unit: "CPU seconds".to_owned(),
            parts: ["one", "two", "nowhere"].map(str::to_owned).into(),
            bars: vec![bar("x & y", &[1.0, 2.0, 0.0]), bar("z", &[0.5, 0.0, 0.0])],
        };
        let svg = stack.svg().unwrap().unwrap();
        // Three parts and two keys.
        assert_eq!(svg.matches("class=\"part\"").count(), 3, "{svg}");
        assert_eq!(svg.matches("class=\"key\"").count(), 2);
        assert!(svg.contains("a &lt; b") && svg.contains("x &amp; y") && !svg.contains("nowhere"));
        stack.bars.iter_mut().for_each(|bar| bar.values.fill(0.0));
        assert!(stack.svg().unwrap().is_none());
    }
}
