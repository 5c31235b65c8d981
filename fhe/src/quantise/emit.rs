//! From stages to the layers of a quantised model.

use super::QuantiseError;
use super::graph::{Graph, Reading, Stage};
use super::integers::{IntegerRows, Misfit, Rounding};
use super::linear::linear_layer;
use super::scale::{Scales, WirePlan};
use crate::model::{Layer, LutLayer, LutMode};

/// Most times that units are widened.
const MAX_ROUNDS: usize = 100;

/// Most bits of a wire.
const MAX_BITS: u32 = 31;

/// A quantised stage: what its integers mean.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StageScale {
    /// Real value of a step of the sums, by group.
    pub(super) step: Vec<f64>,
    /// Integer of the sums that stands for 0, by group.
    pub(super) zero: Vec<i64>,
    /// Bits of the sums.
    pub(super) bits: u32,
    /// Proven range of the sums, by row.
    pub(super) ranges: Vec<(i64, i64)>,
    /// Variance of the noise that the inputs bring, by row, relative to the torus.
    pub(super) variance: Vec<f64>,
    /// Real value of a step of the table's output, by row.
    pub(super) output_scale: Vec<f64>,
    /// Real value of output 0, by row.
    pub(super) output_offset: Vec<f64>,
}

/// Layers, the meaning of their integers, and the logits.
pub(super) struct Emitted {
    pub(super) layers: Vec<Layer>,
    pub(super) stages: Vec<StageScale>,
    pub(super) output: IntegerRows,
    pub(super) input_bits: u32,
}

/// Bits and sizes asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bits {
    pub(super) fresh_weights: u32,
    pub(super) weights: Option<u32>,
    pub(super) output: u32,
}

/// Rounds everything, with wider units as long as something does not fit.
pub(super) fn emit(
    scales: &mut Scales<'_>,
    bits: Bits,
    common_output: bool,
) -> Result<Emitted, QuantiseError> {
    let mut last = None;
    for _ in 0..MAX_ROUNDS {
        let (stage, factors) = match round(scales, bits, common_output) {
            Ok(emitted) => return Ok(emitted),
            Err((_, Misfit::Impossible(error))) => return Err(error),
            Err((stage, Misfit::Widen(factors))) => (stage, factors),
        };
        let units = match scales.units.get_mut(stage) {
            Some(units) => units,
            None => &mut scales.output_units,
        };
        for (unit, factor) in units.iter_mut().zip(&factors) {
            *unit *= factor;
        }
        last = Some(stage);
    }
    let rounding = Rounding { scales, wires: &[] };
    let graph = scales.graph;
    Err(match last.and_then(|stage| graph.stages.get(stage)) {
        Some(stage) => rounding.impossible(&stage.name, &stage.rows),
        None => rounding.impossible(&graph.output_name, &graph.output),
    })
}

/// Rounds everything, in order; the stage that does not fit.
fn round(scales: &Scales<'_>, bits: Bits, common_output: bool) -> Result<Emitted, (usize, Misfit)> {
    let graph = scales.graph;
    let mut wires = vec![input_wire(scales, bits.fresh_weights)];
    let input_bits = wires[0].bits;
    let (mut layers, mut stages) = (Vec::new(), Vec::new());
    for (index, stage) in graph.stages.iter().enumerate() {
        let rounding = Rounding {
            scales,
            wires: &wires,
        };
        let sums = rounding.stage(index).map_err(|misfit| (index, misfit))?;
        layers.push(linear_layer(
            format!("{} (sum)", stage.name),
            graph,
            &sums,
            stage.conv.as_ref(),
            &wires,
        ));
        let amplitudes = scales.amplitudes(index, bits.weights);
        let least = companion_bits(graph, index + 1, &wires);
        let (wire, tables, mode) = outputs(scales, index, &sums, &amplitudes, bits.output, least);
        layers.push(Layer::Lut(LutLayer {
            name: stage.name.clone(),
            inputs: None,
            mode,
            tables,
            output_bits: wire.bits,
        }));
        stages.push(StageScale {
            ranges: sums.rows.iter().map(|row| (row.low, row.high)).collect(),
            variance: sums.rows.iter().map(|row| row.variance).collect(),
            step: sums.step,
            zero: sums.zero,
            bits: sums.bits,
            output_scale: wire.scale.clone(),
            output_offset: wire.offset.clone(),
        });
        wires.push(wire);
    }
    let rounding = Rounding {
        scales,
        wires: &wires,
    };
    let output = rounding.output(common_output);
    let output = output.map_err(|misfit| (graph.stages.len(), misfit))?;
    layers.push(linear_layer(
        graph.output_name.clone(),
        graph,
        &output,
        graph.output_conv.as_ref(),
        &wires,
    ));
    Ok(Emitted {
        layers,
        stages,
        output,
        input_bits,
    })
}

/// Most bits of the wires that are summed with this one: with fewer bits, weights of this wire would be multiplied by
/// the difference.
fn companion_bits(graph: &Graph, wire: usize, wires: &[WirePlan]) -> u32 {
    let rows = graph.stages.iter().flat_map(|stage| &stage.rows);
    rows.chain(&graph.output)
        .filter(|row| row.terms.iter().any(|term| term.wire == wire))
        .flat_map(|row| row.terms.iter().filter_map(|term| wires.get(term.wire)))
        .map(|plan| plan.bits)
        .fold(4, u32::max)
}

fn input_wire(scales: &Scales<'_>, weight_bits: u32) -> WirePlan {
    let (input, features) = (scales.input, scales.graph.features());
    WirePlan {
        scale: (0..features).map(|f| input.scale(f)).collect(),
        offset: (0..features).map(|f| input.offset(f)).collect(),
        low: input.ranges.iter().map(|range| range.0).collect(),
        high: input.ranges.iter().map(|range| range.1).collect(),
        bits: scales.input_bits(weight_bits),
        variance: scales.noise.fresh,
        constant: input.constant.clone(),
    }
}

/// Integers of a stage's outputs, and its tables.
fn outputs(
    scales: &Scales<'_>,
    index: usize,
    sums: &IntegerRows,
    amplitudes: &[f64],
    output_bits: u32,
    least_bits: u32,
) -> (WirePlan, Vec<Vec<i64>>, LutMode) {
    let stage = &scales.graph.stages[index];
    let smallest = amplitudes.iter().copied().fold(0.25, f64::min);
    let bits = (f64::from(output_bits) - smallest.log2()).ceil();
    let bits = bits.clamp(f64::from(least_bits), f64::from(MAX_BITS)) as u32;
    let groups: Vec<Channel> = (0..stage.groups)
        .map(|group| {
            let clip = scales.statistics.clips[index][group];
            let levels = (amplitudes[group] * f64::from(bits).exp2())
                .round()
                .max(2.0);
            channel(scales, stage, group, sums, clip, levels)
        })
        .collect();
    let rows = 0..stage.rows.len();
    let of = |row: usize| &groups[stage.group(row)];
    let wire = WirePlan {
        scale: rows.clone().map(|row| of(row).scale).collect(),
        offset: rows.clone().map(|row| of(row).offset).collect(),
        low: rows.clone().map(|row| of(row).range.0).collect(),
        high: rows.clone().map(|row| of(row).range.1).collect(),
        constant: rows.map(|row| of(row).range.0 == of(row).range.1).collect(),
        bits,
        variance: scales.noise.table,
    };
    let mode = match stage.reading {
        Reading::Threshold => LutMode::Negacyclic,
        Reading::Function(_) | Reading::AllOf { .. } => LutMode::Padded,
    };
    let mut tables: Vec<_> = groups.into_iter().map(|channel| channel.table).collect();
    if tables.windows(2).all(|pair| pair[0] == pair[1]) {
        tables.truncate(1);
    }
    (wire, tables, mode)
}

/// Table and integers of a channel.
struct Channel {
    table: Vec<i64>,
    scale: f64,
    offset: f64,
    range: (i64, i64),
}

fn channel(
    scales: &Scales<'_>,
    stage: &Stage,
    group: usize,
    sums: &IntegerRows,
    (low, high): (f64, f64),
    levels: f64,
) -> Channel {
    let half = (0.5 * levels).round() as i64;
    match stage.reading {
        Reading::Function(_) => {
            let width = high - low;
            let scale = if width > 0.0 { width / levels } else { 1.0 };
            let offset = if width <= 0.0 || low.abs().max(high.abs()) > 2.0 * width {
                low
            } else {
                0.0
            };
            let (step, zero) = (sums.step[group], sums.zero[group]);
            let box_log2 = sums.bits - scales.table_bits - 1;
            let table: Vec<i64> = (0..1i64 << scales.table_bits)
                .map(|entry| {
                    let sum = ((entry << box_log2) - zero) as f64 * step;
                    let value = stage.reading.apply(sum).clamp(low, high);
                    ((value - offset) / scale).round() as i64
                })
                .collect();
            let range = reachable(&table, stage, group, sums, box_log2);
            Channel {
                table,
                scale,
                offset,
                range,
            }
        }
        Reading::Threshold => Channel {
            table: vec![half; 2],
            scale: 0.5 / half as f64,
            offset: 0.5,
            range: (-half, half),
        },
        Reading::AllOf { bits } => {
            let mut table = vec![-half; 1 << bits];
            if let Some(last) = table.last_mut() {
                *last = half;
            }
            Channel {
                table,
                scale: 0.5 / half as f64,
                offset: 0.5,
                range: (-half, half),
            }
        }
    }
}

/// Smallest and largest entry that the proven range of the sums reaches.
fn reachable(
    table: &[i64],
    stage: &Stage,
    group: usize,
    sums: &IntegerRows,
    box_log2: u32,
) -> (i64, i64) {
    let last = table.len() as i64 - 1;
    let entry = |sum: i64| (((sum >> (box_log2 - 1)) + 1) >> 1).clamp(0, last) as usize;
    let rows = &sums.rows[stage.members(group)];
    let low = rows.iter().map(|row| entry(row.low)).min().unwrap_or(0);
    let high = rows.iter().map(|row| entry(row.high)).max().unwrap_or(0);
    let entries = table[low..=high].iter().copied();
    (
        entries.clone().min().unwrap_or(0),
        entries.max().unwrap_or(0),
    )
}
