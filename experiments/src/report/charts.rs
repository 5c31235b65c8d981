//! Geometry of the charts. The template draws it, so that every text is escaped in one place.

use serde::Serialize;

use super::format;
use crate::result::{Covered, Prediction};

/// Height of one row of a bar chart in pixels.
const ROW: usize = 44;

/// A chart of horizontal bars.
#[derive(Debug, Serialize)]
pub(super) struct Bars {
    /// Identifier inside the page.
    pub id: &'static str,
    /// Title.
    pub title: &'static str,
    /// What the chart shows, in words.
    pub description: String,
    /// Height in pixels; the width is that of the page.
    pub height: usize,
    /// Whether there are second bars.
    pub paired: bool,
    /// Bars from top to bottom.
    pub rows: Vec<Bar>,
}

/// One row of a bar chart.
#[derive(Debug, Serialize)]
pub(super) struct Bar {
    /// Top in pixels.
    y: usize,
    /// Text on the left.
    label: String,
    /// Text on the right.
    value: String,
    /// Part of the whole, left out on narrow pages.
    share: Option<String>,
    /// Length of the bar in percent of the width.
    length: String,
    /// Length of the second bar.
    second: Option<String>,
    /// `full`, `part` or `none`: how much of an operation is proven; otherwise `time`.
    mark: &'static str,
}

/// A time to be drawn.
pub(super) struct Time {
    /// What took the time.
    pub label: String,
    /// Elapsed seconds.
    pub wall: f64,
    /// CPU seconds, where measured.
    pub cpu: Option<f64>,
}

/// Chart of times, longest bar at full width.
pub(super) fn times(id: &'static str, title: &'static str, times: &[Time]) -> Bars {
    let sum: f64 = times.iter().map(|time| known(time.wall)).sum();
    let longest = times
        .iter()
        .flat_map(|time| [known(time.wall), known(time.cpu.unwrap_or(0.0))])
        .fold(0.0, f64::max);
    let rows: Vec<Bar> = times
        .iter()
        .enumerate()
        .map(|(row, time)| {
            let share = known(time.wall) / sum;
            Bar {
                y: row * ROW,
                label: time.label.clone(),
                value: format::seconds(time.wall),
                share: (share.is_finite() && time.wall.is_finite()).then(|| format::percent(share)),
                length: length(time.wall, longest),
                second: time.cpu.map(|cpu| length(cpu, longest)),
                mark: "time",
            }
        })
        .collect();
    let listed: Vec<String> = times
        .iter()
        .map(|time| match time.cpu {
            Some(cpu) => format!(
                "{} {} elapsed, {} CPU",
                time.label,
                format::seconds(time.wall),
                format::seconds(cpu)
            ),
            None => format!("{} {}", time.label, format::seconds(time.wall)),
        })
        .collect();
    Bars {
        id,
        title,
        description: listed.join("; "),
        height: rows.len() * ROW,
        paired: times.iter().any(|time| time.cpu.is_some()),
        rows,
    }
}

/// Chart of proven operations of each kind.
pub(super) fn coverage(entries: &[Covered]) -> Bars {
    let rows: Vec<Bar> = entries
        .iter()
        .enumerate()
        .map(|(row, entry)| {
            let mark = match entry.proven {
                0 => "none",
                proven if proven < entry.total => "part",
                _ => "full",
            };
            let word = match mark {
                "none" => "NOT proven",
                "part" => "PARTLY proven",
                _ => "proven",
            };
            Bar {
                y: row * ROW,
                label: entry.kind.clone(),
                value: format!(
                    "{word} ({} of {})",
                    format::count(entry.proven as u64),
                    format::count(entry.total as u64)
                ),
                share: None,
                length: length(entry.proven as f64, entry.total as f64),
                second: None,
                mark,
            }
        })
        .collect();
    let listed: Vec<String> = rows
        .iter()
        .map(|row| format!("{}: {}", row.label, row.value))
        .collect();
    Bars {
        id: "coverage",
        title: "Proven operations of each kind",
        description: listed.join("; "),
        height: rows.len() * ROW,
        paired: false,
        rows,
    }
}

/// A value that can be drawn: finite and not negative, or else zero.
fn known(value: f64) -> f64 {
    if value.is_finite() {
        value.max(0.0)
    } else {
        0.0
    }
}

/// `value` as a percentage of `full`.
fn length(value: f64, full: f64) -> String {
    let part = known(value) / full;
    format!("{:.2}%", known(part).min(1.0) * 100.0)
}

/// An image as squares of ink.
#[derive(Debug, Serialize)]
pub(super) struct Picture {
    /// Columns.
    width: usize,
    /// Rows.
    height: usize,
    /// Pixels that are not blank.
    ink: Vec<Ink>,
}

/// One pixel that is not blank.
#[derive(Debug, Serialize)]
struct Ink {
    x: usize,
    y: usize,
    opacity: String,
}

/// The picture of an image; values outside 0 to `raw_max` are drawn as the nearest that is inside. `None` for an input that
/// is no picture.
pub(super) fn picture(image: &Prediction) -> Option<Picture> {
    let width = image.width?.max(1);
    let ink = image
        .pixels
        .iter()
        .enumerate()
        .filter(|(_, value)| **value > 0.0)
        .map(|(index, value)| Ink {
            x: index % width,
            y: index / width,
            opacity: format!("{:.3}", (value / image.raw_max.max(1.0)).min(1.0)),
        })
        .collect();
    Some(Picture {
        width,
        height: image.pixels.len().div_ceil(width).max(1),
        ink,
    })
}

/// Size of a chart of logits in pixels, and where its bars begin and end.
const LOGITS: (f64, f64, f64) = (240.0, 16.0, 92.0);

/// Half the width of the longest text in it.
const MARGIN: f64 = 28.0;

/// A chart of logits, one vertical bar for each class.
#[derive(Debug, Serialize)]
pub(super) struct Logits {
    /// Height of zero.
    zero: String,
    /// Bars from left to right.
    bars: Vec<LogitBar>,
    /// The logit of the predicted class as text, and where it goes.
    chosen: Option<(String, String)>,
}

/// The logit of one class.
#[derive(Debug, Serialize)]
struct LogitBar {
    class: usize,
    x: String,
    width: String,
    centre: String,
    y: String,
    height: String,
    chosen: bool,
    text: String,
}

/// The chart of an image's decrypted logits.
pub(super) fn logits(image: &Prediction) -> Logits {
    let (width, top, bottom) = LOGITS;
    let chosen = image.encrypted.class();
    let drawn = |value: f64| if value.is_finite() { value } else { 0.0 };
    let low = image.logits.iter().copied().map(drawn).fold(0.0, f64::min);
    let high = image.logits.iter().copied().map(drawn).fold(0.0, f64::max);
    let span = if high > low { high - low } else { 1.0 };
    let height = |value: f64| bottom - (drawn(value) - low) / span * (bottom - top);
    let slot = width / image.logits.len().max(1) as f64;
    let bars = image
        .logits
        .iter()
        .enumerate()
        .map(|(class, &value)| {
            let (from, to) = (height(value), height(0.0));
            let x = class as f64 * slot;
            LogitBar {
                class,
                x: format!("{:.1}", x + slot * 0.14),
                width: format!("{:.1}", slot * 0.72),
                centre: format!("{:.1}", x + slot / 2.0),
                y: format!("{:.1}", from.min(to)),
                height: format!("{:.1}", (from - to).abs().max(0.5)),
                chosen: Some(class) == chosen,
                text: match image.clear_logits.get(class) {
                    Some(clear) => format!("{} (clear {clear})", format::decimal(value)),
                    None => format::decimal(value),
                },
            }
        })
        .collect();
    Logits {
        zero: format!("{:.1}", height(0.0)),
        bars,
        chosen: chosen.and_then(|class| {
            let value = image.logits.get(class)?;
            let centre = (class as f64 + 0.5) * slot;
            let inside = centre.clamp(MARGIN, width - MARGIN);
            Some((format!("{inside:.1}"), format::decimal(*value)))
        }),
    }
}
