//! The charts of one experiment's records.

use std::collections::BTreeMap;

use crate::grid::record::{Metric, Outcome, Record, subject};
use crate::plot::{Bar, Chart, Line, Point, Scale, Stack, Stroke};

use super::labels::{labels, median};
use super::statistics::{PowerLaw, Spread};

/// A chart and the name of its file.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// Name of files.
    pub name: &'static str,
    /// What it shows, and what to look at.
    pub caption: String,
    /// The SVG.
    pub svg: String,
}

/// A value to the right, with its name.
type Axis = (&'static str, fn(&Record) -> Option<f64>);

/// All charts that the records have at least two different values for.
///
/// # Errors
/// Those of the template engine: never, as tests draw all templates.
pub fn all(records: &[&Record]) -> Result<Vec<Named>, minijinja::Error> {
    let measured: Vec<&Record> = records
        .iter()
        .copied()
        .filter(|record| record.outcome == Outcome::Measured)
        .collect();
    let mut charts = Vec::new();
    let mut push = |name, caption: &str, svg: Option<String>| {
        charts.extend(svg.map(|svg| Named {
            name,
            caption: caption.to_owned(),
            svg,
        }));
    };
    push(
        "phases",
        "CPU seconds of the server, phase by phase: medians, all inputs of a cell together.",
        stacked(&measured).svg()?,
    );
    let coverage: Axis = ("operations proven, %", |record| {
        Some(100.0 * median(record, subject::COVERAGE, Metric::Share)?)
    });
    if different(&measured, coverage.1) >= 3 {
        let cost = Chart {
            title: "Cost against coverage".to_owned(),
            x_name: coverage.0.to_owned(),
            y_name: "CPU seconds".to_owned(),
            x_scale: Scale::Linear,
            y_scale: Scale::Linear,
            lines: groups(&measured, coverage, policy, |x, record| {
                point(x, record, subject::PROVE, Metric::Cpu, 1.0)
            }),
        };
        push(
            "coverage-cost",
            "CPU seconds of the proof against the part of ciphertext operations that is proven. Blind rotations cost most: a point high up at low coverage proves them.",
            cost.svg()?,
        );
        let escape = escape(&measured);
        push(
            "coverage-escape",
            "Probability that wrong operations are not noticed, against the part that a sample proves (predicted: exact hypergeometric, one attempt).",
            escape.svg()?,
        );
        let size = sizes(
            "Proof size against coverage",
            coverage,
            &measured,
            Scale::Linear,
            policy,
        );
        push(
            "coverage-size",
            "Length of the proof against the part of operations that is proven.",
            size.svg()?,
        );
    }
    let batch: Axis = ("inputs proven together", |record| {
        record.cell.proof.as_ref().map(|_| record.cell.batch as f64)
    });
    if different(&measured, batch.1) >= 2 {
        let cost = per_bootstrap(&measured);
        push(
            "batch-cost",
            "CPU seconds for one bootstrap against the number that are evaluated and proven together.",
            cost.svg()?,
        );
        let size = sizes(
            "Proof size against batch",
            batch,
            &measured,
            Scale::Log,
            system,
        );
        push(
            "batch-size",
            "Length of the proof against the number of inputs that are proven together.",
            size.svg()?,
        );
    }
    let operations: Axis = ("bootstraps", |record| {
        let network = record.cell.workload.to_string().starts_with("network:");
        network.then(|| network_bootstraps(record)).flatten()
    });
    if different(&measured, operations.1) >= 2 {
        let lines = scaling(&measured, operations);
        push(
            "scaling",
            "CPU seconds of the server (evaluation and proof) against the size of the network, both on logarithmic axes; the exponent of a fitted power law and its standard error are in the legend.",
            lines.svg()?,
        );
        let size = sizes(
            "Proof size against network size",
            operations,
            &measured,
            Scale::Log,
            system,
        );
        push(
            "scaling-size",
            "Length of the proof against the size of the network.",
            size.svg()?,
        );
    }
    Ok(charts)
}

/// Hidden neurons of a synthetic network: its bootstraps where it is encrypted, its table reads where not.
fn network_bootstraps(record: &Record) -> Option<f64> {
    let name = record.cell.workload.to_string();
    let (depth, width) = name.strip_prefix("network:")?.split_once('x')?;
    let number = |text: &str| text.parse::<f64>().ok();
    Some(number(depth)? * number(width)? * record.cell.images as f64)
}

fn different(records: &[&Record], axis: fn(&Record) -> Option<f64>) -> usize {
    let mut values: Vec<f64> = records.iter().filter_map(|record| axis(record)).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    values.len()
}

/// Parts of the server's work, in the order of time.
fn stacked(records: &[&Record]) -> Stack {
    let mut parts = vec!["setup", "evaluate"];
    parts.extend(subject::PROVE_PARTS.map(|part| &part["prove/".len()..]));
    parts.push("other proving");
    let names = labels(records);
    let bars = records.iter().zip(names).filter_map(|(record, name)| {
        let cpu = |subject: &str| median(record, subject, Metric::Cpu);
        let evaluate = cpu(subject::EVALUATE)?;
        let of_proof: Vec<f64> = subject::PROVE_PARTS
            .iter()
            .map(|part| cpu(part).unwrap_or(0.0))
            .collect();
        let rest = cpu(subject::PROVE).unwrap_or(0.0) - of_proof.iter().sum::<f64>();
        let mut values = vec![cpu(subject::SETUP).unwrap_or(0.0), evaluate];
        values.extend(of_proof);
        values.push(rest.max(0.0));
        Some(Bar { name, values })
    });
    Stack {
        title: "Where the server's time goes".to_owned(),
        unit: "CPU seconds".to_owned(),
        parts: parts.into_iter().map(str::to_owned).collect(),
        bars: bars.collect(),
    }
}

fn point(x: f64, record: &Record, subject: &str, metric: Metric, divide: f64) -> Option<Point> {
    let spread = Spread::of(&record.find(subject, metric)?.samples)?;
    Some(Point {
        x,
        y: spread.median / divide,
        bounds: (spread.count > 1).then_some((spread.min / divide, spread.max / divide)),
    })
}

/// Which line of a chart a record belongs to: its place, name and stroke.
type Group = (usize, String, Stroke);

fn system(record: &Record) -> Option<Group> {
    let system = record.cell.system;
    Some((system as usize, system.to_string(), Stroke::Solid))
}

/// Parts drawn by lot, between nothing and everything, are a line; parts chosen by name have no order.
fn policy(record: &Record) -> Option<Group> {
    let select = &record.cell.proof.as_ref()?.select;
    let lot = select.starts_with("sample:") || matches!(select.as_str(), "none" | "all");
    Some(if lot {
        (0, "none, samples, all".to_owned(), Stroke::Solid)
    } else {
        (1, "chosen by name".to_owned(), Stroke::Points)
    })
}

/// One line for each group of records.
fn groups(
    records: &[&Record],
    axis: Axis,
    group: fn(&Record) -> Option<Group>,
    value: impl Fn(f64, &Record) -> Option<Point>,
) -> Vec<Line> {
    let mut found: BTreeMap<usize, (String, Stroke, Vec<Point>)> = BTreeMap::new();
    for record in records {
        let point = axis.1(record).and_then(|x| value(x, record));
        if let (Some(point), Some((place, name, stroke))) = (point, group(record)) {
            let line = found.entry(place).or_insert((name, stroke, Vec::new()));
            line.2.push(point);
        }
    }
    found
        .into_values()
        .enumerate()
        .map(|(colour, (name, stroke, points))| Line {
            stroke,
            ..line(&name, colour, points)
        })
        .collect()
}

fn line(name: &str, colour: usize, mut points: Vec<Point>) -> Line {
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    Line {
        name: name.to_owned(),
        colour,
        stroke: Stroke::Solid,
        points,
    }
}

fn sizes(
    title: &str,
    axis: Axis,
    records: &[&Record],
    x_scale: Scale,
    group: fn(&Record) -> Option<Group>,
) -> Chart {
    Chart {
        title: title.to_owned(),
        x_name: axis.0.to_owned(),
        y_name: "kB".to_owned(),
        x_scale,
        y_scale: Scale::Linear,
        lines: groups(records, axis, group, |x, record| {
            point(x, record, subject::PROOF, Metric::Bytes, 1e3)
        }),
    }
}

fn escape(records: &[&Record]) -> Chart {
    let lines = [
        ("1 wrong operation", subject::ESCAPE),
        ("1 % wrong operations", subject::ESCAPE_PERCENT),
    ];
    let lines = lines
        .into_iter()
        .enumerate()
        .map(|(colour, (name, subject))| {
            let points = records.iter().filter_map(|record| {
                let coverage = median(record, subject::COVERAGE, Metric::Share)?;
                let log2 = median(record, subject, Metric::Log2Probability)?;
                Some(Point {
                    x: 100.0 * coverage,
                    y: log2.exp2(),
                    bounds: None,
                })
            });
            line(name, colour, points.collect())
        });
    Chart {
        title: "Escape against coverage (predicted)".to_owned(),
        x_name: "operations proven, %".to_owned(),
        y_name: "probability".to_owned(),
        x_scale: Scale::Linear,
        y_scale: Scale::Linear,
        lines: lines.collect(),
    }
}

fn per_bootstrap(records: &[&Record]) -> Chart {
    let lines = [
        ("prove", subject::PROVE),
        ("evaluate", subject::EVALUATE),
        ("verify", subject::VERIFY),
    ];
    let lines = lines
        .into_iter()
        .enumerate()
        .map(|(colour, (name, subject))| {
            let points = records.iter().filter_map(|record| {
                record.cell.proof.as_ref()?;
                let bootstraps = median(record, subject::BOOTSTRAPS, Metric::Count)?;
                point(
                    record.cell.batch as f64,
                    record,
                    subject,
                    Metric::Cpu,
                    bootstraps,
                )
            });
            line(
                name,
                colour,
                points.filter(|point| point.y.is_finite()).collect(),
            )
        });
    Chart {
        title: "One bootstrap against batch".to_owned(),
        x_name: "inputs proven together".to_owned(),
        y_name: "CPU seconds for one".to_owned(),
        x_scale: Scale::Log,
        y_scale: Scale::Log,
        lines: lines.collect(),
    }
}

/// Evaluation and proof of each system, with fitted exponents.
fn scaling(records: &[&Record], axis: Axis) -> Chart {
    let mut systems: BTreeMap<usize, (String, Vec<Point>)> = BTreeMap::new();
    for record in records {
        let Some(x) = axis.1(record) else { continue };
        let evaluate = point(x, record, subject::EVALUATE, Metric::Cpu, 1.0);
        let prove = point(x, record, subject::PROVE, Metric::Cpu, 1.0);
        for (part, found) in [("evaluate", evaluate), ("prove", prove)] {
            if let Some(found) = found {
                let place = 2 * (record.cell.system as usize) + usize::from(part == "prove");
                let name = format!("{}, {part}", record.cell.system);
                systems
                    .entry(place)
                    .or_insert((name, Vec::new()))
                    .1
                    .push(found);
            }
        }
    }
    let lines = systems
        .into_values()
        .enumerate()
        .map(|(colour, (name, points))| {
            let pairs: Vec<(f64, f64)> = points.iter().map(|point| (point.x, point.y)).collect();
            let name = match PowerLaw::fit(&pairs) {
                Some(PowerLaw {
                    exponent,
                    error: Some(error),
                }) => format!("{name}: {exponent:.2} ± {error:.2}"),
                Some(fit) => format!("{name}: {:.2}", fit.exponent),
                None => name,
            };
            line(&name, colour, points)
        });
    Chart {
        title: "Cost against size".to_owned(),
        x_name: "hidden neurons (bootstraps) of all layers".to_owned(),
        y_name: "CPU seconds".to_owned(),
        x_scale: Scale::Log,
        y_scale: Scale::Log,
        lines: lines.collect(),
    }
}
